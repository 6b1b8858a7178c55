"""The flat frame against the ellipsoid: chords between two positions in space."""

from __future__ import annotations

from math import cos, hypot, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.geo import ECCENTRICITY_2, SEMI_MAJOR, wrap
from geofence.frame import Frame

LON = st.floats(-180, 180)
LAT = st.floats(-84, 84)


def in_space(lon: float, lat: float) -> tuple[float, float, float]:
    """Earth-centred coordinates in metres of a position on the ellipsoid."""
    phi, lam = radians(lat), radians(lon)
    vertical = SEMI_MAJOR / sqrt(1 - ECCENTRICITY_2 * sin(phi) ** 2)
    flat = vertical * cos(phi)
    return flat * cos(lam), flat * sin(lam), vertical * (1 - ECCENTRICITY_2) * sin(phi)


def chord(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    one, other = in_space(lon1, lat1), in_space(lon2, lat2)
    return sqrt(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)))


@pytest.mark.parametrize(("lat", "off"), [(0, 0.0001), (31, 0.0005), (70, 0.001), (84, 0.003)])
@pytest.mark.parametrize("lon", [121.4, 179.999, -180.0])
@pytest.mark.parametrize("course", [0, 45, 90, 180, 300])
def test_a_kilometre_is_a_kilometre_at_any_latitude(
    lat: float, off: float, lon: float, course: float
) -> None:
    frame = Frame(lon, lat)
    x, y = 1000 * sin(radians(course)), 1000 * cos(radians(course))
    lon2, lat2 = frame.to_degrees(x, y)
    assert chord(lon, lat, float(lon2), float(lat2)) == pytest.approx(1000, rel=off)


@settings(deadline=None)
@given(LON, LAT, st.floats(-50_000, 50_000), st.floats(-50_000, 50_000))
def test_there_and_back_is_the_same_place(lon: float, lat: float, x: float, y: float) -> None:
    frame = Frame(lon, lat)
    there = frame.to_degrees(x, y)
    assert -180 <= there[0] < 180
    x2, y2 = frame.to_local(*there)
    assert hypot(float(x2) - x, float(y2) - y) < 1e-5


@settings(deadline=None)
@given(LON, LAT)
def test_neighbours_across_the_antimeridian_are_near(lon: float, lat: float) -> None:
    frame = Frame(180.0, lat)
    x, _ = frame.to_local([179.999, -179.999], [lat, lat])
    assert x[0] == pytest.approx(-x[1])
    assert abs(float(wrap(lon + 360.0)) - float(wrap(lon))) < 1e-9


def test_many_positions_are_what_each_alone_is() -> None:
    frame = Frame(121.4737, 31.2304)
    lon, lat = np.array([121.4, 121.5, 122.0]), np.array([31.2, 31.3, 32.0])
    x, y = frame.to_local(lon, lat)
    alone = [frame.to_local(*one) for one in zip(lon, lat, strict=True)]
    assert np.array_equal(x, [float(one[0]) for one in alone])
    assert np.array_equal(y, [float(one[1]) for one in alone])
