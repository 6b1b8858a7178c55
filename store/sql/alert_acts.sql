-- name: list_alerts
-- Alerts inside a scope, the gravest first, then the longest open; closed ones last, the newest first.
SELECT a.id::text, a.kind, a.subject_kind, a.subject, a.episode, a.severity, a.state, a.began_at,
       a.opened_at, a.changed_at, a.closed_at, a.closed_how, a.closed_why, a.acknowledged_at,
       a.acknowledged_by, a.assigned_to, a.snoozed_until, a.escalated_at, v.plate, t.code, w.number,
       s.code, p.code, c.code, a.facts,
       (SELECT e.number FROM exception_report e
        WHERE e.alert_id = a.id OR (e.waybill_id = a.waybill_id AND e.kind = 'delay' AND a.severity <= 2)
        ORDER BY e.alert_id IS NOT DISTINCT FROM a.id DESC, e.found_at DESC LIMIT 1)
FROM alert a
LEFT JOIN vehicle v ON v.id = a.vehicle_id
LEFT JOIN trip t ON t.id = a.trip_id
LEFT JOIN waybill w ON w.id = a.waybill_id
LEFT JOIN site s ON s.id = a.site_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN party c ON c.id = w.customer_id
WHERE alert_within(a, %(everywhere)s OR p.code = ANY(%(parties)s),
                   %(all_customers)s OR c.code = ANY(%(customers)s), %(everything)s,
                   %(trips)s, %(waybills)s, %(sites)s, %(parties)s, %(driver)s)
  AND (%(open)s::boolean IS NULL OR (a.state <> 'closed') = %(open)s::boolean)
  AND (%(state)s::text IS NULL OR a.state = %(state)s::text)
  AND (%(kind)s::text IS NULL OR a.kind = %(kind)s::text)
  AND (%(severity)s::integer IS NULL OR a.severity <= %(severity)s::integer)
  AND (%(subject)s::text IS NULL OR a.subject = %(subject)s::text OR v.plate = %(subject)s::text
       OR t.code = %(subject)s::text OR w.number = %(subject)s::text)
  AND (%(assigned)s::text IS NULL OR a.assigned_to = %(assigned)s::text)
  AND (%(since)s::timestamptz IS NULL OR a.opened_at >= %(since)s::timestamptz)
  AND (%(ids)s::uuid[] IS NULL OR a.id = ANY(%(ids)s::uuid[]))
ORDER BY a.state = 'closed', CASE WHEN a.state <> 'closed' THEN a.severity END,
         CASE WHEN a.state <> 'closed' THEN a.opened_at END, a.opened_at DESC, a.id
LIMIT %(limit)s;

-- name: count_open
-- How many open alerts inside a scope are how grave.
SELECT a.severity, count(*)
FROM alert a
LEFT JOIN vehicle v ON v.id = a.vehicle_id
LEFT JOIN waybill w ON w.id = a.waybill_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN party c ON c.id = w.customer_id
WHERE a.state <> 'closed'
  AND alert_within(a, %(everywhere)s OR p.code = ANY(%(parties)s),
                   %(all_customers)s OR c.code = ANY(%(customers)s), %(everything)s,
                   %(trips)s, %(waybills)s, %(sites)s, %(parties)s, %(driver)s)
GROUP BY a.severity
ORDER BY a.severity;

-- name: load_entries
-- The life of an alert, oldest first.
SELECT change_id, at, act, author, note, severity
FROM alert_entry
WHERE alert_id = %(id)s::uuid
ORDER BY change_id;

-- name: read_after
-- Entries after a number of the feed, in order, up to another one where that is given.
SELECT change_id, at, act, author, note, severity, alert_id::text
FROM alert_entry
WHERE change_id > %(after)s AND (%(newest)s::bigint IS NULL OR change_id <= %(newest)s::bigint)
ORDER BY change_id
LIMIT %(limit)s::bigint;

-- name: hold
-- Nobody else acts on these alerts until the transaction ends.
SELECT id::text, state, severity FROM alert WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE;

-- name: acknowledge
-- Somebody has seen them.
UPDATE alert SET state = 'acknowledged', acknowledged_at = %(now)s, acknowledged_by = %(author)s, changed_at = %(now)s
WHERE id = ANY(%(ids)s::uuid[]);

-- name: assign
-- Somebody shall act on them.
UPDATE alert SET assigned_to = %(to)s, changed_at = %(now)s WHERE id = ANY(%(ids)s::uuid[]);

-- name: snooze
-- Nobody wants to hear of them until then.
UPDATE alert SET snoozed_until = %(until)s, changed_at = %(now)s WHERE id = ANY(%(ids)s::uuid[]);

-- name: close
-- A person says that nothing more is to be done.
UPDATE alert SET state = 'closed', closed_at = %(now)s, closed_how = 'person', closed_why = %(why)s, changed_at = %(now)s
WHERE id = ANY(%(ids)s::uuid[]);
