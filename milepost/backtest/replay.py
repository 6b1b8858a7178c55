"""The recording through the fold with a virtual clock: follow, learn, and answer the pairs.

The clock goes from window to window.  What the model may know when it answers is what had been
received when the window began, and of the trip itself the fixes up to the question.  Before
the test the same is done with the last days of history, whose answers only teach the bands how
wrong the model is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from gateway import judge
from milepost.backtest.figures import Forecasts
from milepost.backtest.follow import WINDOW, Trail, follow
from milepost.backtest.ground import Ground, ground, plan
from milepost.backtest.sets import DataSet, Floats, Ints, Pairs, Said
from route import progress
from route.eta import Ask, predict
from route.model import Driven, Model, Rules, calibrate, learn
from route.plans import Plans

Done = Callable[[float], None]
Rows = NDArray[np.intp]

_ALMOST = 30.0  #: m before a stop at which it has arrived: a bus and a half, and noise
_SETTLED = 600.0  #: s after a passage until nobody will take another position for it
_VERSION = "backtest"


@dataclass(frozen=True, slots=True)
class Options:
    """How the model is to be tested."""

    online: bool = True  #: learn from what is received in the test, too


def replay(
    data: DataSet, screen: judge.Rules, options: Options, said: Said, done: Done
) -> Forecasts:
    """The model's answers to the pairs of ``data``."""
    said("drawing the planned lines")
    base = ground(data, done)
    said("following the vehicles")
    trail = follow(data, base, screen, done)
    desk = _Desk(data, base, trail, options)
    said("learning from history")
    desk.rehearse(done)
    said("answering")
    return desk.test(done)


class _Desk:
    """The model, and what it may know."""

    def __init__(self, data: DataSet, base: Ground, trail: Trail, options: Options) -> None:
        self._data, self._base, self._trail, self._options = data, base, trail, options
        self._zone = ZoneInfo(data.zone)
        self._model = Model.empty(_VERSION)
        made = [plan(data, base, one) for one in np.unique(trail.journey).tolist()]
        self._plans = Plans.build(made)
        self._order = np.argsort(trail.time, kind="stable")
        self._times = trail.time[self._order]
        self._learned = 0  #: rows of ``_order``
        first = np.searchsorted(trail.journey, trail.journey)
        self._begins = first  #: of each row of the trail, the first of its journey
        truth = data.rehearsal.truth
        self._rehearsed = np.full(len(truth), np.nan)  #: P50
        self._by_truth = np.argsort(truth, kind="stable")
        self._settled = truth[self._by_truth] + _SETTLED
        self._scored = 0  #: rows of ``_by_truth``

    def rehearse(self, done: Done) -> None:
        """Take history; the bands learn from the questions of its last days."""
        past = int(np.searchsorted(self._data.rehearsal.now, self._data.since))
        windows = _windows(self._data.rehearsal, 0, past)
        for begun, low, high in windows:
            self._learn(begun)
            self._calibrate(begun)
            self._rehearse(low, high)
            done(high / past)
        self._learn(self._data.since)

    def test(self, done: Done) -> Forecasts:
        """Answer the questions of the test."""
        pairs, rehearsal = self._data.pairs, self._data.rehearsal
        p50, p90 = np.full((2, len(pairs)), np.nan)
        heard = int(np.searchsorted(rehearsal.now, self._data.since))
        for begun, low, high in _windows(pairs, 0, len(pairs)):
            if self._options.online:
                self._learn(begun)
                until = int(np.searchsorted(rehearsal.now, begun))
                self._rehearse(heard, until)
                heard = until
                self._calibrate(begun)
            p50[low:high], p90[low:high] = self._ask(pairs.rows(np.arange(low, high)))
            done(high / len(pairs))
        return Forecasts(p50, p90)

    def _rehearse(self, low: int, high: int) -> None:
        if high > low:
            asked = self._data.rehearsal.rows(np.arange(low, high))
            self._rehearsed[low:high], _ = self._ask(asked)

    def _rules(self, time: float) -> Rules:
        offset = datetime.fromtimestamp(time, UTC).astimezone(self._zone).utcoffset()
        return Rules(shift=offset.total_seconds() if offset else 0.0)

    def _learn(self, until: float) -> None:
        """Take the positions received before ``until``, each with the one before it."""
        last = int(np.searchsorted(self._times, until))
        rows = np.sort(self._order[self._learned : last])
        self._learned = max(self._learned, last)
        if not len(rows):
            return
        begins = np.flatnonzero(np.append(True, np.diff(rows) > 1) | self._changes(rows))
        ends = np.append(begins[1:], len(rows))
        stretches = zip(rows[begins].tolist(), rows[ends - 1].tolist(), strict=True)
        runs = [self._run(low, high + 1) for low, high in stretches]
        self._model = learn(self._model, runs, self._rules(until))

    def _changes(self, rows: Rows) -> NDArray[np.bool_]:
        journey = self._trail.journey[rows]
        return np.append(True, journey[1:] != journey[:-1])

    def _run(self, low: int, high: int) -> Driven:
        low = max(int(self._begins[low]), low - 1)
        trail = self._trail
        course = self._plans.courses[self._plans.row_of(int(trail.journey[low]) + 1)]
        stays = self._stays(int(trail.journey[low]), trail.time[low], trail.time[high - 1])
        return Driven(course, trail.time[low:high], trail.s[low:high], *stays)

    def _stays(self, journey: int, after: float, until: float) -> tuple[Floats, Floats]:
        """Arrivals and departures at the stops that were left in that time; the others are NaN."""
        start = self._data.journeys.start
        rows = slice(int(start[journey]), int(start[journey + 1]))
        if self._data.stays is None:
            unknown = np.full(rows.stop - rows.start, np.nan)
            return unknown, unknown
        arrived, departed = (column[rows] for column in self._data.stays)
        begins = np.arange(len(departed)) == 0  # its departure is its first position
        left = (departed <= until) & ((departed > after) | (begins & (departed == after)))
        return np.where(left, arrived, np.nan), np.where(left, departed, np.nan)

    def _calibrate(self, until: float) -> None:
        """Show the bands how wrong the answers were whose truth is settled by then."""
        last = int(np.searchsorted(self._settled, until))
        rows = self._by_truth[self._scored : last]
        self._scored = max(self._scored, last)
        if len(rows):
            pairs, rules = self._data.rehearsal.rows(rows), self._rules(until)
            error = pairs.truth - self._rehearsed[rows]
            self._model = calibrate(self._model, pairs.ahead, error, rules)

    def _ask(self, pairs: Pairs) -> tuple[Floats, Floats]:
        """One question per journey and moment, then the stop that each pair is about."""
        moments, of = np.unique(
            np.stack([pairs.journey.astype(np.float64), pairs.now]), axis=1, return_inverse=True
        )
        ask = self._seen(moments[0].astype(np.int32), moments[1])
        told = predict(ask, self._plans, self._model, self._rules(float(pairs.now[0])))
        at = told.start[of] + pairs.stop - ask.first[of]
        there = (at >= told.start[of]) & (at < told.start[of + 1]) & (pairs.stop >= 0)
        p50, p90 = np.full((2, len(pairs)), np.nan)
        p50[there], p90[there] = told.p50[at[there]], told.p90[at[there]]
        return p50, p90

    def _seen(self, journey: Ints, now: Floats) -> Ask:
        """What is known of the journeys at these moments."""
        trail, base = self._trail, self._base
        low = np.searchsorted(trail.journey, journey)
        high = np.searchsorted(trail.journey, journey, side="right")
        last = np.array([
            a + np.searchsorted(trail.time[a:b], moment, side="right") - 1
            for a, b, moment in zip(low, high, now, strict=True)
        ])  # fmt: skip
        known = last >= low
        s, seen = (np.where(known, column[last], np.nan) for column in (trail.s, trail.time))
        first = np.zeros(len(now), np.intp)
        for row, place in enumerate(s.tolist()):
            stops = base.places[int(self._data.journeys.way[journey[row]])]
            if not isnan(place):
                first[row] = np.searchsorted(stops, place + _ALMOST, side="right")
        off = known & (trail.state[last] == progress.State.OFF)
        return Ask(
            plan=np.array([self._plans.row_of(one + 1) for one in journey.tolist()], np.intp),
            now=now,
            s=s,
            seen=seen,
            first=first,
            here=np.full(len(now), np.nan),
            left=np.full(len(now), np.nan),
            driven=np.where(known, trail.driven[last], 0.0),
            off=off,
        )


def _windows(pairs: Pairs, low: int, high: int) -> Iterator[tuple[float, int, int]]:
    """When each window that asks something begins, and its rows; of those from low to high."""
    window = np.floor(pairs.now[low:high] / WINDOW)
    cuts = (low + np.flatnonzero(np.diff(window, prepend=-1.0))).tolist()
    for first, last in zip(cuts, [*cuts[1:], high], strict=True):
        yield float(window[first - low]) * WINDOW, first, last
