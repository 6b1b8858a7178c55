"""Whether rings make an area, and which vertex is to blame if they do not.

The test is GEOS's (OGC Simple Features); it answers with a position, and what a person needs is
the vertex to drag.  So the edges nearest to that position are looked up.
"""

from __future__ import annotations

import re

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from fleet.geo import metres_per_degree
from geofence.frame import Floats, Frame
from geofence.outline import frame_of, to_metres
from geofence.rings import Unusable, middle, ring_name, turned_to

#: m; an edge longer than this is divided.  An edge is meant as GeoJSON means it, straight in
#: longitude and latitude (RFC 7946, 3.1.1); a map draws the straight line of its own projection,
#: and between vertices 10 km apart the two are 2 m from each other at 50 degrees.
LONGEST_EDGE = 10_000.0
#: Vertices after the dividing: ten thousand given, and as many for the longest coast road.
MOST_DIVIDED = 20_000
#: m across.  A province; "inside" would still be right for more, distances would not.
LARGEST = 2_000_000.0
#: Share by which a metre east may be off at the northern or southern end of an outline.
LARGEST_STRETCH = 0.1
#: m2.  A loading dock is 3 m x 12 m; less than a third of it is a slip of the hand.
LEAST_AREA = 10.0

Spine = BaseGeometry  #: a Point, or (Multi)LineString, or (Multi)Polygon

#: degrees; GEOS prints where a fault is with 15 digits.
_SAME_PLACE = 1e-9
_REASON = re.compile(r"(?P<what>[^\[]+)\[(?P<lon>\S+) (?P<lat>\S+)\]")
_WORDS = {
    "Self-intersection": "the ring crosses or retraces itself",
    "Ring Self-intersection": "the ring touches itself",
    "Hole lies outside shell": "the hole lies outside the outer ring",
    "Holes are nested": "the hole lies inside another hole",
    "Interior is disconnected": "holes cut the area in two",
}
_TWO_EDGES = ("Self-intersection", "Ring Self-intersection")


def polygon(rings: list[Floats], part: int | None) -> Polygon:
    """The polygon of an outer ring and holes, in degrees with running longitudes.

    Raises:
        Unusable: the rings do not make one area; names ring and vertex.
    """
    outer, *holes = rings
    beside = [turned_to(hole, middle(outer)) for hole in holes]
    made = Polygon(outer, beside)
    if not shapely.is_valid(made):
        raise _blame(made, part)
    return shapely.orient_polygons(made)


def assemble(parts: list[Polygon]) -> Spine:
    """One area of parts that do not overlap; parts that share an edge become one.

    They do where a polygon was cut at the antimeridian, as RFC 7946, 3.1.9 asks.

    Raises:
        Unusable: two parts overlap.
    """
    if len(parts) == 1:
        return parts[0]
    first = middle(shapely.get_coordinates(parts[0]))
    parts = [shapely.transform(part, lambda at: turned_to(at, first)) for part in parts]
    tree = shapely.STRtree(parts)
    for one, other in tree.query(parts, predicate="intersects").T:
        if one < other and shapely.relate_pattern(parts[one], parts[other], "T********"):
            raise Unusable(f"part {other}", f"it overlaps part {one}")
    whole: Spine = MultiPolygon(parts)
    if not shapely.is_valid(whole):
        whole = shapely.union_all(parts)
    return shapely.orient_polygons(whole)


def divided(spine: Spine) -> Spine:
    """The same spine with no edge longer than ``LONGEST_EDGE``; no vertex of it moves.

    Raises:
        Unusable: that would be too many vertices.
    """
    frame = frame_of(spine)
    pieces = [_pieces(shapely.get_coordinates(edges), frame) for edges in _edges_of(spine)]
    if sum(int(counts.sum()) for counts in pieces) > MOST_DIVIDED:
        raise Unusable("geometry", f"its edges are too long for {MOST_DIVIDED} vertices")
    if all(int(counts.max(initial=1)) == 1 for counts in pieces):
        return spine
    return _rebuilt(spine, frame)


def check_size(spine: BaseGeometry, reach: float) -> None:
    """Nothing, if metres hold well enough over the whole outline.

    Raises:
        Unusable: it is too large, too far north for its size, or has no area to speak of.
    """
    west, south, east, north = (float(bound) for bound in shapely.bounds(spine))
    frame = frame_of(spine)
    across = float(np.hypot((east - west) * frame.kx, (north - south) * frame.ky)) + 2 * reach
    if across > LARGEST or east - west >= 180:  # noqa: PLR2004 - half a turn
        raise Unusable(
            "geometry", f"{across / 1000:.0f} km across are more than {LARGEST / 1000:.0f} km"
        )
    if spine.area and to_metres(spine, frame).area < LEAST_AREA:
        raise Unusable("geometry", f"its area is less than {LEAST_AREA:g} m2")

    more = reach / frame.ky
    ends = np.array([max(south - more, -90.0), min(north + more, 90.0)])
    sideways, _ = metres_per_degree(ends)
    stretch = float(np.abs(sideways / frame.kx - 1.0).max())
    if stretch > LARGEST_STRETCH:
        raise Unusable(
            "geometry",
            f"it reaches so far north to south that metres are off by {stretch:.0%}; divide it",
        )


def _edges_of(spine: Spine) -> list[BaseGeometry]:
    """Its rings and lines; none of a point."""
    parts = [part for part in shapely.get_parts(spine) if not isinstance(part, Point)]
    return [ring for part in parts for ring in _rings_of(part)]


def _rings_of(part: Polygon | LineString) -> list[BaseGeometry]:
    """The outer ring and the holes, or the line itself."""
    return [part.exterior, *part.interiors] if isinstance(part, Polygon) else [part]


def _pieces(at: Floats, frame: Frame) -> NDArray[np.intp]:
    """Into how many pieces each edge is to be divided."""
    steps = np.diff(at, axis=0)
    lengths = np.hypot(steps[:, 0] * frame.kx, steps[:, 1] * frame.ky)
    # The millionth: a piece of exactly the longest is not divided when it is read again.
    counts: NDArray[np.intp] = np.maximum(np.ceil(lengths / LONGEST_EDGE - 1e-6), 1).astype(np.intp)
    return counts


def _finer(at: Floats, frame: Frame) -> Floats:
    """The positions, and between them those that divide long edges."""
    counts = _pieces(at, frame)
    edge = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    share = (np.arange(len(edge)) - first) / counts[edge]
    between = at[edge] + np.diff(at, axis=0)[edge] * share[:, np.newaxis]
    return np.concatenate((between, at[-1:]))


def _rebuilt(spine: Spine, frame: Frame) -> Spine:
    """The spine of finer rings and lines."""
    polygons, lines = [], []
    for part in shapely.get_parts(spine):
        outer, *holes = (_finer(shapely.get_coordinates(ring), frame) for ring in _rings_of(part))
        if isinstance(part, Polygon):
            polygons.append(Polygon(outer, holes))
        else:
            lines.append(LineString(outer))
    if len(polygons) + len(lines) == 1:
        return (polygons or lines)[0]
    return MultiPolygon(polygons) if polygons else MultiLineString(lines)


def _blame(made: Polygon, part: int | None) -> Unusable:
    """The fault of an invalid polygon: the two edges nearest to where GEOS says it is."""
    found = _REASON.fullmatch(shapely.is_valid_reason(made))
    if found is None:
        return Unusable("geometry" if part is None else f"part {part}", "it encloses no area")
    at = Point(float(found["lon"]), float(found["lat"]))
    edges = [
        (float(far), number, vertex)
        for number, ring in enumerate(_rings_of(made))
        for vertex, far in enumerate(_from_edges(shapely.get_coordinates(ring), at))
    ]
    nearest = min(edges)[0]
    first, *others = [edge[1:] for edge in edges if edge[0] <= nearest + _SAME_PLACE]
    why = _WORDS.get(found["what"], found["what"])
    apart = [edge for edge in others if not _are_neighbours(first, edge)] or others
    if found["what"] in _TWO_EDGES and apart:
        ring, vertex = apart[0]
        why = f"{why}: the edge from here meets the one from {ring_name(ring)}, vertex {vertex}"
    return Unusable(f"{ring_name(first[0], part)}, vertex {first[1]}", why)


def _are_neighbours(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two edges follow each other in one ring."""
    return one[0] == other[0] and abs(one[1] - other[1]) <= 1


def _from_edges(at: Floats, point: Point) -> Floats:
    """Distance in degrees from ``point`` to every edge of a ring."""
    edges = shapely.linestrings(np.stack((at[:-1], at[1:]), axis=1))
    return np.asarray(shapely.distance(edges, point), np.float64)
