"""Many and large dead letters come in again, and nobody else waits for it."""

# ruff: noqa: SLF001 - as the service does

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

import store
from fleet.errors import Conflict, StoreAway
from fleet.records import FixBatch
from gateway import errands
from gateway.writer import Writer
from store import admin, database
from tests.factories import MORNING, epoch, frame

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]

LETTERS, FIXES = 20, 400


def backlog(writer: Writer, url: str) -> None:
    """A device that nobody knew has sent a backlog; now it is adopted."""
    times = [MORNING + 2 * i for i in range(LETTERS * FIXES)]
    epochs = [epoch(at, 114.3 + 2e-4 * i, 30.6) for i, at in enumerate(times)]
    for i in range(0, len(epochs), FIXES):
        payload = b"".join(epochs[i : i + FIXES])
        writer.write([frame("stray", payload, times[-1])], FixBatch.empty(), 0)
    with closing(database.connect(store.Database(url), application="test")) as conn:
        given = {"plate": "plate-0", "party": None, "credential_hash": None}
        with pytest.raises(Conflict):  # d0 is in there
            admin.adopt(conn, "stray", **given, valid_from=datetime.fromtimestamp(0, UTC))
        given["plate"] = "plate-9"
        began = datetime.fromtimestamp(MORNING, UTC)
        assert admin.adopt(conn, "stray", **given, valid_from=began) == LETTERS


def test_a_large_backlog_comes_in_while_others_ring(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer = make_writer()
    backlog(writer, fleet_url)
    waits: list[float] = []
    done = threading.Event()

    def ring() -> None:
        with closing(psycopg.connect(fleet_url, autocommit=True)) as conn:
            while not done.wait(0.01):
                began = time.monotonic()
                conn.execute("SELECT ring('command', '{}', NULL)")
                waits.append(time.monotonic() - began)

    other = threading.Thread(target=ring)
    other.start()
    turns = 0
    while errands.take_letters(writer, writer._metrics):
        turns += 1
    done.set()
    other.join()
    assert rows("SELECT count(*) FROM fix") == [(LETTERS * FIXES,)]
    assert rows("SELECT count(*) FROM dead_letter WHERE reinjected_at IS NULL") == [(0,)]
    assert turns > 1
    assert max(waits) < 1.0  # the last act of a commit, not its length


def test_a_re_injection_that_breaks_off_is_done_again_from_its_beginning(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer = make_writer()
    backlog(writer, fleet_url)
    assert errands.take_letters(writer, writer._metrics)
    kept = rows("SELECT (SELECT count(*) FROM fix), (SELECT count(*) FROM reinject)")
    with psycopg.connect(fleet_url) as blocker:
        blocker.execute("SELECT pg_advisory_xact_lock(7305816211)")  # the feed is taken
        writer.conn.execute("SET statement_timeout = '200ms'")
        with pytest.raises(StoreAway):
            errands.take_letters(writer, writer._metrics)
    assert rows("SELECT (SELECT count(*) FROM fix), (SELECT count(*) FROM reinject)") == kept
    writer.open()
    while errands.take_letters(writer, writer._metrics):
        pass
    assert rows("SELECT count(*) FROM fix") == [(LETTERS * FIXES,)]


def test_ten_thousand_letters_that_fail_again_are_tried_once(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer = make_writer()
    rubbish = [frame("d0", b"rubbish %d\r\n" % i, MORNING) for i in range(10_000)]
    writer.write(rubbish, FixBatch.empty(), 0)
    rows("INSERT INTO reinject (dead_letter_id) SELECT id FROM dead_letter RETURNING 1")
    turns = 0
    while errands.take_letters(writer, writer._metrics):
        turns += 1
    assert turns == 50
    assert rows("SELECT count(*), count(reinjected_at) FROM dead_letter") == [(10_000, 0)]
