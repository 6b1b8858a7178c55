"""Outline the area whose public maps are shifted: ``python build_outline.py``.

Writes ``src/map/shiftedArea.json`` from Natural Earth 1:10m (npm package ``world-atlas``, public
domain).  The formulas of GCJ-02 come with a rectangle that also holds Seoul, Hanoi and Ulaanbaatar;
maps are shifted in mainland China and its waters only.  So: mainland China with 0.3 degrees of
sea before its coast, without the land of its neighbours, and without Hong Kong, Macao and Taiwan,
whose maps are not shifted, nor the sea round them.

The file is a list of rings, even-odd, each ``[lon, lat, step, step, ...]`` in thousandths of a
degree: the first corner, then the way to every next one.  Run it again when world-atlas changes.
"""  # noqa: INP001 - a program of the console's build, not a package

from __future__ import annotations

import json
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from shapely import make_valid
from shapely.geometry import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

CONSOLE = Path(__file__).resolve().parents[1]
SOURCE = CONSOLE / "node_modules" / "world-atlas" / "countries-10m.json"
TARGET = CONSOLE / "src" / "map" / "shiftedArea.json"

NEIGHBOURHOOD = box(60, 0, 150, 60)
SEA = 0.3  #: degrees of sea before the coast, about 30 km: harbours, bridges, ferries
SEA_DETAIL = 0.1  #: degrees; nothing drives along the line out there
LAND_DETAIL = 0.01  #: degrees; Natural Earth itself is about so true
UNSHIFTED_SEA = {"Hong Kong": 0.12, "Macao": 0.06, "Taiwan": 0.15}  #: degrees of sea round them
#: Where two cities grow together across the line, every bend of it counts.
DELTA, DELTA_DETAIL = box(113.4, 22.0, 114.6, 22.7), 0.002
SMALLEST = 0.01  #: square degrees; smaller islands and holes are left out, about 10 km x 10 km
CLOSED = 4  #: corners of the smallest ring, the first one repeated; rounding left some with less
UNITS = 1000  #: a degree, in units of the file


def countries() -> dict[str, BaseGeometry]:
    """Land by country as far as the rectangle of the formulas reaches."""
    topology = json.loads(SOURCE.read_text(encoding="utf-8"))
    lines = [_line(arc, topology["transform"]) for arc in topology["arcs"]]
    found = {}
    for each in topology["objects"]["countries"]["geometries"]:
        land = make_valid(_polygons(each, lines))
        if land.intersects(NEIGHBOURHOOD):
            found[each["properties"]["name"]] = land
    return found


def _line(arc: list[list[int]], transform: dict[str, Any]) -> list[tuple[float, float]]:
    """A TopoJSON arc: steps from corner to corner, in its own grid."""
    (wide, high), (west, south) = transform["scale"], transform["translate"]
    columns = accumulate(step[0] for step in arc)
    rows = accumulate(step[1] for step in arc)
    return [(x * wide + west, y * high + south) for x, y in zip(columns, rows, strict=True)]


def _polygons(each: dict[str, Any], lines: list[list[tuple[float, float]]]) -> MultiPolygon:
    """A country's polygons; a negative arc is one walked backwards."""
    several = each["arcs"] if each["type"] == "MultiPolygon" else [each.get("arcs", [])]

    def ring(arcs: list[int]) -> list[tuple[float, float]]:
        return [at for arc in arcs for at in (lines[arc] if arc >= 0 else lines[~arc][::-1])]

    shells = [ring(rings[0]) for rings in several if rings]  # a lake is no border
    return MultiPolygon([Polygon(shell) for shell in shells if len(shell) >= CLOSED])


def shifted_area(land: dict[str, BaseGeometry]) -> BaseGeometry:
    """Where public maps are shifted."""
    mainland = land["China"]
    sea = mainland.buffer(SEA).simplify(SEA_DETAIL)
    unshifted = [land[name].buffer(width) for name, width in UNSHIFTED_SEA.items()]
    abroad = [shape for name, shape in land.items() if name != "China"]
    area = unary_union([sea.difference(unary_union([*unshifted, *abroad])), mainland])
    coarse, fine = area.simplify(LAND_DETAIL), area.simplify(DELTA_DETAIL)
    return unary_union([coarse.difference(DELTA), fine.intersection(DELTA)])


def rings_of(area: BaseGeometry) -> list[list[int]]:
    """The rings in steps, in the units of the file; without what is too small to matter."""
    polygons = [each for each in getattr(area, "geoms", [area]) if isinstance(each, Polygon)]
    rings = [ring for each in polygons for ring in (each.exterior, *each.interiors)]
    return [_steps(ring.coords) for ring in rings if Polygon(ring).area > SMALLEST]


def _steps(corners: Any) -> list[int]:  # noqa: ANN401 - shapely's sequence of coordinates has no type
    grid = [(round(lon * UNITS), round(lat * UNITS)) for lon, lat, *_ in corners][:-1]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(grid)]
    return [
        number for pair in [grid[0], *(step for step in steps if step != (0, 0))] for number in pair
    ]


def main() -> None:
    """Write the file; one ring a line."""
    rings = rings_of(shifted_area(countries()))
    body = ",\n".join(json.dumps(ring, separators=(",", ":")) for ring in rings)
    TARGET.write_text(f"[\n{body}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
