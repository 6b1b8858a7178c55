"""Terminals for a benchmark, as cheap as they can be: a process of their own, raw MQTT 3.1.1.

A client library costs more per message than the broker and the gateway may; here a PUBLISH
of QoS 1 is three byte strings joined and a PUBACK is four bytes counted.  Reads its order, a
JSON object with the fields of ``Order``, from standard input; prints ``ready`` when it is
connected, waits for a line, sends, and prints what it did as JSON.
"""

from __future__ import annotations

import http.client
import itertools
import json
import selectors
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from urllib.parse import unquote, urlsplit

from bench.traffic import Standing
from fleet.wire import Kind, topic

_CONNECT, _CONNACK, _PUBLISH_QOS1, _DISCONNECT = 0x10, b"\x20\x02\x00\x00", 0x32, b"\xe0\x00"
_PUBACK_SIZE = 4
_LOOK = 0.05  #: s between two looks at the broker's backlog
_PIDS = [number.to_bytes(2) for number in range(1, 65_536)]


@dataclass(frozen=True, slots=True)
class Order:
    """What to send, and how fast."""

    url: str  #: of the user ``bench``
    monitor: int  #: the broker's HTTP port
    vehicles: int
    seed: int
    seconds: float
    rate: float = 0.0  #: messages/s; 0 is as fast as acknowledgements and the backlog allow
    start: float = 0.0  #: s since 1970: time of the first fix, unless there is a rate
    interval: float = 2.0  #: s between two fixes of a vehicle, unless there is a rate
    backlog: int = 15_000  #: messages that may wait in the broker, unless there is a rate
    epochs: int = 1  #: fixes in a message, evenly over ``interval``, unless there is a rate
    connections: int = 50
    window: int = 100  #: unacknowledged messages per connection


@dataclass(slots=True)
class Sent:
    """What was done."""

    published: int = 0
    acknowledged: int = 0
    began: float = 0.0  #: s since 1970
    ended: float = 0.0  #: s since 1970; when the last message was sent
    cpu: float = 0.0  #: s while sending
    paused: float = 0.0  #: share of the time in which the backlog was full


def connect_packet(client_id: str, user: str, password: str) -> bytes:
    """MQTT 3.1.1 CONNECT: clean session, no keepalive."""
    parts = (client_id, user, password)
    body = b"\x00\x04MQTT\x04\xc2\x00\x00" + b"".join(_text(part) for part in parts)
    return bytes([_CONNECT]) + length(len(body)) + body


def publish_parts(name: str, payload: bytes) -> tuple[bytes, bytes]:
    """A PUBLISH of QoS 1: what stands before the packet id, and what behind."""
    heading = _text(name)
    size = length(len(heading) + 2 + len(payload))
    return bytes([_PUBLISH_QOS1]) + size + heading, payload


def length(size: int) -> bytes:
    """A remaining length: seven bits a byte."""
    out = bytearray()
    while True:
        size, low = size >> 7, size & 0x7F
        out.append(low | (0x80 if size else 0))
        if not size:
            return bytes(out)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2) + raw


@dataclass(slots=True)
class Link:
    """One connection."""

    socket: socket.socket
    window: int
    queue: deque[tuple[bytes, bytes]] = field(default_factory=deque)
    unsent: bytes = b""
    flying: int = 0
    odd: int = 0  #: bytes of a PUBACK that is not all there
    pids: Iterator[bytes] = field(default_factory=lambda: itertools.cycle(_PIDS))

    def send(self) -> int:
        """Write as much as window and socket take; how many messages were begun."""
        count = min(self.window - self.flying, len(self.queue)) if not self.unsent else 0
        if count > 0:
            pieces: list[bytes] = []
            for _ in range(count):
                head, tail = self.queue.popleft()
                pieces += (head, next(self.pids), tail)
            self.unsent = b"".join(pieces)
            self.flying += count
        if self.unsent:
            try:
                done = self.socket.send(self.unsent)
            except BlockingIOError:
                return max(count, 0)
            self.unsent = self.unsent[done:]
        return max(count, 0)

    def hear(self) -> int:
        """Count what was acknowledged."""
        data = self.socket.recv(65_536)
        assert data, "the broker has closed a connection"
        acks, self.odd = divmod(self.odd + len(data), _PUBACK_SIZE)
        self.flying -= acks
        return acks


class Publisher:
    """All connections, one thread."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self.sent = Sent()
        self._turn = 0  # messages given by every vehicle
        self._fleet = Standing(order.vehicles, order.seed, order.start or time.time())
        self._heads = [topic(device, Kind.NMEA) for device in self._fleet.devices]
        self._selector = selectors.DefaultSelector()
        self._links = [self._dial(number) for number in range(order.connections)]

    def _dial(self, number: int) -> Link:
        address = urlsplit(self._order.url)
        raw = socket.create_connection((address.hostname, address.port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        user, password = unquote(address.username or ""), unquote(address.password or "")
        raw.sendall(connect_packet(f"publisher-{number:03d}", user, password))
        assert raw.recv(4, socket.MSG_WAITALL) == _CONNACK, "the broker refuses the connection"
        raw.setblocking(False)  # noqa: FBT003 - as socket names it
        link = Link(raw, self._order.window)
        self._selector.register(raw, selectors.EVENT_READ, link)
        return link

    def _give(self, vehicle: int, *times: float) -> None:
        """Queue one message with a fix of each time; a device stays with its connection."""
        payload = b"".join(self._fleet.payload(vehicle, at) for at in times)
        packet = publish_parts(self._heads[vehicle], payload)
        self._links[vehicle % len(self._links)].queue.append(packet)

    def _fill(self) -> None:
        """Queue one message of every vehicle, all of one instant."""
        order = self._order
        first = order.start + self._turn * order.interval
        times = [first + at * order.interval / order.epochs for at in range(order.epochs)]
        for vehicle in range(order.vehicles):
            self._give(vehicle, *times)
        self._turn += 1

    def run(self) -> Sent:
        """Send until the time is over, then await what is not acknowledged."""
        order, sent = self._order, self.sent
        sent.began, cpu = time.time(), time.process_time()
        until = time.monotonic() + order.seconds
        (self._paced if order.rate else self._pressed)(until)
        sent.cpu, sent.ended = time.process_time() - cpu, time.time()
        patience = time.monotonic() + 10
        while sent.acknowledged < sent.published and time.monotonic() < patience:
            for link in self._links:
                if link.unsent:
                    link.send()
            self._hear(0.05)
        for link in self._links:
            link.socket.setblocking(True)  # noqa: FBT003 - as socket names it
            link.socket.sendall(_DISCONNECT)
            link.socket.close()
        return sent

    def _pressed(self, until: float) -> None:
        """As fast as may be, but never more than the backlog ahead of the gateway."""
        look, began, paused = 0.0, time.monotonic(), 0.0
        full = False
        while (now := time.monotonic()) < until:
            if now >= look:
                waiting = backlog(self._order.monitor)
                full, look = waiting > self._order.backlog, now + _LOOK
            if full:
                self._hear(_LOOK / 5)
                paused += time.monotonic() - now
                continue
            if min(len(link.queue) for link in self._links) < self._order.window:
                self._fill()
            self.sent.published += sum(link.send() for link in self._links)
            self._hear(0.002)
        self.sent.paused = paused / max(time.monotonic() - began, 1e-9)

    def _paced(self, until: float) -> None:
        """At the rate ordered; a fix has the time at which it was to be sent."""
        order, given = self._order, 0
        first, began = time.time(), time.monotonic()
        while (now := time.monotonic()) < until:
            due = int((now - began) * order.rate)
            for number in range(given, due):
                self._give(number % order.vehicles, first + number / order.rate)
            given = due
            self.sent.published += sum(link.send() for link in self._links)
            self._hear(0.002)

    def _hear(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            self.sent.acknowledged += key.data.hear()


def backlog(monitor: int) -> int:
    """Messages that the broker keeps for the gateway: not yet sent to it, or not acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", monitor, timeout=5)
    connection.request("GET", "/jsz?streams=true")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return sum(
        int(stream["state"]["messages"])
        for account in answer.get("account_details", ())
        for stream in account.get("stream_detail", ())
        if stream["name"] == "$MQTT_msgs"
    )


def main() -> None:
    """One order from standard input."""
    publisher = Publisher(Order(**json.loads(sys.stdin.readline())))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(publisher.run())), flush=True)


if __name__ == "__main__":
    main()
