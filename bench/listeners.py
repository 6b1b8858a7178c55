"""Live clients for a benchmark, as cheap as they can be: a process of their own, raw RFC 6455.

Most only count what comes; a few, the ears, read it and note how old each position in sight is.
Reads its order, a JSON object with the fields of ``Order``, from standard input; prints ``ready``
when everybody has a snapshot, waits for a line, listens, and prints what was heard as JSON.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Literal

import numpy as np
import orjson

_SHORT, _LONG = 126, 127  # lengths of 16 and 64 bits follow (RFC 6455, 5.2)
_TEXT, _BINARY, _PING, _PONG = 1, 2, 9, 10
_LAST, _MASKED = 0x80, 0x80
_ENOUGH = 240.0  #: s for everybody to have a snapshot
_AT_ONCE = 20  #: handshakes under way at a time

Box = tuple[float, float, float, float]  #: west, south, east, north


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to be, and for how long."""

    host: str
    port: int
    clients: int
    form: Literal["json", "binary"]
    seconds: float
    seed: int
    area: Box  #: where vehicles are
    view: tuple[float, float] | None = None  #: width and height in degrees; None: everything
    ears: int = 10


@dataclass(slots=True)
class Heard:
    """What came."""

    seconds: float = 0.0
    bytes: int = 0
    messages: int = 0
    snapshot: float = 0.0  #: bytes of one client's, with the greeting
    cut: int = 0  #: clients whom the server closed
    delays: list[float] = field(default_factory=list)  #: s, of every position that the ears read


class Client(asyncio.Protocol):
    """One live client."""

    def __init__(self, order: Order, heard: Heard, ready: asyncio.Semaphore, number: int) -> None:
        self._order, self._heard, self._ready = order, heard, ready
        self._box = box(order, number)
        self._is_ear = number < order.ears
        self._buffer = bytearray()
        self._skip = 0  #: bytes of a message that nobody reads
        self._greeted = self._begun = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for an upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = "AAAAAAAAAAAAAAAAAAAAAA=="
        transport.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: {self._order.host}:{self._order.port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Count, and read what must be read."""
        self._heard.bytes += len(data)
        if self._skip >= len(data):  # in the midst of what nobody reads: nearly always
            self._skip -= len(data)
            return
        self._buffer += data[self._skip :]
        self._skip = 0
        if not self._greeted:
            self._greet()
        while self._greeted and self._frame():
            pass

    def connection_lost(self, exc: Exception | None) -> None:
        """Count who was cut off."""
        del exc
        self._heard.cut += 1

    def _greet(self) -> None:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        assert head.startswith(b"HTTP/1.1 101"), head
        self._buffer, self._greeted = bytearray(rest), True
        asked = {"type": "subscribe", "v": 1, "format": self._order.form, "bbox": self._box}
        self._send(_TEXT, json.dumps(asked).encode())

    def _send(self, kind: int, payload: bytes) -> None:
        assert self._transport is not None
        size = len(payload)
        length = bytes([_MASKED | size]) if size < _SHORT else _wide(size)
        self._transport.write(bytes([_LAST | kind]) + length + bytes(4) + payload)  # the mask is 0

    def _frame(self) -> bool:
        """Take one frame out of the buffer; whether there was a whole head."""
        found = head(self._buffer)
        if found is None:
            return False
        kind, start, size = found
        end = start + size
        if kind == _PING or self._is_ear or not self._begun:
            if len(self._buffer) < end:
                return False
            self._read(kind, bytes(self._buffer[start:end]))
        self._heard.messages += kind in {_TEXT, _BINARY}
        self._skip = max(0, end - len(self._buffer))
        del self._buffer[:end]
        return True

    def _read(self, kind: int, payload: bytes) -> None:
        now = time.time()
        if kind == _PING:
            self._send(_PONG, payload)
        elif not self._begun:
            assert b'"type":"bye"' not in payload[:20], payload
            last = b'"type":"snapshot"' if self._order.form == "json" else b"M\x01\x01\x01"
            if last in payload[:20]:
                self._begun = True
                self._ready.release()
        elif kind == _BINARY:
            self._heard.delays += delays_of_bytes(payload, now, self._box)
        else:
            told = orjson.loads(payload)["vehicles"].get("time", [])
            self._heard.delays += [now - time / 1000 for time in told]


def _wide(size: int) -> bytes:
    assert size < 65_536  # a subscription
    return struct.pack("!BH", _MASKED | _SHORT, size)


def head(buffer: bytearray) -> tuple[int, int, int] | None:
    """Kind, start and size of the payload of a frame from a server; None: not all there yet."""
    if len(buffer) < 10 and len(buffer) < 2 + {_SHORT: 2, _LONG: 8}.get(
        buffer[1] if len(buffer) > 1 else _LONG, 0
    ):
        return None
    kind, size = buffer[0] & 0x0F, buffer[1]
    if size == _SHORT:
        return kind, 4, int.from_bytes(buffer[2:4])
    if size == _LONG:
        return kind, 10, int.from_bytes(buffer[2:10])
    return kind, 2, size


def delays_of_bytes(payload: bytes, now: float, view: Box | None) -> list[float]:
    """Ages in s of the positions in sight; what is elsewhere is late on purpose."""
    found: list[float] = []
    place = 0
    while place < len(payload):
        (count,) = struct.unpack_from("<I", payload, place + 4)
        (base,) = struct.unpack_from("<d", payload, place + 8)
        columns = place + 24
        lon = np.frombuffer(payload, "<i4", count, columns) / 1e7
        lat = np.frombuffer(payload, "<i4", count, columns + 4 * count) / 1e7
        age = now - base / 1e3 - np.frombuffer(payload, "<i4", count, columns + 12 * count) / 100
        if view is not None:
            west, south, east, north = view
            age = age[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)]
        found += age.tolist()
        place = columns + -(-27 * count // 8) * 8
    return found


def box(order: Order, number: int) -> Box | None:
    """Where a client looks: somewhere in the area."""
    if order.view is None:
        return None
    (wide, high), (west, south, east, north) = order.view, order.area
    right, up = np.random.default_rng((order.seed, number)).random(2).tolist()
    left, low = west + right * (east - wide - west), south + up * (north - high - south)
    return left, low, left + wide, low + high


async def listen(order: Order) -> Heard:
    """Connect, wait for the word, count."""
    heard, ready = Heard(), asyncio.Semaphore(0)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_ENOUGH):
        for number in range(order.clients):
            client = partial(Client, order, heard, ready, number)
            await loop.create_connection(client, order.host, order.port)
            if number >= _AT_ONCE:
                await ready.acquire()
        for _ in range(min(_AT_ONCE, order.clients)):
            await ready.acquire()
    snapshot = heard.bytes / order.clients
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    heard.bytes = heard.messages = 0
    heard.delays.clear()
    began = time.perf_counter()
    await asyncio.sleep(order.seconds)
    heard.seconds, heard.snapshot = time.perf_counter() - began, snapshot
    return heard


def main() -> None:
    """Do what the order says."""
    given = json.loads(sys.stdin.readline())
    view = None if given["view"] is None else tuple(given["view"])
    heard = asyncio.run(listen(Order(**given | {"area": tuple(given["area"]), "view": view})))
    print(json.dumps(asdict(heard)), flush=True)


if __name__ == "__main__":
    main()
