"""A coarse map of where fences are at all: most fixes are near none, and are done with that.

A cell that no box touches is False.  Positions beyond the ends of the earth count as at its
edge, so a box across the antimeridian is to be entered, and asked about, from both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geofence.frame import Floats
from geofence.spines import Ints

#: degrees, some 10 km: larger than most fences and steps between two fixes; 6 MB in all
CELL = 0.1
_SHAPE = round(180 / CELL), round(360 / CELL)
_ORIGIN = np.array([-180.0, -90.0] * 2)
_LAST = np.array([_SHAPE[1] - 1, _SHAPE[0] - 1] * 2)


@dataclass(frozen=True, slots=True)
class Coarse:
    """Cells by latitude and longitude, the south-west first."""

    taken: NDArray[np.bool_]

    @classmethod
    def build(cls, boxes: Floats) -> Coarse:
        """Of boxes west, south, east, north in degrees, shape (n, 4)."""
        taken = np.zeros(_SHAPE, np.bool_)
        west, south, east, north = cells = _cells(boxes)
        for x in (west, east):
            for y in (south, north):
                taken[y, x] = True
        large = (east - west > 1) | (north - south > 1)
        for left, bottom, right, top in cells[:, large].T.tolist():
            taken[bottom : top + 1, left : right + 1] = True
        return cls(taken)

    def may_touch(self, boxes: Floats) -> NDArray[np.bool_]:
        """False where a box touches none of those entered; True where it may."""
        west, south, east, north = _cells(boxes)
        taken = self.taken
        near = taken[south, west] | taken[south, east] | taken[north, west] | taken[north, east]
        large = (east - west > 1) | (north - south > 1)
        found: NDArray[np.bool_] = near | large
        return found


def _cells(boxes: Floats) -> Ints:
    """Columns and rows of the corners, shape (4, n)."""
    numbers = np.floor((boxes - _ORIGIN) / CELL)
    cells: Ints = np.clip(numbers, 0, _LAST).astype(np.intp).T
    return cells
