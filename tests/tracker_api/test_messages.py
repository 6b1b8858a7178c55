from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.nodes import VisitState
from fleet.trips import Risk
from fleet.views import Cursor, Link, Position, Presence, TripTag, Vehicle
from tracker_api.live import messages
from tracker_api.live.messages import COLUMNS, Filter, NodeNews, Refusal, State, Subscribe

NOW = datetime(2026, 5, 4, 3, 2, 1, 250_000, tzinfo=UTC)
FIX = Position(NOW, NOW, 121.4737, 31.2304, 12.5, 22.224, 271.46, 0.9, 11, 1, 2)


def at(lon: float | None, lat: float | None, plate: str = "A") -> State:
    return State(plate, None, lon, lat, (plate, *[None] * 17))


def subscribe(**fields: Any) -> Subscribe:  # noqa: ANN401 (JSON)
    asked = messages.parse_subscribe(json.dumps({"type": "subscribe", "v": 1} | fields))
    assert isinstance(asked, Subscribe), asked
    return asked


def test_a_state_is_scaled_to_the_integers_of_the_wire() -> None:
    link = Link(online=True, time=NOW, reason="connected")
    row = messages.state(Vehicle("沪A1", "acme", "d1", FIX, link, 7)).row
    assert dict(zip(COLUMNS, row, strict=True)) == {
        "plate": "沪A1",
        "party": "acme",
        "time": 1777863721250,
        "received": 1777863721250,
        "lon": 1214737000,
        "lat": 312304000,
        "speed": 2222,
        "course": 2715,
        "grade": 1,
        "flags": 2,
        "online": True,
        "site": None,
        "presence": None,
        "trip": None,
        "risk": None,
        "delay": None,
        "next": None,
        "next_at": None,
    }


def test_a_vehicle_without_a_fix_is_told_as_nulls() -> None:
    row = messages.state(Vehicle("沪A1", None, None, None, None, 0)).row
    assert row == ("沪A1", *[None] * 17)


def test_an_empty_delta_has_all_columns() -> None:
    told = json.loads(messages.delta(Cursor("e", 5), messages.columns(())))
    assert told == {
        "type": "delta",
        "v": 1,
        "cursor": "e:5",
        "vehicles": {name: [] for name in COLUMNS},
        "gone": [],
        "world": False,
        "nodes": [],
        "alerts": [],
    }


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (VisitState.ENTERING, "entering"),
        (VisitState.ARRIVED, "inside"),
        (VisitState.LEAVING, "leaving"),
    ],
)
def test_a_state_says_where_the_vehicle_is_with_or_without_a_fix(
    found: VisitState, shown: str
) -> None:
    there = Presence("SHA-1", found)
    for fix in (FIX, None):
        row = messages.state(Vehicle("沪A1", None, None, fix, None, 0, there)).row
        assert dict(zip(COLUMNS, row, strict=True))["site"] == "SHA-1"
        assert dict(zip(COLUMNS, row, strict=True))["presence"] == shown


def test_a_state_says_how_the_trip_of_the_vehicle_stands_with_or_without_a_fix() -> None:
    tag = TripTag("T-1", Risk.LATE, 754.4, "WUH-2", NOW)
    for fix in (FIX, None):
        row = messages.state(Vehicle("沪A1", None, None, fix, None, 0, None, tag)).row
        told = dict(zip(COLUMNS, row, strict=True))
        assert (told["trip"], told["risk"], told["delay"]) == ("T-1", "late", 754)
        assert (told["next"], told["next_at"]) == ("WUH-2", "2026-05-04T03:02:01.250Z")


@pytest.mark.parametrize("risk", list(Risk))
def test_a_trip_without_estimate_and_arrival_is_overdue_or_unknown(risk: Risk) -> None:
    tag = TripTag("T-1", risk, None, "WUH-2", None)
    row = messages.state(Vehicle("沪A1", None, None, FIX, None, 0, None, tag)).row
    told = dict(zip(COLUMNS, row, strict=True))
    assert told["risk"] == ("overdue" if risk is Risk.OVERDUE else "unknown")


def test_a_delta_holds_nodes_as_they_were_written() -> None:
    told = [NodeNews(7, "A", None, b'{"id": "x"}'), NodeNews(9, "B", None, b'{"id": "y"}')]
    said = json.loads(messages.delta(Cursor("e", 9), b"{}", (), told))
    assert said["nodes"] == [{"id": "x"}, {"id": "y"}]
    assert json.loads(messages.snapshot(Cursor("e", 9), b"{}"))["nodes"] == []


@pytest.mark.parametrize(
    ("box", "lon", "lat", "inside"),
    [
        ((120, 30, 122, 32), 121, 31, True),
        ((120, 30, 122, 32), 122, 32, True),
        ((120, 30, 122, 32), 122.1, 31, False),
        ((120, 30, 122, 32), 121, 29.9, False),
        ((170, -20, -170, 20), 179, 0, True),
        ((170, -20, -170, 20), -175, 0, True),
        ((170, -20, -170, 20), 0, 0, False),
        ((120, 30, 122, 32), None, None, False),
    ],
)
def test_a_box_admits_its_border_and_may_cross_the_antimeridian(
    box: tuple[float, float, float, float], lon: float | None, lat: float | None, *, inside: bool
) -> None:
    assert Filter(box).admits(at(lon, lat)) is inside


def test_a_vehicle_set_admits_only_its_plates() -> None:
    wanted = Filter(plates=frozenset({"A"}))
    assert wanted.admits(at(None, None, "A"))
    assert not wanted.admits(at(None, None, "B"))


@pytest.mark.parametrize(
    ("sent", "box"),
    [
        ([-190, -10, -170, 10], (170, -10, -170, 10)),
        ([-400, -10, 400, 10], (-180, -10, 180, 10)),
        ([100, -10, 120, 10], (100, -10, 120, 10)),
    ],
)
def test_longitudes_of_a_turned_map_are_brought_back(
    sent: list[float], box: tuple[float, ...]
) -> None:
    assert subscribe(bbox=sent).filter().box == box


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"type":"hello","v":1}',
        '{"type":"subscribe","v":2}',
        '{"type":"subscribe","v":1,"more":1}',
        '{"type":"subscribe","v":1,"bbox":[1,2,3]}',
        '{"type":"subscribe","v":1,"bbox":[1,50,3,40]}',
        '{"type":"subscribe","v":1,"bbox":[1,NaN,3,40]}',
        '{"type":"subscribe","v":1,"bbox":[1,1e999,3,40]}',
        '{"type":"subscribe","v":1,"vehicles":"A"}',
    ],
)
def test_a_message_that_is_not_as_defined_is_refused_with_a_reason(text: str) -> None:
    asked = messages.parse_subscribe(text)
    assert isinstance(asked, Refusal)
    assert asked.why


@given(st.binary(max_size=200))
def test_any_bytes_are_a_subscription_or_a_refusal(raw: bytes) -> None:
    assert isinstance(messages.parse_subscribe(raw), Subscribe | Refusal)


def test_a_cursor_is_read_back_as_it_was_told() -> None:
    cursor = Cursor("3f-e", 17)
    assert subscribe(cursor=str(cursor)).place() == cursor
    assert subscribe(cursor="nonsense").place() is None
    assert subscribe().place() is None
