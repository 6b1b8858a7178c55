"""The query log: what customers asked, what was done about it, what they were told.

Which act is legal, and whose turn it is, is not decided here (``shipment.calls``): ``change`` is
given the step.  Every act stands in the log of its query.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import uuid_utils
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.calls import Channel, Department, Query, QueryEntry, QueryState
from fleet.errors import NotFound
from fleet.rights import Datum, Grant, Role
from fleet.scope import Scope
from fleet.waybills import WaybillState
from store import exceptions, ledger, queries

_SQL = queries.load("calls")

#: The columns of list_queries, in order.
_NAMES = tuple(each.name for each in fields(Query))

#: Open queries that are put in order at once: a desk of fifty people has fewer.
MOST_OPEN = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which queries; None any."""

    state: QueryState | None = None
    department: Department | None = None
    handler: str | None = None
    waybill: str | None = None
    open: bool = False
    start: datetime | None = None  #: asked from then on
    end: datetime | None = None  #: asked before


@dataclass(frozen=True, slots=True)
class NewQuery:
    """A query to be."""

    asked_at: datetime
    channel: Channel
    urgent: bool
    asker: str
    contact: str
    asked: str
    question: str
    department: Department
    remind_at: datetime
    waybill: int = 0  #: key; 0 nobody knows which is meant
    answer: str | None = None  #: id of the answer to "where is it"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to "where is it" that a query is about."""

    content: Mapping[str, Any]
    waybill: int  #: key; 0 none was found


@dataclass(frozen=True, slots=True)
class Day:
    """What a stretch of time brought, for a digest."""

    asked: int
    replied: int
    wait: float | None  #: s, median from the asking to the reply
    waiting: int  #: now
    urgent: int  #: of these


def add_query(conn: Connection[Any], scope: Scope, new: NewQuery, now: datetime) -> Query:
    """Log a query; its number carries the day of ``now`` in the zone of that."""
    number = exceptions.next_number(conn, "Q", now.date())
    routed = new.department is not Department.SERVICE
    key = str(uuid_utils.uuid7())
    given = {each.name: getattr(new, each.name) for each in fields(new)} | {
        "id": key,
        "number": number,
        "waybill": new.waybill or None,
        "state": QueryState.ROUTED if routed else QueryState.NEW,
        "routed_at": now if routed else None,
        "author": scope.principal,
    }
    conn.execute(_SQL["add_query"], given)
    _note(conn, key, now, "asked", scope.principal, {"asked": new.asked})
    if routed:
        detail = {"department": new.department.value}
        _note(conn, key, now, "route", exceptions.MACHINE, detail)
    return load_query(conn, scope, number)


def list_queries(
    conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int = MOST_OPEN
) -> list[Query]:
    """Queries in ``scope``: of open ones the oldest first, else the newest."""
    given = _given(scope) | {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    return [_query(row) for row in conn.execute(_SQL["list_queries"], given | {"limit": limit})]


def count_queries(conn: Connection[Any], scope: Scope) -> dict[str, int]:
    """How many open queries there are in ``scope``: by state, by department, waiting ``urgent``."""
    counts = dict.fromkeys([*QueryState, *Department], 0) | {"urgent": 0}
    for state, department, urgent, count in conn.execute(_SQL["count_queries"], _given(scope)):
        counts[state] += count
        counts[department] += count
        if urgent and QueryState(state).is_waiting:
            counts["urgent"] += count
    return {str(name): count for name, count in counts.items() if name != QueryState.CLOSED}


def load_query(conn: Connection[Any], scope: Scope, name: str) -> Query:
    """One query, by number or id.  Raises ``NotFound``, also when it is outside ``scope``."""
    row = conn.execute(_SQL["list_queries"], _given(scope) | _named(name)).fetchone()
    if row is None:
        raise NotFound("query", name)
    return _query(row)


def load_entries(conn: Connection[Any], query: Query) -> list[QueryEntry]:
    """What was done about it, oldest first."""
    rows = conn.execute(_SQL["list_entries"], {"query": query.id})
    return [QueryEntry(*row) for row in rows]


def change(  # noqa: PLR0913, PLR0917 - who, what, when, why
    conn: Connection[Any],
    scope: Scope,
    name: str,
    act: str,
    step: Callable[[Query], Query],
    now: datetime,
    note: str = "",
) -> Query:
    """Do something about a query, alone, and log it; the query after it.

    Raises:
        NotFound: there is no such query in ``scope``.
        FleetError: what ``step`` refuses.
    """
    conn.execute(_SQL["lock_query"], _named(name))
    before = load_query(conn, scope, name)
    after = step(before)
    conn.execute(_SQL["change_query"], {column: getattr(after, column) for column in _NAMES})
    told = ledger.differences(before, after)
    detail = {column: new for column, (_, new) in told.items() if column != "remind_at"}
    if note:
        detail["note"] = note
    _note(conn, before.id, now, act, scope.principal, detail)
    return after


def load_terms(conn: Connection[Any], query: Query) -> tuple[str, tuple[str, ...]]:
    """How the consignee wants to be reached, and the requirements; nothing without a waybill."""
    row = conn.execute(_SQL["load_terms"], {"query": query.id}).fetchone()
    return ("", ()) if row is None else (row[0], tuple(row[1]))


def load_answer(conn: Connection[Any], scope: Scope, answer: str) -> Answered:
    """An answer to "where is it".  Raises ``NotFound``, also when it is outside ``scope``."""
    row = conn.execute(_SQL["load_answer"], queries.within(scope, answer=answer)).fetchone()
    if row is None:
        raise NotFound("answer", answer)
    return Answered(row[0], row[1] or 0)


def standing(
    conn: Connection[Any], *, number: str | None = None, key: int = 0
) -> tuple[int, WaybillState] | None:
    """Key and state of a waybill that the caller was shown, by number or key; None: it is gone."""
    given = {"number": number, "waybill": key or None}
    row = conn.execute(_SQL["waybill_standing"], given).fetchone()
    return None if row is None else (int(row[0]), WaybillState(row[1]))


def find_reminders(conn: Connection[Any], now: datetime) -> list[str]:
    """Numbers of queries of which somebody is to be reminded, locked in this transaction."""
    given = {"now": now, "limit": ledger.AT_ONCE}
    return [row[0] for row in conn.execute(_SQL["due_reminders"], given)]


def send_reply(conn: Connection[Any], query: Query, text: str, now: datetime) -> bool:
    """Have the reply sent to ``query.contact``; False: no channel can, it is to be read out.

    Sent are text messages and mail, by an enabled channel whose code is ``sms`` or ``email`` or
    begins with that and a dash.
    """
    if query.reply_channel not in {Channel.SMS, Channel.EMAIL} or not query.contact:
        return False
    row = conn.execute(_SQL["find_channel"], {"kind": query.reply_channel.value}).fetchone()
    if row is None:
        return False
    name = f"reply:{now.timestamp():.3f}"
    words = {"title": query.waybill or query.number, "text": text}
    given = {
        "id": str(uuid_utils.uuid7()),
        "key": f"query.reply|query:{query.number}|{name}|address:{query.contact}|{row[1]}",
        "number": query.number,
        "name": name,
        "channel": row[0],
        "recipient": f"address:{query.contact}",
        "address": query.contact,
        "body": Jsonb({"zh": words, "en": words, "data": {"query": query.number}}),
        "now": now,
    }
    return conn.execute(_SQL["send_reply"], given).rowcount > 0


def count_day(conn: Connection[Any], start: datetime, end: datetime) -> Day:
    """What the time from ``start`` until before ``end`` brought."""
    return Day(*conn.execute(_SQL["count_day"], {"start": start, "end": end}).fetchall()[0])


def _note(
    conn: Connection[Any],
    query: str,
    at: datetime,
    act: str,
    author: str,
    detail: Mapping[str, object],
) -> None:
    given = {"query": query, "at": at, "act": act, "author": author, "detail": Jsonb(dict(detail))}
    conn.execute(_SQL["add_entry"], given)


def _named(name: str) -> dict[str, str | None]:
    """A query's number, or its id."""
    is_number = name.startswith("Q-")
    return {"number": name if is_number else None, "id": None if is_number else name}


def _given(scope: Scope) -> dict[str, Any]:
    """Parameters of the scoped statements, with nothing asked for."""
    grant = scope.sees(Datum.LOG)
    customer = scope.role is Role.CUSTOMER
    nothing = dict.fromkeys(
        ("number", "id", "state", "department", "handler", "waybill", "start", "end")
    )
    return queries.within(
        scope,
        all_log=grant in {Grant.ALL, Grant.READ},
        own_log=grant is Grant.OWN and not customer,
        as_customer=grant is Grant.OWN and customer,
        principal=scope.principal,
        open=False,
        limit=1,
        **nothing,
    )


def _query(row: tuple[Any, ...]) -> Query:
    values: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    told = values["reply_channel"]
    return Query(
        **values
        | {
            "channel": Channel(values["channel"]),
            "state": QueryState(values["state"]),
            "department": Department(values["department"]),
            "reply_channel": None if told is None else Channel(told),
        }
    )
