-- name: take_job
-- Whoever brings it forward does it, once; the first time it is only noted from when on it counts.
INSERT INTO job (name, done_to) VALUES (%(name)s, %(due)s)
ON CONFLICT (name) DO UPDATE SET done_to = excluded.done_to WHERE job.done_to < excluded.done_to
RETURNING xmax <> 0;
