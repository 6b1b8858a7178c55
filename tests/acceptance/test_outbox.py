"""Everybody is told everything once: 10,000 transitions, receivers that fail, senders killed.

What a receiver took is counted by the receiver, not by us.  A webhook may be repeated, under the
same id; a channel without ids only where a sender was killed in the middle, and the log says so.
"""

from __future__ import annotations

import base64
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from psycopg import Connection
from standardwebhooks import Webhook

from fleet.notices import Topic, Transition
from shipment import wording
from store import Database, notices
from store.database import connect
from tests.receiver import Answer, Received, Receiver

pytestmark = [pytest.mark.db, pytest.mark.slow, pytest.mark.timeout(600)]

SEED = 20261122
TRANSITIONS = 10_000
CORRECTED = 300
KILLS = 5
BATCH = 250  #: transitions in a transaction
ROOT = Path(__file__).parents[2]
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
DEADLINE = 480.0  #: s; half a minute on two free processors, and a bound on busy ones

#: Of 1,000 requests: how many get which answer; the others are accepted.
TROUBLE: dict[Answer, int] = {500: 50, 503: 10, "cut": 10, "drop": 5, 302: 3, "hang": 1}


def failing(seed: int, trouble: dict[Answer, int]) -> Receiver:
    """A receiver that fails at random, from ``seed``."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    answers: list[Answer] = [answer for answer, share in trouble.items() for _ in range(share)]
    answers += [204] * (1000 - len(answers))
    return Receiver(lambda _request: chance.choice(answers))


@dataclass
class Stand:
    """Receivers, and the database with what they are to be told."""

    conn: Connection[Any]
    erp: Receiver  #: a webhook that is told everything
    partner: Receiver  #: a webhook that is told of one customer
    group: Receiver  #: people, without message ids, told of another one

    def register(self) -> None:
        for code, kind, address, secret in (
            ("erp", "webhook", self.erp.url, SECRET),
            ("partner", "webhook", self.partner.url, SECRET),
            ("group", "apprise", f"json://127.0.0.1:{self.group.port}/", None),
        ):
            self.conn.execute(
                "INSERT INTO channel (code, kind, name, address, secret, author)"
                " VALUES (%s, %s, %s, %s, %s, 'test')",
                [code, kind, code, address, secret],
            )
        for code, to, customers in (
            ("erp", "system", []),
            ("partner", "system", ["beta"]),
            ("group", "address", ["gamma"]),
        ):
            self.conn.execute(
                "INSERT INTO notice_rule"
                " (code, name, topics, channel_id, to_kind, customers, author)"
                " SELECT %s, 'a rule', '{waybill.*}', id, %s, %s, 'test' FROM channel"
                " WHERE code = %s",
                [code, to, customers, code],
            )

    def left(self) -> int:
        """How many notices are not done."""
        row = self.conn.execute(
            "SELECT count(*) FROM notice WHERE state IN ('waiting', 'sending')"
        ).fetchone()
        return int(row[0]) if row else 0

    def told(self) -> int:
        return len(self.erp.accepted)


@pytest.fixture
def stand(database_url: str) -> Iterator[Stand]:
    with (
        closing(connect(Database(database_url), application="test")) as conn,
        failing(SEED, TROUBLE) as erp,
        failing(SEED + 1, TROUBLE) as partner,
        failing(SEED + 2, {500: 60}) as group,
    ):
        made = Stand(conn, erp, partner, group)
        made.register()
        yield made


def transition(number: int) -> Transition:
    """One of a waybill of its own; of every twenty two are beta's and one is gamma's."""
    customer = {0: "gamma", 1: "beta", 2: "beta"}.get(number % 20, "alpha")
    body = wording.body(
        ("已签收", f"单号{number}已签收"), ("Delivered", f"Shipment {number} delivered")
    )
    at = datetime.now(UTC).timestamp()
    return Transition(
        Topic.DELIVERED, "waybill", str(number), "delivered|1", at, customer=customer, body=body
    )


def enqueue(conn: Connection[Any], chance: random.Random, first: int) -> None:
    """Write a batch as a deriving worker does: sometimes twice, sometimes taken back at first."""
    batch = [transition(number) for number in range(first, first + BATCH)]
    if chance.random() < 0.3:
        with conn.transaction(force_rollback=True):
            notices.enqueue(conn, batch, datetime.now(UTC))
    with conn.transaction():
        notices.enqueue(conn, batch, datetime.now(UTC))
    if chance.random() < 0.3:
        with conn.transaction():
            notices.enqueue(conn, batch, datetime.now(UTC))


def take_back(conn: Connection[Any], numbers: list[int]) -> None:
    """These turn out wrong, at whatever stage their notices are."""
    for number in numbers:
        wrong = replace(transition(number), name="wrong", corrects="delivered|1", body=None)
        with conn.transaction():
            notices.enqueue(conn, [wrong, wrong], datetime.now(UTC))


@contextmanager
def sender(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A sender at work; killed at the end, as ``kill -9`` does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sender_process", url],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def wait_until_told(stand: Stand, count: int, deadline: float) -> None:
    while stand.told() < count and stand.left():
        assert time.monotonic() < deadline, f"{stand.left()} notices left"
        time.sleep(0.01)


def send_through_crashes(stand: Stand, url: str) -> None:
    """Enqueue and send everything; the sender is killed at random moments, and one stays."""
    chance = random.Random(SEED)  # noqa: S311 - not for secrets
    deadline = time.monotonic() + DEADLINE
    firsts = list(range(0, TRANSITIONS, BATCH))
    wrong = chance.sample(range(TRANSITIONS), CORRECTED)
    share = len(firsts) // (KILLS + 1) + 1
    for crash in range(KILLS + 1):
        mine, firsts = firsts[:share], firsts[share:]
        with ExitStack() as running:
            running.enter_context(sender(url))
            if crash % 3 == 2:
                running.enter_context(sender(url))  # two at once are safe, too
            for first in mine:
                enqueue(stand.conn, chance, first)
                inside = [number for number in wrong if first <= number < first + BATCH]
                take_back(stand.conn, inside[::2])  # mostly before they are sent
            wait_until_told(stand, stand.told() + chance.randrange(50, 800), deadline)
        take_back(stand.conn, wrong[crash :: KILLS + 3])  # whatever has become of them
    with sender(url):
        wait_until_told(stand, 10**9, deadline)
        take_back(stand.conn, wrong)
        wait_until_told(stand, 10**9, deadline)


def test_everybody_accepts_every_message_once_though_senders_are_killed_and_receivers_fail(
    stand: Stand, database_url: str
) -> None:
    send_through_crashes(stand, database_url)

    states = dict(
        stand.conn.execute("SELECT state, count(*) FROM notice GROUP BY state").fetchall()
    )
    assert set(states) == {"sent", "cancelled"}
    expected = {
        row[0]: row[1:]
        for row in stand.conn.execute(
            "SELECT n.id::text, c.code, subject, state, corrects::text"
            " FROM notice n JOIN channel c ON c.id = n.channel_id"
        )
    }
    for receiver, code in ((stand.erp, "erp"), (stand.partner, "partner")):
        check_webhook(receiver, code, expected)
    check_people(stand.group, stand.conn)
    check_corrections(stand, expected)
    assert len(stand.erp.accepted) > len({one.id for one in stand.erp.accepted})  # it was tested


def check_webhook(receiver: Receiver, code: str, expected: dict[str, tuple[Any, ...]]) -> None:
    """Every message that is to be sent was accepted, under one id, and is signed."""
    accepted: dict[str, set[tuple[str, str]]] = defaultdict(set)
    reference = Webhook(SECRET)
    for one in receiver.accepted:
        event = reference.verify(one.body, one.headers)
        assert event["id"] == one.id
        accepted[one.id].add((event["subject"], event["type"]))
    assert all(len(said) == 1 for said in accepted.values())  # an id is one message
    sent = {key for key, row in expected.items() if row[0] == code and row[2] == "sent"}
    assert sent <= set(accepted)  # nothing is lost
    # Beyond these only what turned out wrong while it was being sent.
    beyond = set(accepted) - sent
    assert all(expected[key][0] == code and expected[key][2] == "cancelled" for key in beyond)
    messages = Counter(said for told in accepted.values() for said in told)
    assert set(messages.values()) == {1}  # a message has one id


def check_people(receiver: Receiver, conn: Connection[Any]) -> None:
    """Repeated is only what a killed sender had in hand, and the log of deliveries says so."""
    counted = Counter(message_of(one) for one in receiver.accepted)
    lost = dict(
        conn.execute(
            "SELECT subject || ':' || (corrects IS NOT NULL), count(*) FROM notice n"
            " JOIN notice_try t ON t.notice_id = n.id AND t.unknown"
            " JOIN channel c ON c.id = n.channel_id AND c.code = 'group' GROUP BY 1"
        ).fetchall()
    )
    sent = {
        row[0]
        for row in conn.execute(
            "SELECT subject || ':' || (corrects IS NOT NULL) FROM notice n"
            " JOIN channel c ON c.id = n.channel_id WHERE c.code = 'group' AND state = 'sent'"
        )
    }
    assert sent <= set(counted)
    assert all(times <= 1 + lost.get(key, 0) for key, times in counted.items())


def message_of(received: Received) -> str:
    """The waybill, and whether it is a correction, as ``check_people`` names them."""
    text = orjson.loads(received.body)["message"]
    number = text.split("单号")[1].split("已")[0]
    return f"{number}:{str('更正' in text).lower()}"


def check_corrections(stand: Stand, expected: dict[str, tuple[Any, ...]]) -> None:
    """Whoever accepted what was wrong has accepted one correction of it, after it."""
    chance = random.Random(SEED)  # noqa: S311 - not for secrets
    wrong = {str(number) for number in chance.sample(range(TRANSITIONS), CORRECTED)}
    first: dict[tuple[str, bool], int] = {}
    for place, one in enumerate(stand.erp.accepted):
        event = orjson.loads(one.body)
        first.setdefault((event["data"]["subject"], "corrects" in event["data"]), place)
    told = {subject for subject, correction in first if not correction}
    corrected = {subject for subject, correction in first if correction}
    assert told & wrong <= corrected <= wrong
    assert all(first[key, False] < first[key, True] for key in told & corrected)
    assert len(told & corrected) > CORRECTED / 10  # both kinds were tested
    assert len(wrong - told) > 0
    originals = [row[3] for row in expected.values() if row[3]]
    assert len(originals) == len(set(originals))  # each is corrected once
