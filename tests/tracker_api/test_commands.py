"""Words to drivers and orders to their terminals: by vehicle, with what became of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fleet.views import Command
from tests.fix_api import FleetHand
from tracker_api.command_schemas import CommandState, MessageSaid, state_of

pytestmark = pytest.mark.db

PLATE = "沪A00000"
PATH = f"/api/v1/vehicles/{PLATE}"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def command(**changes: Any) -> Command:  # noqa: ANN401 (columns of any type)
    """A message that waits, an hour before it expires."""
    columns: dict[str, Any] = {
        "id": "1",
        "device": "dev00000",
        "kind": "message",
        "body": {"text": "请回电"},
        "requested_by": "li.na",
        "requested_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
        "sent_at": None,
        "acked_at": None,
        "ok": None,
        "detail": None,
    }
    return Command(**columns | changes)


def write(api: httpx.Client, **said: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    answer = api.post(f"{PATH}/messages", json={"text": "请回电"} | said)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def listed(api: httpx.Client, plate: str = PLATE) -> list[dict[str, Any]]:
    answer = api.get(f"/api/v1/vehicles/{plate}/commands")
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, CommandState.WAITING),
        ({"sent_at": NOW}, CommandState.SENT),
        ({"sent_at": NOW, "acked_at": NOW, "ok": True}, CommandState.CONFIRMED),
        ({"sent_at": NOW, "acked_at": NOW, "ok": False}, CommandState.REFUSED),
        ({"expires_at": NOW}, CommandState.EXPIRED),
        ({"expires_at": NOW, "sent_at": NOW}, CommandState.SENT),
    ],
)
def test_how_far_an_order_has_come(changes: dict[str, Any], state: CommandState) -> None:
    assert state_of(command(**changes), NOW) is state


@given(wait=st.floats(0, 1e6), later=st.floats(0, 1e6))
def test_what_was_confirmed_or_has_expired_stays_so(wait: float, later: float) -> None:
    first, then = NOW + timedelta(seconds=wait), NOW + timedelta(seconds=wait + later)
    for each in (command(), command(sent_at=NOW, acked_at=NOW, ok=True)):
        before = state_of(each, first)
        if before in {CommandState.CONFIRMED, CommandState.EXPIRED}:
            assert state_of(each, then) is before


def test_a_message_waits_is_sent_and_confirmed(api: httpx.Client, hand: FleetHand) -> None:
    made = write(api, text=" 请回电 ")
    assert (made["kind"], made["text"], made["seconds"]) == ("message", "请回电", None)
    assert (made["state"], made["requested_by"]) == ("waiting", "operator")
    assert listed(api) == [made]
    hand.conn.execute("UPDATE command SET sent_at = now()")
    assert listed(api)[0]["state"] == "sent"
    hand.conn.execute("UPDATE command SET acked_at = %s, ok = true, detail = ''", [NOW])
    (told,) = listed(api)
    assert (told["state"], told["confirmed_at"], told["detail"]) == (
        "confirmed",
        "2026-05-04T12:00:00Z",
        None,
    )


def test_a_terminal_says_why_it_refuses_an_interval(api: httpx.Client, hand: FleetHand) -> None:
    answer = api.post(f"{PATH}/interval", json={"seconds": 30})
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["seconds"]) == ("interval", 30)
    why = "seconds must be 60 to 3600"
    hand.conn.execute(
        "UPDATE command SET sent_at = now(), acked_at = now(), ok = false, detail = %s", [why]
    )
    (told,) = listed(api)
    assert (told["state"], told["detail"]) == ("refused", why)


def test_what_was_not_sent_in_time_has_expired(api: httpx.Client, hand: FleetHand) -> None:
    write(api, expires_in_s=60)
    hand.conn.execute("UPDATE command SET expires_at = now() - interval '1 s'")
    assert listed(api)[0]["state"] == "expired"


@pytest.mark.parametrize(
    "unwanted",
    ["", " 　", "a\nb", "a\x00b", "a\x1b[2Jb", "a\x9bb", "a\u202eb", "a\u2028b", "长" * 501],
)
def test_what_no_screen_should_show_is_no_message(unwanted: str) -> None:
    with pytest.raises(ValidationError):
        MessageSaid(text=unwanted)


def test_a_request_that_cannot_be_is_refused_and_nothing_is_ordered(api: httpx.Client) -> None:
    for path, said in (
        ("messages", {"text": "a\nb"}),
        ("messages", {"text": "好", "expires_in_s": 0}),
        ("messages", {"text": "好", "device": "dev00001"}),
        ("messages", {}),
        ("interval", {"seconds": 0}),
        ("interval", {"seconds": 86_401}),
        ("interval", {"seconds": "often"}),
    ):
        assert api.post(f"{PATH}/{path}", json=said).status_code == 422, said
    assert listed(api) == []


def test_a_vehicle_without_a_device_cannot_be_told_anything(
    api: httpx.Client, hand: FleetHand
) -> None:
    hand.conn.execute(
        "UPDATE binding SET valid_to = now() WHERE vehicle_id ="
        " (SELECT id FROM vehicle WHERE plate = %s)",
        [PLATE],
    )
    for path, said in (("messages", {"text": "好"}), ("interval", {"seconds": 30})):
        answer = api.post(f"{PATH}/{path}", json=said)
        assert answer.status_code == 409
        assert "no device" in answer.json()["detail"]
    assert listed(api) == []


def test_nobody_writes_to_a_vehicle_that_is_not_there(api: httpx.Client) -> None:
    unknown = "/api/v1/vehicles/nobody"
    assert api.post(f"{unknown}/messages", json={"text": "好"}).status_code == 404
    assert api.post(f"{unknown}/interval", json={"seconds": 30}).status_code == 404
    assert api.get(f"{unknown}/commands").status_code == 404


def test_orders_stay_with_the_vehicle_that_the_device_was_in(api: httpx.Client) -> None:
    write(api, text="before")
    moved = {"plate": "沪A00001"}
    assert api.delete("/api/v1/devices/dev00001/binding").is_success
    assert api.post("/api/v1/devices/dev00000/binding", json=moved).is_success
    assert [each["text"] for each in listed(api)] == ["before"]
    assert listed(api, "沪A00001") == []


def test_what_was_said_to_a_driver_is_on_the_trail(api: httpx.Client, hand: FleetHand) -> None:
    write(api, text="请回电")
    found = hand.conn.execute(
        "SELECT principal, act, kind, subject, detail FROM audit ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert found == ("operator", "message", "vehicle", PLATE, {"after": {"text": "请回电"}})
