"""The trail, over the wire."""

from __future__ import annotations

import pytest

from fleet.rights import Role
from tests.fix_people import Desk

pytestmark = pytest.mark.db

AUDIT = "/api/v1/audit"


def test_signing_in_and_changing_rights_is_on_the_trail_for_those_who_may_look(
    desk: Desk,
) -> None:
    desk.people.let_in("ivy", Role.IT_ADMIN)
    desk.people.let_in("ann", Role.CS_AGENT)
    client = desk.sign_in("ivy")
    client.post("/api/v1/session", json={"name": "my secret", "password": "wrong password"})
    assert client.patch("/api/v1/people/ann", json={"role": "qa", "why": "moved"}).is_success
    page = client.get(AUDIT, params={"limit": 2}).json()
    assert page["more"]
    newest, refused = page["entries"]
    assert (newest["principal"], newest["act"], newest["subject"]) == ("ivy", "change", "ann")
    assert (newest["role"], newest["why"]) == ("it_admin", "moved")
    assert (refused["act"], refused["subject"]) == ("refused", "unknown")
    assert "my secret" not in client.get(AUDIT).text
    older = client.get(AUDIT, params={"before": refused["id"]}).json()
    assert not older["more"]
    assert {entry["act"] for entry in older["entries"]} == {"create", "sign_in"}
    one = client.get(AUDIT, params={"subject": "ann", "kind": "person", "principal": "ivy"}).json()
    assert [entry["id"] for entry in one["entries"]] == [newest["id"]]
    later = client.get(AUDIT, params={"from": "2100-01-01T00:00:00Z"}).json()
    assert later == {"entries": [], "more": False}
    assert desk.sign_in("olga").get(AUDIT).status_code == 200
    desk.people.let_in("dan", Role.DISPATCHER)
    assert desk.sign_in("dan").get(AUDIT).status_code == 403
