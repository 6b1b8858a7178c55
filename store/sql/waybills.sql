-- name: draw_keys
-- Keys for so many new waybills.
SELECT nextval(pg_get_serial_sequence('waybill', 'id'))::int FROM generate_series(1, %(count)s);

-- name: draw_serials
-- The last serial of a company and day, after so many more: whoever wants some waits for the row.
INSERT INTO serial AS s (short, day, last)
SELECT given.short, given.day, given.count
FROM unnest(%(short)s::text[], %(day)s::date[], %(count)s::int[]) AS given (short, day, count)
ORDER BY given.short, given.day
ON CONFLICT (short, day) DO UPDATE SET last = s.last + excluded.last
RETURNING short, day, last;

-- name: skip_serials
-- Numbers that came from elsewhere are never drawn again.
INSERT INTO serial AS s (short, day, last)
SELECT given.short, given.day, given.last
FROM unnest(%(short)s::text[], %(day)s::date[], %(last)s::int[]) AS given (short, day, last)
ORDER BY given.short, given.day
ON CONFLICT (short, day) DO UPDATE SET last = greatest(s.last, excluded.last);

-- name: parties
-- Keys and shorts of companies.
SELECT code, id, short FROM party WHERE code = ANY(%(codes)s);

-- name: set_short
-- What the numbers of a company begin with.
UPDATE party SET short = %(short)s WHERE code = %(code)s;

-- name: add_waybills
-- Those whose number is free.
INSERT INTO waybill (id, number, code, order_no, customer_id, carrier_id, origin_id, destination_id, shipper,
                     consignee, phone, address, goods, requirements, contact, opens_at, promised_at, stored,
                     placed_at, digest, author)
OVERRIDING SYSTEM VALUE
SELECT given.id, given.number, given.code, NULLIF(given.order_no, ''), given.customer,
       NULLIF(given.carrier, 0), given.origin, given.destination, given.shipper, given.consignee, given.phone,
       given.address, given.goods, ARRAY(SELECT jsonb_array_elements_text(given.requirements)), given.contact,
       given.opens, given.promised, given.stored, given.placed, given.digest, %(author)s
FROM unnest(%(id)s::int[], %(number)s::text[], %(code)s::text[], %(order_no)s::text[], %(customer)s::int[],
            %(carrier)s::int[], %(origin)s::int[], %(destination)s::int[], %(shipper)s::text[],
            %(consignee)s::text[], %(phone)s::text[], %(address)s::text[], %(goods)s::jsonb[],
            %(requirements)s::jsonb[], %(contact)s::text[], %(opens)s::timestamptz[],
            %(promised)s::timestamptz[], %(stored)s::bool[], %(placed)s::timestamptz[], %(digest)s::bytea[])
     AS given (id, number, code, order_no, customer, carrier, origin, destination, shipper, consignee, phone,
               address, goods, requirements, contact, opens, promised, stored, placed, digest)
ON CONFLICT (number) DO NOTHING
RETURNING id;

-- name: add_states
-- How they stand before anything is derived of them.
INSERT INTO waybill_state (waybill_id, state, since, over, derived_at)
SELECT id, 'created', placed_at, false, now() FROM waybill WHERE id = ANY(%(ids)s);

-- name: add_legs
-- Their ways.
INSERT INTO leg (waybill_id, number, from_id, to_id)
SELECT * FROM unnest(%(waybill)s::int[], %(number)s::int[], %(origin)s::int[], %(destination)s::int[]);

-- name: find_waybill
-- Its key and what edits look at, locked for one.
SELECT w.id, w.number, w.cancelled_at, w.placed_at, w.origin_id, w.destination_id, coalesce(s.state, 'created'),
       coalesce(s.over, false)
FROM waybill w
JOIN party c ON c.id = w.customer_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE w.number = %(number)s AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
FOR NO KEY UPDATE OF w;

-- name: load_terms
-- What a person may change, before and after.
SELECT to_jsonb(x) FROM (
    SELECT w.order_no, p.code AS customer, c.code AS carrier, w.shipper, w.consignee, w.phone, w.address, w.goods, w.requirements,
           w.contact, w.opens_at, w.promised_at, w.stored
    FROM waybill w
    JOIN party p ON p.id = w.customer_id
    LEFT JOIN party c ON c.id = w.carrier_id
    WHERE w.id = %(waybill)s
) x;

-- name: change_waybill
-- Bring it to these terms.
UPDATE waybill
SET order_no = NULLIF(%(order_no)s, ''), customer_id = %(customer_id)s, carrier_id = %(carrier_id)s, shipper = %(shipper)s,
    consignee = %(consignee)s, phone = %(phone)s, address = %(address)s, goods = %(goods)s,
    requirements = %(requirements)s, contact = %(contact)s, opens_at = %(opens_at)s::timestamptz,
    promised_at = %(promised_at)s::timestamptz, stored = %(stored)s
WHERE id = %(waybill)s;

-- name: revoke_links
-- Whoever had a link to it sees nothing any more.
UPDATE share SET revoked_at = now(), revoked_by = %(author)s WHERE waybill_id = %(waybill)s AND revoked_at IS NULL;

-- name: cancel_waybill
-- It will not be carried.
UPDATE waybill SET cancelled_at = %(at)s WHERE id = %(waybill)s;

-- name: find_trips
-- Trips by code: key, and the party of the vehicle that serves it.
SELECT t.code, t.id
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
LEFT JOIN vehicle v ON v.id = s.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
WHERE t.code = ANY(%(codes)s) AND (%(everywhere)s OR p.code = ANY(%(parties)s));

-- name: trip_stops
-- The stops of the latest plans of trips, in order.
SELECT x.trip_id, x.number, x.stop_id, x.site_id
FROM plan_stop x
WHERE x.trip_id = ANY(%(trips)s) AND NOT x.via
  AND x.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = x.trip_id)
ORDER BY x.trip_id, x.number;

-- name: find_legs
-- The legs of waybills with their keys and ends.
SELECT waybill_id, number, id, from_id, to_id FROM leg WHERE waybill_id = ANY(%(waybills)s) ORDER BY waybill_id, number;

-- name: find_booking
-- What holds of a leg, or will.
SELECT b.id, t.code, b.valid_from
FROM booking b JOIN trip t ON t.id = b.trip_id
WHERE b.leg_id = %(leg)s AND b.valid_to = 'infinity'
FOR UPDATE OF b;

-- name: was_booked
-- Whether anything ever held of it.
SELECT EXISTS (SELECT FROM booking WHERE leg_id = %(leg)s AND valid_from < valid_to);

-- name: add_bookings
-- From then on trips carry legs.
INSERT INTO booking (leg_id, trip_id, load_id, unload_id, valid_from, author, reason)
SELECT given.leg, given.trip, given.load, given.unload, given.at, %(author)s, %(reason)s
FROM unnest(%(leg)s::int[], %(trip)s::int[], %(load)s::int[], %(unload)s::int[], %(at)s::timestamptz[])
     AS given (leg, trip, load, unload, at);

-- name: end_booking
-- From then on it does not hold; from its begin on: it never did.
UPDATE booking SET valid_to = %(at)s, ended_by = %(author)s, ended_why = %(reason)s WHERE id = %(booking)s;

-- name: add_scan
-- The same scan again changes nothing.
INSERT INTO scan (id, waybill_id, kind, site_id, vehicle_id, at, slot, note, author)
VALUES (%(id)s, %(waybill)s, %(kind)s, %(site)s, %(vehicle)s, %(at)s, %(slot)s, %(note)s, %(author)s)
ON CONFLICT (waybill_id, kind, site_id, at) DO NOTHING;

-- name: same_scan
-- The scan that is there already.
SELECT id::text, withdrawn_by FROM scan
WHERE waybill_id = %(waybill)s AND kind = %(kind)s AND site_id = %(site)s AND at = %(at)s;

-- name: withdraw_scan
-- It was wrong.
UPDATE scan SET withdrawn_by = %(author)s, withdrawn_why = %(reason)s
WHERE id = %(id)s AND waybill_id = %(waybill)s AND withdrawn_by IS NULL
  AND (cardinality(%(sites)s::text[]) = 0 OR site_id IN (SELECT id FROM site WHERE code = ANY(%(sites)s::text[])));

-- name: add_proof
-- What a person says of the delivery.
INSERT INTO proof (id, waybill_id, outcome, at, signer, note, files, author)
VALUES (%(id)s, %(waybill)s, %(outcome)s, %(at)s, %(signer)s, %(note)s, %(files)s::uuid[], %(author)s);

-- name: newest_proof
-- What holds of the delivery.
SELECT outcome FROM proof WHERE waybill_id = %(waybill)s ORDER BY recorded_at DESC, id DESC LIMIT 1;

-- name: own_files
-- Which of these files belong to it.
SELECT id::text FROM evidence_file WHERE waybill_id = %(waybill)s AND id = ANY(%(files)s::uuid[]);

-- name: add_file
-- Evidence, kept as it came.
INSERT INTO evidence_file (id, digest, name, media, body, waybill_id, author)
VALUES (%(id)s, %(digest)s, %(name)s, %(media)s, %(body)s, %(waybill)s, %(author)s);

-- name: count_files
-- How many it has, and whether it has this one.
SELECT count(*), (array_agg(id::text) FILTER (WHERE digest = %(digest)s))[1]
FROM evidence_file WHERE waybill_id = %(waybill)s;

-- name: load_file
-- One file of a waybill inside a scope.
SELECT f.name, f.media, f.body
FROM evidence_file f
JOIN waybill w ON w.id = f.waybill_id
JOIN party c ON c.id = w.customer_id
WHERE f.id = %(id)s AND w.number = %(number)s AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s));

-- name: known_waybills
-- Those with these numbers, and those with these order numbers of these customers; the newest first.
SELECT w.id, w.number, c.code, w.order_no, w.digest
FROM waybill w
JOIN party c ON c.id = w.customer_id
WHERE w.number = ANY(%(numbers)s::text[])
UNION
SELECT w.id, w.number, c.code, w.order_no, w.digest
FROM unnest(%(customers)s::text[], %(orders)s::text[]) AS given (customer, order_no)
JOIN party c ON c.code = given.customer
JOIN waybill w ON w.customer_id = c.id AND upper(w.order_no) = upper(given.order_no)
              AND w.order_no = given.order_no AND w.cancelled_at IS NULL
ORDER BY 1 DESC;

-- name: keep_digest
-- What an import said of it last.
UPDATE waybill SET digest = %(digest)s WHERE id = %(waybill)s;
