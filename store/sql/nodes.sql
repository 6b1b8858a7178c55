-- name: list_nodes
-- The versions that hold, of nodes in a stretch of time, newest first.  What was planned and
-- expected is the node's own word, else of the stop that its visit fulfils.
SELECT n.change_id, n.id::text, n.version, n.valid, n.cause, n.kind, v.plate, p.code,
       s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, n.operator, f.code, n.fence_version,
       n.visit_id::text, coalesce(n.planned_at, due.planned_at),
       coalesce(n.estimated_at, due.estimated_at), n.actual_at, n.earliest_at, n.latest_at,
       n.stopped_at, n.confirmed_at, n.basis, n.source, n.author, n.reason, n.note,
       (SELECT jsonb_agg(jsonb_build_array(d.code, e.pair -> 1) ORDER BY e.place)
        FROM jsonb_array_elements(n.evidence) WITH ORDINALITY AS e (pair, place)
        JOIN device d ON d.id = (e.pair ->> 0)::integer),
       n.attachments, n.was_at, n.machine_at, n.conflict, n.provisional, n.near_fence,
       n.backfilled, n.recorded_at
FROM node n
JOIN vehicle v ON v.id = n.vehicle_id
JOIN site s ON s.id = n.site_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN fence f ON f.id = n.fence_id
LEFT JOIN LATERAL planned_of(n.visit_id, n.kind) due ON n.visit_id IS NOT NULL
WHERE (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
       AND within_past(n.vehicle_id, n.actual_at, s.code, %(past)s, %(sites)s, %(driver)s)))
  AND NOT (v.private AND off_trip(n.vehicle_id, n.actual_at))
  AND n.latest AND (n.valid OR %(retracted)s)
  AND n.actual_at >= %(start)s AND n.actual_at < %(end)s
  AND (%(vehicle)s::text IS NULL OR v.plate = %(vehicle)s::text)
  AND (%(site)s::text IS NULL OR s.code = %(site)s::text)
  AND (%(kind)s::text IS NULL OR n.kind = %(kind)s::text)
ORDER BY n.actual_at DESC, n.change_id DESC
LIMIT %(limit)s;

-- name: read_after
-- Every version after a number of the feed, in order; up to another one, where that is given.
SELECT n.change_id, n.id::text, n.version, n.valid, n.cause, n.kind, v.plate, p.code,
       s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, n.operator, f.code, n.fence_version,
       n.visit_id::text, coalesce(n.planned_at, due.planned_at),
       coalesce(n.estimated_at, due.estimated_at), n.actual_at, n.earliest_at, n.latest_at,
       n.stopped_at, n.confirmed_at, n.basis, n.source, n.author, n.reason, n.note,
       (SELECT jsonb_agg(jsonb_build_array(d.code, e.pair -> 1) ORDER BY e.place)
        FROM jsonb_array_elements(n.evidence) WITH ORDINALITY AS e (pair, place)
        JOIN device d ON d.id = (e.pair ->> 0)::integer),
       n.attachments, n.was_at, n.machine_at, n.conflict, n.provisional, n.near_fence,
       n.backfilled, n.recorded_at
FROM node n
JOIN vehicle v ON v.id = n.vehicle_id
JOIN site s ON s.id = n.site_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN fence f ON f.id = n.fence_id
LEFT JOIN LATERAL planned_of(n.visit_id, n.kind) due ON n.visit_id IS NOT NULL
WHERE (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
       AND within_past(n.vehicle_id, n.actual_at, s.code, %(past)s, %(sites)s, %(driver)s)))
  AND NOT (v.private AND off_trip(n.vehicle_id, n.actual_at))
  AND n.change_id > %(after)s
  AND (%(newest)s::bigint IS NULL OR n.change_id <= %(newest)s::bigint)
ORDER BY n.change_id
LIMIT %(limit)s::bigint;

-- name: served_at
-- Of versions of nodes that happened on a trip: who drove.
SELECT n.change_id, array_agg(coalesce(s.driver, ''))
FROM node n
CROSS JOIN LATERAL spans_of(n.vehicle_id, 'legs', '') s
WHERE n.change_id = ANY(%(numbers)s) AND n.actual_at BETWEEN s.began AND s.ended
GROUP BY n.change_id;

-- name: load_versions
-- All that was ever said of one node, newest first.
SELECT n.change_id, n.id::text, n.version, n.valid, n.cause, n.kind, v.plate, p.code,
       s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, n.operator, f.code, n.fence_version,
       n.visit_id::text, coalesce(n.planned_at, due.planned_at),
       coalesce(n.estimated_at, due.estimated_at), n.actual_at, n.earliest_at, n.latest_at,
       n.stopped_at, n.confirmed_at, n.basis, n.source, n.author, n.reason, n.note,
       (SELECT jsonb_agg(jsonb_build_array(d.code, e.pair -> 1) ORDER BY e.place)
        FROM jsonb_array_elements(n.evidence) WITH ORDINALITY AS e (pair, place)
        JOIN device d ON d.id = (e.pair ->> 0)::integer),
       n.attachments, n.was_at, n.machine_at, n.conflict, n.provisional, n.near_fence,
       n.backfilled, n.recorded_at
FROM node n
JOIN vehicle v ON v.id = n.vehicle_id
JOIN site s ON s.id = n.site_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN fence f ON f.id = n.fence_id
LEFT JOIN LATERAL planned_of(n.visit_id, n.kind) due ON n.visit_id IS NOT NULL
WHERE (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
       AND within_past(n.vehicle_id, n.actual_at, s.code, %(past)s, %(sites)s, %(driver)s)))
  AND NOT (v.private AND off_trip(n.vehicle_id, n.actual_at))
  AND n.id = %(id)s::uuid
ORDER BY n.version DESC;

-- name: list_visits
-- Visits that touch a stretch of time, newest entry first.  One whose end nobody saw lasts until the
-- fix that settled it.
SELECT t.id::text, v.plate, f.code, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat,
       coalesce(w.node_level, true), t.state,
       t.entered_at, t.entered_earliest, t.entered_latest, t.entered_basis,
       t.left_at, t.left_earliest, t.left_latest, t.left_basis, t.stopped_at, t.flaps, y.code
FROM visit t
JOIN vehicle v ON v.id = t.vehicle_id
JOIN fence f ON f.id = t.fence_id
JOIN site s ON s.id = f.site_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN fence_version w ON w.fence_id = t.fence_id AND w.version = t.version
LEFT JOIN fence y ON y.id = t.yielded_to
WHERE (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
       AND within_past(t.vehicle_id, t.entered_at, s.code, %(past)s, %(sites)s, %(driver)s)))
  AND NOT (v.private AND off_trip(t.vehicle_id, t.entered_at))
  AND t.entered_at < %(end)s
  AND t.settled_at >= CASE WHEN %(is_open)s::boolean THEN 'infinity' ELSE %(start)s::timestamptz END
  AND (t.state IN ('entering', 'arrived', 'leaving') OR coalesce(t.left_at, t.settled_at) >= %(start)s)
  AND (%(is_open)s::boolean IS NULL
       OR (t.state IN ('entering', 'arrived', 'leaving')) = %(is_open)s::boolean)
  AND (%(vehicle)s::text IS NULL OR v.plate = %(vehicle)s::text)
  AND (%(site)s::text IS NULL OR s.code = %(site)s::text)
  AND (%(fence)s::text IS NULL OR f.code = %(fence)s::text)
ORDER BY t.entered_at DESC, t.id DESC
LIMIT %(limit)s;

-- name: fence_key
-- A fence's number.
SELECT id FROM fence WHERE code = %(name)s;

-- name: hold_vehicle
-- Nobody else writes nodes of a vehicle until the transaction ends.
SELECT v.id
FROM vehicle v
JOIN vehicle_state s ON s.vehicle_id = v.id
LEFT JOIN party p ON p.id = v.party_id
WHERE v.plate = %(plate)s AND (%(everywhere)s OR p.code = ANY(%(parties)s))
FOR UPDATE OF s;

-- name: plate_of
-- Whose node it is.
SELECT v.plate FROM node n JOIN vehicle v ON v.id = n.vehicle_id
WHERE n.id = %(id)s::uuid AND n.latest;

-- name: same_event
-- A node of that kind of the vehicle at the site, at nearly the same time.
SELECT id::text FROM node
WHERE latest AND valid AND vehicle_id = %(vehicle)s AND site_id = %(site)s AND kind = %(kind)s
  AND actual_at BETWEEN %(actual)s::timestamptz - %(apart)s::interval
                    AND %(actual)s::timestamptz + %(apart)s::interval
ORDER BY actual_at
LIMIT 1;

-- name: holds_already
-- Another node of that kind that holds of the same visit.
SELECT id::text FROM node
WHERE latest AND valid AND visit_id = %(visit)s::uuid AND kind = %(kind)s AND id <> %(id)s::uuid
LIMIT 1;

-- name: crossing
-- What the fixes say now, if they show it at all: the time of this kind of node of a visit.
SELECT CASE
           WHEN yielded_to <> 0 THEN NULL
           WHEN %(kind)s = 'arrived' AND arrived_at IS NOT NULL THEN extract(epoch FROM entered_at)
           WHEN %(kind)s = 'departed' AND arrived_at IS NOT NULL AND state = 'departed'
           THEN extract(epoch FROM left_at)
           WHEN %(kind)s = 'passed' AND state = 'passed' THEN extract(epoch FROM entered_at)
       END::float8
FROM visit
WHERE id = %(visit)s::uuid;
