-- name: known
-- Who may sign in.
SELECT name, password, coalesce(locked_until > now(), false)
FROM person
WHERE name = %(name)s AND disabled_at IS NULL AND password IS NOT NULL;

-- name: fail
-- One more; after the last one allowed nobody signs in by that name for a while.
UPDATE person
SET failures = CASE WHEN failures + 1 >= %(most)s THEN 0 ELSE failures + 1 END,
    locked_until = CASE WHEN failures + 1 >= %(most)s THEN now() + %(locked)s ELSE locked_until END
WHERE name = %(name)s;

-- name: begin
-- A session of a person who may sign in; what failed before counts no more.
WITH who AS (
    UPDATE person SET failures = 0, locked_until = NULL
    WHERE name = %(name)s AND disabled_at IS NULL
    RETURNING id
)
INSERT INTO session (digest, person_id, expires_at, address, agent)
SELECT %(digest)s, id, now() + %(longest)s, %(address)s, %(agent)s FROM who
RETURNING expires_at;

-- name: sweep
-- Sessions that nobody can use any more.
DELETE FROM session WHERE expires_at < now();

-- name: end
-- It is no more.
DELETE FROM session WHERE digest = %(digest)s;

-- name: rehash
-- The same password, hashed anew.
UPDATE person SET password = %(password)s WHERE name = %(name)s;

-- name: touch
-- They are in use; a minute is near enough, and spares the table.
WITH sessions AS (
    UPDATE session SET seen_at = now()
    WHERE digest = ANY(%(digests)s) AND seen_at < now() - interval '1 minute'
      AND seen_at > now() - %(idle)s::interval
)
UPDATE api_key SET used_at = now()
WHERE digest = ANY(%(digests)s) AND (used_at IS NULL OR used_at < now() - interval '1 minute');

-- name: judge
-- Whose sessions and keys these are, as far as they hold now.
SELECT s.digest, p.name, p.role, p.parties, p.customers, p.sites, p.driver, NULL::text[]
FROM session s
JOIN person p ON p.id = s.person_id
WHERE s.digest = ANY(%(digests)s) AND p.disabled_at IS NULL
  AND s.expires_at > now() AND s.seen_at > now() - %(idle)s::interval
UNION ALL
SELECT k.digest, 'key ' || k.name, k.role, k.parties, k.customers, k.sites, '', k.rights
FROM api_key k
WHERE k.digest = ANY(%(digests)s) AND k.revoked_at IS NULL
  AND coalesce(k.expires_at > now(), true);
