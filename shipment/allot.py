"""Visits to stops: which of a vehicle's trips a visit counts for, and which stop of it.

``allot`` goes once through the moments at which visits begin to count, in the order of time.
It looks ahead only to say whether a vehicle has gone on to its next trip; since it sees all
visits at once and sorts them itself, the order in which they came has no say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import NDArray

from fleet.nodes import VisitState
from fleet.trips import TRACK_AFTER, Assignment, StopStatus, StopWord, VisitRow
from shipment.journey import Journey, is_proof, until, window

EARLIEST = 4 * 3600.0  #: s before a stop's window; who came before that came for something else
SHARE = 0.65  #: of the planned service of neighbours: one standstill of so long served both
ALMOST = 0.9  #: of the way between two stops of the same site: then it came for the second
_WORDS_CLOSE = frozenset(StopStatus) - {StopStatus.PLANNED, StopStatus.APPROACHING}


@dataclass(frozen=True, slots=True)
class Allotted:
    """What a stop gets of a visit."""

    visit: VisitRow
    arrived: float
    departed: float  #: NaN: it has not left, or nobody knows when
    served: Assignment  #: of the vehicle that came
    handed_over: float = inf  #: when that vehicle's service ended, with it still there
    shared: bool = False

    @property
    def has_left(self) -> bool:
        """Whether the time of departure is known."""
        return isfinite(self.departed)

    @property
    def until(self) -> float:
        """``departed``, or inf."""
        return self.departed if self.has_left else inf


@dataclass(frozen=True, slots=True)
class _Moment:
    """A visit begins to count for a trip."""

    time: float  #: the entry; where it was there before, the begin of assignment or window
    row: int  #: number of the visit in order
    place: int  #: number of the trip in order
    served: Assignment

    @property
    def key(self) -> tuple[float, int, int, float]:
        """In which order moments are taken."""
        return self.time, self.row, self.place, self.served.valid_from


@dataclass(slots=True)
class Trip:
    """A trip while visits are allotted to it."""

    journey: Journey
    #: m along the line at the entry of visits, by their ids, where known
    way: Mapping[str, float] = field(default_factory=dict)
    taken: dict[int, Allotted] = field(default_factory=dict)  #: by key of the stop
    doubted: dict[int, VisitRow] = field(default_factory=dict)  #: likewise: nobody saw
    gave_way: float = inf
    # Worked out of the journey once:
    begin: float = field(init=False)  #: of the tracking window
    end: float = field(init=False)
    planned_end: float = field(init=False)
    ended: float = field(init=False)  #: by a person; inf
    words: Mapping[int, StopWord] = field(init=False)

    def __post_init__(self) -> None:
        self.begin, self.end = window(self.journey.plan)
        self.planned_end = self.end - TRACK_AFTER
        self.ended, self.words = self.journey.ended, self.journey.words

    def is_via(self, key: int) -> bool:
        """Whether the stop is only passed through."""
        stops = self.journey.plan.stops
        return bool(stops["via"][stops["key"] == key].any())

    def went_on(self, taken: Allotted) -> bool:
        """Whether a later arrival elsewhere shows a departure that nobody saw."""
        unseen = taken.visit.state is VisitState.CLOSED or isfinite(taken.handed_over)
        return unseen and any(other.arrived > taken.arrived for other in self.taken.values())

    def ended_by_visit(self) -> float:
        """When it left the last stop, or all stops; inf while more is to come."""
        stops = self.journey.plan.stops
        last = self.taken.get(int(stops["key"][-1]))
        round_trip = stops["site"][0] == stops["site"][-1]
        if last is not None and (self.journey.plan.strict or round_trip):
            return last.until
        if all(self.is_closed(int(key)) for key in stops["key"]):
            return max((one.until for one in self.taken.values()), default=inf)
        return inf

    def over(self) -> float:
        """When it stopped to be for visits; inf while it has not."""
        return min(self.gave_way, self.ended, self.ended_by_visit())

    def is_closed(self, key: int) -> bool:
        """Whether nothing more is expected there."""
        if key in self.taken:
            return self.taken[key].has_left
        word = self.words.get(key)
        return word is not None and word.status in _WORDS_CLOSE

    def is_open(self, key: int) -> bool:
        """Whether a visit could fulfil it."""
        word = self.words.get(key)
        denied = word is not None and word.status in (StopStatus.SKIPPED, StopStatus.MISSED)
        return key not in self.taken and not denied

    def moment(self, visit: VisitRow, served: Assignment) -> float:
        """When the visit begins to count under this assignment; NaN: it does not."""
        if served.vehicle != visit.vehicle:
            return nan
        time = max(visit.entered, self.begin, served.valid_from)
        there = time <= until(visit) and time <= self.end and time < served.valid_to
        return time if there else nan

    def place_for(self, visit: VisitRow, time: float) -> int:
        """Index, in the plan of that time, of the stop that the visit fulfils; -1 none."""
        stops = self.journey.plan_at(time).stops
        keys = stops["key"].tolist()
        known = [keys.index(key) for key in self.taken if key in keys]
        top = max(known, default=-1)
        fit = [
            n
            for n in np.flatnonzero(stops["site"] == visit.site).tolist()
            if self._fits(visit, time, n)
        ]
        return next((n for n in fit if n > top), fit[0] if fit else -1)

    def _fits(self, visit: VisitRow, time: float, n: int) -> bool:
        stops = self.journey.plan_at(time).stops
        stop = stops[n]
        if not self.is_open(int(stop["key"])) or not _proves(visit, stop):
            return False
        if n == 0:
            return not self.taken and not time < stop["opens"] - EARLIEST
        if time > visit.entered or visit.entered < stop["opens"] - EARLIEST:
            return False
        before = np.flatnonzero(stops["site"][:n] == visit.site)
        return not len(before) or self._comes_back(visit, stops, int(before[-1]), n)

    def _comes_back(self, visit: VisitRow, stops: NDArray[np.void], first: int, n: int) -> bool:
        """Whether the visit is the second of two at one site."""
        keys = stops["key"].tolist()
        visited = {keys.index(key) for key in self.taken if key in keys}
        left = self.taken.get(keys[first])
        gone = left is not None and left.until <= visit.entered
        word_closed = left is None and self.is_closed(keys[first])
        strict = first == 0 or self.journey.plan_at(visit.entered).strict
        passed_by = left is None and strict and any(other > first for other in visited)
        if not (gone or word_closed or passed_by):
            return False
        between = [key for key, via in zip(keys, stops["via"], strict=True) if not via]
        inner = set(keys[first + 1 : n]) & set(between)
        way = stops["s"][first] + ALMOST * (stops["s"][n] - stops["s"][first])
        return all(self.is_closed(key) for key in inner) or self.way.get(visit.id, nan) >= way

    def can_doubt(self, row: VisitRow, stop: np.void) -> bool:
        """Whether an unseen stay may have been at this open stop."""
        key = int(stop["key"])
        earliest = row.earliest if isfinite(row.earliest) else row.entered
        latest = row.latest if isfinite(row.latest) else row.entered
        serves = any(
            one.vehicle == row.vehicle and one.valid_from <= latest and earliest < one.valid_to
            for one in self.journey.assigned
        )
        timely = self.begin <= latest and earliest <= min(self.end, self.over())
        early = latest < stop["opens"] - EARLIEST
        return bool(
            serves and timely and not early and stop["site"] == row.site and self.is_open(key)
        )


def _proves(visit: VisitRow, stop: np.void) -> bool:
    """Whether such a visit is enough for such a stop."""
    return is_proof(visit) or bool(stop["via"] and visit.state is VisitState.PASSED)


def allot(trips: Sequence[Trip], visits: Sequence[VisitRow]) -> None:
    """Give each visit to the stop that it fulfils; both in order, the trips are written to."""
    moments = sorted(_moments(trips, visits), key=lambda one: one.key)
    used: dict[int, tuple[int, bool]] = {}  # by visit: the trip, and whether it ended there
    for number, moment in enumerate(moments):
        trip, visit = trips[moment.place], visits[moment.row]
        if _hand_over(trip, visit, moment):
            continue
        if moment.time > trip.over() or _is_blocked(trips, moment, used):
            continue
        if _gives_way(trips, visits, moment, moments[number + 1 :]):
            trip.gave_way = moment.time
            continue
        place = trip.place_for(visit, moment.time)
        _, free = used.get(moment.row, (0, True))
        if place < 0 or not free or (place and moment.row in used):
            continue
        _take(trip, place, moment, visits)
        used[moment.row] = (moment.place, _ends_trip(trip, visit))


def _moments(trips: Sequence[Trip], visits: Sequence[VisitRow]) -> Iterator[_Moment]:
    for place, trip in enumerate(trips):
        for served in trip.journey.assigned:
            for row, visit in enumerate(visits):
                time = trip.moment(visit, served)
                if isfinite(time):
                    yield _Moment(time, row, place, served)


def _hand_over(trip: Trip, visit: VisitRow, moment: _Moment) -> bool:
    """Whether the visit goes on with a stay whose vehicle's service has ended at the stop."""
    for key, one in trip.taken.items():
        elsewhere = any(other.arrived > one.arrived for other in trip.taken.values())
        same = is_proof(visit) and one.visit.site == visit.site and one.visit is not visit
        if same and one.handed_over <= moment.time and not elsewhere:
            departed, handed_over = _end(visit, moment.served)
            trip.taken[key] = replace(
                one, departed=departed, handed_over=handed_over, served=moment.served
            )
            return True
    return False


def _end(visit: VisitRow, served: Assignment) -> tuple[float, float]:
    """When the trip left with this visit, or when the vehicle's service ended there."""
    if served.valid_to < until(visit):
        return nan, served.valid_to
    left = until(visit)
    return (left if isfinite(left) else nan), inf


def _is_blocked(
    trips: Sequence[Trip], moment: _Moment, used: Mapping[int, tuple[int, bool]]
) -> bool:
    """Whether the vehicle is still on an earlier trip; one that ends with this visit is none."""
    return any(
        _serves(trip, moment)
        and trip.over() > moment.time
        and used.get(moment.row) != (place, True)
        for place, trip in enumerate(trips[: moment.place])
    )


def _serves(trip: Trip, moment: _Moment) -> bool:
    return trip.begin <= moment.time <= trip.end and any(
        one.vehicle == moment.served.vehicle and one.valid_from <= moment.time < one.valid_to
        for one in trip.journey.assigned
    )


def _gives_way(
    trips: Sequence[Trip],
    visits: Sequence[VisitRow],
    moment: _Moment,
    ahead: Sequence[_Moment],
) -> bool:
    """Whether at this visit the vehicle is on a later trip without having ended this one."""
    trip, visit = trips[moment.place], visits[moment.row]
    if trip.planned_end > moment.time:
        return False
    for later in ahead:
        if later.time > moment.time or later.row != moment.row or later.place == moment.place:
            continue
        begins = trips[later.place].place_for(visit, later.time)
        if begins < 0:
            continue
        if not trip.taken:
            return True
        goes_on = _goes_on(trips, visits, (moment, later, begins), ahead)
        if trip.place_for(visit, moment.time) < 0 and goes_on:
            return True
    return False


def _goes_on(
    trips: Sequence[Trip],
    visits: Sequence[VisitRow],
    change: tuple[_Moment, _Moment, int],
    ahead: Sequence[_Moment],
) -> bool:
    """Whether the next stop that is visited of the two trips is one of the later trip."""
    moment, later, begins = change
    for one in ahead:
        if one.row == moment.row or one.place not in (moment.place, later.place):
            continue
        place = trips[one.place].place_for(visits[one.row], one.time)
        if place >= 0 and (one.place == moment.place or place != begins):
            return one.place == later.place
    return False


def _take(trip: Trip, place: int, moment: _Moment, visits: Sequence[VisitRow]) -> None:
    """Allot the visit, and where it was long enough for its neighbours too, them as well."""
    visit, stops = visits[moment.row], trip.journey.plan_at(moment.time).stops
    departed, handed_over = _end(visit, moment.served)
    one = Allotted(visit, visit.entered, departed, moment.served, handed_over)
    group = [place]
    dwell = departed - visit.entered
    while group[-1] + 1 < len(stops):
        wider = [*group, group[-1] + 1]
        together = _are_together(trip, stops[wider[-1]], visit, visits)
        if not (together and dwell >= SHARE * np.nansum(stops["service"][wider])):
            break
        group = wider
    weights = np.nan_to_num(stops["service"][group])
    shares = weights / weights.sum() if weights.sum() else np.full(len(group), 1 / len(group))
    ends = visit.entered + dwell * np.cumsum(shares)
    begins = [visit.entered, *ends[:-1].tolist()]
    for n, begin, end in zip(group, begins, [*ends[:-1].tolist(), departed], strict=True):
        shared = len(group) > 1
        trip.taken[int(stops["key"][n])] = replace(one, arrived=begin, departed=end, shared=shared)


def _are_together(trip: Trip, stop: np.void, visit: VisitRow, visits: Sequence[VisitRow]) -> bool:
    """Whether a standstill may have served this stop besides."""
    if stop["via"] or not trip.is_open(int(stop["key"])):
        return False
    return bool(stop["site"] == visit.site) or any(
        row.yielded
        and row.site == stop["site"]
        and row.vehicle == visit.vehicle
        and row.entered < until(visit)
        and visit.entered < until(row)
        for row in visits
    )


def _ends_trip(trip: Trip, visit: VisitRow) -> bool:
    """Whether the trip ends with this visit, be it still going on."""
    keys = trip.journey.plan.stops["key"].tolist()
    here = {key for key, one in trip.taken.items() if one.visit is visit}
    if trip.journey.plan.strict:
        return keys[-1] in here
    return all(key in here or trip.is_closed(key) for key in keys)
