"""Detours, turns and loops: what a vehicle is said to do when it does not follow its line."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.roads import START, degrees, follow, line_of
from route.progress import State
from tests.route.ways import KM, STRAIGHT, THERE_AND_BACK, located

#: What is driven on which plan, and the states that it goes through.
SCENARIOS = {
    "as planned": (STRAIGHT, [[0, 0], [40, 0]], [State.ON]),
    "a detour of ten kilometres": (
        STRAIGHT,
        [[0, 0], [10, 0], [10, 0.9], [20, 0.9], [20, 0], [40, 0]],
        [State.ON, State.OFF, State.ON],
    ),
    "to a filling station and on": (
        STRAIGHT,
        [[0, 0], [10, 0], [10, 0.8], [10.4, 0.8], [10.4, 0], [40, 0]],
        [State.ON],
    ),
    "a parallel road within the corridor": (
        STRAIGHT,
        [[0, 0], [10, 0], [10, 0.3], [30, 0.3], [30, 0], [40, 0]],
        [State.ON],
    ),
    "a parallel road beyond the corridor": (
        STRAIGHT,
        [[0, 0], [10, 0], [10, 0.7], [40, 0.7]],
        [State.ON, State.OFF],
    ),
    "turned back for ten kilometres": (
        STRAIGHT,
        [[0, 0], [20, 0], [10, 0], [40, 0]],
        [State.ON, State.TURNED_BACK, State.ON],
    ),
    "back to a missed exit": (STRAIGHT, [[0, 0], [20, 0], [19.2, 0], [40, 0]], [State.ON]),
    "turned back for good": (
        STRAIGHT,
        [[0, 0], [20, 0], [0, 0]],
        [State.ON, State.TURNED_BACK],
    ),
    "out and back as planned": (THERE_AND_BACK, [[0, 0], [20, 0], [0, 0]], [State.ON]),
    "out and back, back too early": (
        THERE_AND_BACK,
        [[0, 0], [15, 0], [0, 0]],
        [State.ON, State.TURNED_BACK],
    ),
    "off to the depot and begun anew": (
        THERE_AND_BACK,
        [[0, 0], [5, 0], [5, 3], [1, 3], [1, 0], [20, 0], [0, 0]],
        [State.ON, State.OFF, State.TURNED_BACK, State.ON],
    ),
    "onto the line from elsewhere": (
        STRAIGHT,
        [[10, 5], [10, 0], [40, 0]],
        [State.LOST, State.ON],
    ),
    "across the line to its start": (
        STRAIGHT,
        [[10, 5], [10, -5], [0, -5], [0, 0], [40, 0]],
        [State.LOST, State.ON],
    ),
    "about the yard at the end": (
        STRAIGHT,
        [[0, 0], [40, 0], *[[40, 0.9], [39.5, 0.9]] * 6],
        [State.ON],
    ),
    "past the end": (STRAIGHT, [[0, 0], [60, 0]], [State.ON, State.OFF]),
    "home by another road": (
        THERE_AND_BACK,  # in minutes nobody is on the leg that leads home from the far end
        [[0, 0], [5, 0], [5, 1], [3, 1], [3, 0], [0, 0]],
        [State.ON, State.OFF, State.TURNED_BACK],
    ),
    "in by the end, out by the start": (
        THERE_AND_BACK,
        [[15, 0], [0, 0], [20, 0], [0, 0]],
        [State.LOST, State.ON, State.TURNED_BACK, State.ON],
    ),
    "against the line to its start": (
        STRAIGHT,
        [[30, 0], [0, 0], [40, 0]],
        [State.LOST, State.ON],
    ),
    "never near the line": (STRAIGHT, [[0, 5], [40, 5]], [State.LOST]),
}


@pytest.mark.parametrize(("plan", "way", "states"), SCENARIOS.values(), ids=SCENARIOS.keys())
def test_states_on_the_way(
    plan: NDArray[np.float64], way: list[list[float]], states: list[State]
) -> None:
    fixes = follow(KM * np.array(way), np.random.default_rng(1))
    found = located(line_of(plan), fixes)
    changes = [State(int(found.state[0]))]
    changes += [State(int(new)) for old, new in pairwise(found.state) if new != old]
    assert changes == states
    fell = np.diff(found.s) < 0
    assert (found.state[1:][fell] == State.TURNED_BACK).all()


def test_a_planned_loop_that_is_left_out_is_taken_up_again_behind_it() -> None:
    plan = KM * np.array([[0, 0], [10, 0], [10, 4], [14, 4], [14, -4], [10, -4], [10, 0], [40, 0]])
    found = located(line_of(plan), follow(STRAIGHT, np.random.default_rng(1)))
    assert found.state[-1] == State.ON
    assert found.s[-1] == pytest.approx(line_of(plan).length, abs=300)


@pytest.mark.parametrize("metres_round", [-630.0, 630.0], ids=["before", "behind"])
def test_one_wild_fix_at_a_hairpin_is_no_leap_and_no_turn(metres_round: float) -> None:
    # The two sides lie 250 m apart; one fix is thrown from one onto the other.
    hairpin = KM * np.array([[0, 0], [10, 0], [10, 0.25], [0, 0.25]])
    fixes = follow(hairpin, np.random.default_rng(1))
    hit = int(np.argmin(np.abs(np.arange(len(fixes)) * 150.0 - (10_125 + metres_round))))
    other = degrees(np.array([[0.0, 250.0 if metres_round < 0 else 0.0]]))[1][0]
    wild = located(line_of(hairpin), replace(fixes, lat=_with(fixes.lat, hit, other)))
    truth = np.arange(len(fixes)) * 150.0
    assert wild.on[hit]
    assert (wild.state == State.ON).all()
    assert np.abs(wild.s - truth).max() < 200
    assert (np.diff(wild.s) >= 0).all()


def _with(column: NDArray[np.float64], at: int, value: float) -> NDArray[np.float64]:
    changed = column.copy()
    changed[at] = value
    return changed


def test_the_course_tells_the_way_back_from_the_way_out_after_a_silence() -> None:
    # It stands 4 km before the far end with its terminal asleep, and is next heard of on the way
    # back, a kilometre from there.
    fixes = follow(THERE_AND_BACK, np.random.default_rng(1))
    way = np.arange(len(fixes)) * 150.0
    kept = fixes.rows((way <= 16_000) | (way >= 23_000))
    way = way[(way <= 16_000) | (way >= 23_000)]
    slept = replace(
        kept,
        time=kept.time + np.where(way >= 23_000, 900, 0),
        speed=np.where(np.abs(way - 16_000) < 100, 0.0, kept.speed),
    )
    found = located(line_of(THERE_AND_BACK), slept)
    assert np.abs(found.s - way).max() < 100


def test_fixes_beyond_the_corridor_with_silence_between_them_make_no_detour() -> None:
    line, fixes = line_of(STRAIGHT), follow(STRAIGHT, np.random.default_rng(1)).rows(slice(60))
    off = np.arange(60) >= 50
    away = replace(fixes, lat=np.where(off, degrees(np.array([[0, 900.0]]))[1], fixes.lat))
    sparse = replace(away, time=fixes.time + np.maximum(np.arange(60) - 49, 0) * 300.0)
    assert (located(line, sparse).state == State.ON).all()
    often = replace(away, time=fixes.time + np.maximum(np.arange(60) - 49, 0) * 200.0)
    assert (located(line, often).state[-3:] == State.OFF).all()


def test_three_minutes_three_fixes_and_a_kilometre_make_a_detour() -> None:
    # 10 m/s beside the line since second 0 of the detour; a fix every 60 s.
    line = line_of(STRAIGHT)
    east = np.concatenate([np.arange(0, 6000, 600), 6000 + np.arange(5) * 600.0])
    north = np.where(np.arange(15) < 10, 0.0, 700.0)
    lon, lat = degrees(np.column_stack([east, north]))
    seconds = np.arange(0.0, 900.0, 60.0)
    fixes = replace(
        follow(STRAIGHT, np.random.default_rng(1)).rows(slice(15)),
        time=START + seconds, lon=lon, lat=lat, speed=np.full(15, 10.0), course=np.full(15, 90.0),
    )  # fmt: skip
    assert located(line, fixes).state.tolist() == [0] * 13 + [1, 1]
    earlier = replace(fixes, time=START + np.append(seconds[:-2], seconds[-2:] - 1))
    assert located(line, earlier).state.tolist() == [0] * 14 + [1]
    inside = replace(fixes, inside=np.ones(15, np.bool_))
    assert located(line, inside).state.tolist() == [0] * 15
    near = replace(fixes, lat=np.where(north > 0, degrees(np.array([[0, 509.0]]))[1], lat))
    beyond = replace(fixes, lat=np.where(north > 0, degrees(np.array([[0, 511.0]]))[1], lat))
    wide = np.full(15, 10.0)
    assert located(line, replace(near, sigma=wide)).state.tolist() == [0] * 15
    assert located(line, replace(beyond, sigma=wide)).state.tolist() == [0] * 13 + [1, 1]


def test_driving_forwards_again_ends_a_turning_back() -> None:
    way = KM * np.array([[0, 0], [20, 0], [10, 0], [40, 0]])
    found = located(line_of(STRAIGHT), follow(way, np.random.default_rng(1)))
    lowest = int(np.argmin(np.where(found.state == State.TURNED_BACK, found.s, np.inf)))
    again = lowest + int(np.argmin(found.state[lowest:] == State.TURNED_BACK))
    assert found.s[lowest] == pytest.approx(10_000, abs=200)
    assert found.s[again] == pytest.approx(10_300, abs=300)
