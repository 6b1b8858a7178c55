"""Positions through the fold, in the order received: which are believed, and how far along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Grade
from gateway import judge
from milepost.backtest.ground import Ground
from milepost.backtest.sets import DataSet, Floats, Ints, Positions
from route import progress

WINDOW = 60.0  #: s of receiving that are one batch
_HISTORY = 3600.0  #: s likewise before the test, where nobody asks


@dataclass(frozen=True, slots=True)
class Trail:
    """What is known after each believed position of a known journey; sorted by journey, time."""

    journey: Ints
    time: Floats
    s: Floats  #: m along the line; NaN while it has not been on it
    state: NDArray[np.uint8]  #: ``progress.State``
    driven: Floats  #: s since the last break, after the batch that it came in


def follow(
    data: DataSet, base: Ground, screen: judge.Rules, done: Callable[[float], None]
) -> Trail:
    """Take all positions, batch after batch."""
    vehicles = int(data.positions.vehicle.max(initial=-1)) + 1
    fold = _Fold(base, data.journeys.way, screen, vehicles)
    total = max(1, len(data.positions))
    taken = 0
    for batch in _batches(data):
        fold.take(batch)
        taken += len(batch)
        done(taken / total)
    return fold.trail()


def _batches(data: DataSet) -> Iterator[Positions]:
    """Windows of time; in the test each vehicle once, so that what is known then is seen."""
    time = data.positions.time
    first = int(np.searchsorted(time, data.since))
    for low, high in _windows(time[:first], _HISTORY):
        yield data.positions.rows(slice(low, high))
    for low, high in _windows(time[first:], WINDOW):
        window = data.positions.rows(slice(first + low, first + high))
        yield from _rounds(window)


def _windows(time: Floats, length: float) -> Iterator[tuple[int, int]]:
    if len(time):
        number = np.floor(time / length)
        cuts = np.flatnonzero(np.diff(number)) + 1
        yield from zip([0, *cuts.tolist()], [*cuts.tolist(), len(time)], strict=True)


def _rounds(window: Positions) -> Iterator[Positions]:
    order = np.argsort(window.vehicle, kind="stable")
    vehicle = window.vehicle[order]
    rank = np.empty(len(window), np.intp)
    rank[order] = np.arange(len(window)) - np.searchsorted(vehicle, vehicle)
    for number in range(int(rank.max(initial=-1)) + 1):
        yield window.rows(rank == number)


class _Fold:
    """The memory of the fold, and what came of it."""

    def __init__(self, base: Ground, way: Ints, screen: judge.Rules, vehicles: int) -> None:
        self._base, self._way, self._screen = base, way, screen
        self._seen = judge.empty_memory(vehicles)
        self._roads = progress.empty_progress(vehicles)
        self._rules = progress.Rules()
        self._found: list[tuple[NDArray[np.generic], ...]] = []

    def take(self, batch: Positions) -> None:
        """One batch."""
        order = np.lexsort((batch.time, batch.vehicle))
        ours = batch.rows(order)
        judged = judge.judge(_fixes(ours), self._seen, self._screen)
        self._seen[judged.touched] = judged.memory
        believed = ours.rows(judged.believed)
        sigma = judge.sigma(np.full(len(believed), np.nan), self._screen)
        known = believed.journey >= 0
        line = np.full(len(believed), -1, np.int32)
        line[known] = self._base.line_of[self._way[believed.journey[known]]]
        roads = progress.Roads(
            believed.vehicle, believed.time, believed.lon, believed.lat, sigma, believed.speed,
            believed.course, believed.journey + np.int32(1), line,
        )  # fmt: skip
        found = progress.locate(roads, self._base.lines, self._roads, self._rules, self._base.halts)
        self._roads[found.touched] = found.memory
        of = np.searchsorted(found.touched, believed.vehicle)
        columns = (
            *(believed.journey, believed.time, found.s, found.state),
            found.memory["driven"][of],
        )
        self._found.append(tuple(column[known] for column in columns))

    def trail(self) -> Trail:
        """All that came of it."""
        columns = [np.concatenate(parts) for parts in zip(*self._found, strict=True)]
        order = np.lexsort((columns[1], columns[0]))
        return Trail(*(column[order] for column in columns))


def _fixes(ours: Positions) -> FixBatch:
    """As the decoder would give them: no HDOP, no satellites."""
    number = len(ours)
    unknown = np.full(number, np.nan)
    return FixBatch(
        device=ours.vehicle,
        vehicle=ours.vehicle,
        time=ours.time,
        lon=ours.lon,
        lat=ours.lat,
        altitude=unknown,
        speed=ours.speed,
        course=ours.course,
        hdop=unknown,
        satellites=unknown,
        grade=np.full(number, Grade.B, np.uint8),
        flags=np.zeros(number, np.uint16),
        received=ours.time,
        frame=np.arange(number, dtype=np.int32),
    )
