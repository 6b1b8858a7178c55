"""The fleet of the past, sampled for the console.

10,000 vehicles with a fix each ten seconds, written in the order in which they came.  A stretch
is asked for as the replay asks: at borders of 10, 30 and 60 seconds, encoded for the wire.  The
baseline reads every fix of the same stretch with a bare COPY and does nothing with it, turn by
turn.  Counted is CPU: of this process and of the database's process that serves it, which has no
helpers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from bench.measure import Ratio, Report, cpu, cpu_of, middle
from bench.servers import database
from fleet.scope import OPERATOR
from fleet.views import Party
from store import admin, partitions, replay
from store.admin import Registration
from store.database import connect
from tracker_api.replay_wire import encode

VEHICLES, QUICK = 10_000, 200
TURNS, QUICK_TURNS = 3, 1
START = datetime(2026, 5, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEFORE = timedelta(minutes=10)  #: of fixes that held at the beginning
EVERY = 10  #: s between fixes

#: What is asked for: how long, and the step in seconds.
ASKED = (
    ("10 min, a step of 10 s", timedelta(minutes=10), 10),
    ("15 min, a step of 30 s", timedelta(minutes=15), 30),
    ("an hour, a step of 60 s", HOUR, 60),
)

WRITTEN = """
INSERT INTO fix (time, received_at, lat, lon, device_id, altitude, speed, course, hdop,
                 satellites, grade, flags)
SELECT t.at, t.at + interval '400 ms', 30 + s.n * 1e-4, 110 + d.id * 1e-4, d.id, 5, 20, 90, 0.9,
       9, 0, 0
FROM generate_series(0, %(last)s) s (n)
CROSS JOIN device d
CROSS JOIN LATERAL (
    SELECT %(first)s::timestamptz
           + (s.n * %(every)s + d.id %% %(every)s) * interval '1 second' AS at
) t
"""
#: The plain way: everything.
PLAIN = """
COPY (SELECT device_id, time, lon, lat, speed, course, flags FROM fix
      WHERE time > %s AND time <= %s ORDER BY device_id, time) TO STDOUT (FORMAT binary)
"""


def run(*, quick: bool) -> Report:
    """The report."""
    count, turns = (QUICK, QUICK_TURNS) if quick else (VEHICLES, TURNS)
    report = Report("replay", " ".join((__doc__ or "").split()))
    with database(0) as db, closing(connect(db, application="bench")) as conn:
        report.figures["fixes written"] = fill(conn, count)
        for what, span, step in ASKED:
            _measure(report, conn, what, (span, step, turns))
    return report


def fill(conn: Connection[Any], count: int) -> int:
    """A fleet and its fixes of an hour and a quarter; returns how many."""
    conn.execute("SET statement_timeout = 0")
    conn.execute("SET max_parallel_workers_per_gather = 0")
    admin.seed(
        conn,
        [Party("acme", "远山", "Far Hills")],
        [],
        [(f"P{n:05}", "acme") for n in range(count)],
        [Registration(f"d{n:05}", None, f"P{n:05}", START - HOUR) for n in range(count)],
    )
    partitions.ensure_days(conn, {START.date(), (START - timedelta(days=1)).date()})
    last = int((HOUR + 2 * BEFORE).total_seconds()) // EVERY
    given = {"first": START - BEFORE, "last": last, "every": EVERY}
    written = conn.execute(WRITTEN, given).rowcount
    conn.execute("VACUUM ANALYZE fix")
    return written


def _measure(
    report: Report, conn: Connection[Any], what: str, how: tuple[timedelta, int, int]
) -> None:
    span, seconds, turns = how
    end, step = START + span, timedelta(seconds=seconds)
    told: list[bytes] = []

    def product() -> None:
        samples = replay.sample_fleet(conn, OPERATOR, START, end, step)
        told.append(encode(samples, START, end, step))

    def plain() -> None:
        with conn.cursor().copy(PLAIN, (START, end)) as copy:
            for _ in copy:
                pass

    ours, theirs = [], []
    for _ in range(turns):
        ours.append(_cost(conn, product))
        theirs.append(_cost(conn, plain))
    ours_s, theirs_s = middle(ours), middle(theirs)
    report.ratios.append(Ratio(what, ours_s, theirs_s, "s of CPU", theirs_s / ours_s))
    report.figures[f"{what}, MB"] = len(told[-1]) / 1e6


def _cost(conn: Connection[Any], act: Callable[[], None]) -> float:
    """Seconds of CPU, here and in the database."""
    backend = conn.info.backend_pid
    before = cpu_of(backend)
    here, _ = cpu(act)
    return here + cpu_of(backend) - before
