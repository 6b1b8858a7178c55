"""Fences without an index: every fix against every version, with shapely, one by one.

It answers as ``geofence.index.Index`` promises to, slowly and obviously, so that the engine can
be tested without the index and against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from math import isnan
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray

from fleet.fences import FenceVersion, ShapeKind
from geofence.index import Relations, Side
from geofence.outline import equivalent_radius, local

Floats = NDArray[np.float64]


class _Shape:
    def __init__(self, version: FenceVersion) -> None:
        self.version = version
        self.frame, self.spine = local(version.terms.outline)
        self.radius = equivalent_radius(version.terms.outline)

    @cached_property
    def border(self) -> shapely.Geometry:
        outline = self.version.terms.outline
        drawn = (
            shapely.buffer(self.spine, outline.radius, quad_segs=1024)
            if outline.radius
            else self.spine
        )
        return shapely.boundary(drawn)

    def distance(self, lon: float, lat: float) -> float:
        x, y = self.frame.to_local(lon, lat)
        point = shapely.Point(float(x), float(y))
        if self.version.terms.outline.kind is not ShapeKind.POLYGON:
            return float(self.spine.distance(point)) - self.version.terms.outline.radius
        away = float(shapely.boundary(self.spine).distance(point))
        return -away if self.spine.intersects(point) else away

    def side(self, lon: float, lat: float, sigma: float) -> Side:
        away = self.distance(lon, lat)
        if away <= 0 and -away >= min(sigma, self.radius / 2):
            return Side.IN
        if away > self.version.terms.margin and away - sigma > 0:
            return Side.OUT
        return Side.AMBIGUOUS

    def crossings(self, lon1: float, lat1: float, lon2: float, lat2: float) -> tuple[float, ...]:
        (x1, x2), (y1, y2) = self.frame.to_local(np.array([lon1, lon2]), np.array([lat1, lat2]))
        length = float(np.hypot(x2 - x1, y2 - y1))
        if not length:
            return ()
        cut = shapely.LineString([(x1, y1), (x2, y2)]).intersection(self.border)
        at = shapely.get_coordinates(cut)
        way = np.hypot(at[:, 0] - x1, at[:, 1] - y1) / length
        return tuple(sorted({round(share, 12) for share in way.tolist()}))


class PlainIndex:
    """See ``geofence.index.Index``."""

    def __init__(self, versions: Sequence[FenceVersion], revision: int = 1) -> None:
        self.versions = tuple(versions)
        self.fence = np.array([version.fence for version in versions], np.int64)
        self.number = np.array([version.version for version in versions], np.int64)
        self.revision = revision
        self._shapes = [_Shape(version) for version in versions]

    def relate(
        self,
        time: Floats,
        lon: Floats,
        lat: Floats,
        sigma: Floats,
        before_lon: Floats,
        before_lat: Floats,
    ) -> Relations:
        pairs = []
        columns = (time, lon, lat, sigma, before_lon, before_lat)
        for row, (t, x, y, s, x0, y0) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        ):
            for slot, shape in enumerate(self._shapes):
                version = shape.version
                if not version.valid_from <= t < version.valid_to:
                    continue
                side, away = shape.side(x, y, s), shape.distance(x, y)
                crossed = (
                    away > 0
                    and not isnan(x0)
                    and shape.distance(x0, y0) > 0
                    and len(shape.crossings(x0, y0, x, y)) > 1
                )
                if crossed or side is not Side.OUT or away <= version.terms.margin:
                    pairs.append((row, slot, int(side), away <= 0, crossed))
        rows, slots, sides, inside, crossed_ = zip(*pairs, strict=True) if pairs else ((),) * 5
        return Relations(
            np.array(rows, np.intp),
            np.array(slots, np.int32),
            np.array(sides, np.int8),
            np.array(inside, np.bool_),
            np.array(crossed_, np.bool_),
        )

    def slots_of(self, fence: int) -> Sequence[int]:
        mine = [slot for slot, version in enumerate(self.versions) if version.fence == fence]
        return sorted(mine, key=lambda slot: self.versions[slot].valid_from)

    def of_site(self, site: int) -> Sequence[int]:
        return sorted({version.fence for version in self.versions if version.site == site})

    def slot_at(self, fence: int, time: float) -> int:
        for slot in self.slots_of(fence):
            if self.versions[slot].valid_from <= time < self.versions[slot].valid_to:
                return slot
        return -1

    def distance(self, slot: int, lon: float, lat: float) -> float:
        return self._shapes[slot].distance(lon, lat)

    def is_beyond(self, slot: int, lon: float, lat: float, reach: float) -> bool:
        return self.distance(slot, lon, lat) > reach

    def side(self, slot: int, lon: float, lat: float, sigma: float) -> Side:
        return self._shapes[slot].side(lon, lat, sigma)

    def crossings(
        self, slot: int, lon1: float, lat1: float, lon2: float, lat2: float
    ) -> tuple[float, ...]:
        return self._shapes[slot].crossings(lon1, lat1, lon2, lat2)

    def is_open(self, slot: int, time: float) -> bool:
        version = self.versions[slot]
        if not version.terms.hours:
            return True
        local_time = datetime.fromtimestamp(time, ZoneInfo(version.zone))
        for hours in version.terms.hours:
            for back in range(3):
                day = local_time - timedelta(days=back)
                minute = local_time.hour * 60 + local_time.minute + back * 1440
                if day.weekday() in hours.days and hours.opens <= minute < hours.closes:
                    return True
        return False
