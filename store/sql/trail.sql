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
-- Every link against the one before and its row; of the links that do not fit, the first row.
WITH reckoned AS (
    SELECT l.id, l.audit_id, l.chain,
           a.id IS NOT NULL
           AND l.chain = audit_chain(coalesce(lag(l.chain) OVER (ORDER BY l.id), ''), a) AS fits
    FROM audit_link l
    LEFT JOIN audit a ON a.id = l.audit_id
)
SELECT (SELECT count(*) FROM audit),
       coalesce((SELECT encode(chain, 'hex') FROM audit_link ORDER BY id DESC LIMIT 1), ''),
       (SELECT audit_id FROM reckoned WHERE NOT fits ORDER BY id LIMIT 1),
       (SELECT count(*) FROM audit a WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id));
