-- name: load_waybills
-- Waybills that are not over and of which some detector may have something to say, or had.
SELECT w.id, w.number, s.state,
       coalesce(extract(epoch FROM s.since)::float8, 'NaN'),
       coalesce(extract(epoch FROM s.told_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM s.shipped_at)::float8, 'NaN'),
       s.risks, coalesce(extract(epoch FROM w.promised_at)::float8, 'NaN'), w.stored,
       coalesce(s.delay, 'NaN')::float8, coalesce(s.cause, ''),
       coalesce(extract(epoch FROM s.p50)::float8, 'NaN'),
       CASE WHEN s.vehicle_id IS NOT NULL THEN coalesce((
           SELECT min((c.one ->> 'began')::float8) FROM jsonb_array_elements(ts.conditions) AS c (one)
           WHERE c.one ->> 'kind' = 'unplanned_stop'), 'NaN') ELSE 'NaN' END,
       coalesce(extract(epoch FROM vs.time)::float8, 'NaN'),
       coalesce(ts.share, 'NaN')::float8,
       coalesce(extract(epoch FROM t.starts_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM t.ends_at)::float8, 'NaN'),
       last.lon, last.lat, vs.lon, vs.lat, d.zone,
       coalesce(s.vehicle_id, 0), coalesce(s.trip_id, 0), coalesce(s.site_id, 0), w.customer_id,
       coalesce(v.plate, ''), coalesce(t.code, ''),
       coalesce(h.code, ''), coalesce(h.name_zh, ''), coalesce(h.name_en, ''), d.name_zh, d.name_en
FROM (
    -- On its own, so that the others are not joined first.
    SELECT s.waybill_id
    FROM waybill_state s
    WHERE NOT s.over
      AND (s.risk BETWEEN 2 AND 4 OR s.told_at <= %(told)s
           OR (s.state IN ('arrived_hub', 'arrived_dest_hub') AND s.since <= %(stalled)s)
           OR (s.shipped_at <= %(shipped)s AND EXISTS (
               SELECT FROM waybill w WHERE w.id = s.waybill_id
                 AND (w.promised_at IS NULL OR w.promised_at < %(now)s)))
           OR (s.vehicle_id IS NOT NULL AND s.trip_id IN (
               SELECT ts.trip_id
               FROM trip_state ts
               CROSS JOIN jsonb_array_elements(ts.conditions) AS c (one)
               WHERE ts.state NOT IN
                         ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')
                 AND ts.conditions <> '[]' AND c.one ->> 'kind' = 'unplanned_stop'
                 AND to_timestamp((c.one ->> 'began')::float8) <= %(stalled)s))
           OR s.waybill_id IN (SELECT a.waybill_id FROM alert a
                               WHERE a.state <> 'closed' AND a.subject_kind = 'waybill'))
) chosen
JOIN waybill_state s ON s.waybill_id = chosen.waybill_id
JOIN waybill w ON w.id = s.waybill_id
JOIN site d ON d.id = w.destination_id
LEFT JOIN site h ON h.id = s.site_id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN vehicle_state vs ON vs.vehicle_id = s.vehicle_id
LEFT JOIN trip t ON t.id = s.trip_id
LEFT JOIN trip_state ts ON ts.trip_id = s.trip_id
LEFT JOIN LATERAL (
    SELECT site.lon, site.lat FROM milestone m JOIN site ON site.id = m.site_id
    WHERE m.waybill_id = w.id AND m.latest AND m.valid
    ORDER BY m.at DESC
    LIMIT 1
) last ON s.told_at <= %(told)s;

-- name: load_trips
-- Trips of which a look has found something, of which an alert is open, or that lost their
-- terminal's connection.
SELECT t.id, t.code, s.state, s.plan, s.risks, s.conditions, s.off_route, coalesce(s.place, ''),
       CASE WHEN s.state = 'en_route' AND NOT l.online AND l.reason = 'lost' AND l.since > vs.time
            THEN extract(epoch FROM l.since)::float8 ELSE 'NaN' END,
       EXISTS (SELECT FROM booking b
               JOIN leg ON leg.id = b.leg_id
               JOIN waybill w ON w.id = leg.waybill_id
               JOIN waybill_state ws ON ws.waybill_id = w.id
               WHERE b.trip_id = t.id AND b.valid_to = 'infinity' AND w.promised_at IS NOT NULL
                 AND NOT ws.over),
       coalesce(s.delay, 'NaN')::float8, coalesce(s.said_cause, s.cause, ''),
       coalesce(extract(epoch FROM t.over_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM vs.time)::float8, 'NaN'),
       coalesce(s.vehicle_id, 0), coalesce(v.party_id, 0), coalesce(v.plate, '')
FROM (
    -- On its own, so that it goes by the index of the trips that are not over.
    SELECT s.trip_id
    FROM trip_state s
    LEFT JOIN vehicle_state vs ON vs.vehicle_id = s.vehicle_id
    LEFT JOIN device_link l ON l.device_id = vs.device_id
    WHERE s.state NOT IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')
      AND (s.risk BETWEEN 2 AND 4 OR s.conditions <> '[]' OR s.off_route
           OR (s.state = 'en_route' AND NOT l.online AND l.reason = 'lost' AND l.since > vs.time)
           OR s.trip_id IN (SELECT a.trip_id FROM alert a
                            WHERE a.state <> 'closed' AND a.subject_kind = 'trip'))
    UNION SELECT unnest(%(missed)s::integer[])
) chosen
JOIN trip_state s ON s.trip_id = chosen.trip_id
JOIN trip t ON t.id = s.trip_id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN vehicle_state vs ON vs.vehicle_id = s.vehicle_id
LEFT JOIN device_link l ON l.device_id = vs.device_id;

-- name: find_missed
-- Trips not over, or over a short while ago, that have gone by a stop.
SELECT DISTINCT f.trip_id
FROM (SELECT id FROM trip WHERE over_at IS NULL AND starts_at < %(now)s
      UNION ALL SELECT id FROM trip WHERE over_at > %(since)s) t
JOIN stop_fact f ON f.trip_id = t.id
WHERE f.status = 'missed';

-- name: load_stops
-- The stops of some trips, as their last look knew them, in order.
SELECT x.trip_id, x.site_id, site.code, site.name_zh, site.name_en,
       coalesce(extract(epoch FROM coalesce(x.closes_at, x.arrive_at))::float8 + x.late, 'NaN'),
       coalesce(f.status, 'planned'),
       EXISTS (SELECT FROM booking b
               JOIN leg ON leg.id = b.leg_id
               JOIN waybill w ON w.id = leg.waybill_id
               WHERE b.trip_id = x.trip_id AND b.unload_id = x.stop_id AND b.valid_to = 'infinity'
                 AND w.destination_id = x.site_id AND w.promised_at IS NOT NULL),
       x.via
FROM unnest(%(trips)s::integer[], %(plans)s::integer[]) AS n (trip_id, revision)
JOIN plan_stop x ON x.trip_id = n.trip_id AND x.revision = n.revision
JOIN site ON site.id = x.site_id
LEFT JOIN stop_fact f ON f.stop_id = x.stop_id
ORDER BY x.trip_id, x.number;

-- name: load_silent
-- Vehicles with a device, on no trip that is looked after, that were not heard of for long.
SELECT v.id, v.plate, coalesce(v.party_id, 0), extract(epoch FROM s.time)::float8,
       coalesce(s.speed > %(slow)s AND s.flags & %(drift)s = 0, false)
FROM vehicle_state s
JOIN vehicle v ON v.id = s.vehicle_id
WHERE (s.time <= %(parked)s
       OR (s.time <= %(moving)s AND s.speed > %(slow)s AND s.flags & %(drift)s = 0))
  AND EXISTS (SELECT FROM binding b WHERE b.vehicle_id = v.id AND b.is_primary
              AND b.valid_from <= %(now)s AND b.valid_to > %(now)s)
  AND NOT EXISTS (SELECT FROM trip_state t WHERE t.vehicle_id = v.id
                  AND t.state IN ('armed', 'at_origin', 'en_route', 'at_stop', 'arrived_final'));

-- name: load_zones
-- Stays inside fences that must not be entered, those that last and those of the last while.
SELECT v.id, v.plate, coalesce(v.party_id, 0), f.code, site.id, site.code, site.name_zh, site.name_en,
       extract(epoch FROM t.entered_at)::float8,
       CASE WHEN t.state IN ('departed', 'passed')
            THEN coalesce(extract(epoch FROM t.left_at)::float8, extract(epoch FROM t.settled_at)::float8)
            ELSE 'NaN' END,
       t.arrived_at IS NOT NULL
FROM visit t
JOIN fence f ON f.id = t.fence_id
JOIN fence_version w ON w.fence_id = t.fence_id AND w.version = t.version
JOIN site ON site.id = f.site_id
JOIN vehicle v ON v.id = t.vehicle_id
WHERE t.fence_id IN (SELECT fence_id FROM fence_version WHERE role = 'forbidden')
  AND t.settled_at >= %(since)s AND w.role = 'forbidden';

-- name: load_alarms
-- What devices said of emergencies and of their power, by device, kind and time.
SELECT d.code, e.kind, extract(epoch FROM e.time)::float8, e.value = 'true'::jsonb,
       coalesce(v.id, 0), coalesce(v.plate, ''), coalesce(v.party_id, 0)
FROM device_event e
JOIN device d ON d.id = e.device_id
LEFT JOIN binding b ON b.device_id = d.id AND b.valid_from <= e.time AND b.valid_to > e.time
LEFT JOIN vehicle v ON v.id = b.vehicle_id
WHERE e.kind IN ('sos', 'power_cut') AND e.time > %(since)s
ORDER BY d.code, e.kind, e.time;

-- name: load_letters
-- Registered devices that sent much of late that could not be read.
SELECT d.code, count(*), extract(epoch FROM min(l.received_at))::float8,
       mode() WITHIN GROUP (ORDER BY l.reason), coalesce(v.id, 0), coalesce(v.plate, ''),
       coalesce(v.party_id, 0)
FROM dead_letter l
JOIN device d ON d.code = l.device
LEFT JOIN binding b ON b.device_id = d.id AND b.valid_from <= %(now)s AND b.valid_to > %(now)s
LEFT JOIN vehicle v ON v.id = b.vehicle_id
WHERE l.id > (SELECT max(id) - %(newest)s FROM dead_letter)
  AND l.received_at > %(since)s AND l.reinjected_at IS NULL
GROUP BY d.code, v.id
HAVING count(*) >= %(least)s;

-- name: load_vehicles
-- Some vehicles, with the trip that each is on.
SELECT v.id, v.plate, coalesce(v.party_id, 0), coalesce(t.id, 0), coalesce(t.code, '')
FROM vehicle v
LEFT JOIN LATERAL trip_of(v.id) o ON true
LEFT JOIN trip t ON t.code = o.code
WHERE v.id = ANY(%(keys)s);

-- name: load_evidence
-- What is known around alerts that their detectors no longer find.
SELECT a.id::text,
       extract(epoch FROM CASE WHEN a.subject_kind = 'waybill'
           THEN (SELECT min(m.at) FROM milestone m WHERE m.waybill_id = a.waybill_id AND m.latest
                 AND m.valid AND m.kind IN ('arrived_destination', 'delivered'))
           ELSE (SELECT f.arrived_at FROM stop_fact f WHERE f.stop_id = x.stop_id) END)::float8,
       extract(epoch FROM CASE WHEN a.subject_kind = 'waybill'
           THEN (SELECT min(m.at) FROM milestone m WHERE m.waybill_id = a.waybill_id AND m.latest
                 AND m.valid AND m.at > a.began_at)
           ELSE (SELECT f.departed_at FROM stop_fact f WHERE f.stop_id = x.stop_id) END)::float8,
       extract(epoch FROM (SELECT min(m.at) FROM milestone m WHERE m.waybill_id = a.waybill_id
           AND m.latest AND m.valid
           AND m.at > to_timestamp(coalesce((a.facts ->> 'told')::float8, 0))))::float8,
       extract(epoch FROM heard.time)::float8, extract(epoch FROM moved.time)::float8,
       CASE a.kind
           WHEN 'transit_stall' THEN a.episode LIKE 'hub:%%' AND NOT EXISTS (
               SELECT FROM milestone m WHERE m.waybill_id = a.waybill_id AND m.latest AND m.valid
                 AND abs(extract(epoch FROM m.at - a.began_at)) < 1)
           WHEN 'forbidden_zone' THEN NOT EXISTS (
               SELECT FROM visit t JOIN fence f ON f.id = t.fence_id
               WHERE t.vehicle_id = a.vehicle_id AND f.site_id = a.site_id
                 AND t.settled_at >= a.began_at AND abs(extract(epoch FROM t.entered_at - a.began_at)) < 600)
           ELSE false END
FROM alert a
LEFT JOIN plan_stop x ON a.facts ? 'number' AND x.trip_id = a.trip_id
     AND x.number = (a.facts ->> 'number')::integer
     AND x.revision = (SELECT max(p.revision) FROM plan p WHERE p.trip_id = a.trip_id)
LEFT JOIN LATERAL (
    SELECT min(i.time) AS time FROM fix i
    JOIN binding b ON b.device_id = i.device_id AND b.is_primary
                  AND b.valid_from <= i.time AND b.valid_to > i.time
    WHERE b.vehicle_id = a.vehicle_id AND i.time > a.began_at + interval '1 s'
      AND i.time < a.began_at + interval '7 days' AND i.grade <= 1
) heard ON a.kind = 'signal_lost'
LEFT JOIN LATERAL (
    SELECT i.time
    FROM (SELECT i.time, i.lon, i.lat, first_value(i.lon) OVER w AS lon0, first_value(i.lat) OVER w AS lat0
          FROM fix i
          JOIN binding b ON b.device_id = i.device_id AND b.is_primary
                        AND b.valid_from <= i.time AND b.valid_to > i.time
          WHERE b.vehicle_id = a.vehicle_id AND i.time >= a.began_at
            AND i.time < a.began_at + interval '3 days' AND i.grade <= 1 AND i.flags & %(doubted)s = 0
          WINDOW w AS (ORDER BY i.time)) i
    WHERE sqrt((radians(i.lat - i.lat0)) ^ 2
               + (radians(i.lon - i.lon0) * cos(radians(i.lat))) ^ 2) * 6371008.8 > %(away)s
    ORDER BY i.time
    LIMIT 1
) moved ON a.kind = 'stopped'
WHERE a.id = ANY(%(ids)s::uuid[]);

-- name: load_lanes
-- Whose some waybills are, and from where to where.
SELECT w.id, c.code, o.code, d.code
FROM waybill w
JOIN party c ON c.id = w.customer_id
JOIN site o ON o.id = w.origin_id
JOIN site d ON d.id = w.destination_id
WHERE w.id = ANY(%(keys)s);
