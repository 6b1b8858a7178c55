-- name: request
-- A new order.
WITH made AS (
    INSERT INTO command (id, device_id, kind, body, requested_by, requested_at, expires_at)
    SELECT %(id)s, id, %(kind)s, %(body)s, %(by)s, now(), %(expires_at)s
    FROM device WHERE code = %(device)s
    RETURNING *
)
SELECT id::text, %(device)s::text, kind, body, requested_by, requested_at, expires_at, sent_at, acked_at, ok, detail
FROM made;

-- name: ring_command
-- There is something for the gateway to do.
SELECT ring('command', '{}', NULL);

-- name: list_commands
-- Newest first.
SELECT c.id::text, d.code, c.kind, c.body, c.requested_by, c.requested_at, c.expires_at, c.sent_at, c.acked_at, c.ok, c.detail
FROM command c JOIN device d ON d.id = c.device_id
WHERE d.code = %(device)s
ORDER BY c.requested_at DESC, c.id DESC
LIMIT 100;

-- name: list_of_vehicle
-- Newest first: to the devices that were in it, each while it was.
SELECT c.id::text, d.code, c.kind, c.body, c.requested_by, c.requested_at, c.expires_at, c.sent_at, c.acked_at, c.ok, c.detail
FROM vehicle v
JOIN binding b ON b.vehicle_id = v.id
JOIN device d ON d.id = b.device_id
JOIN command c ON c.device_id = d.id AND c.requested_at >= b.valid_from AND c.requested_at < b.valid_to
WHERE v.plate = %(plate)s
ORDER BY c.requested_at DESC, c.id DESC
LIMIT 100;

-- name: take_open
-- To publish now; rows that another gateway holds are passed over.
SELECT c.id::text, d.code, c.kind, c.body, c.requested_by, c.requested_at, c.expires_at, c.sent_at, c.acked_at, c.ok, c.detail
FROM command c JOIN device d ON d.id = c.device_id
WHERE c.sent_at IS NULL AND c.expires_at > %(now)s
ORDER BY c.requested_at, c.id
FOR UPDATE OF c SKIP LOCKED;

-- name: mark_sent
-- Handed to the broker.
UPDATE command SET sent_at = %(at)s WHERE id = ANY(%(ids)s::uuid[]) AND sent_at IS NULL;
