"""Databases for tests: the embedded server, or the one of ``MILEPOST_TEST_DATABASE_URL``.

One server for the whole run; every test gets a database of its own, cloned from a template
that has the schema, so that tests cannot see each other's rows and need no cleaning.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
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
        yield server.dsn


@pytest.fixture(scope="session")
def template_database(postgres_server: str) -> Iterator[str]:
    """The URL of a database with the schema and no rows; to clone, not to write to."""
    from store import migrate  # noqa: PLC0415 - tests of the stack need no store

    with _database(postgres_server, template=None) as url:
        migrate.migrate(url)
        _seal(postgres_server, _name(url))
        yield url


@pytest.fixture
def database_url(postgres_server: str, template_database: str) -> Iterator[str]:
    """The URL of a fresh database with the schema; dropped after the test."""
    with _database(postgres_server, template=_name(template_database)) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres_server: str, template_database: str) -> Iterator[str]:
    """One for all tests of a module, which only look at it."""
    with _database(postgres_server, template=_name(template_database)) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    """The URL of a fresh database without a schema; dropped after the test."""
    with _database(postgres_server, template=None) as url:
        yield url


@contextmanager
def _database(server: str, *, template: str | None) -> Iterator[str]:
    """A database for the length of a ``with``; dropped also from under open connections."""
    name = f"milepost_test_{secrets.token_hex(6)}"
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _execute(server, statement)
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _execute(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _seal(server: str, name: str) -> None:
    """Send everybody out of ``name``: TimescaleDB's scheduler would sit in the template."""
    forbid = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
    _execute(server, forbid)
    leave = sql.SQL(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
    ).format(sql.Literal(name))
    _execute(server, leave)


def _execute(server: str, statement: sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
