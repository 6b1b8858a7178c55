"""The life of trips: every legal step, no other, and never two trips under way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise, product
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import Conflict
from fleet.trips import StopStatus, TripState, VisitRow
from shipment.journey import Journey
from shipment.lifecycle import Life, Passed, derive, history, lives, released
from shipment.steps import LEGAL, SPOKEN, Event, IllegalStep, step
from shipment.stops import Course, fulfil, pending
from tests.shipment.trips import A, B, C, D, at, journey, ordinary, plan, stop, visit

S, E, T = TripState, Event, StopStatus
EACH = list(product(TripState, Event))


def test_the_way_of_an_ordinary_trip_is_legal() -> None:
    state = S.DRAFT
    for event, after in (
        (E.PLAN, S.PLANNED),
        (E.ASSIGN, S.ASSIGNED),
        (E.ARM, S.ARMED),
        (E.REACH_ORIGIN, S.AT_ORIGIN),
        (E.DEPART, S.EN_ROUTE),
        (E.ARRIVE, S.AT_STOP),
        (E.DEPART, S.EN_ROUTE),
        (E.ARRIVE_FINAL, S.ARRIVED_FINAL),
        (E.COMPLETE, S.COMPLETED),
        (E.CLOSE, S.CLOSED),
    ):
        state = step(state, event)
        assert state is after


@pytest.mark.parametrize(("state", "event"), EACH)
def test_a_step_is_in_the_table_or_refused_with_the_reason(state: TripState, event: Event) -> None:
    if event in LEGAL[state]:
        assert step(state, event) is LEGAL[state][event]
        return
    with pytest.raises(IllegalStep) as caught:
        step(state, event)
    assert isinstance(caught.value, Conflict)
    said = str(caught.value)
    assert state in said
    assert event in said
    assert all(could in said for could in LEGAL[state])


def test_the_table_keeps_the_rules_of_the_domain() -> None:
    for state in S:
        under_way = state.is_under_way and state is not S.AT_ORIGIN
        assert (E.CANCEL in LEGAL[state]) == (state in set(list(S)[:5])), "before it is under way"
        assert (E.ABORT in LEGAL[state]) == (under_way or state is S.SUSPENDED)
        if state.is_over:
            assert set(LEGAL[state].values()) <= {S.COMPLETED, S.CLOSED}
    reachable = {S.DRAFT} | {after for state in S for after in LEGAL[state].values()}
    assert reachable == set(S)


def life(trip: Journey, *visits: VisitRow, now: float = inf, near: bool = False) -> Life:
    found = fulfil([trip], visits)
    facts = pending(trip.plan, found.facts[trip.trip], Course(), now)
    return Life(trip, facts, near, gave_way=found.gave_way.get(trip.trip, inf))


def state(trip: Journey, now: float, *visits: VisitRow, near: bool = False) -> TripState:
    return derive(life(trip, *visits, now=at(now), near=near), at(now))


def test_a_state_follows_from_the_visits_as_they_come() -> None:
    trip = journey(ordinary())
    assert state(trip, 6) is S.ASSIGNED
    assert state(trip, 6.99, near=True) is S.ASSIGNED, "its window is shut"
    assert state(trip, 7, near=True) is S.ARMED
    assert state(trip, 7, visit(A, 6.9)) is S.AT_ORIGIN
    assert state(trip, 6.95, visit(A, 6.9)) is S.ASSIGNED
    off = visit(A, 6.9, 8)
    assert state(trip, 8, off) is S.EN_ROUTE
    assert state(trip, 9, off, visit(B, 9)) is S.AT_STOP
    b = visit(B, 9, 9.5)
    assert state(trip, 10, off, b) is S.EN_ROUTE
    assert state(trip, 10.5, off, b, visit(C, 10.5)) is S.ARRIVED_FINAL
    assert state(trip, 13.5, off, b, visit(C, 10.5)) is S.COMPLETED, "three hours there"
    assert state(trip, 11, off, b, visit(C, 10.5, 11)) is S.COMPLETED
    assert state(trip, 16.5, off) is S.ASSUMED_COMPLETED
    assert state(trip, 16.5) is S.ASSUMED_COMPLETED


def test_no_vehicle_no_assignment() -> None:
    unserved = journey(ordinary(), served=())
    assert state(unserved, 8, near=True) is S.PLANNED
    trip = journey(ordinary(), served=[(0, -inf, at(7.5))])
    assert state(trip, 7.6, visit(A, 7)) is S.PLANNED


def test_late_fixes_that_show_a_departure_make_a_cancellation_an_abort() -> None:
    trip = journey(ordinary(), said=[(8.5, "cancel")])
    assert state(trip, 9, visit(A, 7)) is S.CANCELLED
    assert state(trip, 9, visit(A, 7, 8)) is S.ABORTED
    unmade = journey(ordinary(), said=[(8.5, "abort")])
    assert state(unmade, 9, visit(A, 7, 8)) is S.ABORTED
    assert state(unmade, 9, visit(A, 7)) is S.CANCELLED


def test_a_breakdown_waits_for_another_vehicle() -> None:
    trip = journey(
        ordinary(), served=[(0, -inf, at(8.5)), (1, at(9), inf)], said=[(8.4, "suspend")]
    )
    off = visit(A, 7, 8)
    assert state(trip, 8.45, off) is S.SUSPENDED
    assert state(trip, 8.9, off) is S.SUSPENDED
    assert state(trip, 9, off) is S.EN_ROUTE
    taken = journey(ordinary(), served=[(0, -inf, at(8.5)), (1, at(9), inf)])
    assert state(taken, 8.6, off) is S.SUSPENDED, "its load has no vehicle"
    goes_on = journey(ordinary(), said=[(8.4, "suspend")])
    assert state(goes_on, 9.1, off, visit(B, 9)) is S.AT_STOP, "it was seen to go on"
    resumed = journey(ordinary(), said=[(8.4, "suspend"), (8.6, "resume")])
    assert state(resumed, 8.7, off) is S.EN_ROUTE


def test_a_trip_first_seen_at_a_later_stop_is_under_way() -> None:
    trip = journey(ordinary())
    assert state(trip, 9, visit(B, 9)) is S.AT_STOP
    assert state(trip, 10.5, visit(C, 10.5)) is S.ARRIVED_FINAL


def test_a_trip_whose_vehicle_is_beyond_the_origin_has_begun() -> None:
    trip = journey(ordinary())
    beyond = replace(life(trip), beyond=at(8.2))
    assert derive(beyond, at(8.1)) is S.ASSIGNED
    assert derive(beyond, at(8.2)) is S.EN_ROUTE
    assert derive(replace(beyond, free={0: at(8.5)}), at(8.3)) is S.ASSIGNED
    assert derive(replace(beyond, free={0: at(8.5)}), at(8.5)) is S.EN_ROUTE
    seen = replace(life(trip, visit(A, 7)), beyond=at(8.2))
    assert derive(seen, at(8.2)) is S.AT_ORIGIN, "it was seen there, and not to leave"


def test_in_any_order_the_trip_ends_where_nothing_is_left() -> None:
    trip = journey(ordinary(strict=False))
    first = visit(A, 7, 8), visit(C, 9, 9.5)
    assert state(trip, 9.2, first[0], visit(C, 9)) is S.AT_STOP
    assert state(trip, 9.6, *first) is S.EN_ROUTE
    assert state(trip, 10, *first, visit(B, 10)) is S.ARRIVED_FINAL
    skipped = journey(ordinary(strict=False), words=[(102, T.SKIPPED, nan, nan)])
    assert state(skipped, 9.6, *first) is S.COMPLETED


def test_papers_close_a_trip_that_is_complete() -> None:
    whole = visit(A, 7, 8), visit(B, 9, 9.5), visit(C, 10.5, 11)
    assert state(journey(ordinary(), said=[(12, "close")]), 12, *whole) is S.CLOSED
    early = journey(ordinary(), said=[(10, "close")])
    assert state(early, 12, *whole) is S.COMPLETED, "it was not complete then"
    signed = journey(ordinary(), said=[(10.6, "complete")])
    assert state(signed, 10.7, *whole[:2], visit(C, 10.5)) is S.COMPLETED


def test_the_next_trip_arms_only_when_the_one_before_is_over() -> None:
    first = journey(ordinary())
    second = journey(plan(stop(C, nan, 11, opens=nan, closes=nan), stop(D, 13), trip=2))
    begun = [visit(A, 7, 8), visit(B, 9, 9.5)]

    def both(now: float, *visits: VisitRow) -> tuple[TripState, TripState]:
        found = fulfil([first, second], visits)
        each = [Life(trip, found.facts[trip.trip], near=True) for trip in (second, first)]
        steps = lives(each, at(now))
        return steps[1][-1].state, steps[2][-1].state

    assert both(10.2, *begun) == (S.EN_ROUTE, S.ASSIGNED)
    assert both(10.9, *begun, visit(C, 10.8)) == (S.ARRIVED_FINAL, S.ASSIGNED)
    assert both(13.8, *begun, visit(C, 10.8)) == (S.COMPLETED, S.AT_ORIGIN)
    assert both(11.2, *begun, visit(C, 10.8, 11.2)) == (S.COMPLETED, S.EN_ROUTE)


def test_steps_say_who_took_them() -> None:
    steps = history(life(journey(ordinary()), visit(A, 7, 8)), at(17))
    assert [(one.event, one.source) for one in steps] == [
        (E.PLAN, "person"),
        (E.ASSIGN, "person"),
        (E.ARM, "gps"),
        (E.REACH_ORIGIN, "gps"),
        (E.DEPART, "gps"),
        (E.ASSUME, "clock"),
    ]
    assert released(steps) == at(16.5)
    assert released(steps[:-1]) == inf


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[Journey], list[VisitRow]]:
    """Trips of two vehicles, swapped at will; visits and words of all kinds."""
    hours = st.integers(0, 96).map(lambda quarter: quarter / 4)
    trips = []
    for key in range(1, draw(st.integers(1, 4)) + 1):
        begin = draw(hours)
        sites = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
        stops = [stop(sites[0], nan, begin, opens=nan, closes=nan)]
        stops += [stop(site, begin + n, begin + n + 0.5) for n, site in enumerate(sites[1:], 1)]
        first = draw(st.integers(0, 1))
        end, again = sorted((at(draw(hours)), at(draw(hours))))
        served = [(first, -inf, end), (1 - first, again, inf)]
        said = draw(st.lists(st.tuples(hours, st.sampled_from(sorted(SPOKEN))), max_size=2))
        words = draw(
            st.lists(
                st.tuples(
                    st.integers(100 * key + 1, 100 * key + 4),
                    st.sampled_from([T.SKIPPED, T.ARRIVED, T.DEPARTED, T.MISSED]),
                    hours.map(at),
                    hours.map(at),
                ),
                max_size=2,
            )
        )
        trips.append(
            journey(
                plan(*stops, trip=key, strict=draw(st.booleans())),
                served=served[: draw(st.integers(1, 2))],
                said=sorted(said),
                words=words,
            )
        )
    visits = [
        visit(
            draw(st.integers(1, 4)),
            entered := draw(hours),
            entered + draw(st.sampled_from([0.25, 0.5, 2.0, nan])),
            vehicle=draw(st.integers(0, 1)),
        )
        for _ in range(draw(st.integers(0, 8)))
    ]
    return trips, visits


@given(fleets())
def test_no_vehicle_ever_has_two_trips_under_way(
    fleet: tuple[list[Journey], list[VisitRow]],
) -> None:
    trips, visits = fleet
    found = fulfil(trips, visits)
    for now in map(at, range(0, 40, 3)):
        steps = lives(
            [
                Life(
                    trip,
                    pending(trip.plan, found.facts[trip.trip], Course(), now),
                    near=True,
                    gave_way=found.gave_way.get(trip.trip, inf),
                )
                for trip in trips
            ],
            now,
        )
        _legal(steps.values())
        for vehicle in range(2):
            under_way = [
                trip.trip
                for trip in trips
                if _serves(trip, vehicle, now) and steps[trip.trip][-1].state.is_under_way
            ]
            assert len(under_way) <= 1, (now, under_way)


def _serves(trip: Journey, vehicle: int, now: float) -> bool:
    return any(
        one.vehicle == vehicle and one.valid_from <= now < one.valid_to for one in trip.assigned
    )


def _legal(each: Iterable[Sequence[Passed]]) -> None:
    for steps in each:
        before = [S.DRAFT, *(one.state for one in steps)]
        for (was, now), one in zip(pairwise(before), steps, strict=True):
            assert step(was, one.event) is now
        assert all(a.time <= b.time for a, b in pairwise(steps))
