"""All planned lines in one block, and the places along them where stops are planned.

Vertex ``i`` of the block lies at ``x[i], y[i]`` (1e-7 degrees) and ``along[i]`` metres: the metres
of all lines are laid end to end, so that one sorted search finds the stretch of every row of a
batch.  16 bytes a vertex.  Where a line begins in the block is a whole metre and its own metres
are multiples of 1/1024, so a difference of two is exact, whatever lines stand before it: a refold
with other lines in the block comes to the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from fleet.geo import unwrap
from fleet.trips import Line
from route.line import TICKS, UNITS

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Rows = NDArray[np.intp]

_APART = 2.0  #: m between the end of one line and the beginning of the next in the block


@dataclass(frozen=True, slots=True)
class Lines:
    """``n`` lines in a block; immutable.  Rows are valid within this value only, keys always."""

    key: Ints  #: of each line, opaque, not 0
    start: Rows  #: n + 1; the vertices of line i are ``start[i]`` to ``start[i + 1] - 1``
    base: Floats  #: m, whole; where the line begins in ``along``
    length: Floats  #: m
    corridor: Floats  #: m
    middle: Floats  #: degrees; ``x`` lies within 180 degrees of it
    box: Floats  #: (n, 4) degrees: lowest x and y, highest x and y
    x: Ints  #: 1e-7 degrees east, unwrapped: it may leave [-180, 180) but never jumps
    y: Ints  #: 1e-7 degrees north
    along: Floats  #: m, rising through the block
    rows: Mapping[int, int]  #: of the keys

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def build(cls, lines: Sequence[Line], before: Lines | None = None) -> Lines:
        """The block of ``lines``; row ``i`` is ``lines[i]``.

        A line never changes, so what ``before`` has under the same key is taken from there.

        Raises:
            ValueError: a key is 0 or stands twice.
        """
        rows = {line.key: row for row, line in enumerate(lines)}
        if len(rows) < len(lines) or 0 in rows:
            raise ValueError("the keys of lines are all different and none is 0")
        parts = [_part(line, before) for line in lines]
        count = np.array([len(part[2]) for part in parts], np.intp)
        length = np.array([part[2][-1] for part in parts], np.float64)
        ends = np.cumsum(np.ceil(length) + _APART)
        base = np.append(0.0, ends[:-1]) if len(lines) else ends
        x, y, s = (
            np.concatenate([part[column] for part in parts] or [np.empty(0)]) for column in range(3)
        )
        start = np.append(0, np.cumsum(count)).astype(np.intp)
        box = _boxes(x, y, start)
        return cls(
            key=np.array([line.key for line in lines], np.int32),
            start=start,
            base=base,
            length=length,
            corridor=np.array([line.corridor for line in lines], np.float64),
            middle=(box[:, 0] + box[:, 2]) / 2,
            box=box,
            x=x.astype(np.int32, copy=False),
            y=y.astype(np.int32, copy=False),
            along=s + np.repeat(base, count),
            rows=rows,
        )

    def row_of(self, key: int) -> int:
        """The row of a line; -1 if it is not in the block."""
        return self.rows.get(key, -1)

    def keys_of(self, row: Ints) -> Ints:
        """The keys of rows; 0 where the row is -1."""
        if not len(self):
            return np.zeros(len(row), np.int32)
        keys: Ints = np.where(row >= 0, self.key.take(row, mode="clip"), np.int32(0))
        return keys


def _part(line: Line, before: Lines | None) -> tuple[Ints, Ints, Floats]:
    """Vertices and metres of one line, as the block keeps them."""
    row = before.rows.get(line.key, -1) if before is not None else -1
    if before is not None and row >= 0:
        own = slice(before.start[row], before.start[row + 1])
        return before.x[own], before.y[own], before.along[own] - before.base[row]
    x = np.rint(unwrap(line.lon) * UNITS).astype(np.int32)
    return x, np.rint(line.lat * UNITS).astype(np.int32), np.rint(line.s * TICKS) / TICKS


def _boxes(x: Ints, y: Ints, start: Rows) -> Floats:
    at = start[:-1]
    if not len(at):
        return np.empty((0, 4))
    edges = [
        np.minimum.reduceat(x, at),
        np.minimum.reduceat(y, at),
        np.maximum.reduceat(x, at),
        np.maximum.reduceat(y, at),
    ]
    boxes: Floats = np.stack(edges, axis=1) / UNITS
    return boxes


#: m; more than any line is long, and a power of two: places of all trips in one sorted array
_STRIDE = float(1 << 27)
_STEPS = 64.0  #: per metre; stops and places are rounded to it, so that all sums are exact


@dataclass(frozen=True, slots=True)
class Halts:
    """Where along its line each trip is to stop; standing there is no delay on the way."""

    trip: Ints  #: keys, ascending
    along: Floats  #: ``_STRIDE`` times the index in ``trip``, plus metres along the line; ascending

    @classmethod
    def build(cls, stops: Mapping[int, Floats]) -> Halts:
        """From the metres of the stops of each trip; NaN (not on the line) is left out."""
        keys = sorted(stops)
        parts = [stops[key] for key in keys]
        if not parts:
            return cls(np.empty(0, np.int32), np.empty(0))
        place = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        s = np.concatenate(parts)
        known = np.isfinite(s)
        return cls(np.array(keys, np.int32), np.sort(_rounded(s[known]) + _STRIDE * place[known]))

    def near(self, trip: Ints, s: Floats, reach: float) -> NDArray[np.bool_]:
        """Where ``s`` is at most ``reach`` metres from a stop of the trip; NaN is near nothing."""
        if not len(self.along):
            return np.zeros(len(trip), np.bool_)
        place = np.searchsorted(self.trip, trip)
        known = self.trip.take(place, mode="clip") == trip
        spot = place * _STRIDE + _rounded(s)
        after = np.searchsorted(self.along, spot - reach)
        found = self.along.take(after, mode="clip")
        near: NDArray[np.bool_] = known & (found >= spot - reach) & (found <= spot + reach)
        return near

    def is_near(self, trip: int, s: float, reach: float) -> bool:
        """The same of a single place."""
        place = int(self.trip.searchsorted(trip))
        if place == len(self.trip) or self.trip[place] != trip or isnan(s):
            return False
        spot = place * _STRIDE + round(s * _STEPS) / _STEPS
        after = int(self.along.searchsorted(spot - reach))
        return after < len(self.along) and float(self.along[after]) <= spot + reach


def _rounded(s: Floats) -> Floats:
    rounded: Floats = np.rint(s * _STEPS) / _STEPS
    return rounded


NO_HALTS = Halts.build({})
