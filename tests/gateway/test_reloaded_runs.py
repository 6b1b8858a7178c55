"""A world read again: what is taken over of the one before is as if it were prepared anew."""

from __future__ import annotations

from dataclasses import fields, replace
from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bench.traffic import world_of
from fleet.trips import STOP, Assignment, Line, Plan, TripRow
from gateway.runs import Runs
from route.lines import Halts, Lines
from shipment.runs import Timetable

VEHICLES, NOON = 3, 1_700_000_000.0


@st.composite
def trips(draw: st.DrawFn, key: int) -> TripRow:
    """Of one or two vehicles, on a line or none."""
    stops = np.zeros(2, STOP)
    stops["key"] = key * 10, key * 10 + 1
    stops["s"] = 0.0, draw(st.sampled_from([5.0, np.nan]))
    begin = NOON + 3600.0 * draw(st.integers(0, 9))
    stops["arrive"] = stops["depart"] = stops["opens"] = stops["closes"] = begin, begin + 7200.0
    line = draw(st.integers(0, 2))
    plan = Plan(key, 0, -inf, line, strict=True, stops=stops, names=("a", "b"))
    swap = draw(st.sampled_from([inf, begin + 600.0]))
    assigned = [Assignment(key, draw(st.integers(0, VEHICLES - 1)), -inf, swap)]
    if swap < inf:
        assigned.append(Assignment(key, draw(st.integers(0, VEHICLES - 1)), swap, inf))
    over = draw(st.sampled_from([inf, begin + 3600.0]))
    return TripRow(key, str(key), (plan,), tuple(assigned), over)


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[int, TripRow]]:
    """States of the same trips, one edit after another."""
    every = [{key: draw(trips(key)) for key in range(1, 5)}]
    for _ in range(3):
        state = dict(every[-1])
        key = draw(st.integers(1, 6))
        if draw(st.booleans()):
            state.pop(key, None)
        else:
            state[key] = draw(trips(key))
        every.append(state)
    return every


def lines_of(state: dict[int, TripRow]) -> tuple[Line, ...]:
    there = {plan.line for trip in state.values() for plan in trip.plans} - {0}
    degrees = np.array([110.0, 110.1])
    return tuple(
        Line(key, degrees, degrees / 4, np.array([0.0, 9e3 + key])) for key in sorted(there)
    )


def same(one: object, other: object) -> bool:
    """By value, arrays too."""
    if isinstance(one, (Runs, Timetable, Lines, Halts)):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other)
    return one == other


@given(worlds())
def test_runs_built_on_earlier_ones_are_those_built_anew(states: list[dict[int, TripRow]]) -> None:
    empty = world_of(VEHICLES).rows
    before: Runs | None = None
    for state in states:
        rows = replace(empty, trips=tuple(state.values()), lines=lines_of(state))
        before = Runs.build(rows, before)
        assert same(before, Runs.build(rows))
