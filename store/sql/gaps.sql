-- name: keep_seen
-- Numbers of messages that came.  A terminal whose numbers lie scattered is not one that counts:
-- its row stops growing.  In order, as everything that two gateways may write at once.
INSERT INTO message_seen AS s (device_id, hour, dated, numbers)
SELECT device_id, date_trunc('hour', at, 'UTC'), dated, range_agg(int8range(number, number + 1))
FROM unnest(%(device)b::int4[], %(at)b::timestamptz[], %(dated)b::bool[], %(number)b::int8[])
    AS n(device_id, at, dated, number)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (device_id, hour, dated) DO UPDATE SET numbers = s.numbers + excluded.numbers
WHERE NOT s.numbers @> excluded.numbers AND pg_column_size(s.numbers) < %(most)s;

-- name: load_seen
-- What came of one device in a time, by hour.
SELECT m.hour, m.dated, array_agg(lower(r)), array_agg(upper(r) - 1)
FROM message_seen m
JOIN device d ON d.id = m.device_id, unnest(m.numbers) AS r
WHERE d.code = %(code)s AND m.hour >= %(first)s AND m.hour < %(last)s
GROUP BY m.hour, m.dated
ORDER BY m.hour, m.dated;

-- name: load_all_seen
-- What came of every device since then, by device and hour.
SELECT m.device_id, m.hour, m.dated, array_agg(lower(r)), array_agg(upper(r) - 1)
FROM message_seen m, unnest(m.numbers) AS r
WHERE m.hour >= %(first)s
GROUP BY m.device_id, m.hour, m.dated
ORDER BY m.device_id, m.hour, m.dated;

-- name: forget_seen
-- What is older than the history.
DELETE FROM message_seen WHERE hour < %(before)s;

-- name: note_unconfirmed
-- Messages that came with QoS 0.
INSERT INTO device_unconfirmed AS u (device_id, messages, last_at)
SELECT d.id, n.messages, %(now)s
FROM unnest(%(code)s::text[], %(messages)s::int8[]) AS n(code, messages)
JOIN device d ON d.code = n.code
ORDER BY d.id
ON CONFLICT (device_id) DO UPDATE
SET messages = u.messages + excluded.messages, last_at = excluded.last_at;

-- name: list_unconfirmed
-- Who has published with QoS 0 since then, the newest first.
SELECT d.code, u.messages, u.last_at
FROM device_unconfirmed u
JOIN device d ON d.id = u.device_id
WHERE u.last_at >= %(since)s AND (%(code)s::text IS NULL OR d.code = %(code)s::text)
ORDER BY u.last_at DESC, d.code;
