"""What an outline is on the ground: its frame, its geometry in metres, its box and its size.

An outline is stored as WKB in degrees with *running* longitudes: a ring that crosses the
antimeridian goes on beyond 180, so that the geometry is whole and valid as it stands, and the
middle of its box lies within [-180, 180).

The **spine** of an outline is the point of a circle, the lines of a corridor or the polygons;
a circle and a corridor are all that lies within ``radius`` of their spine.  Judging by the
distance from the spine is exact, where a polygon of 64 corners would be 0.1 % short of a circle.
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fleet.fences import Outline, ShapeKind
from fleet.geo import wrap
from geofence.frame import Floats, Frame

QUARTER = 16  #: segments per quarter circle where a radius is drawn as corners: 0.12 % short


def decode(outline: Outline) -> BaseGeometry:
    """The spine in degrees, with running longitudes (beyond 180 across the antimeridian)."""
    return shapely.from_wkb(outline.wkb)


def encode(kind: ShapeKind, spine: BaseGeometry, radius: float = 0.0) -> Outline:
    """The outline of a spine in degrees with running longitudes; the same bytes every time."""
    west, _, east, _ = shapely.bounds(spine)
    middle = (west + east) / 2
    turns = round((middle - float(wrap(middle))) / 360.0)
    if turns:
        spine = shapely.transform(spine, lambda at: at - (360.0 * turns, 0.0))
    return Outline(kind, shapely.to_wkb(spine, output_dimension=2, byte_order=1), radius)


def frame_of(spine: BaseGeometry) -> Frame:
    """The frame round the middle of the box of ``spine``, which is in degrees."""
    west, south, east, north = (float(bound) for bound in shapely.bounds(spine))
    return Frame(float(wrap((west + east) / 2)), (south + north) / 2)


def to_metres(spine: BaseGeometry, frame: Frame) -> BaseGeometry:
    """A geometry in degrees, in metres of ``frame``."""
    return shapely.transform(spine, lambda at: np.column_stack(frame.to_local(at[:, 0], at[:, 1])))


def to_degrees(geometry: BaseGeometry, frame: Frame) -> BaseGeometry:
    """A geometry in metres of ``frame``, in degrees with running longitudes."""

    def back(at: Floats) -> Floats:
        return at / (frame.kx, frame.ky) + (frame.lon0, frame.lat0)

    return shapely.transform(geometry, back)


def local(outline: Outline) -> tuple[Frame, BaseGeometry]:
    """The outline's own frame, and its spine in metres of it.

    The signed distance to the outline is the distance to the spine less ``radius`` for a circle
    and a corridor, and the distance to the boundary, negative inside, for polygons.
    """
    spine = decode(outline)
    frame = frame_of(spine)
    return frame, to_metres(spine, frame)


def ground(outline: Outline, frame: Frame | None = None) -> BaseGeometry:
    """All that lies inside, as (multi)polygon in metres of ``frame``, its own if none is given.

    Circles and the ends of corridors are drawn with corners here: for areas and pictures, not
    for judging.
    """
    if frame is None:
        frame, spine = local(outline)
    else:
        spine = to_metres(decode(outline), frame)
    return shapely.buffer(spine, outline.radius, quad_segs=QUARTER) if outline.radius else spine


def centre(outline: Outline) -> tuple[float, float]:
    """Longitude and latitude of the centroid; of a concave outline it may lie outside."""
    frame, spine = local(outline)
    at = shapely.centroid(spine)
    lon, lat = frame.to_degrees(at.x, at.y)
    return float(lon), float(lat)


def box(outline: Outline, margin: float = 0.0) -> tuple[float, float, float, float]:
    """West, south, east, north of all within ``margin`` metres; west > east: the antimeridian.

    In the metres of the outline's own frame, by which it is judged.
    """
    frame, spine = local(outline)
    reach = outline.radius + margin
    west, south, east, north = (float(bound) for bound in shapely.bounds(spine))
    lon, lat = frame.to_degrees([west - reach, east + reach], [south - reach, north + reach])
    return float(lon[0]), max(-90.0, float(lat[0])), float(lon[1]), min(90.0, float(lat[1]))


def area(outline: Outline) -> float:
    """Square metres inside."""
    if outline.kind is ShapeKind.CIRCLE:
        return pi * outline.radius**2
    return float(shapely.area(ground(outline)))


def equivalent_radius(outline: Outline) -> float:
    """Radius (m) of the circle of the same area; of a corridor, its reach to each side.

    It stands for how deep inside one can be, and a corridor is as narrow as it is however long.
    """
    if outline.kind is ShapeKind.POLYGON:
        return sqrt(area(outline) / pi)
    return outline.radius


def buffered(outline: Outline, metres: float) -> Outline:
    """The outline with ``metres`` more to all sides, measured in its own frame.

    Negative makes it smaller; what has no inside left is an error.

    Raises:
        ValueError: nothing would be left.
    """
    if outline.kind is not ShapeKind.POLYGON:
        if outline.radius + metres <= 0:
            raise ValueError(f"nothing is left of a reach of {outline.radius} m less {-metres} m")
        return Outline(outline.kind, outline.wkb, outline.radius + metres)
    frame, spine = local(outline)
    grown = shapely.buffer(spine, metres, quad_segs=QUARTER)
    if shapely.is_empty(grown):
        raise ValueError(f"nothing is left of the outline {-metres} m inside it")
    return encode(ShapeKind.POLYGON, to_degrees(grown, frame))
