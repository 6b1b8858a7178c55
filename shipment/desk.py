"""The desk: what is known of trips between two looks at them.

Gateway and worker have one each.  It is a copy of what the store has, taken when a trip is
first touched and given up when somebody else may have written.  What it asks for comes
through ``Ports``, so that looking is a function of what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Protocol

from fleet.trips import Evaluation, Place, Question, Standing, TripRow, TripState, VisitRow
from shipment import clock
from shipment.cases import BEYOND, Case, after, ask, unpack_place
from shipment.evaluate import NO_LAW, Forecast, Law, conclude
from shipment.journey import window
from shipment.review import Reviewed, Seen, review
from shipment.runs import Timetable
from shipment.stops import Stray

NEAR = 50_000.0  #: m from the origin within which a trip is armed (domain 3.10)
#: s; a trip that waits is reviewed so often at the least, as the clock does with silent ones.
QUIET = 60.0
#: s by which the clocks of those who look may differ; one that is further ahead was wrong.
SKEW = 600.0
TICK = 0.001  #: s between two looks at least: each has its own estimate
_WAITING = (TripState.DRAFT, TripState.PLANNED, TripState.ASSIGNED, TripState.ARMED)


class Ports(Protocol):
    """What a desk asks for."""

    def load_standings(self, trips: Sequence[int], /) -> Mapping[int, Standing]:
        """How these trips stand; one that is no more is left out."""

    def load_visits(self, vehicles: Sequence[int], start: float, end: float, /) -> list[VisitRow]:
        """Visits of vehicles (rows) whose stay touches [``start``, ``end``)."""

    def place(self, packed: bytes, /) -> Place | None:
        """Where a vehicle is, out of what is remembered of its progress."""

    def forecast(self, asked: Question, /) -> Forecast:
        """When stops will be reached."""


@dataclass(frozen=True, slots=True)
class Doors:
    """``Ports`` that are functions; gateway and worker have the same."""

    load_standings: Callable[[Sequence[int]], Mapping[int, Standing]]
    load_visits: Callable[[Sequence[int], float, float], list[VisitRow]]
    place: Callable[[bytes], Place | None]
    forecast: Callable[[Question], Forecast]


NEWCOMERS = 50  #: trips that are reviewed in one look because they are new; about 1 ms each


@dataclass(frozen=True, slots=True)
class _Waiting:
    """When a trip was reviewed last, and what decides whether that still holds."""

    at: float
    until: float  #: by then time may have changed something
    near: bool
    beyond: bool


class Desk:
    """What gateway or worker know of trips."""

    def __init__(self) -> None:
        self._standings: dict[int, Standing] = {}
        self._strays: dict[int, tuple[Stray, ...]] = {}  # by trip, of the last review
        self._new: set[int] = set()  # read, but not reviewed yet
        self._waiting: dict[int, _Waiting] = {}
        self._found: dict[int, _Waiting] = {}  # by the last look, which was not committed yet
        self._timetable = Timetable({}, {})

    def follow(self, timetable: Timetable) -> None:
        """Take over a newer timetable; trips that were edited are read anew."""
        if timetable is self._timetable:
            return
        known = self._timetable.trips
        self._standings = {
            key: standing
            for key, standing in self._standings.items()
            if key in timetable.trips and known.get(key) is timetable.trips[key]
        }
        self._waiting = {k: v for k, v in self._waiting.items() if k in self._standings}
        self._timetable = timetable

    def forget(self, vehicles: Iterable[int]) -> None:
        """Somebody else wrote about trips of these vehicles (rows)."""
        for vehicle in vehicles:
            for run in self._timetable.of.get(vehicle, ()):
                self._standings.pop(run.trip, None)
                self._waiting.pop(run.trip, None)

    def clear(self) -> None:
        """Somebody else may have written about any trip."""
        self._standings.clear()
        self._waiting.clear()

    def look(
        self,
        ports: Ports,
        places: Mapping[int, bytes],
        again: Iterable[int],
        now: float,
        model: str,
        *,
        law: Law = NO_LAW,
    ) -> list[Evaluation]:
        """Look at trips at ``now``.

        Args:
            ports: what to ask.
            places: by key of the trip: what is remembered of its vehicle's progress, where that
                has moved on.  Places of trips that are not in the timetable say nothing.
            again: keys of the trips that must be reviewed: visits, words or time have changed.
            now: of the look; where a trip was looked at a little later than that, because
                clocks differ, it is just after that.
            model: version of the travel-time model that forecasts.
            law: when drivers must rest.

        Returns:
            What is to be kept; ``settle`` makes it what the desk knows.
        """
        trips = self._timetable.trips
        on = {key for key in places if key in trips}
        again = {key for key in again if key in trips}
        if not on and not again:
            return []
        self._found = {}
        self._drop_shared(on | again)
        on, again, came = self._choose(ports, places, (on, again), now)
        now = self._after_last(on | again, now)
        kept = {
            key: unpack_place(standing.place)
            for key in on | again
            if (standing := self._standings.get(key)) is not None
        }
        packed = {key: body for key, (_, body) in kept.items()}
        where = self._place(ports, packed, places, came)
        reviewed = self._review(ports, again, where, now)
        self._strays |= {key: each.strays for key, each in reviewed.items()}
        cases = [
            self._case(
                trips[key],
                where[key],
                packed[key],
                _advanced(kept[key][0], where[key]),
                reviewed.get(key),
                now,
            )
            for key in sorted(packed)
        ]
        asked = ask(cases, now)
        return conclude(cases, asked, ports.forecast(asked.question), now, model, law=law)

    def settle(self, evaluations: Sequence[Evaluation]) -> None:
        """These were committed."""
        self._waiting |= self._found
        for each in evaluations:
            before = self._standings.get(each.trip)
            if before is not None:
                self._standings[each.trip] = after(before, each)

    def _choose(
        self, ports: Ports, places: Mapping[int, bytes], keys: tuple[set[int], set[int]], now: float
    ) -> tuple[set[int], set[int], dict[int, Place | None]]:
        """Trips that moved on and trips to review, with their standings read; places of the one."""
        on, again = keys
        self._new |= self._load(ports, on | again)
        unseen = self._new & on  # also of trips that are over: late visits may show otherwise
        on = {key for key in on if self._is_on(key)}
        came = {key: ports.place(places[key]) for key in on}
        again |= {key for key in on if not self._fits(key)}
        moved = {key for key in on if self._moved_on(key, came[key], now)}
        known = {key for key in moved if key in self._waiting}
        # A trip that is new here is reviewed, but not all of a fleet in one look.
        new = sorted(unseen | (moved - known))[:NEWCOMERS]
        again = self._timetable.together(again | known | set(new), now)
        self._new -= again
        self._load(ports, again)
        return on, again, came

    def _place(
        self,
        ports: Ports,
        packed: dict[int, bytes],
        places: Mapping[int, bytes],
        came: Mapping[int, Place | None],
    ) -> dict[int, Place | None]:
        """Where each trip of ``packed`` is, which is changed to what that is known by.

        ``came`` is what ``places`` say, as far as it is read already.
        """
        where: dict[int, Place | None] = {}
        for key, body in packed.items():
            row = self._timetable.trips[key]
            new = came[key] if key in came else ports.place(places.get(key, b""))
            # Of a trip that one vehicle serves, what is new is of that vehicle.
            alone = new is not None and len(row.assigned) == 1
            known = None if alone else ports.place(body)
            where[key] = known if _took_over(row, new, known) else new
            if where[key] is new and new is not None:
                packed[key] = places[key]
        return where

    def _drop_shared(self, keys: Iterable[int]) -> None:
        """Forget trips of several vehicles: whoever has another of them may have written."""
        for key in keys:
            if len({one.vehicle for one in self._timetable.trips[key].assigned}) > 1:
                self._standings.pop(key, None)

    def _after_last(self, keys: Iterable[int], now: float) -> float:
        """``now``, or the moment after the last look at one of these trips."""
        known = (self._standings.get(key) for key in keys)
        looks = (each.evaluated for each in known if each is not None)
        return max((look + TICK for look in looks if now <= look <= now + SKEW), default=now)

    def _is_on(self, key: int) -> bool:
        standing = self._standings.get(key)
        return standing is not None and not standing.state.is_over

    def _moved_on(self, key: int, place: Place | None, now: float) -> bool:
        """Whether a place or time may have taken a trip that waits a step further."""
        if self._standings[key].state not in _WAITING:
            return False
        known = self._waiting.get(key)
        if known is None or not known.at <= now < known.until:
            return True
        seen = _seen(self._timetable.trips[key], place)
        return known.near != seen.near or known.beyond != isfinite(seen.beyond)

    def _fits(self, key: int) -> bool:
        """Whether what is known of its stops is of its latest plan."""
        plan, facts = self._timetable.trips[key].plan, self._standings[key].facts
        return plan is None or [fact.stop for fact in facts] == plan.stops["key"].tolist()

    def _load(self, ports: Ports, keys: Iterable[int]) -> set[int]:
        """Read what is not known yet; returns the keys of those trips."""
        missing = sorted(key for key in keys if key not in self._standings)
        if missing:
            self._standings.update(ports.load_standings(missing))
        return set(missing)

    def _review(
        self, ports: Ports, keys: set[int], places: Mapping[int, Place | None], now: float
    ) -> Mapping[int, Reviewed]:
        """The trips ``keys``, looked at anew."""
        rows = [self._timetable.trips[key] for key in sorted(keys)]
        vehicles = sorted({one.vehicle for row in rows for one in row.assigned})
        runs = [r for v in vehicles for r in self._timetable.of.get(v, ()) if r.trip in keys]
        visits: list[VisitRow] = []
        if runs:
            begin, end = min(run.begins for run in runs), max(run.until for run in runs)
            visits = ports.load_visits(vehicles, begin, end)
        seen = {row.key: _seen(row, places.get(row.key)) for row in rows}
        self._found = {
            row.key: _Waiting(
                now, _next_border(row, now), seen[row.key].near, isfinite(seen[row.key].beyond)
            )
            for row in rows
        }
        return review(rows, self._standings, visits, seen, now)

    def _case(
        self,
        row: TripRow,
        place: Place | None,
        packed: bytes,
        advanced: tuple[float, float],
        reviewed: Reviewed | None,
        now: float,
    ) -> Case:
        standing = self._standings[row.key]
        serving = (one for one in row.assigned if one.valid_from <= now < one.valid_to)
        return Case(
            trip=row,
            standing=standing,
            facts=standing.facts if reviewed is None else reviewed.facts,
            vehicle=next((one.vehicle for one in serving), -1),
            place=place,
            packed=packed,
            advanced=advanced,
            steps=() if reviewed is None else reviewed.steps,
            state=None if reviewed is None else reviewed.state,
            strays=self._strays.get(row.key, ()),
        )


def _next_border(row: TripRow, now: float) -> float:
    """Until when time alone changes nothing, at the most ``QUIET`` from now."""
    borders = [time for one in row.assigned for time in (one.valid_from, one.valid_to)]
    if row.plan is not None:
        borders += window(row.plan)
    return min([now + QUIET, *(time for time in borders if time > now)])


def _took_over(row: TripRow, new: Place | None, known: Place | None) -> bool:
    """Whether the vehicle of the place that is known serves the trip since that of the new one."""
    if new is None or known is None:
        return known is not None
    return _served_since(row, known.seen) > _served_since(row, new.seen)


def _served_since(row: TripRow, time: float) -> float:
    serving = (o.valid_from for o in row.assigned if o.valid_from <= time < o.valid_to)
    return next(serving, -inf)


def _advanced(before: tuple[float, float], place: Place | None) -> tuple[float, float]:
    return before if place is None else clock.advance(before, place.s, place.seen)


def _seen(row: TripRow, place: Place | None) -> Seen:
    """What the place of its vehicle says of a trip."""
    if place is None or row.plan is None:
        return Seen()
    on_way = not place.off and place.s > float(row.plan.stops["s"][0]) + BEYOND
    return Seen(near=place.to_start <= NEAR, beyond=place.seen if on_way else nan, s=place.s)
