"""What live clients cost the API, and how soon they hear: 10,000 vehicles, 1,000 changes a second.

The vehicles are moved as the gateway moves them, in a transaction each 100 ms; the API is a
process of its own, and so are the clients.  Product is the binary form, baseline the JSON form of
the same server in the same run, whose clients have a filter where the others have a map.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
from rich.table import Table

from bench import servers
from bench.listeners import Box, Heard, Order
from bench.measure import Ratio, Report, console, cpu_of, rss_of, said
from store.database import Database, connect

ROOT = Path(__file__).parents[1]
AREA: Box = (100.0, 22.0, 122.0, 40.0)  #: degrees; the east of China
WORKING = (6.0, 4.0)  #: degrees; a dispatcher's region
PACE = 0.1  #: s between two transactions
STEP = 0.002  #: degrees that a vehicle drives between two fixes
#: Those of the measurement before may not have been missed yet, and a busy machine is slow.
PATIENT = {"__LIVE__MAX_CLIENTS": "5000", "__LIVE__FIRST_MESSAGE": "120"}
SETTLE = 2.0  #: s for snapshots that are still on their way when the last client is ready


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    vehicles: int = 10_000
    interval: float = 10.0  #: s between two fixes of a vehicle
    clients: tuple[int, ...] = (100, 1000)
    seconds: float = 15.0  #: of each measurement


QUICK = Plan(vehicles=1000, clients=(20,), seconds=3.0)

_MOVE = """
WITH moved AS (
    UPDATE vehicle_state s SET revision = revision + 1, time = %(at)s, received_at = %(at)s,
        lon = n.lon, lat = n.lat, speed = 20, course = 90, hdop = 0.9, satellites = 9, grade = 0,
        flags = 0
    FROM unnest(%(keys)s::integer[], %(lon)s::float8[], %(lat)s::float8[]) AS n (key, lon, lat)
    WHERE s.vehicle_id = n.key RETURNING s.vehicle_id
)
SELECT ring('positions', array_agg(vehicle_id), NULL) FROM moved
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """One measurement."""

    form: str
    clients: int
    looks: str  #: what each of them looks at
    cpu: float  #: of the server: share of a core that 100 clients cost
    whole: float  #: share of a core that the server used, feed included
    heard: Heard

    def figures(self) -> dict[str, float]:
        """What the table has of it."""
        each = self.clients * self.heard.seconds
        return {
            "% of a core per 100": self.cpu * 100,
            "server, %": self.whole * 100,
            "p50, ms": self.delay(0.5),
            "p99, ms": self.delay(0.99),
            "KB/s a client": self.heard.bytes / each / 1000,
            "messages/s": self.heard.messages / each,
            "snapshot, KB": self.heard.snapshot / 1000,
        }

    def delay(self, share: float) -> float:
        """Quantile in ms from the change to the client."""
        return float(np.quantile(self.heard.delays, share)) * 1000 if self.heard.delays else np.nan


class Fleet:
    """Moves vehicles eastward, each once per interval, until it is stopped."""

    def __init__(self, database: Database, plan: Plan) -> None:
        self._database, self._plan = database, plan
        self._stop = threading.Event()
        self.changes = 0
        self._thread = threading.Thread(target=self._drive, name="fleet")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _drive(self) -> None:
        chance = np.random.default_rng(1)
        plan = self._plan
        share = max(1, round(plan.vehicles * PACE / plan.interval))
        with closing(connect(self._database, application="bench fleet")) as conn:
            keys = [key for (key,) in conn.execute("SELECT vehicle_id FROM vehicle_state")]
            lon = chance.uniform(AREA[0], AREA[2], len(keys))
            lat = chance.uniform(AREA[1], AREA[3], len(keys))
            _move(conn, keys, lon, lat)
            at, due = 0, time.monotonic()
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += PACE
                rows = slice(at, at + share)
                lon[rows] = AREA[0] + (lon[rows] - AREA[0] + STEP) % (AREA[2] - AREA[0])
                _move(conn, keys[rows], lon[rows], lat[rows])
                self.changes += len(keys[rows])
                at = at + share if at + share < len(keys) else 0


def _move(conn: Any, keys: list[int], lon: np.ndarray, lat: np.ndarray) -> None:  # noqa: ANN401 (the store's type)
    given = {"keys": keys, "lon": lon.tolist(), "lat": lat.tolist()}
    with conn.transaction():
        conn.execute(_MOVE, given | {"at": datetime.now(UTC)})


def run(*, quick: bool) -> Report:
    """Measure."""
    return measure(QUICK if quick else Plan())


def measure(plan: Plan) -> Report:
    """What each kind of client costs, and the table of all."""
    report = Report(
        "fanout",
        f"{plan.vehicles:,} vehicles, {plan.vehicles / plan.interval:,.0f} changes/s; CPU of the "
        f"server beyond what it costs without clients; a region is {WORKING[0]:.0f} by "
        f"{WORKING[1]:.0f} degrees, each client its own; baseline: the JSON form.",
    )
    with (
        servers.database(plan.vehicles) as db,
        servers.api(db, **PATIENT) as (pid, port),
        Fleet(db, plan) as fleet,
    ):
        time.sleep(SETTLE)
        before = fleet.changes
        idle = _busy(pid, plan.seconds)
        report.figures["changes/s"] = (fleet.changes - before) / plan.seconds
        report.figures["server without clients, % of a core"] = idle * 100
        order = Order("127.0.0.1", port, 0, "json", plan.seconds, 1, AREA)
        costs = [
            _cost(pid, replace(order, clients=clients, form=form, view=view), idle)
            for view in (None, WORKING)
            for clients in plan.clients
            for form in ("json", "binary")
        ]
        report.figures["server's memory at the end, MiB"] = rss_of(pid)
    console.print(_table(costs))
    _tell(report, costs)
    return report


def _cost(pid: int, order: Order, idle: float) -> Cost:
    with _listeners(order) as clients:
        assert clients.stdin is not None
        assert clients.stdout is not None
        assert clients.stdout.readline() == b"ready\n", "the clients were not all served"
        time.sleep(SETTLE)
        clients.stdin.write(b"go\n")
        clients.stdin.flush()
        busy = _busy(pid, order.seconds)
        heard = Heard(**json.loads(clients.stdout.readline()))
    assert heard.cut == 0, f"{heard.cut} clients were cut off"
    looks = "all" if order.view is None else "a region"
    cost = Cost(order.form, order.clients, looks, (busy - idle) / order.clients * 100, busy, heard)
    row = ", ".join(f"{name} {said(value)}" for name, value in cost.figures().items())
    console.print(f"{cost.form}, {cost.clients} clients, {looks}: {row}")
    return cost


def _busy(pid: int, seconds: float) -> float:
    """Share of a core that the process uses in the next ``seconds``."""
    began, used = time.perf_counter(), cpu_of(pid)
    time.sleep(seconds)
    return (cpu_of(pid) - used) / (time.perf_counter() - began)


def _table(costs: list[Cost]) -> Table:
    table = Table("form", "clients", "looks at", box=None)
    for column in costs[0].figures():
        table.add_column(column, justify="right")
    for cost in costs:
        figures = map(said, cost.figures().values())
        table.add_row(cost.form, str(cost.clients), cost.looks, *figures)
    return table


def _tell(report: Report, costs: list[Cost]) -> None:
    """Each binary measurement against the JSON one before it."""
    for theirs, ours in zip(costs[::2], costs[1::2], strict=True):
        what = f"{ours.clients} clients, {ours.looks}"
        report.ratios += [
            _ratio(f"{what}: CPU per 100", ours.cpu * 100, theirs.cpu * 100, "% of a core"),
            _ratio(f"{what}: bytes", _rate(ours), _rate(theirs), "KB/s"),
            _ratio(f"{what}: p99", ours.delay(0.99), theirs.delay(0.99), "ms"),
        ]
        report.figures[f"{what}: p50, ms"] = ours.delay(0.5)


def _rate(cost: Cost) -> float:
    return cost.heard.bytes / cost.heard.seconds / cost.clients / 1000


def _ratio(what: str, product: float, baseline: float, unit: str) -> Ratio:
    """Of costs: above 1 the product is cheaper."""
    return Ratio(what, product, baseline, unit, baseline / product if product > 0 else np.inf)


@contextmanager
def _listeners(order: Order) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.listeners"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        process.stdin.flush()
        yield process
    finally:
        process.terminate()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
