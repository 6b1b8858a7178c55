"""Which visit fulfils which planned stop: a function of plans, visits and people's words.

The order in which any of them were learned does not matter, and nothing is remembered, so that
late fixes correct stop times as they correct visits.  What only the clock can say (approaching,
missed because time has passed) is ``pending`` and is no part of that.

Rules (domain 3.6, 3.7).  A visit fulfils one stop; besides it may be the end of one trip and
the beginning of the next.  It goes to the earliest trip of the vehicle that is not over, there
to the next planned stop of its site.  Of two stops of the same site the second needs the first
to be left and those between to be closed (or nine tenths of the way to be driven).  A vehicle
goes on to the next trip without having ended one when that trip's end has passed: at once if
it never began it, else when two stops of the next were visited and none of this one since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan
from types import MappingProxyType

import numpy as np

from fleet.nodes import VisitState
from fleet.trips import Plan, StopFact, StopStatus, StopWord, VisitRow
from shipment.allot import Allotted, Trip, allot
from shipment.journey import Journey, is_proof, order, until, window

__all__ = ["Course", "Fulfilled", "Stray", "fulfil", "pending", "strays"]

#: A stop so near is being approached (domain 3.7).
NEAR_TIME, NEAR_WAY = 900.0, 5_000.0  #: s, m
GONE_BY, GONE_BY_TIME = 5_000.0, 3600.0  #: m past a stop, s past its time: it was missed
STRAY = 600.0  #: s of standing in a known fence that is no stop of the plan
_NOWHERE: Mapping[str, float] = MappingProxyType({})
_NOT_THERE = (StopStatus.SKIPPED, StopStatus.MISSED)


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """What became of the stops."""

    facts: Mapping[int, tuple[StopFact, ...]]  #: by trip, in the order of its latest plan
    #: by trip: when its vehicle went on to the next one without having ended it
    gave_way: Mapping[int, float] = field(default_factory=dict)
    #: by id of the visit: trips and stops that it fulfils
    served: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)


def fulfil(
    journeys: Iterable[Journey],
    visits: Iterable[VisitRow],
    way: Mapping[str, float] = _NOWHERE,
) -> Fulfilled:
    """Say of every planned stop what became of it.

    Args:
        journeys: with every trip all others whose tracking windows meet its own and that share
            a vehicle with it; drafts are passed over.  In any order.
        visits: of their vehicles, in any order.
        way: m along the planned line where visits began, by id, where known; only the return
            to a site with stops left open in between asks for it.
    """
    ordered = sorted((one for one in journeys if one.plans), key=order)
    trips = [Trip(journey, way) for journey in ordered]
    rows = sorted(visits, key=_by_time)
    allot(trips, [row for row in rows if row.state is not VisitState.UNVERIFIED])
    for row in rows:
        if row.state is VisitState.UNVERIFIED:
            _doubt(trips, row)
    served: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for trip in trips:
        for stop, taken in trip.taken.items():
            served[taken.visit.id].append((trip.journey.trip, stop))
    return Fulfilled(
        {trip.journey.trip: _facts(trip) for trip in trips},
        {trip.journey.trip: trip.gave_way for trip in trips if isfinite(trip.gave_way)},
        {visit: tuple(sorted(stops)) for visit, stops in served.items()},
    )


def _by_time(row: VisitRow) -> tuple[float | int | str, ...]:
    """An order that is the same whatever was learned first; ids differ between deliveries."""
    return (row.entered, until(row), row.vehicle, row.site, row.state, row.yielded, row.id)


def _doubt(trips: Sequence[Trip], row: VisitRow) -> None:
    """There were no fixes while it could have been at a stop that nothing else fulfils."""
    for trip in trips:
        for stop in trip.journey.plan.stops:
            key = int(stop["key"])
            if key not in trip.doubted and trip.can_doubt(row, stop):
                trip.doubted[key] = row
                return


def _facts(trip: Trip) -> tuple[StopFact, ...]:
    stops = trip.journey.plan.stops
    keys = stops["key"].tolist()
    plain = [_fact(trip, key, trip.words.get(key)) for key in keys]
    departed = [n for n, fact in enumerate(plain) if fact.status is StopStatus.DEPARTED]
    last = departed[-1] if departed else -1
    over = isfinite(trip.gave_way) or isfinite(trip.ended_by_visit())
    found = []
    for number, fact in enumerate(plain):
        gone_by = trip.journey.plan.strict and number < last
        if fact.status is StopStatus.PLANNED and (gone_by or over):
            fact = replace(fact, status=StopStatus.MISSED)  # noqa: PLW2901 - a value, not the row
        early = isfinite(fact.arrived) and any(
            _was_open(other, fact.arrived)
            for other, stop in zip(plain[:number], stops[:number], strict=True)
            if not stop["via"]
        )
        found.append(replace(fact, out_of_sequence=early))
    return tuple(found)


def _was_open(fact: StopFact, time: float) -> bool:
    """Whether a stop was still to be visited then."""
    if fact.status in (StopStatus.SKIPPED, StopStatus.UNVERIFIED):
        return False
    if fact.status is StopStatus.MISSED and fact.author:
        return False
    return not fact.arrived <= time


def _fact(trip: Trip, key: int, word: StopWord | None) -> StopFact:
    """Of one stop, for itself: a person outranks the fixes."""
    if word is not None and word.status in _NOT_THERE:
        return StopFact(key, word.status, author=word.author)
    taken, doubt = trip.taken.get(key), trip.doubted.get(key)
    fact = StopFact(key, StopStatus.PLANNED)
    if taken is not None:
        fact = _visited(trip, key, taken)
    elif doubt is not None and word is None:
        return StopFact(
            key, StopStatus.UNVERIFIED, doubt.id, earliest=doubt.earliest, latest=doubt.latest
        )
    return fact if word is None else _as_said(fact, word)


def _visited(trip: Trip, key: int, taken: Allotted) -> StopFact:
    visit = taken.visit
    status = StopStatus.DEPARTED if taken.has_left or trip.went_on(taken) else StopStatus.ARRIVED
    return StopFact(
        key,
        StopStatus.PASSED if trip.is_via(key) else status,
        visit.id,
        taken.arrived,
        taken.departed,
        visit.earliest if taken.arrived == visit.entered else taken.arrived,
        visit.latest if taken.arrived == visit.entered else taken.arrived,
        shared=taken.shared,
    )


def _as_said(fact: StopFact, word: StopWord) -> StopFact:
    status = word.status
    if status is StopStatus.ARRIVED and isfinite(word.departed):
        status = StopStatus.DEPARTED
    arrived = word.arrived if isfinite(word.arrived) else fact.arrived
    departed = word.departed if isfinite(word.departed) else fact.departed
    moved = isfinite(word.arrived)
    return replace(
        fact,
        status=status,
        arrived=arrived,
        departed=nan if status is StopStatus.ARRIVED else departed,
        earliest=arrived if moved else fact.earliest,
        latest=arrived if moved else fact.latest,
        author=word.author,
    )


@dataclass(frozen=True, slots=True)
class Course:
    """What the clock goes by: where the vehicle is, and when it is expected."""

    s: float = nan  #: m along the line
    expected: Mapping[int, float] = field(default_factory=dict)  #: middle estimate by stop


def pending(
    plan: Plan, facts: Sequence[StopFact], course: Course, now: float
) -> tuple[StopFact, ...]:
    """The same facts, with what only time and place say of the stops that are still open.

    Missed: 5 km past it and an hour past its time, or the tracking window has closed.
    Approaching: at most 15 minutes or 5 km ahead, and it is the next one.
    """
    shut = now > window(plan)[1]
    stops = {int(stop["key"]): stop for stop in plan.stops}
    found, ahead = [], False
    for fact in facts:
        stop = stops.get(fact.stop)
        if stop is None or not fact.status.is_open:
            found.append(fact)
            continue
        status = StopStatus.PLANNED
        if shut or _is_gone_by(stop, course.s, now):
            status = StopStatus.MISSED
        elif not ahead:
            ahead = True
            if _is_near(stop, course, now):
                status = StopStatus.APPROACHING
        found.append(fact if fact.status is status else replace(fact, status=status))
    return tuple(found)


def _is_gone_by(stop: np.void, s: float, now: float) -> bool:
    due = stop["arrive"] if isfinite(stop["arrive"]) else stop["closes"]
    due = due if isfinite(due) else stop["depart"]
    return bool(s - stop["s"] > GONE_BY and now >= due + GONE_BY_TIME)


def _is_near(stop: np.void, course: Course, now: float) -> bool:
    expected = course.expected.get(int(stop["key"]), nan)
    return bool(expected - now <= NEAR_TIME or 0 <= stop["s"] - course.s <= NEAR_WAY)


@dataclass(frozen=True, slots=True)
class Stray:
    """A stay that no plan asked for."""

    trip: int  #: key of the trip that was under way
    visit: str  #: id
    site: int
    since: float  #: when it stood still there
    wrong: bool  #: another customer's place or hub; else it merely was not planned


def strays(
    journeys: Iterable[Journey], visits: Iterable[VisitRow], found: Fulfilled, now: float
) -> tuple[Stray, ...]:
    """Stays of ten minutes and more during trips, at fences that are no stop of theirs."""
    rows = sorted(visits, key=_by_time)
    result = []
    for journey in sorted((one for one in journeys if one.plans), key=order):
        arrived = [f.arrived for f in found.facts[journey.trip] if isfinite(f.arrived)]
        if not arrived:
            continue
        begun, over = min(arrived), _over(journey, found)
        sites = set(journey.plan.stops["site"].tolist())
        for row in rows:
            since = row.stopped if isfinite(row.stopped) else row.entered
            stayed = min(until(row), now) - since
            during = begun < row.entered < over and _serves(journey, row)
            if is_proof(row) and row.id not in found.served and during and stayed >= STRAY:
                wrong = row.node_level and row.site not in sites
                result.append(Stray(journey.trip, row.id, row.site, since, wrong))
    return tuple(result)


def _over(journey: Journey, found: Fulfilled) -> float:
    last = found.facts[journey.trip][-1].arrived
    gave_way = found.gave_way.get(journey.trip, inf)
    return min(last if isfinite(last) else window(journey.plan)[1], gave_way, journey.ended)


def _serves(journey: Journey, row: VisitRow) -> bool:
    return any(
        one.vehicle == row.vehicle and one.valid_from <= row.entered < one.valid_to
        for one in journey.assigned
    )
