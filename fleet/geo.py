"""Distance and direction on the earth, arrays in, arrays out.

Distances are metres on the mean sphere (haversine): at most 0.6 % from the ellipsoid,
which no screen here can tell.  Directions are degrees clockwise from true north.

Flat frames round a place are metres by the ellipsoid, from nothing but sums and products: a
refold must come to the same bits as the fold, whether rows are taken one by one or in arrays,
and the sine of a library may differ in the last bit between the two.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

EARTH = 6_371_008.8  #: m; mean radius of WGS 84 (IUGG)

Floats = NDArray[np.float64]


def distance(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Metres between two positions; right across the antimeridian; NaN where either is NaN."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_phi, half_lambda = (phi2 - phi1) / 2, np.radians(lon2 - lon1) / 2
    a = np.sin(half_phi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lambda) ** 2
    metres: Floats = 2 * EARTH * np.arcsin(np.sqrt(np.minimum(a, 1.0)))
    return metres


def distance_of(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    """``distance`` of two single positions: the same formula, without arrays."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half_phi, half_lambda = (phi2 - phi1) / 2, radians(lon2 - lon1) / 2
    a = sin(half_phi) ** 2 + cos(phi1) * cos(phi2) * sin(half_lambda) ** 2
    return 2 * EARTH * asin(sqrt(min(a, 1.0)))


def length(lon: Floats, lat: Floats) -> float:
    """Metres along the positions in order; 0 for fewer than two."""
    return float(distance(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


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


def wrap(degrees: Real) -> Real:
    """The same direction within [-180, 180)."""
    return (degrees + 180.0) % 360.0 - 180.0


def unwrap(lon: Floats) -> Floats:
    """The same longitudes, none more than 180 degrees from the one before."""
    if not len(lon):
        return lon
    turns = np.cumsum(np.round(np.diff(lon) / 360.0))
    unwrapped: Floats = lon - 360.0 * np.append(0.0, turns)
    return unwrapped
