"""Signing in and out, letting people in, and changing what they may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from fleet.rights import MAY, SEES, Datum, Right, Role
from tests.fix_api import FleetHand, Start
from tests.fix_people import PASSWORD, Desk, PeopleHand
from tracker_api import passwords as guessing
from tracker_api.gate import COOKIE

pytestmark = pytest.mark.db

SESSION, PEOPLE = "/api/v1/session", "/api/v1/people"
OLGA = {"name": "olga", "shown": "Olga", "role": "owner", "password": PASSWORD}


def try_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post(SESSION, json={"name": name, "password": password})


def test_the_first_person_is_an_owner_and_closes_the_door_of_this_machine(desk: Desk) -> None:
    client = desk.client()
    assert client.get(SESSION).json()["name"] == "operator"
    ann = client.post(PEOPLE, json=OLGA | {"name": "ann", "role": "cs_agent"})
    assert (ann.status_code, "owner" in ann.json()["detail"]) == (409, True)
    assert client.post(PEOPLE, json=OLGA).status_code == 201
    assert client.get(SESSION).status_code == 401
    assert try_in(client, "olga").status_code == 200
    assert client.get(SESSION).json()["role"] == "owner"


def test_whoever_signs_in_is_told_who_they_are_and_what_they_may(desk: Desk) -> None:
    desk.people.hand.seed(0)
    desk.people.let_in("wu", Role.WAREHOUSE, sites=["SHA-1"])
    client = desk.client()
    answer = try_in(client, " WU ")
    me = answer.json()
    assert (me["name"], me["shown"], me["role"]) == ("wu", "Wu", "warehouse")
    assert set(me["rights"]) == MAY[Role.WAREHOUSE]
    assert me["sees"] == SEES[Role.WAREHOUSE]
    assert (me["sites"], me["language"]) == (["SHA-1"], "zh")
    assert client.get(SESSION).json() == me
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_a_name_that_no_database_holds_is_refused(desk: Desk) -> None:
    assert try_in(desk.client(), "a\x00b").status_code == 422


def test_behind_https_the_cookie_is_secure(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    behind = {"x-forwarded-proto": "https"}
    there = desk.running.address.replace("http://", "https://")
    client = desk.client(**behind, origin=there)
    given = try_in(client, "ann").headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in given] == [
        "__Host-milepost_session",
        "__Host-milepost_browser",
    ]
    for cookie in given:
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    client.headers["cookie"] = given[0].partition(";")[0]  # in the clear httpx keeps it to itself
    assert client.get(SESSION).headers["strict-transport-security"]
    assert client.delete(SESSION, headers={"origin": desk.running.address}).status_code == 403
    assert client.delete(SESSION).status_code == 204
    assert client.get(SESSION).status_code == 401


def test_signing_out_ends_the_session(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    client = desk.sign_in("ann")
    kept = dict(client.cookies)
    assert client.delete(SESSION).status_code == 204
    client.cookies.update(kept)
    assert client.get(SESSION).status_code == 401


def test_a_cookie_that_comes_along_from_elsewhere_changes_nothing(desk: Desk) -> None:
    desk.people.let_in("olga", Role.OWNER)
    client = desk.sign_in("olga")
    body = OLGA | {"name": "eve"}
    for origin in ("https://evil.example", "null", ""):
        answer = client.post(PEOPLE, json=body, headers={"origin": origin})
        assert answer.status_code == 403, origin
    assert client.get(PEOPLE, headers={"origin": "https://evil.example"}).status_code == 200
    assert client.post(PEOPLE, json=body).status_code == 201
    stranger = desk.client(origin="https://evil.example")
    assert try_in(stranger, "olga").status_code == 403


def test_a_refusal_does_not_tell_why_and_costs_the_same_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    real = guessing.Passwords.check

    def counting(self: guessing.Passwords, fetch: Callable[[], str | None], password: str) -> bool:
        checked.append(password)
        return real(self, fetch, password)

    monkeypatch.setattr(guessing.Passwords, "check", counting)
    desk.people.let_in("ann", Role.CS_AGENT)
    desk.people.let_in("dan", Role.QA)
    owner = desk.sign_in("olga")
    assert owner.patch(f"{PEOPLE}/dan", json={"disabled": True}).status_code == 200
    checked.clear()
    client = desk.client()
    refusals = [
        try_in(client, "ann", "wrong password"),
        try_in(client, "nobody"),
        try_in(client, "dan"),
        *[try_in(client, "ann", "wrong password") for _ in range(4)],
        try_in(client, "ann"),  # the right one, locked by now
        *[try_in(client, "nobody", "x") for _ in range(6)],
    ]
    assert {answer.status_code for answer in refusals} == {401}
    assert len({answer.text for answer in refusals}) == 1
    assert len(checked) == len(refusals)


def test_five_failures_lock_a_name_also_after_a_restart_and_nobody_elses(
    desk: Desk, start_api: Start
) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    desk.people.let_in("bob", Role.CS_AGENT)
    client = desk.client()
    for _ in range(5):
        assert try_in(client, "ann", "wrong password").status_code == 401
    assert try_in(client, "ann").status_code == 401
    assert try_in(client, "bob").status_code == 200
    with start_api() as again, again.client() as fresh:
        assert try_in(fresh, "ann").status_code == 401
    conn = desk.people.hand.conn
    conn.execute("UPDATE person SET locked_until = now() - interval '1 second'")
    with start_api() as again, again.client() as fresh:
        assert try_in(fresh, "ann").status_code == 200


def test_an_address_that_guesses_many_names_is_locked(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    client = desk.client()
    for number in range(guessing.FROM_ONE_ADDRESS):
        assert try_in(client, f"user{number}", "wrong password").status_code == 401
    assert try_in(client, "ann").status_code == 401


def test_whoever_guesses_a_name_from_elsewhere_does_not_lock_its_owner_out(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    hers = desk.sign_in("ann")
    desk.people.let_in("bob", Role.CS_AGENT)
    stranger = desk.client()
    for _ in range(5):
        assert try_in(stranger, "ann", "wrong password").status_code == 401
    assert try_in(stranger, "ann").status_code == 401  # the name is locked to strangers
    for number in range(guessing.FROM_ONE_ADDRESS):
        assert try_in(stranger, f"user{number}", "wrong password").status_code == 401
    assert try_in(stranger, "bob").status_code == 401  # and the address
    assert hers.delete(SESSION).status_code == 204
    assert try_in(hers, "ann").status_code == 200


def test_a_session_of_a_browser_ends_when_it_signs_in_again(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    client = desk.sign_in("ann")
    before = {"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
    assert try_in(client, "ann").status_code == 200
    assert client.get(SESSION).status_code == 200
    assert desk.client(**before).get(SESSION).status_code == 401


def test_one_sees_where_one_is_signed_in_and_ends_it_there(desk: Desk) -> None:
    for name in ("ann", "bob"):
        desk.people.let_in(name, Role.CS_AGENT)
    here, there, third, bob = (desk.sign_in(name) for name in ("ann", "ann", "ann", "bob"))
    told = here.get("/api/v1/sessions").json()["sessions"]
    assert [each["is_this"] for each in told] == [False, False, True]
    assert told[0]["address"] == "127.0.0.1"
    assert bob.delete(f"/api/v1/sessions/{told[1]['id']}").status_code == 404
    assert here.delete(f"/api/v1/sessions/{told[1]['id']}").status_code == 204
    assert [each.get(SESSION).status_code for each in (here, there, third)] == [200, 401, 200]
    assert here.delete("/api/v1/sessions").status_code == 204
    assert [each.get(SESSION).status_code for each in (here, third, bob)] == [200, 401, 200]
    conn = desk.people.hand.conn
    ended = conn.execute(
        "SELECT principal, detail FROM audit WHERE act = 'sign_out' ORDER BY id"
    ).fetchall()
    assert ended == [("ann", {"sessions": 1}), ("ann", {"sessions": 1})]


def test_a_cookie_of_an_earlier_database_does_not_lock_anybody_out(desk: Desk) -> None:
    client = desk.client(cookie=f"{COOKIE}=of-another-time")
    assert client.get(SESSION).json()["name"] == "operator"


def test_a_password_of_older_parameters_is_hashed_anew(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    conn = desk.people.hand.conn
    older = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    conn.execute("UPDATE person SET password = %s WHERE name = 'ann'", [older.hash(PASSWORD)])
    desk.sign_in("ann")
    row = conn.execute("SELECT password FROM person WHERE name = 'ann'").fetchone()
    assert row is not None
    assert "m=8,t=1" in row[0]
    desk.sign_in("ann")


def test_whoever_found_a_session_open_does_not_guess_the_password_there(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    client = desk.sign_in("ann")
    path, fresh = f"{PEOPLE}/ann/password", "another long password"
    for _ in range(5):
        assert client.post(path, json={"password": fresh, "current": "no"}).status_code == 422
    right = client.post(path, json={"password": fresh, "current": PASSWORD})
    assert (right.status_code, right.json()["where"]) == (422, "/current")


def test_everybody_changes_their_own_password_and_is_signed_out_by_it(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    client, other = desk.sign_in("ann"), desk.sign_in("ann")
    path, fresh = f"{PEOPLE}/ann/password", "another long password"
    assert client.post(path, json={"password": fresh}).status_code == 422
    wrong = client.post(path, json={"password": fresh, "current": "no"})
    assert (wrong.status_code, wrong.json()["where"]) == (422, "/current")
    short = client.post(path, json={"password": "short", "current": PASSWORD})
    assert (short.status_code, short.json()["where"]) == (422, "/password")
    assert client.post(f"{PEOPLE}/olga/password", json={"password": fresh}).status_code == 403
    assert client.post(path, json={"password": fresh, "current": PASSWORD}).status_code == 204
    assert other.get(SESSION).status_code == 401
    assert try_in(desk.client(), "ann").status_code == 401
    assert try_in(desk.client(), "ann", fresh).status_code == 200


def test_an_owner_lets_people_in_changes_them_and_sends_them_out(desk: Desk) -> None:
    desk.people.hand.seed(0)
    desk.people.let_in("olga", Role.OWNER)
    owner = desk.sign_in("olga")
    asked: dict[str, Any] = {
        "name": "pan",
        "shown": "潘",
        "role": "partner",
        "parties": ["acme"],
        "contact": {"email": "pan@example.com"},
    }
    made = owner.post(PEOPLE, json=asked)
    assert made.status_code == 201
    assert (made.json()["parties"], made.json()["has_password"]) == (["acme"], False)
    assert owner.post(PEOPLE, json=asked).status_code == 409
    unknown = owner.post(PEOPLE, json=asked | {"name": "x", "parties": ["nobody"]})
    assert unknown.status_code == 404
    assert owner.post(f"{PEOPLE}/pan/password", json={"password": PASSWORD}).status_code == 204
    partner = desk.sign_in("pan")
    changed = owner.patch(f"{PEOPLE}/pan", json={"parties": ["acme", "other"], "why": "fleet"})
    assert changed.json()["parties"] == ["acme", "other"]
    assert partner.get(SESSION).json()["parties"] == ["acme", "other"]
    assert owner.patch(f"{PEOPLE}/pan", json={"role": None}).status_code == 422
    assert owner.delete(f"{PEOPLE}/pan/sessions").status_code == 204
    assert partner.get(SESSION).status_code == 401
    assert owner.patch(f"{PEOPLE}/olga", json={"disabled": True}).status_code == 409
    names = [person["name"] for person in owner.get(PEOPLE).json()["people"]]
    assert names == ["olga", "pan"]
    assert owner.get(f"{PEOPLE}/nobody").status_code == 404


def test_nobody_without_the_right_sees_or_changes_people(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_LEAD)
    client = desk.sign_in("ann")
    assert client.get(PEOPLE).status_code == 403
    assert client.post(PEOPLE, json=OLGA | {"name": "eve"}).status_code == 403
    assert client.patch(f"{PEOPLE}/ann", json={"role": "owner"}).status_code == 403
    assert Right.EDIT_PEOPLE.value in client.get(PEOPLE).json()["detail"]


def test_the_tables_of_rights_are_there_to_read(api: httpx.Client) -> None:
    tables = api.get("/api/v1/rights").json()
    assert tables["sees"]["share"][Datum.POSITION] == "coarse"
    assert set(tables["may"]["cs_lead"]) == MAY[Role.CS_LEAD]


def test_a_masked_name_is_revealed_to_who_says_why_and_that_is_on_the_trail(
    desk: Desk, people_hand: PeopleHand, hand: FleetHand
) -> None:
    (plate,) = hand.seed(1)
    hand.conn.execute(
        "WITH t AS (INSERT INTO trip (code, created_by) VALUES ('T-1', 'x') RETURNING id),"
        " s AS (INSERT INTO trip_state (trip_id, state, vehicle_id)"
        "  SELECT t.id, 'en_route', v.id FROM t, vehicle v WHERE plate = %(plate)s)"
        " INSERT INTO assignment (trip_id, vehicle_id, driver, valid_from, author, reason)"
        " SELECT t.id, v.id, '张三', now(), 'x', 'y' FROM t, vehicle v WHERE plate = %(plate)s",
        {"plate": plate},
    )
    people_hand.let_in("ann", Role.CS_AGENT)
    people_hand.let_in("quin", Role.QA)
    client = desk.sign_in("ann")
    asked = {"kind": "driver", "subject": "T-1", "why": "accident"}
    assert client.post("/api/v1/reveal", json=asked).json() == {"values": ["张三"]}
    assert client.post("/api/v1/reveal", json=asked | {"why": ""}).status_code == 422
    assert client.post("/api/v1/reveal", json=asked | {"subject": "T-2"}).status_code == 404
    assert desk.sign_in("quin").post("/api/v1/reveal", json=asked).status_code == 403
    row = hand.conn.execute("SELECT principal, subject, why FROM audit WHERE act = 'reveal'")
    assert row.fetchall() == [("ann", "T-1", "accident")]
