"""A waybill as an edit finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import Scope
from fleet.waybills import WaybillState
from store import queries

_SQL = queries.load("waybills")


@dataclass(frozen=True, slots=True)
class Found:
    """A waybill as an edit finds it."""

    key: int
    number: str
    cancelled_at: datetime | None
    placed_at: datetime
    origin: int  #: key of the site
    destination: int
    state: WaybillState
    is_over: bool


def find(conn: Connection[Any], scope: Scope, number: str) -> Found:
    """A waybill that is to be edited, locked inside a transaction.

    Raises ``NotFound``, also when it is outside ``scope``.
    """
    row = conn.execute(_SQL["find_waybill"], queries.within(scope, number=number)).fetchone()
    if row is None:
        raise NotFound("waybill", number)
    key, name, cancelled_at, placed_at, origin, destination, state, is_over = row
    return Found(
        key, name, cancelled_at, placed_at, origin, destination, WaybillState(state), is_over
    )
