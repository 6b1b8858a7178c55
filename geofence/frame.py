"""A flat frame round one place: degrees WGS 84 to metres east and north of it, and back.

``x = wrap(lon - lon0) * kx``, ``y = (lat - lat0) * ky``, with the metres per degree of the
ellipsoid at the place.  Affine: a line that is straight in degrees is straight here, so "inside"
is exactly what the outline says, and distances are metres.  At a distance R from the place a
metre is off by about ``R / earth * tan(lat)``: 0.2 % at 10 km and 0.9 % at 50 km at 50 degrees,
0.4 % and 2.1 % at 70; which is why each outline has a frame of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fleet.geo import metres_per_degree, wrap

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """The flat frame round one place; see the module for how good it is."""

    lon0: float  #: degrees
    lat0: float  #: degrees, within 85 of the equator
    kx: float = field(init=False)  #: m per degree of longitude
    ky: float = field(init=False)  #: m per degree of latitude

    def __post_init__(self) -> None:
        kx, ky = metres_per_degree(self.lat0)
        object.__setattr__(self, "kx", kx)
        object.__setattr__(self, "ky", ky)

    def to_local(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Metres east and north of the place, the short way round."""
        x: Floats = wrap(np.asarray(lon, np.float64) - self.lon0) * self.kx
        y: Floats = (np.asarray(lat, np.float64) - self.lat0) * self.ky
        return x, y

    def to_degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Longitudes within [-180, 180) and latitudes."""
        lon = wrap(self.lon0 + np.asarray(x, np.float64) / self.kx)
        lat: Floats = self.lat0 + np.asarray(y, np.float64) / self.ky
        return lon, lat
