"""The demonstration's desk has work: queries of every urgency, and a parcel that is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.reports import ReportKind, ReportState
from fleet.scope import OPERATOR
from milepost import questions
from shipment import calls
from store import Database, ledger
from store import calls as store_calls
from store.database import connect
from store.ledger import Wanted
from tests.store import waybill_rows

pytestmark = pytest.mark.db

NOW = datetime(2026, 5, 4, 2, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[Any]:
    with closing(connect(Database(database_url), application="test")) as connection:
        yield connection


def test_the_desk_has_work_and_the_next_demonstration_begins_anew(conn: Any) -> None:  # noqa: ANN401 - only the store names the type
    waybill_rows.register(conn)
    numbers = [waybill_rows.place(conn) for _ in range(5)]
    assert questions.ask_questions(conn, numbers[:4], NOW) == 0  # too few to tell apart
    for began in (NOW, NOW + timedelta(hours=3)):
        assert questions.ask_questions(conn, numbers, began) == len(questions.ASKED)
        waiting = store_calls.list_queries(conn, OPERATOR, store_calls.Wanted(open=True))
        turns = calls.order(waiting, began)
        assert [each.urgent for each in turns] == [True, False, False, False]
        assert [calls.is_lifted(each, began) for each in turns] == [False, True, False, False]
        assert {each.waybill for each in turns} == set(numbers[:4])
        (report,) = ledger.list_reports(conn, OPERATOR, Wanted(open=True))
        assert (report.kind, report.state) == (ReportKind.DAMAGED, ReportState.RECEIVED)
        assert report.due_at - began == timedelta(minutes=8)
