"""Which trip a vehicle is on, by time.

A vehicle may have several trips before it at once: the one that is late and the next one,
whose tracking window is open already.  It is on the one that was to begin first, until it has
reached the end of that one's line.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from fleet.records import WorldRows
from fleet.trips import TripRow, span
from route.lines import Halts, Lines
from shipment.runs import Run, Timetable

Floats = NDArray[np.float64]

NONE = 0  #: no key of a trip


#: Begin, end, first trip, row of its line, all trips of each stretch of one vehicle.
Stretches = list[tuple[float, float, int, int, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches of time of each vehicle in which the same trips come into question."""

    timetable: Timetable
    lines: Lines
    halts: Halts  #: where the trips are to stop
    _first: NDArray[np.int64]  #: of each vehicle's stretches, shape (vehicles + 1,)
    _begins: Floats  #: of each stretch, ascending within its vehicle
    _ends: Floats
    _trip: NDArray[np.int32]  #: key of the first trip that comes into question
    _line: NDArray[np.int32]  #: its row in ``lines``; -1 none
    _several: NDArray[np.bool_]  #: more than one trip comes into question
    _candidates: tuple[tuple[int, ...], ...]  #: keys, the earliest start first
    stretches: Mapping[int, Stretches]  #: the same, by row of the vehicle

    @classmethod
    def build(cls, rows: WorldRows, before: Runs | None = None) -> Runs:
        """Lay out the trips of ``rows``; what ``before`` has is not prepared again."""
        lines, known = _lines(rows, before), dict[int, Stretches]()
        timetable = Timetable.build(rows.trips, None if before is None else before.timetable)
        if before is not None and lines is before.lines:
            known = {
                vehicle: found
                for vehicle, found in before.stretches.items()
                if _is_same(vehicle, timetable, before.timetable)
            }
        of = {
            vehicle: known.get(vehicle) or _stretches(timetable.of[vehicle], timetable.trips, lines)
            for vehicle in sorted(timetable.of)
        }
        count = np.zeros(len(rows.plate), np.int64)
        for vehicle, found in of.items():
            count[vehicle] = len(found)
        every = [one for found in of.values() for one in found]
        begins, ends, keys, line, candidates = zip(*every, strict=True) if every else [()] * 5
        return cls(
            timetable,
            lines,
            Halts.build({trip.key: trip.plans[-1].stops["s"] for trip in rows.trips if trip.plans}),
            np.append(0, np.cumsum(count)),
            np.array(begins, np.float64),
            np.array(ends, np.float64),
            np.array(keys, np.int32),
            np.array(line, np.int32),
            np.array([len(c) > 1 for c in candidates], np.bool_),
            tuple(candidates),
            of,
        )

    def find(self, vehicle: NDArray[np.int32], time: Floats) -> NDArray[np.int64]:
        """The stretch that each fix falls into; -1 none."""
        if not len(self._begins):
            return np.full(len(vehicle), -1, np.int64)
        low, high = self._first[vehicle], self._first[vehicle + 1]
        at = np.full(len(vehicle), -1, np.int64)
        # Few vehicles have more than a handful of stretches: step through them together.
        for step in range(int((high - low).max(initial=0))):
            stretch = low + step
            inside = stretch < high
            stretch = np.where(inside, stretch, 0)
            inside &= (self._begins[stretch] <= time) & (time < self._ends[stretch])
            at = np.where(inside, stretch, at)
        return at

    def __bool__(self) -> bool:
        """Whether any vehicle is on any trip at any time."""
        return bool(len(self._begins))

    def several(self, stretch: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Where more than one trip comes into question."""
        if not len(self._several):
            return np.zeros(len(stretch), np.bool_)
        return (stretch >= 0) & self._several[stretch]

    def first(self, stretch: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Key and line of the first trip of each stretch; 0 and -1 for none."""
        if not len(self._begins):
            return np.zeros(len(stretch), np.int32), np.full(len(stretch), -1, np.int32)
        known = stretch >= 0
        return (
            np.where(known, self._trip[stretch], np.int32(NONE)),
            np.where(known, self._line[stretch], np.int32(-1)),
        )

    def choose(self, stretch: int, time: float, trip: int, s: float) -> tuple[int, int]:
        """Key and line of the trip that a vehicle is on which was on ``trip`` at ``s``.

        It leaves a trip for the next when it has come to the end of its line, and never goes
        back to an earlier one.
        """
        candidates = self._candidates[stretch]
        at = candidates.index(trip) if trip in candidates else 0
        if trip in candidates:
            end, until = self.end_of(stretch, time, trip)
            at += s >= end or time >= until
        key = candidates[at]
        return key, self.line_at(key, time)

    def end_of(self, stretch: int, time: float, trip: int) -> tuple[float, float]:
        """From which m, and from when on, a vehicle on ``trip`` goes on to the next; inf never.

        Where no line tells how far it has got, it goes on when the next is to begin.
        """
        candidates = self._candidates[stretch]
        after = candidates.index(trip) + 1
        if after == len(candidates):
            return inf, inf
        row = self.line_at(trip, time)
        if row >= 0:
            return float(self.lines.length[row]) - END_REACH, inf
        plan = self.timetable.trips[candidates[after]].plan
        return inf, inf if plan is None else span(plan.stops)[0]

    def line_at(self, trip: int, time: float) -> int:
        """Row of the line that the trip follows at a time; -1 none."""
        plan = self.timetable.trips[trip].plan_at(time)
        return -1 if plan is None or not plan.line else self.lines.row_of(plan.line)


END_REACH = 200.0  #: m before the end of its line a trip counts as driven; a yard is as long


def _lines(rows: WorldRows, before: Runs | None) -> Lines:
    """The block of lines; a line never changes, so the same keys are the same block."""
    if before is None:
        return Lines.build(rows.lines)
    if [line.key for line in rows.lines] == before.lines.key.tolist():
        return before.lines
    return Lines.build(rows.lines, before.lines)


def _is_same(vehicle: int, timetable: Timetable, before: Timetable) -> bool:
    """Whether nothing of a vehicle's trips has changed."""
    runs = timetable.of.get(vehicle)
    return runs is before.of.get(vehicle) and all(
        timetable.trips[run.trip] is before.trips.get(run.trip) for run in runs or ()
    )


def _stretches(runs: Sequence[Run], trips: Mapping[int, TripRow], lines: Lines) -> Stretches:
    """Begin, end, first trip, its line and all trips of each stretch of one vehicle."""
    borders = {border for run in runs for border in (run.begins, run.ends)}
    borders |= {plan.valid_from for run in runs for plan in trips[run.trip].plans}
    marks = sorted(border for border in borders if isfinite(border))
    found = []
    for begins, ends in itertools.pairwise(marks):
        candidates = tuple(
            dict.fromkeys(r.trip for r in runs if r.begins <= begins and ends <= r.ends)
        )
        if candidates:
            plan = trips[candidates[0]].plan_at(begins)
            line = -1 if plan is None or not plan.line else lines.row_of(plan.line)
            found.append((begins, ends, candidates[0], line, candidates))
    return found
