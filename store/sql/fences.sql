-- name: list_fences
-- Of each fence the version in force, else the one to come.  A fence belongs to no party; who may
-- see any vehicle may see where it goes.
SELECT f.code, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, v.version, p.code,
       v.valid_from, NULLIF(v.valid_to, 'infinity'), v.author, v.reason, v.recorded_at,
       v.shape, v.geometry, v.radius, v.role, v.node_level, v.margin, v.dwell_in, v.dwell_out,
       v.stop_rule, CASE WHEN v.hours <> '[]' THEN v.hours END, v.confidence, v.datum
FROM (SELECT DISTINCT ON (fence_id) * FROM fence_version
      WHERE valid_from < valid_to AND valid_to > now()
      ORDER BY fence_id, valid_from) v
JOIN fence f ON f.id = v.fence_id
JOIN site s ON s.id = f.site_id
LEFT JOIN fence p ON p.id = v.parent_id
WHERE (%(everywhere)s OR cardinality(%(parties)s::text[]) > 0)
  AND (%(role)s::text IS NULL OR v.role = %(role)s::text)
  AND (%(q)s::text IS NULL
       OR strpos(lower(concat_ws(' ', f.code, s.code, s.name_zh, s.name_en)), lower(%(q)s::text)) > 0)
  AND (%(south)s::float8 IS NULL OR (
       v.south <= %(north)s::float8 AND v.north >= %(south)s::float8
       AND CASE WHEN (v.west <= v.east) AND (%(west)s::float8 <= %(east)s::float8)
                THEN v.west <= %(east)s::float8 AND v.east >= %(west)s::float8
                WHEN (v.west > v.east) AND (%(west)s::float8 > %(east)s::float8) THEN true
                ELSE v.west <= %(east)s::float8 OR v.east >= %(west)s::float8 END))
ORDER BY f.code
LIMIT %(limit)s;

-- name: list_versions
-- All versions of a fence, newest first; an empty one was never in force, or ends the fence.
SELECT f.code, s.code, s.name_zh, s.name_en, s.zone, s.lon, s.lat, v.version, p.code,
       v.valid_from, NULLIF(v.valid_to, 'infinity'), v.author, v.reason, v.recorded_at,
       v.shape, v.geometry, v.radius, v.role, v.node_level, v.margin, v.dwell_in, v.dwell_out,
       v.stop_rule, CASE WHEN v.hours <> '[]' THEN v.hours END, v.confidence, v.datum
FROM fence_version v
JOIN fence f ON f.id = v.fence_id
JOIN site s ON s.id = f.site_id
LEFT JOIN fence p ON p.id = v.parent_id
WHERE (%(everywhere)s OR cardinality(%(parties)s::text[]) > 0) AND f.code = %(code)s
ORDER BY v.version DESC;

-- name: near
-- Versions of one role that are or come into force after a time, and whose box touches another.
SELECT f.code, v.fence_id, v.version, f.site_id, coalesce(v.parent_id, 0), s.zone,
       extract(epoch FROM v.valid_from)::float8, extract(epoch FROM v.valid_to)::float8,
       v.shape, v.geometry, v.radius, v.role, v.node_level, v.margin, v.dwell_in, v.dwell_out,
       v.stop_rule, CASE WHEN v.hours <> '[]' THEN v.hours END, v.confidence, v.datum
FROM fence_version v
JOIN fence f ON f.id = v.fence_id
JOIN site s ON s.id = f.site_id
WHERE v.valid_from < v.valid_to AND v.valid_to > %(since)s AND v.role = %(role)s
  AND v.south <= %(north)s::float8 AND v.north >= %(south)s::float8
  AND CASE WHEN (v.west <= v.east) AND (%(west)s::float8 <= %(east)s::float8)
           THEN v.west <= %(east)s::float8 AND v.east >= %(west)s::float8
           WHEN (v.west > v.east) AND (%(west)s::float8 > %(east)s::float8) THEN true
           ELSE v.west <= %(east)s::float8 OR v.east >= %(west)s::float8 END
ORDER BY f.code, v.version;

-- name: newest
-- What is known of fences by their codes: the newest version, and whether it lasts.
SELECT DISTINCT ON (f.code) f.code, f.id, s.code, v.version, p.code,
       v.valid_from < v.valid_to AND v.valid_to = 'infinity',
       v.shape, v.geometry, v.radius, v.role, v.node_level, v.margin, v.dwell_in, v.dwell_out,
       v.stop_rule, CASE WHEN v.hours <> '[]' THEN v.hours END, v.confidence, v.datum
FROM fence f
JOIN site s ON s.id = f.site_id
JOIN fence_version v ON v.fence_id = f.id
LEFT JOIN fence p ON p.id = v.parent_id
WHERE f.code = ANY(%(codes)s::text[])
ORDER BY f.code, v.version DESC;

-- name: zone
-- Of clocks that no site decides.
SELECT zone FROM installation;

-- name: raise_fence_revision
-- Whoever knows the fences of an older revision asks for what was touched since.
UPDATE installation SET fence_revision = fence_revision + 1 RETURNING fence_revision;

-- name: add_fences
-- Those that are not there.
INSERT INTO fence (code, site_id)
SELECT given.code, site.id
FROM unnest(%(codes)s::text[], %(sites)s::text[]) AS given (code, site)
JOIN site ON site.code = given.site
ON CONFLICT (code) DO NOTHING;

-- name: absent_fence
-- The first of these codes that no fence has.
SELECT name FROM unnest(%(names)s::text[]) AS name
WHERE NOT EXISTS (SELECT FROM fence WHERE code = name) LIMIT 1;

-- name: end_versions
-- From then on these fences are no more: what holds then ends, what would come later never was.
-- Ranges only shrink, so that the order of rows does not matter.
UPDATE fence_version v
SET valid_to = greatest(v.valid_from, %(at)s), revision = %(revision)s
FROM fence f
WHERE f.id = v.fence_id AND f.code = ANY(%(codes)s::text[])
  AND v.valid_from < v.valid_to AND v.valid_to > %(at)s
RETURNING v.west, v.south, v.east, v.north;

-- name: add_versions
-- The next version of each of these fences.
INSERT INTO fence_version (fence_id, version, revision, valid_from, valid_to, shape, geometry, radius,
                           west, south, east, north, role, node_level, parent_id, margin, dwell_in,
                           dwell_out, stop_rule, hours, confidence, datum, author, reason)
SELECT f.id,
       1 + coalesce((SELECT max(version) FROM fence_version v WHERE v.fence_id = f.id), 0),
       %(revision)s, %(at)s, 'infinity', n.shape, n.geometry, n.radius,
       n.west, n.south, n.east, n.north, n.role, n.node_level, p.id, n.margin, n.dwell_in,
       n.dwell_out, n.stop_rule, n.hours::jsonb, n.confidence, n.datum, %(author)s, %(reason)s
FROM unnest(%(code)b::text[], %(parent)b::text[], %(shape)b::text[], %(geometry)b::bytea[],
            %(radius)b::float8[], %(west)b::float8[], %(south)b::float8[], %(east)b::float8[],
            %(north)b::float8[], %(role)b::text[], %(node_level)b::bool[], %(margin)b::float8[],
            %(dwell_in)b::float8[], %(dwell_out)b::float8[], %(stop_rule)b::text[],
            %(hours)b::text[], %(confidence)b::text[], %(datum)b::text[])
     AS n(code, parent, shape, geometry, radius, west, south, east, north, role, node_level, margin,
          dwell_in, dwell_out, stop_rule, hours, confidence, datum)
JOIN fence f ON f.code = n.code
LEFT JOIN fence p ON p.code = NULLIF(n.parent, '');

-- name: end_fence
-- One more version, empty: who ended the fence, when, and why.
INSERT INTO fence_version (fence_id, version, revision, valid_from, valid_to, shape, geometry, radius,
                           west, south, east, north, role, node_level, parent_id, margin, dwell_in,
                           dwell_out, stop_rule, hours, confidence, datum, author, reason)
SELECT fence_id, version + 1, %(revision)s, %(at)s, %(at)s, shape, geometry, radius,
       west, south, east, north, role, node_level, parent_id, margin, dwell_in,
       dwell_out, stop_rule, hours, confidence, datum, %(author)s, %(reason)s
FROM fence_version
WHERE fence_id = (SELECT id FROM fence WHERE code = %(code)s)
ORDER BY version DESC
LIMIT 1;

-- name: circle_of_parents
-- A fence that, from parent to parent, would lie in itself.
WITH RECURSIVE held AS (
    SELECT DISTINCT ON (fence_id) fence_id, parent_id FROM fence_version
    WHERE parent_id IS NOT NULL AND valid_to = 'infinity'
    ORDER BY fence_id, version DESC
), above (fence_id, parent_id) AS (
    SELECT h.fence_id, h.parent_id FROM held h JOIN fence f ON f.id = h.fence_id
    WHERE f.code = ANY(%(codes)s::text[])
    UNION
    SELECT above.fence_id, held.parent_id FROM above JOIN held ON held.fence_id = above.parent_id
)
SELECT f.code FROM above JOIN fence f ON f.id = above.fence_id
WHERE above.parent_id = above.fence_id
LIMIT 1;

-- name: confirm
-- A person has looked at the outline: the one change that is made in place, since nothing that is
-- judged by it changes.
UPDATE fence_version v
SET confidence = %(confidence)s, revision = %(revision)s,
    reason = reason || ' (confirmed by ' || %(author)s || ')'
FROM fence f
WHERE f.id = v.fence_id AND f.code = %(code)s AND v.version = %(version)s
RETURNING v.fence_id;

-- name: stayed
-- Vehicles whose visits of these fences their edit from a time on may change; and those that were
-- expected there: a silent one may have been there from anywhere.
SELECT vehicle_id FROM visit
WHERE fence_id = ANY(ARRAY(SELECT id FROM fence WHERE code = ANY(%(codes)s::text[])))
  AND settled_at >= %(since)s
UNION
SELECT vehicle_id FROM expected_visit
WHERE site_id = ANY(ARRAY(SELECT site_id FROM fence WHERE code = ANY(%(codes)s::text[])))
  AND valid_to > %(since)s AND valid_from <= now();

-- name: passed
-- Vehicles with a stored fix in one of these boxes since a time, as far back as a repair may reach
-- from the vehicle's newest fix.
SELECT DISTINCT b.vehicle_id
FROM binding b
JOIN vehicle_state s USING (vehicle_id)
WHERE b.is_primary AND b.valid_to > %(since)s AND EXISTS (
    SELECT FROM fix f
    JOIN unnest(%(west)b::float8[], %(south)b::float8[], %(east)b::float8[], %(north)b::float8[])
         AS box (west, south, east, north)
      ON f.lat BETWEEN box.south AND box.north
     AND CASE WHEN box.west <= box.east THEN f.lon BETWEEN box.west AND box.east
              ELSE f.lon >= box.west OR f.lon <= box.east END
    WHERE f.device_id = b.device_id AND f.time >= b.valid_from AND f.time < b.valid_to
      AND f.time >= greatest(%(since)s, s.time - %(reach)s::interval));

-- name: moved
-- Vehicles that may have a stored fix anywhere since a time.
SELECT DISTINCT vehicle_id FROM binding WHERE is_primary AND valid_to > %(since)s;
