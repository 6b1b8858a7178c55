"""One look at trips: what stops, estimates, risk, delay and cause are now.

``ask`` says what is to be estimated; whoever holds the travel-time model answers with a
forecast; ``conclude`` judges it against the plan.  Gateway and worker both look this way, the
one when fixes come, the other when time has passed, and get the same answer at the same time.
Nothing here changes a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fleet.trips import (
    STOP,
    DelayCause,
    Evaluation,
    NoEstimate,
    Place,
    Risk,
    RiskTurn,
    StopFact,
    StopStatus,
)
from shipment import cause, clock, risk
from shipment.cases import ADVANCED, Asked, Case
from shipment.stops import STRAY, Course, Stray, pending

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


@dataclass(frozen=True, slots=True)
class Law:
    """When drivers must rest; a plan has room for that, so it explains no delay."""

    drive: float = inf  #: s of driving ...
    rest: float = 0.0  #: ... after which a rest of so many s is due


NO_LAW = Law()


def conclude(
    cases: Sequence[Case],
    asked: Asked,
    forecast: Forecast,
    now: float,
    model: str,
    *,
    law: Law = NO_LAW,
) -> list[Evaluation]:
    """What is to be kept of each case after an evaluation at ``now``.

    ``Evaluation.facts`` are empty where they are as they were.
    """
    table = _Table(cases, asked, forecast, now)
    return [_Look(table, number, now, (model, law)).evaluation() for number in range(len(cases))]


class _Table:
    """The stops of all cases in one block, with estimates and risks."""

    def __init__(self, cases: Sequence[Case], asked: Asked, forecast: Forecast, now: float) -> None:
        self.cases, self.asked, self.forecast = cases, asked, forecast
        stops = [_NO_STOPS if case.plan is None else case.plan.stops for case in cases]
        self.start = np.append(0, np.cumsum([len(each) for each in stops])).astype(np.intp)
        self.stops = _joined(stops, STOP)
        self.row = np.full(len(cases), -1, np.intp)
        self.row[asked.case] = np.arange(len(asked.case))
        count = np.diff(forecast.start)
        at = np.repeat(self.start[asked.case], count) + forecast.stop
        self.p50, self.p90 = np.full((2, len(self.stops)), nan)
        self.p50[at], self.p90[at] = forecast.p50, forecast.p90
        self.arrived = np.full(len(self.stops), nan)
        self.closed = np.zeros(len(self.stops), np.bool_)  # nothing is due there any more
        for begin, case in zip(self.start.tolist(), cases, strict=False):
            for number, fact in enumerate(case.facts, begin):
                self.arrived[number] = fact.arrived
                self.closed[number] = fact.status in _NOT_DUE
        self.p50[np.isfinite(self.arrived)] = self.p90[np.isfinite(self.arrived)] = nan
        self.before = _joined([_risks(case) for case in cases], risk.RISK)
        self.opens, self.closes = _windows(self.stops)
        due = np.where(self.closed | self.stops["via"], nan, self.closes)
        told = risk.Asked(
            self.p50,
            self.p90,
            due,
            self.stops["late"],
            self.arrived,
            self.opens,
            self.stops["early"],
        )
        self.due = due
        self.after = risk.judge(self.before, now, told)
        # The first look at a stop is no news where all is well.
        calm = np.isin(self.after["state"], (Risk.UNKNOWN, Risk.ON_TIME))
        self.turned = self.before["state"] != self.after["state"]
        self.turned &= ~(np.isnan(self.before["since"]) & calm)
        self.states = self.after["state"].tolist()


_NO_STOPS = np.empty(0, STOP)


def _joined(parts: Sequence[NDArray[np.void]], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Records one after the other; ``np.concatenate`` compares their fields for 30 us a part."""
    return np.frombuffer(b"".join(part.tobytes() for part in parts), dtype)


_NOT_DUE = (StopStatus.SKIPPED, StopStatus.MISSED, StopStatus.UNVERIFIED)


def _windows(stops: NDArray[np.void]) -> tuple[Floats, Floats]:
    """When each stop opens and closes; where it has no window, both are the planned arrival."""
    opens = np.where(np.isnan(stops["opens"]), stops["arrive"], stops["opens"])
    closes = np.where(np.isnan(stops["closes"]), stops["arrive"], stops["closes"])
    return opens, closes


def _risks(case: Case) -> NDArray[np.void]:
    """What is remembered of the stops' risks; of another plan, by stop."""
    plan, known = case.plan, case.standing
    if plan is None:
        return risk.empty(0)
    size = len(plan.stops)
    if len(known.risks) % risk.RISK.itemsize:
        return risk.empty(size)
    rows = np.frombuffer(known.risks, risk.RISK)
    if known.risks_plan == plan.revision:
        return rows if len(rows) == size else risk.empty(size)
    fresh = risk.empty(size)
    earlier = next((p for p in case.trip.plans if p.revision == known.risks_plan), None)
    if earlier is None or len(earlier.stops) != len(rows):
        return fresh
    where = {int(key): number for number, key in enumerate(earlier.stops["key"])}
    for number, key in enumerate(plan.stops["key"].tolist()):
        if key in where:
            fresh[number] = rows[where[key]]
    return fresh


def _astray(stray: Stray) -> clock.Condition:
    kind = clock.Kind.WRONG_STOP if stray.wrong else clock.Kind.UNPLANNED_VISIT
    return clock.Condition(kind, stray.since + STRAY, stray.since)


def signed_delay(time: float, opens: float, closes: float) -> float:
    """Seconds late (positive) or early against a window; 0 within, NaN where nothing is due."""
    if isnan(time) or isnan(closes):
        return nan
    if time > closes:
        return time - closes
    return min(time - opens, 0.0)


_LEVELS = tuple(Risk)  # by number: the enum's own look-up costs more than all else

#: How grave a risk is; of several stops the gravest speaks for the trip.
_GRAVITY = {
    Risk.OVERDUE: 4,
    Risk.LATE: 3,
    Risk.AT_RISK: 2,
    Risk.ON_TIME: 1,
    Risk.EARLY: 1,
    Risk.UNKNOWN: 0,
}


class _Look:
    """One case of a table."""

    def __init__(self, table: _Table, number: int, now: float, by: tuple[str, Law]) -> None:
        self._table, self._case = table, table.cases[number]
        self._now, (self._model, self._law) = now, by
        self._own = slice(int(table.start[number]), int(table.start[number + 1]))
        self._row = int(table.row[number])
        reason = table.asked.why[number]
        if self._row >= 0 and reason is NoEstimate.NONE:
            reason = NoEstimate(int(table.forecast.reason[self._row]))
        self._reason = reason
        self._state = self._case.standing.state if self._case.state is None else self._case.state

    def evaluation(self) -> Evaluation:
        """All that is to be kept."""
        case, table, place = self._case, self._table, self._case.place
        plan = case.plan
        facts = self._facts()
        worst, level, delay = self._worst(facts)
        first, p50, p90, parts = self._expected()
        split = self._split(worst, delay)
        return Evaluation(
            trip=case.trip.key,
            vehicle=case.vehicle,
            at=self._now,
            heard=nan if place is None else place.seen,
            plan=-1 if plan is None else plan.revision,
            model=self._model,
            no_estimate=self._reason,
            s=nan if place is None else place.s,
            share=self._share(),
            away=nan if place is None else place.away,
            off_route=place is not None and place.off,
            first=first,
            p50=p50,
            p90=p90,
            parts=parts,
            state=self._state,
            facts=facts if facts != case.standing.facts else (),
            risks=table.after[self._own].tobytes(),
            risk=level,
            late_stop=worst,
            delay=delay,
            baseline=self._baseline(worst),
            cause=cause.top(split, case.standing.said_cause if split else ""),
            split={str(name): round(seconds) for name, seconds in split.items()},
            conditions=self._conditions(facts),
            place=ADVANCED.pack(*case.advanced) + case.packed if case.packed else b"",
            steps=case.steps,
            turns=self._turns(),
        )

    def _facts(self) -> tuple[StopFact, ...]:
        case, table = self._case, self._table
        if case.plan is None or self._state.is_over:
            return case.facts
        expected = dict(
            zip(
                table.stops["key"][self._own].tolist(),
                table.p50[self._own].tolist(),
                strict=True,
            )
        )
        s = nan if case.place is None else case.place.s
        return pending(case.plan, case.facts, Course(s, expected), self._now)

    def _expected(
        self,
    ) -> tuple[
        int, tuple[float, ...], tuple[float, ...], tuple[tuple[float, float, float, float], ...]
    ]:
        """First stop, P50, P90 and parts of the stops ahead."""
        if self._row < 0 or self._reason is not NoEstimate.NONE:
            return 0, (), (), ()
        forecast = self._table.forecast
        own = slice(int(forecast.start[self._row]), int(forecast.start[self._row + 1]))
        if own.start == own.stop:
            return 0, (), (), ()
        parts = tuple((a, b, c, d) for a, b, c, d in forecast.parts[own].tolist())
        first = int(forecast.stop[own.start])
        return first, tuple(forecast.p50[own].tolist()), tuple(forecast.p90[own].tolist()), parts

    def _worst(self, facts: Sequence[StopFact]) -> tuple[int, Risk, float]:
        """The stop that speaks for the trip, its risk and its delay; -1, UNKNOWN, NaN: none."""
        found = []
        for number, fact in enumerate(facts):
            if fact.status.is_open:
                level, delay = self._stop(number)
                found.append((_GRAVITY[level], -inf if isnan(delay) else delay, number, level))
        if found and not self._state.is_over:
            _, delay, number, level = max(found, key=lambda one: (one[0], one[1], one[2]))
            return number, level, delay if isfinite(delay) else nan
        for number in range(len(facts) - 1, -1, -1):
            if isfinite(facts[number].arrived):
                return number, *self._stop(number)
        return -1, Risk.UNKNOWN, nan

    def _stop(self, number: int) -> tuple[Risk, float]:
        """Risk and delay of one stop."""
        table, at = self._table, self._own.start + number
        level = _LEVELS[table.states[at]]
        time = self._time(number)
        return level, signed_delay(time, float(table.opens[at]), float(table.closes[at]))

    def _time(self, number: int) -> float:
        """When the stop is or will be reached; overdue without an estimate: not before now."""
        table, at = self._table, self._own.start + number
        if isfinite(table.arrived[at]):
            return float(table.arrived[at])
        overdue = table.states[at] == Risk.OVERDUE
        if isnan(table.p50[at]):
            return self._now if overdue else nan
        return float(table.p50[at])

    def _baseline(self, worst: int) -> float:
        """Delay of that stop against revision 0; NaN where that has no such stop."""
        plans = self._case.trip.plans
        if worst < 0 or not plans:
            return nan
        key = int(self._table.stops["key"][self._own.start + worst])
        base = plans[0].stops[plans[0].stops["key"] == key]
        if not len(base):
            return nan
        opens, closes = _windows(base)
        return signed_delay(self._time(worst), float(opens[0]), float(closes[0]))

    def _share(self) -> float:
        """Share of the way from the first stop to the last that is done."""
        plan, place = self._case.plan, self._case.place
        if plan is None or place is None or isnan(place.s):
            return nan
        known = plan.stops["s"][np.isfinite(plan.stops["s"])]
        if len(known) < 2 or known[-1] <= known[0]:  # noqa: PLR2004 - a way has two ends
            return nan
        return min(max((place.s - float(known[0])) / float(known[-1] - known[0]), 0.0), 1.0)

    def _split(self, worst: int, delay: float) -> Mapping[DelayCause, float]:
        """Why the stop that speaks for the trip is late, s by cause."""
        case, plan = self._case, self._case.plan
        if plan is None or worst < 0 or not delay > 0:
            return {}
        place = case.place or Place(nan, nan)
        parts = self._parts(worst)
        return cause.split(
            cause.Budget(
                plan,
                case.facts,
                worst,
                reached=self._time(worst),
                now=self._now,
                delay=delay,
                standing=place.standing,
                resting=place.resting,
                off_route=place.off_route,
                silent=place.silent,
                dwell=parts[1],
                rest=parts[2],
                due_rest=(place.moved + parts[0]) // self._law.drive * self._law.rest,
            )
        )

    def _parts(self, number: int) -> tuple[float, float, float, float]:
        """What the estimate of a stop is made of."""
        first, _, _, parts = self._expected()
        return parts[number - first] if 0 <= number - first < len(parts) else (0.0, 0.0, 0.0, 0.0)

    def _conditions(self, facts: Sequence[StopFact]) -> tuple[Mapping[str, object], ...]:
        """What the clock finds."""
        case, place = self._case, self._case.place
        if case.plan is None:
            return ()
        found = clock.conditions(
            clock.View(
                self._state,
                case.plan,
                facts,
                served=case.vehicle >= 0,
                seen=nan if place is None else place.seen,
                stand_since=nan if place is None else place.stand_since,
                inside=any(fact.is_there for fact in facts),
                advanced=case.advanced[1],
            ),
            self._now,
        )
        where = {int(key): n for n, key in enumerate(case.plan.stops["key"].tolist())}
        return tuple(
            {
                "kind": each.kind.value,
                "since": each.since,
                "began": each.began,
                "stop": where.get(each.stop),
            }
            for each in (*found, *map(_astray, case.strays))
            if isfinite(each.began)
        )

    def _turns(self) -> tuple[RiskTurn, ...]:
        table, own = self._table, self._own
        turned = table.turned[own]
        if not turned.any():
            return ()
        before, after = table.before[own], table.after[own]
        return tuple(
            RiskTurn(
                int(table.stops["key"][own.start + n]),
                Risk(int(before["state"][n])),
                Risk(int(after["state"][n])),
                float(table.p50[own.start + n]),
                float(table.p90[own.start + n]),
                float(table.due[own.start + n]),
            )
            for n in np.flatnonzero(turned).tolist()
        )
