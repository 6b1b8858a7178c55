-- name: load_driving
-- What is remembered of vehicles' driving.
SELECT vehicle_id, extract(epoch FROM read_to)::float8, body FROM driving WHERE format = %(format)s;

-- name: keep_driving
-- It is remembered from now on.
INSERT INTO driving (vehicle_id, read_to, format, body)
SELECT n.vehicle_id, n.read_to, %(format)s, n.body
FROM unnest(%(vehicle)b::int4[], %(read_to)b::timestamptz[], %(body)b::bytea[])
     AS n (vehicle_id, read_to, body)
JOIN vehicle ON vehicle.id = n.vehicle_id
ORDER BY n.vehicle_id
ON CONFLICT (vehicle_id) DO UPDATE
SET read_to = excluded.read_to, format = excluded.format, body = excluded.body;

-- name: load_newest
-- Time of the newest believed fix of every vehicle.
SELECT vehicle_id, extract(epoch FROM time)::float8 FROM vehicle_state WHERE time IS NOT NULL;

-- name: load_fixes
-- Stored fixes of vehicles, through their primary bindings, each vehicle after its own time, the
-- oldest of them; by vehicle and time.
SELECT n.vehicle_id, extract(epoch FROM f.time)::float8, f.lon, f.lat, coalesce(f.speed, 'NaN')::float8,
       f.grade, f.flags
FROM unnest(%(vehicle)b::int4[], %(after)b::timestamptz[]) AS n (vehicle_id, after)
CROSS JOIN LATERAL (
    SELECT i.time, i.lon, i.lat, i.speed, i.grade, i.flags
    FROM binding b
    JOIN fix i ON i.device_id = b.device_id AND i.time >= b.valid_from AND i.time < b.valid_to
    WHERE b.vehicle_id = n.vehicle_id AND b.is_primary AND b.valid_to > n.after
      AND i.time > n.after AND i.time > %(first)s
    ORDER BY i.time
    LIMIT %(limit)s
) f
ORDER BY n.vehicle_id, f.time;

-- name: load_changes
-- When another driver took the wheel of some vehicles.
SELECT a.vehicle_id, extract(epoch FROM a.valid_from)::float8
FROM assignment a
WHERE a.vehicle_id = ANY(%(vehicle)b::int4[]) AND a.valid_from > %(first)s
  AND a.valid_from < a.valid_to AND a.driver IS NOT NULL
  AND a.driver <> (SELECT b.driver FROM assignment b
                   WHERE b.vehicle_id = a.vehicle_id AND b.valid_from < a.valid_from
                     AND b.valid_from < b.valid_to AND b.driver IS NOT NULL
                   ORDER BY b.valid_from DESC
                   LIMIT 1)
ORDER BY a.vehicle_id, a.valid_from;

-- name: take_due
-- Vehicles whose past is another by now, and since when.
DELETE FROM driving_due
WHERE vehicle_id IN (SELECT vehicle_id FROM driving_due ORDER BY vehicle_id LIMIT %(limit)s
                     FOR UPDATE SKIP LOCKED)
RETURNING vehicle_id, extract(epoch FROM from_time)::float8;
