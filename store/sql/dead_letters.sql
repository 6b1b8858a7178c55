-- name: list_dead_letters
-- A page, newest first.  A letter is seen by whom the device's present vehicle belongs to.
SELECT id, received_at, device, kind, reason, detail, raw, parts, reinjected_at
FROM dead_letter
WHERE (%(everywhere)s OR device IN (
           SELECT d.code FROM device d
           JOIN binding b ON b.device_id = d.id AND b.valid_from <= now() AND b.valid_to > now()
           JOIN vehicle v ON v.id = b.vehicle_id
           JOIN party p ON p.id = v.party_id
           WHERE p.code = ANY(%(parties)s)))
  AND (%(device)s::text IS NULL OR device = %(device)s::text)
  AND (%(reason)s::text IS NULL OR reason = %(reason)s::text)
  AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
ORDER BY id DESC
LIMIT %(limit)s;

-- name: count_by_reason
-- Open letters by reason.
SELECT reason, count(*)
FROM dead_letter
WHERE reinjected_at IS NULL
  AND (%(everywhere)s OR device IN (
           SELECT d.code FROM device d
           JOIN binding b ON b.device_id = d.id AND b.valid_from <= now() AND b.valid_to > now()
           JOIN vehicle v ON v.id = b.vehicle_id
           JOIN party p ON p.id = v.party_id
           WHERE p.code = ANY(%(parties)s)))
GROUP BY reason
ORDER BY reason;

-- name: load_dead_letter
-- One letter, whole.
SELECT id, received_at, device, kind, reason, detail, raw, parts, reinjected_at
FROM dead_letter
WHERE id = %(id)s
  AND (%(everywhere)s OR device IN (
           SELECT d.code FROM device d
           JOIN binding b ON b.device_id = d.id AND b.valid_from <= now() AND b.valid_to > now()
           JOIN vehicle v ON v.id = b.vehicle_id
           JOIN party p ON p.id = v.party_id
           WHERE p.code = ANY(%(parties)s)));

-- name: request_reinject
-- Letters that wait, once each.
INSERT INTO reinject (dead_letter_id)
SELECT id FROM dead_letter
WHERE id = ANY(%(ids)s::bigint[]) AND reinjected_at IS NULL
  AND (%(everywhere)s OR device IN (
           SELECT d.code FROM device d
           JOIN binding b ON b.device_id = d.id AND b.valid_from <= now() AND b.valid_to > now()
           JOIN vehicle v ON v.id = b.vehicle_id
           JOIN party p ON p.id = v.party_id
           WHERE p.code = ANY(%(parties)s)))
ON CONFLICT DO NOTHING;

-- name: ring_command
-- There is something for the gateway to do.
SELECT ring('command', '{}', NULL);
