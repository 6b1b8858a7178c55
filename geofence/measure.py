"""How far positions are from outlines, many pairs of both at once.

Everything is in metres of the outlines' own frames (``geofence.spines``).  The **signed
distance** to an outline is negative inside.  The border is inside, and what lies within a
micrometre of it is on it: degrees in double precision are no finer than a nanometre.

Inside a ring is where a ray to the east crosses its edges an odd number of times.  Of a stretch
of edges that lies to the east as a whole, its ends alone tell whether that number is odd.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import hypot, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from geofence.frame import Floats
from geofence.spines import AX, AY, BOTTOM, BX, BY, TOP, Ints, Spines, ragged

Bools = NDArray[np.bool_]
Places = tuple[Floats, Floats]  #: x and y

TOUCH = 1e-6  #: m
_SLACK = 1e-3  #: m; more than what rounding does to a box
#: Stretches looked at in one go: the arrays on the way stay within a processor's second cache.
BLOCK = 1 << 15
#: Stretches of one outline that are quicker looked at one by one than in arrays.
FEW = 40


def signed(spines: Spines, slot: Ints, where: Places, reach: Floats, deep: Floats) -> Floats:
    """Signed distance (m) of each position to its outline, where that is from -deep to reach.

    What lies further outside or deeper inside gets a number beyond, perhaps infinity.

    Args:
        spines: all outlines.
        slot: of the outlines, shape (m,).
        where: x and y of the positions in the frames of their outlines, shape (m,).
        reach: m, not negative.
        deep: m, not negative.
    """
    x, y = where
    away = np.full(len(slot), np.inf)
    odd = np.zeros(len(slot), bool)
    radius, closed = spines.radius[slot], spines.closed[slot]
    reach = reach + radius + TOUCH
    deep = np.where(closed, deep + TOUCH, reach)
    for part in blocks(spines, slot):
        away[part], odd[part] = _nearest(
            spines, slot[part], (x[part], y[part]), reach[part], deep[part]
        )
    depth: Floats = np.where(odd & closed, -away, away) - radius
    depth[np.abs(depth) <= TOUCH] = 0.0
    return depth


def blocks(spines: Spines, slot: Ints) -> Iterator[slice]:
    """Runs of pairs with about ``BLOCK`` stretches together."""
    last = np.cumsum(spines.count[slot])
    if not len(last):
        return
    cuts = np.searchsorted(last, np.arange(BLOCK, last[-1], BLOCK))
    edges = np.unique(np.concatenate([[0], cuts, [len(slot)]])).tolist()
    for begin, end in pairwise(edges):
        yield slice(begin, end)


def _nearest(
    spines: Spines, slot: Ints, where: Places, reach: Floats, deep: Floats
) -> tuple[Floats, Bools]:
    """Distance to the spine, and whether a ray to the east crosses it oddly.

    The distance is right up to ``reach``, or up to ``deep`` where it does; beyond, it is greater.
    """
    x, y = where
    count = spines.count[slot]
    pair = np.repeat(np.arange(len(slot)), count)
    stretch = ragged(spines.first[slot], count)
    heads = spines.heads.T
    level = (heads[BOTTOM][stretch] <= np.repeat(y + reach, count)) & (
        heads[TOP][stretch] >= np.repeat(y - reach, count)
    )
    pair, stretch = pair[level], stretch[level]
    at_x, at_y = x[pair], y[pair]
    left, right, bottom, top, begin, end = spines.heads.take(stretch, axis=0).T
    east = (at_x < left) & ((begin > at_y) != (end > at_y))
    crossed = np.bincount(pair[east], minlength=len(slot))

    aside = np.maximum(np.maximum(left - at_x, at_x - right), 0.0)
    above = np.maximum(np.maximum(bottom - at_y, at_y - top), 0.0)
    gap = aside * aside + above * above
    square = np.full(len(slot), np.inf)

    def look(which: Ints) -> tuple[Ints, Floats, Floats, Floats]:
        return pair[which], spines.edges.take(stretch[which], axis=0), at_x[which], at_y[which]

    own, edges, east_of, north_of = look(np.flatnonzero(gap == 0))  # boxes that hold it
    least, crossings = to_edges(edges, east_of[:, None], north_of[:, None])
    _lower(square, own, least)
    crossed += np.bincount(own, weights=crossings, minlength=len(slot)).astype(np.intp)
    odd: Bools = crossed % 2 == 1
    far = np.where(odd, deep, reach)
    near = np.minimum(far * far, square)[pair]
    own, edges, east_of, north_of = look(np.flatnonzero((gap > 0) & (gap <= near)))
    _lower(square, own, squares(edges, east_of[:, None], north_of[:, None]))
    return np.sqrt(square), odd


def _lower(least: Floats, at: Ints, values: Floats) -> None:
    """Put the least of the ``values`` there, where it is less; ``at`` ascends."""
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    if len(starts):
        own = at[starts]
        least[own] = np.minimum(least[own], np.minimum.reduceat(values, starts))


def to_edges(edges: Floats, x: Floats, y: Floats) -> tuple[Floats, Ints]:
    """Of positions, shape (m, 1), and edges, shape (m, 4, k), of which some are not NaN.

    Returns:
        The square of the least distance, m2; and how many edges a ray to the east crosses.
    """
    ax, ay, bx, by = (edges[:, part] for part in (AX, AY, BX, BY))
    to_ay, to_by = y - ay, y - by
    below = to_by < 0
    turn = (x - ax) * to_by - to_ay * (x - bx) > 0
    crossings = np.count_nonzero(((to_ay < 0) != below) & (turn == below), axis=1)
    return squares(edges, x, y), crossings


def squares(edges: Floats, x: Floats, y: Floats) -> Floats:
    """The square of the least distance alone, as ``to_edges``."""
    ax, ay, bx, by = (edges[:, part] for part in (AX, AY, BX, BY))
    least: Floats = np.fmin.reduce(square_to(x - ax, y - ay, bx - ax, by - ay), axis=1)
    return least


def square_to(x: Floats, y: Floats, along_x: Floats, along_y: Floats) -> Floats:
    """Square of the distance from (x, y) to the segment from the origin to (along_x, along_y)."""
    length = along_x * along_x + along_y * along_y
    share = (x * along_x + y * along_y) / np.maximum(length, TOUCH * TOUCH)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    x, y = x - share * along_x, y - share * along_y
    square: Floats = x * x + y * y
    return square


def signed_of(spines: Spines, slot: int, x: float, y: float, reach: float = inf) -> float:
    """``signed`` of one pair; by the same formulas, so that both agree to the bit.

    What lies further than ``reach`` (m), outside or inside, gets a number beyond.
    """
    radius = float(spines.radius[slot])
    if spines.count[slot] > FEW:
        square, odd = _nearest_of_many(spines, slot, x, y)
    elif is_circle(spines, slot):
        square, odd = x * x + y * y, False
    else:
        square, odd = _nearest_of_few(spines, slot, x, y, reach + radius + 2 * TOUCH)
    away = sqrt(square)
    depth = (-away if odd and spines.closed[slot] else away) - radius
    return 0.0 if abs(depth) <= TOUCH else depth


def is_beyond(spines: Spines, slot: int, x: float, y: float, reach: float) -> bool:
    """Whether the signed distance is more than ``reach`` (m, not negative).

    The outline touches each side of its box, so that the box tells unless it is a near thing.
    """
    west, south, east, north = spines.box[slot].tolist()
    to_west, to_east, to_south, to_north = (
        abs(x - west),
        abs(x - east),
        abs(y - south),
        abs(y - north),
    )
    aside = 0.0 if west <= x <= east else min(to_west, to_east)
    above = 0.0 if south <= y <= north else min(to_south, to_north)
    far = reach + float(spines.radius[slot])
    if hypot(aside, above) > far + _SLACK:
        return True
    to_side = hypot(min(to_west, to_east), max(to_south, to_north))
    if min(to_side, hypot(max(to_west, to_east), min(to_south, to_north))) < far - _SLACK:
        return False
    if _holds_a_stretch(spines, slot, x, y, far - _SLACK):
        return False
    return signed_of(spines, slot, x, y, reach) > reach


def _holds_a_stretch(spines: Spines, slot: int, x: float, y: float, reach: float) -> bool:
    """Whether the box of any stretch lies within ``reach`` as a whole."""
    square = reach * reach
    for left, right, bottom, top, _, _ in stretches_of(spines, slot):
        aside = max(x - left, right - x)
        above = max(y - bottom, top - y)
        if aside * aside + above * above < square:
            return reach > 0
    return False


def is_circle(spines: Spines, slot: int) -> bool:
    """Whether the spine is a point; it is the origin of its frame."""
    one = spines.count[slot] == 1 and not spines.closed[slot]
    return bool(one and not spines.heads[spines.first[slot]].any())


def stretches_of(spines: Spines, slot: int) -> list[list[float]]:
    """The heads of one outline, as plain numbers."""
    first = spines.first[slot]
    heads: list[list[float]] = spines.heads[first : first + spines.count[slot]].tolist()
    return heads


def _nearest_of_many(spines: Spines, slot: int, x: float, y: float) -> tuple[float, bool]:
    square, crossings = to_edges(flat(spines, slot)[None], np.array([[x]]), np.array([[y]]))
    return float(square[0]), bool(crossings[0] % 2)


def _nearest_of_few(
    spines: Spines, slot: int, x: float, y: float, reach: float
) -> tuple[float, bool]:
    """One by one, from the nearest stretch on: a call of numpy costs as much as an edge.

    The square is right up to that of ``reach``; more is cut to it.
    """
    least, first = reach * reach, int(spines.first[slot])
    order, odd = _boxes(spines, slot, x, y, least)
    for gap, number in order:
        if gap > least:
            break
        for ax, ay, bx, by in zip(*spines.edges[first + number].tolist(), strict=True):
            if ax != ax:  # NaN: there are no more  # noqa: PLR0124
                break
            to_ax, to_ay, to_by = x - ax, y - ay, y - by
            if not gap and (to_ay < 0) != (to_by < 0):
                odd ^= (to_ax * to_by - to_ay * (x - bx) > 0) == (to_by < 0)
            along_x, along_y = bx - ax, by - ay
            length = along_x * along_x + along_y * along_y
            share = (to_ax * along_x + to_ay * along_y) / max(length, TOUCH * TOUCH)
            share = min(share, 1.0) if share > 0.0 else 0.0
            to_ax, to_ay = to_ax - share * along_x, to_ay - share * along_y
            least = min(least, to_ax * to_ax + to_ay * to_ay)
    return least, odd


def _boxes(
    spines: Spines, slot: int, x: float, y: float, least: float
) -> tuple[list[tuple[float, int]], bool]:
    """The stretches whose boxes are within ``least`` (m2), the nearest first.

    And whether a ray to the east crosses those that lie to the east as a whole oddly.
    """
    order, odd = [], False
    for number, (left, right, bottom, top, begin, end) in enumerate(stretches_of(spines, slot)):
        aside = left - x if x < left else x - right if x > right else 0.0
        above = bottom - y if y < bottom else y - top if y > top else 0.0
        gap = aside * aside + above * above
        if gap <= least:
            order.append((gap, number))
        if x < left and (begin > y) != (end > y):
            odd = not odd
    order.sort()
    return order, odd


def flat(spines: Spines, slot: int) -> Floats:
    """Rows ax, ay, bx, by of all edges of one outline, with NaN in between."""
    first = spines.first[slot]
    rows: Floats = spines.edges[first : first + spines.count[slot]].transpose(1, 0, 2)
    return rows.reshape(4, -1)
