"""The audit trail: who read an exact position, or changed something; only ever added to.

A row is chained to the one before at the commit (``link_audit`` in the schema), so that a row
that was changed or taken out behind our back is noticed; the lock of that comes after every
other, so ``record`` may be called at any place of a transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.scope import Scope
from store.queries import load

_SQL = load("trail")


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
