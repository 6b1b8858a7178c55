"""Vehicles with their newest position, and the track of one vehicle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from fleet.errors import Forbidden, NotFound
from fleet.records import Flag, Grade
from fleet.rights import Datum, Grant, Role
from fleet.scope import Scope
from fleet.views import Vehicle
from store import arrays, queries, rows

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
    lag: NDArray[np.float64]  #: s from the fix to its arrival
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


def require_vehicle(conn: Connection[Any], scope: Scope, plate: str) -> None:
    """Raises ``NotFound``: there is no such vehicle that ``scope`` may know of."""
    given = queries.within(scope, plate=plate, plates=scope.sees(Datum.PLATE).value)
    if conn.execute(_SQL["know_vehicle"], given).fetchone() is None:
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
    reveal: bool = False,
) -> Track:
    """Fixes of the vehicle with ``start <= time < end``, by the primary device of each time.

    ``believed_only`` leaves out grade X and what is ``DOUBTED``.  Where there are more than
    ``limit`` the earliest are returned.  Of a scope that may look back on trips only, the fixes
    between them are left out, as if there were none; so are everybody's of a private vehicle,
    unless the caller has put on the trail why they are to be told (``reveal``).

    Raises:
        Forbidden: tracks are not for that role.
        NotFound: there is no such vehicle.
    """
    if scope.sees(Datum.TRACK) is Grant.NONE:
        raise Forbidden(f"{scope.principal} may not see where vehicles have been")
    require_vehicle(conn, scope, plate)
    given = {
        "plate": plate,
        "doubted": int(DOUBTED) if believed_only else 0,
        "worst": int(Grade.C if believed_only else Grade.X),
    }
    cursor = arrays.columns(conn)
    parts: list[tuple[NDArray[np.float64], ...]] = []
    room = limit + 1
    for began, ended in windows(conn, scope, plate, start, end, reveal=reveal):
        rest = {"start": began, "end": ended, "limit": room}
        row = cursor.execute(_SQL["load_track"], given | rest).fetchone()
        if row is not None and row[0] is not None:
            parts.append(row)
            room -= len(row[0])
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.empty(0)] * 9
    time, lon, lat, altitude, speed, course, grade, flags, lag = (
        each[:limit].astype(np.float64)
        for each in whole  # from the wire's order of bytes
    )
    return Track(
        time,
        lon,
        lat,
        altitude,
        speed,
        course,
        grade.astype(np.uint8),
        flags.astype(np.uint16),
        lag,
        complete=room > 0,
    )


def windows(
    conn: Connection[Any],
    scope: Scope,
    plate: str,
    start: datetime,
    end: datetime,
    *,
    reveal: bool = False,
) -> list[tuple[datetime, datetime]]:
    """The parts of a stretch of time that ``scope`` may look back on, in order, none touching."""
    given = queries.within(
        scope,
        plate=plate,
        start=start,
        end=end,
        track=scope.sees(Datum.TRACK).value,
        forever=scope.role is Role.OWNER,
        reveal=reveal,
    )
    merged: list[tuple[datetime, datetime]] = []
    for began, ended in conn.execute(_SQL["list_windows"], given):
        if merged and began <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ended))
        else:
            merged.append((began, ended))
    return merged
