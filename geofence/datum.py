"""GCJ-02 and BD-09, the datums of maps in mainland China, to WGS 84 and back.

Public maps there are shifted by 100 to 700 m: GCJ-02 (Amap, Tencent and all licensed maps) is
WGS 84 plus a smooth offset, BD-09 (Baidu) is GCJ-02 plus another.  A fence drawn on such a map
and judged as WGS 84 lies in the next street, so coordinates are converted once, at entry, and
never mixed.  The formulas and their constants are the widely published ones.  No authority has
ever published them; the way back has no closed form and is iterated.

Where they hold: the rectangle that the formula comes with.  It is larger than China; outside of
it all three are the same, and within a kilometre of its edge a round trip may not come home.
"""

from __future__ import annotations

from math import pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.fences import Datum

Floats = NDArray[np.float64]

WEST, EAST = 72.004, 137.8347  #: degrees; the rectangle in which public maps are shifted
SOUTH, NORTH = 0.8293, 55.8271

_AXIS = 6_378_245.0  #: m; semi-major axis of Krassowsky's ellipsoid, on which the offset is defined
_ECCENTRICITY_2 = 0.006_693_421_622_965_943  #: its first eccentricity squared
_BAIDU = pi * 3000 / 180  #: radians of Baidu's ripple per degree
#: The steps shrink by 50 and more each time (the offset changes by less than 2 % of the way
#: that one moves), so eight end far below a micrometre.
_ROUNDS = 8


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in WGS 84 of positions given in ``datum``.

    Positions may be at most a full turn off; NaN stays NaN.
    """
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if datum is Datum.WGS84:
        return lon, lat
    near_lon, near_lat = lon, lat
    for _ in range(_ROUNDS):
        off_lon, off_lat = _shifted(near_lon, near_lat, datum)
        near_lon, near_lat = near_lon - (off_lon - lon), near_lat - (off_lat - lat)
    return _where_it_holds(lon, lat, near_lon, near_lat)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Floats, Floats]:
    """Longitudes and latitudes in ``datum`` of positions given in WGS 84."""
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if datum is Datum.WGS84:
        return lon, lat
    return _where_it_holds(lon, lat, *_shifted(lon, lat, datum))


def _where_it_holds(
    lon: Floats, lat: Floats, shifted_lon: Floats, shifted_lat: Floats
) -> tuple[Floats, Floats]:
    """The shifted position inside the rectangle, the given one outside of it."""
    inside = (lon > WEST) & (lon < EAST) & (lat > SOUTH) & (lat < NORTH)
    return np.where(inside, shifted_lon, lon), np.where(inside, shifted_lat, lat)


def _shifted(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """The smooth formulas of ``datum``, wherever it is."""
    lon, lat = _gcj02(lon, lat)
    return _bd09(lon, lat) if datum is Datum.BD09 else (lon, lat)


def _waves(at: Floats, *waves: tuple[float, float]) -> Floats:
    """A sum of sines: pairs of amplitude (already times 2/3) and half waves per degree."""
    total = np.zeros_like(at)
    for amplitude, frequency in waves:
        total = total + amplitude * np.sin(at * (pi * frequency))
    return total * (2 / 3)


def _gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS 84 to GCJ-02: a polynomial and sines round 105 E 35 N, in metres, made degrees."""
    x, y = lon - 105.0, lat - 35.0
    root, product = np.sqrt(np.abs(x)), x * y
    ripple = _waves(x, (20.0, 6.0), (20.0, 2.0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root + ripple
    east = east + _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root + ripple
    north = north + _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    phi = np.radians(lat)
    flat = 1.0 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    vertical = _AXIS / np.sqrt(flat)
    meridian = vertical * (1.0 - _ECCENTRICITY_2) / flat
    return (
        lon + np.degrees(east / (vertical * np.cos(phi))),
        lat + np.degrees(north / meridian),
    )


def _bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 to BD-09: a ripple in polar coordinates of the degrees, and a constant offset."""
    far = np.hypot(lon, lat) + 0.000_02 * np.sin(lat * _BAIDU)
    angle = np.arctan2(lat, lon) + 0.000_003 * np.cos(lon * _BAIDU)
    return far * np.cos(angle) + 0.0065, far * np.sin(angle) + 0.006
