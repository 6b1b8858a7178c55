"""Lines drawn from positions, with via points that lines along the same street share.

A recording without a timetable names few stops.  What is learned of a stretch should be of use
to all who drive there, so the street is cut at the same points for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from fleet.geo import distance
from milepost.backtest.sets import Floats, Way
from milepost.backtest.truth import PER_DEGREE

VERTEX = 100.0  #: m between vertices of a line; positions within are one
FEW = 20  #: positions that draw a line
_APART = 800.0  #: m between new via points
_GAP = 1000.0  #: m without one that ask for new ones
_CLOSE = 250.0  #: m; a via point nearer to another one is left out
_BESIDE = 50.0  #: m that a line may lie off a point: medians of GPS in streets
_TURN = cos(radians(45.0))  #: between directions; the opposite lane is another street
_STEP = 20.0  #: m
_NOWHERE = np.empty(0)


@dataclass(frozen=True, slots=True)
class Path:
    """A line with its stops, in order."""

    way: Way
    metres: Floats  #: of each stop, by the count of the recording


NO_PATH = Path(Way(_NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, _NOWHERE, ()), _NOWHERE)


class Streets:
    """The via points of all lines drawn so far."""

    def __init__(self) -> None:
        self._points: list[tuple[float, float, float, float]] = []  # x, y, direction

    def draw(self, metres: Floats, lon: Floats, lat: Floats, watched: Mapping[str, float]) -> Path:
        """The line through positions, in any order.

        Args:
            metres: how far along each position is, by the count of the recording.
            lon: degrees.
            lat: likewise.
            watched: the stops with names, m by the same count; beyond the line is left out.
        """
        if len(metres) < FEW:
            return NO_PATH
        bins, which = np.unique(np.floor(metres / VERTEX), return_inverse=True)
        metres, lon, lat = (
            np.array([np.median(column[which == one]) for one in range(len(bins))])
            for column in (metres, lon, lat)
        )
        if len(metres) < 2:  # noqa: PLR2004 - a line has two ends
            return NO_PATH
        places = {name: at for name, at in watched.items() if metres[0] <= at <= metres[-1]}
        places |= self._shared(metres, lon, lat, list(places.values()))
        names = tuple(sorted(places, key=places.__getitem__))
        along = np.array([places[one] for one in names])
        s = np.append(0.0, np.cumsum(distance(lon[:-1], lat[:-1], lon[1:], lat[1:])))
        stop_lon, stop_lat, stop_s = (np.interp(along, metres, of) for of in (lon, lat, s))
        return Path(Way(lon, lat, stop_lon, stop_lat, stop_s, names), along)

    def _shared(
        self, metres: Floats, lon: Floats, lat: Floats, taken: list[float]
    ) -> dict[str, float]:
        """Via points of other lines that this one passes, and new ones where there are none."""
        dense = np.arange(metres[0], metres[-1] + _STEP, _STEP)
        x = np.interp(dense, metres, lon) * PER_DEGREE * cos(radians(float(lat[0])))
        y = np.interp(dense, metres, lat) * PER_DEGREE
        east, north = np.gradient(x), np.gradient(y)
        length = np.maximum(np.hypot(east, north), 1e-9)
        line = np.stack([x, y, east / length, north / length], axis=1)
        found: dict[str, float] = {}
        for number, at in self._passed(line):
            if not taken or np.abs(np.array(taken) - dense[at]).min() >= _CLOSE:
                found[f"via {number}"] = float(dense[at])
                taken.append(float(dense[at]))
        known = sorted({float(metres[0]), *taken, float(metres[-1])})
        new = [float(metres[0]), float(metres[-1])]
        for low, high in pairwise(known):
            if high - low > _GAP:
                new += np.linspace(low, high, round((high - low) / _APART) + 1)[1:-1].tolist()
        for place in new:
            if not taken or np.abs(np.array(taken) - place).min() >= _CLOSE:
                found[f"via {len(self._points)}"] = place
                taken.append(place)
                row = line[min(round((place - dense[0]) / _STEP), len(line) - 1)]
                self._points.append(tuple(row.tolist()))
        return found

    def _passed(self, line: NDArray[np.float64]) -> list[tuple[int, int]]:
        """Number of each point that the line passes in its direction, and the row nearest to it."""
        if not self._points:
            return []
        points = np.array(self._points)
        low, high = line[:, :2].min(axis=0) - _BESIDE, line[:, :2].max(axis=0) + _BESIDE
        near = np.flatnonzero(((points[:, :2] >= low) & (points[:, :2] <= high)).all(axis=1))
        off = np.hypot(*(points[near, None, i] - line[None, :, i] for i in (0, 1)))
        along = points[near, 2:] @ line[:, 2:].T
        off[along < _TURN] = np.inf
        at = off.argmin(axis=1)
        passed = np.take_along_axis(off, at[:, None], axis=1)[:, 0] <= _BESIDE
        return sorted(
            zip(near[passed].tolist(), at[passed].tolist(), strict=True), key=lambda one: one[1]
        )
