"""The log of deliveries from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg
import pytest

from fleet.notices import Topic, Transition
from store import notices
from tests.milepost.typing_user import Milepost, Told

pytestmark = pytest.mark.db


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """With two notices of a webhook: one was given up, one is waiting."""
    with closing(psycopg.connect(database_url, autocommit=True)) as made:
        made.execute(
            "INSERT INTO channel (code, kind, name, address, author)"
            " VALUES ('erp', 'webhook', 'ERP', 'https://erp.example/', 'op')"
        )
        made.execute(
            "INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, author)"
            " SELECT 'all', 'all', '{*}', id, 'system', 'op' FROM channel"
        )
        now = datetime.now(UTC)
        told = [
            Transition(Topic.DELIVERED, "waybill", number, "delivered|1", now.timestamp())
            for number in ("1", "2")
        ]
        notices.enqueue(made, told, now)
        made.execute("UPDATE notice SET state = 'failed', tries = 10 WHERE subject = '1'")
        yield made


@pytest.fixture
def typed(milepost: Milepost, database_url: str) -> Callable[..., Told]:
    return partial(milepost, MILEPOST_DATABASE_URL=database_url)


def states(conn: psycopg.Connection[Any]) -> list[tuple[str, str, int]]:
    return conn.execute("SELECT subject, state, tries FROM notice ORDER BY subject").fetchall()


@pytest.mark.usefixtures("conn")
def test_the_log_is_printed_for_people_and_programs(typed: Callable[..., Told]) -> None:
    (failed,) = typed("notices", "list", "--state", "failed", "--json").lines
    assert (failed["subject"], failed["channel"], failed["tries"]) == ("1", "erp", 10)
    assert "waybill.delivered" in typed("notices", "list").out


def test_all_that_was_given_up_is_sent_again(
    conn: psycopg.Connection[Any], typed: Callable[..., Told]
) -> None:
    assert typed("notices", "replay", "--failed", "--channel", "sms").err == (
        "0 will be sent again\n"
    )
    assert typed("notices", "replay", "--failed").err == "1 will be sent again\n"
    assert states(conn) == [("1", "waiting", 0), ("2", "waiting", 0)]
    acts = conn.execute("SELECT principal, act, kind FROM audit").fetchall()
    assert acts == [("operator", "replay", "notice")]


def test_one_is_sent_again_by_its_id(
    conn: psycopg.Connection[Any], typed: Callable[..., Told]
) -> None:
    (notice,) = conn.execute("SELECT id::text FROM notice WHERE subject = '1'").fetchone() or ("",)
    assert typed("notices", "replay", notice).status == 0
    assert states(conn)[0] == ("1", "waiting", 0)
    conn.execute("UPDATE notice SET state = 'cancelled'")
    told = typed("notices", "replay", notice)
    assert (told.status, "cannot be sent again" in told.err) == (1, True)


def test_whoever_names_nothing_is_told_so(typed: Callable[..., Told]) -> None:
    told = typed("notices", "replay")
    assert (told.status, "--failed" in told.err) == (1, True)
