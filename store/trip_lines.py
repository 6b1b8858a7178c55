"""Which ways the open trips are planned on, for a map of them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from fleet.scope import Scope
from fleet.trips import Risk
from store import queries

_SQL = queries.load("trip_lines")


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A trip that is not over, and the way of its latest plan."""

    code: str
    risk: Risk  #: unknown without an estimate to rest on
    line: int  #: key of the line


def list_open_lines(conn: Connection[Any], scope: Scope) -> list[OpenLine]:
    """All of ``scope`` that have a line, the latest first."""
    cursor = conn.cursor(binary=True)
    found = cursor.execute(_SQL["list_open_lines"], queries.within(scope))
    return [OpenLine(code, Risk(risk), line) for code, risk, line in found]
