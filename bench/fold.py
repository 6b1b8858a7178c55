"""Bytes to judged, packed rows: the product's fold against a message at a time.

Both are given the same batches turn by turn and keep their state from batch to batch; after
every batch the rows are compared.  Both follow the vehicles through the same fences, each in
its own way (see ``bench.baseline``).  The product's part ends with the columns as they go to
PostgreSQL, the baseline's with a list of tuples.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.baseline import COLUMNS, Baseline, Row
from bench.measure import Ratio, Report, cpu, middle, spread
from bench.places import FENCES, places
from bench.traffic import frames, world_of
from fleet.records import FixBatch, Frame
from gateway import memory as remembered
from gateway import nmea, screen
from gateway.assemble import assemble
from gateway.judge import judge
from gateway.memory import Memory, blank
from gateway.pipeline import Outcome, Rules, conclude, cut, read
from gateway.world import World
from store.arrays import Bytes, Column, Float4, Float8, Instant, Int2, Int4

VEHICLES = 5000
SEED = 20
#: batch size: batches measured (the baseline takes some 0.2 ms a message)
TURNS = {1: 1000, 10: 200, 100: 60, 1000: 12, 5000: 5}
#: messages before the measurement, 180 s: a fleet that has been on the road, all vehicles are
#: known, and those parked inside of a fence have arrived (its dwell is 120 s)
WARM = 18 * VEHICLES
QUICK = {1: 20, 10: 10, 100: 5, 1000: 2}
REQUIRED = {10: 1.0, 1000: 20.0}
_PACKED: dict[str, type[Column]] = {
    "time": Instant,
    "received": Instant,
    "lat": Float8,
    "lon": Float8,
    "altitude": Float4,
    "speed": Float4,
    "course": Float4,
    "hdop": Float4,
    "satellites": Float4,
    "grade": Int2,
    "flags": Int2,
}


@dataclass(slots=True)
class Product:
    """The product's fold with its state, without a database."""

    world: World
    memory: Memory
    carried: dict[str, bytes]
    rules: Rules

    @classmethod
    def fresh(cls, world: World) -> Product:
        """Nothing is known of any vehicle."""
        return cls(world, blank(len(world.rows.plate)), {}, Rules())

    def fold(self, batch: Sequence[Frame]) -> tuple[FixBatch, list[bytes]]:
        """The rows of one batch, judged; and what the commit sends of them and of the memory."""
        said = read(batch, self.world, self.carried, self.rules)
        now, later = cut(said.fixes, self.rules.limits)
        assert not len(later), "the input has more fixes of one vehicle than a commit takes"
        outcome = conclude(now, said.events, self.memory, self.world, self.rules)
        sent = pack(self.world, outcome)
        self.memory.update(outcome.touched, outcome.memory)
        self.carried.update(said.carried)
        return outcome.fixes, sent


def pack(world: World, outcome: Outcome) -> list[bytes]:
    """The columns of a commit's fixes and memories as PostgreSQL receives them."""
    fixes = outcome.fixes
    columns: list[Column | Bytes] = [Int4(world.rows.device_key[fixes.device])]
    columns += [kind(getattr(fixes, name)) for name, kind in _PACKED.items()]
    columns.append(Bytes(remembered.pack(outcome.memory)))
    return [column.packed() for column in columns]


def same(product: FixBatch, baseline: Sequence[Row]) -> bool:
    """Whether both are the same rows, to the bit, in whatever order."""
    if len(product) != len(baseline):
        return False
    theirs = np.array([[math.nan if v is None else v for v in row] for row in baseline], float)
    theirs = theirs.reshape(-1, len(COLUMNS))
    ours = np.array([getattr(product, name).astype(float) for name in COLUMNS]).T
    first, second = (rows[np.lexsort((rows[:, 2], rows[:, 0]))] for rows in (ours, theirs))
    return np.array_equal(first, second, equal_nan=True)


def run(*, quick: bool) -> Report:
    """Measure all batch sizes."""
    report = Report(
        "fold",
        f"CPU of bytes to judged rows; {VEHICLES:,} vehicles, {FENCES:,} fences, RMC + GGA, one "
        "epoch a message, seeded faults; baseline: pynmea2, STRtree and objects, a message at a "
        "time; same rows asserted.",
    )
    world = world_of(VEHICLES, places(VEHICLES, SEED))
    source = frames(VEHICLES, SEED)
    ours, theirs = Product.fresh(world), Baseline(world, Rules())
    for _ in range(0, WARM, 1000):
        warm = list(itertools.islice(source, 1000))
        ours.fold(warm)
        theirs.fold(warm)
    for size, turns in (QUICK if quick else TURNS).items():
        report.ratios.append(compare(ours, theirs, source, size, turns))
    report.figures = stages(ours, source, 1000, 2 if quick else 12)
    return report


def compare(
    ours: Product, theirs: Baseline, source: Iterator[Frame], size: int, turns: int
) -> Ratio:
    """Both ways over ``turns`` batches of ``size`` messages; raises if the rows differ."""
    product, baseline = [], []
    for turn in range(turns):
        batch = list(itertools.islice(source, size))
        if turn % 2:
            mine, (rows, _) = cpu(ours.fold, batch)
            other, folded = cpu(theirs.fold, batch)
        else:
            other, folded = cpu(theirs.fold, batch)
            mine, (rows, _) = cpu(ours.fold, batch)
        assert same(rows, folded.rows), f"the rows differ in batch {turn} of {size}"
        product.append(mine / size * 1e6)
        baseline.append(other / size * 1e6)
    ratios = [b / p for p, b in zip(product, baseline, strict=True)]
    return Ratio(
        f"batches of {size:,}",
        middle(product),
        middle(baseline),
        "us/message",
        middle(ratios),
        spread(ratios),
        REQUIRED.get(size),
    )


def stages(ours: Product, source: Iterator[Frame], size: int, turns: int) -> dict[str, float]:
    """Where the product's time goes, us per message at ``size``."""
    world, rules, memory = ours.world, ours.rules, ours.memory
    names = ("decode", "assemble", "age", "cut", "once", "judge", "rest of conclude", "pack")
    found: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(turns):
        batch = list(itertools.islice(source, size))
        decode, _ = cpu(nmea.decode, batch, {}, rules.nmea)
        whole, said = cpu(assemble, batch, world, {}, rules.nmea, rules.age)
        aged, (fixes, _) = cpu(screen.age, said.fixes, batch, rules.age)
        cutting, (now, _) = cpu(cut, fixes, rules.limits)
        once, (single, _, _) = cpu(screen.once, now)
        judging, _ = cpu(judge, single, memory.screen, rules.screen)
        concluded, outcome = cpu(conclude, now, said.events, memory, world, rules)
        packed, _ = cpu(pack, world, outcome)
        memory.update(outcome.touched, outcome.memory)
        rest = concluded - once - judging
        spent = (decode, whole - decode, aged, cutting, once, judging, rest, packed)
        for name, seconds in zip(names, spent, strict=True):
            found[name].append(seconds / size * 1e6)
    return {f"{name}, us/message at {size:,}": middle(found[name]) for name in names}
