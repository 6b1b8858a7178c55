"""Trips in the worker: a thread that looks at what the clock, not a message, brings about."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from math import inf
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter

import store
from fleet.errors import StoreAway
from store import database
from worker.trips import Rhythm, Watch

log = structlog.get_logger()

#: name, kind, labels, what it means
METRICS = (
    ("milepost_clock_evaluations", Counter, (), "Trips looked at because time had passed"),
    ("milepost_learned", Counter, (), "Completed trips that the travel-time model learned from"),
    ("milepost_scored", Counter, (), "Stops whose estimates were scored"),
    ("milepost_clock_failures", Counter, (), "Looks at trips that the database refused"),
)


class Clock:
    """Runs until ``stop`` is set."""

    def __init__(
        self,
        db: store.Database,
        watch: Watch,
        rhythm: Rhythm,
        stop: threading.Event,
        registry: CollectorRegistry,
    ) -> None:
        self._db, self._watch, self._rhythm, self._stop = db, watch, rhythm, stop
        self._conn: Any = None  # a psycopg connection; only the store knows what that is
        self.problem = "trips were not looked at yet"
        self._looked = Counter(METRICS[0][0], METRICS[0][3], registry=registry)
        self._learned = Counter(METRICS[1][0], METRICS[1][3], registry=registry)
        self._scored = Counter(METRICS[2][0], METRICS[2][3], registry=registry)
        self._failures = Counter(METRICS[3][0], METRICS[3][3], registry=registry)
        self._studied = -inf

    def run(self, clock: Callable[[], datetime]) -> None:
        """Look at once and then every ``Rhythm.look`` seconds."""
        try:
            while not self._stop.is_set():
                self._stop.wait(self._try(clock()))
        finally:
            self._leave()

    def _try(self, now: datetime) -> float:
        """Look once; how long to wait then, s."""
        try:
            self.round(now)
        except StoreAway as away:
            self.problem = str(away)
            self._failures.inc()
            self._leave()
            log.warning("trips put off", reason=str(away), retry_s=self._rhythm.retry)
            return self._rhythm.retry
        return self._rhythm.look

    def round(self, now: datetime) -> None:
        """Look at every trip that is due; now and then learn and score.

        Raises:
            StoreAway: the database did not answer; what was kept stays kept.
        """
        with database.away():
            if self._conn is None:
                self._conn = database.connect(self._db, application="milepost-worker-trips")
            looked = self._watch.round(self._conn, now.timestamp())
            self._looked.inc(looked)
            if now.timestamp() - self._studied >= self._rhythm.learn:
                self._studied = now.timestamp()
                learned, scored = self._watch.study(self._conn, now.timestamp())
                self._learned.inc(learned)
                self._scored.inc(scored)
        self.problem = ""

    def _leave(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
