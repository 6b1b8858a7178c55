"""Exception reports and their ledger, read, and brought from step to step.

Which step is legal, and what it needs, is not decided here: ``change`` is given the step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.reports import Entry, Report, ReportKind, ReportState
from fleet.rights import Datum, Grant
from fleet.scope import OPERATOR, Scope
from store import exceptions, queries, trail

_SQL = queries.load("exceptions")

_NAMES = tuple(each.name for each in fields(Report))  # the columns of list_reports, in order

#: Rows that one round of the worker takes at once.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports; None any."""

    state: ReportState | None = None
    kind: ReportKind | None = None
    handler: str | None = None
    waybill: str | None = None
    open: bool = False
    start: datetime | None = None  #: found from then on
    end: datetime | None = None  #: found before


@dataclass(frozen=True, slots=True)
class Day:
    """What a stretch of time brought, for a digest."""

    opened: int
    closed: int
    breached: int
    open: int  #: now
    overdue: int  #: nobody has them in hand although it is time
    oldest: float | None  #: s that the oldest open one is old


def list_reports(
    conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int = 1000
) -> list[Report]:
    """Reports in ``scope``: the gravest open ones first, then the oldest; closed ones last."""
    given = _given(scope) | {
        "state": wanted.state,
        "kind": wanted.kind,
        "handler": wanted.handler,
        "waybill": wanted.waybill,
        "open": wanted.open,
        "start": wanted.start,
        "end": wanted.end,
        "limit": limit,
    }
    return [_report(row) for row in conn.execute(_SQL["list_reports"], given)]


def count_reports(conn: Connection[Any], scope: Scope) -> dict[str, int]:
    """How many reports in ``scope`` there are of each state; every state is named."""
    found = dict(conn.execute(_SQL["count_reports"], _given(scope)).fetchall())
    return {state.value: found.get(state.value, 0) for state in ReportState}


def load_report(conn: Connection[Any], scope: Scope, number: str) -> Report:
    """One report.  Raises ``NotFound``, also when it is outside ``scope``."""
    row = conn.execute(_SQL["list_reports"], _given(scope) | {"number": number}).fetchone()
    if row is None:
        raise NotFound("exception", number)
    return _report(row)


def load_entries(conn: Connection[Any], report: Report) -> list[Entry]:
    """Its ledger, oldest first."""
    rows = conn.execute(_SQL["list_entries"], {"report": report.id})
    return [Entry(*row) for row in rows]


def open_report(
    conn: Connection[Any],
    scope: Scope,
    new: exceptions.NewReport,
    now: datetime,
    *,
    waybill: str | None = None,
    trip: str | None = None,
) -> Report:
    """A report by a person, about a waybill or a trip by its name; ``now`` in the local zone.

    Raises:
        NotFound: there is no such waybill or trip in ``scope``.
        Conflict: a delay of it is open already.
    """
    keys = {
        "waybill": 0 if waybill is None else key_of(conn, scope, "waybill", waybill),
        "trip": 0 if trip is None else key_of(conn, scope, "trip", trip),
    }
    values = {each.name: getattr(new, each.name) for each in fields(new)}
    number = exceptions.add_report(conn, exceptions.NewReport(**values | keys), now)
    detail = {"after": {"kind": new.kind.value, "waybill": waybill, "trip": trip}}
    trail.record(conn, scope, "create", "exception", number, new.description, detail)
    return load_report(conn, OPERATOR, number)  # who may raise one need not see the others


def key_of(conn: Connection[Any], scope: Scope, kind: str, name: str) -> int:
    """The key of a ``waybill`` by number or a ``trip`` by code.

    Raises ``NotFound``, also when it is outside ``scope``.
    """
    given = queries.within(scope, number=name, code=name)
    row = conn.execute(_SQL[f"{kind}_key"], given).fetchone()
    if row is None:
        raise NotFound(kind, name)
    return int(row[0])


def change(  # noqa: PLR0913, PLR0917 - who, what, when, why
    conn: Connection[Any],
    scope: Scope,
    number: str,
    act: str,
    step: Callable[[Report], Report],
    now: datetime,
    note: str = "",
) -> tuple[Report, Report]:
    """Take a step, alone, and write it into the ledger; the report before and after it.

    Raises:
        NotFound: there is no such report in ``scope``.
        FleetError: what ``step`` refuses.
        Invalid: a file is none of the report's waybill.
    """
    conn.execute(_SQL["lock_report"], {"number": number})
    before = load_report(conn, scope, number)
    after = step(before)
    added = [file for file in after.files if file not in before.files]
    exceptions.require_files(conn, added, report=before.id)
    conn.execute(_SQL["change_report"], _columns(after))
    told = differences(before, after)
    old = {name: each[0] for name, each in told.items()}
    new = {name: each[1] for name, each in told.items()}
    author = scope.principal
    exceptions.write(conn, before.id, now, act, author, before=old, after=new, note=note)
    detail = {"before": old, "after": new}
    if author != exceptions.MACHINE:  # the trail is of people
        trail.record(conn, scope, act, "exception", number, note, detail)
    return before, after


def differences(before: Any, after: Any) -> dict[str, tuple[object, object]]:  # noqa: ANN401 - records
    """The fields in which two records of one class differ, as JSON has them: old and new."""
    names = [each.name for each in fields(before)]
    return {
        name: (_plain(getattr(before, name)), _plain(getattr(after, name)))
        for name in names
        if getattr(before, name) != getattr(after, name)
    }


def find_due(conn: Connection[Any], what: str, now: datetime, since: datetime) -> list[str]:
    """Numbers of reports to be told of, locked; those that somebody works on come later.

    Args:
        conn: in the transaction that tells of them.
        what: ``due_breaches``, ``due_claims`` or ``unannounced``.
        now: the time.
        since: of ``unannounced``: only reports recorded after it.
    """
    given = {"now": now, "since": since, "limit": AT_ONCE}
    return [row[0] for row in conn.execute(_SQL[what], given)]


def count_day(conn: Connection[Any], start: datetime, end: datetime) -> Day:
    """What the time from ``start`` until before ``end`` brought."""
    return Day(*conn.execute(_SQL["count_day"], {"start": start, "end": end}).fetchall()[0])


def _given(scope: Scope) -> dict[str, Any]:
    """Parameters of the scoped statements, with nothing asked for."""
    grant = scope.sees(Datum.LOG)
    nothing = dict.fromkeys(("number", "id", "state", "kind", "handler", "waybill", "start", "end"))
    return queries.within(
        scope,
        all_log=grant in {Grant.ALL, Grant.READ},
        own_log=grant is Grant.OWN,
        principal=scope.principal,
        open=False,
        limit=1,
        **nothing,
    )


def _report(row: tuple[Any, ...]) -> Report:
    values: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    kind, state = ReportKind(values["kind"]), ReportState(values["state"])
    return Report(**values | {"kind": kind, "state": state, "files": tuple(values["files"])})


def _columns(report: Report) -> Mapping[str, Any]:
    return {each.name: getattr(report, each.name) for each in fields(report)} | {
        "files": list(report.files)
    }


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value
