"""One fix in plain numbers, and what it is judged against."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from route.lines import Halts, Lines
from route.memory import Rules


class Fix(NamedTuple):
    """One row, in plain numbers; ``route.progress`` makes them."""

    trip: int  #: key; 0 none
    line: int  #: row in the block; -1 none
    key: int  #: of the line; 0 none
    time: float
    lon: float
    lat: float
    sigma: float
    speed: float
    kx: float  #: m per degree
    ky: float
    east: float  #: course as a unit vector; (0, 0) unknown
    north: float
    x: float  #: as in ``match.Ask``
    y: float
    inside: bool


class Ground(NamedTuple):
    """What a fix is judged against."""

    lines: Lines
    halts: Halts
    rules: Rules


def half_turn(degrees: float) -> float:
    """A difference of longitudes, the short way round."""
    if degrees > 180.0:  # noqa: PLR2004 - half a turn
        return degrees - 360.0
    return degrees + 360.0 if degrees < -180.0 else degrees  # noqa: PLR2004


def is_in_box(fix: Fix, lines: Lines) -> bool:
    """Whether any place of the line can be within the corridor."""
    reach = float(lines.corridor[fix.line]) + fix.sigma
    x, y = fix.x * 1e-7, fix.y * 1e-7
    west, south, east, north = lines.box[fix.line].tolist()
    dx, dy = reach / fix.kx, reach / fix.ky
    return bool(west - dx <= x <= east + dx and south - dy <= y <= north + dy)


def is_at_an_end(fix: Fix, ground: Ground) -> bool:
    """Whether the fix lies round the first or the last vertex of its line."""
    lines = ground.lines
    for vertex in (int(lines.start[fix.line]), int(lines.start[fix.line + 1]) - 1):
        x = (int(lines.x[vertex]) - fix.x) * (fix.kx * 1e-7)
        y = (int(lines.y[vertex]) - fix.y) * (fix.ky * 1e-7)
        if sqrt(x * x + y * y) <= ground.rules.ends:
            return True
    return False
