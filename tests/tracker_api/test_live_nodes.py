"""Nodes on the live socket: every version once and in order, whatever becomes of the client."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest

from fleet.scope import Scope
from store.database import Database
from tests.fix_api import NOON, SOON, Ear, FleetHand, Running, Start
from tests.fix_record import RecordHand, record_of
from tracker_api import gate

EAST, WEST = (121.0, 31.0), (100.0, 30.0)
AROUND_EAST = [120, 30, 122, 32]


def versions(message: dict[str, Any]) -> list[tuple[str, int]]:
    """Id and version of each node in a message."""
    return [(node["id"], node["version"]) for node in message["nodes"]]


def hear_nodes(ear: Ear, count: int) -> list[tuple[str, int]]:
    """What is told until ``count`` versions were heard."""
    heard: list[tuple[str, int]] = []
    deadline = time.monotonic() + SOON
    while len(heard) < count:
        assert time.monotonic() < deadline, heard
        heard += versions(ear.hear_any())
    return heard


def test_a_node_its_correction_and_its_retraction_are_told_in_order(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running, running.listen() as ear:
        assert ear.hear("snapshot")["nodes"] == []
        number = record.node(plate)
        record.node(plate, id=number, cause="corrected", was_at=NOON)
        record.node(plate, id=number, cause="retracted", valid=False)
        assert hear_nodes(ear, 3) == [(number, 1), (number, 2), (number, 3)]


def test_a_node_is_told_as_the_record_has_it(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    record.fence()
    with start_api() as running, running.listen() as ear, running.client() as client:
        ear.hear("snapshot")
        number = record.node(plate, fence="gate")
        (told,) = ear.hear("delta")["nodes"]
        assert told == client.get(f"/api/v1/nodes/{number}").json()["versions"][0]
        assert told["is_news"] is True


def test_who_comes_after_a_node_is_not_told_it(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    record.node(plate)
    with start_api() as running, running.listen() as ear:
        assert ear.hear("snapshot")["nodes"] == []
        later = record.node(plate, kind="departed")
        assert hear_nodes(ear, 1) == [(later, 1)]


def test_a_resumed_client_hears_what_it_missed_once(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running:
        with running.listen() as ear:
            ear.hear("snapshot")
            first = record.node(plate)
            assert hear_nodes(ear, 1) == [(first, 1)]
        record.node(plate, id=first, cause="corrected")
        second = record.node(plate, kind="departed")
        with running.listen(cursor=ear.cursor) as again:
            assert versions(again.hear("delta")) == [(first, 2), (second, 1)]
            third = record.node(plate)
            assert hear_nodes(again, 1) == [(third, 1)]


def test_nodes_are_told_once_and_in_order_over_many_cuts_while_they_are_written(
    start_api: Start, hand: FleetHand, api_database: Database
) -> None:
    """The client hears a few messages, is cut off, and resumes where it was; two writers write."""
    plates = hand.seed(2)
    each = 60
    written: list[list[tuple[str, int]]] = [[], []]

    def write(which: int) -> None:
        record = record_of(api_database)
        for turn in range(each):
            again = written[which][-1][0] if turn % 3 == 2 else None
            given = {"cause": "corrected", "id": again} if again else {}
            number = record.node(plates[which], **given)
            written[which].append((number, 2 if again else 1))
        record.conn.close()

    writers = [threading.Thread(target=write, args=(which,)) for which in range(2)]
    heard: list[tuple[str, int]] = []
    with start_api() as running:
        with running.listen() as ear:
            cursor = ear.hear("snapshot")["cursor"]
        for writer in writers:
            writer.start()
        cuts = 0
        deadline = time.monotonic() + SOON
        while len(heard) < 2 * each:
            assert time.monotonic() < deadline, f"heard of {len(heard)}"
            with running.listen(cursor=cursor) as ear:
                message = ear.hear_any()
                assert message["type"] == "delta"
                heard += versions(message)
                cursor = ear.cursor
            cuts += 1
        for writer in writers:
            writer.join()
    assert cuts > 3
    assert len(set(heard)) == len(heard)
    for which in range(2):
        mine = set(written[which])
        assert [version for version in heard if version in mine] == written[which]


def test_a_client_that_missed_an_edit_of_the_world_still_hears_every_node(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running:
        with running.listen() as ear:
            ear.hear("snapshot")
        hand.ring([], "world")
        number = record.node(plate)
        for _ in range(2):  # cut off again before the nodes came: the same once more
            with running.listen(cursor=ear.cursor) as again:
                snapshot = again.hear("snapshot")
                assert (snapshot["cursor"], snapshot["nodes"]) == (ear.cursor, [])
        with running.listen(cursor=ear.cursor) as again:
            again.hear("snapshot")
            delta = again.hear("delta")
            assert (versions(delta), delta["world"]) == ([(number, 1)], True)


def test_nodes_are_told_also_when_the_changes_themselves_were_removed(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running:
        with running.listen() as ear:
            ear.hear("snapshot")
        number = record.node(plate)
        hand.move({plate: EAST})
        hand.conn.execute("UPDATE installation SET feed_floor = (SELECT max(id) - 1 FROM change)")
        hand.conn.execute("DELETE FROM change WHERE id < (SELECT max(id) FROM change)")
        with running.listen(cursor=ear.cursor) as again:
            assert again.hear("snapshot")["cursor"] == ear.cursor
            assert versions(again.hear("delta")) == [(number, 1)]


def test_a_client_that_missed_more_than_may_wait_sees_it_by_the_cursor(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api(live={"max_nodes": 3}) as running, running.client() as client:
        with running.listen() as ear:
            ear.hear("snapshot")
        missed: list[tuple[str, int]] = []
        with running.listen() as other:  # who has heard of it knows that the API has read it
            other.hear("snapshot")
            for _ in range(4):
                missed.append((record.node(plate), 1))
                assert hear_nodes(other, 1) == missed[-1:]
        with running.listen(cursor=ear.cursor) as again:
            assert again.hear("snapshot")["cursor"] != ear.cursor
        page = client.get("/api/v1/nodes/feed", params={"cursor": ear.cursor}).json()
        assert [(node["id"], node["version"]) for node in page["nodes"]] == missed


def test_a_client_for_whom_too_many_nodes_wait_is_told_bye_who_keeps_up_is_told_all(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api(live={"max_nodes": 3}) as running, running.listen() as ear:
        ear.hear("snapshot")
        with hand.conn.transaction():
            for _ in range(4):
                record.node(plate)
        # What is written to its socket at once does not wait; on a busy machine it may have to.
        told = ear.hear_until(lambda said: said["type"] == "bye" or len(said["nodes"]) == 4)[-1]
        assert told["type"] == "delta" or told["code"] == "too-slow"


def test_a_slow_client_keeps_every_node_while_states_are_conflated(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    plates = hand.seed(2000)
    rounds = 60
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        written = []
        for turn in range(rounds):
            hand.move(dict.fromkeys(plates, (100 + turn / 1000, 31.0)))
            written.append((record.node(plates[0]), 1))
        heard: list[tuple[str, int]] = []
        messages = 0
        deadline = time.monotonic() + SOON
        while len(heard) < rounds:
            assert time.monotonic() < deadline, f"heard of {len(heard)}"
            heard += versions(ear.hear_any())
            messages += 1
        assert heard == written
        assert messages < 2 * rounds


def test_nodes_follow_the_plates_of_a_subscription_and_not_its_box(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    first, second = hand.seed(2)
    hand.move({first: WEST, second: WEST})
    with start_api() as running, running.listen(vehicles=[second], bbox=AROUND_EAST) as ear:
        assert ear.hear("snapshot")["vehicles"]["plate"] == []
        record.node(first)
        number = record.node(second)
        assert hear_nodes(ear, 1) == [(number, 1)]


def test_nobody_hears_of_a_vehicle_outside_the_scope(
    start_api: Start, hand: FleetHand, record: RecordHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mine,) = hand.seed(1)
    hand.conn.execute(
        "WITH made AS (INSERT INTO vehicle (plate, party_id)"
        " SELECT 'X1', id FROM party WHERE code = 'other' RETURNING id)"
        " INSERT INTO vehicle_state (vehicle_id) SELECT id FROM made"
    )
    monkeypatch.setattr(gate, "OPERATOR", Scope("carrier", frozenset({"acme"})))
    with start_api() as running, running.client() as client:
        with running.listen() as ear:
            ear.hear("snapshot")
            hidden = record.node("X1")
            seen = record.node(mine)
            assert hear_nodes(ear, 1) == [(seen, 1)]
        assert [n["id"] for n in client.get("/api/v1/nodes/feed").json()["nodes"]] == [seen]
        assert [n["id"] for n in _listed(client)] == [seen]
        assert client.get(f"/api/v1/nodes/{hidden}").status_code == 404
        assert client.get("/api/v1/nodes", params={"vehicle": "X1"}).status_code == 404


def _listed(client: Any) -> list[dict[str, Any]]:  # noqa: ANN401 (an httpx client)
    window = {"from": NOON.isoformat(), "to": (NOON + timedelta(hours=1)).isoformat()}
    listed: list[dict[str, Any]] = client.get("/api/v1/nodes", params=window).json()
    return listed


def test_a_vehicle_is_shown_entering_inside_and_leaving(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    hand.move({plate: EAST})
    record.fence()
    with start_api() as running, running.listen() as ear:
        assert _presence(ear.hear("snapshot")) == (None, None)
        number = record.visit(plate, state="entering")
        assert _presence(ear.hear("delta")) == ("SHA-1", "entering")
        record.visit(plate, state="arrived", number=number)
        assert _presence(ear.hear("delta")) == ("SHA-1", "inside")
        record.visit(plate, state="leaving", number=number)
        assert _presence(ear.hear("delta")) == ("SHA-1", "leaving")
        record.visit(plate, state="departed", number=number, left=NOON + timedelta(hours=1))
        assert _presence(ear.hear("delta")) == (None, None)


def _presence(message: dict[str, Any]) -> tuple[str | None, str | None]:
    cols = message["vehicles"]
    return cols["site"][0], cols["presence"][0]


def test_a_restored_database_leaves_no_nodes_of_before_behind(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        hand.conn.execute("UPDATE installation SET epoch = gen_random_uuid()")
        ear.hear("snapshot")
        number = record.node(plate)
        assert hear_nodes(ear, 1) == [(number, 1)]
        _resumes(running, ear, record, plate)


def _resumes(running: Running, ear: Ear, record: RecordHand, plate: str) -> None:
    number = record.node(plate)
    with running.listen(cursor=ear.cursor) as again:
        assert hear_nodes(again, 1) == [(number, 1)]
