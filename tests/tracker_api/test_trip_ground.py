"""What is expected of a trip stands beside its plan, changes none and promises nothing alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from fleet.trips import Risk, TripState
from tests.fix_api import Start
from tests.fix_trips import TRIPS, TripHand, codes, lane, made, risks, soon, text
from tracker_api.trip_schemas import TripOut, TripsOut

FIRST = "沪A00000"
WHO = {"author": "li.na", "reason": "customer asked"}


@pytest.fixture
def api(judge: TripHand, start_api: Start) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles and the sites of a lane."""
    del judge
    with start_api() as running, running.client() as client:
        yield client


def test_estimates_never_change_what_was_planned(api: httpx.Client, judge: TripHand) -> None:
    start = soon()
    before = made(api.post(TRIPS, json=lane(start, vehicle=FIRST)))
    kept = judge.planned()
    late = risks(Risk.UNKNOWN, Risk.LATE, Risk.LATE)
    for minute in range(5):
        at = start + timedelta(minutes=minute)
        judge.evaluate(
            "T-1",
            at,
            p50=(3.0, 5.0 + minute),
            risks=late,
            risk=Risk.LATE,
            late_stop=2,
            delay=9000.0,
            baseline=9000.0,
            split={"traffic_slow": 9000},
            cause="traffic_slow",
        )
    told = api.get(f"{TRIPS}/T-1").json()
    TripOut.model_validate(told)
    assert judge.planned() == kept
    assert told["plans"] == before["plans"]
    for stop, was in zip(told["stops"], before["stops"], strict=True):
        assert (stop["planned"], stop["baseline"]) == (was["planned"], was["baseline"])
    last = told["stops"][2]
    assert last["eta"]["p50"] == text(start + timedelta(hours=9, minutes=4))
    assert (last["risk"], told["stops"][0]["risk"]) == ("late", "unknown")
    assert (told["risk"], told["cause"], told["split"]) == (
        "late",
        "traffic_slow",
        {"traffic_slow": 9000.0},
    )
    assert (told["delay_s"], told["late_stop"], told["model"]) == (9000.0, 2, "pace-1")
    parts = last["eta"]["parts"]
    assert sum(parts.values()) == pytest.approx(9 * 3600)


def test_what_is_stored_without_a_ground_is_not_shown(api: httpx.Client, judge: TripHand) -> None:
    made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    promised = risks(Risk.ON_TIME, Risk.ON_TIME, Risk.AT_RISK)
    judge.evaluate("T-1", soon(), risks=promised, risk=Risk.ON_TIME)
    told = api.get(f"{TRIPS}/T-1").json()
    TripOut.model_validate(told)
    assert (told["risk"], told["no_estimate"]) == ("unknown", "no_position")
    assert {stop["risk"] for stop in told["stops"]} == {"unknown"}
    board = api.get(TRIPS).json()
    TripsOut.model_validate(board)
    assert board["trips"][0]["risk"] == "unknown"
    assert (board["counts"]["unknown"], board["counts"]["on_time"]) == (1, 0)
    assert codes(api.get(TRIPS, params={"risk": "on_time"}).json()) == []


def test_what_was_known_by_an_earlier_plan_is_not_shown(api: httpx.Client, judge: TripHand) -> None:
    made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    fine = risks(Risk.UNKNOWN, Risk.ON_TIME, Risk.ON_TIME)
    judge.evaluate(
        "T-1", soon(), p50=(1.0, 2.0), risks=fine, risk=Risk.ON_TIME, delay=-9.0, late_stop=2
    )
    told = api.get(TRIPS).json()
    assert (told["trips"][0]["risk"], told["counts"]["on_time"]) == ("on_time", 1)
    made(api.post(f"{TRIPS}/T-1/plans", json={"stops": lane(soon(-3))["stops"]} | WHO))
    told = api.get(TRIPS).json()
    brief = told["trips"][0]
    assert (brief["risk"], brief["final_eta"], brief["delay_s"]) == ("unknown", None, None)
    assert (told["counts"]["unknown"], told["counts"]["on_time"]) == (1, 0)
    assert codes(api.get(TRIPS, params={"risk": "on_time"}).json()) == []
    assert {stop["risk"] for stop in api.get(f"{TRIPS}/T-1").json()["stops"]} == {"unknown"}


def test_an_arrival_stands_beside_the_plan_and_the_last_estimate(
    api: httpx.Client, judge: TripHand
) -> None:
    start = soon()
    made(api.post(TRIPS, json=lane(start, vehicle=FIRST)))
    judge.evaluate("T-1", start, p50=(1.25, 2.75))
    arrived = start + timedelta(hours=1.2)
    judge.evaluate(
        "T-1",
        arrived,
        p50=(1.5,),
        facts=(judge.fact("T-1", 1, arrived),),
        state=TripState.AT_STOP,
        risks=risks(Risk.UNKNOWN, Risk.ON_TIME, Risk.ON_TIME),
        risk=Risk.ON_TIME,
    )
    stop = api.get(f"{TRIPS}/T-1").json()["stops"][1]
    assert (stop["status"], stop["arrived_at"], stop["risk"]) == (
        "arrived",
        text(arrived),
        "on_time",
    )
    assert stop["planned"]["arrive_at"] == text(start + timedelta(hours=1))
    assert stop["estimated_at"] == text(start + timedelta(hours=1.25))
    assert stop["delay_s"] == pytest.approx(720)
    assert stop["eta"] is None
