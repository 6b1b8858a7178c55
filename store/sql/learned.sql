-- name: load_learned
-- What a model knows.
SELECT kind, key, bin, weight, mean, spread, coalesce(detail, '')
FROM learned
WHERE model = %(version)s
ORDER BY kind, key, bin;

-- name: begin_model
-- From its first use on.
INSERT INTO model (version, began_at) VALUES (%(version)s, now())
ON CONFLICT (version) DO NOTHING;

-- name: keep_learned
-- What it knows now, where that is news.
INSERT INTO learned AS l (model, kind, key, bin, weight, mean, spread, detail)
SELECT %(version)s, kind, key, bin, weight, mean, spread, NULLIF(detail, '')
FROM unnest(%(kind)b::text[], %(key)b::text[], %(bin)b::int2[], %(weight)b::float8[],
            %(mean)b::float8[], %(spread)b::float8[], %(detail)b::bytea[])
     AS n(kind, key, bin, weight, mean, spread, detail)
ORDER BY kind, key, bin
ON CONFLICT (model, kind, key, bin) DO UPDATE
SET weight = excluded.weight, mean = excluded.mean, spread = excluded.spread,
    detail = excluded.detail, updated_at = now()
WHERE (l.weight, l.mean, l.spread, l.detail)
      IS DISTINCT FROM (excluded.weight, excluded.mean, excluded.spread, excluded.detail);

-- name: mark_learned
-- How far it has learned.
UPDATE model SET learned_to = greatest(learned_to, %(learned_to)s) WHERE version = %(version)s;

-- name: hold_model
-- Nobody else has it learn until the transaction ends.
SELECT learned_to FROM model WHERE version = %(version)s FOR UPDATE;

-- name: unlearned
-- Trips that were completed since then, each once.  Numbers of steps do not commit in order: those
-- of the last minute may still have a smaller one beside them that nobody sees.
SELECT s.id, s.trip_id
FROM trip_step s
WHERE s.id > %(learned_to)s AND s.to_state = 'completed'
  AND s.recorded_at < now() - interval '1 minute'
  AND NOT EXISTS (SELECT FROM trip_step e
                  WHERE e.trip_id = s.trip_id AND e.to_state = 'completed' AND e.id < s.id)
ORDER BY s.id
LIMIT %(limit)s;

-- name: hold_ways
-- Up to when it has learned from the ways of trips; nobody else has it learn until the transaction ends.
SELECT extract(epoch FROM coalesce(seen_to, to_timestamp(%(until)s) - %(first)s::interval))::float8
FROM model WHERE version = %(version)s FOR UPDATE;

-- name: mark_ways
-- How far it has learned from them.
UPDATE model SET seen_to = to_timestamp(%(until)s) WHERE version = %(version)s;

-- name: load_ways
-- Where vehicles were on the lines of the latest plans of their trips, by trip and fix; from before
-- the stretch of time, so that each trip's last fix before it is among them.
SELECT DISTINCT ON (e.trip_id, e.heard_at)
       e.trip_id, extract(epoch FROM e.heard_at)::float8, e.s::float8,
       extract(epoch FROM e.at)::float8
FROM estimate e
JOIN plan p ON p.trip_id = e.trip_id AND p.revision = e.plan
WHERE e.at > to_timestamp(%(since)s) - %(before)s::interval AND e.at <= to_timestamp(%(until)s)
  AND e.heard_at IS NOT NULL AND e.s IS NOT NULL
  AND e.plan = (SELECT max(revision) FROM plan WHERE trip_id = e.trip_id)
ORDER BY e.trip_id, e.heard_at, e.at;

-- name: load_track
-- Where the vehicle of a trip was on the line of its latest plan, by the fixes that estimates rest on.
SELECT DISTINCT ON (e.heard_at) extract(epoch FROM e.heard_at)::float8, e.s::float8
FROM estimate e
JOIN plan p ON p.trip_id = e.trip_id AND p.revision = e.plan
WHERE e.trip_id = %(trip)s AND e.heard_at IS NOT NULL AND e.s IS NOT NULL
  AND p.line_id = (SELECT line_id FROM plan WHERE trip_id = %(trip)s ORDER BY revision DESC LIMIT 1)
ORDER BY e.heard_at, e.at DESC;

-- name: list_models
-- Versions, oldest first.
SELECT version, began_at, note FROM model ORDER BY began_at, version;

-- name: stamp
-- When a model last learned anything.
SELECT max(updated_at)::text FROM learned WHERE model = %(version)s;
