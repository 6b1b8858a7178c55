"""What is kept, told and erased, over the wire."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from fleet.rights import Role
from store.erasure import Drive, Kind, Known, Subject
from store.retention import Kept
from tests.fix_people import Desk
from tracker_api import personal_export

pytestmark = pytest.mark.db

PRIVACY = "/api/v1/privacy"
ANN = {"kind": "user", "name": "ann.li"}


def test_an_owner_tells_and_erases_a_person_and_the_log_says_so(desk: Desk) -> None:
    desk.people.let_in("ann.li", Role.CS_AGENT)
    ann, olga = desk.sign_in("ann.li"), desk.sign_in("olga")
    assert ann.post(f"{PRIVACY}/find", json=ANN).status_code == 403
    found = olga.post(f"{PRIVACY}/find", json=ANN).json()
    assert (found["words"], found["obstacle"]) == (["Ann.Li", "ann.li"], None)
    assert {"audit", "person"} <= found["rows"].keys()
    answer = olga.post(f"{PRIVACY}/export", json=ANN | {"why": "asked on 4 May"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        assert json.loads(pack.read("about.json"))["name"] == "ann.li"
        records = json.loads(pack.read("records.json"))
    assert [row["name"] for row in records["person"]] == ["ann.li"]
    assert "argon2" not in str(records)
    erased = olga.post(f"{PRIVACY}/erase", json=ANN | {"why": "ann.li left"}).json()
    assert erased["stand_in"].startswith("erased-")
    assert erased["rows"]["audit"] >= 3, "the sign-in, the search, the export"
    assert ann.get("/api/v1/session").status_code == 401
    trail = olga.get("/api/v1/audit").text
    assert "ann.li" not in trail.lower()
    assert f"{erased['stand_in']} left" in trail
    assert olga.post(f"{PRIVACY}/erase", json=ANN | {"why": "again"}).status_code == 404
    purges = olga.get(f"{PRIVACY}/purges", params={"people": True, "limit": 2}).json()
    assert purges["more"]
    assert {(one["rule"], one["subject"]) for one in purges["purges"]} == {
        ("erasure", erased["stand_in"])
    }


def test_nobody_erases_the_last_owner_or_what_is_held(desk: Desk) -> None:
    desk.people.let_in("ann.li", Role.CS_AGENT)
    olga = desk.sign_in("olga")
    own = {"kind": "user", "name": "olga", "why": "tired"}
    assert olga.post(f"{PRIVACY}/erase", json=own).status_code == 409
    held = {"kind": "person", "subject": "ann.li", "why": "a lawsuit"}
    [hold] = olga.post(f"{PRIVACY}/holds", json=held).json()["holds"]
    assert olga.post(f"{PRIVACY}/holds", json=held).status_code == 409
    assert "hold person ann.li" in olga.post(f"{PRIVACY}/find", json=ANN).json()["obstacle"]
    refused = olga.post(f"{PRIVACY}/erase", json=ANN | {"why": "left"})
    assert (refused.status_code, "hold" in refused.json()["detail"]) == (409, True)
    assert olga.delete(f"{PRIVACY}/holds/{hold['id']}").status_code == 204
    assert olga.get(f"{PRIVACY}/holds").json() == {"holds": []}
    assert olga.delete(f"{PRIVACY}/holds/{hold['id']}").status_code == 404
    assert olga.post(f"{PRIVACY}/erase", json=ANN | {"why": "left"}).status_code == 200


def test_what_is_in_force_is_told_with_its_source(desk: Desk) -> None:
    desk.people.let_in("ivy", Role.IT_ADMIN)
    ivy = desk.sign_in("ivy")
    told = ivy.get(f"{PRIVACY}/retention").json()
    assert told["profile"] == "cn"
    assert [rule["kind"] for rule in told["rules"]] == list(Kept)
    assert all(rule["source"] and rule["days"] for rule in told["rules"])
    assert ivy.get(f"{PRIVACY}/purges").json() == {"purges": [], "more": False}
    assert ivy.get(f"{PRIVACY}/vehicles").status_code == 403


def test_an_export_holds_drives_and_files_under_harmless_names() -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    drive = Drive("../T/1", "=沪A1", at, at + timedelta(hours=1), ((at, 121.0, 31.0, 10.0),))
    parts = (
        Subject(Kind.DRIVER, "张三"),
        Known(("张三",), "张三", ()),
        [("assignment", [{"driver": "张三"}])],
        [drive],
        [("0196a1b2", "../../door.png", b"\x89PNG")],
    )
    packs = [personal_export.pack(*parts, at=at) for _ in range(2)]
    assert packs[0] == packs[1]
    with zipfile.ZipFile(io.BytesIO(packs[0])) as pack:
        names = pack.namelist()
        drives = pack.read(names[2]).decode()
    assert names[:2] == ["about.json", "records.json"]
    assert all(".." not in name and name.count("/") <= 1 for name in names)
    assert drives.splitlines()[1] == "'=沪A1,2026-05-04T00:00:00Z,121.0,31.0,36.0"
