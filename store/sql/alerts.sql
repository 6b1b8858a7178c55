-- name: claim
-- Whether this connection is the one that watches for alerts; until it is closed.
SELECT pg_try_advisory_lock(7305816251);

-- name: load_open
-- Every alert that is open, as a round of detectors compares with.
SELECT id::text, kind, subject_kind, subject, episode, severity, state,
       extract(epoch FROM began_at)::float8, extract(epoch FROM opened_at)::float8,
       extract(epoch FROM changed_at)::float8, facts, NULL,
       coalesce(vehicle_id, 0), coalesce(trip_id, 0), coalesce(waybill_id, 0), coalesce(site_id, 0),
       coalesce(party_id, 0), coalesce(extract(epoch FROM snoozed_until)::float8, 'NaN'),
       escalated_at IS NOT NULL
FROM alert
WHERE state <> 'closed';

-- name: load_closed
-- Those of these episodes that are kept, and closed.
SELECT a.id::text, a.kind, a.subject_kind, a.subject, a.episode, a.severity, a.state,
       extract(epoch FROM a.began_at)::float8, extract(epoch FROM a.opened_at)::float8,
       extract(epoch FROM a.changed_at)::float8, a.facts, a.closed_how,
       coalesce(a.vehicle_id, 0), coalesce(a.trip_id, 0), coalesce(a.waybill_id, 0),
       coalesce(a.site_id, 0), coalesce(a.party_id, 0),
       coalesce(extract(epoch FROM a.snoozed_until)::float8, 'NaN'), a.escalated_at IS NOT NULL
FROM unnest(%(kind)s::text[], %(subject_kind)s::text[], %(subject)s::text[], %(episode)s::text[])
     AS n (kind, subject_kind, subject, episode)
JOIN alert a USING (kind, subject_kind, subject, episode)
WHERE a.state = 'closed';

-- name: add_alerts
-- New alerts, of those that are over already as closed; of an episode that somebody else has kept
-- meanwhile nothing; nor of a private vehicle between its trips, but what is about safety.
INSERT INTO alert (id, kind, subject_kind, subject, episode, severity, state, began_at, opened_at,
                   changed_at, closed_at, closed_how, closed_why, vehicle_id, trip_id, waybill_id,
                   site_id, party_id, facts)
SELECT n.id::uuid, n.kind, n.subject_kind, n.subject, n.episode, n.severity,
       CASE WHEN n.over > '-infinity' THEN 'closed' ELSE 'open' END, n.began, %(now)s, %(now)s,
       NULLIF(n.over, '-infinity'), CASE WHEN n.over > '-infinity' THEN 'over' END,
       CASE WHEN n.over > '-infinity' THEN '' END,
       v.id, t.id, w.id, s.id, p.id, n.facts::jsonb
FROM unnest(%(id)b::text[], %(kind)b::text[], %(subject_kind)b::text[], %(subject)b::text[],
            %(episode)b::text[], %(severity)b::int2[], %(began)b::timestamptz[],
            %(over)b::timestamptz[], %(vehicle)b::int4[], %(trip)b::int4[], %(waybill)b::int4[],
            %(site)b::int4[], %(party)b::int4[], %(facts)b::text[])
     AS n (id, kind, subject_kind, subject, episode, severity, began, over, vehicle, trip, waybill,
           site, party, facts)
LEFT JOIN vehicle v ON v.id = n.vehicle
LEFT JOIN trip t ON t.id = n.trip
LEFT JOIN waybill w ON w.id = n.waybill
LEFT JOIN site s ON s.id = n.site
LEFT JOIN party p ON p.id = n.party
WHERE n.severity = 1 OR n.subject_kind <> 'vehicle' OR t.id IS NOT NULL OR NOT coalesce(v.private, false)
ORDER BY n.kind, n.subject, n.episode
ON CONFLICT ON CONSTRAINT alert_once DO NOTHING
RETURNING id::text;

-- name: change_alerts
-- Open alerts that are found again, and are not as they were.
UPDATE alert a
SET severity = n.severity, episode = n.episode, began_at = n.began, facts = n.facts::jsonb,
    changed_at = %(now)s
FROM unnest(%(id)b::text[], %(episode)b::text[], %(severity)b::int2[], %(began)b::timestamptz[],
            %(facts)b::text[]) AS n (id, episode, severity, began, facts)
WHERE a.id = n.id::uuid AND a.state <> 'closed'
RETURNING a.id::text;

-- name: reopen_alerts
-- Closed alerts whose episode turns out to hold; not those that a person has closed.
UPDATE alert a
SET state = 'open', severity = n.severity, facts = n.facts::jsonb, changed_at = %(now)s,
    opened_at = %(now)s, closed_at = NULL, closed_how = NULL, closed_why = NULL,
    acknowledged_at = NULL, acknowledged_by = NULL, snoozed_until = NULL, escalated_at = NULL
FROM unnest(%(id)b::text[], %(severity)b::int2[], %(facts)b::text[]) AS n (id, severity, facts)
WHERE a.id = n.id::uuid AND a.state = 'closed' AND a.closed_how <> 'person'
RETURNING a.id::text;

-- name: close_alerts
-- Open alerts that are over, or never were.
UPDATE alert a
SET state = 'closed', closed_at = n.at, closed_how = n.how, closed_why = n.why, changed_at = %(now)s
FROM unnest(%(id)b::text[], %(at)b::timestamptz[], %(how)b::text[], %(why)b::text[])
     AS n (id, at, how, why)
WHERE a.id = n.id::uuid AND a.state <> 'closed'
RETURNING a.id::text;

-- name: escalate_alerts
-- Alerts that nobody has taken up.
UPDATE alert SET escalated_at = %(now)s, changed_at = %(now)s
WHERE id = ANY(%(id)s::uuid[]) AND state = 'open' AND escalated_at IS NULL
RETURNING id::text;

-- name: append_entries
-- What became of alerts, in the order given, each with its place in the feed.  The feed is held
-- from here to the end of the transaction, as by ring().
WITH queue AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(7305816211)
), given AS MATERIALIZED (
    SELECT nextval('change_number') AS change_id, n.*
    FROM (SELECT n.* FROM queue, unnest(
              %(id)b::text[], %(act)b::text[], %(author)b::text[], %(note)b::text[]) WITH ORDINALITY
          AS n (id, act, author, note, place)
          ORDER BY place) n
), told AS (
    INSERT INTO change (id, kind, vehicles, body)
    SELECT change_id, 'alert', '{}', jsonb_build_object('id', id, 'act', act) FROM given
), kept AS (
    INSERT INTO alert_entry (change_id, alert_id, at, act, author, note, severity)
    SELECT given.change_id, a.id, %(now)s, given.act, NULLIF(given.author, ''), given.note, a.severity
    FROM given
    JOIN alert a ON a.id = given.id::uuid
    ORDER BY given.place
)
SELECT pg_notify('milepost', max(change_id)::text) FROM given;
