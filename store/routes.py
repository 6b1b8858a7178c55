"""Routes: ways that trips are planned on.  A plan copies what it needs of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np
from psycopg import Connection

from fleet.errors import Invalid, NotFound
from fleet.scope import Scope
from fleet.trip_views import Route, RouteStop
from fleet.views import Site
from store import admin, lines, queries
from store.arrays import Float8, Int4
from store.lines import Way

_SQL = queries.load("routes")


@dataclass(frozen=True, slots=True)
class NewRouteStop:
    """A stop of a route to be; times are s after the departure from the first stop."""

    site: str  #: code
    s: float | None  #: m along the line; None: not on it
    arrive: float | None
    depart: float | None
    service: float  #: s
    early: float  #: s
    late: float  #: s
    via: bool


@dataclass(frozen=True, slots=True)
class NewRoute:
    """A route to be, or what an existing one shall be."""

    code: str
    name_zh: str
    name_en: str
    strict: bool
    way: Way
    stops: tuple[NewRouteStop, ...]


def put_route(conn: Connection[Any], scope: Scope, route: NewRoute, author: str) -> Route:
    """Make a route, or replace the one of that code; plans that were made on it stay.

    Raises:
        Invalid: a value that cannot be; fewer than two stops.
        NotFound: a site.
    """
    admin.need("code", route.code)
    admin.need("author", author)
    check_stops(route.stops)
    times = [t for stop in route.stops for t in (stop.arrive, stop.depart) if t is not None]
    if not all(map(isfinite, times)) or times != sorted(times):
        raise Invalid("stops", "each must follow the one before in time")
    sites = find_sites(conn, [stop.site for stop in route.stops])
    for stop in route.stops:
        if stop.site not in sites:
            raise NotFound("site", stop.site)
    with conn.transaction():
        given = {
            "code": route.code,
            "name_zh": route.name_zh,
            "name_en": route.name_en,
            "line": lines.keep_line(conn, route.way),
            "strict": route.strict,
            "author": author,
        }
        key = conn.execute(_SQL["put_route"], given).fetchall()[0][0]
        conn.execute(_SQL["clear_stops"], {"route": key})
        columns: dict[str, Any] = {
            name: Float8(np.array([_number(getattr(stop, name)) for stop in route.stops]))
            for name in ("s", "arrive", "depart", "service", "early", "late")
        }
        columns["site"] = Int4(np.array([sites[stop.site] for stop in route.stops]))
        columns["via"] = [stop.via for stop in route.stops]
        conn.execute(_SQL["add_stops"], columns | {"route": key})
    return load_route(conn, scope, route.code)


def list_routes(conn: Connection[Any], scope: Scope) -> list[Route]:
    """All routes by code, without the vertices of their lines."""
    return _routes(conn, scope, None)


def load_route(conn: Connection[Any], scope: Scope, code: str) -> Route:
    """One route with its line.  Raises ``NotFound``."""
    for route in _routes(conn, scope, code):
        return route
    raise NotFound("route", code)


def find_route(conn: Connection[Any], scope: Scope, code: str) -> Route | None:
    """One route with its line; None: there is none that ``scope`` sees."""
    return next(iter(_routes(conn, scope, code)), None)


def remove_route(conn: Connection[Any], scope: Scope, code: str) -> None:
    """Plan on it no longer.  Raises ``NotFound``."""
    load_route(conn, scope, code)
    conn.execute(_SQL["remove_route"], {"code": code})


def load_key(conn: Connection[Any], code: str) -> tuple[int, int]:
    """The keys of a route and of its line.  Raises ``NotFound``."""
    found = conn.execute(_SQL["route_key"], {"code": code}).fetchone()
    if found is None:
        raise NotFound("route", code)
    return found[0], found[1]


def find_sites(conn: Connection[Any], codes: Iterable[str]) -> dict[str, int]:
    """The keys of those of these sites that are there, by code."""
    return dict(conn.execute(_SQL["site_keys"], {"codes": list(codes)}).fetchall())


def check_stops(stops: Sequence[Any]) -> None:
    """Refuse, with ``Invalid``, what no route and no plan can be: of ``NewRouteStop`` or alike."""
    if len(stops) < 2:  # noqa: PLR2004 - a trip has two ends
        raise Invalid("stops", "a trip has two stops or more")
    if stops[0].via or stops[-1].via:
        raise Invalid("stops", "the first and the last are stopped at, not passed")
    spans = [value for stop in stops for value in (stop.service, stop.early, stop.late)]
    if not all(isfinite(value) and value >= 0 for value in spans):
        raise Invalid("stops", "service, early and late are seconds, 0 or more")
    places = [stop.s for stop in stops if stop.s is not None]
    if not all(map(isfinite, places)) or places != sorted(places) or min(places, default=0) < 0:
        raise Invalid("stops", "each must follow the one before along the line")


def _routes(conn: Connection[Any], scope: Scope, code: str | None) -> list[Route]:
    found = conn.execute(_SQL["list_routes"], queries.within(scope, code=code)).fetchall()
    stops: dict[int, list[RouteStop]] = {}
    keys = [row[10] for row in found]
    for key, number, *more in conn.execute(_SQL["route_stops"], {"routes": keys}):
        stops.setdefault(key, []).append(RouteStop(number, Site(*more[:6]), *more[6:]))
    ways = lines.load_lines(conn, (row[9] for row in found)) if code is not None else []
    vertices = {
        way.key: tuple(zip(way.lon.tolist(), way.lat.tolist(), strict=True)) for way in ways
    }
    return [
        Route(
            code=row[0],
            name_zh=row[1],
            name_en=row[2],
            strict=row[3],
            length=row[4],
            corridor=row[5],
            source=row[6],
            line=vertices.get(row[9], ()),
            stops=tuple(stops.get(row[10], ())),
            author=row[7],
            changed_at=row[8],
        )
        for row in found
    ]


def _number(value: float | None) -> float:
    return nan if value is None else value
