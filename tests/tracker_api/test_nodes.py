"""The record over HTTP: lists, versions, the feed, and what people add."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from psycopg.types.json import Jsonb

from store.database import Database
from tests.fix_api import NOON, SOON, FleetHand, Start
from tests.fix_record import RecordHand, record_of
from tracker_api.node_schemas import NodeOut

FIRST, SECOND = "沪A00000", "沪A00001"
NODES = "/api/v1/nodes"
FEED = f"{NODES}/feed"
DAY = {"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z"}

SAID = {
    "vehicle": FIRST,
    "site": "SHA-1",
    "kind": "arrived",
    "actual_at": "2026-05-04T12:30:00Z",
    "author": "li.na",
    "reason": "terminal without power",
}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [node["id"] for node in answer.json()]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_nodes_are_listed_newest_first_as_they_hold(api: httpx.Client, record: RecordHand) -> None:
    arrived = record.node(FIRST, actual_at=at(0))
    departed = record.node(FIRST, kind="departed", actual_at=at(30))
    record.node(FIRST, id=arrived, cause="corrected", actual_at=at(5), was_at=at(0))
    told = api.get(NODES, params=DAY).json()
    assert [(n["id"], n["version"]) for n in told] == [(departed, 1), (arrived, 2)]
    assert told[1]["actual_at"] == "2026-05-04T12:05:00Z"
    assert told[1]["was_at"] == "2026-05-04T12:00:00Z"


def test_every_node_has_the_six_fields_and_whence_it_is(
    api: httpx.Client, record: RecordHand
) -> None:
    record.fence()
    fix = [record.device_key("dev00000"), round(NOON.timestamp() * 1000)]
    record.node(FIRST, fence="gate", evidence=Jsonb([fix]))
    (told,) = api.get(NODES, params=DAY).json()
    NodeOut.model_validate(told)
    assert told.keys() == NodeOut.model_fields.keys()
    assert told["name"] == {"zh": "到达 上海", "en": "Arrived at Shanghai"}
    assert (told["planned_at"], told["actual_at"]) == (None, "2026-05-04T12:00:00Z")
    assert (told["site"]["code"], told["operator"]) == ("SHA-1", "acme")
    assert told["note"] is None
    assert told["evidence"] == [{"device": "dev00000", "time": "2026-05-04T12:00:00Z"}]
    assert (told["source"], told["version"]) == ("gps", 1)
    assert told["fence"] == {"code": "gate", "version": 1}


def test_nodes_are_filtered_by_vehicle_site_kind_and_time(
    api: httpx.Client, record: RecordHand
) -> None:
    early = record.node(FIRST, actual_at=at(0))
    late = record.node(FIRST, kind="departed", actual_at=at(60))
    other = record.node(SECOND, actual_at=at(30))
    assert ids(api.get(NODES, params=DAY | {"vehicle": FIRST})) == [late, early]
    assert ids(api.get(NODES, params=DAY | {"kind": "arrived"})) == [other, early]
    assert ids(api.get(NODES, params=DAY | {"site": "SHA-1"})) == [late, other, early]
    window = {"from": "2026-05-04T12:00:00Z", "to": "2026-05-04T12:30:00Z"}
    assert ids(api.get(NODES, params=window)) == [early]
    assert ids(api.get(NODES, params=DAY | {"limit": 1})) == [late]


def test_what_did_not_occur_is_listed_on_request_only(
    api: httpx.Client, record: RecordHand
) -> None:
    number = record.node(FIRST)
    record.node(FIRST, id=number, cause="retracted", valid=False)
    assert ids(api.get(NODES, params=DAY)) == []
    (told,) = api.get(NODES, params=DAY | {"retracted": True}).json()
    assert (told["id"], told["valid"], told["is_news"]) == (number, False, False)


@pytest.mark.parametrize(
    ("asked", "status", "where"),
    [
        ({"vehicle": "nobody"}, 404, None),
        ({"site": "NOWHERE"}, 404, None),
        ({"kind": "stolen"}, 422, "kind"),
        ({"limit": 0}, 422, "limit"),
        ({"limit": 1001}, 422, "limit"),
        ({"from": "2026-05-05T00:00:00Z"}, 422, "from"),
        ({"from": "2024-05-05T00:00:00Z"}, 422, "from"),
    ],
)
def test_a_list_that_cannot_be_is_a_problem_that_names_the_place(
    api: httpx.Client, asked: dict[str, Any], status: int, where: str | None
) -> None:
    answer = api.get(NODES, params=DAY | asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("where", "").rpartition("/")[2] == (where or "")


def test_all_versions_of_a_node_are_told_newest_first(
    api: httpx.Client, record: RecordHand
) -> None:
    number = record.node(FIRST)
    record.node(FIRST, id=number, cause="corrected", was_at=NOON, actual_at=at(5))
    versions = api.get(f"{NODES}/{number}").json()["versions"]
    assert [(v["version"], v["cause"]) for v in versions] == [(2, "corrected"), (1, "first")]
    assert api.get(f"{NODES}/{uuid4()}").status_code == 404
    assert api.get(f"{NODES}/17").status_code == 422


def test_the_feed_tells_every_version_once_and_then_waits(
    api: httpx.Client, record: RecordHand
) -> None:
    written = []
    for _ in range(3):
        number = record.node(FIRST)
        record.node(FIRST, id=number, cause="corrected")
        written += [(number, 1), (number, 2)]
    heard = []
    asked: dict[str, Any] = {"limit": 4}
    for more in (True, False):
        page = api.get(FEED, params=asked).json()
        heard += [(node["id"], node["version"]) for node in page["nodes"]]
        assert page["more"] is more
        asked["cursor"] = page["cursor"]
    assert heard == written
    waiting = api.get(FEED, params=asked).json()
    assert waiting == {"nodes": [], "cursor": asked["cursor"], "more": False}
    later = record.node(SECOND)
    assert [n["id"] for n in api.get(FEED, params=asked).json()["nodes"]] == [later]


def test_the_feed_can_be_begun_at_its_end(api: httpx.Client, record: RecordHand) -> None:
    record.node(FIRST)
    now = api.get(FEED, params={"cursor": "now"}).json()
    assert (now["nodes"], now["more"]) == ([], False)
    later = record.node(FIRST)
    page = api.get(FEED, params={"cursor": now["cursor"]}).json()
    assert [node["id"] for node in page["nodes"]] == [later]


def test_pages_of_the_feed_tell_everything_once_while_it_is_written(
    api: httpx.Client, api_database: Database
) -> None:
    writers, each = 3, 40
    written: list[list[tuple[str, int]]] = [[] for _ in range(writers)]

    def write(which: int) -> None:
        record = record_of(api_database)
        for turn in range(each):
            again = written[which][-1][0] if turn % 4 == 3 else None
            given = {"cause": "corrected", "id": again} if again else {}
            number = record.node(f"沪A{which:05}", **given)
            written[which].append((number, 2 if again else 1))
        record.conn.close()

    threads = [threading.Thread(target=write, args=(which,)) for which in range(writers)]
    for thread in threads:
        thread.start()
    heard: list[tuple[str, int]] = []
    asked: dict[str, Any] = {"limit": 7}
    deadline = time.monotonic() + SOON
    while len(heard) < writers * each:
        assert time.monotonic() < deadline, f"heard of {len(heard)}"
        page = api.get(FEED, params=asked).json()
        heard += [(node["id"], node["version"]) for node in page["nodes"]]
        asked["cursor"] = page["cursor"]
    for thread in threads:
        thread.join()
    assert len(set(heard)) == len(heard)
    for mine in written:
        assert [version for version in heard if version in set(mine)] == mine


def test_a_cursor_of_another_database_is_gone(
    api: httpx.Client, hand: FleetHand, record: RecordHand
) -> None:
    record.node(FIRST)
    cursor = api.get(FEED).json()["cursor"]
    epoch, _, number = cursor.rpartition(":")
    ahead = api.get(FEED, params={"cursor": f"{epoch}:{int(number) + 1000}"})
    assert ahead.status_code == 410
    hand.conn.execute("UPDATE installation SET epoch = gen_random_uuid()")
    answer = api.get(FEED, params={"cursor": cursor})
    assert answer.status_code == 410
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["where"] == "cursor"
    assert len(api.get(FEED).json()["nodes"]) == 1
    malformed = api.get(FEED, params={"cursor": "yesterday"})
    assert (malformed.status_code, malformed.json()["where"]) == (422, "cursor")


def test_a_person_records_what_the_terminal_did_not(api: httpx.Client) -> None:
    asked = SAID | {"note": "gate book,\npage 7", "attachments": ["CMR 4711"], "basis": "scan"}
    answer = api.post(NODES, json=asked)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    NodeOut.model_validate(told)
    assert (told["source"], told["basis"], told["version"]) == ("person", "scan", 1)
    assert (told["author"], told["reason"]) == ("li.na", "terminal without power")
    assert (told["note"], told["attachments"]) == ("gate book,\npage 7", ["CMR 4711"])
    assert told["actual_at"] == "2026-05-04T12:30:00Z"
    assert api.get(f"{NODES}/{told['id']}").json()["versions"] == [told]
    assert api.get(FEED).json()["nodes"] == [told]


def test_what_is_recorded_already_is_to_be_corrected(api: httpx.Client, record: RecordHand) -> None:
    number = record.node(FIRST, actual_at=at(20))
    answer = api.post(NODES, json=SAID)
    assert answer.status_code == 409
    assert number in answer.json()["detail"]
    assert api.post(NODES, json=SAID | {"kind": "departed"}).status_code == 201


def test_a_person_corrects_a_node_of_the_machine(api: httpx.Client, record: RecordHand) -> None:
    record.fence()
    visit = record.visit(FIRST)
    number = record.node(FIRST, fence="gate", visit_id=visit)
    said = {
        "version": 1,
        "actual_at": "2026-05-04T11:40:00Z",
        "author": "li.na",
        "reason": "driver called",
    }
    answer = api.post(f"{NODES}/{number}/versions", json=said)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["version"], told["source"], told["cause"]) == (2, "person", "edited")
    assert (told["actual_at"], told["was_at"]) == ("2026-05-04T11:40:00Z", "2026-05-04T12:00:00Z")
    assert (told["machine_at"], told["conflict"]) == ("2026-05-04T12:00:00Z", True)
    stale = api.post(f"{NODES}/{number}/versions", json=said)
    assert stale.status_code == 409
    took_back = said | {"version": 2, "valid": False, "reason": "was another lorry"}
    took_back.pop("actual_at")
    last = api.post(f"{NODES}/{number}/versions", json=took_back).json()
    assert (last["version"], last["valid"]) == (3, False)
    assert last["actual_at"] == "2026-05-04T11:40:00Z"
    assert ids(api.get(NODES, params=DAY)) == []
    assert [n["version"] for n in api.get(FEED).json()["nodes"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "status", "where"),
    [
        ({"vehicle": "nobody"}, 404, ""),
        ({"site": "NOWHERE"}, 404, ""),
        ({"kind": "stolen"}, 422, "/kind"),
        ({"actual_at": "soon"}, 422, "/actual_at"),
        ({"actual_at": "1970-01-01T00:00:00Z"}, 422, "/actual_at"),
        ({"author": ""}, 422, "/author"),
        ({"reason": ""}, 422, "/reason"),
        ({"note": "\x00"}, 422, "/note"),
        ({"attachments": ["ok", ""]}, 422, "/attachments/1"),
        ({"basis": "observed"}, 422, "/basis"),
        ({"surprise": 1}, 422, "/surprise"),
    ],
)
def test_a_word_that_cannot_be_taken_is_a_problem_that_names_the_place(
    api: httpx.Client, changes: dict[str, Any], status: int, where: str
) -> None:
    answer = api.post(NODES, json=SAID | changes)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().get("where", "") == where


def test_nobody_can_say_what_will_have_happened(api: httpx.Client, record: RecordHand) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = api.post(NODES, json=SAID | {"actual_at": soon})
    assert (answer.status_code, answer.json()["where"]) == (422, "/actual_at")
    number = record.node(FIRST)
    said = {"version": 1, "actual_at": soon, "author": "a", "reason": "b"}
    answer = api.post(f"{NODES}/{number}/versions", json=said)
    assert (answer.status_code, answer.json()["where"]) == (422, "/actual_at")


def test_a_correction_of_nothing_or_of_no_node_is_a_problem(
    api: httpx.Client, record: RecordHand
) -> None:
    said = {"version": 1, "author": "a", "reason": "b", "valid": False}
    assert api.post(f"{NODES}/{uuid4()}/versions", json=said).status_code == 404
    number = record.node(FIRST)
    for missing in ("version", "author", "reason"):
        asked = {name: value for name, value in said.items() if name != missing}
        answer = api.post(f"{NODES}/{number}/versions", json=asked)
        assert (answer.status_code, answer.json()["where"]) == (422, f"/{missing}")


def test_a_person_is_heard_live_at_once(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with start_api() as running, running.listen() as ear, running.client() as client:
        ear.hear("snapshot")
        now = datetime.now(UTC).isoformat()
        told = client.post(NODES, json=SAID | {"actual_at": now}).json()
        assert ear.hear("delta")["nodes"] == [told]
        assert told["is_news"] is True
