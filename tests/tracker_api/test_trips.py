"""Trips over HTTP: planned, replanned, assigned, judged, and what people say of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fleet.trips import NoEstimate, Risk
from tests.fix_api import Start
from tests.fix_trips import TRIPS, TripHand, codes, lane, made, refused, soon, text
from tracker_api.trip_schemas import EstimatesOut, TripOut, TripsOut

FIRST, SECOND = "沪A00000", "沪A00001"
WHO = {"author": "li.na", "reason": "customer asked"}


@pytest.fixture
def api(judge: TripHand, start_api: Start) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles and the sites of a lane."""
    del judge
    with start_api() as running, running.client() as client:
        yield client


def times(stops: list[dict[str, Any]]) -> list[tuple[str | None, str | None]]:
    return [(stop["arrive_at"], stop["depart_at"]) for stop in stops]


def test_a_trip_is_told_as_it_was_planned(api: httpx.Client) -> None:
    start = soon()
    told = made(api.post(TRIPS, json=lane(start, vehicle=FIRST, driver="王伟", reason="order 7")))
    TripOut.model_validate(told)
    assert (told["code"], told["state"], told["vehicle"], told["driver"]) == (
        "T-1",
        "assigned",
        FIRST,
        "王伟",
    )
    assert (told["starts_at"], told["ends_at"]) == (text(start), text(start + timedelta(hours=2.5)))
    assert (told["origin"]["code"], told["destination"]["code"]) == ("SHA-1", "WUX-1")
    (plan,) = told["plans"]
    assert (plan["revision"], plan["author"], plan["reason"]) == (0, "li.na", "order 7")
    assert plan["valid_from"] is None
    assert times(plan["stops"])[0] == (None, text(start))
    places = [stop["s_m"] for stop in plan["stops"]]
    assert places == sorted(places)
    assert 110_000 < places[-1] < 125_000
    assert told["line"]["type"] == "LineString"
    assert told["corridor_m"] > 500, "a straight line is no road"
    assert (told["risk"], told["final_eta"], told["delay_s"]) == ("unknown", None, None)
    assert told["no_estimate"] is not None
    assert "cancel" in told["legal"]
    assert api.get(f"{TRIPS}/T-1").json() == told


def test_a_trip_without_a_code_gets_one_and_a_taken_code_is_refused(api: httpx.Client) -> None:
    told = made(api.post(TRIPS, json=lane(soon(), code=None)))
    again = lane(soon(), code=told["code"])
    assert "exists already" in refused(api.post(TRIPS, json=again), 409)["detail"]


def test_a_trip_without_stops_is_a_draft_until_it_gets_a_plan(api: httpx.Client) -> None:
    told = made(api.post(TRIPS, json={"code": "D-1", "author": "li.na"}))
    assert (told["state"], told["stops"], told["line"]) == ("draft", [], None)
    assert refused(api.get(f"{TRIPS}/D-1/estimates"), 404)
    plan = {"stops": lane(soon())["stops"]} | WHO
    told = made(api.post(f"{TRIPS}/D-1/plans", json=plan))
    assert (told["state"], len(told["stops"])) == ("planned", 3)
    assert [plan["revision"] for plan in told["plans"]] == [0]


#: What of a trip cannot be, and where the answer says so.
IMPOSSIBLE: list[tuple[dict[str, Any], int, str | None]] = [
    ({"driver": "王伟"}, 422, "/driver"),
    ({"stops": None, "vehicle": FIRST}, 422, "/vehicle"),
    ({"starts_at": "2026-05-04T00:00:00Z"}, 422, "/starts_at"),
    ({"stops": None, "starts_at": "2026-05-04T00:00:00Z"}, 422, "/starts_at"),
    ({"stops": [{"site": "SHA-1"}]}, 422, "/stops"),
    ({"stops": [{"site": "SHA-1"}, {"site": "NOWHERE"}]}, 422, "/stops/0/depart_at"),
    ({"line": {"format": "gpx"}}, 422, "/line/data"),
    ({"vehicle": "nobody"}, 404, None),
    ({"route": "NOWHERE"}, 404, None),
    ({"code": "a/b"}, 422, "/code"),
    ({"surprise": 1}, 422, "/surprise"),
    ({"author": ""}, 422, "/author"),
]


def test_a_trip_that_cannot_be_is_refused_with_the_place(api: httpx.Client) -> None:
    for changes, status, where in IMPOSSIBLE:
        problem = refused(api.post(TRIPS, json=lane(soon()) | changes), status)
        assert problem.get("where") == where, changes
    assert api.get(TRIPS).json()["trips"] == []


def test_a_site_that_is_not_there_is_named_with_its_stop(api: httpx.Client) -> None:
    asked = lane(soon())
    asked["stops"][2]["site"] = "NOWHERE"
    problem = refused(api.post(TRIPS, json=asked))
    assert (problem["where"], "NOWHERE" in problem["detail"]) == ("/stops/2/site", True)


def test_a_replan_is_the_next_revision_and_leaves_the_first_as_it_was(
    api: httpx.Client, judge: TripHand
) -> None:
    start = soon()
    before = made(api.post(TRIPS, json=lane(start, strict=True)))
    kept = judge.planned()
    later = [dict(stop) for stop in lane(start + timedelta(hours=1))["stops"]]
    later[0]["stop"] = before["stops"][0]["stop"]
    later[2]["stop"] = before["stops"][2]["stop"]
    told = made(api.post(f"{TRIPS}/T-1/plans", json={"stops": [later[0], later[2]]} | WHO))
    TripOut.model_validate(told)
    assert [plan["revision"] for plan in told["plans"]] == [0, 1]
    assert told["plans"][0] == before["plans"][0]
    assert (told["plans"][1]["strict"], told["plans"][1]["reason"]) == (True, "customer asked")
    assert told["plan_revision"] == 1
    assert set(kept) < set(judge.planned())
    first, dropped, last = told["stops"]
    assert (first["planned"]["depart_at"], first["baseline"]["depart_at"]) == (
        text(start + timedelta(hours=1)),
        text(start),
    )
    assert (dropped["site"]["code"], dropped["dropped"]) == ("SUZ-1", True)
    assert (last["number"], last["stop"]) == (1, before["stops"][2]["stop"])
    assert told["line"] is not None


#: What of the stops of a replan cannot be, and where the answer says so; a number is the key of
#: the stop with that number in the plan before.
UNPLANNABLE: list[tuple[dict[int, dict[str, Any]], str]] = [
    ({0: {"stop": "999999"}}, "/stops/0/stop"),
    ({0: {"stop": 0}, 2: {"stop": 0, "site": "SHA-1"}}, "/stops/2/stop"),
    ({0: {"stop": 1}}, "/stops/0/stop"),
    ({1: {"arrive_at": "2026-05-04T00:00:00Z"}}, "/stops/1/arrive_at"),
]


def test_a_replan_that_cannot_be_is_refused_with_the_place(api: httpx.Client) -> None:
    before = made(api.post(TRIPS, json=lane(soon())))
    for changes, where in UNPLANNABLE:
        stops = lane(soon())["stops"]
        for number, change in changes.items():
            key = change.get("stop")
            known = {"stop": before["stops"][key]["stop"]} if isinstance(key, int) else {}
            stops[number] |= change | known
        problem = refused(api.post(f"{TRIPS}/T-1/plans", json={"stops": stops} | WHO))
        assert problem["where"] == where, changes
    assert api.get(f"{TRIPS}/T-1").json()["plans"] == before["plans"]


def test_a_vehicle_is_swapped_and_released_without_losing_who_served_before(
    api: httpx.Client,
) -> None:
    made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    path = f"{TRIPS}/T-1/assignments"
    swapped = made(api.post(path, json={"vehicle": SECOND, "at": text(soon(1))} | WHO))
    assert [(each["vehicle"], each["to"]) for each in swapped["assigned"]] == [
        (FIRST, text(soon(1))),
        (SECOND, None),
    ]
    assert refused(api.post(path, json={"vehicle": "nobody"} | WHO), 404)
    freed = made(api.post(path, json={"vehicle": None, "at": text(soon(2))} | WHO))
    assert [each["to"] for each in freed["assigned"]] == [text(soon(1)), text(soon(2))]
    assert freed["assigned"][1]["reason"] == "customer asked"


def test_a_step_is_taken_once_and_an_illegal_one_says_what_is_legal(api: httpx.Client) -> None:
    told = made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    assert told["legal"] == ["cancel"]
    path = f"{TRIPS}/T-1/steps"
    problem = refused(api.post(path, json={"event": "close"} | WHO), 409)
    assert "assigned cannot close" in problem["detail"]
    assert "cancel" in problem["detail"]
    told = made(api.post(path, json={"event": "cancel"} | WHO))
    assert (told["state"], told["legal"]) == ("cancelled", [])
    step = told["steps"][-1]
    assert (step["event"], step["source"], step["author"]) == ("cancel", "person", "li.na")
    assert (step["from_state"], step["to_state"]) == ("assigned", "cancelled")
    assert (
        "nothing is legal" in refused(api.post(path, json={"event": "abort"} | WHO), 409)["detail"]
    )
    for event in ("depart", "sing"):
        problem = refused(api.post(path, json={"event": event} | WHO))
        assert (problem["where"], "a person may say" in problem["detail"]) == ("/event", True)
    ahead = text(soon(3))
    assert refused(api.post(path, json={"event": "abort", "at": ahead} | WHO))["where"] == "/at"


def test_what_is_over_can_be_neither_replanned_nor_served(api: httpx.Client) -> None:
    made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    made(api.post(f"{TRIPS}/T-1/steps", json={"event": "cancel"} | WHO))
    plan = {"stops": lane(soon())["stops"]} | WHO
    refused(api.post(f"{TRIPS}/T-1/plans", json=plan), 409)
    refused(api.post(f"{TRIPS}/T-1/assignments", json={"vehicle": SECOND} | WHO), 409)


def test_a_word_on_a_stop_needs_the_times_that_it_speaks_of(api: httpx.Client) -> None:
    made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    path, ago = f"{TRIPS}/T-1/stops/1", text(datetime.now(UTC).replace(microsecond=0))
    for said, where in (
        ({"status": "arrived"}, "/arrived_at"),
        ({"status": "departed", "arrived_at": ago}, "/departed_at"),
        ({"status": "missed", "arrived_at": ago}, "/arrived_at"),
        ({"status": "arrived", "arrived_at": ago, "departed_at": ago}, "/departed_at"),
        ({"status": "arrived", "arrived_at": text(soon(2))}, "/arrived_at"),
        (
            {"status": "departed", "arrived_at": ago, "departed_at": "2026-01-01T00:00:00Z"},
            "/departed_at",
        ),
        ({"status": "approaching"}, "/status"),
    ):
        assert refused(api.post(path, json=said | WHO))["where"] == where
    refused(api.post(f"{TRIPS}/T-1/stops/7", json={"status": "skipped"} | WHO), 404)
    made(api.post(path, json={"status": "skipped"} | WHO))
    made(api.post(path, json={"status": "planned"} | WHO))


def test_a_cause_that_a_person_names_is_told_with_the_note(api: httpx.Client) -> None:
    made(api.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
    said = {"cause": "weather", "note": "暴雨", "author": "li.na"}
    told = made(api.post(f"{TRIPS}/T-1/cause", json=said))
    assert (told["cause"], told["said"]) == ("weather", {"note": "暴雨", "by": "li.na"})
    assert (
        refused(api.post(f"{TRIPS}/T-1/cause", json=said | {"cause": "fate"}))["where"] == "/cause"
    )


def test_the_board_has_the_late_ones_first_and_the_unknown_last(
    api: httpx.Client, judge: TripHand
) -> None:
    start = soon()
    for code, vehicle in (("A", FIRST), ("B", SECOND), ("C", None)):
        made(api.post(TRIPS, json=lane(start, code=code, vehicle=vehicle)))
    judge.evaluate("A", start, p50=(1, 2), risk=Risk.ON_TIME, delay=-60.0, late_stop=2)
    judge.evaluate("B", start, p50=(1, 9), risk=Risk.LATE, delay=9e3, late_stop=2)
    told = api.get(TRIPS).json()
    TripsOut.model_validate(told)
    assert codes(told) == ["B", "A", "C"]
    assert [trip["risk"] for trip in told["trips"]] == ["late", "on_time", "unknown"]
    assert told["counts"] == {
        "unknown": 1,
        "on_time": 1,
        "at_risk": 0,
        "late": 1,
        "overdue": 0,
        "early": 0,
    }
    some = api.get(TRIPS, params={"risk": ["late", "unknown"]}).json()
    assert (codes(some), some["counts"]) == (["B", "C"], told["counts"])
    for wish, found in (
        ({"vehicle": FIRST}, ["A"]),
        ({"state": "planned"}, ["C"]),
        ({"site": "WUX-1"}, ["B", "A", "C"]),
        ({"late_first": False, "limit": 2}, ["A", "B"]),
        ({"from": text(start + timedelta(days=1))}, []),
        ({"to": text(start)}, []),
    ):
        assert codes(api.get(TRIPS, params=wish).json()) == found, wish
    assert refused(api.get(TRIPS, params={"vehicle": "nobody"}), 404)
    assert refused(api.get(TRIPS, params={"risk": "fine"}))["where"].startswith("risk")
    empty = {"from": text(start), "to": text(start)}
    assert refused(api.get(TRIPS, params=empty))["where"] == "from"


def test_the_expectation_of_a_stop_is_told_over_time(api: httpx.Client, judge: TripHand) -> None:
    start = soon()
    due = start + timedelta(hours=2.5)
    made(api.post(TRIPS, json=lane(start, vehicle=FIRST)))
    judge.evaluate("T-1", start, p50=(1.0, 2.5))
    at = start + timedelta(minutes=10)
    turn = judge.turn("T-1", 2, Risk.ON_TIME, Risk.LATE, due)
    judge.evaluate("T-1", at, p50=(1.5, 4.0), turns=(turn,), cause="stopped_enroute")
    at += timedelta(minutes=50)
    judge.evaluate("T-1", at, no_estimate=NoEstimate.SILENT)
    told = api.get(f"{TRIPS}/T-1/estimates").json()
    EstimatesOut.model_validate(told)
    assert [point["p50"] for point in told["points"]] == [
        text(due),
        text(start + timedelta(minutes=10, hours=4)),
        None,
    ]
    assert told["points"][2]["no_estimate"] == "silent"
    assert (told["due"], told["baseline_due"], told["actual"]) == (text(due), text(due), None)
    (change,) = told["changes"]
    assert (change["stop"], change["from"], change["to"]) == (2, "on_time", "late")
    assert (change["due_at"], change["cause"]) == (text(due), "stopped_enroute")
    first = api.get(f"{TRIPS}/T-1/estimates", params={"stop": 1}).json()
    assert (len(first["points"]), first["changes"]) == (3, [])
    assert refused(api.get(f"{TRIPS}/T-1/estimates", params={"stop": 9}), 404)
    assert refused(api.get(f"{TRIPS}/T-2/estimates"), 404)


def test_how_a_trip_stands_is_told_live(start_api: Start, judge: TripHand) -> None:
    with start_api() as running, running.listen() as ear, running.client() as client:
        ear.hear("snapshot")
        made(client.post(TRIPS, json=lane(soon(), vehicle=FIRST)))
        judge.evaluate("T-1", datetime.now(UTC), p50=(1, 2), risk=Risk.LATE, delay=754.4)
        judge.conn.execute(
            "SELECT ring('positions', ARRAY[%s]::integer[], NULL)", [judge.vehicle_key(FIRST)]
        )

        def told(message: dict[str, Any]) -> bool:
            columns = message["vehicles"]
            return FIRST in columns["plate"] and "late" in columns["risk"]

        columns = ear.hear_until(told)[-1]["vehicles"]
        row = columns["plate"].index(FIRST)
        assert columns["trip"][row] == "T-1"
        assert (columns["risk"][row], columns["delay"][row]) == ("late", 754)
        assert columns["next"][row] in {"SHA-1", "SUZ-1"}
