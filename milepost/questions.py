"""The questions of the demonstration: invented queries and a damaged parcel, for a desk at work.

They are about its goods, asked in the last hour, so that an urgent one, one that has waited long
and one that nobody took in hand are there to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from fleet.calls import Channel, Department, Query
from fleet.reports import NO_FEEDBACK, Report, ReportKind
from fleet.scope import Scope
from shipment import calls, exceptions
from store import calls as store_calls
from store import ledger
from store.calls import NewQuery
from store.exceptions import NewReport

#: Who asks and reports, in the logs: nobody takes it for a person's work.
AUTHOR = Scope("demo", None)
ENDED = "the demonstration began anew"

#: Minutes ago, whether it is urgent, channel, asker, question.
ASKED = (
    (3, True, Channel.PHONE, "陈女士（演示）", "今天能送到吗"),
    (12, False, Channel.EMAIL, "Kelan (demo)", "Where is our order?"),
    (34, False, Channel.PHONE, "刘先生（演示）", "几点能送到"),
    (62, False, Channel.IM, "张先生（演示）", "货到哪里了"),
)
FOUND = timedelta(minutes=22)  #: ago; eight minutes are left to hand it over
DAMAGE = "外箱破损3件（演示）"
#: Invented telephones, as those of the goods: 138 0000 and four digits.
TELEPHONE = "1380000{:04}"


def ask_questions(conn: Any, numbers: Sequence[str], now: datetime) -> int:  # noqa: ANN401 - only the store names the type
    """Ask about these waybills; returns how many queries there are now.

    Those of an earlier demonstration that are still open are closed.

    Args:
        conn: in no transaction.
        numbers: of waybills, at least one more than ``ASKED``; else nothing is asked.
        now: on the installation's clock: numbers carry its day.
    """
    with conn.transaction():
        _end_earlier(conn, now)
        if len(numbers) <= len(ASKED):
            return 0
        for place, number in enumerate(numbers[: len(ASKED)]):
            _ask(conn, place, number, now)
        found = now - FOUND
        new = NewReport(ReportKind.DAMAGED, found, DAMAGE, AUTHOR.principal, severity=2)
        ledger.open_report(conn, AUTHOR, new, now, waybill=numbers[len(ASKED)])
    return len(ASKED)


def _ask(conn: Any, place: int, number: str, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
    minutes, urgent, channel, asker, question = ASKED[place]
    at = now - timedelta(minutes=minutes)
    wait = calls.RULES.urgent if urgent else calls.RULES.normal
    standing = store_calls.standing(conn, number=number)
    new = NewQuery(
        at,
        channel,
        urgent,
        asker,
        TELEPHONE.format(9000 + place),
        number,
        question,
        Department.SERVICE,
        at + timedelta(seconds=wait),
        0 if standing is None else standing[0],
    )
    store_calls.add_query(conn, AUTHOR, new, now)


def _end_earlier(conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
    """Close what an earlier demonstration left open."""

    def close(query: Query) -> Query:
        return calls.step(query, calls.Act.CLOSE, calls.Said(why=ENDED), now)

    def dismiss(report: Report) -> Report:
        said = exceptions.Said(result=ENDED, responsible="-", feedback=NO_FEEDBACK)
        return exceptions.step(report, exceptions.Act.DISMISS, said, AUTHOR.principal, now)

    for query in store_calls.list_queries(conn, AUTHOR, store_calls.Wanted(open=True)):
        if query.author == AUTHOR.principal:
            store_calls.change(conn, AUTHOR, query.number, "close", close, now, ENDED)
    for report in ledger.list_reports(conn, AUTHOR, ledger.Wanted(open=True)):
        if report.author == AUTHOR.principal:
            ledger.change(conn, AUTHOR, report.number, "dismiss", dismiss, now, ENDED)
