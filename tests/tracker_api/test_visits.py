"""Visits, the board of a site, and expectations over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fleet.scope import Scope
from tests.fix_api import NOON, FleetHand, Start
from tests.fix_record import RecordHand
from tracker_api import gate
from tracker_api.node_schemas import BoardOut, VisitOut

FIRST, SECOND, THIRD = "沪A00000", "沪A00001", "沪A00002"
VISITS = "/api/v1/visits"
BOARD = "/api/v1/sites/SHA-1/board"
EXPECTED = "/api/v1/expected"
DAY = {"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z"}

HOPED = {
    "vehicle": FIRST,
    "site": "SHA-1",
    "from": "2026-05-04T10:00:00Z",
    "to": "2026-05-04T14:00:00Z",
    "author": "li.na",
}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()]


def test_a_visit_is_told_with_both_ends(api: httpx.Client, record: RecordHand) -> None:
    record.fence()
    number = record.visit(FIRST, state="departed", left=at(20))
    (told,) = api.get(VISITS, params=DAY).json()
    VisitOut.model_validate(told)
    assert told.keys() == VisitOut.model_fields.keys()
    assert (told["id"], told["vehicle"], told["fence"]) == (number, FIRST, "gate")
    assert told["site"] == {
        "code": "SHA-1",
        "name_zh": "上海",
        "name_en": "Shanghai",
        "zone": "Asia/Shanghai",
    }
    assert told["entered"]["at"] == "2026-05-04T12:00:00Z"
    assert told["left"]["at"] == "2026-05-04T12:20:00Z"
    assert told["left"]["basis"] == "interpolated"
    assert (told["state"], told["node_level"], told["dwell_s"]) == ("departed", True, 1200)
    assert told["yielded_to"] is None


def test_visits_are_filtered_and_newest_first(api: httpx.Client, record: RecordHand) -> None:
    record.fence("gate")
    record.fence("dock", node_level=False)
    gone = record.visit(FIRST, state="departed", left=at(20))
    lasting = record.visit(FIRST, entered=at(60))
    docked = record.visit(SECOND, "dock", entered=at(90))
    assert ids(api.get(VISITS, params=DAY)) == [docked, lasting, gone]
    assert ids(api.get(VISITS, params=DAY | {"vehicle": FIRST})) == [lasting, gone]
    assert ids(api.get(VISITS, params=DAY | {"fence": "dock"})) == [docked]
    assert ids(api.get(VISITS, params=DAY | {"site": "SHA-1", "limit": 1})) == [docked]
    assert ids(api.get(VISITS, params=DAY | {"open": True})) == [docked, lasting]
    assert ids(api.get(VISITS, params=DAY | {"open": False})) == [gone]


def test_a_visit_is_listed_where_it_touches_the_window(
    api: httpx.Client, record: RecordHand
) -> None:
    record.fence()
    gone = record.visit(FIRST, state="departed", left=at(20))
    lasting = record.visit(SECOND)
    during = {"from": "2026-05-04T12:10:00Z", "to": "2026-05-04T12:15:00Z"}
    assert set(ids(api.get(VISITS, params=during))) == {gone, lasting}
    after = {"from": "2026-05-04T13:00:00Z", "to": "2026-05-04T14:00:00Z"}
    assert ids(api.get(VISITS, params=after)) == [lasting]
    before = {"from": "2026-05-04T11:00:00Z", "to": "2026-05-04T12:00:00Z"}
    assert ids(api.get(VISITS, params=before)) == []


@pytest.mark.parametrize("asked", [{"vehicle": "X"}, {"site": "X"}, {"fence": "X"}])
def test_visits_of_what_does_not_exist_are_not_found(
    api: httpx.Client, asked: dict[str, str]
) -> None:
    assert api.get(VISITS, params=DAY | asked).status_code == 404


def test_a_board_says_who_is_there_who_came_and_who_went(
    api: httpx.Client, record: RecordHand
) -> None:
    record.fence("gate")
    record.fence("dock", node_level=False)
    record.visit(FIRST, state="departed", left=at(20))
    record.visit(FIRST, "dock", state="departed", left=at(15))
    record.visit(SECOND, entered=at(5))
    record.visit(SECOND, "dock", entered=at(10))
    record.visit(THIRD, state="leaving", entered=at(-600))
    came = record.node(FIRST, fence="gate")
    went = record.node(FIRST, fence="gate", kind="departed", actual_at=at(20))
    answer = api.get(BOARD, params=DAY)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    BoardOut.model_validate(told)
    assert told["site"]["code"] == "SHA-1"
    assert [(each["vehicle"], each["state"], each["fence"]) for each in told["inside"]] == [
        (THIRD, "leaving", "gate"),
        (SECOND, "inside", "gate"),
    ]
    assert [node["id"] for node in told["arrivals"]] == [came]
    assert [node["id"] for node in told["departures"]] == [went]
    assert told["dwell"] == {"count": 1, "median_s": 1200, "longest_s": 1200}


def test_a_board_of_another_day_still_says_who_is_there_now(
    api: httpx.Client, record: RecordHand
) -> None:
    record.fence()
    record.visit(FIRST)
    record.node(FIRST, fence="gate")
    window = {"from": "2026-04-01T00:00:00Z", "to": "2026-04-02T00:00:00Z"}
    told = api.get(BOARD, params=window).json()
    assert [each["vehicle"] for each in told["inside"]] == [FIRST]
    assert (told["arrivals"], told["departures"]) == ([], [])
    assert told["dwell"] == {"count": 0, "median_s": None, "longest_s": None}


def test_there_is_no_board_of_no_site(api: httpx.Client) -> None:
    answer = api.get("/api/v1/sites/NOWHERE/board")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_expectation_is_added_listed_and_removed(api: httpx.Client) -> None:
    answer = api.post(EXPECTED, json=HOPED)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told == HOPED | {"id": told["id"]}
    assert api.get(EXPECTED, params=DAY).json() == [told]
    assert api.get(EXPECTED, params=DAY | {"vehicle": FIRST, "site": "SHA-1"}).json() == [told]
    assert api.get(EXPECTED, params=DAY | {"vehicle": SECOND}).json() == []
    other_day = {"from": "2026-05-05T00:00:00Z", "to": "2026-05-06T00:00:00Z"}
    assert api.get(EXPECTED, params=other_day).json() == []
    assert api.delete(f"{EXPECTED}/{told['id']}").status_code == 204
    assert api.delete(f"{EXPECTED}/{told['id']}").status_code == 404
    assert api.get(EXPECTED, params=DAY).json() == []


def test_what_is_expected_from_now_on_is_listed_without_a_window(api: httpx.Client) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    coming = HOPED | {
        "from": (now + timedelta(hours=1)).isoformat(),
        "to": (now + timedelta(hours=3)).isoformat(),
    }
    api.post(EXPECTED, json=HOPED)
    told = api.post(EXPECTED, json=coming).json()
    assert api.get(EXPECTED).json() == [told]


@pytest.mark.parametrize(
    ("changes", "status", "where"),
    [
        ({"vehicle": "nobody"}, 404, ""),
        ({"site": "NOWHERE"}, 404, ""),
        ({"to": "2026-05-04T10:00:00Z"}, 422, "/to"),
        ({"to": "2026-07-04T10:00:00Z"}, 422, "/to"),
        ({"author": ""}, 422, "/author"),
        ({"from": "soon"}, 422, "/from"),
    ],
)
def test_an_expectation_that_cannot_be_is_a_problem_that_names_the_place(
    api: httpx.Client, changes: dict[str, Any], status: int, where: str
) -> None:
    answer = api.post(EXPECTED, json=HOPED | changes)
    assert answer.status_code == status, answer.text
    assert answer.json().get("where", "") == where


def test_an_expectation_that_is_none_cannot_be_removed(api: httpx.Client) -> None:
    assert api.delete(f"{EXPECTED}/{uuid4()}").status_code == 404
    assert api.delete(f"{EXPECTED}/17").status_code == 422


def test_visits_boards_and_expectations_keep_to_the_scope(
    start_api: Start, hand: FleetHand, record: RecordHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.seed(2)
    hand.conn.execute(
        "UPDATE vehicle SET party_id = (SELECT id FROM party WHERE code = 'other')"
        " WHERE plate = %s",
        [SECOND],
    )
    record.fence()
    mine = record.visit(FIRST)
    record.visit(SECOND)
    with start_api() as running, running.client() as client:
        hidden = client.post(EXPECTED, json=HOPED | {"vehicle": SECOND}).json()
        shown = client.post(EXPECTED, json=HOPED).json()
        monkeypatch.setattr(gate, "OPERATOR", Scope("carrier", frozenset({"acme"})))
        assert ids(client.get(VISITS, params=DAY)) == [mine]
        assert client.get(VISITS, params=DAY | {"vehicle": SECOND}).status_code == 404
        board = client.get(BOARD, params=DAY).json()
        assert [each["vehicle"] for each in board["inside"]] == [FIRST]
        assert client.get(EXPECTED, params=DAY).json() == [shown]
        assert client.delete(f"{EXPECTED}/{hidden['id']}").status_code == 404
        assert client.post(EXPECTED, json=HOPED | {"vehicle": SECOND}).status_code == 404
        said = {"vehicle": SECOND, "site": "SHA-1", "kind": "arrived", "author": "a", "reason": "b"}
        said["actual_at"] = "2026-05-04T12:00:00Z"
        assert client.post("/api/v1/nodes", json=said).status_code == 404
