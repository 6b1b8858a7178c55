"""Builders: fences and drives in metres round a place near Wuhan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from fleet.fences import Expected, FenceTerms, FenceVersion, Role, ShapeKind, StopRule
from fleet.nodes import Visit
from geofence.frame import Frame
from geofence.index import Index
from geofence.outline import encode, to_degrees
from geofence.visits import Memory, Rules, Track, empty_places, follow

START = 1_772_352_000.0  #: 2026-03-01T08:00:00Z, 16:00 in Wuhan, a Sunday
PLACE = Frame(114.30, 30.60)
ZONE = "Asia/Shanghai"


def version(
    fence: int, outline: tuple[ShapeKind, BaseGeometry, float], **given: object
) -> FenceVersion:
    """A hub of site ``fence``; ``given`` are fields of the version or of its terms."""
    kind, spine, radius = outline
    shape = encode(kind, to_degrees(spine, PLACE), radius)
    terms = FenceTerms(
        outline=shape,
        role=Role.HUB,
        node_level=True,
        margin=60.0,
        dwell_in=120.0,
        dwell_out=120.0,
        stop_rule=StopRule.STAY,
    )
    whole = FenceVersion(fence, 1, fence, 0, ZONE, 0.0, inf, terms)
    own = {name: value for name, value in given.items() if name in FenceVersion.__slots__}
    of_terms = {name: value for name, value in given.items() if name not in own}
    terms = replace(terms, **of_terms)  # type: ignore[arg-type]  # fields of it
    return replace(whole, **own, terms=terms)  # type: ignore[arg-type]  # likewise


def circle(fence: int, x: float, y: float, radius: float, **given: object) -> FenceVersion:
    return version(fence, (ShapeKind.CIRCLE, shapely.Point(x, y), radius), **given)


def box(  # x and y from and to
    fence: int, west: float, south: float, east: float, north: float, **given: object
) -> FenceVersion:
    return version(fence, (ShapeKind.POLYGON, shapely.box(west, south, east, north), 0.0), **given)


def expect(site: int, begin: float = 0.0, end: float = inf) -> tuple[Expected, ...]:
    """Vehicle 0 is expected at ``site``; times in s after ``START``."""
    return (Expected(0, site, START + begin, START + end),)


@dataclass(frozen=True)
class Drive:
    """Where a vehicle is: way points in s after ``START`` and metres, straight lines between."""

    points: tuple[tuple[float, float, float], ...]

    @classmethod
    def at(cls, x: float, y: float, time: float = 0.0) -> Drive:
        return cls(((time, x, y),))

    def to(self, x: float, y: float, speed: float = 12.0) -> Drive:
        """Drive there at an even pace, m/s."""
        time, x0, y0 = self.points[-1]
        return Drive((*self.points, (time + float(np.hypot(x - x0, y - y0)) / speed, x, y)))

    def wait(self, seconds: float) -> Drive:
        time, x, y = self.points[-1]
        return Drive((*self.points, (time + seconds, x, y)))

    @property
    def now(self) -> float:
        return self.points[-1][0]

    def fixes(self, every: float = 10.0, *, without: Sequence[tuple[float, float]] = ()) -> Track:
        """Fixes without noise, but for the stretches of time ``without``."""
        times = np.arange(self.points[0][0], self.now + every / 2, every)
        for begin, end in without:
            times = times[(times <= begin) | (times >= end)]
        t, x, y = np.array(self.points).T
        return track(times, np.interp(times, t, x), np.interp(times, t, y))


def track(
    time: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    sigma: float = 8.0,
    decides: ArrayLike = True,
    vehicle: int = 0,
) -> Track:
    """Fixes at times (s after ``START``) and places (m)."""
    times, east, north = (np.asarray(column, np.float64) for column in (time, x, y))
    lon, lat = PLACE.to_degrees(east, north)
    count = len(times)
    return Track(
        np.full(count, vehicle, np.int32),
        np.full(count, 7, np.int32),
        START + times,
        lon,
        lat,
        np.full(count, sigma),
        np.broadcast_to(np.asarray(decides, np.bool_), count),
        standing(START + times, east, north),
    )


def standing(
    time: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Since when it stands: 60 s within 50 m, as the screen has it; NaN while it moves."""
    stood = np.full(len(time), np.nan)
    begin = 0
    for row in range(len(time)):
        if np.hypot(x[row] - x[begin], y[row] - y[begin]) > 50.0:
            begin = row
            # Not where it drove on the way here, but where it is slow.
        while begin < row and _pace(time, x, y, begin) > 5 / 3.6:
            begin += 1
        if time[row] - time[begin] >= 60.0:
            stood[row] = time[begin]
    return stood


def _pace(
    time: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64], row: int
) -> float:
    way = np.hypot(x[row + 1] - x[row], y[row + 1] - y[row])
    return float(way / max(time[row + 1] - time[row], 1e-3))


def together(*tracks: Track) -> Track:
    """Fixes of several vehicles, or of one in several pieces, in order."""
    columns = {
        name: np.concatenate([getattr(track, name) for track in tracks]) for name in Track.__slots__
    }
    whole = Track(**columns)
    return whole.rows(np.lexsort((whole.time, whole.vehicle)))


def visits_of(
    fixes: Track,
    *fences: FenceVersion,
    expected: tuple[Expected, ...] = (),
    rules: Rules | None = None,
) -> tuple[Visit, ...]:
    """The visits of vehicle 0."""
    index = Index.build(fences, 1)
    known = {0: expected} if expected else {}
    done = follow(fixes, index, Memory(empty_places(1)), rules or Rules(), known, gate=False)
    return done.visits.get(0, ())


def said(visits: Sequence[Visit]) -> list[str]:
    """``"fence state"`` of each, and what it yielded to."""
    return [
        f"{visit.fence} {visit.state}" + (f" yields to {visit.yielded_to}" * bool(visit.yielded_to))
        for visit in visits
    ]
