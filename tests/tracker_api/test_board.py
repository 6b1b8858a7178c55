"""Groups, facets and the search box, over the wire."""

from __future__ import annotations

import httpx
import pytest

from fleet.rights import Role
from tests.fix_api import FleetHand, Start
from tests.fix_people import Desk
from tests.fix_trips import TRIPS, TripHand, lane, made, refused, soon

pytestmark = pytest.mark.db

GROUPS, FACETS, FIND = "/api/v1/groups", "/api/v1/fleet/facets", "/api/v1/find"
FIRST, SECOND = "沪A00000", "沪A00001"
REEFERS = {"code": "reefers", "name_zh": "冷藏车", "name_en": "Reefers", "plates": [SECOND, FIRST]}


def test_a_group_lives_from_its_making_to_its_end(api: httpx.Client) -> None:
    group = made(api.post(GROUPS, json=REEFERS))
    assert group == REEFERS | {"plates": [FIRST, SECOND]}
    assert api.get(GROUPS).json() == [group]
    names = {"name_zh": "冷", "name_en": "Cold"}
    changed = made(api.put(f"{GROUPS}/reefers", json=names | {"plates": [FIRST]}), 200)
    assert changed == names | {"code": "reefers", "plates": [FIRST]}
    assert api.delete(f"{GROUPS}/reefers").status_code == 204
    assert api.get(GROUPS).json() == []
    entry = api.get("/api/v1/audit", params={"kind": "group"}).json()["entries"][1]
    assert (entry["act"], entry["detail"]["after"]["taken_out"]) == ("change", [SECOND])


def test_a_group_that_cannot_be_is_refused(api: httpx.Client) -> None:
    made(api.post(GROUPS, json=REEFERS))
    refused(api.post(GROUPS, json=REEFERS), 409)
    refused(api.post(GROUPS, json=REEFERS | {"code": "x", "plates": ["沪X"]}), 404)
    refused(api.post(GROUPS, json=REEFERS | {"code": "a b"}))
    refused(api.put(f"{GROUPS}/nobody", json={"name_zh": "无", "name_en": "None"}), 404)
    refused(api.delete(f"{GROUPS}/nobody"), 404)


def test_a_console_that_listens_hears_that_a_group_was_made(
    start_api: Start, hand: FleetHand
) -> None:
    hand.seed(2)
    with start_api() as running, running.client() as client, running.listen() as ear:
        ear.hear("snapshot")
        made(client.post(GROUPS, json=REEFERS))
        assert ear.hear("delta")["world"] is True


def test_facets_name_everything_once_and_are_not_sent_twice(
    api: httpx.Client, judge: TripHand
) -> None:
    made(api.post(GROUPS, json=REEFERS))
    made(api.post(TRIPS, json=lane(soon(-0.5), code="T-1", vehicle=FIRST, driver="张三")))
    judge.evaluate("T-1", soon(-0.5), p50=(1, 2))
    answer = api.get(FACETS)
    told = answer.json()
    assert told["plates"] == [FIRST, SECOND, "沪A00002"]
    assert told["trips"] == ["T-1", None, None]
    assert (told["origins"][0], told["destinations"][0]) == ("SHA-1", "WUX-1")
    assert told["groups"] == {
        "terms": [{"code": "reefers", "name_zh": "冷藏车", "name_en": "Reefers"}],
        "rows": [[0], [0], []],
    }
    assert [term["name_en"] for term in told["hubs"]["terms"]] == ["Suzhou", "Wuxi"]
    assert told["hubs"]["rows"] == [[0, 1], [], []]
    assert told["drivers"]["rows"] == [[0], [], []]
    assert told["parties"]["rows"] == [[0], [0], [0]]
    again = api.get(FACETS, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    made(api.put(f"{GROUPS}/reefers", json={"name_zh": "冷", "name_en": "Cold"}), 200)
    changed = api.get(FACETS, headers={"if-none-match": answer.headers["etag"]})
    assert (changed.status_code, changed.json()["groups"]["terms"]) == (200, [])


def test_what_is_found_leads_somewhere(api: httpx.Client, judge: TripHand) -> None:
    made(api.post(TRIPS, json=lane(soon(-0.5), code="TR-20417", vehicle=FIRST, driver="张三")))
    judge.evaluate("TR-20417", soon(-0.5), p50=(1, 2))

    def find(q: str) -> list[tuple[str, str]]:
        hits = api.get(FIND, params={"q": q}).json()["hits"]
        return [(hit["kind"], hit["code"]) for hit in hits]

    assert find("ａ00001") == [("vehicle", SECOND)]  # noqa: RUF001 (full width is the point)
    assert find("20417") == [("trip", "TR-20417")]
    assert find("张") == [("driver", "张三")]
    assert find("suzh") == [("hub", "SUZ-1")]
    assert find("---") == []
    assert api.get(FIND).status_code == 422
    assert api.get(FIND, params={"q": "x" * 65}).status_code == 422


def test_each_role_finds_what_it_may_look_at(desk: Desk) -> None:
    desk.people.hand.seed(2)
    reaches = {Role.IT_ADMIN: {}, Role.CUSTOMER: {"customers": ["acme"]}, Role.DISPATCHER: {}}
    for role, reach in reaches.items():
        desk.people.let_in(role.value, role, **reach)
    kinds = {
        role: {
            hit["kind"]
            for hit in desk.sign_in(role.value).get(FIND, params={"q": "sha"}).json()["hits"]
        }
        | {
            hit["kind"]
            for hit in desk.sign_in(role.value).get(FIND, params={"q": "A0"}).json()["hits"]
        }
        for role in reaches
    }
    assert kinds == {
        Role.IT_ADMIN: {"hub"},
        Role.CUSTOMER: set(),
        Role.DISPATCHER: {"hub", "vehicle"},
    }
    assert desk.sign_in("customer").get(FACETS).status_code == 403
    assert desk.sign_in("dispatcher").post(GROUPS, json=REEFERS).status_code == 403
    assert desk.sign_in("it_admin").post(GROUPS, json=REEFERS).status_code == 201
    assert desk.client().get(FIND, params={"q": "A0"}).status_code == 401
