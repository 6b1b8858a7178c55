"""Exception reports as readers see them, step by step with the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import Conflict, NotFound
from fleet.reports import Report, ReportKind, ReportState
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import ledger
from store.exceptions import NewReport
from store.ledger import Wanted
from tests.store import waybill_rows
from tests.store.hauls import moment

pytestmark = pytest.mark.db

MORNING = moment(0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def waybill(conn: Connection[Any]) -> str:
    waybill_rows.register(conn)
    return waybill_rows.place(conn, order_no="A-17")


def raised(conn: Connection[Any], scope: Scope = OPERATOR, **more: Any) -> Report:  # noqa: ANN401 - a builder
    """Found now."""
    named = {name: more.pop(name) for name in ("waybill", "trip") if name in more}
    new = NewReport(ReportKind.DELAY, MORNING, "not there yet", scope.principal)
    return ledger.open_report(conn, scope, replace(new, **more), MORNING, **named)


def take(conn: Connection[Any], number: str, scope: Scope = OPERATOR) -> tuple[Report, Report]:
    def step(report: Report) -> Report:
        return replace(report, assigned_to="wu", assigned_at=MORNING + MINUTE)

    return ledger.change(conn, scope, number, "assign", step, MORNING + MINUTE, "please")


def test_a_report_of_a_waybill_knows_its_order_and_customer(
    conn: Connection[Any], waybill: str
) -> None:
    report = raised(conn, waybill=waybill)
    assert (report.waybill, report.order_no, report.customer) == (waybill, "A-17", "acme")
    assert (report.state, report.author) == (ReportState.RECEIVED, "operator")
    assert report.due_at - report.found_at == 30 * MINUTE


def test_what_is_lost_is_to_be_claimed_within_a_day(conn: Connection[Any], waybill: str) -> None:
    report = raised(conn, waybill=waybill, kind=ReportKind.LOST)
    assert report.claim_due_at == MORNING + timedelta(days=1)


def test_a_step_stands_in_the_ledger_with_what_was_before_and_after(
    conn: Connection[Any], waybill: str
) -> None:
    number = raised(conn, waybill=waybill).number
    before, after = take(conn, number)
    assert (before.assigned_to, after.assigned_to) == (None, "wu")
    loaded = ledger.load_report(conn, OPERATOR, number)
    assert loaded == after
    received, assigned = ledger.load_entries(conn, loaded)
    assert (received.act, received.note) == ("received", "not there yet")
    assert (assigned.act, assigned.author, assigned.note) == ("assign", "operator", "please")
    assert assigned.before == {"assigned_to": None, "assigned_at": None}
    assert assigned.after["assigned_to"] == "wu"
    audited = conn.execute("SELECT act, subject FROM audit WHERE kind = 'exception' ORDER BY id")
    assert audited.fetchall() == [("create", number), ("assign", number)]


def test_a_refused_step_leaves_no_trace(conn: Connection[Any], waybill: str) -> None:
    number = raised(conn, waybill=waybill).number

    def refuse(_report: Report) -> Report:
        raise Conflict("no")

    with pytest.raises(Conflict), conn.transaction():
        ledger.change(conn, OPERATOR, number, "close", refuse, MORNING)
    assert len(ledger.load_entries(conn, ledger.load_report(conn, OPERATOR, number))) == 1


def test_the_gravest_open_report_comes_first_and_closed_ones_last(
    conn: Connection[Any], waybill: str
) -> None:
    other: dict[str, Any] = {"kind": ReportKind.OTHER, "waybill": waybill}
    mild = raised(conn, severity=3, **other).number
    old = raised(conn, severity=2, found=MORNING - MINUTE, **other).number
    new = raised(conn, severity=2, **other).number
    closed = raised(conn, severity=1, **other).number

    def close(report: Report) -> Report:
        ended: dict[str, Any] = {
            "result": "x",
            "responsible": "x",
            "feedback": "none",
            "closed_by": "wu",
        }
        return replace(report, state=ReportState.CLOSED, closed_at=MORNING, **ended)

    ledger.change(conn, OPERATOR, closed, "close", close, MORNING)
    found = [report.number for report in ledger.list_reports(conn, OPERATOR, Wanted())]
    assert found == [old, new, mild, closed]
    only = ledger.list_reports(conn, OPERATOR, Wanted(open=True, kind=ReportKind.OTHER))
    assert [report.number for report in only] == [old, new, mild]
    assert ledger.count_reports(conn, OPERATOR) == {
        "received": 3, "contacted": 0, "reported": 0, "investigating": 0, "settled": 0, "closed": 1,
    }  # fmt: skip


def someone(role: Role, name: str = "wang", **more: Any) -> Scope:  # noqa: ANN401 - a builder
    return Scope(name, None, role, **more)


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        (someone(Role.CS_LEAD), 1),
        (someone(Role.QA), 1),
        (someone(Role.DISPATCHER), 1),
        (someone(Role.EXCEPTION_HANDLER), 1),
        (someone(Role.CS_AGENT), 0),
        (someone(Role.CS_AGENT, "li"), 1),  # it raised it
        (someone(Role.CS_AGENT, "wu"), 1),  # it has it in hand
        (someone(Role.WAREHOUSE), 0),
        (someone(Role.IT_ADMIN), 0),
        (someone(Role.CS_LEAD, customers=frozenset({"globex"})), 0),
        (someone(Role.CS_LEAD, customers=frozenset({"acme"})), 1),
    ],
)
def test_a_report_is_seen_by_those_whom_it_is_for(
    conn: Connection[Any], waybill: str, scope: Scope, count: int
) -> None:
    number = raised(conn, someone(Role.CS_AGENT, "li"), waybill=waybill).number
    take(conn, number)
    assert len(ledger.list_reports(conn, scope, Wanted())) == count
    if not count:
        with pytest.raises(NotFound):
            take(conn, number, scope)


def test_nobody_raises_one_about_a_waybill_of_others(conn: Connection[Any], waybill: str) -> None:
    stranger = someone(Role.CS_AGENT, customers=frozenset({"globex"}))
    with pytest.raises(NotFound, match=waybill):
        raised(conn, stranger, waybill=waybill)


def test_due_reports_are_found_at_their_second_and_once(
    conn: Connection[Any], other: Connection[Any], waybill: str
) -> None:
    number = raised(conn, waybill=waybill).number
    due = MORNING + 30 * MINUTE

    def found(asked: Connection[Any], seconds: int) -> list[str]:
        now = due + timedelta(seconds=seconds)
        return ledger.find_due(asked, "due_breaches", now, MORNING)

    assert found(conn, -1) == []
    with conn.transaction():
        assert found(conn, 0) == [number]
        with other.transaction():
            assert found(other, 0) == []  # another worker has it
    take(conn, number)
    assert found(conn, 60) == []


def test_a_day_is_counted(conn: Connection[Any], waybill: str) -> None:
    raised(conn, waybill=waybill)
    raised(conn, waybill=waybill, kind=ReportKind.LOST, found=MORNING - timedelta(days=2))
    day = ledger.count_day(conn, MORNING - timedelta(hours=1), MORNING + timedelta(hours=1))
    assert (day.opened, day.closed, day.breached, day.open, day.overdue) == (1, 0, 0, 2, 2)
    assert day.oldest == timedelta(days=2, hours=1).total_seconds()
