"""What is removed when its time has come, and the log that tells of it.

Every removal leaves a row of ``purge``: what, how many, up to when, by which rule.  Such a row is
also the only key to what the database otherwise lets nobody change (the trail, the ledger of
exceptions): a transaction that has written one may, and no other (``refuse_change``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from fleet.scope import Scope
from store import partitions, trail
from store.queries import load

_SQL = load("purging")
_TRAIL = load("trail")

#: Rows that one transaction removes: some hundred ms, so that ingest never queues behind it.
CHUNK = 10_000

#: The trail is cut when this much of it is due: finding out where costs a look at all of it.
CUT = timedelta(days=1)

#: Who removes by the clock, on the trail.
KEEPER = Scope("retention", None)

#: What names somebody and is blanked, and how many at once: each is an update of a wide row.
CONTACTS: Mapping[str, int] = MappingProxyType({"waybill": 1000, "query": 1000, "notice": 1000})


@dataclass(frozen=True, slots=True)
class Purge:
    """A removal that is due: of what is older than ``age`` at ``now``."""

    now: datetime
    age: timedelta
    rule: str
    subject: str = ""  #: of an erasure: the pseudonym

    @property
    def before(self) -> datetime:
        """What is older goes."""
        return self.now - self.age


@dataclass(frozen=True, slots=True)
class Removed:
    """One purge: ``rows`` of ``what`` older than ``before`` (days, for the history)."""

    what: str
    before: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log."""

    id: int
    at: datetime
    what: str
    before: datetime
    rows: int
    rule: str
    subject: str


def log(conn: Connection[Any], due: Purge, removed: Removed) -> int:
    """Write a removal down; returns the number of its row."""
    given = {
        "at": due.now,
        "what": removed.what,
        "before": removed.before,
        "rows": removed.rows,
        "rule": due.rule,
        "subject": due.subject,
    }
    row = conn.execute(_SQL["log_purge"], given).fetchone()
    return int(row[0]) if row is not None else 0


def unlock(conn: Connection[Any], purge: int) -> None:
    """Let the rest of this transaction change what otherwise nobody may.

    ``purge`` is the number of a row that the outermost transaction itself has logged; of any other
    the database still refuses.
    """
    conn.execute(_SQL["open_purge"], {"id": purge})


def list_purges(
    conn: Connection[Any],
    before: int | None = None,
    limit: int = 100,
    *,
    what: str | None = None,
    people: bool = False,
) -> list[Logged]:
    """The log, newest first; ``people``: erasures only."""
    given = {"before": before, "limit": limit, "what": what, "people": people}
    cursor = conn.cursor(row_factory=class_row(Logged))
    return cursor.execute(_SQL["list_purges"], given).fetchall()


def drop_days(conn: Connection[Any], due: Purge) -> Removed:
    """Days of positions that lie wholly before."""
    first = due.before.astimezone(UTC)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    return _logged(conn, due, Removed("fix", midnight, partitions.drop_before(conn, midnight)))


def remove(conn: Connection[Any], table: str, due: Purge, most: int | None = None) -> Removed:
    """Rows of ``table``, in portions of ``most``, each in a transaction of its own."""
    rows, chunk = 0, most or CHUNK
    while True:
        with conn.transaction():
            given = {"before": due.before, "age": due.age, "limit": chunk}
            gone = conn.execute(_SQL[f"remove_{table}"], given).rowcount
        rows += gone
        if gone < chunk:
            return _logged(conn, due, Removed(table, due.before, rows))


def remove_private(conn: Connection[Any], due: Purge) -> Removed:
    """Positions of private vehicles between their trips."""
    vehicles = conn.execute(_SQL["private_vehicles"]).fetchall()
    rows = 0
    for vehicle, since in vehicles:
        given = {"vehicle": vehicle, "since": since, "before": due.before, "limit": CHUNK}
        gone = CHUNK
        while gone == CHUNK:
            with conn.transaction():
                gone = conn.execute(_SQL["remove_private"], given).rowcount
            rows += gone
    if vehicles:
        conn.execute(_SQL["note_private"], {"before": due.before})
    return _logged(conn, due, Removed("private_fix", due.before, rows))


def blank(conn: Connection[Any], what: str, due: Purge) -> Removed:
    """Who is named on rows of ``what``; the rows stay."""

    def act(keys: list[Any]) -> None:
        conn.execute(_SQL[f"blank_{what}"], {"keys": keys})

    return _unlocked(conn, f"{what}_contact", due, (f"blankable_{what}", CONTACTS[what]), act)


def remove_exceptions(conn: Connection[Any], due: Purge) -> Removed:
    """Reports of exceptions with their ledger."""

    def act(keys: list[Any]) -> None:
        conn.execute(_SQL["remove_entries"], {"keys": keys})
        conn.execute(_SQL["remove_reports"], {"keys": keys})

    return _unlocked(conn, "exception", due, ("removable_exceptions", 1000), act)


def remove_audit(conn: Connection[Any], due: Purge) -> Removed:
    """The oldest rows of the trail, up to the first that stays; the chain keeps an anchor."""
    rows, gone = 0, CHUNK
    while gone == CHUNK:
        gone = _cut(conn, due)
        rows += gone
    return Removed("audit", due.before, rows)


def _cut(conn: Connection[Any], due: Purge) -> int:
    with conn.transaction():
        oldest = conn.execute(_TRAIL["oldest"]).fetchone()
        if oldest is None or oldest[0] >= due.before - CUT:
            return 0
        given = {"before": due.before, "limit": CHUNK}
        last, rows = conn.execute(_TRAIL["removable"], given).fetchone() or (None, 0)
        if last is None:
            return 0
        purge = log(conn, due, Removed("audit", due.before, rows))
        unlock(conn, purge)
        anchored = conn.execute(_TRAIL["anchor"], {"last": last, "purge": purge}).fetchone()
        gone = conn.execute(_TRAIL["remove_links"], {"last": last}).fetchall()
        conn.execute(_TRAIL["remove_rows"], {"rows": [number for (number,) in gone]})
        detail = {"anchor": anchored[0] if anchored else "", "rows": rows}
        trail.record(conn, KEEPER, "purge", "audit", str(last), due.rule, detail)
        return int(rows)


def _unlocked(
    conn: Connection[Any],
    what: str,
    due: Purge,
    found_by: tuple[str, int],
    act: Callable[[list[Any]], None],
) -> Removed:
    """Do ``act`` to what a statement finds, so many at once, until it finds no more."""
    statement, chunk = found_by
    rows = 0
    while True:
        with conn.transaction():
            given = {"before": due.before, "limit": chunk}
            keys = [key for (key,) in conn.execute(_SQL[statement], given)]
            if keys:
                unlock(conn, log(conn, due, Removed(what, due.before, len(keys))))
                act(keys)
        rows += len(keys)
        if len(keys) < chunk:
            return Removed(what, due.before, rows)


def _logged(conn: Connection[Any], due: Purge, removed: Removed) -> Removed:
    if removed.rows:
        log(conn, due, removed)
    return removed
