-- name: remove_fix_conflict
-- Positions that lost, as old as the history.
DELETE FROM fix_conflict WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM fix_conflict WHERE time < %(before)s LIMIT %(limit)s));

-- name: remove_device_event
-- Events, as old as the history.
DELETE FROM device_event WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM device_event WHERE time < %(before)s LIMIT %(limit)s));

-- name: remove_command
-- Orders that have expired since, as old as the history.
DELETE FROM command WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM command
    WHERE requested_at < %(before)s AND expires_at < %(before)s LIMIT %(limit)s));

-- name: remove_dead_letter
-- Letters that nobody came for; a request to re-inject keeps its letter until it is done.
DELETE FROM dead_letter WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM dead_letter
    WHERE received_at < %(before)s
      AND NOT EXISTS (SELECT FROM reinject WHERE dead_letter_id = dead_letter.id)
    LIMIT %(limit)s));

-- name: remove_checkpoint
-- Of each vehicle those of its own last days stay, and the newest from before: a vehicle that was
-- parked for a month is folded again as far back as any other.
DELETE FROM checkpoint WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM checkpoint c
    WHERE time < %(before)s
      AND EXISTS (SELECT FROM checkpoint n
                  WHERE n.vehicle_id = c.vehicle_id AND n.time > c.time AND n.time < %(before)s
                    AND n.time < (SELECT max(time) FROM checkpoint m WHERE m.vehicle_id = c.vehicle_id)
                                 - %(age)s::interval)
    LIMIT %(limit)s));

-- name: remove_expected_visit
-- Where vehicles were expected, as old as the history.
DELETE FROM expected_visit WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM expected_visit WHERE valid_to < %(before)s LIMIT %(limit)s));

-- name: remove_estimate
-- Estimates of trips that were over long ago.
DELETE FROM estimate WHERE ctid = ANY(ARRAY(
    SELECT e.ctid FROM trip JOIN estimate e ON e.trip_id = trip.id
    WHERE trip.over_at < %(before)s AND NOT is_held('trip', trip.code) LIMIT %(limit)s));

-- name: remove_trip
-- Trips that were over long ago, with all of theirs; not those that the record of a waybill, an alert
-- or an exception refers to.
DELETE FROM trip WHERE id = ANY(ARRAY(
    SELECT id FROM trip
    WHERE over_at < %(before)s
      AND NOT EXISTS (SELECT FROM booking WHERE trip_id = trip.id)
      AND NOT EXISTS (SELECT FROM milestone WHERE trip_id = trip.id)
      AND NOT EXISTS (SELECT FROM alert WHERE trip_id = trip.id)
      AND NOT EXISTS (SELECT FROM exception_report WHERE trip_id = trip.id)
      AND NOT is_held('trip', trip.code)
    ORDER BY over_at LIMIT %(limit)s));

-- name: remove_query
-- Questions that were answered and closed, as old as the record.
DELETE FROM query WHERE id = ANY(ARRAY(
    SELECT id FROM query WHERE closed_at < %(before)s LIMIT %(limit)s));

-- name: remove_answer
-- What was said, as old as the record.
DELETE FROM answer WHERE id = ANY(ARRAY(
    SELECT id FROM answer
    WHERE at < %(before)s AND NOT EXISTS (SELECT FROM query WHERE answer_id = answer.id)
    LIMIT %(limit)s));

-- name: remove_alert
-- Alerts that were closed, as old as the record; not those of which there is a report.
DELETE FROM alert WHERE id = ANY(ARRAY(
    SELECT id FROM alert
    WHERE closed_at < %(before)s AND NOT EXISTS (SELECT FROM exception_report WHERE alert_id = alert.id)
    LIMIT %(limit)s));

-- name: remove_notice
-- What was told, as old as the record; what another one refers to goes in a later round.
DELETE FROM notice WHERE id = ANY(ARRAY(
    SELECT id FROM notice n
    WHERE created_at < %(before)s
      AND NOT EXISTS (SELECT FROM notice c WHERE c.corrects = n.id)
      AND NOT EXISTS (SELECT FROM notice c WHERE c.digest_id = n.id)
    LIMIT %(limit)s));

-- name: remove_waybill
-- Waybills that were over long ago, with their record and its evidence.
DELETE FROM waybill WHERE id = ANY(ARRAY(
    SELECT w.id FROM waybill w JOIN waybill_state s ON s.waybill_id = w.id
    WHERE s.over AND s.since < %(before)s AND w.placed_at < %(before)s
      AND NOT EXISTS (SELECT FROM query WHERE waybill_id = w.id)
      AND NOT EXISTS (SELECT FROM answer WHERE waybill_id = w.id)
      AND NOT EXISTS (SELECT FROM alert WHERE waybill_id = w.id)
      AND NOT EXISTS (SELECT FROM exception_report WHERE waybill_id = w.id)
      AND NOT is_held('waybill', w.number)
    LIMIT %(limit)s));

-- name: remove_line
-- Ways that nothing follows any more.
DELETE FROM line WHERE id = ANY(ARRAY(
    SELECT id FROM line
    WHERE created_at < %(before)s
      AND NOT EXISTS (SELECT FROM plan WHERE line_id = line.id)
      AND NOT EXISTS (SELECT FROM route WHERE line_id = line.id)
    LIMIT %(limit)s));

-- name: remove_change
-- Only a beginning of the feed, and the floor says how far: older cursors are told so.
-- The floor stands in the row that commits share: in the queue of edits its turn comes.
WITH queue AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(7305816215)
), gone AS (
    DELETE FROM change WHERE id IN (
        SELECT id FROM queue, change
        WHERE id < coalesce((SELECT min(id) FROM change WHERE at >= %(before)s), 9223372036854775807)
        ORDER BY id LIMIT %(limit)s)
    RETURNING id
), floor AS (
    UPDATE installation SET feed_floor = greatest(feed_floor, (SELECT max(id) FROM gone))
    WHERE EXISTS (SELECT FROM gone)
)
SELECT id FROM gone;

-- name: remove_node
-- Nodes with all their versions, as old as the record.
DELETE FROM node WHERE id = ANY(ARRAY(
    SELECT id FROM node WHERE latest AND actual_at < %(before)s LIMIT %(limit)s));

-- name: remove_visit
-- Visits that no fold can change any more and that no node follows from.
DELETE FROM visit WHERE id = ANY(ARRAY(
    SELECT id FROM visit v
    WHERE settled_at < %(before)s AND coalesce(left_at, settled_at) < %(before)s
      AND NOT EXISTS (SELECT FROM node WHERE visit_id = v.id)
    LIMIT %(limit)s));

-- name: remove_share
-- Links that ended long ago, and how often they were opened.
DELETE FROM share WHERE id = ANY(ARRAY(
    SELECT id FROM share WHERE least(expires_at, revoked_at) < %(before)s LIMIT %(limit)s));

-- name: private_vehicles
-- Private vehicles, and from when on their positions have not been looked through: what comes later
-- than a repair reaches back stays hidden, and goes with the history.
SELECT v.id, coalesce((SELECT done_to - interval '96 hours' FROM job WHERE name = 'private'), 'epoch')
FROM vehicle v
WHERE v.private
ORDER BY v.id;

-- name: remove_private
-- Positions of a private vehicle between its trips.
DELETE FROM fix WHERE (device_id, time) IN (
    SELECT f.device_id, f.time
    FROM binding b
    JOIN fix f ON f.device_id = b.device_id AND f.time >= b.valid_from AND f.time < b.valid_to
    WHERE b.vehicle_id = %(vehicle)s AND f.time >= %(since)s AND f.time < %(before)s
      AND NOT EXISTS (SELECT FROM spans_of(%(vehicle)s, 'legs', '') s
                      WHERE f.time BETWEEN s.began AND s.ended)
    LIMIT %(limit)s);

-- name: note_private
-- So far they have been looked through.
INSERT INTO job (name, done_to) VALUES ('private', %(before)s)
ON CONFLICT (name) DO UPDATE SET done_to = greatest(job.done_to, excluded.done_to);

-- name: blankable_waybill
-- Waybills that have long been over, without an open exception or a hold, that still name somebody.
SELECT w.id FROM waybill w JOIN waybill_state s ON s.waybill_id = w.id
WHERE s.over AND s.since < %(before)s AND w.placed_at < %(before)s
  AND (w.phone, w.consignee, w.shipper, w.address) <> ('', '', '', '')
  AND NOT EXISTS (SELECT FROM exception_report e WHERE e.waybill_id = w.id AND e.state <> 'closed')
  AND NOT is_held('waybill', w.number)
LIMIT %(limit)s;

-- name: blank_waybill
-- The goods and their way stay.
UPDATE waybill SET phone = '', consignee = '', shipper = '', address = '' WHERE id = ANY(%(keys)s);

-- name: blankable_query
-- Questions closed long ago that still say who asked.
SELECT id FROM query
WHERE closed_at < %(before)s AND (asker, contact) <> ('', '')
LIMIT %(limit)s;

-- name: blank_query
-- What was asked and answered stays.
UPDATE query SET asker = '', contact = '' WHERE id = ANY(%(keys)s);

-- name: blankable_notice
-- Notices to consignees, long done, that still have their address.
SELECT id FROM notice
WHERE created_at < %(before)s AND recipient = 'consignee' AND address <> ''
  AND state NOT IN ('waiting', 'sending')
LIMIT %(limit)s;

-- name: blank_notice
-- That somebody was told stays.
UPDATE notice SET address = '' WHERE id = ANY(%(keys)s);

-- name: removable_exceptions
-- Reports closed long ago.
SELECT e.id FROM exception_report e LEFT JOIN waybill w ON w.id = e.waybill_id
WHERE e.state = 'closed' AND e.closed_at < %(before)s
  AND NOT coalesce(is_held('waybill', w.number), false)
LIMIT %(limit)s;

-- name: remove_entries
-- Their ledger.
DELETE FROM exception_entry WHERE report_id = ANY(%(keys)s);

-- name: remove_reports
-- And themselves.
DELETE FROM exception_report WHERE id = ANY(%(keys)s);

-- name: open_purge
-- The row that lets this transaction touch what otherwise nobody may.
SELECT set_config('milepost.purge', %(id)s::text, true);

-- name: log_purge
-- What was removed, when, up to which time and by which rule.
INSERT INTO purge (at, what, before, rows, rule, subject)
VALUES (%(at)s, %(what)s, %(before)s, %(rows)s, %(rule)s, %(subject)s)
RETURNING id;

-- name: list_purges
-- The log, newest first.
SELECT id, at, what, before, rows, rule, subject
FROM purge
WHERE (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
  AND (%(what)s::text IS NULL OR what = %(what)s::text)
  AND (%(people)s IS FALSE OR subject <> '')
ORDER BY id DESC
LIMIT %(limit)s;
