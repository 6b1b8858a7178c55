"""The ledger of exceptions: numbers, one report of a delay, nothing is ever taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import Connection

from fleet.alerts import AlertKind, ClosedHow, Episode, Severity, SubjectKind
from fleet.errors import Conflict, Invalid
from fleet.reports import Report, ReportKind
from fleet.scope import OPERATOR
from store import Database, exceptions, ledger
from store.database import connect
from store.exceptions import NewReport
from tests.store import waybill_rows

pytestmark = pytest.mark.db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def keep_alert(conn: Connection[Any], number: int, kind: AlertKind = AlertKind.LATE) -> str:
    """An alert as the detectors keep it; its id."""
    key = f"00000000-0000-7000-8000-{number:012}"
    conn.execute(
        "INSERT INTO alert (id, kind, subject_kind, subject, episode, severity, state, began_at,"
        " opened_at, changed_at) VALUES (%s, %s, 'vehicle', '沪A1', %s, 2, 'open', %s, %s, %s)",
        [key, kind, str(number), NOON, NOON, NOON],
    )
    return key


def ask(conn: Connection[Any], statement: str, *given: object) -> list[tuple[Any, ...]]:
    return conn.execute(statement.encode(), given or None).fetchall()


@pytest.fixture
def vehicle(conn: Connection[Any], two_parties: None) -> int:
    del two_parties
    ((key,),) = ask(conn, "SELECT id FROM vehicle WHERE plate = '沪A1'")
    return int(key)


@pytest.fixture
def trip(conn: Connection[Any]) -> int:
    ((key,),) = ask(
        conn,
        "INSERT INTO trip (code, created_by) VALUES ('T-1', 'li.na') RETURNING id",
    )
    return int(key)


def late(trip: int, **changes: Any) -> Episode:  # noqa: ANN401 - a record
    """A trip is late."""
    found = Episode(
        AlertKind.LATE, SubjectKind.TRIP, "T-1", "stop 1", 0.0, 0.0, Severity.LATE, {}, trip=trip
    )
    return replace(found, **changes)


def test_an_alert_that_is_grave_opens_a_report_with_a_timer(
    conn: Connection[Any], trip: int
) -> None:
    number = exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), NOON)
    assert number == "EX-20261122-0001"
    found = ask(conn, "SELECT kind, state, due_at, trip_id, detail FROM exception_report")
    assert found == [("delay", "received", NOON + timedelta(minutes=30), trip, "late")]
    assert ask(conn, "SELECT act, author FROM exception_entry") == [("received", "milepost")]


def test_the_number_carries_the_day_of_the_zone_in_which_now_is_told(
    conn: Connection[Any], trip: int
) -> None:
    shanghai = NOON.replace(hour=17).astimezone(ZoneInfo("Asia/Shanghai"))
    number = exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), shanghai)
    assert number == "EX-20261123-0001"


def test_an_alert_of_little_weight_or_about_nothing_opens_none(
    conn: Connection[Any], trip: int
) -> None:
    alert = keep_alert(conn, 1)
    mild = late(trip, severity=Severity.RISK)
    assert exceptions.open_from_alert(conn, mild, alert, NOON) is None
    assert exceptions.open_from_alert(conn, late(0), alert, NOON) is None
    assert ask(conn, "SELECT count(*) FROM exception_report") == [(0,)]


def test_the_same_alert_again_changes_nothing(conn: Connection[Any], trip: int) -> None:
    alert = keep_alert(conn, 1)
    first = exceptions.open_from_alert(conn, late(trip), alert, NOON)
    assert exceptions.open_from_alert(conn, late(trip), alert, NOON) == first
    assert ask(conn, "SELECT count(*) FROM exception_entry") == [(1,)]


def test_another_delay_of_the_trip_joins_its_report_once(conn: Connection[Any], trip: int) -> None:
    first = exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), NOON)
    overdue = late(trip, kind=AlertKind.OVERDUE)
    alert = keep_alert(conn, 2)
    for _ in range(2):
        assert exceptions.open_from_alert(conn, overdue, alert, NOON) == first
    found = ask(conn, "SELECT act, after ->> 'kind' FROM exception_entry ORDER BY id")
    assert found == [("received", "delay"), ("joined", "overdue")]


def test_a_danger_is_a_report_of_its_own(conn: Connection[Any], trip: int, vehicle: int) -> None:
    exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), NOON)
    sos = late(trip, kind=AlertKind.SOS, severity=Severity.SAFETY, vehicle=vehicle)
    assert exceptions.open_from_alert(conn, sos, keep_alert(conn, 2), NOON) == "EX-20261122-0002"


def test_a_delay_after_the_report_was_closed_opens_another(
    conn: Connection[Any], trip: int
) -> None:
    exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), NOON)
    conn.execute(
        "UPDATE exception_report SET state = 'closed', result = 'x', responsible = 'x',"
        " feedback = 'none', closed_at = now()"
    )
    again = exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 2), NOON)
    assert again == "EX-20261122-0002"


def test_a_person_cannot_open_a_second_report_of_a_delay(conn: Connection[Any], trip: int) -> None:
    new = NewReport(ReportKind.DELAY, NOON, "still not there", "li.na", trip=trip)
    exceptions.add_report(conn, new, NOON)
    with pytest.raises(Conflict, match="open report"), conn.transaction():
        exceptions.add_report(conn, new, NOON)


def test_numbers_are_drawn_once_by_many_at_once(
    db: Database, conn: Connection[Any], trip: int
) -> None:
    drawn: list[str] = []

    def draw() -> None:
        with closing(connect(db, application="drawer")) as mine:
            for _ in range(5):
                new = NewReport(ReportKind.OTHER, NOON, "x", "li.na", trip=trip)
                with mine.transaction():
                    drawn.append(exceptions.add_report(mine, new, NOON))

    run_all([draw] * 4)
    assert sorted(drawn) == [f"EX-20261122-{n:04}" for n in range(1, 21)]
    assert ask(conn, "SELECT count(*) FROM exception_report") == [(20,)]


def test_many_alerts_of_one_delay_at_once_share_a_report(
    db: Database, conn: Connection[Any], trip: int
) -> None:
    alerts = [keep_alert(conn, n) for n in range(4)]
    told: list[str | None] = []

    def opener(alert: str) -> Callable[[], None]:
        def run() -> None:
            with closing(connect(db, application="opener")) as mine, mine.transaction():
                told.append(exceptions.open_from_alert(mine, late(trip), alert, NOON))

        return run

    run_all([opener(alert) for alert in alerts])
    assert len(told) == 4
    assert len(set(told)) == 1
    found = ask(conn, "SELECT act, count(*) FROM exception_entry GROUP BY 1 ORDER BY 1")
    assert found == [("joined", 3), ("received", 1)]


def run_all(acts: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exception_entry SET note = 'nothing happened'",
        "DELETE FROM exception_entry",
        "DELETE FROM exception_report",
        "TRUNCATE exception_entry",
    ],
)
def test_the_database_refuses_to_rewrite_the_ledger(
    conn: Connection[Any], trip: int, statement: str
) -> None:
    exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), NOON)
    with pytest.raises(psycopg.errors.RestrictViolation, match="never changed"):
        conn.execute(statement.encode())


def test_the_database_refuses_to_close_what_nobody_accounts_for(
    conn: Connection[Any], trip: int
) -> None:
    exceptions.open_from_alert(conn, late(trip), keep_alert(conn, 1), NOON)
    close = "UPDATE exception_report SET state = 'closed', closed_at = now(), result = 'x'"
    for more in ("", ", responsible = 'li.na'", ", responsible = 'li.na', feedback = ''"):
        with pytest.raises(psycopg.errors.CheckViolation):
            conn.execute((close + more).encode())


def test_the_end_of_an_alert_stands_in_the_ledger_of_its_open_reports(
    conn: Connection[Any], trip: int
) -> None:
    first, second = keep_alert(conn, 1), keep_alert(conn, 2)
    number = exceptions.open_from_alert(conn, late(trip), first, NOON)
    exceptions.open_from_alert(conn, late(trip, kind=AlertKind.OVERDUE), second, NOON)
    for alert, how in ((first, ClosedHow.OVER), (second, ClosedHow.DISPROVED)):
        assert exceptions.tell_ending(conn, alert, how, NOON, "late fixes") == [number]
    assert exceptions.tell_ending(conn, keep_alert(conn, 3), ClosedHow.OVER, NOON) == []
    found = ask(conn, "SELECT after ->> 'how', note FROM exception_entry WHERE act = 'alert_ended'")
    assert found == [("over", "late fixes"), ("disproved", "late fixes")]
    assert ask(conn, "SELECT state FROM exception_report") == [("received",)]


def test_evidence_must_be_of_the_waybill(conn: Connection[Any]) -> None:
    waybill_rows.register(conn)
    first, second = (key_of(conn, waybill_rows.place(conn)) for _ in range(2))
    file = "00000000-0000-7000-8000-000000000007"
    conn.execute(
        "INSERT INTO evidence_file (id, digest, name, media, body, waybill_id, author)"
        " VALUES (%s, '', 'a.png', 'image/png', '', %s, 'test')",
        [file, first],
    )
    new = NewReport(ReportKind.DAMAGED, NOON, "wet", "li.na", waybill=second, files=[file])
    with pytest.raises(Invalid, match="uploaded with this waybill"):
        exceptions.add_report(conn, new, NOON)
    number = exceptions.add_report(conn, replace(new, waybill=first), NOON)
    other = "00000000-0000-7000-8000-000000000008"

    def add(report: Report) -> Report:
        return replace(report, files=(*report.files, other))

    with pytest.raises(Invalid, match="uploaded with this waybill"):
        ledger.change(conn, OPERATOR, number, "note", add, NOON)


def key_of(conn: Connection[Any], number: str) -> int:
    ((key,),) = ask(conn, "SELECT id FROM waybill WHERE number = %s", number)
    return int(key)
