-- name: load_settings
-- Every detector that was changed.
SELECT kind, enabled, limits, severity, revision, author, changed_at FROM detector ORDER BY kind;

-- name: change_setting
-- From now on it is so.
INSERT INTO detector (kind, enabled, limits, severity, author)
VALUES (%(kind)s, %(enabled)s, %(limits)s, %(severity)s, %(author)s)
ON CONFLICT (kind) DO UPDATE
SET enabled = excluded.enabled, limits = excluded.limits, severity = excluded.severity,
    author = excluded.author, revision = detector.revision + 1, changed_at = now()
RETURNING kind, enabled, limits, severity, revision, author, changed_at;
