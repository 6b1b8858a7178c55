"""The past, as it is played again: the fleet sampled at equal steps, and what happened.

Who may look back on a vehicle, and when, is as of its track (``store.vehicles``): of a scope
that sees trips only, what was between them is left out as if there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from fleet.errors import Forbidden
from fleet.records import Grade
from fleet.rights import Datum, Grant, Right, Role
from fleet.scope import Scope
from store import arrays, queries
from store.vehicles import DOUBTED

_SQL = queries.load("replay")

#: A fix that held at the beginning may be so old: after a day a vehicle is lost anyhow.
HELD = timedelta(hours=24)
#: The next fix after the end is looked for so long: beyond ten minutes it is a gap.
NEXT = timedelta(minutes=10)

#: Trips and alerts of one vehicle's replay; a week of a shuttle has fifty trips.
MOST_TRIPS, MOST_ALERTS = 100, 500

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of many vehicles: of vehicle ``i`` the rows ``first[i]`` to ``first[i + 1]``.

    By time within a vehicle.  -1 is unknown in ``speed`` and ``course``.
    """

    plates: tuple[str, ...]
    parties: tuple[str | None, ...]
    first: Ints  #: shape (vehicles + 1,)
    time: Ints  #: ms after the beginning; negative: it held then
    lon: Ints  #: 1e-7 degrees
    lat: Ints
    speed: Ints  #: cm/s
    course: Ints  #: 0.1 degrees clockwise from north
    flags: Ints  #: ``fleet.records.Flag``
    lag: Ints  #: s from the fix to its arrival, at most 65,535

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Mark:
    """A node or an alert on the line of time, or several of one kind that lie close together."""

    at: datetime
    what: str  #: node or alert
    kind: str  #: of the node or the alert
    vehicle: str | None
    severity: int | None  #: of an alert
    site: str | None  #: code
    name_zh: str | None
    name_en: str | None
    id: str
    late: bool  #: a node that became known late, or was corrected
    count: int  #: how many it stands for


def count_fleet(
    conn: Connection[Any],
    scope: Scope,
    start: datetime,
    end: datetime,
    plates: Sequence[str] | None = None,
) -> int:
    """How many vehicles a replay may show.  Raises ``Forbidden``: tracks are not for that role."""
    row = conn.execute(_SQL["count_fleet"], _fleet(scope, start, end, plates)).fetchone()
    return 0 if row is None else int(row[0])


def list_fleet(
    conn: Connection[Any],
    scope: Scope,
    start: datetime,
    end: datetime,
    plates: Sequence[str] | None = None,
) -> list[str]:
    """Their plates, in order; raises as ``count_fleet``."""
    found = conn.execute(_SQL["list_fleet"], _fleet(scope, start, end, plates))
    return [plate for (plate,) in found]


def sample_fleet(
    conn: Connection[Any],
    scope: Scope,
    start: datetime,
    end: datetime,
    step: timedelta,
    *,
    plates: Sequence[str] | None = None,
) -> Samples:
    """The newest believed fix of each vehicle at each border, where it is another than before.

    Borders are ``start``, ``start + step``, ... ``end``; at one counts a fix of that very moment.
    So that motion is known up to ``end``, the next fix follows, if it came within ``NEXT``.
    Vehicles without any are left out.  Raises as ``count_fleet``.
    """
    given = _fleet(scope, start, end, plates) | {
        "step": step,
        "since": start - HELD,
        "until": end + NEXT,
        "forever": scope.role is Role.OWNER,
        **_BELIEVED,
    }
    rows = arrays.columns(conn).execute(_SQL["sample_fleet"], given).fetchall()
    counts = np.array([len(row[2]) for row in rows], np.int64)
    vehicle = np.repeat(np.arange(len(rows)), counts)
    columns = [
        np.concatenate([row[n] for row in rows]).astype(np.int32) if rows else _NONE
        for n in range(2, 9)
    ]
    kept = _newest(vehicle, columns[0], step, end - start)
    first = np.searchsorted(vehicle[kept], np.arange(len(rows) + 1)).astype(np.int32)
    return Samples(
        tuple(row[0] for row in rows),
        tuple(row[1] for row in rows),
        first,
        *(column[kept] for column in columns),
    )


def _newest(
    vehicle: NDArray[np.int64], time: Ints, step: timedelta, span: timedelta
) -> NDArray[np.bool_]:
    """Of each vehicle and border the newest, and after the end the first: one of several windows.

    ``time`` is in ms after the beginning, by vehicle and in order.
    """
    length, width = _milliseconds(span), _milliseconds(step)
    border = np.where(time > length, -1, np.maximum(-(-time // width), 0))
    change = (np.diff(vehicle) != 0) | (np.diff(border) != 0)
    last, first = np.append(change, True), np.insert(change, 0, True)
    kept: NDArray[np.bool_] = np.where(border < 0, first, last)[: len(time)]
    return kept


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def list_served(
    conn: Connection[Any], plate: str, start: datetime, end: datetime, limit: int = MOST_TRIPS
) -> list[str]:
    """Codes of trips that a vehicle served then, oldest first; of any scope: ask for each."""
    given = {"plate": plate, "start": start, "end": end, "limit": limit}
    return [code for (code,) in conn.execute(_SQL["list_served"], given)]


def list_alert_ids(
    conn: Connection[Any], plate: str, start: datetime, end: datetime, limit: int = MOST_ALERTS
) -> list[str]:
    """Alerts that touch a vehicle and lasted then, oldest first; of any scope: ask for each."""
    given = {"plate": plate, "start": start, "end": end, "limit": limit}
    return [key for (key,) in conn.execute(_SQL["list_alert_ids"], given)]


def list_marks(
    conn: Connection[Any],
    scope: Scope,
    start: datetime,
    end: datetime,
    most: int,
    *,
    plate: str | None = None,
) -> list[Mark]:
    """Nodes and alerts in order of time; for more than ``most`` fewer, each for several.

    Alerts are for who may look at them.  Raises as ``count_fleet``.
    """
    _grant(scope)
    given = queries.within(
        scope,
        start=start,
        end=end,
        most=most,
        plate=plate,
        alerts=scope.may(Right.LOOK_ALERTS),
    )
    return [Mark(*row) for row in conn.execute(_SQL["list_marks"], given)]


_BELIEVED = {"doubted": int(DOUBTED), "worst": int(Grade.C)}
_NONE = np.empty(0, np.int32)


def _grant(scope: Scope) -> Grant:
    grant = scope.sees(Datum.TRACK)
    if grant is Grant.NONE:
        raise Forbidden(f"{scope.principal} may not see where vehicles have been")
    return grant


def _fleet(
    scope: Scope, start: datetime, end: datetime, plates: Sequence[str] | None
) -> dict[str, Any]:
    return queries.within(
        scope,
        start=start,
        end=end,
        plates=None if plates is None else list(plates),
        track=_grant(scope).value,
    )
