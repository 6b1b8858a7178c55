-- name: list_seen
-- The vehicles inside a scope, and whose they are.
SELECT v.id, v.plate, p.code, p.name_zh, p.name_en
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(reach)s = 'all'
       OR v.id IN (SELECT vehicle_id FROM vehicles_within(%(reach)s, %(sites)s, %(driver)s)))
ORDER BY v.plate;

-- name: list_groupings
-- Who is in which group.
SELECT x.vehicle_id, g.code, g.name_zh, g.name_en
FROM vehicle_grouping x JOIN vehicle_group g ON g.id = x.group_id
ORDER BY x.vehicle_id, g.code;

-- name: list_on_trips
-- The trip that each vehicle is on, chosen as trip_of() does, but of all of them at once: its route,
-- where it begins and ends, who drives, and the stops that are still to come.
WITH one AS MATERIALIZED (
    SELECT DISTINCT ON (s.vehicle_id) s.vehicle_id, t.id, t.code, t.route_id, s.first, s.plan
    FROM trip_state s
    JOIN trip t ON t.id = s.trip_id
    WHERE s.vehicle_id = ANY(%(vehicles)s::int4[]) AND t.starts_at <= now() + interval '1 hour'
      AND s.state NOT IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')
    ORDER BY s.vehicle_id, s.state IN ('at_origin', 'en_route', 'at_stop', 'arrived_final') DESC,
             t.starts_at, t.id
), way AS MATERIALIZED (
    SELECT one.id, array_agg(site.code ORDER BY x.number) AS stops,
           array_agg(site.code ORDER BY x.number) FILTER (WHERE x.number >= one.first AND NOT x.via) AS ahead
    FROM one
    JOIN plan_stop x ON x.trip_id = one.id AND x.revision = one.plan
    JOIN site ON site.id = x.site_id
    GROUP BY one.id
)
SELECT one.vehicle_id, one.code, r.code, r.name_zh, r.name_en, a.driver,
       way.stops[1], way.stops[cardinality(way.stops)], coalesce(way.ahead, '{}')
FROM one
LEFT JOIN way ON way.id = one.id
LEFT JOIN route r ON r.id = one.route_id
LEFT JOIN assignment a ON a.trip_id = one.id AND a.vehicle_id = one.vehicle_id
                      AND a.valid_from <= now() AND a.valid_to > now()
WHERE %(trips)s = 'all' OR trip_within(one.id, %(trips)s, %(sites)s, %(driver)s);

-- name: list_aboard
-- Whose goods are aboard, as far as a scope knows of waybills.
SELECT r.vehicle_id, c.code, c.name_zh, c.name_en
FROM ride r
JOIN waybill w ON w.id = r.waybill_id
JOIN party c ON c.id = w.customer_id
WHERE r.valid_to = 'infinity' AND r.vehicle_id = ANY(%(vehicles)s::int4[])
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
GROUP BY r.vehicle_id, c.id
ORDER BY r.vehicle_id, c.code;

-- name: list_sites
-- Names of places.
SELECT code, name_zh, name_en FROM site;
