"""A store with three registered devices, and writers on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

import store
from bench import order
from gateway.metrics import Metrics
from gateway.pipeline import Rules
from gateway.writer import Writer
from store import admin, database
from tests.fleet_day import Stand

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
DEVICES = ("d0", "d1", "d2")


@pytest.fixture
def fleet_url(database_url: str) -> str:
    """A database in which d0, d1, d2 are in plate-0, plate-1, plate-2 for ever."""
    conn = database.connect(store.Database(database_url), application="test")
    admin.seed(
        conn,
        vehicles=[(f"plate-{i}", None) for i in range(len(DEVICES))],
        devices=[
            admin.Registration(code, None, f"plate-{i}", BEGINNING)
            for i, code in enumerate(DEVICES)
        ],
    )
    conn.close()
    return database_url


@pytest.fixture
def make_writer(fleet_url: str) -> Iterator[Callable[..., Writer]]:
    """Open writers, each like a gateway of its own."""
    made: list[Writer] = []

    def make(rules: Rules | None = None) -> Writer:
        writer = Writer(store.Database(fleet_url), rules or Rules(), Metrics())
        writer.open()
        made.append(writer)
        return writer

    yield make
    for writer in made:
        writer.close()


@pytest.fixture
def rows(fleet_url: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Ask the database."""
    with psycopg.connect(fleet_url, autocommit=True) as conn:

        def ask(statement: str, *values: object) -> list[tuple[Any, ...]]:
            return conn.execute(statement.encode(), values or None).fetchall()

        yield ask


@pytest.fixture
def on(database_url: str) -> Iterator[Callable[[order.Day], Stand]]:
    """Make the bench of a day."""
    made: list[Stand] = []

    def make(day: order.Day) -> Stand:
        made.append(Stand(database_url, day))
        return made[-1]

    yield make
    for stand in made:
        stand.close()
