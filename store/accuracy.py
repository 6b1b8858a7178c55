"""The ledger of estimates: how good they were, told when the truth is known.

A stop is scored when its arrival is known, and anew when that is corrected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from fleet.scope import Scope
from fleet.trip_views import Accuracy
from store import queries
from store.arrays import Float8, Instant, Int2, Int4
from store.learned import ModelVersion, list_models

__all__ = [
    "ModelVersion",
    "Score",
    "Unscored",
    "accuracy",
    "keep_scores",
    "list_models",
    "load_unscored",
]

_SQL = queries.load("accuracy")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unscored:
    """A stop with the estimates from before its arrival, ``n`` of them, oldest first."""

    stop: int  #: key
    trip: int  #: key
    actual: float  #: arrival, s since 1970; NaN: it is none any more
    at: Floats  #: (n,) when each was made
    p50: Floats  #: (n,)
    p90: Floats  #: (n,)
    planned: Floats  #: (n,) what the plan of that moment said; NaN nothing
    delay: Floats  #: (n,) s that the trip was late for certain by then; 0 before anything was
    model: tuple[str, ...]  #: (n,)


@dataclass(frozen=True, slots=True)
class Score:
    """How good the estimates of a stop by one model were, made one span ahead; sums, see table."""

    stop: int  #: key
    model: str
    bucket: int
    estimates: int
    absolute: float
    signed: float
    covered: int
    within: int
    relative: float
    relatives: int
    planned: float
    carried: float


def load_unscored(conn: Connection[Any], limit: int) -> list[Unscored]:
    """At most ``limit`` stops that are to be scored, also those without estimates."""
    cursor = conn.cursor(binary=True)
    found = cursor.execute(_SQL["load_unscored"], {"limit": limit}).fetchall()
    delays = _load_delays(conn, sorted({row[1] for row in found}))
    unscored = []
    for stop, trip, actual, *columns, model in found:
        at, p50, p90, planned = (np.array(column or (), np.float64) for column in columns)
        delay = _known_delay(at, delays.get(trip, ()))
        one = Unscored(
            stop, trip, actual, at, at + p50, at + p90, planned, delay, tuple(model or ())
        )
        unscored.append(one)
    return unscored


def keep_scores(conn: Connection[Any], stops: Sequence[Unscored], scores: Sequence[Score]) -> None:
    """Write the scores of ``stops``, in place of earlier ones; a stop may have none.

    One whose arrival was corrected since ``stops`` were loaded will be loaded again.
    """
    if not stops:
        return
    given: dict[str, Any] = {"stop": Int4(np.array([each.stop for each in stops]))}
    conn.execute(_SQL["clear_scores"], given)
    if scores:
        conn.execute(_SQL["add_scores"], _columns(stops, scores))
    given["actual"] = Instant(np.array([each.actual for each in stops]))
    conn.execute(_SQL["mark_scored"], given)


def accuracy(
    conn: Connection[Any],
    scope: Scope,
    by: Literal["all", "hub", "lane", "day"],
    start: datetime,
    end: datetime,
    *,
    model: str | None = None,
) -> list[Accuracy]:
    """Sums over arrivals with ``start <= actual < end``, by group, model and bucket.

    A hub is the code of a site, a lane the codes of the ends of trips (``a - b``), a day is one
    where the stop is.
    """
    given = queries.within(scope, by=by, start=start, end=end, model=model)
    found = conn.cursor(binary=True).execute(_SQL["accuracy"], given)
    return [Accuracy(*row) for row in found]


def _columns(stops: Sequence[Unscored], scores: Sequence[Score]) -> dict[str, Any]:
    actual = {each.stop: each.actual for each in stops}
    columns: dict[str, Any] = {
        "actual": Instant(np.array([actual[score.stop] for score in scores])),
        "model": [score.model for score in scores],
        "bucket": Int2(np.array([score.bucket for score in scores])),
    }
    for name in ("stop", "estimates", "covered", "within", "relatives"):
        columns[name] = Int4(np.array([getattr(score, name) for score in scores]))
    for name in ("absolute", "signed", "relative", "planned", "carried"):
        columns[name] = Float8(np.array([getattr(score, name) for score in scores]))
    return columns


def _load_delays(
    conn: Connection[Any], trips: Sequence[int]
) -> dict[int, list[tuple[float, float]]]:
    """When it became certain how late each trip was, and how late."""
    given = {"trips": Int4(np.array(trips, np.int32))}
    delays: dict[int, list[tuple[float, float]]] = {}
    for trip, time, late in conn.cursor(binary=True).execute(_SQL["load_delays"], given):
        delays.setdefault(trip, []).append((time, late))
    return delays


def _known_delay(at: Floats, delays: Sequence[tuple[float, float]]) -> Floats:
    """The last delay that was certain at each time."""
    times = np.array([time for time, _ in delays])
    late = np.array([0.0, *(late for _, late in delays)])
    known: Floats = late[np.searchsorted(times, at, side="right")]
    return known
