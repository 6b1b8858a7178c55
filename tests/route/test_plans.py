"""Courses: pieces, profiles, and blocks of many of them."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings

from fleet.trips import Plan
from route.plans import Plans, course
from tests.route.courses import KM, MINUTE, START, plan_of, plans


def test_long_links_are_cut_and_named_by_the_codes_of_their_ends() -> None:
    found = course(plan_of([0, 5 * KM, 30 * KM], [0, 300, 1800]))
    assert found.segment == ("A|B#0", "B|C#0", "B|C#1", "B|C#2")
    assert found.end[-1] == 30 * KM
    assert np.diff(found.end)[1:] == pytest.approx(25 * KM / 3)
    assert found.seconds == pytest.approx([300, 500, 500, 500])


def test_profile_steps_at_a_stop_where_the_plan_stands() -> None:
    found = course(plan_of([0, 10 * KM, 20 * KM], [0, 600, 1500], [0, 900, 1500]))
    at = np.array([0.0, 5 * KM, 10 * KM - 0.001, 10 * KM, 15 * KM, 20 * KM])
    assert found.planned(at) - START == pytest.approx([0, 300, 600, 900, 1200, 1500], abs=0.01)


def test_stops_without_times_share_the_time_between_those_that_have_one() -> None:
    found = course(plan_of([0, 3 * KM, 9 * KM], [0, nan, 900]))
    assert found.arrive[1] - START == pytest.approx(300)
    assert not found.free.any()


def test_a_plan_without_times_goes_by_a_pace_and_nobody_is_late_by_it() -> None:
    found = course(plan_of([0, 18 * KM], [nan, nan]))
    assert found.usable
    assert found.free.all()
    assert not found.anchored.any()
    assert found.seconds.sum() == pytest.approx(18 * KM / 14)


def test_without_line_and_times_there_is_nothing_to_go_by() -> None:
    assert not course(plan_of([nan, nan], [nan, nan])).usable
    assert course(plan_of([nan, nan], [0, 600])).usable


def test_planned_times_that_run_backwards_are_taken_as_no_time() -> None:
    found = course(plan_of([0, KM, 2 * KM], [0, -60, 300]))
    assert (found.seconds >= 0).all()


def test_only_a_window_makes_a_vehicle_wait() -> None:
    point = course(plan_of([0, KM], [0, 300]))
    window = course(plan_of([0, KM], [0, 300], opens=[nan, START + 600], closes=[nan, START + 900]))
    assert point.opens[1] == -np.inf
    assert window.opens[1] == START + 600


def test_as_many_names_as_stops() -> None:
    with pytest.raises(ValueError, match="3 names for 2 stops"):
        course(plan_of([0, KM], [0, 300], names="ABC"))


def _trip(plan: Plan, trip: int) -> Plan:
    return replace(plan, trip=trip)


def test_a_block_is_what_its_courses_are() -> None:
    some = [_trip(plan_of([0, 25 * KM, 26 * KM], [0, 1800, 2000]), 7)]
    some.append(_trip(plan_of([0, KM], [0, 5 * MINUTE], names="BX"), 9))
    block = Plans.build(some)
    assert (block.row_of(7), block.row_of(9), block.row_of(8)) == (0, 1, -1)
    assert [block.segments[k] for k in block.segment] == [
        "A|B#0",
        "A|B#1",
        "A|B#2",
        "B|C#0",
        "B|X#0",
    ]
    assert block.into.tolist() == [0, 0, 3, 4, 4]
    assert [block.sites[k] for k in block.site] == ["A", "B", "C", "B", "X"]


def test_a_block_that_is_built_on_another_keeps_its_courses() -> None:
    some = [_trip(plan_of([0, KM], [0, 300]), trip) for trip in (1, 2, 3)]
    before = Plans.build(some)
    other = _trip(plan_of([0, KM, 2 * KM], [0, 300, 600], names="AXB"), 2)
    after = Plans.build([some[0], other, some[2]], before)
    fresh = Plans.build([some[0], other, some[2]])
    assert after.courses[0] is before.courses[0]
    assert after.courses[1].plan is other
    for name in ("s", "seek", "seconds", "into", "stop"):
        assert np.array_equal(getattr(after, name), getattr(fresh, name))
    assert [after.segments[k] for k in after.segment] == [fresh.segments[k] for k in fresh.segment]


def test_an_empty_block() -> None:
    assert Plans.build([]).row_of(1) == -1


@settings(max_examples=60, deadline=None)
@given(plan=plans())
def test_pieces_cover_the_line_without_gap_or_overlap(plan: Plan) -> None:
    found = course(plan)
    assert found.begin[0] == found.s[0]
    assert found.end[-1] == pytest.approx(found.s[-1])
    assert found.end[:-1] == pytest.approx(found.begin[1:])
    assert found.last.sum() == len(found.s) - 1
    at = np.linspace(0, found.s[-1], 50)
    assert (np.diff(found.planned(at)) >= -1e-6).all()
