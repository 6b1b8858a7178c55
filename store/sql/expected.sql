-- name: list_expected
-- Expectations that touch a stretch of time, earliest first; of a warehouse at its own sites, of a driver
-- for the vehicle that it drives.
SELECT e.id::text, v.plate, s.code, e.valid_from, e.valid_to, e.author
FROM expected_visit e
JOIN vehicle v ON v.id = e.vehicle_id
JOIN site s ON s.id = e.site_id
LEFT JOIN party p ON p.id = v.party_id
WHERE (%(everywhere)s OR p.code = ANY(%(parties)s))
  AND CASE %(reach)s
          WHEN 'inbound' THEN s.code = ANY(%(sites)s)
          WHEN 'own' THEN within_reach(v.id, 'own', %(sites)s, %(driver)s)
          ELSE true
      END
  AND e.valid_from < %(end)s AND e.valid_to > %(start)s
  AND (%(vehicle)s::text IS NULL OR v.plate = %(vehicle)s::text)
  AND (%(site)s::text IS NULL OR s.code = %(site)s::text)
ORDER BY e.valid_from, e.id
LIMIT %(limit)s;

-- name: add_expected
-- One more.
INSERT INTO expected_visit (id, vehicle_id, site_id, valid_from, valid_to, author)
VALUES (%(id)s::uuid, %(vehicle)s, %(site)s, %(start)s, %(end)s, %(author)s);

-- name: remove_expected
-- Expected no longer.
DELETE FROM expected_visit e
USING vehicle v LEFT JOIN party p ON p.id = v.party_id
WHERE e.id = %(id)s::uuid AND v.id = e.vehicle_id
  AND (%(everywhere)s OR p.code = ANY(%(parties)s))
RETURNING e.vehicle_id, e.id::text, v.plate, (SELECT code FROM site WHERE site.id = e.site_id),
    e.valid_from, e.valid_to, e.author;
