-- name: drop_reinjects
-- Letters that made the gateway fail are not taken in again; they stay open letters.
DELETE FROM reinject WHERE dead_letter_id = ANY(%(ids)s);

-- name: postpone_refolds
-- A vehicle that made the gateway fail is folded again later, when somebody may have mended it.
UPDATE refold SET requested_at = now() + make_interval(secs => %(after)s) WHERE id = ANY(%(ids)s);
