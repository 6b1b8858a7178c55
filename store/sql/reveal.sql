-- name: drivers
-- Of a trip inside the scope, who drove; a trip that nobody serves has one empty row.
SELECT a.driver
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN assignment a ON a.trip_id = t.id AND a.valid_from < a.valid_to
WHERE t.code = %(name)s AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND trip_within(t.id, %(trips)s, %(sites)s, %(driver)s)
ORDER BY a.valid_from;

-- name: phones
-- Of a waybill inside the scope.
SELECT w.phone
FROM waybill w
JOIN party c ON c.id = w.customer_id
WHERE w.number = %(name)s AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s);
