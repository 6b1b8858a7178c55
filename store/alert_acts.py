"""Alerts for readers, and what people do about them.

An act is taken on several alerts at once or on none: all are held, and each is checked, before
the first is written.  Every act is an entry of the alert's life, told to the feed, and stands in
the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.alert_views import AlertEntry, AlertNews, AlertView
from fleet.alerts import AlertKind, AlertState, ClosedHow, Severity, SubjectKind
from fleet.errors import Conflict, Invalid, NotFound
from fleet.scope import Scope
from store import exceptions, queries, trail
from store.alerts import Entry, tell

_SQL = queries.load("alert_acts")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts to list; None is all."""

    is_open: bool | None = None
    state: AlertState | None = None
    kind: AlertKind | None = None
    severity: Severity | None = None  #: at least so grave
    subject: str | None = None  #: also the plate, trip or waybill that it touches
    assigned: str | None = None
    since: datetime | None = None  #: opened then or later


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does about alerts; see ``take``."""

    name: str  #: acknowledge, assign, snooze or close
    note: str = ""  #: of closing, the reason
    to: str | None = None  #: who shall act; None nobody
    until: datetime | None = None  #: snoozed until; None: not any more


_DONE = {
    "acknowledge": "acknowledged",
    "assign": "assigned",
    "snooze": "snoozed",
    "close": "closed",
}


def list_alerts(
    conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int = 500
) -> list[AlertView]:
    """Alerts, the gravest first, then the longest open; closed ones last, the newest first."""
    return _views(conn, scope, wanted, None, limit)


def count_open(conn: Connection[Any], scope: Scope) -> dict[int, int]:
    """How many open alerts are how grave."""
    return dict(_cursor(conn).execute(_SQL["count_open"], queries.within(scope)).fetchall())


def load_alert(conn: Connection[Any], scope: Scope, key: str) -> AlertView:
    """One alert.  Raises ``NotFound``, also when it is outside ``scope``."""
    for view in _views(conn, scope, Wanted(), [key], 1):
        return view
    raise NotFound("alert", key)


def load_alerts(conn: Connection[Any], scope: Scope, keys: Sequence[str]) -> list[AlertView]:
    """Those of ``keys`` that are inside ``scope``, in the order of ``list_alerts``."""
    return _views(conn, scope, Wanted(), keys, len(keys)) if keys else []


def load_entries(conn: Connection[Any], key: str) -> list[AlertEntry]:
    """The life of an alert, oldest first."""
    return [_entry(row) for row in _cursor(conn).execute(_SQL["load_entries"], {"id": key})]


def read_after(
    conn: Connection[Any], scope: Scope, number: int, newest: int | None, limit: int | None
) -> list[AlertNews]:
    """Entries above a number of the feed, in order, each with its alert as it stands now."""
    given = {"after": number, "newest": newest, "limit": limit}
    rows = _cursor(conn).execute(_SQL["read_after"], given).fetchall()
    if not rows:
        return []
    keys = sorted({row[6] for row in rows})
    alerts = {view.id: view for view in _views(conn, scope, Wanted(), keys, len(keys))}
    return [AlertNews(_entry(row[:6]), alerts[row[6]]) for row in rows if row[6] in alerts]


def take(
    conn: Connection[Any], scope: Scope, keys: Sequence[str], act: Act, now: datetime
) -> list[AlertView]:
    """Act on alerts; in a transaction.

    ``acknowledge`` says that somebody has seen it: nobody else is told.  ``snooze`` keeps it
    quiet until then.  ``close`` says that nothing more is to be done, though its episode may
    last: the same episode opens no second alert.

    Raises:
        NotFound: one of them.
        Conflict: one of them is closed already.
        Invalid: no reason is given, or the time has passed.
    """
    _check(act, now)
    wanted = sorted(set(keys))
    inside = _views(conn, scope, Wanted(), wanted, len(wanted))
    missing = set(wanted) - {view.id for view in inside}
    if missing:
        raise NotFound("alert", min(missing))
    for key, state, _ in _cursor(conn).execute(_SQL["hold"], {"ids": wanted}).fetchall():
        if state == AlertState.CLOSED.value:
            raise Conflict(f"alert {key} is closed")
    given = {
        "ids": wanted,
        "now": now,
        "author": scope.principal,
        "to": act.to,
        "until": act.until,
        "why": act.note,
    }
    conn.execute(_SQL[act.name], given)
    standing = {view.id: _standing(view) for view in inside}
    for key in wanted:
        detail = {"before": standing[key], "after": _detail(act)}
        trail.record(conn, scope, act.name, "alert", key, act.note, detail)
        if act.name == "close":
            exceptions.tell_ending(conn, key, ClosedHow.PERSON, now, act.note)
    done = [Entry(key, _DONE[act.name], scope.principal, _note(act)) for key in wanted]
    tell(conn, done, now)
    return _views(conn, scope, Wanted(), wanted, len(wanted))


def _check(act: Act, now: datetime) -> None:
    if act.name == "close" and not act.note.strip():
        raise Invalid("/reason", "must say why")
    if act.name == "snooze" and act.until is not None and act.until <= now:
        raise Invalid("/until", "must lie in the future")


def _note(act: Act) -> str:
    if act.name == "assign":
        return act.to or ""
    if act.name == "snooze" and act.until is not None:
        return act.until.isoformat(timespec="seconds")
    return act.note


def _standing(view: AlertView) -> dict[str, Any]:
    until = None if view.snoozed_until is None else view.snoozed_until.isoformat("T", "seconds")
    told = {"state": view.state.value, "to": view.assigned_to, "until": until}
    return {name: said for name, said in told.items() if said is not None}


def _detail(act: Act) -> dict[str, Any]:
    until = None if act.until is None else act.until.isoformat(timespec="seconds")
    return {name: said for name, said in (("to", act.to), ("until", until)) if said is not None}


def _views(
    conn: Connection[Any], scope: Scope, wanted: Wanted, keys: Sequence[str] | None, limit: int
) -> list[AlertView]:
    given = queries.within(
        scope,
        open=wanted.is_open,
        state=None if wanted.state is None else wanted.state.value,
        kind=None if wanted.kind is None else wanted.kind.value,
        severity=None if wanted.severity is None else int(wanted.severity),
        subject=wanted.subject,
        assigned=wanted.assigned,
        since=wanted.since,
        ids=None if keys is None else list(keys),
        limit=limit,
    )
    return [_view(row) for row in _cursor(conn).execute(_SQL["list_alerts"], given)]


def _view(row: tuple[Any, ...]) -> AlertView:
    key, kind, subject_kind, subject, name, severity, state = row[:7]
    how = row[11]
    values = (
        *(key, AlertKind(kind), SubjectKind(subject_kind), subject, name),
        *(Severity(severity), AlertState(state), *row[7:11]),
        *(None if how is None else ClosedHow(how), *row[12:]),
    )
    return AlertView(*values)


def _entry(row: tuple[Any, ...]) -> AlertEntry:
    number, at, act, author, note, severity = row
    return AlertEntry(number, at, act, author, note, Severity(severity))


def _cursor(conn: Connection[Any]) -> Any:  # noqa: ANN401 - a cursor of tuples
    return conn.cursor(row_factory=tuple_row)
