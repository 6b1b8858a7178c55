"""Timetables that say one time of many stops: in which order they are, and when.

Some feeds give all stops between two time points the time of the first, and then no longer
say their order.  The ground does: it is a short way past all of them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from milepost.backtest.sets import Floats

_MANY = 3  #: stops of one time; two in one minute are ordinary


def order(second: Floats, x: Floats, y: Floats) -> NDArray[np.intp]:
    """The order of the stops of a trip, of which those of equal time stand in any order.

    Args:
        second: planned times, never falling.
        x: m to the east.
        y: m to the north.
    """
    found: list[int] = []
    cuts = _cuts(second)
    for number, (low, high) in enumerate(pairwise(cuts)):
        rows = list(range(low, high))
        if len(rows) >= _MANY:
            after = slice(high, cuts[number + 2]) if high < len(second) else None
            ends = found[-1:], after
            rows = _way(rows, np.stack([x, y], axis=1), *ends)
        found += rows
    return np.array(found, np.intp)


def evened(second: Floats, along: Floats) -> Floats:
    """The times with those of many stops spread to the next time by the metres between them."""
    cuts = _cuts(second)
    times = second.copy()
    for low, high in pairwise(cuts):
        if high - low >= _MANY and high < len(second):
            way = along[low : high + 1] - along[low]
            share = way / way[-1] if way[-1] > 0 else np.linspace(0, 1, len(way))
            times[low:high] += share[:-1] * (second[high] - second[low])
    return times


def _cuts(second: Floats) -> list[int]:
    changes = np.flatnonzero(np.diff(second) != 0) + 1
    return [0, *changes.tolist(), len(second)]


def _way(
    rows: list[int], places: NDArray[np.float64], before: list[int], after: slice | None
) -> list[int]:
    """A short way past ``rows``, from the stop before to the middle of those after.

    The nearest next one first; then stretches are turned round as long as that is shorter.
    """
    goal = None if after is None else places[after].mean(axis=0)
    left, way = list(rows), []
    if before:
        here = places[before[0]]
    else:  # begins where it is farthest from the goal
        here = places[rows].mean(axis=0) if goal is None else 2 * places[rows].mean(axis=0) - goal
    start = here if before else None
    while left:
        nearest = min(left, key=lambda row: float(np.hypot(*(places[row] - here))))
        left.remove(nearest)
        way.append(nearest)
        here = places[nearest]
    return _untangled(way, places, start, goal)


def _untangled(
    way: list[int],
    places: NDArray[np.float64],
    start: NDArray[np.float64] | None,
    goal: NDArray[np.float64] | None,
) -> list[int]:
    def metres(rows: list[int]) -> float:
        points = [*([] if start is None else [start]), *places[rows]]
        points += [] if goal is None else [goal]
        return float(np.hypot(*np.diff(np.array(points), axis=0).T).sum())

    best, shorter = metres(way), True
    while shorter:
        shorter = False
        for low in range(len(way) - 1):
            for high in range(low + 2, len(way) + 1):
                turned = way[:low] + way[low:high][::-1] + way[high:]
                if (length := metres(turned)) < best - 1e-6:
                    way, best, shorter = turned, length, True
    return way
