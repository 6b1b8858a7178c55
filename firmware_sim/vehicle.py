"""A lorry on a line: where it truly is, and how fast, at any instant.

A drive is planned once, when it is made: the speed along the line is the highest that
obeys the limits, the curves, the jams, the stops and what a lorry can do.  Asking for the
state at a time is then a look-up, so ten thousand lorries cost what their questions cost.

Lengths are metres, speeds m/s, times seconds from the start of the drive, positions
degrees (WGS 84), courses degrees clockwise from true north.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Column = Sequence[float]  #: a view of an array: one value costs 40 ns, not 100

DEGREE = 111_195.0  #: m of one degree of a great circle on the mean sphere
LIMITER = 24.7  #: m/s; 89 km/h, where the limiter of a heavy lorry sits
SAME = 0.5  #: m; positions closer than this are one place
CRAWL = 1.5  #: m/s; nothing on a road is limited below walking pace, else a drive never ends


@dataclass(frozen=True, slots=True)
class Lorry:
    """What the vehicle can do."""

    top: float = LIMITER
    accelerate: float = 0.35  #: m/s2; 40 t from 0 to 80 km/h in about a minute
    brake: float = 0.8  #: m/s2; comfortable service braking
    lateral: float = 1.0  #: m/s2 in a curve; cargo begins to move at twice that


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the line, ``[begin, end]`` in metres from its start."""

    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A stretch with its own speed: a signed limit, or a jam."""

    span: Span
    speed: float


@dataclass(frozen=True, slots=True)
class Stop:
    """A planned halt; the engine is off while it lasts, short halts aside."""

    along: float
    dwell: float
    name: str


@dataclass(frozen=True, slots=True)
class Visit:
    """When a drive stands at a stop, ``[arrive, depart]``."""

    name: str
    arrive: float
    depart: float


@dataclass(frozen=True, slots=True)
class State:
    """The truth at one instant."""

    lon: float
    lat: float
    altitude: float
    speed: float
    course: float
    along: float
    stop: str | None  #: where it stands, if at a planned stop
    engine: bool
    tunnel: bool
    dead_zone: bool  #: no mobile network


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline with the distance of every vertex from the start; at least two vertices."""

    lon: Floats
    lat: Floats
    along: Floats

    @classmethod
    def of(cls, lon: Floats, lat: Floats) -> Self:
        """The line through the positions; repeated ones are left out."""
        step = _steps(lon, lat)
        keep = np.concatenate([[True], step > SAME])
        lon, lat = lon[keep], lat[keep]
        if len(lon) < 2:  # noqa: PLR2004 - two ends make a line
            raise ValueError("a line needs two different positions")
        return cls(lon, lat, np.concatenate([[0.0], np.cumsum(_steps(lon, lat))]))

    @property
    def length(self) -> float:
        """Metres from end to end."""
        return float(self.along[-1])

    def there_and_back(self) -> Line:
        """The same road to its end and back to its start."""
        lon, lat = np.concatenate([self.lon, self.lon[-2::-1]]), self.lat
        return Line.of(lon, np.concatenate([lat, lat[-2::-1]]))


def _steps(lon: Floats, lat: Floats) -> Floats:
    """Metres between neighbours, on the local plane: right to 0.1 % below 50 km."""
    middle = np.radians((lat[1:] + lat[:-1]) / 2)
    return DEGREE * np.hypot(np.diff(lon) * np.cos(middle), np.diff(lat))


@dataclass(frozen=True, slots=True)
class Road:
    """A line with everything along it that a driver must mind."""

    line: Line
    speed: float = 25.0  #: m/s; 90 km/h, the expressway limit for lorries
    limits: tuple[Limit, ...] = ()
    stops: tuple[Stop, ...] = ()
    tunnels: tuple[Span, ...] = ()
    dead_zones: tuple[Span, ...] = ()

    def there_and_back(self) -> Road:
        """The round trip; what lies along the road is met twice, a stop at the far end once."""
        line, half = self.line.there_and_back(), self.line.length

        def mirrored(span: Span) -> Span:
            return Span(2 * half - span.end, 2 * half - span.begin)

        inner = [s for s in self.stops if 0 < s.along < half - 1]
        return Road(
            line,
            self.speed,
            (*self.limits, *(Limit(mirrored(x.span), x.speed) for x in self.limits)),
            (*self.stops, *(Stop(2 * half - s.along, s.dwell, s.name) for s in inner)),
            (*self.tunnels, *map(mirrored, self.tunnels)),
            (*self.dead_zones, *map(mirrored, self.dead_zones)),
        )


def jams(length: float, per_100_km: float, rng: np.random.Generator) -> tuple[Limit, ...]:
    """Stretches of slow traffic, 1 to 6 km long, at 10 to 45 km/h, at random places."""
    count = int(rng.poisson(per_100_km * length / 100_000))
    begins = rng.uniform(0.02, 0.95, count) * length
    lengths, speeds = rng.uniform(1_000, 6_000, count), rng.uniform(2.8, 12.5, count)
    return tuple(
        Limit(Span(float(b), float(b + n)), float(v))
        for b, n, v in zip(begins, lengths, speeds, strict=True)
    )


def temper(length: float, rng: np.random.Generator, slowest: float = 0.82) -> tuple[Limit, ...]:
    """How one driver keeps his speed: a wandering wish between ``slowest`` and the limiter."""
    begins = np.arange(0.0, length, 7_000.0)  # about five minutes of one mood
    wish = slowest + (1 - slowest) * rng.beta(2.5, 1.5, len(begins))
    return tuple(
        Limit(Span(float(b), float(b) + 7_000.0), float(w) * LIMITER)
        for b, w in zip(begins, wish, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Drive:
    """A planned drive: node by node, with even acceleration between two nodes.

    At a stop two nodes share the place and differ in time.
    """

    time: Column
    along: Column
    speed: Column
    lon: Column
    lat: Column
    course: Column
    tunnel: bytes  #: of the stretch after the node
    dead_zone: bytes
    visits: tuple[Visit, ...]
    _arrivals: tuple[float, ...] = field(repr=False)

    @property
    def duration(self) -> float:
        """Seconds from the first node to the last."""
        return float(self.time[-1])

    def at(self, time: float) -> State:
        """The truth at ``time``; before the start and after the end it stands there."""
        time = min(max(time, 0.0), self.duration)
        i = min(max(bisect_right(self.time, time) - 1, 0), len(self.time) - 2)
        span, v0, v1 = self.time[i + 1] - self.time[i], self.speed[i], self.speed[i + 1]
        tau = time - self.time[i]
        rate = (v1 - v0) / span if span > 0 else 0.0
        run, length = tau * (v0 + rate * tau / 2), self.along[i + 1] - self.along[i]
        share = min(run / length, 1.0) if length > 0 else 0.0
        along = self.along[i] + share * length
        visit = self._visit(time)
        return State(
            lon=self.lon[i] + share * (self.lon[i + 1] - self.lon[i]),
            lat=self.lat[i] + share * (self.lat[i + 1] - self.lat[i]),
            altitude=80.0 + 40.0 * math.sin(along / 9_000.0),  # made up: hills of 80 m
            speed=max(v0 + rate * tau, 0.0),
            course=self.course[i],
            along=along,
            stop=visit.name if visit else None,
            engine=visit is None or not _engine_off(visit, time),
            tunnel=bool(self.tunnel[i]),
            dead_zone=bool(self.dead_zone[i]),
        )

    def _visit(self, time: float) -> Visit | None:
        i = bisect_right(self._arrivals, time) - 1
        return self.visits[i] if i >= 0 and time < self.visits[i].depart else None


def _engine_off(visit: Visit, time: float) -> bool:
    """Short halts keep it running; else off a minute after, on half a minute before."""
    long = visit.depart - visit.arrive >= 300  # noqa: PLR2004 - see above
    return long and visit.arrive + 60 <= time < visit.depart - 30


def plan(road: Road, lorry: Lorry | None = None) -> Drive:
    """The fastest drive along ``road`` that breaks no limit; it begins and ends standing still."""
    lorry = lorry or Lorry()
    along = _nodes(road)
    ceiling = _ceiling(road, lorry, along)
    speed = _within_powers(along, ceiling, lorry)
    dwell = np.zeros(len(along))
    names: dict[int, str] = {}
    for stop in road.stops:
        node = int(np.argmin(np.abs(along - stop.along)))
        dwell[node], names[node] = dwell[node] + stop.dwell, stop.name
    arrive = np.concatenate([[0.0], np.cumsum(2 * np.diff(along) / (speed[1:] + speed[:-1]))])
    arrive += np.concatenate([[0.0], np.cumsum(dwell)[:-1]])
    visits = [Visit(names[i], arrive[i], arrive[i] + dwell[i]) for i in sorted(names)]
    return _laid_out(road, along, speed, arrive, dwell, tuple(visits))


def _laid_out(
    road: Road,
    along: Floats,
    speed: Floats,
    arrive: Floats,
    dwell: Floats,
    visits: tuple[Visit, ...],
) -> Drive:
    """The plan as columns, every stop as two nodes."""
    twice = np.repeat(np.arange(len(along)), np.where(dwell > 0, 2, 1))
    second = np.concatenate([[False], np.diff(twice) == 0])
    time = arrive[twice] + np.where(second, dwell[twice], 0.0)
    lon = np.interp(along, road.line.along, road.line.lon)
    lat = np.interp(along, road.line.along, road.line.lat)
    east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    course = np.degrees(np.arctan2(east, np.diff(lat))) % 360
    course = np.append(course, course[-1])
    middle = along + np.append(np.diff(along) / 2, 0.0)

    def marked(spans: Sequence[Span]) -> bytes:
        inside = np.zeros(len(along), np.bool_)
        for span in spans:
            inside |= (middle > span.begin) & (middle < span.end)
        return inside[twice].tobytes()

    return Drive(
        time=_view(time),
        along=_view(along[twice]),
        speed=_view(speed[twice]),
        lon=_view(lon[twice]),
        lat=_view(lat[twice]),
        course=_view(course[twice]),
        tunnel=marked(road.tunnels),
        dead_zone=marked(road.dead_zones),
        visits=visits,
        _arrivals=tuple(v.arrive for v in visits),
    )


def _view(column: Floats) -> Column:
    return cast("Column", np.ascontiguousarray(column).data)


def _nodes(road: Road) -> Floats:
    """Where the speed is decided: vertices, borders of stretches, stops, and between two stops."""
    line = road.line
    spans = [x.span for x in road.limits] + list(road.tunnels) + list(road.dead_zones)
    marks = [m for s in spans for m in (s.begin, s.end)] + [s.along for s in road.stops]
    nodes = np.unique(np.clip(np.concatenate([line.along, marks]), 0.0, line.length))
    nodes = nodes[np.concatenate([[True], np.diff(nodes) > 1.0])]  # nodes nearer than 1 m are one
    nodes[-1] = line.length
    return np.unique(np.concatenate([nodes, (nodes[1:] + nodes[:-1]) / 2]))


def _ceiling(road: Road, lorry: Lorry, along: Floats) -> Floats:
    """The highest speed allowed at every node: the lower one of the stretches that meet there."""
    middle = (along[1:] + along[:-1]) / 2
    allowed = np.full(len(middle), min(road.speed, lorry.top))
    for limit in road.limits:
        inside = (middle > limit.span.begin) & (middle < limit.span.end)
        allowed[inside] = np.minimum(allowed[inside], max(limit.speed, CRAWL))
    ceiling: Floats = np.minimum(np.append(allowed, np.inf), np.insert(allowed, 0, np.inf))
    ceiling = np.minimum(ceiling, np.interp(along, road.line.along, _curves(road.line, lorry)))
    for stop in road.stops:
        ceiling[int(np.argmin(np.abs(along - stop.along)))] = 0.0
    ceiling[0] = ceiling[-1] = 0.0
    return ceiling


def _curves(line: Line, lorry: Lorry) -> Floats:
    """What each vertex allows: a bend of ``angle`` over half its two sides, v2 <= a * radius."""
    east = np.diff(line.lon) * np.cos(np.radians(line.lat[1:]))
    course = np.arctan2(east, np.diff(line.lat))
    angle = np.abs((np.diff(course) + np.pi) % (2 * np.pi) - np.pi)
    radius = (line.along[2:] - line.along[:-2]) / 2 / np.maximum(angle, 1e-6)
    inner: Floats = np.maximum(np.sqrt(lorry.lateral * radius), CRAWL)
    ends = np.array([np.inf])
    curves: Floats = np.minimum(np.concatenate([ends, inner, ends]), lorry.top)
    return curves


def _within_powers(along: Floats, ceiling: Floats, lorry: Lorry) -> Floats:
    """The ceiling, lowered until neither the engine nor the brakes are asked too much."""
    speed, step = ceiling.tolist(), np.diff(along).tolist()
    for i in range(len(step) - 1, -1, -1):
        speed[i] = min(speed[i], math.sqrt(speed[i + 1] ** 2 + 2 * lorry.brake * step[i]))
    for i in range(len(step)):
        speed[i + 1] = min(speed[i + 1], math.sqrt(speed[i] ** 2 + 2 * lorry.accelerate * step[i]))
    return np.asarray(speed, np.float64)
