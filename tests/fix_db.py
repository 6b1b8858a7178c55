"""Databases for tests: the embedded server, or the one of ``MILEPOST_TEST_DATABASE_URL``.

One server for each process of the run; every test gets a database of its own, cloned from a
template that has the schema, so that tests cannot see each other's rows and need no cleaning.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from milepost.stack.postgres import Postgres, PostgresOptions
from tests.temporary import temporary_folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A URL with which databases can be made and dropped."""
    given = os.environ.get("MILEPOST_TEST_DATABASE_URL")
    if given:
        yield given
        return
    # A crash of the operating system may take the test's data with it.
    options = PostgresOptions(durable=False)
    with temporary_folder() as folder, Postgres(folder, options) as server:
        _shorten_the_handshake(server.dsn)
        yield server.dsn


@pytest.fixture(scope="session")
def clerk(postgres_server: str) -> Iterator[Clerk]:
    """Makes and drops databases."""
    with psycopg.connect(postgres_server, autocommit=True) as conn:
        clerk = Clerk(postgres_server, conn)
        yield clerk
        clerk.drop()


@pytest.fixture(scope="session")
def template_database(clerk: Clerk) -> Iterator[str]:
    """The URL of a database with the schema and no rows; to clone, not to write to."""
    from store import migrate  # noqa: PLC0415 - tests of the stack need no store

    with clerk.database() as url:
        migrate.migrate(url)
        clerk.seal(url)
        yield url


@pytest.fixture
def database_url(clerk: Clerk, template_database: str) -> Iterator[str]:
    """The URL of a fresh database with the schema; dropped after the test."""
    with clerk.database(like=template_database) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(clerk: Clerk, template_database: str) -> Iterator[str]:
    """One for all tests of a module, which only look at it."""
    with clerk.database(like=template_database) as url:
        yield url


@pytest.fixture
def empty_database_url(clerk: Clerk) -> Iterator[str]:
    """The URL of a fresh database without a schema; dropped after the test."""
    with clerk.database() as url:
        yield url


class Clerk:
    """Makes and drops databases on a connection that it keeps: a new one costs 7 ms.

    A used one is dropped when the next has been made: PostgreSQL sleeps 100 ms where it finds
    that somebody has not quite left.
    """

    def __init__(self, server: str, conn: psycopg.Connection[Any]) -> None:
        self._server, self._conn = server, conn
        self._used: list[sql.Identifier] = []

    @contextmanager
    def database(self, *, like: str | None = None) -> Iterator[str]:
        """The URL of one for the length of a ``with``."""
        plain = f"milepost_test_{secrets.token_hex(6)}"
        name = sql.Identifier(plain)
        statement = sql.SQL("CREATE DATABASE {}").format(name)
        if like is not None:
            # As files: through the log, as is usual, it costs three times as much.
            template = sql.SQL(" TEMPLATE {} STRATEGY file_copy")
            statement += template.format(sql.Identifier(_name(like)))
        self._conn.execute(statement)
        self.drop()
        try:
            yield urlunsplit(urlsplit(self._server)._replace(path=f"/{plain}"))
        finally:
            self._used.append(name)

    def drop(self) -> None:
        """Drop those that were used, also from under connections."""
        while self._used:
            name = self._used.pop()
            self._conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def seal(self, url: str) -> None:
        """Send everybody out: TimescaleDB's scheduler would sit in the template."""
        forbid = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        self._conn.execute(forbid.format(sql.Identifier(_name(url))))
        leave = sql.SQL(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
        )
        self._conn.execute(leave.format(sql.Literal(_name(url))))


def _shorten_the_handshake(server: str) -> None:
    """Store the password with one round of SCRAM: 4,096 cost 2 ms at each of many connections."""
    with psycopg.connect(server, autocommit=True) as conn:
        if conn.info.server_version >= 160_000:  # which has the setting
            conn.execute("SET scram_iterations = 1")
            alter = sql.SQL("ALTER ROLE CURRENT_USER PASSWORD {}")
            conn.execute(alter.format(sql.Literal(conn.info.password)))


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
