"""The change feed: what happened after a cursor, and the bell that says "look".

Change numbers are drawn under one lock as a transaction's last act, so they become visible
in order: who has read up to a number has missed nothing below it.  The bell carries no
data; a lost one costs a poll.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from fleet.scope import Scope
from fleet.views import Changes, Cursor, Vehicle
from store import alert_acts, nodes, queries, rows

_SQL = queries.load("feed")

#: The feed is read once for all; what of it a reader may see is for its own scope to say.
EVERYTHING = Scope("the feed", None)

#: Changes that one ``read`` takes in: the worst is a thousand vehicles each, which still
#: is some milliseconds, and a reader that is behind asks again at once.
LIMIT = 1000


def position(conn: Connection[Any]) -> Cursor:
    """Where the feed is now.

    Taken **before** a snapshot is read, it makes ``read`` repeat what came between; taken
    after, that would be lost.
    """
    return read(conn, Cursor("", 0), limit=0).cursor


def read(conn: Connection[Any], cursor: Cursor, limit: int = LIMIT) -> Changes:
    """What happened after ``cursor``: at most ``limit`` changes, oldest first, put together.

    ``nodes`` are of all vehicles, every version once; ``alerts`` of all, every entry once.

    Not complete, with the feed's present position and no vehicles, if ``cursor`` is of
    another epoch, newer than the feed, or so old that changes after it have been removed.
    """
    given = {"after": cursor.number, "limit": limit}
    found = conn.cursor(binary=True).execute(_SQL["read"], given).fetchall()
    epoch, floor, newest = found[0][:3]
    if cursor.epoch != epoch or not floor <= cursor.number <= newest:
        return Changes(Cursor(epoch, newest), frozenset(), world=True, complete=False)
    changes = [row[3:] for row in found if row[3] is not None]
    last = changes[-1][0] if changes else cursor.number
    kinds = {kind for _, kind, _ in changes}
    after = cursor.number
    told = nodes.read_between(conn, EVERYTHING, after, last) if "node" in kinds else ()
    alerts = alert_acts.read_after(conn, EVERYTHING, after, last, None) if "alert" in kinds else ()
    return Changes(
        Cursor(epoch, last),
        frozenset().union(*(keys for _, _, keys in changes)),
        world="world" in kinds,
        complete=True,
        nodes=tuple(told),
        people="people" in kinds,
        alerts=tuple(alerts),
    )


def load_states(
    conn: Connection[Any], scope: Scope, keys: Iterable[int] | None
) -> list[tuple[int, Vehicle]]:
    """Vehicles in ``scope`` by their keys of ``Changes.vehicles``; None means all of them."""
    given = queries.within(scope, keys=None if keys is None else list(keys))
    cursor = conn.cursor(binary=True)
    statement = _SQL["load_all_states" if keys is None else "load_states"]
    return [
        (row[0], rows.vehicle(row[1:19], row[19:21], row[21:]))
        for row in cursor.execute(statement, given)
    ]


def listen(conn: Connection[Any]) -> None:
    """From now on ``conn`` hears the bell; it should do little else."""
    conn.execute(_SQL["listen"])


def wait(conn: Connection[Any], timeout: float) -> bool:
    """Whether the bell rang within ``timeout`` seconds; returns at once when it does."""
    return bool(list(conn.notifies(timeout=timeout, stop_after=1)))
