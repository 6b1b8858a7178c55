"""Keys of programs, over the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fleet.rights import Role
from tests.fix_people import Desk

pytestmark = pytest.mark.db

KEYS = "/api/v1/keys"


def test_a_key_is_shown_once_has_its_rights_and_ends_when_it_is_revoked(desk: Desk) -> None:
    desk.people.hand.seed(1)
    desk.people.let_in("olga", Role.OWNER)
    owner = desk.sign_in("olga")
    asked = {"name": "erp", "role": "dispatcher", "rights": ["look_vehicles"], "parties": ["other"]}
    made = owner.post(KEYS, json=asked)
    assert made.status_code == 201
    secret = made.json()["key"]
    assert secret.startswith("mp_")
    assert secret not in owner.get(KEYS).text
    program = desk.client(authorization=f"Bearer {secret}")
    assert program.get("/api/v1/session").json()["name"] == "key erp"
    assert program.get("/api/v1/vehicles").json() == []
    assert program.get("/api/v1/trips").status_code == 403
    assert program.post("/api/v1/people/olga/password", json={"password": "x"}).status_code == 403
    assert owner.get(KEYS).json()["keys"][0]["used_at"] is not None
    assert owner.delete(f"{KEYS}/{made.json()['id']}").status_code == 204
    assert program.get("/api/v1/vehicles").status_code == 401


def test_a_key_gets_another_secret_and_the_old_one_holds_for_a_while_only(desk: Desk) -> None:
    desk.people.hand.seed(1)
    desk.people.let_in("olga", Role.OWNER)
    owner = desk.sign_in("olga")
    asked = {"name": "erp", "role": "dispatcher", "rights": ["look_vehicles"], "parties": ["acme"]}
    old = owner.post(KEYS, json=asked).json()
    assert owner.post(f"{KEYS}/{old['id']}/rotation", json={"keep_s": -1}).status_code == 422
    made = owner.post(f"{KEYS}/{old['id']}/rotation", json={"keep_s": 3600})
    new = made.json()
    assert made.status_code == 201
    same = ("name", "role", "rights", "parties", "customers", "sites")
    assert {field: new[field] for field in same} == {field: old[field] for field in same}
    before, after = (desk.client(authorization=f"Bearer {each['key']}") for each in (old, new))
    assert [client.get("/api/v1/vehicles").status_code for client in (before, after)] == [200, 200]
    listed = {key["id"]: key for key in owner.get(KEYS).json()["keys"]}
    assert (listed[old["id"]]["expires_at"] is None, new["expires_at"]) == (False, None)
    last = owner.post(f"{KEYS}/{new['id']}/rotation", json={"keep_s": 0}).json()
    assert after.get("/api/v1/vehicles").status_code == 401
    third = desk.client(authorization=f"Bearer {last['key']}")
    assert third.get("/api/v1/vehicles").status_code == 200
    assert owner.post(f"{KEYS}/{new['id']}/rotation", json={}).status_code == 409
    assert third.post(f"{KEYS}/{last['id']}/rotation", json={}).status_code == 403
    desk.people.let_in("ivy", Role.IT_ADMIN, parties=["other"])
    ivy = desk.sign_in("ivy")
    assert ivy.post(f"{KEYS}/{last['id']}/rotation", json={}).status_code == 403


def test_a_key_that_makes_no_sense_is_refused(desk: Desk) -> None:
    desk.people.let_in("olga", Role.OWNER)
    desk.people.let_in("ivy", Role.IT_ADMIN)
    owner = desk.sign_in("olga")
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    for change, where in (
        ({"expires_at": past}, "/expires_at"),
        ({"role": "share"}, "/role"),
        ({"rights": ["edit_people"]}, "/rights"),
    ):
        answer = owner.post(KEYS, json={"name": "x", "role": "qa"} | change)
        assert (answer.status_code, answer.json()["where"]) == (422, where)
    ivy = desk.sign_in("ivy")
    assert ivy.post(KEYS, json={"name": "x", "role": "owner"}).status_code == 403
    assert ivy.delete(f"{KEYS}/0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11").status_code == 404
