"""The chaser, by a clock that the test turns: what waits too long is told once, to the second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from prometheus_client import CollectorRegistry

from fleet.calls import Channel, Department, QueryState
from fleet.errors import StoreAway
from fleet.reports import ReportKind
from fleet.scope import OPERATOR
from shipment import calls, exceptions
from shipment.exceptions import Act, Said
from store import calls as store_calls
from store import ledger
from store.calls import NewQuery
from store.database import Database, connect
from store.exceptions import NewReport
from worker import digests
from worker.chaser import METRICS, Chaser, Rhythm

pytestmark = pytest.mark.db

#: A Wednesday, 20:00 in Shanghai.
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ZONE = "Asia/Shanghai"


class Stand:
    """A database with a rule that tells leads everything, and a chaser on it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.conn: Any = connect(Database(url), application="test")
        self.chaser = self.another()
        self.conn.execute(
            "WITH made AS (INSERT INTO channel (code, kind, name, address, author)"
            " VALUES ('hook', 'webhook', 'x', 'https://example.com/', 'li.na') RETURNING id)"
            " INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, author)"
            " SELECT 'all', 'all', '{*}', id, 'system', 'li.na' FROM made"
        )

    def another(self) -> Chaser:
        """Another worker's."""
        registry = CollectorRegistry()
        self.registry = registry
        stop = threading.Event()
        return Chaser(Database(self.url), Rhythm(), calls.Rules(), ZONE, stop, registry)

    def told(self, topic: str) -> list[tuple[str, str]]:
        """Subject and name of the notices, in order."""
        found = self.conn.execute(
            "SELECT subject, transition FROM notice WHERE topic = %s ORDER BY transition, subject",
            [topic],
        )
        return list(found.fetchall())

    def words(self, topic: str, language: str = "zh") -> str:
        """What the only notice of a topic says."""
        (found,) = self.conn.execute(
            "SELECT body -> %s ->> 'text' FROM notice WHERE topic = %s", [language, topic]
        ).fetchall()
        return str(found[0])

    def report(self, **more: Any) -> str:  # noqa: ANN401 - a builder
        """One that was found at noon; its number."""
        new = NewReport(ReportKind.OTHER, NOON, "two boxes wet", "li.na")
        return ledger.open_report(self.conn, OPERATOR, replace(new, **more), NOON).number

    def step(self, number: str, act: Act, said: Said, at: datetime) -> None:
        """A person does something."""
        ledger.change(
            self.conn,
            OPERATOR,
            number,
            act,
            lambda report: exceptions.step(report, act, said, "wu", at),
            at,
        )

    def query(self, **more: Any) -> str:  # noqa: ANN401 - a builder
        """One that was asked at noon; its number."""
        new = NewQuery(
            asked_at=NOON,
            channel=Channel.PHONE,
            urgent=False,
            asker="王女士",
            contact="",
            asked="JD1",
            question="",
            department=Department.SERVICE,
            remind_at=NOON + 30 * MINUTE,
        )
        return store_calls.add_query(self.conn, OPERATOR, replace(new, **more), NOON).number


@pytest.fixture
def stand(database_url: str) -> Iterator[Stand]:
    made = Stand(database_url)
    with closing(made.conn):
        yield made
        made.chaser._leave()  # noqa: SLF001 - what run does at its end


def test_a_report_that_nobody_takes_in_30_minutes_is_told_once(stand: Stand) -> None:
    number = stand.report()
    stand.chaser.round(NOON + 30 * MINUTE - SECOND)
    assert stand.told("exception.breached") == []
    for seconds in (0, 60, 3600):
        stand.chaser.round(NOON + 30 * MINUTE + seconds * SECOND)
    assert stand.told("exception.breached") == [(number, "breached")]
    report = ledger.load_report(stand.conn, OPERATOR, number)
    assert report.breached_at == NOON + 30 * MINUTE
    acts = [entry.act for entry in ledger.load_entries(stand.conn, report)]
    assert acts == ["received", "announced", "breached"]
    assert stand.registry.get_sample_value("milepost_exceptions_breached_total") == 1
    trail = stand.conn.execute("SELECT act FROM audit WHERE principal = 'milepost'").fetchall()
    assert trail == []


def test_a_report_that_somebody_took_in_time_is_no_breach(stand: Stand) -> None:
    number = stand.report()
    at = NOON + 30 * MINUTE - SECOND
    stand.step(number, Act.ASSIGN, Said(assigned_to="wu"), at)
    stand.chaser.round(NOON + HOUR)
    assert stand.told("exception.breached") == []


def test_two_workers_tell_of_nothing_twice(stand: Stand) -> None:
    numbers = [stand.report() for _ in range(3)]
    other = stand.another()
    threads = [
        threading.Thread(target=each.round, args=(NOON + HOUR,)) for each in (stand.chaser, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    other._leave()  # noqa: SLF001 - what run does at its end
    assert stand.told("exception.breached") == [(number, "breached") for number in numbers]
    entries = stand.conn.execute("SELECT count(*) FROM exception_entry WHERE act = 'breached'")
    assert entries.fetchone() == (3,)


def test_a_new_report_is_told_once_and_an_old_one_not_at_all(stand: Stand) -> None:
    number = stand.report()
    stand.conn.execute("UPDATE exception_report SET recorded_at = %s", [NOON])
    stand.chaser.round(NOON)
    stand.chaser.round(NOON + SECOND)
    assert stand.told("exception.opened") == [(number, "opened")]
    stand.report()
    stand.conn.execute("UPDATE exception_report SET recorded_at = %s", [NOON - 2 * 24 * HOUR])
    stand.chaser.round(NOON + SECOND)
    assert len(stand.told("exception.opened")) == 1


def test_a_claim_is_told_of_after_a_day_unless_it_was_made(stand: Stand) -> None:
    lost, claimed = stand.report(kind=ReportKind.LOST), stand.report(kind=ReportKind.DAMAGED)
    stand.step(lost, Act.CONTACT, Said(), NOON + SECOND)
    stand.step(claimed, Act.CONTACT, Said(claimed_at=NOON), NOON + SECOND)
    stand.chaser.round(NOON + 24 * HOUR - SECOND)
    assert stand.told("exception.breached") == []
    stand.chaser.round(NOON + 24 * HOUR)
    stand.chaser.round(NOON + 25 * HOUR)
    assert stand.told("exception.breached") == [(lost, "claim")]
    assert "24小时" in stand.words("exception.breached")


def test_somebody_is_reminded_until_the_customer_knows(stand: Stand) -> None:
    number = stand.query()
    for minutes in (29, 30, 31, 60):
        stand.chaser.round(NOON + minutes * MINUTE)
    assert stand.told("query.reminder") == [(number, "reminder:1"), (number, "reminder:2")]
    query = store_calls.load_query(stand.conn, OPERATOR, number)
    assert (query.reminded, query.remind_at) == (2, NOON + 90 * MINUTE)
    told = replace(query, state=QueryState.REPLIED, remind_at=None)
    store_calls.change(stand.conn, OPERATOR, number, "reply", lambda _query: told, NOON)
    stand.chaser.round(NOON + 24 * HOUR)
    assert len(stand.told("query.reminder")) == 2


def test_a_reminder_says_how_long_and_with_whom(stand: Stand) -> None:
    due = NOON + 5 * MINUTE
    stand.query(urgent=True, department=Department.WAREHOUSE, remind_at=due)
    stand.chaser.round(due)
    said = stand.words("query.reminder")
    assert said.startswith("紧急查询Q-20261118-0001（JD1）已等待5分钟，仓库")
    assert "urgent" in stand.words("query.reminder", "en")


def test_the_day_is_told_at_eight_on_the_clock_of_the_house_once(stand: Stand) -> None:
    eight = datetime(2026, 11, 19, tzinfo=UTC)  # 08:00 in Shanghai
    stand.chaser.round(NOON)  # the house begins; nothing is told of the days before
    stand.report()
    stand.query()
    stand.chaser.round(eight - SECOND)
    assert stand.told("summary") == []
    for at in (eight, eight + SECOND, eight + HOUR):
        stand.chaser.round(at)
    assert stand.told("summary") == [("2026-11-19", "daily")]
    said = stand.words("summary")
    assert "新增1" in said
    assert "待回复1" in said
    stand.chaser.round(eight + 3 * 24 * HOUR)  # a worker that slept tells of one day
    assert stand.told("summary") == [("2026-11-19", "daily"), ("2026-11-22", "daily")]


def test_the_week_is_told_on_monday(stand: Stand) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    stand.chaser.round(NOON)
    stand.report(kind=ReportKind.LOST)
    stand.report(kind=ReportKind.LOST, found=NOON - 7 * 24 * HOUR)  # of the week before
    stand.chaser.round(monday)
    assert ("2026-W47", "weekly") in stand.told("summary")
    (told,) = stand.conn.execute(
        "SELECT body -> 'data' FROM notice WHERE transition = 'weekly'"
    ).fetchall()
    assert (told[0]["reports"], told[0]["by_kind"]) == (1, {"lost": 1})


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-18T23:59:59", "2026-11-18T00:00:00"),
        ("2026-11-19T00:00:00", "2026-11-19T00:00:00"),
    ],
)
def test_the_last_morning_is_the_latest_that_has_come(now: str, due: str) -> None:
    at, expected = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (now, due))
    assert digests.last_morning(at, ZONE, 8) == expected
    monday = digests.last_morning(at, ZONE, 8, monday=True)
    assert monday == datetime(2026, 11, 16, tzinfo=UTC)


def test_the_last_monday_morning_may_be_a_week_ago() -> None:
    early = datetime(2026, 11, 22, 23, tzinfo=UTC)  # Monday 07:00 in Shanghai
    assert digests.last_morning(early, ZONE, 8, monday=True) == datetime(2026, 11, 16, tzinfo=UTC)


def test_without_a_database_it_says_so_and_tries_again() -> None:
    away = Database("postgresql://127.0.0.1:1/nowhere")
    registry = CollectorRegistry()
    chaser = Chaser(away, Rhythm(retry=0.01), calls.Rules(), ZONE, threading.Event(), registry)
    with pytest.raises(StoreAway):
        chaser.round(NOON)
    assert chaser._try(NOON) == 0.01  # noqa: SLF001 - what run does each time
    assert chaser.problem
    assert registry.get_sample_value("milepost_chaser_failures_total") == 1
    served = {family.name for family in registry.collect()}
    assert served == {name for name, _, _, _ in METRICS}


def test_a_fault_of_the_schema_is_a_fault(stand: Stand) -> None:
    stand.conn.execute("ALTER TABLE query RENAME COLUMN remind_at TO forgotten")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        stand.chaser.round(NOON)
