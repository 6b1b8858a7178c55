from __future__ import annotations

import csv
import itertools
import json
from dataclasses import dataclass
from typing import Any

import gpxpy
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from tracker_api import tracks

START = 1_777_863_600.0  # 2026-05-04T03:00:00Z


@dataclass(frozen=True)
class Columns:
    time: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    altitude: NDArray[np.float64]
    speed: NDArray[np.float64]
    course: NDArray[np.float64]
    grade: NDArray[np.uint8]
    flags: NDArray[np.uint16]


def track(time: ArrayLike, **columns: ArrayLike) -> Columns:
    """Fixes at ``time`` s after the start, going east, with some columns set."""
    offsets = np.asarray(time, float)
    n = len(offsets)
    ordinary: dict[str, Any] = {
        "lon": 121 + np.arange(n) * 1e-3,
        "lat": np.full(n, 31.0),
        "altitude": np.full(n, 5.0),
        "speed": np.full(n, 10.0),
        "course": np.full(n, 90.0),
        "grade": np.zeros(n, np.uint8),
        "flags": np.zeros(n, np.uint16),
    }
    given = {k: np.asarray(v, ordinary[k].dtype) for k, v in columns.items()}
    return Columns(START + offsets, **(ordinary | given))


def feature(columns: Columns, tolerance: float | None = None) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(tracks.geojson("A", columns, tolerance, complete=True))
    return whole


def test_a_line_has_its_times_beside_it() -> None:
    got = feature(track([0, 1.5]))
    assert got["geometry"] == {
        "type": "LineString",
        "coordinates": [[121.0, 31.0, 5.0], [121.001, 31.0, 5.0]],
    }
    assert got["properties"]["times"] == ["2026-05-04T03:00:00Z", "2026-05-04T03:00:01.500Z"]


def test_a_gap_of_more_than_ten_minutes_splits_the_line() -> None:
    got = feature(track([0, 600, 1201, 1202]))
    assert got["geometry"]["type"] == "MultiLineString"
    assert [len(line) for line in got["geometry"]["coordinates"]] == [2, 2]
    assert [len(times) for times in got["properties"]["times"]] == [2, 2]


def test_fewer_than_two_fixes_are_no_line() -> None:
    assert feature(track([]))["geometry"] is None
    assert feature(track([0]))["geometry"] is None
    assert feature(track([0, 1000]))["geometry"] is None


def test_heights_are_left_out_where_one_is_unknown() -> None:
    got = feature(track([0, 1], altitude=[5, np.nan]))
    assert got["geometry"]["coordinates"] == [[121.0, 31.0], [121.001, 31.0]]


def test_gpx_holds_a_segment_per_part_and_no_invented_height() -> None:
    text = tracks.gpx("沪A<1>", track([0, 1.25, 1000], altitude=[5, np.nan, 7]), None)
    read = gpxpy.parse(text)
    assert read.version == "1.1"
    assert [drawn.name for drawn in read.tracks] == ["沪A<1>"]
    points = [[(p.longitude, p.elevation) for p in s.points] for s in read.tracks[0].segments]
    assert points == [[(121.0, 5.0), (121.001, None)], [(121.002, 7.0)]]
    time = read.tracks[0].segments[0].points[1].time
    assert time is not None
    assert time.timestamp() == START + 1.25


def test_csv_names_units_and_leaves_the_unknown_empty() -> None:
    text = tracks.as_csv(track([0], speed=[np.nan], flags=[3]), None)
    assert list(csv.reader(text.splitlines())) == [
        list(tracks.HEADER),
        ["2026-05-04T03:00:00Z", "121.0", "31.0", "5.0", "", "90.0", "A", "void unchecked"],
    ]


def test_a_straight_line_is_simplified_to_its_ends_in_every_part() -> None:
    got = feature(track([0, 1, 2, 3, 1000, 1001, 1002]), 5)
    assert [len(line) for line in got["geometry"]["coordinates"]] == [2, 2]


def test_simplifying_goes_right_across_the_antimeridian() -> None:
    lon = np.array([179.9, 180.0, -179.9, -179.8])
    keep = tracks.simplify(lon, np.zeros(4), 1.0)
    assert keep.tolist() == [True, False, False, True]


@given(
    st.lists(st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02)), max_size=40),
    st.floats(1, 500),
)
def test_nothing_that_goes_is_further_away_than_the_tolerance(
    walk: list[tuple[float, float]], tolerance: float
) -> None:
    lon = np.array([121 + x for x, _ in walk])
    lat = np.array([31 + y for _, y in walk])
    keep = tracks.simplify(lon, lat, tolerance)
    kept = np.flatnonzero(keep).tolist()
    if walk:
        assert (kept[0], kept[-1]) == (0, len(walk) - 1)
    metres = 6_371_008.8 * np.radians(1)
    x, y = (lon - 121) * metres * np.cos(np.radians(31)), (lat - 31) * metres
    for a, b in itertools.pairwise(kept):
        ends = complex(x[a], y[a]), complex(x[b], y[b])
        for i in range(a + 1, b):
            assert _away(complex(x[i], y[i]), *ends) <= tolerance * 1.01


def _away(point: complex, start: complex, end: complex) -> float:
    """Distance to a segment, written in another way than the code under test."""
    if start == end:
        return abs(point - start)
    along = ((point - start) / (end - start)).real
    return abs(point - (start + min(1.0, max(0.0, along)) * (end - start)))
