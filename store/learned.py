"""What travel-time models know, and the completed trips that they learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from fleet.trips import Learned, Plan, StopFact
from store import queries, standings, trip_rows
from store.arrays import Bytes, Float8, Int2

_SQL = queries.load("learned")


@dataclass(frozen=True, slots=True)
class DrivenRow:
    """A trip as it went."""

    plan: Plan  #: the latest revision
    facts: tuple[StopFact, ...]  #: of its stops, in order, those that there are
    time: NDArray[np.float64]  #: of the fixes that estimates rested on, rising
    s: NDArray[np.float64]  #: m along its line, at each


@dataclass(frozen=True, slots=True)
class WayRow:
    """A stretch of the way of a trip."""

    trip: int  #: key
    time: NDArray[np.float64]  #: of the fixes, rising
    s: NDArray[np.float64]  #: m along its line, at each


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a model."""

    version: str
    began_at: datetime
    note: str


def load_learned(conn: Connection[Any], version: str) -> list[Learned]:
    """What a model knows; nothing of one that never learned."""
    found = conn.cursor(binary=True).execute(_SQL["load_learned"], {"version": version})
    return [Learned(*row) for row in found]


def load_stamp(conn: Connection[Any], version: str) -> str | None:
    """When a model last learned anything, to be compared only; None never."""
    row = conn.execute(_SQL["stamp"], {"version": version}).fetchone()
    return None if row is None else row[0]


def keep_learned(
    conn: Connection[Any],
    version: str,
    rows: Sequence[Learned],
    learned_to: int | None = None,
) -> None:
    """Write what a model knows now, and how far it has learned; rows not given stay."""
    conn.execute(_SQL["begin_model"], {"version": version})
    if rows:
        given: dict[str, Any] = {
            "version": version,
            "kind": [row.kind for row in rows],
            "key": [row.key for row in rows],
            "bin": Int2(np.array([row.bin for row in rows])),
            "detail": Bytes([row.detail for row in rows]),
        }
        for name in ("weight", "mean", "spread"):
            given[name] = Float8(np.array([getattr(row, name) for row in rows]))
        conn.execute(_SQL["keep_learned"], given)
    if learned_to is not None:
        given = {"version": version, "learned_to": learned_to}
        conn.execute(_SQL["mark_learned"], given)


def take_unlearned(conn: Connection[Any], version: str, limit: int) -> list[tuple[int, int]]:
    """Trips that a model has not learned from: the number to go on from, and the trip's key.

    At most ``limit``, in the order in which they were completed, a minute after that.  Until the
    transaction ends nobody else has the model learn; ``keep_learned`` with the last number ends
    it.
    """
    conn.execute(_SQL["begin_model"], {"version": version})
    learned_to = conn.execute(_SQL["hold_model"], {"version": version}).fetchall()[0][0]
    given = {"learned_to": learned_to, "limit": limit}
    return [(number, trip) for number, trip in conn.execute(_SQL["unlearned"], given)]


def take_ways(conn: Connection[Any], version: str, until: float) -> list[WayRow]:
    """The ways of trips since a model last learned from them, up to ``until`` (s since 1970).

    Each begins with the trip's last fix that was taken before, so that every pair of
    neighbouring fixes comes once.  At most ``WAYS`` of time are taken, so it may have to be
    called again.  Until the transaction ends nobody else has the model learn.
    """
    conn.execute(_SQL["begin_model"], {"version": version})
    given: dict[str, Any] = {"version": version, "until": until, "first": GAP}
    since = conn.execute(_SQL["hold_ways"], given).fetchall()[0][0]
    until = min(until, since + WAYS.total_seconds())
    if until <= since:
        return []
    given = {"since": since, "until": until, "before": GAP}
    found = conn.cursor(binary=True).execute(_SQL["load_ways"], given).fetchall()
    conn.execute(_SQL["mark_ways"], {"version": version, "until": until})
    table = np.array(found, np.float64).reshape(-1, 4)
    borders = np.flatnonzero(np.diff(table[:, 0])) + 1
    return [way for part in np.split(table, borders) if (way := _way(part, since)) is not None]


#: Neighbouring fixes farther apart teach nothing; and how much time is taken at once.
GAP, WAYS = timedelta(minutes=15), timedelta(hours=1)


def _way(part: NDArray[np.float64], since: float) -> WayRow | None:
    """The rows of one trip from the last one before ``since`` on; None: nothing is new."""
    new = np.flatnonzero(part[:, 3] > since)
    if not len(new):
        return None
    begin = max(int(new[0]) - 1, 0)
    rows = part[begin:]
    return WayRow(int(rows[0, 0]), rows[:, 1].copy(), rows[:, 2].copy())


def load_driven(conn: Connection[Any], trip: int) -> DrivenRow | None:
    """How the trip with that key went; None: it is no more, or has no plan."""
    plans = trip_rows.load_plans(conn, np.array([trip], np.int32)).get(trip)
    standing = standings.load_standings(conn, [trip]).get(trip)
    if not plans or standing is None:
        return None
    found = conn.cursor(binary=True).execute(_SQL["load_track"], {"trip": trip}).fetchall()
    table = np.array(found, np.float64).reshape(-1, 2)
    return DrivenRow(plans[-1], standing.facts, table[:, 0].copy(), table[:, 1].copy())


def list_models(conn: Connection[Any]) -> list[ModelVersion]:
    """Every version that was ever in use, oldest first."""
    return [ModelVersion(*row) for row in conn.execute(_SQL["list_models"])]
