"""What time does to the store: room for the coming days, and an end to what is old.

Called by the worker; ``now`` is an argument, so a test can travel.  All of it may be
interrupted anywhere and called again.  Every removal leaves a row in ``purge``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg import Connection

from fleet.records import Reason
from fleet.wire import Kind
from store import admin, dead_letters, partitions, purging, queries
from store.purging import Purge, Removed
from store.retention import LEAST_PRIVATE, Kept, Profile, Retained, in_force

_SQL = queries.load("maintenance")

#: Tables that are as old as the history.  Visits stay: the record refers to them.
_HISTORY = ("fix_conflict", "device_event", "command", "expected_visit")

#: What goes with trips that have been over for as long as the history, estimates first: one trip
#: has thousands of them, and a hundred rows besides.
_TRIPS = {"estimate": 10_000, "trip": 100, "line": 1000}

#: What is kept as long as the record, in the order in which one lets go of another; what somebody
#: still refers to stays.
_RECORD = {
    "query": 1000,
    "answer": 1000,
    "alert": 1000,
    "notice": 1000,
    "waybill": 200,
    "node": 1000,
    "visit": 1000,
}

#: After that no fold judges by a trip: none begins further back than twice the 72 h of a repair
#: before the newest fix of its vehicle, and a day is for good measure.
SHELF = timedelta(hours=168)


@dataclass(frozen=True)
class Retention:
    """How long things are kept: what serves no computation any more serves looking back."""

    profile: Profile = "cn"  #: by whose rules: China's or the EU's; a figure below outranks it
    history_days: int = 0  #: positions, trips and all that is as old; 0: as the profile says
    record_days: int = 0  #: waybills, nodes, answers, alerts, notices; 0: as the profile says
    private_days: int = 0  #: positions of private vehicles between trips; 0: as the profile says
    contact_days: int = 0  #: names and telephones on what is over; 0: as the profile says
    audit_days: int = 0  #: the trail; 0: as the profile says
    share_days: int = 0  #: links after their end; 0: as the profile says
    dead_letter_days: int = 0  #: input that became no fix; 0: as the profile says
    checkpoint_hours: int = 96  #: a day more than the 72 h that a repair may reach back
    change_hours: int = 24  #: a reader that was away for longer takes a snapshot
    torn_hours: int = 24  #: half a sentence waits that long for its other half
    compress_days: int = 7  #: backlogs are rarely older, and cost more in the columnstore

    def __post_init__(self) -> None:
        if self.checkpoint_hours < 72:  # noqa: PLR2004 - the repair limit, architecture invariant
            raise ValueError("checkpoint_hours: a repair reaches back 72 h, so keep at least 72")
        if 0 < self.private_days < LEAST_PRIVATE:
            raise ValueError("private_days: a repair reaches back 72 h, so keep at least 4 days")
        for kind in Kept:
            if getattr(self, f"{kind.value}_days") < 0:
                raise ValueError(f"{kind.value}_days: is a number of days, or 0")

    @property
    def rules(self) -> tuple[Retained, ...]:
        """What is in force, with the source of each figure."""
        given = {kind: int(getattr(self, f"{kind.value}_days")) for kind in Kept}
        return in_force(self.profile, given)

    def age(self, kind: Kept) -> timedelta:
        """How old that kind may become."""
        return timedelta(days=next(rule.days for rule in self.rules if rule.kind is kind))

    def name(self, kind: Kept) -> str:
        """The rule as the log of purges has it."""
        return f"{self.profile}: {kind.value} {self.age(kind).days} days"


def ahead(conn: Connection[Any], today: date, days: int) -> list[date]:
    """Make room for yesterday, ``today`` and ``days`` more; returns the days made now.

    Yesterday, because a vehicle's clock and ours do not turn midnight together.
    """
    return partitions.ensure_days(conn, [today + timedelta(days=n) for n in range(-1, days + 1)])


def retain(conn: Connection[Any], now: datetime, keep: Retention) -> list[Removed]:
    """Remove what ``keep`` no longer wants at ``now``; returns what was removed.

    ``conn`` must be outside of any transaction.
    """
    history = Purge(now, keep.age(Kept.HISTORY), keep.name(Kept.HISTORY))
    record = Purge(now, keep.age(Kept.RECORD), keep.name(Kept.RECORD))
    letters = Purge(now, keep.age(Kept.DEAD_LETTER), keep.name(Kept.DEAD_LETTER))
    done = [
        purging.drop_days(conn, history),
        *(purging.remove(conn, table, history) for table in _HISTORY),
        purging.remove(conn, "dead_letter", letters),
        purging.remove(conn, "checkpoint", _by_hours(now, keep.checkpoint_hours)),
        purging.remove(conn, "change", _by_hours(now, keep.change_hours)),
        purging.remove_exceptions(conn, record),
        *(purging.remove(conn, table, record, chunk) for table, chunk in _RECORD.items()),
        *(purging.remove(conn, table, history, chunk) for table, chunk in _TRIPS.items()),
        *_people(conn, now, keep),
    ]
    _shelve(conn, now)
    return [removed for removed in done if removed.rows]


def _people(conn: Connection[Any], now: datetime, keep: Retention) -> list[Removed]:
    """What is about people goes sooner than what it is written on."""

    def due(kind: Kept) -> Purge:
        return Purge(now, keep.age(kind), keep.name(kind))

    return [
        purging.remove_private(conn, due(Kept.PRIVATE)),
        purging.remove(conn, "share", due(Kept.SHARE)),
        *(purging.blank(conn, what, due(Kept.CONTACT)) for what in purging.CONTACTS),
        purging.remove_audit(conn, due(Kept.AUDIT)),
    ]


def _by_hours(now: datetime, hours: int) -> Purge:
    return Purge(now, timedelta(hours=hours), f"{hours} hours")


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
            due = Purge(now, now - before, f"{keep.torn_hours} hours")
            purging.log(conn, due, Removed("device_stream", before, len(taken)))
    return [device for device, _ in taken]


def _shelve(conn: Connection[Any], now: datetime) -> None:
    """Take trips out of the world that were over long ago; an edit, if there are any."""
    given = {"before": now - SHELF, "age": SHELF}
    if conn.execute(_SQL["to_shelve"], given).fetchone() is not None:
        with admin.edit(conn):
            conn.execute(_SQL["shelve"], given)
