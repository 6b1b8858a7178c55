-- name: load_visits
-- Visits of some vehicles that may still change: settled after a time of each vehicle, or not yet.
SELECT v.id::text, v.vehicle_id, v.fence_id, v.version, v.state,
       extract(epoch FROM v.entered_at)::float8, extract(epoch FROM v.entered_earliest)::float8,
       extract(epoch FROM v.entered_latest)::float8, v.entered_basis, v.entered_evidence,
       extract(epoch FROM v.left_at)::float8, extract(epoch FROM v.left_earliest)::float8,
       extract(epoch FROM v.left_latest)::float8, v.left_basis, v.left_evidence, v.left_version,
       extract(epoch FROM v.stopped_at)::float8, extract(epoch FROM v.arrived_at)::float8,
       extract(epoch FROM v.departed_at)::float8, v.flaps, v.yielded_to,
       extract(epoch FROM v.settled_at)::float8
FROM unnest(%(vehicle)b::int4[], %(since)b::timestamptz[]) AS asked(vehicle_id, since)
JOIN visit v ON v.vehicle_id = asked.vehicle_id AND v.settled_at > asked.since
ORDER BY v.vehicle_id, v.entered_at, v.fence_id, v.id;

-- name: load_nodes
-- The versions that hold, valid or not, of the nodes of some visits; and what people said of these
-- vehicles that no visit stands behind.
WITH found AS (
    SELECT n.* FROM node n
    WHERE n.latest AND n.visit_id = ANY(%(visits)s::text[]::uuid[])
    UNION ALL
    SELECT n.*
    FROM unnest(%(vehicle)b::int4[], %(since)b::timestamptz[]) AS asked(vehicle_id, since)
    JOIN node n ON n.vehicle_id = asked.vehicle_id AND n.actual_at > asked.since
    WHERE n.latest AND n.visit_id IS NULL AND n.source = 'person'
)
SELECT id::text, version, vehicle_id, site_id, coalesce(fence_id, 0), coalesce(fence_version, 0),
       coalesce(visit_id::text, ''), kind, valid,
       extract(epoch FROM actual_at)::float8, extract(epoch FROM earliest_at)::float8,
       extract(epoch FROM latest_at)::float8, extract(epoch FROM stopped_at)::float8,
       extract(epoch FROM confirmed_at)::float8, basis, source, evidence, cause,
       extract(epoch FROM was_at)::float8, extract(epoch FROM machine_at)::float8,
       conflict, provisional, near_fence, backfilled,
       extract(epoch FROM planned_at)::float8, extract(epoch FROM estimated_at)::float8,
       coalesce(author, ''), coalesce(reason, ''), coalesce(note, ''), attachments
FROM found
ORDER BY vehicle_id, actual_at, id;

-- name: hold_provisional
-- The vehicles of those nodes, in key order: a statement of its own, so that the next one sees what
-- others wrote while this one waited for them.
SELECT FROM vehicle_state
WHERE vehicle_id IN (
    SELECT vehicle_id FROM node
    WHERE latest AND valid AND provisional
      AND fence_id = %(fence)s AND fence_version = ANY(%(versions)s))
ORDER BY vehicle_id
FOR UPDATE;

-- name: load_provisional
-- The versions that hold of the nodes of versions of a fence that nobody had confirmed.
SELECT id::text, version, vehicle_id, site_id, coalesce(fence_id, 0), coalesce(fence_version, 0),
       coalesce(visit_id::text, ''), kind, valid,
       extract(epoch FROM actual_at)::float8, extract(epoch FROM earliest_at)::float8,
       extract(epoch FROM latest_at)::float8, extract(epoch FROM stopped_at)::float8,
       extract(epoch FROM confirmed_at)::float8, basis, source, evidence, cause,
       extract(epoch FROM was_at)::float8, extract(epoch FROM machine_at)::float8,
       conflict, provisional, near_fence, backfilled,
       extract(epoch FROM planned_at)::float8, extract(epoch FROM estimated_at)::float8,
       coalesce(author, ''), coalesce(reason, ''), coalesce(note, ''), attachments
FROM node
WHERE latest AND valid AND provisional
  AND fence_id = %(fence)s AND fence_version = ANY(%(versions)s)
ORDER BY actual_at, id;

-- name: load_node
-- The version of a node that holds.
SELECT id::text, version, vehicle_id, site_id, coalesce(fence_id, 0), coalesce(fence_version, 0),
       coalesce(visit_id::text, ''), kind, valid,
       extract(epoch FROM actual_at)::float8, extract(epoch FROM earliest_at)::float8,
       extract(epoch FROM latest_at)::float8, extract(epoch FROM stopped_at)::float8,
       extract(epoch FROM confirmed_at)::float8, basis, source, evidence, cause,
       extract(epoch FROM was_at)::float8, extract(epoch FROM machine_at)::float8,
       conflict, provisional, near_fence, backfilled,
       extract(epoch FROM planned_at)::float8, extract(epoch FROM estimated_at)::float8,
       coalesce(author, ''), coalesce(reason, ''), coalesce(note, ''), attachments
FROM node
WHERE latest AND id = %(id)s::uuid;

-- name: forget_visits
-- Visits that were none.
DELETE FROM visit WHERE id = ANY(%(gone)s::text[]::uuid[]);

-- name: keep_visits
-- New visits, and what is known of others now.
INSERT INTO visit (id, vehicle_id, fence_id, version, left_version, state,
                   entered_at, entered_earliest, entered_latest, entered_basis, entered_evidence,
                   left_at, left_earliest, left_latest, left_basis, left_evidence,
                   stopped_at, arrived_at, departed_at, flaps, yielded_to, settled_at)
SELECT id::uuid, vehicle_id, fence_id, version, left_version, state,
       entered_at, NULLIF(entered_earliest, '-infinity'), entered_latest, entered_basis,
       entered_evidence::jsonb,
       NULLIF(left_at, '-infinity'), NULLIF(left_earliest, '-infinity'),
       NULLIF(left_latest, '-infinity'), NULLIF(left_basis, ''), NULLIF(left_evidence, '')::jsonb,
       NULLIF(stopped_at, '-infinity'), NULLIF(arrived_at, '-infinity'),
       NULLIF(departed_at, '-infinity'), flaps, yielded_to, settled_at
FROM unnest(%(id)b::text[], %(vehicle)b::int4[], %(fence)b::int4[], %(version)b::int4[],
            %(left_version)b::int4[], %(state)b::text[],
            %(entered)b::timestamptz[], %(entered_earliest)b::timestamptz[],
            %(entered_latest)b::timestamptz[], %(entered_basis)b::text[],
            %(entered_evidence)b::text[],
            %(left)b::timestamptz[], %(left_earliest)b::timestamptz[],
            %(left_latest)b::timestamptz[], %(left_basis)b::text[], %(left_evidence)b::text[],
            %(stopped)b::timestamptz[], %(arrived)b::timestamptz[], %(departed)b::timestamptz[],
            %(flaps)b::int4[], %(yielded_to)b::int4[], %(settled)b::timestamptz[])
     AS n(id, vehicle_id, fence_id, version, left_version, state,
          entered_at, entered_earliest, entered_latest, entered_basis, entered_evidence,
          left_at, left_earliest, left_latest, left_basis, left_evidence,
          stopped_at, arrived_at, departed_at, flaps, yielded_to, settled_at)
ON CONFLICT (id) DO UPDATE
SET vehicle_id = excluded.vehicle_id, fence_id = excluded.fence_id, version = excluded.version,
    left_version = excluded.left_version, state = excluded.state,
    entered_at = excluded.entered_at, entered_earliest = excluded.entered_earliest,
    entered_latest = excluded.entered_latest, entered_basis = excluded.entered_basis,
    entered_evidence = excluded.entered_evidence,
    left_at = excluded.left_at, left_earliest = excluded.left_earliest,
    left_latest = excluded.left_latest, left_basis = excluded.left_basis,
    left_evidence = excluded.left_evidence,
    stopped_at = excluded.stopped_at, arrived_at = excluded.arrived_at,
    departed_at = excluded.departed_at, flaps = excluded.flaps,
    yielded_to = excluded.yielded_to, settled_at = excluded.settled_at;

-- name: retire_nodes
-- These do not hold any more; newer versions follow in the same transaction.
UPDATE node SET latest = false WHERE latest AND id = ANY(%(id)b::text[]::uuid[]);

-- name: append_nodes
-- New versions, in the order given, each with its place in the feed.  The feed is held from here to
-- the end of the transaction, as by ring().
WITH queue AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(7305816211)
), given AS MATERIALIZED (
    SELECT nextval('change_number') AS change_id, n.*
    FROM (SELECT n.* FROM queue, unnest(
              %(id)b::text[], %(version)b::int4[], %(vehicle)b::int4[], %(site)b::int4[],
              %(fence)b::int4[], %(fence_version)b::int4[], %(visit)b::text[], %(kind)b::text[],
              %(valid)b::bool[], %(actual)b::timestamptz[], %(earliest)b::timestamptz[],
              %(latest)b::timestamptz[], %(stopped)b::timestamptz[], %(confirmed)b::timestamptz[],
              %(basis)b::text[], %(source)b::text[], %(evidence)b::text[], %(cause)b::text[],
              %(was)b::timestamptz[], %(machine)b::timestamptz[], %(conflict)b::bool[],
              %(provisional)b::bool[], %(near_fence)b::bool[], %(backfilled)b::bool[],
              %(planned)b::timestamptz[], %(estimated)b::timestamptz[], %(author)b::text[],
              %(reason)b::text[], %(note)b::text[], %(attachments)b::text[]) WITH ORDINALITY
          AS n(id, version, vehicle_id, site_id, fence_id, fence_version, visit_id, kind,
               valid, actual_at, earliest_at, latest_at, stopped_at, confirmed_at,
               basis, source, evidence, cause, was_at, machine_at, conflict,
               provisional, near_fence, backfilled, planned_at, estimated_at, author,
               reason, note, attachments, place)
          ORDER BY place) n
), told AS (
    INSERT INTO change (id, kind, vehicles, body)
    SELECT change_id, 'node', ARRAY[vehicle_id], jsonb_build_object('id', id, 'version', version)
    FROM given
), kept AS (
    INSERT INTO node (id, version, change_id, latest, valid, vehicle_id, site_id, fence_id,
                      fence_version, visit_id, kind, planned_at, estimated_at, actual_at,
                      earliest_at, latest_at, stopped_at, confirmed_at, basis, source, operator,
                      author, reason, note, evidence, attachments, cause, was_at, machine_at,
                      conflict, provisional, near_fence, backfilled)
    SELECT given.id::uuid, version, change_id,
           version = max(version) OVER (PARTITION BY given.id), valid, vehicle_id, site_id,
           NULLIF(fence_id, 0), NULLIF(fence_version, 0), NULLIF(visit_id, '')::uuid, given.kind,
           NULLIF(planned_at, '-infinity'), NULLIF(estimated_at, '-infinity'), actual_at,
           NULLIF(earliest_at, '-infinity'), NULLIF(latest_at, '-infinity'),
           NULLIF(stopped_at, '-infinity'), NULLIF(confirmed_at, '-infinity'), basis, source,
           party.code, NULLIF(author, ''), NULLIF(reason, ''), NULLIF(note, ''),
           evidence::jsonb, attachments::jsonb, cause, NULLIF(was_at, '-infinity'),
           NULLIF(machine_at, '-infinity'), conflict, provisional, near_fence, backfilled
    FROM given
    LEFT JOIN vehicle ON vehicle.id = given.vehicle_id
    LEFT JOIN party ON party.id = vehicle.party_id
)
SELECT pg_notify('milepost', max(change_id)::text) FROM given;
