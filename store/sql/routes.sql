-- name: list_routes
-- Routes by code.  They belong to no party; who may see any vehicle may see where it goes.
SELECT r.code, r.name_zh, r.name_en, r.strict, l.length, l.corridor, l.source, r.author,
       r.changed_at, r.line_id, r.id
FROM route r
JOIN line l ON l.id = r.line_id
WHERE (%(everywhere)s OR cardinality(%(parties)s::text[]) > 0)
  AND (%(code)s::text IS NULL OR r.code = %(code)s::text)
ORDER BY r.code;

-- name: route_stops
-- Their stops, in order.
SELECT t.route_id, t.number, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat,
       t.s, t.arrive, t.depart, t.service, t.early, t.late, t.via
FROM route_stop t
JOIN site s ON s.id = t.site_id
WHERE t.route_id = ANY(%(routes)s)
ORDER BY t.route_id, t.number;

-- name: put_route
-- A new route, or what an existing one shall be.
INSERT INTO route (code, name_zh, name_en, line_id, strict, author)
VALUES (%(code)s, %(name_zh)s, %(name_en)s, %(line)s, %(strict)s, %(author)s)
ON CONFLICT (code) DO UPDATE
SET name_zh = excluded.name_zh, name_en = excluded.name_en, line_id = excluded.line_id,
    strict = excluded.strict, author = excluded.author, changed_at = now()
RETURNING id;

-- name: clear_stops
-- Its stops are given anew.
DELETE FROM route_stop WHERE route_id = %(route)s;

-- name: add_stops
-- In the order given.
INSERT INTO route_stop (route_id, number, site_id, s, arrive, depart, service, early, late, via)
SELECT %(route)s, place - 1, site_id, NULLIF(s, 'NaN'), NULLIF(arrive, 'NaN'),
       NULLIF(depart, 'NaN'), service, early, late, via
FROM unnest(%(site)b::int4[], %(s)b::float8[], %(arrive)b::float8[], %(depart)b::float8[],
            %(service)b::float8[], %(early)b::float8[], %(late)b::float8[], %(via)b::bool[])
     WITH ORDINALITY AS n(site_id, s, arrive, depart, service, early, late, via, place);

-- name: remove_route
-- Trips that were planned on it keep their plans.
DELETE FROM route WHERE code = %(code)s;

-- name: site_keys
-- Sites by code.
SELECT code, id FROM site WHERE code = ANY(%(codes)s::text[]);

-- name: route_key
-- A route, and the way it follows.
SELECT id, line_id FROM route WHERE code = %(code)s;
