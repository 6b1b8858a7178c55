-- name: lock_world
-- The first act of an edit: commits judged by the old world are done, later ones will notice.
WITH queue AS MATERIALIZED (SELECT pg_advisory_xact_lock(7305816215))
SELECT world_revision FROM queue, installation FOR UPDATE OF installation;

-- name: raise_revision
-- Whoever folded by an older revision reloads.
UPDATE installation SET world_revision = world_revision + 1;

-- name: ring_world
-- The last act of an edit.
SELECT ring('world', '{}', NULL);

-- name: add_parties
-- Those that are not there.
INSERT INTO party (code, name_zh, name_en)
SELECT * FROM unnest(%(code)s::text[], %(name_zh)s::text[], %(name_en)s::text[])
ON CONFLICT (code) DO NOTHING;

-- name: add_sites
-- Those that are not there.
INSERT INTO site (code, name_zh, name_en, zone, lon, lat)
SELECT * FROM unnest(%(code)s::text[], %(name_zh)s::text[], %(name_en)s::text[],
                     %(zone)s::text[], %(lon)s::float8[], %(lat)s::float8[])
ON CONFLICT (code) DO NOTHING;

-- name: add_vehicles
-- Those that are not there, each with its empty state row.
WITH added AS (
    INSERT INTO vehicle (plate, party_id)
    SELECT given.plate, party.id
    FROM unnest(%(plates)s::text[], %(parties)s::text[]) AS given (plate, party)
    LEFT JOIN party ON party.code = given.party
    ON CONFLICT (plate) DO NOTHING
    RETURNING id
)
INSERT INTO vehicle_state (vehicle_id) SELECT id FROM added;

-- name: add_devices
-- Those that are not there.
INSERT INTO device (code, credential)
SELECT * FROM unnest(%(codes)s::text[], %(credentials)s::text[])
ON CONFLICT (code) DO NOTHING;

-- name: bind_new
-- Bind the devices that never were in any vehicle; fold again where such a device has fixes.
WITH bound AS (
    INSERT INTO binding (device_id, vehicle_id, valid_from)
    SELECT device.id, vehicle.id, given.valid_from
    FROM unnest(%(codes)s::text[], %(plates)s::text[], %(times)s::timestamptz[])
         AS given (code, plate, valid_from)
    JOIN device ON device.code = given.code
    JOIN vehicle ON vehicle.plate = given.plate
    WHERE NOT EXISTS (SELECT FROM binding WHERE binding.device_id = device.id)
    RETURNING device_id, vehicle_id, valid_from
), again AS (
    INSERT INTO refold (vehicle_id, from_time, reason)
    SELECT vehicle_id, valid_from, 'seeded'
    FROM bound
    WHERE EXISTS (SELECT FROM fix
                  WHERE fix.device_id = bound.device_id AND fix.time >= bound.valid_from)
)
SELECT device_id FROM bound;

-- name: device_key
-- A device's number.
SELECT id FROM device WHERE code = %(name)s;

-- name: vehicle_key
-- A vehicle's number.
SELECT id FROM vehicle WHERE plate = %(name)s;

-- name: site_key
-- A site's number.
SELECT id FROM site WHERE code = %(name)s;

-- name: absent_party
-- The first of these codes that no party has.
SELECT name FROM unnest(%(names)s::text[]) AS name
WHERE NOT EXISTS (SELECT FROM party WHERE code = name) LIMIT 1;

-- name: absent_vehicle
-- The first of these plates that no vehicle has.
SELECT name FROM unnest(%(names)s::text[]) AS name
WHERE NOT EXISTS (SELECT FROM vehicle WHERE plate = name) LIMIT 1;

-- name: set_credential
-- A new password hash, or none.
UPDATE device SET credential = %(credential)s WHERE code = %(code)s;

-- name: credentials
-- For the broker's list of users.
SELECT code, credential FROM device WHERE credential IS NOT NULL ORDER BY code;

-- name: close_bindings
-- End what is open at that time: the device's binding, and the vehicle's primary one if a new one comes.
UPDATE binding SET valid_to = %(at)s
WHERE valid_to = 'infinity' AND valid_from < %(at)s
  AND (device_id = %(device)s OR (vehicle_id = %(vehicle)s AND is_primary AND %(primary)s))
RETURNING vehicle_id;

-- name: bind
-- The exclusion constraints say whether it fits.
INSERT INTO binding (device_id, vehicle_id, is_primary, valid_from)
VALUES (%(device)s, %(vehicle)s, %(primary)s, %(at)s);

-- name: unbind
-- End the binding that holds at that time.
UPDATE binding SET valid_to = %(at)s
WHERE device_id = %(device)s AND valid_from < %(at)s AND valid_to > %(at)s
RETURNING vehicle_id;

-- name: refold
-- Only vehicles with stored fixes since then, by any device that was ever in them.  Device by device:
-- joined as a whole, a vehicle without any would have all fixes of all others read, and commits wait.
INSERT INTO refold (vehicle_id, from_time, reason)
SELECT concerned.id, %(since)s, %(reason)s
FROM unnest(%(vehicles)s::integer[]) AS concerned (id)
WHERE EXISTS (
    SELECT FROM binding
    CROSS JOIN LATERAL (
        SELECT FROM fix
        WHERE fix.device_id = binding.device_id AND fix.time >= %(since)s
        LIMIT 1) AS one
    WHERE binding.vehicle_id = concerned.id);

-- name: first_letter
-- When the first letter of an unknown device came.
SELECT min(received_at) FROM dead_letter
WHERE device = %(device)s AND reason = 'unknown-device' AND reinjected_at IS NULL;

-- name: reinject_unknown
-- Everything that was refused only because nobody knew the device.
INSERT INTO reinject (dead_letter_id)
SELECT id FROM dead_letter
WHERE device = %(device)s AND reason = 'unknown-device' AND reinjected_at IS NULL
ON CONFLICT DO NOTHING;

-- name: was_ever_bound
-- Whether any device was ever in the vehicle.
SELECT EXISTS (SELECT FROM binding b JOIN vehicle v ON v.id = b.vehicle_id WHERE v.plate = %(plate)s);
