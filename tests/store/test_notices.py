from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.notices import Topic, Transition
from store import notices


@pytest.fixture
def delivered(noon: datetime) -> Transition:
    return Transition(
        Topic.DELIVERED,
        "waybill",
        "HT20241121000001",
        "delivered|1",
        noon.timestamp(),
        customer="alpha",
        origin="WUH-1",
        destination="SHA-1",
        body={"zh": {"title": "已签收", "text": "HT20241121000001 已签收"}},
        consignee="13800000001",
    )


@pytest.fixture(autouse=True)
def channels(conn: Connection[Any]) -> None:
    conn.execute(
        "INSERT INTO channel (code, kind, name, address, author) VALUES"
        " ('erp', 'webhook', 'ERP', 'https://erp.example/in', 'op'),"
        " ('sms', 'apprise', 'SMS', 'smsgw://user:pass@{to}', 'op'),"
        " ('mail', 'apprise', 'Mail', 'mailtos://u:p@mail.example?to={to}', 'op'),"
        " ('group', 'apprise', 'Group', 'wecombot://key', 'op')"
    )


def rule(conn: Connection[Any], channel: str, to: str, recipient: str = "", **more: object) -> None:
    row = {"topics": ["waybill.*"], **more}
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" for name in row)
    conn.execute(
        f"INSERT INTO notice_rule (code, name, channel_id, to_kind, recipient, author, {names})"  # noqa: S608 - names of columns
        f" SELECT %(code)s, 'a rule', id, %(to)s, %(recipient)s, 'op', {marks}"
        " FROM channel WHERE code = %(channel)s",
        row
        | {
            "channel": channel,
            "to": to,
            "recipient": recipient,
            "code": f"{channel}-{to}-{recipient or 'any'}",
        },
    )


def person(conn: Connection[Any], name: str, role: str, **more: object) -> None:
    row = {"contact": Jsonb({"email": f"{name}@example.org", "phone": "139"}), **more}
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" for name in row)
    conn.execute(
        f"INSERT INTO person (name, shown, role, created_by, {names})"  # noqa: S608 - names of columns
        f" VALUES (%(name)s, %(name)s, %(role)s, 'op', {marks})",
        row | {"name": name, "role": role},
    )


def told(conn: Connection[Any]) -> list[tuple[str, str, str, str]]:
    """Recipient, address, channel and state of every notice, in the order of recipients."""
    return conn.execute(
        "SELECT recipient, n.address, c.code, state FROM notice n"
        " JOIN channel c ON c.id = n.channel_id ORDER BY recipient, c.code, n.corrects IS NOT NULL"
    ).fetchall()


def mark(conn: Connection[Any], state: str, tries: int = 0) -> None:
    conn.execute("UPDATE notice SET state = %s, tries = %s", [state, tries])


def test_a_transition_is_told_once_to_each_recipient_whoever_enqueues_it_again(
    conn: Connection[Any], delivered: Transition, noon: datetime
) -> None:
    person(conn, "an", "dispatcher")
    person(conn, "bo", "dispatcher", disabled_at=noon)
    person(conn, "cy", "customer", customers=["alpha"])
    person(conn, "di", "customer", customers=["beta"])
    rule(conn, "erp", "system")
    rule(conn, "sms", "consignee")
    rule(conn, "mail", "role", "dispatcher")
    rule(conn, "mail", "person", "an")
    rule(conn, "mail", "customer")
    rule(conn, "group", "role", "dispatcher")

    assert notices.enqueue(conn, [delivered, delivered], noon) == 5
    assert notices.enqueue(conn, [delivered], noon + timedelta(hours=1)) == 0
    assert told(conn) == [
        ("consignee", "13800000001", "sms", "waiting"),
        ("person:an", "an@example.org", "mail", "waiting"),
        ("person:cy", "cy@example.org", "mail", "waiting"),
        ("role:dispatcher", "", "group", "waiting"),
        ("system", "", "erp", "waiting"),
    ]


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"topic": Topic.RISK}, {"topics": ["waybill.delivered"]}),
        ({}, {"customers": ["beta"]}),
        ({}, {"origins": ["SHA-1"]}),
        ({}, {"destinations": ["WUH-1"]}),
        ({}, {"enabled": False}),
        ({"topic": "alert.late", "severity": 3}, {"topics": ["*"], "least": 2}),
    ],
)
def test_a_rule_that_is_about_something_else_tells_nobody(
    conn: Connection[Any],
    delivered: Transition,
    noon: datetime,
    change: Mapping[str, Any],
    more: Mapping[str, Any],
) -> None:
    rule(conn, "erp", "system", **more)
    assert notices.enqueue(conn, [replace(delivered, **change)], noon) == 0


def test_nothing_is_told_of_a_fact_that_was_not_kept(
    conn: Connection[Any], delivered: Transition, noon: datetime
) -> None:
    rule(conn, "erp", "system")
    with conn.transaction(force_rollback=True):
        assert notices.enqueue(conn, [delivered], noon) == 1
    assert told(conn) == []


def test_what_was_sent_is_corrected_once_and_what_was_not_is_cancelled(
    conn: Connection[Any], delivered: Transition, noon: datetime
) -> None:
    rule(conn, "erp", "system")
    rule(conn, "sms", "consignee")
    notices.enqueue(conn, [delivered], noon)
    conn.execute("UPDATE notice SET state = 'sent' WHERE recipient = 'system'")
    wrong = replace(delivered, name="delivered|1|retracted", corrects="delivered|1")

    assert notices.enqueue(conn, [wrong], noon) == 1
    assert notices.enqueue(conn, [wrong], noon) == 0
    assert told(conn) == [
        ("consignee", "13800000001", "sms", "cancelled"),
        ("system", "", "erp", "sent"),
        ("system", "", "erp", "waiting"),
    ]


@pytest.mark.parametrize(
    ("state", "tries", "left", "corrections"),
    [
        ("waiting", 0, "cancelled", 0),
        ("waiting", 1, "cancelled", 1),  # it may have been taken all the same
        ("sending", 0, "sending", 1),
        ("sent", 1, "sent", 1),
        ("gathered", 0, "gathered", 1),
        ("failed", 9, "cancelled", 1),
    ],
)
def test_whoever_may_know_of_what_was_wrong_gets_a_correction(  # noqa: PLR0913, PLR0917 - a row of the table
    conn: Connection[Any],
    delivered: Transition,
    noon: datetime,
    state: str,
    tries: int,
    left: str,
    corrections: int,
) -> None:
    rule(conn, "erp", "system")
    notices.enqueue(conn, [delivered], noon)
    mark(conn, state, tries)
    wrong = replace(delivered, name="taken back", corrects=delivered.name)
    assert notices.enqueue(conn, [wrong], noon) == corrections
    assert [row[3] for row in told(conn)] == [left] + ["waiting"] * corrections


def test_what_comes_true_after_all_is_told_again(
    conn: Connection[Any], delivered: Transition, noon: datetime
) -> None:
    rule(conn, "erp", "system")
    notices.enqueue(conn, [delivered], noon)
    mark(conn, "sent", 1)
    wrong = replace(delivered, name="taken back", corrects=delivered.name)
    notices.enqueue(conn, [wrong], noon)
    assert notices.enqueue(conn, [delivered], noon) == 1
    mark(conn, "sent", 1)
    assert notices.enqueue(conn, [wrong], noon) == 1  # and wrong once more


def test_a_disproved_alert_corrects_its_kind_only(
    conn: Connection[Any], delivered: Transition, noon: datetime
) -> None:
    rule(conn, "erp", "system", topics=["alert.*", "alert_over.*"])
    late = replace(delivered, topic="alert.late", name="08:00")
    notices.enqueue(conn, [late, replace(late, topic="alert.overdue")], noon)
    mark(conn, "sent", 1)
    wrong = replace(late, topic="alert_over.late", name="08:00 over", corrects="08:00")
    assert notices.enqueue(conn, [wrong], noon) == 1
