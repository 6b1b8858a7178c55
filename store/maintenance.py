"""What time does to the store: room for the coming days, and an end to what is old.

Called by the worker; ``now`` is an argument, so a test can travel.  All of it may be
interrupted anywhere and called again.  Every removal leaves a row in ``purge``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from psycopg import Connection

from fleet.records import Reason
from fleet.wire import Kind
from store import admin, dead_letters, partitions, queries

_SQL = queries.load("maintenance")

#: Tables that are as old as the history.  Visits stay: the record refers to them.
_HISTORY = ("fix_conflict", "device_event", "command", "expected_visit")

#: What goes with trips that have been over for as long as the history, estimates first: one trip
#: has thousands of them, and a hundred rows besides.
_TRIPS = {"estimate": 10_000, "trip": 100, "line": 1000}

#: What is kept as long as the record, in the order in which one lets go of another; what somebody
#: still refers to stays.  The audit trail and the ledger of exceptions are never removed.
_RECORD = {"query": 1000, "answer": 1000, "alert": 1000, "notice": 1000, "waybill": 200}

#: After that no fold judges by a trip: none begins further back than twice the 72 h of a repair
#: before the newest fix of its vehicle, and a day is for good measure.
SHELF = timedelta(hours=168)

#: Rows that one transaction removes: some hundred ms, so that ingest never queues behind it.
CHUNK = 10_000


@dataclass(frozen=True)
class Retention:
    """How long things are kept: what serves no computation any more serves looking back."""

    history_days: int = 183  #: fixes and all that is as old: half a year, as the decoder
    record_days: int = 1096  #: waybills, answers, alerts, notices: three years (domain 3.12)
    dead_letter_days: int = 30  #: time to find out why, and to send them in again
    checkpoint_hours: int = 96  #: a day more than the 72 h that a repair may reach back
    change_hours: int = 24  #: a reader that was away for longer takes a snapshot
    torn_hours: int = 24  #: half a sentence waits that long for its other half
    compress_days: int = 7  #: backlogs are rarely older, and cost more in the columnstore

    def __post_init__(self) -> None:
        if self.checkpoint_hours < 72:  # noqa: PLR2004 - the repair limit, architecture invariant
            raise ValueError("checkpoint_hours: a repair reaches back 72 h, so keep at least 72")


@dataclass(frozen=True, slots=True)
class Removed:
    """One purge: ``rows`` of ``what`` older than ``before`` (days, for the history)."""

    what: str
    before: datetime
    rows: int


def ahead(conn: Connection[Any], today: date, days: int) -> list[date]:
    """Make room for yesterday, ``today`` and ``days`` more; returns the days made now.

    Yesterday, because a vehicle's clock and ours do not turn midnight together.
    """
    return partitions.ensure_days(conn, [today + timedelta(days=n) for n in range(-1, days + 1)])


def retain(conn: Connection[Any], now: datetime, keep: Retention) -> list[Removed]:
    """Remove what ``keep`` no longer wants at ``now``; returns what was removed.

    ``conn`` must be outside of any transaction.
    """
    history = timedelta(days=keep.history_days)
    first = (now - history).astimezone(UTC)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    done = [
        Removed("fix", midnight, partitions.drop_before(conn, midnight)),
        *(_remove(conn, table, now, history) for table in _HISTORY),
        _remove(conn, "dead_letter", now, timedelta(days=keep.dead_letter_days)),
        _remove(conn, "checkpoint", now, timedelta(hours=keep.checkpoint_hours)),
        _remove(conn, "change", now, timedelta(hours=keep.change_hours)),
        *(
            _remove(conn, table, now, timedelta(days=keep.record_days), chunk)
            for table, chunk in _RECORD.items()
        ),
        *(_remove(conn, table, now, history, chunk) for table, chunk in _TRIPS.items()),
    ]
    _shelve(conn, now)
    for removed in done:
        if removed.rows:
            _log(conn, now, removed)
    return [removed for removed in done if removed.rows]


def compress(conn: Connection[Any], now: datetime, keep: Retention) -> int | None:
    """Turn closed days into the columnstore; how many, or None where the server has none."""
    return partitions.compress_before(conn, now - timedelta(days=keep.compress_days))


def sweep_streams(
    conn: Connection[Any],
    now: datetime,
    keep: Retention,
    unfinished: Callable[[bytes], Iterable[bytes]],
) -> list[str]:
    """Bury half sentences whose other half never came; returns the devices swept.

    For the gateway, which alone reads the state of a stream and must forget its own copy:
    ``unfinished`` gives what is lost when a state is not continued, often nothing.
    """
    before = now - timedelta(hours=keep.torn_hours)
    kind, reason = Kind.NMEA.value, Reason.TORN.value
    with conn.transaction():
        taken = conn.execute(_SQL["take_streams"], {"before": before}).fetchall()
        torn = [(device, half) for device, state in taken for half in unfinished(bytes(state))]
        given = {
            "digests": [dead_letters.digest(device, kind, reason, half) for device, half in torn],
            "now": now,
            "devices": [device for device, _ in torn],
            "kind": kind,
            "reason": reason,
            "halves": [half for _, half in torn],
        }
        conn.execute(_SQL["bury_torn"], given)
        if taken:
            _log(conn, now, Removed("device_stream", before, len(taken)))
    return [device for device, _ in taken]


def _shelve(conn: Connection[Any], now: datetime) -> None:
    """Take trips out of the world that were over long ago; an edit, if there are any."""
    given = {"before": now - SHELF, "age": SHELF}
    if conn.execute(_SQL["to_shelve"], given).fetchone() is not None:
        with admin.edit(conn):
            conn.execute(_SQL["shelve"], given)


def _remove(
    conn: Connection[Any], table: str, now: datetime, age: timedelta, chunk: int = CHUNK
) -> Removed:
    before, rows = now - age, 0
    while True:
        with conn.transaction():
            given = {"before": before, "age": age, "limit": chunk}
            gone = conn.execute(_SQL[f"remove_{table}"], given).rowcount
        rows += gone
        if gone < chunk:
            return Removed(table, before, rows)


def _log(conn: Connection[Any], now: datetime, removed: Removed) -> None:
    given = {"at": now, "what": removed.what, "before": removed.before, "rows": removed.rows}
    conn.execute(_SQL["log_purge"], given)
