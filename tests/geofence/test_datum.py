from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.fences import Datum
from fleet.geo import distance_of
from geofence.datum import EAST, NORTH, SOUTH, WEST, from_wgs84, to_wgs84

SHIFTED = st.sampled_from([Datum.GCJ02, Datum.BD09])
#: degrees; farther from the edge of the rectangle than any shift goes.
EDGE = 0.02


@settings(deadline=None)
@given(st.floats(WEST + EDGE, EAST - EDGE), st.floats(SOUTH + EDGE, NORTH - EDGE), SHIFTED)
def test_there_and_back_is_within_a_decimetre(lon: float, lat: float, datum: Datum) -> None:
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert distance_of(lon, lat, float(back[0]), float(back[1])) < 0.1


@settings(deadline=None)
@given(st.floats(73.5, 135.0), st.floats(18.0, 53.5), SHIFTED)
def test_maps_of_china_are_off_by_a_street_or_two(lon: float, lat: float, datum: Datum) -> None:
    shifted = from_wgs84(lon, lat, datum)
    assert 20 < distance_of(lon, lat, float(shifted[0]), float(shifted[1])) < 2_500


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize("place", [(5.11, 52.09), (-74.0, 40.7), (151.2, -33.9), (179.99, 10.0)])
def test_elsewhere_all_are_the_same(datum: Datum, place: tuple[float, float]) -> None:
    assert tuple(map(float, to_wgs84(*place, datum))) == place
    assert tuple(map(float, from_wgs84(*place, datum))) == place


def test_a_position_in_beijing_is_what_everybody_publishes() -> None:
    # The example that circulates with the formulas.
    lon, lat = from_wgs84(116.404, 39.915, Datum.GCJ02)
    assert (float(lon), float(lat)) == pytest.approx((116.410244499, 39.916404282), abs=1e-9)
    lon, lat = from_wgs84(116.404, 39.915, Datum.BD09)
    assert (float(lon), float(lat)) == pytest.approx((116.416627244, 39.922699552), abs=1e-9)


def test_many_positions_are_what_each_alone_is_and_unknown_stays_unknown() -> None:
    lon, lat = np.array([116.4, 5.0, np.nan]), np.array([39.9, 52.0, 30.0])
    got = to_wgs84(lon, lat, Datum.GCJ02)
    one = to_wgs84(116.4, 39.9, Datum.GCJ02)
    assert (got[0][0], got[1][0]) == (float(one[0]), float(one[1]))
    assert (got[0][1], got[1][1]) == (5.0, 52.0)
    assert np.isnan(got[0][2])
