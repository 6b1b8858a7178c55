"""The live socket, seen by clients of a served API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.fix_api import Ear, FleetHand, Running, Start, is_heartbeat

TOKEN = "0123456789abcdef"  # noqa: S105 (of no system)
EAST, WEST = (121.0, 31.0), (100.0, 30.0)
AROUND_EAST = [120, 30, 122, 32]


def places(message: dict[str, Any]) -> dict[str, float | None]:
    """Plate to longitude in degrees of a snapshot or delta."""
    cols = message["vehicles"]
    degrees = [None if lon is None else lon / 1e7 for lon in cols["lon"]]
    return dict(zip(cols["plate"], degrees, strict=True))


def closed(ear: Ear) -> int | None:
    """The code with which the server closes, once everything before was heard."""
    with pytest.raises(ConnectionClosed) as ended:
        ear.hear()
    return None if ended.value.rcvd is None else ended.value.rcvd.code


@contextmanager
def unsubscribed(running: Running) -> Iterator[Ear]:
    """A client that has heard hello and said nothing."""
    with connect(running.address.replace("http", "ws") + "/api/v1/live") as socket:
        ear = Ear(socket)
        ear.hear("hello")
        yield ear


def test_a_client_hears_hello_a_snapshot_and_then_what_moves(
    start_api: Start, hand: FleetHand
) -> None:
    first, second = hand.seed(2)
    hand.move({first: EAST})
    with start_api() as running, running.listen() as ear:
        snapshot = ear.hear("snapshot")
        assert places(snapshot) == {first: 121.0, second: None}
        assert snapshot["vehicles"]["party"] == ["acme", "acme"]
        time = hand.move({second: WEST}, speed=12.346)
        delta = ear.hear("delta")
        assert places(delta) == {second: 100.0}
        assert delta["vehicles"]["time"] == [round(time.timestamp() * 1000)]
        assert delta["vehicles"]["speed"] == [1235]
        assert (delta["gone"], delta["world"]) == ([], False)
        assert delta["cursor"] != snapshot["cursor"]


def test_a_quiet_fleet_gives_heartbeats_under_the_same_cursor(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    with start_api() as running, running.listen() as ear:
        cursor = ear.hear("snapshot")["cursor"]
        for _ in range(2):
            beat = ear.hear_any()
            assert is_heartbeat(beat)
            assert beat["cursor"] == cursor


def test_a_vehicle_enters_and_leaves_the_view(start_api: Start, hand: FleetHand) -> None:
    (plate,) = hand.seed(1)
    hand.move({plate: WEST})
    with start_api() as running, running.listen(bbox=AROUND_EAST) as ear:
        assert places(ear.hear("snapshot")) == {}
        hand.move({plate: EAST})
        assert places(ear.hear("delta")) == {plate: 121.0}
        hand.move({plate: WEST})
        left = ear.hear("delta")
        assert (places(left), left["gone"]) == ({}, [plate])


def test_a_vehicle_set_admits_no_other(start_api: Start, hand: FleetHand) -> None:
    first, second = hand.seed(2)
    with start_api() as running, running.listen(vehicles=[second]) as ear:
        assert places(ear.hear("snapshot")) == {second: None}
        hand.move({first: EAST})
        hand.move({second: EAST})
        assert places(ear.hear("delta")) == {second: 121.0}


def test_another_filter_is_answered_by_a_snapshot(start_api: Start, hand: FleetHand) -> None:
    first, second = hand.seed(2)
    hand.move({first: EAST, second: WEST})
    with start_api() as running, running.listen(bbox=AROUND_EAST) as ear:
        assert places(ear.hear("snapshot")) == {first: 121.0}
        ear.say(bbox=[99, 29, 101, 31])
        assert places(ear.hear("snapshot")) == {second: 100.0}


def test_an_edit_of_the_world_is_told_with_the_new_vehicle(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    with start_api() as running, running.listen() as ear, running.client() as client:
        ear.hear("snapshot")
        assert client.post("/api/v1/vehicles", json={"plate": "N1"}).status_code == 201
        heard = ear.hear_until(lambda message: bool(message["world"]))
        assert [places(message) for message in heard] == [{"N1": None}]


def test_a_client_resumes_after_a_restart_without_gap_or_repetition(
    start_api: Start, hand: FleetHand
) -> None:
    moved, still, later = hand.seed(3)
    hand.move({moved: WEST, still: WEST})
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        hand.move({moved: EAST})
        assert places(ear.hear("delta")) == {moved: 121.0}
        cursor = ear.cursor
    hand.move({moved: (122.0, 31.0)})
    hand.move({moved: (123.0, 31.0), later: WEST})
    with start_api() as running, running.listen(cursor=cursor) as ear:
        assert places(ear.hear("delta")) == {moved: 123.0, later: 100.0}
        hand.move({still: EAST})
        assert places(ear.hear("delta")) == {still: 121.0}


def test_a_resumed_client_is_told_what_left_its_view_meanwhile(
    start_api: Start, hand: FleetHand
) -> None:
    gone, inside = hand.seed(2)
    hand.move({gone: EAST, inside: EAST})
    with start_api() as running:
        with running.listen(bbox=AROUND_EAST) as ear:
            assert len(places(ear.hear("snapshot"))) == 2
        hand.move({gone: WEST})
        with running.listen(bbox=AROUND_EAST, cursor=ear.cursor) as again:
            delta = again.hear("delta")
            assert (places(delta), delta["gone"]) == ({}, [gone])


def test_a_resumed_client_that_missed_nothing_hears_an_empty_delta(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    with start_api() as running:
        with running.listen() as ear:
            ear.hear("snapshot")
        with running.listen(cursor=ear.cursor) as again:
            assert is_heartbeat(again.hear_any())
            assert again.cursor == ear.cursor


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "11111111-2222-3333-4444-555555555555:0", "x:99999999999999999999999"],
)
def test_a_cursor_that_cannot_be_resumed_is_answered_by_a_snapshot(
    start_api: Start, hand: FleetHand, cursor: str
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running, running.listen(cursor=cursor) as ear:
        assert places(ear.hear("snapshot")) == {plate: None}


def test_a_client_that_missed_an_edit_of_the_world_starts_over_and_is_told(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    with start_api() as running:
        with running.listen() as ear:
            ear.hear("snapshot")
        hand.ring([], "world")
        with running.listen(cursor=ear.cursor) as again:
            again.hear("snapshot")
            assert again.hear("delta")["world"] is True


def test_a_restored_database_starts_everybody_over(start_api: Start, hand: FleetHand) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        hand.conn.execute("UPDATE installation SET epoch = gen_random_uuid()")
        assert places(ear.hear("snapshot")) == {plate: None}


def test_a_shutdown_is_announced(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        running.stop.set()
        heard = ear.hear_until(lambda message: message["type"] == "bye")
        assert heard[-1]["code"] == "restart"
        assert closed(ear) == 1012


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "bad-request"),
        ('{"type":"subscribe","v":9}', "bad-request"),
        ('{"type":"subscribe","v":1,"vehicles":["a","b","c","d"]}', "limit"),
    ],
)
def test_a_first_message_that_cannot_be_used_is_told_bye(
    start_api: Start, hand: FleetHand, message: str, code: str
) -> None:
    hand.seed(1)
    with start_api(live={"max_vehicles": 3}) as running, unsubscribed(running) as ear:
        ear.socket.send(message)
        assert ear.hear("bye")["code"] == code
        assert closed(ear) in {1008, 1013}


def test_a_later_message_that_cannot_be_used_is_told_bye(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        ear.socket.send(b"\xff")
        assert ear.hear("bye")["code"] == "bad-request"


def test_a_client_that_says_nothing_is_told_bye(start_api: Start) -> None:
    with start_api(live={"first_message": 0.2}) as running, unsubscribed(running) as ear:
        assert ear.hear("bye")["code"] == "bad-request"


def test_a_message_beyond_the_limit_closes_the_socket(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        ear.socket.send("x" * 70_000)
        assert closed(ear) == 1009


def test_one_client_too_many_is_told_bye(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with start_api(live={"max_clients": 1}) as running, running.listen() as ear:
        ear.hear("snapshot")
        with connect(running.address.replace("http", "ws") + "/api/v1/live") as socket:
            assert Ear(socket).hear("bye")["code"] == "limit"


@pytest.mark.parametrize("sent", [None, "wrong", TOKEN[:-1]])
def test_a_wrong_token_is_told_bye_and_nothing_else(
    start_api: Start, hand: FleetHand, sent: str | None
) -> None:
    hand.seed(1)
    with start_api(token=TOKEN) as running, running.listen(token=sent) as ear:
        assert ear.hear("bye")["code"] == "forbidden"
        assert closed(ear) == 1008


def test_the_token_is_taken_from_the_message_or_the_header(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(1)
    with start_api(token=TOKEN) as running:
        with running.listen(token=TOKEN) as ear:
            ear.hear("snapshot")
        with running.listen(headers={"Authorization": f"Bearer {TOKEN}"}) as ear:
            ear.hear("snapshot")


def test_a_page_of_a_foreign_origin_is_refused(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with (
        start_api() as running,
        running.listen(headers={"Origin": "https://evil.example"}) as ear,
    ):
        assert ear.hear("bye")["code"] == "forbidden"
