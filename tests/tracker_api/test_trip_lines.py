"""Planned ways of many trips: those in sight, simplified, within the reader's scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import httpx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import Invalid
from fleet.trips import Line, Risk
from store.trip_lines import OpenLine
from tests.fix_api import Start
from tests.fix_trips import TRIPS, TripHand, lane, made, refused, soon
from tracker_api.trip_schemas import PlannedLinesOut
from tracker_api.ways import KEPT, TOLERANCE, TURN, Way, Ways, in_sight, read_box

#: Round the lane of the tests; and a box that it is not in.
HERE, ELSEWHERE = "119,30,122,32", "100,20,101,21"


@pytest.fixture
def api(judge: TripHand, start_api: Start) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles and the sites of a lane."""
    del judge
    with start_api() as running, running.client() as client:
        yield client


def asked(api: httpx.Client, box: str) -> PlannedLinesOut:
    return PlannedLinesOut.model_validate(api.get(f"{TRIPS}/lines", params={"bbox": box}).json())


@pytest.mark.db
def test_ways_of_open_trips_in_sight_are_told(api: httpx.Client) -> None:
    made(api.post(TRIPS, json=lane(soon())))
    made(api.post(TRIPS, json={"code": "D-1", "author": "li.na"}))
    told = asked(api, HERE)
    assert [line.code for line in told.lines] == ["T-1"]
    assert told.lines[0].risk == "unknown", "nobody has estimated it"
    assert told.lines[0].line[-1] == pytest.approx((120.25, 31.30), abs=0.001)
    assert told.complete
    assert asked(api, ELSEWHERE).lines == []


@pytest.mark.db
def test_a_trip_that_is_over_has_no_way_any_more(api: httpx.Client) -> None:
    made(api.post(TRIPS, json=lane(soon())))
    step = {"event": "cancel", "author": "li.na", "reason": "order withdrawn"}
    assert api.post(f"{TRIPS}/T-1/steps", json=step).is_success
    assert asked(api, HERE).lines == []


@pytest.mark.db
def test_a_box_that_is_none_is_refused(api: httpx.Client) -> None:
    assert refused(api.get(f"{TRIPS}/lines", params={"bbox": "1,2,3"}), 422)
    assert refused(api.get(f"{TRIPS}/lines"), 422)


@pytest.mark.parametrize("text", ["", "a,b,c,d", "0,0,0", "0,1,1,0", "-181,0,1,1", "0,0,1,91"])
def test_what_is_no_box_is_invalid(text: str) -> None:
    with pytest.raises(Invalid, match="bbox"):
        read_box(text)


def test_a_box_across_the_antimeridian_is_one() -> None:
    assert read_box("170,-10,-170,10") == (170.0, -10.0, -170.0, 10.0)


def line(key: int = 1, lon: float = 110.0, lat: float = 30.0, count: int = 50) -> Line:
    """Eastwards by a hundredth of a degree per vertex."""
    lons = lon + np.arange(count) / 100
    return Line(key, lons, np.full(count, lat), np.linspace(0.0, 49_000.0, count), 500.0)


def test_a_line_touches_a_box_that_neither_end_is_in() -> None:
    way = Way.of(line())
    assert way.touches((110.2, 29.0, 110.3, 31.0))
    assert not way.touches((110.2, 30.1, 110.3, 31.0))
    assert not way.touches((111.0, 29.0, 112.0, 31.0))


def test_a_box_across_the_antimeridian_is_touched_from_both_sides() -> None:
    box = (179.0, 0.0, -179.0, 40.0)
    assert Way.of(line(lon=179.2, count=20)).touches(box)
    assert Way.of(line(lon=-179.9)).touches(box)
    assert not Way.of(line(lon=0.0)).touches(box)


@given(st.lists(st.tuples(st.floats(110, 120), st.floats(20, 40)), min_size=2, max_size=60))
def test_a_simplified_way_is_never_far_from_its_line(vertices: list[tuple[float, float]]) -> None:
    lon, lat = np.array(vertices).T
    way = Way.of(Line(1, lon, lat, np.linspace(0.0, 1.0, len(lon)), 500.0))
    assert len(way.vertices) <= len(lon)
    whole, short = shapely.linestrings(lon, lat), shapely.linestrings(way.vertices)
    assert shapely.hausdorff_distance(whole, short) <= TOLERANCE + 1e-4


def test_a_line_is_read_and_simplified_once() -> None:
    ways, read = Ways(), []

    def load(keys: list[int]) -> list[Line]:
        read.append(keys)
        return [line(key) for key in keys]

    assert sorted(ways.of([1, 2, 2], load)) == [1, 2]
    assert sorted(ways.of([2, 3], load)) == [2, 3]
    assert read == [[1, 2], [3]]


def test_no_more_lines_are_kept_than_fit() -> None:
    ways = Ways(known=dict.fromkeys(range(-KEPT, 0), Way.of(line())))
    ways.of([1], lambda keys: [line(key) for key in keys])
    assert list(ways.known) == [1]


def lines(count: int) -> list[OpenLine]:
    """Trips, each on a line of its own."""
    return [OpenLine(f"T-{n}", Risk.UNKNOWN, n) for n in range(count)]


def test_the_first_lines_in_sight_are_told_and_that_there_are_more() -> None:
    turns: list[int] = []

    def ways(keys: Iterable[int]) -> dict[int, Way]:
        wanted = list(keys)
        turns.append(len(wanted))
        return {key: Way.of(line(key, lat=30.0 if key % 2 else 10.0)) for key in wanted}

    box = (110.0, 29.0, 111.0, 31.0)
    found, complete = in_sight(lines(20), box, ways, most=3)
    assert [each.code for each, _ in found] == ["T-1", "T-3", "T-5"]
    assert not complete
    assert in_sight(lines(6), box, ways, most=3)[1], "three of six are in sight"
    turns.clear()
    in_sight(lines(2 * TURN), box, ways, most=3)
    assert turns == [TURN], "no more are read than are needed"
