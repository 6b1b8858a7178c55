"""The worker's loop: maintenance of the store, by the clock.

The database's own background jobs are not relied on: they fail silently on some builds,
and plain PostgreSQL has none.  Everything here can be interrupted and called again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

import store
from fleet.errors import SettingInvalid, StoreAway
from route import model
from store import database, maintenance
from store.maintenance import Retention
from worker import trips
from worker.clock import METRICS as CLOCK_METRICS
from worker.clock import Clock

log = structlog.get_logger()

#: name, kind, labels, what it means
METRICS = (
    ("milepost_maintenance_runs", Counter, (), "Rounds of maintenance that went through"),
    ("milepost_maintenance_failures", Counter, (), "Rounds that the database did not let through"),
    ("milepost_purged", Counter, ("what",), "Rows (days, for the history) removed by retention"),
    ("milepost_maintenance_last", Gauge, (), "Time of the last complete round, s since 1970"),
    *CLOCK_METRICS,
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When the worker does what."""

    every: float = 600.0  #: s between two rounds; partitions are made days ahead
    ahead: int = 3  #: days of partitions kept ready
    retry: float = 15.0  #: s until the next try when the database was away


@dataclass(frozen=True, slots=True)
class Settings:
    """How the worker runs."""

    database: store.Database = field(default_factory=store.Database)
    retention: Retention = field(default_factory=Retention)
    rhythm: Rhythm = field(default_factory=Rhythm)
    trips: trips.Rhythm = field(default_factory=trips.Rhythm)
    estimates: model.Rules = field(default_factory=model.Rules)


class Worker:
    """Runs until ``stop`` is set."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        self._problem = "no round of maintenance has gone through yet"
        self._broke = False  # the thread of trips ended by a fault
        self.registry = CollectorRegistry()
        self._runs = Counter(METRICS[0][0], METRICS[0][3], registry=self.registry)
        self._failures = Counter(METRICS[1][0], METRICS[1][3], registry=self.registry)
        self._purged = Counter(METRICS[2][0], METRICS[2][3], METRICS[2][2], registry=self.registry)
        self._last = Gauge(METRICS[3][0], METRICS[3][3], registry=self.registry)
        watch = trips.Watch(settings.trips, settings.estimates)
        self._clock = Clock(settings.database, watch, settings.trips, stop, self.registry)

    def problems(self) -> dict[str, str]:
        """What is wrong, in plain words; "" for nothing."""
        return {"database": self._problem, "trips": self._clock.problem}

    def run(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Do a round at once and then every ``Rhythm.every`` seconds; beside it, look at trips.

        Trips have a thread of their own: a round of maintenance may take minutes.

        Raises:
            SystemExit: that thread ended by a fault, which it has told.
        """
        trips_thread = threading.Thread(target=self._watch_trips, args=(clock,), name="trips")
        trips_thread.start()
        try:
            self._maintain(clock)
        finally:
            self._stop.set()  # a fault of maintenance ends the thread of trips, too
            trips_thread.join()
            log.info("stopped")
        if self._broke:
            raise SystemExit(1)

    def _watch_trips(self, clock: Callable[[], datetime]) -> None:
        """Look at trips until the worker stops; what no round expects stops it, too.

        A worker whose trips nobody watches would say that it is well; one that is gone is
        started again.
        """
        try:
            self._clock.run(clock)
        except SettingInvalid as wrong:  # maintenance meets it, too, and tells the user
            log.debug("trips cannot be watched", reason=str(wrong))
            return
        except BaseException:
            self._broke = True
            self._stop.set()
            raise

    def _maintain(self, clock: Callable[[], datetime]) -> None:
        while not self._stop.is_set():
            pause = self._settings.rhythm.every
            try:
                self.round(clock())
            except StoreAway as away:
                self._problem = str(away)
                self._failures.inc()
                pause = self._settings.rhythm.retry
                log.warning("maintenance put off", reason=str(away), retry_s=pause)
            self._stop.wait(pause)

    def round(self, now: datetime) -> None:
        """Make room for the coming days, remove what is old, compress what is closed.

        Raises:
            StoreAway: the database did not answer; what was done stays done.
        """
        settings, keep = self._settings, self._settings.retention
        began = time.monotonic()
        conn = database.connect(settings.database, application="milepost-worker")
        try:
            with database.away():
                made = maintenance.ahead(conn, now.date(), settings.rhythm.ahead)
                removed = maintenance.retain(conn, now, keep)
                compressed = maintenance.compress(conn, now, keep)
        finally:
            conn.close()
        for purge in removed:
            self._purged.labels(purge.what).inc(purge.rows)
        self._problem = ""
        self._runs.inc()
        self._last.set(now.timestamp())
        log.info(
            "maintenance done",
            days_made=len(made),
            purged={purge.what: purge.rows for purge in removed if purge.rows},
            compressed=compressed,
            seconds=round(time.monotonic() - began, 2),
        )
