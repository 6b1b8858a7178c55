"""The best place for a fix on a stretch of its planned line.

Of the segments of the stretch, the place with the least

    distance^2 + turn^2 x (1 - cos(angle between course and line)) + (pull x (s - due))^2

that is: near the fix, in the direction it drives, and about as far along as it must be by now.
The course tells one carriageway from the other and the way back from the way out; the pull tells
the laps of a loop apart.  The plane is centred on the fix, with the metres of its latitude.

``match`` does many fixes at once, ``match_one`` one of them: the same places to the bit.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from route.lines import Lines

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

TURN_2 = 30.0**2  #: m2; to drive against the line is as bad as to be 42 m beside it

#: Segments; as many are sooner done one by one (0.8 us each) than in arrays (60 us in all).
_FEW = 48


class Asks(NamedTuple):
    """What is asked, in columns."""

    row: Rows  #: of the line in the block
    low: Floats  #: m along the line: where the stretch begins; rounded down to a metre
    high: Floats  #: where it ends; rounded up
    x: Floats  #: of the fix, 1e-7 degrees, at most 180 degrees from the middle of the line
    y: Floats
    kx: Floats  #: m per 1e-7 degrees
    ky: Floats
    east: Floats  #: course as a unit vector; (0, 0) where it is not known
    north: Floats
    due: Floats  #: m along the line: where it should be by now
    pull: Floats  #: m beside the line that are as bad as one metre off ``due``


class Places(NamedTuple):
    """What is found, in the same order."""

    s: Floats  #: m along the line
    offset: Floats  #: m from the line, negative to its left
    along: Floats  #: cosine of the angle between course and line; 0 where there is no course


class Ask(NamedTuple):
    """One row of ``Asks``."""

    row: int
    low: float
    high: float
    x: float
    y: float
    kx: float
    ky: float
    east: float
    north: float
    due: float
    pull: float


class Place(NamedTuple):
    """One row of ``Places``."""

    s: float
    offset: float
    along: float


def match(lines: Lines, asks: Asks) -> Places:
    """The best place of each row."""
    row = asks.row
    low = np.maximum(np.floor(asks.low), 0.0)
    high = np.minimum(np.ceil(asks.high), lines.length.take(row))
    base = lines.base.take(row)
    first = np.searchsorted(lines.along, base + low, "right") - 1
    last = np.searchsorted(lines.along, base + high, "left")
    first = np.minimum(first, lines.start.take(row + 1) - 2)
    count = np.maximum(last - first, 1)
    ends = np.cumsum(count)
    starts = ends - count
    segment = np.arange(ends[-1]) + np.repeat(first - starts, count)
    own = np.repeat(np.arange(len(row)), count)
    s0 = lines.along.take(segment) - base.take(own)
    step = lines.along.take(segment + 1) - base.take(own) - s0
    x0, y0 = lines.x.take(segment), lines.y.take(segment)
    kx, ky = asks.kx.take(own), asks.ky.take(own)
    x = (x0 - asks.x.take(own)) * kx
    y = (y0 - asks.y.take(own)) * ky
    dx = (lines.x.take(segment + 1) - x0) * kx
    dy = (lines.y.take(segment + 1) - y0) * ky
    square = dx * dx + dy * dy
    t = -(x * dx + y * dy) / square
    t = np.maximum(t, np.maximum((low.take(own) - s0) / step, 0.0))
    t = np.minimum(t, np.minimum((high.take(own) - s0) / step, 1.0))
    px, py = x + t * dx, y + t * dy
    s = s0 + t * step
    along = (dx * asks.east.take(own) + dy * asks.north.take(own)) / np.sqrt(square)
    off = px * px + py * py
    pulled = (s - asks.due.take(own)) * asks.pull.take(own)
    cost = off + TURN_2 * (1.0 - along) + pulled * pulled
    least = np.minimum.reduceat(cost, starts)
    hits = np.flatnonzero(cost == np.repeat(least, count))
    if len(hits) > len(row):
        of = own[hits]
        hits = hits[np.append(True, of[1:] != of[:-1])]
    left = dy[hits] * x[hits] - dx[hits] * y[hits] > 0
    distance = np.sqrt(off[hits])
    return Places(s[hits], np.where(left, -distance, distance), along[hits])


def match_one(lines: Lines, ask: Ask) -> Place:
    """The best place of one fix."""
    row = ask.row
    start, stop = int(lines.start[row]), int(lines.start[row + 1])
    base = float(lines.base[row])
    low = max(float(np.floor(ask.low)), 0.0)
    high = min(float(np.ceil(ask.high)), float(lines.length[row]))
    own = lines.along[start:stop]
    first = min(int(own.searchsorted(base + low, "right")) - 1, stop - start - 2)
    count = max(int(own.searchsorted(base + high, "left")) - first, 1)
    if count > _FEW:
        asks = Asks(*(np.array([value]) for value in ask))
        return Place(*(float(column[0]) for column in match(lines, asks)))
    at = slice(start + first, start + first + count + 1)
    return _least(ask, own[first : first + count + 1] - base, lines.x[at], lines.y[at], low, high)


def _least(
    ask: Ask, s: Floats, xs: NDArray[np.int32], ys: NDArray[np.int32], low: float, high: float
) -> Place:
    """The best place on a few segments, in plain numbers."""
    _, _, _, fix_x, fix_y, kx, ky, east, north, due, pull = ask
    best, found = inf, (0.0, 0.0, 0.0, False)
    metres, vx, vy = s.tolist(), xs.tolist(), ys.tolist()
    for i in range(len(metres) - 1):
        s0, x0, y0 = metres[i], vx[i], vy[i]
        step = metres[i + 1] - s0
        x, y = (x0 - fix_x) * kx, (y0 - fix_y) * ky
        dx, dy = (vx[i + 1] - x0) * kx, (vy[i + 1] - y0) * ky
        square = dx * dx + dy * dy
        t = -(x * dx + y * dy) / square
        t = max(t, (low - s0) / step, 0.0)
        t = min(t, (high - s0) / step, 1.0)
        px, py = x + t * dx, y + t * dy
        here = s0 + t * step
        along = (dx * east + dy * north) / sqrt(square)
        off = px * px + py * py
        pulled = (here - due) * pull
        cost = off + TURN_2 * (1.0 - along) + pulled * pulled
        if cost < best:
            best, found = cost, (here, off, along, dy * x - dx * y > 0)
    here, off, along, left = found
    distance = sqrt(off)
    return Place(here, -distance if left else distance, along)
