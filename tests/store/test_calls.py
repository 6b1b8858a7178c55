"""The query log: who sees what, what is kept of every act, how replies leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.calls import Channel, Department, Query, QueryState
from fleet.errors import NotFound
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.waybills import WaybillState
from store import calls
from store.calls import NewQuery, Wanted
from tests.store import waybill_rows
from tests.store.hauls import moment

pytestmark = pytest.mark.db

MORNING = moment(0)
MINUTE = timedelta(minutes=1)

ASKED = NewQuery(
    asked_at=MORNING,
    channel=Channel.PHONE,
    urgent=False,
    asker="王女士",
    contact="13800000001",
    asked="jd1",
    question="到哪了",
    department=Department.SERVICE,
    remind_at=MORNING + 30 * MINUTE,
)


@pytest.fixture
def waybill(conn: Connection[Any]) -> int:
    """Its key."""
    waybill_rows.register(conn)
    found = calls.standing(conn, number=waybill_rows.place(conn, requirements=("text_first",)))
    assert found is not None
    assert found[1] is WaybillState.CREATED
    return found[0]


def log(conn: Connection[Any], scope: Scope = OPERATOR, **more: Any) -> Query:  # noqa: ANN401 - a builder
    return calls.add_query(conn, scope, replace(ASKED, **more), MORNING)


def change(conn: Connection[Any], number: str, act: str, **columns: Any) -> Query:  # noqa: ANN401 - a builder
    def step(query: Query) -> Query:
        return replace(query, **columns)

    return calls.change(conn, OPERATOR, number, act, step, MORNING + MINUTE)


def test_a_query_about_nothing_known_waits_at_the_desk(conn: Connection[Any]) -> None:
    query = log(conn)
    assert query.number == f"Q-{MORNING:%Y%m%d}-0001"
    assert (query.state, query.department) == (QueryState.NEW, Department.SERVICE)
    assert (query.waybill, query.customer, query.routed_at) == (None, None, None)
    assert [entry.act for entry in calls.load_entries(conn, query)] == ["asked"]


def test_a_query_that_others_answer_is_passed_on_at_once(
    conn: Connection[Any], waybill: int
) -> None:
    query = log(conn, department=Department.DISPATCH, waybill=waybill)
    assert (query.state, query.routed_at, query.customer) == (QueryState.ROUTED, MORNING, "acme")
    assert [entry.act for entry in calls.load_entries(conn, query)] == ["asked", "route"]
    assert calls.load_terms(conn, query) == ("phone", ("text_first",))
    assert calls.load_terms(conn, log(conn)) == ("", ())


def test_what_is_done_is_logged_with_what_it_changed(conn: Connection[Any]) -> None:
    number = log(conn).number
    change(conn, number, "take", handler="li.na")
    query = calls.load_query(conn, OPERATOR, number)
    assert query.handler == "li.na"
    assert calls.load_query(conn, OPERATOR, query.id) == query
    *_, taken = calls.load_entries(conn, query)
    assert (taken.act, taken.author, taken.detail) == ("take", "operator", {"handler": "li.na"})


def test_open_queries_come_oldest_first_all_of_them_newest_first(conn: Connection[Any]) -> None:
    numbers = [log(conn, asked_at=MORNING + n * MINUTE).number for n in range(3)]
    change(conn, numbers[1], "close", state=QueryState.CLOSED, closed_at=MORNING)

    def found(wanted: Wanted) -> list[str]:
        return [query.number for query in calls.list_queries(conn, OPERATOR, wanted)]

    assert found(Wanted(open=True)) == [numbers[0], numbers[2]]
    assert found(Wanted()) == numbers[::-1]
    assert found(Wanted(start=MORNING + MINUTE, end=MORNING + 2 * MINUTE)) == [numbers[1]]
    assert found(Wanted(state=QueryState.CLOSED)) == [numbers[1]]
    counts = calls.count_queries(conn, OPERATOR)
    assert (counts["new"], counts["service"], counts["urgent"]) == (2, 2, 0)


def someone(role: Role, name: str = "wang", **more: Any) -> Scope:  # noqa: ANN401 - a builder
    return Scope(name, None, role, **more)


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (someone(Role.CS_LEAD), "free taken"),
        (someone(Role.DISPATCHER), "free taken"),
        (someone(Role.QA), "free taken"),
        (someone(Role.CS_AGENT), "free"),
        (someone(Role.CS_AGENT, "li.na"), "free taken"),
        (someone(Role.WAREHOUSE), ""),
        (someone(Role.PARTNER), ""),
        (someone(Role.CS_LEAD, customers=frozenset({"globex"})), ""),
        (someone(Role.CUSTOMER, customers=frozenset({"acme"})), "free taken"),
        (someone(Role.CUSTOMER, customers=frozenset({"globex"})), ""),
    ],
)
def test_a_query_is_seen_by_those_whom_it_is_for(
    conn: Connection[Any], waybill: int, scope: Scope, seen: str
) -> None:
    numbers = {log(conn, waybill=waybill).number: "free"}
    taken = log(conn, waybill=waybill).number
    change(conn, taken, "take", handler="li.na")
    numbers[taken] = "taken"
    found = calls.list_queries(conn, scope, Wanted(open=True))
    assert " ".join(numbers[query.number] for query in found) == seen
    for number in set(numbers) - {query.number for query in found}:
        with pytest.raises(NotFound):
            calls.load_query(conn, scope, number)


def test_a_customer_sees_no_query_that_is_about_nobodys_goods(conn: Connection[Any]) -> None:
    log(conn)
    customer = someone(Role.CUSTOMER, customers=frozenset({"acme"}))
    assert calls.list_queries(conn, customer, Wanted()) == []


def test_reminders_are_due_at_their_second_until_somebody_replied(
    conn: Connection[Any],
) -> None:
    number = log(conn).number
    due = MORNING + 30 * MINUTE
    assert calls.find_reminders(conn, due - timedelta(seconds=1)) == []
    assert calls.find_reminders(conn, due) == [number]
    change(conn, number, "reply", state=QueryState.REPLIED)
    assert calls.find_reminders(conn, due) == []


def add_channel(conn: Connection[Any], code: str, address: str = "json://x/{to}") -> None:
    conn.execute(
        "INSERT INTO channel (code, kind, name, address, author)"
        " VALUES (%s, 'apprise', %s, %s, 'li.na')",
        [code, code, address],
    )


def test_a_reply_by_text_message_is_a_notice_where_a_channel_can_send_it(
    conn: Connection[Any],
) -> None:
    query = log(conn, channel=Channel.SMS)
    told = change(conn, query.number, "reply", reply="您好", reply_channel=Channel.SMS)
    assert not calls.send_reply(conn, told, "您好", MORNING)
    add_channel(conn, "group-sms", "json://x/")  # reaches a group, not somebody
    assert not calls.send_reply(conn, told, "您好", MORNING)
    add_channel(conn, "sms-main")
    assert calls.send_reply(conn, told, "您好", MORNING)
    assert not calls.send_reply(conn, told, "您好", MORNING)  # the same instant, the same reply
    found = conn.execute("SELECT subject, address, state, body #>> '{zh,text}' FROM notice")
    assert found.fetchall() == [(query.number, "13800000001", "waiting", "您好")]


def test_a_reply_by_telephone_is_read_out(conn: Connection[Any]) -> None:
    add_channel(conn, "phone")
    told = change(conn, log(conn).number, "reply", reply="您好", reply_channel=Channel.PHONE)
    assert not calls.send_reply(conn, told, "您好", MORNING)


def test_a_day_is_counted(conn: Connection[Any]) -> None:
    numbers = [log(conn, urgent=n == 0).number for n in range(3)]
    for number, minutes in ((numbers[1], 2), (numbers[2], 6)):
        at = MORNING + minutes * MINUTE
        change(conn, number, "reply", state=QueryState.REPLIED, replied_at=at)
    day = calls.count_day(conn, MORNING, MORNING + timedelta(days=1))
    assert day == calls.Day(asked=3, replied=2, wait=240.0, waiting=1, urgent=1)
