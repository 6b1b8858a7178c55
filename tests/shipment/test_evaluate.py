"""One look at a trip: what stop speaks for it, how late it is, and against which plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan, nan
from typing import Any

import numpy as np
import pytest

from fleet.trips import (
    Assignment,
    Evaluation,
    NoEstimate,
    Place,
    Plan,
    Risk,
    Standing,
    StopFact,
    StopStatus,
    TripRow,
    TripState,
)
from shipment import risk
from shipment.cases import Case, after, ask, first_open, unpack_place
from shipment.evaluate import conclude
from shipment.table import signed_delay
from tests.shipment.trips import MINUTE, A, B, C, at, ordinary, plan, stop

PLANNED = StopStatus.PLANNED


@dataclass
class Told:
    """A forecast of one trip: minutes late at each stop from ``first`` on, the band as wide."""

    start: Any
    stop: Any
    p50: Any
    p90: Any
    parts: Any
    reason: Any


def told(of: Plan, first: int, late: float, reason: NoEstimate = NoEstimate.NONE) -> Told:
    due = of.stops["arrive"][first:] if not reason else np.empty(0)
    p50 = due + late * MINUTE
    size = len(due)
    return Told(
        np.array([0, size]),
        np.arange(first, first + size),
        p50,
        p50 + 5 * MINUTE,
        np.zeros((size, 4), np.float32),
        np.array([int(reason)], np.uint8),
    )


def facts(of: Plan, *known: StopFact) -> tuple[StopFact, ...]:
    """Of each stop; those not named are open."""
    given = {fact.stop: fact for fact in known}
    return tuple(given.get(key, StopFact(key, PLANNED)) for key in of.stops["key"].tolist())


LEFT = StopFact(101, StopStatus.DEPARTED, arrived=at(7.5), departed=at(8.0))


def case(*plans: Plan, **more: Any) -> Case:  # noqa: ANN401 - a builder
    row = TripRow(1, "T1", plans, (Assignment(1, 0, -inf, inf),))
    known = facts(plans[-1], LEFT)
    standing = Standing(1, TripState.EN_ROUTE, known, (), (), b"", -1, nan, nan)
    ordinary = Case(row, standing, known, 0, Place(10_000.0, at(8.2)))
    return replace(ordinary, **more)


def look(given: Case, now: float, late: float, reason: NoEstimate = NoEstimate.NONE) -> Evaluation:
    asked = ask([given], now)
    assert given.plan is not None
    first = int(asked.question.first[0]) if len(asked.case) else 0
    (found,) = conclude([given], asked, told(given.plan, first, late, reason), now, "m")
    return found


@pytest.mark.parametrize(
    ("time", "delay"),
    [(-5.0, -5.0), (0.0, 0.0), (7.0, 0.0), (10.0, 0.0), (12.0, 2.0), (nan, nan)],
)
def test_a_delay_has_a_sign_and_none_within_the_window(time: float, delay: float) -> None:
    times = np.array([time])
    found = signed_delay(times, np.array([0.0]), np.array([10.0]))
    assert found.tolist() == pytest.approx([delay], nan_ok=True)
    assert np.isnan(signed_delay(times, np.array([nan]), np.array([nan]))).all()


@pytest.mark.parametrize(
    ("late", "level"),
    [
        (0, Risk.ON_TIME),
        (10, Risk.ON_TIME),
        (11, Risk.AT_RISK),
        (15, Risk.AT_RISK),
        (16, Risk.LATE),
    ],
)
def test_the_first_look_says_what_the_estimate_says(late: float, level: Risk) -> None:
    """A quarter of an hour is tolerated, and the cautious estimate is five minutes later."""
    found = look(case(ordinary()), at(8.2), late)
    assert found.risk is level
    assert found.delay == pytest.approx(late * MINUTE)
    assert found.first == 1


def test_of_stops_equally_late_the_last_speaks_for_the_trip() -> None:
    assert look(case(ordinary()), at(8.2), 40).late_stop == 2
    assert look(case(ordinary()), at(8.2), 40).cause


def test_a_due_time_that_passes_without_an_estimate_is_overdue_and_ever_later() -> None:
    given = case(ordinary())
    for minutes in (16, 30):
        found = look(given, at(9) + minutes * MINUTE, 0, NoEstimate.SILENT)
        assert (found.no_estimate, found.risk, found.p50) == (NoEstimate.SILENT, Risk.OVERDUE, ())
        assert found.late_stop == 1
        assert found.delay == pytest.approx(minutes * MINUTE)
    early = look(given, at(9) + 15 * MINUTE, 0, NoEstimate.SILENT)
    assert (early.risk, early.late_stop) == (Risk.UNKNOWN, 2)
    assert isnan(early.delay)


def test_a_delay_is_told_against_the_latest_plan_and_the_first() -> None:
    base = ordinary()
    later = replace(ordinary(begin=9.0), revision=1, valid_from=at(8.1))
    found = look(case(base, later), at(8.2), 5)
    assert found.delay == pytest.approx(5 * MINUTE)
    assert found.baseline == pytest.approx(65 * MINUTE)
    assert base.stops["arrive"][1] == at(9)  # as it was


def test_the_memory_of_a_risk_follows_its_stop_into_a_new_plan() -> None:
    base = ordinary()
    first = look(case(base), at(8.2), 40)
    known = after(case(base).standing, first)
    new = plan(
        stop(A, nan, 8, key=101, opens=nan, closes=nan),
        stop(4, 8.6, 8.7, key=104, s=20_000.0),
        stop(B, 9, 9.5, key=102, s=50_000.0),
        stop(C, 10.5, key=103, s=100_000.0),
    )
    new = replace(new, revision=1, valid_from=at(8.2))
    found = look(case(base, new, standing=known), at(8.2) + 30, 40)
    was = np.frombuffer(first.risks, risk.RISK)
    now = np.frombuffer(found.risks, risk.RISK)
    assert now["state"].tolist() == [was["state"][0], Risk.LATE, Risk.LATE, Risk.LATE]
    assert now["since"][2:].tolist() == was["since"][1:].tolist()
    # The stop that is new is told of, those known are not told again.
    assert [turn.stop for turn in found.turns] == [104]


def test_after_the_last_arrival_that_is_what_is_told() -> None:
    there = StopFact(103, StopStatus.ARRIVED, arrived=at(10.5) + 20 * MINUTE)
    known = facts(ordinary(), LEFT, replace(LEFT, stop=102, arrived=at(9)), there)
    given = case(ordinary(), facts=known, state=TripState.ARRIVED_FINAL)
    found = look(given, at(11), 0)
    assert (found.risk, found.late_stop) == (Risk.LATE, 2)
    assert found.delay == pytest.approx(20 * MINUTE)


@pytest.mark.parametrize(
    ("place", "first"),
    [
        (None, 1),
        (Place(10_000.0, at(8.2)), 1),
        (Place(nan, at(8.2)), 1),
        (Place(50_900.0, at(9)), 1),  # within a kilometre of the stop it may still be there
        (Place(51_100.0, at(9)), 2),
        (Place(51_100.0, at(9), off=True), 1),
        (Place(1e9, at(9)), 3),
    ],
)
def test_the_first_stop_ahead_is_after_the_last_done_and_not_left_behind(
    place: Place | None, first: int
) -> None:
    assert first_open(case(ordinary(), place=place)) == first


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": TripState.SUSPENDED}, NoEstimate.NOT_UNDER_WAY),
        ({"state": TripState.COMPLETED}, NoEstimate.NOT_UNDER_WAY),
        ({"vehicle": -1}, NoEstimate.NO_VEHICLE),
        ({"place": None}, NoEstimate.NO_POSITION),
    ],
)
def test_what_cannot_be_asked_is_not(more: dict[str, Any], reason: NoEstimate) -> None:
    assert ask([case(ordinary(), **more)], at(8.2)).why == (reason,)


def test_a_torn_memory_of_a_place_or_of_risks_is_none() -> None:
    assert unpack_place(b"short")[1] == b""
    torn = replace(case(ordinary()).standing, risks=b"torn", risks_plan=0)
    assert look(case(ordinary(), standing=torn), at(8.2), 0).risk is Risk.ON_TIME


def test_no_trips_are_no_evaluations() -> None:
    asked = ask([], at(8))
    none, index = np.empty(0), np.empty(0, np.intp)
    nothing = Told(np.zeros(1, np.intp), index, none, none, np.zeros((0, 4)), none)
    assert conclude([], asked, nothing, at(8), "m") == []


def test_a_stop_left_behind_for_an_hour_is_due_no_more_whether_it_was_reviewed_or_not() -> None:
    of = ordinary()
    given = case(of, place=Place(float(of.stops["s"][1]) + 6000, at(10.5)))
    for number in range(4):
        now = at(10.5) + number * 61
        reviewed = facts(of, LEFT) if number % 2 == 0 else given.standing.facts
        given = replace(given, facts=reviewed, place=Place(56_000.0, now))
        found = look(given, now, 100)
        states = np.frombuffer(found.risks, risk.RISK)["state"].tolist()
        assert states == [Risk.UNKNOWN, Risk.UNKNOWN, Risk.LATE]
        assert [turn.stop for turn in found.turns] == ([103] if number == 0 else [])
        given = replace(given, standing=after(given.standing, found))
    assert given.standing.facts[1].status is StopStatus.MISSED


def test_what_was_open_when_a_trip_was_given_up_was_missed() -> None:
    late = case(ordinary(), state=TripState.ASSUMED_COMPLETED)
    found = look(late, at(30), 0, NoEstimate.SILENT)
    assert [fact.status for fact in found.facts[1:]] == [StopStatus.MISSED] * 2
    called_off = case(ordinary(), state=TripState.CANCELLED)
    assert look(called_off, at(30), 0, NoEstimate.SILENT).facts == ()
