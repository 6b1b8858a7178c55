-- name: found
-- What of an installation is in a database: whether there is one, and who else works with it.
SELECT to_regclass('installation') IS NOT NULL AS installed,
       (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
          AND c.relname <> 'spatial_ref_sys')::int AS tables,
       (SELECT string_agg(DISTINCT application_name, ', ' ORDER BY application_name)
        FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
          AND application_name ILIKE 'milepost%%') AS others;

-- name: count
-- What a person compares after a restore.
SELECT (SELECT count(*) FROM fix) AS fixes, (SELECT count(*) FROM node) AS nodes,
       (SELECT count(*) FROM trip) AS trips, (SELECT count(*) FROM waybill) AS waybills,
       (SELECT max(time) FROM fix) AS newest;

-- name: be_patient
-- A year of fixes is counted in minutes.
SELECT set_config('statement_timeout', '0', true);
