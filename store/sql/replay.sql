-- name: count_fleet
-- How many vehicles a replay of that stretch would show.
SELECT count(*)
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(plates)s::text[] IS NULL OR v.plate = ANY(%(plates)s::text[]))
  AND (%(track)s = 'all' OR EXISTS (
       SELECT FROM spans_of(v.id, %(track)s, %(driver)s) s
       WHERE s.began < %(end)s AND s.ended > %(start)s));

-- name: list_fleet
-- Their plates.
SELECT v.plate
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(plates)s::text[] IS NULL OR v.plate = ANY(%(plates)s::text[]))
  AND (%(track)s = 'all' OR EXISTS (
       SELECT FROM spans_of(v.id, %(track)s, %(driver)s) s
       WHERE s.began < %(end)s AND s.ended > %(start)s))
ORDER BY v.plate;

-- name: sample_fleet
-- The newest believed fix of each vehicle at each border; the one that held at the beginning, and
-- the next one after the end.  Window by window and binding by binding each border is one look at
-- the key (device_id, time): a quarter of the time of reading all fixes in between.  A border may
-- be told of by two windows; the caller keeps the newer.
SELECT v.plate, p.code, a.*
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
CROSS JOIN LATERAL (
    SELECT array_agg((extract(epoch FROM y.time - %(start)s) * 1000)::int4),
           array_agg(round(y.lon * 1e7)::int4), array_agg(round(y.lat * 1e7)::int4),
           array_agg(coalesce(y.speed * 100, -1)::int4), array_agg(coalesce(y.course * 10, -1)::int4),
           array_agg(y.flags::int4),
           array_agg(least(greatest(extract(epoch FROM y.received_at - y.time), 0), 65535)::int4)
    FROM (
        SELECT f.*
        FROM (
            SELECT b.device_id, greatest(b.valid_from, s.began) AS began, least(b.valid_to, s.ended) AS ended
            FROM binding b
            CROSS JOIN (
                SELECT CASE WHEN %(forever)s THEN '-infinity' ELSE now() - interval '183 days' END AS began,
                       'infinity'::timestamptz AS ended
                WHERE %(track)s = 'all' AND NOT v.private
                UNION ALL
                SELECT began, ended FROM spans_of(v.id, %(track)s, %(driver)s) WHERE %(track)s <> 'all'
                UNION ALL
                SELECT CASE WHEN %(forever)s THEN began ELSE greatest(began, now() - interval '183 days') END, ended
                FROM spans_of(v.id, 'legs', '')
                WHERE %(track)s = 'all' AND v.private
            ) s
            WHERE b.vehicle_id = v.id AND b.is_primary
              AND b.valid_from <= %(until)s AND b.valid_to > %(since)s
              AND s.began <= %(until)s AND s.ended > %(since)s
        ) w
        CROSS JOIN LATERAL (
            (SELECT time, lon, lat, speed, course, flags, received_at
             FROM fix
             WHERE fix.device_id = w.device_id AND fix.time >= w.began AND fix.time < w.ended
               AND fix.time > %(since)s AND fix.time <= %(start)s
               AND fix.flags & %(doubted)s = 0 AND fix.grade <= %(worst)s
             ORDER BY fix.time DESC
             LIMIT 1)
            UNION ALL
            SELECT x.*
            FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 microsecond',
                                 %(step)s::interval) border
            CROSS JOIN LATERAL (
                SELECT time, lon, lat, speed, course, flags, received_at
                FROM fix
                WHERE fix.device_id = w.device_id AND fix.time >= w.began AND fix.time < w.ended
                  AND fix.time > border AND fix.time <= border + %(step)s
                  AND fix.time > %(start)s AND fix.time <= %(end)s
                  AND fix.flags & %(doubted)s = 0 AND fix.grade <= %(worst)s
                ORDER BY fix.time DESC
                LIMIT 1
            ) x
            UNION ALL
            (SELECT time, lon, lat, speed, course, flags, received_at
             FROM fix
             WHERE fix.device_id = w.device_id AND fix.time >= w.began AND fix.time < w.ended
               AND fix.time > %(end)s AND fix.time <= %(until)s
               AND fix.flags & %(doubted)s = 0 AND fix.grade <= %(worst)s
             ORDER BY fix.time
             LIMIT 1)
        ) f
        ORDER BY f.time
    ) y
) a (ms, lon, lat, speed, course, flags, lag)
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(plates)s::text[] IS NULL OR v.plate = ANY(%(plates)s::text[]))
  AND (%(track)s = 'all' OR EXISTS (
       SELECT FROM spans_of(v.id, %(track)s, %(driver)s) s
       WHERE s.began < %(end)s AND s.ended > %(start)s))
  AND a.ms IS NOT NULL
ORDER BY v.plate;

-- name: list_served
-- Trips that a vehicle served within a stretch of time, oldest first.
SELECT t.code
FROM assignment a
JOIN trip t ON t.id = a.trip_id
JOIN vehicle v ON v.id = a.vehicle_id
WHERE v.plate = %(plate)s AND a.valid_from < a.valid_to AND t.starts_at IS NOT NULL
  AND greatest(a.valid_from, t.starts_at - interval '1 hour') < %(end)s
  AND least(a.valid_to, coalesce(t.over_at, 'infinity')) > %(start)s
GROUP BY t.id
ORDER BY t.starts_at, t.code
LIMIT %(limit)s;

-- name: list_marks
-- What happened within a stretch of time: nodes that hold and alerts that began, one by one where
-- they are at most as many as wanted, else in as many equal parts of the time, each with how many
-- there were and the gravest, or first, of them.
WITH found AS (
    SELECT 'node' AS what, n.actual_at AS at, n.kind, v.plate, NULL::smallint AS severity,
           s.code AS site, s.name_zh, s.name_en, n.id::text AS id,
           n.backfilled OR n.version > 1 AS late
    FROM node n
    JOIN vehicle v ON v.id = n.vehicle_id
    JOIN site s ON s.id = n.site_id
    LEFT JOIN party p ON p.id = v.party_id
    WHERE n.latest AND n.valid AND n.actual_at >= %(start)s AND n.actual_at < %(end)s
      AND (%(everything)s OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
           AND within_past(n.vehicle_id, n.actual_at, s.code, %(past)s, %(sites)s, %(driver)s)))
      AND NOT (v.private AND off_trip(n.vehicle_id, n.actual_at))
      AND (%(plate)s::text IS NULL OR v.plate = %(plate)s::text)
    UNION ALL
    SELECT 'alert', a.began_at, a.kind, v.plate, a.severity, s.code, s.name_zh, s.name_en, a.id::text, false
    FROM alert a
    LEFT JOIN vehicle v ON v.id = a.vehicle_id
    LEFT JOIN waybill w ON w.id = a.waybill_id
    LEFT JOIN site s ON s.id = a.site_id
    LEFT JOIN party p ON p.id = v.party_id
    LEFT JOIN party c ON c.id = w.customer_id
    WHERE %(alerts)s AND a.began_at >= %(start)s AND a.began_at < %(end)s
      AND a.closed_how IS DISTINCT FROM 'disproved'
      AND alert_within(a, %(everywhere)s OR p.code = ANY(%(parties)s),
                       %(all_customers)s OR c.code = ANY(%(customers)s), %(everything)s,
                       %(trips)s, %(waybills)s, %(sites)s, %(parties)s, %(driver)s)
      AND (%(plate)s::text IS NULL OR v.plate = %(plate)s::text)
), placed AS (
    SELECT found.*,
           CASE WHEN count(*) OVER () <= %(most)s::int
                THEN row_number() OVER (ORDER BY what, at, id)
                ELSE width_bucket(extract(epoch FROM at), extract(epoch FROM %(start)s::timestamptz),
                                  extract(epoch FROM %(end)s::timestamptz), %(most)s::int / 2)
           END AS part
    FROM found
), ranked AS (
    SELECT placed.*, count(*) OVER (PARTITION BY what, part) AS members,
           row_number() OVER (PARTITION BY what, part ORDER BY severity, at, id) AS place
    FROM placed
)
SELECT at, what, kind, plate, severity, site, name_zh, name_en, id, late, members
FROM ranked
WHERE place = 1
ORDER BY at, what, id;

-- name: list_alert_ids
-- Alerts that touch a vehicle and lasted into a stretch of time, oldest first.
SELECT a.id::text
FROM alert a
LEFT JOIN vehicle v ON v.id = a.vehicle_id
WHERE v.plate = %(plate)s AND a.began_at < %(end)s AND coalesce(a.closed_at, 'infinity') >= %(start)s
  AND a.closed_how IS DISTINCT FROM 'disproved'
ORDER BY a.began_at, a.id
LIMIT %(limit)s;
