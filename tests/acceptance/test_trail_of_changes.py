"""What a person changes is on the trail with what was before and what is after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fleet.rights import Role
from tests.acceptance.rights_stand import ACTIVE, MINE, Stand, standing
from tests.fix_people import CHEAP

pytestmark = pytest.mark.db

API = "/api/v1"

STOPS = [{"site": "SHA-1"}, {"site": "SUZ-1"}]
LINE = {"format": "straight"}


@pytest.fixture(scope="module")
def stand(module_database_url: str) -> Iterator[Stand]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker_api.passwords.HASHER", CHEAP)
        with standing(module_database_url) as stand:
            yield stand


def told(stand: Stand, method: str, path: str, status: int, **asked: Any) -> tuple[Any, Any]:  # noqa: ANN401 (JSON)
    """Before and after of the newest change on the trail, when the owner has asked for it."""
    newest = stand.hand.conn.execute("SELECT max(id) FROM audit").fetchone()
    answer = stand.clients[Role.OWNER].request(method, API + path, **asked)
    assert answer.status_code == status, answer.text
    found = stand.hand.conn.execute(
        "SELECT principal, detail FROM audit WHERE id > %s AND act <> 'read' ORDER BY id", newest
    ).fetchall()
    assert len(found) == 1, f"{method} {path} is on the trail {len(found)} times"
    assert found[0][0] == "owner"
    return found[0][1].get("before"), found[0][1].get("after")


def test_fences_and_routes(stand: Stand) -> None:
    listed = stand.clients[Role.OWNER].get(f"{API}/fences").json()
    code = listed["features"][0]["id"]
    before, after = told(
        stand,
        "POST",
        f"/fences/{code}/confirm",
        200,
        json={"confidence": "surveyed", "author": "x"},
    )
    assert (before["version"], before["confidence"], after["confidence"]) == (
        1,
        "drawn",
        "surveyed",
    )
    before, _ = told(
        stand, "DELETE", f"/fences/{code}", 200, params={"version": 1, "author": "x", "reason": "y"}
    )
    assert (before["code"], before["confidence"]) == (code, "surveyed")
    assert "outline" not in before, "it is that of the version"
    route = {"name_zh": "沪苏", "name_en": "S-S", "stops": STOPS, "line": LINE}
    before, after = told(stand, "PUT", "/routes/R-1", 200, json=route | {"author": "x"})
    assert (before, after["name_en"]) == (None, "S-S")
    before, after = told(
        stand, "PUT", "/routes/R-1", 200, json=route | {"author": "x", "name_en": "Other"}
    )
    assert (before["name_en"], after["name_en"]) == ("S-S", "Other")
    before, after = told(stand, "DELETE", "/routes/R-1", 204)
    assert (before["name_en"], after) == ("Other", None)


def test_trips(stand: Stand) -> None:
    trip = "/trips/T-FAR"
    who = {"author": "x", "reason": "y"}
    before, after = told(
        stand, "POST", f"{trip}/cause", 201, json={"author": "x", "cause": "weather", "note": "ice"}
    )
    assert (before.get("cause"), after["cause"]) == (None, "weather")
    before, after = told(
        stand, "POST", f"{trip}/cause", 201, json={"author": "x", "cause": "border"}
    )
    assert (before["cause"], after["cause"]) == ("weather", "border")
    before, after = told(
        stand, "POST", f"{trip}/assignments", 201, json=who | {"vehicle": ACTIVE, "driver": "赵六"}
    )
    assert (before["driver"], after["driver"]) == ("李四", "赵六")
    before, after = told(stand, "POST", f"{trip}/stops/1", 201, json=who | {"status": "skipped"})
    assert (before["status"], after["status"]) == ("planned", "skipped")


def test_nodes_and_who_is_expected(stand: Stand) -> None:
    node = stand.nodes["aboard"]
    at = (stand.now - timedelta(hours=2)).isoformat()
    asked = {"version": 1, "actual_at": at, "author": "x", "reason": "wrong"}
    before, after = told(stand, "POST", f"/nodes/{node}/versions", 201, json=asked)
    assert (before["version"], before["kind"], after["actual_at"][:16]) == (1, "arrived", at[:16])
    found = stand.clients[Role.OWNER].get(f"{API}/expected").json()[0]
    before, after = told(stand, "DELETE", f"/expected/{found['id']}", 204)
    assert (before["vehicle"], before["site"], after) == (found["vehicle"], found["site"], None)


def test_waybills(stand: Stand) -> None:
    path = f"/waybills/{MINE}"
    before, after = told(
        stand, "PATCH", path, 200, json={"order_no": "PO-1", "reason": "they said"}
    )
    assert (before["order_no"], after["order_no"]) == (None, "PO-1")
    before, after = told(stand, "POST", f"{path}/shares", 201, json={})
    assert after
    share = stand.clients[Role.OWNER].get(f"{API}{path}/shares").json()["shares"][0]["id"]
    before, after = told(stand, "DELETE", f"/shares/{share}", 200)
    assert before["share"] == share


def test_people_keys_groups_and_detectors(stand: Stand) -> None:
    before, after = told(stand, "PATCH", "/people/qa", 200, json={"role": "cs_agent"})
    assert (before["role"], after["role"]) == ("qa", "cs_agent")
    before, after = told(stand, "POST", "/keys", 201, json={"name": "erp", "role": "qa"})
    assert (before, after["name"]) == (None, "erp")
    key = stand.clients[Role.OWNER].get(f"{API}/keys").json()["keys"][0]["id"]
    before, _ = told(stand, "DELETE", f"/keys/{key}", 204)
    assert before["name"] == "erp"
    group = {"name_zh": "甲", "name_en": "A", "plates": [ACTIVE]}
    told(stand, "POST", "/groups", 201, json=group | {"code": "G-1"})
    before, after = told(stand, "PUT", "/groups/G-1", 200, json=group | {"name_en": "B"})
    assert (before["name_en"], after["name_en"]) == ("A", "B")
    before, _ = told(stand, "DELETE", "/groups/G-1", 204)
    assert before["plates"] == [ACTIVE]
    detector = stand.clients[Role.OWNER].get(f"{API}/detectors").json()["detectors"][0]
    asked = {"enabled": not detector["enabled"], "limits": {}}
    before, after = told(stand, "PUT", f"/detectors/{detector['kind']}", 200, json=asked)
    assert before is None or before["enabled"] is detector["enabled"]
    assert after["enabled"] is not detector["enabled"]
