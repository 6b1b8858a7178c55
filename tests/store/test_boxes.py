from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.geo import distance_of
from store.boxes import Box, widen


def holds(box: Box, lon: float, lat: float) -> bool:
    west, south, east, north = box
    round_it = west <= lon <= east if west <= east else (lon >= west or lon <= east)
    return bool(round_it and south <= lat <= north)


@given(
    lon=st.floats(-180, 179.9),
    lat=st.floats(-85, 85),
    bearing=st.floats(0, 2 * np.pi),
    share=st.floats(0, 0.99),
)
def test_whoever_is_near_enough_to_a_box_is_in_the_wider_one(
    lon: float, lat: float, bearing: float, share: float
) -> None:
    east, north = share * 15_000 * np.sin(bearing), share * 15_000 * np.cos(bearing)
    other_lat = lat + north / 111_320
    other_lon = (lon + east / (111_320 * np.cos(np.radians(lat))) + 180) % 360 - 180
    if distance_of(lon, lat, other_lon, other_lat) <= 15_000:
        assert holds(widen((lon, lat, lon, lat), 15_000), other_lon, other_lat)


@pytest.mark.parametrize(
    ("box", "inside", "outside"),
    [
        ((179.95, 0, 179.99, 1), (-179.95, 0.5), (-179.8, 0.5)),
        ((179.99, 0, -179.99, 1), (180.0, 0.5), (179.8, 0.5)),
        ((121, 31, 121.1, 31.1), (120.9, 30.9), (120.8, 31.05)),
    ],
)
def test_a_box_may_cross_the_antimeridian(
    box: Box, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    wide = widen(box, 15_000)
    assert holds(wide, *inside)
    assert not holds(wide, *outside)


def test_what_goes_all_round_goes_all_round() -> None:
    assert widen((-179.99, 0, 179.99, 1), 15_000)[::2] == (-180.0, 180.0)
    assert widen((10, 89.5, 20, 89.9), 15_000)[::2] == (-180.0, 180.0)
    assert widen((10, 89.5, 20, 89.9), 15_000)[3] == 90.0
