"""Messages that no acknowledgement holds back fill no memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from fleet.wire import Kind, topic
from gateway import inbox
from gateway.inbox import Inbox, parse_url
from milepost.stack.nats import Broker
from tests.factories import MORNING, epoch
from tests.waiting import await_true

pytestmark = pytest.mark.broker


@pytest.fixture
def box(fresh_broker: Broker) -> Iterator[Inbox]:
    """A gateway's session that has room for 50 messages of QoS 0; nobody takes any."""
    made = Inbox(inbox.Broker(fresh_broker.url("gateway"), unconfirmed=50))
    made.start()
    assert made.wait_ready(10)
    yield made
    made.stop()


def test_messages_of_qos_0_are_dropped_and_counted_beyond_their_room(
    fresh_broker: Broker, box: Inbox
) -> None:
    address = parse_url(fresh_broker.url("bench"))
    client = Client(CallbackAPIVersion.VERSION2, "flood", protocol=MQTTv311)
    client.username_pw_set(address.user, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    for i in range(500):
        client.publish(topic("d0", Kind.NMEA), epoch(MORNING + i, 114.3, 30.6), qos=0)
    confirmed = client.publish(topic("d0", Kind.NMEA), b"with acknowledgement", qos=1)
    confirmed.wait_for_publish(10)
    await_true(lambda: box.waiting == 1, "the one of QoS 1 has its place")
    client.disconnect()
    client.loop_stop()
    await_true(lambda: box.overflowed == 450, "the others are counted")
    taken = box.take(1000, 1 << 20, 0)
    assert len(taken) == 51
    assert [d.frame.payload for d in taken if d.packet] == [b"with acknowledgement"]
