"""Estimates: what they are made of, and what always holds of them."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.trips import NoEstimate, Plan
from route.eta import Ask, Forecast, predict
from route.model import RULES, Model, calibrate, learn
from route.plans import Plans, course
from route.rest import CN, EU, Profile
from tests.route.courses import KM, START, ask_of, plan_of, plans, run_of

DAY = 86_400.0
EMPTY = Model.empty()
TRUCK = plan_of(
    [0, 100 * KM, 200 * KM], [0, 6000, 13_800], [600, 7800, 13_800], service=[600, 1800, 0]
)


def told(plan: Plan, model: Model = EMPTY, **columns: object) -> Forecast:
    return predict(ask_of(1, **columns), Plans.build([plan]), model)


def taught(plan: Plan) -> Model:
    """A model that has seen some of everything."""
    runs = [
        run_of(plan, late, begin=-k * DAY / 3) for k, late in enumerate((40, 90, -60, 20, 300), 1)
    ]
    model = learn(EMPTY, runs)
    ahead = np.geomspace(30, 50_000, 500)
    return calibrate(model, ahead, ahead * np.sin(ahead) * 0.3)


def test_with_nothing_learned_it_is_the_plan_plus_the_delay() -> None:
    found = course(TRUCK)
    s = np.array([20 * KM, 99 * KM, 150 * KM])
    first = np.array([1, 1, 2])
    for delay in (-300.0, 0.0, 1234.5):
        now = found.planned(s) + delay
        forecast = predict(ask_of(3, s=s, now=now, first=first), Plans.build([TRUCK]), EMPTY)
        expected = found.arrive[forecast.stop] + delay
        assert forecast.p50 == pytest.approx(expected, abs=1e-5)
    assert forecast.stop.tolist() == [1, 2, 1, 2, 2]
    assert forecast.start.tolist() == [0, 2, 4, 5]


def test_nobody_leaves_the_first_stop_before_the_planned_departure() -> None:
    early = told(TRUCK, now=START - 3000, here=START - 4000)
    near = told(TRUCK, now=START - 3000, s=40.0)
    on_its_way = told(TRUCK, now=START - 3000, s=5 * KM)
    assert early.p50[0] == START + 6000
    assert near.p50[0] == pytest.approx(START + 6000, abs=5)
    assert on_its_way.p50[0] < START + 3000


def test_a_stay_that_lasts_longer_than_planned_lasts_longer_still() -> None:
    stop: dict[str, object] = {"s": 100 * KM, "first": 2}
    due = told(TRUCK, EMPTY, **stop, now=START + 7000, here=START + 6000)
    over = told(TRUCK, EMPTY, **stop, now=START + 9000, here=START + 6000)
    assert due.p50[0] == pytest.approx(START + 13_800)
    assert over.p50[0] == pytest.approx(START + 9000 + 300 + 6000)
    assert over.parts[0].tolist() == pytest.approx([6000, 300, 0, 0])


def test_work_does_not_begin_before_the_window_opens() -> None:
    plan = plan_of(
        [0, 10 * KM, 20 * KM], [0, 600, 2400], [0, 1800, 2400],
        opens=[nan, START + 3000, nan], closes=[nan, START + 4000, nan],
    )  # fmt: skip
    forecast = told(plan, s=5 * KM, now=START + 300)
    assert forecast.p50 == pytest.approx([START + 600, START + 3000 + 1200 + 600])


def test_drivers_rest_as_the_rules_say() -> None:
    rules = {name: replace(RULES, rest=rest) for name, rest in (("cn", CN), ("eu", EU))}
    block, ask = Plans.build([TRUCK]), ask_of(1, s=50 * KM, now=START + 3300, driven=3.9 * 3600)
    free = predict(ask, block, EMPTY)
    china, europe = (predict(ask, block, EMPTY, rules[name]) for name in ("cn", "eu"))
    assert (china.p50 - free.p50).tolist() == pytest.approx([1200, 1200])
    assert (europe.p50 - free.p50).tolist() == pytest.approx([2700, 2700])
    assert china.parts[:, 2].tolist() == [1200, 1200]


def test_a_rest_under_way_ends_when_it_is_over() -> None:
    block, rules = Plans.build([TRUCK]), replace(RULES, rest=CN)
    begun = START + 3300.0
    arrivals = []
    for minutes in (6, 12, 18, 20, 21):
        now = begun + 60 * minutes
        ask = ask_of(1, s=50 * KM, now=now, stands=begun, driven=3.6 * 3600)
        told_now = predict(ask, block, EMPTY, rules)
        arrivals.append(float(told_now.p50[0]))
        assert told_now.parts[0, 2] == pytest.approx(max(20 - minutes, 0) * 60)
    assert arrivals[:4] == pytest.approx([arrivals[0]] * 4)
    assert arrivals[4] == pytest.approx(arrivals[0] + 60)


def test_a_vehicle_that_was_only_seen_leaving_is_expected_from_there() -> None:
    forecast = told(TRUCK, s=nan, left=START + 900, now=START + 2000)
    assert forecast.p50[0] == pytest.approx(START + 6000 + 300)
    assert forecast.parts[0].tolist() == pytest.approx([4300, 0, 0, 0])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"plan": -1}, NoEstimate.NO_LINE),
        ({"s": nan}, NoEstimate.NO_POSITION),
        ({"seen": nan}, NoEstimate.NO_POSITION),
        ({"off": True}, NoEstimate.OFF_ROUTE),
        ({"now": START + 5 * 3600, "seen": START}, NoEstimate.SILENT),
        ({}, NoEstimate.NONE),
    ],
)
def test_without_a_basis_there_is_a_reason_and_no_estimate(
    columns: dict[str, object], reason: NoEstimate
) -> None:
    forecast = predict(ask_of(1, **columns), Plans.build([TRUCK]), EMPTY)
    assert forecast.reason.tolist() == [reason]
    assert bool(len(forecast.p50)) is (reason is NoEstimate.NONE)


def test_a_plan_that_says_nothing_is_no_basis() -> None:
    forecast = told(plan_of([nan, nan], [nan, nan]), here=START)
    assert forecast.reason.tolist() == [NoEstimate.NO_LINE]
    assert predict(ask_of(1, plan=-1), Plans.build([]), EMPTY).reason.tolist() == [
        NoEstimate.NO_LINE
    ]


def test_where_nothing_is_left_there_is_nothing_to_say() -> None:
    forecast = told(TRUCK, s=200 * KM, first=3)
    assert (len(forecast.p50), forecast.reason.tolist()) == (0, [NoEstimate.NONE])


def test_silence_widens_the_band_and_never_puts_an_arrival_in_the_past() -> None:
    widths, last = [], -inf
    for silence in (0.0, 600.0, 3600.0, 3 * 3600.0):
        forecast = told(TRUCK, s=90 * KM, seen=START + 5500, now=START + 5500 + silence)
        assert (forecast.p50 >= START + 5500 + silence).all()
        assert forecast.p50[0] >= last
        last = float(forecast.p50[0])
        widths.append(float(forecast.p90[0] - forecast.p50[0]))
    assert widths == sorted(widths)
    assert widths[-1] > widths[0] + 3600


@st.composite
def asks(draw: st.DrawFn) -> tuple[Plan, Ask]:
    """A plan and questions about it, from anywhere on it and in any state."""
    plan = draw(plans())
    found = course(plan)
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        s = draw(st.floats(0, float(found.s[-1])))
        first = int(np.searchsorted(found.s, s, side="right"))
        first = min(max(first + draw(st.integers(-1, 1)), 0), len(found.s))
        now = START + draw(st.floats(-3600, 20_000))
        stands = first > 0 and draw(st.booleans())
        row = {
            "s": draw(st.sampled_from([s, nan])),
            "now": now,
            "seen": now - draw(st.sampled_from([0.0, 30.0, 4000.0, 20_000.0])),
            "first": first,
            "here": now - draw(st.floats(0, 8000)) if stands else nan,
            "left": draw(st.sampled_from([nan, now - 100])),
            "driven": draw(st.sampled_from([0.0, nan, 13_000.0])),
            "off": draw(st.sampled_from([False, False, True])),
            "plan": draw(st.sampled_from([0, 0, 0, -1])),
            "stands": draw(st.sampled_from([nan, now - 600])),
        }
        rows.append(row)
    return plan, ask_of(len(rows), **{key: [row[key] for row in rows] for key in rows[0]})


def _row(ask: Ask, row: int) -> Ask:
    return Ask(**{field.name: getattr(ask, field.name)[row : row + 1] for field in fields(Ask)})


@settings(max_examples=80, deadline=None)
@given(some=asks(), knows=st.booleans(), rest=st.sampled_from([CN, EU]))
def test_what_always_holds(some: tuple[Plan, Ask], knows: bool, rest: Profile) -> None:  # noqa: FBT001 - drawn
    plan, ask = some
    block, model = Plans.build([plan]), taught(plan) if knows else EMPTY
    rules = replace(RULES, rest=rest)
    forecast = predict(ask, block, model, rules)
    trip = np.repeat(np.arange(len(ask)), np.diff(forecast.start))
    assert np.isfinite(forecast.p50).all()
    assert np.isfinite(forecast.p90).all()
    assert (forecast.p90 >= forecast.p50).all()
    assert (forecast.p50 >= ask.now[trip]).all()
    parts = forecast.parts.astype(float).sum(axis=1)
    assert parts == pytest.approx(forecast.p50 - ask.now[trip], abs=0.1)
    for row in range(len(ask)):
        own = slice(forecast.start[row], forecast.start[row + 1])
        assert (np.diff(forecast.p50[own]) >= 0).all()
        assert (np.diff(forecast.p90[own]) >= 0).all()
        if forecast.reason[row]:
            assert own.start == own.stop
        else:
            assert forecast.stop[own].tolist() == list(range(ask.first[row], len(plan.stops)))
        alone = predict(_row(ask, row), block, model, rules)
        assert alone.p50.tolist() == pytest.approx(forecast.p50[own].tolist(), abs=1e-5)
        assert alone.p90.tolist() == pytest.approx(forecast.p90[own].tolist(), abs=1e-5)
