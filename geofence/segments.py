"""Where segments touch outlines: many at once, and the fractions of one.

A segment leads from one fix to the next, straight in the outline's own frame (and so in
degrees).  Metres throughout; the border is inside, as in ``geofence.measure``.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import sqrt

import numpy as np

from geofence.frame import Floats
from geofence.measure import (
    TOUCH,
    Bools,
    blocks,
    flat,
    is_circle,
    square_to,
    stretches_of,
    to_edges,
)
from geofence.spines import AX, AY, BOTTOM, BX, BY, LEFT, RIGHT, TOP, Ints, Spines, ragged

#: Columns x, y, along_x, along_y of segments, shape (m,): where they begin and how they go on.
Segments = tuple[Floats, Floats, Floats, Floats]
Segment = tuple[float, float, float, float]  #: one of them
Span = tuple[float, float]  #: of shares of a segment, both 0 to 1
#: Shares of a segment nearer than this are one.
SAME = 1e-9


def touched(spines: Spines, slot: Ints, segments: Segments) -> Bools:
    """Whether each segment touches its outline, where both its ends are outside."""
    found = np.zeros(len(slot), bool)
    for part in blocks(spines, slot):
        x, y, along_x, along_y = (column[part] for column in segments)
        found[part] = _touched(spines, slot[part], (x, y, along_x, along_y))
    return found


def _touched(spines: Spines, slot: Ints, segments: Segments) -> Bools:
    x, y, along_x, along_y = segments
    count = spines.count[slot]
    stretch = ragged(spines.first[slot], count)
    reach = spines.radius[slot] + TOUCH
    heads = spines.heads.T
    near = (
        (heads[LEFT][stretch] <= np.repeat(np.maximum(x, x + along_x) + reach, count))
        & (heads[RIGHT][stretch] >= np.repeat(np.minimum(x, x + along_x) - reach, count))
        & (heads[BOTTOM][stretch] <= np.repeat(np.maximum(y, y + along_y) + reach, count))
        & (heads[TOP][stretch] >= np.repeat(np.minimum(y, y + along_y) - reach, count))
    )
    pair, stretch = np.repeat(np.arange(len(slot)), count)[near], stretch[near]
    closed = spines.closed[slot[pair]]
    found = np.zeros(len(slot), bool)
    tests: tuple[tuple[Bools, _Test], ...] = ((closed, _crosses), (~closed, _comes_near))
    for which, test in tests:
        at = pair[which]
        columns = [column[at, None] for column in (x, y, along_x, along_y, reach)]
        hit = test(spines.edges[stretch[which]], *columns)
        found[at[hit.any(axis=1)]] = True
    return found


_Test = Callable[[Floats, Floats, Floats, Floats, Floats, Floats], Bools]


def _crosses(
    edges: Floats, x: Floats, y: Floats, along_x: Floats, along_y: Floats, _reach: Floats
) -> Bools:
    """By edge; parallel ones are left to their neighbours, which begin where they end."""
    ax, ay, bx, by = (edges[:, part] for part in (AX, AY, BX, BY))
    side_a = along_x * (ay - y) - along_y * (ax - x)
    side_b = along_x * (by - y) - along_y * (bx - x)
    edge_x, edge_y = bx - ax, by - ay
    begin = edge_x * (y - ay) - edge_y * (x - ax)
    end = edge_x * (y + along_y - ay) - edge_y * (x + along_x - ax)
    crosses: Bools = (side_a * side_b <= 0) & (begin * end <= 0) & (side_a != side_b)
    return crosses


def _comes_near(
    edges: Floats, x: Floats, y: Floats, along_x: Floats, along_y: Floats, reach: Floats
) -> Bools:
    """By edge: within ``reach`` of it, though the ends of the segment are not."""
    ax, ay, bx, by = (edges[:, part] for part in (AX, AY, BX, BY))
    to_a = square_to(ax - x, ay - y, along_x, along_y)
    to_b = square_to(bx - x, by - y, along_x, along_y)
    near: Bools = np.minimum(to_a, to_b) <= reach * reach
    return near | _crosses(edges, x, y, along_x, along_y, reach)


def crossings(
    spines: Spines, slot: int, segment: Segment, inside: tuple[bool, bool]
) -> tuple[float, ...]:
    """Fractions of one segment at which it goes in or out, ascending.

    Where it only grazes the outline it goes in and out at the same fraction.  ``inside`` says
    so of its two ends, and is believed: going in and going out alternate.
    """
    if not segment[2] and not segment[3]:
        return ()
    if spines.closed[slot]:
        spans = _inside_rings(spines, slot, segment, inside)
    elif is_circle(spines, slot):
        spans = _inside_circle(segment, float(spines.radius[slot]))
    else:
        spans = _inside_reach(flat(spines, slot), segment, float(spines.radius[slot]))
    merged = [(0.0, 0.0)] if inside[0] else []
    for begin, end in [*spans, (1.0, 1.0)] if inside[1] else spans:
        if merged and begin <= merged[-1][1] + SAME:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    fractions = [fraction for span in merged for fraction in span]
    return tuple(fractions[inside[0] : len(fractions) - inside[1]])


def _inside_rings(
    spines: Spines, slot: int, segment: Segment, inside: tuple[bool, bool]
) -> list[Span]:
    """The spans of the segment inside the rings; single points where it only touches."""
    found = sorted(_shares(spines, slot, segment))
    if len(found) == 1 and inside[0] != inside[1]:  # as nearly always
        return [(0.0, found[0])] if inside[0] else [(found[0], 1.0)]
    if not found:
        return [(0.0, 1.0)] if inside[0] and inside[1] else []
    x, y, along_x, along_y = segment
    shares = np.clip(np.array([0.0, *found, 1.0]), 0.0, 1.0)
    middle = (shares[1:] + shares[:-1])[:, None] / 2
    edges = flat(spines, slot)
    square, crossed = to_edges(edges[None], x + middle * along_x, y + middle * along_y)
    within = ((crossed % 2 == 1) | (square <= TOUCH * TOUCH)).tolist()
    bounds = shares.tolist()
    spans = [(at, at) for at in bounds[1:-1]]
    spans += [span for span, is_in in zip(pairwise(bounds), within, strict=True) if is_in]
    return sorted(spans)


def _shares(spines: Spines, slot: int, segment: Segment) -> set[float]:
    """Where the segment meets edges of the outline; by the formulas of ``_crosses``."""
    x, y, along_x, along_y = segment
    west, east = min(x, x + along_x), max(x, x + along_x)
    south, north = min(y, y + along_y), max(y, y + along_y)
    found: set[float] = set()
    first = int(spines.first[slot])
    for number, (left, right, bottom, top, *_) in enumerate(stretches_of(spines, slot)):
        if left > east or right < west or bottom > north or top < south:
            continue
        for ax, ay, bx, by in zip(*spines.edges[first + number].tolist(), strict=True):
            side_a = along_x * (ay - y) - along_y * (ax - x)
            side_b = along_x * (by - y) - along_y * (bx - x)
            if not (side_a * side_b <= 0 and side_a != side_b):  # NaN: there is no edge
                continue
            edge_x, edge_y = bx - ax, by - ay
            begin = edge_x * (y - ay) - edge_y * (x - ax)
            end = edge_x * (y + along_y - ay) - edge_y * (x + along_x - ax)
            if begin * end <= 0:
                found.add(begin / (begin - end))
    return found


def _inside_circle(segment: Segment, radius: float) -> list[Span]:
    """The span of the segment within ``radius`` of the origin."""
    x, y, along_x, along_y = segment
    square = along_x * along_x + along_y * along_y
    nearest = -(x * along_x + y * along_y) / square
    rest = (radius * radius - (x * along_y - y * along_x) ** 2 / square) / square
    if rest < 0:
        return []
    begin, end = nearest - sqrt(rest), nearest + sqrt(rest)
    return [(max(begin, 0.0), min(end, 1.0))] if begin <= 1.0 and end >= 0.0 else []


def _inside_reach(edges: Floats, segment: Segment, radius: float) -> list[Span]:
    """The spans of the segment within ``radius`` of each edge: of two discs and what is between."""
    x, y, along_x, along_y = segment
    ax, ay, bx, by = edges
    length = np.hypot(bx - ax, by - ay)
    with np.errstate(invalid="ignore", divide="ignore"):
        east, north = (bx - ax) / length, (by - ay) / length
        between = np.array(
            [
                _within(
                    (x - ax) * east + (y - ay) * north, along_x * east + along_y * north, 0, length
                ),
                _within(
                    (y - ay) * east - (x - ax) * north,
                    along_y * east - along_x * north,
                    -radius,
                    radius,
                ),
            ]
        )
        begins, ends = between[:, 0].max(axis=0), between[:, 1].min(axis=0)
        begins[~(begins <= ends)] = ends[~(begins <= ends)] = np.nan
        for to_x, to_y in ((ax - x, ay - y), (bx - x, by - y)):
            begin, end = _in_disc(to_x, to_y, along_x, along_y, radius)
            begins, ends = np.fmin(begins, begin), np.fmax(ends, end)
        some = (begins <= 1.0) & (ends >= 0.0)
    spans = np.clip([begins[some], ends[some]], 0.0, 1.0).T.tolist()
    return sorted((begin, end) for begin, end in spans)


def _within(
    at: Floats, along: Floats, low: float | Floats, high: float | Floats
) -> tuple[Floats, Floats]:
    """From which share to which ``at + share * along`` lies between; NaN: at none."""
    first, second = (low - at) / along, (high - at) / along
    begin, end = np.minimum(first, second), np.maximum(first, second)
    level = along == 0
    begin[level] = np.where((low <= at) & (at <= high), -np.inf, np.nan)[level]
    end[level] = np.inf
    return begin, end


def _in_disc(
    to_x: Floats, to_y: Floats, along_x: float, along_y: float, radius: float
) -> tuple[Floats, Floats]:
    """From which share to which the segment is within ``radius`` of a place; NaN: at none."""
    square = along_x * along_x + along_y * along_y
    nearest = (to_x * along_x + to_y * along_y) / square
    aside = (to_x * along_y - to_y * along_x) ** 2 / square
    half = np.sqrt((radius * radius - aside) / square)
    return nearest - half, nearest + half
