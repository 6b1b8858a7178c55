"""Boxes of degrees: west, south, east, north; west > east goes across the antimeridian."""

from __future__ import annotations

from math import cos, radians

from fleet.geo import EARTH

Box = tuple[float, float, float, float]

_TURN = 360.0  #: degrees


def widen(box: Box, metres: float) -> Box:
    """``box`` with at least as much more on each side; all round where that meets itself."""
    west, south, east, north = box
    degrees = metres / (EARTH * radians(1))
    south, north = max(south - degrees, -90.0), min(north + degrees, 90.0)
    shrink = cos(radians(max(abs(south), abs(north))))  # a degree eastwards, against one northwards
    span = (east - west) % _TURN if west > east else east - west
    if span * shrink + 2 * degrees >= _TURN * shrink:
        return -180.0, south, 180.0, north
    return _wrap(west - degrees / shrink), south, _wrap(east + degrees / shrink), north


def _wrap(lon: float) -> float:
    return (lon + 180.0) % _TURN - 180.0
