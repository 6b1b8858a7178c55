"""Where a trip stands: its state follows from facts, words and the clock, by legal steps only.

``history`` is a fold of ``steps.step`` over what is known, in the order of the time at which it
happened.  It begins anew each time, so that late fixes change the past of a trip as they change
its stops; nothing is remembered.  Of what contradicts the table where it comes (a cancellation
of a trip that, as late fixes show, had left) the nearest legal reading is taken, else nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from math import inf, isfinite, nan

from fleet.trips import Assignment, Plan, StopFact, StopStatus, TripState
from shipment.journey import Journey, order, window
from shipment.steps import LEGAL, SPOKEN, Event, IllegalStep, step

__all__ = [
    "Event", "IllegalStep", "Life", "Passed",
    "derive", "final", "history", "lives", "released", "step",
]  # fmt: skip

STAY = 3 * 3600.0  #: s at the final stop after which the trip is complete (domain 3.10)
#: Where the table refuses what a person said because facts came late: what is meant.
_MEANT = {Event.CANCEL: Event.ABORT, Event.ABORT: Event.CANCEL}


@dataclass(frozen=True, slots=True)
class Life:
    """All that decides on the state of one trip."""

    journey: Journey
    facts: Sequence[StopFact] = ()  #: of ``stops.fulfil``, with what the clock adds
    near: bool = False  #: whether its vehicle is near the origin now
    #: by vehicle: from when on it is free of earlier trips (inf: it is not); none: free
    free: Mapping[int, float] = field(default_factory=dict)
    gave_way: float = inf  #: when its vehicle went on to the next trip without ending this one
    #: when a fix showed it a kilometre and more past the first stop, where it was never seen
    beyond: float = nan


@dataclass(frozen=True, slots=True)
class Passed:
    """One step that a trip took."""

    time: float  #: -inf: since it is known
    event: Event
    state: TripState  #: after it
    source: str  #: person, gps or clock


#: Who says so: plans and assignments are people's.
_SOURCES = ("person", "gps", "gps", "gps", "person", "clock")


class _Rank(IntEnum):
    """What comes first of what happened at one instant."""

    SERVED = 0
    IN = 1
    OUT = 2
    BEYOND = 3
    SPOKEN = 4
    OVER = 5


@dataclass(frozen=True, slots=True, order=True)
class _Signal:
    """Something that happened."""

    time: float  #: when it counts
    rank: _Rank
    at: float  #: when it happened
    place: int = -1  #: index of the stop
    event: Event = Event.PLAN


def derive(life: Life, now: float) -> TripState:
    """The state of a trip at ``now``."""
    steps = history(life, now)
    return steps[-1].state if steps else TripState.DRAFT


def released(steps: Sequence[Passed]) -> float:
    """When the trip was over for its vehicle; inf while it is not."""
    return next((passed.time for passed in steps if passed.state.is_over), inf)


def history(life: Life, now: float) -> tuple[Passed, ...]:
    """Every step of a trip until ``now``, each legal after the one before."""
    plans = life.journey.plans
    fold = _Fold(life)
    if plans and len(plans[-1].stops) > 1:
        fold.take(-inf, Event.PLAN)
    held, shut = _held(life)
    for signal in sorted(_signals(life, now, (held, shut))):
        fold.happen(signal)
    if now >= held:
        fold.arm(now)
    return tuple(fold.steps)


def _signals(life: Life, now: float, held: tuple[float, float]) -> Iterator[_Signal]:
    """What is known to have happened until ``now``, in no order."""
    journey = life.journey
    every = [*_served(journey.assigned, life.free), *_spoken(journey)]
    if journey.plans:
        every += [*_stops(life, held[0]), *_ends(life, held)]
    return (signal for signal in every if signal.time <= now)


def _served(assignments: Sequence[Assignment], free: Mapping[int, float]) -> Iterator[_Signal]:
    """A vehicle comes, a vehicle goes.

    The first may still be on another trip (then this trip waits: ``_held``); one that
    takes over later serves from when it is free.
    """
    spans = sorted((one.valid_from, one.valid_to, one.vehicle) for one in assignments)
    begun = [
        begin if not number else max(begin, free.get(vehicle, -inf))
        for number, (begin, _, vehicle) in enumerate(spans)
    ]
    for number, ((_, end, _), begin) in enumerate(zip(spans, begun, strict=True)):
        if begin >= end:
            continue
        known = begin if number else -inf  # who is to come first is known before it comes
        yield _Signal(known, _Rank.SERVED, begin, 1, Event.ASSIGN)
        goes_on = any(b <= end < e for b, (_, e, _) in zip(begun, spans, strict=True))
        if isfinite(end) and not goes_on:
            yield _Signal(end, _Rank.SERVED, end, 0, Event.UNASSIGN)


def _spoken(journey: Journey) -> Iterator[_Signal]:
    for word in journey.said:
        if word.event in SPOKEN:
            yield _Signal(word.at, _Rank.SPOKEN, word.at, event=Event(word.event))


def _held(life: Life) -> tuple[float, float]:
    """Until when the trip waits, and when it is given up.

    It waits while its window is shut, or its first vehicle on an earlier trip.
    """
    if not life.journey.plans:
        return inf, inf
    opens, shuts = window(life.journey.plan)
    first = min(life.journey.assigned, key=lambda one: one.valid_from, default=None)
    free = -inf if first is None else life.free.get(first.vehicle, -inf)
    return max(opens, free), shuts


def _stops(life: Life, held: float) -> Iterator[_Signal]:
    """The vehicle comes to a stop, and leaves it."""
    place = {int(key): number for number, key in enumerate(life.journey.plan.stops["key"])}
    for fact in life.facts:
        if fact.stop not in place or not isfinite(fact.arrived):
            continue
        number = place[fact.stop]
        yield _Signal(max(fact.arrived, held), _Rank.IN, fact.arrived, number)
        if isfinite(fact.departed):
            yield _Signal(max(fact.departed, held), _Rank.OUT, fact.departed, number)
    if isfinite(life.beyond):
        yield _Signal(max(life.beyond, held), _Rank.BEYOND, life.beyond)


def _ends(life: Life, held: tuple[float, float]) -> Iterator[_Signal]:
    """The clock, or the next trip, ends it."""
    begins, shuts = held
    last = final(life.journey.plan, life.facts)
    arrived = next((f.arrived for f in life.facts if f.stop == last), inf)
    if isfinite(arrived):
        stayed = max(arrived, begins) + STAY
        yield _Signal(stayed, _Rank.OVER, stayed, event=Event.COMPLETE)
    over = min(shuts, life.gave_way)
    if isfinite(over):
        yield _Signal(over, _Rank.OVER, over, event=Event.ASSUME)


def final(plan: Plan, facts: Sequence[StopFact]) -> int:
    """Key of the stop at which the trip ends; 0 while it is not known.

    That is the last stop that was not skipped.  Where any order will do and it was reached
    before others, it is the one reached last when nothing is left open; a round trip ends
    where it began.
    """
    status = {fact.stop: fact for fact in facts}
    wanted = [
        stop
        for stop in plan.stops
        if not stop["via"] and not _is(status.get(int(stop["key"])), StopStatus.SKIPPED)
    ]
    if not wanted:
        return 0
    last = int(wanted[-1]["key"])
    if plan.strict or wanted[-1]["site"] == plan.stops[0]["site"]:
        return last
    known = [status.get(int(stop["key"])) for stop in wanted]
    if any(f is None or f.status.is_open or _is(f, StopStatus.UNVERIFIED) for f in known):
        return 0
    reached = [f for f in known if f is not None and isfinite(f.arrived)]
    return max(reached, key=lambda f: f.arrived).stop if reached else 0


def _is(fact: StopFact | None, status: StopStatus) -> bool:
    return fact is not None and fact.status is status


class _Fold:
    """The state, step by step."""

    def __init__(self, life: Life) -> None:
        self.steps: list[Passed] = []
        self._life = life
        self._state = TripState.DRAFT
        self._served = False
        self._source = "person"
        self._there: set[int] = set()  # stops at which it stands
        plan = life.journey.plan if life.journey.plans else None
        last = final(plan, life.facts) if plan else 0
        self._last = -1
        self._via: frozenset[int] = frozenset()
        if plan:
            keys = plan.stops["key"].tolist()
            self._last = keys.index(last) if last else -1
            self._via = frozenset(n for n, via in enumerate(plan.stops["via"].tolist()) if via)

    def take(self, time: float, event: Event) -> bool:
        """Take a step if it is legal; whether it was."""
        if event not in LEGAL[self._state]:
            return False
        self._state = step(self._state, event)
        self.steps.append(Passed(time, event, self._state, self._source))
        return True

    def happen(self, signal: _Signal) -> None:
        """Take the steps that follow from a signal."""
        self._source = _SOURCES[signal.rank]
        if signal.rank is _Rank.SERVED:
            self._serve(signal)
        elif signal.rank is _Rank.IN:
            self._enter(signal)
        elif signal.rank is _Rank.OUT:
            self._leave(signal)
        elif signal.rank is _Rank.BEYOND:
            self._pass_origin(signal.time)
        elif signal.rank is _Rank.SPOKEN:
            self._hear(signal)
        else:
            self._end(signal)

    def arm(self, now: float) -> None:
        """At the end: it waits near the origin."""
        if self._life.near and self._served and self._state is TripState.ASSIGNED:
            self._source = "gps"
            self.take(now, Event.ARM)

    def _serve(self, signal: _Signal) -> None:
        self._served = signal.event is Event.ASSIGN
        self.take(signal.time, signal.event)
        if self._served and self._there:
            self._show(signal.time)

    def _hear(self, signal: _Signal) -> None:
        if not self.take(signal.time, signal.event) and signal.event in _MEANT:
            self.take(signal.time, _MEANT[signal.event])
        if signal.event is Event.RESUME and self._there:
            self._show(signal.time)

    def _end(self, signal: _Signal) -> None:
        if signal.event is Event.COMPLETE and self._state is not TripState.ARRIVED_FINAL:
            return  # it has left again, or is over
        if not self.take(signal.time, signal.event):
            at_end = self._state is TripState.ARRIVED_FINAL
            if at_end and signal.time >= self._life.gave_way:
                self.take(signal.time, Event.COMPLETE)

    def _enter(self, signal: _Signal) -> None:
        if signal.place in self._via:
            return
        self._there.add(signal.place)
        if self._served:
            self._show(signal.time)

    def _show(self, time: float) -> None:
        """Go to where the vehicle is, from wherever the trip was thought to be."""
        if self._state is TripState.SUSPENDED:
            self.take(time, Event.RESUME)
        self.take(time, Event.ARM)
        place = max(self._there)
        if place == 0 and self._last != 0:
            self.take(time, Event.REACH_ORIGIN)
            return
        if self._state in (TripState.ARMED, TripState.AT_ORIGIN):
            self.take(time, Event.DEPART)
        self.take(time, Event.ARRIVE_FINAL if self._last in self._there else Event.ARRIVE)

    def _pass_origin(self, time: float) -> None:
        """It is on its way, though it was never seen at the origin."""
        if self._served and self._state in (TripState.ASSIGNED, TripState.ARMED):
            self.take(time, Event.ARM)
            self.take(time, Event.DEPART)

    def _leave(self, signal: _Signal) -> None:
        self._there.discard(signal.place)
        if not self._served or signal.place in self._via:
            return
        if signal.place == self._last:
            if self._state is TripState.ARRIVED_FINAL:
                self.take(signal.time, Event.COMPLETE)
        elif not self._there:
            if self._state is TripState.SUSPENDED:
                self.take(signal.time, Event.RESUME)
            elif self._state is not TripState.PLANNED:
                self.take(signal.time, Event.DEPART)


def lives(each: Iterable[Life], now: float) -> dict[int, tuple[Passed, ...]]:
    """The histories of trips that share vehicles, by trip.

    ``free`` is filled in here: a vehicle serves a trip only after its earlier trips are over,
    so that it never has two under way.
    """
    busy: dict[int, float] = {}  # by vehicle: until when
    found: dict[int, tuple[Passed, ...]] = {}
    for life in sorted(each, key=lambda one: order(one.journey)):
        steps = history(replace(life, free=dict(busy)), now)
        found[life.journey.trip] = steps
        over = released(steps)
        for one in life.journey.assigned:
            busy[one.vehicle] = max(busy.get(one.vehicle, -inf), min(over, one.valid_to))
    return found
