-- name: list_devices
-- Registered devices with the vehicle they are in now and what they last said of their link.
SELECT d.code, v.plate, d.credential IS NOT NULL, d.created_at, l.online, coalesce(l.since, l.time), l.reason,
       d.revoked_at,
       coalesce((SELECT sum(count) FROM device_refusal r WHERE r.device_id = d.id), 0)::bigint
FROM device d
LEFT JOIN binding b ON b.device_id = d.id AND b.valid_from <= now() AND b.valid_to > now()
LEFT JOIN vehicle v ON v.id = b.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN device_link l ON l.device_id = d.id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND (%(code)s::text IS NULL OR d.code = %(code)s::text)
ORDER BY d.code;

-- name: list_unknown
-- Who sends and is not registered; belongs to no party, so nothing for a limited scope.
SELECT device, count(*), min(received_at), max(received_at)
FROM dead_letter
WHERE %(everywhere)s
  AND reason = 'unknown-device' AND reinjected_at IS NULL
  AND NOT EXISTS (SELECT FROM device WHERE code = dead_letter.device)
GROUP BY device
ORDER BY max(received_at) DESC, device;
