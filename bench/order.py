"""Do the nodes come out the same under any order, duplication and cutting of the same fixes?

A day of a small fleet is delivered again and again: shuffled, doubled, newest first, cut
into batches anywhere, with a fence edited and a terminal moved to another vehicle at any
moment in between, and with repairs run early, late or not until the end.  The nodes that
hold at the end are compared with those of the delivery in order.

The tables are kept in memory (``bench.ledger``), so that a thousand deliveries take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.ledger import Edit, Ledger
from fleet.fences import FenceTerms, FenceVersion, Outline, Role, ShapeKind, StopRule
from fleet.records import FixBatch, Flag, WorldRows
from gateway.pipeline import Rules
from gateway.world import World

MORNING = 1_772_352_000.0  #: 2026-03-01T08:00:00Z
_EAST = 95_900.0  #: m per degree of longitude at 30.6 degrees
_NORTH = 110_860.0
_INTERVAL = 60.0  #: s between two fixes: 500 of them are a working day


@dataclass(frozen=True, slots=True)
class Day:
    """What a fleet sent in a day, in order of time, and what was edited meanwhile."""

    before: World
    edits: tuple[Edit, ...]
    fixes: FixBatch


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a day is."""

    vehicles: int = 3
    fixes: int = 500  #: of each
    conflicts: float = 0.02  #: share of fixes of which another position exists
    start: float = MORNING


def day(plan: Plan, rng: np.random.Generator) -> Day:
    """A day of ``plan``; vehicle 0's terminal moves to a spare vehicle in the afternoon."""
    hubs = _hubs(4, rng)
    rides = [_ride(plan, hubs, rng) for _ in range(plan.vehicles)]
    batches = [_fixes(row, *ride, rng) for row, ride in enumerate(rides)]
    clean = FixBatch.concat(batches)
    doubted = clean.rows(rng.random(len(clean)) < plan.conflicts)
    other = replace(
        doubted,
        lon=doubted.lon + rng.normal(0, 60 / _EAST, len(doubted)),
        hdop=np.round(rng.uniform(0.7, 4.0, len(doubted)), 1),
    )
    fixes = FixBatch.concat([clean, other])
    fixes = fixes.rows(np.argsort(fixes.time, kind="stable"))
    last = float(fixes.time.max())
    redrawn, moved = rng.uniform(plan.start, last, 2).round(3).tolist()
    fences = _fences(hubs)
    edited = _redraw(fences, int(rng.integers(len(hubs))), redrawn, rng)
    first = _world(plan.vehicles, fences, 1, np.inf)
    second = _world(plan.vehicles, edited, 2, np.inf)
    third = _world(plan.vehicles, edited, 3, moved)
    edits = (
        Edit(second, dict.fromkeys(range(plan.vehicles + 1), redrawn)),
        Edit(third, {0: moved, plan.vehicles: moved}),
    )
    return Day(first, edits, fixes)


def deliver(day: Day, pieces: Sequence[FixBatch | Edit | None], rules: Rules) -> Ledger:
    """Take ``pieces`` in: a batch to commit, an edit, or None: the time for repairs."""
    ledger = Ledger(day.before, rules)
    for piece in pieces:
        if piece is None:
            ledger.repair()
        elif isinstance(piece, Edit):
            ledger.edit(piece)
        else:
            ledger.write(piece)
    ledger.repair()
    return ledger


def in_order(day: Day, size: int = 1) -> list[FixBatch | Edit | None]:
    """The day as it happened, ``size`` fixes at a time; the edits are made at its end."""
    cuts = range(size, len(day.fixes), size)
    parts = [day.fixes.rows(part) for part in np.split(np.arange(len(day.fixes)), list(cuts))]
    return [*parts, *day.edits]


def shuffled(day: Day, rng: np.random.Generator) -> list[FixBatch | Edit | None]:
    """The day in another order: each time another kind of trouble."""
    fixes = day.fixes
    order = _order(fixes, rng)
    again = rng.choice(len(fixes), int(rng.uniform(0, 0.5) * len(fixes)))
    order = np.insert(order, rng.integers(0, len(order) + 1, len(again)), again)
    cuts = np.sort(rng.integers(0, len(order) + 1, int(rng.integers(2, 40))))
    pieces: list[FixBatch | Edit | None] = [fixes.rows(p) for p in np.split(order, cuts)]
    pieces = [piece for piece in pieces if isinstance(piece, FixBatch) and len(piece)]
    places = np.sort(rng.integers(0, len(pieces) + 1, len(day.edits)))
    for place, edit in reversed(list(zip(places.tolist(), day.edits, strict=True))):
        pieces.insert(place, edit)
    for place in np.sort(rng.integers(0, len(pieces) + 1, int(rng.integers(0, 6))))[::-1].tolist():
        pieces.insert(place, None)
    return pieces


def _order(fixes: FixBatch, rng: np.random.Generator) -> NDArray[np.intp]:
    """An order of arrival."""
    n = len(fixes)
    match int(rng.integers(4)):
        case 0:  # anything
            return rng.permutation(n)
        case 1:  # delays: most come in order, some up to three hours late
            delay = np.where(rng.random(n) < 0.3, rng.exponential(3600.0, n), 0.0)
            return np.argsort(fixes.time + delay, kind="stable")
        case 2:  # one terminal was offline for hours and sends its newest first
            device = int(rng.choice(np.unique(fixes.device)))
            start = rng.uniform(fixes.time.min(), fixes.time.max())
            end = start + rng.uniform(0.5, 6) * 3600
            held = (fixes.device == device) & (fixes.time >= start) & (fixes.time < end)
            return np.argsort(np.where(held, 2 * end - fixes.time, fixes.time), kind="stable")
        case _:  # one terminal after the other
            return np.lexsort((fixes.time, rng.permutation(fixes.device.max() + 1)[fixes.device]))


def run(
    plan: Plan, permutations: int, rng: np.random.Generator, rules: Rules | None = None
) -> Iterator[bool]:
    """Whether each of so many deliveries of a day ends with the nodes of the ordered one."""
    rules = rules or Rules()
    given = day(plan, rng)
    size = 1 + len(given.fixes) // 2_000
    expected = deliver(given, in_order(given, size), rules).canon()
    for _ in range(permutations):
        yield deliver(given, shuffled(given, rng), rules).canon() == expected


def identical(plan: Plan, permutations: int, seed: int) -> int:
    """How many deliveries of the day of ``seed`` end with the nodes of the ordered one."""
    return sum(run(plan, permutations, np.random.default_rng([20261122, seed])))


def _hubs(number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Centres, m east and north, along a road to the east."""
    return np.stack([np.arange(number) * 9_000.0, rng.uniform(-40, 40, number)], axis=1)


def _ride(
    plan: Plan, hubs: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Time, place (m) and speed (m/s): to and fro between hubs, with stops at some of them."""
    fixes = plan.fixes
    time = np.round(plan.start + np.cumsum(rng.uniform(0.6, 1.4, fixes)) * _INTERVAL, 3)
    place, speed = np.empty((fixes, 2)), np.empty(fixes)
    x, way, stay = float(rng.uniform(-3_000, 20_000)), 1.0, 0.0
    steps = np.diff(time, prepend=time[0])
    for row, step in enumerate(steps.tolist()):
        pace = 15.0 if stay <= 0 else 0.0
        stay -= step
        before, x = x, x + way * pace * step
        passed = [h for h in hubs[:, 0] if min(before, x) < h <= max(before, x)]
        if passed and pace and rng.random() < 0.7:
            x, stay = float(passed[0]), float(rng.uniform(300, 2_400))
        if not -4_000 < x < hubs[-1, 0] + 4_000:
            way = -np.sign(x)
        place[row], speed[row] = (x, 0.0), 0.0 if stay > 0 else pace
    return time, place, speed


def _fixes(
    row: int,
    time: NDArray[np.float64],
    place: NDArray[np.float64],
    speed: NDArray[np.float64],
    rng: np.random.Generator,
) -> FixBatch:
    """What a receiver makes of it: noise, spikes, poor fixes."""
    n = len(time)
    sigma = np.where(rng.random(n) < 0.02, 120.0, 8.0)
    noisy = place + rng.normal(0, 1, (n, 2)) * sigma[:, None]
    hdop = np.round(rng.uniform(0.7, 2.0, n), 1)
    hdop[rng.random(n) < 0.05] = 7.0
    return FixBatch(
        device=np.full(n, row, np.int32),
        vehicle=np.full(n, row, np.int32),
        time=time,
        lon=114.0 + noisy[:, 0] / _EAST,
        lat=30.6 + noisy[:, 1] / _NORTH,
        altitude=np.full(n, 40.0),
        speed=speed + np.abs(rng.normal(0, 0.3, n)),
        course=np.full(n, np.nan),
        hdop=hdop,
        satellites=np.full(n, 9.0),
        grade=np.where(hdop > 5, 2, 0).astype(np.uint8),
        flags=np.where(rng.random(n) < 0.01, int(Flag.VOID), 0).astype(np.uint16),
        received=time + 0.4,
        frame=np.full(n, -1, np.int32),
    )


def _fences(hubs: NDArray[np.float64]) -> tuple[FenceVersion, ...]:
    return tuple(_fence(row, x, y, 300.0) for row, (x, y) in enumerate(hubs.tolist()))


def _fence(row: int, x: float, y: float, radius: float) -> FenceVersion:
    point = shapely.to_wkb(shapely.Point(114.0 + x / _EAST, 30.6 + y / _NORTH))
    outline = Outline(ShapeKind.CIRCLE, point, radius)
    terms = FenceTerms(outline, Role.HUB, True, 60.0, 120.0, 120.0, StopRule.STAY)  # noqa: FBT003 - node level
    return FenceVersion(row + 1, 1, row + 1, 0, "Asia/Shanghai", -np.inf, np.inf, terms)


def _redraw(
    fences: tuple[FenceVersion, ...], row: int, since: float, rng: np.random.Generator
) -> tuple[FenceVersion, ...]:
    """The fences with one of them moved and resized from a time on."""
    old = fences[row]
    lon, lat = shapely.get_coordinates(shapely.from_wkb(old.terms.outline.wkb))[0].tolist()
    point = shapely.Point(lon + float(rng.uniform(-200, 200)) / _EAST, lat)
    outline = Outline(ShapeKind.CIRCLE, shapely.to_wkb(point), float(rng.uniform(150, 500)))
    new = replace(old, version=2, valid_from=since, terms=replace(old.terms, outline=outline))
    return (*fences[:row], replace(old, valid_to=since), new, *fences[row + 1 :])


def _world(vehicles: int, fences: tuple[FenceVersion, ...], revision: int, moved: float) -> World:
    """Terminal i in vehicle i; terminal 0 from ``moved`` on in the spare vehicle."""
    device = np.arange(vehicles, dtype=np.int32)
    bound_device, to = device, device
    since, until = np.zeros(vehicles), np.full(vehicles, np.inf)
    if np.isfinite(moved):
        bound_device, to = np.append(device, 0), np.append(device, vehicles)
        until = np.append(until, np.inf)
        until[0] = moved
        since = np.append(since, moved)
    rows = WorldRows(
        revision,
        tuple(f"d{i}" for i in range(vehicles)),
        device + 1,
        tuple(f"v{i}" for i in range(vehicles + 1)),
        np.arange(vehicles + 1, dtype=np.int32) + 1,
        bound_device.astype(np.int32),
        to.astype(np.int32),
        since,
        until,
        np.ones(len(to), np.bool_),
        revision,
        fences,
    )
    return World.build(rows)
