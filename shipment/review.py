"""What became of the stops of trips, and where the trips stand in their lives.

A function of plans, assignments, visits and people's words; nothing that was concluded before
is asked, so that late visits change it as if they had come in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan

from fleet.trips import Standing, StepTaken, StopFact, TripRow, TripState, VisitRow
from shipment.journey import Journey, until
from shipment.lifecycle import Life, Passed, lives
from shipment.stops import Course, Fulfilled, Stray, fulfil, pending, strays


@dataclass(frozen=True, slots=True)
class Seen:
    """What positions say of a trip besides visits."""

    near: bool = False  #: its vehicle is near the origin
    s: float = nan  #: m along its line
    beyond: float = nan  #: when it was seen on the way, though nobody saw it at the origin


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A trip after a review."""

    facts: tuple[StopFact, ...]
    state: TripState
    steps: tuple[StepTaken, ...]  #: new ones
    strays: tuple[Stray, ...] = ()  #: stays that no plan asked for, that last


_NOT_SEEN = Seen()


def review(
    rows: Sequence[TripRow],
    standings: Mapping[int, Standing],
    visits: Sequence[VisitRow],
    seen: Mapping[int, Seen],
    now: float,
) -> dict[int, Reviewed]:
    """Look at trips anew.

    Args:
        rows: with every trip all others that share a vehicle with it and may be driven at
            the same time.
        standings: what is kept of each; a trip without one is passed over.
        visits: of their vehicles.
        seen: by trip.
        now: steps that the clock takes are taken until then.

    Returns:
        What they are, by key.
    """
    known = [row for row in rows if row.key in standings]
    of: dict[int, list[VisitRow]] = {}
    for visit in visits:
        of.setdefault(visit.vehicle, []).append(visit)
    trips: dict[int, Reviewed] = {}
    for group in _groups(known):
        vehicles = {one.vehicle for row in group for one in row.assigned}
        theirs = [visit for vehicle in sorted(vehicles) for visit in of.get(vehicle, ())]
        trips |= _review(group, standings, theirs, seen, now)
    return trips


def _groups(rows: Iterable[TripRow]) -> list[list[TripRow]]:
    """Trips that share vehicles, directly or by others: only those say anything of each other."""
    found: dict[int, list[TripRow]] = {}  # by any number of theirs
    group_of: dict[int, int] = {}  # by vehicle
    for number, row in enumerate(rows):
        vehicles = {one.vehicle for one in row.assigned}
        merged = [row]
        for other in {group_of[vehicle] for vehicle in vehicles if vehicle in group_of}:
            merged = found.pop(other) + merged
        found[number] = merged
        group_of |= dict.fromkeys((one.vehicle for r in merged for one in r.assigned), number)
    return list(found.values())


def _review(
    rows: Sequence[TripRow],
    standings: Mapping[int, Standing],
    visits: Sequence[VisitRow],
    seen: Mapping[int, Seen],
    now: float,
) -> dict[int, Reviewed]:
    """``review`` of trips that share vehicles."""
    journeys = [Journey(row, standings[row.key].said, standings[row.key].words) for row in rows]
    found = fulfil(journeys, visits)
    each = [
        Life(
            journey,
            _by_now(journey, found, seen.get(journey.trip, _NOT_SEEN), now),
            near=seen.get(journey.trip, _NOT_SEEN).near,
            beyond=seen.get(journey.trip, _NOT_SEEN).beyond,
            gave_way=found.gave_way.get(journey.trip, inf),
        )
        for journey in journeys
    ]
    passed = lives(each, now)
    stray: dict[int, tuple[Stray, ...]] = {}
    there = {visit.id for visit in visits if until(visit) > now}
    for one in strays(journeys, visits, found, now):
        if one.visit not in there:
            continue  # it has gone on
        stray[one.trip] = (*stray.get(one.trip, ()), one)
    return {
        row.key: _reviewed(
            standings[row.key],
            found.facts.get(row.key, ()),
            passed[row.key],
            stray.get(row.key, ()),
            now,
        )
        for row in rows
    }


def _by_now(journey: Journey, found: Fulfilled, seen: Seen, now: float) -> tuple[StopFact, ...]:
    """The facts of a trip, with the stops that time has closed."""
    facts = found.facts.get(journey.trip, ())
    return pending(journey.plan, facts, Course(seen.s), now) if journey.plans else facts


def _reviewed(
    before: Standing,
    facts: tuple[StopFact, ...],
    passed: Sequence[Passed],
    stray: tuple[Stray, ...],
    now: float,
) -> Reviewed:
    state = passed[-1].state if passed else TripState.DRAFT
    return Reviewed(facts, state, _new_steps(before.state, state, passed, now), stray)


def _new_steps(
    before: TripState, after: TripState, passed: Sequence[Passed], now: float
) -> tuple[StepTaken, ...]:
    """The steps since the trip was in the state that is kept, by the history as it is now."""
    if before is after:
        return ()
    states = [each.state for each in passed]
    start = len(states) - states[::-1].index(before) if before in states else len(states) - 1
    taken = []
    for each in passed[max(start, 0) :]:
        at = each.time if isfinite(each.time) else now
        # What a person did was written when it was done; of a state that it led to before the
        # clock allows it, the machine is the one who says so.
        source = "clock" if each.source == "person" else each.source
        taken.append(StepTaken(at, str(each.event), before, each.state, source))
        before = each.state
    return tuple(taken)
