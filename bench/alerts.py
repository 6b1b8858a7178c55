"""What a round of detectors costs in a fleet of 10,000 vehicles, through the store.

Every vehicle has a trip of five stops and reports every ten seconds; three waybills in a hundred
of 30,000 have something wrong, as have some of the trips.  A round is a transaction of the
worker: facts, fixes since the last round, decisions, what is written.
"""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import servers
from bench.measure import Ratio, Report, middle, spread
from store import partitions
from store.database import connect
from worker.alerts import Detectives, Rhythm

VEHICLES, QUICK_VEHICLES = 10_000, 500
WAYBILLS = 3  #: a vehicle
ROUNDS, QUICK_ROUNDS = 24, 3
EVERY = 5  #: s between two rounds
INTERVAL = 10  #: s between two fixes of a vehicle
BUDGET = 1.0  #: s of a round at steady state
NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)

_SETUP = """
INSERT INTO party (code, name_zh, name_en) VALUES ('acme', '远山', 'Far Hills');
UPDATE vehicle SET party_id = (SELECT id FROM party);
INSERT INTO site (code, name_zh, name_en, zone, lon, lat)
SELECT 's' || n, '站' || n, 'Site ' || n, 'Asia/Shanghai', 100 + n / 50.0, 30
FROM generate_series(0, 499) n;
INSERT INTO trip (code, starts_at, ends_at, pending, created_by)
SELECT 't' || v.id, '2026-03-02', '2026-03-03', false, 'bench' FROM vehicle v;
INSERT INTO plan (trip_id, revision, valid_from, strict, author, reason)
SELECT id, 0, '-infinity', true, 'bench', 'bench' FROM trip;
INSERT INTO stop (trip_id) SELECT id FROM trip, generate_series(0, 4);
INSERT INTO plan_stop (trip_id, revision, number, stop_id, site_id, arrive_at, depart_at, opens_at,
                       closes_at, service, early, late, via)
SELECT trip_id, 0, n, stop_id, 1 + (trip_id + n) %% 500, t, t, t, t, 0, 1800, 900, false
FROM (SELECT s.trip_id, s.id AS stop_id,
             row_number() OVER (PARTITION BY s.trip_id ORDER BY s.id) - 1 AS n,
             timestamptz '2026-03-02' + interval '2 h' * row_number()
                 OVER (PARTITION BY s.trip_id ORDER BY s.id) AS t
      FROM stop s) x;
INSERT INTO stop_fact (stop_id, trip_id, status) SELECT id, trip_id, 'planned' FROM stop;
INSERT INTO trip_state (trip_id, state, vehicle_id, plan, risk, conditions)
SELECT t.id, 'en_route', v.id, 0, CASE WHEN v.id %% 20 = 0 THEN 3 ELSE 1 END,
       CASE WHEN v.id %% 25 = 0 THEN jsonb_build_array(jsonb_build_object('kind', 'unplanned_stop',
           'began', extract(epoch FROM timestamptz '2026-03-02 01:00+00'),
           'since', extract(epoch FROM timestamptz '2026-03-02 01:20+00'), 'stop', NULL))
       ELSE '[]' END
FROM trip t JOIN vehicle v ON t.code = 't' || v.id;
INSERT INTO waybill (number, code, customer_id, origin_id, destination_id, placed_at, promised_at,
                     author)
SELECT 'JD20260301' || lpad(n::text, 6, '0'), lpad(n::text, 16, '0'), (SELECT id FROM party),
       1 + n %% 500, 1 + (n + 7) %% 500, '2026-03-01', '2026-03-04', 'bench'
FROM generate_series(1, (SELECT count(*) FROM vehicle) * %(waybills)s) n;
INSERT INTO waybill_state (waybill_id, state, since, over, trip_id, vehicle_id, shipped_at, told_at,
                           risk, derived_at)
SELECT w.id, 'in_transit', '2026-03-02', false, t.id, t.id, '2026-03-02',
       CASE WHEN w.id %% 33 = 0 THEN timestamptz '2026-02-28' ELSE timestamptz '2026-03-02' END, 1,
       '2026-03-02'
FROM waybill w JOIN trip t ON t.id = (w.id - 1) / %(waybills)s + 1
"""

_FIXES = """
INSERT INTO fix (time, received_at, lat, lon, device_id, speed, grade)
SELECT %(at)s + interval '1 ms' * (d.id %% 1000), %(at)s, 30, 100, d.id,
       CASE WHEN d.id %% 100 = 0 THEN 30 ELSE 20 END, 0
FROM device d WHERE d.id %% %(share)s = %(part)s;
"""
_SHOWN = """
UPDATE vehicle_state s SET time = %(at)s + interval '1 ms' * (b.device_id %% 1000), speed = 20,
    lon = 100, lat = 30, flags = 0, device_id = b.device_id
FROM binding b WHERE b.vehicle_id = s.vehicle_id AND b.device_id %% %(share)s = %(part)s
"""


def run(*, quick: bool) -> Report:
    """Measure."""
    vehicles = QUICK_VEHICLES if quick else VEHICLES
    report = Report(
        "alerts",
        f"{vehicles:,} vehicles on trips, {vehicles * WAYBILLS:,} waybills, a round each {EVERY} s "
        "of their time; wall clock with the database; 'budget': the ratio of the budget to it.",
    )
    with servers.database(vehicles) as db, closing(connect(db, application="bench")) as conn:
        for statement in (_SETUP % {"waybills": WAYBILLS}).split(";\n"):
            conn.execute(statement)
        partitions.ensure_days(conn, {NOW.date()})
        watch = Detectives(Rhythm(), "Asia/Shanghai", 8 * 3600.0)
        spent = [_round(conn, watch, number) for number in range(QUICK_ROUNDS if quick else ROUNDS)]
        conn.execute("ANALYZE")
        steady = [wall for wall, _ in spent[len(spent) // 2 :]]
        found = conn.execute("SELECT count(*) FROM alert").fetchall()[0][0]
    ratios = [BUDGET / cost for cost in steady]
    cost = middle(steady)
    report.ratios.append(
        Ratio("a round, budget", cost, BUDGET, "s", middle(ratios), spread(ratios), 1.0)
    )
    report.figures |= {
        "of which the worker's own CPU, s": middle([cpu for _, cpu in spent[len(spent) // 2 :]]),
        "first round, s": spent[0][0],
        "alerts kept": float(found),
    }
    return report


def _round(conn: Any, watch: Detectives, number: int) -> tuple[float, float]:  # noqa: ANN401 (the store's type)
    """Half of the vehicles report, and then it is looked; s that the look took, and CPU of it."""
    at = NOW + timedelta(seconds=number * EVERY)
    share = INTERVAL // EVERY
    given = {"at": at, "share": share, "part": number % share}
    conn.execute(_FIXES, given)
    conn.execute(_SHOWN, given)
    began, busy = time.perf_counter(), time.process_time()
    watch.round(conn, at + timedelta(seconds=2))
    return time.perf_counter() - began, time.process_time() - busy
