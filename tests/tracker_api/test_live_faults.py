"""The live socket when a client or the database misbehaves."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg import sql
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from tests.fix_api import SOON, FleetHand, Start

EAST = (121.0, 31.0)

#: s; whom the deaf client delayed would wait as long
STUCK = 3.0

Outage = Callable[[], AbstractContextManager[None]]


def poll(done: Callable[[], bool], what: str) -> None:
    """Wait until ``done``; the pause only bounds how often it is asked."""
    deadline = time.monotonic() + SOON
    while not done():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.02)


def metric(client: httpx.Client, name: str) -> float:
    """The value of a metric by its name and labels as printed."""
    for line in client.get("/metrics").text.splitlines():
        key, _, value = line.rpartition(" ")
        if key == name:
            return float(value)
    return 0.0


def is_as_of(moved: datetime) -> Callable[[dict[str, Any]], bool]:
    """Whether a message tells a fix of that time."""
    return lambda message: round(moved.timestamp() * 1000) in message["vehicles"]["time"]


@contextmanager
def deaf_client(address: str) -> Iterator[socket.socket]:
    """A client that subscribes to everything and then never reads again."""
    where = urlsplit(address)
    protocol = ClientProtocol(parse_uri(f"ws://{where.netloc}/api/v1/live"))
    raw = socket.socket()
    # bytes; as small as the kernel allows, so that the server's side fills soon
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect((where.hostname, where.port))
    try:
        protocol.send_request(protocol.connect())
        raw.sendall(b"".join(protocol.data_to_send()))
        while protocol.state.name == "CONNECTING":
            protocol.receive_data(raw.recv(4096))
        protocol.send_text(b'{"type":"subscribe","v":1}')
        raw.sendall(b"".join(protocol.data_to_send()))
        yield raw
    finally:
        raw.close()


def test_a_client_that_never_reads_delays_nobody_and_is_given_up(
    start_api: Start, hand: FleetHand
) -> None:
    plates = hand.seed(2000)
    with (
        start_api(live={"stuck_send": STUCK}) as running,
        running.client() as client,
        running.listen() as ear,
        deaf_client(running.address),
    ):
        ear.hear("snapshot")
        poll(lambda: metric(client, "milepost_live_clients") == 2, "the deaf client is in")
        stuck = 'milepost_live_refused_total{code="too-slow"}'
        rounds, slowest = 0, 0.0
        deadline = time.monotonic() + SOON
        while metric(client, stuck) == 0:
            assert time.monotonic() < deadline, "the deaf client was not given up"
            rounds += 1
            began = time.monotonic()
            moved = hand.move(dict.fromkeys(plates, (100 + rounds / 1000, 31.0)))
            ear.hear_until(is_as_of(moved))
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < STUCK, "a deaf client delayed another one"
        poll(lambda: metric(client, "milepost_live_clients") == 1, "the deaf client is out")
        assert metric(client, "milepost_live_conflated_total") == 0  # the ear kept up


def test_a_slow_client_gets_the_newest_and_the_rest_is_counted(
    start_api: Start, hand: FleetHand
) -> None:
    """Frames pile up in no queue: after a pause it hears far fewer than were made."""
    plates = hand.seed(2000)
    told = "milepost_live_conflated_total"
    patient = {"stuck_send": 2 * SOON}  # it is slow, not stuck, on a busy machine, too
    with start_api(live=patient) as running, running.client() as client, running.listen() as ear:
        ear.hear("snapshot")
        rounds = heard = 0
        deadline = time.monotonic() + SOON
        while metric(client, told) == 0:  # what the system's buffers hold is not conflated
            assert time.monotonic() < deadline, "states were not conflated"
            for number in range(200):
                last = hand.move(dict.fromkeys(plates, (100 + number / 1000, 31.0)))
            heard += len(ear.hear_until(is_as_of(last)))
            rounds += 200
        assert heard < rounds


@pytest.fixture
def outage(postgres_server: str, api_database: object, hand: FleetHand) -> Outage:
    """``with outage():`` no session of the API's database lives and none can begin."""
    del api_database
    row = hand.conn.execute("SELECT current_database()").fetchone()
    assert row is not None
    name = str(row[0])

    @contextmanager
    def away() -> Iterator[None]:
        alter = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        with psycopg.connect(postgres_server, autocommit=True) as admin:
            admin.execute(alter.format(sql.Identifier(name), sql.Literal(False)))  # noqa: FBT003
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND application_name LIKE 'milepost api%%'",
                [name],
            )
            try:
                yield
            finally:
                admin.execute(alter.format(sql.Identifier(name), sql.Literal(True)))  # noqa: FBT003

    return away


def test_a_socket_survives_a_database_that_goes_away(
    start_api: Start, hand: FleetHand, outage: Outage
) -> None:
    (plate,) = hand.seed(1)
    with start_api() as running, running.client() as client, running.listen() as ear:
        cursor = ear.hear("snapshot")["cursor"]
        with outage():
            poll(lambda: metric(client, "milepost_feed_errors_total") > 0, "the reader noticed")
            told = client.get("/health/ready")
            assert told.status_code == 503
            assert told.json()["ready"] is False
            assert "database" in told.json()["database"]
            assert client.get("/health/live").status_code == 200
            assert client.get("/api/v1/vehicles").status_code == 503
            hand.move({plate: EAST})
            beat = ear.hear_any()
            assert (beat["type"], beat["cursor"]) == ("delta", cursor)
        delta = ear.hear("delta")
        assert delta["vehicles"]["plate"] == [plate]
        assert delta["cursor"] != cursor
        poll(lambda: client.get("/health/ready").status_code == 200, "ready again")


def test_a_server_without_a_database_is_up_and_says_so(
    start_api: Start, hand: FleetHand, outage: Outage
) -> None:
    hand.seed(1)
    with outage(), start_api(live={"first_message": 0.5}) as running, running.client() as client:
        with running.listen() as ear:
            assert ear.hear("bye")["code"] == "restart"
        ready = client.get("/health/ready").json()
        assert (ready["ready"], ready["feed"], ready["migrations"]) == (False, "behind", "unknown")


def test_a_lost_bell_costs_a_poll_and_no_data(start_api: Start, hand: FleetHand) -> None:
    """The row of the feed alone is enough: nothing is notified here."""
    (plate,) = hand.seed(1)
    with start_api() as running, running.listen() as ear:
        ear.hear("snapshot")
        hand.conn.execute(
            """
            WITH moved AS (
                UPDATE vehicle_state SET time = now(), received_at = now(), lon = 121, lat = 31,
                    grade = 0, flags = 0 RETURNING vehicle_id
            )
            INSERT INTO change (id, kind, vehicles)
            SELECT nextval('change_number'), 'positions', array_agg(vehicle_id) FROM moved
            """
        )
        assert ear.hear("delta")["vehicles"]["plate"] == [plate]
