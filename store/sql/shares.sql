-- name: add_share
-- A link to a waybill inside the scope; nothing if there is none, or it was over too long ago.
INSERT INTO share (id, digest, waybill_id, note, created_by, created_at, expires_at)
SELECT %(id)s::uuid, %(digest)s, w.id, %(note)s, %(author)s, %(now)s, %(expires_at)s
FROM waybill w
JOIN party c ON c.id = w.customer_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE w.number = %(number)s
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
  AND NOT (coalesce(s.over, false) AND s.since <= %(now)s::timestamptz - %(after)s::interval)
RETURNING id::text;

-- name: is_waybill
-- Whether there is such a waybill inside the scope.
SELECT EXISTS (
    SELECT FROM waybill w JOIN party c ON c.id = w.customer_id
    WHERE w.number = %(number)s
      AND (%(all_customers)s OR c.code = ANY(%(customers)s))
      AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s)));

-- name: list_shares
-- Links to a waybill inside the scope, the newest first.
SELECT x.id::text, w.number, x.note, x.created_by, x.created_at,
       CASE WHEN s.over THEN least(x.expires_at, s.since + %(after)s::interval) ELSE x.expires_at END,
       x.revoked_at, x.revoked_by, x.views, x.viewed_at
FROM share x
JOIN waybill w ON w.id = x.waybill_id
JOIN party c ON c.id = w.customer_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE (%(number)s::text IS NULL OR w.number = %(number)s::text)
  AND (%(id)s::uuid IS NULL OR x.id = %(id)s::uuid)
  AND (%(all_customers)s OR c.code = ANY(%(customers)s))
  AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s))
ORDER BY x.created_at DESC, x.id;

-- name: revoke_share
-- From now on it leads nowhere.
UPDATE share SET revoked_at = %(now)s, revoked_by = %(author)s WHERE id = %(id)s::uuid AND revoked_at IS NULL;

-- name: resolve_share
-- The waybill that a link leads to now.
SELECT x.id::text, w.number, c.code,
       CASE WHEN s.over THEN least(x.expires_at, s.since + %(after)s::interval) ELSE x.expires_at END
FROM share x
JOIN waybill w ON w.id = x.waybill_id
JOIN party c ON c.id = w.customer_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE x.digest = %(digest)s AND x.revoked_at IS NULL AND x.expires_at > %(now)s
  AND NOT (coalesce(s.over, false) AND s.since <= %(now)s::timestamptz - %(after)s::interval);

-- name: count_view
-- Somebody opened it.
UPDATE share SET views = views + 1, viewed_at = %(now)s WHERE id = %(id)s::uuid;

-- name: resolve_number
-- The waybill with that number or code, for whoever knows the end of the consignee's telephone, too.
SELECT w.number, c.code
FROM waybill w
JOIN party c ON c.id = w.customer_id
LEFT JOIN waybill_state s ON s.waybill_id = w.id
WHERE (w.number = %(asked)s::text OR w.code = %(asked)s::text)
  AND w.phone <> '' AND right(w.phone, 4) = %(tail)s::text
  AND NOT (coalesce(s.over, false) AND s.since <= %(now)s::timestamptz - %(kept)s::interval);
