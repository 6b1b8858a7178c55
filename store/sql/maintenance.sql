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
    WHERE trip.over_at < %(before)s LIMIT %(limit)s));

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
    LIMIT %(limit)s));

-- name: remove_line
-- Ways that nothing follows any more.
DELETE FROM line WHERE id = ANY(ARRAY(
    SELECT id FROM line
    WHERE created_at < %(before)s
      AND NOT EXISTS (SELECT FROM plan WHERE line_id = line.id)
      AND NOT EXISTS (SELECT FROM route WHERE line_id = line.id)
    LIMIT %(limit)s));

-- name: to_shelve
-- Whether any trip is to leave the world.
SELECT FROM trip
WHERE NOT shelved AND NOT pending AND over_at < %(before)s
  AND NOT EXISTS (SELECT FROM assignment a JOIN vehicle_state s USING (vehicle_id)
                  WHERE a.trip_id = trip.id AND s.time < trip.over_at + %(age)s::interval)
LIMIT 1;

-- name: shelve
-- They leave the world: what changed is read by those who know an older revision.
WITH raised AS (
    UPDATE installation SET trip_revision = trip_revision + 1 RETURNING trip_revision
)
UPDATE trip SET shelved = true, revision = raised.trip_revision
FROM raised
WHERE NOT shelved AND NOT pending AND over_at < %(before)s
  AND NOT EXISTS (SELECT FROM assignment a JOIN vehicle_state s USING (vehicle_id)
                  WHERE a.trip_id = trip.id AND s.time < trip.over_at + %(age)s::interval);

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

-- name: take_streams
-- Streams that wait too long for their other half; those in a gateway's hands are passed over.
DELETE FROM device_stream USING device
WHERE device.id = device_stream.device_id
  AND device_stream.device_id IN (
      SELECT device_id FROM device_stream WHERE updated_at < %(before)s FOR UPDATE SKIP LOCKED)
RETURNING device.code, device_stream.carried;

-- name: bury_torn
-- Kept with the reason, as everything that became no fix.
INSERT INTO dead_letter (digest, received_at, device, kind, reason, detail, raw)
SELECT digest, %(now)s, device, %(kind)s, %(reason)s, 'the other half never came', raw
FROM unnest(%(digests)s::bytea[], %(devices)s::text[], %(halves)s::bytea[]) AS torn (digest, device, raw)
ON CONFLICT (digest) DO NOTHING;

-- name: log_purge
-- What was removed, when, and up to which time.
INSERT INTO purge (at, what, before, rows) VALUES (%(at)s, %(what)s, %(before)s, %(rows)s);
