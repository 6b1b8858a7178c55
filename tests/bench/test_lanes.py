"""Simulated lorries keep their word, and the program that watches them runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench.dispatch import facts_of
from bench.lorries import CAUSE, START, Lane, Trouble, lanes, plan_of, run_of
from fleet.trips import DelayCause, StopStatus

ROOT = Path(__file__).parents[2]
SIX = START - 2 * 3600  #: six o'clock in China


@pytest.fixture(scope="module")
def ways() -> list[Lane]:
    return lanes(6, np.random.default_rng(4))


def test_lanes_are_long_and_have_three_to_six_stops(ways: list[Lane]) -> None:
    for way in ways:
        assert 100_000 <= way.line.length <= 500_000
        assert 3 <= len(way.stops) <= 6
    assert any(way.is_long for way in ways)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_trouble_costs_what_it_says_and_is_known_when_half_an_hour_is_lost(
    ways: list[Lane], trouble: Trouble
) -> None:
    way = ways[2]
    plan = plan_of(way, 1, SIX)
    plain = run_of(plan, way, np.random.default_rng(8), None)
    run = run_of(plan, way, np.random.default_rng(8), trouble)
    again = run_of(plan, way, np.random.default_rng(8), trouble)
    assert np.array_equal(run.time, again.time)
    assert (np.diff(run.time) >= 0).all()
    assert (np.diff(run.s) >= 0).all()
    assert 2700 <= run.cost <= 7200
    lost = run.arrived[-1] - plain.arrived[-1]
    assert lost == pytest.approx(run.cost, abs=2700), "other draws differ besides"
    assert run.knowable < run.arrived[-1]


def test_without_trouble_trips_are_mostly_in_time(ways: list[Lane]) -> None:
    rng = np.random.default_rng(5)
    late = []
    for number in range(60):
        plan = plan_of(ways[number % 6], number, SIX)
        run = run_of(plan, ways[number % 6], rng, None)
        late.append(run.arrived[-1] - plan.stops["arrive"][-1])
    assert np.mean(np.array(late) <= 900) > 0.9
    assert abs(np.median(late)) < 1500


def test_stops_are_known_two_minutes_after_the_fact(ways: list[Lane]) -> None:
    run = run_of(plan_of(ways[0], 1, SIX), ways[0], np.random.default_rng(6), None)
    arrived = run.arrived[1]
    before, after = facts_of(run, arrived + 119.0), facts_of(run, arrived + 120.0)
    assert before[1].status is StopStatus.PLANNED
    assert (after[1].status, after[1].arrived) == (StopStatus.ARRIVED, arrived)
    done = facts_of(run, run.arrived[-1] + 3600)
    assert [fact.status for fact in done[:-1]] == [StopStatus.DEPARTED] * (len(done) - 1)


def test_no_cause_is_one_that_positions_cannot_show() -> None:
    assert not set(CAUSE.values()) & {DelayCause.WEATHER, DelayCause.ACCIDENT, DelayCause.UNKNOWN}


def test_the_program_runs_and_ends_with_one_line_of_json() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.lanes", "--quick", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["quick"] is True
    assert 0 <= found["cause right, share"] <= 1
    assert found["state changes within an hour of another, swinging"] == 0
