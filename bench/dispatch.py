"""The product's engines over simulated lorries: learn from a month, then watch a test.

The clock is virtual.  Every minute the fixes of that minute are put on the line
(``route.progress``), arrivals at the stops ahead are estimated (``route.eta``) and judged
(``shipment.risk``).  Stops are fulfilled by visits (``shipment.stops``); a visit is known two
minutes after it began or ended, which is how long the fences take to be sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.lorries import DAY, NOISE, START, Lane, Run, Trouble, plan_of, run_of
from fleet.geo import metres_per_degree
from fleet.nodes import VisitState
from fleet.trips import Assignment, DelayCause, Risk, StopFact, TripRow, VisitRow
from route import model as learning
from route.eta import Ask, Forecast, predict
from route.lines import Halts, Lines
from route.memory import Rules as Tracking
from route.model import Model, Rules, calibrate, learn
from route.plans import Plans, course
from route.progress import Roads, State, empty_progress, locate
from route.rest import CN
from shipment import risk
from shipment.cases import GONE_ON
from shipment.cause import Budget, split
from shipment.journey import Journey
from shipment.stops import fulfil

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

RULES = Rules(rest=CN, shift=8 * 3600.0)
SURE = 120.0  #: s until a visit is known
STEP = 60.0  #: s between evaluations
SPARSE = 300.0  #: s between those that bands are learned from
TROUBLED = 0.1  #: of the trips that are learned from


def warm_up(lanes: Sequence[Lane], days: int, rng: np.random.Generator) -> Model:
    """What a model knows after so many days: two trips on each lane every day."""
    model, trip = Model.empty("lanes"), 0
    for day in range(days):
        runs = []
        for lane in lanes:
            for _ in range(2):
                trip += 1
                runs.append(_some_run(lane, trip, day, rng))
        model = _calibrated(model, runs)
        model = learn(model, [_lesson(run) for run in runs], RULES)
    return model


def begin_of(day: int, rng: np.random.Generator) -> float:
    """When a trip of that day leaves: whole quarters from 6 to 11 o'clock in China."""
    return START + day * DAY + 900.0 * float(rng.integers(-2 * 4, 3 * 4))


def _some_run(lane: Lane, trip: int, day: int, rng: np.random.Generator) -> Run:
    usual = [one for one in Trouble if one is not Trouble.LONG_REST or lane.is_long]
    trouble = usual[int(rng.integers(len(usual)))] if rng.random() < TROUBLED else None
    return run_of(plan_of(lane, trip, begin_of(day, rng)), lane, rng, trouble)


def _lesson(run: Run) -> learning.Driven:
    """A completed run as the model is taught it: progress every minute, and the stays."""
    time = np.arange(run.left[0], run.arrived[-1], STEP)
    s = np.interp(time, run.time, run.s)
    return learning.Driven(course(run.plan), time, s, run.arrived, run.left)


def _calibrated(model: Model, runs: Sequence[Run]) -> Model:
    """The model with its bands moved by the estimates that it would have given."""
    plans = Plans.build([run.plan for run in runs])
    times = [np.arange(run.left[0], run.arrived[-1], SPARSE) for run in runs]
    row = np.repeat(np.arange(len(runs)), [len(each) for each in times])
    now = np.concatenate(times)
    s, driven = (
        np.concatenate(
            [np.interp(at, run.time, getattr(run, of)) for run, at in zip(runs, times, strict=True)]
        )
        for of in ("s", "driven")
    )
    on, moves = np.zeros(len(row), np.bool_), np.full(len(row), nan)
    where = _Where(row, now, s, now, driven, on, moves)
    told = _predict(model, plans, _Known(runs, now, row), where)
    case = np.repeat(np.arange(len(row)), np.diff(told.start))
    truth = np.array(
        [runs[r].arrived[k] for r, k in zip(row[case].tolist(), told.stop.tolist(), strict=True)]
    )
    return calibrate(model, truth - now[case], truth - told.p50, RULES)


class _Known:
    """What is known of stops at ``now``, row by row of runs."""

    def __init__(self, runs: Sequence[Run], now: Floats, row: Ints) -> None:
        most = max(len(run.arrived) for run in runs)
        arrived = _block([run.arrived for run in runs], most)[row]
        left = _block([run.left for run in runs], most)[row]
        self.arrived = np.where(arrived + SURE <= now[:, None], arrived, nan)
        self.left = np.where(left + SURE <= now[:, None], left, nan)
        self.first = np.isfinite(self.arrived).sum(axis=1)
        last = np.maximum(self.first - 1, 0)[:, None]
        came = np.take_along_axis(self.arrived, last, 1)[:, 0]
        self.gone = np.take_along_axis(self.left, last, 1)[:, 0]
        self.here = np.where(np.isnan(self.gone), came, nan)

    def go_on(self, plans: Plans, row: Ints, was: NDArray[np.void]) -> None:
        """As ``shipment.cases`` asks: it has left a stop that it is on its way from."""
        stop = plans.stop_first[row] + np.maximum(self.first - 1, 0)
        gone = was["s"] - plans.s[stop] > GONE_ON
        gone &= np.isnan(was["stand_since"]) & np.isfinite(self.here) & (was["state"] == State.ON)
        self.gone = np.where(gone, was["time"], self.gone)
        self.here = np.where(gone, nan, self.here)


def _block(rows: Sequence[Floats], width: int) -> Floats:
    block = np.full((len(rows), width), nan)
    for number, row in enumerate(rows):
        block[number, : len(row)] = row
    return block


class _Where(NamedTuple):
    """Where vehicles are, row by row of runs."""

    row: Ints
    now: Floats
    s: Floats
    seen: Floats
    driven: Floats
    off: NDArray[np.bool_]
    stands: Floats


def _predict(model: Model, plans: Plans, known: _Known, where: _Where) -> Forecast:
    ask = Ask(
        plan=where.row,
        now=where.now,
        s=where.s,
        seen=where.seen,
        first=known.first,
        here=known.here,
        left=known.gone,
        driven=where.driven,
        off=where.off,
        stands=np.where(np.isnan(known.here), where.stands, nan),
    )
    return predict(ask, plans, model, RULES)


@dataclass(frozen=True, slots=True)
class Watched:
    """What was said of test runs; ``n`` runs, stops in one block as ``start`` says."""

    runs: Sequence[Run]
    start: Ints  #: (n + 1,)
    due: Floats  #: of each stop: planned arrival
    arrived: Floats
    late_from: Floats  #: of each stop: when it was first said to be late; NaN never
    on_time: Floats  #: of each stop: share of evaluations before its arrival ...
    unknown: Floats
    at_flag: dict[int, dict[DelayCause, float]]  #: by run: split when its end was flagged ...
    at_end: dict[int, dict[DelayCause, float]]  #: ... and at its end
    told: NDArray[np.float64]  #: of each estimate: run, stop in block, now, p50, p90


@dataclass(slots=True)
class _Fixes:
    """All fixes of all runs, in the order in which they are taken."""

    roads: Roads
    ends: Ints  #: after step k come the rows from ``ends[k]`` on


def watch(runs: Sequence[Run], model: Model, rng: np.random.Generator) -> Watched:
    """Follow the runs, each from when its vehicle comes to the origin until it has arrived."""
    return _Watch(runs, model, rng).go()


class _Watch:
    def __init__(self, runs: Sequence[Run], model: Model, rng: np.random.Generator) -> None:
        self._runs, self._model = runs, model
        lanes = {run.lane.key: run.lane.line for run in runs}
        self._lines = Lines.build([lanes[key] for key in sorted(lanes)])
        self._halts = Halts.build({run.plan.trip: run.plan.stops["s"] for run in runs})
        self._plans = Plans.build([run.plan for run in runs])
        self._begin = np.array([run.arrived[0] for run in runs])
        self._fixes = self._all_fixes(rng)
        sizes = [len(run.arrived) for run in runs]
        self._start = np.append(0, np.cumsum(sizes)).astype(np.intp)
        self._of = np.repeat(np.arange(len(runs)), sizes)
        stops = np.concatenate([run.plan.stops for run in runs])
        self._stops, self._due = stops, stops["closes"]
        self._truth = np.concatenate([run.arrived for run in runs])
        self._end = self._truth[self._start[1:] - 1]
        self._memory = empty_progress(len(runs))
        self._risk = risk.empty(len(stops))
        self._late = np.full(len(stops), nan)
        self._counts = np.zeros((3, len(stops)))  # looks, on time, unknown
        self._told: list[NDArray[np.float64]] = []
        self._at_flag: dict[int, dict[DelayCause, float]] = {}
        self._at_end: dict[int, dict[DelayCause, float]] = {}

    def _all_fixes(self, rng: np.random.Generator) -> _Fixes:
        parts = [self._fixes_of(number, rng) for number in range(len(self._runs))]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        vehicle, time = columns[0].astype(np.int32), columns[1]
        step = np.ceil((time - self._begin[vehicle]) / STEP).astype(np.intp)
        order = np.lexsort((time, vehicle, step))
        trip = np.array([run.plan.trip for run in self._runs], np.int32)
        line = [self._lines.row_of(run.lane.key) for run in self._runs]
        whole = Roads(
            vehicle=vehicle,
            time=time,
            lon=columns[2],
            lat=columns[3],
            sigma=np.full(len(time), 8.0),
            speed=columns[4],
            course=columns[5],
            trip=trip[vehicle],
            line=np.array(line, np.int32)[vehicle],
        ).rows(order)
        return _Fixes(whole, np.searchsorted(step[order], np.arange(step.max() + 2), "right"))

    def _fixes_of(self, number: int, rng: np.random.Generator) -> tuple[Floats, ...]:
        """Vehicle, time, longitude, latitude, speed, course, from 10 to 30 s apart."""
        run = self._runs[number]
        end = run.arrived[-1] + 600
        count = int((end - self._begin[number]) / 10) + 1
        time = self._begin[number] + np.cumsum(rng.uniform(10, 30, count))
        time = np.round(time[time < end], 3)
        kx, ky = metres_per_degree(float(run.lat[0]))
        x, y = np.interp(time, run.time, run.lon) * kx, np.interp(time, run.time, run.lat) * ky
        leg = np.searchsorted(run.time, time, "right") - 1
        took = np.diff(run.time)
        east, north = np.diff(run.lon) * kx, np.diff(run.lat) * ky
        pace = np.hypot(east, north) / np.maximum(took, 1e-9)
        speed = np.maximum(pace[leg] + rng.normal(0, 0.3, len(time)) * (pace[leg] > 0), 0.0)
        heading = np.degrees(np.arctan2(east, north))[leg] % 360
        course = np.where(speed > 1, (heading + rng.normal(0, 3, len(time))) % 360, nan)
        x, y = x + rng.normal(0, NOISE, len(x)), y + rng.normal(0, NOISE, len(y))
        return np.full(len(time), number), time, x / kx, y / ky, speed, course

    def go(self) -> Watched:
        """Minute by minute."""
        steps = int(np.ceil(((self._end - self._begin).max() + SURE) / STEP)) + 1
        for step in range(1, steps + 1):
            now = self._begin + step * STEP
            alive = np.flatnonzero(now <= self._end + SURE + STEP)
            self._locate(step)
            self._evaluate(now, alive)
        looks = np.maximum(self._counts[0], 1)
        return Watched(
            self._runs,
            self._start,
            self._due,
            self._truth,
            self._late,
            self._counts[1] / looks,
            self._counts[2] / looks,
            self._at_flag,
            self._at_end,
            np.concatenate(self._told),
        )

    def _locate(self, step: int) -> None:
        ends = self._fixes.ends
        own = slice(int(ends[step - 1]) if step > 1 else 0, int(ends[min(step, len(ends) - 1)]))
        if own.start < own.stop:
            found = locate(
                self._fixes.roads.rows(own), self._lines, self._memory, Tracking(), self._halts
            )
            self._memory[found.touched] = found.memory

    def _evaluate(self, now: Floats, alive: Ints) -> None:
        was = self._memory[alive]
        known = _Known(self._runs, now[alive], alive)
        known.go_on(self._plans, alive, was)
        off = np.isin(was["state"], (State.OFF, State.TURNED_BACK))
        where = _Where(
            row=alive,
            now=now[alive],
            s=was["s"].copy(),
            seen=was["time"].copy(),
            driven=was["driven"].copy(),
            off=off,
            stands=was["stand_since"].copy(),
        )
        told = _predict(self._model, self._plans, known, where)
        case = np.repeat(np.arange(len(alive)), np.diff(told.start))
        at = self._start[alive[case]] + told.stop
        p50, p90 = np.full((2, len(self._stops)), nan)
        p50[at], p90[at] = told.p50, told.p90
        self._told.append(np.column_stack([alive[case], at, now[alive][case], told.p50, told.p90]))
        arrived = np.where(self._truth + SURE <= now[self._of], self._truth, nan)
        self._judge(now, alive, (p50, p90, arrived))
        for number, run in enumerate(alive.tolist()):
            self._explain(run, float(now[run]), told, number)

    def _judge(self, now: Floats, alive: Ints, times: tuple[Floats, Floats, Floats]) -> None:
        p50, p90, arrived = times
        rows = np.flatnonzero(np.isin(self._of, alive) & np.isfinite(self._due))
        clock, stops = now[self._of[rows]], self._stops[rows]
        asked = risk.Asked(
            np.where(np.isnan(arrived[rows]), p50[rows], nan),
            np.where(np.isnan(arrived[rows]), p90[rows], nan),
            self._due[rows],
            stops["late"],
            arrived[rows],
            stops["opens"],
            stops["early"],
        )
        after = risk.judge(self._risk[rows], clock, asked)
        self._risk[rows] = after
        late = np.isin(after["state"], (Risk.LATE, Risk.OVERDUE)) & np.isnan(self._late[rows])
        self._late[rows] = np.where(late, clock, self._late[rows])
        open_ = np.isnan(arrived[rows])
        for place, what in enumerate((None, Risk.ON_TIME, Risk.UNKNOWN)):
            self._counts[place, rows] += open_ & (True if what is None else after["state"] == what)

    def _explain(self, run: int, now: float, told: Forecast, row: int) -> None:
        """Split the delay of the last stop when it is flagged, and when it is reached."""
        last = int(self._start[run + 1]) - 1
        arrived = self._truth[last] + SURE <= now
        flagged = isfinite(self._late[last]) and run not in self._at_flag
        if arrived and run not in self._at_end:
            self._at_end[run] = self._split(run, now, self._truth[last], (0.0, 0.0, 0.0))
        elif flagged and not arrived:
            own = slice(int(told.start[row]), int(told.start[row + 1]))
            if own.start < own.stop:
                drive, dwell, rest, _ = told.parts[own.stop - 1].tolist()
                reached = float(told.p50[own.stop - 1])
                self._at_flag[run] = self._split(run, now, reached, (drive, dwell, rest))

    def _split(
        self, run: int, now: float, reached: float, ahead: tuple[float, float, float]
    ) -> dict[DelayCause, float]:
        plan, was = self._runs[run].plan, self._memory[run]
        facts = facts_of(self._runs[run], now)
        return split(
            Budget(
                plan,
                facts,
                len(plan.stops) - 1,
                reached,
                now,
                standing=float(was["standing"]),
                resting=float(was["resting"]),
                off_route=float(was["away"]),
                silent=float(was["silent"]),
                dwell=ahead[1],
                rest=ahead[2],
                due_rest=(float(was["moved"]) + ahead[0]) // CN.day * CN.pause,
            )
        )


def facts_of(run: Run, now: float) -> tuple[StopFact, ...]:
    """What is known of the stops at ``now``, by the visits."""
    trip = run.plan.trip
    row = TripRow(trip, "", (run.plan,), (Assignment(trip, 0, -inf, inf),))
    visits = []
    for number, (arrived, left) in enumerate(zip(run.arrived, run.left, strict=True)):
        if arrived + SURE > now:
            continue
        gone = left + SURE <= now
        state = VisitState.DEPARTED if gone else VisitState.ARRIVED
        site = int(run.plan.stops["site"][number])
        visits.append(
            VisitRow(
                str(number), 0, site, site, state, True, arrived, arrived, arrived, arrived,  # noqa: FBT003 - a field
                left if gone else nan, False, inf,  # noqa: FBT003 - likewise
            )
        )  # fmt: skip
    return fulfil([Journey(row)], visits).facts[trip]
