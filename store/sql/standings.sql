-- name: load_states
-- How some trips stand.
SELECT t.id, coalesce(s.state, CASE
           WHEN NOT EXISTS (SELECT FROM plan WHERE trip_id = t.id) THEN 'draft'
           WHEN NOT EXISTS (SELECT FROM assignment WHERE trip_id = t.id AND valid_to = 'infinity')
           THEN 'planned' ELSE 'assigned' END),
       coalesce(s.risks, ''), coalesce(s.plan, -1),
       coalesce(extract(epoch FROM s.evaluated_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM s.heard_at)::float8, 'NaN'), coalesce(s.place, ''),
       coalesce(s.said_cause, '')
FROM trip t
LEFT JOIN trip_state s ON s.trip_id = t.id
WHERE t.id = ANY(%(trips)b::int4[]);

-- name: load_facts
-- What became of the stops of their latest plans, in order.
SELECT t.id, f.stop_id, f.status, coalesce(f.visit_id::text, ''),
       coalesce(extract(epoch FROM f.arrived_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM f.departed_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM f.earliest_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM f.latest_at)::float8, 'NaN'),
       f.out_of_sequence, f.shared, coalesce(f.author, '')
FROM unnest(%(trips)b::int4[]) AS t (id)
JOIN plan_stop p ON p.trip_id = t.id
                AND p.revision = (SELECT max(revision) FROM plan WHERE plan.trip_id = t.id)
JOIN stop_fact f ON f.stop_id = p.stop_id
ORDER BY t.id, p.number;

-- name: load_words
-- What people said of any stop of these trips, oldest first.
SELECT s.trip_id, w.stop_id, w.status,
       coalesce(extract(epoch FROM w.arrived_at)::float8, 'NaN'),
       coalesce(extract(epoch FROM w.departed_at)::float8, 'NaN'), w.author, w.reason
FROM unnest(%(trips)b::int4[]) AS t (id)
JOIN stop s ON s.trip_id = t.id
JOIN stop_word w ON w.stop_id = s.id
ORDER BY w.id;

-- name: load_said
-- The steps that people took, oldest first.
SELECT trip_id, extract(epoch FROM at)::float8, event
FROM trip_step
WHERE trip_id = ANY(%(trips)b::int4[]) AND source = 'person'
ORDER BY id;

-- name: load_visits
-- Visits whose stay touches a stretch of time; one whose end nobody saw lasts until the fix that
-- settled it.
SELECT v.id::text, v.vehicle_id, f.site_id, v.fence_id, v.state, coalesce(w.node_level, true),
       extract(epoch FROM v.entered_at)::float8,
       coalesce(extract(epoch FROM v.entered_earliest)::float8, 'NaN'),
       extract(epoch FROM v.entered_latest)::float8,
       coalesce(extract(epoch FROM v.stopped_at)::float8, 'NaN'),
       CASE WHEN v.state IN ('departed', 'passed')
            THEN coalesce(extract(epoch FROM v.left_at)::float8, 'NaN') ELSE 'NaN' END,
       v.yielded_to <> 0, extract(epoch FROM v.settled_at)::float8
FROM visit v
JOIN fence f ON f.id = v.fence_id
LEFT JOIN fence_version w ON w.fence_id = v.fence_id AND w.version = v.version
WHERE v.vehicle_id = ANY(%(vehicles)b::int4[])
  AND v.settled_at >= to_timestamp(%(start)s) AND v.entered_at < to_timestamp(%(end)s)
  AND (v.state IN ('entering', 'arrived', 'leaving')
       OR coalesce(v.left_at, v.settled_at) >= to_timestamp(%(start)s))
ORDER BY v.vehicle_id, v.entered_at, v.fence_id, v.id;

-- name: keep_facts
-- What became of stops, where that is news.  When an arrival becomes known, the estimate of the
-- moment before is kept beside it: so this comes before the new state is written.
INSERT INTO stop_fact (stop_id, trip_id, status, visit_id, arrived_at, departed_at, earliest_at,
                       latest_at, out_of_sequence, shared, estimated_at, author, reason)
SELECT n.stop_id, n.trip_id, n.status, n.visit_id, n.arrived_at, n.departed_at, n.earliest_at,
       n.latest_at, n.out_of_sequence, n.shared,
       CASE WHEN n.arrived_at IS NULL THEN NULL
            WHEN f.arrived_at IS NOT NULL THEN f.estimated_at
            ELSE (SELECT s.p50[p.number - s.first + 1]
                  FROM trip_state s
                  JOIN plan_stop p ON p.trip_id = s.trip_id AND p.revision = s.plan
                  WHERE s.trip_id = n.trip_id AND p.stop_id = n.stop_id AND s.no_estimate = 0)
       END,
       n.author,
       CASE WHEN n.author IS NOT NULL THEN (
            SELECT reason FROM stop_word w WHERE w.stop_id = n.stop_id ORDER BY w.id DESC LIMIT 1)
       END
FROM (SELECT stop_id, trip_id, status, NULLIF(visit, '')::uuid AS visit_id,
             NULLIF(arrived, '-infinity') AS arrived_at, NULLIF(departed, '-infinity') AS departed_at,
             NULLIF(earliest, '-infinity') AS earliest_at, NULLIF(latest, '-infinity') AS latest_at,
             out_of_sequence, shared, NULLIF(author, '') AS author
      FROM unnest(%(stop)b::int4[], %(trip)b::int4[], %(status)b::text[], %(visit)b::text[],
                  %(arrived)b::timestamptz[], %(departed)b::timestamptz[],
                  %(earliest)b::timestamptz[], %(latest)b::timestamptz[],
                  %(out_of_sequence)b::bool[], %(shared)b::bool[], %(author)b::text[])
           AS n(stop_id, trip_id, status, visit, arrived, departed, earliest, latest,
                out_of_sequence, shared, author)) n
JOIN stop ON stop.id = n.stop_id AND stop.trip_id = n.trip_id
LEFT JOIN stop_fact f ON f.stop_id = n.stop_id
WHERE f.stop_id IS NULL
   OR (f.status, f.visit_id, f.arrived_at, f.departed_at, f.earliest_at, f.latest_at,
       f.out_of_sequence, f.shared, f.author)
      IS DISTINCT FROM
      (n.status, n.visit_id, n.arrived_at, n.departed_at, n.earliest_at, n.latest_at,
       n.out_of_sequence, n.shared, n.author)
ORDER BY n.stop_id
ON CONFLICT (stop_id) DO UPDATE
SET status = excluded.status, visit_id = excluded.visit_id, arrived_at = excluded.arrived_at,
    departed_at = excluded.departed_at, earliest_at = excluded.earliest_at,
    latest_at = excluded.latest_at, out_of_sequence = excluded.out_of_sequence,
    shared = excluded.shared, estimated_at = excluded.estimated_at, author = excluded.author,
    reason = excluded.reason, recorded_at = now();

-- name: add_estimates
-- Every estimate; where there is none, once, and when the reason changes: so before the new state.
INSERT INTO estimate (trip_id, at, heard_at, plan, model, s, no_estimate, first, p50, p90)
SELECT n.trip_id, n.at, NULLIF(n.heard, '-infinity'), n.plan, n.model, NULLIF(n.s, 'NaN'),
       n.no_estimate, n.first, (%(p50_after)b::int4[])[n.low:n.high],
       (%(p90_after)b::int4[])[n.low:n.high]
FROM unnest(%(trip)b::int4[], %(at)b::timestamptz[], %(heard)b::timestamptz[], %(plan)b::int4[],
            %(model)b::text[], %(s)b::float8[], %(no_estimate)b::int2[], %(first)b::int4[],
            %(low)b::int4[], %(high)b::int4[])
     AS n(trip_id, at, heard, plan, model, s, no_estimate, first, low, high)
JOIN trip ON trip.id = n.trip_id
LEFT JOIN trip_state s ON s.trip_id = n.trip_id
WHERE n.no_estimate = 0 OR s.evaluated_at IS NULL OR s.no_estimate <> n.no_estimate
ORDER BY n.trip_id, n.at
ON CONFLICT (trip_id, at) DO NOTHING;

-- name: keep_states
-- How trips stand now.  Where no vehicle is told, the one that is to serve it stays, and of a trip that
-- is over the one that did.
INSERT INTO trip_state (trip_id, revision, state, vehicle_id, evaluated_at, heard_at, plan, model,
                        no_estimate, place, s, share, away, off_route, first, p50, p90, parts,
                        risks, risk, late_stop, delay, baseline, cause, split, conditions)
SELECT n.trip_id, trip.revision, n.state, NULLIF(n.vehicle_id, 0), n.at, NULLIF(n.heard, '-infinity'),
       n.plan, NULLIF(n.model, ''), n.no_estimate, NULLIF(n.place, ''), NULLIF(n.s, 'NaN'),
       NULLIF(n.share, 'NaN'),
       NULLIF(n.away, 'NaN'), n.off_route, n.first,
       (%(p50)b::timestamptz[])[n.low:n.high], (%(p90)b::timestamptz[])[n.low:n.high],
       (%(parts)b::float4[])[4 * n.low - 3:4 * n.high],
       n.risks, n.risk, NULLIF(n.late_stop, -1), NULLIF(n.delay, 'NaN'), NULLIF(n.baseline, 'NaN'),
       NULLIF(n.cause, ''), n.split::jsonb, n.conditions::jsonb
FROM unnest(%(trip)b::int4[], %(state)b::text[], %(vehicle)b::int4[], %(at)b::timestamptz[],
            %(heard)b::timestamptz[], %(plan)b::int4[], %(model)b::text[], %(no_estimate)b::int2[],
            %(place)b::bytea[], %(s)b::float8[], %(share)b::float4[], %(away)b::float4[], %(off_route)b::bool[],
            %(first)b::int4[], %(low)b::int4[], %(high)b::int4[], %(risks)b::bytea[],
            %(risk)b::int2[], %(late_stop)b::int4[], %(delay)b::float4[], %(baseline)b::float4[],
            %(cause)b::text[], %(split)b::text[], %(conditions)b::text[])
     AS n(trip_id, state, vehicle_id, at, heard, plan, model, no_estimate, place, s, share, away,
          off_route, first, low, high, risks, risk, late_stop, delay, baseline, cause, split, conditions)
JOIN trip ON trip.id = n.trip_id
ORDER BY n.trip_id
ON CONFLICT (trip_id) DO UPDATE
SET revision = excluded.revision, state = excluded.state,
    vehicle_id = CASE
        WHEN excluded.vehicle_id IS NOT NULL THEN excluded.vehicle_id
        WHEN excluded.state IN ('completed', 'closed', 'cancelled', 'aborted', 'assumed_completed')
          OR EXISTS (SELECT FROM assignment a WHERE a.trip_id = excluded.trip_id
                     AND a.valid_to > excluded.evaluated_at AND a.valid_from < a.valid_to)
        THEN trip_state.vehicle_id
    END,
    evaluated_at = excluded.evaluated_at, heard_at = excluded.heard_at, plan = excluded.plan,
    model = excluded.model, no_estimate = excluded.no_estimate, place = excluded.place, s = excluded.s,
    share = excluded.share, away = excluded.away, off_route = excluded.off_route,
    first = excluded.first, p50 = excluded.p50, p90 = excluded.p90, parts = excluded.parts,
    risks = excluded.risks, risk = excluded.risk, late_stop = excluded.late_stop,
    delay = excluded.delay, baseline = excluded.baseline, cause = excluded.cause,
    split = excluded.split, conditions = excluded.conditions;

-- name: mark_trips
-- They have been evaluated as edited, and are over or not: since the step that ended them.
UPDATE trip
SET pending = false, over_at = CASE WHEN n.is_over THEN coalesce(trip.over_at, n.at) END
FROM unnest(%(trip)b::int4[], %(is_over)b::bool[], %(over)b::timestamptz[]) AS n(trip_id, is_over, at)
WHERE trip.id = n.trip_id AND (trip.pending OR n.is_over <> (trip.over_at IS NOT NULL));

-- name: add_steps
-- Steps that the fixes or the clock have taken, in the order given.
INSERT INTO trip_step (trip_id, at, event, from_state, to_state, source)
SELECT n.trip_id, n.at, n.event, n.before, n.after, n.source
FROM unnest(%(trip)b::int4[], %(at)b::timestamptz[], %(event)b::text[], %(before)b::text[],
            %(after)b::text[], %(source)b::text[])
     WITH ORDINALITY AS n(trip_id, at, event, before, after, source, place)
JOIN trip ON trip.id = n.trip_id
ORDER BY n.place;

-- name: add_turns
-- Changes of risk, in the order given.
INSERT INTO risk_change (trip_id, stop_id, at, from_risk, to_risk, p50_at, p90_at, due_at, cause, split)
SELECT n.trip_id, n.stop_id, n.at, n.before, n.after, NULLIF(n.p50, '-infinity'),
       NULLIF(n.p90, '-infinity'), NULLIF(n.due, '-infinity'), NULLIF(n.cause, ''), n.split::jsonb
FROM unnest(%(trip)b::int4[], %(stop)b::int4[], %(at)b::timestamptz[], %(before)b::int2[],
            %(after)b::int2[], %(p50)b::timestamptz[], %(p90)b::timestamptz[],
            %(due)b::timestamptz[], %(cause)b::text[], %(split)b::text[])
     WITH ORDINALITY AS n(trip_id, stop_id, at, before, after, p50, p90, due, cause, split, place)
JOIN stop ON stop.id = n.stop_id
ORDER BY n.place;

-- name: find_due
-- Trips that the clock must look at: edited since they were evaluated, or not over, with a window
-- that is open or will be within the hour, and not evaluated for a while.  The longest first.
SELECT id
FROM (SELECT t.id, true AS pending, s.evaluated_at
      FROM trip t
      LEFT JOIN trip_state s ON s.trip_id = t.id
      WHERE t.pending AND NOT t.shelved
      UNION ALL
      SELECT t.id, false, s.evaluated_at
      FROM trip t
      LEFT JOIN trip_state s ON s.trip_id = t.id
      WHERE t.over_at IS NULL AND t.starts_at <= to_timestamp(%(opens)s) AND NOT t.pending
        AND NOT t.shelved
        AND (s.evaluated_at IS NULL OR s.evaluated_at < to_timestamp(%(before)s))) due
ORDER BY pending DESC, evaluated_at NULLS FIRST, id
LIMIT %(limit)s;

-- name: touch_vehicles
-- Whoever folded them by an older revision loads them again.
UPDATE vehicle_state SET revision = revision + 1 WHERE vehicle_id = ANY(%(vehicles)b::int4[]);
