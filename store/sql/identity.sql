-- name: note_other_hash
-- The same password as another broker keeps it.
UPDATE device SET pbkdf2 = %(pbkdf2)s WHERE code = %(code)s;

-- name: rotate_now
-- Another password; what was revoked or planned before no longer counts.
UPDATE device
SET credential = %(credential)s, pbkdf2 = %(pbkdf2)s,
    next_credential = NULL, next_pbkdf2 = NULL, next_from = NULL, revoked_at = NULL
WHERE code = %(code)s;

-- name: rotate_later
-- Another password, from a time on.
UPDATE device
SET next_credential = %(credential)s, next_pbkdf2 = %(pbkdf2)s, next_from = %(takes_over)s
WHERE code = %(code)s;

-- name: settle_passwords
-- Passwords whose time has come.
UPDATE device
SET credential = next_credential, pbkdf2 = next_pbkdf2,
    next_credential = NULL, next_pbkdf2 = NULL, next_from = NULL
WHERE next_from <= %(now)s;

-- name: settle_certificates
-- Certificates that have ended: a broker looks at the end only when a connection begins.
UPDATE device_certificate SET revoked_at = not_after WHERE revoked_at IS NULL AND not_after <= %(now)s;

-- name: is_due
-- Whether anything is to be settled; asked every second.
SELECT EXISTS (SELECT FROM device WHERE next_from <= %(now)s)
    OR EXISTS (SELECT FROM device_certificate WHERE revoked_at IS NULL AND not_after <= %(now)s);

-- name: revoke
-- No password any more, nor one to come.
UPDATE device
SET credential = NULL, pbkdf2 = NULL, next_credential = NULL, next_pbkdf2 = NULL, next_from = NULL,
    revoked_at = %(now)s
WHERE code = %(code)s;

-- name: revoke_certificates
-- Of one device, all or the one with that serial number.
UPDATE device_certificate SET revoked_at = %(now)s
WHERE revoked_at IS NULL
  AND device_id = (SELECT id FROM device WHERE code = %(code)s)
  AND (%(serial)s::text IS NULL OR serial = %(serial)s);

-- name: add_certificate
-- One that a device may show from now on; nothing where its like is known.
INSERT INTO device_certificate (fingerprint, device_id, serial, subject, not_before, not_after)
SELECT %(fingerprint)s, id, %(serial)s, %(subject)s, %(not_before)s, %(not_after)s
FROM device WHERE code = %(code)s
ON CONFLICT DO NOTHING;

-- name: unrevoke
-- A device that was given a certificate may connect again.
UPDATE device SET revoked_at = NULL WHERE code = %(code)s;

-- name: list_certificates
-- Of one device, the newest first.
SELECT c.serial, c.subject, c.fingerprint, c.not_before, c.not_after, c.added_at, c.revoked_at
FROM device_certificate c
JOIN device d ON d.id = c.device_id
WHERE d.code = %(code)s
ORDER BY c.added_at DESC, c.serial;

-- name: certificates
-- For the broker's list of users.
SELECT c.subject, d.code
FROM device_certificate c
JOIN device d ON d.id = c.device_id
WHERE c.revoked_at IS NULL
ORDER BY c.subject;

-- name: revoked_serials
-- For brokers that read a list of them; those that have ended need none.
SELECT serial FROM device_certificate
WHERE revoked_at IS NOT NULL AND not_after > %(now)s
ORDER BY serial;

-- name: other_hashes
-- For Mosquitto's file of passwords; NULL: made before its kind of hash was kept.
SELECT code, pbkdf2 FROM device WHERE credential IS NOT NULL ORDER BY code;

-- name: accepted
-- What one device may prove itself by, where a broker asks at every connection: while a password
-- is to be replaced, the old one and the new one.
SELECT credential, next_credential FROM device WHERE code = %(code)s AND revoked_at IS NULL;

-- name: note_refusals
-- What the broker refused; of a device that nobody has registered it counts as a stranger's.
INSERT INTO device_refusal AS r (device_id, kind, count, first_at, last_at, detail)
SELECT d.id, n.kind, sum(n.count), %(now)s, %(now)s, max(n.detail)
FROM unnest(%(devices)s::text[], %(kinds)s::text[], %(counts)s::bigint[], %(details)s::text[])
    AS n (device, kind, count, detail)
LEFT JOIN device d ON d.code = n.device
GROUP BY d.id, n.kind
ON CONFLICT (device_id, kind) DO UPDATE
SET count = r.count + excluded.count, last_at = excluded.last_at, detail = excluded.detail;

-- name: list_refusals
-- Of one device, or of strangers (no code).
SELECT r.kind, r.count, r.first_at, r.last_at, r.detail
FROM device_refusal r
LEFT JOIN device d ON d.id = r.device_id
WHERE d.code IS NOT DISTINCT FROM %(code)s::text
ORDER BY r.kind;

-- name: identities
-- How each registered device proves itself, and how often it was refused something.
SELECT d.code, d.credential IS NOT NULL, d.next_from, d.revoked_at,
       (SELECT count(*) FROM device_certificate c WHERE c.device_id = d.id AND c.revoked_at IS NULL),
       (SELECT min(not_after) FROM device_certificate c WHERE c.device_id = d.id AND c.revoked_at IS NULL),
       coalesce((SELECT sum(count) FROM device_refusal r WHERE r.device_id = d.id), 0)::bigint
FROM device d
WHERE %(code)s::text IS NULL OR d.code = %(code)s::text
ORDER BY d.code;
