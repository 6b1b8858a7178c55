"""Learning: what runs teach, how it fades, and how it is kept."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.trips import Plan
from route.bands import HORIZONS, Bands
from route.eta import predict
from route.model import RULES, Driven, Model, calibrate, from_rows, learn, to_rows
from route.plans import Plans, course
from route.rest import CN
from route.speeds import BINS, hour_of_week
from tests.route.courses import KM, START, ask_of, moved, plan_of, plans, run_of

DAY = 86_400.0
PLAN = plan_of([0, 5 * KM, 10 * KM, 15 * KM], [0, 600, 1200, 1800])


def late_by(model: Model, plan: Plan = PLAN, **asked: object) -> float:
    """How much later than the plan the last stop is expected, with no delay now, s."""
    where = {"s": 100.0, "now": START + 12.0, **asked}
    told = predict(ask_of(1, **where), Plans.build([plan]), model)
    return float(told.p50[-1] - course(plan).arrive[-1])


def test_a_road_that_is_always_slower_is_learned() -> None:
    runs = [run_of(PLAN, 60.0, begin=-k * DAY) for k in range(30, 0, -1)]
    assert late_by(learn(Model.empty(), runs[:1])) == pytest.approx(30, abs=30)
    assert late_by(learn(Model.empty(), runs)) == pytest.approx(180, abs=30)


def test_last_vehicles_count_most_and_only_for_hours() -> None:
    model = learn(Model.empty(), [run_of(PLAN, 70.0, begin=-2000.0 - 60 * k) for k in range(6)])
    now = late_by(model)
    tomorrow = predict(
        ask_of(1, s=100.0, now=START + DAY + 12), Plans.build([moved(PLAN, DAY)]), model
    )
    later = float(tomorrow.p50[-1] - course(PLAN).arrive[-1] - DAY)
    assert now > 1.3 * later > 0


def test_what_was_learned_fades_with_age() -> None:
    model = learn(Model.empty(), [run_of(PLAN, 60.0, begin=-k * DAY) for k in (9, 8, 7)])
    year = 365 * DAY
    far = predict(
        ask_of(1, s=100.0, now=START + year + 12), Plans.build([moved(PLAN, year)]), model
    )
    assert abs(float(far.p50[-1] - course(PLAN).arrive[-1] - year)) < 5 < late_by(model)


def test_other_trips_over_the_same_links_learn_from_it() -> None:
    model = learn(Model.empty(), [run_of(PLAN, 60.0, begin=-k * DAY) for k in range(20, 0, -1)])
    other = plan_of([0, 5 * KM, 9 * KM], [0, 600, 1100], names="XBC")
    assert late_by(model, other) > 30


def test_one_breakdown_does_not_slow_a_road() -> None:
    usual = [run_of(PLAN, 0.0, begin=-k * DAY) for k in range(20, 1, -1)]
    broken = [*usual, run_of(PLAN, 7200.0, begin=-DAY)]
    assert late_by(learn(Model.empty(), broken)) < 60


def test_a_pace_by_length_gives_way_to_the_first_vehicles() -> None:
    plan = plan_of([0, 4 * KM, 8 * KM], [nan, nan, nan])
    found = course(plan)
    unknown = np.full(3, nan)
    slow = Driven(found, START - DAY + np.array([0.0, 800, 1600]), found.s, unknown, unknown)
    model = learn(Model.empty(), [slow, replace(slow, time=slow.time + 7200)])
    told = predict(ask_of(1, s=4 * KM, first=2), Plans.build([plan]), model)
    assert (
        predict(ask_of(1, s=4 * KM, first=2), Plans.build([plan]), Model.empty()).p50[-1] - START
        < 450
    )
    assert told.p50[-1] - START == pytest.approx(800, rel=0.1)


def test_buses_that_wait_for_their_time_are_expected_to_wait() -> None:
    def early(day: int) -> Driven:
        found = course(moved(PLAN, -day * DAY))
        time = found.arrive + np.array([0.0, -240.0, -60.0, 0.0])
        return Driven(found, time, found.s, *2 * [np.full(4, nan)])

    model = learn(Model.empty(), [early(day) for day in range(20, 0, -1)])
    lead = {"s": 5 * KM + 100, "now": START + 612 - 200, "first": 2}
    assert late_by(Model.empty(), PLAN, **lead) == pytest.approx(-200)
    assert late_by(model, PLAN, **lead) > -120


def test_stays_at_a_site_are_learned_by_its_code() -> None:
    plan = plan_of([0, 5 * KM, 10 * KM], [0, 600, 1800], [0, 1200, 1800])

    def long(day: int) -> Driven:
        found = course(moved(plan, -day * DAY))
        arrived = found.arrive + np.array([0.0, 0.0, 900.0])
        departed = found.depart + np.array([0.0, 900.0, nan])
        time = np.array([arrived[0], arrived[1], departed[1], arrived[2]])
        return Driven(found, time, np.array([0, 5 * KM, 5 * KM, 10 * KM]), arrived, departed)

    model = learn(Model.empty(), [long(day) for day in range(20, 0, -1)])
    assert late_by(model, plan) == pytest.approx(900, rel=0.2)
    told = predict(ask_of(1, s=100.0, now=START + 12), Plans.build([plan]), model)
    assert told.parts[-1, 1] == pytest.approx(1500, rel=0.2)


def test_rests_are_no_driving() -> None:
    found = course(moved(PLAN, -DAY))
    rest = np.array([[START - DAY + 700.0, START - DAY + 700.0 + 2700.0]])
    time = found.arrive + np.array([0.0, 0.0, 2700.0, 2700.0])
    run = Driven(found, time, found.s, np.full(4, nan), np.full(4, nan), idle=rest)
    assert abs(late_by(learn(Model.empty(), [run], replace(RULES, gap=7200.0)))) < 1


def test_a_run_in_stretches_teaches_what_it_teaches_in_one() -> None:
    whole = run_of(PLAN, 50.0, begin=-3600.0)
    model = Model.empty()
    for k in range(3):
        part = replace(whole, time=whole.time[k : k + 2], s=whole.s[k : k + 2])
        model = learn(model, [part])
    assert late_by(model) == pytest.approx(late_by(learn(Model.empty(), [whole])))


def test_learning_leaves_the_model_it_began_with_alone() -> None:
    model = learn(Model.empty(), [run_of(PLAN, 60.0, begin=-DAY)])
    before = list(to_rows(model))
    calibrate(learn(model, [run_of(PLAN, 90.0)]), np.full(9, 600.0), np.full(9, 60.0))
    assert list(to_rows(model)) == before


def test_nothing_to_learn_changes_nothing() -> None:
    model = Model.empty()
    assert learn(model, []) is model
    lost = Driven(
        course(PLAN), np.array([START]), np.array([nan]), np.full(4, nan), np.full(4, nan)
    )
    assert list(to_rows(learn(model, [lost]))) == []


@settings(max_examples=25, deadline=None)
@given(plan=plans(), late=st.lists(st.floats(-100, 300), min_size=1, max_size=4))
def test_rows_give_the_model_back(plan: Plan, late: list[float]) -> None:
    runs = [run_of(plan, one, begin=k * 3600) for k, one in enumerate(late)]
    model = calibrate(learn(Model.empty(), runs), np.array([500.0, 900.0]), np.array([10.0, 1e5]))
    again = from_rows(model.version, to_rows(model))
    assert list(to_rows(again)) == pytest.approx(list(to_rows(model)))
    for one in again.bands.counts - model.bands.counts:
        assert not one.any()


def test_hours_of_the_week() -> None:
    monday = 1_750_032_000.0  #: 2025-06-16 00:00 UTC
    time = monday + np.array([0.0, DAY + 3600, 4 * DAY + 3599, 5 * DAY, 6 * DAY + 23.5 * 3600])
    assert hour_of_week(time, 0.0).tolist() == [1, 2, 1, 25, BINS - 1]
    assert hour_of_week(time[:1], 8 * 3600.0).tolist() == [9]


def test_bands_cover_nine_of_ten_at_every_distance() -> None:
    rng = np.random.default_rng(4)
    ahead = rng.uniform(60, 7200, 40_000)
    said = ahead * rng.lognormal(0.05, 0.2, len(ahead))
    half = len(ahead) // 2
    bands = Bands.empty().learn(ahead[:half], (ahead - said)[:half], RULES.bands)
    p90 = said[half:] + bands.width(said[half:])
    for begin, end in ((180, 600), (600, 1800), (1800, 3600), (3600, 7200)):
        own = (ahead[half:] > begin) & (ahead[half:] <= end)
        assert 0.87 < (p90[own] >= ahead[half:][own]).mean() < 0.93


def test_bands_without_errors_are_a_share_of_the_distance() -> None:
    width = Bands.empty().width(np.array([0.0, 3600.0, 10 * 3600.0]))
    assert (np.diff(width) > 0).all()
    assert width[1] == pytest.approx(900, rel=0.05)


def test_bands_follow_the_season() -> None:
    bands = Bands.empty().learn(np.full(5000, 600.0), np.full(5000, 30.0), RULES.bands)
    for _ in range(20):
        bands = bands.learn(np.full(500, 600.0), np.full(500, 200.0), RULES.bands)
    at = int(np.flatnonzero(HORIZONS == 600.0)[0])
    assert bands.cautious[at] == pytest.approx(200, rel=0.15)


def test_standing_before_anything_was_driven_teaches_nothing() -> None:
    plan = plan_of([0, 4 * KM, 8 * KM], [nan, nan, nan])
    unknown = np.full(3, nan)
    stands = Driven(
        course(plan),
        START - DAY + np.array([0.0, 800, 1600, 2400]),
        np.array([4 * KM - 0.01, 4 * KM - 0.01, 4 * KM - 0.005, 4 * KM]),
        unknown,
        unknown,
    )
    model = learn(Model.empty(), [stands] * 5)
    told = predict(ask_of(1, s=100.0), Plans.build([plan]), model)
    assert told.p50[0] - START < 700


def test_stays_at_stops_and_breakdowns_told_minute_by_minute_are_no_slow_road() -> None:
    plan = plan_of([0, 20 * KM, 40 * KM], [0, 1200, 4200], [0, 3000, 4200])
    usual = learn(Model.empty(), [run_of(plan, 0.0, begin=-k * DAY) for k in range(9, 1, -1)])
    found = course(moved(plan, -7200))
    time = np.arange(found.arrive[0], found.arrive[-1] + 3600, 60.0)
    drive = found.planned(np.linspace(0, 40 * KM, 401))
    s = np.interp(time, drive, np.linspace(0, 40 * KM, 401))
    broken = np.interp(
        time - np.clip(time - found.depart[1] - 600, 0, 3600), drive, np.linspace(0, 40 * KM, 401)
    )
    for way, most in ((s, 30.0), (broken, 150.0)):
        model, unknown = usual, np.full(3, nan)
        for k in range(len(time) - 1):
            model = learn(model, [Driven(found, time[k : k + 2], way[k : k + 2], unknown, unknown)])
        assert abs(late_by(model, plan)) < most


def _rested(day: int, plan: Plan, portions: bool) -> list[Driven]:  # noqa: FBT001 - both are tried
    """Driven as fast as 100 min for 60 km allow, with a rest of 40 min half way."""
    found = course(moved(plan, -day * DAY))
    begin = found.arrive[0]
    time = begin + np.arange(0, 8400 + 60, 60.0)
    s = np.interp(time - begin, [0, 3000, 5400, 8400], [0, 30 * KM, 30 * KM, 60 * KM])
    unknown = np.full(2, nan)
    if not portions:
        return [Driven(found, time, s, unknown, unknown)]
    cuts = range(0, len(time) - 1, 5)
    return [Driven(found, time[k : k + 6], s[k : k + 6], unknown, unknown) for k in cuts]


@pytest.mark.parametrize("portions", [False, True])
def test_where_plans_hold_the_rests_so_does_what_is_learned(portions: bool) -> None:  # noqa: FBT001 - both are tried
    plan = plan_of([0, 60 * KM], [0, 8400])
    held, driving = Model.empty(), Model.empty()
    for day in range(12, 0, -1):
        runs = _rested(day, plan, portions)
        held = learn(held, runs)
        driving = learn(driving, runs, replace(RULES, rest=CN))
    assert abs(late_by(held, plan)) < 400
    assert late_by(driving, plan) < -1000
