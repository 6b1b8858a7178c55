"""An MQTT client that reads what has arrived at once, and acknowledges a batch at once.

paho asks the system three times for each message, builds three objects and takes four locks for
it, and wakes its thread and the broker once for each acknowledgement: 25 us of a core, as much
as all that the gateway does with a fix.  And each time it asks the system it gives up the
interpreter, which the writer then keeps for milliseconds.  Here one look at the socket brings
hundreds of messages, and those that lie whole in what it brought are cut out of it: 4 us.
Whatever else comes (answers, a message that is not all there yet, one of QoS 2) is paho's, as is
everything but reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode

from fleet.wire import QOS

_PUBACK = b"\x40\x02"  #: fixed header: type 4, two bytes follow
_PUBLISH = 0x30  #: type 3 in the upper half of a packet's first byte
_QOS, _QOS_2, _RETAIN = 0x06, 0x04, 0x01  #: in its lower half
_CHUNK = 1 << 18  #: bytes; a thousand messages, a few milliseconds: then acknowledgements get out
_MORE = 0x80  #: of a byte of a remaining length: another one follows
_LONGEST = 28  #: bits of a remaining length (MQTT 3.1.1, 2.2.3)


class Arrived(NamedTuple):
    """One message."""

    topic: bytes
    packet: int  #: its packet id; 0 for QoS 0
    payload: bytes
    retain: bool


Taker = Callable[[Sequence[Arrived]], None]


class EagerClient(Client):
    """paho's client with another way to read."""

    taker: Taker  #: gets what arrives, in order; called by the network thread
    _data = b""
    _at = 0  # what lies before it in _data is taken
    _looked = False

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read what has arrived: all that one look at the socket brings."""
        self._looked = False
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        while not (self._looked and self._at >= len(self._data)):
            code = super().loop_read(max_packets)  # the first call looks
            if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._data, self._at = b"", 0  # of a connection that is over
                break
            if not self._in_packet["command"]:
                self._take_whole()
        return code

    def _sock_recv(self, bufsize: int) -> bytes:
        """What paho reads: of what is here, then of the socket, once in each ``loop_read``."""
        if self._at >= len(self._data):
            if self._looked:
                raise BlockingIOError
            self._looked = True
            self._data, self._at = super()._sock_recv(max(bufsize, _CHUNK)), 0
        piece = self._data[self._at : self._at + bufsize]
        self._at += len(piece)
        return piece

    def _take_whole(self) -> None:
        """Hand over the messages that lie whole, one behind the other, in what was read."""
        found, self._at = cut(self._data, self._at)
        if found:
            self.taker(found)

    def _handle_on_message(self, message: MQTTMessage) -> None:
        """Hand over a message that paho has put together."""
        # Its ``topic`` raises where that is not UTF-8; the taker wants it as it came.
        topic = message._topic  # noqa: SLF001 - paho's own class, which this is
        self.taker([Arrived(topic, message.mid, bytes(message.payload), message.retain)])

    def ack_all(self, packets: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1, in one write (MQTT 3.1.1, 3.4: PUBACK)."""
        if packets:
            joined = b"".join(_PUBACK + packet.to_bytes(2, "big") for packet in packets)
            self._packet_queue(_PUBACK[0], joined, 0, QOS)


def cut(data: bytes, at: int) -> tuple[list[Arrived], int]:
    """The messages of QoS 0 and 1 that lie whole in ``data`` from ``at`` on, and where they end.

    Ends before whatever else lies there: another packet, half a message, a malformed one.
    """
    found: list[Arrived] = []
    end = len(data)
    while at < end and data[at] & 0xF0 == _PUBLISH and data[at] & _QOS < _QOS_2:
        head, size, shift, here = data[at], 0, 0, at + 1
        while here < end and shift < _LONGEST:
            byte = data[here]
            size |= (byte & ~_MORE) << shift
            here, shift = here + 1, shift + 7
            if byte < _MORE:
                break
        else:
            break
        stop = here + size
        topic_end = here + 2 + int.from_bytes(data[here : here + 2])
        body = topic_end + 2 if head & _QOS else topic_end
        if stop > end or body > stop:
            break
        packet = int.from_bytes(data[topic_end:body])
        found.append(
            Arrived(data[here + 2 : topic_end], packet, data[body:stop], bool(head & _RETAIN))
        )
        at = stop
    return found, at
