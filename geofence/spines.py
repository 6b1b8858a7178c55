"""The spines of many outlines as edges in arrays, so that a batch can be measured at once.

An outline is all that lies within ``radius`` of its spine, or, where the spine is ``closed``,
inside its rings (see ``geofence.outline``).  A spine is kept as its edges, in metres of the
outline's own frame; the point of a circle is one edge of no length.

Edges are kept in **stretches**: up to eight consecutive edges of one line or ring, with the box
round them.  A position is measured against the boxes first, and against the edges of those
few stretches that are near enough to matter.  Contiguous arrays are what makes it fast: one
polygon in GEOS is a chain of half a dozen pointers, each a miss of the processor's caches once
there are 100,000 of them (0.8 us a pair here, 4.8 us by ``intersects_xy`` and ``distance``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.fences import Outline, ShapeKind
from fleet.geo import metres_per_degree
from geofence.frame import Floats

Ints = NDArray[np.intp]

STRETCH = 8  #: edges: one line of the processor's cache per coordinate; 16 was a quarter slower
LEFT, RIGHT, BOTTOM, TOP, BEGIN, END = range(6)  #: of ``Spines.heads``
AX, AY, BX, BY = range(4)  #: of ``Spines.edges``: an edge leads from a to b
_POINT, _POLYGON = 0, 3  #: GEOS type numbers


@dataclass(frozen=True, slots=True)
class Spines:
    """``n`` outlines with ``s`` stretches; arrays are never written to."""

    # Of each outline, shape (n,).
    lon0: Floats  #: its frame, as ``geofence.frame.Frame``
    lat0: Floats
    kx: Floats
    ky: Floats
    radius: Floats  #: m round the spine; 0 where the spine is closed
    closed: NDArray[np.bool_]  #: polygons
    size: Floats  #: equivalent radius, m, as ``geofence.outline.equivalent_radius``
    box: Floats  #: (n, 4) m: west, south, east, north of the spine
    first: Ints  #: its first stretch
    count: Ints  #: and how many follow, itself included

    # Of each stretch.
    heads: Floats  #: (s, 6) m: ``LEFT`` to ``TOP`` its box, y of its first and last vertex
    edges: Floats  #: (s, 4, 8) m: ax, ay, bx, by of its edges; NaN where it has fewer

    def __len__(self) -> int:
        return len(self.lon0)


_OF_OUTLINES = ("lon0", "lat0", "kx", "ky", "radius", "closed", "size", "box")


def short_way(degrees: Floats) -> Floats:
    """The same direction within [-180, 180]; unlike ``fleet.geo.wrap`` exact where it is small."""
    short: Floats = degrees - 360.0 * np.rint(degrees / 360.0)
    return short


def ragged(first: Ints, count: Ints) -> Ints:
    """``first[i], first[i] + 1, ...``, ``count[i]`` numbers for each ``i``, one after another."""
    last = np.cumsum(count)
    total = int(last[-1]) if len(last) else 0
    numbers: Ints = np.arange(total) + np.repeat(first - (last - count), count)
    return numbers


def prepare(outlines: Sequence[Outline]) -> Spines:
    """The spines of valid outlines (``geofence.shapes``), in their order."""
    spine = shapely.from_wkb(np.array([outline.wkb for outline in outlines], object))
    degrees = shapely.bounds(spine).reshape(-1, 4)
    middle = (degrees[:, 0] + degrees[:, 2]) / 2
    lat0 = (degrees[:, 1] + degrees[:, 3]) / 2
    kx, ky = metres_per_degree(lat0)
    box = (degrees - np.column_stack([middle, lat0] * 2)) * np.column_stack([kx, ky] * 2)
    closed = np.array([outline.kind is ShapeKind.POLYGON for outline in outlines], bool)
    radius = np.array([outline.radius for outline in outlines], np.float64)
    size = np.where(closed, np.sqrt(shapely.area(spine) * kx * ky / np.pi), radius)

    chain, owner = _chains(spine)
    at, chain_of = shapely.get_coordinates(chain, return_index=True)
    own = owner[chain_of]
    x, y = (at[:, 0] - middle[own]) * kx[own], (at[:, 1] - lat0[own]) * ky[own]
    count, heads, edges = _cut(x, y, np.bincount(chain_of, minlength=len(chain)))
    stretches = np.bincount(np.repeat(owner, count), minlength=len(spine))
    return Spines(
        short_way(middle), lat0, kx, ky, radius, closed, size, box,
        np.cumsum(stretches) - stretches, stretches,
        heads, edges,
    )  # fmt: skip


def choose(before: Spines, new: Spines, chosen: Ints) -> Spines:
    """The ``chosen`` outlines of ``before`` and ``new`` taken as one, without preparing any.

    Stretches of outlines that were not chosen are carried along until they are the half.
    """
    shift = len(before.edges)
    count = np.concatenate([before.count, new.count])[chosen]
    first = np.concatenate([before.first, new.first + shift])[chosen]
    which = None
    if 2 * int(count.sum()) < shift + len(new.edges):
        which, first = ragged(first, count), np.cumsum(count) - count
    joined: dict[str, Any] = {"first": first, "count": count}
    for name in _OF_OUTLINES:
        joined[name] = np.concatenate([getattr(before, name), getattr(new, name)])[chosen]
    for name in ("heads", "edges"):
        old, more = getattr(before, name), getattr(new, name)
        both = np.concatenate([old, more]) if len(more) else old
        joined[name] = both if which is None else both[which]
    return Spines(**joined)


def _chains(spine: NDArray[np.object_]) -> tuple[NDArray[np.object_], Ints]:
    """The points, lines and rings of the spines, by spine; and the spine of each."""
    part, owner = shapely.get_parts(spine, return_index=True)
    flat = shapely.get_type_id(part) == _POLYGON
    ring, of = shapely.get_rings(part[flat], return_index=True)
    chain = np.concatenate([part[~flat], ring])
    owners = np.concatenate([owner[~flat], owner[flat][of]])
    order = np.argsort(owners, kind="stable")
    return chain[order], owners[order]


def _cut(x: Floats, y: Floats, vertices: Ints) -> tuple[Ints, Floats, Floats]:
    """Chains of so many ``vertices`` each, one after another in ``x`` and ``y``, in stretches.

    Returns:
        How many stretches of each chain, and their heads and edges, as of ``Spines``.
    """
    number = np.maximum(vertices - 1, 1)  # a point is an edge to itself
    start = np.cumsum(vertices) - vertices
    a = ragged(start, number)
    b = np.minimum(a + 1, np.repeat(start + vertices - 1, number))
    count = -(-number // STRETCH)
    place = ragged((np.cumsum(count) - count) * STRETCH, number)
    which, column = np.divmod(place, STRETCH)
    edges = np.full((int(count.sum()), 4, STRETCH), np.nan)
    ax, ay, bx, by = values = x[a], y[a], x[b], y[b]
    for part in (AX, AY, BX, BY):
        edges[which, part, column] = values[part]
    begin = np.flatnonzero(column == 0)
    if not len(begin):
        return count, np.empty((0, 6)), edges
    end = np.append(begin[1:], len(ax)) - 1
    heads = np.column_stack(
        [
            np.minimum.reduceat(np.minimum(ax, bx), begin),
            np.maximum.reduceat(np.maximum(ax, bx), begin),
            np.minimum.reduceat(np.minimum(ay, by), begin),
            np.maximum.reduceat(np.maximum(ay, by), begin),
            y[a[begin]],
            y[b[end]],
        ]
    )
    return count, heads, edges
