"""With margins, dwell and accuracy off, the engine is the plain rule."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.fences import ShapeKind
from fleet.nodes import VisitState
from geofence.index import Index
from geofence.visits import Memory, Rules, empty_places, follow
from tests.geofence.tracks import START, track, version

OFF = Rules(min_fixes=1, stay=0.0, merge=0.0, merge_reach=0.0, near_stand=inf)


def star(rng: np.random.Generator) -> shapely.Polygon:
    """A concave polygon, perhaps with a hole."""
    corners = int(rng.integers(3, 24))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = rng.uniform(0.3, 1.0, corners) * rng.uniform(50, 900)
    ring = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    polygon = shapely.Polygon(ring + rng.uniform(-600, 600, 2))
    hole = shapely.Point(polygon.representative_point()).buffer(10.0)
    if hole.within(polygon) and rng.random() < 0.5:
        polygon = shapely.Polygon(polygon.exterior, [hole.exterior])
    return polygon if polygon.is_valid and polygon.area > 100 else shapely.box(-100, -100, 100, 50)


def plain(
    time: np.ndarray, x: np.ndarray, y: np.ndarray, shape: shapely.Polygon
) -> list[tuple[float, float]]:
    """When it came in and went out, by points in polygons and straight lines between."""
    inside = shapely.intersects_xy(shape, x, y)
    found: list[list[float]] = []
    for row in range(len(time)):
        before = row > 0 and inside[row - 1]
        if inside[row] and not before:
            when = time[0] if row == 0 else crossing(time, x, y, row, shape, last=True)
            found.append([when, inf])
        elif before and not inside[row]:
            found[-1][1] = crossing(time, x, y, row, shape, last=False)
    return [(begin, end) for begin, end in found]


def crossing(
    time: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    row: int,
    shape: shapely.Polygon,
    *,
    last: bool,
) -> float:
    """On the segment that ends at a row."""
    line = shapely.LineString([(x[row - 1], y[row - 1]), (x[row], y[row])])
    at = shapely.get_coordinates(line.intersection(shape.boundary))
    shares = np.hypot(at[:, 0] - x[row - 1], at[:, 1] - y[row - 1]) / line.length
    share = shares.max() if last else shares.min()
    return float(time[row - 1] + share * (time[row] - time[row - 1]))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_without_margins_dwell_and_accuracy_it_is_the_plain_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 120))
    time = np.cumsum(rng.integers(1, 300, count).astype(np.float64))
    x = rng.uniform(-900, 900) + np.cumsum(rng.normal(0, 150, count))
    y = rng.uniform(-900, 900) + np.cumsum(rng.normal(0, 150, count))
    fixes = replace(track(time, x, y), sigma=np.zeros(count), stood=np.full(count, np.nan))
    shapes = [star(rng) for _ in range(4)]
    fences = [
        version(number, (ShapeKind.POLYGON, shape, 0.0), margin=0.0, dwell_in=0.0, dwell_out=0.0)
        for number, shape in enumerate(shapes, 1)
    ]
    # No speed is too fast to arrive.
    rules = replace(OFF, pass_speed=1e9)
    done = follow(fixes, Index.build(fences, 1), Memory(empty_places(1)), rules)
    visits = done.visits.get(0, ())
    for number, shape in enumerate(shapes, 1):
        own = [visit for visit in visits if visit.fence == number]
        stays = [visit for visit in own if visit.state is not VisitState.PASSED]
        found = [
            (visit.entry.time - START, inf if visit.exit is None else visit.exit.time - START)
            for visit in stays
        ]
        told = plain(time, x, y, shape)
        assert len(found) == len(told)
        assert np.ravel(found) == pytest.approx(np.ravel(told), abs=0.02)
        jumped = sum(
            bool(shapely.LineString([(x[a], y[a]), (x[b], y[b])]).intersects(shape))
            and not shapely.intersects_xy(shape, x[[a, b]], y[[a, b]]).any()
            for a, b in pairwise(range(count))
        )
        assert len(own) - len(stays) == jumped
