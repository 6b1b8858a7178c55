"""The API on a fresh database, served on a free port as in operation."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from websockets.sync.client import ClientConnection, connect

from fleet.views import Party, Site
from store import admin, partitions
from store.admin import Registration
from store.database import Database
from tracker_api import Api, Live
from tracker_api.serve import serve

#: When the seeded devices were put into their vehicles.
BOUND = datetime(2026, 5, 1, tzinfo=UTC)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

#: s; a bound for what takes milliseconds, so that a broken test ends
SOON = 30.0

#: Shared, and without the system's certificates: reading them takes longer than most tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

Place = tuple[float, float]  #: lon, lat


class FleetHand:
    """Moves vehicles as the gateway would: state rows and the feed, in one transaction."""

    def __init__(self, url: str) -> None:
        self.conn = psycopg.connect(url, autocommit=True)
        self._second = 0

    def seed(self, count: int) -> list[str]:
        """``count`` vehicles of party ``acme`` with a device each; returns their plates."""
        plates = [f"沪A{number:05}" for number in range(count)]
        with self.conn.transaction():
            admin.seed(
                self.conn,
                [Party("acme", "远山", "Far Hills"), Party("other", "近水", "Near Waters")],
                [Site("SHA-1", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)],
                [(plate, "acme") for plate in plates],
                [
                    Registration(f"dev{number:05}", None, plate, BOUND)
                    for number, plate in enumerate(plates)
                ],
            )
        return plates

    def move(self, places: Mapping[str, Place], *, speed: float = 20.0) -> datetime:
        """Put vehicles elsewhere, one second later than before; returns the time of the fixes."""
        self._second += 1
        time = NOON + timedelta(seconds=self._second)
        with self.conn.transaction():
            rows = self.conn.execute(
                """
                UPDATE vehicle_state s SET revision = revision + 1, time = %(time)s,
                    received_at = %(time)s, lon = n.lon, lat = n.lat, speed = %(speed)s,
                    course = 90, hdop = 0.9, satellites = 9, grade = 0, flags = 0
                FROM unnest(%(plates)s::text[], %(lon)s::float8[], %(lat)s::float8[])
                    AS n (plate, lon, lat) JOIN vehicle v USING (plate)
                WHERE s.vehicle_id = v.id RETURNING s.vehicle_id
                """,
                {
                    "time": time,
                    "speed": speed,
                    "plates": list(places),
                    "lon": [lon for lon, _ in places.values()],
                    "lat": [lat for _, lat in places.values()],
                },
            ).fetchall()
            self.ring([key for (key,) in rows])
        return time

    def ring(self, keys: Sequence[int], kind: str = "positions") -> None:
        """Append to the feed."""
        self.conn.execute("SELECT ring(%s, %s::integer[], NULL)", (kind, list(keys)))

    def drive(self, device: str, fixes: Sequence[tuple[datetime, float, float]]) -> None:
        """Store believed fixes of a device: time, lon, lat."""
        partitions.ensure_days(self.conn, {time.date() for time, _, _ in fixes})
        with self.conn.cursor() as cursor:
            cursor.executemany(
                """
                INSERT INTO fix (time, received_at, lat, lon, device_id, altitude, speed, grade)
                SELECT %s, %s, %s, %s, id, 5, 10, 0 FROM device WHERE code = %s
                """,
                [(time, time, lat, lon, device) for time, lon, lat in fixes],
            )

    def letter(self, device: str, raw: bytes, reason: str = "unknown-device") -> int:
        """Store a dead letter; returns its number."""
        row = self.conn.execute(
            """
            INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)
            VALUES (sha256(%(raw)s || %(device)s::text::bytea), %(at)s, %(device)s, 'nmea',
                    %(reason)s, %(raw)s)
            RETURNING id
            """,
            {"raw": raw, "at": NOON, "device": device, "reason": reason},
        ).fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Give the connection back."""
        self.conn.close()


class Ear:
    """A live client that reads frames as they come."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.cursor: str | None = None
        self.nodes: list[str] = []  #: ids, in the order in which they were told

    def say(self, **message: Any) -> None:  # noqa: ANN401 (JSON)
        """Send a message; ``type`` and ``v`` are those of a subscription unless given."""
        self.socket.send(json.dumps({"type": "subscribe", "v": 1} | message))

    def hear_any(self) -> dict[str, Any]:
        """The next message, be it a heartbeat."""
        return self.note(self.socket.recv(timeout=SOON))

    def note(self, data: str | bytes) -> dict[str, Any]:
        """What ``data`` says, of which the cursor and nodes are kept."""
        message: dict[str, Any] = json.loads(data)
        self.cursor = message.get("cursor", self.cursor)
        self.nodes += [node["id"] for node in message.get("nodes", [])]
        return message

    def hear(self, kind: str | None = None) -> dict[str, Any]:
        """The next message that says something; it must be of ``kind``."""
        while is_heartbeat(message := self.hear_any()):
            pass
        assert kind in {None, message["type"]}, message
        return message

    def hear_until(self, done: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Messages up to and including the first that is ``done``."""
        heard = [self.hear()]
        while not done(heard[-1]):
            heard.append(self.hear())
        return heard


def is_heartbeat(message: Mapping[str, Any]) -> bool:
    """Whether it is a delta without content."""
    return message["type"] == "delta" and not (
        message["vehicles"]["plate"]
        or message["gone"]
        or message["world"]
        or message["nodes"]
        or message["alerts"]
    )


class Running:
    """A served API."""

    def __init__(self, address: str, stop: threading.Event) -> None:
        self.address, self.stop = address, stop

    def client(self, **headers: str) -> httpx.Client:
        """A client for requests."""
        return httpx.Client(base_url=self.address, headers=headers, timeout=SOON, verify=NO_TLS)

    @contextmanager
    def greeted(self) -> Iterator[tuple[Ear, dict[str, Any]]]:
        """A live client that has heard hello, and what that said."""
        url = self.address.replace("http://", "ws://") + "/api/v1/live"
        with connect(url, max_size=None, compression=None) as socket:
            ear = Ear(socket)
            yield ear, ear.hear("hello")

    @contextmanager
    def listen(self, *, headers: Mapping[str, str] | None = None, **ask: Any) -> Iterator[Ear]:  # noqa: ANN401 (JSON)
        """A live client that has heard hello and subscribed."""
        url = self.address.replace("http://", "ws://") + "/api/v1/live"
        with connect(url, additional_headers=headers, max_size=None, compression=None) as socket:
            ear = Ear(socket)
            ear.hear("hello")
            ear.say(**ask)
            yield ear


Start = Callable[..., AbstractContextManager[Running]]


@pytest.fixture
def api_database(database_url: str) -> Database:
    """A database of its own, with a pool that gives up soon."""
    return Database(url=database_url, pool_size=4, pool_timeout=1.0, connect_timeout=2.0)


@pytest.fixture
def hand(api_database: Database) -> Iterator[FleetHand]:
    """Moves vehicles in the API's database."""
    hand = FleetHand(api_database.url)
    yield hand
    hand.close()


@pytest.fixture
def api_settings() -> Api:
    """Defaults, except that nothing waits long."""
    return Api(port=0, shutdown=2.0, live=Live(heartbeat=0.3, poll=0.05, pace=0.01))


@contextmanager
def serving(settings: Api, database: Database) -> Iterator[Running]:
    """A real server, as in operation, on a free port."""
    stop, ready = threading.Event(), threading.Event()
    address: list[str] = []

    def on_ready(url: str) -> None:
        address.append(url)
        ready.set()

    def run() -> None:
        serve(settings, database, stop=stop, on_ready=on_ready)

    thread = threading.Thread(target=run, name="api")
    thread.start()
    try:
        assert ready.wait(SOON), "the API did not start"
        yield Running(address[0], stop)
    finally:
        stop.set()
        thread.join(SOON)
        assert not thread.is_alive(), "the API did not stop"


@pytest.fixture
def start_api(api_settings: Api, api_database: Database) -> Start:
    """``with start_api(token=...) as running``: a real server on a free port."""

    @contextmanager
    def start(*, live: Mapping[str, Any] | None = None, **changes: Any) -> Iterator[Running]:  # noqa: ANN401 (settings)
        limits = replace(api_settings.live, **live or {})
        with serving(replace(api_settings, live=limits, **changes), api_database) as running:
            yield running

    return start


@pytest.fixture
def api(start_api: Start, hand: FleetHand) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles."""
    hand.seed(3)
    with start_api() as running, running.client() as client:
        yield client
