"""Commands while the broker is away, and across a crash between sending and noting it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import store
from fleet.scope import OPERATOR
from fleet.wire import Kind, topic
from gateway import errands, inbox
from gateway.inbox import Inbox, parse_url
from gateway.metrics import Metrics
from gateway.writer import Writer
from milepost.stack.nats import Broker
from store import commands, database
from tests.waiting import await_true

pytestmark = [pytest.mark.db, pytest.mark.broker]

MakeWriter = Callable[..., Writer]
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def heard(fresh_broker: Broker) -> Iterator[list[str]]:
    """The ids of the commands that d0 hears, over lost connections too."""
    ids: list[str] = []

    def on_message(_client: Client, _user: object, message: MQTTMessage) -> None:
        ids.append(orjson.loads(message.payload)["id"])

    address = parse_url(fresh_broker.url("bench"))
    client = Client(CallbackAPIVersion.VERSION2, "d0", protocol=MQTTv311, clean_session=False)
    client.username_pw_set(address.user, address.password)
    client.reconnect_delay_set(1, 1)
    client.on_message = on_message
    client.on_connect = lambda c, *_: c.subscribe(topic("d0", Kind.CMD), 1)
    subscribed: list[int] = []
    client.on_subscribe = lambda *_: subscribed.append(1)
    client.connect(address.host, address.port)
    client.loop_start()
    await_true(lambda: bool(subscribed), "the device listens")
    yield ids
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def box(fresh_broker: Broker) -> Iterator[Inbox]:
    """The gateway's session."""
    made = Inbox(inbox.Broker(fresh_broker.url("gateway"), reconnect_max=1.0))
    made.start()
    assert made.wait_ready(10)
    yield made
    made.stop()


def order(url: str, seconds: float = 300.0) -> str:
    """Ask d0 where it is."""
    conn = database.connect(store.Database(url), application="test")
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    made = commands.request(conn, OPERATOR, "d0", "locate", {}, by="test", expires_at=until)
    conn.close()
    return made.id


def test_a_command_is_sent_once_however_often_it_is_tried_without_a_broker(
    make_writer: MakeWriter,
    rows: Ask,
    fleet_url: str,
    fresh_broker: Broker,
    box: Inbox,
    heard: list[str],
) -> None:
    writer, asked = make_writer(), order(fleet_url)
    fresh_broker.stop()
    await_true(lambda: box.problem != "", "the loss is seen")
    for _ in range(5):
        errands.send_commands(writer, box, Metrics(), datetime.now(UTC))
    assert rows("SELECT sent_at FROM command") == [(None,)]
    fresh_broker.start()
    assert box.wait_ready(20)
    errands.send_commands(writer, box, Metrics(), datetime.now(UTC))
    assert rows("SELECT sent_at IS NOT NULL FROM command") == [(True,)]
    last = order(fleet_url)
    errands.send_commands(writer, box, Metrics(), datetime.now(UTC))
    await_true(lambda: last in heard, "the last command is heard")
    assert heard == [asked, last]


def test_a_command_that_expires_while_the_broker_is_away_is_never_sent(
    make_writer: MakeWriter,
    rows: Ask,
    fleet_url: str,
    fresh_broker: Broker,
    box: Inbox,
    heard: list[str],
) -> None:
    writer = make_writer()
    order(fleet_url, 60)
    fresh_broker.stop()
    await_true(lambda: box.problem != "", "the loss is seen")
    errands.send_commands(writer, box, Metrics(), datetime.now(UTC))
    rows("UPDATE command SET expires_at = now() - interval '1 second' RETURNING 1")
    fresh_broker.start()
    assert box.wait_ready(20)
    last = order(fleet_url)
    errands.send_commands(writer, box, Metrics(), datetime.now(UTC))
    await_true(lambda: last in heard, "the last command is heard")
    assert heard == [last]


def test_a_crash_after_sending_sends_the_same_command_again(
    make_writer: MakeWriter, rows: Ask, fleet_url: str, box: Inbox, heard: list[str]
) -> None:
    asked = order(fleet_url)
    box.publish("d0", orjson.dumps({"id": asked}))  # and then the gateway was killed
    await_true(lambda: heard == [asked], "the device hears it")
    errands.send_commands(make_writer(), box, Metrics(), datetime.now(UTC))
    await_true(lambda: heard == [asked, asked], "it hears the same one again")
    assert rows("SELECT count(*) FROM command WHERE sent_at IS NOT NULL") == [(1,)]
