from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_api.live import cells, messages
from tracker_api.live.cells import Box, cell_of, view_of

LONS, LATS = st.floats(-180, 180), st.floats(-90, 90)


@given(LONS, LATS)
def test_every_place_is_in_a_cell(lon: float, lat: float) -> None:
    assert 0 <= cell_of(lon, lat) < cells.COLUMNS * cells.ROWS


@given(LONS, LATS, st.floats(0, 12), st.floats(0, 12), st.floats(0, 1), st.floats(0, 1))
def test_whatever_is_in_a_box_is_in_its_view(
    west: float, south: float, wide: float, high: float, right: float, up: float
) -> None:
    north = min(90, south + high)
    asked = messages.Subscribe(
        type="subscribe", v=1, format="binary", bbox=(west, south, west + wide, north)
    )
    lon, lat = west + right * wide, south + up * (north - south)
    view = asked.view()
    assert view is not None
    assert cell_of(lon if lon <= 180 else lon - 360, min(lat, north)) in view


@pytest.mark.parametrize(
    ("box", "size"),
    [
        ((120.1, 30.1, 120.2, 30.2), 1),
        ((119.9, 29.9, 120.1, 30.1), 4),
        ((118, 28, 124, 32), 12),
        ((179.5, 0, -179.5, 1), 2),
        ((180, 0, 180, 1), 1),
        ((-180, -90, -179, -89), 1),
        ((179, 89, 179.5, 90), 1),
    ],
)
def test_a_view_is_the_cells_that_a_box_touches(box: Box, size: int) -> None:
    view = view_of(box)
    assert view is not None
    assert len(view) == size


@pytest.mark.parametrize(
    "box",
    [
        None,
        (-180, -90, 180, 90),
        (-180, -42, 180, 76),
        (-179.5, 0, 179.5, 4),
        (73, 18, 135, 54),
        (121, 0, 120, 1),
        (1.5, 0, 1, 1),
    ],
)
def test_a_view_of_a_country_is_of_everything(box: Box | None) -> None:
    assert view_of(box) is None
