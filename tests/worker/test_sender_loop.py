"""The sender's thread, by the clock on the wall: while the database is away, and when it stops."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from psycopg import Connection

from fleet.notices import Topic, Transition
from shipment.notices import Rules
from store import Database, notices
from store.database import connect
from tests.receiver import Answer, Received, Receiver
from worker.sender import Sender, Sending

pytestmark = pytest.mark.db

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
SOON = 30.0  #: s; a bound for what takes milliseconds, so that a broken test ends
QUICK = Sending(
    look=0.02,
    retry=0.05,
    connect=2.0,
    timeout=10.0,
    allowed_hosts=("127.0.0.1",),
    rules=Rules(quiet_from=0, quiet_to=0),
)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection[Any]]:
    with closing(connect(Database(database_url), application="test")) as connection:
        yield connection


def tell(conn: Connection[Any], url: str) -> None:
    """A webhook is to be told of one delivery."""
    conn.execute(
        "INSERT INTO channel (code, kind, name, address, secret, author)"
        " VALUES ('erp', 'webhook', 'ERP', %s, %s, 'op')",
        [url, SECRET],
    )
    conn.execute(
        "INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, author)"
        " SELECT 'all', 'all', '{*}', id, 'system', 'op' FROM channel"
    )
    now = datetime.now(UTC)
    told = Transition(Topic.DELIVERED, "waybill", "1", "delivered|1", now.timestamp())
    notices.enqueue(conn, [told], now)


@contextmanager
def at_work(url: str, registry: CollectorRegistry) -> Iterator[tuple[Sender, threading.Event]]:
    """A sender in a thread, stopped at the end."""
    stop = threading.Event()
    sender = Sender(Database(url), QUICK, "UTC", stop, registry)
    thread = threading.Thread(target=sender.run, args=(lambda: datetime.now(UTC),), name="sender")
    thread.start()
    try:
        yield sender, stop
    finally:
        stop.set()
        thread.join(SOON)
        assert not thread.is_alive()


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def state(conn: Connection[Any]) -> str:
    row = conn.execute("SELECT state FROM notice").fetchone()
    return str(row[0]) if row else ""


def test_an_outcome_is_kept_while_the_database_is_away(
    conn: Connection[Any], database_url: str
) -> None:
    registry = CollectorRegistry()

    def lose_the_database(_request: Received) -> Answer:
        with closing(connect(Database(database_url), application="foe")) as foe:
            foe.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'milepost-worker-sender'"
                " AND datname = current_database()"
            )
        return 204

    with Receiver(lose_the_database) as receiver:
        tell(conn, receiver.url)
        with at_work(database_url, registry) as (sender, _):
            eventually(lambda: state(conn) == "sent")
            eventually(lambda: sender.problem == "")
        assert len(receiver.seen) == 1  # it was not sent again
    assert registry.get_sample_value("milepost_sender_failures_total") == 1
    assert registry.get_sample_value("milepost_notices_sent_total", {"channel": "erp"}) == 1


def test_what_is_being_sent_when_the_sender_stops_is_written_down(
    conn: Connection[Any], database_url: str
) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def slow(_request: Received) -> Answer:
        asked.set()
        assert may_answer.wait(SOON)
        return 204

    with Receiver(slow) as receiver:
        tell(conn, receiver.url)
        with at_work(database_url, CollectorRegistry()) as (_, stop):
            assert asked.wait(SOON)
            stop.set()
            assert state(conn) == "sending"
            may_answer.set()
        assert state(conn) == "sent"


def test_a_notice_that_cannot_be_sent_holds_up_no_other(
    conn: Connection[Any], database_url: str
) -> None:
    with Receiver() as receiver:
        tell(conn, receiver.url)
        conn.execute(
            "INSERT INTO channel (code, kind, name, address, secret, author)"
            " VALUES ('bad', 'webhook', 'Bad', %s, 'whsec_', 'op')",  # a secret without bytes
            [receiver.url],
        )
        conn.execute(
            "INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, author)"
            " SELECT 'bad', 'bad', '{*}', id, 'system', 'op' FROM channel WHERE code = 'bad'"
        )
        told = Transition(Topic.PICKED_UP, "waybill", "2", "x", datetime.now(UTC).timestamp())
        notices.enqueue(conn, [told], datetime.now(UTC))
        with at_work(database_url, CollectorRegistry()):
            eventually(lambda: len(receiver.accepted) == 2)
            eventually(lambda: conn.execute("SELECT FROM notice_try WHERE NOT ok").rowcount == 1)
    detail = conn.execute("SELECT detail FROM notice_try WHERE NOT ok").fetchone()
    assert detail == ("outcome unknown: a fault of ours: EmptyWebhookSecretError",)


def test_a_sender_without_a_database_says_so() -> None:
    with at_work("postgresql://127.0.0.1:1/nowhere", CollectorRegistry()) as (sender, _):
        eventually(lambda: sender.problem.startswith("the database does not answer"))
