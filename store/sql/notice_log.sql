-- name: list_notices
-- The log of deliveries, newest first.  A limited reader sees those of its customers' waybills.
SELECT n.state, n.id::text, n.topic, n.subject_kind, n.subject, n.transition, n.severity, r.code, c.code, n.recipient, n.address,
       n.body, n.happened_at, n.created_at, n.due_at, n.sent_at, n.tries, n.corrects::text, n.digest_id::text
FROM notice n JOIN channel c ON c.id = n.channel_id LEFT JOIN notice_rule r ON r.id = n.rule_id
WHERE (%(id)s::uuid IS NULL OR n.id = %(id)s::uuid)
  AND (%(state)s::text IS NULL OR n.state = %(state)s)
  AND (%(subject)s::text IS NULL OR n.subject = %(subject)s)
  AND (%(channel)s::text IS NULL OR c.code = %(channel)s)
  AND (%(before)s::uuid IS NULL OR (n.created_at, n.id) < (SELECT b.created_at, b.id FROM notice b WHERE b.id = %(before)s::uuid))
  AND (%(all_customers)s OR (n.subject_kind = 'waybill' AND EXISTS (
      SELECT 1 FROM waybill w JOIN party p ON p.id = w.customer_id
      WHERE w.number = n.subject AND p.code = ANY (%(customers)s))))
ORDER BY n.created_at DESC, n.id DESC
LIMIT %(limit)s;

-- name: count_notices
-- By state, of the last days.
SELECT n.state, count(*) FROM notice n
WHERE n.created_at > %(since)s
  AND (%(all_customers)s OR (n.subject_kind = 'waybill' AND EXISTS (
      SELECT 1 FROM waybill w JOIN party p ON p.id = w.customer_id
      WHERE w.number = n.subject AND p.code = ANY (%(customers)s))))
GROUP BY n.state;

-- name: list_tries
-- Every attempt, oldest first.
SELECT at, ok, status, detail, seconds::float8, unknown FROM notice_try WHERE notice_id = %(id)s::uuid ORDER BY id;

-- name: lock_notice
-- To be replayed.
SELECT n.state, c.kind, c.enabled FROM notice n JOIN channel c ON c.id = n.channel_id WHERE n.id = %(id)s::uuid FOR UPDATE OF n;

-- name: replay
-- Anew, under its id.
UPDATE notice SET state = 'waiting', tries = 0, due_at = %(now)s, claimed_until = NULL WHERE id = %(id)s::uuid;

-- name: failed
-- Given up since then, the oldest first.
SELECT n.id::text FROM notice n JOIN channel c ON c.id = n.channel_id
WHERE n.state = 'failed' AND c.enabled AND n.created_at >= %(since)s AND (%(channel)s::text IS NULL OR c.code = %(channel)s)
ORDER BY n.created_at, n.id;

-- name: add_test
-- To see whether a channel works; no quiet hours, no digest.
INSERT INTO notice (id, key, topic, subject_kind, subject, transition, severity, channel_id, recipient, address,
                    body, happened_at, language, state, due_at, created_at)
SELECT %(id)s::uuid, 'test|' || %(id)s, 'test', 'channel', code, %(id)s, 4, id, %(recipient)s, %(address)s,
       %(body)s, %(now)s, 'both', 'waiting', %(now)s, %(now)s
FROM channel WHERE code = %(channel)s;
