"""One commit of the gateway's writer against a bare COPY of the same number of rows.

The writer is given messages and decodes, folds and stores them: fixes, vehicle states,
memories, checkpoints, the feed, all in one transaction.  The baseline is given rows that
are ready as bytes.  Both wait for the disk.  Seconds are of the clock, since the work is
divided between this process and a backend; their CPU is given beside.
"""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
from psycopg import Connection, sql

from bench import bare
from bench.measure import Ratio, Report, cpu_of, middle, spread, stopwatch
from bench.servers import database
from bench.traffic import PLAIN, frames
from fleet.records import FixBatch, Frame
from gateway import writer
from gateway.metrics import Metrics
from gateway.pipeline import Rules
from gateway.writer import Writer
from store import Database, commit
from store.database import connect

VEHICLES = 5000
SEED = 30
TURNS = {1000: 25, 5000: 8}
QUICK = {1000: 3}
#: of ``store.commit``: what a commit of positions calls
STATEMENTS = ("lock", "keep_fixes", "move_states", "keep_memories", "keep_checkpoints", "ring")


class Way(ABC):
    """One way to store a batch, and what its batches took."""

    def __init__(self, backend: int) -> None:
        self._backend = backend  # process id
        self.clock: list[float] = []  #: s
        self.own: list[float] = []  #: s of this process's CPU
        self.server: list[float] = []  #: s of the backend's CPU

    @abstractmethod
    def prepare(self, batch: list[Frame]) -> Callable[[], None]:
        """What stores ``batch``; only calling it is measured."""

    def turn(self, batch: list[Frame]) -> None:
        """Store one batch and note what it took."""
        store = self.prepare(batch)
        began, own, server = time.perf_counter(), time.process_time(), cpu_of(self._backend)
        store()
        self.clock.append(time.perf_counter() - began)
        self.own.append(time.process_time() - own)
        self.server.append(cpu_of(self._backend) - server)

    def forget(self) -> None:
        """Begin to count anew."""
        self.clock, self.own, self.server = [], [], []


class Product(Way):
    """The gateway's writer."""

    def __init__(self, db: Database) -> None:
        self._writer = Writer(db, Rules(), Metrics())
        self._writer.open()
        super().__init__(self._writer.conn.info.backend_pid)

    def prepare(self, batch: list[Frame]) -> Callable[[], None]:
        """Messages in, as they come from the inbox."""
        return lambda: self._write(batch)

    def _write(self, batch: list[Frame]) -> None:
        written = self._writer.write(batch, FixBatch.empty(), 0)
        assert written.stored == len(batch), f"{written.stored} of {len(batch)} were stored"

    def close(self) -> None:
        """Give the connection back."""
        self._writer.close()


class Bare(Way):
    """COPY of rows that are ready as bytes."""

    def __init__(self, conn: Connection[Any]) -> None:
        super().__init__(conn.info.backend_pid)
        self._conn = conn
        self._keys = dict(conn.execute("SELECT code, id FROM device").fetchall())

    def prepare(self, batch: list[Frame]) -> Callable[[], None]:
        """Rows with the devices and the times of the messages."""
        received = np.array([frame.received for frame in batch])
        made = bare.rows(len(batch))
        made["device_id"] = [self._keys[frame.device] for frame in batch]
        made["received_at"] = made["time"] = bare.instant(received)
        bare.make_table(self._conn, commit.days(received))
        return lambda: bare.copy(self._conn, made)


def run(*, quick: bool) -> Report:
    """Measure both sizes on one server."""
    report = Report(
        "commit",
        f"Writer.write (decode, fold, store) against a bare binary COPY into an identical table; "
        f"{VEHICLES:,} vehicles, one fix a message, embedded PostgreSQL, synchronous_commit on.",
    )
    with database(VEHICLES) as db, closing(connect(db, application="bench")) as conn:
        ours, theirs = Product(db), Bare(conn)
        source = frames(VEHICLES, SEED, mix=PLAIN)
        for way in (ours, theirs):
            way.turn(list(itertools.islice(source, VEHICLES)))  # every vehicle is known now
        for size, turns in (QUICK if quick else TURNS).items():
            _compare(report, (ours, theirs), source, size, turns)
        ours.close()
        for name, table in (("fixes stored by the writer", "fix"), ("rows copied", "bare_fix")):
            count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            report.figures[name] = conn.execute(count).fetchall()[0][0]
    return report


def _compare(
    report: Report, ways: tuple[Product, Bare], source: Iterator[Frame], size: int, turns: int
) -> None:
    """Both ways turn by turn; each gets batches of its own, all of the same stream."""
    for way in ways:
        way.forget()
    spent: dict[str, float] = {}
    with stopwatch(spent, commit, STATEMENTS), stopwatch(spent, writer, ("read", "conclude")):
        for turn in range(turns):
            for way in ways if turn % 2 else ways[::-1]:
                way.turn(list(itertools.islice(source, size)))
    ours, theirs = ways
    for what, mine, other in (
        ("clock", ours.clock, theirs.clock),
        ("CPU of both", _sum(ours), _sum(theirs)),
    ):
        ratios = [b / a for a, b in zip(mine, other, strict=True)]
        report.ratios.append(
            Ratio(
                f"{size:,} fixes, {what}",
                size / middle(mine),
                size / middle(other),
                "rows/s",
                middle(ratios),
                spread(ratios),
            )
        )
    for way, name in ((ours, "writer"), (theirs, "COPY")):
        report.figures[f"{name}, us of its process per row at {size:,}"] = _each(way.own, size)
        report.figures[f"{name}, us of the backend per row at {size:,}"] = _each(way.server, size)
    spent["the rest, COMMIT included"] = sum(ours.clock) - sum(spent.values())
    for name, seconds in spent.items():
        report.figures[f"writer: {name}, us of the clock per row at {size:,}"] = (
            seconds / turns / size * 1e6
        )


def _sum(way: Way) -> list[float]:
    return [own + server for own, server in zip(way.own, way.server, strict=True)]


def _each(seconds: list[float], size: int) -> float:
    return middle(seconds) / size * 1e6
