"""The coarse map never hides a fence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence import index as engine
from geofence.coarse import CELL, Coarse
from geofence.frame import Floats
from geofence.index import Index
from tests.geofence.tracks import circle


def boxes(rng: np.random.Generator, number: int, size: float) -> Floats:
    """West, south, east, north near a corner of four cells, some beyond the ends of the earth."""
    corner = np.array([rng.choice([-180.0, 0.0, 104.3, 180.0]), rng.choice([-90.0, 30.7, 90.0])])
    middle = corner + rng.normal(0, 3 * CELL, (number, 2))
    half = rng.uniform(0, size, (number, 2))
    return np.column_stack([middle - half, middle + half])


@given(seed=st.integers(0, 2**32), size=st.sampled_from([0.0, CELL / 2, 5 * CELL]))
def test_a_box_that_touches_another_is_never_left_out(seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    some, asked = boxes(rng, 5, size), boxes(rng, 200, size)
    apart = (asked[:, None, :2] > some[None, :, 2:]) | (asked[:, None, 2:] < some[None, :, :2])
    touches = ~np.all(apart.any(axis=2), axis=1)
    assert not np.any(touches & ~Coarse.build(some).may_touch(asked))


def test_most_of_the_world_is_near_nothing() -> None:
    coarse = Coarse.build(np.array([[104.0, 30.6, 104.05, 30.65]]))
    asked = np.array([[104.01, 30.61, 104.02, 30.62], [104.3, 30.61, 104.31, 30.62]])
    assert coarse.may_touch(asked).tolist() == [True, False]
    assert not Coarse.build(np.empty((0, 4))).may_touch(asked).any()


def test_with_the_map_and_without_the_index_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.build([circle(key, 8000.0 * key, 0, 500.0 * key) for key in range(1, 8)], 1)
    rng = np.random.default_rng(3)
    number = 10 * engine.MANY
    lon, lat = 114.3 + rng.uniform(-0.5, 1, number), 30.6 + rng.uniform(-0.1, 0.1, number)
    asked = (np.full(number, 1.7e9), lon, lat, np.full(number, 9.0), lon - 0.02, lat + 0.01)
    found = index.relate(*asked)
    monkeypatch.setattr(engine, "MANY", number)
    other = index.relate(*asked)
    assert len(found) > number / 50
    for name in type(found).__slots__:
        assert getattr(found, name).tobytes() == getattr(other, name).tobytes()
