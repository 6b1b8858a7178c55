-- name: detect
-- Version and licence of TimescaleDB here, and whether it could be switched on: its loader is
-- preloaded (only then is that setting defined), it is not on yet, and nothing was built without it.
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
       current_setting('timescaledb.license', true),
       current_setting('timescaledb.disable_load', true) IS NOT NULL
           AND to_regclass('fix') IS NULL
           AND EXISTS (SELECT FROM pg_available_extensions
                       WHERE name = 'timescaledb' AND installed_version IS NULL);

-- name: create_timescaledb
-- A trusted extension: the owner of the database may.
CREATE EXTENSION IF NOT EXISTS timescaledb;

-- name: make_hypertable
-- Chunks of one UTC day, and no index but ours.
SELECT create_hypertable('the_table', by_range('time', interval '1 day'), create_default_indexes => false);

-- name: allow_columnstore
-- A device's day becomes a few column segments; nothing is turned until maintenance asks for it.
ALTER TABLE the_table SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'device_id',
    timescaledb.orderby = 'time'
);

-- name: missing_days
-- Days without an attached partition; none where fix is not partitioned by us.
SELECT day
FROM unnest(%(days)s::date[]) AS day
WHERE (SELECT relkind FROM pg_class WHERE oid = 'fix'::regclass) = 'p'
  AND NOT EXISTS (
      SELECT FROM pg_inherits
      WHERE inhrelid = to_regclass('fix_' || to_char(day, 'YYYYMMDD'))
        AND inhparent = 'fix'::regclass AND NOT inhdetachpending)
ORDER BY day;

-- name: lock_partitions
-- One maker of partitions at a time, until its transaction ends.  The one before needs a third of
-- a second on a slow disk; whoever waits much longer shall hear why.
SELECT set_config('lock_timeout', %(patience)s, true), pg_advisory_xact_lock(7305816213);

-- name: attached
-- Partitions that hold fixes, oldest first.
SELECT c.relname::text
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'fix'::regclass AND NOT i.inhdetachpending AND c.relname ~ '^fix_[0-9]{8}$'
ORDER BY c.relname;

-- name: leaving
-- Partitions whose detaching was begun and not finished: a reader was in the way.
SELECT c.relname::text
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'fix'::regclass AND i.inhdetachpending
ORDER BY c.relname;

-- name: detached
-- Partitions that are no part of fix any more and wait to be dropped.
SELECT c.relname::text
FROM pg_class c
WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'fix'::regclass)
  AND c.relkind = 'r' AND c.relname ~ '^fix_[0-9]{8}$'
  AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
ORDER BY c.relname;

-- name: set_patience
-- How long a change of partitions may queue before everybody else.
SELECT set_config('lock_timeout', %(patience)s, false);

-- name: reset_patience
-- Back to the session's own.
RESET lock_timeout;

-- name: try_lock_removal
-- One remover at a time; the other has nothing to wait for.
SELECT pg_try_advisory_lock(7305816214);

-- name: unlock_removal
-- The next one may.
SELECT pg_advisory_unlock(7305816214);

-- name: be_patient
-- A day takes as long as it takes, for this transaction only.
SELECT set_config('statement_timeout', '0', true);

-- name: allow_late_history
-- TimescaleDB refuses a statement that unpacks more than 100,000 rows; a thousand late fixes of a
-- thousand devices do, and would come again for ever.  Set only where that setting exists.
SELECT set_config(name, '0', false)
FROM (VALUES ('timescaledb.max_tuples_decompressed_per_dml_transaction')) AS setting (name)
WHERE current_setting(name, true) IS NOT NULL;

-- name: drop_chunks
-- TimescaleDB: chunks that lie wholly before.
SELECT drop_chunks('fix', older_than => %(before)s::timestamptz)::text;

-- name: chunk_days
-- TimescaleDB: the day of every chunk.
SELECT DISTINCT (range_start AT TIME ZONE 'UTC')::date
FROM timescaledb_information.chunks
WHERE hypertable_schema = current_schema() AND hypertable_name = 'fix'
ORDER BY 1;

-- name: chunks_to_compress
-- TimescaleDB: chunks wholly before that are not in the columnstore, oldest first.
SELECT format('%%I.%%I', chunk_schema, chunk_name)
FROM timescaledb_information.chunks
WHERE hypertable_schema = current_schema() AND hypertable_name = 'fix'
  AND NOT is_compressed AND range_end <= %(before)s
ORDER BY range_start;

-- name: compress_chunk
-- TimescaleDB: one day into the columnstore.
SELECT compress_chunk(%(chunk)s::regclass, if_not_compressed => true);
