"""The session at the broker: who else takes it, whether it is kept, who sends without QoS 1."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from fleet.errors import BrokerAway
from fleet.wire import Kind, topic
from gateway import inbox
from gateway.inbox import Inbox, parse_url
from gateway.rivals import Rivals
from milepost.stack.nats import Broker
from tests.factories import MORNING, epoch
from tests.waiting import await_true

FIX = epoch(MORNING, 114.3, 30.6)


def test_a_network_that_is_lost_now_and_then_is_no_rival() -> None:
    rivals = Rivals()
    assert [rivals.lost(lasted, 0.9) for lasted in (0.1, 2.0, 600.0, 1.0, 3600.0)] == [1] * 5
    assert not rivals.suspected


def test_who_is_put_out_again_and_again_stays_away_longer_and_longer_and_by_chance() -> None:
    rivals = Rivals()
    pauses = [rivals.lost(0.5, 0.999) for _ in range(10)]
    assert pauses == [1, 1, 4, 8, 16, 32, 60, 60, 60, 60]
    assert rivals.suspected
    rng = random.Random(1)  # noqa: S311 - no secret
    assert len({rivals.lost(0.5, rng.random()) for _ in range(20)}) > 10
    assert rivals.lost(rivals.peace + 1, 0.5) == 1
    assert not rivals.suspected


def test_two_gateways_of_one_name_are_slower_than_their_quarrel() -> None:
    """A model of the two: nobody connects more often than about once a minute in the end."""
    rng = random.Random(20261122)  # noqa: S311 - no secret
    both, since, due = (Rivals(), Rivals()), [0.0, 0.0], [0.0, 0.5]
    changes, owner = 0, None
    while (now := min(due)) < 3600:
        who = due.index(now)
        if owner is not None and owner != who:
            due[owner] = now + both[owner].lost(now - since[owner], rng.random())
            changes += now > 600
        owner, since[who], due[who] = who, now, float("inf")
    assert changes < 3000 / 15


@contextmanager
def terminal(broker: Broker) -> Iterator[Client]:
    """A connection that may speak for every device."""
    address = parse_url(broker.url("bench"))
    client = Client(CallbackAPIVersion.VERSION2, "terminals", protocol=MQTTv311)
    client.username_pw_set(address.user, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def settings(broker: Broker, request: pytest.FixtureRequest) -> inbox.Broker:
    """A session of its own for each test at a broker that all share."""
    return inbox.Broker(broker.url("gateway"), client_id=request.node.name)


@contextmanager
def opened(settings: inbox.Broker) -> Iterator[Inbox]:
    """A session that is up."""
    box = Inbox(settings)
    box.start()
    assert box.wait_ready(10)
    try:
        yield box
    finally:
        box.stop()
        with forgotten(settings):
            pass


@contextmanager
def forgotten(settings: inbox.Broker) -> Iterator[None]:
    """Nothing is left of the session at the broker."""
    clean = Inbox(settings, lasting=False)
    clean.start()
    assert clean.wait_ready(10)
    clean.stop()
    yield


@pytest.mark.broker
def test_a_second_gateway_of_the_same_name_is_told_by_both(settings: inbox.Broker) -> None:
    first, second = Inbox(settings), Inbox(settings)
    for box in (first, second):
        box.start()
    await_true(lambda: min(first.taken, second.taken) >= 3, "both notice", 30)
    told = f"another gateway runs as '{settings.client_id}'"
    assert told in first.problem
    assert told in second.problem
    second.stop()
    first.stop()


@pytest.mark.broker
def test_a_session_that_the_broker_has_forgotten_is_counted(settings: inbox.Broker) -> None:
    with opened(settings) as box:
        assert box.forgotten == 0  # the first time nobody expects one
        with forgotten(settings):
            await_true(lambda: box.forgotten == 1, "it notices")
            assert box.wait_ready(10)


@pytest.mark.broker
def test_who_publishes_with_qos_0_is_counted(settings: inbox.Broker, broker: Broker) -> None:
    with opened(settings) as box, terminal(broker) as client:
        for number in range(3):
            client.publish(topic("loose", Kind.NMEA), FIX + b"%d" % number, qos=0)
        client.publish(topic("firm", Kind.NMEA), FIX, qos=1).wait_for_publish(10)
        came: list[str] = []

        def all_here() -> bool:
            came.extend(each.frame.device for each in box.take(10, 1 << 20, 0.1))
            return sorted(came) == ["firm", "loose", "loose", "loose"]

        await_true(all_here, "everything came")
        assert box.take_unconfirmed() == {"loose": 3}
        assert box.take_unconfirmed() == {}


@pytest.mark.parametrize("fields", [{"share": "a/b"}, {"share": "g", "partition": 1}])
def test_a_share_that_cannot_be_is_refused(fields: dict[str, str | int]) -> None:
    with pytest.raises(ValueError, match="share"):
        replace(inbox.Broker(), **fields)  # type: ignore[arg-type] # the fields of the table above


def test_each_partition_has_a_session_of_its_own() -> None:
    assert inbox.Broker(partition=3).session == "milepost-gateway-3"
    with pytest.raises(ValueError, match="partition"):
        inbox.Broker(partition=-1)


def test_nobody_there_is_a_plain_sentence() -> None:
    with pytest.raises(BrokerAway, match="not created"):
        inbox.enrol(inbox.Broker("mqtt://127.0.0.1:1"), timeout=0.2)
