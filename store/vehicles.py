"""Vehicles with their newest position, and the track of one vehicle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from fleet.errors import NotFound
from fleet.records import Flag, Grade
from fleet.scope import Scope
from fleet.views import Vehicle
from store import queries, rows

_SQL = queries.load("vehicles")

#: What a fix of a track must not carry to be drawn: where the vehicle was not, or did not go.
DOUBTED = Flag.VOID | Flag.JUMP | Flag.DRIFT

#: Rows of the longest track that is handed out: a week at one fix every three seconds.
LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Track:
    """Fixes of one vehicle in order of time, column by column; units as in ``fleet.records``."""

    time: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    altitude: NDArray[np.float64]
    speed: NDArray[np.float64]
    course: NDArray[np.float64]
    grade: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    complete: bool  #: False: the limit cut off later fixes

    def __len__(self) -> int:
        return len(self.time)


def list_vehicles(
    conn: Connection[Any], scope: Scope, *, plates: Sequence[str] | None = None
) -> list[Vehicle]:
    """Vehicles in ``scope`` by plate; with ``plates`` only those of them that exist."""
    given = queries.within(scope, plates=None if plates is None else list(plates))
    cursor = conn.cursor(binary=True)
    return [rows.vehicle(row) for row in cursor.execute(_SQL["list_vehicles"], given)]


def load_vehicle(conn: Connection[Any], scope: Scope, plate: str) -> Vehicle:
    """One vehicle.  Raises ``NotFound``, also when it is outside ``scope``."""
    for vehicle in list_vehicles(conn, scope, plates=[plate]):
        return vehicle
    raise NotFound("vehicle", plate)


def load_track(  # noqa: PLR0913 - a window has two ends
    conn: Connection[Any],
    scope: Scope,
    plate: str,
    start: datetime,
    end: datetime,
    *,
    believed_only: bool = True,
    limit: int = LONGEST,
) -> Track:
    """Fixes of the vehicle with ``start <= time < end``, by the primary device of each time.

    ``believed_only`` leaves out grade X and what is ``DOUBTED``.  Where there are more than
    ``limit`` the earliest are returned.  Raises ``NotFound``.
    """
    load_vehicle(conn, scope, plate)
    given = {
        "plate": plate,
        "start": start,
        "end": end,
        "doubted": int(DOUBTED) if believed_only else 0,
        "worst": int(Grade.C if believed_only else Grade.X),
        "limit": limit + 1,
    }
    found = conn.cursor(binary=True).execute(_SQL["load_track"], given).fetchall()
    table = np.array(found[:limit], np.float64).reshape(-1, 8).T
    time, lon, lat, altitude, speed, course, grade, flags = (np.ascontiguousarray(c) for c in table)
    return Track(
        time,
        lon,
        lat,
        altitude,
        speed,
        course,
        grade.astype(np.uint8),
        flags.astype(np.uint16),
        complete=len(found) <= limit,
    )
