from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from psycopg import Connection
from standardwebhooks import Webhook

from fleet.notices import Topic, Transition
from shipment import wording
from shipment.notices import Rules
from store import Database, notices, outbox
from store.database import connect
from tests.receiver import Answer, Received, Receiver
from worker.sender import Sender, Sending

pytestmark = [
    pytest.mark.db,
    # Apprise looks for a module that Python 3.13 no longer has.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
SOON = 20.0  #: s; a bound for what takes milliseconds, so that a broken test ends

#: Noon in Shanghai, where the installation is.
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection[Any]]:
    with closing(connect(Database(database_url), application="test")) as connection:
        yield connection


class Bench:
    """A sender on a clock that the test turns."""

    def __init__(self, url: str, sending: Sending) -> None:
        self.now = NOON
        self._sender = Sender(
            Database(url),
            sending,
            "Asia/Shanghai",
            threading.Event(),
            CollectorRegistry(),
            lambda: 0.0,
        )

    def drain(self) -> None:
        """Send until nothing is due and nothing is being sent."""
        deadline = time.monotonic() + SOON
        with closing(self._sender), ThreadPoolExecutor(16) as pool:
            idle = 0
            while idle < 2:  # what was ended by the last round is found by the next one
                assert time.monotonic() < deadline
                moved = self._sender.round(pool, lambda: self.now)
                idle = 0 if moved or self._sender.is_sending else idle + 1

    def after(self, **span: float) -> None:
        """Turn the clock, and send."""
        self.now += timedelta(**span)
        self.drain()


@pytest.fixture
def bench(database_url: str) -> Callable[..., Bench]:
    def make(**rules: Any) -> Bench:  # noqa: ANN401 - fields of Rules
        sending = Sending(
            connect=1.0, timeout=1.0, allowed_hosts=("127.0.0.1",), rules=Rules(**rules)
        )
        return Bench(database_url, sending)

    return make


def channel(conn: Connection[Any], address: str, code: str = "erp", kind: str = "webhook") -> None:
    conn.execute(
        "INSERT INTO channel (code, kind, name, address, secret, author)"
        " VALUES (%s, %s, %s, %s, %s, 'op')",
        [code, kind, code, address, SECRET if kind == "webhook" else None],
    )


def rule(conn: Connection[Any], to: str = "system", code: str = "erp", **more: object) -> None:
    row = {"topics": ["*"], "recipient": "", **more}
    names = ", ".join(row)
    marks = ", ".join(f"%({name})s" for name in row)
    conn.execute(
        f"INSERT INTO notice_rule (code, name, channel_id, to_kind, author, {names})"  # noqa: S608 - names of columns
        f" SELECT gen_random_uuid()::text, 'a rule', id, %(to)s, 'op', {marks}"
        " FROM channel WHERE code = %(code)s",
        row | {"to": to, "code": code},
    )


def told(number: int = 1, at: datetime = NOON, **more: object) -> Transition:
    body = wording.body(
        ("已签收", f"单号{number}已签收"), ("Delivered", f"Shipment {number} delivered")
    )
    made = Transition(
        Topic.DELIVERED, "waybill", str(number), "delivered|1", at.timestamp(), body=body
    )
    return replace(made, consignee="13800000001", **more)  # type: ignore[arg-type] # fields by name


def states(conn: Connection[Any]) -> list[str]:
    return [
        row[0]
        for row in conn.execute("SELECT state FROM notice ORDER BY created_at, id").fetchall()
    ]


def test_a_webhook_is_a_signed_cloud_event(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told(zone="Europe/Berlin")], NOON)
        tested = bench()
        tested.now = datetime.now(UTC)  # the reference library has a clock of its own
        tested.drain()
        (received,) = receiver.accepted

    event = Webhook(SECRET).verify(received.body, received.headers)
    assert received.headers["content-type"].startswith("application/cloudevents+json")
    assert {name: event[name] for name in ("specversion", "id", "source", "type", "subject")} == {
        "specversion": "1.0",
        "id": received.id,
        "source": "urn:milepost",
        "type": "milepost.waybill.delivered",
        "subject": "waybill/1",
    }
    assert event["time"] == "2026-11-22T04:00:00Z"
    assert event["data"]["zh"]["text"] == "单号1已签收"
    assert states(conn) == ["sent"]


def test_what_fails_is_repeated_under_the_same_id_and_then_given_up(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver(lambda _request: 500) as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told()], NOON)
        tested = bench(retries=(5.0, 300.0), jitter=0.0)
        tested.drain()
        tested.after(seconds=4)
        assert len(receiver.seen) == 1
        tested.after(seconds=1)
        assert (len(receiver.seen), states(conn)) == (2, ["waiting"])
        tested.after(minutes=5)
        assert (len(receiver.seen), states(conn)) == (3, ["failed"])
        assert len({request.id for request in receiver.seen}) == 1
    assert conn.execute("SELECT failing_since FROM channel").fetchone() == (NOON,)
    tries = conn.execute("SELECT ok, status, detail FROM notice_try").fetchall()
    assert tries == [(False, 500, "answered 500")] * 3


def test_a_channel_that_works_again_is_not_said_to_fail(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    answers = [503, 204]
    with Receiver(lambda _request: answers.pop(0)) as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told()], NOON)
        tested = bench()
        tested.drain()
        tested.after(minutes=1)
    assert conn.execute("SELECT failing_since FROM channel").fetchone() == (None,)
    assert states(conn) == ["sent"]


def test_a_receiver_that_is_gone_is_sent_nothing_more(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver(lambda _request: 410) as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told(1)], NOON)
        tested = bench()
        tested.drain()
        assert notices.enqueue(conn, [told(2)], NOON) == 0
        tested.after(days=1)
        assert len(receiver.seen) == 1
    row = conn.execute("SELECT enabled, disabled_why FROM channel").fetchone()
    assert row == (False, "it wants nothing any more (410 Gone)")


def test_a_webhook_whose_answer_was_lost_is_repeated_and_the_log_says_so(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    answers: list[Answer] = ["cut", "cut", 204]
    with Receiver(lambda _request: answers.pop(0)) as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told()], NOON)
        tested = bench(retries=(5.0, 5.0), jitter=0.0)
        tested.drain()
        tested.after(seconds=5)
        tested.after(seconds=5)
        assert len({request.id for request in receiver.accepted}) == 1
        assert len(receiver.accepted) == 3
    unknown = conn.execute("SELECT unknown FROM notice_try ORDER BY id").fetchall()
    assert unknown == [(True,), (True,), (False,)]


def test_what_a_sender_left_behind_is_taken_when_its_claim_has_run_out(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told()], NOON)
        die_while_sending(conn)
        tested = bench()
        tested.after(seconds=59)
        assert receiver.seen == []
        tested.after(seconds=1)
        assert len(receiver.accepted) == 1
    log = conn.execute("SELECT ok, unknown, detail FROM notice_try ORDER BY id").fetchall()
    assert log == [
        (False, True, "outcome unknown: the sender ended while it was being sent"),
        (True, False, ""),
    ]


def test_people_are_sent_again_what_a_sender_left_behind_once_only(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, f"json://127.0.0.1:{receiver.port}/{{to}}", kind="apprise")
        rule(conn, "consignee")
        notices.enqueue(conn, [told(1), told(2)], NOON)
        die_while_sending(conn)
        tested = bench()
        tested.after(seconds=60)
        assert states(conn) == ["sent", "sent"]
        conn.execute("UPDATE notice SET state = 'waiting', due_at = %s", [tested.now])
        die_while_sending(conn, at=tested.now)
        tested.after(seconds=60)
        assert len(receiver.accepted) == 2
    assert states(conn) == ["failed", "failed"]


def test_people_get_title_and_text_in_the_language_of_the_rule(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, f"json://127.0.0.1:{receiver.port}/sms/{{to}}", "sms", "apprise")
        channel(conn, f"json://127.0.0.1:{receiver.port}/group", "group", "apprise")
        rule(conn, "consignee", "sms")
        rule(conn, "role", "group", recipient="dispatcher", language="en")
        notices.enqueue(conn, [told()], NOON)
        bench().drain()
        bodies = {request.path: orjson.loads(request.body) for request in receiver.accepted}
    assert bodies["/sms/13800000001"]["message"] == "单号1已签收"
    assert bodies["/sms/13800000001"]["title"] == ""
    assert bodies["/group"]["message"] == "Shipment 1 delivered"
    assert bodies["/group"]["title"] == "Delivered"


def test_what_is_due_at_night_waits_for_the_morning_unless_it_is_a_matter_of_safety(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    night = NOON + timedelta(hours=11)  # 23:00 in Shanghai
    with Receiver() as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told(1), told(2, severity=1)], night)
        tested = bench()
        tested.after(hours=11)
        assert [request_of(one) for one in receiver.accepted] == ["2"]
        tested.after(hours=8, minutes=59)
        assert len(receiver.accepted) == 1
        tested.after(minutes=1)
        assert [request_of(one) for one in receiver.accepted] == ["2", "1"]


def test_of_delays_a_customer_hears_every_two_hours_and_only_the_newest(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    def late(minutes: int) -> Transition:
        at = NOON + timedelta(minutes=minutes)
        made = told(1, at, topic=Topic.WORSE, name=f"worse {minutes}", delay=True)
        text = f"later {minutes}"
        return replace(made, body=wording.body(("延误", text), ("Late", text)))

    with Receiver() as receiver:
        channel(conn, f"json://127.0.0.1:{receiver.port}/{{to}}", kind="apprise")
        rule(conn, "consignee")
        tested = bench()
        for minutes in (0, 30, 60):
            notices.enqueue(conn, [late(minutes)], NOON + timedelta(minutes=minutes))
            tested.drain()
            tested.after(minutes=30)
        tested.after(minutes=29, seconds=59)
        assert [orjson.loads(one.body)["message"] for one in receiver.accepted] == ["later 0"]
        tested.after(seconds=1)
        assert [orjson.loads(one.body)["message"] for one in receiver.accepted] == [
            "later 0",
            "later 60",
        ]
    assert states(conn) == ["sent", "cancelled", "sent"]


def test_a_digest_tells_in_one_what_was_gathered_until_its_slot(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, f"json://127.0.0.1:{receiver.port}/", kind="apprise")
        rule(conn, "role", recipient="cs_lead", digest_minutes=60)
        tested = bench()
        for number in (1, 2, 3):
            notices.enqueue(conn, [told(number)], tested.now)
            tested.after(minutes=10)
        notices.enqueue(conn, [told(4, severity=1)], tested.now)
        tested.drain()
        assert len(receiver.accepted) == 1  # what is a matter of safety
        tested.after(minutes=30)
        assert orjson.loads(receiver.accepted[1].body)["message"].splitlines() == [
            "单号1已签收",
            "单号2已签收",
            "单号3已签收",
        ]
        tested.after(hours=2)
        assert len(receiver.accepted) == 2
    assert sorted(states(conn)) == ["gathered"] * 3 + ["sent"] * 2


def test_a_correction_follows_what_it_corrects_and_says_so(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told()], NOON)
        wrong = replace(told(), name="taken back", corrects="delivered|1", body=None)
        die_while_sending(conn)
        notices.enqueue(conn, [wrong], NOON)
        tested = bench()
        tested.drain()
        assert receiver.seen == []  # nobody knows yet what became of the first one
        tested.after(minutes=1)
        tested.drain()
        events = [orjson.loads(one.body) for one in receiver.accepted]
    assert [event["type"] for event in events] == ["milepost.waybill.delivered.corrected"]
    assert "Shipment 1 delivered" in events[0]["data"]["en"]["text"]
    assert states(conn) == ["cancelled", "sent"]


def test_a_channel_that_hangs_holds_up_no_other(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver(lambda _request: "hang") as slow, Receiver() as quick:
        channel(conn, slow.url, "slow")
        channel(conn, quick.url, "quick")
        rule(conn, code="slow", customers=["slow"])
        rule(conn, code="quick")
        notices.enqueue(conn, [told(number) for number in range(20)], NOON)
        notices.enqueue(conn, [told(number, customer="slow") for number in range(20, 23)], NOON)
        bench(retries=()).drain()
        assert len(quick.accepted) == 23
        assert quick.accepted[0].at < slow.seen[0].at + 1.0  # the slow one is still waited for


def test_two_senders_send_each_notice_once(
    conn: Connection[Any], bench: Callable[..., Bench]
) -> None:
    with Receiver() as receiver:
        channel(conn, receiver.url)
        rule(conn)
        notices.enqueue(conn, [told(number) for number in range(60)], NOON)
        threads = [threading.Thread(target=bench().drain) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(receiver.seen) == len({one.id for one in receiver.seen}) == 60


def die_while_sending(conn: Connection[Any], at: datetime = NOON) -> None:
    """Leave everything that is due as a sender does that ends in the middle, its claim a minute."""
    with conn.transaction():
        due = outbox.take_due(conn, at, 100, {})
        assert due
        outbox.claim(conn, [notice.id for notice in due], at + timedelta(minutes=1))


def request_of(received: Received) -> str:
    """The subject that a webhook tells of."""
    return str(orjson.loads(received.body)["data"]["subject"])
