"""The fences stage of the fold: what it costs a fix, beside the decoding of the same run.

``Index.relate`` says which fences a fix matters to, and how; ``geofence.visits.follow`` is that
and the visits that follow from it.  The world: star polygons of 5 to 200 vertices and a radius
of 30 m to 3 km (logarithmically uniform), every fifth a circle, in 60 cities; 100,000 of them
are some seven on top of each other.  The traffic: 10,000 vehicles in the same cities, a fix
every 5 to 10 s, 35 % parked.  Everything is drawn from one seed.

The baseline asks an STRtree for each point by itself, with a predicate; it knows neither
margins, nor accuracy, nor segments, nor visits.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any, ParamSpec, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.measure import Ratio, Report, cpu, middle, spread
from bench.traffic import START, frames
from fleet.fences import FenceTerms, FenceVersion, Outline, Role, ShapeKind, StopRule
from fleet.geo import metres_per_degree
from gateway import nmea
from gateway.pipeline import Rules as GatewayRules
from geofence.index import Index
from geofence.visits import Memory, Rules, Track, empty_places, follow

SEED = 33
VEHICLES = 10_000
BATCH = 1000
CITIES = 60
CITY = 6000.0  #: m; spread of fences and vehicles round the middle of a city
WARM = 180.0  #: s of traffic before the measurement: who is parked has arrived by then
#: fences: the budget, us a fix
BUDGETS = {10_000: 20.0, 100_000: 40.0}
BATCHES, QUICK_BATCHES = 20, 4
AGAIN = 3  #: the best of so many runs on the same input counts: the machine is not ours alone

Floats = NDArray[np.float64]
Args = ParamSpec("Args")
Result = TypeVar("Result")


def cities() -> Floats:
    """Longitude and latitude of their middles, shape (60, 2); always the same ones."""
    rng = np.random.default_rng(SEED)
    return np.column_stack([rng.uniform(100, 120, CITIES), rng.uniform(24, 40, CITIES)])


def fences(number: int, rng: np.random.Generator) -> list[FenceVersion]:
    """So many fences, each at a site of its own, since ever."""
    middle_of = cities()[rng.integers(CITIES, size=number)]
    scale = np.column_stack(metres_per_degree(middle_of[:, 1]))
    centre = middle_of + rng.normal(0, CITY, (number, 2)) / scale
    radius = np.exp(rng.uniform(np.log(30), np.log(3000), number))
    is_circle = rng.random(number) < 0.2
    stars, area = star_polygons(centre, scale, radius, rng)
    size = np.where(is_circle, radius, np.sqrt(area / np.pi))
    points: Any = shapely.points(centre)
    wkb = shapely.to_wkb(np.where(is_circle, points, stars), byte_order=1)
    rows = zip(wkb, is_circle.tolist(), radius.tolist(), size.tolist(), strict=True)
    return [
        FenceVersion(key, 1, key, 0, "Asia/Shanghai", 0.0, inf, terms(*row))
        for key, row in enumerate(rows, 1)
    ]


def star_polygons(
    centre: Floats, scale: Floats, radius: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.object_], Floats]:
    """One round each centre, in degrees, and their areas in m2; 60 vertices in the mean."""
    number = len(centre)
    vertices = 5 + (195 * rng.beta(1, 2.5, number)).astype(int)
    own = np.repeat(np.arange(number), vertices)
    place = np.arange(len(own)) - np.repeat(np.cumsum(vertices) - vertices, vertices)
    angle = 2 * np.pi * (place + rng.uniform(0, 0.7, len(own))) / vertices[own]
    reach = radius[own] * rng.uniform(0.5, 1, len(own))
    at = np.column_stack([reach * np.cos(angle), reach * np.sin(angle)]) / scale[own]
    stars: Any = shapely.polygons(shapely.linearrings(at + centre[own], indices=own))
    return stars, shapely.area(stars) * scale.prod(axis=1)


def terms(wkb: bytes, is_circle: bool, radius: float, size: float) -> FenceTerms:  # noqa: FBT001 - a column of the world
    """Of a hub; the margin is a fifth of its size, 30 to 150 m."""
    kind = ShapeKind.CIRCLE if is_circle else ShapeKind.POLYGON
    outline = Outline(kind, wkb, radius if is_circle else 0.0)
    margin = min(max(0.2 * size, 30.0), 150.0)
    return FenceTerms(
        outline, Role.HUB, node_level=True, margin=margin,
        dwell_in=120.0, dwell_out=120.0, stop_rule=StopRule.STAY,
    )  # fmt: skip


class Traffic:
    """Vehicles that drive about in their cities, or are parked there."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._middle = cities()[rng.integers(CITIES, size=VEHICLES)]
        self._scale = np.column_stack(metres_per_degree(self._middle[:, 1]))
        self._at = rng.normal(0, CITY, (VEHICLES, 2))  # m from the middle of the city
        self._course = rng.uniform(0, 2 * np.pi, VEHICLES)
        self._speed = np.where(rng.random(VEHICLES) < 0.35, 0.0, rng.uniform(5, 22, VEHICLES))
        self._interval = rng.uniform(5, 10, VEHICLES)
        self._next = START + rng.uniform(0, self._interval)
        self._sigma = 5.0 * rng.choice([1.0, 1.1, 1.9, 2.4], VEHICLES)

    def batch(self) -> Track:
        """The next thousand fixes, of a thousand vehicles, by vehicle."""
        due = np.sort(np.argpartition(self._next, BATCH)[:BATCH])
        time, speed = self._next[due], self._speed[due]
        self._next[due] += self._interval[due]
        self._turn(due)
        course = self._course[due]
        way = (speed * self._interval[due])[:, None]
        self._at[due] += way * np.column_stack([np.sin(course), np.cos(course)])
        noise = self._rng.normal(0, 2, (BATCH, 2))
        lon, lat = (self._middle[due] + (self._at[due] + noise) / self._scale[due]).T
        return Track(
            due.astype(np.int32),
            due.astype(np.int32),
            np.round(time, 3),
            lon,
            lat,
            self._sigma[due],
            self._rng.random(BATCH) < 0.98,
            np.where(speed > 0, np.nan, START - 600),
        )

    def _turn(self, due: NDArray[np.intp]) -> None:
        """Go on about straight; from the outskirts, turn to the middle."""
        at = self._at[due]
        home = np.arctan2(-at[:, 0], -at[:, 1])
        far = np.hypot(at[:, 0], at[:, 1]) > 2.5 * CITY
        swerve = self._course[due] + self._rng.normal(0, 0.2, len(due))
        self._course[due] = np.where(far, home, swerve)


def polygons(versions: Sequence[FenceVersion]) -> NDArray[np.object_]:
    """Their outlines in degrees; circles become polygons of 64 corners."""
    outlines = [version.terms.outline for version in versions]
    shapes: Any = shapely.from_wkb(np.array([outline.wkb for outline in outlines], object))
    metres = np.array([outline.radius for outline in outlines])
    which = np.flatnonzero(metres)
    centre = shapely.get_coordinates(shapes[which])[:, None]
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    corner = metres[which, None, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    scale = np.stack(metres_per_degree(centre[..., 1]), axis=-1)
    shapes[which] = shapely.polygons(centre + corner / scale)
    return shapes  # type: ignore[no-any-return]  # see above


@dataclass(slots=True)
class Plain:
    """The baseline: for each point, the polygons that hold it."""

    tree: shapely.STRtree

    @classmethod
    def build(cls, versions: Sequence[FenceVersion]) -> Plain:
        """Of the outlines alone."""
        return cls(shapely.STRtree(polygons(versions)))

    def inside(self, track: Track) -> list[NDArray[np.intp]]:
        """For each fix, the fences it is inside of."""
        return [
            self.tree.query(shapely.Point(lon, lat), predicate="intersects")
            for lon, lat in zip(track.lon.tolist(), track.lat.tolist(), strict=True)
        ]


@dataclass(slots=True)
class Measured:
    """us a fix, by batch; and what the batches were like."""

    relate: list[float]
    follow: list[float]
    plain: list[float]
    pairs: float = 0.0  #: per fix, of the index
    hits: float = 0.0  #: per fix: fences it is inside of
    stirred: float = 0.0  #: share of the vehicles that are taken fix by fix


def run(*, quick: bool) -> Report:
    """Measure both worlds."""
    report = Report(
        "fences",
        f"CPU per fix, batches of {BATCH:,}, {VEHICLES:,} vehicles, the best of {AGAIN} runs of "
        "each batch, the median of the batches; 'budget': the ratio of the budget to it; "
        "'each point': of a loop of Point and STRtree.query with a predicate to it.",
    )
    for number, budget in BUDGETS.items():
        if not quick or number == min(BUDGETS):
            measure(report, number, budget, quick=quick)
    report.figures["decode, us/message"] = decoding(QUICK_BATCHES if quick else 12)
    return report


def measure(report: Report, number: int, budget: float, *, quick: bool) -> None:
    """One world: both ratios, and the figures of its index."""
    versions = fences(number, np.random.default_rng(SEED + 2))
    built, index = best(Index.build, versions, 1)
    edited = [*versions]
    old = edited[number // 2].terms
    edited[number // 2] = replace(versions[number // 2], terms=replace(old, margin=old.margin + 1))
    rebuilt, _ = best(Index.build, edited, 2, index)
    found = measured(index, Plain.build(versions), quick=quick)
    name = f"{number:,} fences"
    for what, ours, theirs, required in (
        ("budget", found.relate, [budget] * len(found.relate), 1.0),
        ("budget, visits included", found.follow, [budget] * len(found.follow), None),
        ("each point", found.relate, found.plain, None),
    ):
        ratios = [b / p for p, b in zip(ours, theirs, strict=True)]
        row = (middle(ours), middle(theirs), "us/fix", middle(ratios), spread(ratios), required)
        report.ratios.append(Ratio(f"{name}, {what}", *row))
    report.figures |= {
        f"{name}: Index.relate, us/fix": middle(found.relate),
        f"{name}: with visits, us/fix": middle(found.follow),
        f"{name}: pairs of the index, per fix": found.pairs,
        f"{name}: inside of, per fix": found.hits,
        f"{name}: vehicles taken fix by fix, share": found.stirred,
        f"{name}: index built, s": built,
        f"{name}: index built after one edit, s": rebuilt,
    }


def measured(index: Index, plain: Plain, *, quick: bool) -> Measured:
    """Drive about, and measure."""
    traffic = Traffic(np.random.default_rng(SEED + 1))
    places, rules = empty_places(VEHICLES), Rules()
    memory = Memory(places, {})
    warm = 0 if quick else int(WARM * VEHICLES / 7.5 / BATCH)
    found = Measured([], [], [])
    for turn in range(warm + 10 + (QUICK_BATCHES if quick else BATCHES)):
        track = traffic.batch()
        last = memory.places[track.vehicle]
        if turn < warm + 10:
            followed = follow(track, index, memory, rules)
        else:
            spent, followed = best(follow, track, index, memory, rules)
            found.follow.append(spent / BATCH * 1e6)
            columns = (track.time, track.lon, track.lat, track.sigma, last["lon"], last["lat"])
            spent, relations = best(index.relate, *columns)
            found.relate.append(spent / BATCH * 1e6)
            spent, inside = cpu(plain.inside, track)
            found.plain.append(spent / BATCH * 1e6)
            found.pairs = len(relations) / BATCH
            found.hits = sum(map(len, inside)) / BATCH
            found.stirred = len(followed.machines) / BATCH
        memory.places[followed.touched] = followed.places
        memory = Memory(places, dict(memory.machines) | followed.machines)
    return found


def decoding(turns: int) -> float:
    """What ``gateway.nmea.decode`` costs a message, us: RMC and GGA, the same batches."""
    source, rules = frames(VEHICLES, SEED), GatewayRules()
    spent = []
    for _ in range(turns):
        batch = list(itertools.islice(source, BATCH))
        seconds, _ = best(nmea.decode, batch, {}, rules.nmea)
        spent.append(seconds / BATCH * 1e6)
    return middle(spent)


def best(
    work: Callable[Args, Result], *args: Args.args, **known: Args.kwargs
) -> tuple[float, Result]:
    """Seconds of CPU of the best of a few calls, and the result."""
    runs = [cpu(work, *args, **known) for _ in range(AGAIN)]
    return min(seconds for seconds, _ in runs), runs[0][1]
