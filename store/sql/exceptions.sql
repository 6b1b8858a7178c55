-- name: next_serial
-- The next number of a kind on a day; until the transaction ends, others wait for theirs.
INSERT INTO serial (short, day, last) VALUES (%(short)s, %(day)s, 1)
ON CONFLICT (short, day) DO UPDATE SET last = serial.last + 1
RETURNING last;

-- name: report_of_alert
-- The report that was opened from an alert.
SELECT number FROM exception_report WHERE alert_id = %(alert)s::uuid;

-- name: has_joined
-- Whether an alert has joined a report.
SELECT EXISTS (SELECT FROM exception_entry e
               WHERE e.report_id = %(report)s::uuid AND e.act = 'joined' AND e.after ->> 'alert' = %(alert)s::text);

-- name: open_delay
-- The open report of a delay of the same waybill, or, without one, of the same trip.
SELECT r.id::text, r.number FROM exception_report r
WHERE r.kind = 'delay' AND r.state <> 'closed'
  AND CASE WHEN %(waybill)s::integer IS NOT NULL THEN r.waybill_id = %(waybill)s::integer
           ELSE r.waybill_id IS NULL AND r.trip_id = %(trip)s::integer END;

-- name: add_report
-- A new one; what it is about fills in what was not said of it.
INSERT INTO exception_report (id, number, kind, detail, severity, state, waybill_id, trip_id, vehicle_id,
    alert_id, order_no, site_id, found_at, description, files, due_at, claim_due_at, author)
SELECT %(id)s::uuid, %(number)s, %(kind)s, %(detail)s, %(severity)s, 'received', %(waybill)s::integer,
       coalesce(%(trip)s::integer, s.trip_id), coalesce(%(vehicle)s::integer, s.vehicle_id),
       %(alert)s::uuid, coalesce(w.order_no, ''), coalesce(%(site)s::integer, s.site_id), %(found)s,
       %(description)s, %(files)s::uuid[], %(due)s, %(claim)s, %(author)s
FROM (SELECT) AS one
LEFT JOIN waybill w ON w.id = %(waybill)s::integer
LEFT JOIN waybill_state s ON s.waybill_id = w.id;

-- name: add_entry
-- A line of the ledger.
INSERT INTO exception_entry (report_id, at, act, author, before, after, note)
VALUES (%(report)s::uuid, %(at)s, %(act)s, %(author)s, %(before)s, %(after)s, %(note)s);

-- name: about_waybill
-- For a notice: whose goods, from where to where.
SELECT w.number, c.code, o.code, d.code, d.zone
FROM waybill w JOIN party c ON c.id = w.customer_id
JOIN site o ON o.id = w.origin_id JOIN site d ON d.id = w.destination_id
WHERE w.id = %(waybill)s;
