-- name: add_line
-- The same way is kept once.
INSERT INTO line (digest, geometry, length, corridor, source)
VALUES (%(digest)s, %(geometry)s, %(length)s, %(corridor)s, %(source)s)
ON CONFLICT (digest) DO NOTHING
RETURNING id;

-- name: find_line
-- A way that is kept already.
SELECT id FROM line WHERE digest = %(digest)s;

-- name: load_lines
-- Ways by their keys, in key order.
SELECT id, geometry, corridor, source FROM line WHERE id = ANY(%(lines)b::int4[]) ORDER BY id;
