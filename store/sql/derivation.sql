-- name: hold_due
-- Waybills that wait to be derived anew, the longest waiting first, held until the transaction ends: nobody
-- else derives them meanwhile.  What others hold is left to them.
SELECT w.id
FROM waybill w
WHERE w.id IN (
    SELECT waybill_id FROM (SELECT id, waybill_id FROM waybill_due ORDER BY id LIMIT %(ahead)s) AS first
    GROUP BY waybill_id ORDER BY min(id) LIMIT %(limit)s)
ORDER BY w.id
FOR NO KEY UPDATE SKIP LOCKED;

-- name: take_due
-- They wait no more: what is read of them from now on is as new as what made them due.
DELETE FROM waybill_due WHERE waybill_id = ANY(%(waybills)s);

-- name: load_waybills
-- What is known of them; places as codes, names and zone.
SELECT w.id, w.number, c.code, w.phone, w.contact, w.origin_id, w.destination_id,
       extract(epoch FROM w.placed_at)::float8, coalesce(extract(epoch FROM w.opens_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM w.promised_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM w.cancelled_at)::float8, 'NaN'), w.stored
FROM waybill w
JOIN party c ON c.id = w.customer_id
WHERE w.id = ANY(%(waybills)s)
ORDER BY w.id;

-- name: load_legs
-- Their ways, with the bookings that ever held.
SELECT l.waybill_id, l.id, l.number, l.from_id, l.to_id, b.trip_id, b.load_id, b.unload_id,
       extract(epoch FROM b.valid_from)::float8, extract(epoch FROM b.valid_to)::float8
FROM leg l
LEFT JOIN booking b ON b.leg_id = l.id AND b.valid_from < b.valid_to
WHERE l.waybill_id = ANY(%(waybills)s)
ORDER BY l.waybill_id, l.number, b.valid_from;

-- name: load_scans
-- What scanners saw, and nobody took back.
SELECT waybill_id, id::text, kind, site_id, coalesce(vehicle_id, 0), extract(epoch FROM at)::float8, author, note
FROM scan
WHERE waybill_id = ANY(%(waybills)s) AND withdrawn_by IS NULL
ORDER BY waybill_id, at, id;

-- name: load_proofs
-- What people said of the delivery, in that order.
SELECT waybill_id, outcome, extract(epoch FROM at)::float8, signer, author, note, files::text[]
FROM proof
WHERE waybill_id = ANY(%(waybills)s)
ORDER BY waybill_id, recorded_at, id;

-- name: load_halts
-- The stops of trips as they were last planned, and what became of them.  One that the latest plan has
-- no more is left out, unless the vehicle was there.
SELECT x.trip_id, x.stop_id, x.site_id, x.number, coalesce(extract(epoch FROM x.arrive_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM x.depart_at)::float8, 'NaN'), coalesce(f.status, 'planned'),
       coalesce(extract(epoch FROM f.arrived_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM f.departed_at)::float8, 'NaN'), coalesce(f.visit_id::text, ''),
       coalesce(extract(epoch FROM f.estimated_at)::float8, 'NaN'), coalesce(f.author, '')
FROM (
    SELECT DISTINCT ON (stop_id) *,
           (SELECT max(revision) FROM plan WHERE plan.trip_id = plan_stop.trip_id) AS newest
    FROM plan_stop
    WHERE trip_id = ANY(%(trips)s) AND NOT via
    ORDER BY stop_id, revision DESC
) x
LEFT JOIN stop_fact f ON f.stop_id = x.stop_id
WHERE x.revision = x.newest OR f.arrived_at IS NOT NULL OR f.departed_at IS NOT NULL
ORDER BY x.trip_id, x.number, x.revision DESC, x.stop_id;

-- name: load_served
-- Who served trips.
SELECT trip_id, vehicle_id, extract(epoch FROM valid_from)::float8, extract(epoch FROM valid_to)::float8
FROM assignment
WHERE trip_id = ANY(%(trips)s) AND valid_from < valid_to
ORDER BY trip_id, valid_from;

-- name: load_ends
-- When trips were over, and when their papers were filed.
SELECT t.id, coalesce(extract(epoch FROM t.over_at)::float8, 'infinity'),
       coalesce((SELECT extract(epoch FROM max(s.at))::float8 FROM trip_step s
                 WHERE s.trip_id = t.id AND s.to_state = 'closed' AND k.state = 'closed'), 'NaN')
FROM trip t
LEFT JOIN trip_state k ON k.trip_id = t.id
WHERE t.id = ANY(%(trips)s);

-- name: load_places
-- Sites as texts name them.
SELECT id, code, name_zh, name_en, zone FROM site WHERE id = ANY(%(sites)s);

-- name: load_kept
-- The latest version of each of their milestones.
SELECT waybill_id, id::text, version, valid, key, kind, extract(epoch FROM at)::float8, coalesce(site_id, 0),
       coalesce(vehicle_id, 0), coalesce(trip_id, 0), source,
       coalesce(extract(epoch FROM planned_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM estimated_at)::float8, 'NaN'), coalesce(visit_id::text, ''),
       coalesce(author, ''), coalesce(note, ''), files::text[], presumed
FROM milestone
WHERE waybill_id = ANY(%(waybills)s) AND latest
ORDER BY waybill_id, key;

-- name: retire_milestones
-- These do not hold any more; newer versions follow in the same transaction.
UPDATE milestone SET latest = false WHERE latest AND id = ANY(%(id)b::text[]::uuid[]);

-- name: append_milestones
-- New versions, in the order given, each with its place in the feed, which is held from here on.
WITH queue AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(7305816211)
), given AS MATERIALIZED (
    SELECT nextval('change_number') AS change_id, n.*
    FROM (SELECT n.* FROM queue, unnest(
              %(id)b::text[], %(version)b::int4[], %(valid)b::bool[], %(waybill)b::int4[], %(key)b::text[],
              %(kind)b::text[], %(at)b::timestamptz[], %(site)b::int4[], %(vehicle)b::int4[], %(trip)b::int4[],
              %(planned)b::timestamptz[], %(estimated)b::timestamptz[], %(source)b::text[], %(visit)b::text[],
              %(author)b::text[], %(note)b::text[], %(files)b::text[], %(presumed)b::bool[], %(cause)b::text[],
              %(was)b::timestamptz[]) WITH ORDINALITY
          AS n(id, version, valid, waybill_id, key, kind, at, site_id, vehicle_id, trip_id, planned_at,
               estimated_at, source, visit_id, author, note, files, presumed, cause, was_at, place)
          ORDER BY place) n
)
INSERT INTO milestone (id, version, change_id, valid, waybill_id, key, kind, at, site_id, vehicle_id, trip_id,
                       planned_at, estimated_at, source, visit_id, operator, author, note, files, presumed,
                       cause, was_at)
SELECT n.id::uuid, n.version, n.change_id, n.valid, n.waybill_id, n.key, n.kind, n.at, NULLIF(n.site_id, 0),
       NULLIF(n.vehicle_id, 0), NULLIF(n.trip_id, 0), NULLIF(n.planned_at, '-infinity'),
       NULLIF(n.estimated_at, '-infinity'), n.source, NULLIF(n.visit_id, '')::uuid, p.code,
       NULLIF(n.author, ''), NULLIF(n.note, ''), string_to_array(n.files, ',')::uuid[], n.presumed,
       n.cause, NULLIF(n.was_at, '-infinity')
FROM given n
LEFT JOIN vehicle v ON v.id = n.vehicle_id
LEFT JOIN party p ON p.id = v.party_id;

-- name: load_rides
-- The rides that are kept.
SELECT waybill_id, leg_id, trip_id, vehicle_id, extract(epoch FROM valid_from)::float8,
       extract(epoch FROM valid_to)::float8, from_basis, coalesce(to_basis, ''), presumed
FROM ride
WHERE waybill_id = ANY(%(waybills)s)
ORDER BY waybill_id, valid_from;

-- name: drop_rides
-- They are written anew.
DELETE FROM ride WHERE waybill_id = ANY(%(waybills)s);

-- name: add_rides
-- While they were aboard.
INSERT INTO ride (waybill_id, leg_id, trip_id, vehicle_id, valid_from, valid_to, from_basis, to_basis, presumed)
SELECT r.waybill, r.leg, r.trip, r.vehicle, r.since, r.until, r.from_basis, NULLIF(r.to_basis, ''), r.presumed
FROM unnest(%(waybill)b::int4[], %(leg)b::int4[], %(trip)b::int4[], %(vehicle)b::int4[],
            %(since)b::timestamptz[], %(until)b::timestamptz[], %(from_basis)b::text[], %(to_basis)b::text[],
            %(presumed)b::bool[])
     AS r (waybill, leg, trip, vehicle, since, until, from_basis, to_basis, presumed);

-- name: keep_states
-- How they stand now.  What was thought of the promise on a trip that never carried it, is forgotten.
INSERT INTO waybill_state AS s (waybill_id, state, since, over, leg, trip_id, vehicle_id, site_id, shipped_at,
                                told_at, derived_at)
SELECT n.waybill, n.state, NULLIF(n.since, '-infinity'), n.over, n.leg, NULLIF(n.trip, 0), NULLIF(n.vehicle, 0),
       NULLIF(n.site, 0), NULLIF(n.shipped, '-infinity'), NULLIF(n.told, '-infinity'), %(now)s
FROM unnest(%(waybill)b::int4[], %(state)b::text[], %(since)b::timestamptz[], %(over)b::bool[], %(leg)b::int4[],
            %(trip)b::int4[], %(vehicle)b::int4[], %(site)b::int4[], %(shipped)b::timestamptz[],
            %(told)b::timestamptz[])
     AS n (waybill, state, since, over, leg, trip, vehicle, site, shipped, told)
ON CONFLICT (waybill_id) DO UPDATE
SET state = excluded.state, since = excluded.since, over = excluded.over, leg = excluded.leg,
    trip_id = excluded.trip_id, vehicle_id = excluded.vehicle_id, site_id = excluded.site_id,
    shipped_at = excluded.shipped_at, told_at = excluded.told_at, derived_at = excluded.derived_at,
    risks = CASE
        WHEN s.trip_id IS NULL OR s.trip_id IS NOT DISTINCT FROM excluded.trip_id THEN s.risks
        WHEN EXISTS (SELECT FROM leg l JOIN booking b ON b.leg_id = l.id
                     WHERE l.waybill_id = s.waybill_id AND l.number = s.leg AND b.trip_id = s.trip_id
                       AND b.valid_from < b.valid_to)
        THEN s.risks
        ELSE ''
    END;

-- name: ring_waybills
-- Tell the feed: the last act of a transaction.
SELECT ring('waybill', '{}', jsonb_build_object('numbers', %(numbers)s::text[]));

-- name: find_stale
-- Open waybills of which something can be said anew: their trip was evaluated since, or the promised time
-- has come; the longest neglected first.  Held until the transaction ends; what others hold is left.
SELECT s.waybill_id
FROM waybill_state s
JOIN waybill w ON w.id = s.waybill_id
LEFT JOIN trip_state t ON t.trip_id = s.trip_id
WHERE NOT s.over
  AND (s.judged_at IS NULL
       OR (t.evaluated_at > s.judged_at AND s.judged_at <= %(before)s)
       OR (w.promised_at < %(now)s AND s.judged_at <= w.promised_at))
ORDER BY s.judged_at NULLS FIRST
LIMIT %(limit)s
FOR NO KEY UPDATE OF s SKIP LOCKED;

-- name: load_promises
-- What promises are judged by.
SELECT w.id, w.number, c.code, w.phone, w.contact, w.origin_id, w.destination_id,
       coalesce(extract(epoch FROM w.promised_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM w.opens_at)::float8, 'NaN'),
       coalesce((SELECT extract(epoch FROM m.at)::float8 FROM milestone m
                 WHERE m.waybill_id = w.id AND m.latest AND m.valid
                   AND m.kind IN ('arrived_destination', 'delivered')
                 ORDER BY m.kind LIMIT 1), 'NaN'),
       s.risks, coalesce(t.said_cause, t.cause, ''), NOT (s.over OR s.state = 'refused')
FROM waybill w
JOIN party c ON c.id = w.customer_id
JOIN waybill_state s ON s.waybill_id = w.id
LEFT JOIN trip_state t ON t.trip_id = s.trip_id
WHERE w.id = ANY(%(waybills)s)
ORDER BY w.id;

-- name: load_ahead
-- Their legs from the one that they are on, or wait for: as planned, and expected.
SELECT l.waybill_id, coalesce(extract(epoch FROM a.depart_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM z.arrive_at)::float8, 'NaN'),
       CASE WHEN known THEN coalesce(extract(epoch FROM t.p50[z.number - t.first + 1])::float8, 'NaN') ELSE 'NaN' END,
       CASE WHEN known THEN coalesce(extract(epoch FROM t.p90[z.number - t.first + 1])::float8, 'NaN') ELSE 'NaN' END
FROM leg l
JOIN waybill_state s ON s.waybill_id = l.waybill_id
LEFT JOIN LATERAL (
    SELECT * FROM booking b
    WHERE b.leg_id = l.id AND b.valid_from < b.valid_to AND b.valid_to > %(now)s
    ORDER BY b.valid_from
    LIMIT 1
) b ON true
LEFT JOIN LATERAL (SELECT max(revision) AS revision FROM plan WHERE plan.trip_id = b.trip_id) r ON true
LEFT JOIN plan_stop a ON a.trip_id = b.trip_id AND a.revision = r.revision AND a.stop_id = b.load_id
LEFT JOIN plan_stop z ON z.trip_id = b.trip_id AND z.revision = r.revision AND z.stop_id = b.unload_id
LEFT JOIN trip_state t ON t.trip_id = b.trip_id
CROSS JOIN LATERAL (
    SELECT coalesce(t.no_estimate = 0 AND t.plan = r.revision AND z.number >= t.first, false) AS known
) k
WHERE l.waybill_id = ANY(%(waybills)s) AND l.number >= s.leg
ORDER BY l.waybill_id, l.number;

-- name: keep_promises
-- How they stand.
UPDATE waybill_state s
SET p50 = NULLIF(n.p50, '-infinity'), p90 = NULLIF(n.p90, '-infinity'), risks = n.risks, risk = n.risk,
    delay = NULLIF(n.delay, 'NaN'), cause = NULLIF(n.cause, ''), judged_at = %(now)s
FROM unnest(%(waybill)b::int4[], %(p50)b::timestamptz[], %(p90)b::timestamptz[], %(risks)b::bytea[],
            %(risk)b::int2[], %(delay)b::float4[], %(cause)b::text[])
     AS n (waybill, p50, p90, risks, risk, delay, cause)
WHERE s.waybill_id = n.waybill;
