-- name: stored
-- How many fixes there are.
SELECT count(*) FROM fix;

-- name: letters
-- How many parts of payloads ended as dead letters.
SELECT coalesce(sum(parts), 0) FROM dead_letter;

-- name: conflicts
-- How many fixes lost against another position of their instant.
SELECT count(*) FROM fix_conflict;

-- name: commits
-- When the database committed each fix, where the server keeps that.
SELECT d.code, (extract(epoch FROM f.time) * 1000)::int8,
       extract(epoch FROM pg_xact_commit_timestamp(f.xmin))::float8
FROM fix f JOIN device d ON d.id = f.device_id;

-- name: device_fixes
-- All fixes of one device in event order, and whether they are void.
SELECT extract(epoch FROM f.time)::float8, f.lon, f.lat, (f.flags & %(void)s <> 0)::integer
FROM fix f JOIN device d ON d.id = f.device_id
WHERE d.code = %(device)s
ORDER BY f.time;

-- name: device_letters
-- How many parts of one device's payloads ended as dead letters, by reason.
SELECT reason, sum(parts)::int8 FROM dead_letter WHERE device = %(device)s GROUP BY reason ORDER BY reason;
