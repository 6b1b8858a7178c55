"""Stored fixes as the detectors of speed and fatigue read them, and what these remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from psycopg import Connection
from psycopg.rows import tuple_row

from store.arrays import Bytes, Instant, Int4
from store.queries import load

_SQL = load("driving")


class FixRow(NamedTuple):
    """A stored fix of a vehicle; s since 1970, degrees, m/s, NaN unknown."""

    vehicle: int  #: key
    time: float
    lon: float
    lat: float
    speed: float
    grade: int
    flags: int


def load_driving(conn: Connection[Any], form: int) -> dict[int, tuple[float, bytes]]:
    """By vehicle: up to when its fixes were read, and what is remembered, of that format."""
    found = _cursor(conn).execute(_SQL["load_driving"], {"format": form})
    return {key: (read_to, bytes(body)) for key, read_to, body in found}


def keep_driving(conn: Connection[Any], form: int, kept: Mapping[int, tuple[float, bytes]]) -> None:
    """Keep what is remembered of vehicles, each as of a time."""
    if not kept:
        return
    given = {
        "vehicle": _ints(list(kept)),
        "read_to": Instant(np.array([read_to for read_to, _ in kept.values()], np.float64)),
        "body": Bytes([body for _, body in kept.values()]),
        "format": form,
    }
    conn.execute(_SQL["keep_driving"], given)


def load_newest(conn: Connection[Any]) -> dict[int, float]:
    """Time of the newest believed fix of every vehicle that has one."""
    return dict(_cursor(conn).execute(_SQL["load_newest"]).fetchall())


def load_fixes(conn: Connection[Any], after: Mapping[int, float], limit: int) -> list[FixRow]:
    """Fixes of vehicles later than their times, at most ``limit`` of each; by vehicle and time."""
    if not after:
        return []
    given = {
        "vehicle": _ints(list(after)),
        "after": Instant(np.array(list(after.values()), np.float64)),
        "first": _moment(min(after.values())),
        "limit": limit,
    }
    return [FixRow._make(row) for row in _cursor(conn).execute(_SQL["load_fixes"], given)]


def load_changes(
    conn: Connection[Any], vehicles: Sequence[int], after: float
) -> dict[int, list[float]]:
    """When other drivers took the wheel of vehicles, after a time; ascending."""
    given = {"vehicle": _ints(vehicles), "first": _moment(after)}
    found: dict[int, list[float]] = {}
    for vehicle, at in _cursor(conn).execute(_SQL["load_changes"], given):
        found.setdefault(vehicle, []).append(at)
    return found


def take_due(conn: Connection[Any], limit: int) -> dict[int, float]:
    """Vehicles that were folded again, since when; taken with the end of the transaction."""
    return dict(_cursor(conn).execute(_SQL["take_due"], {"limit": limit}).fetchall())


def _cursor(conn: Connection[Any]) -> Any:  # noqa: ANN401 - a cursor of tuples
    return conn.cursor(row_factory=tuple_row, binary=True)


def _ints(values: Sequence[int]) -> Int4:
    return Int4(np.array(values, np.int32))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
