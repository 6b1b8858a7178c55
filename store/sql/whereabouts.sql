-- name: load_ride
-- The vehicle that a waybill is aboard: where it is, on what way, and what is ahead of it there.
SELECT v.id, v.plate, r.valid_from,
       %(coarse)s OR %(everything)s
           OR ((%(everywhere)s OR p.code = ANY(%(parties)s))
               AND within_reach(v.id, %(reach)s, %(sites)s, %(driver)s)) AS seen,
       x.time, x.lon, x.lat, x.speed,
       ts.away, coalesce(ts.off_route, false), coalesce(route.name_zh, ''), coalesce(route.name_en, ''),
       behind.code, behind.name_zh, behind.name_en, behind.zone, behind.lon, behind.lat,
       ahead.code, ahead.name_zh, ahead.name_en, ahead.zone, ahead.lon, ahead.lat,
       CASE WHEN ts.plan = last.revision THEN greatest(ahead.s - ts.s, 0) END,
       here.code, here.name_zh, here.name_en, here.zone, here.lon, here.lat,
       CASE WHEN ts.plan = last.revision THEN greatest(unload.s - ts.s, 0) END,
       left_.count, unload.site_id = w.destination_id
FROM waybill w
JOIN waybill_state ws ON ws.waybill_id = w.id
JOIN ride r ON r.waybill_id = w.id AND r.valid_to = 'infinity'
JOIN vehicle v ON v.id = r.vehicle_id
LEFT JOIN party p ON p.id = v.party_id
LEFT JOIN vehicle_state x ON x.vehicle_id = v.id
JOIN trip t ON t.id = r.trip_id
LEFT JOIN trip_state ts ON ts.trip_id = t.id
LEFT JOIN route ON route.id = t.route_id
LEFT JOIN LATERAL (SELECT max(revision) AS revision FROM plan WHERE plan.trip_id = t.id) last ON true
LEFT JOIN LATERAL (
    SELECT site.* FROM plan_stop y JOIN site ON site.id = y.site_id JOIN stop_fact f ON f.stop_id = y.stop_id
    WHERE y.trip_id = t.id AND y.revision = last.revision AND NOT y.via AND f.departed_at IS NOT NULL
    ORDER BY y.number DESC
    LIMIT 1
) behind ON true
LEFT JOIN LATERAL (
    SELECT site.*, y.s FROM plan_stop y JOIN site ON site.id = y.site_id LEFT JOIN stop_fact f ON f.stop_id = y.stop_id
    WHERE y.trip_id = t.id AND y.revision = last.revision AND NOT y.via
      AND coalesce(f.status, 'planned') IN ('planned', 'approaching')
    ORDER BY y.number
    LIMIT 1
) ahead ON true
LEFT JOIN LATERAL (
    SELECT site.* FROM plan_stop y JOIN site ON site.id = y.site_id JOIN stop_fact f ON f.stop_id = y.stop_id
    WHERE y.trip_id = t.id AND y.revision = last.revision AND f.status = 'arrived'
    ORDER BY y.number DESC
    LIMIT 1
) here ON true
LEFT JOIN leg ON leg.id = r.leg_id
LEFT JOIN LATERAL (
    SELECT y.s, y.number, y.site_id FROM booking b JOIN plan_stop y ON y.stop_id = b.unload_id
    WHERE b.leg_id = leg.id AND b.valid_to = 'infinity' AND y.trip_id = t.id AND y.revision = last.revision
    LIMIT 1
) unload ON true
LEFT JOIN LATERAL (
    SELECT count(*)::integer FROM plan_stop y LEFT JOIN stop_fact f ON f.stop_id = y.stop_id
    WHERE y.trip_id = t.id AND y.revision = last.revision AND NOT y.via AND y.number <= unload.number
      AND coalesce(f.status, 'planned') IN ('planned', 'approaching')
) left_ ON unload.number IS NOT NULL
WHERE w.number = %(number)s;

-- name: load_departure
-- When the vehicle that is to carry it on is to leave where it is loaded; nothing once it has left.
SELECT y.depart_at
FROM waybill w
JOIN waybill_state ws ON ws.waybill_id = w.id
JOIN leg ON leg.waybill_id = w.id AND leg.number = ws.leg
JOIN booking b ON b.leg_id = leg.id AND b.valid_to = 'infinity'
JOIN plan_stop y ON y.stop_id = b.load_id AND y.trip_id = b.trip_id
LEFT JOIN stop_fact f ON f.stop_id = y.stop_id
WHERE w.number = %(number)s AND f.departed_at IS NULL
ORDER BY y.revision DESC
LIMIT 1;

-- name: load_trouble
-- The newest open exception.
SELECT e.number, e.kind, e.found_at, e.due_at
FROM waybill w JOIN exception_report e ON e.waybill_id = w.id
WHERE w.number = %(number)s AND e.state <> 'closed'
ORDER BY e.found_at DESC, e.number DESC
LIMIT 1;

-- name: load_past
-- The newest believed fix of a vehicle in a span of time.
SELECT f.time, f.lon, f.lat
FROM binding b
CROSS JOIN LATERAL (
    SELECT time, lon, lat FROM fix
    WHERE fix.device_id = b.device_id AND fix.flags & %(doubted)s = 0 AND fix.grade <= %(worst)s
      AND fix.time >= greatest(b.valid_from, %(since)s) AND fix.time < least(b.valid_to, %(until)s)
      AND fix.time >= %(since)s AND fix.time < %(until)s
    ORDER BY fix.time DESC
    LIMIT 1
) f
WHERE b.vehicle_id = %(vehicle)s AND b.is_primary AND b.valid_from < %(until)s AND b.valid_to > %(since)s
ORDER BY f.time DESC
LIMIT 1;

-- name: nearest_site
-- The site closest to a position, as the crow flies.
SELECT name_zh, name_en, lon, lat FROM site
ORDER BY (lat - %(lat)s) ^ 2 + ((lon - %(lon)s) * cos(radians(%(lat)s))) ^ 2
LIMIT 1;

-- name: keep_answer
-- What was said, whole.
INSERT INTO answer (id, at, principal, role, asked, waybill_id, reply, content)
VALUES (%(id)s::uuid, %(at)s, %(principal)s, %(role)s, %(asked)s,
        (SELECT id FROM waybill WHERE number = %(number)s::text), %(reply)s, %(content)s);

-- name: load_answer
-- What was said, to whoever said it, or may see what was said of that waybill.
SELECT a.content, a.principal
FROM answer a
LEFT JOIN waybill w ON w.id = a.waybill_id
LEFT JOIN party c ON c.id = w.customer_id
WHERE a.id = %(id)s::uuid
  AND (a.principal = %(principal)s
       OR %(others)s AND (a.waybill_id IS NULL OR (
           (%(all_customers)s OR c.code = ANY(%(customers)s))
           AND (%(waybills)s = 'all' OR waybill_within(w.id, %(waybills)s, %(sites)s, %(parties)s)))));
