"""Lines are measured as the earth is, say what is wrong with them, and find the place of stops."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.roads import degrees, evenly, line_of, metres, shapes
from fleet.geo import distance, length, metres_per_degree
from route.line import LineError, at, between, build_line, place_stops, simplify, straight
from route.lines import Halts, Lines

KM = 1000.0
Points = Sequence[Sequence[float]]


@pytest.mark.parametrize(("lat", "kx", "ky"), [(0, 111_319.49, 110_574.28), (60, 55_800, 111_412)])
def test_a_degree_is_as_long_as_on_the_ellipsoid(lat: float, kx: float, ky: float) -> None:
    # WGS 84: 1 degree of longitude at the equator is 111,319.49 m.
    assert metres_per_degree(lat) == pytest.approx((kx, ky), rel=1e-5)


@given(st.floats(-85, 85))
def test_a_number_and_an_array_give_the_same_metres_to_the_bit(lat: float) -> None:
    many = metres_per_degree(np.array([0.0, lat, 3.0, lat, 1.0]))
    assert (many[0][1], many[1][3]) == metres_per_degree(lat)


def test_a_line_is_as_long_as_the_way_along_it() -> None:
    lon, lat = np.array([10.0, 10.3, 10.9, 10.8]), np.array([50.0, 50.1, 50.0, 49.7])
    assert build_line(1, lon, lat).length == pytest.approx(length(lon, lat), rel=0.005)


def test_repeated_vertices_are_dropped() -> None:
    line = build_line(1, [1.0, 1.0, 1.1, 1.1 + 1e-9, 1.2], [2.0] * 5)
    assert line.lon.tolist() == [1.0, 1.1, 1.2]
    assert (np.diff(line.s) > 0).all()


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        ([1.0], [1.0], "1 different vertices make no line"),
        ([1.0, 1.0], [1.0, 1.0], "1 different vertices make no line"),
        ([], [], "0 different vertices make no line"),
        ([1, 2, np.nan], [1, 1, 1], "vertex 3: longitude nan"),
        ([1, 200], [1, 1], "vertex 2: longitude 200.0"),
        ([1, 1.1], [1, 86], "vertex 2: longitude 1.1, latitude 86.0"),
        ([1, 1, 1.1, 0], [1, 1, 1, 31], "vertex 4: 3,"),
        ([1, 2], [1], "do not pair up"),
    ],
)
def test_what_is_no_line_is_refused_by_its_vertex(
    lon: list[float], lat: list[float], said: str
) -> None:
    with pytest.raises(LineError, match=re.escape(said)):
        build_line(1, lon, lat)


def test_a_corridor_has_a_width() -> None:
    for width in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(LineError, match="corridor"):
            build_line(1, [1, 2], [1, 1], width)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_places_along_a_line_are_that_far_from_its_start(shares: list[float]) -> None:
    line = line_of(np.array([[0.0, 0.0], [7 * KM, 0.0]]))
    lon, lat = at(line, np.array(shares) * line.length)
    found = distance(np.full(len(lon), line.lon[0]), np.full(len(lon), line.lat[0]), lon, lat)
    assert found == pytest.approx(np.array(shares) * line.length, rel=0.005, abs=0.1)


def test_a_part_of_a_line_has_its_corners_and_both_ends() -> None:
    line = line_of(KM * np.array([[0, 0], [1, 0], [1, 1], [2, 1]]))
    part = metres(*between(line, 500.0, 2200.0))
    assert part == pytest.approx(KM * np.array([[0.5, 0], [1, 0], [1, 1], [1.2, 1]]), abs=1.0)


@pytest.mark.parametrize("name", shapes())
def test_a_simpler_line_stays_within_its_tolerance_and_means_the_same_places(name: str) -> None:
    line = line_of(shapes()[name])
    fewer = simplify(line, 3.0)
    assert len(fewer.s) <= len(line.s)
    assert fewer.length == line.length
    assert set(fewer.s) <= set(line.s)
    one, other = (shapely.LineString(metres(each.lon, each.lat)) for each in (line, fewer))
    assert one.hausdorff_distance(other) < 3.1
    places = np.linspace(0, line.length, 200)
    gone = metres(*at(line, places)) - metres(*at(fewer, places))
    assert np.hypot(*gone.T).max() < 8  # m; along the line as well


def test_a_straight_line_is_the_great_circle_in_pieces() -> None:
    lon, lat = straight([-0.5, -73.8, -73.8], [51.5, 40.6, 40.6])  # London to New York, and stays
    assert length(lon, lat) == pytest.approx(5540e3, rel=0.01)
    assert distance(lon[:-1], lat[:-1], lon[1:], lat[1:]).max() <= 10_001
    assert lat.max() > 52  # it bows to the north
    assert (lon[-1], lat[-1]) == (pytest.approx(-73.8), pytest.approx(40.6))


def placed(
    path: Points, stops: Points, hints: list[float] | None = None, reach: float = 1000.0
) -> list[float]:
    """Kilometres along a path of kilometres, of stops in kilometres."""
    line = line_of(evenly(KM * np.array(path, np.float64), 50.0))
    lon, lat = degrees(KM * np.array(stops, np.float64))
    found: list[float] = (place_stops(line, lon, lat, hints, reach) / KM).round(2).tolist()
    return found


def test_stops_come_in_order_on_a_way_out_and_back() -> None:
    there_and_back = [[0, 0], [10, 0], [0, 0]]
    stops: Points = [[0, 0.02], [4, 0.02], [10, 0], [6, 0.02], [4, -0.02], [0, 0]]
    assert placed(there_and_back, stops) == [0, 4, 10, 14, 16, 20]


def test_a_round_trip_begins_at_the_beginning_and_ends_at_the_end() -> None:
    ring = [[0, 0], [5, 0], [5, 5], [0, 5], [0, 0]]
    assert placed(ring, [[0, 0], [5, 5], [0, 0]]) == [0, 10, 20]


def test_a_stop_of_the_second_lap_is_placed_there() -> None:
    ring = [[0, 0], [5, 0], [5, 5], [0, 5], [0, 0]]
    twice = ring + ring[1:]
    stops = [[0, 0], [5, 5], [5, 0], [0, 0]]
    assert placed(twice, stops) == [0, 10, 25, 40]
    assert placed(twice, [[0, 0], [5, 0], [0, 0]], hints=[np.nan, 25e3, np.nan]) == [0, 25, 40]


def test_neighbours_entered_the_wrong_way_round_share_a_place() -> None:
    assert placed([[0, 0], [10, 0]], [[0, 0], [5.02, 0.1], [5, -0.1], [10, 0]]) == [
        0,
        5.02,
        5.02,
        10,
    ]


def test_a_stop_off_the_line_is_named() -> None:
    with pytest.raises(LineError, match=r"stop 2: 1,2\d\d m from the line"):
        placed([[0, 0], [10, 0]], [[0, 0], [5, 1.25], [10, 0]])
    assert placed([[0, 0], [10, 0]], [[0, 0], [5, 1.25]], reach=1300.0) == [0, 5]


def test_a_stop_out_of_order_is_named() -> None:
    with pytest.raises(LineError, match="stop 3: the line does not come by here after"):
        placed([[0, 0], [10, 0]], [[0, 0], [8, 0], [3, 0], [10, 0]])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.sampled_from(sorted(shapes())))
def test_stops_on_a_line_are_placed_on_it_in_order(shares: list[float], name: str) -> None:
    line = line_of(shapes()[name])
    lon, lat = at(line, np.sort(shares) * line.length)
    found = place_stops(line, lon, lat)
    assert (np.diff(found) >= 0).all()
    there = at(line, found)
    assert distance(lon, lat, *there).max() < 60


def test_a_block_keeps_lines_by_key_and_takes_known_ones_over() -> None:
    lines = [line_of(path, key) for key, path in enumerate(shapes().values(), 5)]
    first = Lines.build(lines[:4])
    second = Lines.build(lines[::-1], first)
    assert [second.row_of(line.key) for line in lines] == list(range(len(lines)))[::-1]
    assert second.row_of(4711) == -1
    for line in lines:
        row = second.row_of(line.key)
        own = slice(second.start[row], second.start[row + 1])
        assert (second.along[own] - second.base[row]).tolist() == line.s.tolist()
        assert second.x[own] / 1e7 == pytest.approx(line.lon)
        assert second.y[own] / 1e7 == pytest.approx(line.lat)
    assert second.keys_of(np.array([-1, 0], np.int32)).tolist() == [0, lines[-1].key]


def test_a_block_refuses_keys_that_are_none() -> None:
    line = line_of(shapes()["road"])
    for lines in ([line, line], [line_of(shapes()["road"], 0)]):
        with pytest.raises(ValueError, match="keys"):
            Lines.build(lines)


@given(
    st.dictionaries(st.integers(1, 5), st.lists(st.floats(0, 1e5), max_size=4), max_size=4),
    st.integers(1, 6),
    st.floats(0, 1e5),
)
def test_what_is_near_a_stop_agrees_with_asking_each(
    stops: dict[int, list[float]], trip: int, s: float
) -> None:
    halts = Halts.build({key: np.array(value) for key, value in stops.items()})
    near = halts.near(np.array([trip, 99], np.int32), np.array([s, s]), 250.0)
    away = [abs(s - stop) for stop in stops.get(trip, [])]
    if not any(abs(far - 250) < 0.1 for far in away):
        assert near.tolist() == [any(far < 250 for far in away), False]
    assert halts.is_near(trip, s, 250.0) == near[0]
    assert not halts.is_near(trip, float("nan"), 250.0)
