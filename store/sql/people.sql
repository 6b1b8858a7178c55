-- name: is_anybody
-- Whether any person exists.
SELECT EXISTS (SELECT FROM person);

-- name: list_people
-- Everybody, or one.
SELECT p.name, p.shown, p.role, p.parties, p.customers, p.sites, p.driver, p.contact, p.language,
       p.password IS NOT NULL AS has_password, p.disabled_at, p.created_by, p.created_at,
       (SELECT max(s.seen_at) FROM session s WHERE s.person_id = p.id) AS seen_at, p.revision
FROM person p
WHERE %(name)s::text IS NULL OR p.name = %(name)s::text
ORDER BY p.name;

-- name: hold_people
-- Rights are given one after the other: the first is an owner's, and so is the last.
SELECT pg_advisory_xact_lock(7305816232);

-- name: add_person
-- If the name is free.
INSERT INTO person (name, shown, role, password, parties, customers, sites, driver, contact,
                    language, created_by)
VALUES (%(name)s, %(shown)s, %(role)s, %(password)s, %(parties)s, %(customers)s, %(sites)s,
        %(driver)s, %(contact)s, %(language)s, %(by)s)
ON CONFLICT (name) DO NOTHING;

-- name: change_person
-- What they are from now on.
UPDATE person
SET shown = %(shown)s, role = %(role)s, parties = %(parties)s, customers = %(customers)s,
    sites = %(sites)s, driver = %(driver)s, contact = %(contact)s, language = %(language)s,
    disabled_at = CASE WHEN %(disabled)s THEN coalesce(disabled_at, now()) END,
    revision = revision + 1
WHERE name = %(name)s;

-- name: set_password
-- Another one; failures with the old one count no more, and no browser is known any more.
WITH browsers AS (DELETE FROM browser b USING person p WHERE p.id = b.person_id AND p.name = %(name)s)
UPDATE person SET password = %(password)s, failures = 0, locked_until = NULL, revision = revision + 1
WHERE name = %(name)s;

-- name: end_sessions
-- They must sign in again.
DELETE FROM session USING person WHERE person.id = session.person_id AND person.name = %(name)s;

-- name: unknown_party
-- The first of these codes that is of no company.
SELECT code FROM unnest(%(codes)s::text[]) AS asked (code)
WHERE NOT EXISTS (SELECT FROM party WHERE party.code = asked.code)
ORDER BY code
LIMIT 1;

-- name: unknown_site
-- The first of these codes that is of no place.
SELECT code FROM unnest(%(codes)s::text[]) AS asked (code)
WHERE NOT EXISTS (SELECT FROM site WHERE site.code = asked.code)
ORDER BY code
LIMIT 1;

-- name: count_owners
-- Owners who can sign in.
SELECT count(*) FROM person WHERE role = 'owner' AND disabled_at IS NULL;

-- name: ring_people
-- The last act of a change of rights.
SELECT ring('people', '{}', NULL);
