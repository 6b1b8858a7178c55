-- name: list_groups
-- Groups by code, each with the plates in it that a scope may know of.
SELECT g.code, g.name_zh, g.name_en, coalesce(m.plates, '{}')
FROM vehicle_group g
LEFT JOIN LATERAL (
    SELECT array_agg(v.plate ORDER BY v.plate) AS plates
    FROM vehicle_grouping x
    JOIN vehicle v ON v.id = x.vehicle_id
    LEFT JOIN party p ON p.id = v.party_id
    WHERE x.group_id = g.id AND (%(everywhere)s OR p.code = ANY(%(parties)s))
) m ON true
WHERE %(code)s::text IS NULL OR g.code = %(code)s::text
ORDER BY g.code;

-- name: lock_group
-- A group that is to be edited.
SELECT id FROM vehicle_group WHERE code = %(code)s FOR UPDATE;

-- name: add_group
-- A new one; nothing when its code is taken.
INSERT INTO vehicle_group (code, name_zh, name_en, created_by)
VALUES (%(code)s, %(name_zh)s, %(name_en)s, %(by)s)
ON CONFLICT (code) DO NOTHING
RETURNING id;

-- name: name_group
-- New names.
UPDATE vehicle_group SET name_zh = %(name_zh)s, name_en = %(name_en)s WHERE id = %(group)s;

-- name: remove_group
-- With who was in it; the vehicles stay.
DELETE FROM vehicle_group WHERE code = %(code)s RETURNING id;

-- name: absent_vehicle
-- A plate that no vehicle has.
SELECT plate FROM unnest(%(plates)s::text[]) AS given (plate)
WHERE NOT EXISTS (SELECT FROM vehicle v WHERE v.plate = given.plate)
LIMIT 1;

-- name: take_out
-- Everybody who is not among these plates.
WITH gone AS (
    DELETE FROM vehicle_grouping x USING vehicle v
    WHERE x.group_id = %(group)s AND v.id = x.vehicle_id AND NOT v.plate = ANY(%(plates)s::text[])
    RETURNING v.plate
)
SELECT plate FROM gone ORDER BY plate;

-- name: put_in
-- Those of these plates that are not in it yet.
WITH added AS (
    INSERT INTO vehicle_grouping (group_id, vehicle_id)
    SELECT %(group)s, v.id FROM vehicle v WHERE v.plate = ANY(%(plates)s::text[])
    ON CONFLICT DO NOTHING
    RETURNING vehicle_id
)
SELECT v.plate FROM added a JOIN vehicle v ON v.id = a.vehicle_id ORDER BY v.plate;
