-- name: lock_vehicles
-- Take the vehicles in key order, so that two writers never wait for each other in a ring.
SELECT vehicle_id, revision
FROM vehicle_state
WHERE vehicle_id = ANY(%(vehicles)b)
ORDER BY vehicle_id
FOR UPDATE;

-- name: insert_fixes
-- Store a batch; a fix of a known device and time is left out.  Returns how many were new and,
-- where that is not all of them, which: in order nothing is repeated, and nothing has to be told.
WITH b AS (
    SELECT * FROM unnest(
        %(device)b::int4[], %(time)b::timestamptz[], %(received)b::timestamptz[],
        %(lat)b::float8[], %(lon)b::float8[], %(altitude)b::float4[], %(speed)b::float4[],
        %(course)b::float4[], %(hdop)b::float4[], %(satellites)b::float4[],
        %(grade)b::int2[], %(flags)b::int2[])
    AS x(device_id, time, received_at, lat, lon, altitude, speed, course, hdop, satellites, grade, flags)
), kept AS (
    INSERT INTO fix (device_id, time, received_at, lat, lon,
                     altitude, speed, course, hdop, satellites, grade, flags)
    SELECT device_id, time, received_at, lat, lon,
           NULLIF(altitude, 'NaN'), NULLIF(speed, 'NaN'), NULLIF(course, 'NaN'), NULLIF(hdop, 'NaN'),
           NULLIF(satellites, 'NaN')::int2, grade, flags
    FROM b
    ORDER BY device_id, time
    ON CONFLICT DO NOTHING
    RETURNING device_id, time
)
SELECT count(*),
       CASE WHEN count(*) < %(size)s THEN array_agg(device_id) END,
       CASE WHEN count(*) < %(size)s THEN array_agg(time) END
FROM kept;

-- name: settle_fixes
-- Where a stored fix differs from the batch's of the same device and time, keep the better one.
-- The order is gateway.screen.rank: not too late for the fold, quality known, grade, fewer unknown columns, canonical
-- values with the unknown last.
-- A loser of another position goes to fix_conflict.  Returns better rows taken, conflicts, and the
-- places in the batch (from 0) where what is stored is, or was, not what the batch says.
WITH b AS (
    SELECT place, device_id, time, received_at, lat, lon,
           NULLIF(altitude, 'NaN') AS altitude, NULLIF(speed, 'NaN') AS speed,
           NULLIF(course, 'NaN') AS course, NULLIF(hdop, 'NaN') AS hdop,
           NULLIF(satellites, 'NaN')::int2 AS satellites, grade, flags
    FROM unnest(
        %(device)b::int4[], %(time)b::timestamptz[], %(received)b::timestamptz[],
        %(lat)b::float8[], %(lon)b::float8[], %(altitude)b::float4[], %(speed)b::float4[],
        %(course)b::float4[], %(hdop)b::float4[], %(satellites)b::float4[],
        %(grade)b::int2[], %(flags)b::int2[]) WITH ORDINALITY
    AS x(device_id, time, received_at, lat, lon, altitude, speed, course, hdop, satellites, grade, flags, place)
), ranked AS (
    SELECT b.*, f.received_at AS f_received_at, f.lat AS f_lat, f.lon AS f_lon,
           f.altitude AS f_altitude, f.speed AS f_speed, f.course AS f_course, f.hdop AS f_hdop,
           f.satellites AS f_satellites, f.grade AS f_grade, f.flags AS f_flags,
           (b.lat, b.lon) IS DISTINCT FROM (f.lat, f.lon) AS moved,
           ROW(b.flags & %(old)s::int2, b.hdop IS NULL, b.grade, num_nulls(b.altitude, b.speed, b.course, b.hdop, b.satellites), b.lat, b.lon,
               coalesce(b.altitude, 'NaN'), coalesce(b.speed, 'NaN'), coalesce(b.course, 'NaN'),
               coalesce(b.hdop, 'NaN'), coalesce(b.satellites, 32767), b.flags & %(intrinsic)s::int2)
           AS b_rank,
           ROW(f.flags & %(old)s::int2, f.hdop IS NULL, f.grade, num_nulls(f.altitude, f.speed, f.course, f.hdop, f.satellites), f.lat, f.lon,
               coalesce(f.altitude, 'NaN'), coalesce(f.speed, 'NaN'), coalesce(f.course, 'NaN'),
               coalesce(f.hdop, 'NaN'), coalesce(f.satellites, 32767), f.flags & %(intrinsic)s::int2)
           AS f_rank
    FROM b
    CROSS JOIN LATERAL ( -- one look by the key for each: see move_states
        SELECT * FROM fix
        WHERE device_id = b.device_id AND time = b.time AND time BETWEEN %(first)s AND %(last)s
        OFFSET 0
    ) f
), pair AS (
    SELECT *, b_rank < f_rank AS better, b_rank <> f_rank AS other FROM ranked
), taken AS (
    UPDATE fix f
    SET received_at = p.received_at, lat = p.lat, lon = p.lon, altitude = p.altitude,
        speed = p.speed, course = p.course, hdop = p.hdop, satellites = p.satellites,
        grade = p.grade, flags = p.flags
    FROM pair p
    WHERE p.better AND f.device_id = p.device_id AND f.time = p.time
      AND f.time BETWEEN %(first)s AND %(last)s
    RETURNING 1
), lost AS (
    INSERT INTO fix_conflict (device_id, time, received_at, lat, lon, altitude, speed, course, hdop,
                              satellites, grade, flags)
    SELECT device_id, time, f_received_at, f_lat, f_lon, f_altitude, f_speed, f_course, f_hdop,
           f_satellites, f_grade, f_flags
    FROM pair WHERE moved AND better
    UNION ALL
    SELECT device_id, time, received_at, lat, lon, altitude, speed, course, hdop,
           satellites, grade, flags
    FROM pair WHERE moved AND NOT better
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM lost),
       ARRAY(SELECT place::int4 - 1 FROM pair WHERE other);

-- name: keep_losers
-- Fixes that lost inside their own batch.  Returns how many were not known as losers before.
WITH kept AS (
    INSERT INTO fix_conflict (device_id, time, received_at, lat, lon, altitude, speed, course, hdop,
                              satellites, grade, flags)
    SELECT device_id, time, received_at, lat, lon,
           NULLIF(altitude, 'NaN'), NULLIF(speed, 'NaN'), NULLIF(course, 'NaN'), NULLIF(hdop, 'NaN'),
           NULLIF(satellites, 'NaN')::int2, grade, flags
    FROM unnest(
        %(device)b::int4[], %(time)b::timestamptz[], %(received)b::timestamptz[],
        %(lat)b::float8[], %(lon)b::float8[], %(altitude)b::float4[], %(speed)b::float4[],
        %(course)b::float4[], %(hdop)b::float4[], %(satellites)b::float4[],
        %(grade)b::int2[], %(flags)b::int2[])
    AS x(device_id, time, received_at, lat, lon, altitude, speed, course, hdop, satellites, grade, flags)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM kept;

-- name: move_states
-- Every touched vehicle rises by one revision; those with a newer believed fix show it.
-- Position comes from the fold (a parked vehicle is drawn where it stands), the rest from the fix.
UPDATE vehicle_state s
SET revision = s.revision + 1,
    device_id = coalesce(f.device_id, s.device_id),
    time = coalesce(f.time, s.time),
    received_at = coalesce(f.received_at, s.received_at),
    lat = CASE WHEN f.time IS NULL THEN s.lat ELSE n.lat END,
    lon = CASE WHEN f.time IS NULL THEN s.lon ELSE n.lon END,
    altitude = CASE WHEN f.time IS NULL THEN s.altitude ELSE f.altitude END,
    speed = CASE WHEN f.time IS NULL THEN s.speed ELSE f.speed END,
    course = CASE WHEN f.time IS NULL THEN s.course ELSE f.course END,
    hdop = CASE WHEN f.time IS NULL THEN s.hdop ELSE f.hdop END,
    satellites = CASE WHEN f.time IS NULL THEN s.satellites ELSE f.satellites END,
    grade = CASE WHEN f.time IS NULL THEN s.grade ELSE f.grade END,
    flags = CASE WHEN f.time IS NULL THEN s.flags ELSE f.flags END
FROM unnest(%(vehicle)b::int4[], %(device)b::int4[], %(time)b::timestamptz[],
            %(lat)b::float8[], %(lon)b::float8[]) AS n(vehicle_id, device_id, time, lat, lon)
-- One look by the key for each, whatever is known of how times are spread: fixes newer than the
-- table's statistics seem to be one, and then all of the batch is read for each vehicle (OFFSET 0).
LEFT JOIN LATERAL (
    SELECT * FROM fix
    WHERE device_id = n.device_id AND time = n.time AND time BETWEEN %(first)s AND %(last)s
    OFFSET 0
) f ON true
WHERE s.vehicle_id = n.vehicle_id;

-- name: keep_memories
-- What the engines remember after the batch.
INSERT INTO vehicle_memory (vehicle_id, revision, format, body)
SELECT vehicle_id, revision, %(format)s, body
FROM unnest(%(vehicle)b::int4[], %(revision)b::int8[], %(body)b::bytea[]) AS n(vehicle_id, revision, body)
ON CONFLICT (vehicle_id) DO UPDATE
SET revision = excluded.revision, format = excluded.format, body = excluded.body;

-- name: keep_checkpoints
-- The memory as it is after the fix of that time.
INSERT INTO checkpoint (vehicle_id, time, format, body)
SELECT vehicle_id, time, %(format)s, body
FROM unnest(%(vehicle)b::int4[], %(time)b::timestamptz[], %(body)b::bytea[]) AS n(vehicle_id, time, body)
ON CONFLICT (vehicle_id, time) DO UPDATE SET format = excluded.format, body = excluded.body;

-- name: forget_checkpoints
-- Checkpoints of a vehicle that a change of the past has made untrue.
DELETE FROM checkpoint WHERE vehicle_id = %(vehicle)s AND time > to_timestamp(%(after)s);

-- name: rewrite_flags
-- Contextual flags of stored fixes, judged again.
UPDATE fix f
SET flags = n.flags
FROM unnest(%(device)b::int4[], %(time)b::timestamptz[], %(flags)b::int2[]) AS n(device_id, time, flags)
WHERE f.device_id = n.device_id AND f.time = n.time AND f.flags IS DISTINCT FROM n.flags
  AND f.time BETWEEN %(first)s AND %(last)s;

-- name: clear_state
-- A vehicle of which nothing believed is left in its past.
UPDATE vehicle_state
SET device_id = NULL, time = NULL, received_at = NULL, lat = NULL, lon = NULL, altitude = NULL,
    speed = NULL, course = NULL, hdop = NULL, satellites = NULL, grade = NULL, flags = NULL
WHERE vehicle_id = %(vehicle)s;

-- name: keep_streams
-- Torn halves that wait for their other half.
INSERT INTO device_stream (device_id, carried, updated_at)
SELECT device_id, carried, %(at)s
FROM unnest(%(device)b::int4[], %(carried)b::bytea[]) AS n(device_id, carried)
ORDER BY device_id
ON CONFLICT (device_id) DO UPDATE SET carried = excluded.carried, updated_at = excluded.updated_at;

-- name: end_streams
-- Streams that wait for nothing any more.
DELETE FROM device_stream WHERE device_id = ANY(%(device)b);

-- name: keep_events
-- Events, once per device, time and kind.  Of two values the one whose text comes first stays,
-- whichever came first: "false" before "true".  Returns which are news.  In order, as everything
-- that two gateways may write at once: else each could wait for the other.
WITH kept AS (
    INSERT INTO device_event AS e (device_id, time, kind, value, received_at)
    SELECT DISTINCT ON (device_id, time, kind) device_id, time, kind, value::jsonb, received_at
    FROM unnest(%(device)b::int4[], %(time)b::timestamptz[], %(kind)b::text[], %(value)b::text[],
                %(received)b::timestamptz[]) AS n(device_id, time, kind, value, received_at)
    ORDER BY device_id, time, kind, value::jsonb::text COLLATE "C"
    ON CONFLICT (device_id, time, kind) DO UPDATE
    SET value = excluded.value, received_at = excluded.received_at
    WHERE excluded.value::text COLLATE "C" < e.value::text COLLATE "C"
    RETURNING device_id, time, kind
)
SELECT device_id, (extract(epoch FROM time) * 1000)::int8, kind FROM kept;

-- name: keep_links
-- The newest status of each device by its own clock: a stored copy of an old one is no news, nor is
-- one that is known (a broker hands out all stored copies whenever the gateway connects).
INSERT INTO device_link AS l (device_id, online, time, reason, since)
SELECT DISTINCT ON (device_id) device_id, online, time, reason, since
FROM unnest(%(device)b::int4[], %(online)b::bool[], %(time)b::timestamptz[], %(reason)b::text[],
            %(since)b::timestamptz[])
    WITH ORDINALITY AS n(device_id, online, time, reason, since, place)
ORDER BY device_id, time DESC, place DESC
ON CONFLICT (device_id) DO UPDATE
SET online = excluded.online, time = excluded.time, reason = excluded.reason, since = excluded.since
WHERE excluded.time > l.time
   OR (excluded.time = l.time AND (excluded.online, excluded.reason) <> (l.online, l.reason))
RETURNING device_id;

-- name: keep_replies
-- Devices' answers to commands; the first answer counts.
UPDATE command c
SET acked_at = n.time, ok = n.ok, detail = n.detail, sent_at = coalesce(c.sent_at, n.time)
FROM (SELECT DISTINCT ON (device_id, lower(id)) *
      FROM unnest(%(device)b::int4[], %(id)b::text[], %(time)b::timestamptz[], %(ok)b::bool[],
                  %(detail)b::text[]) WITH ORDINALITY AS x(device_id, id, time, ok, detail, place)
      ORDER BY device_id, lower(id), place) n
WHERE c.id::text = lower(n.id) AND c.device_id = n.device_id AND c.acked_at IS NULL;

-- name: keep_dead_letters
-- Rejects, once per content; one that comes again after a re-injection is open again.
-- Returns the parts that were not known before.
WITH kept AS (
    INSERT INTO dead_letter AS d (digest, received_at, device, kind, reason, detail, raw, parts)
    SELECT * FROM unnest(%(digest)b::bytea[], %(received)b::timestamptz[], %(device)b::text[],
                         %(kind)b::text[], %(reason)b::text[], %(detail)b::text[], %(raw)b::bytea[],
                         %(parts)b::int4[]) AS n(digest)
    ORDER BY digest
    ON CONFLICT (digest) DO UPDATE SET reinjected_at = NULL WHERE d.reinjected_at IS NOT NULL
    RETURNING parts, (xmax = 0) AS fresh
)
SELECT coalesce(sum(parts) FILTER (WHERE fresh), 0) FROM kept;

-- name: errands
-- What waits for the gateway besides frames.
SELECT i.world_revision,
       EXISTS (SELECT FROM command WHERE sent_at IS NULL) AS commands,
       EXISTS (SELECT FROM reinject) AS reinjects,
       EXISTS (SELECT FROM refold) AS refolds
FROM installation i;

-- name: take_reinjects
-- Dead letters to take in again, the first at least, as many as are not too large together;
-- another gateway skips these until we commit.
WITH taken AS (
    SELECT dead_letter_id FROM reinject ORDER BY dead_letter_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), sized AS (
    SELECT d.id, d.device, d.kind, d.raw, d.received_at,
           sum(octet_length(d.raw)) OVER (ORDER BY d.id) - octet_length(d.raw) AS before
    FROM taken
    JOIN dead_letter d ON d.id = taken.dead_letter_id
)
SELECT id, device, kind, raw, extract(epoch FROM received_at)::float8 AS received
FROM sized
WHERE before < %(size)s
ORDER BY id;

-- name: end_reinjects
-- These letters have been taken in again.
WITH done AS (DELETE FROM reinject WHERE dead_letter_id = ANY(%(ids)s) RETURNING dead_letter_id)
UPDATE dead_letter SET reinjected_at = now() FROM done WHERE id = done.dead_letter_id;

-- name: take_refold
-- One vehicle whose past changed, with the earliest time of all its open refolds: one that has been
-- left alone for a while, since a backlog that is arriving asks again and again, or has waited long.
WITH ready AS (
    SELECT vehicle_id, min(id) AS first
    FROM refold
    GROUP BY vehicle_id
    HAVING max(requested_at) <= now() - make_interval(secs => %(quiet)s)
        OR min(requested_at) <= now() - make_interval(secs => %(longest)s)
), one AS (
    SELECT refold.vehicle_id
    FROM refold JOIN ready ON ready.first = refold.id
    ORDER BY refold.id
    LIMIT 1
    FOR UPDATE OF refold SKIP LOCKED
), taken AS (
    SELECT refold.* FROM refold JOIN one USING (vehicle_id) FOR UPDATE OF refold SKIP LOCKED
)
SELECT vehicle_id, extract(epoch FROM min(from_time))::float8 AS since, array_agg(id) AS ids
FROM taken
GROUP BY vehicle_id;

-- name: end_refolds
-- These have been folded again.
DELETE FROM refold WHERE id = ANY(%(ids)s);

-- name: add_refolds
-- Ask for vehicles to be folded again.
INSERT INTO refold (vehicle_id, from_time, reason)
SELECT vehicle_id, since, %(reason)s
FROM unnest(%(vehicle)b::int4[], %(since)b::timestamptz[]) AS n(vehicle_id, since)
ORDER BY vehicle_id;

-- name: ring
-- Append to the feed and ring; the last act of a transaction.
SELECT ring(%(kind)s, %(vehicles)b::int4[], NULL);
