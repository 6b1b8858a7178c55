-- name: list_trips
-- Trips as the board shows them.  Sorted by lateness: what is late, certain or predicted, then what
-- is at risk, then the rest, and last what nobody knows: also where what was known is of an earlier
-- plan, or rests on neither an estimate nor an arrival.
WITH chosen AS (
    SELECT t.id, t.code, t.starts_at, t.ends_at, r.code AS route, v.plate, p.code AS party,
           coalesce(s.state, 'draft') AS state, coalesce(g.risk, 0) AS risk,
           coalesce(s.no_estimate, 1) AS no_estimate, s.plan, s.delay, s.baseline, s.late_stop,
           coalesce(s.said_cause, s.cause) AS cause, s.split, s.s, s.share, s.off_route,
           s.evaluated_at, s.heard_at, s.conditions, s.first, s.p50, s.p90, s.parts,
           s.vehicle_id,
           CASE WHEN %(late_first)s THEN
                CASE coalesce(g.risk, 0) WHEN 4 THEN 0 WHEN 3 THEN 0 WHEN 2 THEN 1 WHEN 0 THEN 3 ELSE 2 END
           END AS rank,
           CASE WHEN %(late_first)s THEN s.delay END AS lateness
    FROM trip t
    LEFT JOIN trip_state s ON s.trip_id = t.id
    LEFT JOIN LATERAL (
        SELECT CASE WHEN s.risk IN (0, 4) OR s.delay IS NOT NULL AND (t.over_at IS NOT NULL
                         OR s.plan = (SELECT max(revision) FROM plan WHERE plan.trip_id = t.id))
               THEN s.risk ELSE 0 END AS risk
    ) g ON true
    LEFT JOIN vehicle v ON v.id = s.vehicle_id
    LEFT JOIN party p ON p.id = v.party_id
    LEFT JOIN route r ON r.id = t.route_id
    WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
      AND (%(trips)s = 'all' OR trip_within(t.id, %(trips)s, %(sites)s, %(driver)s))
      AND (%(code)s::text IS NULL OR t.code = %(code)s::text)
      AND (cardinality(%(states)s::text[]) = 0 OR coalesce(s.state, 'draft') = ANY(%(states)s::text[]))
      AND (%(vehicle)s::text IS NULL OR v.plate = %(vehicle)s::text)
      AND (%(route)s::text IS NULL OR r.code = %(route)s::text)
      AND (%(site)s::text IS NULL OR EXISTS (
           SELECT FROM plan_stop x JOIN site ON site.id = x.site_id
           WHERE x.trip_id = t.id AND site.code = %(site)s::text
             AND x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = t.id)))
      AND (NOT %(fresh)s OR t.over_at IS NULL OR t.over_at > now() - interval '24 hours')
      AND (%(start)s::timestamptz IS NULL OR t.ends_at >= %(start)s::timestamptz)
      AND (%(end)s::timestamptz IS NULL OR t.starts_at < %(end)s::timestamptz)
      AND (cardinality(%(risks)s::int[]) = 0 OR coalesce(g.risk, 0) = ANY(%(risks)s::int[]))
    ORDER BY rank, lateness DESC NULLS LAST, t.starts_at NULLS LAST, t.code
    LIMIT %(limit)s
)
SELECT c.id, c.code, c.route, c.state, c.plate, a.driver, c.party, c.starts_at, c.ends_at,
       o.code, o.name_zh, o.name_en, o.zone, o.lon, o.lat,
       d.code, d.name_zh, d.name_en, d.zone, d.lon, d.lat,
       n.code, n.name_zh, n.name_en, n.zone, n.lon, n.lat,
       n.closes_at, n.number, d.number, c.risk, c.no_estimate, c.plan, c.delay, c.baseline,
       c.late_stop, c.cause, NULLIF(c.split, '{}'), c.share, l.length - c.s,
       coalesce(c.off_route, false), c.evaluated_at, c.heard_at, NULLIF(c.conditions, '[]'),
       plan.revision, c.first, c.p50, c.p90, c.parts,
       CASE
           WHEN %(reach)s = 'all' THEN true
           WHEN c.vehicle_id IS NULL THEN false
           WHEN %(code)s::text IS NULL
           THEN c.vehicle_id IN (SELECT vehicle_id FROM vehicles_within(%(reach)s, %(sites)s, %(driver)s))
           ELSE within_reach(c.vehicle_id, %(reach)s, %(sites)s, %(driver)s)
       END
FROM chosen c
LEFT JOIN plan ON plan.trip_id = c.id
              AND plan.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = c.id)
LEFT JOIN line l ON l.id = plan.line_id
LEFT JOIN LATERAL (
    SELECT site.* FROM plan_stop x JOIN site ON site.id = x.site_id
    WHERE x.trip_id = c.id AND x.revision = plan.revision AND x.number = 0
) o ON true
LEFT JOIN LATERAL (
    SELECT site.*, x.number FROM plan_stop x JOIN site ON site.id = x.site_id
    WHERE x.trip_id = c.id AND x.revision = plan.revision
    ORDER BY x.number DESC
    LIMIT 1
) d ON true
LEFT JOIN LATERAL (
    SELECT site.*, x.number, x.closes_at
    FROM plan_stop x
    JOIN site ON site.id = x.site_id
    LEFT JOIN stop_fact f ON f.stop_id = x.stop_id
    WHERE x.trip_id = c.id AND x.revision = plan.revision AND NOT x.via
      AND coalesce(f.status, 'planned') IN ('planned', 'approaching')
    ORDER BY x.number
    LIMIT 1
) n ON true
LEFT JOIN LATERAL (
    SELECT driver FROM assignment
    WHERE trip_id = c.id AND valid_from < valid_to
    ORDER BY valid_from DESC
    LIMIT 1
) a ON c.plate IS NOT NULL
ORDER BY c.rank, c.lateness DESC NULLS LAST, c.starts_at NULLS LAST, c.code;

-- name: count_risks
-- How many of the same trips there are of each risk, whichever of them is asked for.
SELECT coalesce(g.risk, 0), count(*)
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
LEFT JOIN LATERAL (
    SELECT CASE WHEN s.risk IN (0, 4) OR s.delay IS NOT NULL AND (t.over_at IS NOT NULL
                     OR s.plan = (SELECT max(revision) FROM plan WHERE plan.trip_id = t.id))
           THEN s.risk ELSE 0 END AS risk
) g ON true
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN route r ON r.id = t.route_id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(trips)s = 'all' OR trip_within(t.id, %(trips)s, %(sites)s, %(driver)s))
  AND (%(code)s::text IS NULL OR t.code = %(code)s::text)
  AND (cardinality(%(states)s::text[]) = 0 OR coalesce(s.state, 'draft') = ANY(%(states)s::text[]))
  AND (%(vehicle)s::text IS NULL OR v.plate = %(vehicle)s::text)
  AND (%(route)s::text IS NULL OR r.code = %(route)s::text)
  AND (%(site)s::text IS NULL OR EXISTS (
       SELECT FROM plan_stop x JOIN site ON site.id = x.site_id
       WHERE x.trip_id = t.id AND site.code = %(site)s::text
         AND x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = t.id)))
  AND (NOT %(fresh)s OR t.over_at IS NULL OR t.over_at > now() - interval '24 hours')
  AND (%(start)s::timestamptz IS NULL OR t.ends_at >= %(start)s::timestamptz)
  AND (%(end)s::timestamptz IS NULL OR t.starts_at < %(end)s::timestamptz)
GROUP BY 1;

-- name: load_place
-- Where the vehicle of a trip is on its line, and what a person said of it.
SELECT s.s, s.away, s.model, s.said_note, s.said_by, coalesce(s.plan, -1), coalesce(s.risks, '')
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
WHERE t.id = %(trip)s;

-- name: load_plans
-- Every revision of a plan.
SELECT revision, NULLIF(valid_from, '-infinity'), strict, author, reason, recorded_at, line_id
FROM plan
WHERE trip_id = %(trip)s
ORDER BY revision;

-- name: load_plan_stops
-- What they say of stops.
SELECT x.revision, x.number, x.stop_id::text, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat,
       x.s, x.arrive_at, x.depart_at, x.opens_at, x.closes_at, x.service, x.early, x.late, x.via
FROM plan_stop x
JOIN site s ON s.id = x.site_id
WHERE x.trip_id = %(trip)s
ORDER BY x.revision, x.number;

-- name: load_facts
-- What became of stops.
SELECT stop_id::text, status, arrived_at, departed_at, earliest_at, latest_at, estimated_at,
       out_of_sequence, shared, visit_id::text, author, reason
FROM stop_fact
WHERE trip_id = %(trip)s;

-- name: load_assigned
-- Who served it.
SELECT v.plate, a.driver, a.valid_from, NULLIF(a.valid_to, 'infinity'), a.author, a.reason
FROM assignment a
JOIN vehicle v ON v.id = a.vehicle_id
WHERE a.trip_id = %(trip)s AND a.valid_from < a.valid_to
ORDER BY a.valid_from;

-- name: load_steps
-- Its life.
SELECT at, event, from_state, to_state, source, author, reason, recorded_at
FROM trip_step
WHERE trip_id = %(trip)s
ORDER BY id;

-- name: list_estimates
-- What was expected of one stop of the latest plan, whatever its number was then.
SELECT e.at, e.at + e.p50[x.number - e.first + 1] * interval '1 second',
       e.at + e.p90[x.number - e.first + 1] * interval '1 second', e.no_estimate, e.model, e.plan
FROM plan_stop last
JOIN estimate e ON e.trip_id = last.trip_id
LEFT JOIN plan_stop x ON x.trip_id = e.trip_id AND x.revision = e.plan AND x.stop_id = last.stop_id
WHERE last.trip_id = %(trip)s AND last.number = %(number)s
  AND last.revision = (SELECT max(revision) FROM plan WHERE trip_id = %(trip)s)
ORDER BY e.at;

-- name: list_risk_changes
-- How risks of stops of the latest plan changed.
SELECT c.at, x.number, c.from_risk, c.to_risk, c.p50_at, c.due_at, c.cause
FROM risk_change c
JOIN plan_stop x ON x.stop_id = c.stop_id
WHERE c.trip_id = %(trip)s AND x.trip_id = %(trip)s
  AND x.revision = (SELECT max(revision) FROM plan WHERE trip_id = %(trip)s)
  AND (%(number)s::int IS NULL OR x.number = %(number)s::int)
ORDER BY c.id;
