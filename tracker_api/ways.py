"""Planned lines as a map of many trips shows them: simplified, and only those in sight.

Lines never change and are shared by plans, so each is simplified once and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.errors import Invalid
from fleet.trips import Line
from store.boxes import Box
from store.trip_lines import OpenLine

#: Degrees, 200 m: less than a pixel of the zooms at which many ways are looked at.
TOLERANCE = 0.002
DECIMALS = 4  #: of a degree: 10 m
MOST = 500  #: lines of one answer; more are a carpet
KEPT = 20_000  #: lines in memory; simplified, some 100 vertices each: 32 MB
#: Lines that are read at once while looking for those in sight; 1,000 vertices each are 12 MB.
TURN = 500

_TURN = 180.0  #: degrees
_POLE = 90.0


def read_box(text: str) -> Box:
    """West, south, east, north in degrees.

    Raises:
        Invalid: they are not four numbers, or not degrees.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("bbox", "expected four numbers: west,south,east,north") from None
    level = -_TURN <= west <= _TURN and -_TURN <= east <= _TURN
    if not (level and -_POLE <= south <= north <= _POLE):
        raise Invalid("bbox", "degrees: longitudes within 180, south below north, within 90")
    return west, south, east, north


@dataclass(frozen=True, slots=True)
class Way:
    """A simplified line: two columns, longitude and latitude."""

    vertices: NDArray[np.float64]

    @classmethod
    def of(cls, line: Line) -> Way:
        """``line``, within ``TOLERANCE`` of itself."""
        whole = shapely.linestrings(line.lon, line.lat)
        return cls(shapely.get_coordinates(shapely.simplify(whole, TOLERANCE)).round(DECIMALS))

    def touches(self, box: Box) -> bool:
        """Whether the line's own box meets ``box``; its ends may lie outside."""
        west, south, east, north = box
        (low_lon, low_lat), (high_lon, high_lat) = self.vertices.min(0), self.vertices.max(0)
        if low_lat > north or high_lat < south:
            return False
        if west > east:  # across the antimeridian
            return bool(high_lon >= west or low_lon <= east)
        return bool(low_lon <= east and high_lon >= west)


@dataclass(slots=True)
class Ways:
    """The simplified lines that were asked for before, by key; for all threads."""

    known: dict[int, Way] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def of(
        self, keys: Iterable[int], load: Callable[[list[int]], Sequence[Line]]
    ) -> dict[int, Way]:
        """The ways with these keys; ``load`` reads those that nobody asked for yet."""
        wanted = set(keys)
        with self.lock:
            found = {key: self.known[key] for key in wanted & self.known.keys()}
        read = {line.key: Way.of(line) for line in load(sorted(wanted - found.keys()))}
        with self.lock:
            if len(self.known) + len(read) > KEPT:
                self.known.clear()  # rare, and read again in a moment
            self.known |= read
        return found | read


def in_sight(
    lines: Sequence[OpenLine],
    box: Box,
    ways: Callable[[Iterable[int]], dict[int, Way]],
    most: int = MOST,
) -> tuple[list[tuple[OpenLine, Way]], bool]:
    """The first ``most`` of ``lines`` that touch ``box``, and whether these are all."""
    found: list[tuple[OpenLine, Way]] = []
    for first in range(0, len(lines), TURN):
        turn = lines[first : first + TURN]
        known = ways(line.line for line in turn)
        for line in turn:
            way = known[line.line]
            if not way.touches(box):
                continue
            if len(found) == most:
                return found, False
            found.append((line, way))
    return found, True
