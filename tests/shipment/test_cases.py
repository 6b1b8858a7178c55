"""What is asked of the travel-time model."""

from __future__ import annotations

from math import isnan, nan

import pytest

from fleet.trips import Place, Standing, StopFact, StopStatus, TripState
from shipment.cases import Case, ask
from tests.shipment.trips import at, journey, ordinary

S = StopStatus
FACTS = (
    StopFact(101, S.DEPARTED, arrived=at(7), departed=at(8)),
    StopFact(102, S.ARRIVED, arrived=at(9)),  # 50 km from the first
    StopFact(103, S.PLANNED),
)
STANDING = Standing(1, TripState.AT_STOP, FACTS, (), (), b"", 0, nan, nan)


@pytest.mark.parametrize(
    ("place", "left"),
    [
        (Place(50_500.0, at(9.5)), nan),
        (Place(50_501.0, at(9.5)), at(9.5)),
        (Place(50_501.0, at(9.5), stand_since=at(9.1)), nan),
        (Place(50_501.0, at(9.5), off=True), nan),
        (Place(nan, at(9.5)), nan),
    ],
)
def test_a_vehicle_on_its_way_again_no_longer_stands_at_the_stop(place: Place, left: float) -> None:
    case = Case(journey(ordinary()).row, STANDING, FACTS, 0, place)
    asked = ask([case], at(9.5)).question
    assert asked.first.tolist() == [2]
    assert isnan(asked.here[0]) == (not isnan(left))
    assert asked.left[0] == left or (isnan(left) and isnan(asked.left[0]))


@pytest.mark.parametrize(("s", "seen"), [(60_000.0, at(9.5)), (nan, at(9))])
def test_a_vehicle_that_is_not_on_its_line_is_as_old_news_as_its_departure(
    s: float, seen: float
) -> None:
    left = (FACTS[0], StopFact(102, S.DEPARTED, arrived=at(8.5), departed=at(9)), FACTS[2])
    case = Case(journey(ordinary()).row, STANDING, left, 0, Place(s, at(9.5)))
    asked = ask([case], at(9.5)).question
    assert (asked.seen[0], asked.left[0]) == (seen, at(9))
