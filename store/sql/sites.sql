-- name: list_sites
-- A site belongs to no party; who may see any vehicle may see where it goes.
SELECT code, name_zh, name_en, zone, lon, lat
FROM site
WHERE %(everywhere)s OR cardinality(%(parties)s::text[]) > 0
ORDER BY code;

-- name: list_parties
-- Companies inside the scope; customers do not learn of each other.
SELECT code, name_zh, name_en
FROM party p
WHERE %(everywhere)s OR p.code = ANY(%(parties)s)
ORDER BY code;
