-- name: record
-- One row of the audit; the trigger chains it at the commit.
INSERT INTO audit (principal, role, act, kind, subject, why, detail)
VALUES (%(principal)s, %(role)s, %(act)s, %(kind)s, %(subject)s, %(why)s, %(detail)s);

-- name: list_entries
-- A page, newest first.
SELECT id, at, principal, role, act, kind, subject, why, detail
FROM audit
WHERE (%(principal)s::text IS NULL OR principal = %(principal)s::text)
  AND (%(act)s::text IS NULL OR act = %(act)s::text)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
  AND (%(subject)s::text IS NULL OR subject = %(subject)s::text)
  AND (%(start)s::timestamptz IS NULL OR at >= %(start)s::timestamptz)
  AND (%(end)s::timestamptz IS NULL OR at < %(end)s::timestamptz)
  AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: verify
-- Every link against the one before and its row, from the anchor on where the oldest were purged; of
-- the links that do not fit, the first row.  A row that an erasure has rewritten fits by the digest
-- that the erasure left.
WITH anchor AS (
    SELECT link_id, chain FROM audit_anchor ORDER BY id DESC LIMIT 1
), reckoned AS (
    SELECT l.id, l.audit_id, l.chain,
           a.id IS NOT NULL
           AND coalesce(w.digest = sha256(audit_text(a)),
                        l.chain = audit_chain(coalesce(lag(l.chain) OVER (ORDER BY l.id),
                                                       (SELECT chain FROM anchor), ''), l.salt, a)) AS fits
    FROM audit_link l
    LEFT JOIN audit a ON a.id = l.audit_id
    LEFT JOIN LATERAL (
        SELECT digest FROM audit_rewrite WHERE audit_id = l.audit_id ORDER BY purge_id DESC LIMIT 1
    ) w ON true
), seals AS (
    SELECT w.purge_id, encode(sha256(string_agg(int8send(w.audit_id) || w.digest, ''::bytea
                                                ORDER BY w.audit_id)), 'hex') AS seal,
           min(w.audit_id) AS audit_id, max(w.audit_id) AS newest
    FROM audit_rewrite w
    GROUP BY w.purge_id
)
SELECT (SELECT count(*) FROM audit),
       coalesce((SELECT encode(chain, 'hex') FROM audit_link ORDER BY id DESC LIMIT 1),
                (SELECT encode(chain, 'hex') FROM anchor), ''),
       least((SELECT audit_id FROM reckoned WHERE NOT fits ORDER BY id LIMIT 1),
             (SELECT min(s.audit_id) FROM seals s
              WHERE EXISTS (SELECT FROM audit WHERE id = s.newest)
                AND NOT EXISTS (SELECT FROM audit a
                                WHERE a.act = 'erase' AND a.detail ->> 'purge' = s.purge_id::text
                                  AND a.detail ->> 'seal' = s.seal)),
             (SELECT (SELECT min(id) FROM audit) FROM anchor
              WHERE NOT EXISTS (SELECT FROM audit a
                                WHERE a.act = 'purge' AND a.kind = 'audit'
                                  AND a.detail ->> 'anchor' = encode(anchor.chain, 'hex')))),
       (SELECT count(*) FROM audit a WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id));

-- name: oldest
-- When the trail begins.
SELECT at FROM audit ORDER BY id LIMIT 1;

-- name: removable
-- Of the beginning of the trail that is old as a whole: the last link and how many rows; at most so
-- many at once.
SELECT max(id), count(*)
FROM (SELECT l.id FROM audit_link l
      WHERE l.id < coalesce((SELECT min(n.id) FROM audit_link n JOIN audit a ON a.id = n.audit_id
                             WHERE a.at >= %(before)s), 9223372036854775807)
      ORDER BY l.id LIMIT %(limit)s) found;

-- name: anchor
-- Where the chain begins from now on.
INSERT INTO audit_anchor (link_id, chain, purge_id)
SELECT id, chain, %(purge)s FROM audit_link WHERE id = %(last)s
RETURNING encode(chain, 'hex');

-- name: remove_links
-- The links up to that one; returns whose.
DELETE FROM audit_link WHERE id <= %(last)s RETURNING audit_id;

-- name: remove_rows
-- And their rows.
DELETE FROM audit WHERE id = ANY(%(rows)s);

-- name: note_rewritten
-- What rows are since words in them were replaced; the salts go, by which the old could be tried.
WITH noted AS (
    INSERT INTO audit_rewrite (purge_id, audit_id, digest)
    SELECT %(purge)s, a.id, sha256(audit_text(a)) FROM audit a WHERE a.id = ANY(%(rows)s)
), unsalted AS (
    UPDATE audit_link SET salt = NULL WHERE audit_id = ANY(%(rows)s)
)
SELECT encode(sha256(string_agg(int8send(a.id) || sha256(audit_text(a)), ''::bytea ORDER BY a.id)), 'hex')
FROM audit a WHERE a.id = ANY(%(rows)s);
