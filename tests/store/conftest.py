"""Connections for the tests of the store, and rows that other packages would write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.views import Party
from store import Database, admin, dead_letters, partitions
from store.database import connect

#: The instant that these tests call now, unless they travel.
NOON = datetime(2024, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def db(database_url: str) -> Database:
    return Database(database_url)


@pytest.fixture
def conn(db: Database) -> Iterator[Connection[Any]]:
    with closing(connect(db, application="test")) as connection:
        yield connection


@pytest.fixture
def other(db: Database) -> Iterator[Connection[Any]]:
    """A second connection to the same database."""
    with closing(connect(db, application="other")) as connection:
        yield connection


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def two_parties(conn: Connection[Any]) -> None:
    """Vehicle 沪A1 with device a1 of party alpha, 沪B1 with b1 of beta, 沪C1 with c1 of nobody."""
    admin.seed(
        conn,
        parties=[Party("alpha", "甲", "Alpha"), Party("beta", "乙", "Beta")],
        vehicles=[("沪A1", "alpha"), ("沪B1", "beta"), ("沪C1", None)],
        devices=[
            admin.Registration(f"{letter}1", "hash", f"沪{letter.upper()}1", NOON)
            for letter in "abc"
        ],
    )


@pytest.fixture
def keep_fixes(conn: Connection[Any]) -> Callable[..., None]:
    """Store fixes of a device: one at each time, eastwards, with any column given for all."""

    def keep(device: str, times: Sequence[datetime], **columns: float) -> None:
        partitions.ensure_days(conn, {t.astimezone(UTC).date() for t in times})
        row = {"lat": 31.0, "grade": 0, "flags": 0, **columns}
        names = ", ".join(row)
        marks = ", ".join(f"%({name})s" for name in row)
        for number, time in enumerate(times):
            conn.execute(
                f"INSERT INTO fix (device_id, time, received_at, lon, {names})"  # noqa: S608 - names of columns
                f" SELECT id, %(time)s, %(received)s, %(lon)s, {marks}"
                " FROM device WHERE code = %(device)s",
                row
                | {
                    "device": device,
                    "time": time,
                    "received": time + timedelta(seconds=1),
                    "lon": 121 + number / 1000,
                },
            )

    return keep


@pytest.fixture
def keep_letter(conn: Connection[Any]) -> Callable[..., int]:
    """Store a dead letter; returns its number."""

    def keep(
        device: str, raw: bytes, *, reason: str = "unknown-device", at: datetime = NOON
    ) -> int:
        row = conn.execute(
            "INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)"
            " VALUES (%s, %s, %s, 'nmea', %s, %s) RETURNING id",
            [dead_letters.digest(device, "nmea", reason, raw), at, device, reason, raw],
        ).fetchone()
        assert row is not None
        return int(row[0])

    return keep


@pytest.fixture
def timescale(conn: Connection[Any]) -> str:
    """The version of TimescaleDB of this server; such tests are for servers that have it."""
    version = partitions.detect(conn).timescale
    if version is None:
        pytest.skip("no TimescaleDB on this server: set MILEPOST_TEST_DATABASE_URL to one")
    return version


@pytest.fixture
def plain(conn: Connection[Any]) -> None:
    """Such tests are for plain partitions."""
    if partitions.detect(conn).timescale is not None:
        pytest.skip("this server has TimescaleDB: tests of plain partitions need one without")
