"""What time alone tells, to the second."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan

import pytest

from fleet.trips import StopFact, StopStatus, TripState
from shipment.clock import Kind, View, advance, conditions
from tests.shipment.trips import HOUR, MINUTE, at, ordinary

S, T, K = StopStatus, TripState, Kind
PLAN = ordinary()  # off at 8, B 9:00 to 9:30, C 10:30
NOON = at(12)
FACTS = (
    StopFact(101, S.DEPARTED, arrived=at(7), departed=at(8)),
    StopFact(102, S.DEPARTED, arrived=at(9), departed=at(9.5)),
    StopFact(103, S.PLANNED),
)


def view(**given: object) -> View:
    """On the way to C, heard of at noon; due there later."""
    stops = PLAN.stops.copy()
    stops["arrive"][2] = stops["closes"][2] = at(20)
    plain = View(T.EN_ROUTE, replace(PLAN, stops=stops), FACTS, seen=NOON)
    return replace(plain, **given)  # type: ignore[arg-type]  # whatever a view has


def kinds(view: View, now: float) -> list[Kind]:
    return [one.kind for one in conditions(view, now)]


def test_an_ordinary_trip_gives_no_cause_for_alarm() -> None:
    assert kinds(view(advanced=NOON), NOON) == []


LIMITS = [
    (K.UNPLANNED_STOP, {"stand_since": NOON}, 20 * MINUTE),
    (K.UNPLANNED_STOP, {"stand_since": NOON, "inside": True, "in_rest_area": True}, HOUR),
    (K.NO_PROGRESS, {"advanced": NOON, "seen": inf}, 30 * MINUTE),
    (K.SIGNAL_STALE, {}, 5 * MINUTE),
    (K.SIGNAL_STALE, {"interval": 120.0}, 6 * MINUTE),
    (K.SIGNAL_STALE, {"stand_since": NOON, "inside": True}, 35 * MINUTE),
    (K.SIGNAL_LOST, {}, 30 * MINUTE),
    (K.SIGNAL_LOST, {"stand_since": NOON, "inside": True}, 24 * HOUR),
    (K.OVERSTAY, {"facts": (*FACTS[:2], StopFact(103, S.ARRIVED, arrived=at(20)))}, 9.5 * HOUR),
    (K.OVERDUE, {}, 8 * HOUR + 15 * MINUTE + 1),
]


@pytest.mark.parametrize(("kind", "given", "limit"), LIMITS)
def test_a_limit_is_reached_when_it_is_reached(
    kind: Kind, given: dict[str, object], limit: float
) -> None:
    seen = {"seen": inf} if kind in (K.OVERSTAY, K.OVERDUE) else {}
    if kind is K.UNPLANNED_STOP:
        seen = {"seen": NOON + limit}
    look = view(**(given | seen))
    assert kind not in kinds(look, NOON + limit - 1)
    assert kind in kinds(look, NOON + limit)


def test_a_stop_where_one_may_stop_is_none() -> None:
    standing = view(stand_since=NOON, seen=NOON + 2 * HOUR)
    assert kinds(standing, NOON + 2 * HOUR) == [K.UNPLANNED_STOP]
    assert kinds(replace(standing, inside=True), NOON + 2 * HOUR) == []
    assert kinds(replace(standing, state=T.AT_STOP), NOON + 2 * HOUR) == []


def test_what_has_gone_silent_is_not_said_to_stand() -> None:
    found = conditions(view(stand_since=NOON - 600, seen=NOON), NOON + HOUR)
    assert [one.kind for one in found] == [K.SIGNAL_STALE]


def test_an_episode_keeps_its_key() -> None:
    standing = view(stand_since=NOON, seen=NOON + HOUR)
    first, later = (conditions(standing, NOON + t)[0] for t in (1200, 1800))
    assert first == later
    assert first.key == ("unplanned_stop", 0, NOON)
    assert first.since == NOON + 1200


def test_a_trip_that_should_have_begun() -> None:
    facts = tuple(StopFact(key, S.PLANNED) for key in (101, 102, 103))
    waiting = View(T.ARMED, PLAN, facts, seen=at(8.2))
    assert kinds(waiting, at(8.25) - 1) == []
    assert kinds(waiting, at(8.25)) == [K.NOT_DEPARTED]
    loading = (StopFact(101, S.ARRIVED, arrived=at(7)), *facts[1:])
    standing = View(T.AT_ORIGIN, PLAN, loading, seen=inf)
    assert kinds(standing, at(8.25)) == [K.NOT_DEPARTED]
    assert K.OVERSTAY not in kinds(standing, at(9) - 1)
    assert K.OVERSTAY in kinds(standing, at(9))
    nobody = View(T.PLANNED, PLAN, facts, served=False)
    assert kinds(nobody, at(8) - 1) == []
    assert kinds(nobody, at(8)) == [K.NO_VEHICLE]


def test_to_come_early_is_no_overstay() -> None:
    early = (FACTS[0], StopFact(102, S.ARRIVED, arrived=at(8.2)), FACTS[2])
    there = View(T.AT_STOP, PLAN, early, seen=inf)
    assert K.OVERSTAY not in kinds(there, at(10.5) - 1)
    assert K.OVERSTAY in kinds(there, at(10.5))


@pytest.mark.parametrize("state", [state for state in T if state.is_over])
def test_of_a_trip_that_is_over_nothing_is_said(state: TripState) -> None:
    assert kinds(view(state=state, stand_since=at(0)), at(40)) == []


def test_silence_is_news_only_of_those_that_are_expected_to_speak() -> None:
    assert kinds(view(state=T.ASSIGNED), NOON + HOUR) == []
    assert kinds(view(sheltered=True), NOON + HOUR) == []
    assert kinds(view(seen=nan), NOON + HOUR) == []


def test_progress_is_half_a_kilometre_gained() -> None:
    start = advance((nan, nan), 1000.0, 5.0)
    assert start == (1000.0, 5.0)
    assert advance(start, 1499.0, 60.0) == start
    assert advance(start, 1500.0, 60.0) == (1500.0, 60.0)
    assert advance(start, nan, 60.0) == start
    assert advance(start, 0.0, 60.0) == (0.0, 60.0), "another begin"
