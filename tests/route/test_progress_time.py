"""What a vehicle does with its time, as progress counts it: driving, standing, resting, silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.roads import START, degrees, line_of
from route.lines import NO_HALTS, Halts, Lines
from route.progress import Roads, Rules, empty_progress, locate

HOUR, MINUTE = 3600.0, 60.0
FAST = 20.0  #: m/s
LINE = line_of(np.array([[0.0, 0.0], [450_000.0, 0.0]]))


def told(*legs: tuple[float, float], interval: float = 30.0) -> Roads:
    """The fixes of a vehicle that drives east: legs of seconds and m/s; speed NaN: it is silent."""
    time, east, speed = [0.0], [0.0], [FAST]
    for seconds, at in legs:
        if np.isnan(at):
            time.append(time[-1] + seconds)
            east.append(east[-1])
            speed.append(0.0)
            continue
        for _ in range(round(seconds / interval)):
            time.append(time[-1] + interval)
            east.append(east[-1] + at * interval)
            speed.append(at)
    lon, lat = degrees(np.column_stack([east, np.zeros(len(east))]))
    number = len(time)
    return Roads(
        vehicle=np.zeros(number, np.int32),
        time=START + np.array(time),
        lon=lon,
        lat=lat,
        sigma=np.full(number, 5.0),
        speed=np.array(speed),
        course=np.full(number, 90.0),
        trip=np.ones(number, np.int32),
        line=np.zeros(number, np.int32),
    )


def sums(fixes: Roads, halts: Halts = NO_HALTS) -> dict[str, Any]:
    """The memory after the fixes, by name."""
    found = locate(fixes, Lines.build([LINE]), empty_progress(1), Rules(), halts)
    return {name: found.memory[name][0].item() for name in found.memory.dtype.names or ()}


def test_a_standstill_of_five_minutes_counts_wholly_a_shorter_one_is_driving() -> None:
    long = sums(told((HOUR, FAST), (6 * MINUTE, 0.0), (HOUR, FAST)))
    # It stands from the first slow fix to the last.
    assert long["standing"] == pytest.approx(5.5 * MINUTE)
    assert long["moved"] == pytest.approx(2 * HOUR + 0.5 * MINUTE)
    short = sums(told((HOUR, FAST), (5 * MINUTE, 0.0), (HOUR, FAST)))
    assert short["standing"] == 0
    assert short["moved"] == pytest.approx(2 * HOUR + 5 * MINUTE)


def test_it_says_since_when_it_stands() -> None:
    fixes = told((HOUR, FAST), (20 * MINUTE, 0.0))
    assert sums(fixes)["stand_since"] == START + HOUR + 30
    assert np.isnan(sums(told((HOUR, FAST)))["stand_since"])


def test_standing_at_a_planned_stop_is_no_delay_on_the_way() -> None:
    fixes = told((HOUR, FAST), (30 * MINUTE, 0.0), (HOUR, FAST))
    for off, standing in ((240.0, 0.0), (260.0, 29.5 * MINUTE)):
        halts = Halts.build({1: np.array([0.0, HOUR * FAST + off, np.nan]), 2: np.array([0.0])})
        assert sums(fixes, halts)["standing"] == pytest.approx(standing)


@pytest.mark.parametrize(
    ("hours", "minutes", "resting", "driven"),
    [
        (3.6, 25, 24.5 * MINUTE, 0.0),  # a break that was due
        (3.4, 25, 0.0, 0.0),  # a break all the same, but no law asked for it
        (3.6, 20, 0.0, 3.6 * HOUR),  # 19.5 minutes from first to last fix: too short
    ],
)
def test_a_break_is_a_standstill_of_twenty_minutes_after_three_and_a_half_hours(
    hours: float, minutes: float, resting: float, driven: float
) -> None:
    found = sums(told((hours * HOUR, FAST), (minutes * MINUTE, 0.0)))
    assert found["resting"] == pytest.approx(resting)
    assert found["standing"] == pytest.approx((minutes - 0.5) * MINUTE)
    assert found["driven"] == pytest.approx(driven, abs=MINUTE)


def test_driving_since_the_last_break_outlasts_the_trip() -> None:
    fixes = told((3 * HOUR, FAST), (HOUR, FAST))
    trip = np.where(fixes.time < START + 3 * HOUR, 1, 2).astype(np.int32)
    found = sums(replace(fixes, trip=trip))
    assert found["driven"] == 4 * HOUR
    assert found["moved"] == HOUR


def test_silence_is_what_a_gap_has_beyond_the_way() -> None:
    fixes = told((HOUR, FAST), (HOUR, FAST), (HOUR, FAST))
    minute = (fixes.time - START) / MINUTE
    heard = fixes.rows((minute <= 60) | (minute >= 70))
    found = sums(heard)
    assert found["silent"] == pytest.approx(0.0, abs=5.0)  # the way takes that long
    later = replace(heard, time=heard.time + np.where(heard.time > START + 61 * MINUTE, 1800, 0))
    found = sums(later)
    assert found["silent"] == pytest.approx(1800, abs=30)
    assert found["standing"] == 0


def test_a_terminal_that_sleeps_with_the_engine_stood_it_was_not_silent() -> None:
    found = sums(told((HOUR, FAST), (2 * MINUTE, 0.0), (HOUR, np.nan), (HOUR, FAST)))
    assert found["silent"] == 0
    assert found["standing"] == pytest.approx(HOUR + 1.5 * MINUTE)


def test_an_hour_of_silence_beyond_the_way_is_a_break() -> None:
    fixes = told((3 * HOUR, FAST), (HOUR, FAST))
    for silence, rested in ((3500.0, False), (3700.0, True)):
        later = replace(
            fixes, time=fixes.time + np.where(fixes.time > START + 3 * HOUR, silence, 0)
        )
        assert (sums(later)["driven"] < 2 * HOUR) is rested


def test_a_detour_is_time_away_from_its_first_fix_beyond_the_corridor() -> None:
    fixes = told((HOUR, FAST), (20 * MINUTE, FAST), (HOUR, FAST))
    minute = (fixes.time - START) / MINUTE
    away = (minute > 60) & (minute <= 80)
    north = degrees(np.array([[0.0, 900.0]]))[1]
    found = sums(replace(fixes, lat=np.where(away, north, fixes.lat)))
    # Two minutes within the corridor are waited for before it counts as back.
    assert found["away"] == pytest.approx(21.5 * MINUTE, abs=MINUTE)
    assert found["moved"] == fixes.time[-1] - START


LEGS = st.lists(
    st.tuples(
        st.sampled_from([60.0, 240.0, 600.0, 1500.0, 4000.0]),
        st.sampled_from([0.0, 0.5, 10.0, FAST, np.nan]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(LEGS)
def test_every_second_is_counted_once(legs: list[tuple[float, float]]) -> None:
    fixes = told(*legs, (60.0, FAST))  # at the end it drives: no standstill is undecided
    found = sums(fixes)
    whole = fixes.time[-1] - fixes.time[0]
    assert found["standing"] + found["silent"] + found["moved"] == pytest.approx(whole)
    assert 0 <= found["resting"] <= found["standing"]
    assert 0 <= found["away"] <= found["moved"]
