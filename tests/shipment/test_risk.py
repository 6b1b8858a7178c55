"""Risk: hysteresis, certainty, and never on time without an estimate or an arrival."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fleet.trips import Risk
from shipment.risk import Asked, News, empty, judge, news

DUE, TOLERANCE = 100_000.0, 900.0
LIMIT = DUE + TOLERANCE
BEGIN = 80_000.0

R = Risk


def asked(**columns: float) -> Asked:
    """One stop that is due at ``DUE``; times by name."""
    ordinary = {
        "p50": nan,
        "p90": nan,
        "due": DUE,
        "tolerance": TOLERANCE,
        "arrived": nan,
        "opens": DUE - 3600,
        "early": 1800.0,
    }
    given = ordinary | columns
    return Asked(**{name: np.array([value]) for name, value in given.items()})


def late_by(seconds: float, band: float = 600.0) -> Asked:
    """An estimate that is so much past the limit."""
    return asked(p50=LIMIT + seconds, p90=LIMIT + seconds + band)


class Watch:
    """One stop, evaluated again and again."""

    def __init__(self) -> None:
        self.memory: NDArray[np.void] = empty(1)
        self.told: list[tuple[float, News]] = []

    def see(self, now: float, question: Asked) -> Risk:
        before, self.memory = self.memory, judge(self.memory, now, question)
        what = News(int(news(before, self.memory)[0]))
        if what:
            self.told.append((now, what))
        return Risk(int(self.memory["state"][0]))


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (-601, R.ON_TIME),
        (-600, R.ON_TIME),  # P90 exactly at the limit is in time
        (-599, R.AT_RISK),
        (0, R.AT_RISK),
        (1, R.LATE),
    ],
)
def test_the_first_estimate_holds_at_once(late: float, state: Risk) -> None:
    assert Watch().see(BEGIN, late_by(late)) is state


def test_without_an_estimate_it_is_unknown_until_its_time_has_passed() -> None:
    watch = Watch()
    assert watch.see(BEGIN, asked()) is R.UNKNOWN
    assert watch.see(BEGIN + 60, asked(p50=LIMIT - 9000)) is R.UNKNOWN, "no band, no estimate"
    assert watch.see(LIMIT, asked()) is R.UNKNOWN
    assert watch.see(LIMIT + 1, asked()) is R.OVERDUE


def test_no_due_time_is_unknown() -> None:
    assert Watch().see(BEGIN, asked(p50=BEGIN, p90=BEGIN, due=nan)) is R.UNKNOWN
    assert Watch().see(BEGIN, asked(arrived=BEGIN, due=nan, opens=nan)) is R.UNKNOWN


@pytest.mark.parametrize(("apart", "state"), [(59, R.ON_TIME), (60, R.LATE)])
def test_it_worsens_when_two_evaluations_a_minute_apart_say_so(apart: float, state: Risk) -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(-9000))
    assert watch.see(BEGIN + 100, late_by(300)) is R.ON_TIME
    assert watch.see(BEGIN + 100 + apart, late_by(300)) is state


def test_one_evaluation_to_the_contrary_begins_the_minute_anew() -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(-9000))
    watch.see(BEGIN + 10, late_by(300))
    watch.see(BEGIN + 50, late_by(-700))
    assert watch.see(BEGIN + 80, late_by(300)) is R.ON_TIME
    assert watch.see(BEGIN + 140, late_by(300)) is R.LATE


def test_it_worsens_to_the_mildest_that_was_said_meanwhile() -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(-9000))
    watch.see(BEGIN + 10, late_by(300))
    assert watch.see(BEGIN + 80, late_by(-300)) is R.AT_RISK


@pytest.mark.parametrize(
    ("kept", "apart", "state"),
    [(300, 300, R.AT_RISK), (299, 300, R.LATE), (300, 299, R.LATE), (900, 300, R.ON_TIME)],
)
def test_it_improves_when_the_bound_is_kept_by_five_minutes_for_five(
    kept: float, apart: float, state: Risk
) -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(300))
    watch.see(BEGIN + 100, late_by(-kept))
    watch.see(BEGIN + 200, late_by(-kept))
    assert watch.see(BEGIN + 100 + apart, late_by(-kept)) is state


def test_overdue_and_arrived_are_certain_at_once() -> None:
    watch = Watch()
    watch.see(LIMIT - 30, late_by(-5, band=1))
    assert watch.see(LIMIT + 1, late_by(60)) is R.OVERDUE
    assert watch.see(LIMIT + 20, asked(arrived=LIMIT + 10)) is R.LATE
    assert watch.told[-1] == (LIMIT + 20, News.CHANGED)


@pytest.mark.parametrize(
    ("arrived", "state"),
    [
        (DUE - 5401, R.EARLY),
        (DUE - 5400, R.ON_TIME),
        (LIMIT, R.ON_TIME),
        (LIMIT + 1, R.LATE),
    ],
)
def test_an_arrival_has_a_class_of_its_own(arrived: float, state: Risk) -> None:
    assert Watch().see(LIMIT + 9000, asked(arrived=arrived)) is state


def test_an_arrival_that_is_retracted_leaves_the_estimate() -> None:
    watch = Watch()
    watch.see(BEGIN, asked(arrived=BEGIN))
    assert watch.see(BEGIN + 1, late_by(60)) is R.LATE


def test_another_plan_is_judged_anew() -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(600))
    later = asked(p50=LIMIT + 600, p90=LIMIT + 1200, due=DUE + 7200)
    assert watch.see(BEGIN + 5, later) is R.ON_TIME


def test_half_an_hour_more_while_late_is_news() -> None:
    watch = Watch()
    for minute, late in enumerate((600, 600, 2399, 2400, 2400, 4199, 4200)):
        watch.see(BEGIN + 60 * minute, late_by(late))
    assert watch.told == [
        (BEGIN, News.CHANGED),
        (BEGIN + 180, News.FURTHER),
        (BEGIN + 360, News.FURTHER),
    ]


def test_an_estimate_that_is_gone_for_a_moment_is_no_news() -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(600))
    assert watch.see(BEGIN + 10, asked()) is R.UNKNOWN
    assert watch.see(BEGIN + 20, late_by(600)) is R.LATE
    assert watch.told == [(BEGIN, News.CHANGED)]


@pytest.mark.parametrize("every", [30.0, 61.0, 300.0])
def test_an_estimate_that_swings_by_three_minutes_changes_it_at_most_once_an_hour(
    every: float,
) -> None:
    count = 2000
    rng = np.random.default_rng(5)
    period, phase = rng.uniform(200, 7200, count), rng.random(count)
    band = rng.choice([0.0, 60.0, 200.0, 400.0, 1800.0], count)
    fixed = {name: np.broadcast_to(getattr(asked(), name), count) for name in Asked.__slots__}
    memory, last = empty(count), np.full(count, -inf)
    changes = np.zeros(count, int)
    # ends before the swing reaches the present: from then on the clock and the arrival decide
    for now in np.arange(LIMIT - 5 * 3600, LIMIT - 300, every):
        swing = 180 * np.sin(2 * np.pi * (now / period + phase)) + rng.normal(0, 5, count)
        p50 = LIMIT + np.clip(swing, -180, 180)
        before, memory = (
            memory,
            judge(memory, now, Asked(**fixed | {"p50": p50, "p90": p50 + band})),
        )
        changed = (memory["state"] != before["state"]) & (before["state"] != R.UNKNOWN)
        assert (now - last[changed] >= 3600).all()
        last[changed] = now
        changes += changed
    assert changes.any()
    assert changes.max() <= 2, "on time, at risk, late: and nothing back"


def test_soon_after_a_change_it_worsens_again_for_five_minutes_and_more() -> None:
    watch = Watch()
    watch.see(BEGIN, late_by(-700))
    watch.see(BEGIN + 60, late_by(-100))
    assert watch.see(BEGIN + 120, late_by(-100)) is R.AT_RISK
    watch.see(BEGIN + 180, late_by(300))
    assert watch.see(BEGIN + 240, late_by(300)) is R.AT_RISK
    watch.see(BEGIN + 300, late_by(301))
    assert watch.see(BEGIN + 360, late_by(301)) is R.LATE


TIMES = st.one_of(st.just(nan), st.floats(BEGIN - 9e3, LIMIT + 9e3))


@given(st.lists(st.tuples(TIMES, TIMES, TIMES, st.floats(0, 600)), min_size=1, max_size=30))
def test_nothing_is_on_time_without_an_estimate_or_an_arrival(
    looks: list[tuple[float, float, float, float]],
) -> None:
    watch, now = Watch(), BEGIN
    for p50, p90, arrived, later in looks:
        now += later
        state = watch.see(now, asked(p50=p50, p90=p90, arrived=arrived))
        known = np.isfinite(arrived) or (np.isfinite(p50) and np.isfinite(p90))
        assert known or state in (R.UNKNOWN, R.OVERDUE)
        if np.isnan(arrived):
            assert (state is R.OVERDUE) == (now > LIMIT)
            assert state is not R.EARLY


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_rows_are_judged_each_for_itself(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole, each = empty(count), [empty(1) for _ in range(count)]
    for now in BEGIN + np.cumsum(rng.uniform(0, 200, 20)):
        columns = _draw(rng, count)
        whole = judge(whole, float(now), Asked(**columns))
        each = [
            judge(one, float(now), Asked(**{k: v[n : n + 1] for k, v in columns.items()}))
            for n, one in enumerate(each)
        ]
    assert whole.tobytes() == np.concatenate(each).tobytes()


def _draw(rng: np.random.Generator, count: int) -> Mapping[str, NDArray[np.float64]]:
    def some(values: Iterable[float]) -> NDArray[np.float64]:
        return np.where(rng.random(count) < 0.1, nan, np.fromiter(values, float, count))

    p50 = some(rng.uniform(LIMIT - 1500, LIMIT + 1500, count))
    return {
        "p50": p50,
        "p90": p50 + rng.uniform(0, 900, count),
        "due": np.full(count, DUE),
        "tolerance": np.full(count, TOLERANCE),
        "arrived": np.where(rng.random(count) < 0.05, BEGIN, nan),
        "opens": np.full(count, -inf),
        "early": np.zeros(count),
    }
