"""How devices prove who they are, over the API; and what a broker that asks is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest

from milepost.stack.authority import Authority
from store import admin, identity
from tests.fix_api import FleetHand, Start
from tracker_api.guesses import FAILURES
from tracker_api.routes.broker import is_own, judge

pytestmark = pytest.mark.db

SECRET = "0123456789abcdef"  # noqa: S105 - of this test
HEADERS = {"X-Milepost-Broker": SECRET}
DEVICES = "/api/v1/devices"


@pytest.fixture
def broker(start_api: Start, hand: FleetHand) -> Iterator[httpx.Client]:
    """A client of an API that knows the secret of a broker, and a device ``T1``."""
    hand.seed(1)
    with start_api(broker_secret=SECRET) as running, running.client(**HEADERS) as client:
        yield client


def made(client: httpx.Client, code: str) -> str:
    answer = client.post(DEVICES, json={"code": code})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["password"])


def login(client: httpx.Client, user: str, password: str, clientid: str | None = None) -> str:
    said = {
        "username": user,
        "password": password,
        "clientid": user if clientid is None else clientid,
    }
    answer = client.post("/api/v1/broker/authenticate", json=said)
    assert answer.status_code == 200, answer.text
    assert answer.json()["is_superuser"] is False
    return str(answer.json()["result"])


def act(client: httpx.Client, user: str, action: str, topic: str) -> str:
    said = {"username": user, "action": action, "topic": topic}
    return str(client.post("/api/v1/broker/authorize", json=said).json()["result"])


def refused(client: httpx.Client, code: str) -> dict[str, tuple[int, str]]:
    told = client.get(f"{DEVICES}/{code}/identity").json()["refused"]
    return {kind["kind"]: (kind["count"], kind["detail"]) for kind in told}


def credential(hand: FleetHand, code: str) -> str:
    return admin.credentials(hand.conn)[code]


def test_a_password_is_replaced_at_once(api: httpx.Client, hand: FleetHand) -> None:
    old = made(api, "T1")
    answer = api.post(f"{DEVICES}/T1/credential").json()
    assert answer["valid_from"] is None
    assert answer["password"] != old
    assert bcrypt.checkpw(answer["password"].encode(), credential(hand, "T1").encode())


def test_a_password_that_takes_over_later_leaves_the_old_one_until_then(
    api: httpx.Client, hand: FleetHand
) -> None:
    old = made(api, "T1")
    before = datetime.now(UTC)
    answer = api.post(f"{DEVICES}/T1/credential", json={"after": 3600}).json()
    due = datetime.fromisoformat(answer["valid_from"])
    assert before + timedelta(hours=1) <= due <= datetime.now(UTC) + timedelta(hours=1)
    assert not identity.settle(hand.conn, due - timedelta(seconds=1))
    assert bcrypt.checkpw(old.encode(), credential(hand, "T1").encode())
    told = api.get(f"{DEVICES}/T1/identity").json()
    assert datetime.fromisoformat(told["next_from"]) == due
    assert identity.settle(hand.conn, due + timedelta(seconds=1))
    assert bcrypt.checkpw(answer["password"].encode(), credential(hand, "T1").encode())
    assert not identity.settle(hand.conn, due + timedelta(seconds=2))


def test_a_device_that_is_revoked_has_no_password_and_no_certificate(
    api: httpx.Client, hand: FleetHand, tmp_path: Path
) -> None:
    made(api, "T1")
    authority = Authority.open(tmp_path, datetime.now(UTC))
    pem = authority.for_client("T1", datetime.now(UTC)).certificate
    assert api.post(f"{DEVICES}/T1/certificates", json={"certificate": pem}).status_code == 201
    assert api.delete(f"{DEVICES}/T1/credential").status_code == 204
    assert "T1" not in admin.credentials(hand.conn)
    assert "T1" not in identity.certificates(hand.conn).values()
    told = api.get(f"{DEVICES}/T1").json()
    assert (told["has_credential"], told["revoked_at"] is not None) == (False, True)
    assert api.post(f"{DEVICES}/T1/credential", json={"after": 60}).status_code == 409
    api.post(f"{DEVICES}/T1/credential")
    assert api.get(f"{DEVICES}/T1").json()["revoked_at"] is None


def test_certificates_are_added_listed_and_revoked_one_by_one(
    api: httpx.Client, hand: FleetHand, tmp_path: Path
) -> None:
    made(api, "T1")
    now = datetime.now(UTC)
    authority = Authority.open(tmp_path, now)
    first, second = (authority.for_client("T1", now).certificate for _ in range(2))
    serials = [
        api.post(f"{DEVICES}/T1/certificates", json={"certificate": pem}).json()["serial"]
        for pem in (first, second)
    ]
    again = api.post(f"{DEVICES}/T1/certificates", json={"certificate": first})
    assert again.status_code == 409
    assert api.delete(f"{DEVICES}/T1/certificates/{serials[0].upper()}").status_code == 204
    assert api.delete(f"{DEVICES}/T1/certificates/{serials[0]}").status_code == 404
    told = api.get(f"{DEVICES}/T1/identity").json()["certificates"]
    assert {one["serial"]: one["revoked_at"] is not None for one in told} == {
        serials[0]: True,
        serials[1]: False,
    }
    assert identity.certificates(hand.conn) == {f"SERIALNUMBER={serials[1]},CN=T1": "T1"}
    assert identity.revoked_serials(hand.conn, now) == [serials[0]]


def test_a_certificate_counts_until_its_end(
    api: httpx.Client, hand: FleetHand, tmp_path: Path
) -> None:
    made(api, "T1")
    now = datetime.now(UTC)
    pem = Authority.open(tmp_path, now).for_client("T1", now, timedelta(hours=1)).certificate
    api.post(f"{DEVICES}/T1/certificates", json={"certificate": pem})
    assert not identity.settle(hand.conn, now + timedelta(minutes=59))
    assert len(identity.certificates(hand.conn)) == 1
    assert identity.settle(hand.conn, now + timedelta(minutes=61))
    assert identity.certificates(hand.conn) == {}


@pytest.mark.parametrize("fault", ["another's", "ended", "none"])
def test_a_certificate_that_proves_nothing_of_the_device_is_refused(
    api: httpx.Client, tmp_path: Path, fault: str
) -> None:
    made(api, "T1")
    past = datetime.now(UTC) - timedelta(days=9)
    authority = Authority.open(tmp_path, past)
    pem = {
        "another's": authority.for_client("T2", past).certificate,
        "ended": authority.for_client("T1", past, timedelta(days=1)).certificate,
        "none": "T1",
    }[fault]
    answer = api.post(f"{DEVICES}/T1/certificates", json={"certificate": pem})
    assert answer.status_code == 422
    assert api.get(f"{DEVICES}/T1/identity").json()["certificates"] == []


def test_what_is_done_to_a_device_is_on_the_trail_and_no_secret_with_it(
    api: httpx.Client, hand: FleetHand
) -> None:
    password = made(api, "T1")
    api.post(f"{DEVICES}/T1/credential", json={"after": 60})
    api.delete(f"{DEVICES}/T1/credential")
    rows = hand.conn.execute("SELECT * FROM audit WHERE subject = 'T1' ORDER BY id").fetchall()
    text = str(rows)
    assert [act for act in ("create", "credential", "revoke") if act in text] == [
        "create",
        "credential",
        "revoke",
    ]
    assert "has_password" in text
    assert password not in text
    assert "$2b$" not in text


def test_nobody_but_a_broker_with_the_secret_is_answered(
    api: httpx.Client, broker: httpx.Client
) -> None:
    said = {"username": "T1", "password": "x", "clientid": "T1"}
    assert api.post("/api/v1/broker/authenticate", json=said).status_code == 404  # none is set
    for wrong in ({}, {"X-Milepost-Broker": SECRET[:-1]}, {"X-Milepost-Broker": SECRET + "0"}):
        bare = httpx.Client(base_url=broker.base_url, headers=wrong, verify=False)  # noqa: S501 - plain HTTP
        with bare:
            for path in ("authenticate", "authorize"):
                assert bare.post(f"/api/v1/broker/{path}", json=said).status_code in {401, 422}


def test_a_broker_is_told_whether_a_password_is_right(broker: httpx.Client) -> None:
    password = made(broker, "T1")
    assert login(broker, "T1", password) == "allow"
    assert login(broker, "T1", password, "T2") == "deny"  # another's client id
    assert login(broker, "T1", password + "x") == "deny"
    assert login(broker, "T1", "") == "deny"
    assert login(broker, "T1", "\0") == "deny"
    assert login(broker, "T1", "x" * 1000) == "deny"
    assert login(broker, "nobody", password) == "deny"
    assert login(broker, "a\0b", password) == "deny"
    assert login(broker, "gateway", password) == "ignore"
    assert refused(broker, "T1")["login"] == (5, "T1")


def test_while_a_password_is_replaced_both_are_right_and_after_a_revocation_none(
    broker: httpx.Client, hand: FleetHand
) -> None:
    old = made(broker, "T1")
    new = broker.post(f"{DEVICES}/T1/credential", json={"after": 60}).json()["password"]
    assert [login(broker, "T1", word) for word in (old, new)] == ["allow", "allow"]
    identity.settle(hand.conn, datetime.now(UTC) + timedelta(seconds=61))
    assert [login(broker, "T1", word) for word in (old, new)] == ["deny", "allow"]
    broker.delete(f"{DEVICES}/T1/credential")
    assert login(broker, "T1", new) == "deny"


@pytest.mark.parametrize(
    ("clientid", "expected"),
    [("T1", True), ("T1/spare", True), ("T10", False), ("T2", False), ("", False)],
)
def test_a_device_has_no_client_id_but_its_own(clientid: str, *, expected: bool) -> None:
    assert is_own(clientid, "T1") is expected


def test_who_fails_too_often_is_not_listened_to_and_no_longer_written_down(
    broker: httpx.Client,
) -> None:
    password = made(broker, "T1")
    for _ in range(FAILURES + 3):
        assert login(broker, "T1", "wrong") == "deny"
    assert login(broker, "T1", password) == "deny"
    assert refused(broker, "T1")["login"][0] == FAILURES
    other = made(broker, "T2")
    assert login(broker, "T2", other) == "allow"


@pytest.mark.parametrize(
    ("user", "action", "topic", "expected"),
    [
        ("T1", "publish", "fleet/v1/T1/nmea", "allow"),
        ("T1", "publish", "fleet/v1/T1/cmd/ack", "allow"),
        ("T1", "publish", "fleet/v1/T1", "deny"),
        ("T1", "publish", "fleet/v1/T1/", "deny"),
        ("T1", "publish", "fleet/v1/T10/nmea", "deny"),
        ("T1", "publish", "fleet/v1/T2/nmea", "deny"),
        ("T1", "publish", "$SYS/x", "deny"),
        ("T1", "publish", "fleet/v1/T1/#", "deny"),
        ("T1", "subscribe", "fleet/v1/T1/cmd", "allow"),
        ("T1", "subscribe", "fleet/v1/T1/#", "deny"),
        ("T1", "subscribe", "fleet/v1/+/cmd", "deny"),
        ("T1", "subscribe", "$share/g/fleet/v1/T1/cmd", "deny"),
        ("T1", "subscribe", "#", "deny"),
        ("+", "publish", "fleet/v1/+/nmea", "deny"),
        ("gateway", "subscribe", "fleet/v1/+/nmea", "ignore"),
    ],
)
def test_what_a_device_may_do(user: str, action: str, topic: str, expected: str) -> None:
    assert judge(user, action, topic) == expected


def test_what_a_broker_refused_is_on_the_devices_page(broker: httpx.Client) -> None:
    made(broker, "T1")
    assert act(broker, "T1", "publish", "fleet/v1/T1/nmea") == "allow"
    assert act(broker, "T1", "publish", "fleet/v1/T2/nmea") == "deny"
    act(broker, "T1", "publish", "other")
    act(broker, "T1", "subscribe", "#")
    assert refused(broker, "T1") == {"publish": (2, "other"), "subscribe": (1, "#")}
    told: dict[str, Any] = broker.get(f"{DEVICES}/T1").json()
    assert told["refused"] == 3
