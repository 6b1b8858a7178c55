-- name: by_number
-- The waybills inside a scope that have one of these numbers.  Found first and sorted then: with the
-- limit in view the planner would walk through all of them, the newest first.
WITH w AS MATERIALIZED (SELECT * FROM waybill w WHERE w.number = ANY(%(keys)s::text[]))
SELECT w.number
FROM w JOIN party c ON c.id = w.customer_id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: by_code
-- Likewise, by codes of sixteen digits.
WITH w AS MATERIALIZED (SELECT * FROM waybill w WHERE w.code = ANY(%(keys)s::text[]))
SELECT w.number
FROM w JOIN party c ON c.id = w.customer_id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: by_order
-- Likewise, by order numbers without what stands between their parts.
WITH w AS MATERIALIZED (SELECT * FROM waybill w WHERE translate(upper(w.order_no), ' -._/', '') = ANY(%(keys)s::text[]))
SELECT w.number
FROM w JOIN party c ON c.id = w.customer_id
WHERE (%(all_customers)s OR c.code = ANY(%(customers)s))
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
-- What is aboard a vehicle now.  As an array: of a join the planner thinks there are many.
SELECT w.number
FROM waybill w
JOIN party c ON c.id = w.customer_id
WHERE w.id = ANY(ARRAY(
        SELECT r.waybill_id FROM vehicle v JOIN ride r ON r.vehicle_id = v.id AND r.valid_to = 'infinity'
        WHERE translate(upper(v.plate), ' -._/·', '') = %(plate)s::text))
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: by_trip
-- What the present trip of a vehicle is to carry, when nothing is aboard.
SELECT w.number
FROM waybill w
JOIN party c ON c.id = w.customer_id
WHERE w.id = ANY(ARRAY(
        SELECT s.waybill_id FROM vehicle v
        CROSS JOIN LATERAL trip_of(v.id) t
        JOIN trip ON trip.code = t.code
        JOIN waybill_state s ON s.trip_id = trip.id AND NOT s.over
        WHERE translate(upper(v.plate), ' -._/·', '') = %(plate)s::text))
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY w.id DESC
LIMIT %(limit)s;

-- name: list_shorts
-- What numbers of waybills begin with.
SELECT short FROM party WHERE short IS NOT NULL ORDER BY short;
