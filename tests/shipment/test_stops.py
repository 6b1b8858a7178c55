"""Stops: which visit fulfils which, in any order of learning."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan, nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.nodes import VisitState
from fleet.trips import StopFact, StopStatus, VisitRow
from shipment.journey import Journey
from shipment.stops import Course, fulfil, pending, strays
from tests.shipment.trips import (
    HOUR,
    A,
    B,
    C,
    D,
    at,
    journey,
    ordinary,
    plan,
    stop,
    visit,
)

S = StopStatus


def facts(trip: Journey, *visits: VisitRow) -> tuple[StopFact, ...]:
    return fulfil([trip], visits).facts[trip.trip]


def statuses(trip: Journey, *visits: VisitRow) -> list[StopStatus]:
    return [fact.status for fact in facts(trip, *visits)]


def test_visits_fulfil_stops_with_their_times_and_bounds() -> None:
    found = facts(journey(ordinary()), visit(A, 7, 8.1), visit(B, 9.2, 9.6), visit(C, 10.8))
    assert [fact.status for fact in found] == [S.DEPARTED, S.DEPARTED, S.ARRIVED]
    assert [fact.arrived for fact in found] == [at(7), at(9.2), at(10.8)]
    assert [fact.departed for fact in found][:2] == [at(8.1), at(9.6)]
    assert isnan(found[2].departed)
    assert (found[1].earliest, found[1].latest) == (at(9.2) - 10, at(9.2) + 10)


def test_the_vehicle_that_slept_at_its_origin_is_there() -> None:
    assert statuses(journey(ordinary()), visit(A, -10)) == [S.ARRIVED, S.PLANNED, S.PLANNED]


def test_the_vehicle_that_slept_near_the_hub_and_left_was_not_there_for_the_trip() -> None:
    found = fulfil([journey(ordinary())], [visit(A, -10, 6.9)])
    assert [fact.status for fact in found.facts[1]] == [S.PLANNED] * 3
    assert not found.served


@pytest.mark.parametrize(("early", "status"), [(4 * HOUR, S.DEPARTED), (4 * HOUR + 1, S.PLANNED)])
def test_a_visit_may_be_four_hours_before_the_window_of_its_stop(
    early: float, status: StopStatus
) -> None:
    # The trip is long, so that its own window is open.
    long = plan(stop(A, nan, 1, opens=nan, closes=nan), stop(B, 12, 12.5), stop(C, 14))
    found = facts(journey(long), visit(B, 12 - early / HOUR, 9))
    assert found[1].status is status


@pytest.mark.parametrize(("late", "status"), [(6 * HOUR, S.ARRIVED), (6 * HOUR + 1, S.PLANNED)])
def test_a_visit_may_be_six_hours_after_the_planned_end(late: float, status: StopStatus) -> None:
    found = facts(journey(ordinary()), visit(C, 10.5 + late / HOUR))
    assert found[2].status is status


def test_a_stop_that_was_gone_by_is_missed_until_late_data_show_the_visit() -> None:
    trip, others = journey(ordinary()), (visit(A, 7, 8), visit(C, 10.5, 11))
    assert statuses(trip, *others) == [S.DEPARTED, S.MISSED, S.DEPARTED]
    assert statuses(trip, *others, visit(B, 9, 9.5)) == [S.DEPARTED] * 3


def test_a_stop_in_silence_is_unverified_not_missed() -> None:
    trip, others = journey(ordinary()), (visit(A, 7, 8), visit(C, 10.5, 11))
    unseen = visit(B, 8.5, state=VisitState.UNVERIFIED, latest=at(10))
    assert statuses(trip, *others, unseen) == [S.DEPARTED, S.UNVERIFIED, S.DEPARTED]
    seen = visit(B, 9, 9.5)
    assert statuses(trip, *others, unseen, seen) == [S.DEPARTED] * 3
    word = journey(ordinary(), words=[(102, S.ARRIVED, at(9.1), nan)])
    found = facts(word, *others, unseen)[1]
    assert (found.status, found.arrived, found.author) == (S.ARRIVED, at(9.1), "Li")


def test_any_order_will_do_where_the_plan_says_so_and_is_noted() -> None:
    visits = visit(A, 7, 8), visit(C, 9, 9.5), visit(B, 10, 10.5)
    found = facts(journey(ordinary(strict=False)), *visits)
    assert [fact.status for fact in found] == [S.DEPARTED] * 3
    assert [fact.out_of_sequence for fact in found] == [False, False, True]


def test_in_strict_order_the_stop_before_stays_open_until_the_later_one_is_left() -> None:
    there = visit(A, 7, 8), visit(C, 9)
    found = facts(journey(ordinary()), *there)
    assert [fact.status for fact in found] == [S.DEPARTED, S.PLANNED, S.ARRIVED]
    assert [fact.out_of_sequence for fact in found] == [False, False, True]


def test_a_round_trip_begins_and_ends_at_one_place() -> None:
    ring = journey(
        plan(
            stop(A, nan, 8, opens=nan, closes=nan), stop(B, 9, 9.5), stop(C, 10, 10.5), stop(A, 12)
        )
    )
    away = visit(A, 7, 8)
    assert statuses(ring, away) == [S.DEPARTED, S.PLANNED, S.PLANNED, S.PLANNED]
    back = visit(A, 8.5, 8.7)
    assert statuses(ring, away, back)[3] is S.PLANNED, "it only fetched something"
    whole = (away, visit(B, 9, 9.5), visit(C, 10, 10.5), visit(A, 12))
    assert statuses(ring, *whole) == [S.DEPARTED] * 3 + [S.ARRIVED]
    skipped = (whole[0], whole[1], whole[3])
    assert statuses(ring, *skipped)[3] is S.PLANNED
    way = {whole[3].id: 149_000.0}
    assert fulfil([ring], skipped, way).facts[1][3].status is S.ARRIVED, "nine tenths driven"


def test_one_visit_is_the_end_of_a_trip_and_the_beginning_of_the_next() -> None:
    first, second = (
        journey(ordinary()),
        journey(plan(stop(C, nan, 11.5, opens=nan, closes=nan), stop(D, 13), trip=2)),
    )
    visits = visit(A, 7, 8), visit(B, 9, 9.5), visit(C, 10.5, 11.6), visit(D, 13)
    found = fulfil([second, first], visits)
    assert [fact.status for fact in found.facts[1]] == [S.DEPARTED] * 3
    assert [fact.status for fact in found.facts[2]] == [S.DEPARTED, S.ARRIVED]
    assert found.served[visits[2].id] == ((1, 103), (2, 201))


def test_one_visit_fulfils_no_second_stop_of_its_site() -> None:
    twice = journey(
        plan(
            stop(A, nan, 8, opens=nan, closes=nan),
            stop(B, 9, 9.5),
            stop(B, 9.5, 10),
            stop(C, 11),
        )
    )
    short = statuses(twice, visit(A, 7, 8), visit(B, 9, 9 + 0.64))
    assert short == [S.DEPARTED, S.DEPARTED, S.PLANNED, S.PLANNED]
    long = facts(twice, visit(A, 7, 8), visit(B, 9, 9 + 0.66))
    assert [fact.status for fact in long] == [S.DEPARTED] * 3 + [S.PLANNED]
    assert [fact.shared for fact in long] == [False, True, True, False]
    assert long[1].departed == long[2].arrived == pytest.approx(at(9.33))


def test_a_standstill_allotted_to_a_neighbour_serves_both_when_it_was_long() -> None:
    trip = journey(ordinary())
    yielded = visit(C, 9, 9.9, yielded=True)
    assert statuses(trip, visit(B, 9, 9.3), yielded) == [S.MISSED, S.DEPARTED, S.PLANNED]
    assert statuses(trip, visit(B, 9, 9.9), yielded) == [S.MISSED, S.DEPARTED, S.DEPARTED]


def test_a_via_point_is_passed() -> None:
    trip = journey(
        plan(stop(A, nan, 8, opens=nan, closes=nan), stop(B, 9, 9, via=True), stop(C, 10.5))
    )
    passing = visit(B, 9, 9.01, state=VisitState.PASSED)
    assert statuses(trip, visit(A, 7, 8), passing) == [S.DEPARTED, S.PASSED, S.PLANNED]
    driven_through = visit(B, 9, 9.01, state=VisitState.PASSED)
    assert statuses(journey(ordinary()), driven_through)[1] is S.PLANNED


def test_what_a_person_skipped_stays_skipped() -> None:
    trip = journey(ordinary(), words=[(102, S.SKIPPED, nan, nan)])
    assert statuses(trip, visit(A, 7, 8), visit(B, 9, 9.5)) == [S.DEPARTED, S.SKIPPED, S.PLANNED]
    taken_back = journey(ordinary(), words=[(102, S.SKIPPED, nan, nan), (102, S.PLANNED, nan, nan)])
    assert statuses(taken_back, visit(A, 7, 8), visit(B, 9, 9.5))[1] is S.DEPARTED


def test_another_vehicle_takes_over_on_the_road_and_the_timeline_goes_on() -> None:
    trip = journey(ordinary(), served=[(0, -inf, at(9.8)), (1, at(9.8), inf)])
    found = facts(
        trip,
        visit(A, 7, 8),
        visit(B, 9, 9.5),
        visit(C, 10.2, 10.4),  # the first one, towed there: no longer the trip's
        visit(C, 11, vehicle=1),
    )
    assert [fact.status for fact in found] == [S.DEPARTED, S.DEPARTED, S.ARRIVED]
    assert found[2].arrived == at(11)


def test_a_load_handed_over_at_a_stop_leaves_with_the_second_vehicle() -> None:
    trip = journey(ordinary(), served=[(0, -inf, at(9.4)), (1, at(9.4), inf)])
    visits = visit(A, 7, 8), visit(B, 9, 15), visit(B, 6, 9.8, vehicle=1), visit(C, 11, vehicle=1)
    found = facts(trip, *visits)
    assert [fact.status for fact in found] == [S.DEPARTED, S.DEPARTED, S.ARRIVED]
    assert (found[1].arrived, found[1].departed) == (at(9), at(9.8))


def test_a_visit_is_judged_by_the_plan_of_its_time() -> None:
    later = replace(
        plan(
            stop(A, nan, 8, opens=nan, closes=nan),
            stop(B, 14, 14.5),
            stop(C, 16),
            valid_from=at(10),
        ),
        revision=1,
    )
    found = facts(journey(ordinary(), later), visit(A, 7, 8), visit(B, 9, 9.5), visit(C, 15))
    assert [fact.status for fact in found] == [S.DEPARTED, S.DEPARTED, S.ARRIVED]


def test_a_trip_never_begun_gives_way_when_its_end_has_passed() -> None:
    first, second = journey(ordinary(1, 8.0)), journey(ordinary(2, 11.5))
    found = fulfil([first, second], [visit(A, 11, 11.5), visit(B, 12.5, 13)])
    assert [fact.status for fact in found.facts[2]] == [S.DEPARTED, S.DEPARTED, S.PLANNED]
    assert [fact.status for fact in found.facts[1]] == [S.MISSED] * 3
    assert found.gave_way == {1: at(11)}


def test_a_late_trip_keeps_its_vehicle_until_two_stops_of_the_next_are_visited() -> None:
    first = journey(ordinary(1, 8.0))
    second = journey(
        plan(stop(D, nan, 12, opens=nan, closes=nan), stop(B, 14, 14.5), stop(A, 16), trip=2)
    )
    begun = [visit(A, 7, 8), visit(B, 9, 9.5), visit(D, 11.5, 12)]
    waits = fulfil([first, second], begun)
    assert not waits.gave_way
    assert waits.facts[2][0].status is S.PLANNED
    late = fulfil([first, second], [*begun, visit(C, 13)])
    assert late.facts[1][2].status is S.ARRIVED
    gone = fulfil([first, second], [*begun, visit(B, 14, 14.5)])
    assert gone.gave_way == {1: at(11.5)}
    assert [fact.status for fact in gone.facts[2]] == [S.DEPARTED, S.DEPARTED, S.PLANNED]
    assert gone.facts[1][2].status is S.MISSED


def test_standing_at_another_place_of_business_is_a_wrong_stop() -> None:
    trip = journey(ordinary())
    visits = [visit(A, 7, 8), visit(D, 8.4, 8.7), visit(9, 8.8, 8.99, node_level=False)]
    found = fulfil([trip], visits)
    result = strays([trip], visits, found, at(10))
    assert [(one.site, one.wrong) for one in result] == [(D, True), (9, False)]


@pytest.mark.parametrize(("stood", "told"), [(599.0, 0), (600.0, 1)])
def test_a_wrong_stop_is_one_of_ten_minutes(stood: float, told: int) -> None:
    trip = journey(ordinary())
    visits = [visit(A, 7, 8), visit(D, 8.4, stopped=at(8.4))]
    assert len(strays([trip], visits, fulfil([trip], visits), at(8.4) + stood)) == told


def test_the_clock_says_what_is_approached_and_what_is_missed() -> None:
    trip = journey(ordinary())
    known = facts(trip, visit(A, 7, 8))

    def clock(s: float, now: float, expected: float = inf) -> list[StopStatus]:
        course = Course(s, {102: expected})
        return [fact.status for fact in pending(trip.plan, known, course, now)]

    assert clock(44_999, at(8.5))[1] is S.PLANNED
    assert clock(45_000, at(8.5)) == [S.DEPARTED, S.APPROACHING, S.PLANNED]
    assert clock(20_000, at(8.5), at(8.5) + 900)[1] is S.APPROACHING
    assert clock(20_000, at(8.5), at(8.5) + 901)[1] is S.PLANNED
    assert clock(55_001, at(10) - 1)[1] is S.PLANNED
    assert clock(55_001, at(10))[1] is S.MISSED
    assert clock(55_000, at(10))[1] is S.PLANNED
    assert clock(nan, at(16.5)) == [S.DEPARTED, S.PLANNED, S.PLANNED]
    assert clock(nan, at(16.5) + 1) == [S.DEPARTED, S.MISSED, S.MISSED]


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Journey], list[VisitRow]]:
    """Trips of two vehicles over a day, and visits of all kinds."""
    hours = st.integers(0, 96).map(lambda quarter: quarter / 4)
    trips = []
    for key in range(1, draw(st.integers(1, 3)) + 1):
        begin = draw(hours)
        sites = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
        stops = [stop(sites[0], nan, begin, opens=nan, closes=nan)]
        stops += [stop(site, begin + n, begin + n + 0.5) for n, site in enumerate(sites[1:], 1)]
        swap = at(draw(hours)) if draw(st.booleans()) else inf
        served = [(0, -inf, swap)] + ([(1, swap, inf)] if swap < inf else [])
        word = draw(st.sampled_from([S.SKIPPED, S.ARRIVED, S.MISSED, S.PLANNED]))
        words = [(100 * key + 1 + draw(st.integers(0, 4)), word, nan, nan)]
        trips.append(
            journey(
                plan(*stops, trip=key, strict=draw(st.booleans())),
                served=served,
                words=words if draw(st.booleans()) else [],
            )
        )
    visits = [
        visit(
            draw(st.integers(1, 4)),
            entered := draw(hours),
            entered + draw(st.sampled_from([0.25, 0.5, 2.0, nan])),
            vehicle=draw(st.integers(0, 1)),
            yielded=draw(st.integers(0, 9)) == 0,
            **({"state": draw(st.sampled_from(VisitState))} if draw(st.booleans()) else {}),
        )
        for _ in range(draw(st.integers(0, 10)))
    ]
    return trips, visits


def _alike(found: dict[int, tuple[StopFact, ...]]) -> str:
    """Facts as text, in which NaN is equal to NaN; ids of visits are opaque."""
    return repr({trip: [replace(f, visit="") for f in found[trip]] for trip in sorted(found)})


@given(days(), st.randoms(use_true_random=False))
def test_the_order_of_learning_does_not_matter(
    day: tuple[list[Journey], list[VisitRow]], rng: Random
) -> None:
    trips, visits = day
    whole = fulfil(trips, visits)
    for _ in range(3):
        rng.shuffle(trips)
        rng.shuffle(visits)
        renamed = [replace(v, id=f"w{n}") for n, v in enumerate(visits)]
        again = fulfil(trips, renamed)
        assert _alike(dict(again.facts)) == _alike(dict(whole.facts))
        assert again.gave_way == whole.gave_way


@given(days())
def test_no_visit_fulfils_two_stops_but_by_the_rules(
    day: tuple[list[Journey], list[VisitRow]],
) -> None:
    trips, visits = day
    found = fulfil(trips, visits)
    shared = {fact.stop for each in found.facts.values() for fact in each if fact.shared}
    places = {trip.trip: trip.plan.stops["key"].tolist() for trip in trips}
    for served in found.served.values():
        alone = [(trip, key) for trip, key in served if key not in shared]
        by_trip = {trip for trip, _ in served}
        assert len(alone) <= len(by_trip), "one stop of each trip, but for shared ones"
        if len(by_trip) > 1:
            firsts = [key for trip, key in served if places[trip][0] == key]
            assert len(firsts) >= len(by_trip) - 1
    for each in found.facts.values():
        for fact in each:
            assert isnan(fact.departed) or fact.departed >= fact.arrived or fact.author


def test_drafts_have_no_facts() -> None:
    draft = replace(journey(ordinary()), row=replace(journey(ordinary()).row, plans=()))
    assert not fulfil([draft], [visit(A, 7)]).facts
