"""Rules, channels and the log of deliveries, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from fleet.notices import Topic, Transition
from fleet.rights import Role
from shipment import wording
from store import notices
from tests.fix_api import FleetHand, Start
from tests.fix_people import Desk

pytestmark = pytest.mark.db

CHANNELS, RULES, NOTICES = "/api/v1/channels", "/api/v1/notice-rules", "/api/v1/notices"
ERP = {
    "code": "erp",
    "kind": "webhook",
    "name": "ERP",
    "address": "https://erp.example/hooks/s3cret",
}
SMS = {"code": "sms", "kind": "apprise", "name": "SMS", "address": "bulksms://u:p4ss@{to}"}
RULE = {
    "code": "all",
    "name": "Everything",
    "topics": ["waybill.*"],
    "channel": "erp",
    "to": "system",
}


@pytest.fixture
def client(start_api: Start) -> Iterator[httpx.Client]:
    with start_api() as running, running.client() as made:
        yield made


def tell(hand: FleetHand, number: str = "HT20261122000001") -> None:
    """A waybill is delivered."""
    body = wording.body(("已签收", f"单号{number}已签收"), ("Delivered", "It was delivered"))
    now = datetime.now(UTC)
    transition = Transition(
        Topic.DELIVERED,
        "waybill",
        number,
        "delivered|1",
        now.timestamp(),
        body=body,
        consignee="13812345678",
    )
    notices.enqueue(hand.conn, [transition], now)


def the_notice(client: httpx.Client) -> dict[str, Any]:
    (found,) = client.get(NOTICES).json()["notices"]
    assert isinstance(found, dict)
    return found


def test_a_secret_is_told_once_and_an_address_never(client: httpx.Client) -> None:
    made = client.post(CHANNELS, json=ERP)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    client.post(CHANNELS, json=SMS)
    listed = client.get(CHANNELS)
    assert [channel["address"] for channel in listed.json()["channels"]] == [
        "https://erp.example/…",
        "bulksms://…",
    ]
    for hidden in ("s3cret", "p4ss", made.json()["secret"]):
        assert hidden not in listed.text
    changed = client.put(f"{CHANNELS}/erp", json={"name": "ERP 2", "enabled": True})
    assert changed.json()["secret"] is None
    renewed = {"name": "ERP 2", "enabled": True, "new_secret": True}
    assert client.put(f"{CHANNELS}/erp", json=renewed).json()["secret"] != made.json()["secret"]
    trail = client.get("/api/v1/audit?kind=channel").text
    assert "s3cret" not in trail
    assert "whsec_" not in trail


def test_a_channel_whose_address_is_none_is_refused(client: httpx.Client) -> None:
    for kind, address in (
        ("webhook", "ftp://erp.example/"),
        ("webhook", "https://user:pw@erp.example/"),
        ("webhook", "https://2130706433/"),
        ("apprise", "https://erp.example/"),
        ("apprise", "dbus://"),
        ("apprise", "syslog://_/"),
        ("apprise", "no address"),
    ):
        answer = client.post(CHANNELS, json=ERP | {"kind": kind, "address": address})
        assert (answer.status_code, answer.json()["where"]) == (422, "/address"), address


def test_a_channel_in_use_cannot_be_removed(client: httpx.Client, hand: FleetHand) -> None:
    client.post(CHANNELS, json=ERP)
    client.post(RULES, json=RULE)
    tell(hand)
    assert "all" in client.delete(f"{CHANNELS}/erp").json()["detail"]
    assert client.delete(f"{RULES}/all").status_code == 204
    assert "log" in client.delete(f"{CHANNELS}/erp").json()["detail"]
    assert the_notice(client)["rule"] is None
    client.post(CHANNELS, json=ERP | {"code": "other"})
    assert client.delete(f"{CHANNELS}/other").status_code == 204
    assert client.delete(f"{CHANNELS}/other").status_code == 404


def test_the_first_channel_to_consignees_brings_the_usual_rules_switched_off(
    client: httpx.Client,
) -> None:
    client.post(CHANNELS, json=SMS)
    rules = client.get(RULES).json()["rules"]
    told = [rule for rule in rules if rule["to"] == "consignee"]
    assert [rule["name"] for rule in told] == [
        "到达目的地",
        "延迟",
        "已签收",
        "即将派送",
        "已揽收",
    ]
    assert {rule["enabled"] for rule in told} == {False}


def test_supervisors_are_told_what_waits_too_long_by_the_first_channel_to_people(
    client: httpx.Client,
) -> None:
    for channel in (SMS, SMS | {"code": "second"}):
        client.post(CHANNELS, json=channel)
    rules = client.get(RULES).json()["rules"]
    (leads,) = [rule for rule in rules if rule["to"] == "role"]
    assert (leads["recipient"], leads["enabled"], leads["channel"]) == ("cs_lead", True, "sms")
    assert "exception.breached" in leads["topics"]


def test_a_rule_says_what_it_was_told(client: httpx.Client) -> None:
    client.post(CHANNELS, json=SMS)
    hours = [{"days": [0, 1], "opens": 1320, "closes": 1800}]
    asked = RULE | {
        "channel": "sms",
        "to": "role",
        "recipient": "dispatcher",
        "least": 2,
        "customers": ["acme"],
        "hours": hours,
        "language": "both",
        "digest_minutes": 60,
    }
    made = client.post(RULES, json=asked).json()
    assert {key: made[key] for key in asked if key != "hours"} == {
        key: value for key, value in asked.items() if key != "hours"
    }
    assert made["hours"] == [hours[0] | {"zone": "UTC"}]  # the installation's
    assert made in client.get(RULES).json()["rules"]
    del asked["code"]
    changed = client.put(f"{RULES}/all", json=asked | {"enabled": False})
    assert changed.json() == made | {"enabled": False}
    assert client.put(f"{RULES}/none", json=asked).status_code == 404


def test_a_rule_that_would_tell_nobody_is_refused(client: httpx.Client) -> None:
    client.post(CHANNELS, json=ERP)
    client.post(CHANNELS, json=SMS)
    client.post(CHANNELS, json=SMS | {"code": "mail", "address": "mailto://u:p@x.example?to={to}"})
    changes: list[tuple[dict[str, Any], str]] = [
        ({"topics": ["waybill.lost"]}, "/topics/0"),
        ({"to": "role", "recipient": "dispatcher"}, "/to"),
        ({"digest_minutes": 5}, "/digest_minutes"),
        ({"channel": "sms"}, "/to"),
        ({"channel": "sms", "to": "role", "recipient": "customer"}, "/recipient"),
        ({"channel": "sms", "to": "address"}, "/recipient"),
        ({"channel": "mail", "to": "consignee"}, "/channel"),
        ({"hours": [{"days": [0], "opens": 60, "closes": 60}]}, "/hours/0/closes"),
        ({"hours": [{"days": [0], "opens": 0, "closes": 60, "zone": "X"}]}, "/hours/0/zone"),
    ]
    for change, where in changes:
        answer = client.post(RULES, json=RULE | change)
        assert (answer.status_code, answer.json().get("where")) == (422, where), change


def test_a_rule_needs_its_channel(client: httpx.Client) -> None:
    assert client.post(RULES, json=RULE).status_code == 404


def test_the_log_shows_what_is_told_to_whom_without_their_address(
    client: httpx.Client, hand: FleetHand
) -> None:
    client.post(CHANNELS, json=SMS)
    rule = RULE | {"channel": "sms", "to": "consignee"}
    client.post(RULES, json=rule)
    tell(hand)
    notice = the_notice(client)
    assert (notice["state"], notice["recipient"], notice["address"]) == (
        "waiting",
        "consignee",
        "…5678",
    )
    assert notice["text_zh"] == "单号HT20261122000001已签收"
    assert "1381234" not in client.get(NOTICES).text
    assert client.get(NOTICES).json()["counts"]["waiting"] == 1
    assert client.get(f"{NOTICES}?state=sent").json()["notices"] == []
    assert len(client.get(f"{NOTICES}?subject=HT20261122000001").json()["notices"]) == 1
    assert client.get(f"{NOTICES}/{notice['id']}").json()["attempts"] == []


def test_the_log_goes_on_where_a_page_ended(client: httpx.Client, hand: FleetHand) -> None:
    client.post(CHANNELS, json=ERP)
    client.post(RULES, json=RULE)
    for number in range(5):
        tell(hand, f"HT2026112200000{number}")
    first = client.get(f"{NOTICES}?limit=3").json()
    rest = client.get(f"{NOTICES}?limit=3&before={first['notices'][-1]['id']}").json()
    subjects = [one["subject"][-1] for page in (first, rest) for one in page["notices"]]
    assert (subjects, first["more"], rest["more"]) == (list("43210"), True, False)


def test_what_can_do_no_harm_is_sent_again(client: httpx.Client, hand: FleetHand) -> None:
    client.post(CHANNELS, json=ERP)
    client.post(CHANNELS, json=SMS)
    client.post(RULES, json=RULE)
    client.post(RULES, json=RULE | {"code": "sms", "channel": "sms", "to": "consignee"})
    tell(hand)
    ids = {one["channel"]: one["id"] for one in client.get(NOTICES).json()["notices"]}
    for state, channel, status in (
        ("failed", "erp", 202),
        ("failed", "sms", 202),
        ("sent", "erp", 202),
        ("sent", "sms", 409),
        ("sending", "erp", 409),
        ("cancelled", "erp", 409),
        ("gathered", "erp", 409),
    ):
        hand.conn.execute("UPDATE notice SET state = %s, tries = 9", [state])
        path = f"{NOTICES}/{ids[channel]}"
        answer = client.post(f"{path}/replay", json={"why": "they have lost it"})
        assert answer.status_code == status, (state, channel)
        after = client.get(path).json()
        expected = ("waiting", 0) if status == 202 else (state, 9)
        assert (after["state"], after["tries"]) == expected
    said = client.get("/api/v1/audit?kind=notice").json()["entries"]
    assert [entry["why"] for entry in said] == ["they have lost it"] * 3


def test_a_test_of_a_channel_is_a_notice_like_any_other(client: httpx.Client) -> None:
    client.post(CHANNELS, json=SMS)
    assert client.post(f"{CHANNELS}/sms/test", json={}).status_code == 422
    answer = client.post(f"{CHANNELS}/sms/test", json={"to": "13812345678"})
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert answer.json()["recipient"] == "address:…5678"
    client.put(f"{CHANNELS}/sms", json={"name": "SMS", "enabled": False})
    assert client.post(f"{CHANNELS}/sms/test", json={"to": "1"}).status_code == 409


def test_only_those_who_may_edit_rules_do_and_drivers_read_nothing(desk: Desk) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    desk.people.let_in("dan", Role.DRIVER, driver="Dan")
    olga, ann, dan = (desk.sign_in(name) for name in ("olga", "ann", "dan"))
    assert olga.post(CHANNELS, json=ERP).status_code == 201
    assert ann.get(CHANNELS).status_code == 200
    assert ann.post(CHANNELS, json=ERP).status_code == 403
    assert ann.post(RULES, json=RULE).status_code == 403
    assert dan.get(NOTICES).status_code == 403


def test_a_reader_of_some_customers_sees_no_notices_of_others(desk: Desk, hand: FleetHand) -> None:
    hand.seed(0)
    desk.people.let_in("ann", Role.CS_AGENT, customers=["acme"])
    olga, ann = desk.sign_in("olga"), desk.sign_in("ann")
    olga.post(CHANNELS, json=ERP)
    olga.post(RULES, json=RULE)
    tell(hand)
    notice = the_notice(olga)["id"]
    assert ann.get(NOTICES).json()["notices"] == []
    assert ann.get(f"{NOTICES}/{notice}").status_code == 404


def test_an_unknown_notice_is_not_found(client: httpx.Client) -> None:
    nobody = "01a2029a-b460-75ea-bff6-d061eec9d481"
    assert client.get(f"{NOTICES}/{nobody}").status_code == 404
    assert client.post(f"{NOTICES}/{nobody}/replay", json={}).status_code == 404
