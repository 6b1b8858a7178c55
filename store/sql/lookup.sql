-- name: by_number
-- The waybills inside a scope that have one of these numbers.
SELECT w.number
FROM waybill w JOIN party c ON c.id = w.customer_id
WHERE w.number = ANY(%(keys)s::text[])
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: by_code
-- Likewise, by codes of sixteen digits.
SELECT w.number
FROM waybill w JOIN party c ON c.id = w.customer_id
WHERE w.code = ANY(%(keys)s::text[])
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: by_order
-- Likewise, by order numbers without what stands between their parts.
SELECT w.number
FROM waybill w JOIN party c ON c.id = w.customer_id
WHERE translate(upper(w.order_no), ' -._/', '') = ANY(%(keys)s::text[])
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: by_phone
-- Likewise, by the last four digits of the consignee's telephone, or by all of it: those on their way first.
SELECT w.number
FROM waybill w
JOIN party c ON c.id = w.customer_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE right(w.phone, 4) = right(%(phone)s::text, 4) AND w.phone <> ''
  AND (length(%(phone)s::text) = 4 OR translate(w.phone, ' -+()', '') = %(phone)s::text)
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY coalesce(s.over, false), w.id DESC
LIMIT %(limit)s;

-- name: by_plate
-- What is aboard a vehicle now; with nothing aboard, what its present trip is to carry.
WITH asked AS (
    SELECT v.id FROM vehicle v WHERE translate(upper(v.plate), ' -._/·', '') = %(plate)s::text
), aboard AS (
    SELECT r.waybill_id AS id FROM ride r JOIN asked ON asked.id = r.vehicle_id
    WHERE r.valid_to = 'infinity'
), booked AS (
    SELECT s.waybill_id AS id
    FROM asked
    CROSS JOIN LATERAL trip_of(asked.id) t
    JOIN trip ON trip.code = t.code
    JOIN waybill_state s ON s.trip_id = trip.id AND NOT s.over
    WHERE NOT EXISTS (SELECT FROM aboard)
)
SELECT w.number
FROM (SELECT id FROM aboard UNION SELECT id FROM booked) x
JOIN waybill w ON w.id = x.id
JOIN party c ON c.id = w.customer_id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: list_shorts
-- What numbers of waybills begin with.
SELECT short FROM party WHERE short IS NOT NULL ORDER BY short;
