-- name: add_query
-- A new one; whose goods it is about follows from the waybill.
INSERT INTO query (id, number, asked_at, channel, urgent, asker, contact, asked, question, waybill_id, customer_id,
    state, department, answer_id, routed_at, remind_at, author)
SELECT %(id)s::uuid, %(number)s, %(asked_at)s, %(channel)s, %(urgent)s, %(asker)s, %(contact)s, %(asked)s,
       %(question)s, %(waybill)s::integer, w.customer_id, %(state)s, %(department)s, %(answer)s::uuid,
       %(routed_at)s, %(remind_at)s, %(author)s
FROM (SELECT) AS one LEFT JOIN waybill w ON w.id = %(waybill)s::integer;

-- name: add_entry
-- What was done.
INSERT INTO query_entry (query_id, at, act, author, detail)
VALUES (%(query)s::uuid, %(at)s, %(act)s, %(author)s, %(detail)s);

-- name: list_queries
-- Queries that a reader may see: of open ones the oldest first, else the newest.  A clerk sees those of its
-- own and those that nobody has taken; a customer those about its own waybills.
SELECT q.id::text, q.number, q.asked_at, q.channel, q.urgent, q.asker, q.contact, q.asked, q.question,
       w.number, c.code, q.state, q.department, q.handler, q.answer_id::text, q.finding, q.source, q.reply,
       q.reply_channel, q.routed_at, q.answered_at, q.replied_at, q.closed_at, q.remind_at, q.reminded, q.author
FROM query q
LEFT JOIN waybill w ON w.id = q.waybill_id
LEFT JOIN party c ON c.id = q.customer_id
WHERE (q.customer_id IS NULL OR %(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(all_log)s OR %(as_customer)s AND c.code = ANY(%(customers)s)
       OR %(own_log)s AND (%(principal)s IN (q.author, q.handler) OR q.handler IS NULL AND q.state <> 'closed'))
  AND (%(number)s::text IS NULL OR q.number = %(number)s::text)
  AND (%(id)s::uuid IS NULL OR q.id = %(id)s::uuid)
  AND (%(state)s::text IS NULL OR q.state = %(state)s::text)
  AND (%(department)s::text IS NULL OR q.department = %(department)s::text)
  AND (%(handler)s::text IS NULL OR q.handler = %(handler)s::text)
  AND (%(waybill)s::text IS NULL OR w.number = %(waybill)s::text)
  AND (NOT %(open)s OR q.state <> 'closed')
  AND (%(start)s::timestamptz IS NULL OR q.asked_at >= %(start)s::timestamptz)
  AND (%(end)s::timestamptz IS NULL OR q.asked_at < %(end)s::timestamptz)
ORDER BY CASE WHEN %(open)s THEN q.asked_at END, CASE WHEN %(open)s THEN q.number END, q.asked_at DESC, q.number DESC
LIMIT %(limit)s;

-- name: count_queries
-- How many open ones of each state and department a reader may see.
SELECT q.state, q.department, q.urgent, count(*)
FROM query q
LEFT JOIN party c ON c.id = q.customer_id
WHERE q.state <> 'closed'
  AND (q.customer_id IS NULL OR %(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(all_log)s OR %(as_customer)s AND c.code = ANY(%(customers)s)
       OR %(own_log)s AND (%(principal)s IN (q.author, q.handler) OR q.handler IS NULL))
GROUP BY 1, 2, 3;

-- name: list_entries
-- What was done about one, oldest first.
SELECT at, act, author, detail FROM query_entry WHERE query_id = %(query)s::uuid ORDER BY id;

-- name: lock_query
-- Whoever changes a query does it alone.
SELECT id::text FROM query WHERE number = %(number)s OR id = %(id)s::uuid FOR UPDATE;

-- name: change_query
-- What an act changes; everything else of a query stays as it was.
UPDATE query SET state = %(state)s, department = %(department)s, handler = %(handler)s, answer_id = %(answer_id)s::uuid,
    finding = %(finding)s, source = %(source)s, reply = %(reply)s, reply_channel = %(reply_channel)s,
    routed_at = %(routed_at)s, answered_at = %(answered_at)s, replied_at = %(replied_at)s, closed_at = %(closed_at)s,
    remind_at = %(remind_at)s, reminded = %(reminded)s
WHERE id = %(id)s::uuid;

-- name: load_terms
-- How the consignee of a query's waybill wants to be reached.
SELECT w.contact, w.requirements FROM waybill w JOIN query q ON q.waybill_id = w.id WHERE q.id = %(query)s::uuid;

-- name: load_answer
-- What was answered to "where is it", if the one who asks may see whose goods it is about.
SELECT a.content, a.waybill_id FROM answer a
LEFT JOIN waybill w ON w.id = a.waybill_id LEFT JOIN party c ON c.id = w.customer_id
WHERE a.id = %(answer)s::uuid AND (w.id IS NULL OR %(all_customers)s OR c.code = ANY(%(customers)s));

-- name: waybill_standing
-- By its key: how a waybill stands, to know who is to find out.
SELECT w.id, coalesce(s.state, 'created') FROM waybill w
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE w.number = %(number)s OR w.id = %(waybill)s::integer;

-- name: due_reminders
-- Queries that have waited too long without a reply; not those that somebody works on now.
SELECT number FROM query
WHERE state IN ('new', 'routed', 'answered') AND remind_at <= %(now)s
ORDER BY urgent DESC, asked_at LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: find_channel
-- A way on which replies of that kind can be sent to an address of one's own.
SELECT id, code FROM channel
WHERE enabled AND kind = 'apprise' AND position('{to}' IN address) > 0
  AND (code = %(kind)s OR code LIKE %(kind)s || '-%%' OR %(kind)s = 'email' AND address LIKE 'mailto%%')
ORDER BY code <> %(kind)s, id LIMIT 1;

-- name: send_reply
-- A notice beside the rules: the reply to one who asked.
INSERT INTO notice (id, key, topic, subject_kind, subject, transition, severity, channel_id, recipient, address, body,
                    happened_at, language, state, due_at, created_at)
VALUES (%(id)s::uuid, %(key)s, 'query.reply', 'query', %(number)s, %(name)s, 4, %(channel)s, %(recipient)s,
        %(address)s, %(body)s, %(now)s, 'zh', 'waiting', %(now)s, %(now)s)
ON CONFLICT (key) DO NOTHING;

-- name: count_day
-- For a digest: asked and replied in a stretch of time, the median wait until the reply, and who waits now.
SELECT count(*) FILTER (WHERE asked_at >= %(start)s AND asked_at < %(end)s),
       count(*) FILTER (WHERE replied_at >= %(start)s AND replied_at < %(end)s),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM replied_at - asked_at))
           FILTER (WHERE replied_at >= %(start)s AND replied_at < %(end)s)::float8,
       count(*) FILTER (WHERE state IN ('new', 'routed', 'answered')),
       count(*) FILTER (WHERE state IN ('new', 'routed', 'answered') AND urgent)
FROM query
WHERE state <> 'closed' OR asked_at >= %(start)s OR replied_at >= %(start)s;
