"""Which trips a vehicle has before it, and which trips must be looked at together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fleet.trips import TRACK_AFTER, TRACK_BEFORE, TripRow, span

#: s round now; a trip so far off shares no visit with one that a fix of now concerns, for a
#: repair reaches back 72 h.
ROUND = 4 * 86_400.0


@dataclass(frozen=True, slots=True)
class Run:
    """A vehicle's part in a trip, while fixes of it count."""

    trip: int  #: key
    begins: float
    ends: float  #: exclusive; not after ``begins``: it was over before
    starts: float  #: planned start of the trip: who comes first
    until: float  #: exclusive; visits until then count: what ended it may yet prove an error


@dataclass(frozen=True, slots=True)
class Timetable:
    """All trips, and who drives them."""

    trips: Mapping[int, TripRow]  #: by key
    of: Mapping[int, tuple[Run, ...]]  #: by row of the vehicle, the earliest planned start first

    @classmethod
    def build(cls, rows: Sequence[TripRow], before: Timetable | None = None) -> Timetable:
        """The timetable of ``rows``; of vehicles whose trips ``before`` has, theirs is kept."""
        trips = {trip.key: trip for trip in rows}
        known = {} if before is None else before.trips
        news = [trip for trip in rows if known.get(trip.key) is not trip]
        gone = [trip for key, trip in known.items() if trips.get(key) is not trip]
        of = {} if before is None else dict(before.of)
        left = {trip.key for trip in gone}
        for vehicle in {one.vehicle for trip in gone for one in trip.assigned}:
            runs = tuple(run for run in of.pop(vehicle, ()) if run.trip not in left)
            if runs:
                of[vehicle] = runs
        more: dict[int, list[Run]] = {}
        for trip in news:
            for vehicle, run in runs_of(trip):
                more.setdefault(vehicle, []).append(run)
        for vehicle, runs_there in more.items():
            of[vehicle] = tuple(sorted((*of.get(vehicle, ()), *runs_there), key=order))
        return cls(trips, of)

    def near(self, vehicle: int, now: float) -> Iterator[int]:
        """Keys of the trips of a vehicle round ``now``."""
        for run in self.of.get(vehicle, ()):
            if run.begins - ROUND < now < run.until + ROUND:
                yield run.trip

    def together(self, keys: Iterable[int], now: float) -> set[int]:
        """``keys``, and all trips round ``now`` that share a vehicle with one of them."""
        found, more = set[int](), {key for key in keys if key in self.trips}
        while more:
            found |= more
            vehicles = {one.vehicle for key in more for one in self.trips[key].assigned}
            more = {key for vehicle in vehicles for key in self.near(vehicle, now)} - found
        return found


def runs_of(trip: TripRow) -> list[tuple[int, Run]]:
    """By row of the vehicle: when fixes of it count for the trip."""
    plan = trip.plan
    if plan is None:
        return []
    starts, ends = span(plan.stops)
    found = []
    for assigned in trip.assigned:
        begins = max(assigned.valid_from, starts - TRACK_BEFORE)
        until = min(assigned.valid_to, ends + TRACK_AFTER)
        if begins < until:  # NaN is never before
            run = Run(trip.key, begins, min(until, trip.over), starts, until)
            found.append((assigned.vehicle, run))
    return found


def order(run: Run) -> tuple[float, int]:
    """The earliest planned start first."""
    return run.starts, run.trip
