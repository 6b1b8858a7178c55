"""Waybills in the worker: a thread that derives what has become of them, and judges promises.

Whoever writes a fact leaves a row that says which waybills it concerns.  This takes such rows
when the bell rings, and every second in case it was not heard; milestones, states and the
notices of them are written in one transaction, so that none is without the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter

import store
from fleet.errors import StoreAway
from shipment import versions
from store import database, derivation, feed, notices

log = structlog.get_logger()

#: name, kind, labels, what it means
METRICS = (
    ("milepost_waybills_derived", Counter, (), "Waybills derived anew because a fact was new"),
    ("milepost_milestone_versions", Counter, (), "Versions of milestones that were added"),
    ("milepost_promises_judged", Counter, (), "Promises of waybills that were judged"),
    ("milepost_waybill_failures", Counter, (), "Looks at waybills that the database refused"),
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often, and how many at once."""

    look: float = 1.0  #: s after which it looks without a bell
    judge: float = 10.0  #: s between two looks at promises
    apart: float = 60.0  #: s between two judgements of one: what makes a risk worse (domain 3.9)
    at_once: int = 200  #: waybills in a transaction: some 100 ms, in which the feed may wait
    retry: float = 5.0  #: s until the next try when the database was away


class Waybills:
    """Runs until ``stop`` is set."""

    def __init__(
        self, db: store.Database, pace: Pace, stop: threading.Event, registry: CollectorRegistry
    ) -> None:
        self._db, self._pace, self._stop = db, pace, stop
        self._conn: Any = None  # psycopg connections; only the store knows what they are
        self._bell: Any = None
        self.problem = "waybills were not looked at yet"
        counters = [Counter(name, text, registry=registry) for name, _, _, text in METRICS]
        self._derived, self._versions, self._judged, self._failures = counters
        self._last = -inf

    def run(self, clock: Callable[[], datetime]) -> None:
        """Look at once, and then whenever the bell rings or ``Pace.look`` has passed."""
        try:
            while not self._stop.is_set():
                self._try(clock)
        finally:
            self.close()

    def _try(self, clock: Callable[[], datetime]) -> None:
        try:
            with database.away():
                if self._bell is None:
                    self._bell = database.connect(self._db, application="milepost-worker-bell")
                    feed.listen(self._bell)
                self.round(clock())
                feed.wait(self._bell, self._pace.look)
        except StoreAway as away:
            self.problem = str(away)
            self._failures.inc()
            self.close()
            log.warning("waybills put off", reason=str(away), retry_s=self._pace.retry)
            self._stop.wait(self._pace.retry)

    def round(self, now: datetime) -> int:
        """Derive every waybill that is due, and judge promises in turn; how many were derived.

        Raises:
            StoreAway: the database did not answer; what was kept stays kept.
        """
        derived = 0
        with database.away():
            if self._conn is None:
                self._conn = database.connect(self._db, application="milepost-worker-waybills")
            while not self._stop.is_set() and (found := self._derive(now)):
                derived += found
            if now.timestamp() - self._last >= self._pace.judge:
                self._last = now.timestamp()
                while not self._stop.is_set() and self._judge_stale(now) == self._pace.at_once:
                    pass
        self.problem = ""
        return derived

    def _derive(self, now: datetime) -> int:
        with self._conn.transaction():
            due = derivation.take_due(self._conn, self._pace.at_once)
            if not due:
                return 0
            cases = derivation.load_cases(self._conn, due)
            derived = [versions.derive(case, now.timestamp()) for case in cases]
            told = [
                transition
                for case, one in zip(cases, derived, strict=True)
                for transition in versions.transitions(case, one)
            ]
            notices.enqueue(self._conn, told, now)
            news = derivation.keep(self._conn, derived, now)
            self._judge(due, now)
            derivation.ring(self._conn, news)
        self._derived.inc(len(due))
        self._versions.inc(sum(len(one.versions) for one in derived))
        return len(due)

    def _judge_stale(self, now: datetime) -> int:
        with self._conn.transaction():
            before = now - timedelta(seconds=self._pace.apart)
            stale = derivation.find_stale(self._conn, now, before, self._pace.at_once)
            self._judge(stale, now)
        return len(stale)

    def _judge(self, waybills: list[int], now: datetime) -> None:
        cases = derivation.load_promises(self._conn, waybills, now)
        verdict = versions.judge(cases, now.timestamp())
        derivation.keep_promises(self._conn, verdict.judged, now)
        notices.enqueue(self._conn, verdict.told, now)
        self._judged.inc(len(cases))

    def close(self) -> None:
        """Leave the database; the next look comes back."""
        for conn in (self._conn, self._bell):
            if conn is not None:
                conn.close()
        self._conn = self._bell = None
