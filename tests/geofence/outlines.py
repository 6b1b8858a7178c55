"""Random and chosen fences, batches of fixes among them, and what GEOS says of both."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import shapely
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fleet.fences import FenceTerms, FenceVersion, Outline, Role, ShapeKind, StopRule
from fleet.geo import wrap
from geofence.index import Relations, Side
from geofence.outline import encode, equivalent_radius, local

SEEDS = st.integers(0, 2**32 - 1)
#: Where the random worlds lie: plain, beyond the antimeridian from both sides, far north, south.
PLACES = [(104.0, 30.6), (179.99, -16.5), (-179.995, 66.0), (25.0, 84.5), (-70.0, -54.0)]
DEGREE = 111_200.0  #: m
NEAR = 1e-5  #: m; what the oracle and the engine may differ by
#: What every pair says: (row, slot): (side, inside, crossed).
Said = dict[tuple[int, int], tuple[int, bool, bool]]


def fence(outline: Outline, key: int = 1, margin: float = 50.0, **given: Any) -> FenceVersion:  # noqa: ANN401 - as the record
    """A version since ever, of fence ``key``."""
    terms = FenceTerms(
        outline, Role.HUB, node_level=True, margin=margin,
        dwell_in=120.0, dwell_out=120.0, stop_rule=StopRule.STAY,
    )  # fmt: skip
    ordinary: dict[str, Any] = {
        "version": 1,
        "site": 1,
        "parent": 0,
        "zone": "UTC",
        "valid_from": -inf,
    }
    return FenceVersion(**(ordinary | {"valid_to": inf, "fence": key, "terms": terms} | given))


def circle(lon: float, lat: float, radius: float) -> Outline:
    return encode(ShapeKind.CIRCLE, shapely.Point(lon, lat), radius)


def polygon(*rings: list[tuple[float, float]]) -> Outline:
    return encode(ShapeKind.POLYGON, shapely.Polygon(rings[0], rings[1:]))


SQUARE = polygon([(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01)])  # 1113 m x 1106 m


def random_versions(rng: np.random.Generator, number: int) -> list[FenceVersion]:
    """Circles, polygons with holes, several of them, and corridors within 20 km of a place."""
    lon, lat = PLACES[rng.integers(len(PLACES))]
    return [
        fence(
            random_outline(rng, lon, lat),
            int(rng.integers(1, number + 1)),
            version=slot + 1,
            margin=float(rng.uniform(0, 150)),
            valid_from=float(rng.choice([-inf, 100.0, 200.0])),
            valid_to=float(rng.choice([inf, 300.0])),
        )
        for slot in range(number)
    ]


def random_outline(rng: np.random.Generator, lon: float, lat: float) -> Outline:
    at = rng.normal(0, 8000, 2)
    size = float(np.exp(rng.uniform(np.log(30), np.log(5000))))
    kind = ShapeKind(rng.choice(list(ShapeKind)))
    if kind is ShapeKind.CIRCLE:
        return encode(kind, degrees(shapely.Point(at), lon, lat), size)
    if kind is ShapeKind.CORRIDOR:
        lines = [random_line(rng, at, size) for _ in range(rng.integers(1, 3))]
        spine = shapely.MultiLineString(lines) if len(lines) > 1 else lines[0]
        return encode(kind, degrees(spine, lon, lat), float(rng.uniform(10, 200)))
    parts = [star(rng, at, size)]
    if rng.random() < 0.3:
        parts.append(star(rng, at + 2.5 * size, size))
    whole = shapely.MultiPolygon(parts) if len(parts) > 1 else parts[0]
    return encode(kind, degrees(whole, lon, lat))


def random_line(
    rng: np.random.Generator, at: NDArray[np.float64], size: float
) -> shapely.LineString:
    steps = rng.normal(0, size / 3, (rng.integers(2, 40), 2))
    return shapely.LineString(at + np.cumsum(steps, axis=0))


def star(rng: np.random.Generator, at: NDArray[np.float64], size: float) -> shapely.Polygon:
    number = int(rng.integers(3, 60))
    angle = np.sort(rng.uniform(0, 2 * np.pi, number))
    angle = 2 * np.pi * (np.arange(number) + 0.7 * (angle / 7)) / number
    reach = rng.uniform(0.5, 1, number) * size
    ring = at + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])
    hole = at + (ring - at) * 0.3
    return shapely.Polygon(ring, [hole[::-1]] if rng.random() < 0.5 else [])


def degrees(geometry: BaseGeometry, lon: float, lat: float) -> BaseGeometry:
    scale = (DEGREE * np.cos(np.radians(lat)), DEGREE)
    return shapely.transform(geometry, lambda at: at / scale + (lon, lat))


def random_batch(
    rng: np.random.Generator, versions: list[FenceVersion], number: int
) -> dict[str, NDArray[np.float64]]:
    """Fixes about the fences, and one before each: near, far, on the spot, or none."""
    about = [local(version.terms.outline)[0] for version in versions]
    frames = [about[slot] for slot in rng.integers(len(about), size=number)]
    reach = np.exp(rng.uniform(np.log(10), np.log(8000), (number, 1)))
    here = rng.normal(0, 1, (number, 2)) * reach
    way = rng.normal(0, 1, (number, 2)) * rng.choice([0, 5, 300, 8000], (number, 1))
    way[rng.random(number) < 0.2] = nan
    at = [frame.to_degrees(*xy) for frame, xy in zip(frames, here, strict=True)]
    was = [frame.to_degrees(*xy) for frame, xy in zip(frames, here + way, strict=True)]
    return {
        "time": rng.uniform(50, 350, number),
        "lon": np.array([lon for lon, _ in at], float),
        "lat": np.array([lat for _, lat in at], float),
        "sigma": rng.choice([0.0, 5.0, 15.0, 200.0], number),
        "before_lon": np.array([lon for lon, _ in was], float),
        "before_lat": np.array([lat for _, lat in was], float),
    }


def batch(lon: list[float], lat: list[float], **given: list[float]) -> dict[str, Any]:
    ordinary = {
        "time": np.zeros(len(lon)), "lon": lon, "lat": lat, "sigma": np.full(len(lon), 5.0),
        "before_lon": np.full(len(lon), nan), "before_lat": np.full(len(lon), nan),
    }  # fmt: skip
    return {name: np.asarray(column, float) for name, column in (ordinary | given).items()}


def said(relations: Relations) -> Said:
    columns = (relations.row, relations.slot, relations.evidence, relations.inside)
    rows = zip(*(c.tolist() for c in (*columns, relations.crossed)), strict=True)
    return {(row, slot): (side, inside, crossed) for row, slot, side, inside, crossed in rows}


def oracle(outline: Outline, lon: float, lat: float) -> float:
    """Signed distance by GEOS."""
    frame, spine = local(outline)
    at = shapely.Point(frame.to_local(lon, lat))
    if outline.kind is not ShapeKind.POLYGON:
        return float(shapely.distance(spine, at)) - outline.radius
    away = float(shapely.distance(shapely.boundary(spine), at))
    return -away if shapely.intersects(spine, at) else away


def jumped(outline: Outline, lon: float, lat: float, was_lon: float, was_lat: float) -> float:
    """How deep the segment comes into the outline, by GEOS; negative: not at all."""
    frame, spine = local(outline)
    x, y = frame.to_local(lon, lat)
    back = (wrap(was_lon - lon) * frame.kx, (was_lat - lat) * frame.ky)
    way = shapely.LineString([(x, y), (x + back[0], y + back[1])])
    if outline.kind is not ShapeKind.POLYGON:
        return outline.radius - float(shapely.distance(spine, way))
    within = shapely.length(shapely.intersection(spine, way))
    return float(within) or -float(shapely.distance(spine, way))


def brute(
    versions: list[FenceVersion], asked: dict[str, NDArray[np.float64]]
) -> tuple[Said, set[tuple[int, int]]]:
    """What every version says of every row by GEOS; and the pairs too near to a border to say."""
    found: Said = {}
    close: set[tuple[int, int]] = set()
    rows = zip(*(column.tolist() for column in asked.values()), strict=True)
    for row, (time, lon, lat, sigma, was_lon, was_lat) in enumerate(rows):
        for slot, version in enumerate(versions):
            if not version.valid_from <= time < version.valid_to:
                continue
            outline, margin = version.terms.outline, version.terms.margin
            away = oracle(outline, lon, lat)
            deep = min(sigma, equivalent_radius(outline) / 2)
            side = Side.IN if away <= 0 and -away >= deep else Side.AMBIGUOUS
            side = Side.OUT if away > margin and away - sigma > 0 else side
            crossed = False
            if away > 0 and np.isfinite(was_lon):
                before = oracle(outline, was_lon, was_lat)
                within = jumped(outline, lon, lat, was_lon, was_lat)
                crossed = before > 0 and within > 0
                borders = (before, within) if before > -NEAR else ()
            else:
                borders = ()
            if any(abs(gap) < NEAR for gap in (away, away + deep, away - margin, away - sigma)):
                close.add((row, slot))
            if any(abs(gap) < NEAR for gap in borders):
                close.add((row, slot))
            if side is not Side.OUT or crossed:
                found[row, slot] = (int(side), away <= 0, crossed)
    return found, close
