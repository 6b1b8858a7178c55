"""A store that is full of messages has room for the gateway that comes to take them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim import radio
from firmware_sim.device import Message
from fleet.wire import Kind
from gateway import inbox
from milepost.stack.nats import Broker
from milepost.stack.natsconf import BENCH, GATEWAY, BrokerOptions
from tests.waiting import await_true

pytestmark = pytest.mark.broker

LARGE = b"x" * 900_000


@pytest.fixture
def broker(state_folder: Path) -> Iterator[Broker]:
    options = BrokerOptions(bench=True, max_store=16 << 20, ack_wait=1.0)
    with Broker(state_folder, options) as started:
        yield started


def fill(broker: Broker) -> int:
    """Send messages until the broker takes no more; how many it has acknowledged."""
    place = radio.Broker.from_url(broker.url(BENCH))
    terminals = radio.Radio(place)
    terminals.dial("t", radio.Login("t", BENCH, place.shared_password, persistent=False))
    acknowledged, ended = 0, False

    def is_full() -> bool:
        nonlocal acknowledged, ended
        for event in terminals.poll(0.02):
            acknowledged += isinstance(event, radio.Acked)
            ended = ended or isinstance(event, radio.Down)
            if isinstance(event, radio.Up | radio.Acked):
                terminals.send("t", Message("t", Kind.NMEA, LARGE, token=1))
        return ended

    await_true(is_full, "the broker ends the connection of whom it has no room for")
    terminals.close()
    return acknowledged


def test_a_gateway_comes_back_to_a_full_store_and_takes_all_that_was_acknowledged(
    broker: Broker,
) -> None:
    known = inbox.Broker(url=broker.url(GATEWAY), client_id=broker.session)
    inbox.enrol(known)
    assert broker.keep_room()
    acknowledged = fill(broker)
    assert acknowledged > 10
    assert broker.child is not None
    broker.child.send(signal.SIGKILL)
    assert broker.child.wait(10)
    broker.start()
    assert not broker.keep_room()  # it is remembered
    box, taken = inbox.Inbox(known), 0
    box.start()

    def took_all() -> bool:
        nonlocal taken
        deliveries = box.take(100, 1 << 30, 0.1)
        taken += box.ack(deliveries)
        return broker.backlog() == 0

    try:
        await_true(took_all, "the gateway has everything")
    finally:
        box.stop()
    assert taken >= acknowledged
