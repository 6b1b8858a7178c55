-- name: record
-- One row of the audit; the trigger chains it at the commit.
INSERT INTO audit (principal, role, act, kind, subject, why, detail)
VALUES (%(principal)s, %(role)s, %(act)s, %(kind)s, %(subject)s, %(why)s, %(detail)s);
