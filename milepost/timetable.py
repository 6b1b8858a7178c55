"""Invented trips for the simulated fleet: what each lorry was to do, and when.

A lorry of the demonstration drives its road there and back for ever.  Each way is a trip.
The one it is on when the demonstration begins was planned as if the lorry were on time, a
little early, or as late as its number says, so that there is something to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_sim import vehicle
from firmware_sim.scenario import Fleet, Route, Truck

#: Share of the limiter that a planner counts on; drivers keep 82 to 100 % of it, and there
#: are bends, tunnels and jams.
PLANNED_PACE = 0.88
#: Beyond the drive at that pace: the 20 minutes of rest that the law asks for after 4 hours,
#: and one minute in twenty for toll gates and weather.
ROOM = 20 / 240 + 0.05
CORRIDOR = 500.0  #: m
DAYS = timedelta(days=1)  #: as far ahead as trips are planned

#: Seconds that the plan lies before the lorry, in turn: most have some minutes in hand, since the
#: cautious estimate of a long way is an hour; one in five is late.
LATENESS = (
    *(-900.0, -600.0, -1_200.0, -300.0, 300.0, -900.0, -600.0, 1_500.0),
    *(-600.0, 4_500.0, -900.0, -1_200.0, 0.0, -600.0, 3_900.0, 6_300.0),
)


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop at a hub."""

    site: str  #: code
    s: float  #: m along the way
    arrive: float  #: s after the departure from the first hub
    depart: float
    service: float


@dataclass(frozen=True, slots=True)
class Way:
    """A road in one direction, with its hubs."""

    code: str
    name_zh: str
    name_en: str
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    halts: tuple[Halt, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """One trip of one lorry."""

    code: str
    way: str  #: code
    truck: Truck
    starts: datetime  #: planned departure from the first hub
    behind: int  #: how many hubs it has left when the demonstration begins
    late: float  #: s that it is behind its plan then


def ways(fleet: Fleet) -> list[Way]:
    """Each road of the fleet, there and back."""
    names = {site.code: site for site in fleet.sites}
    found = []
    for route in fleet.routes.values():
        for back in (False, True):
            halts = _halts(route, back=back)
            ends = names[halts[0].site], names[halts[-1].site]
            order = slice(None, None, -1 if back else 1)
            line = route.road.line
            found.append(
                Way(
                    code=_code(route, back=back),
                    name_zh=f"{ends[0].zh} → {ends[1].zh}",
                    name_en=f"{ends[0].en} → {ends[1].en}",
                    lon=line.lon[order],
                    lat=line.lat[order],
                    halts=halts,
                )
            )
    return found


def journeys(
    fleet: Fleet, made: Sequence[Way], now: datetime, along: Sequence[float]
) -> Iterator[Journey]:
    """The trips of every lorry from the one that it is on at ``now``, for a day.

    ``along`` says how far each lorry is on its road there and back, m.
    """
    by_code = {way.code: way for way in made}
    for number, truck in enumerate(fleet.trucks):
        route = fleet.routes[truck.route]
        pair = [by_code[_code(route, back=back)] for back in (False, True)]
        length = route.road.line.length
        at = int(along[number] >= length)
        done = along[number] - at * length
        halts = pair[at].halts
        clock = _planned(halts, done)
        late = timedelta(seconds=LATENESS[number % len(LATENESS)])
        starts = now - timedelta(seconds=clock) - late
        starts = starts.replace(second=0, microsecond=0)
        behind = sum(1 for halt in halts[:-1] if halt.s < done - HUB)
        while starts < now + DAYS:
            way = pair[at]
            code = f"{PREFIX}{starts.astimezone(UTC):%m%d%H%M}-{truck.device.rsplit('-', 1)[-1]}"
            yield Journey(code, way.code, truck, starts, behind, late.total_seconds())
            starts += timedelta(seconds=way.halts[-1].arrive + way.halts[-1].service)
            at, behind = 1 - at, 0


def _planned(halts: Sequence[Halt], done: float) -> float:
    """When a lorry is to be at ``done`` m, s after the departure from the first hub."""
    for before, after in pairwise(halts):
        if done < after.s:
            return float(np.interp(done, [before.s, after.s], [before.depart, after.arrive]))
    return halts[-1].arrive


PREFIX = "DEMO-"  #: of the codes of trips
HUB = 600.0  #: m; nearer to a hub, a lorry may still stand in it


def _code(route: Route, *, back: bool) -> str:
    return f"{route.code}-{'B' if back else 'A'}"


def _halts(route: Route, *, back: bool) -> tuple[Halt, ...]:
    """The hubs of a road with the times of a steady drive along it."""
    road = route.road
    pace = vehicle.Lorry(top=PLANNED_PACE * vehicle.LIMITER)
    if back:
        line = vehicle.Line.of(road.line.lon[::-1], road.line.lat[::-1])
        stops = tuple(replace(stop, along=line.length - stop.along) for stop in road.stops)
        road = replace(road, line=line, stops=stops)
    drive = vehicle.plan(replace(road, limits=()), pace)
    places = {stop.name: stop.along for stop in road.stops}
    visits = [visit for visit in drive.visits if visit.name in route.sites]
    return tuple(_with_room(visits, places))


def _with_room(visits: Sequence[vehicle.Visit], places: Mapping[str, float]) -> Iterator[Halt]:
    """The halts of a drive, each way between two of them longer by ``ROOM``."""
    first, room = visits[0].depart, 0.0
    for number, v in enumerate(visits):
        if number:
            room += ROOM * (v.arrive - visits[number - 1].depart)
        arrive, depart = v.arrive - first + room, v.depart - first + room
        yield Halt(v.name, max(places[v.name], 0.0), arrive, depart, v.depart - v.arrive)
