"""Clients of the live socket that mean no good: they end, and nobody else notices."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect
from websockets.uri import parse_uri

from tests.fix_api import SOON, Ear, FleetHand, Running, Start
from tests.waiting import await_true
from tracker_api.serve import MOST_FRAMES

PATH = "/api/v1/live"
PACKED = 0x40  #: the first reserved bit: of RFC 7692 that a message is packed
CLIENTS = "milepost_live_clients"
REFUSED = 'milepost_live_refused_total{code="limit"}'
SUBSCRIBE = b'{"type":"subscribe","v":1}'


@contextmanager
def raw_client(address: str, first: bytes = SUBSCRIBE, path: str = PATH) -> Iterator[socket.socket]:
    """A client that has shaken hands, said ``first``, and does with its bytes as it likes."""
    where = urlsplit(address)
    protocol = ClientProtocol(parse_uri(f"ws://{where.netloc}{path}"))
    with socket.create_connection((where.hostname, where.port or 80), timeout=SOON) as raw:
        protocol.send_request(protocol.connect())
        raw.sendall(b"".join(protocol.data_to_send()))
        while protocol.state.name == "CONNECTING":
            protocol.receive_data(raw.recv(4096))
        if first:
            protocol.send_text(first)
            raw.sendall(b"".join(protocol.data_to_send()))
        yield raw


def framed(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """A frame as a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


def ends(raw: socket.socket) -> bool:
    """Read until the server ends the connection; it must within ``SOON``."""
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        try:
            if not raw.recv(65_536):
                return True
        except ConnectionError:
            return True
    return False


def pour(raw: socket.socket, data: bytes, times: int) -> None:
    """Send until it is all sent, or the server has ended it or takes no more."""
    try:
        for _ in range(times):
            raw.sendall(data)
    except OSError:
        return


def figure(client: httpx.Client, name: str) -> float:
    """The value of a metric by its name and labels as printed."""
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(name + " ")), 0.0)


def still_told(hand: FleetHand, ear: Ear, plate: str) -> None:
    """Another client hears of what moves, every round."""
    for lon in (100.0, 101.0, 102.0):
        moved = round(hand.move({plate: (lon, 31.0)}).timestamp() * 1000)
        ear.hear_until(lambda message, at=moved: at in message["vehicles"]["time"])  # type: ignore[misc]  # of this turn


@contextmanager
def stage(start: Start, hand: FleetHand, **live: object) -> Iterator[tuple[Running, Ear, str]]:
    """A served fleet, and somebody honest who listens."""
    (plate,) = hand.seed(1)
    with start(live=live) as running, running.listen() as ear:
        ear.hear("snapshot")
        yield running, ear, plate


PINGS = framed(Opcode.PING, b"x" * 125) * 50
#: What is said first, and what is then said again and again.
FLOODS = {
    "pings": (b"", PINGS),
    "pongs": (b"", framed(Opcode.PONG) * 50),
    "fragments": (framed(Opcode.TEXT, b"{", fin=False), framed(Opcode.CONT, fin=False) * 50),
}


def test_a_flood_of_frames_that_are_no_message_ends_its_sender_and_delays_nobody(
    start_api: Start, hand: FleetHand
) -> None:
    with stage(start_api, hand) as (running, ear, plate):
        for what, (first, rest) in FLOODS.items():
            with raw_client(running.address) as raw:
                pour(raw, first, 1)
                pour(raw, rest, 10 * MOST_FRAMES // 50)
                still_told(hand, ear, plate)
                assert ends(raw), what


def test_a_few_of_them_are_nothing(start_api: Start, hand: FleetHand) -> None:
    with stage(start_api, hand) as (running, ear, plate), running.listen() as other:
        other.hear("snapshot")
        for _ in range(20):
            assert other.socket.ping().wait(SOON)
        still_told(hand, other, plate)
        still_told(hand, ear, plate)


def test_a_flood_that_is_never_read_ends_too(start_api: Start, hand: FleetHand) -> None:
    with (
        stage(start_api, hand, stuck_send=0.5) as (running, ear, plate),
        raw_client(running.address) as raw,
        running.client() as client,
    ):
        pour(raw, PINGS, 10 * MOST_FRAMES // 50)
        still_told(hand, ear, plate)
        await_true(lambda: figure(client, CLIENTS) == 1, "it is given up")


def test_who_subscribes_again_and_again_is_told_bye(start_api: Start, hand: FleetHand) -> None:
    with stage(start_api, hand, max_turns=5) as (running, honest, plate), running.listen() as ear:
        with running.client() as client:
            for turn in range(50):
                ear.say(bbox=[turn, 0, turn + 1, 1])
            heard = ear.hear_until(lambda message: message["type"] == "bye")
            assert heard[-1]["code"] == "limit"
            with pytest.raises(ConnectionClosed):
                ear.socket.recv(timeout=SOON)
            assert figure(client, REFUSED) == 1
        still_told(hand, honest, plate)


JUNK = (
    bytes(range(256)),
    b"\x00" * 60_000,
    b"[" * 60_000,
    b'{"type":"subscribe","v":1,"vehicles":[' + b'"",' * 15_000 + b'""]}',
    b'{"type":"subscribe","v":1,"bbox":[1e400,-1e400,1,1]}',
    b'{"type":"subscribe","v":1,"vehicles":["\\ud800"]}',
    b'{"type":"subscribe","v":' + b"1" * 5_000 + b"}",
)


def test_junk_is_answered_by_words_or_by_the_end(start_api: Start, hand: FleetHand) -> None:
    with stage(start_api, hand) as (running, ear, plate):
        for message, opcode in product(JUNK, (Opcode.TEXT, Opcode.BINARY)):
            assert answer(running, framed(opcode, message)) in {"bye", 1002, 1007, 1009}
        still_told(hand, ear, plate)


def answer(running: Running, frame: bytes) -> str | int | None:
    """Of what type the first message is after hello, or with what code it is closed."""
    with connect(running.address.replace("http", "ws") + PATH, compression=None) as line:
        line.recv(timeout=SOON)
        line.socket.sendall(frame)
        try:
            return str(json.loads(line.recv(timeout=SOON))["type"])
        except ConnectionClosed as end:
            return None if end.rcvd is None else end.rcvd.code


def test_nothing_is_unpacked(start_api: Start, hand: FleetHand) -> None:
    """No compression is agreed on, so a frame that claims to be packed breaks the protocol."""
    with stage(start_api, hand) as (running, ear, plate):
        url = running.address.replace("http", "ws") + PATH
        with connect(url) as offering:  # the library offers permessage-deflate
            assert offering.protocol.extensions == []
        with raw_client(running.address) as raw:
            whole = framed(Opcode.TEXT, b"\x00" * 60_000)
            raw.sendall(bytes([whole[0] | PACKED]) + whole[1:])
            assert ends(raw)
        still_told(hand, ear, plate)


@pytest.mark.parametrize("path", [PATH, "/api/v1/shared/live"])
def test_a_message_larger_than_the_limit_is_not_kept(
    start_api: Start, hand: FleetHand, path: str
) -> None:
    """Whether it comes whole or in pieces, and also where strangers speak."""
    with stage(start_api, hand) as (running, ear, plate):
        for pieces in (1, 8):
            with raw_client(running.address, b"", path) as raw:
                part = b"x" * (80_000 // pieces)
                frames = [framed(Opcode.TEXT, part, fin=pieces == 1)]
                frames += [framed(Opcode.CONT, part, fin=False)] * (pieces - 1)
                pour(raw, b"".join(frames), 1)
                assert ends(raw)
        still_told(hand, ear, plate)


def test_of_many_connections_at_once_as_many_stay_as_may_and_all_are_forgotten(
    start_api: Start, hand: FleetHand
) -> None:
    with (
        stage(start_api, hand, max_clients=5) as (running, ear, plate),
        running.client() as client,
    ):
        with ExitStack() as crowd:
            for _ in range(60):
                crowd.enter_context(raw_client(running.address, b""))
            await_true(lambda: figure(client, REFUSED) == 56, "56 are too many")
            still_told(hand, ear, plate)
        await_true(lambda: figure(client, CLIENTS) == 1, "those that are gone are forgotten")


def test_a_client_that_vanishes_is_forgotten(start_api: Start, hand: FleetHand) -> None:
    """Its kernel resets the connection in the middle of a frame."""
    with stage(start_api, hand) as (running, ear, plate), running.client() as client:
        for _ in range(10):
            with raw_client(running.address) as raw:
                raw.sendall(framed(Opcode.TEXT, SUBSCRIBE)[:9])
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        still_told(hand, ear, plate)
        await_true(lambda: figure(client, CLIENTS) == 1, "they are forgotten")
