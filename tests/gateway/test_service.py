"""The gateway against a real broker and a real database that go away and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import store
from fleet.errors import BrokerAway, SettingInvalid
from fleet.scope import OPERATOR
from fleet.wire import Kind, topic
from gateway import inbox
from gateway.inbox import Inbox, parse_url
from gateway.service import Gateway, Loop, Settings
from milepost.stack.nats import Broker
from milepost.stack.natsconf import BrokerOptions
from store import commands, database
from tests.factories import epoch

pytestmark = [pytest.mark.db, pytest.mark.broker]

Condition = Callable[[], bool]

#: The broker sends again after 2 s, not 10, what nobody acknowledged.
IMPATIENT = pytest.mark.parametrize(
    "fresh_broker", [BrokerOptions(bench=True, ack_wait=2.0)], indirect=True, ids=["impatient"]
)


def await_true(condition: Condition, what: str, within: float = 30.0) -> None:
    """Return when ``condition()`` holds; fail with ``what`` after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@contextmanager
def running(settings: Settings) -> Iterator[Gateway]:
    """A gateway in a thread of its own."""
    stop = threading.Event()
    gateway = Gateway(settings, stop)
    thread = threading.Thread(target=gateway.run, name="gateway")
    thread.start()
    try:
        yield gateway
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def terminal(broker: Broker, name: str = "bench") -> Iterator[Client]:
    """A connection that may speak for every device."""
    address = parse_url(broker.url("bench"))
    client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTv311)
    client.username_pw_set(address.user, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def send(client: Client, device: str, payload: bytes, kind: Kind = Kind.NMEA) -> None:
    """Publish one message; returns when the broker has it."""
    info = client.publish(topic(device, kind), payload, qos=1)
    info.wait_for_publish(10)
    assert info.is_published()


@pytest.fixture
def settings(fleet_url: str, fresh_broker: Broker) -> Settings:
    """A gateway that retries quickly, with its session already at the broker."""
    made = Settings(
        inbox.Broker(fresh_broker.url("gateway"), reconnect_max=1.0),
        store.Database(fleet_url),
        loop=Loop(errands=0.05, retry_max=0.5),
    )
    inbox.enrol(made.broker)
    return made


def count(url: str, table: str = "fix") -> int:
    """Rows of a table."""
    with psycopg.connect(url) as conn:
        row = conn.execute(
            psycopg.sql.SQL("SELECT count(*) FROM {}").format(_name(table))
        ).fetchone()
    assert row is not None
    return int(row[0])


def _name(table: str) -> psycopg.sql.Identifier:
    return psycopg.sql.Identifier(table)


def now_epoch(offset: float) -> bytes:
    """A fix of now."""
    return epoch(round(time.time()) - 60 + offset, 114.3 + offset * 0.0001, 30.6)


def test_what_was_sent_before_the_gateway_ran_is_stored(
    settings: Settings, fresh_broker: Broker
) -> None:
    with terminal(fresh_broker) as client:
        for i in range(50):
            send(client, "d0", now_epoch(i))
    with running(settings):
        await_true(lambda: count(settings.database.url) == 50, "50 fixes are stored")


def test_everything_is_acknowledged_in_the_end(settings: Settings, fresh_broker: Broker) -> None:
    with running(settings) as gateway, terminal(fresh_broker) as client:
        for i in range(20):
            send(client, "d1", now_epoch(i))
        send(client, "d1", b"rubbish")
        send(client, "stranger", now_epoch(0))
        await_true(lambda: count(settings.database.url, "dead_letter") == 2, "two dead letters")
        await_true(lambda: gateway.inbox.waiting == 0, "nothing waits")
        await_true(lambda: fresh_broker.backlog() == 0, "the broker has every acknowledgement")
        assert count(settings.database.url) == 20


def test_nothing_is_acknowledged_while_the_database_is_away(
    settings: Settings, fresh_broker: Broker
) -> None:
    """The database refuses for a while; the messages wait, are stored later, and only once."""
    url = settings.database.url
    name = url.rpartition("/")[2].partition("?")[0]
    with running(settings) as gateway, terminal(fresh_broker) as client:
        send(client, "d0", now_epoch(0))
        await_true(lambda: count(url) == 1, "the first fix is stored")
        forbid(url, name, allowed=False)
        for i in range(1, 30):
            send(client, "d0", now_epoch(i))
        await_true(lambda: gateway.problems()["database"] != "", "the outage is seen")
        await_true(lambda: gateway.inbox.waiting == 29, "29 messages wait")
        forbid(url, name, allowed=True)
        await_true(lambda: count(url) == 30, "all are stored after the outage")
        await_true(lambda: fresh_broker.backlog() == 0, "and acknowledged")
        assert gateway.problems() == {"broker": "", "database": ""}


def forbid(url: str, name: str, *, allowed: bool) -> None:
    """Refuse, or allow again, connections to a database, and end those there are."""
    server = url.replace(f"/{name}", "/postgres")
    with psycopg.connect(server, autocommit=True) as conn:
        statement = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
        conn.execute(psycopg.sql.SQL(statement).format(_name(name), psycopg.sql.Literal(allowed)))
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )


def test_the_gateway_comes_back_to_a_broker_that_was_killed(
    settings: Settings, fresh_broker: Broker
) -> None:
    with running(settings) as gateway:
        with terminal(fresh_broker) as client:
            send(client, "d0", now_epoch(0))
        await_true(lambda: count(settings.database.url) == 1, "the first fix is stored")
        fresh_broker.stop()
        await_true(lambda: gateway.problems()["broker"] != "", "the loss is seen")
        fresh_broker.start()
        with terminal(fresh_broker) as client:
            send(client, "d0", now_epoch(1))
        await_true(lambda: count(settings.database.url) == 2, "the second fix is stored")


def test_a_command_goes_out_and_its_answer_comes_in(
    settings: Settings, fresh_broker: Broker
) -> None:
    heard: list[bytes] = []

    def on_message(_client: Client, _user: object, message: MQTTMessage) -> None:
        heard.append(bytes(message.payload))

    with running(settings), terminal(fresh_broker, "d0") as client:
        client.on_message = on_message
        client.subscribe(topic("d0", Kind.CMD), 1)
        conn = database.connect(settings.database, application="test")
        asked = commands.request(
            conn,
            OPERATOR,
            "d0",
            "interval",
            {"seconds": 5},
            by="test",
            expires_at=datetime.now(UTC) + timedelta(minutes=5),
        )
        await_true(lambda: len(heard) > 0, "the device hears the command")
        told = orjson.loads(heard[0])
        assert told == {"id": asked.id, "kind": "interval", "body": {"seconds": 5}}
        answer = {"id": asked.id, "time": time.time(), "ok": True, "detail": "every 5 s"}
        send(client, "d0", orjson.dumps(answer), Kind.ACK)
        await_true(
            lambda: commands.list_commands(conn, OPERATOR, "d0")[0].acked_at is not None,
            "the answer is written",
        )
        [kept] = commands.list_commands(conn, OPERATOR, "d0")
        conn.close()
        assert (kept.ok, kept.detail, kept.sent_at is not None) == (True, "every 5 s", True)


def test_an_expired_command_is_never_sent(settings: Settings, fresh_broker: Broker) -> None:
    conn = database.connect(settings.database, application="test")
    commands.request(
        conn,
        OPERATOR,
        "d0",
        "locate",
        {},
        by="test",
        expires_at=datetime.now(UTC) - timedelta(seconds=1),
    )
    with running(settings) as gateway, terminal(fresh_broker) as client:
        send(client, "d0", now_epoch(0))
        await_true(lambda: count(settings.database.url) == 1, "the gateway works")
        await_true(lambda: gateway.inbox.waiting == 0, "nothing waits")
    [kept] = commands.list_commands(conn, OPERATOR, "d0")
    conn.close()
    assert kept.sent_at is None


def test_a_backlog_message_is_acknowledged_only_with_its_last_fix(
    settings: Settings, fresh_broker: Broker
) -> None:
    start = round(time.time()) - 600
    payload = b"".join(epoch(start + i, 114.3 + 0.0001 * i, 30.6) for i in range(200))
    with running(settings) as gateway, terminal(fresh_broker) as client:
        send(client, "d2", payload)
        await_true(lambda: count(settings.database.url) == 200, "all of it is stored")
        await_true(lambda: gateway.inbox.waiting == 0, "and acknowledged")


@IMPATIENT
def test_a_copy_of_a_message_that_still_waits_is_recognised(
    settings: Settings, fresh_broker: Broker
) -> None:
    """The broker sends again in a while what nobody acknowledged; it is not queued twice."""
    box = Inbox(settings.broker)
    box.start()
    assert box.wait_ready(10)
    with terminal(fresh_broker) as client:
        send(client, "d0", now_epoch(0))
    taken = box.take(10, 1 << 20, 10)
    assert len(taken) == 1
    await_true(lambda: box.redelivered > 0, "the broker sends it again", 25)
    assert box.take(10, 1 << 20, 0.0) == []
    assert box.ack(taken) == 1
    box.stop()


@IMPATIENT
def test_an_old_connection_s_message_is_not_acknowledged(
    settings: Settings, fresh_broker: Broker
) -> None:
    box = Inbox(settings.broker)
    box.start()
    assert box.wait_ready(10)
    with terminal(fresh_broker) as client:
        send(client, "d0", now_epoch(0))
    taken = box.take(10, 1 << 20, 10)
    fresh_broker.stop()
    await_true(lambda: box.problem != "", "the loss is seen")
    assert box.ack(taken) == 0
    fresh_broker.start()
    again: list[inbox.Delivery] = []

    def came() -> bool:
        again.extend(box.take(10, 1 << 20, 0.1))
        return len(again) > 0

    await_true(came, "it comes again")
    assert again[0].frame.payload == taken[0].frame.payload
    assert box.ack(again) == 1
    box.stop()


@pytest.mark.parametrize(
    "url",
    ["", "http://host", "mqtt://", "mqtt://host:99999999", "mqtt://host:abc", "host:1883"],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingInvalid, match="MILEPOST_BROKER_URL"):
        parse_url(url)


def test_an_address_keeps_its_password_to_itself() -> None:
    address = parse_url("mqtts://user:p%40ss@host")
    assert (address.host, address.port, address.tls) == ("host", 8883, True)
    assert (address.user, address.password) == ("user", "p@ss")
    assert "p@ss" not in repr(address)


def test_a_wrong_password_is_a_plain_sentence(fresh_broker: Broker) -> None:
    address = parse_url(fresh_broker.url("gateway"))
    wrong = f"mqtt://gateway:wrong@{address.host}:{address.port}"
    with pytest.raises(BrokerAway, match="refuses"):
        inbox.look(inbox.Broker(wrong), timeout=2)
