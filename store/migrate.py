"""Bring a database to today's schema: ordered files, each applied once, in a transaction.

The files in ``sql/migrations`` are plain PostgreSQL; ``partitions`` rewrites the clauses
that are different on TimescaleDB.  An advisory lock lets any number of processes start at
the same moment.  A checksum of every applied file is kept, so that a file which was edited
afterwards is noticed and not silently different from one installation to the next.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

from fleet.errors import Conflict
from store import partitions, queries
from store.database import Database, away, connect

_SQL = queries.load("migrate")


def migrate(database: str | Connection[Any]) -> list[str]:
    """Apply what is missing; returns the names applied now, in order.

    ``database`` is a URL or an open connection outside of any transaction.

    Raises:
        Conflict: an applied file was edited since, or the database is newer than this program.
        StoreAway: the server cannot be reached.
    """
    if isinstance(database, str):
        with connect(Database(database), application="milepost migrate") as conn:
            return migrate(conn)
    with away():
        database.execute(_SQL["lock"])
        try:
            return _apply(database)
        finally:
            if not database.closed:
                database.execute(_SQL["unlock"])


def pending(conn: Connection[Any]) -> list[str]:
    """Names of the migrations that ``migrate`` would apply, in order."""
    applied = _applied(conn)
    return [name for name in _files() if name not in applied]


def names() -> list[str]:
    """Names of all migrations that this program knows, in order."""
    return list(_files())


def _apply(conn: Connection[Any]) -> list[str]:
    with conn.transaction():
        conn.execute(_SQL["create_record"])
    applied, known = _applied(conn), _files()
    if strangers := sorted(applied.keys() - known.keys()):
        raise Conflict(f"the database is newer than this program: it has {', '.join(strangers)}")
    for name, text in known.items():
        if applied.get(name, _checksum(text)) != _checksum(text):
            raise Conflict(f"migration {name} was edited after it had been applied")
    todo = [name for name in known if name not in applied]
    engine = partitions.install(conn)
    for name in todo:
        with conn.transaction():
            # An index over a year of fixes takes longer than any ordinary statement may.
            conn.execute(_SQL["be_patient"])
            conn.execute(engine.localize(known[name]))
            conn.execute(_SQL["record"], {"name": name, "checksum": _checksum(known[name])})
    return todo


def _applied(conn: Connection[Any]) -> dict[str, str]:
    try:
        with conn.transaction():
            return dict(conn.execute(_SQL["applied"]).fetchall())
    except psycopg.errors.UndefinedTable:
        return {}


def _files() -> dict[str, LiteralString]:
    found = sorted(
        (entry.name.removesuffix(".sql"), entry.read_text("utf-8"))
        for entry in files("store").joinpath("sql", "migrations").iterdir()
        if entry.name.endswith(".sql")
    )
    return dict(found)


def _checksum(text: str) -> str:
    return sha256(text.encode()).hexdigest()
