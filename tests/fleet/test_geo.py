from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.geo import EARTH, distance, distance_of, length

LON = st.floats(-180, 180)
LAT = st.floats(-90, 90)


def metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    places = (np.array([value], np.float64) for value in (lon1, lat1, lon2, lat2))
    return float(distance(*places)[0])


@pytest.mark.parametrize(
    ("pair", "kilometres"),
    [
        # On the ellipsoid (GeographicLib); the mean sphere is at most 0.6 % off.
        ((0.0, 0.0, 0.0, 1.0), 110.574),
        ((0.0, 0.0, 1.0, 0.0), 111.320),
        ((-5.71475, 50.06632, -3.07009, 58.64402), 969.954),  # Land's End to John o' Groats
        ((0.0, 90.0, 0.0, -90.0), 20003.931),
    ],
)
def test_known_distances_within_what_a_sphere_can_tell(
    pair: tuple[float, float, float, float], kilometres: float
) -> None:
    assert metres(*pair) / 1000 == pytest.approx(kilometres, rel=0.006)


def test_one_degree_on_the_sphere_is_exact() -> None:
    assert metres(10, 20, 10, 21) == pytest.approx(EARTH * math.pi / 180, rel=1e-12)


def test_a_metre_is_told_from_two() -> None:
    assert metres(120, 30, 120, 30 + 1 / 111_195) == pytest.approx(1.0, rel=1e-4)


def test_the_short_way_leads_across_the_antimeridian() -> None:
    assert metres(179.9, -17, -179.9, -17) == pytest.approx(metres(0, -17, 0.2, -17), rel=1e-9)
    assert metres(180, 10, -180, 10) == pytest.approx(0, abs=1e-6)


@given(LON, LAT, LON, LAT)
def test_a_distance_is_the_same_both_ways_and_at_most_half_around(
    lon1: float, lat1: float, lon2: float, lat2: float
) -> None:
    there = metres(lon1, lat1, lon2, lat2)
    assert there == metres(lon2, lat2, lon1, lat1)
    assert 0 <= there <= math.pi * EARTH
    assert metres(lon1, lat1, lon1, lat1) == 0


@given(LON, LAT)
def test_opposite_ends_of_the_earth_are_half_around(lon: float, lat: float) -> None:
    assert metres(lon, lat, lon + 180, -lat) == pytest.approx(math.pi * EARTH, rel=1e-6)


@pytest.mark.parametrize("at", range(4))
def test_a_distance_to_nowhere_is_unknown_and_spoils_no_other(at: int) -> None:
    columns = [np.array([1.0, 2.0]) for _ in range(4)]
    columns[at][0] = np.nan
    assert np.isnan(distance(*columns)).tolist() == [True, False]


def test_a_length_is_the_sum_of_its_legs() -> None:
    lon, lat = np.array([120.0, 120.0, 120.5]), np.array([30.0, 30.5, 30.5])
    legs = metres(120, 30, 120, 30.5) + metres(120, 30.5, 120.5, 30.5)
    assert length(lon, lat) == pytest.approx(legs, rel=1e-12)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_positions_have_no_length(count: int) -> None:
    assert length(np.zeros(count), np.zeros(count)) == 0


@given(LON, LAT, LON, LAT)
def test_one_pair_is_as_far_as_in_arrays(
    lon1: float, lat1: float, lon2: float, lat2: float
) -> None:
    together = metres(lon1, lat1, lon2, lat2)
    assert distance_of(lon1, lat1, lon2, lat2) == pytest.approx(together, rel=1e-9, abs=1e-6)
