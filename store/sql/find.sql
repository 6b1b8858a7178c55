-- name: find_vehicles
-- Vehicles inside a scope by part of a plate: those that begin with it first.
SELECT v.plate, coalesce(p.name_zh, ''), coalesce(p.name_en, '')
FROM vehicle v
LEFT JOIN party p ON p.id = v.party_id
WHERE translate(upper(v.plate), ' -._/·', '') LIKE '%%' || %(like)s::text || '%%'
  AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(reach)s = 'all' OR within_reach(v.id, %(reach)s, %(sites)s, %(driver)s))
ORDER BY translate(upper(v.plate), ' -._/·', '') NOT LIKE %(like)s::text || '%%', v.plate
LIMIT %(limit)s;

-- name: find_trips
-- Trips inside a scope: of those that folds judge by, part of a code; of the older ones the whole.
WITH found AS MATERIALIZED (
    SELECT t.id, t.code, t.starts_at, t.over_at
    FROM trip t
    WHERE NOT t.shelved AND translate(upper(t.code), ' -._/·', '') LIKE '%%' || %(like)s::text || '%%'
    UNION
    SELECT t.id, t.code, t.starts_at, t.over_at FROM trip t WHERE t.code = ANY(%(raw)s::text[])
)
SELECT f.code, v.plate, o.name_zh, o.name_en, d.name_zh, d.name_en
FROM found f
LEFT JOIN trip_state s ON s.trip_id = f.id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN LATERAL (SELECT max(revision) AS revision FROM plan WHERE plan.trip_id = f.id) last ON true
LEFT JOIN LATERAL (
    SELECT site.name_zh, site.name_en FROM plan_stop x JOIN site ON site.id = x.site_id
    WHERE x.trip_id = f.id AND x.revision = last.revision
    ORDER BY x.number LIMIT 1
) o ON true
LEFT JOIN LATERAL (
    SELECT site.name_zh, site.name_en FROM plan_stop x JOIN site ON site.id = x.site_id
    WHERE x.trip_id = f.id AND x.revision = last.revision
    ORDER BY x.number DESC LIMIT 1
) d ON true
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(trips)s = 'all' OR trip_within(f.id, %(trips)s, %(sites)s, %(driver)s))
ORDER BY f.over_at IS NOT NULL, f.starts_at DESC NULLS LAST, f.code
LIMIT %(limit)s;

-- name: begin_waybills
-- Numbers that begin so, the newest first.  Of a scope that holds few of them no more than that many
-- are looked through: who types goes on typing.
SELECT w.number
FROM (SELECT * FROM waybill
      WHERE number LIKE %(like)s::text || '%%'
      ORDER BY number USING ~>~
      LIMIT %(through)s) w
JOIN party c ON c.id = w.customer_id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: end_waybills
-- Numbers that end so, likewise.
SELECT w.number
FROM (SELECT * FROM waybill
      WHERE reverse(number) LIKE %(ends)s::text || '%%'
      LIMIT %(through)s) w
JOIN party c ON c.id = w.customer_id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: tell_waybills
-- Whose these are, where they go and on which trip, in the order given.
SELECT w.number, c.name_zh, c.name_en, d.name_zh, d.name_en, t.code
FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS given (number, place)
JOIN waybill w ON w.number = given.number
JOIN party c ON c.id = w.customer_id
JOIN site d ON d.id = w.destination_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
LEFT JOIN trip t ON t.id = s.trip_id
ORDER BY given.place;

-- name: find_drivers
-- Who drives now or is to drive, by part of a name, with vehicle and trip.
SELECT DISTINCT ON (a.driver) a.driver, v.plate, t.code
FROM trip t
JOIN assignment a ON a.trip_id = t.id AND a.valid_from < a.valid_to AND a.valid_to > now()
JOIN vehicle v ON v.id = a.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN trip_state s ON s.trip_id = t.id
WHERE t.over_at IS NULL AND translate(upper(a.driver), ' -._/·', '') LIKE '%%' || %(like)s::text || '%%'
  AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(trips)s = 'all' OR trip_within(t.id, %(trips)s, %(sites)s, %(driver)s))
  AND (%(drivers)s = 'all' OR a.driver = %(driver)s)
ORDER BY a.driver, s.state IN ('at_origin', 'en_route', 'at_stop', 'arrived_final') DESC, t.starts_at, t.id
LIMIT %(limit)s;

-- name: find_hubs
-- Sites by part of a code or of a name: those that begin with it first.
SELECT s.code, s.name_zh, s.name_en
FROM site s
CROSS JOIN LATERAL (
    SELECT translate(upper(s.code), ' -._/·', '') AS code, translate(upper(s.name_zh), ' -._/·', '') AS zh,
           translate(upper(s.name_en), ' -._/·', '') AS en
) n
WHERE (n.code LIKE '%%' || %(like)s::text || '%%' OR n.zh LIKE '%%' || %(like)s::text || '%%'
       OR n.en LIKE '%%' || %(like)s::text || '%%')
  AND (%(everywhere)s OR cardinality(%(parties)s::text[]) > 0)
ORDER BY NOT (n.code LIKE %(like)s::text || '%%' OR n.zh LIKE %(like)s::text || '%%'
              OR n.en LIKE %(like)s::text || '%%'), s.code
LIMIT %(limit)s;
