"""Keys for the names that trips are planned with, each looked up once for a whole file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import Scope
from store import lines, queries, routes
from store.lines import Way

_SQL = queries.load("trips")


class Names:
    """Sites, routes and lines; vehicles as far as the scope goes.  All raise ``NotFound``."""

    def __init__(self, conn: Connection[Any], scope: Scope) -> None:
        self._conn, self._scope = conn, scope
        self._sites: dict[str, int] = {}
        self._routes: dict[str, tuple[int, int]] = {}
        self._vehicles: dict[str, int] = {}
        self._lines: dict[int, tuple[Way, int]] = {}  # by identity; the way is held with it

    def sites(self, codes: Iterable[str]) -> dict[str, int]:
        """Keys of these sites and of others, by code."""
        new = [code for code in codes if code not in self._sites]
        if new:
            self._sites |= routes.site_keys(self._conn, new)
        return self._sites

    def route(self, code: str) -> tuple[int, int]:
        """The keys of a route and of its line."""
        if code not in self._routes:
            self._routes[code] = routes.load_key(self._conn, code)
        return self._routes[code]

    def vehicle(self, plate: str) -> int:
        """The key of a vehicle."""
        if plate not in self._vehicles:
            given = queries.within(self._scope, plate=plate)
            found = self._conn.execute(_SQL["vehicle_key"], given).fetchone()
            if found is None:
                raise NotFound("vehicle", plate)
            self._vehicles[plate] = found[0]
        return self._vehicles[plate]

    def line(self, way: Way) -> int:
        """The key of a line, which is kept if it is new; may raise ``Invalid``."""
        if id(way) not in self._lines:
            self._lines[id(way)] = way, lines.keep_line(self._conn, way)
        return self._lines[id(way)][1]
