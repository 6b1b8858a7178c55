from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from fleet.errors import Invalid, NotFound
from fleet.scope import OPERATOR, Scope
from store import lines, routes
from store.routes import NewRoute, NewRouteStop
from tests.store.hauls import create, register, way

pytestmark = pytest.mark.db


@pytest.fixture(autouse=True)
def registered(conn: Connection[Any], two_parties: None) -> None:  # noqa: ARG001 - registers them
    register(conn)


def stop(site: str, s: float | None, arrive: float | None, **more: Any) -> NewRouteStop:  # noqa: ANN401 - a builder
    ordinary = NewRouteStop(site, s, arrive, arrive, 600.0, 1800.0, 900.0, via=False)
    return replace(ordinary, **more)


STOPS = (
    stop("port", 0.0, None, depart=0.0),
    stop("hub", 95e3, 60.0, via=True),
    stop("shop", None, 90.0),
)


def route(**more: Any) -> NewRoute:  # noqa: ANN401 - a builder
    return replace(NewRoute("r1", "沪杭", "East", True, way(), STOPS), **more)  # noqa: FBT003 - a record


def test_a_route_comes_back_as_it_was_put(conn: Connection[Any]) -> None:
    put = routes.put_route(conn, OPERATOR, route(), "li.na")
    assert (put.code, put.name_zh, put.name_en, put.strict) == ("r1", "沪杭", "East", True)
    assert (put.length, put.corridor, put.source, put.author) == (190e3, 500.0, "geojson", "li.na")
    assert put.line == tuple((x, 31.0) for x in np.linspace(121.0, 123.0, 5).tolist())
    assert [(s.number, s.site.code, s.s, s.arrive, s.depart, s.via) for s in put.stops] == [
        (0, "port", 0.0, None, 0.0, False),
        (1, "hub", 95e3, 60.0, 60.0, True),
        (2, "shop", None, 90.0, 90.0, False),
    ]
    assert (put.stops[0].service, put.stops[0].early, put.stops[0].late) == (600, 1800, 900)
    assert routes.list_routes(conn, OPERATOR) == [replace(put, line=())]
    assert routes.list_routes(conn, Scope("nobody", frozenset())) == []


def test_a_route_that_is_put_again_is_replaced(conn: Connection[Any]) -> None:
    routes.put_route(conn, OPERATOR, route(), "li.na")
    put = routes.put_route(conn, OPERATOR, route(stops=STOPS[::2], way=way(3)), "老王")
    assert ([s.site.code for s in put.stops], len(put.line), put.author) == (
        *(["port", "shop"], 3, "老王"),
    )
    routes.put_route(conn, OPERATOR, route(code="r0"), "x")
    assert [each.code for each in routes.list_routes(conn, OPERATOR)] == ["r0", "r1"]


def test_a_route_that_is_removed_leaves_its_trips(conn: Connection[Any]) -> None:
    routes.put_route(conn, OPERATOR, route(), "x")
    create(conn, route="r1")
    routes.remove_route(conn, OPERATOR, "r1")
    assert routes.list_routes(conn, OPERATOR) == []
    assert conn.execute("SELECT code, route_id FROM trip").fetchall() == [("t1", None)]
    with pytest.raises(NotFound):
        routes.remove_route(conn, OPERATOR, "r1")
    with pytest.raises(NotFound):
        routes.load_route(conn, OPERATOR, "r1")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"code": " r"}, "code"),
        ({"stops": STOPS[:1]}, "two stops"),
        ({"stops": STOPS[1:]}, "not passed"),
        ({"stops": (STOPS[0], stop("hub", 5.0, -1.0))}, "in time"),
        ({"stops": (STOPS[0], stop("hub", float("inf"), 1.0))}, "along the line"),
        ({"way": way(1)}, "two vertices"),
    ],
)
def test_a_route_that_cannot_be_is_refused(
    conn: Connection[Any], more: dict[str, Any], why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        routes.put_route(conn, OPERATOR, route(**more), "x")
    stops = (STOPS[0], stop("nowhere", None, None))
    with pytest.raises(NotFound, match="nowhere"):
        routes.put_route(conn, OPERATOR, route(stops=stops), "x")


def test_the_same_line_is_kept_once(conn: Connection[Any]) -> None:
    one = lines.keep_line(conn, way())
    assert lines.keep_line(conn, way(source="gpx")) == one
    two = lines.keep_line(conn, way(corridor=200.0))
    assert two != one
    found = lines.load_with_source(conn, [two, one, 99])
    assert [(line.key, line.corridor, source) for line, source in found] == [
        *((one, 500.0, "geojson"), (two, 200.0, "geojson"))
    ]
    assert lines.load_lines(conn, []) == []
