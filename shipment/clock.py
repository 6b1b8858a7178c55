"""What time alone tells of a trip: nothing came, nothing moves, something should have happened.

``conditions`` looks at one trip at one moment and remembers nothing; a condition that lasts is
known again by its ``key``, so that one episode is one alert.  A limit is reached when it is
reached: exactly at the limit the condition holds, one second before it does not; a due time is
passed one second after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite, nan
from typing import NamedTuple

import numpy as np

from fleet.trips import Plan, StopFact, StopStatus, TripState


class Kind(StrEnum):
    """What holds."""

    UNPLANNED_STOP = "unplanned_stop"  #: it stands outside every stop
    NO_PROGRESS = "no_progress"  #: it moves, but not along its line
    OVERSTAY = "overstay"  #: it should have left the stop
    NOT_DEPARTED = "not_departed"  #: the trip should have begun
    OVERDUE = "overdue"  #: it should have been at the stop
    SIGNAL_STALE = "signal_stale"  #: the newest fix is old
    SIGNAL_LOST = "signal_lost"
    WRONG_STOP = "wrong_stop"  #: it stays at a hub or a customer that is not in the plan
    UNPLANNED_VISIT = "unplanned_visit"  #: it stays at another known place
    NO_VEHICLE = "no_vehicle"  #: the trip should begin, and nobody serves it


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits, s (domain 3.5, 3.9)."""

    stop: float = 1200.0  #: longer than a toll gate, a fuel queue or a red light
    stop_in_rest_area: float = 3600.0  #: longer than the rest the law asks for
    no_progress: float = 1800.0  #: longer than a way round a closed junction
    overstay: float = 3600.0  #: beyond the planned service
    departure: float = 900.0  #: beyond the planned departure; the tolerance of arrivals
    stale_moving: float = 300.0
    stale_parked: float = 2100.0  #: a parked terminal reports every half hour
    intervals: float = 3.0  #: so many reports have to be missing
    lost_moving: float = 1800.0
    lost_parked: float = 86_400.0
    advance: float = 500.0  #: m along the line that count as progress


RULES = Rules()


@dataclass(frozen=True, slots=True)
class View:
    """One trip and its vehicle, as they are known now."""

    state: TripState
    plan: Plan
    facts: Sequence[StopFact]  #: with what the clock made of them
    served: bool = True  #: it has a vehicle
    seen: float = nan  #: time of the newest believed fix of its vehicle
    interval: float = 30.0  #: s; its device reports so often while it moves
    stand_since: float = nan  #: since when it stands within 100 m; NaN: it moves
    inside: bool = False  #: a fence of a site
    in_rest_area: bool = False
    advanced: float = nan  #: when it last got on along the line (``advance``); NaN unknown
    sheltered: bool = False  #: a tunnel or a ferry: silence is expected


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds."""

    kind: Kind
    since: float  #: when it began to hold
    began: float  #: when what it tells of began
    stop: int = 0  #: key of the stop it is about; 0 none

    @property
    def key(self) -> tuple[str, int, float]:
        """Of the episode."""
        return self.kind.value, self.stop, self.began


def conditions(view: View, now: float, rules: Rules = RULES) -> tuple[Condition, ...]:
    """What holds at ``now``, in the order of ``Kind``; nothing of a trip that is over."""
    if view.state.is_over or view.state in (TripState.DRAFT, TripState.SUSPENDED):
        return ()
    found = [*_standing(view, now, rules), *_stops(view, now, rules), *_silence(view, now, rules)]
    if not view.served:
        begin = _first(view.plan.stops[0], ("depart", "opens", "arrive"))
        found.append(Condition(Kind.NO_VEHICLE, begin, begin))
    kinds = tuple(Kind)
    holds = [one for one in found if one.since <= now]
    return tuple(sorted(holds, key=lambda one: (kinds.index(one.kind), one.since, one.stop)))


def is_calm(view: View, now: float, rules: Rules = RULES) -> bool:
    """Whether nothing but a stop can bring about a condition: quickly told of most trips."""
    parked = isfinite(view.stand_since)
    return (
        view.served
        and not view.seen + (rules.stale_parked if parked else rules.stale_moving) <= now
        and not view.stand_since + min(rules.stop, rules.stop_in_rest_area) <= now
        and not view.advanced + rules.no_progress <= now
    )


def advance(
    before: tuple[float, float], s: float, time: float, rules: Rules = RULES
) -> tuple[float, float]:
    """How far it had got (m) when it last got on, and when; to be kept beside the place.

    What is not known yet (NaN), and another begin of the line, begins anew.
    """
    reached, _ = before
    if not isfinite(s):
        return before
    got_on = not isfinite(reached) or s >= reached + rules.advance or s < reached - rules.advance
    return (s, time) if got_on else before


def _first(stop: np.void, names: Sequence[str]) -> float:
    return next((float(stop[name]) for name in names if isfinite(stop[name])), inf)


def _standing(view: View, now: float, rules: Rules) -> Iterator[Condition]:
    """It stands, or drives about."""
    if view.state is not TripState.EN_ROUTE:
        return
    known = now if now - view.seen < rules.stale_parked else view.seen  # it may have gone on
    if isfinite(view.stand_since) and (view.in_rest_area or not view.inside):
        limit = rules.stop_in_rest_area if view.in_rest_area else rules.stop
        if view.stand_since + limit <= known:
            since = view.stand_since + limit
            yield Condition(Kind.UNPLANNED_STOP, since, view.stand_since)
    elif isfinite(view.advanced) and view.advanced + rules.no_progress <= known:
        yield Condition(Kind.NO_PROGRESS, view.advanced + rules.no_progress, view.advanced)


def _stops(view: View, now: float, rules: Rules) -> Iterator[Condition]:
    """It should have come, or gone."""
    known = {fact.stop: fact for fact in view.facts}
    for number, row in enumerate(view.plan.stops.tolist()):
        stop = _Times(*row)
        fact = known.get(stop.key)
        status = StopStatus.PLANNED if fact is None else fact.status
        there = fact is not None and fact.is_there
        if not there and not status.is_open:
            continue
        due = _known(stop.closes, stop.arrive) + _or_zero(stop.late)
        if not there and not stop.via and now > due:
            yield Condition(Kind.OVERDUE, due, due, stop.key)
        if there and fact is not None:
            since, began = _stay(stop, fact, rules)
            yield Condition(Kind.OVERSTAY, since, began, stop.key)
        waits = there or not view.state.is_under_way
        if number == 0 and waits and isfinite(stop.depart):
            yield Condition(Kind.NOT_DEPARTED, stop.depart + rules.departure, stop.depart, stop.key)


class _Times(NamedTuple):
    """A planned stop in plain numbers: the fields of ``fleet.trips.STOP``."""

    key: int
    site: int
    s: float
    arrive: float
    depart: float
    opens: float
    closes: float
    service: float
    early: float
    late: float
    via: bool


def _known(*times: float) -> float:
    return next((time for time in times if isfinite(time)), inf)


def _or_zero(span: float) -> float:
    return span if isfinite(span) else 0.0


def _stay(stop: _Times, fact: StopFact, rules: Rules) -> tuple[float, float]:
    """From when on it stays too long there, and since when its service could go on."""
    service = _or_zero(stop.service)
    arrive, depart = stop.arrive, stop.depart
    planned = max(service, depart - arrive) if isfinite(depart - arrive) else service
    begins = (stop.opens, arrive, depart - planned)
    open_at = next((time for time in begins if isfinite(time)), fact.arrived)
    began = max(fact.arrived, open_at)
    return began + planned + rules.overstay, began


def _silence(view: View, now: float, rules: Rules) -> Iterator[Condition]:
    """Nothing was heard; of a trip that is not expected to be heard of, nothing is said."""
    expected = view.state.is_under_way or view.state is TripState.ARMED
    if not expected or not isfinite(view.seen) or view.sheltered:
        return
    parked = isfinite(view.stand_since)
    lost = view.seen + (rules.lost_parked if parked else rules.lost_moving)
    stale = rules.stale_parked if parked else rules.stale_moving
    stale = view.seen + max(stale, rules.intervals * view.interval)
    if lost <= now:
        yield Condition(Kind.SIGNAL_LOST, lost, view.seen)
    else:
        yield Condition(Kind.SIGNAL_STALE, stale, view.seen)
