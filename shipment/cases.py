"""The trips of one look: what is known of each, and what is to be estimated."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, isnan, nan

import numpy as np
from numpy.typing import NDArray

from fleet.trips import (
    Evaluation,
    NoEstimate,
    Place,
    Plan,
    Question,
    Standing,
    StepTaken,
    StopFact,
    StopStatus,
    TripRow,
    TripState,
)
from shipment.stops import Stray

BEYOND = 1_000.0  #: m past a stop on the line, it is behind (the domain's turn-back limit)
#: m past a stop, and moving: it has left, though its departure takes two minutes to be sure.
GONE_ON = 500.0

#: m and time at which a vehicle last got on; what is kept of a place begins with it.
ADVANCED = struct.Struct("<2d")


def unpack_place(kept: bytes) -> tuple[tuple[float, float], bytes]:
    """When a vehicle last got on, and what is remembered of its progress, as they are kept."""
    if len(kept) < ADVANCED.size:
        return (nan, nan), b""
    s, time = ADVANCED.unpack_from(kept)
    return (s, time), kept[ADVANCED.size :]


@dataclass(frozen=True, slots=True)
class Case:
    """A trip to look at."""

    trip: TripRow
    standing: Standing
    facts: tuple[StopFact, ...]  #: by visits and words, in order of the latest plan
    vehicle: int  #: row in the world of who serves it now; -1 nobody
    place: Place | None
    packed: bytes = b""  #: what is remembered of the vehicle's progress
    advanced: tuple[float, float] = (nan, nan)  #: m and time at which it last got on
    steps: tuple[StepTaken, ...] = ()
    state: TripState | None = None  #: None: as it was
    strays: tuple[Stray, ...] = ()  #: stays that no plan asked for

    @property
    def plan(self) -> Plan | None:
        """The latest revision."""
        return self.trip.plan


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be estimated of some cases."""

    case: NDArray[np.intp]  #: index of the case, of each row of ``question``
    question: Question
    why: tuple[NoEstimate, ...]  #: of every case; ``NONE`` where it is asked


def ask(cases: Sequence[Case], now: float) -> Asked:
    """What to ask about ``cases`` at ``now``."""
    why = tuple(_why_not(case, now) for case in cases)
    chosen = [number for number, reason in enumerate(why) if reason is NoEstimate.NONE]
    rows = [_asked(cases[number], now) for number in chosen]
    columns = list(zip(*rows, strict=True)) or [()] * 8
    question = Question(
        np.array([cases[number].trip.key for number in chosen], np.int32),
        np.full(len(chosen), now),
        np.array(columns[0], np.float64),
        np.array(columns[1], np.float64),
        np.array(columns[2], np.int32),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        np.array(columns[5], np.float64),
        np.array(columns[6], np.float64),
        np.array(columns[7], np.bool_),
    )
    return Asked(np.array(chosen, np.intp), question, why)


def _why_not(case: Case, now: float) -> NoEstimate:
    state = case.standing.state if case.state is None else case.state
    if case.plan is None or state is TripState.SUSPENDED or state.is_over:
        return NoEstimate.NOT_UNDER_WAY
    if case.vehicle < 0:
        later = any(now < one.valid_from for one in case.trip.assigned)
        return NoEstimate.NOT_UNDER_WAY if later else NoEstimate.NO_VEHICLE
    if case.place is None and not any(fact.is_there for fact in case.facts):
        return NoEstimate.NO_POSITION
    return NoEstimate.NONE


def _asked(case: Case, now: float) -> tuple[float, float, int, float, float, float, float, bool]:
    """Place, time of the fix, first stop, there since, left at, driven, standing since, off."""
    first = first_open(case)
    place = case.place
    before = case.facts[first - 1] if first else None
    here = before.arrived if before is not None and before.is_there else nan
    left = before.departed if before is not None else nan
    if place is None:
        return nan, now, first, here, left, nan, nan, False
    if isfinite(here) and _has_gone_on(case.plan, first - 1, place):
        here, left = nan, place.seen
    seen, stands = min(place.seen, now), place.stand_since
    if isnan(place.s) and isnan(here) and isfinite(left):
        seen = min(left, seen)  # it is heard of, but not on its line: that it left is all one knows
    return place.s, seen, first, here, left, place.driven, stands, place.off


def _has_gone_on(plan: Plan | None, stop: int, place: Place) -> bool:
    """Whether a vehicle is on its way again from a stop that it is not yet known to have left."""
    if plan is None or isfinite(place.stand_since) or place.off:
        return False
    return bool(place.s - plan.stops["s"][stop] > GONE_ON)


def first_open(case: Case) -> int:
    """Index of the first stop that lies ahead: after the last one done, and not left behind."""
    plan, place = case.plan, case.place
    if plan is None:
        return 0
    first = 0
    for number, fact in enumerate(case.facts):
        if not fact.status.is_open and fact.status is not StopStatus.SKIPPED:
            first = number + 1
    if place is not None and isfinite(place.s) and not place.off:
        behind = plan.stops["s"] < place.s - BEYOND
        if behind.any():
            first = max(first, int(np.flatnonzero(behind)[-1]) + 1)
    return first


def after(before: Standing, each: Evaluation) -> Standing:
    """How a trip stands after an evaluation was kept."""
    return replace(
        before,
        state=each.state,
        facts=each.facts or before.facts,
        risks=each.risks,
        risks_plan=each.plan,
        evaluated=each.at,
        heard=each.heard if isfinite(each.heard) else before.heard,
        place=each.place,
    )
