"""Private vehicles: between their trips it is nobody's business where they are.

Their positions are then shown to nobody (``off_trip`` and ``trip_of`` in the schema say when that
is), and removed some days later.  Who must know all the same has a right of its own, and says why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.errors import Forbidden, NotFound
from fleet.rights import Right
from fleet.scope import Scope
from store import admin, trail, vehicles
from store.queries import load
from store.vehicles import Track

_SQL = load("privates")


def set_private(
    conn: Connection[Any], by: Scope, plate: str, why: str, *, private: bool = True
) -> bool:
    """Whether it is driven privately between its trips from now on; was that a change.

    Raises ``NotFound``.  What is hidden is gone from open maps at once.
    """
    given = {"plate": plate, "private": private}
    with admin.edit(conn):
        row = conn.cursor(row_factory=tuple_row).execute(_SQL["is_private"], given).fetchone()
        if row is None:
            raise NotFound("vehicle", plate)
        if row[0] == private:
            return False
        conn.execute(_SQL["set_private"], given)
        detail = {"before": {"private": row[0]}, "after": {"private": private}}
        trail.record(conn, by, "change", "vehicle", plate, why, detail)
    return True


def list_private(conn: Connection[Any]) -> list[str]:
    """Their plates."""
    return [plate for (plate,) in conn.execute(_SQL["list_private"])]


def reveal_track(
    conn: Connection[Any], by: Scope, plate: str, start: datetime, end: datetime, *, why: str
) -> Track:
    """The track of a private vehicle, also between its trips; on the trail with the reason.

    ``conn`` is in a transaction: what is told is written down with it.

    Raises:
        Forbidden: that role may not.
        NotFound: there is no such vehicle.
    """
    if not by.may(Right.LOOK_PRIVATE):
        raise Forbidden(f"{by.principal} has no right to {Right.LOOK_PRIVATE.value}")
    track = vehicles.load_track(conn, by, plate, start, end, reveal=True)
    detail = {"from": start.isoformat(), "to": end.isoformat(), "fixes": len(track)}
    trail.record(conn, by, "reveal", "track", plate, why, detail)
    return track
