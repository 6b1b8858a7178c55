"""The servers of a benchmark: durable, on the disk, in a folder that is removed afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.traffic import device_code
from gateway import inbox
from milepost.stack import Broker, BrokerOptions, Postgres
from milepost.stack.ground import Ground, read_object
from store import Database, admin, migrate
from store.admin import Registration
from store.database import connect

_START = 60.0  #: s for the API to answer; it imports for one
_POLL = 0.1  #: s


@dataclass(frozen=True, slots=True)
class Servers:
    """A database and a broker that belong together."""

    folder: Path
    database: Database
    broker: Broker
    monitor: int  #: the broker's HTTP port


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """An empty folder where temporary files lie; removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="milepost-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def database(vehicles: int) -> Iterator[Database]:
    """An embedded PostgreSQL with the schema and so many devices in their vehicles."""
    with temporary_folder() as folder, Postgres(folder) as server:
        migrate.migrate(server.dsn)
        db = Database(server.dsn)
        since = datetime(2020, 1, 1, tzinfo=UTC)
        plates = [f"plate-{number:05d}" for number in range(vehicles)]
        devices = [
            Registration(device_code(number), None, plate, since)
            for number, plate in enumerate(plates)
        ]
        with closing(connect(db, application="bench")) as conn:
            admin.seed(conn, vehicles=[(plate, None) for plate in plates], devices=devices)
        yield db


@contextmanager
def broker() -> Iterator[tuple[Broker, int]]:
    """An embedded broker with the user ``bench``, and its HTTP port."""
    with temporary_folder() as folder, Broker(folder, BrokerOptions(bench=True)) as server:
        ports = read_object(Ground.prepare(folder).folder / "ports.json")
        yield server, int(ports["monitor"])


@contextmanager
def servers(vehicles: int) -> Iterator[Servers]:
    """Both, with the gateway's session at the broker."""
    with (
        temporary_folder() as folder,
        database(vehicles) as db,
        broker() as (server, monitor),
    ):
        inbox.enrol(inbox.Broker(server.url()))
        yield Servers(folder, db, server, monitor)


@contextmanager
def api(of: Database, **settings: str) -> Iterator[tuple[int, int]]:
    """The API in a process of its own, once it answers: process and port.

    ``settings`` are those of the API, by their names behind ``MILEPOST_API``.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MILEPOST_")}
    environment |= {f"MILEPOST_API{name}": value for name, value in settings.items()}
    environment |= {"MILEPOST_DATABASE_URL": of.url, "MILEPOST_API_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "milepost", "api"],
        cwd=Path(__file__).parent.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        last = time.monotonic() + _START
        while not _answers(port):
            alive = process.poll() is None and time.monotonic() < last
            assert alive, "the API did not start"
            time.sleep(_POLL)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False
