"""The chaser: reports that nobody takes in hand, queries that nobody answers, and digests.

Each kind of round is a transaction: what is found due, the line in its log, and the notices of
it are committed together; rows are taken with SKIP LOCKED, so that two workers tell of nothing
twice and no click of a person waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry, Counter

import store
from fleet.calls import DEPARTMENTS, Query
from fleet.notices import Topic, Transition
from fleet.reports import Report
from fleet.scope import Scope
from shipment import calls, exceptions, wording
from store import calls as store_calls
from store import exceptions as store_exceptions
from store import jobs, ledger, notices
from worker import digests
from worker.part import Part

#: name, kind, labels, what it means
METRICS = (
    ("milepost_exceptions_breached", Counter, (), "Reports that nobody took in hand in time"),
    ("milepost_claims_overdue", Counter, (), "Claims for goods that were not made within a day"),
    ("milepost_query_reminders", Counter, (), "Reminders of queries that nobody has replied to"),
    ("milepost_chaser_failures", Counter, (), "Rounds of the chaser that the database refused"),
)

#: Whoever it is that says what the clock says.
MACHINE = Scope(store_exceptions.MACHINE, None)

#: Reports recorded longer ago are told of no more: a worker that slept for a day must not ring
#: people for what they have long seen.
FRESH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the chaser looks, and when it tells supervisors."""

    look: float = 5.0  #: s between two rounds: half an hour is told to within that
    retry: float = 5.0  #: s until the next try when the database was away
    digest: int = 8  #: hour of the day, on the installation's clock, of the daily and weekly digest


class Chaser(Part):
    """Several may work on one store."""

    def __init__(
        self,
        db: store.Database,
        rhythm: Rhythm,
        patience: calls.Rules,
        zone: str,
        stop: threading.Event,
        registry: CollectorRegistry,
    ) -> None:
        self._breached, self._claims, self._reminders, failures = (
            Counter(name, words, registry=registry) for name, _, _, words in METRICS
        )
        super().__init__("chaser", db, rhythm, stop, failures)
        self._zone, self._rhythm, self._patience = zone, rhythm, patience

    def _look(self, conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
        """Tell of what was opened, what is late and what waits; the digests when it is time."""
        _drain(lambda: _announce(conn, now))
        self._breached.inc(_drain(lambda: _tell_breaches(conn, now)))
        self._claims.inc(_drain(lambda: _tell_claims(conn, now)))
        self._reminders.inc(_drain(lambda: _remind(conn, now, self._patience)))
        self._digest(conn, now)

    def _digest(self, conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
        day = digests.last_morning(now, self._zone, self._rhythm.digest)
        monday = digests.last_morning(now, self._zone, self._rhythm.digest, monday=True)
        with conn.transaction():
            told = []
            if jobs.take_job(conn, "digest.daily", day):
                told.append(digests.daily(conn, day))
            if jobs.take_job(conn, "digest.weekly", monday):
                told.append(digests.weekly(conn, MACHINE, monday, self._zone))
            notices.enqueue(conn, told, now)


def _drain(take: Callable[[], int]) -> int:
    """Take portions until one is not full; how many there were."""
    total = taken = take()
    while taken == ledger.AT_ONCE:
        taken = take()
        total += taken
    return total


def _announce(conn: Any, now: datetime) -> int:  # noqa: ANN401 - only the store names the type
    """Tell that reports were opened, by whomever; the ledger says that it was told."""
    with conn.transaction():
        found = ledger.find_due(conn, "unannounced", now, now - FRESH)
        for number in found:
            report = ledger.load_report(conn, MACHINE, number)
            store_exceptions.write(conn, report.id, now, "announced", MACHINE.principal)
            opened = report.found_at.timestamp()
            told = exceptions.transition(report, Topic.EXCEPTION_OPENED, "opened", opened)
            notices.enqueue(conn, [told], now)
    return len(found)


def _tell_breaches(conn: Any, now: datetime) -> int:  # noqa: ANN401 - only the store names the type
    """Nobody took it in hand within the 30 minutes: it is kept with the report, and told."""

    def step(report: Report) -> Report:
        return replace(report, breached_at=now)

    with conn.transaction():
        found = ledger.find_due(conn, "due_breaches", now, now)
        for number in found:
            before, after = ledger.change(conn, MACHINE, number, "breached", step, now)
            notices.enqueue(conn, exceptions.told(before, after, now.timestamp()), now)
    return len(found)


def _tell_claims(conn: Any, now: datetime) -> int:  # noqa: ANN401 - only the store names the type
    """No claim was made within a day for what is lost or damaged."""
    with conn.transaction():
        found = ledger.find_due(conn, "due_claims", now, now)
        for number in found:
            report = ledger.load_report(conn, MACHINE, number)
            store_exceptions.write(conn, report.id, now, "claim_overdue", MACHINE.principal)
            at = now.timestamp()
            told = exceptions.transition(report, Topic.EXCEPTION_BREACHED, "claim", at)
            notices.enqueue(conn, [replace(told, body=_claim(report))], now)
    return len(found)


def _remind(conn: Any, now: datetime, rules: calls.Rules) -> int:  # noqa: ANN401 - only the store names the type
    """Remind of queries that nobody has replied to, and again after the same time."""

    def step(query: Query) -> Query:
        again = now + calls.patience(query, rules)
        return replace(query, reminded=query.reminded + 1, remind_at=again)

    with conn.transaction():
        found = store_calls.find_reminders(conn, now)
        for number in found:
            query = store_calls.change(conn, MACHINE, number, "remind", step, now)
            notices.enqueue(conn, [_reminder(query, now)], now)
    return len(found)


def _claim(report: Report) -> dict[str, object]:
    goods = report.waybill or report.order_no or report.trip or ""
    return wording.body(
        ("理赔超时未启动", f"异常{report.number}（{goods}）超过24小时未启动理赔。"),
        ("Claim overdue", f"Exception {report.number} ({goods}): no claim was made within 24 h."),
        {"number": report.number, "subject": goods},
    )


def _reminder(query: Query, now: datetime) -> Transition:
    minutes = (now - query.asked_at).total_seconds() // 60
    zh, en = DEPARTMENTS[query.department]
    urgent_zh, urgent_en = ("紧急", "urgent ") if query.urgent else ("", "")
    said_zh = (
        f"{urgent_zh}查询{query.number}（{query.asked}）已等待{minutes:.0f}分钟，{zh}尚未回复。"
    )
    said_en = (
        f"The {urgent_en}query {query.number} ({query.asked}) has waited for {minutes:.0f} minutes;"
        f" it is with {en}."
    )
    data = {"number": query.number, "department": query.department.value}
    told = wording.body(("查询待回复", said_zh), ("Query waiting", said_en), data)
    return Transition(
        Topic.QUERY_REMINDER,
        "query",
        query.number,
        f"reminder:{query.reminded}",
        now.timestamp(),
        severity=2 if query.urgent else 3,
        customer=query.customer or "",
        body=told,
    )
