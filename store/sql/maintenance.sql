-- name: to_shelve
-- Whether any trip is to leave the world.
SELECT FROM trip
WHERE NOT shelved AND NOT pending AND over_at < %(before)s
  AND NOT EXISTS (SELECT FROM assignment a JOIN vehicle_state s USING (vehicle_id)
                  WHERE a.trip_id = trip.id AND s.time < trip.over_at + %(age)s::interval)
LIMIT 1;

-- name: shelve
-- They leave the world: what changed is read by those who know an older revision.
WITH raised AS (
    UPDATE installation SET trip_revision = trip_revision + 1 RETURNING trip_revision
)
UPDATE trip SET shelved = true, revision = raised.trip_revision
FROM raised
WHERE NOT shelved AND NOT pending AND over_at < %(before)s
  AND NOT EXISTS (SELECT FROM assignment a JOIN vehicle_state s USING (vehicle_id)
                  WHERE a.trip_id = trip.id AND s.time < trip.over_at + %(age)s::interval);

-- name: take_streams
-- Streams that wait too long for their other half; those in a gateway's hands are passed over.
DELETE FROM device_stream USING device
WHERE device.id = device_stream.device_id
  AND device_stream.device_id IN (
      SELECT device_id FROM device_stream WHERE updated_at < %(before)s FOR UPDATE SKIP LOCKED)
RETURNING device.code, device_stream.carried;

-- name: bury_torn
-- Kept with the reason, as everything that became no fix.
INSERT INTO dead_letter (digest, received_at, device, kind, reason, detail, raw)
SELECT digest, %(now)s, device, %(kind)s, %(reason)s, 'the other half never came', raw
FROM unnest(%(digests)s::bytea[], %(devices)s::text[], %(halves)s::bytea[]) AS torn (digest, device, raw)
ON CONFLICT (digest) DO NOTHING;
