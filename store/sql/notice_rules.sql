-- name: list_channels
-- Every one, by code.
SELECT id, code, kind, name, address, enabled, failing_since, disabled_why FROM channel ORDER BY code;

-- name: add_channel
-- A new one.
INSERT INTO channel (code, kind, name, address, secret, enabled, author)
VALUES (%(code)s, %(kind)s, %(name)s, %(address)s, %(secret)s, %(enabled)s, %(author)s)
ON CONFLICT (code) DO NOTHING;

-- name: change_channel
-- What somebody has looked at again is not said to fail any more; the next try tells.
UPDATE channel SET name = %(name)s, address = %(address)s, secret = coalesce(%(secret)s, secret), enabled = %(enabled)s,
    author = %(author)s, changed_at = now(), failing_since = NULL, disabled_why = NULL
WHERE code = %(code)s;

-- name: uses_of_channel
-- Rules that send by it, and how many notices did.
SELECT (SELECT coalesce(array_agg(r.code ORDER BY r.code), '{}') FROM notice_rule r WHERE r.channel_id = c.id),
       (SELECT count(*) FROM notice n WHERE n.channel_id = c.id)
FROM channel c WHERE c.code = %(code)s FOR UPDATE;

-- name: remove_channel
-- Nothing refers to it.
DELETE FROM channel WHERE code = %(code)s;

-- name: list_rules
-- Every one, by code, with its channel.
SELECT r.id, r.code, r.name, r.topics, r.least, r.customers, r.origins, r.destinations, r.to_kind, r.recipient,
       r.language, r.hours, r.quiet, r.digest_minutes, r.enabled,
       c.id, c.code, c.kind, c.name, c.address, c.enabled, c.failing_since, c.disabled_why
FROM notice_rule r JOIN channel c ON c.id = r.channel_id
ORDER BY r.code;

-- name: put_rule
-- New or as it shall be from now on; what is in the outbox stays.
INSERT INTO notice_rule (code, name, enabled, topics, least, customers, origins, destinations, channel_id, to_kind, recipient,
                         language, hours, quiet, digest_minutes, author)
SELECT %(code)s, %(name)s, %(enabled)s, %(topics)s, %(least)s, %(customers)s, %(origins)s, %(destinations)s, id, %(to)s,
       %(recipient)s, %(language)s, %(hours)s, %(quiet)s, %(digest_minutes)s, %(author)s
FROM channel WHERE code = %(channel)s
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, enabled = excluded.enabled, topics = excluded.topics, least = excluded.least,
    customers = excluded.customers, origins = excluded.origins, destinations = excluded.destinations,
    channel_id = excluded.channel_id, to_kind = excluded.to_kind, recipient = excluded.recipient,
    language = excluded.language, hours = excluded.hours, quiet = excluded.quiet,
    digest_minutes = excluded.digest_minutes, author = excluded.author, changed_at = now();

-- name: remove_rule
-- Its notices stay.
DELETE FROM notice_rule WHERE code = %(code)s;
