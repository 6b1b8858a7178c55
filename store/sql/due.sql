-- name: list_due
-- Stops at a site that are still open, of trips that are not over, expected before a time: by
-- their estimate, or where there is none by their plan.  First come, first.
WITH open AS (
    SELECT t.id, t.code, t.over_at, s.state, s.vehicle_id, v.plate, p.code AS party,
           r.code AS route, x.number, x.stop_id, x.arrive_at, x.closes_at, x.revision,
           f.status, s.heard_at,
           CASE WHEN g.valid THEN s.p50[x.number - s.first + 1] END AS p50,
           CASE WHEN g.valid THEN s.p90[x.number - s.first + 1] END AS p90,
           CASE WHEN s.plan = x.revision AND length(s.risks) > 0 THEN
               get_byte(s.risks, x.number * (length(s.risks) / g.stops)::int)
           END AS risk
    FROM plan_stop x
    JOIN site ON site.id = x.site_id AND site.code = %(site)s::text
    JOIN trip t ON t.id = x.trip_id AND t.over_at IS NULL
    LEFT JOIN trip_state s ON s.trip_id = t.id
    LEFT JOIN stop_fact f ON f.stop_id = x.stop_id
    LEFT JOIN vehicle v ON v.id = s.vehicle_id
    LEFT JOIN party p ON p.id = v.party_id
    LEFT JOIN route r ON r.id = t.route_id
    CROSS JOIN LATERAL (
        SELECT s.plan = x.revision AND s.no_estimate = 0 AND x.number >= s.first AS valid,
               (SELECT count(*) FROM plan_stop y
                WHERE y.trip_id = x.trip_id AND y.revision = x.revision) AS stops
    ) g
    WHERE x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = x.trip_id)
      AND x.number > 0
      AND coalesce(f.status, 'planned') IN ('planned', 'approaching')
      AND (%(everywhere)s OR p.code = ANY(%(parties)s))
      AND (%(trips)s = 'all' OR trip_within(t.id, %(trips)s, %(sites)s, %(driver)s))
)
SELECT o.code, o.route, coalesce(o.state, 'draft'), o.plate, a.driver, o.party, d.code, d.name_zh,
       d.name_en, d.zone, d.lon, d.lat, o.number, o.status, o.arrive_at, o.closes_at, o.p50, o.p90,
       coalesce(o.risk, 0), o.heard_at
FROM open o
LEFT JOIN LATERAL (
    SELECT site.* FROM plan_stop x JOIN site ON site.id = x.site_id
    WHERE x.trip_id = o.id AND x.revision = o.revision AND x.number = 0
) d ON true
LEFT JOIN LATERAL (
    SELECT driver FROM assignment
    WHERE trip_id = o.id AND valid_from < valid_to
    ORDER BY valid_from DESC
    LIMIT 1
) a ON o.plate IS NOT NULL
WHERE coalesce(o.p50, o.arrive_at, o.closes_at) < %(until)s::timestamptz
ORDER BY coalesce(o.p50, o.arrive_at, o.closes_at), o.code, o.number
LIMIT %(limit)s;
