"""Metres round one place, from nothing but sums and products.

A refold must come to the same bits as the fold, whether rows are taken one by one or in arrays.
The sine and cosine of a library may differ in the last bit between the two; these do not.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Real = TypeVar("Real", float, Floats)

SEMI_MAJOR = 6_378_137.0  #: m; WGS 84
ECCENTRICITY_2 = 0.006_694_379_990_141_317  #: square of WGS 84's first eccentricity
MAX_LAT = 85.0  #: degrees; beyond it a flat frame is useless, and no road goes there

_RADIANS = np.pi / 180
#: Of the cosine's series in the square of the angle; at 85 degrees 3e-11 are missing.
_COSINE = (
    -1 / 87_178_291_200,
    1 / 479_001_600,
    -1 / 3_628_800,
    1 / 40_320,
    -1 / 720,
    1 / 24,
    -1 / 2,
    1.0,
)


def metres_per_degree(lat: Real) -> tuple[Real, Real]:
    """Metres per degree of longitude and of latitude, on the ellipsoid, at most 85 degrees off.

    From the radii of curvature, their roots as series: better than 1e-9.
    """
    phi = lat * _RADIANS
    square = phi * phi
    cosine = square * _COSINE[0] + _COSINE[1]
    for term in _COSINE[2:]:
        cosine = cosine * square + term
    q = (1.0 - cosine * cosine) * ECCENTRICITY_2
    vertical = (((q * 0.3125 + 0.375) * q + 0.5) * q + 1.0) * SEMI_MAJOR
    meridian = (((q * 2.1875 + 1.875) * q + 1.5) * q + 1.0) * (SEMI_MAJOR * (1.0 - ECCENTRICITY_2))
    return vertical * cosine * _RADIANS, meridian * _RADIANS


def wrap(degrees: Floats) -> Floats:
    """The same direction within [-180, 180)."""
    wrapped: Floats = (degrees + 180.0) % 360.0 - 180.0
    return wrapped


def unwrap(lon: Floats) -> Floats:
    """The same longitudes, none more than 180 degrees from the one before."""
    if not len(lon):
        return lon
    turns = np.cumsum(np.round(np.diff(lon) / 360.0))
    unwrapped: Floats = lon - 360.0 * np.append(0.0, turns)
    return unwrapped
