"""Distance and direction on the earth, arrays in, arrays out.

Distances are metres on the mean sphere (haversine): at most 0.6 % from the ellipsoid,
which no screen here can tell.  Directions are degrees clockwise from true north.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

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
