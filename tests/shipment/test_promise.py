from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from typing import Any

import pytest

from fleet.trips import Risk
from fleet.waybills import Haul, ScanKind
from shipment import risk
from shipment.promise import Ahead, Due, arrived, estimate, judge
from shipment.waybills import derive
from tests.shipment.goods import GOAL, ORIGIN, at, direct, halt, haul, scan, signed


def test_the_estimate_of_the_last_leg_is_that_of_its_trip() -> None:
    assert estimate([Ahead(at(0), at(4), at(5), at(6))]) == (at(5), at(6))


def test_a_plan_is_no_estimate() -> None:
    assert all(isnan(value) for value in estimate([Ahead(at(0), at(4), nan, nan)]))
    assert all(isnan(value) for value in estimate([]))


@pytest.mark.parametrize(
    ("comes", "there"),
    [
        (4.0, 9.0),  # in time for the next trip
        (5.0, 9.0),  # just so
        (6.0, 10.0),  # an hour too late for it
    ],
)
def test_what_comes_too_late_for_the_next_trip_shifts_its_plan(comes: float, there: float) -> None:
    first = Ahead(at(0), at(4), at(comes), at(comes))
    second = Ahead(at(5), at(9), nan, nan)
    assert estimate([first, second]) == (at(there), at(there))


def test_the_slack_at_each_hub_takes_up_what_it_can() -> None:
    legs = [
        Ahead(at(0), at(4), at(6), at(8)),
        Ahead(at(5), at(7), nan, nan),  # an hour late, three at the worst
        Ahead(at(9), at(11), nan, nan),
    ]
    assert estimate(legs) == (at(11), at(12))


def test_a_later_trip_that_is_late_itself_is_believed() -> None:
    first = Ahead(at(0), at(4), at(4), at(4))
    assert estimate([first, Ahead(at(5), at(9), at(12), at(13))]) == (at(12), at(13))


def test_a_later_trip_that_is_early_is_believed_if_the_goods_are_in_time_for_it() -> None:
    leg = Ahead(at(5), at(9), at(8), at(8.5))
    assert estimate([Ahead(at(0), at(4), at(4), at(4)), leg]) == (at(8), at(8.5))
    assert estimate([Ahead(at(0), at(4), at(6), at(6)), leg]) == (at(10), at(10))


def test_without_a_plan_of_a_later_leg_nothing_is_known() -> None:
    first = Ahead(at(0), at(4), at(4), at(4))
    assert all(isnan(value) for value in estimate([first, Ahead(nan, nan, nan, nan)]))


def test_a_promise_has_no_tolerance() -> None:
    def judged(due: Due, hours: float = 1) -> Risk:
        return Risk(int(judge(risk.empty(1), at(hours), [due])["state"][0]))

    due = Due(at(6), at(6), at(6), nan, nan)
    assert judged(due) is Risk.ON_TIME
    assert judged(replace(due, p90=at(6) + 1)) is Risk.AT_RISK
    assert judged(replace(due, p50=at(6) + 1, p90=at(6) + 1)) is Risk.LATE
    assert judged(replace(due, p50=nan, p90=nan)) is Risk.UNKNOWN
    assert judged(replace(due, p50=nan, p90=nan), 6.001) is Risk.OVERDUE
    assert judged(replace(due, arrived=at(6))) is Risk.ON_TIME
    assert judged(replace(due, arrived=at(6) + 1)) is Risk.LATE
    assert judged(replace(due, promised=nan)) is Risk.UNKNOWN
    assert judged(replace(due, arrived=at(4), opens=at(5))) is Risk.EARLY


def test_the_delay_is_of_the_arrival_or_else_of_the_estimate() -> None:
    due = Due(at(7), at(8), at(6), nan, nan)
    assert due.delay == 3600
    assert replace(due, arrived=at(5)).delay == -3600
    assert isnan(replace(due, promised=nan).delay)


def test_it_has_arrived_when_the_vehicle_did_or_when_it_was_signed_for() -> None:
    lorry = haul(1, halt(0, ORIGIN, -1, 0), halt(1, GOAL, 8))
    silent = haul(1, halt(0, ORIGIN), halt(1, GOAL))

    def when(trip: Haul, **facts: Any) -> float:  # noqa: ANN401 - a builder
        return arrived(derive(direct(**facts), {1: trip}, at(20)))

    assert when(lorry, proofs=(signed(9),)) == at(8)
    assert when(silent, proofs=(signed(9),)) == at(9)
    assert when(silent, scans=(scan(ScanKind.RECEIVED, GOAL, 7),)) == at(7)
    assert isnan(when(silent))
