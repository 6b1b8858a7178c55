-- name: enabled_rules
-- With their channels, the oldest first: it decides where two would tell the same.
SELECT r.id, r.code, r.name, r.topics, r.least, r.customers, r.origins, r.destinations, r.to_kind, r.recipient,
       r.language, r.hours, r.quiet, r.digest_minutes, r.enabled,
       c.id, c.code, c.kind, c.name, c.address, c.enabled, c.failing_since, c.disabled_why
FROM notice_rule r JOIN channel c ON c.id = r.channel_id
WHERE r.enabled AND c.enabled
ORDER BY r.id;

-- name: reachable
-- Persons who may be told something.
SELECT name, role, customers, sites, contact FROM person WHERE disabled_at IS NULL ORDER BY name;

-- name: enqueue
-- The outbox; what is in it already stays as it is.
INSERT INTO notice (id, key, topic, subject_kind, subject, transition, severity, rule_id, channel_id, recipient, address,
                    body, happened_at, language, zone, quiet, delay, digest_minutes, state, due_at, created_at)
SELECT id, key, topic, subject_kind, subject, transition, severity, rule_id, channel_id, recipient, address,
       body, happened_at, language, zone, quiet, delay, digest_minutes, 'waiting', %(now)s, %(now)s
FROM unnest(%(id)s::uuid[], %(key)s::text[], %(topic)s::text[], %(subject_kind)s::text[], %(subject)s::text[],
            %(transition)s::text[], %(severity)s::int2[], %(rule_id)s::int4[], %(channel_id)s::int4[],
            %(recipient)s::text[], %(address)s::text[], %(body)s::jsonb[], %(happened_at)s::timestamptz[],
            %(language)s::text[], %(zone)s::text[], %(quiet)s::bool[], %(delay)s::bool[], %(digest_minutes)s::int4[])
     AS n(id, key, topic, subject_kind, subject, transition, severity, rule_id, channel_id, recipient, address,
          body, happened_at, language, zone, quiet, delay, digest_minutes)
ON CONFLICT (key) DO NOTHING;

-- name: lock_wrong
-- Notices of a transition that turned out wrong, those that nobody has corrected yet.
-- Of an alert those of its kind, at its opening or end: other kinds may name an episode alike.
SELECT id, state, tries FROM notice n
WHERE subject_kind = %(subject_kind)s AND subject = %(subject)s AND transition = %(transition)s
  AND CASE WHEN %(topic)s LIKE 'alert%%' THEN split_part(topic, '.', 2) = split_part(%(topic)s, '.', 2)
      ELSE topic NOT LIKE 'alert%%' END
  AND corrects IS NULL AND state <> 'cancelled'
  AND NOT EXISTS (SELECT 1 FROM notice c WHERE c.corrects = n.id)
ORDER BY id
FOR UPDATE;

-- name: withdraw
-- Wrong: not sent, or not again; the same may become true, and is told then.
UPDATE notice SET
    key = key || '|wrong|' || id,
    state = CASE WHEN state IN ('waiting', 'failed') THEN 'cancelled' ELSE state END
WHERE id = ANY (%(ids)s::uuid[]);

-- name: correct
-- To whoever was told, by the way by which they were.
INSERT INTO notice (id, key, topic, subject_kind, subject, transition, severity, rule_id, channel_id, recipient, address,
                    body, happened_at, language, zone, quiet, corrects, state, due_at, created_at)
SELECT n.id, w.key || '|correction', w.topic, w.subject_kind, w.subject, %(transition)s, w.severity, w.rule_id,
       w.channel_id, w.recipient, w.address, %(body)s, %(happened_at)s, w.language, w.zone, w.quiet, w.id,
       'waiting', %(now)s, %(now)s
FROM unnest(%(ids)s::uuid[], %(wrong)s::uuid[]) AS n(id, wrong) JOIN notice w ON w.id = n.wrong
ON CONFLICT (key) DO NOTHING;
