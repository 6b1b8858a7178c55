-- name: draw_revision
-- Whoever knows the trips of an older revision asks for what was touched since.
UPDATE installation SET trip_revision = trip_revision + 1 RETURNING trip_revision;

-- name: draw_trips
-- Keys of trips to be.
SELECT nextval(pg_get_serial_sequence('trip', 'id'))::int4 FROM generate_series(1, %(count)s);

-- name: draw_stops
-- Keys of stops to be.
SELECT nextval(pg_get_serial_sequence('stop', 'id'))::int4 FROM generate_series(1, %(count)s);

-- name: add_trips
-- Those whose code is free; of a trip with a plan the times follow.
INSERT INTO trip (id, code, route_id, revision, created_by)
OVERRIDING SYSTEM VALUE
SELECT n.id, n.code, r.id, %(revision)s, %(author)s
FROM unnest(%(trip)b::int4[], %(code)b::text[], %(route)b::text[]) AS n(id, code, route)
LEFT JOIN route r ON r.code = NULLIF(n.route, '')
ON CONFLICT (code) DO NOTHING;

-- name: add_states
-- How new trips stand.
INSERT INTO trip_state (trip_id, state, vehicle_id)
SELECT trip_id, state, NULLIF(vehicle_id, 0)
FROM unnest(%(trip)b::int4[], %(state)b::text[], %(vehicle)b::int4[]) AS n(trip_id, state, vehicle_id);

-- name: add_plans
-- The next revisions of plans.
INSERT INTO plan (trip_id, revision, valid_from, line_id, strict, author, reason)
SELECT trip_id, revision, valid_from, NULLIF(line_id, 0), strict, %(author)s, reason
FROM unnest(%(trip)b::int4[], %(revision)b::int4[], %(valid_from)b::timestamptz[],
            %(line)b::int4[], %(strict)b::bool[], %(reason)b::text[])
     AS n(trip_id, revision, valid_from, line_id, strict, reason);

-- name: add_stops
-- Stops that no revision had before.
INSERT INTO stop (id, trip_id)
OVERRIDING SYSTEM VALUE
SELECT id, trip_id FROM unnest(%(stop)b::int4[], %(trip)b::int4[]) AS n(id, trip_id)
ON CONFLICT (id) DO NOTHING;

-- name: add_plan_stops
-- What the revisions say of them.
INSERT INTO plan_stop (trip_id, revision, number, stop_id, site_id, s, arrive_at, depart_at,
                       opens_at, closes_at, service, early, late, via)
SELECT trip_id, revision, number, stop_id, site_id, NULLIF(s, 'NaN'), NULLIF(arrive, '-infinity'),
       NULLIF(depart, '-infinity'), NULLIF(opens, '-infinity'), NULLIF(closes, '-infinity'),
       service, early, late, via
FROM unnest(%(trip)b::int4[], %(revision)b::int4[], %(number)b::int4[], %(stop)b::int4[],
            %(site)b::int4[], %(s)b::float8[], %(arrive)b::timestamptz[], %(depart)b::timestamptz[],
            %(opens)b::timestamptz[], %(closes)b::timestamptz[], %(service)b::float8[],
            %(early)b::float8[], %(late)b::float8[], %(via)b::bool[])
     AS n(trip_id, revision, number, stop_id, site_id, s, arrive, depart, opens, closes,
          service, early, late, via);

-- name: time_trips
-- When they begin and end by their latest revisions.
UPDATE trip SET starts_at = NULLIF(n.starts, '-infinity'), ends_at = NULLIF(n.ends, '-infinity')
FROM unnest(%(trip)b::int4[], %(starts)b::timestamptz[], %(ends)b::timestamptz[])
     AS n(trip_id, starts, ends)
WHERE trip.id = n.trip_id;

-- name: touch
-- Whoever knows them reads them again, and the clock looks at them.
UPDATE trip SET revision = %(revision)s, pending = true, shelved = false
WHERE id = ANY(%(trip)b::int4[]);

-- name: find_trip
-- A trip that a reader may see: one without a vehicle only who sees everything.
SELECT t.id, coalesce(s.state, 'draft'), t.over_at IS NOT NULL
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
WHERE t.code = %(code)s AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(trips)s = 'all' OR trip_within(t.id, %(trips)s, %(sites)s, %(driver)s));

-- name: known_trips
-- What there is of trips by their codes, and who serves each: of several the one to come last.
SELECT t.code, t.id, coalesce(s.state, 'draft'), t.over_at IS NOT NULL, v.plate, a.driver
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
LEFT JOIN LATERAL (
    SELECT * FROM assignment
    WHERE trip_id = t.id AND valid_from < valid_to AND valid_to = 'infinity'
    ORDER BY valid_from DESC
    LIMIT 1
) a ON true
LEFT JOIN vehicle v ON v.id = a.vehicle_id
WHERE t.code = ANY(%(codes)s::text[]);

-- name: vehicle_keys
-- Vehicles that a reader may see.
SELECT v.plate, v.id
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
WHERE v.plate = ANY(%(plates)s::text[]) AND (%(everywhere)s OR p.code = ANY(%(parties)s));

-- name: now
-- By the clock of the database, at a whole millisecond.
SELECT extract(epoch FROM date_trunc('milliseconds', now()))::float8;

-- name: close_assignments
-- Who serves these trips then, or would later, serves them no longer; who it concerns, and from when.
UPDATE assignment a SET valid_to = greatest(a.valid_from, n.at)
FROM unnest(%(trip)b::int4[], %(at)b::timestamptz[]) AS n(trip_id, at)
WHERE a.trip_id = n.trip_id AND a.valid_to > n.at AND a.valid_from < a.valid_to
RETURNING a.trip_id, a.vehicle_id, extract(epoch FROM n.at)::float8;

-- name: add_assignments
-- From then on, until something ends it.
INSERT INTO assignment (trip_id, vehicle_id, driver, valid_from, author, reason)
SELECT trip_id, vehicle_id, NULLIF(driver, ''), at, %(author)s, reason
FROM unnest(%(trip)b::int4[], %(vehicle)b::int4[], %(driver)b::text[], %(at)b::timestamptz[],
            %(reason)b::text[]) AS n(trip_id, vehicle_id, driver, at, reason);

-- name: serve
-- Who serves a trip now, or will be the first to; one that will only after another is told by an
-- evaluation then.
UPDATE trip_state s SET vehicle_id = n.vehicle_id
FROM unnest(%(trip)b::int4[], %(vehicle)b::int4[], %(at)b::timestamptz[])
     AS n(trip_id, vehicle_id, at)
WHERE s.trip_id = n.trip_id
  AND (s.vehicle_id IS NULL OR n.at <= now()
       OR NOT EXISTS (SELECT FROM assignment a
                      WHERE a.trip_id = s.trip_id AND a.vehicle_id = s.vehicle_id
                        AND a.valid_from < a.valid_to AND a.valid_to > now()));

-- name: release
-- Nobody serves it now, nor will.
UPDATE trip_state SET vehicle_id = NULL
WHERE trip_id = %(trip)s
  AND (%(at)s <= now()
       OR NOT EXISTS (SELECT FROM assignment a
                      WHERE a.trip_id = %(trip)s
                        AND a.valid_from < a.valid_to AND a.valid_to > now()));

-- name: serving
-- Who serves a trip at a time or later.
SELECT v.plate, a.driver, a.valid_from <= %(at)s
FROM assignment a
JOIN vehicle v ON v.id = a.vehicle_id
WHERE a.trip_id = %(trip)s AND a.valid_to > %(at)s AND a.valid_from < a.valid_to
ORDER BY a.valid_from;

-- name: served
-- Every vehicle that ever serves these trips, and from when.
SELECT trip_id, vehicle_id, extract(epoch FROM valid_from)::float8
FROM assignment
WHERE trip_id = ANY(%(trip)b::int4[]) AND valid_from < valid_to;

-- name: add_steps
-- Steps that a person has taken.
INSERT INTO trip_step (trip_id, at, event, from_state, to_state, source, author, reason)
SELECT trip_id, coalesce(NULLIF(at, '-infinity'), date_trunc('milliseconds', now())), event,
       before, after, 'person', %(author)s, reason
FROM unnest(%(trip)b::int4[], %(at)b::timestamptz[], %(event)b::text[], %(before)b::text[],
            %(after)b::text[], %(reason)b::text[]) WITH ORDINALITY
     AS n(trip_id, at, event, before, after, reason, place)
ORDER BY place;

-- name: set_state
-- Where a step has led.
INSERT INTO trip_state (trip_id, state)
VALUES (%(trip)s, %(after)s)
ON CONFLICT (trip_id) DO UPDATE SET state = excluded.state;

-- name: end_trip
-- It is over since then, or is not; and whether that was a person's will.
UPDATE trip
SET over_at = CASE WHEN %(is_over)s THEN coalesce(over_at, %(at)s) END,
    called_off_at = CASE WHEN %(called_off)s THEN %(at)s::timestamptz END
WHERE id = %(trip)s;

-- name: stop_key
-- A stop by its number in the latest revision.
SELECT stop_id FROM plan_stop
WHERE trip_id = %(trip)s AND number = %(number)s
  AND revision = (SELECT max(revision) FROM plan WHERE trip_id = %(trip)s);

-- name: add_word
-- What a person says became of a stop.
INSERT INTO stop_word (stop_id, status, arrived_at, departed_at, author, reason)
VALUES (%(stop)s, %(status)s, %(arrived)s, %(departed)s, %(author)s, %(reason)s);

-- name: say_cause
-- Why it is late, by a person's word.
INSERT INTO trip_state (trip_id, state, said_cause, said_note, said_by)
VALUES (%(trip)s, %(state)s, %(cause)s, %(note)s, %(author)s)
ON CONFLICT (trip_id) DO UPDATE
SET said_cause = excluded.said_cause, said_note = excluded.said_note, said_by = excluded.said_by;

-- name: refold
-- Vehicles of which there are fixes since a time of each, as in admin: device by device.
INSERT INTO refold (vehicle_id, from_time, reason)
SELECT concerned.id, concerned.since, %(reason)s
FROM unnest(%(vehicle)b::int4[], %(since)b::timestamptz[]) AS concerned (id, since)
WHERE EXISTS (
    SELECT FROM binding
    CROSS JOIN LATERAL (
        SELECT FROM fix
        WHERE fix.device_id = binding.device_id AND fix.time >= concerned.since
        LIMIT 1) AS one
    WHERE binding.vehicle_id = concerned.id)
ORDER BY concerned.id;
