"""Keys for the names that trips are planned with, each looked up once for a whole file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from fleet.errors import Invalid, NotFound
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

    def look_up(self, sites: Iterable[str], plates: Iterable[str]) -> None:
        """Ask for many at once; those that are not there are missed when they are needed."""
        new = list(set(sites) - self._sites.keys())
        if new:
            self._sites |= routes.find_sites(self._conn, new)
        others = list(set(plates) - self._vehicles.keys())
        if others:
            given = queries.within(self._scope, plates=others)
            self._vehicles |= dict(self._conn.execute(_SQL["vehicle_keys"], given).fetchall())

    def sites(self, codes: Iterable[str]) -> dict[str, int]:
        """Keys of these sites and of others, by code."""
        wanted = list(codes)
        self.look_up(wanted, ())
        for code in wanted:
            if code not in self._sites:
                raise NotFound("site", code)
        return self._sites

    def route(self, code: str) -> tuple[int, int]:
        """The keys of a route and of its line."""
        if code not in self._routes:
            self._routes[code] = routes.load_key(self._conn, code)
        return self._routes[code]

    def vehicle(self, plate: str) -> int:
        """The key of a vehicle."""
        self.look_up((), [plate])
        if plate not in self._vehicles:
            raise NotFound("vehicle", plate)
        return self._vehicles[plate]

    def keep_lines(self, ways: Iterable[Way]) -> None:
        """Keep many lines at once; those that are none are refused when they are needed."""
        new = [way for way in ways if id(way) not in self._lines and _is_line(way)]
        keys = lines.keep_lines(self._conn, new)
        self._lines |= {id(way): (way, key) for way, key in zip(new, keys, strict=True)}

    def line(self, way: Way) -> int:
        """The key of a line, which is kept if it is new; may raise ``Invalid``."""
        if id(way) not in self._lines:
            self._lines[id(way)] = way, lines.keep_line(self._conn, way)
        return self._lines[id(way)][1]


def _is_line(way: Way) -> bool:
    try:
        lines.check(way)
    except Invalid:
        return False
    return True
