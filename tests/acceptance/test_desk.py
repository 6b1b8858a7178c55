"""The desk and the ledger as a whole: people of the house, a worker, the database itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
import psycopg
import pytest
from prometheus_client import CollectorRegistry

from fleet.alerts import AlertKind, Episode, Severity, SubjectKind
from fleet.calls import Channel, Department, Query, QueryState
from fleet.reports import ReportKind
from fleet.rights import Role
from fleet.scope import OPERATOR
from fleet.views import Site
from shipment import calls
from shipment.calls import Act, Said
from shipment.ledger import week_of
from store import Database, admin, exceptions, waybills
from store import calls as store_calls
from store.calls import NewQuery, Wanted
from store.exceptions import NewReport
from store.waybills import NewWaybill
from tests.fix_api import FleetHand
from tests.fix_people import Desk
from tests.fix_trips import made, refused
from worker.chaser import Chaser, Rhythm

pytestmark = pytest.mark.db

MINUTE = timedelta(minutes=1)
EXCEPTIONS, QUERIES = "/api/v1/exceptions", "/api/v1/queries"


def place(hand: FleetHand) -> tuple[int, str]:
    """A waybill of customer acme; its key and number."""
    admin.add_site(hand.conn, Site("WUX-1", "无锡", "Wuxi", "Asia/Shanghai", 120.25, 31.30))
    new = NewWaybill("acme", "SHA-1", "WUX-1", datetime.now(UTC), company="JD", order_no="A-1")
    number = waybills.add_waybill(hand.conn, OPERATOR, new)
    found = store_calls.standing(hand.conn, number=number)
    assert found is not None
    return found[0], number


def tell_leads_by_mail(hand: FleetHand) -> None:
    """A rule for what is told of exceptions."""
    hand.conn.execute(
        "WITH made AS (INSERT INTO channel (code, kind, name, address, author)"
        " VALUES ('email', 'apprise', 'x', 'mailto://u:p@example.com?to={to}', 'li.na')"
        " RETURNING id)"
        " INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, recipient, author)"
        " SELECT 'late', 'late', '{exception.breached}', id, 'role', 'cs_lead', 'li.na' FROM made"
    )


@contextmanager
def chaser(database: Database) -> Iterator[Chaser]:
    """A worker's, by the test's clock."""
    registry = CollectorRegistry()
    made_ = Chaser(database, Rhythm(), calls.Rules(), "UTC", threading.Event(), registry)
    try:
        yield made_
    finally:
        made_._leave()  # noqa: SLF001 - what run does at its end


def late_alert(hand: FleetHand, waybill: int, number: str, now: datetime) -> str | None:
    """The goods are late: an alert, and the report that it opens."""
    key = "00000000-0000-7000-8000-000000000001"
    hand.conn.execute(
        "INSERT INTO alert (id, kind, subject_kind, subject, episode, severity, state, began_at,"
        " opened_at, changed_at, waybill_id) VALUES (%(key)s, 'late', 'waybill', %(number)s, 'x',"
        " 2, 'open', %(now)s, %(now)s, %(now)s, %(waybill)s)",
        {"key": key, "number": number, "now": now, "waybill": waybill},
    )
    at = now.timestamp()
    found = Episode(
        AlertKind.LATE, SubjectKind.WAYBILL, number, "x", at, at, Severity.LATE, {}, waybill=waybill
    )  # fmt: skip
    return exceptions.open_from_alert(hand.conn, found, key, now, description="晚到约2小时")


def test_a_late_waybill_is_handed_over_told_settled_and_closed_with_the_ledger_whole(
    desk: Desk, hand: FleetHand, api_database: Database
) -> None:
    hand.seed(1)
    desk.people.let_in("lin", Role.CS_LEAD)
    desk.people.let_in("wu", Role.EXCEPTION_HANDLER)
    hand.conn.execute(
        "UPDATE person SET contact = '{\"email\": \"lin@example.com\"}' WHERE name = 'lin'"
    )
    tell_leads_by_mail(hand)
    key, waybill = place(hand)
    now = datetime.now(UTC)
    number = late_alert(hand, key, waybill, now)
    lead, handler = desk.sign_in("lin"), desk.sign_in("wu")
    listed = made(lead.get(EXCEPTIONS, params={"open": "true"}), 200)["exceptions"]
    assert [(each["number"], each["waybill"], each["order_no"]) for each in listed] == [
        (number, waybill, "A-1")
    ]

    with chaser(api_database) as worker:
        for seconds in (-1, 0, 60):
            worker.round(now + 30 * MINUTE + timedelta(seconds=seconds))
    told = hand.conn.execute("SELECT subject, address, topic FROM notice").fetchall()
    assert told == [(number, "lin@example.com", "exception.breached")]

    path = f"{EXCEPTIONS}/{number}"
    made(lead.post(f"{path}/assign", json={"to": "wu"}), 200)
    for act, said in (
        ("contact", {"note": "told by telephone"}),
        ("report", {}),
        ("investigate", {"cause": "breakdown"}),
        ("settle", {"new_eta": (now + timedelta(hours=3)).isoformat()}),
    ):
        made(handler.post(f"{path}/{act}", json=said), 200)
    closing = {"result": "delivered", "responsible": "carrier", "feedback": "none"}
    for name in closing:
        less = {key: value for key, value in closing.items() if key != name}
        assert refused(handler.post(f"{path}/close", json=less))["where"] == name
    closed = made(handler.post(f"{path}/close", json=closing), 200)
    assert [(entry["act"], entry["author"]) for entry in closed["entries"]] == [
        ("received", "milepost"),
        ("announced", "milepost"),
        ("breached", "milepost"),
        ("assign", "lin"),
        ("contact", "wu"),
        ("report", "wu"),
        ("investigate", "wu"),
        ("settle", "wu"),
        ("close", "wu"),
    ]
    for statement in (
        "UPDATE exception_entry SET author = 'nobody'",
        "DELETE FROM exception_entry",
        "TRUNCATE exception_entry",
        "DELETE FROM exception_report",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation):
            hand.conn.execute(statement.encode())
    assert made(lead.get(path), 200)["entries"] == closed["entries"]


def test_the_weeks_totals_are_those_of_its_reports(api: httpx.Client, hand: FleetHand) -> None:
    random = np.random.default_rng(7)
    now = datetime.now(UTC)
    kinds = [ReportKind.LOST, ReportKind.DAMAGED, ReportKind.OTHER, ReportKind.REFUSED]
    with hand.conn.transaction():
        for _ in range(60):
            found = now - timedelta(hours=float(random.uniform(0, 24 * 14)))
            kind = kinds[int(random.integers(len(kinds)))]
            exceptions.add_report(hand.conn, NewReport(kind, found, "x", "li.na"), now)
    listed = made(api.get(EXCEPTIONS, params={"limit": 1000}), 200)["exceptions"]
    assert len(listed) == 60
    weeks = {week_of(datetime.fromisoformat(each["found_at"]), "UTC") for each in listed}
    total = 0
    for week in weeks:
        told = made(api.get(f"{EXCEPTIONS}/summary", params={"week": week}), 200)
        detail = [
            each
            for each in listed
            if week_of(datetime.fromisoformat(each["found_at"]), "UTC") == week
        ]
        assert set(told["exceptions"]) == {each["number"] for each in detail}
        assert told["total"]["reports"] == len(detail)
        by_kind = {each["group"]: each["reports"] for each in told["by_kind"]}
        assert by_kind == {kind: sum(each["kind"] == kind for each in detail) for kind in by_kind}
        assert sum(by_kind.values()) == len(detail)
        total += len(detail)
    assert total == 60


def asked(hand: FleetHand, at: datetime, *, urgent: bool) -> None:
    wait = calls.RULES.urgent if urgent else calls.RULES.normal
    new = NewQuery(
        at, Channel.PHONE, urgent, "", "", "x", "", Department.SERVICE, at + timedelta(seconds=wait)
    )
    store_calls.add_query(hand.conn, OPERATOR, new, at)


def test_a_day_at_the_desk_no_urgent_query_waits_behind_a_normal_one_and_none_starves(
    hand: FleetHand,
) -> None:
    # One person, one query in four minutes; more come than that, most of them urgent.
    random = np.random.default_rng(11)
    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    waits: dict[bool, list[float]] = {True: [], False: []}
    hour = timedelta(hours=1)
    for _ in range(75):
        for _ in range(int(random.integers(0, 3))):
            asked(hand, now, urgent=bool(random.random() < 0.8))
        waiting = store_calls.list_queries(hand.conn, OPERATOR, Wanted(open=True))
        turns = calls.order(waiting, now)
        if turns and turns[0].state.is_waiting:
            first = turns[0]
            if not first.urgent:
                urgent = [each for each in waiting if each.urgent and each.state.is_waiting]
                assert all(each.asked_at >= first.asked_at + hour for each in urgent)
            waits[first.urgent].append((now - first.asked_at).total_seconds())
            finish(hand, first, now)
        now += 4 * MINUTE
    open_ = store_calls.list_queries(hand.conn, OPERATOR, Wanted(open=True))
    assert waits[True]
    assert waits[False]
    # The oldest urgent one waits as long as the flood has it wait; a normal one an hour more.
    longest = max((now - each.asked_at).total_seconds() for each in open_ if each.urgent)
    for each in open_:
        assert (now - each.asked_at).total_seconds() <= longest + 3600 + 240


def finish(hand: FleetHand, query: Query, now: datetime) -> None:
    said = Said(reply="您好", channel=Channel.PHONE)

    def step(each: Query) -> Query:
        told = calls.step(each, Act.REPLY, said, now)
        return replace(told, state=QueryState.CLOSED, closed_at=now)

    store_calls.change(hand.conn, OPERATOR, query.number, "reply", step, now)


def test_a_query_passes_from_clerk_to_dispatch_and_back_to_the_customer(
    desk: Desk, hand: FleetHand
) -> None:
    hand.seed(1)
    for name, role in (("li", Role.CS_AGENT), ("zhao", Role.DISPATCHER), ("he", Role.CS_AGENT)):
        desk.people.let_in(name, role)
    _, waybill = place(hand)
    hand.conn.execute(
        "INSERT INTO waybill_state (waybill_id, state, over, derived_at)"
        " SELECT id, 'in_transit', false, now() FROM waybill"
        " ON CONFLICT (waybill_id) DO UPDATE SET state = 'in_transit'"
    )
    clerk, dispatch, other = (desk.sign_in(name) for name in ("li", "zhao", "he"))
    said = {"channel": "im", "urgent": True, "asked": waybill, "question": "几点能送到"}
    query = made(clerk.post(QUERIES, json=said))
    path = f"{QUERIES}/{query['number']}"
    assert (query["department"], query["state"]) == ("dispatch", "routed")
    made(clerk.post(f"{path}/take", json={}), 200)
    refused(other.get(path), 404)  # it is li's now
    refused(clerk.post(f"{path}/route", json={"handler": "he"}), 403)
    found = {"finding": "换车，约晚1小时", "source": "person"}
    made(dispatch.post(f"{path}/answer", json=found), 200)
    words = "您好，让您久等了。车辆已换好，我们会持续跟进。"
    told = made(clerk.post(f"{path}/reply", json={"reply": words}), 200)
    assert (told["reply_channel"], told["source"]) == ("im", "person")
    assert [entry["author"] for entry in told["entries"]] == ["li", "milepost", "li", "zhao", "li"]
