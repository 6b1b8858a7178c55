"""Outlines of fences: read and judged, measured, written; and what a role means for its fence.

The public door of the parts: ``geofence.outline`` (measures), ``geofence.rings`` and
``geofence.validity`` (what can be used), ``geofence.terms`` (defaults), ``geofence.overlap``.

An edge of an outline is straight in longitude and latitude, as GeoJSON means it; long edges are
divided when they are read, so that every map draws what is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from fleet.fences import Datum, FenceTerms, Outline, ShapeKind
from geofence.frame import Floats
from geofence.outline import (
    area,
    box,
    buffered,
    centre,
    decode,
    encode,
    equivalent_radius,
    ground,
    local,
)
from geofence.overlap import all_overlaps, overlaps
from geofence.rings import (
    MOST_VERTICES,
    POLAR,
    Fault,
    Unusable,
    line,
    middle,
    position,
    positions,
    ring,
    ring_name,
    turned_to,
)
from geofence.terms import Given, default_radius, terms
from geofence.validity import Spine, assemble, check_size, divided, polygon

__all__ = [
    "POLAR",
    "Fault",
    "Given",
    "all_overlaps",
    "area",
    "box",
    "buffered",
    "centre",
    "decode",
    "default_radius",
    "equivalent_radius",
    "feature",
    "ground",
    "local",
    "overlaps",
    "read_outline",
    "terms",
    "write_geometry",
]

#: m; the best accuracy a terminal claims.  In anything smaller a fix proves nothing.
LEAST_RADIUS = 5.0
#: m; twice the widest "approaching" circle that is used, 50 km round a loading place.
LARGEST_RADIUS = 100_000.0


def read_outline(
    geometry: object, radius: float | None = None, datum: Datum = Datum.WGS84
) -> Outline | Fault:
    """The outline of a GeoJSON geometry, or why there is none.

    A Point with a radius is a circle, a LineString or MultiLineString with one a corridor, a
    Polygon or MultiPolygon is itself and has none.  Rings may wind either way.  The antimeridian
    may be crossed as RFC 7946, 3.1.9 asks (a polygon cut in two) or by neighbouring longitudes
    that jump by more than 180.  Heights are left out.

    Args:
        geometry: as read from JSON.
        radius: m; of a circle, or to each side of a line.
        datum: what the positions were entered in; the outline is WGS 84.
    """
    try:
        kind, spine = _spine(geometry, datum)
        reach = _reach(kind, radius)
        check_size(spine, reach)
        return encode(kind, divided(spine), reach)
    except Unusable as unusable:
        return unusable.fault


def write_geometry(outline: Outline) -> dict[str, Any]:
    """The outline as a GeoJSON geometry; a circle is its Point, a corridor its line.

    As RFC 7946 asks: outer rings counter-clockwise, longitudes within -180 to 180, and cut in two
    at the antimeridian.
    """
    spine = decode(outline)
    if isinstance(spine, Point):
        return {"type": "Point", "coordinates": [spine.x, spine.y]}
    west, _, east, _ = shapely.bounds(spine)
    if west < -180 or east > 180:  # noqa: PLR2004 - half a turn
        spine = _cut(spine)
    coordinates: list[Any] = [_listed_of(part) for part in shapely.get_parts(spine)]
    several = isinstance(spine, MultiPolygon | MultiLineString)
    return {
        "type": spine.geom_type,
        "coordinates": coordinates if several else coordinates[0],
    }


def feature(
    code: str, given: FenceTerms, properties: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """A fence as a GeoJSON feature: its terms are properties, under the names of the API.

    Args:
        code: the feature's id.
        given: what is written.
        properties: more, such as names; they come first.
    """
    outline = given.outline
    hours = [
        {"days": list(stretch.days), "opens": stretch.opens, "closes": stretch.closes}
        for stretch in given.hours
    ]
    return {
        "type": "Feature",
        "id": code,
        "geometry": write_geometry(outline),
        "properties": {
            "code": code,
            **(properties or {}),
            "shape": outline.kind.value,
            "radius_m": None if outline.kind is ShapeKind.POLYGON else outline.radius,
            "role": given.role.value,
            "node_level": given.node_level,
            "margin_m": given.margin,
            "dwell_in_s": given.dwell_in,
            "dwell_out_s": given.dwell_out,
            "stop_rule": given.stop_rule.value,
            "hours": hours,
            "confidence": given.confidence.value,
            "entered_in": given.datum.value,
        },
    }


def _spine(geometry: object, datum: Datum) -> tuple[ShapeKind, Spine]:
    """What kind of outline it is, and its spine in degrees with running longitudes."""
    if not isinstance(geometry, Mapping):
        raise Unusable("geometry", "expected a GeoJSON geometry")
    kind = geometry.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Unusable("type", f"{kind!r:.60} is none of {', '.join(_READERS)}")
    return reader(geometry.get("coordinates"), datum)


def _reach(kind: ShapeKind, radius: float | None) -> float:
    """The radius that fits the kind."""
    if kind is ShapeKind.POLYGON:
        if radius:
            raise Unusable("radius", "a polygon has none")
        return 0.0
    if radius is None:
        raise Unusable("radius", f"a {kind.value} needs one")
    if not LEAST_RADIUS <= radius <= LARGEST_RADIUS:  # also refuses NaN
        raise Unusable(
            "radius", f"{radius:g} m is not within {LEAST_RADIUS:g} to {LARGEST_RADIUS:g} m"
        )
    return float(radius)


def _listed(given: object, of: str) -> Sequence[object]:
    """A list that is not empty, nor longer than there may be vertices."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise Unusable("coordinates", f"expected a list of {of}")
    if len(given) > MOST_VERTICES:
        raise Unusable("coordinates", f"{len(given)} {of} are too many")
    return given


def _read_point(given: object, datum: Datum) -> tuple[ShapeKind, Spine]:
    position(given, "point")
    return ShapeKind.CIRCLE, Point(positions([given], "point", datum)[0])


def _read_line(given: object, datum: Datum) -> tuple[ShapeKind, Spine]:
    return ShapeKind.CORRIDOR, LineString(line(given, "", datum))


def _read_lines(given: object, datum: Datum) -> tuple[ShapeKind, Spine]:
    lines = [
        line(one, f"line {number}", datum) for number, one in enumerate(_listed(given, "lines"))
    ]
    _check_count(lines)
    first = middle(lines[0])
    return ShapeKind.CORRIDOR, MultiLineString([turned_to(one, first) for one in lines])


def _read_polygon(given: object, datum: Datum) -> tuple[ShapeKind, Spine]:
    return ShapeKind.POLYGON, polygon(_rings(given, None, datum), None)


def _read_polygons(given: object, datum: Datum) -> tuple[ShapeKind, Spine]:
    listed = _listed(given, "polygons")
    rings = [_rings(one, number, datum) for number, one in enumerate(listed)]
    _check_count([one for part in rings for one in part])
    parts = [polygon(part, number) for number, part in enumerate(rings)]
    return ShapeKind.POLYGON, assemble(parts)


def _rings(given: object, part: int | None, datum: Datum) -> list[Floats]:
    """The outer ring and the holes of one polygon."""
    rings = [
        ring(one, ring_name(number, part), datum)
        for number, one in enumerate(_listed(given, "rings"))
    ]
    _check_count(rings)
    return rings


def _check_count(given: Sequence[Floats]) -> None:
    """Refuse what has too many vertices in all."""
    count = sum(len(one) for one in given)
    if count > MOST_VERTICES:
        raise Unusable("geometry", f"{count} vertices are more than {MOST_VERTICES}")


_READERS: dict[str, Callable[[object, Datum], tuple[ShapeKind, Spine]]] = {
    "Point": _read_point,
    "LineString": _read_line,
    "MultiLineString": _read_lines,
    "Polygon": _read_polygon,
    "MultiPolygon": _read_polygons,
}


def _cut(spine: Spine) -> BaseGeometry:
    """The spine with longitudes within -180 to 180, in two where the antimeridian runs."""
    areas = isinstance(spine, Polygon | MultiPolygon)
    polygons, lines = [], []
    for turn in (-360.0, 0.0, 360.0):
        sheet = shapely.box(-180.0 - turn, -90.0, 180.0 - turn, 90.0)
        piece = shapely.intersection(spine, sheet)
        moved = shapely.transform(piece, partial(np.add, (turn, 0.0)))
        # What only touches the antimeridian leaves a point or a line on its other side.
        parts = _simple_parts(moved)
        polygons += [part for part in parts if isinstance(part, Polygon) and areas]
        lines += [part for part in parts if isinstance(part, LineString) and not areas]
    if len(polygons) + len(lines) == 1:
        return (polygons or lines)[0]
    return shapely.orient_polygons(MultiPolygon(polygons)) if areas else MultiLineString(lines)


def _simple_parts(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The points, lines and polygons of a collection, however deep."""
    parts = [part for part in shapely.get_parts(geometry) if not shapely.is_empty(part)]
    if len(parts) == 1 and parts[0] == geometry:
        return parts
    return [simple for part in parts for simple in _simple_parts(part)]


def _listed_of(part: Polygon | LineString) -> list[Any]:
    """Coordinates of one polygon or line, as GeoJSON nests them."""
    if isinstance(part, LineString):
        at: list[Any] = shapely.get_coordinates(part).tolist()
        return at
    return [shapely.get_coordinates(ring).tolist() for ring in (part.exterior, *part.interiors)]
