"""Who is told of a transition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.fences import Hours
from fleet.notice_rules import (
    FRESH,
    TOLD_BY_ROLE,
    Channel,
    ChannelKind,
    Reachable,
    Rule,
    RuleHours,
    To,
    known_topics,
    matches,
    plan,
    takes,
)
from fleet.notices import Topic, Transition
from fleet.rights import Role

#: 2026-11-22T12:00:00 in Shanghai, a Sunday
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp()

SMS = Channel(1, "sms", ChannelKind.APPRISE, "SMS", "bulksms://u:p@{to}")
MAIL = Channel(2, "mail", ChannelKind.APPRISE, "Mail", "mailtos://u:p@x.example?to={to}")
GROUP = Channel(3, "group", ChannelKind.APPRISE, "Group", "wecombot://key")
ERP = Channel(4, "erp", ChannelKind.WEBHOOK, "ERP", "https://u@erp.example:8443/hooks/key?x=y")
TOLD = Transition(
    Topic.DELIVERED,
    "waybill",
    "HT20261122000001",
    "delivered|1",
    NOON,
    customer="acme",
    origin="WUH-1",
    destination="SHA-1",
    consignee="13800000001",
)


def person(name: str, role: Role, **more: object) -> Reachable:
    contact = {"email": f"{name}@example.org", "phone": f"+86{name}"}
    made = Reachable(name, role, None, frozenset(), contact)
    return replace(made, **more)  # type: ignore[arg-type] # fields by name


def told(
    to: To,
    channel: Channel,
    *people: Reachable,
    recipient: str = "",
    transition: Transition = TOLD,
) -> list[tuple[str, str]]:
    rule = Rule("rule", "", ("*",), channel.code, to, recipient)
    notes = plan([transition], [(rule, channel)], people, NOON)
    return [(note.recipient, note.address) for note in notes]


def test_persons_of_a_role_are_told_where_the_channel_reaches_them() -> None:
    ann = person("ann", Role.DISPATCHER)
    bob = person("bob", Role.DISPATCHER, contact={"sms": "139"})
    eve = person("eve", Role.QA)
    people = (ann, bob, eve)
    assert told(To.ROLE, SMS, *people, recipient="dispatcher") == [
        ("person:ann", "+86ann"),
        ("person:bob", "139"),
    ]
    assert told(To.ROLE, MAIL, *people, recipient="dispatcher") == [
        ("person:ann", "ann@example.org")
    ]
    assert told(To.ROLE, GROUP, *people, recipient="dispatcher") == [("role:dispatcher", "")]
    assert told(To.PERSON, MAIL, *people, recipient="eve") == [("person:eve", "eve@example.org")]


def test_nobody_is_told_of_waybills_that_they_may_not_see() -> None:
    ours = person("ours", Role.CS_AGENT, customers=frozenset({"acme"}))
    others = person("others", Role.CS_AGENT, customers=frozenset({"other"}))
    assert told(To.ROLE, SMS, ours, others, recipient="cs_agent") == [("person:ours", "+86ours")]
    here = person("here", Role.WAREHOUSE, sites=frozenset({"SHA-1"}))
    there = person("there", Role.WAREHOUSE, sites=frozenset({"CAN-1"}))
    assert told(To.ROLE, SMS, here, there, recipient="warehouse") == [("person:here", "+86here")]
    unnamed = replace(TOLD, customer="", origin="", destination="")
    assert len(told(To.ROLE, SMS, here, there, recipient="warehouse", transition=unnamed)) == 2


def test_customers_are_told_of_their_own_waybills_only() -> None:
    acme = person("acme", Role.CUSTOMER, customers=frozenset({"acme"}))
    other = person("other", Role.CUSTOMER, customers=frozenset({"other"}))
    nobody = person("nobody", Role.CUSTOMER)
    people = (acme, other, nobody)
    assert told(To.CUSTOMER, SMS, *people) == [("person:acme", "+86acme")]
    assert told(To.CUSTOMER, SMS, *people, transition=replace(TOLD, customer="")) == []
    assert told(To.CUSTOMER, GROUP) == [("customer:acme", "")]


@pytest.mark.parametrize("role", sorted(set(Role) - TOLD_BY_ROLE))
def test_outsiders_are_never_told_as_a_role(role: Role) -> None:
    outsider = person("x", role, customers=frozenset({"acme"}))
    assert told(To.ROLE, SMS, outsider, recipient=role.value) == []


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("phone", [("consignee", "13800000001")]),
        ("sms", [("consignee", "13800000001")]),
        ("email", []),
        ("none", []),
    ],
)
def test_a_consignee_is_told_as_they_want_to_be(
    contact: str, expected: list[tuple[str, str]]
) -> None:
    assert told(To.CONSIGNEE, SMS, transition=replace(TOLD, contact=contact)) == expected
    assert told(To.CONSIGNEE, SMS, transition=replace(TOLD, consignee="")) == []


def test_two_rules_tell_one_recipient_once_as_the_first_says() -> None:
    first = Rule("first", "", ("waybill.delivered",), "erp", To.SYSTEM, language="en")
    second = Rule("second", "", ("waybill.*",), "erp", To.SYSTEM)
    (note,) = plan([TOLD, TOLD], [(first, ERP), (second, ERP)], (), NOON)
    assert note.rule is first
    assert note.key == "waybill.delivered|waybill:HT20261122000001|delivered|1|system|erp"


def test_a_channel_that_is_off_tells_nobody() -> None:
    assert told(To.SYSTEM, replace(ERP, enabled=False)) == []


def test_a_rule_about_alerts_takes_those_that_are_severe_enough() -> None:
    rule = Rule("rule", "", ("*",), "erp", To.SYSTEM, least=2)
    for topic, severity, expected in (
        ("alert.late", 2, True),
        ("alert.late", 3, False),
        ("alert_over.late", 3, False),
        ("alert_escalated.late", 1, True),
        (Topic.EXCEPTION_OPENED, 3, False),
        (Topic.DELIVERED, 4, True),
    ):
        given_one = replace(TOLD, topic=topic, severity=severity)
        assert matches(rule, given_one, NOON) is expected, topic


@pytest.mark.parametrize("late", [0.0, 1.0])
def test_people_are_not_told_of_what_waybills_did_longer_ago_than_a_day(late: float) -> None:
    old = replace(TOLD, at=NOON - FRESH - late)
    people = Rule("rule", "", ("*",), "sms", To.CONSIGNEE)
    system = Rule("rule", "", ("*",), "erp", To.SYSTEM)
    assert matches(people, old, NOON) is (late == 0.0)
    assert matches(system, old, NOON)
    assert matches(people, replace(old, topic="alert.late"), NOON)


@pytest.mark.parametrize(
    ("clock", "holds"),
    [
        ("2026-11-21T21:59:59", False),
        ("2026-11-21T22:00:00", True),  # a Saturday
        ("2026-11-22T05:59:59", True),
        ("2026-11-22T06:00:00", False),
        ("2026-11-22T22:00:00", False),  # a Sunday
    ],
)
def test_a_rule_of_a_night_shift_holds_from_its_day_into_the_next(clock: str, holds: bool) -> None:  # noqa: FBT001 - a row of the table
    night = RuleHours(Hours((5,), 1320, 1800), "Asia/Shanghai")
    rule = Rule("rule", "", ("*",), "erp", To.SYSTEM, hours=(night,))
    now = datetime.fromisoformat(f"{clock}+08:00").timestamp()
    assert matches(rule, replace(TOLD, at=now), now) is holds


def test_hours_are_those_of_the_recipients_place_if_it_is_known() -> None:
    office = RuleHours(Hours((6,), 480, 1080), "Asia/Shanghai")  # 08:00 to 18:00
    rule = Rule("rule", "", ("*",), "erp", To.SYSTEM, hours=(office,))
    assert matches(rule, TOLD, NOON)
    assert not matches(rule, replace(TOLD, zone="America/New_York"), NOON)  # 23:00


@given(st.sampled_from(known_topics()), st.integers(0, 30))
def test_a_pattern_takes_what_begins_as_it_does(topic: str, length: int) -> None:
    assert takes(topic[:length] + "*", topic)
    assert takes(topic, topic)
    assert not takes(topic[:length] + "#", topic)


def test_nothing_that_may_be_secret_is_shown_of_a_channel() -> None:
    assert [channel.shown for channel in (SMS, MAIL, GROUP, ERP)] == [
        "bulksms://…",
        "mailtos://…",
        "wecombot://…",
        "https://erp.example:8443/…",
    ]


def test_what_is_a_matter_of_safety_waits_for_no_digest() -> None:
    rule = Rule("rule", "", ("*",), "group", To.ADDRESS, digest_minutes=60)
    notes = plan([TOLD, replace(TOLD, name="x", severity=1)], [(rule, GROUP)], (), NOON)
    assert [note.digest_minutes for note in notes] == [60, 0]


@pytest.mark.parametrize(
    ("to", "delay", "limited"),
    [
        (To.CONSIGNEE, True, True),
        (To.CONSIGNEE, False, False),
        (To.ADDRESS, True, False),
    ],
)
def test_only_customers_are_spared_news_of_a_delay(to: To, delay: bool, limited: bool) -> None:  # noqa: FBT001 - a row of the table
    rule = Rule("rule", "", ("*",), "sms", to, "139")
    (note,) = plan([replace(TOLD, delay=delay)], [(rule, SMS)], (), NOON)
    assert note.is_limited is limited
