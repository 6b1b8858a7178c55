from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import isinf, nan
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.trips import StopStatus
from fleet.waybills import Account, Booking, Haul, Outcome, ScanKind, Served, Waybill, WaybillState
from shipment.waybills import derive
from shipment.waybills import place_at as place_of
from tests.shipment.goods import (
    GOAL,
    HUB,
    ORIGIN,
    OTHER_HUB,
    at,
    booking,
    by_hubs,
    direct,
    halt,
    haul,
    leg,
    scan,
    signed,
    waybill,
)

_S = WaybillState


def account(goods: Waybill, *hauls: Haul, now: float = 99) -> Account:
    return derive(goods, {each.trip: each for each in hauls}, at(now))


def place_at(told: Account, time: float) -> tuple[int, int]:
    return place_of(told.rides, told.milestones, time)


def kinds(told: Account) -> list[str]:
    return [str(each.kind) for each in told.milestones]


def lorry(arrived: float = nan, departed: float = 0.0) -> Haul:
    """Trip 1 from the origin to the destination."""
    return haul(1, halt(0, ORIGIN, -1, departed), halt(1, GOAL, arrived))


def chain() -> tuple[Haul, Haul, Haul]:
    """Three trips that meet at the hubs."""
    return (
        haul(1, halt(0, ORIGIN, -1, 0), halt(1, HUB, 2, 2.5)),
        haul(2, halt(0, HUB, 1, 3), halt(1, OTHER_HUB, 5, 5.5)),
        haul(3, halt(0, OTHER_HUB, 4, 6), halt(1, GOAL, 8, 9)),
    )


def test_a_new_waybill_is_at_its_origin() -> None:
    told = account(waybill(leg(0, ORIGIN, GOAL)))
    assert (told.state, told.site, told.vehicle, told.trip) == (_S.CREATED, ORIGIN, 0, 0)
    assert kinds(told) == ["created"]


def test_with_a_trip_booked_it_waits_to_be_fetched() -> None:
    told = account(direct(), haul(1, halt(0, ORIGIN), halt(1, GOAL)))
    assert (told.state, told.site, told.trip) == (_S.AWAITING_PICKUP, ORIGIN, 1)


def test_the_vehicle_at_its_origin_has_nothing_aboard_yet() -> None:
    told = account(direct(), haul(1, halt(0, ORIGIN, -1), halt(1, GOAL)))
    assert (told.state, told.site, told.vehicle) == (_S.ARRIVED_ORIGIN, ORIGIN, 0)


def test_without_a_scan_it_is_presumed_to_have_left_with_the_vehicle() -> None:
    told = account(direct(), lorry())
    [ride] = told.rides
    assert (ride.valid_from, ride.from_basis, ride.presumed) == (at(0), "departed", True)
    assert isinf(ride.valid_to)
    assert (told.state, told.vehicle, told.site) == (_S.DEPARTED_ORIGIN, 1, 0)
    assert kinds(told) == ["created", "arrived_origin", "picked_up", "departed_origin"]
    assert [each.presumed for each in told.milestones] == [False, False, True, True]
    assert told.shipped == at(0)


def test_with_a_scan_nothing_is_presumed() -> None:
    told = account(direct(scans=(scan(ScanKind.LOADED, ORIGIN, -0.5, 1),)), lorry(8))
    [ride] = told.rides
    assert (ride.valid_from, ride.from_basis, ride.presumed) == (at(-0.5), "scan", False)
    assert not any(each.presumed for each in told.milestones)
    assert told.milestones[2].kind == "picked_up"
    assert told.milestones[2].at == at(-0.5)


def test_what_a_scanner_tells_too_late_was_aboard_when_the_vehicle_left() -> None:
    told = account(direct(scans=(scan(ScanKind.LOADED, ORIGIN, 0.2),)), lorry(8))
    assert told.rides[0].valid_from == at(0)
    assert kinds(told)[-3:] == ["picked_up", "departed_origin", "arrived_destination"]


def test_goods_on_a_vehicle_that_is_not_booked_are_nowhere() -> None:
    told = account(direct(scans=(scan(ScanKind.LOADED, ORIGIN, -0.5, 7),)), lorry(8))
    assert told.rides == ()
    assert (told.state, told.vehicle, told.site) == (_S.PICKED_UP, 0, 0)


def test_goods_that_were_taken_off_again_did_not_leave() -> None:
    scans = (scan(ScanKind.LOADED, ORIGIN, -0.5), scan(ScanKind.UNLOADED, ORIGIN, -0.2))
    told = account(direct(scans=scans), haul(1, halt(0, ORIGIN, -1), halt(1, GOAL)))
    assert told.rides == ()
    assert (told.state, told.site) == (_S.PICKED_UP, ORIGIN)


def test_an_arrival_is_no_delivery() -> None:
    told = account(direct(), lorry(8))
    assert (told.state, told.site, told.vehicle) == (_S.ARRIVED_DESTINATION, GOAL, 0)
    assert told.rides[0].valid_to == at(8)
    assert told.rides[0].to_basis == "arrived"


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([Outcome.SIGNED], _S.DELIVERED),
        ([Outcome.REFUSED], _S.REFUSED),
        ([Outcome.SIGNED, Outcome.WITHDRAWN], _S.ARRIVED_DESTINATION),
        ([Outcome.SIGNED, Outcome.WITHDRAWN, Outcome.REFUSED], _S.REFUSED),
        ([Outcome.REFUSED, Outcome.SIGNED], _S.DELIVERED),
    ],
)
def test_the_newest_word_on_the_delivery_holds(outcomes: list[Outcome], state: _S) -> None:
    proofs = tuple(signed(8.5, outcome) for outcome in outcomes)
    assert account(direct(proofs=proofs), lorry(8)).state is state


def test_who_signs_on_the_way_ends_the_ride() -> None:
    told = account(direct(proofs=(signed(4),)), lorry())
    assert (told.rides[0].valid_to, told.rides[0].to_basis) == (at(4), "proof")
    assert (told.state, told.vehicle, told.site) == (_S.DELIVERED, 0, GOAL)


def test_its_papers_complete_what_was_delivered() -> None:
    filed = replace(lorry(8), filed=at(20))
    assert account(direct(proofs=(signed(9),)), filed).state is _S.COMPLETED
    assert account(direct(), filed).state is _S.ARRIVED_DESTINATION


def test_a_cancelled_waybill_is_on_no_vehicle() -> None:
    told = account(direct(cancelled=at(-2)), lorry(8))
    assert told.state is _S.CANCELLED
    assert told.rides == ()


def test_by_three_vehicles_and_two_hubs_there_is_one_unbroken_timeline() -> None:
    told = account(by_hubs(), *chain())
    assert kinds(told) == [
        *("created", "arrived_origin", "picked_up", "departed_origin", "arrived_hub"),
        *("departed_hub", "arrived_dest_hub", "out_for_delivery", "arrived_destination"),
    ]
    assert [(ride.vehicle, ride.valid_from, ride.valid_to) for ride in told.rides] == [
        (1, at(0), at(2)),
        (2, at(3), at(5)),
        (3, at(6), at(8)),
    ]


@pytest.mark.parametrize(
    ("hours", "vehicle", "site"),
    [
        (-4, 0, ORIGIN),
        (-0.5, 0, ORIGIN),
        (0, 1, 0),
        (1.99, 1, 0),
        (2, 0, HUB),
        (2.6, 0, HUB),
        (2.99, 0, HUB),
        (3, 2, 0),
        (4.5, 2, 0),
        (5, 0, OTHER_HUB),
        (5.9, 0, OTHER_HUB),
        (6, 3, 0),
        (7.9, 3, 0),
        (8, 0, GOAL),
        (9.5, 0, GOAL),
        (-6, 0, 0),
    ],
)
def test_where_it_was(hours: float, vehicle: int, site: int) -> None:
    assert place_at(account(by_hubs(), *chain()), at(hours)) == (vehicle, site)


def test_a_connection_that_was_missed_is_not_presumed() -> None:
    one, _, three = chain()
    early = haul(2, halt(0, HUB, 1, 1.5), halt(1, OTHER_HUB, 4, 5))
    told = account(by_hubs(), one, early, three)
    assert (told.state, told.site, told.leg) == (_S.ARRIVED_HUB, HUB, 1)
    assert len(told.rides) == 1


def test_a_scan_at_the_hub_keeps_it_from_the_vehicle_that_had_left() -> None:
    one, two, three = chain()
    late = scan(ScanKind.UNLOADED, HUB, 2.2)
    told = account(by_hubs(scans=(late,)), one, two, three)
    assert told.rides[0].valid_to == at(2.2)
    assert place_at(told, at(2.1)) == (0, HUB)
    assert len(told.rides) == 3


def test_after_the_vehicle_left_the_goods_are_no_more_aboard_whenever_they_are_scanned() -> None:
    told = account(by_hubs(scans=(scan(ScanKind.UNLOADED, HUB, 2.9),)), *chain())
    assert (told.rides[0].valid_to, told.rides[0].to_basis) == (at(2.5), "departed")
    assert place_at(told, at(2.7)) == (0, HUB)


def test_goods_that_ride_through_a_stop_are_aboard_there() -> None:
    goods = waybill(leg(0, ORIGIN, GOAL, booking(1, 0, 2)))
    told = account(
        goods, haul(1, halt(0, ORIGIN, -1, 0), halt(1, HUB, 2, 3), halt(2, GOAL, 5, 6)), now=2.5
    )
    assert kinds(told)[-3:] == ["arrived_hub", "departed_hub", "arrived_destination"]
    assert (told.vehicle, told.site) == (1, HUB)
    assert place_at(told, at(4)) == (1, 0)
    assert place_at(told, at(5)) == (0, GOAL)


def test_a_swap_on_the_way_is_a_handover() -> None:
    served = (Served(1, at(-5), at(4)), Served(9, at(4)))
    told = account(direct(), replace(lorry(8), served=served), now=5)
    assert [(ride.vehicle, ride.to_basis) for ride in told.rides] == [
        (1, "handover"),
        (9, "arrived"),
    ]
    assert kinds(told)[-2:] == ["handover", "arrived_destination"]
    assert (told.vehicle, told.site) == (9, 0)
    on_the_way = account(direct(), replace(lorry(), served=served), now=5)
    assert on_the_way.state is _S.IN_TRANSIT


def test_another_driver_is_no_handover() -> None:
    served = (Served(1, at(-5), at(4)), Served(1, at(4)))
    told = account(direct(), replace(lorry(8), served=served))
    assert len(told.rides) == 1
    assert "handover" not in kinds(told)


def test_a_wrong_booking_leaves_no_trace() -> None:
    wrong = booking(1, begin=-5, end=-5)
    goods = waybill(leg(0, ORIGIN, GOAL, wrong, booking(2)))
    right = haul(2, halt(0, ORIGIN), halt(1, GOAL))
    told = account(goods, lorry(8), right)
    assert kinds(told) == ["created"]
    assert told.rides == ()


def test_a_leg_that_is_booked_anew_goes_on_from_then() -> None:
    goods = waybill(leg(0, ORIGIN, GOAL, booking(1, end=3), booking(2, begin=3)))
    other = haul(2, halt(0, ORIGIN, -2, -1), halt(1, GOAL, 9))
    told = account(goods, lorry(), other)
    assert [(ride.vehicle, ride.valid_from, ride.valid_to) for ride in told.rides] == [
        (1, at(0), at(3)),
        (2, at(3), at(9)),
    ]
    assert "handover" in kinds(told)


def test_a_ride_ends_with_its_trip_whatever_the_vehicle_does_later() -> None:
    told = account(direct(), replace(lorry(), over=at(10)))
    assert (told.rides[0].valid_to, told.rides[0].to_basis) == (at(10), "over")
    assert (told.vehicle, told.site) == (0, 0)


def test_what_was_driven_past_its_goal_is_followed_to_the_end_of_the_trip() -> None:
    goods = waybill(leg(0, ORIGIN, GOAL, booking(1, 0, 1)))
    missed = halt(1, GOAL, status=StopStatus.MISSED)
    told = account(goods, haul(1, halt(0, ORIGIN, -1, 0), missed, halt(2, HUB, 7)))
    assert told.rides[0].valid_to == at(7)
    assert told.vehicle == 0
    assert "arrived_destination" not in kinds(told)


def test_what_arrives_on_a_vehicle_that_nobody_saw_leave_is_presumed() -> None:
    unseen = halt(0, ORIGIN, status=StopStatus.UNVERIFIED)
    told = account(direct(), haul(1, unseen, halt(1, GOAL, 8)))
    assert (told.state, told.site, told.rides) == (_S.ARRIVED_DESTINATION, GOAL, ())
    assert told.milestones[-1].presumed


def test_scans_alone_tell_the_way() -> None:
    goods = waybill(
        leg(0, ORIGIN, HUB),
        leg(1, HUB, GOAL),
        scans=(
            scan(ScanKind.RECEIVED, ORIGIN, 0),
            scan(ScanKind.UNLOADED, HUB, 3),
            scan(ScanKind.LOADED, HUB, 4),
            scan(ScanKind.RECEIVED, GOAL, 7),
        ),
    )
    told = account(goods)
    assert kinds(told) == [
        *("created", "picked_up", "arrived_dest_hub", "loaded", "arrived_destination"),
    ]
    assert (told.state, told.site) == (_S.ARRIVED_DESTINATION, GOAL)
    assert [each.source for each in told.milestones] == ["person", *["scan"] * 4]


def test_an_order_that_is_placed_after_the_fact_is_told_to_its_end() -> None:
    goods = direct(placed=at(3))
    told = account(goods, lorry(8))
    assert told.state is _S.ARRIVED_DESTINATION


_HOURS = st.floats(-4, 12).map(lambda value: round(value, 2))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Waybill, dict[int, Haul]]:
    """Three legs, with facts that need not fit together."""
    hauls = {}
    for trip, (first, last) in enumerate(((ORIGIN, HUB), (HUB, OTHER_HUB), (OTHER_HUB, GOAL)), 1):
        times = sorted(draw(st.lists(_HOURS, min_size=6, max_size=6)))
        known = [time if draw(st.booleans()) else nan for time in times]
        halts = (
            halt(0, first, known[0], known[1]),
            halt(1, 50 + trip, known[2], known[3]),
            halt(2, last, known[4], known[5]),
        )
        swap = draw(_HOURS)
        served = (Served(trip, at(-5), at(swap)), Served(trip + 10, at(swap)))
        hauls[trip] = haul(trip, *halts, served=served if draw(st.booleans()) else served[:1])
    scans = draw(
        st.lists(
            st.builds(
                scan,
                st.sampled_from(ScanKind),
                st.sampled_from((ORIGIN, HUB, OTHER_HUB, GOAL)),
                _HOURS,
                st.sampled_from((0, 1, 2, 11)),
            ),
            max_size=6,
            unique_by=lambda each: each.id,
        )
    )
    proofs = draw(st.lists(st.builds(signed, _HOURS, st.sampled_from(Outcome)), max_size=2))
    legs = [
        leg(n, one, two, *draw(st.sampled_from(((booking(n + 1, 0, 2),), (), _rebooked(n + 1)))))
        for n, (one, two) in enumerate(pairwise((ORIGIN, HUB, OTHER_HUB, GOAL)))
    ]
    goods = waybill(*legs, scans=tuple(scans), proofs=tuple(proofs))
    return goods, hauls


def _rebooked(trip: int) -> tuple[Booking, ...]:
    """Away from a trip and back on it."""
    return booking(trip, 0, 2, -5, 2), booking(trip, 0, 2, 4)


@settings(max_examples=150, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_facts_do_not_matter(
    world: tuple[Waybill, dict[int, Haul]], random: Random
) -> None:
    goods, hauls = world

    def mixed(values: tuple[Any, ...]) -> tuple[Any, ...]:
        many = [*values, *values]
        random.shuffle(many)
        return tuple(many)

    legs = tuple(replace(each, bookings=mixed(each.bookings)) for each in goods.legs)
    again = replace(goods, legs=legs, scans=mixed(goods.scans))
    others = list(hauls.items())
    random.shuffle(others)
    assert repr(derive(again, dict(others), at(6))) == repr(derive(goods, hauls, at(6)))


@settings(max_examples=150, deadline=None)
@given(worlds(), _HOURS)
def test_an_account_always_holds_together(
    world: tuple[Waybill, dict[int, Haul]], hours: float
) -> None:
    goods, hauls = world
    told = derive(goods, hauls, at(hours))
    assert all(ride.valid_from < ride.valid_to for ride in told.rides)
    assert all(one.valid_to <= two.valid_from for one, two in pairwise(told.rides))
    assert len({each.key for each in told.milestones}) == len(told.milestones)
    times = [each.at for each in told.milestones]
    assert times == sorted(times)
    signatures = [p for p in goods.proofs[-1:] if p.outcome is Outcome.SIGNED]
    assert (told.state is _S.DELIVERED) == bool(signatures)
    vehicle, _ = place_at(told, at(hours))
    aboard = [r for r in told.rides if r.valid_from <= at(hours) < r.valid_to]
    assert not vehicle or [ride.vehicle for ride in aboard] == [vehicle]
    if signatures:
        assert all(ride.valid_to <= signatures[0].at for ride in told.rides)
