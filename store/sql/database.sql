-- name: prepare_session
-- UTC, bounded statements, and commits that survive a crash whatever the server's default is.
SELECT set_config('TimeZone', 'UTC', false),
       set_config('statement_timeout', %(statement_timeout)s, false),
       set_config('synchronous_commit',
                  CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
                       ELSE current_setting('synchronous_commit') END, false);

-- name: describe
-- What the server is; TimescaleDB's licence decides whether its columnstore may be used.
SELECT current_setting('server_version') AS server,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
       current_setting('timescaledb.license', true) AS license,
       current_setting('synchronous_commit') AS synchronous_commit,
       pg_is_in_recovery() AS standby,
       (SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'milepost-gateway' AND datname = current_database()) AS gateways;
