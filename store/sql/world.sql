-- name: revision
-- The revision of the registered world; held against edits until the transaction ends.
-- The row alone would do, but whoever shares a row overtakes an edit that waits for it, so that
-- two gateways could keep it waiting for ever.  The queue of an advisory lock is fair.
WITH queue AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(7305816215))
SELECT world_revision FROM queue, installation FOR SHARE OF installation;

-- name: devices
-- Every registered device, in key order.
SELECT id, code FROM device ORDER BY id;

-- name: vehicles
-- Every vehicle, in key order.
SELECT id, plate FROM vehicle ORDER BY id;

-- name: bindings
-- Every binding as seconds since 1970; an open one ends at infinity.
SELECT device_id, vehicle_id, is_primary,
       extract(epoch FROM valid_from)::float8 AS valid_from,
       extract(epoch FROM valid_to)::float8 AS valid_to
FROM binding
ORDER BY device_id, valid_from;

-- name: fence_revision
-- Rises with every edit of a fence.
SELECT fence_revision FROM installation;

-- name: fences
-- Versions of fences touched since a revision; what an edit of the past replaced whole is told only
-- to those who know it.  Ordinary fences are always open, and so have no JSON to read.
SELECT v.fence_id, v.version, f.site_id, coalesce(v.parent_id, 0), s.zone,
       extract(epoch FROM v.valid_from)::float8, extract(epoch FROM v.valid_to)::float8,
       v.shape, v.geometry, v.radius, v.role, v.node_level, v.margin, v.dwell_in, v.dwell_out,
       v.stop_rule, CASE WHEN v.hours <> '[]' THEN v.hours END, v.confidence, v.datum
FROM fence_version v
JOIN fence f ON f.id = v.fence_id
JOIN site s ON s.id = f.site_id
WHERE v.revision > %(after)s AND (%(after)s > 0 OR v.valid_from < v.valid_to)
ORDER BY v.fence_id, v.version;

-- name: expected
-- Where vehicles are expected, and when; half a year of it is kept, but no fold begins further back
-- than twice the 72 h of a repair before the newest fix of its vehicle, and a day is for good measure.
SELECT e.vehicle_id, e.site_id,
       extract(epoch FROM e.valid_from)::float8, extract(epoch FROM e.valid_to)::float8
FROM expected_visit e
LEFT JOIN vehicle_state s USING (vehicle_id)
WHERE s.time IS NULL OR e.valid_to > s.time - interval '168 hours'
ORDER BY e.vehicle_id, e.valid_from, e.id;

-- name: memories
-- What the engines remember of some vehicles, and the revision it is of.
SELECT s.vehicle_id, s.revision, m.format, m.body
FROM vehicle_state s
LEFT JOIN vehicle_memory m USING (vehicle_id)
WHERE s.vehicle_id = ANY(%(vehicles)b)
ORDER BY s.vehicle_id;

-- name: streams
-- Torn streams that wait for their other half.
SELECT d.code, s.carried FROM device_stream s JOIN device d ON d.id = s.device_id;

-- name: checkpoint
-- The newest memory of a vehicle from before a time.
SELECT extract(epoch FROM time)::float8 AS time, format, body
FROM checkpoint
WHERE vehicle_id = %(vehicle)s AND time < to_timestamp(%(before)s)
ORDER BY time DESC
LIMIT 1;

-- name: history
-- The stored fixes of a vehicle after a time, through its primary bindings, in event order.
SELECT f.device_id, extract(epoch FROM f.time)::float8 AS time, f.lon, f.lat, f.altitude,
       f.speed, f.course, f.hdop, f.satellites, f.grade, f.flags,
       extract(epoch FROM f.received_at)::float8 AS received
FROM binding b
JOIN fix f ON f.device_id = b.device_id AND f.time >= b.valid_from AND f.time < b.valid_to
WHERE b.vehicle_id = %(vehicle)s AND b.is_primary AND f.time > to_timestamp(%(after)s)
ORDER BY f.time;

-- name: ignition
-- What the ignition of a vehicle said after a time, through its primary bindings; clocks that were
-- further off than that when it came are not believed.
SELECT extract(epoch FROM e.time)::float8 AS time, e.value = 'false' AS off
FROM binding b
JOIN device_event e ON e.device_id = b.device_id AND e.time >= b.valid_from AND e.time < b.valid_to
WHERE b.vehicle_id = %(vehicle)s AND b.is_primary AND e.time > to_timestamp(%(after)s)
  AND e.kind = %(kind)s AND e.value IN ('true', 'false')
  AND extract(epoch FROM e.received_at - e.time) BETWEEN - %(ahead)s::float8 AND %(behind)s::float8
ORDER BY e.time;

-- name: newest
-- Time of the newest believed fix that a vehicle shows.
SELECT extract(epoch FROM time)::float8 FROM vehicle_state WHERE vehicle_id = %(vehicle)s;

-- name: trip_revision
-- Rises with every edit of a trip.
SELECT trip_revision FROM installation;

-- name: open_trips
-- Those of which something is expected still.
SELECT coalesce(array_agg(id), '{}') FROM trip WHERE NOT shelved AND over_at IS NULL;

-- name: all_trips
-- Those that a fold may judge by.
SELECT id, code, coalesce(extract(epoch FROM over_at)::float8, 'Infinity'),
       coalesce(extract(epoch FROM called_off_at)::float8, 'Infinity'), shelved
FROM trip
WHERE NOT shelved
ORDER BY id;

-- name: touched_trips
-- Those that were edited after a revision, and some more.
SELECT id, code, coalesce(extract(epoch FROM over_at)::float8, 'Infinity'),
       coalesce(extract(epoch FROM called_off_at)::float8, 'Infinity'), shelved
FROM trip
WHERE revision > %(after)s OR id = ANY(%(also)b::int4[])
ORDER BY id;

-- name: plans
-- Every revision of the plans of some trips.
SELECT trip_id, revision, extract(epoch FROM valid_from)::float8, coalesce(line_id, 0), strict
FROM plan
WHERE trip_id = ANY(%(trips)b::int4[])
ORDER BY trip_id, revision;

-- name: plan_stops
-- Their stops.
SELECT p.trip_id, p.revision, s.code, p.stop_id, p.site_id, coalesce(p.s, 'NaN'),
       coalesce(extract(epoch FROM p.arrive_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM p.depart_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM p.opens_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM p.closes_at)::float8, 'NaN'),
       p.service, p.early, p.late, p.via
FROM plan_stop p
JOIN site s ON s.id = p.site_id
WHERE p.trip_id = ANY(%(trips)b::int4[])
ORDER BY p.trip_id, p.revision, p.number;

-- name: assignments
-- Who served them, and when; what was taken back before it began has served nothing.
SELECT trip_id, vehicle_id,
       extract(epoch FROM valid_from)::float8, extract(epoch FROM valid_to)::float8
FROM assignment
WHERE trip_id = ANY(%(trips)b::int4[]) AND valid_from < valid_to
ORDER BY trip_id, valid_from;
