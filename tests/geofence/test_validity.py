"""What is refused, and that the reason names the ring and the vertex."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from geofence.shapes import Fault, read_outline

SQUARE: list[list[float]] = [[121, 31], [121.1, 31], [121.1, 31.1], [121, 31.1], [121, 31]]
HOLE: list[list[float]] = [[121.02, 31.02], [121.02, 31.05], [121.05, 31.05], [121.02, 31.02]]


def fault(geometry: object, radius: float | None = None) -> Fault:
    got = read_outline(geometry, radius)
    assert isinstance(got, Fault), got
    return got


def polygon(*rings: object) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def moved(ring: list[list[float]], lon: float, lat: float) -> list[list[float]]:
    return [[x + lon, y + lat] for x, y in ring]


@pytest.mark.parametrize(
    ("rings", "where", "why"),
    [
        ([[[121, 31], [121.1, 31.1], [121.1, 31], [121, 31.1], [121, 31]]],
         "ring 0, vertex 0", "crosses or retraces itself"),
        ([SQUARE, moved(HOLE, 1, 0)], "ring 1 (hole), vertex 0", "outside the outer ring"),
        ([SQUARE, HOLE, moved(HOLE, 0.005, 0.01)], "ring 1 (hole)", "crosses"),
        ([SQUARE, HOLE, [[121.03, 31.035], [121.031, 31.04], [121.032, 31.04], [121.03, 31.035]]],
         "ring 2 (hole), vertex 0", "inside another hole"),
        ([[[121, 31], [121.1, 31.1], [121.2, 31], [121.2, 31.2], [121.1, 31.1], [121, 31.2],
           [121, 31]]],
         "ring 0, vertex", "touches itself"),
        ([SQUARE, [[121, 31.05], [121.05, 31], [121.1, 31.05], [121.05, 31.1], [121, 31.05]]],
         "ring", "cut the area in two"),
        ([[[121, 31], [121.1, 31], [121.2, 31], [121, 31]]], "ring 0", "retraces itself"),
        ([SQUARE[:-1]], "ring 0, vertex 3", "not closed"),
        ([SQUARE, HOLE[:3]], "ring 1 (hole)", "3 vertices are too few"),
        ([[[121, 31], [121.1, 31], [121, 31], [121, 31]]], "ring 0", "fewer than three different"),
        ([[[121, 31], [121.1, 31], [31, 121.1], [121, 31]]],
         "ring 0, vertex 2", "longitude and latitude swapped"),
        ([[[121, 31], [185, 31], [121.1, 31.1], [121, 31]]],
         "ring 0, vertex 1", "longitude 185.0 is not within"),
        ([SQUARE, [[121.02, 31.02], [121.02, nan], [121.05, 31.05], [121.02, 31.02]]],
         "ring 1 (hole), vertex 1", "finite"),
        ([[[121, 31], [121.1, inf], [121.1, 31.1], [121, 31]]], "ring 0, vertex 1", "finite"),
        ([[[121, 31], [121.1, 10**400], [121.1, 31.1], [121, 31]]], "ring 0, vertex 1", "finite"),
        ([[[121, 31], [121.1, True], [121.1, 31.1], [121, 31]]], "ring 0, vertex 1", "no number"),
        ([[[121, 31], ["121.1", 31], [121.1, 31.1], [121, 31]]], "ring 0, vertex 1", "no number"),
        ([[[121, 31], [121.1], [121.1, 31.1], [121, 31]]], "ring 0, vertex 1", "[longitude, "),
        ([[[121, 84], [121.1, 84], [121.1, 85.1], [121, 84]]],
         "ring 0, vertex 2", "beyond 85"),
        ([[[0, 80], [120, 80], [-120, 80], [0, 80]]], "ring 0", "round a pole"),
        ([[[121, 31], [121.00001, 31], [121.00001, 31.00001], [121, 31]]], "geometry", "area"),
        ([[[90, 31], [121, 31], [121, 32], [90, 31]]], "geometry", "more than 2000 km"),
        ([[[121, 80], [122, 80], [122, 83], [121, 80]]], "geometry", "north to south"),
        ([[[0, lat / 1e6] for lat in range(10_001)]], "ring 0", "more than 10000"),
        ([], "coordinates", "list of rings"),
        ([7], "ring 0", "list of positions"),
    ],
)  # fmt: skip
def test_a_polygon_is_refused_and_the_fault_says_where(
    rings: list[Any], where: str, why: str
) -> None:
    got = fault(polygon(*rings))
    assert got.where.startswith(where)
    assert why in got.why


def test_the_other_edge_of_a_crossing_is_named_too() -> None:
    ring = [[121, 31], [121.1, 31], [121.1, 31.1], [121.05, 30.9], [121, 31.1], [121, 31]]
    got = fault(polygon(ring))
    assert got.where in ("ring 0, vertex 0", "ring 0, vertex 2", "ring 0, vertex 3")
    assert "ring 0, vertex" in got.why


def test_parts_of_a_multipolygon_are_named() -> None:
    parts: dict[str, Any]
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [moved(SQUARE, 0.05, 0.05)]]}
    assert str(fault(parts)) == "part 1: it overlaps part 0"
    bowtie: list[list[float]] = [[122, 31], [122.1, 31.1], [122.1, 31], [122, 31.1], [122, 31]]
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE], [bowtie]]}
    assert fault(parts).where == "part 1, ring 0, vertex 0"


def test_vertices_are_counted_over_all_rings() -> None:
    ring: list[list[float]] = [[121 + number / 1e6, 31.0] for number in range(4000)]
    ring += [[121.0, 31.1], [121.0, 31.0]]
    rings = [moved(ring, 0, shift) for shift in (0, 1, 2)]
    assert "more than 10000" in fault(polygon(*rings)).why


@pytest.mark.parametrize(
    ("geometry", "radius", "where"),
    [
        ({"type": "Point", "coordinates": [121, 31]}, None, "radius"),
        ({"type": "Point", "coordinates": [121, 31]}, 4.9, "radius"),
        ({"type": "Point", "coordinates": [121, 31]}, 100_001, "radius"),
        ({"type": "Point", "coordinates": [121, 31]}, nan, "radius"),
        ({"type": "Point", "coordinates": [121, 91]}, 150, "point"),
        ({"type": "Point", "coordinates": [121, 84.9]}, 100_000, "geometry"),
        ({"type": "LineString", "coordinates": [[121, 31], [121.1, 31]]}, None, "radius"),
        ({"type": "LineString", "coordinates": [[121, 31], [121, 31]]}, 50, "line"),
        ({"type": "LineString", "coordinates": [[121, 31], [121, 95]]}, 50, "vertex 1"),
        ({"type": "MultiLineString", "coordinates": [[[121, 31], [121, 31]]]}, 50, "line 0"),
        ({"type": "Polygon", "coordinates": [SQUARE]}, 50, "radius"),
        ({"type": "MultiPoint", "coordinates": [[121, 31]]}, 50, "type"),
        ({"type": "GeometryCollection", "geometries": []}, 50, "type"),
    ],
)
def test_a_geometry_is_refused_and_the_fault_says_where(
    geometry: object, radius: float | None, where: str
) -> None:
    assert fault(geometry, radius).where == where
