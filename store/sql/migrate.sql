-- name: lock
-- One migration at a time, whoever starts first; the others find nothing left to do.
SELECT pg_advisory_lock(7305816212);

-- name: unlock
-- The next one may look.
SELECT pg_advisory_unlock(7305816212);

-- name: be_patient
-- A migration may take as long as it needs, for this transaction only.
SELECT set_config('statement_timeout', '0', true);

-- name: create_record
-- Belongs to migrate alone and is no part of schema.sql.
CREATE TABLE IF NOT EXISTS schema_migration (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied
-- What has been applied, with the SHA-256 of the file as it was.
SELECT name, checksum FROM schema_migration ORDER BY name;

-- name: record
-- In the transaction of the migration itself.
INSERT INTO schema_migration (name, checksum) VALUES (%(name)s, %(checksum)s);
