"""Orders to devices: written here by the API, taken from here and published by the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import uuid_utils
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.scope import Scope
from fleet.views import Command
from store import devices, queries, vehicles

_SQL = queries.load("commands")


def request(  # noqa: PLR0913 - the columns of one row
    conn: Connection[Any],
    scope: Scope,
    device: str,
    kind: str,
    body: dict[str, Any],
    *,
    by: str,
    expires_at: datetime,
) -> Command:
    """Write an order and ring ``command``.  Raises ``NotFound``: no such device in ``scope``."""
    devices.load_device(conn, scope, device)
    given = {
        "id": str(uuid_utils.uuid7()),
        "device": device,
        "kind": kind,
        "body": Jsonb(body),
        "by": by,
        "expires_at": expires_at,
    }
    with conn.transaction():
        found = [_command(row) for row in conn.execute(_SQL["request"], given)]
        conn.execute(_SQL["ring_command"])
    return found[0]


def list_commands(conn: Connection[Any], scope: Scope, device: str) -> list[Command]:
    """The newest hundred orders to a device, newest first.  Raises ``NotFound``."""
    devices.load_device(conn, scope, device)
    return [_command(row) for row in conn.execute(_SQL["list_commands"], {"device": device})]


def list_of_vehicle(conn: Connection[Any], scope: Scope, plate: str) -> list[Command]:
    """The newest hundred orders to what was in a vehicle when they were made, newest first.

    Raises:
        NotFound: no such vehicle in ``scope``.
    """
    vehicles.load_vehicle(conn, scope, plate)
    return [_command(row) for row in conn.execute(_SQL["list_of_vehicle"], {"plate": plate})]


def take_open(conn: Connection[Any], now: datetime) -> list[Command]:
    """Orders to publish, oldest first: neither sent nor expired at ``now``.

    They stay locked until the transaction ends and another gateway passes over them, so
    publish and ``mark_sent`` belong into the same transaction.
    """
    return [_command(row) for row in conn.execute(_SQL["take_open"], {"now": now})]


def mark_sent(conn: Connection[Any], ids: Sequence[str], at: datetime) -> None:
    """These were handed to the broker."""
    conn.execute(_SQL["mark_sent"], {"ids": list(ids), "at": at})


def _command(row: tuple[Any, ...]) -> Command:
    return Command(*row)
