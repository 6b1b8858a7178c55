"""Positions as people and their tools give them: checked one by one, and made a running ring.

Vertices, rings and parts are counted from 0, as they stand in the GeoJSON; ring 0 is the outer
one, the others are holes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fleet.fences import Datum
from fleet.geo import wrap
from geofence import datum as datums
from geofence.frame import Floats

#: 85 degrees: beyond it a flat frame is off by 2 % within 10 km, and nobody drives there.
POLAR = 85.0
#: Vertices of one outline as given.  The finest border of a port has a few thousand; ten thousand
#: keep the check of one outline, and of one distance to it, within milliseconds.
MOST_VERTICES = 10_000
#: Of a closed ring: a triangle and its first position again (RFC 7946, 3.1.6).
LEAST_IN_RING = 4
_FAR = 1e9  #: no number of degrees, whatever it is


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an outline cannot be used."""

    where: str  #: "ring 1 (hole), vertex 7", or the name of a field
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


class Unusable(Exception):
    """Carries a fault out of the depth of a reading; the public doors return the fault."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.fault = Fault(where, why)


def ring_name(ring: int, part: int | None = None) -> str:
    """What a ring is called to a person; ``part`` where there are several polygons."""
    name = f"ring {ring} (hole)" if ring else "ring 0"
    return name if part is None else f"part {part}, {name}"


def position(given: object, where: str) -> tuple[float, float]:
    """Longitude and latitude of one GeoJSON position; a height is left out.

    Raises:
        Unusable: it is no position, or not within the ranges.
    """
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < 2:  # noqa: PLR2004 - a pair
        raise Unusable(where, "a position is [longitude, latitude]")
    for number in given[:2]:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise Unusable(where, f"{number!r:.60} is no number")
        if not -_FAR <= number <= _FAR:  # also NaN, infinity, and integers too large for a float
            raise Unusable(where, "not a finite number of degrees")
    lon, lat = float(given[0]), float(given[1])
    if abs(lat) > 90:  # noqa: PLR2004 - the pole
        hint = "; are longitude and latitude swapped?" if abs(lon) <= 90 else ""  # noqa: PLR2004 - the pole
        raise Unusable(where, f"latitude {lat} is not within -90 to 90{hint}")
    if abs(lon) > 180:  # noqa: PLR2004 - half a turn
        raise Unusable(where, f"longitude {lon} is not within -180 to 180")
    if abs(lat) > POLAR:
        raise Unusable(
            where, f"latitude {lat} is beyond {POLAR:g}: no metre is right near the poles"
        )
    return lon, lat


def positions(given: object, where: str, datum: Datum) -> Floats:
    """Positions in WGS 84, shape (n, 2).

    Raises:
        Unusable: names the vertex.
    """
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise Unusable(where, "expected a list of positions")
    if len(given) > MOST_VERTICES:
        raise Unusable(where, f"{len(given)} vertices are more than {MOST_VERTICES}")
    label = f"{where}, " if where else ""
    pairs = [position(one, f"{label}vertex {number}") for number, one in enumerate(given)]
    at = np.array(pairs, np.float64).reshape(-1, 2)
    lon, lat = datums.to_wgs84(at[:, 0], at[:, 1], datum)
    return np.column_stack((lon, lat))


def running(at: Floats) -> Floats:
    """The same positions with longitudes that go the short way from each to the next."""
    steps = wrap(np.diff(at[:, 0]))
    # Where nothing jumps, the longitudes stay exactly what was given.
    if np.abs(np.diff(at[:, 0])).max(initial=0.0) <= 180:  # noqa: PLR2004 - half a turn
        return at
    lon = at[0, 0] + np.concatenate(([0.0], np.cumsum(steps)))
    turns = np.round((lon - at[:, 0]) / 360.0)
    return np.column_stack((at[:, 0] + 360.0 * turns, at[:, 1]))


def turned_to(at: Floats, lon: float) -> Floats:
    """The positions, full turns away, whose middle is nearest to ``lon``."""
    turns = round((lon - middle(at)) / 360.0)
    return at + np.array((360.0 * turns, 0.0)) if turns else at


def middle(at: Floats) -> float:
    """Longitude half way between the westernmost and the easternmost position."""
    return float(at[:, 0].min() + at[:, 0].max()) / 2


def ring(given: object, where: str, datum: Datum) -> Floats:
    """A closed ring with running longitudes, shape (n, 2).

    Raises:
        Unusable: it is not closed, has too few vertices, or goes round a pole.
    """
    at = positions(given, where, datum)
    if len(at) < LEAST_IN_RING:
        raise Unusable(
            where, f"{len(at)} vertices are too few: a triangle and its first again make four"
        )
    last = len(at) - 1
    if not np.array_equal(at[0], at[last]):
        raise Unusable(
            f"{where}, vertex {last}", "the ring is not closed: it must end where it begins"
        )
    if len(np.unique(at[:-1], axis=0)) < LEAST_IN_RING - 1:
        raise Unusable(where, "fewer than three different vertices enclose nothing")
    unrolled = running(at)
    if unrolled[0, 0] != unrolled[last, 0]:
        raise Unusable(where, "the ring goes round a pole")
    return unrolled


def line(given: object, where: str, datum: Datum) -> Floats:
    """A line with running longitudes, shape (n, 2).

    Raises:
        Unusable: it has no length.
    """
    at = positions(given, where, datum)
    if len(np.unique(at, axis=0)) < 2:  # noqa: PLR2004 - two ends
        raise Unusable(where or "line", "a line has at least two different vertices")
    return running(at)
