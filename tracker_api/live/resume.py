"""What changed since a client's cursor, asked of the store."""

from __future__ import annotations

from fleet.views import Changes, Cursor
from store import feed
from tracker_api.door import Door

#: Changes per query, and queries per resume; beyond that a snapshot is the shorter answer.
PAGE = 1000
PAGES = 20

#: The feed's numbers are bigint; a cursor beyond that was never ours.
LARGEST = 2**63 - 1


def changes_since(door: Door, cursor: Cursor) -> Changes:
    """Everything after ``cursor``; not ``complete`` when it cannot be told.

    Raises:
        StoreAway: the database does not answer.
    """
    vehicles: frozenset[int] = frozenset()
    world = False
    if cursor.number > LARGEST:
        return Changes(cursor, vehicles, world, complete=False)
    with door.reading() as conn:
        for _ in range(PAGES):
            page = feed.read(conn, cursor, PAGE)
            vehicles |= page.vehicles
            world |= page.world
            # Numbers may have gaps, so a page whose numbers are fewer than a page is the last.
            if not page.complete or page.cursor.number - cursor.number < PAGE:
                return Changes(page.cursor, vehicles, world, page.complete)
            cursor = page.cursor
    return Changes(cursor, vehicles, world, complete=False)
