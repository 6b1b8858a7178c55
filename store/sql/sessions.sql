-- name: known
-- Who may sign in.
SELECT name, password, coalesce(locked_until > now(), false)
FROM person
WHERE name = %(name)s AND disabled_at IS NULL AND password IS NOT NULL;

-- name: try_in
-- One more try, counted as failed before the password is looked at, so that many at once cannot
-- get past the count: of the browser where the person is known to have signed in from it, else of
-- strangers.  Row: the password's hash, whether this one may be tried, whether it is a known browser.
-- After the last free failure each further one doubles the pause; a day without a try forgets.
WITH who AS (
    SELECT id, password FROM person
    WHERE name = %(name)s AND disabled_at IS NULL AND password IS NOT NULL
), known AS (
    SELECT b.digest, b.person_id FROM browser b JOIN who ON who.id = b.person_id
    WHERE b.digest = %(browser)s
), own AS (
    UPDATE browser b SET (failures, locked_until) = (
        SELECT n.failures, n.locked_until
        FROM next_failure(b.failures, b.locked_until, %(free)s, %(first)s, %(longest)s) n)
    FROM known k
    WHERE (b.digest, b.person_id) = (k.digest, k.person_id) AND coalesce(b.locked_until <= now(), true)
    RETURNING true
), strange AS (
    UPDATE person p SET (failures, locked_until) = (
        SELECT n.failures, n.locked_until
        FROM next_failure(p.failures, p.locked_until, %(free)s, %(first)s, %(longest)s) n)
    FROM who
    WHERE p.id = who.id AND %(heard)s AND NOT EXISTS (SELECT FROM known)
      AND coalesce(p.locked_until <= now(), true)
    RETURNING true
)
SELECT who.password, EXISTS (SELECT FROM own) OR EXISTS (SELECT FROM strange), EXISTS (SELECT FROM known)
FROM who;

-- name: forgive
-- The last try was right: of the browser where it is known, else of strangers.
WITH own AS (
    UPDATE browser b SET failures = 0, locked_until = NULL
    FROM person p
    WHERE p.id = b.person_id AND p.name = %(name)s AND b.digest = %(browser)s
    RETURNING true
)
UPDATE person SET failures = 0, locked_until = NULL
WHERE name = %(name)s AND NOT EXISTS (SELECT FROM own);

-- name: begin
-- A session of a person who may sign in, and their browser, which is known from now on.
WITH who AS (
    SELECT id FROM person WHERE name = %(name)s AND disabled_at IS NULL
), it AS (
    INSERT INTO browser (digest, person_id)
    SELECT %(browser)s, id FROM who
    ON CONFLICT (digest, person_id) DO UPDATE SET seen_at = now()
)
INSERT INTO session (digest, person_id, expires_at, address, agent)
SELECT %(digest)s, id, now() + %(longest)s, %(address)s, %(agent)s FROM who
RETURNING expires_at;

-- name: list_own
-- Sessions of a person that hold, newest first, and whether each is the one that asks.
SELECT encode(substring(s.digest FOR 8), 'hex') AS id, s.created_at, s.seen_at, s.expires_at,
    s.address, s.agent, s.digest = %(digest)s AS is_this
FROM session s
JOIN person p ON p.id = s.person_id
WHERE p.name = %(name)s AND s.expires_at > now() AND s.seen_at > now() - %(idle)s::interval
ORDER BY s.created_at DESC, s.digest;

-- name: end_own
-- One of a person's sessions by its public id; without one all but the one that asks.
DELETE FROM session s USING person p
WHERE p.id = s.person_id AND p.name = %(name)s
  AND CASE WHEN %(id)s::text IS NULL THEN s.digest <> %(digest)s
           ELSE encode(substring(s.digest FOR 8), 'hex') = %(id)s END;

-- name: sweep
-- Sessions that nobody can use any more, and browsers that nobody has used for so long.
WITH old AS (DELETE FROM browser WHERE seen_at < now() - %(forget)s::interval)
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
