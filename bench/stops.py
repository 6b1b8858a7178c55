"""Days of simulated lorries, and how what is found is scored against the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, isfinite, isnan, pi

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.motion import Leg, Noise, Path, Place, Stay, observe, path, place, stays
from fleet.nodes import Visit, VisitState
from fleet.records import FixBatch
from geofence.index import Index
from geofence.visits import Machine, Memory, Rules, Track, empty_places, follow

Floats = NDArray[np.float64]

ROAD, NEAR, GATE, YARD = 20.0, 14.0, 6.0, 4.0  #: m/s
APART = 5000.0  #: m from hub to hub


def _corner(number: int) -> tuple[float, float]:
    """Where the ground of a vehicle begins: 25 beside each other, all at about one latitude."""
    return number // 25 * 200_000.0, (number % 25 - 12) * 3000.0


@dataclass(slots=True)
class Day:
    """Vehicles, the places of all, and what really happened."""

    motions: list[Path] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    truth: list[Stay] = field(default_factory=list)

    def add(self, motion: Path, places: Sequence[Place]) -> None:
        """One more vehicle, with places of its own."""
        self.truth += stays(len(self.motions), motion, places)
        self.motions.append(motion)
        self.places += places

    def fixes(self, rng: np.random.Generator, every: float, noise: Noise) -> FixBatch:
        """What their receivers report."""
        parts = [
            observe(rng, number, motion, every, noise) for number, motion in enumerate(self.motions)
        ]
        return FixBatch.concat(parts)


def stops(rng: np.random.Generator, vehicles: int, each: int) -> Day:
    """Lorries that go from hub to hub, past others, and stand 10 to 60 minutes at docks."""
    day = Day()
    for vehicle in range(vehicles):
        (west, row), first = _corner(vehicle), len(day.places) + 1
        hubs = [_hub(rng, first + 2 * k, west + (k + 1) * APART, row) for k in range(each)]
        beside = [
            _beside(rng, first + 2 * k + 1, west + (k + 0.5) * APART, row) for k in range(each)
        ]
        legs = [leg for hub in hubs for leg in _stop(rng, hub, row)]
        last = (west + (each + 1) * APART, row)
        motion = path((west, row), [*legs, Leg((last,), (ROAD,))])
        day.add(motion, [*hubs, *beside])
    return day


def _hub(rng: np.random.Generator, fence: int, x: float, y: float) -> Place:
    y += float(rng.uniform(-80, 80))
    if rng.random() < 0.5:
        return place(fence, shapely.Point(x, y), float(rng.choice([100, 150, 300])))
    wide, high = rng.uniform(90, 250), rng.uniform(70, 200)
    yard = shapely.box(x - wide, y - high, x + wide, y + high)
    return place(fence, shapely.affinity.rotate(yard, float(rng.uniform(0, 90))))


def _beside(rng: np.random.Generator, fence: int, x: float, y: float) -> Place:
    """A place at the roadside that it has no business at."""
    off = float(rng.uniform(15, 60))
    return place(fence, shapely.box(x - 100, y + off, x + 100, y + off + 150))


def _stop(rng: np.random.Generator, hub: Place, row: float) -> list[Leg]:
    """To a dock in a hub, and on along the road."""
    x = float(shapely.centroid(hub.shape).x)
    dock = _inside(rng, shapely.buffer(hub.shape, -15.0))
    wait = float(rng.uniform(600, 3600))
    legs = []
    light = (x - APART / 2, row)  # beside another place: it waits at a light there
    legs.append(Leg((light,), (ROAD,), float(rng.choice([0, 0, 90]))))
    gate_in, gate_out = _gate(hub, (x - 700, row), dock), _gate(hub, (x + 700, row), dock)
    legs.append(Leg(((x - 700, row), gate_in), (ROAD, NEAR), 0.0))
    if rng.random() < 0.2:
        queue = tuple(np.array(gate_in) + 45 * _unit(np.array((x - 700, row)) - gate_in))
        legs[-1] = Leg(((x - 700, row), queue), (ROAD, NEAR), float(rng.uniform(60, 180)))
        legs.append(Leg((gate_in,), (GATE,)))
    legs.append(Leg((dock,), (GATE,), wait))
    if rng.random() < 0.3:
        legs.append(Leg((_inside(rng, shapely.buffer(hub.shape, -15.0)),), (YARD,), wait / 4))
    legs.append(Leg((gate_out, (x + 700, row)), (GATE, NEAR)))
    return legs


def _unit(way: Floats) -> Floats:
    unit: Floats = way / np.hypot(*way)
    return unit


def _inside(rng: np.random.Generator, shape: shapely.Geometry) -> tuple[float, float]:
    west, south, east, north = shapely.bounds(shape)
    while True:
        x, y = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        if shapely.intersects_xy(shape, x, y):
            return x, y


def _gate(
    hub: Place, towards: tuple[float, float], dock: tuple[float, float]
) -> tuple[float, float]:
    """Where the straight way from the road to the dock crosses the outline."""
    cut = shapely.intersection(shapely.LineString([towards, dock]), shapely.boundary(hub.shape))
    at = shapely.get_coordinates(cut)
    nearest = at[np.argmin(np.hypot(*(at - towards).T))]
    return float(nearest[0]), float(nearest[1])


def engine(
    track: Track, places: Sequence[Place], rules: Rules | None = None
) -> dict[int, list[Visit]]:
    """The visits of each vehicle, hour by hour as they come."""
    index = Index.build([each.version for each in places], 1)
    memory = Memory(empty_places(int(track.vehicle.max()) + 1))
    hours = np.arange(track.time.min(), track.time.max() + 3600.0, 3600.0)
    machines: dict[int, tuple[Machine, ...]] = {}
    known: dict[int, list[Visit]] = defaultdict(list)
    opened: dict[int, list[Visit]] = {}
    for begin, end in pairwise(hours):
        part = track.rows((track.time >= begin) & (track.time < end))
        done = follow(part, index, memory, rules or Rules())
        places_, machines = memory.places.copy(), {**machines, **done.machines}
        places_[done.touched] = done.places
        memory = Memory(places_, machines)
        for vehicle, visits in done.visits.items():
            known[vehicle] += [visit for visit in visits if visit.settled < inf]
            opened[vehicle] = [visit for visit in visits if visit.settled == inf]
    return {v: known[v] + opened.get(v, []) for v in {*known, *opened}}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a rule says: a vehicle was at a fence; ``end`` is inf while it is."""

    vehicle: int
    fence: int
    begin: float
    end: float
    flaps: int = 0


def claims(visits: Mapping[int, Iterable[Visit]]) -> list[Claim]:
    """The visits that become nodes."""
    found = []
    for vehicle, own in visits.items():
        for visit in own:
            if isnan(visit.arrived) or visit.yielded_to:
                continue
            left = visit.state is VisitState.DEPARTED and visit.exit is not None
            end = visit.exit.time if left and visit.exit is not None else inf
            found.append(Claim(vehicle, visit.fence, visit.entry.time, end, visit.flaps))
    return found


def plain(track: Track, places: Sequence[Place]) -> list[Claim]:
    """The plain rule: a point in the polygon has arrived, the first one outside has left."""
    found = []
    local = {each.frame: each.frame.to_local(track.lon, track.lat) for each in places}
    for each in places:
        inside = each.covers(*local[each.frame])
        edges = np.flatnonzero(
            np.append(True, (inside[1:] != inside[:-1]) | (track.vehicle[1:] != track.vehicle[:-1]))
        )
        for first, after in pairwise([*edges.tolist(), len(inside)]):
            if not inside[first]:
                continue
            vehicle = int(track.vehicle[first])
            left = after < len(inside) and int(track.vehicle[after]) == vehicle
            end = float(track.time[after]) if left else inf
            found.append(Claim(vehicle, each.version.fence, float(track.time[first]), end))
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """Claims against the truth.  Nodes are arrivals and departures."""

    stops: int
    claimed: int  #: nodes
    right: int  #: nodes of a claim that matches a stop; a departure only if it did leave
    due: int  #: nodes that there should be
    arrivals: Floats  #: s, errors of those that match
    departures: Floats
    flaps: int

    @property
    def precision(self) -> float:
        """Share of the nodes that are right."""
        return self.right / self.claimed if self.claimed else 1.0

    @property
    def recall(self) -> float:
        """Share of the nodes due that are there."""
        return self.right / self.due if self.due else 1.0


def score(claimed: Sequence[Claim], truth: Sequence[Stay]) -> Score:
    """Match claims and stops of one vehicle and fence by greatest overlap, one to one."""
    stops_ = [stay for stay in truth if stay.stands]
    by_fence: dict[tuple[int, int], list[Claim]] = defaultdict(list)
    for claim in claimed:
        by_fence[claim.vehicle, claim.fence].append(claim)
    used: set[int] = set()
    arrivals, departures, flaps = [], [], sum(claim.flaps for claim in claimed)
    for stay in stops_:
        own = [c for c in by_fence[stay.vehicle, stay.fence] if id(c) not in used]
        best = max(own, key=lambda claim: _overlap(claim, stay), default=None)
        if best is None or _overlap(best, stay) <= 0:
            continue
        used.add(id(best))
        arrivals.append(best.begin - stay.begin)
        if best.end < inf and stay.end < inf:
            departures.append(best.end - stay.end)
    # From 2 to 5 minutes inside prove nothing, either way.
    unsure = [stay for stay in truth if not stay.stands and stay.end - stay.begin >= 120]
    judged = [
        claim
        for claim in claimed
        if id(claim) in used
        or not any(
            (claim.vehicle, claim.fence) == (stay.vehicle, stay.fence) and _overlap(claim, stay) > 0
            for stay in unsure
        )
    ]
    nodes = sum(1 + (claim.end < inf) for claim in judged)
    return Score(
        stops=len(stops_),
        claimed=nodes,
        right=len(arrivals) + len(departures),
        due=sum(1 + (stay.end < inf) for stay in stops_),
        arrivals=np.array([error for error in arrivals if isfinite(error)]),
        departures=np.array(departures),
        flaps=flaps,
    )


def _overlap(claim: Claim, stay: Stay) -> float:
    return min(claim.end, stay.end) - max(claim.begin, stay.begin)


def passes(rng: np.random.Generator, count: int) -> Day:
    """Through the inner half of hubs at 40 to 90 km/h without a stop."""
    day, each = Day(), 20
    for vehicle in range(count // each):
        (west, row), first = _corner(vehicle), len(day.places) + 1
        radii = rng.choice([100.0, 150.0, 300.0, 600.0], each)
        aside = rng.uniform(-0.5, 0.5, each) * radii
        places = [
            place(first + k, shapely.Point(west + (k + 1) * APART, row + aside[k]), float(radii[k]))
            for k in range(each)
        ]
        pace = float(rng.uniform(40, 90)) / 3.6
        time = np.arange(0.0, (each + 1) * APART / pace)
        day.add(Path(time, west + time * pace, np.full(len(time), row)), places)
    return day


def parked(rng: np.random.Generator) -> Day:
    """It drives into a yard, stands for 8 h 5 m from the border of it, and drives away."""
    yard = place(1, shapely.box(-150, -100, 150, 100))
    dock, angle = (145.0, 20.0), float(rng.uniform(-pi / 2, pi / 2))
    away = (dock[0] + 4000 * np.cos(angle), dock[1] + 4000 * np.sin(angle))
    legs = [Leg(((-150.0, 0.0), dock), (NEAR, YARD), 8 * 3600.0), Leg((away,), (NEAR,))]
    day = Day()
    day.add(path((-4000.0, 0.0), legs), [yard])
    return day


def sparse(rng: np.random.Generator, count: int) -> Day:
    """Through a hub of 300 m at a constant speed."""
    day = Day()
    for number in range(count):
        (west, row), pace = _corner(number), float(rng.uniform(40, 90)) / 3.6
        middle = shapely.Point(west + 10_000, row + float(rng.uniform(-150, 150)))
        hub = place(number + 1, middle, 300.0)
        time = np.arange(0.0, 20_000 / pace)
        day.add(Path(time, west + time * pace, np.full(len(time), row)), [hub])
    return day


def rounds(rng: np.random.Generator, count: int) -> tuple[Day, list[int]]:
    """Depot, customer, depot; some only go round the block.  With how many stays each has.

    Out of the gate for less than 10 minutes and never 1 km away, it has not departed.
    """
    day, due = Day(), []
    for number in range(count):
        west, row = _corner(number)
        depot = place(number + 1, shapely.Point(west + 2000, row), 150.0)
        block = number % 2 == 1
        away = (west + 2600.0 if block else west + 6000.0, row)
        dock = (west + 2000 + float(rng.uniform(-80, 80)), row + float(rng.uniform(-80, 80)))
        legs = [
            Leg((dock,), (NEAR,), float(rng.uniform(900, 2400))),
            Leg((away,), (NEAR,), 60.0 if block else 1200.0),
            Leg((dock,), (NEAR,), float(rng.uniform(900, 2400))),
            Leg(((west + 9000.0, row),), (NEAR,)),
        ]
        day.add(path((west, row), legs), [depot])
        due.append(1 if block else 2)
    return day, due


def nested(rng: np.random.Generator, count: int) -> tuple[Day, list[set[int]]]:
    """Docks in yards in hubs, beside hubs of others that overlap; where each has arrived."""
    day, due = Day(), []
    for number in range(count):
        (west, row), first = _corner(number), len(day.places) + 1

        def box(
            begin: float,
            south: float,
            end: float,
            north: float,
            west: float = west,
            row: float = row,
        ) -> shapely.Polygon:
            return shapely.box(west + begin, row + south, west + end, row + north)

        hub = place(first, box(5700, -300, 6300, 300))
        yard = place(first + 1, box(5800, -200, 6100, 200), parent=first)
        middle = shapely.Point(west + 5900, row)
        dock = place(first + 2, middle, 60.0, parent=first + 1, nodes=False)
        other = place(first + 3, box(6060, -700, 6900, 700))
        both = number % 2 == 1  # in the other's fence too, which is larger
        at = (west + (6080 if both else 5900), row + float(rng.uniform(-20, 20)))
        legs = [Leg((at,), (NEAR,), 1800.0), Leg(((west, row),), (NEAR,))]
        day.add(path((west, row), legs), [hub, yard, dock, other])
        due.append({first, first + 1})
    return day, due
