"""Planned lines: read, asked for or straight, and the stops on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polyline
import pytest

from fleet.errors import Invalid
from route.line import build_line
from tracker_api import drawing
from tracker_api.drawing import Drawn, Floats, draw
from tracker_api.routing import NoWay, Place
from tracker_api.trip_bodies import LineIn, PassIn

#: 26 km apart, with a bend between them that leaves the straight line by 3 km.
FROM, BEND, TO = (121.0, 31.0), (121.15, 31.03), (121.25, 31.0)
STOPS = [FROM, TO]
GPX = (
    '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><rte>'
    + "".join(f'<rtept lat="{lat}" lon="{lon}"/>' for lon, lat in (FROM, BEND, TO))
    + "</rte></gpx>"
)
PASS = {"vehicle": "沪A00000", "from": "2026-05-01T00:00:00Z", "to": "2026-05-02T00:00:00Z"}


class Roads:
    """A routing engine that says what it is made with."""

    kind = "osrm"

    def __init__(self, says: list[Place] | NoWay) -> None:
        self.says = says

    def way(self, places: Sequence[Place]) -> list[Place] | NoWay:
        assert list(places) == STOPS
        return self.says


def passes(asked: PassIn) -> tuple[Floats, Floats]:
    assert asked.vehicle == "沪A00000"
    lon = np.concatenate([np.linspace(a, b, 40) for a, b in ((121.0, 121.15), (121.15, 121.25))])
    lat = np.concatenate([np.linspace(a, b, 40) for a, b in ((31.0, 31.03), (31.03, 31.0))])
    return lon, lat


def drawn(
    form: str,
    data: Any = None,  # noqa: ANN401 (JSON)
    *,
    roads: list[Place] | NoWay | None = None,
    corridor: float | None = None,
    places: Sequence[Place] = STOPS,
    **more: Any,  # noqa: ANN401 (JSON)
) -> Drawn:
    asked = LineIn.model_validate({"format": form, "data": data} | more)
    return draw(
        asked, places, corridor, Roads(NoWay("no engine") if roads is None else roads), passes
    )


def geojson(*places: Place) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(place) for place in places]}


@pytest.mark.parametrize(
    ("form", "data", "source"),
    [
        ("geojson", geojson(FROM, BEND, TO), "geojson"),
        ("gpx", GPX, "gpx"),
        ("polyline", polyline.encode([FROM, BEND, TO], 5, geojson=True), "polyline"),
        ("polyline6", polyline.encode([FROM, BEND, TO], 6, geojson=True), "polyline"),
    ],
)
def test_a_line_is_read_in_every_form_with_the_stops_on_it(
    form: str, data: object, source: str
) -> None:
    made = drawn(form, data)
    assert (made.way.source, made.notice) == (source, None)
    assert made.line.corridor == 500
    np.testing.assert_allclose(made.line.lon, [p[0] for p in (FROM, BEND, TO)], atol=1e-5)
    np.testing.assert_allclose(made.s, [0, made.line.length])
    assert 24_000 < made.line.length < 25_000


def test_earlier_passes_give_the_line_that_they_took() -> None:
    made = drawn("history", history=[PASS, PASS, PASS])
    assert made.way.source == "history"
    off = np.hypot(made.line.lon - BEND[0], made.line.lat - BEND[1]).min()
    assert off < 0.001


def test_a_straight_line_is_as_wide_as_a_road_may_stray_from_it() -> None:
    made = drawn("straight")
    assert made.way.source == "straight"
    assert made.line.corridor == pytest.approx(0.4153 * made.line.length, rel=0.01)
    assert drawn("straight", corridor=700.0).line.corridor == 700
    near = drawn("straight", places=[FROM, (121.001, 31.0)])
    assert near.line.corridor == 500


def test_a_line_by_road_is_that_of_the_engine_and_says_so() -> None:
    made = drawn("osrm", roads=[FROM, BEND, TO])
    assert (made.way.source, made.notice) == ("osrm", None)
    assert made.line.corridor == 500
    assert len(made.line.lon) == 3


def test_without_an_answer_of_the_engine_the_line_is_straight_and_says_why() -> None:
    made = drawn("valhalla", roads=NoWay("it did not answer within 5 s"))
    assert made.way.source == "straight"
    assert made.notice == "the line is straight: it did not answer within 5 s"


@pytest.mark.parametrize(
    "says", [[FROM, BEND], [FROM, FROM], [], [(float("nan"), 31.0), TO], [TO, BEND, FROM]]
)
def test_an_answer_that_does_not_pass_the_stops_is_not_taken(says: list[Place]) -> None:
    made = drawn("osrm", roads=says)
    assert made.way.source == "straight"
    assert made.notice is not None
    assert "does not fit" in made.notice


@pytest.mark.parametrize(
    ("asked", "where", "why"),
    [
        ({"format": "geojson"}, "/line/data", "needed"),
        ({"format": "geojson", "data": "x"}, "/line/data", "object"),
        ({"format": "gpx", "data": {}}, "/line/data", "text"),
        ({"format": "straight", "data": "x"}, "/line/data", "not of straight"),
        ({"format": "history"}, "/line/history", "passes"),
        ({"format": "straight", "history": [PASS]}, "/line/history", "only there"),
        ({"format": "geojson", "data": {"type": "Point"}}, "/line", "LineString"),
        ({"format": "geojson", "data": geojson(FROM, (121.1, 99.0))}, "/line", "vertex 2"),
        ({"format": "geojson", "data": geojson(FROM, FROM)}, "/line", "make no line"),
        ({"format": "geojson", "data": geojson(FROM, BEND)}, "/stops/1", "from the line"),
        ({"format": "gpx", "data": "<gpx>"}, "/line", "GPX"),
        ({"format": "polyline", "data": "~"}, "/line", "decoded"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_its_place(
    asked: dict[str, Any], where: str, why: str
) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        draw(LineIn.model_validate(asked), STOPS, None, Roads(NoWay("")), passes)
    assert refused.value.where == where


def test_a_line_that_is_read_back_measures_the_same() -> None:
    rng = np.random.default_rng(7)
    lon = np.linspace(121.0, 121.25, 400)
    lat = 31.0 + 0.01 * np.sin(40 * lon) + rng.normal(0, 2e-6, 400)
    places = list(zip(lon.tolist(), lat.tolist(), strict=True))
    made = drawn("geojson", geojson(*places), places=[places[0], places[200], places[-1]])
    assert len(made.line.lon) < 300, "what bends by less than 3 m is left out"
    back = build_line(0, made.line.lon, made.line.lat, made.line.corridor)
    assert np.array_equal(back.s, made.line.s)
    assert drawing.put(back, "", [places[0], places[200], places[-1]]).s == made.s


def test_a_straight_line_is_known_again() -> None:
    line = drawn("straight").line
    vertices = list(zip(line.lon.tolist(), line.lat.tolist(), strict=True))
    assert drawing.is_straight(vertices, STOPS)
    assert not drawing.is_straight(vertices, [FROM, BEND])
    assert not drawing.is_straight([FROM, BEND, TO], STOPS)
    assert not drawing.is_straight([], STOPS)
