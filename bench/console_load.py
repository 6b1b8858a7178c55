"""A fleet on the move for a console: vehicles on trips, written as the gateway writes them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from store.database import Database, connect

Floats = NDArray[np.float64]

INTERVAL = 10.0  #: s between two fixes of a vehicle
ROUND = 0.1  #: s between two transactions: about what a busy gateway commits in
SPEED = 22.0  #: m/s
DEGREE = 111_195.0  #: m
WEST, SOUTH, EAST, NORTH = 104.0, 23.0, 120.0, 40.0  #: where they drive: most of China's roads
STANDING = 0.25  #: of all
SEED = 60

#: Hubs, and a trip of two stops for every vehicle: one in twenty late, one in twelve at risk.
_SETUP = """
INSERT INTO party (code, name_zh, name_en) VALUES ('acme', '远山', 'Far Hills');
UPDATE vehicle SET party_id = (SELECT id FROM party);
INSERT INTO site (code, name_zh, name_en, zone, lon, lat)
SELECT 's' || n, '站' || n, 'Site ' || n, 'Asia/Shanghai', 105 + n % 10 * 1.5, 24 + n / 10 * 2.5
FROM generate_series(0, 59) n;
INSERT INTO trip (code, starts_at, ends_at, pending, created_by)
SELECT 't' || v.id, now() - interval '4 h', now() + interval '6 h', false, 'bench' FROM vehicle v;
INSERT INTO plan (trip_id, revision, valid_from, strict, author, reason)
SELECT id, 0, '-infinity', true, 'bench', 'bench' FROM trip;
INSERT INTO stop (trip_id) SELECT id FROM trip, generate_series(0, 1);
INSERT INTO plan_stop (trip_id, revision, number, stop_id, site_id, arrive_at, depart_at, opens_at,
                       closes_at, service, early, late, via)
SELECT trip_id, 0, n, stop_id, 1 + (trip_id + 7 * n) % 60, t, t, t, t, 0, 1800, 900, false
FROM (SELECT s.trip_id, s.id AS stop_id,
             row_number() OVER (PARTITION BY s.trip_id ORDER BY s.id) - 1 AS n,
             now() - interval '4 h' + interval '8 h' * (row_number()
                 OVER (PARTITION BY s.trip_id ORDER BY s.id) - 1) AS t
      FROM stop s) x;
INSERT INTO trip_state (trip_id, state, vehicle_id, plan, no_estimate, evaluated_at, first,
                        p50, p90, parts, risk, late_stop, delay, baseline)
SELECT t.id, 'en_route', v.id, 0, 0, now(), 1, ARRAY[now() + interval '4 h' + late],
       ARRAY[now() + interval '5 h' + late], ARRAY[14400, 0, 0, 0], risk, 1,
       extract(epoch FROM late), extract(epoch FROM late)
FROM trip t
JOIN vehicle v ON t.code = 't' || v.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN v.id % 20 = 0 THEN 3 WHEN v.id % 12 = 0 THEN 2 ELSE 1 END AS risk
) r
CROSS JOIN LATERAL (
    SELECT interval '1 s' * CASE r.risk WHEN 3 THEN 1800 + v.id % 3600 ELSE - (v.id % 900) END
        AS late
) d;
"""

_MOVE = """
WITH moved AS (
    UPDATE vehicle_state s SET revision = revision + 1, time = to_timestamp(n.time),
        received_at = now(), lon = n.lon, lat = n.lat, speed = n.speed, course = n.course,
        hdop = 0.9, satellites = 9, grade = 0, flags = 0
    FROM unnest(%(keys)s::int[], %(time)s::float8[], %(lon)s::float8[], %(lat)s::float8[],
                %(speed)s::float8[], %(course)s::float8[])
        AS n (key, time, lon, lat, speed, course)
    WHERE s.vehicle_id = n.key RETURNING s.vehicle_id
)
SELECT ring('positions', array_agg(vehicle_id), NULL) FROM moved
"""


class Fleet:
    """Where vehicles are: each drives straight on and turns back at the border of the area."""

    def __init__(self, keys: list[int], now: float) -> None:
        rng = np.random.default_rng(SEED)
        count = len(keys)
        self.keys = np.array(keys)
        self.lon = rng.uniform(WEST, EAST, count)
        self.lat = rng.uniform(SOUTH, NORTH, count)
        self.course = rng.uniform(0, 360, count)
        self.speed = np.where(rng.random(count) < STANDING, 0.0, SPEED + rng.normal(0, 2, count))
        self.time = now - rng.uniform(0, INTERVAL, count)

    def due(self, now: float) -> NDArray[np.intp]:
        """The vehicles whose next fix is due, moved there."""
        rows = np.flatnonzero(self.time + INTERVAL <= now)
        self.time[rows] += INTERVAL
        way = self.speed[rows] * INTERVAL / DEGREE
        heading = np.radians(self.course[rows])
        lat = self.lat[rows] + way * np.cos(heading)
        lon = self.lon[rows] + way * np.sin(heading) / np.cos(np.radians(self.lat[rows]))
        out = (lon < WEST) | (lon > EAST) | (lat < SOUTH) | (lat > NORTH)
        self.course[rows] = np.where(out, (self.course[rows] + 180) % 360, self.course[rows])
        self.lon[rows] = np.where(out, self.lon[rows], lon)
        self.lat[rows] = np.where(out, self.lat[rows], lat)
        return rows

    def write(self, conn: Connection[Any], rows: NDArray[np.intp]) -> None:
        """The states of these, and the bell, in one transaction."""
        given = {
            "keys": self.keys[rows].tolist(),
            "time": self.time[rows].tolist(),
            "lon": self.lon[rows].tolist(),
            "lat": self.lat[rows].tolist(),
            "speed": self.speed[rows].tolist(),
            "course": self.course[rows].tolist(),
        }
        with conn.transaction():
            conn.execute(_MOVE, given)


@contextmanager
def moving(db: Database) -> Iterator[list[int]]:
    """All vehicles of ``db`` on trips, with a fix each; within it a thread keeps them moving.

    What is handed out grows by the number of fixes of each transaction.
    """
    written: list[int] = []
    stop = threading.Event()
    with closing(connect(db, application="bench")) as conn:
        conn.execute(_SETUP)
        keys = [key for (key,) in conn.execute("SELECT id FROM vehicle ORDER BY id").fetchall()]
        fleet = Fleet(keys, time.time())
        fleet.write(conn, np.arange(len(keys)))

        def drive() -> None:
            due = time.monotonic()
            while not stop.is_set():
                if len(rows := fleet.due(time.time())):
                    fleet.write(conn, rows)
                    written.append(len(rows))
                due += ROUND
                stop.wait(max(0.0, due - time.monotonic()))

        thread = threading.Thread(target=drive, name="lorries")
        thread.start()
        try:
            yield written
        finally:
            stop.set()
            thread.join()
