-- name: add_line
-- The same way is kept once.
INSERT INTO line (digest, geometry, length, corridor, source)
VALUES (%(digest)s, %(geometry)s, %(length)s, %(corridor)s, %(source)s)
ON CONFLICT (digest) DO NOTHING
RETURNING id;

-- name: find_lines
-- Ways that are kept already.
SELECT digest, id FROM line WHERE digest = ANY(%(digests)b::bytea[]);

-- name: load_lines
-- Ways by their keys, in key order.
SELECT id, geometry, corridor, source FROM line WHERE id = ANY(%(lines)b::int4[]) ORDER BY id;
