"""Exception reports and their ledger: what stands, and who did what to it.

A report is a row that changes; every change writes a line of the ledger in the same transaction,
with the values before and after.  The database itself refuses to change or remove those lines.
What may be done when is decided in ``shipment.exceptions``; here it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import uuid_utils
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.alerts import AlertKind, ClosedHow, Episode, Severity
from fleet.errors import Conflict, Invalid
from fleet.reports import CLAIM, HAND_OVER, ReportKind
from store.queries import load

_SQL = load("exceptions")

#: Alerts about lateness: one open report per waybill or trip tells of all of them.
DELAYS = frozenset(
    {
        AlertKind.NO_UPDATE_AFTER_PICKUP,
        AlertKind.TRANSIT_STALL,
        AlertKind.LATE,
        AlertKind.AT_RISK,
        AlertKind.OVERDUE,
        AlertKind.STOPPED,
        AlertKind.OVERSTAY,
        AlertKind.NOT_DEPARTED,
        AlertKind.NO_VEHICLE,
        AlertKind.DAY_CHECK,
    }
)

#: Who opens a report that an alert asks for.
MACHINE = "milepost"


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to be; keys, 0 not said."""

    kind: ReportKind
    found: datetime
    description: str
    author: str
    severity: int = Severity.LATE
    detail: str = ""
    waybill: int = 0
    trip: int = 0
    vehicle: int = 0
    site: int = 0
    alert: str | None = None
    files: Sequence[str] = ()


def open_from_alert(
    conn: Connection[Any], episode: Episode, alert_id: str, now: datetime, *, description: str = ""
) -> str | None:
    """The number of the report for an alert: a new one, or the open one that it joins.

    A delay joins the open report of a delay of the same waybill, or of the same trip where no
    waybill is named; the ledger says so.  The same alert again changes nothing.

    Args:
        conn: in the transaction that opens the alert.
        episode: what the alert tells of.
        alert_id: of the alert, which is kept already.
        now: when it was found, in the installation's zone: the number carries that day.
        description: in words; else the alert's kind.

    Returns:
        None where the alert is not grave enough for a report (risk, information), or about
        neither a waybill, a trip nor a vehicle.
    """
    if episode.severity > Severity.LATE or not (episode.waybill or episode.trip or episode.vehicle):
        return None
    kind = ReportKind.DELAY if episode.kind in DELAYS else ReportKind.OTHER
    row = conn.execute(_SQL["report_of_alert"], {"alert": alert_id}).fetchone()
    if row is not None:
        return str(row[0])
    if kind is ReportKind.DELAY and (found := _join(conn, episode, alert_id, now)) is not None:
        return found
    new = NewReport(
        kind,
        now,
        description or episode.kind.value,
        MACHINE,
        severity=episode.severity,
        detail=episode.kind.value,
        waybill=episode.waybill,
        trip=episode.trip,
        vehicle=episode.vehicle,
        site=episode.site,
        alert=alert_id,
    )
    try:
        with conn.transaction():
            return add_report(conn, new, now)
    except Conflict:  # somebody has opened one since we looked
        return _join(conn, episode, alert_id, now)


def _join(conn: Connection[Any], episode: Episode, alert_id: str, now: datetime) -> str | None:
    given = {"waybill": episode.waybill or None, "trip": episode.trip or None}
    row = conn.execute(_SQL["open_delay"], given).fetchone()
    if row is None:
        return None
    report, number = row
    asked = {"report": report, "alert": alert_id}
    if not conn.execute(_SQL["has_joined"], asked).fetchall()[0][0]:
        after = {"alert": alert_id, "kind": episode.kind.value}
        write(conn, report, now, "joined", MACHINE, after=after)
    return str(number)


def tell_ending(
    conn: Connection[Any], alert_id: str, how: ClosedHow, now: datetime, why: str = ""
) -> list[str]:
    """Write into the ledger how an alert has ended; numbers of the open reports that it concerns.

    The reports stay open: that a vehicle has arrived does not say that the customer knows.
    """
    found = conn.execute(_SQL["reports_of_alert"], {"alert": alert_id}).fetchall()
    for report, _ in found:
        after = {"alert": alert_id, "how": how.value}
        write(conn, report, now, "alert_ended", MACHINE, after=after, note=why)
    return [number for _, number in found]


def add_report(conn: Connection[Any], new: NewReport, now: datetime) -> str:
    """Keep a report; its number, which carries the day of ``now`` in the zone of that.

    Raises:
        Conflict: a delay of that waybill or trip is open already.
        Invalid: a file is none of the waybill's.
    """
    require_files(conn, new.files, waybill=new.waybill)
    number = next_number(conn, "EX", now.date())
    key = str(uuid_utils.uuid7())
    claim = new.found + timedelta(seconds=CLAIM) if new.kind.is_claim else None
    given = {
        "id": key,
        "number": number,
        "kind": new.kind.value,
        "detail": new.detail,
        "severity": int(new.severity),
        "waybill": new.waybill or None,
        "trip": new.trip or None,
        "vehicle": new.vehicle or None,
        "alert": new.alert,
        "site": new.site or None,
        "found": new.found,
        "description": new.description,
        "files": list(new.files),
        "due": new.found + timedelta(seconds=HAND_OVER),
        "claim": claim,
        "author": new.author,
    }
    try:
        conn.execute(_SQL["add_report"], given)
    except psycopg.errors.UniqueViolation as error:
        raise Conflict("there is an open report of this delay: add a note to it") from error
    after = {"kind": new.kind.value, "severity": int(new.severity), "state": "received"}
    write(conn, key, now, "received", new.author, after=after, note=new.description)
    return number


def require_files(
    conn: Connection[Any], files: Sequence[str], *, waybill: int = 0, report: str | None = None
) -> None:
    """Refuse evidence that is not there: files are uploaded with the waybill first.

    Raises:
        Invalid: one of them is none of the waybill with this key, else of the report's waybill.
    """
    if not files:
        return
    given = {"files": list(files), "waybill": waybill or None, "report": report}
    there = {row[0] for row in conn.execute(_SQL["files_of"], given)}
    for number, file in enumerate(files):
        if str(file) not in there:
            raise Invalid(f"/files/{number}", "is no file that was uploaded with this waybill")


def next_number(conn: Connection[Any], prefix: str, day: date) -> str:
    """The next of ``prefix-YYYYMMDD-nnnn``; without gaps, as others wait for theirs meanwhile."""
    drawn = conn.execute(_SQL["next_serial"], {"short": f"{prefix}-", "day": day})
    return f"{prefix}-{day:%Y%m%d}-{drawn.fetchall()[0][0]:04}"


def write(  # noqa: PLR0913 - the columns of one row
    conn: Connection[Any],
    report: str,
    at: datetime,
    act: str,
    author: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    note: str = "",
) -> None:
    """A line of the ledger, of the report with this id."""
    given = {
        "report": report,
        "at": at.astimezone(UTC),
        "act": act,
        "author": author,
        "before": Jsonb(dict(before or {})),
        "after": Jsonb(dict(after or {})),
        "note": note,
    }
    conn.execute(_SQL["add_entry"], given)
