"""Trips in the worker: a thread that looks at what the clock, not a message, brings about."""

from __future__ import annotations

import threading
from datetime import datetime
from math import inf
from typing import Any

from prometheus_client import CollectorRegistry, Counter

import store
from worker.part import Part
from worker.trips import Rhythm, Watch

#: name, kind, labels, what it means
METRICS = (
    ("milepost_clock_evaluations", Counter, (), "Trips looked at because time had passed"),
    ("milepost_learned", Counter, (), "Completed trips that the travel-time model learned from"),
    ("milepost_scored", Counter, (), "Stops whose estimates were scored"),
    ("milepost_clock_failures", Counter, (), "Looks at trips that the database refused"),
)


class Clock(Part):
    """Looks at trips; now and then learns from them and scores."""

    def __init__(
        self,
        db: store.Database,
        watch: Watch,
        rhythm: Rhythm,
        stop: threading.Event,
        registry: CollectorRegistry,
    ) -> None:
        failures = Counter(METRICS[3][0], METRICS[3][3], registry=registry)
        super().__init__("trips", db, rhythm, stop, failures)
        self._watch, self._rhythm = watch, rhythm
        self._looked = Counter(METRICS[0][0], METRICS[0][3], registry=registry)
        self._learned = Counter(METRICS[1][0], METRICS[1][3], registry=registry)
        self._scored = Counter(METRICS[2][0], METRICS[2][3], registry=registry)
        self._studied = -inf

    def _look(self, conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
        """Look at every trip that is due; now and then learn and score."""
        self._looked.inc(self._watch.round(conn, now.timestamp()))
        if now.timestamp() - self._studied >= self._rhythm.learn:
            self._studied = now.timestamp()
            learned, scored = self._watch.study(conn, now.timestamp())
            self._learned.inc(learned)
            self._scored.inc(scored)
