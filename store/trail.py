"""The audit trail: who read an exact position, or changed something; only ever added to.

A row is chained to the one before at the commit (``link_audit`` in the schema), so that a row
that was changed or taken out behind our back is noticed; the lock of that comes after every
other, so ``record`` may be called at any place of a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from fleet.scope import Scope
from store.queries import load

_SQL = load("trail")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the trail."""

    id: int
    at: datetime
    principal: str
    role: str
    act: str
    kind: str
    subject: str
    why: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows; None is all."""

    principal: str | None = None
    act: str | None = None
    kind: str | None = None
    subject: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """How the chain stands."""

    rows: int
    head: str  #: the last link, hexadecimal; noted elsewhere it proves that no end was cut off
    broken: int | None  #: the first audit row that is not as it was written; None: all are
    unlinked: int  #: rows that no link tells of


def record(  # noqa: PLR0913, PLR0917 - the columns of one row
    conn: Connection[Any],
    scope: Scope,
    act: str,
    kind: str,
    subject: str,
    why: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Say that ``scope`` did ``act`` to ``subject``, in the transaction of the act itself.

    Args:
        conn: in a transaction with what is told of; a read may have one of its own.
        scope: who did it.
        act: ``read``, ``reveal``, ``create``, ``change``, ``remove``, ``sign_in``, ...
        kind: of the subject: ``vehicle``, ``trip``, ``waybill``, ``fence``, ``person``, ...
        subject: its public name.
        why: in the words of whoever did it.
        detail: of a change ``before`` and ``after``; of a read what was asked.
    """
    conn.execute(
        _SQL["record"],
        {
            "principal": scope.principal,
            "role": scope.role.value,
            "act": act,
            "kind": kind,
            "subject": subject,
            "why": why,
            "detail": Jsonb(dict(detail or {})),
        },
    )


def list_entries(
    conn: Connection[Any], wanted: Wanted, before: int | None = None, limit: int = 100
) -> list[Entry]:
    """Rows, newest first; with ``before`` those older than that one."""
    given = {
        "principal": wanted.principal,
        "act": wanted.act,
        "kind": wanted.kind,
        "subject": wanted.subject,
        "start": wanted.start,
        "end": wanted.end,
        "before": before,
        "limit": limit,
    }
    return conn.cursor(row_factory=class_row(Entry)).execute(_SQL["list_entries"], given).fetchall()


def verify(conn: Connection[Any]) -> Chain:
    """Reckon the whole chain again: some seconds for a million rows."""
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["verify"]).fetchone()
    rows, head, broken, unlinked = row or (0, "", None, 0)
    return Chain(rows, head, broken, unlinked)
