"""Connections to PostgreSQL, and the one translation of its failures.

Sessions speak UTC, commit explicitly (``conn.transaction()``) and durably: an acknowledged
message must survive a power cut, so ``synchronous_commit`` is never off.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from fleet.errors import SettingInvalid, StoreAway
from store import partitions, queries

_SQL = queries.load("database")


@dataclass(frozen=True)
class Database:
    """Where the store is, and how patient its clients are."""

    url: str = field(default="postgresql:///milepost", repr=False)  #: may hold a password
    pool_size: int = 8  #: connections of one API process; its readers wait for a free one
    pool_timeout: float = 5.0  #: s to wait for a free one; a person has reloaded by then
    connect_timeout: float = 5.0  #: s; libpq counts whole ones and wants at least 2
    statement_timeout: float = 30.0  #: s; the longest track takes under one


def connect(db: Database, *, application: str) -> Connection[Any]:
    """An open connection in autocommit mode; ``application`` is its name in pg_stat_activity.

    Raises:
        StoreAway: it cannot be opened.
        SettingInvalid: its URL is none.
    """
    with away():
        conn: Connection[Any] = Connection.connect(_conninfo(db, application), autocommit=True)
        _prepare(conn, db)
    return conn


def open_pool(db: Database, *, application: str) -> ConnectionPool[Connection[Any]]:
    """An open pool of such connections; the first ones are made in the background.

    A pool starts while the server is away and heals when it comes back; each use of it
    belongs in ``away()``, since no free connection in time is an operational error too.
    """
    return ConnectionPool(
        _conninfo(db, application),
        kwargs={"autocommit": True},
        configure=lambda conn: _prepare(conn, db),
        check=ConnectionPool.check_connection,
        min_size=1,
        max_size=db.pool_size,
        timeout=db.pool_timeout,
        name=application,
        open=True,
    )


@contextmanager
def away() -> Iterator[None]:
    """Turn every failure of the server, not of the statement, into ``StoreAway``.

    That includes locks and statements that took too long, deadlocks and a standby that
    takes no writes: all of them are worth a second try and none is the caller's mistake.
    """
    try:
        yield
    except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
        reason = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
        raise StoreAway(f"the database does not answer as it should: {reason}") from error


def describe(conn: Connection[Any]) -> dict[str, Any]:
    """What the server is: for ``milepost check`` and readiness.

    ``server`` (version), ``timescaledb`` (version or None), ``license`` (of TimescaleDB, or
    None), ``synchronous_commit``, ``standby`` (it takes no writes), ``gateways`` (how
    many are connected), ``pending`` (names of the migrations that are not applied).
    """
    from store import migrate  # noqa: PLC0415 - migrate opens connections with this module

    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_SQL["describe"]).fetchone()
    if row is None:
        raise StoreAway("the database does not say what it is")
    return {**row, "pending": migrate.pending(conn)}


def _conninfo(db: Database, application: str) -> str:
    try:
        return make_conninfo(
            db.url,
            application_name=application,
            connect_timeout=max(2, math.ceil(db.connect_timeout)),
            keepalives_idle=30,  # s; a silent firewall is noticed within a minute
            keepalives_interval=10,
            keepalives_count=3,
        )
    except psycopg.ProgrammingError:  # quotes the address, which may hold a password
        raise SettingInvalid(
            "MILEPOST_DATABASE_URL is no postgresql://user:password@host/name address"
        ) from None


def _prepare(conn: Connection[Any], db: Database) -> None:
    # Set after connecting: start-up options are refused by poolers such as PgBouncer.
    conn.execute(
        _SQL["prepare_session"],
        {"statement_timeout": f"{math.ceil(db.statement_timeout * 1000)}ms"},
    )
    partitions.prepare_session(conn)
