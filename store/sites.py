"""Sites and parties: the places and the companies."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from fleet.scope import Scope
from fleet.views import Party, Site
from store import queries

_SQL = queries.load("sites")


def list_sites(conn: Connection[Any], scope: Scope) -> list[Site]:
    """All sites by code: places are common knowledge, unless a scope holds nothing at all."""
    return [Site(*row) for row in conn.execute(_SQL["list_sites"], queries.within(scope))]


def list_parties(conn: Connection[Any], scope: Scope) -> list[Party]:
    """The parties in ``scope`` by code."""
    return [Party(*row) for row in conn.execute(_SQL["list_parties"], queries.within(scope))]
