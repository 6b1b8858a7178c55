-- name: list_open_lines
-- The planned way of every trip that is not over, by lateness as on the board: what is late, certain or
-- predicted, then what is at risk, then the rest.  A risk that rests on nothing is unknown (0).
SELECT t.code, g.risk, plan.line_id
FROM trip t
JOIN LATERAL (
    SELECT revision, line_id FROM plan WHERE plan.trip_id = t.id ORDER BY revision DESC LIMIT 1
) plan ON plan.line_id IS NOT NULL
LEFT JOIN trip_state s ON s.trip_id = t.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.risk = 4 OR s.delay IS NOT NULL AND s.plan = plan.revision
           THEN s.risk ELSE 0 END AS risk
) g
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
WHERE t.over_at IS NULL
  AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(trips)s = 'all' OR trip_within(t.id, %(trips)s, %(sites)s, %(driver)s))
ORDER BY CASE g.risk WHEN 4 THEN 0 WHEN 3 THEN 0 WHEN 2 THEN 1 ELSE 2 END,
         s.delay DESC NULLS LAST, t.starts_at NULLS LAST, t.code;
