"""What the parts of the worker that look now and then have in common."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import structlog
from prometheus_client import Counter

import store
from fleet.errors import StoreAway
from store import database

log = structlog.get_logger()


class Pulse(Protocol):
    """How often a part looks."""

    @property
    def look(self) -> float:
        """Time between two rounds, s."""

    @property
    def retry(self) -> float:
        """Time until the next try when the database was away, s."""


class Part(ABC):
    """Looks again and again until ``stop`` is set, on a connection of its own.

    When the database is away the connection is given up, and made anew with the next round.
    """

    def __init__(
        self,
        name: str,
        db: store.Database,
        pulse: Pulse,
        stop: threading.Event,
        failures: Counter,
    ) -> None:
        self._name, self._db, self._pulse, self._stop = name, db, pulse, stop
        self._failures = failures
        self._conn: Any = None  # a psycopg connection; only the store knows what that is
        self.problem = "nothing was looked at yet"

    def run(self, clock: Callable[[], datetime]) -> None:
        """Look at once and then again after each rest."""
        try:
            while not self._stop.is_set():
                self._stop.wait(self._try(clock()))
        finally:
            self._leave()

    def round(self, now: datetime) -> None:
        """Look once.

        Raises:
            StoreAway: the database did not answer; what was kept stays kept.
        """
        with database.away():
            if self._conn is None:
                application = f"milepost-worker-{self._name}"
                self._conn = database.connect(self._db, application=application)
            self._look(self._conn, now)
        self.problem = ""

    @abstractmethod
    def _look(self, conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
        """What is done in a round."""

    def _rest(self, took: float) -> float:
        """How long to wait after a round that took so long, s."""
        del took
        return self._pulse.look

    def _try(self, now: datetime) -> float:
        """Look once; how long to wait then, s."""
        began = time.monotonic()
        try:
            self.round(now)
        except StoreAway as away:
            self.problem = str(away)
            self._failures.inc()
            self._leave()
            log.warning("put off", part=self._name, reason=str(away), retry_s=self._pulse.retry)
            return self._pulse.retry
        return self._rest(time.monotonic() - began)

    def _leave(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
