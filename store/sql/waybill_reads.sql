-- name: list_waybills
-- Waybills as lists show them.  Sorted by lateness: what is late, certain or predicted, then what is at
-- risk, then the rest, and last what nobody knows.
WITH chosen AS MATERIALIZED (
    SELECT w.id, row_number() OVER (ORDER BY
                CASE WHEN %(late_first)s THEN
                     CASE coalesce(s.risk, 0) WHEN 4 THEN 0 WHEN 3 THEN 0 WHEN 2 THEN 1 WHEN 0 THEN 3 ELSE 2 END
                END,
                CASE WHEN %(late_first)s THEN s.delay END DESC NULLS LAST,
                w.placed_at DESC, w.id DESC) AS place
    FROM waybill w
    JOIN party c ON c.id = w.customer_id
    LEFT JOIN waybill_state s ON s.waybill_id = w.id
    WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
      AND (%(numbers)s::text[] IS NULL OR w.number = ANY(%(numbers)s::text[]))
      AND (NOT %(open)s OR NOT s.over)
      AND (%(customer)s::text IS NULL OR c.code = %(customer)s::text)
      AND (cardinality(%(states)s::text[]) = 0 OR s.state = ANY(%(states)s::text[]))
      AND (cardinality(%(risks)s::int[]) = 0 OR s.risk = ANY(%(risks)s::int[]))
      AND (%(q)s::text IS NULL OR w.number LIKE '%%' || %(q)s::text || '%%' OR w.code = %(q)s::text
           OR translate(upper(w.order_no), ' -._/', '') = %(q)s::text OR w.phone <> '' AND right(w.phone, 4) = %(q)s::text)
      AND (%(trip)s::text IS NULL OR EXISTS (
           SELECT FROM leg l JOIN booking b ON b.leg_id = l.id JOIN trip t ON t.id = b.trip_id
           WHERE l.waybill_id = w.id AND t.code = %(trip)s::text
             AND b.valid_from < b.valid_to AND b.valid_to = 'infinity'))
      AND (%(vehicle)s::text IS NULL OR EXISTS (
           SELECT FROM vehicle v WHERE v.id = s.vehicle_id AND v.plate = %(vehicle)s::text))
      AND (%(site)s::text IS NULL OR EXISTS (
           SELECT FROM site x WHERE x.code = %(site)s::text AND (
                x.id IN (w.origin_id, w.destination_id, s.site_id)
                OR EXISTS (SELECT FROM leg l WHERE l.waybill_id = w.id AND x.id IN (l.from_id, l.to_id)))))
    ORDER BY place
    LIMIT %(limit)s
)
SELECT w.id, w.number, w.code, w.order_no, c.code, c.name_zh, c.name_en, k.code, k.name_zh, k.name_en,
       o.code, o.name_zh, o.name_en, o.zone, o.lon, o.lat,
       d.code, d.name_zh, d.name_en, d.zone, d.lon, d.lat,
       coalesce(s.state, 'created'), s.since, e.number, e.kind, e.state, t.code, v.plate,
       h.code, h.name_zh, h.name_en, h.zone, h.lon, h.lat,
       coalesce(s.risk, 0), s.delay, s.cause, s.p50, s.p90, w.promised_at, w.opens_at,
       n.code, n.name_zh, n.name_en, n.zone, n.lon, n.lat, n.p50, n.p90,
       s.shipped_at, w.placed_at, w.cancelled_at,
       s.derived_at, s.judged_at, w.goods, w.stored,
       (SELECT count(*) FROM alert a WHERE a.waybill_id = w.id AND a.state <> 'closed'),
       w.shipper, w.consignee, w.phone, w.address, w.requirements, w.contact, w.author
FROM chosen
JOIN waybill w ON w.id = chosen.id
JOIN party c ON c.id = w.customer_id
LEFT JOIN party k ON k.id = w.carrier_id
JOIN site o ON o.id = w.origin_id
JOIN site d ON d.id = w.destination_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
LEFT JOIN trip t ON t.id = s.trip_id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN site h ON h.id = s.site_id
LEFT JOIN LATERAL (
    SELECT number, kind, state FROM exception_report x
    WHERE x.waybill_id = w.id AND x.state <> 'closed'
    ORDER BY x.found_at DESC, x.number DESC
    LIMIT 1
) e ON true
LEFT JOIN LATERAL (
    SELECT site.*, CASE WHEN ts.no_estimate = 0 AND ts.plan = x.revision THEN ts.p50[x.number - ts.first + 1] END AS p50,
           CASE WHEN ts.no_estimate = 0 AND ts.plan = x.revision THEN ts.p90[x.number - ts.first + 1] END AS p90
    FROM plan_stop x
    JOIN site ON site.id = x.site_id
    LEFT JOIN stop_fact f ON f.stop_id = x.stop_id
    LEFT JOIN trip_state ts ON ts.trip_id = x.trip_id
    WHERE x.trip_id = s.trip_id AND NOT x.via
      AND x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = x.trip_id)
      AND coalesce(f.status, 'planned') IN ('planned', 'approaching')
    ORDER BY x.number
    LIMIT 1
) n ON s.vehicle_id IS NOT NULL
ORDER BY chosen.place;

-- name: count_waybills
-- How many of the same waybills there are of each state and risk, whichever of them is asked for.
SELECT s.state, s.risk, count(*)
FROM waybill w
JOIN party c ON c.id = w.customer_id
JOIN waybill_state s ON s.waybill_id = w.id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
  AND (NOT %(open)s OR NOT s.over)
  AND (%(customer)s::text IS NULL OR c.code = %(customer)s::text)
  AND (%(q)s::text IS NULL OR w.number LIKE '%%' || %(q)s::text || '%%' OR w.code = %(q)s::text
       OR translate(upper(w.order_no), ' -._/', '') = %(q)s::text OR w.phone <> '' AND right(w.phone, 4) = %(q)s::text)
  AND (%(trip)s::text IS NULL OR EXISTS (
       SELECT FROM leg l JOIN booking b ON b.leg_id = l.id JOIN trip t ON t.id = b.trip_id
       WHERE l.waybill_id = w.id AND t.code = %(trip)s::text
         AND b.valid_from < b.valid_to AND b.valid_to = 'infinity'))
  AND (%(vehicle)s::text IS NULL OR EXISTS (
       SELECT FROM vehicle v WHERE v.id = s.vehicle_id AND v.plate = %(vehicle)s::text))
  AND (%(site)s::text IS NULL OR EXISTS (
       SELECT FROM site x WHERE x.code = %(site)s::text AND (
            x.id IN (w.origin_id, w.destination_id, s.site_id)
            OR EXISTS (SELECT FROM leg l WHERE l.waybill_id = w.id AND x.id IN (l.from_id, l.to_id)))))
GROUP BY 1, 2;

-- name: load_milestones
-- The record of waybills: by waybill, by time; wrong ones after those that hold.
SELECT m.waybill_id, m.key, m.kind, m.planned_at, m.estimated_at, m.at,
       s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, m.operator, v.plate, t.code, coalesce(m.note, ''),
       m.source, m.author, m.presumed, m.visit_id::text, m.files::text[], m.version, m.cause, m.was_at,
       m.recorded_at, m.valid
FROM milestone m
LEFT JOIN site s ON s.id = m.site_id
LEFT JOIN vehicle v ON v.id = m.vehicle_id
LEFT JOIN trip t ON t.id = m.trip_id
WHERE m.waybill_id = ANY(%(waybills)s) AND m.latest
ORDER BY m.waybill_id, m.valid DESC, m.at, m.change_id;

-- name: last_milestones
-- The newest that holds of each waybill.
SELECT DISTINCT ON (m.waybill_id)
       m.waybill_id, m.key, m.kind, m.planned_at, m.estimated_at, m.at,
       s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, m.operator, v.plate, t.code, coalesce(m.note, ''),
       m.source, m.author, m.presumed, m.visit_id::text, m.files::text[], m.version, m.cause, m.was_at,
       m.recorded_at, m.valid
FROM milestone m
LEFT JOIN site s ON s.id = m.site_id
LEFT JOIN vehicle v ON v.id = m.vehicle_id
LEFT JOIN trip t ON t.id = m.trip_id
WHERE m.waybill_id = ANY(%(waybills)s) AND m.latest AND m.valid
ORDER BY m.waybill_id, m.at DESC, m.change_id DESC;

-- name: load_legs
-- The way of a waybill, with every booking.
SELECT l.number, f.code, f.name_zh, f.name_en, f.zone, f.lon, f.lat, d.code, d.name_zh, d.name_en, d.zone, d.lon,
       d.lat, t.code,
       (SELECT x.number FROM plan_stop x WHERE x.stop_id = b.load_id ORDER BY x.revision DESC LIMIT 1),
       (SELECT x.number FROM plan_stop x WHERE x.stop_id = b.unload_id ORDER BY x.revision DESC LIMIT 1),
       b.valid_from, NULLIF(b.valid_to, 'infinity'), b.author, b.reason, b.ended_by, b.ended_why
FROM leg l
JOIN site f ON f.id = l.from_id
JOIN site d ON d.id = l.to_id
LEFT JOIN booking b ON b.leg_id = l.id
LEFT JOIN trip t ON t.id = b.trip_id
WHERE l.waybill_id = %(waybill)s
ORDER BY l.number, b.valid_to, b.id;

-- name: load_rides
-- While it was aboard.
SELECT l.number, t.code, v.plate, r.valid_from, NULLIF(r.valid_to, 'infinity'), r.from_basis, r.to_basis, r.presumed
FROM ride r
JOIN leg l ON l.id = r.leg_id
JOIN trip t ON t.id = r.trip_id
JOIN vehicle v ON v.id = r.vehicle_id
WHERE r.waybill_id = %(waybill)s
ORDER BY r.valid_from;

-- name: load_scans
-- What scanners saw.
SELECT x.id::text, x.kind, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, v.plate, x.at, x.slot, x.note,
       x.author, x.withdrawn_by, x.withdrawn_why
FROM scan x
JOIN site s ON s.id = x.site_id
LEFT JOIN vehicle v ON v.id = x.vehicle_id
WHERE x.waybill_id = %(waybill)s
ORDER BY x.at, x.recorded_at, x.id;

-- name: load_proofs
-- What people said of the delivery, in that order.
SELECT id::text, outcome, at, signer, note, files::text[], author, recorded_at
FROM proof
WHERE waybill_id = %(waybill)s
ORDER BY recorded_at, id;

-- name: load_files
-- Evidence, without its bytes.
SELECT id::text, name, media, octet_length(body), author, recorded_at
FROM evidence_file
WHERE waybill_id = %(waybill)s
ORDER BY recorded_at, id;

-- name: load_exceptions
-- What went wrong with it.
SELECT number, kind, state, severity, found_at
FROM exception_report
WHERE waybill_id = %(waybill)s
ORDER BY found_at DESC, number DESC;

-- name: count_shares
-- Links that work.
SELECT count(*) FROM share WHERE waybill_id = %(waybill)s AND revoked_at IS NULL AND expires_at > now();

-- name: find_waybill
-- Its key, inside a scope.
SELECT w.id FROM waybill w JOIN party c ON c.id = w.customer_id
WHERE w.number = %(number)s AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s));

-- name: load_moves
-- Its rides, as the engine places goods by them; plates and parties of their vehicles.
SELECT r.leg_id, r.trip_id, r.vehicle_id, extract(epoch FROM r.valid_from)::float8,
       extract(epoch FROM r.valid_to)::float8, r.from_basis, coalesce(r.to_basis, ''), r.presumed, v.plate, p.code
FROM ride r
JOIN vehicle v ON v.id = r.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
WHERE r.waybill_id = %(waybill)s
ORDER BY r.valid_from;

-- name: load_marks
-- Its milestones that hold, likewise, and the sites of them.
SELECT m.key, m.kind, extract(epoch FROM m.at)::float8, coalesce(m.site_id, 0), coalesce(m.vehicle_id, 0),
       coalesce(m.trip_id, 0), m.source, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat
FROM milestone m
LEFT JOIN site s ON s.id = m.site_id
WHERE m.waybill_id = %(waybill)s AND m.latest AND m.valid
ORDER BY m.at, m.change_id;

-- name: spot_at
-- The newest believed fix of a vehicle at a time, by its primary device then.
SELECT f.lon, f.lat, f.time
FROM binding b
CROSS JOIN LATERAL (
    SELECT fix.lon, fix.lat, fix.time FROM fix
    WHERE fix.device_id = b.device_id AND fix.time >= greatest(b.valid_from, %(start)s)
      AND fix.time < b.valid_to AND fix.time >= %(start)s AND fix.time <= %(at)s
      AND fix.flags & %(doubted)s = 0 AND fix.grade <= %(worst)s
    ORDER BY fix.time DESC
    LIMIT 1
) f
WHERE b.vehicle_id = %(vehicle)s AND b.is_primary AND b.valid_from <= %(at)s AND b.valid_to > %(start)s
ORDER BY f.time DESC
LIMIT 1;
