-- name: read
-- Epoch, floor and newest number on every row, and what came after a number; one statement, one snapshot.
SELECT i.epoch::text, i.feed_floor,
       greatest(i.feed_floor, (SELECT max(id) FROM change)) AS newest,
       c.id, c.kind, c.vehicles
FROM installation i
LEFT JOIN (SELECT id, kind, vehicles FROM change
           WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) c ON true
ORDER BY c.id;

-- name: load_states
-- The vehicles behind these keys, as vehicles.list_vehicles has them, and where each is: of several
-- fences the one where it has arrived, then the one that it came to last; and of
-- its trips the one that is under way, else the next one due to begin.
SELECT v.id, v.plate, p.code, d.code, s.revision,
       s.time, s.received_at, s.lon, s.lat, s.altitude, s.speed, s.course, s.hdop, s.satellites, s.grade, s.flags,
       l.online, coalesce(l.since, l.time), l.reason, here.code, here.state,
       trip.code, trip.risk, trip.delay, trip.next_site, trip.next_at,
       trip.place, trip.lon, trip.lat, trip.driver
FROM vehicle v
JOIN vehicle_state s ON s.vehicle_id = v.id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN binding b ON b.vehicle_id = v.id AND b.is_primary AND b.valid_from <= now() AND b.valid_to > now()
LEFT JOIN device d ON d.id = b.device_id
LEFT JOIN device_link l ON l.device_id = d.id
LEFT JOIN LATERAL (
    SELECT site.code, t.state
    FROM visit t
    JOIN fence_version w ON w.fence_id = t.fence_id AND w.version = t.version
    JOIN fence f ON f.id = t.fence_id
    JOIN site ON site.id = f.site_id
    WHERE t.vehicle_id = v.id AND t.settled_at = 'infinity'
      AND t.state IN ('entering', 'arrived', 'leaving') AND w.node_level AND t.yielded_to = 0
    ORDER BY t.state = 'arrived' DESC, t.entered_at DESC, t.id
    LIMIT 1
) here ON true
LEFT JOIN LATERAL trip_of(v.id) trip ON true
WHERE (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
       AND within_reach(v.id, %(reach)s, %(sites)s, %(driver)s)))
  AND (NOT v.private OR trip.code IS NOT NULL)
  AND v.id = ANY(%(keys)s::integer[]);

-- name: load_all_states
-- Every vehicle with its key.
SELECT v.id, v.plate, p.code, d.code, s.revision,
       s.time, s.received_at, s.lon, s.lat, s.altitude, s.speed, s.course, s.hdop, s.satellites, s.grade, s.flags,
       l.online, coalesce(l.since, l.time), l.reason, here.code, here.state,
       trip.code, trip.risk, trip.delay, trip.next_site, trip.next_at,
       trip.place, trip.lon, trip.lat, trip.driver
FROM vehicle v
JOIN vehicle_state s ON s.vehicle_id = v.id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN binding b ON b.vehicle_id = v.id AND b.is_primary AND b.valid_from <= now() AND b.valid_to > now()
LEFT JOIN device d ON d.id = b.device_id
LEFT JOIN device_link l ON l.device_id = d.id
LEFT JOIN LATERAL (
    SELECT site.code, t.state
    FROM visit t
    JOIN fence_version w ON w.fence_id = t.fence_id AND w.version = t.version
    JOIN fence f ON f.id = t.fence_id
    JOIN site ON site.id = f.site_id
    WHERE t.vehicle_id = v.id AND t.settled_at = 'infinity'
      AND t.state IN ('entering', 'arrived', 'leaving') AND w.node_level AND t.yielded_to = 0
    ORDER BY t.state = 'arrived' DESC, t.entered_at DESC, t.id
    LIMIT 1
) here ON true
LEFT JOIN LATERAL trip_of(v.id) trip ON true
WHERE (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
       AND within_reach(v.id, %(reach)s, %(sites)s, %(driver)s)))
  AND (NOT v.private OR trip.code IS NOT NULL);

-- name: listen
-- Hear the bell that ring() rings at commit.
LISTEN milepost;
