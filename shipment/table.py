"""The stops of all trips of one look in one block: what can be said of them in arrays.

Most trips of a look drive along and nothing is new about them.  The table says of which that
is so, so that only the others are looked at stop by stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, nan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fleet.trips import STOP, TRACK_AFTER, Risk, StopStatus
from shipment import risk
from shipment.cases import Asked, Case
from shipment.stops import GONE_BY, GONE_BY_TIME, NEAR_TIME, NEAR_WAY

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Forecast(Protocol):
    """What a travel-time model says; ``route.eta.Forecast`` is one."""

    @property
    def start(self) -> NDArray[np.intp]:
        """Where the stops of each row begin, shape (n + 1,)."""

    @property
    def stop(self) -> NDArray[np.intp]:
        """Index in the plan of each estimated stop."""

    @property
    def p50(self) -> Floats:
        """Middle estimate of each."""

    @property
    def p90(self) -> Floats:
        """Cautious estimate of each."""

    @property
    def parts(self) -> NDArray[np.float32]:
        """Of each: driving, dwell, rest, deviation, s."""

    @property
    def reason(self) -> NDArray[np.uint8]:
        """``NoEstimate`` of each row."""


#: By number of ``Risk``: how grave it is; of several stops the gravest speaks for the trip.
GRAVITY = np.array([0, 1, 2, 3, 4, 1], np.uint8)

_STATUSES = tuple(StopStatus)
#: By identity: an enum's own hash costs more than all else of a fact.
_NUMBER = {id(status): number for number, status in enumerate(_STATUSES)}
_OPEN = np.array([status.is_open for status in _STATUSES])
_NEAR = np.array([status is StopStatus.APPROACHING for status in _STATUSES])
_THERE = np.array([status is StopStatus.ARRIVED for status in _STATUSES])
_NOT_DUE = np.isin(_STATUSES, (StopStatus.SKIPPED, StopStatus.MISSED, StopStatus.UNVERIFIED))


class Table:
    """Columns of all stops, those of case ``i`` from ``start[i]`` to ``start[i + 1]``."""

    def __init__(self, cases: Sequence[Case], asked: Asked, forecast: Forecast, now: float) -> None:
        stops = [_NO_STOPS if case.plan is None else case.plan.stops for case in cases]
        size = np.array([len(each) for each in stops], np.intp)
        bounds = np.append(0, np.cumsum(size)).astype(np.intp)
        self.cases, self.asked, self.forecast = cases, asked, forecast
        self.start: list[int] = bounds.tolist()
        self.stops = np.frombuffer(b"".join(each.tobytes() for each in stops), STOP)
        self.case = np.repeat(np.arange(len(cases)), size)  #: of each stop
        self.row = np.full(len(cases), -1, np.intp)
        self.row[asked.case] = np.arange(len(asked.case))
        count = np.diff(forecast.start)
        at = np.repeat(bounds[asked.case], count) + forecast.stop
        self.p50, self.p90 = np.full((2, len(self.stops)), nan)
        self.p50[at], self.p90[at] = forecast.p50, forecast.p90
        self._take_facts(size)
        known = np.isfinite(self.arrived)
        self.p50[known] = self.p90[known] = nan
        s = np.array([nan if case.place is None else case.place.s for case in cases])
        self._ahead: Floats = self.stops["s"] - s[self.case]  #: m, from its vehicle to each stop
        self.missed = self._missed(now)
        self._judge(now)
        self.settled = self._settled(now)
        self.timely = self._timely(now)

    def _take_facts(self, size: NDArray[np.intp]) -> None:
        """Columns of the facts, as they come with the cases."""
        status, arrived, keys = list[int](), list[float](), list[int]()
        for case, count in zip(self.cases, size.tolist(), strict=True):
            facts = case.facts[:count]
            status += [_NUMBER[id(fact.status)] for fact in facts]
            arrived += [fact.arrived for fact in facts]
            keys += [fact.stop for fact in facts]
            if len(facts) < count:
                status += [0] * (count - len(facts))
                arrived += [nan] * (count - len(facts))
                keys += [0] * (count - len(facts))
        number = np.array(status, np.intp)
        known = np.array(keys, np.int32) == self.stops["key"]
        self._strange = self._some(~known)  # facts of another plan
        for n, (case, count) in enumerate(zip(self.cases, size.tolist(), strict=True)):
            if len(case.facts) > count:
                self._strange[n] = True
        self.arrived = np.array(arrived, np.float64)
        self.open: Bools = _OPEN[number]
        self._approaching: Bools = _NEAR[number]
        self._there = self._some(_THERE[number])
        self._closed: Bools = _NOT_DUE[number]  # nothing is due there any more

    def _judge(self, now: float) -> None:
        """Risks, and how late each stop is or will be."""
        self.before = np.frombuffer(b"".join(map(_risks, self.cases)), risk.RISK)
        self.opens, self.closes = windows(self.stops)
        closed = self._closed | self.missed | self.stops["via"]
        self.due = np.where(closed, nan, self.closes)
        late, early = self.stops["late"], self.stops["early"]
        told = risk.Asked(self.p50, self.p90, self.due, late, self.arrived, self.opens, early)
        after = risk.judge(self.before, now, told)
        state = after["state"]
        # The first look at a stop is no news where all is well.
        calm = (state == Risk.UNKNOWN) | (state == Risk.ON_TIME)
        self.turned = (self.before["state"] != state) & ~(np.isnan(self.before["since"]) & calm)
        self.news = self._some(self.turned)
        self.after, self.risks = after, after.tobytes()
        self.states: list[int] = state.tolist()
        self.gravity: list[int] = GRAVITY[state].tolist()
        # Overdue without an estimate: not before now.
        hoped = np.where(np.isnan(self.p50) & (state == Risk.OVERDUE), now, self.p50)
        self.time = np.where(np.isfinite(self.arrived), self.arrived, hoped)
        self.delay: list[float] = signed_delay(self.time, self.opens, self.closes).tolist()

    def _missed(self, now: float) -> Bools:
        """Open stops that ``stops.pending`` would call missed: nothing is due there any more."""
        stops = self.stops
        arrive, closes, depart = stops["arrive"], stops["closes"], stops["depart"]
        due = np.where(np.isfinite(arrive), arrive, np.where(np.isfinite(closes), closes, depart))
        gone = (-self._ahead > GONE_BY) & (now >= due + GONE_BY_TIME)
        # Never later than the window shuts; NaN: no time is known, so it never does.
        last = np.fmax(np.fmax(arrive, depart), closes)
        ends = np.full(len(self.cases), -inf)
        np.fmax.at(ends, self.case, last)
        shut = (ends > -inf) & (now > ends + TRACK_AFTER)
        missed: Bools = self.open & (gone | shut[self.case])
        return missed

    def _settled(self, now: float) -> list[bool]:
        """Of each case: ``stops.pending`` would leave all its facts as they are."""
        ahead = self._ahead
        near = (self.p50 - now <= NEAR_TIME) | ((ahead >= 0) & (ahead <= NEAR_WAY))
        index = np.flatnonzero(self.open)
        case = self.case[index]
        first = np.zeros(len(self.stops), np.bool_)
        first[index[np.append(True, case[1:] != case[:-1])[: len(index)]]] = True
        moves = self.missed | (self.open & (self._approaching != (first & near)))
        settled: list[bool] = (~(self._some(moves) | self._strange)).tolist()
        return settled

    def _timely(self, now: float) -> list[bool]:
        """Of each case: no stop can have brought about a condition of the clock."""
        stops = self.stops
        closes = np.where(np.isfinite(stops["closes"]), stops["closes"], stops["arrive"])
        due = np.where(np.isfinite(closes), closes, inf) + np.nan_to_num(stops["late"])
        overdue = self.open & ~stops["via"] & (now > due)
        timely: list[bool] = (~(self._some(overdue) | self._there | self._strange)).tolist()
        return timely

    def _some(self, which: Bools) -> Bools:
        """Of each case: whether it is so of any of its stops."""
        found: Bools = np.bincount(self.case[which], minlength=len(self.cases)) > 0
        return found


_NO_STOPS = np.empty(0, STOP)


def windows(stops: NDArray[np.void]) -> tuple[Floats, Floats]:
    """When each stop opens and closes; where it has no window, both are the planned arrival."""
    opens = np.where(np.isnan(stops["opens"]), stops["arrive"], stops["opens"])
    closes = np.where(np.isnan(stops["closes"]), stops["arrive"], stops["closes"])
    return opens, closes


def signed_delay(time: Floats, opens: Floats, closes: Floats) -> Floats:
    """Seconds late (positive) or early against a window; 0 within, NaN where nothing is due."""
    late = np.where(time > closes, time - closes, np.minimum(time - opens, 0.0))
    return np.where(np.isnan(time) | np.isnan(closes), nan, late)


def _risks(case: Case) -> bytes:
    """What is remembered of the stops' risks; of another plan, by stop."""
    plan, known = case.plan, case.standing
    if plan is None:
        return b""
    size, kept = len(plan.stops), len(known.risks)
    if known.risks_plan == plan.revision and kept == size * risk.RISK.itemsize:
        return known.risks
    if known.risks_plan == plan.revision or kept % risk.RISK.itemsize:
        return risk.empty(size).tobytes()
    rows = np.frombuffer(known.risks, risk.RISK)
    fresh = risk.empty(size)
    earlier = next((p for p in case.trip.plans if p.revision == known.risks_plan), None)
    if earlier is None or len(earlier.stops) != len(rows):
        return fresh.tobytes()
    where = {int(key): number for number, key in enumerate(earlier.stops["key"])}
    for number, key in enumerate(plan.stops["key"].tolist()):
        if key in where:
            fresh[number] = rows[where[key]]
    return fresh.tobytes()
