-- name: load_unscored
-- Stops whose arrival became known, was corrected or is none any more since they were scored, with
-- the estimates from before it.  What was planned is what the revision of that moment said.
SELECT f.stop_id, f.trip_id, coalesce(extract(epoch FROM f.arrived_at)::float8, 'NaN'),
       e.at, e.p50, e.p90, e.planned, e.model
FROM (SELECT * FROM stop_fact
      WHERE arrived_at IS DISTINCT FROM scored_at
      ORDER BY stop_id
      LIMIT %(limit)s) f
LEFT JOIN LATERAL (
    SELECT array_agg(extract(epoch FROM e.at)::float8 ORDER BY e.at) AS at,
           array_agg(e.p50[x.number - e.first + 1]::float8 ORDER BY e.at) AS p50,
           array_agg(e.p90[x.number - e.first + 1]::float8 ORDER BY e.at) AS p90,
           array_agg(coalesce(extract(epoch FROM x.arrive_at)::float8, 'NaN') ORDER BY e.at) AS planned,
           array_agg(e.model ORDER BY e.at) AS model
    FROM estimate e
    JOIN plan_stop x ON x.trip_id = e.trip_id AND x.revision = e.plan AND x.stop_id = f.stop_id
    WHERE e.trip_id = f.trip_id AND e.at < f.arrived_at AND e.no_estimate = 0
      AND e.p50[x.number - e.first + 1] IS NOT NULL
) e ON true
ORDER BY f.stop_id;

-- name: load_delays
-- By how much these trips were late or early, each time it became certain: s after the latest plan.
SELECT f.trip_id, extract(epoch FROM f.arrived_at)::float8,
       extract(epoch FROM f.arrived_at - x.arrive_at)::float8
FROM stop_fact f
JOIN plan_stop x ON x.stop_id = f.stop_id
WHERE f.trip_id = ANY(%(trips)b::int4[]) AND f.arrived_at IS NOT NULL AND x.arrive_at IS NOT NULL
  AND x.number > 0
  AND x.revision = (SELECT max(revision) FROM plan_stop y WHERE y.stop_id = f.stop_id)
UNION ALL
SELECT f.trip_id, extract(epoch FROM f.departed_at)::float8,
       extract(epoch FROM f.departed_at - x.depart_at)::float8
FROM stop_fact f
JOIN plan_stop x ON x.stop_id = f.stop_id
WHERE f.trip_id = ANY(%(trips)b::int4[]) AND f.departed_at IS NOT NULL AND x.depart_at IS NOT NULL
  AND x.revision = (SELECT max(revision) FROM plan_stop y WHERE y.stop_id = f.stop_id)
ORDER BY 1, 2;

-- name: clear_scores
-- They are scored anew.
DELETE FROM score WHERE stop_id = ANY(%(stop)b::int4[]);

-- name: add_scores
-- How good the estimates of stops were.
INSERT INTO score (stop_id, model, bucket, trip_id, site_id, actual_at, estimates, absolute, signed,
                   covered, within, relative, relatives, planned, carried)
SELECT n.stop_id, n.model, n.bucket, stop.trip_id, x.site_id, n.actual, n.estimates, n.absolute,
       n.signed, n.covered, n.within, n.relative, n.relatives, n.planned, n.carried
FROM unnest(%(stop)b::int4[], %(actual)b::timestamptz[], %(model)b::text[], %(bucket)b::int2[],
            %(estimates)b::int4[], %(absolute)b::float8[], %(signed)b::float8[],
            %(covered)b::int4[], %(within)b::int4[], %(relative)b::float8[],
            %(relatives)b::int4[], %(planned)b::float8[], %(carried)b::float8[])
     AS n(stop_id, actual, model, bucket, estimates, absolute, signed, covered, within,
          relative, relatives, planned, carried)
JOIN stop ON stop.id = n.stop_id
JOIN LATERAL (
    SELECT site_id FROM plan_stop WHERE stop_id = n.stop_id ORDER BY revision DESC LIMIT 1
) x ON true
ON CONFLICT (stop_id, model, bucket) DO NOTHING;

-- name: mark_scored
-- By which arrival they were scored.
UPDATE stop_fact SET scored_at = NULLIF(n.actual, '-infinity')
FROM unnest(%(stop)b::int4[], %(actual)b::timestamptz[]) AS n(stop_id, actual)
WHERE stop_fact.stop_id = n.stop_id;

-- name: accuracy
-- Sums over arrivals in a stretch of time: all together, by hub, by day where the stop is, or by
-- lane (from where to where the trip went).
SELECT CASE %(by)s::text
           WHEN 'hub' THEN h.code
           WHEN 'day' THEN to_char(s.actual_at AT TIME ZONE h.zone, 'YYYY-MM-DD')
           WHEN 'lane' THEN l.lane
           ELSE ''
       END AS grp, s.model, s.bucket, count(*), sum(s.estimates), sum(s.absolute), sum(s.signed),
       sum(s.covered), sum(s.within), sum(s.relative), sum(s.relatives), sum(s.planned),
       sum(s.carried)
FROM score s
JOIN site h ON h.id = s.site_id
LEFT JOIN trip_state t ON t.trip_id = s.trip_id
LEFT JOIN vehicle v ON v.id = t.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN LATERAL (
    SELECT string_agg(site.code, ' - ' ORDER BY x.number) AS lane
    FROM plan_stop x
    JOIN site ON site.id = x.site_id
    WHERE x.trip_id = s.trip_id
      AND x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = s.trip_id)
      AND x.number IN (0, (SELECT max(number) FROM plan_stop y
                           WHERE y.trip_id = x.trip_id AND y.revision = x.revision))
) l ON %(by)s::text = 'lane'
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND s.actual_at >= %(start)s AND s.actual_at < %(end)s
  AND (%(model)s::text IS NULL OR s.model = %(model)s::text)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;
