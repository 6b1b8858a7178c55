"""The client that reads at once, against paho's own, over any cutting of the same bytes."""

# ruff: noqa: SLF001 - a connection without a broker takes paho's private parts

from __future__ import annotations

import socket
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from gateway.eager import Arrived, EagerClient, cut

PINGRESP = b"\xd0\x00"


def length(size: int) -> bytes:
    """A remaining length (MQTT 3.1.1, 2.2.3)."""
    out = bytearray()
    while True:
        size, low = divmod(size, 128)
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)


def publish(one: Arrived) -> bytes:
    """A PUBLISH of QoS 1, or 0 where there is no packet id."""
    head = 0x30 | (0x02 if one.packet else 0) | one.retain
    number = one.packet.to_bytes(2) if one.packet else b""
    body = len(one.topic).to_bytes(2) + one.topic + number + one.payload
    return bytes([head]) + length(len(body)) + body


MESSAGES = st.builds(
    Arrived,
    topic=st.binary(min_size=1, max_size=30),
    packet=st.integers(0, 65_535),
    payload=st.binary(max_size=400),
    retain=st.booleans(),
)
STREAMS = st.lists(MESSAGES | st.just(PINGRESP), max_size=30)


class Wire:
    """Both ends of a connection that stands."""

    def __init__(self, kind: type[Client]) -> None:
        self.ours, theirs = socket.socketpair()
        theirs.setblocking(False)  # noqa: FBT003 - as socket names it
        self.client: Any = kind(
            CallbackAPIVersion.VERSION2, "test", clean_session=False, protocol=MQTTv311,
            manual_ack=True,
        )  # fmt: skip
        self.client._sock = theirs

    def close(self) -> None:
        self.ours.close()
        if self.client._sock is not None:
            self.client._sock.close()


def eagerly(data: bytes, cuts: list[int]) -> list[Arrived]:
    wire, found = Wire(EagerClient), list[Arrived]()
    wire.client.taker = found.extend
    for piece in pieces(data, cuts):
        wire.ours.sendall(piece)
        assert wire.client.loop_read() is MQTTErrorCode.MQTT_ERR_SUCCESS
    wire.close()
    return found


def by_paho(data: bytes) -> list[Arrived]:
    wire, found = Wire(Client), list[Arrived]()

    def take(_client: Client, _user: object, message: MQTTMessage) -> None:
        topic = message._topic
        found.append(Arrived(topic, message.mid, bytes(message.payload), message.retain))

    wire.client.on_message = take
    wire.ours.sendall(data)
    for _ in range(len(data)):
        wire.client.loop_read()
    wire.close()
    return found


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(each % (len(data) + 1) for each in cuts)})
    return [data[a:b] for a, b in pairwise(edges)]


@given(STREAMS, st.lists(st.integers(0, 20_000), max_size=12))
def test_any_cutting_gives_the_messages_that_paho_reads(
    stream: list[Arrived | bytes], cuts: list[int]
) -> None:
    data = b"".join(each if isinstance(each, bytes) else publish(each) for each in stream)
    sent = [each for each in stream if not isinstance(each, bytes)]
    assert eagerly(data, cuts) == sent
    assert by_paho(data) == sent


def test_a_message_of_a_megabyte_is_put_together() -> None:
    large = Arrived(b"fleet/v1/x/nmea", 7, bytes(1 << 20), retain=False)
    after = Arrived(b"fleet/v1/x/nmea", 8, b"y", retain=False)
    data = publish(large) + publish(after)
    step = 100_000  # less than a socket's buffer
    assert eagerly(data, list(range(0, len(data), step))) == [large, after]


def test_what_was_read_of_a_connection_that_ends_is_forgotten() -> None:
    wire, found = Wire(EagerClient), list[Arrived]()
    wire.client.taker = found.extend
    whole = publish(Arrived(b"a", 1, b"payload", retain=False))
    wire.ours.sendall(whole + b"\xf0\x00" + whole)  # a packet that MQTT 3.1.1 does not know
    assert wire.client.loop_read() is not MQTTErrorCode.MQTT_ERR_SUCCESS
    wire.close()
    again = Wire(EagerClient)
    wire.client._sock = again.client._sock
    wire.client._in_packet = again.client._in_packet  # as paho does when it connects
    again.ours.sendall(publish(Arrived(b"a", 2, b"payload", retain=False)))
    assert wire.client.loop_read() is MQTTErrorCode.MQTT_ERR_SUCCESS
    again.close()
    assert [each.packet for each in found] == [1, 2]


@given(st.binary(max_size=300))
def test_rubbish_is_left_to_paho_and_nothing_is_read_beyond_its_end(data: bytes) -> None:
    found, end = cut(data, 0)
    assert 0 <= end <= len(data)
    assert sum(len(each.topic) + len(each.payload) for each in found) <= end


def test_a_message_of_qos_2_and_half_a_message_are_not_cut() -> None:
    one = publish(Arrived(b"a", 1, b"payload", retain=True))
    assert cut(one + one[:-1], 0)[1] == len(one)
    exactly_once = bytes([one[0] | 0x04]) + one[1:]
    assert cut(exactly_once, 0) == ([], 0)
