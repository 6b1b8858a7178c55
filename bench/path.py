"""The whole path, from a terminal's socket to a durable row, against the bare one.

Processes, all on this machine: the publisher (``bench.publisher``: many connections, raw MQTT),
the embedded broker, the gateway (``milepost gateway``) or its rival (``bench.rival``), the
embedded PostgreSQL with one backend for either; nothing is bound to a core.  The publisher
keeps the broker's backlog full, but no fuller than one in-flight window and a half, so that
whoever takes messages never waits for one and the figure is what can be sustained.  Product
and baseline take turns on the same servers and under the same session; rows are counted by
the time of their commit, which PostgreSQL keeps.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, sql

from bench.measure import Ratio, Report, cpu_of, middle, rss_of, spread
from bench.publisher import Order, Sent, backlog
from bench.rival import NAME as RIVAL
from bench.servers import Servers
from bench.traffic import INTERVAL
from store import Database
from store.database import connect

ROOT = Path(__file__).parents[1]
SEED = 40
REQUIRED = 0.6
GATEWAY = "milepost-gateway"  #: its name in pg_stat_activity
WARM = 3.0  #: s until both ways have found their pace
_READY = 30.0  #: s for a process to say that it listens
_DRAIN = 60.0  #: s for what the broker still keeps
_DAY = 86_400.0
APART = 1200.0  #: s of the fleet's clocks between two turns: more than one takes
BACKLOG = 15_000  #: messages that may wait in the broker: a window and a half
_MANY = 5000  #: messages of many fixes: three batches of 2 MB
_POLL = 0.05  #: s


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often."""

    turns: int = 3  #: of each way and load: other work on the machine comes and goes
    seconds: float = 9.0  #: of publishing, ``warm`` included
    warm: float = WARM
    first_looks: float = 15.0  #: s more: at its first look at a trip the gateway reviews it
    vehicles: int = 5000


@dataclass(frozen=True, slots=True)
class Run:
    """What one turn gave."""

    rate: float  #: fixes committed per second
    batch: float  #: median fixes per commit
    costs: dict[str, float]  #: us of CPU per fix, by process
    grown: float  #: MiB that the taking process grew from the warm-up to the end
    sent: Sent
    commits: NDArray[np.float64]  #: (n, 2): s since 1970, rows


def recent(seconds: float) -> float:
    """So many seconds of one UTC day lie behind it, all of them past, none long ago.

    A vehicle of which nothing was heard for hours has no estimate.
    """
    begin = time.time() - seconds - APART
    end = begin + seconds
    return begin if begin // _DAY == end // _DAY else end // _DAY * _DAY - seconds - 1


def turns(of: Servers, plan: Plan, start: float, apart: float) -> tuple[list[Run], list[Run]]:
    """The product's turns and those of its rival; the fleet's clocks begin ``apart`` s apart."""
    ours: list[Run] = []
    theirs: list[Run] = []
    for turn in range(plan.turns):
        for product in (True, False) if turn % 2 else (False, True):
            runs = ours if product else theirs
            runs.append(pressed(of, plan, start + turn * apart, product=product))
    return ours, theirs


def tell(report: Report, ours: list[Run], theirs: list[Run]) -> None:
    """Put rates, costs and their ratios into the report."""
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    rate = "sustained, durable"
    product, baseline = middle([r.rate for r in ours]), middle([r.rate for r in theirs])
    report.ratios.append(
        Ratio(rate, product, baseline, "fixes/s", middle(ratios), spread(ratios), REQUIRED)
    )
    costs = [
        sum(a.costs.values()) / sum(b.costs.values()) for a, b in zip(ours, theirs, strict=True)
    ]
    report.ratios.append(
        Ratio(
            "CPU of all processes",
            middle([sum(r.costs.values()) for r in ours]),
            middle([sum(r.costs.values()) for r in theirs]),
            "us/fix",
            1 / middle(costs),
            spread(costs),
        )
    )
    for way, runs in (("gateway", ours), ("baseline", theirs)):
        for name in runs[0].costs:
            figure = f"{way}: CPU of {name}, us/fix"
            report.figures[figure] = middle([r.costs[name] for r in runs])
        report.figures[f"{way}: fixes per commit"] = middle([r.batch for r in runs])
        report.figures[f"{way}: memory grown, MiB"] = max(r.grown for r in runs)
        report.figures[f"{way}: publisher held back by the backlog, share"] = middle(
            [r.sent.paused for r in runs]
        )
    report.notes.append(
        "by turn: "
        + ", ".join(f"{a.rate:,.0f} : {b.rate:,.0f}" for a, b in zip(ours, theirs, strict=True))
    )


def pressed(of: Servers, plan: Plan, start: float, *, product: bool, epochs: int = 1) -> Run:
    """One turn as fast as it goes."""
    order = Order(
        of.broker.url("bench"),
        of.monitor,
        plan.vehicles,
        SEED,
        plan.seconds,
        start=start,
        interval=INTERVAL,
        epochs=epochs,
        backlog=BACKLOG if epochs == 1 else _MANY,
    )
    table = "fix" if product else "bare_fix"
    with taking(of, plan, start, product=product) as taker, publisher(order) as sender:
        watched = {
            "publisher": sender.pid,
            "broker": of.broker.child.pid if of.broker.child else 0,
            "gateway" if product else "rival": taker.pid,
            "backend": backend(of.database.url, GATEWAY if product else RIVAL),
        }
        go(sender)
        time.sleep(plan.warm)
        began, before, memory = time.time(), spent(watched), rss_of(taker.pid)
        time.sleep(max(plan.seconds - plan.warm - 0.5, 0))
        ended, after = time.time(), spent(watched)
        grown = rss_of(taker.pid) - memory
        sent = done(sender)
        drained(of)
    commits = _commits(of.database.url, table)
    inside = commits[(commits[:, 0] >= began) & (commits[:, 0] < ended)]
    assert len(inside), f"nothing was committed to {table} while it was measured"
    fixes = float(inside[:, 1].sum())
    costs = {name: (after[name] - before[name]) / fixes * 1e6 for name in watched}
    return Run(
        _rate(inside, ended - began), middle(inside[:, 1].tolist()), costs, grown, sent, inside
    )


def _rate(commits: NDArray[np.float64], seconds: float) -> float:
    """Rows per second from commit to commit: of large ones few end within a turn.

    Counted by the clock alone, one commit of 5,000 more or less would be a third of the figure.
    """
    commits = commits[np.argsort(commits[:, 0])]
    if len(commits) < 2:  # no stretch between two
        return float(commits[:, 1].sum()) / seconds
    return float(commits[1:, 1].sum() / (commits[-1, 0] - commits[0, 0]))


@contextmanager
def taking(
    of: Servers, plan: Plan, start: float, *, product: bool
) -> Iterator[subprocess.Popen[bytes]]:
    """The gateway, or its rival, once it listens."""
    if not product:
        with rival(of, of.database.url, start, plan.vehicles) as process:
            yield process
        return
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MILEPOST_")}
    environment |= {
        "MILEPOST_DATABASE_URL": of.database.url,
        "MILEPOST_BROKER_URL": of.broker.url(),
        "MILEPOST_LOG_FORMAT": "json",
    }
    with _taker(of, ["milepost", "gateway"], environment, b"") as process:
        yield process


@contextmanager
def rival(
    of: Servers, database: str, start: float, vehicles: int
) -> Iterator[subprocess.Popen[bytes]]:
    """``bench.rival``, once it listens; with an empty ``database`` it stores nothing."""
    order = {
        "broker": of.broker.url(),
        "database": database,
        "start": start,
        "vehicles": vehicles,
    }
    with _taker(of, ["bench.rival"], os.environ, json.dumps(order).encode() + b"\n") as process:
        yield process


@contextmanager
def _taker(
    of: Servers, module: list[str], environment: Mapping[str, str], said: bytes
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that takes messages, once it says that it listens."""
    log = _log(of)
    with log.open("wb") as written, _child(module, environment, stderr=written) as process:
        assert process.stdin is not None
        process.stdin.write(said)
        process.stdin.flush()
        deadline = time.monotonic() + _READY
        while b"listening" not in log.read_bytes():
            alive = process.poll() is None and time.monotonic() < deadline
            assert alive, f"{module[0]} does not listen. {log.read_text()[-2000:]}"
            time.sleep(_POLL)
        yield process


@contextmanager
def publisher(order: Order) -> Iterator[subprocess.Popen[bytes]]:
    """The publisher, ready to send."""
    with _child(["bench.publisher"], os.environ) as process:
        _write(process, json.dumps(asdict(order)))
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", "the publisher did not get ready"
        yield process


@contextmanager
def _child(
    module: list[str],
    environment: Mapping[str, str],
    stderr: Any = None,  # noqa: ANN401 - a file
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", *module],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _write(process: subprocess.Popen[bytes], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line.encode() + b"\n")
    process.stdin.flush()


def go(sender: subprocess.Popen[bytes]) -> None:
    """Let a publisher begin."""
    _write(sender, "go")


def done(sender: subprocess.Popen[bytes]) -> Sent:
    """What a publisher did; waits until it has."""
    assert sender.stdout is not None
    sent = Sent(**json.loads(sender.stdout.readline()))
    assert sent.acknowledged == sent.published, f"the broker did not take everything: {sent}"
    return sent


def drained(of: Servers) -> None:
    """Return when the broker keeps nothing any more."""
    deadline = time.monotonic() + _DRAIN
    while left := backlog(of.monitor):
        said = _log(of).read_text(errors="replace")[-2000:]
        assert time.monotonic() < deadline, f"{left} messages are left in the broker. {said}"
        time.sleep(_POLL)


def _log(of: Servers) -> Path:
    """What the process that takes messages has to say."""
    return of.folder / "taker.log"


def spent(watched: Mapping[str, int]) -> dict[str, float]:
    """Seconds of CPU so far, by process."""
    return {name: cpu_of(pid) for name, pid in watched.items()}


def backend(url: str, application: str) -> int:
    """The process in the database that serves ``application``."""
    with closing(connected(url)) as conn:
        found = conn.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application]
        ).fetchall()
    assert len(found) == 1, f"{len(found)} backends of {application}"
    return int(found[0][0])


def _commits(url: str, table: str) -> NDArray[np.float64]:
    """Time and rows of every commit in ``table``."""
    query = sql.SQL(
        "SELECT extract(epoch FROM pg_xact_commit_timestamp(which::xid))::float8, rows"
        " FROM (SELECT xmin::text AS which, count(*) AS rows FROM {} GROUP BY 1) AS x"
    ).format(sql.Identifier(table))
    with closing(connected(url)) as conn:
        return np.array(conn.execute(query).fetchall(), float).reshape(-1, 2)


def delays(url: str, since: float) -> NDArray[np.float64]:
    """Seconds from its time to its commit, of each fix not older than ``since``."""
    query = (
        "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - time)::float8 FROM fix"
        " WHERE time >= to_timestamp(%s)"
    )
    with closing(connected(url)) as conn:
        return np.array(conn.execute(query, [since]).fetchall(), float).ravel()


def connected(url: str) -> Connection[Any]:
    """A connection of the benchmark itself."""
    return connect(Database(url), application="bench")
