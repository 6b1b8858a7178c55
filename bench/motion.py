"""Simulated motion with known truth: lorries that drive, queue, dock, wait and leave.

Everything is in metres of one flat frame and in seconds.  Truth is worked out from the motion
itself, second by second and by plain geometry, never by the engine; what a receiver makes of it
(white noise, slow wander, bursts, spikes, gaps) comes on top, from a seeded generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, pi

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fleet.fences import FenceTerms, FenceVersion, Role, ShapeKind, StopRule
from fleet.records import COLUMNS, FixBatch, Grade
from gateway.judge import Rules as Screen
from gateway.judge import empty_memory, judge
from geofence.frame import Frame
from geofence.outline import encode, to_degrees
from geofence.visits import Track

Floats = NDArray[np.float64]

FRAME = Frame(114.30, 30.60)
BEGIN = 1_772_352_000.0  #: 2026-03-01T08:00:00Z
SIGMA_PER_HDOP = 5.0  #: m; as the screen has it


@dataclass(frozen=True, slots=True)
class Noise:
    """What a receiver adds; lengths in m, one sigma per axis."""

    white: float = 8.0
    wander: float = 4.0  #: slow, as satellites and reflections change
    wander_time: float = 120.0  #: s
    bursts: float = 0.002  #: per fix: the begin of some fixes several tens of metres off
    spikes: float = 0.0005  #: per fix: one fix 200 m off
    told: float = 8.0  #: the accuracy that it reports, also when it is wrong


@dataclass(frozen=True, slots=True)
class Path:
    """Where a vehicle really is, second by second."""

    time: Floats  #: s after ``BEGIN``, 1 s apart
    x: Floats
    y: Floats

    def at(self, time: Floats) -> tuple[Floats, Floats]:
        """Position at other times."""
        return np.interp(time, self.time, self.x), np.interp(time, self.time, self.y)

    def speed(self, time: Floats) -> Floats:
        """m/s, over the second around each time."""
        (x0, y0), (x1, y1) = self.at(time - 0.5), self.at(time + 0.5)
        pace: Floats = np.hypot(x1 - x0, y1 - y0)
        return pace


@dataclass(frozen=True, slots=True)
class Leg:
    """A way to a place, how fast each part of it may be driven, and how long it waits there."""

    points: tuple[tuple[float, float], ...]  #: after the place where the last leg ended
    limits: tuple[float, ...]  #: m/s, on the way to each point
    wait: float = 0.0  #: s, standing, at the end


PULL, BRAKE = 0.5, 0.8  #: m/s2; a loaded lorry


def path(start: tuple[float, float], legs: Sequence[Leg], begin: float = 0.0) -> Path:
    """Drive ``legs``: as fast as the limits allow, standing still at the end of those that wait."""
    times, xs, ys = [np.array([begin])], [np.array([start[0]])], [np.array([start[1]])]
    queue: list[tuple[tuple[float, float], float]] = []
    here, now = start, begin
    for number, leg in enumerate(legs):
        queue += zip(leg.points, leg.limits, strict=True)
        if not leg.wait and number < len(legs) - 1:
            continue
        took, x, y = _driven(here, queue)
        times.append(now + took)
        xs.append(x)
        ys.append(y)
        here, now, queue = (float(x[-1]), float(y[-1])), now + float(took[-1]) + leg.wait, []
        times.append(np.array([now]))
        xs.append(x[-1:])
        ys.append(y[-1:])
    time, first = np.unique(np.concatenate(times), return_index=True)
    whole = np.arange(begin, now + 1.0)
    x, y = (np.interp(whole, time, np.concatenate(part)[first]) for part in (xs, ys))
    return Path(whole, x, y)


def _driven(
    start: tuple[float, float], queue: list[tuple[tuple[float, float], float]]
) -> tuple[Floats, Floats, Floats]:
    """Time and place every two metres from standing to standing."""
    corners = np.array([start, *(point for point, _ in queue)])
    ways = np.hypot(*np.diff(corners, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(ways)])
    steps = max(int(along[-1] / 2), 2)
    way = np.linspace(0.0, along[-1], steps)
    part = np.minimum(np.searchsorted(along, way, side="right") - 1, len(queue) - 1)
    limit = np.array([limit for _, limit in queue])[part]
    each = along[-1] / (steps - 1)
    limit[0] = limit[-1] = 0.3
    pace = _eased(_eased(limit, each, PULL)[::-1], each, BRAKE)[::-1]
    took = np.concatenate([[0.0], np.cumsum(2 * each / (pace[1:] + pace[:-1]))])
    return took, np.interp(way, along, corners[:, 0]), np.interp(way, along, corners[:, 1])


def _eased(limit: Floats, each: float, change: float) -> Floats:
    """No faster than ``limit``, and no quicker to become faster than ``change`` m/s2."""
    eased = limit.copy()
    for step in range(1, len(eased)):
        reach = (eased[step - 1] ** 2 + 2 * change * each) ** 0.5
        eased[step] = min(eased[step], reach)
    return eased


@dataclass(frozen=True, slots=True)
class Place:
    """A fence in metres."""

    version: FenceVersion
    shape: BaseGeometry  #: circles with so many corners that they are round to a centimetre
    frame: Frame = FRAME  #: of ``shape``

    def covers(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Which positions lie inside."""
        west, south, east, north = shapely.bounds(self.shape)
        inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        inside[inside] = shapely.intersects_xy(self.shape, x[inside], y[inside])
        return inside

    def crossing(self, motion: Path, second: int) -> float:
        """When between this second and the next it went in or out."""
        time = np.linspace(motion.time[second], motion.time[second + 1], 101)
        inside = self.covers(*motion.at(time))
        return float(time[np.flatnonzero(inside != inside[0])[:1].sum()])


def place(
    fence: int,
    shape: BaseGeometry,
    radius: float = 0.0,
    *,
    parent: int = 0,
    nodes: bool = True,
) -> Place:
    """A hub: a polygon, or a point with a radius; ``nodes``: its visits become nodes."""
    kind = ShapeKind.CIRCLE if radius else ShapeKind.POLYGON
    outline = encode(kind, to_degrees(shape, FRAME), radius)
    drawn = shapely.buffer(shape, radius, quad_segs=256) if radius else shape
    shapely.prepare(drawn)
    size = (shapely.area(drawn) / pi) ** 0.5
    terms = FenceTerms(
        outline=outline,
        role=Role.HUB,
        node_level=nodes,
        margin=min(max(0.2 * size, 30.0), 150.0),
        dwell_in=120.0,
        dwell_out=120.0,
        stop_rule=StopRule.STAY,
    )
    return Place(FenceVersion(fence, 1, fence, parent, "Asia/Shanghai", 0.0, inf, terms), drawn)


@dataclass(frozen=True, slots=True)
class Stay:
    """Truth: a vehicle was inside a fence."""

    vehicle: int
    fence: int
    begin: float  #: s since 1970
    end: float
    stands: bool  #: it stood there for as long as makes a visit


def stays(vehicle: int, motion: Path, places: Sequence[Place], stop: float = 300.0) -> list[Stay]:
    """When a vehicle really was inside which place; to a hundredth of a second."""
    found: list[Stay] = []
    still = motion.speed(motion.time) < 0.2  # m/s: at the dock, not at the gate
    for each in places:
        inside = each.covers(motion.x, motion.y)
        edges = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        for first, after in edges.tolist():
            begin = each.crossing(motion, first - 1) if first else motion.time[0]
            end = each.crossing(motion, after - 1) if after < len(inside) else motion.time[-1]
            stands = np.count_nonzero(still[first:after]) >= stop
            fence = each.version.fence
            found.append(Stay(vehicle, fence, BEGIN + begin, BEGIN + end, bool(stands)))
    return sorted(found, key=lambda stay: stay.begin)


def observe(
    rng: np.random.Generator,
    vehicle: int,
    motion: Path,
    every: float,
    noise: Noise,
) -> FixBatch:
    """What a receiver reports of a motion every ``every`` seconds."""
    time = np.arange(motion.time[0] + rng.uniform(0, every), motion.time[-1], every)
    time = np.round(time, 3).astype(np.float64)
    speed = np.abs(motion.speed(time) + rng.normal(0, 0.2, len(time)))
    x, y = (
        axis + rng.normal(0, noise.white, len(time)) + _wander(rng, len(time), every, noise)
        for axis in motion.at(time)
    )
    _burst(rng, x, y, noise)
    spikes = np.flatnonzero(rng.random(len(time)) < noise.spikes)
    angle = rng.uniform(0, 2 * pi, len(spikes))
    x[spikes] += 200 * np.cos(angle)
    y[spikes] += 200 * np.sin(angle)
    lon, lat = FRAME.to_degrees(x, y)
    return reported(
        np.full(len(time), vehicle, np.int32), BEGIN + time, lon, lat, speed, noise.told
    )


def _wander(rng: np.random.Generator, count: int, every: float, noise: Noise) -> Floats:
    """A slow error: an Ornstein-Uhlenbeck process."""
    held = np.exp(-every / noise.wander_time)
    pushes = rng.normal(0, noise.wander * (1 - held**2) ** 0.5, count)
    error = np.empty(count)
    level = rng.normal(0, noise.wander)
    for row in range(count):
        level = held * level + pushes[row]
        error[row] = level
    return error


def _burst(rng: np.random.Generator, x: Floats, y: Floats, noise: Noise) -> None:
    """Some fixes in a row, all several tens of metres off to the same side."""
    for begin in np.flatnonzero(rng.random(len(x)) < noise.bursts).tolist():
        part = slice(begin, begin + int(rng.integers(2, 7)))
        angle, off = rng.uniform(0, 2 * pi), rng.uniform(30, 70)
        x[part] += off * np.cos(angle)
        y[part] += off * np.sin(angle)


def reported(
    vehicle: NDArray[np.int32], time: Floats, lon: Floats, lat: Floats, speed: Floats, told: float
) -> FixBatch:
    """Good fixes of a told accuracy (m); times in s since 1970."""
    columns = {name: np.zeros(len(time), dtype) for name, dtype in COLUMNS.items()}
    columns |= {
        "device": vehicle,
        "vehicle": vehicle,
        "time": time,
        "lon": lon,
        "lat": lat,
        "speed": speed,
        "hdop": np.full(len(time), told / SIGMA_PER_HDOP),
        "satellites": np.full(len(time), 9.0),
        "grade": np.full(len(time), int(Grade.A), np.uint8),
        "received": time,
    }
    return FixBatch(**columns)


def believed(fixes: FixBatch) -> Track:
    """The fixes that the screen of jumps believes, as the fold hands them to the fences."""
    vehicles = int(fixes.vehicle.max(initial=-1)) + 1
    judged = judge(fixes, empty_memory(vehicles), Screen())
    known = judged.fixes.rows(judged.believed)
    return Track(
        vehicle=known.vehicle,
        device=known.device + np.int32(1),
        time=known.time,
        lon=known.lon,
        lat=known.lat,
        sigma=np.maximum(5.0, SIGMA_PER_HDOP * known.hdop),
        decides=known.grade <= Grade.B,
        stood=judged.stood[judged.believed],
    )
