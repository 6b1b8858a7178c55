-- name: be_patient
-- Every row of every table is looked at: longer than any ordinary statement may take.
SET LOCAL statement_timeout = 0;

-- name: columns
-- Columns of text, JSON and bytes as the database has them.
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped
  AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
ORDER BY 1, a.attnum;

-- name: words_of_driver
-- A driver's name as trips have it, and the account of whoever has that name.
SELECT a.driver, NULL::text, NULL::text, '{}'::jsonb FROM assignment a WHERE a.driver = %(name)s
UNION
SELECT p.driver, p.name, p.shown, p.contact FROM person p WHERE p.driver = %(name)s;

-- name: words_of_user
-- An account.
SELECT p.driver, p.name, p.shown, p.contact FROM person p WHERE p.name = %(name)s;

-- name: words_of_contact
-- Names, telephones and addresses of whoever sends, gets or asks for goods.
SELECT w.consignee, w.phone, w.address, '{}'::jsonb FROM waybill w
WHERE w.consignee = %(name)s AND (%(phone)s = '' OR regexp_replace(w.phone, '[^0-9]', '', 'g') LIKE '%%' || %(phone)s)
UNION
SELECT w.shipper, NULL, NULL, '{}'::jsonb FROM waybill w WHERE w.shipper = %(name)s
UNION
SELECT p.signer, NULL, NULL, '{}'::jsonb FROM proof p WHERE p.signer = %(name)s
UNION
SELECT q.asker, q.contact, NULL, '{}'::jsonb FROM query q
WHERE q.asker = %(name)s AND (%(phone)s = '' OR regexp_replace(q.contact, '[^0-9]', '', 'g') LIKE '%%' || %(phone)s);

-- name: standing
-- Why a person's words are needed yet: what is open, or held.
SELECT 'hold' AS why, h.kind || ' ' || h.subject AS what FROM legal_hold h
WHERE h.lifted_at IS NULL AND h.kind = 'person' AND h.subject ~* %(pattern)s
UNION ALL
SELECT 'hold', h.kind || ' ' || h.subject FROM legal_hold h
WHERE h.lifted_at IS NULL AND h.kind = 'trip' AND EXISTS (
    SELECT FROM assignment a JOIN trip t ON t.id = a.trip_id
    WHERE t.code = h.subject AND a.driver ~* %(pattern)s)
UNION ALL
SELECT 'hold', h.kind || ' ' || h.subject FROM legal_hold h JOIN waybill w ON w.number = h.subject
WHERE h.lifted_at IS NULL AND h.kind = 'waybill'
  AND concat_ws(' ', w.consignee, w.shipper, w.phone) ~* %(pattern)s
UNION ALL
SELECT 'exception', e.number FROM exception_report e LEFT JOIN waybill w ON w.id = e.waybill_id
WHERE e.state <> 'closed'
  AND (concat_ws(' ', w.consignee, w.shipper, w.phone) ~* %(pattern)s OR e.assigned_to ~* %(pattern)s
       OR EXISTS (SELECT FROM assignment a WHERE a.trip_id = e.trip_id AND a.driver ~* %(pattern)s)
       OR EXISTS (SELECT FROM ride r JOIN assignment a ON a.trip_id = r.trip_id
                  WHERE r.waybill_id = e.waybill_id AND a.driver ~* %(pattern)s))
UNION ALL
SELECT 'trip', t.code FROM trip t JOIN assignment a ON a.trip_id = t.id
WHERE t.over_at IS NULL AND a.valid_from < a.valid_to AND a.valid_to > now() AND a.driver ~* %(pattern)s
UNION ALL
SELECT 'waybill', w.number FROM waybill w LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE NOT coalesce(s.over, false) AND concat_ws(' ', w.consignee, w.shipper, w.phone) ~* %(pattern)s
UNION ALL
SELECT 'query', q.number FROM query q
WHERE q.state <> 'closed' AND concat_ws(' ', q.asker, q.contact) ~* %(pattern)s
LIMIT 5;

-- name: is_last_owner
-- Whether nobody would be left who owns the installation.
SELECT count(*) FILTER (WHERE name = ANY(%(names)s)) > 0
   AND count(*) FILTER (WHERE NOT name = ANY(%(names)s)) = 0
FROM person WHERE role = 'owner' AND disabled_at IS NULL;

-- name: end_account
-- An account without a password, an address, a driver or a session.
WITH ended AS (
    UPDATE person
    SET shown = %(stand_in)s, password = NULL, contact = '{}', driver = '',
        disabled_at = coalesce(disabled_at, now()), revision = revision + 1
    WHERE name = ANY(%(names)s)
    RETURNING id
), browsers AS (
    DELETE FROM browser WHERE person_id IN (SELECT id FROM ended)
)
DELETE FROM session WHERE person_id IN (SELECT id FROM ended);

-- name: empty_files
-- Pictures and papers of the person's own waybills: the digest goes on telling which they were.
UPDATE evidence_file f SET body = ''
FROM waybill w
WHERE w.id = f.waybill_id AND length(f.body) > 0
  AND concat_ws(' ', w.consignee, w.phone) ~* %(pattern)s;

-- name: empty_contacts
-- A telephone or an address is no pseudonym.
UPDATE waybill SET phone = '', address = ''
WHERE concat_ws(' ', consignee, phone) ~* %(pattern)s;

-- name: remove_letters
-- Raw input in which a word stands; it became no fix.
DELETE FROM dead_letter
WHERE EXISTS (SELECT FROM unnest(%(words)s::text[]) word
              WHERE position(convert_to(word, 'UTF8') IN raw) > 0)
  AND NOT EXISTS (SELECT FROM reinject WHERE dead_letter_id = dead_letter.id);

-- name: files_of
-- Pictures and papers of the person's own waybills.
SELECT f.id::text, f.name, f.body
FROM evidence_file f JOIN waybill w ON w.id = f.waybill_id
WHERE length(f.body) > 0 AND concat_ws(' ', w.consignee, w.phone) ~* %(pattern)s
ORDER BY f.id;

-- name: drives_of
-- Trips that a driver drove, with vehicle and time, oldest first.
SELECT t.code, v.id, v.plate, greatest(a.valid_from, t.starts_at - interval '1 hour'),
       least(a.valid_to, coalesce(t.over_at, now()))
FROM assignment a
JOIN trip t ON t.id = a.trip_id
JOIN vehicle v ON v.id = a.vehicle_id
WHERE a.driver ~* %(pattern)s AND a.valid_from < a.valid_to AND t.starts_at IS NOT NULL
ORDER BY 4, t.code;

-- name: fixes_of
-- Every position of a vehicle in a stretch of time.
SELECT f.time, f.lon, f.lat, f.speed
FROM binding b
JOIN fix f ON f.device_id = b.device_id AND f.time >= b.valid_from AND f.time < b.valid_to
WHERE b.vehicle_id = %(vehicle)s AND b.is_primary AND f.time >= %(start)s AND f.time < %(end)s
ORDER BY f.time;

-- name: add_hold
-- Until it is lifted nothing of it is purged or erased.
INSERT INTO legal_hold (id, kind, subject, reason, author)
VALUES (%(id)s, %(kind)s, %(subject)s, %(reason)s, %(author)s)
ON CONFLICT (kind, subject) WHERE lifted_at IS NULL DO NOTHING;

-- name: lift_hold
-- From now on retention and erasure go on.
UPDATE legal_hold SET lifted_at = now(), lifted_by = %(author)s
WHERE id::text = %(id)s AND lifted_at IS NULL
RETURNING kind, subject;

-- name: list_holds
-- Those in force, oldest first.
SELECT id::text, kind, subject, reason, author, at FROM legal_hold WHERE lifted_at IS NULL ORDER BY at, id;
