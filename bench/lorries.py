"""Simulated lorries on long lanes, with known truth: what was planned, and what went wrong.

A lane is a winding line of 100 to 500 km with three to six stops.  How fast each part of it is
driven differs by place, by hour (two rush hours), by day and at random; how long a lorry stays
at a stop differs by stop and at random; drivers rest as the law asks.  The plan of a trip is
what a planner knows: the usual times at that hour, and four per cent more driving for safety.

One thing may go wrong on a trip (``Trouble``), and costs a known time.  Everything is drawn
from a generator that is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, nan

import numpy as np
from numpy.typing import NDArray

from fleet.geo import metres_per_degree
from fleet.trips import STOP, DelayCause, Line, Plan
from route.line import build_line

Floats = NDArray[np.float64]

DAY = 86_400.0
START = 1_772_323_200.0  #: 2026-03-01T00:00:00Z, a Sunday
VERTEX = 250.0  #: m between the vertices of a line
LINK = 10_000.0  #: m driven at about one pace
SLACK = 0.04  #: of the driving, that planners add
LEGAL, PAUSE = 4 * 3600.0, 1200.0  #: s of driving after which the law asks for so long a rest
REST = 1500.0  #: s that drivers usually take
NOISE = 6.0  #: m, of a fix, to each side


class Trouble(StrEnum):
    """The one thing that goes wrong on a trip."""

    JAM = "jam"
    LATE_START = "late start"
    LONG_DWELL = "long dwell"
    STOPPAGE = "stoppage"
    DETOUR = "detour"
    LONG_REST = "long rest"


#: What each is to be called.
CAUSE = {
    Trouble.JAM: DelayCause.TRAFFIC_SLOW,
    Trouble.LATE_START: DelayCause.LATE_DEPARTURE,
    Trouble.LONG_DWELL: DelayCause.LONG_DWELL,
    Trouble.STOPPAGE: DelayCause.STOPPED_ENROUTE,
    Trouble.DETOUR: DelayCause.OFF_ROUTE,
    Trouble.LONG_REST: DelayCause.DRIVER_REST,
}


@dataclass(frozen=True, slots=True)
class Lane:
    """Where lorries go again and again."""

    key: int
    line: Line
    stops: NDArray[np.intp]  #: vertices
    pace: Floats  #: m/s, of each step between vertices, on an empty road
    dwell: Floats  #: s, usual, of each stop; 0 at both ends

    @property
    def names(self) -> tuple[str, ...]:
        """Codes of the sites."""
        return tuple(f"L{self.key}S{number}" for number in range(len(self.stops)))

    @property
    def is_long(self) -> bool:
        """Whether the driver has to rest on the way."""
        legs = np.add.reduceat(np.diff(self.line.s) / self.pace, self.stops[:-1])
        return bool(legs.max() > LEGAL)


@dataclass(frozen=True, slots=True)
class Run:
    """One trip as it was driven."""

    lane: Lane
    plan: Plan
    trouble: Trouble | None
    cost: float  #: s that it took
    #: when it had cost half an hour, or the way round was over; inf: it never did
    knowable: float
    time: Floats  #: ascending; where it was then:
    s: Floats  #: m along the line; on a detour the place that it goes round
    lon: Floats
    lat: Floats
    driven: Floats  #: s of driving since the last rest
    arrived: Floats  #: per stop; of the first: when it was there
    left: Floats  #: per stop; of the last: NaN


def lanes(number: int, rng: np.random.Generator) -> list[Lane]:
    """So many lanes, short and long ones by turns."""
    return [_lane(key, rng) for key in range(1, number + 1)]


def _lane(key: int, rng: np.random.Generator) -> Lane:
    """Every third lane has a last leg so long that the driver has to rest on it."""
    long = key % 3 == 0
    length = rng.uniform(400_000, 500_000) if long else rng.uniform(100_000, 400_000)
    steps = int(length / VERTEX)
    bends = np.cumsum(rng.normal(0, 0.06, steps))
    heading = rng.uniform(0, 2 * np.pi) + 0.5 * np.sin(bends)  # winds, and never turns back
    x, y = (np.append(0.0, np.cumsum(VERTEX * f(heading))) for f in (np.sin, np.cos))
    lat = 30.0 + rng.uniform(-3, 3)
    kx, ky = metres_per_degree(lat)
    line = build_line(key, 112.0 + rng.uniform(-3, 3) + x / kx, lat + y / ky)
    middle = int(rng.integers(1, 3 if long or length < 200_000 else 5))
    shares = np.linspace(0, 0.25 if long else 1.0, middle + 2)[1:-1]
    shares += rng.uniform(-0.25, 0.25, middle) * shares[0]
    stops = np.rint(np.concatenate([[0], shares * steps, [steps]])).astype(np.intp)
    links = rng.uniform(55 / 3.6, 85 / 3.6, int(length // LINK) + 1)
    pace = links[(line.s[:-1] // LINK).astype(int).clip(max=len(links) - 1)]
    dwell = np.concatenate([[0], rng.uniform(1500, 3000, middle), [0]])
    return Lane(key, line, stops, pace, dwell)


def rush(time: float) -> float:
    """How much of the empty road's pace is driven at that time of day, in China."""
    hour = (time / 3600 + 8) % 24
    return 1 - 0.25 * (exp(-((hour - 8.0) ** 2)) + exp(-(((hour - 17.5) / 1.2) ** 2)))


def plan_of(lane: Lane, trip: int, begin: float) -> Plan:
    """The plan of a trip that leaves at ``begin``."""
    usual = _Drive(lane, np.ones(len(lane.pace)), lane.dwell, inf)
    usual.go(begin)
    stops = np.zeros(len(lane.stops), STOP)
    stops["key"] = 10 * trip + np.arange(len(stops))
    stops["site"] = 10 * lane.key + np.arange(len(stops))
    stops["s"] = lane.line.s[lane.stops]
    slack = SLACK * np.append(0, np.cumsum(usual.legs))
    stops["arrive"] = usual.arrived + slack
    stops["depart"] = usual.left + slack
    stops["arrive"][0] = stops["depart"][-1] = nan
    stops["opens"], stops["closes"] = stops["arrive"], stops["arrive"]
    stops["service"], stops["early"], stops["late"] = lane.dwell, 1800.0, 900.0
    return Plan(trip, 0, -inf, lane.key, True, stops, lane.names)  # noqa: FBT003 - a field of Plan


def run_of(plan: Plan, lane: Lane, rng: np.random.Generator, trouble: Trouble | None) -> Run:
    """Drive a trip; with trouble, where in the trip it comes is drawn, and what it costs."""
    noise = rng.normal(0, 0.06, int(lane.line.length // 5000) + 2)
    slow = rng.normal(0, 0.03) + noise[(lane.line.s[:-1] // 5000).astype(int)]
    dwell = lane.dwell * np.exp(rng.normal(0, 0.2, len(lane.dwell)))
    drive = _Drive(lane, np.exp(slow), dwell, LEGAL - rng.uniform(0, 1200))
    cost = float(rng.uniform(2700, 7200)) if trouble else 0.0
    drive.rest = PAUSE + rng.uniform(60, 540)
    drive.prepare(trouble, cost, rng)
    drive.go(float(plan.stops["depart"][0]) + rng.uniform(-300, 300))
    lon, lat = drive.path()
    time, s = np.array(drive.times), np.array(drive.places)
    begin = float(plan.stops["depart"][0]) - rng.uniform(1800, 5400)
    arrived, left = drive.arrived.copy(), drive.left.copy()
    arrived[0], left[-1] = begin, nan
    ends = [begin, *time.tolist(), time[-1] + 3600]
    return Run(
        lane,
        plan,
        trouble,
        cost,
        drive.knowable,
        np.array(ends),
        np.concatenate([s[:1], s, s[-1:]]),
        np.concatenate([lon[:1], lon, lon[-1:]]),
        np.concatenate([lat[:1], lat, lat[-1:]]),
        np.concatenate([[0.0], drive.driven, drive.driven[-1:]]),
        arrived,
        left,
    )


class _Drive:
    """From vertex to vertex."""

    def __init__(self, lane: Lane, share: Floats, dwell: Floats, legal: float) -> None:
        self._lane, self._legal = lane, legal
        self._metres = np.diff(lane.line.s).tolist()
        self._pace = (lane.pace * share).tolist()
        self._dwell: dict[int, float] = dict(zip(lane.stops.tolist(), dwell.tolist(), strict=True))
        self.rest = REST
        self._trouble: Trouble | None = None
        self._cost = 0.0
        self._stretch = range(0)  # steps of a jam or a detour
        self._vertex = -1  # of a stoppage or a long dwell
        self.times: list[float] = []
        self.places: list[float] = []
        self.driven: list[float] = []
        self.arrived = np.full(len(lane.stops), nan)
        self.left = np.full(len(lane.stops), nan)
        self.legs = np.zeros(len(lane.stops) - 1)  # s of driving
        self.knowable = inf

    def prepare(self, trouble: Trouble | None, cost: float, rng: np.random.Generator) -> None:
        """What shall go wrong."""
        self._trouble, self._cost = trouble, cost
        steps = len(self._pace)
        if trouble is Trouble.LONG_DWELL:
            self._vertex = int(rng.choice(self._lane.stops[1:-1]))
        elif trouble is Trouble.STOPPAGE:
            self._vertex = self._clear(int(rng.uniform(0.05, 0.9) * steps))
        elif trouble in (Trouble.JAM, Trouble.DETOUR):
            size = int(rng.uniform(10_000, 25_000) / VERTEX)
            begin = self._free_of_stops(rng, size)
            self._stretch = range(begin, begin + size)

    def _clear(self, vertex: int) -> int:
        """A vertex near by that is two kilometres and more from every stop."""
        while np.abs(self._lane.stops - vertex).min() < 2000 / VERTEX:
            vertex += 1
        return vertex

    def _free_of_stops(self, rng: np.random.Generator, size: int) -> int:
        """Where a stretch of so many steps begins; with no stop in it if there is such a place."""
        far = int(3000 / VERTEX)
        begins = np.arange(far, len(self._pace) - size - far)
        near = [(begins - far <= stop) & (stop <= begins + size + far) for stop in self._lane.stops]
        free = begins[~np.any(near, axis=0)]
        return int(rng.choice(free if len(free) else begins))

    def go(self, begin: float) -> None:
        """Drive from the first stop to the last."""
        time, driven, leg = begin, 0.0, 0
        if self._trouble is Trouble.LATE_START:
            time, self.knowable = begin + self._cost, begin + 1800.0
        place = {vertex: number for number, vertex in enumerate(self._lane.stops.tolist())}
        self.left[0] = time
        self._mark(time, 0, 0.0)
        for step, metres in enumerate(self._metres):
            vertex = step + 1
            moving = metres / (self._pace[step] * rush(time))
            self.legs[leg] += moving
            begun, time = time, self._crawl(time + moving, step)
            driven += time - begun
            self._mark(time, vertex, driven)
            if vertex in place:
                leg = place[vertex]
                self.arrived[leg] = time
                stay = self._dwell_at(time, vertex)
                self.left[leg] = time + stay
                leg = min(leg, len(self.legs) - 1)
            else:
                stay = self._stand_at(time, vertex, driven)
            if stay:
                time += stay
                driven = 0.0 if stay >= PAUSE else driven
                self._mark(time, vertex, driven)

    def _mark(self, time: float, vertex: int, driven: float) -> None:
        self.times.append(time)
        self.driven.append(driven)
        self.places.append(float(self._lane.line.s[vertex]))

    def _crawl(self, time: float, step: int) -> float:
        """Later, in a jam or on a way round."""
        if step not in self._stretch:
            return time
        each = self._cost / len(self._stretch)
        done = (step + 1 - self._stretch.start) * each
        time += each
        if self._trouble is Trouble.DETOUR:
            if step + 1 == self._stretch.stop:
                self.knowable = time  # nobody can say before it is back on its line
        elif done >= 1800.0:
            self.knowable = min(self.knowable, time)
        return time

    def _dwell_at(self, time: float, vertex: int) -> float:
        dwell = self._dwell[vertex]
        if vertex == self._vertex:
            self.knowable = time + dwell + 1800.0
            return dwell + self._cost
        return dwell

    def _stand_at(self, time: float, vertex: int, driven: float) -> float:
        """Seconds that it stands there on its way."""
        if vertex == self._vertex:
            self.knowable = time + 1800.0
            return self._cost
        if driven < min(self._legal, LEGAL):
            return 0.0
        if self._trouble is not Trouble.LONG_REST or self.knowable < inf:
            return self.rest
        self.knowable = time + self.rest + 1800.0
        return self.rest + self._cost

    def path(self) -> tuple[Floats, Floats]:
        """Where it was at ``times``."""
        line = self._lane.line
        lon, lat = (np.interp(self.places, line.s, values) for values in (line.lon, line.lat))
        if self._trouble is not Trouble.DETOUR:
            return lon, lat
        first, last = self._stretch.start, self._stretch.stop
        way = (np.array(self.places) - line.s[first]) / (line.s[last] - line.s[first])
        out = np.where((way > 0) & (way < 1), 7000 * np.sin(np.pi * np.clip(way, 0, 1)), 0.0)
        kx, ky = metres_per_degree(float(lat[0]))
        east = (line.lon[last] - line.lon[first]) * kx
        north = (line.lat[last] - line.lat[first]) * ky
        size = float(np.hypot(east, north))
        return lon - out * north / size / kx, lat + out * east / size / ky
