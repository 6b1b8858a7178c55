-- name: list_vehicles
-- Vehicles with newest position and, of the primary device bound now, the link; private ones while
-- they are on a trip.
SELECT v.plate, p.code, d.code, s.revision,
       s.time, s.received_at, s.lon, s.lat, s.altitude, s.speed, s.course, s.hdop, s.satellites, s.grade, s.flags,
       l.online, coalesce(l.since, l.time), l.reason
FROM vehicle v
JOIN vehicle_state s ON s.vehicle_id = v.id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN binding b ON b.vehicle_id = v.id AND b.is_primary AND b.valid_from <= now() AND b.valid_to > now()
LEFT JOIN device d ON d.id = b.device_id
LEFT JOIN device_link l ON l.device_id = d.id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(plates)s::text[] IS NULL OR v.plate = ANY(%(plates)s::text[]))
  AND CASE
          WHEN %(reach)s = 'all' THEN true
          WHEN %(plates)s::text[] IS NULL
          THEN v.id IN (SELECT vehicle_id FROM vehicles_within(%(reach)s, %(sites)s, %(driver)s))
          ELSE within_reach(v.id, %(reach)s, %(sites)s, %(driver)s)
      END
  AND (NOT v.private OR EXISTS (SELECT FROM trip_of(v.id)))
ORDER BY v.plate;

-- name: load_track
-- Binding by binding, so that each is one range of the key (device_id, time); the bounds of
-- the whole window are repeated for the planner, which leaves out other days by them.  Column by
-- column: a row for each of 200,000 fixes takes several times as long to read.
SELECT array_agg(t.time), array_agg(t.lon), array_agg(t.lat), array_agg(t.altitude),
       array_agg(t.speed), array_agg(t.course), array_agg(t.grade), array_agg(t.flags), array_agg(t.lag)
FROM (
    SELECT extract(epoch FROM f.time)::float8 AS time, f.lon, f.lat,
           coalesce(f.altitude, 'NaN')::float8 AS altitude, coalesce(f.speed, 'NaN')::float8 AS speed,
           coalesce(f.course, 'NaN')::float8 AS course, f.grade::float8 AS grade,
           f.flags::float8 AS flags, extract(epoch FROM f.received_at - f.time)::float8 AS lag
    FROM vehicle v
    JOIN binding b ON b.vehicle_id = v.id
    CROSS JOIN LATERAL (
        SELECT * FROM fix
        WHERE fix.device_id = b.device_id
          AND fix.time >= greatest(b.valid_from, %(start)s) AND fix.time < least(b.valid_to, %(end)s)
          AND fix.time >= %(start)s AND fix.time < %(end)s
    ) f
    WHERE v.plate = %(plate)s AND b.is_primary
      AND b.valid_from < %(end)s AND b.valid_to > %(start)s
      AND f.flags & %(doubted)s = 0 AND f.grade <= %(worst)s
    ORDER BY f.time
    LIMIT %(limit)s
) t;

-- name: know_vehicle
-- Whether a reader may know of a vehicle: by its plate, or since it sees or saw it.
SELECT v.id
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
WHERE v.plate = %(plate)s AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(plates)s = 'all' OR within_reach(v.id, %(reach)s, %(sites)s, %(driver)s)
       OR EXISTS (SELECT FROM spans_of(v.id, %(past)s, %(driver)s)));

-- name: list_windows
-- When a reader may look back on a vehicle: always, or half a year, or while it was on trips, as of
-- a private one for everybody who gives no reason.
SELECT greatest(s.began, %(start)s::timestamptz), least(s.ended, %(end)s::timestamptz)
FROM vehicle v
CROSS JOIN LATERAL (
    SELECT CASE WHEN %(forever)s THEN '-infinity' ELSE now() - interval '183 days' END AS began,
           'infinity'::timestamptz AS ended
    WHERE %(track)s = 'all' AND (%(reveal)s OR NOT v.private)
    UNION ALL
    SELECT began, ended FROM spans_of(v.id, %(track)s, %(driver)s)
    UNION ALL
    SELECT CASE WHEN %(forever)s THEN began ELSE greatest(began, now() - interval '183 days') END, ended
    FROM spans_of(v.id, 'legs', '')
    WHERE %(track)s = 'all' AND v.private AND NOT %(reveal)s
) s
WHERE v.plate = %(plate)s AND s.began < %(end)s AND s.ended > %(start)s
ORDER BY 1;
