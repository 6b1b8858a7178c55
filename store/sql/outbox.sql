-- name: lock_claims
-- One claims at a time, so that two workers cannot both miss what the other is about to send.
SELECT pg_advisory_xact_lock(7305816241);

-- name: due
-- What may be sent now, a few of each channel, the longest due first; of a channel that fails only one.
-- Those whose sender has gone are among them: their claim has run out.
SELECT c.id, c.code, c.kind, c.name, c.address, c.enabled, c.failing_since, c.disabled_why, c.secret,
       n.id::text, n.state, n.key, n.topic, n.subject_kind, n.subject, n.transition, n.severity, n.recipient, n.address,
       n.body, n.happened_at, n.created_at, n.language, n.zone, n.quiet, n.delay, n.digest_minutes, n.tries,
       n.corrects::text, (SELECT w.body FROM notice w WHERE w.id = n.corrects),
       EXISTS (SELECT 1 FROM notice k WHERE k.corrects = n.id),
       (SELECT count(*) FROM notice_try t WHERE t.notice_id = n.id AND t.unknown),
       CASE WHEN n.delay THEN (
           SELECT max(coalesce(o.sent_at, o.claimed_until)) FROM notice o
           WHERE o.subject_kind = n.subject_kind AND o.subject = n.subject AND o.recipient = n.recipient
             AND o.delay AND o.id <> n.id AND o.state IN ('sent', 'sending')) END,
       n.delay AND EXISTS (
           SELECT 1 FROM notice o
           WHERE o.subject_kind = n.subject_kind AND o.subject = n.subject AND o.recipient = n.recipient
             AND o.channel_id = n.channel_id AND o.delay AND o.state = 'waiting' AND (o.happened_at, o.id) > (n.happened_at, n.id))
FROM channel c
CROSS JOIN LATERAL (
    SELECT * FROM notice
    WHERE notice.channel_id = c.id AND notice.state IN ('waiting', 'sending') AND notice.due_at <= %(now)s
      AND NOT EXISTS (SELECT 1 FROM notice w WHERE w.id = notice.corrects AND w.state = 'sending')
    ORDER BY notice.due_at, notice.id
    LIMIT greatest(0, CASE WHEN c.failing_since IS NULL THEN %(each)s ELSE 1 END
        - coalesce((SELECT b.busy FROM unnest(%(channels)s::int4[], %(busy)s::int4[]) AS b(channel, busy)
                    WHERE b.channel = c.id), 0))
    FOR UPDATE SKIP LOCKED
) n
WHERE c.enabled;

-- name: claim
-- They are ours until then.
UPDATE notice SET state = 'sending', claimed_until = %(until)s, due_at = %(until)s WHERE id = ANY (%(ids)s::uuid[]);

-- name: put_off
-- Not now.
UPDATE notice SET state = 'waiting', claimed_until = NULL, due_at = n.until
FROM unnest(%(ids)s::uuid[], %(until)s::timestamptz[]) AS n(id, until)
WHERE notice.id = n.id;

-- name: replace
-- Something newer says it.
UPDATE notice SET state = 'cancelled', claimed_until = NULL WHERE id = ANY (%(ids)s::uuid[]);

-- name: digest_of
-- All that goes together with one notice of a digest, in the order in which it came about.
SELECT o.id::text, o.created_at, o.body FROM notice n
JOIN notice o ON o.channel_id = n.channel_id AND o.recipient = n.recipient AND o.address = n.address
    AND o.language = n.language AND o.zone = n.zone AND o.digest_minutes = n.digest_minutes
    AND o.state = 'waiting' AND o.due_at <= %(now)s
WHERE n.id = %(id)s::uuid
ORDER BY o.happened_at, o.id
FOR UPDATE OF o;

-- name: gather
-- They are told in one.
WITH made AS (
    INSERT INTO notice (id, key, topic, subject_kind, subject, transition, severity, rule_id, channel_id, recipient,
                        address, body, happened_at, language, zone, quiet, state, due_at, created_at)
    SELECT %(id)s::uuid, 'digest|' || %(id)s, 'digest', 'recipient', n.recipient, %(id)s, n.severity, n.rule_id, n.channel_id,
           n.recipient, n.address, %(body)s, %(now)s, n.language, n.zone, n.quiet, 'waiting', %(now)s, %(now)s
    FROM notice n WHERE n.id = %(first)s::uuid
    RETURNING id
)
UPDATE notice SET state = 'gathered', claimed_until = NULL, digest_id = made.id
FROM made WHERE notice.id = ANY (%(ids)s::uuid[]);

-- name: tell
-- The log of deliveries.
INSERT INTO notice_try (notice_id, at, ok, status, detail, seconds, unknown)
SELECT * FROM unnest(%(id)s::uuid[], %(at)s::timestamptz[], %(ok)s::bool[], %(status)s::int4[], %(detail)s::text[],
                     %(seconds)s::float4[], %(unknown)s::bool[]);

-- name: sent
-- Accepted: that holds even if somebody else has taken it in the meantime, or it turned out wrong.
UPDATE notice SET state = 'sent', sent_at = n.at, tries = tries + 1, claimed_until = NULL
FROM unnest(%(ids)s::uuid[], %(at)s::timestamptz[]) AS n(id, at)
WHERE notice.id = n.id AND notice.state IN ('waiting', 'sending', 'failed');

-- name: not_sent
-- To be tried again, or given up; what was corrected in the meantime is not told any more.
-- Nothing, where somebody else has taken it in the meantime.
UPDATE notice SET tries = notice.tries + 1, claimed_until = NULL, due_at = coalesce(n.again, notice.due_at),
    state = CASE WHEN EXISTS (SELECT 1 FROM notice c WHERE c.corrects = notice.id) THEN 'cancelled'
                 WHEN n.again IS NULL THEN 'failed' ELSE 'waiting' END
FROM unnest(%(ids)s::uuid[], %(until)s::timestamptz[], %(again)s::timestamptz[]) AS n(id, until, again)
WHERE notice.id = n.id AND notice.state = 'sending' AND notice.claimed_until = n.until;

-- name: give_up
-- Not sent again: nobody knows whether they were taken.
UPDATE notice SET state = 'failed', claimed_until = NULL WHERE id = ANY (%(ids)s::uuid[]);

-- name: channel_works
-- It took something.
UPDATE channel SET failing_since = NULL WHERE id = ANY (%(ids)s::int4[]) AND failing_since IS NOT NULL;

-- name: channel_fails
-- It did not, since then.
UPDATE channel SET failing_since = %(at)s WHERE id = ANY (%(ids)s::int4[]) AND failing_since IS NULL;

-- name: channel_gone
-- It wants nothing any more.
UPDATE channel SET enabled = false, disabled_why = %(why)s, changed_at = %(at)s WHERE id = ANY (%(ids)s::int4[]);

-- name: backlog
-- By state, how many there are that are not done, and how old the oldest one is that is due.
SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'sending'),
       coalesce(extract(epoch FROM %(now)s - min(due_at) FILTER (WHERE state = 'waiting' AND due_at <= %(now)s)), 0)::float8
FROM notice WHERE state IN ('waiting', 'sending');

-- name: failing
-- Channels that do not take what they are sent.
SELECT count(*) FROM channel WHERE failing_since IS NOT NULL OR disabled_why IS NOT NULL;
