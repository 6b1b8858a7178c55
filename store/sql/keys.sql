-- name: list_keys
-- Keys without their secrets, newest first.
SELECT id::text, name, role, rights, parties, customers, sites, created_by, created_at,
       expires_at, revoked_at, used_at
FROM api_key
WHERE %(id)s::uuid IS NULL OR id = %(id)s::uuid
ORDER BY created_at DESC, id DESC;

-- name: add_key
-- Only the digest of its secret is kept.
INSERT INTO api_key (id, digest, name, role, rights, parties, customers, sites, created_by, expires_at)
VALUES (%(id)s, %(digest)s, %(name)s, %(role)s, %(rights)s, %(parties)s, %(customers)s, %(sites)s,
        %(by)s, %(expires_at)s);

-- name: rotate_key
-- The same under another secret; the old one ends at the latest after a while.
WITH old AS (
    UPDATE api_key SET expires_at = least(expires_at, now() + %(keep)s::interval)
    WHERE id = %(old)s AND revoked_at IS NULL AND coalesce(expires_at > now(), true)
    RETURNING id
)
INSERT INTO api_key (id, digest, name, role, rights, parties, customers, sites, created_by, expires_at)
SELECT %(id)s, %(digest)s, name, role, rights, parties, customers, sites, %(by)s, api_key.expires_at
FROM api_key JOIN old USING (id);

-- name: revoke_key
-- From now on.
UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = %(id)s;
