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
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

import store
from fleet.errors import SettingInvalid, StoreAway
from route import model
from shipment import calls
from store import database, maintenance
from store.maintenance import Retention
from worker import alerts, chaser, sender, trips, waybills
from worker.alerts import METRICS as ALERT_METRICS
from worker.alerts import AlertWatch
from worker.chaser import METRICS as CHASER_METRICS
from worker.chaser import Chaser
from worker.clock import METRICS as CLOCK_METRICS
from worker.clock import Clock
from worker.sender import METRICS as SENDER_METRICS
from worker.sender import Sender
from worker.waybills import METRICS as WAYBILL_METRICS
from worker.waybills import Waybills

log = structlog.get_logger()

#: name, kind, labels, what it means
METRICS = (
    ("milepost_maintenance_runs", Counter, (), "Rounds of maintenance that went through"),
    ("milepost_maintenance_failures", Counter, (), "Rounds that the database did not let through"),
    ("milepost_purged", Counter, ("what",), "Rows (days, for the history) removed by retention"),
    ("milepost_maintenance_last", Gauge, (), "Time of the last complete round, s since 1970"),
    *CLOCK_METRICS,
    *ALERT_METRICS,
    *SENDER_METRICS,
    *WAYBILL_METRICS,
    *CHASER_METRICS,
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
    waybills: waybills.Pace = field(default_factory=waybills.Pace)
    alerts: alerts.Rhythm = field(default_factory=alerts.Rhythm)
    notices: sender.Sending = field(default_factory=sender.Sending)
    chaser: chaser.Rhythm = field(default_factory=chaser.Rhythm)
    queries: calls.Rules = field(default_factory=calls.Rules)
    zone: str = "UTC"  #: IANA, of the installation
    estimates: model.Rules = field(default_factory=model.Rules)


class Part(Protocol):
    """What has a thread of its own in the worker."""

    problem: str  #: in plain words; "" for nothing

    def run(self, clock: Callable[[], datetime]) -> None:
        """Work until the worker stops; what the database refuses is tried again.

        Raises:
            SettingInvalid: the database's address is none.
        """


class Worker:
    """Runs until ``stop`` is set."""

    def __init__(self, settings: Settings, stop: threading.Event) -> None:
        self._settings, self._stop = settings, stop
        self._problem = "no round of maintenance has gone through yet"
        self._broke = False  # a part ended by a fault
        self.registry = CollectorRegistry()
        self._runs = Counter(METRICS[0][0], METRICS[0][3], registry=self.registry)
        self._failures = Counter(METRICS[1][0], METRICS[1][3], registry=self.registry)
        self._purged = Counter(METRICS[2][0], METRICS[2][3], METRICS[2][2], registry=self.registry)
        self._last = Gauge(METRICS[3][0], METRICS[3][3], registry=self.registry)
        db, registry = settings.database, self.registry
        watch = trips.Watch(settings.trips, settings.estimates)
        self._parts: dict[str, Part] = {
            "trips": Clock(db, watch, settings.trips, stop, registry),
            "waybills": Waybills(db, settings.waybills, stop, registry),
            "alerts": AlertWatch(db, settings.alerts, settings.zone, stop, registry),
            "notices": Sender(db, settings.notices, settings.zone, stop, registry),
            "desk": Chaser(db, settings.chaser, settings.queries, settings.zone, stop, registry),
        }

    def problems(self) -> dict[str, str]:
        """What is wrong, in plain words; "" for nothing."""
        return {"database": self._problem} | {
            name: part.problem for name, part in self._parts.items()
        }

    def run(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Do a round at once and then every ``Rhythm.every`` seconds; beside it run the parts.

        Each part has a thread of its own: a round of maintenance may take minutes.

        Raises:
            SystemExit: a part ended by a fault, which it has told.
        """
        threads = [
            threading.Thread(target=self._run_part, args=(name, part, clock), name=name)
            for name, part in self._parts.items()
        ]
        for thread in threads:
            thread.start()
        try:
            self._maintain(clock)
        finally:
            self._stop.set()  # a fault of maintenance ends the parts, too
            for thread in threads:
                thread.join()
            log.info("stopped")
        if self._broke:
            raise SystemExit(1)

    def _run_part(self, name: str, part: Part, clock: Callable[[], datetime]) -> None:
        """Run a part until the worker stops; a fault that no round expects stops it, too.

        A worker of which a part is dead would say that it is well; one that is gone is started
        again.
        """
        try:
            part.run(clock)
        except SettingInvalid as wrong:  # maintenance meets it, too, and tells the user
            log.debug("a part cannot run", part=name, reason=str(wrong))
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
