"""What is masked, in full; whoever asks says why, and is put on the trail."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.errors import Forbidden, NotFound
from fleet.rights import Datum, Grant
from fleet.scope import Scope
from store import queries

_SQL = queries.load("reveal")


def drivers(conn: Connection[Any], scope: Scope, trip: str) -> list[str]:
    """Who drove a trip, oldest first.

    Raises:
        Forbidden: drivers are not for that role at all.
        NotFound: there is no such trip, or it is outside ``scope``.
    """
    if scope.sees(Datum.DRIVER) not in {Grant.ALL, Grant.MASKED}:
        raise Forbidden(f"{scope.principal} may not see who drives")
    return _values(conn, scope, "drivers", "trip", trip)


def phones(conn: Connection[Any], scope: Scope, waybill: str) -> list[str]:
    """The telephone of a waybill's consignee.  Raises ``NotFound``."""
    return _values(conn, scope, "phones", "waybill", waybill)


def _values(conn: Connection[Any], scope: Scope, statement: str, kind: str, name: str) -> list[str]:
    given = queries.within(scope, name=name)
    found = conn.cursor(row_factory=tuple_row).execute(_SQL[statement], given).fetchall()
    if not found:
        raise NotFound(kind, name)
    return [value for (value,) in found if value]
