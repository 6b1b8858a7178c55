"""The servers of a benchmark: durable, on the disk, in a folder that is removed afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.traffic import device_code
from gateway import inbox
from milepost.stack import Broker, BrokerOptions, Postgres
from milepost.stack.ground import Ground, read_object
from store import Database, admin, migrate
from store.admin import Registration
from store.database import connect


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
