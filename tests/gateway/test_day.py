"""A day of the simulator in any order gives the same fixes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import psycopg
import pytest

import store
from fleet.records import FixBatch, Frame
from gateway.metrics import Metrics
from gateway.pipeline import Limits, Rules
from gateway.writer import Writer
from store import admin, database
from tests.days import CONTENT, day, tripled

pytestmark = [pytest.mark.db, pytest.mark.slow]

NOON = 1_772_366_400.0  #: 2026-03-01T12:00:00Z
RULES = Rules(limits=Limits(per_vehicle=500))  # few vehicles: larger batches are faster here


@pytest.fixture
def registered(database_url: str) -> str:
    """A database that knows four terminals."""
    conn = database.connect(store.Database(database_url), application="test")
    beginning = datetime(1970, 1, 1, tzinfo=UTC)
    codes = [f"sim-{i + 1:04d}" for i in range(4)]
    admin.seed(
        conn,
        vehicles=[(code, None) for code in codes],
        devices=[admin.Registration(code, None, code, beginning) for code in codes],
    )
    conn.close()
    return database_url


def stored(
    url: str, frames: list[Frame], sizes: np.random.Generator | None
) -> list[tuple[Any, ...]]:
    """What the store holds after ``frames``, in batches of any size; the database is emptied."""
    writer = Writer(store.Database(url), RULES, Metrics())
    writer.open()
    at = 0
    while at < len(frames):
        size = 500 if sizes is None else int(sizes.integers(1, 900))
        written = writer.write(frames[at : at + size], FixBatch.empty(), 0)
        while len(written.waiting):
            written = writer.write([], written.waiting, 0)
        at += size
    writer.close()
    with psycopg.connect(url) as conn:
        rows = conn.execute(CONTENT.encode()).fetchall()
        conn.execute(b"TRUNCATE fix, fix_conflict, dead_letter, reinject, checkpoint")
        conn.execute(b"DELETE FROM vehicle_memory")
        conn.execute(b"UPDATE vehicle_state SET time = NULL, revision = 0")
    return rows


def test_every_message_three_times_within_ten_minutes_gives_the_same_rows(registered: str) -> None:
    frames = day(2, 24.0, NOON, seed=7)
    clean = stored(registered, frames, None)
    assert len(clean) > 10_000
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        assert stored(registered, tripled(frames, rng), rng) == clean
