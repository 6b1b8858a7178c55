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

-- name: files_of
-- Of these files those of the waybill, else of the waybill of the report.
SELECT f.id::text FROM evidence_file f
WHERE f.id = ANY(%(files)s::uuid[])
  AND f.waybill_id = coalesce(%(waybill)s::integer,
                              (SELECT waybill_id FROM exception_report WHERE id = %(report)s::uuid));

-- name: add_entry
-- A line of the ledger.
INSERT INTO exception_entry (report_id, at, act, author, before, after, note)
VALUES (%(report)s::uuid, %(at)s, %(act)s, %(author)s, %(before)s, %(after)s, %(note)s);

-- name: waybill_key
-- Of a waybill that the reader may see: its key.
SELECT w.id FROM waybill w JOIN party c ON c.id = w.customer_id
WHERE w.number = %(number)s AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s));

-- name: trip_key
-- Of a trip that the reader may see: its key.
SELECT t.id FROM trip t
LEFT JOIN trip_state ts ON ts.trip_id = t.id
LEFT JOIN vehicle v ON v.id = ts.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
WHERE t.code = %(code)s AND (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND trip_within(t.id, %(trips)s, %(sites)s, %(driver)s);

-- name: list_reports
-- Reports as they stand, the gravest first, then the oldest; closed ones last, the newest of them first.
SELECT r.id::text, r.number, r.kind, r.detail, r.severity, r.state, w.number, c.code, f.code, d.code,
       coalesce(k.code, p.code), r.order_no, t.code, v.plate, s.code, r.alert_id::text, r.found_at, r.description,
       r.files::text[], r.assigned_to, r.assigned_at, r.due_at, r.breached_at, r.cause, r.new_eta,
       r.told_customer_at, r.claim_due_at, r.claimed_at, r.result, r.responsible, r.feedback, r.closed_at,
       r.closed_by, r.author, r.recorded_at
FROM exception_report r
LEFT JOIN waybill w ON w.id = r.waybill_id
LEFT JOIN party c ON c.id = w.customer_id
LEFT JOIN party k ON k.id = w.carrier_id
LEFT JOIN site f ON f.id = w.origin_id
LEFT JOIN site d ON d.id = w.destination_id
LEFT JOIN trip t ON t.id = r.trip_id
LEFT JOIN vehicle v ON v.id = r.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN site s ON s.id = r.site_id
WHERE CASE WHEN w.id IS NOT NULL THEN %(all_customers)s OR c.code = ANY(%(customers)s)
           ELSE %(everywhere)s OR p.code = ANY(%(parties)s) END
  AND (%(all_log)s OR %(own_log)s AND %(principal)s IN (r.author, r.assigned_to))
  AND (%(number)s::text IS NULL OR r.number = %(number)s::text)
  AND (%(id)s::uuid IS NULL OR r.id = %(id)s::uuid)
  AND (%(state)s::text IS NULL OR r.state = %(state)s::text)
  AND (%(kind)s::text IS NULL OR r.kind = %(kind)s::text)
  AND (%(handler)s::text IS NULL OR r.assigned_to = %(handler)s::text)
  AND (%(waybill)s::text IS NULL OR w.number = %(waybill)s::text)
  AND (NOT %(open)s OR r.state <> 'closed')
  AND (%(start)s::timestamptz IS NULL OR r.found_at >= %(start)s::timestamptz)
  AND (%(end)s::timestamptz IS NULL OR r.found_at < %(end)s::timestamptz)
ORDER BY r.state = 'closed', CASE WHEN r.state <> 'closed' THEN r.severity END,
         CASE WHEN r.state <> 'closed' THEN r.found_at END, r.closed_at DESC, r.number
LIMIT %(limit)s;

-- name: count_reports
-- How many of each state a reader may see.
SELECT r.state, count(*)
FROM exception_report r
LEFT JOIN waybill w ON w.id = r.waybill_id
LEFT JOIN party c ON c.id = w.customer_id
LEFT JOIN vehicle v ON v.id = r.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
WHERE CASE WHEN w.id IS NOT NULL THEN %(all_customers)s OR c.code = ANY(%(customers)s)
           ELSE %(everywhere)s OR p.code = ANY(%(parties)s) END
  AND (%(all_log)s OR %(own_log)s AND %(principal)s IN (r.author, r.assigned_to))
GROUP BY 1;

-- name: list_entries
-- The ledger of one report, oldest first.
SELECT at, act, author, before, after, note FROM exception_entry
WHERE report_id = %(report)s::uuid ORDER BY id;

-- name: lock_report
-- Whoever changes a report does it alone.
SELECT id::text FROM exception_report WHERE number = %(number)s FOR UPDATE;

-- name: change_report
-- What a step changes; everything else of a report stays as it was.
UPDATE exception_report SET severity = %(severity)s, state = %(state)s, files = %(files)s::uuid[],
    assigned_to = %(assigned_to)s, assigned_at = %(assigned_at)s, breached_at = %(breached_at)s, cause = %(cause)s,
    new_eta = %(new_eta)s, told_customer_at = %(told_customer_at)s, claimed_at = %(claimed_at)s,
    result = %(result)s, responsible = %(responsible)s, feedback = %(feedback)s, closed_at = %(closed_at)s,
    closed_by = %(closed_by)s
WHERE id = %(id)s::uuid;

-- name: due_breaches
-- Reports that nobody took in hand in time and of which nobody was told so; not those somebody works on now.
SELECT number FROM exception_report
WHERE state <> 'closed' AND assigned_at IS NULL AND breached_at IS NULL AND due_at <= %(now)s
ORDER BY severity, found_at LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: due_claims
-- Claims that should have been made, of which nobody was told so.
SELECT r.number FROM exception_report r
WHERE r.state <> 'closed' AND r.claim_due_at <= %(now)s AND r.claimed_at IS NULL
  AND NOT EXISTS (SELECT FROM exception_entry e WHERE e.report_id = r.id AND e.act = 'claim_overdue')
ORDER BY r.severity, r.found_at LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: unannounced
-- Reports of which nobody was told yet that they were opened.
SELECT r.number FROM exception_report r
WHERE r.state <> 'closed' AND r.recorded_at > %(since)s
  AND NOT EXISTS (SELECT FROM exception_entry e WHERE e.report_id = r.id AND e.act = 'announced')
ORDER BY r.severity, r.found_at LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: count_day
-- For a digest: opened, closed and breached in a stretch of time; open and overdue at its end.
SELECT count(*) FILTER (WHERE found_at >= %(start)s AND found_at < %(end)s),
       count(*) FILTER (WHERE closed_at >= %(start)s AND closed_at < %(end)s),
       count(*) FILTER (WHERE breached_at >= %(start)s AND breached_at < %(end)s),
       count(*) FILTER (WHERE state <> 'closed'),
       count(*) FILTER (WHERE state <> 'closed' AND assigned_at IS NULL AND due_at <= %(end)s),
       extract(epoch FROM %(end)s - min(found_at) FILTER (WHERE state <> 'closed'))::float8
FROM exception_report
WHERE state <> 'closed' OR found_at >= %(start)s OR closed_at >= %(start)s OR breached_at >= %(start)s;

-- name: reports_of_alert
-- Open reports that an alert has opened, or joined.
SELECT r.id::text, r.number FROM exception_report r
WHERE r.state <> 'closed'
  AND (r.alert_id = %(alert)s::uuid
       OR EXISTS (SELECT FROM exception_entry e
                  WHERE e.report_id = r.id AND e.act = 'joined' AND e.after ->> 'alert' = %(alert)s::text));
