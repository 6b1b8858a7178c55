"""What changed since a client's cursor, asked of the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fleet.views import Changes, Cursor
from store import alert_acts, feed, nodes
from tracker_api.door import Door
from tracker_api.live.messages import Told
from tracker_api.live.writing import in_order

#: Changes per query, and queries per resume; beyond that a snapshot is the shorter answer.
PAGE = 1000
PAGES = 20

#: The feed's numbers are bigint; a cursor beyond that was never ours.
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Missed:
    """What a client was not told."""

    changes: Changes  #: of states; not ``complete`` when a snapshot must tell them
    nodes: tuple[Told, ...]  #: and entries of alerts: all of them, in order


def missed_since(door: Door, cursor: Cursor, most: int) -> Missed | None:
    """Everything after ``cursor``; None if it is none of ours, or if ``most`` is not enough.

    Raises:
        StoreAway: the database does not answer.
    """
    if cursor.number > LARGEST:
        return None
    with door.reading() as conn:
        changes = _changes(conn, cursor)
        # Nodes are read last, and from the record: changes are removed after a while.
        if changes.cursor.epoch != cursor.epoch or changes.cursor.number < cursor.number:
            return None
        found = nodes.read_after(conn, feed.EVERYTHING, cursor.number, most + 1)
        alerts = alert_acts.read_after(conn, feed.EVERYTHING, cursor.number, None, most + 1)
        if len(found) + len(alerts) > most:
            return None
        return Missed(changes, in_order(conn, found, alerts))


def _changes(conn: Any, cursor: Cursor) -> Changes:  # noqa: ANN401 (only the store names the type)
    vehicles: frozenset[int] = frozenset()
    world = False
    for _ in range(PAGES):
        page = feed.read(conn, cursor, PAGE)
        vehicles |= page.vehicles
        world |= (page.world or page.people) and page.complete  # rights, too, say who is seen
        # Numbers may have gaps, so a page whose numbers are fewer than a page is the last.
        if not page.complete or page.cursor.number - cursor.number < PAGE:
            return Changes(page.cursor, vehicles, world, page.complete)
        cursor = page.cursor
    return Changes(cursor, vehicles, world, complete=False)
