"""What was learned of the time that pieces of road take.

Of every segment is known how much longer than planned it took, in all and by the hour of the
week (Monday to Friday are one), both forgotten by age; and how it went with the last vehicles,
forgotten within hours.  Each leans on the one before where it has seen little: the last
vehicles on the hour of the week, that on all hours, that on the plan (or, on a free link, on
the pace by length).  So with no data at all the answer is the plan.

Also known is what becomes of vehicles that are early or late.  **hold** is the share of its
lead that a vehicle loses on a segment and at the stop at its end, **gain** the share of its lag
that it makes up, both as multiples of a **basis** (``SpeedRules``): zero until the vehicles show
it, because an early lorry is often early to the end, while a bus waits at its time points.

Everything observed is cut to what is likely (``SpeedRules.cut``) before it is averaged: the
middle estimate serves the median, and one breakdown must not slow a road for weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from route.plans import Bools, Floats, Ints

HOURS = 24
DAY = 86_400.0
BINS = 1 + 3 * HOURS  #: 0 all the time; then the hours of working days, Saturdays, Sundays
ANY = "*"  #: the segment in row 0: all of them together; unknown ones are looked up here


_Number = TypeVar("_Number", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class SpeedRules:
    """How fast is learned and forgotten; tuned by the back-test on buses of three cities."""

    half_life: float = 14 * DAY  #: s; 60 days were slow to see a fuel crisis
    live: float = 6 * 3600.0  #: s; time constant of the last vehicles: 2 h were no better
    trust_plan: float = 4.0  #: passages that the plan is worth
    trust_pace: float = 0.5  #: passages that a pace by length is worth
    trust_all: float = 4.0  #: passages of other hours that an hour without any is worth
    trust_past: float = 4.0  #: passages of the last vehicles that the past is worth
    cut: float = 80.0  #: s to each side of what was expected ...
    cut_share: float = 0.5  #: ... or this share of the expected, if that is more ...
    cut_free: float = 1.0  #: ... this one on free pieces, of which less is known
    stand: float = 240.0  #: s of standing that one passage can show
    early: float = 15.0  #: s behind plan up to which a vehicle is ahead of where it wants to be
    late: float = 30.0  #: s behind plan from which it is late
    cap: float = 600.0  #: s; a greater lead or lag holds or gains no more
    basis_drive: float = 0.1  #: share of lead or lag for each 100 s of planned driving
    basis_stop: float = 0.4  #: share at a stop that is planned to the minute
    trust_hold: float = 0.5  #: weight of the pool of all segments; 1 is a basis of 1, 100 s early
    trust_gain: float = 10.0  #: the same, of late ones
    enough: float = 40.0  #: s of lead or lag from which it teaches something

    def lead(self, deviation: Floats | np.float64) -> Floats:
        """How early is held back, s; of a deviation from the plan in s, late positive."""
        return np.asarray(np.clip(self.early - deviation, 0.0, self.cap))

    def lag(self, deviation: Floats | np.float64) -> Floats:
        """How late can be gained back, s."""
        return np.asarray(np.clip(deviation - self.late, 0.0, self.cap))


@dataclass(frozen=True, slots=True, eq=False)
class Speeds:
    """What is known of ``n`` segments; sums with their weights in passages."""

    names: Mapping[str, int]
    usual: NDArray[np.float32]  #: (n, BINS, 3): weight, s above plan, ``day_of`` the last passage
    live: Floats  #: (n, 3): weight, s above plan, time of the last passage
    hold: Floats  #: (n, 2): weight, multiples of the basis
    gain: Floats  #: (n, 2)

    @classmethod
    def empty(cls) -> Speeds:
        """Nothing is known."""
        usual = np.zeros((1, BINS, 3), np.float32)
        return cls({ANY: 0}, usual, np.zeros((1, 3)), np.zeros((1, 2)), np.zeros((1, 2)))

    def with_names(self, names: set[str]) -> Speeds:
        """A copy that can be written to and has a row for each of ``names``."""
        new = [name for name in sorted(names) if name not in self.names]
        more = {name: len(self.names) + at for at, name in enumerate(new)}

        def grown(column: NDArray[_Number]) -> NDArray[_Number]:
            room = np.zeros((len(new), *column.shape[1:]), column.dtype)
            return np.concatenate([column, room])

        return Speeds(
            {**self.names, **more} if more else self.names,
            grown(self.usual),
            grown(self.live),
            grown(self.hold),
            grown(self.gain),
        )

    def above(self, row: Ints, when: Ints, free: Bools, now: Floats, by: SpeedRules) -> Floats:
        """Seconds above plan expected of whole pieces at ``when`` (bins), reckoned at ``now``."""
        cells = self.usual.reshape(-1, 3)
        base = row * BINS
        today = day_of(now)
        trust = np.where(free, by.trust_pace, by.trust_plan)
        usual = _leaning(cells[base], today, 0.0, trust, by)
        usual = _leaning(cells[base + when], today, usual, by.trust_all, by)
        live = self.live[row]
        fresh = np.exp(np.maximum(now - live[:, 2], 0.0) * (-1 / by.live))
        total = live[:, 1] * fresh + by.trust_past * usual
        return np.asarray(total / (live[:, 0] * fresh + by.trust_past))

    def holds(self, row: Ints, by: SpeedRules) -> Floats:
        """Multiples of the basis that vehicles lose of their lead.

        Never negative: a lead that grows by itself is in ``above`` already, and would be
        multiplied on a long way.
        """
        return np.maximum(_shrunk(self.hold, row, by.trust_hold), 0.0)

    def gains(self, row: Ints, by: SpeedRules) -> Floats:
        """Multiples of the basis that vehicles make up of their lag."""
        return np.clip(_shrunk(self.gain, row, by.trust_gain), -0.1, 1.0)


def day_of(time: Floats) -> Floats:
    """Days since 1970: what a float32 holds to three minutes, enough to tell an age by."""
    return time / DAY


def _leaning(
    cells: NDArray[np.float32],
    today: Floats,
    on: Floats | float,
    trust: Floats | float,
    by: SpeedRules,
) -> Floats:
    """Mean of each cell, aged, that leans ``on`` a value worth ``trust`` passages."""
    age = np.exp2(np.minimum(cells[:, 2] - today, 0.0) * (DAY / by.half_life))
    return np.asarray((cells[:, 1] * age + trust * on) / (cells[:, 0] * age + trust))


def _shrunk(cells: Floats, row: Ints, trust: float) -> Floats:
    """Mean of each row's cell, leaning on that of all segments, which leans on nothing."""
    pool = cells[0, 1] / (cells[0, 0] + trust)
    own = cells[row]
    return np.asarray((own[:, 1] + trust * pool) / (own[:, 0] + trust))


def hour_of_week(time: Floats, shift: float) -> Ints:
    """The bin of each time; ``shift`` is local time minus UTC, s."""
    local = time + shift
    day = np.floor(local / DAY)
    weekday = (day + 3) % 7  # 1970-01-01 was a Thursday
    kind = np.clip(weekday - 4, 0, 2)
    hour = (local - day * DAY) // 3600
    return np.asarray(1 + kind * HOURS + hour, np.intp)


class Lesson:
    """Speeds that are being added to; made and given back within one call of ``learn``."""

    def __init__(self, speeds: Speeds, names: set[str], by: SpeedRules) -> None:
        self.speeds = speeds.with_names(names)
        self.by = by

    def passage(self, time: float, when: int, move: Move) -> None:
        """A vehicle moved over some pieces; ``time`` when it had, ``when`` the bin."""
        to, by, row = self.speeds, self.by, move.row
        if not move.share.any() and self._stood_enough(time, when, move):
            return
        late = np.float64(move.deviation)
        lead, lag = float(by.lead(late)), float(by.lag(late))
        hold = min(float(move.basis @ to.holds(row, by)), 1.0) * lead
        gain = min(float(move.basis @ to.gains(row, by)), 1.0) * lag
        bins = np.full(len(row), when)
        now = np.full(len(row), time)
        expected = float(to.above(row, bins, move.free, now, by) @ move.share)
        part = by.cut_free if move.free.any() else by.cut_share
        room = max(by.cut, part * abs(float(move.planned.sum()) + expected))
        off = move.above - hold + gain - expected
        if move.free.any() and to.usual[row, 0, 0].min() < by.trust_all:
            room = np.inf  # a pace by length may be far off: nothing is unlikely yet
        above = expected + (off if move.whole else min(max(off, -room), room))
        self._add(time, when, move, above)
        basis = float(move.basis.sum())
        if lead > by.enough and basis > 0:
            parts = move.basis * (lead / 100) ** 2
            _count(to.hold, row, np.clip(move.above / (basis * lead), -1, 3), parts)
        if lag > by.enough and basis > 0:
            parts = move.basis * (lag / 100) ** 2
            made = (expected - move.above) / (basis * lag)
            _count(to.gain, row, np.clip(made, -1, 1.5), parts)

    def _stood_enough(self, time: float, when: int, move: Move) -> bool:
        """Whether standing, told in small portions, would teach of a stop that is no traffic.

        Standing is a part of a passage: it counts only where passages were seen, and only up to
        ``stand`` s for each of the last ones.  A jam is no longer; a rest or a breakdown is.
        """
        to, by, row = self.speeds, self.by, move.row
        if to.usual[row, 0, 0].min() < 1:
            return True
        if move.whole:
            return False
        live = to.live[row]
        weight = live[:, 0] * np.exp(np.maximum(time - live[:, 2], 0.0) * (-1 / by.live))
        usual = to.above(row, np.full(len(row), when), move.free, np.full(len(row), time), by)
        beyond = (live[:, 1] / np.maximum(live[:, 0], 1e-9) - usual) * weight
        return bool((beyond > by.stand * np.maximum(weight, 1.0)).any())

    def _add(self, time: float, when: int, move: Move, above: float) -> None:
        to, by, row = self.speeds, self.by, move.row
        more = np.column_stack([move.share, above * move.split])
        today = time / DAY
        for column in (0, when):
            cells = to.usual[row, column]
            age = np.exp2(np.minimum(cells[:, 2] - today, 0.0) * (DAY / by.half_life))
            cells[:, :2] = cells[:, :2] * age[:, None] + more
            cells[:, 2] = np.maximum(cells[:, 2], today)
            to.usual[row, column] = cells
        live = to.live[row]
        fresh = np.exp(np.maximum(time - live[:, 2], 0.0) * (-1 / by.live))
        live[:, :2] = live[:, :2] * fresh[:, None] + more
        live[:, 2] = np.maximum(live[:, 2], time)
        to.live[row] = live


def _count(cells: Floats, row: Ints, value: float, parts: Floats) -> None:
    more = np.column_stack([parts, parts * value])
    cells[row] += more
    cells[0] += more.sum(axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """What one vehicle did between two fixes: ``k`` pieces, each once."""

    row: Ints  #: of the segments in the table
    share: Floats  #: of each piece that it went over
    planned: Floats  #: s of that share
    split: Floats  #: shares of ``planned``; they sum to 1
    free: Bools
    basis: Floats  #: of hold and gain; 0 on free pieces
    deviation: float  #: s behind plan at the first fix
    above: float  #: s more than planned
    whole: bool = False  #: it counts as it is, however unlikely
