"""Devices: registered ones, and those known only from their dead letters."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import Scope
from fleet.views import Device, UnknownDevice
from store import queries, rows

_SQL = queries.load("devices")


def list_devices(conn: Connection[Any], scope: Scope) -> list[Device]:
    """Registered devices by code; in a limited scope only those in one of its vehicles now."""
    return _devices(conn, scope, None)


def load_device(conn: Connection[Any], scope: Scope, code: str) -> Device:
    """One device.  Raises ``NotFound``, also when it is outside ``scope``."""
    for device in _devices(conn, scope, code):
        return device
    raise NotFound("device", code)


def list_unknown(conn: Connection[Any], scope: Scope) -> list[UnknownDevice]:
    """Devices that nobody has registered, newest first; nothing in a limited scope.

    They belong to no party, so only who may see everything may see them.
    """
    found = conn.execute(_SQL["list_unknown"], queries.within(scope))
    return [UnknownDevice(*row) for row in found]


def _devices(conn: Connection[Any], scope: Scope, code: str | None) -> list[Device]:
    cursor = conn.cursor(binary=True)
    found = cursor.execute(_SQL["list_devices"], queries.within(scope, code=code))
    return [
        Device(name, plate, has_credential, rows.link(tuple(link)), created_at, revoked, refused)
        for name, plate, has_credential, created_at, *link, revoked, refused in found
    ]
