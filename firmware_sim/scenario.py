"""Named fleets: who drives where.  The geography is a data file beside this module.

A fleet is plain frozen values, so that whoever starts a demonstration can write its
parties, sites, vehicles and terminals into the database before the first message.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any
from zlib import crc32

import numpy as np

from firmware_sim.device import Settings, Void
from firmware_sim.faults import NONE, Faults
from firmware_sim.receiver import Quality
from firmware_sim.unit import Plan, Seeds, Unit, fit
from firmware_sim.vehicle import Drive, Floats, Line, Road, Span, Stop, jams, plan, temper
from fleet.errors import NotFound

CHINA_TRUNK = "china-trunk"
GOLDEN = (math.sqrt(5) - 1) / 2  #: its multiples spread any number of things evenly on a circle


@dataclass(frozen=True, slots=True)
class Party:
    """A company; invented."""

    code: str
    zh: str
    en: str
    plate: str  #: how its number plates begin


@dataclass(frozen=True, slots=True)
class Site:
    """A hub or depot."""

    code: str
    zh: str
    en: str
    zone: str  #: IANA time zone
    lon: float
    lat: float
    radius: float  #: m


@dataclass(frozen=True, slots=True)
class Route:
    """One way of a trunk route; trucks drive it there and back."""

    code: str
    sites: tuple[str, ...]  #: codes, in driving order
    road: Road


@dataclass(frozen=True, slots=True)
class Truck:
    """A vehicle with its terminal."""

    device: str
    plate: str
    party: str
    route: str
    offset: float  #: share of its round trip already driven at the start, [0, 1)
    driver: int = 0  #: trucks of one route and driver keep the same pace
    settings: Settings = field(default_factory=Settings)
    quality: Quality = field(default_factory=Quality)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything there is to know about a simulated fleet."""

    name: str
    parties: tuple[Party, ...]
    sites: tuple[Site, ...]
    routes: Mapping[str, Route]
    trucks: tuple[Truck, ...]
    tick: float = 1.0  #: s between two looks of a terminal at its receiver


def china_trunk(trucks: int = 96) -> Fleet:
    """The demonstration fleet: lorries spread over the trunk routes, each on its round trip.

    Most are on the road; a few stand at hubs or service areas, are in a tunnel, or have
    just been switched on.
    """
    geography = _geography(CHINA_TRUNK)
    party, routes = geography.parties, list(geography.routes.values())
    shares = np.array([route.road.line.length for route in routes])
    ends = np.cumsum(shares) / shares.sum()
    made: list[Truck] = []
    on_route: dict[str, int] = {}
    for i in range(trucks):
        route = routes[int(np.searchsorted(ends, (i + 0.5) / trucks))]
        nth = on_route[route.code] = on_route.get(route.code, -1) + 1
        owner = party[(5 * i + nth) % len(party)]
        made.append(
            Truck(
                device=f"sim-{i + 1:04d}",
                plate=_plate(owner.plate, i),
                party=owner.code,
                route=route.code,
                offset=(0.13 + nth * GOLDEN + i * 0.017) % 1,
                driver=nth % 3,
                settings=_settings(i),
                quality=_quality(i),
            )
        )
    return replace(geography, trucks=tuple(made))


def load(terminals: int, interval: float = 10.0) -> Fleet:
    """A fleet for benchmarks: ``terminals`` that sample every ``interval`` seconds, always.

    Its lorries share a few drives, and a terminal looks at its receiver only when it
    samples: a fix costs 30 to 65 us before it reaches MQTT.
    """
    geography = _geography(CHINA_TRUNK)
    routes = list(geography.routes)
    settings = Settings(moving=interval, parked=interval, distance=0, turn=0)
    made = tuple(
        Truck(
            device=f"load-{i + 1:05d}",
            plate=f"测{i + 1:06d}",
            party=geography.parties[i % len(geography.parties)].code,
            route=routes[i % len(routes)],
            offset=i * GOLDEN % 1,
            settings=settings,
        )
        for i in range(terminals)
    )
    return replace(geography, name=f"load-{terminals}", trucks=made, tick=interval)


def named(name: str, trucks: int | None = None) -> Fleet:
    """The fleet called ``name``: ``china-trunk`` or ``load``; raises ``NotFound``."""
    if name == CHINA_TRUNK:
        return china_trunk() if trucks is None else china_trunk(trucks)
    if name == "load":
        return load(10_000 if trucks is None else trucks)
    raise NotFound("fleet", name)


def assemble(fleet: Fleet, start: float, seeds: Seeds, faults: Faults = NONE) -> list[Unit]:
    """The units of a fleet that is switched on at ``start``, in the order of its trucks."""
    drives: dict[tuple[str, int], Drive] = {}
    units = []
    for i, truck in enumerate(fleet.trucks):
        key = (truck.route, truck.driver)
        if key not in drives:
            drives[key] = _drive(fleet.routes[truck.route], seeds(f"drive {key}"))
        drive = drives[key]
        # Hundredths of a second: the looks of a large fleet spread over its tick.
        phase = math.floor(i * GOLDEN % 1 * fleet.tick * 100) / 100
        timing = Plan(drive, truck.offset * drive.duration, start, fleet.tick, phase)
        units.append(fit(truck.device, truck.settings, truck.quality, timing, faults, seeds))
    return units


def _drive(route: Route, rng: np.random.Generator) -> Drive:
    road = route.road.there_and_back()
    length = road.line.length
    return plan(replace(road, limits=(*temper(length, rng), *jams(length, 0.5, rng))))


def _settings(i: int) -> Settings:
    """A mixed park: most send GN, some older ones GP, some BD; a few say more than others."""
    return Settings(
        talker=("GN", "GN", "GP", "GN", "BD")[i % 5],
        void=Void.LAST if i % 4 == 1 else Void.NOTHING,
        detail=6 if i % 7 == 3 else 0,  # noqa: PLR2004 - one in seven
    )


def _quality(i: int) -> Quality:
    """One in twelve is just switched on; the antennas differ."""
    return Quality(cold=30.0 if i % 12 == 7 else 0.0, satellites=10.0 + i % 7)  # noqa: PLR2004


LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  #: number plates have no I and no O


def _plate(begin: str, i: int) -> str:
    """Five places after the province and its city: a letter and four digits, all different."""
    return f"{begin}{LETTERS[(7 * i) % len(LETTERS)]}{(1_009 + 577 * i) % 10_000:04d}"


def _geography(name: str) -> Fleet:
    """The data file as a fleet without trucks."""
    text = (files("firmware_sim") / "fleets" / f"{name}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    sites = tuple(Site(zone=data["zone"], **row) for row in data["site"])
    places = {site.code: site for site in sites}
    routes = {row["code"]: _route(row, places) for row in data["corridor"]}
    return Fleet(name, tuple(Party(**row) for row in data["party"]), sites, routes, ())


def _route(row: Mapping[str, Any], places: Mapping[str, Site]) -> Route:
    points = [(places[p].lon, places[p].lat) if isinstance(p, str) else p for p in row["points"]]
    codes = tuple(p for p in row["points"] if isinstance(p, str))
    line = winding(points, crc32(row["code"].encode()))
    stops = [Stop(_nearest(line, places[c].lon, places[c].lat), 1_800.0, c) for c in codes]
    stops[0], stops[-1] = replace(stops[0], along=0.0), replace(stops[-1], along=line.length)
    road = Road(
        line,
        stops=(*stops, *_service_areas(line, [s.along for s in stops])),
        tunnels=tuple(_around(line, mark) for mark in row["tunnels"]),
        dead_zones=tuple(_around(line, mark) for mark in row["dead_zones"]),
    )
    return Route(row["code"], codes, road)


def _service_areas(line: Line, hubs: Sequence[float]) -> list[Stop]:
    """A rest of 20 minutes every 200 km (a lorry's three hours), but not close to a hub."""
    marks = np.arange(200_000.0, line.length - 60_000, 200_000.0)
    free = [m for m in marks.tolist() if min(abs(m - hub) for hub in hubs) > 60_000]  # noqa: PLR2004 - m
    return [Stop(mark, 1_200.0, f"service area {mark / 1000:.0f} km") for mark in free]


def _nearest(line: Line, lon: float, lat: float) -> float:
    east = (line.lon - lon) * math.cos(math.radians(lat))
    return float(line.along[np.argmin(np.hypot(east, line.lat - lat))])


def _around(line: Line, mark: Sequence[float]) -> Span:
    middle, length = _nearest(line, mark[0], mark[1]), mark[2]
    return Span(middle - length / 2, middle + length / 2)


#: Wavelength and amplitude in metres of the bends a road makes between two towns; the
#: tightest has a radius of about 6 km, so nobody brakes for them.
BENDS = ((23_000.0, 900.0), (9_000.0, 260.0), (3_700.0, 60.0))
STEP = 400.0  #: m between the vertices of a road
TAPER = 6_000.0  #: m before and after a given point over which the bends fade


def winding(points: Sequence[Sequence[float]], seed: int) -> Line:
    """A smooth, gently bending road through all ``points`` (longitude, latitude).

    A cubic spline with the slopes of the neighbours, and bends whose phases come from ``seed``.
    """
    lon, lat = np.array(points, np.float64).T
    knots = Line.of(lon, lat).along
    along = np.linspace(0.0, knots[-1], int(knots[-1] / STEP) + 1)
    x, y = _spline(knots, lon, along), _spline(knots, lat, along)
    gap = np.abs(along[:, None] - knots[None, :]).min(axis=1)
    fade = np.sin(np.minimum(gap / TAPER, 1.0) * np.pi / 2) ** 2
    side = sum(
        height * np.sin(2 * np.pi * along / wave + (seed >> 8 * i) % 256 / 40.7)
        for i, (wave, height) in enumerate(BENDS)
    )
    stretch = np.cos(np.radians(y))
    east, north = np.gradient(x) * stretch, np.gradient(y)
    norm = np.hypot(east, north)
    degrees = fade * side / 111_195.0
    return Line.of(x - degrees * north / norm / stretch, y + degrees * east / norm)


def _spline(knots: Floats, values: Floats, at: Floats) -> Floats:
    """Cubic Hermite through ``values``; slopes weigh the nearer neighbour more."""
    step = np.diff(knots)
    chord = np.diff(values) / step
    inner = (chord[:-1] * step[1:] + chord[1:] * step[:-1]) / (step[1:] + step[:-1])
    slope = np.concatenate([chord[:1], inner, chord[-1:]])
    i = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(step) - 1)
    t, h = (at - knots[i]) / step[i], step[i]
    rise = values[i + 1] - values[i]
    bend = (slope[i] + slope[i + 1]) * h - 2 * rise
    lean = rise - slope[i] * h - bend
    curve: Floats = values[i] + t * (slope[i] * h + t * (lean + t * bend))
    return curve
