"""Planned lines and vehicles that drive them, for the benchmark and the tests of progress.

Lines are drawn in metres on a flat piece of the earth round ``PLACE``; everything comes from the
generator that is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.geo import metres_per_degree
from fleet.trips import Line
from route.line import at, build_line
from route.progress import Roads

Floats = NDArray[np.float64]

PLACE = (121.0, 31.0)  #: longitude and latitude of (0, 0)
START = 1.7e9  #: s; when drives begin
SLOW = 5 / 3.6  #: m/s; a receiver's course is worth nothing below it
KX, KY = metres_per_degree(PLACE[1])


def degrees(xy: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of metres east and north, shape (n, 2)."""
    return PLACE[0] + xy[:, 0] / KX, PLACE[1] + xy[:, 1] / KY


def metres(lon: Floats, lat: Floats) -> Floats:
    """The way back."""
    return np.column_stack([(lon - PLACE[0]) * KX, (lat - PLACE[1]) * KY])


def line_of(xy: Floats, key: int = 1, corridor: float = 500.0) -> Line:
    """A planned line through points in metres."""
    return build_line(key, *degrees(np.asarray(xy, np.float64)), corridor)


def evenly(xy: Floats, step: float) -> Floats:
    """The same path with a point every ``step`` metres, corners not kept."""
    xy = np.asarray(xy, np.float64)
    s = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    places = np.append(np.arange(0.0, s[-1], step), s[-1])
    return np.column_stack([np.interp(places, s, xy[:, 0]), np.interp(places, s, xy[:, 1])])


def shapes() -> dict[str, Floats]:
    """Paths in metres that a planned line may have, by what is hard about them."""
    t = np.linspace(0, 1, 500)
    road = np.column_stack([40_000 * t, 3000 * np.sin(12 * t) + 500 * np.sin(60 * t)])
    half, turn = road[:250], 2 * np.pi * t
    ring = np.column_stack([4000 * np.cos(turn), 4000 * np.sin(turn)])
    paths = {
        "road": road,
        "loop": ring,
        "three laps": np.vstack([ring, ring[1:], ring[1:]]),
        "out and back": np.vstack([half, half[-2::-1]]),
        "figure eight": 5000 * np.column_stack([np.sin(turn), np.sin(turn) * np.cos(turn)]),
        "parallel carriageway": np.vstack([half, (half + np.array([0, 20]))[::-1]]),
        "self-crossing": 1000.0
        * np.array([[0, 0], [6, 0], [6, 3], [3, 3], [3, -3], [9, -3], [9, 1], [1, 1]]),
    }
    return {name: evenly(path, 40.0) for name, path in paths.items()}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a line is driven, and what the receiver makes of it."""

    interval: float = 10.0  #: s between fixes
    noise: float = 6.0  #: m, one sigma each way
    speed: float = 18.0  #: m/s, about
    course: bool = True  #: whether the receiver tells it
    gap: float = 0.0  #: s of silence, again and again; 0 none
    burst: float = 0.0  #: m that a minute's fixes may be off, now and then (reflections in a town)


def drive(
    line: Line, rng: np.random.Generator, manner: Manner | None = None
) -> tuple[Floats, Roads]:
    """Drive a line to its end, stopping now and then: where the vehicle truly was, and its fixes.

    The fixes are of vehicle 0 on trip 1, on the line of row 0.
    """
    manner = manner or Manner()
    s, speed = _ride(line.length, rng, manner)
    time = START + manner.interval * np.arange(len(s), dtype=np.float64)
    lon, lat = at(line, s)
    ahead, behind = at(line, np.minimum(s + 5, line.length)), at(line, np.maximum(s - 5, 0.0))
    course = np.degrees(np.arctan2((ahead[0] - behind[0]) * KX, (ahead[1] - behind[1]) * KY))
    told = np.where(speed > SLOW, course + rng.normal(0, 3, len(s)), rng.uniform(0, 360, len(s)))
    off = rng.normal(0, manner.noise, (len(s), 2)) + _bursts(len(s), rng, manner)
    heard = _heard(len(s), rng, manner)
    number = int(heard.sum())
    fixes = Roads(
        vehicle=np.zeros(number, np.int32),
        time=time[heard],
        lon=(lon + off[:, 0] / KX)[heard],
        lat=(lat + off[:, 1] / KY)[heard],
        sigma=np.full(number, max(manner.noise, 5.0)),
        speed=np.maximum(speed + rng.normal(0, 0.3, len(s)), 0)[heard],
        course=(told % 360)[heard] if manner.course else np.full(number, np.nan),
        trip=np.ones(number, np.int32),
        line=np.zeros(number, np.int32),
    )
    return s[heard], fixes


def _ride(length: float, rng: np.random.Generator, manner: Manner) -> tuple[Floats, Floats]:
    """Places along a line, one an interval, and the speed at each."""
    places, speeds = [0.0], [0.0]
    while places[-1] < length:
        drawn = speeds[-1] + rng.normal(0, 2) + 0.3 * (manner.speed - speeds[-1])
        speeds.append(0.0 if rng.random() < 0.01 else float(np.clip(drawn, 0, 30)))
        places.append(places[-1] + speeds[-1] * manner.interval)
    return np.minimum(places, length), np.array(speeds)


def _bursts(number: int, rng: np.random.Generator, manner: Manner) -> Floats:
    """Metres that all fixes of some minutes are off, about one minute in thirty."""
    size = max(int(60 / manner.interval), 1)
    minutes = number // size + 1
    struck = (rng.random(minutes) < 1 / 30) * manner.burst
    angle = rng.uniform(0, 2 * np.pi, minutes)
    off = struck[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.repeat(off, size, axis=0)[:number]


def _heard(number: int, rng: np.random.Generator, manner: Manner) -> NDArray[np.bool_]:
    heard = np.ones(number, np.bool_)
    size, begin = int(manner.gap / manner.interval), 40
    while size and begin < number:
        heard[begin : begin + size] = False
        begin += size + int(rng.integers(20, 60))
    return heard


def follow(
    xy: Floats, rng: np.random.Generator, speed: float = 15.0, interval: float = 10.0
) -> Roads:
    """The fixes of a vehicle that drives past points in metres at one speed, planned or not."""
    xy = np.asarray(xy, np.float64)
    s = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    places = np.arange(0.0, s[-1], speed * interval)
    leg = np.diff(xy, axis=0)[np.clip(np.searchsorted(s, places, "right") - 1, 0, len(xy) - 2)]
    noise = rng.normal(0, 6, (len(places), 2))
    way = np.column_stack([np.interp(places, s, xy[:, 0]), np.interp(places, s, xy[:, 1])])
    lon, lat = degrees(way + noise)
    number = len(places)
    return Roads(
        vehicle=np.zeros(number, np.int32),
        time=START + interval * np.arange(number, dtype=np.float64),
        lon=lon,
        lat=lat,
        sigma=np.full(number, 6.0),
        speed=np.full(number, speed),
        course=np.degrees(np.arctan2(leg[:, 0], leg[:, 1])) % 360,
        trip=np.ones(number, np.int32),
        line=np.zeros(number, np.int32),
    )
