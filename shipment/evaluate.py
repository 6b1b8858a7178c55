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

import numpy as np

from fleet.trips import (
    DelayCause,
    Evaluation,
    NoEstimate,
    Place,
    Risk,
    RiskTurn,
    StopFact,
    TripState,
)
from shipment import cause, clock, risk
from shipment.cases import ADVANCED, Asked, Case
from shipment.stops import STRAY, Course, Stray, pending
from shipment.table import Forecast, Table, signed_delay, windows

__all__ = ["Forecast", "Law", "conclude"]


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
    table = Table(cases, asked, forecast, now)
    told = _Told(forecast)
    return [
        _Look(table, number, now, (model, law, told)).evaluation() for number in range(len(cases))
    ]


class _Told:
    """A forecast in plain numbers: of all trips at once it costs a tenth."""

    def __init__(self, forecast: Forecast) -> None:
        self.start: list[int] = forecast.start.tolist()
        self.stop: list[int] = forecast.stop.tolist()
        self.p50: list[float] = forecast.p50.tolist()
        self.p90: list[float] = forecast.p90.tolist()
        self.parts: list[Parts] = [(a, b, c, d) for a, b, c, d in forecast.parts.tolist()]
        self.reason: list[int] = forecast.reason.tolist()


def _astray(stray: Stray) -> clock.Condition:
    kind = clock.Kind.WRONG_STOP if stray.wrong else clock.Kind.UNPLANNED_VISIT
    return clock.Condition(kind, stray.since + STRAY, stray.since)


_LEVELS = tuple(Risk)  # by number: the enum's own look-up costs more than all else
_REASONS = {each.value: each for each in NoEstimate}
_NO_PARTS = (0.0, 0.0, 0.0, 0.0)

Parts = tuple[float, float, float, float]


class _Look:
    """One case of a table."""

    def __init__(self, table: Table, number: int, now: float, by: tuple[str, Law, _Told]) -> None:
        self._table, self._case, self._number = table, table.cases[number], number
        self._now, (self._model, self._law, self._told) = now, by
        self._begin, self._end = table.start[number], table.start[number + 1]
        row = int(table.row[number])
        reason = table.asked.why[number]
        if row >= 0 and reason is NoEstimate.NONE:
            reason = _REASONS[self._told.reason[row]]
        self._reason = reason
        self._row = row if reason is NoEstimate.NONE else -1
        self._state = self._case.standing.state if self._case.state is None else self._case.state

    def evaluation(self) -> Evaluation:
        """All that is to be kept."""
        case, table, place = self._case, self._table, self._case.place
        plan = case.plan
        facts = self._facts()
        worst, level, delay = self._worst(facts)
        first, p50, p90, parts = self._expected()
        part = parts[worst - first] if 0 <= worst - first < len(parts) else _NO_PARTS
        split = self._split(worst, delay, part)
        size = risk.RISK.itemsize
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
            risks=table.risks[self._begin * size : self._end * size],
            risk=level,
            late_stop=worst,
            delay=delay,
            baseline=self._baseline(worst, delay),
            cause=cause.top(split, case.standing.said_cause if split else ""),
            split={str(name): round(seconds) for name, seconds in split.items()},
            conditions=self._conditions(facts),
            place=ADVANCED.pack(*case.advanced) + case.packed if case.packed else b"",
            steps=case.steps,
            turns=self._turns() if table.news[self._number] else (),
        )

    def _facts(self) -> tuple[StopFact, ...]:
        case, table = self._case, self._table
        # Nothing is missed any more once it is over, but where that is why it is.
        over = self._state.is_over and self._state is not TripState.ASSUMED_COMPLETED
        if case.plan is None or table.settled[self._number] or over:
            return case.facts
        own = slice(self._begin, self._end)
        keys, p50 = table.stops["key"][own].tolist(), table.p50[own].tolist()
        s = nan if case.place is None else case.place.s
        course = Course(s, dict(zip(keys, p50, strict=True)))
        return pending(case.plan, case.facts, course, self._now)

    def _expected(self) -> tuple[int, tuple[float, ...], tuple[float, ...], tuple[Parts, ...]]:
        """First stop, P50, P90 and parts of the stops ahead."""
        if self._row < 0:
            return 0, (), (), ()
        told = self._told
        begin, end = told.start[self._row], told.start[self._row + 1]
        if begin == end:
            return 0, (), (), ()
        p50, p90 = tuple(told.p50[begin:end]), tuple(told.p90[begin:end])
        return told.stop[begin], p50, p90, tuple(told.parts[begin:end])

    def _worst(self, facts: Sequence[StopFact]) -> tuple[int, Risk, float]:
        """The stop that speaks for the trip, its risk and its delay; -1, UNKNOWN, NaN: none."""
        table = self._table
        if not self._state.is_over:
            found = [
                (table.gravity[at], -inf if isnan(delay) else delay, at)
                for at, (fact, delay) in enumerate(
                    zip(facts, table.delay[self._begin : self._end], strict=False), self._begin
                )
                if fact.status.is_open
            ]
            if found:
                _, delay, at = max(found)
                level = _LEVELS[table.states[at]]
                return at - self._begin, level, delay if isfinite(delay) else nan
        for number in range(min(len(facts), self._end - self._begin) - 1, -1, -1):
            if isfinite(facts[number].arrived):
                at = self._begin + number
                return number, _LEVELS[table.states[at]], table.delay[at]
        return -1, Risk.UNKNOWN, nan

    def _baseline(self, worst: int, delay: float) -> float:
        """Delay of that stop against revision 0; NaN where that has no such stop."""
        plans = self._case.trip.plans
        if worst < 0 or not plans:
            return nan
        if len(plans) == 1:
            return delay
        at = self._begin + worst
        base = plans[0].stops[plans[0].stops["key"] == self._table.stops["key"][at]]
        if not len(base):
            return nan
        return float(signed_delay(self._table.time[at : at + 1], *windows(base[:1]))[0])

    def _share(self) -> float:
        """Share of the way from the first stop to the last that is done."""
        plan, place = self._case.plan, self._case.place
        if plan is None or place is None or isnan(place.s):
            return nan
        known = [s for s in plan.stops["s"].tolist() if isfinite(s)]
        if not known or known[-1] <= known[0]:
            return nan
        done: float = (place.s - known[0]) / (known[-1] - known[0])
        return min(max(done, 0.0), 1.0)

    def _split(self, worst: int, delay: float, parts: Parts) -> Mapping[DelayCause, float]:
        """Why the stop that speaks for the trip is late, s by cause."""
        case, plan = self._case, self._case.plan
        if plan is None or worst < 0 or not delay > 0:
            return {}
        place = case.place or Place(nan, nan)
        return cause.split(
            cause.Budget(
                plan,
                case.facts,
                worst,
                reached=float(self._table.time[self._begin + worst]),
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

    def _conditions(self, facts: Sequence[StopFact]) -> tuple[Mapping[str, object], ...]:
        """What the clock finds."""
        case, place = self._case, self._case.place
        if case.plan is None:
            return ()
        view = clock.View(
            self._state,
            case.plan,
            facts,
            served=case.vehicle >= 0,
            seen=nan if place is None else place.seen,
            stand_since=nan if place is None else place.stand_since,
            inside=any(fact.is_there for fact in facts),
            advanced=case.advanced[1],
        )
        timely = self._table.timely[self._number] and self._state.is_under_way
        if timely and not case.strays and clock.is_calm(view, self._now):
            return ()
        found = clock.conditions(view, self._now)
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
        table, own = self._table, slice(self._begin, self._end)
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
            for n in np.flatnonzero(table.turned[own]).tolist()
        )
