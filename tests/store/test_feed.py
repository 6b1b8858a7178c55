from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.scope import OPERATOR, Scope
from fleet.views import Changes, Cursor
from store import admin, feed, maintenance, vehicles

pytestmark = pytest.mark.db

#: s; a bell that has rung is heard at once, so this is only reached by a failing test
PATIENCE = 10.0


def ring(conn: Connection[Any], kind: str = "positions", keys: list[int] | None = None) -> int:
    row = conn.execute("SELECT ring(%s, %s::int4[], NULL)", [kind, keys or []]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_reader_gets_what_happened_after_its_cursor_and_nothing_twice(
    conn: Connection[Any],
) -> None:
    ring(conn, keys=[1])
    start = feed.position(conn)
    ring(conn, keys=[2, 3])
    last = ring(conn, keys=[3, 4])
    got = feed.read(conn, start)
    here = Cursor(start.epoch, last)
    assert got == Changes(here, frozenset({2, 3, 4}), world=False, complete=True)
    assert feed.read(conn, here) == Changes(here, frozenset(), world=False, complete=True)


def test_a_long_absence_is_read_in_pieces(conn: Connection[Any]) -> None:
    cursor = feed.position(conn)
    for key in range(1, 6):
        ring(conn, keys=[key])
    pieces = []
    while (changes := feed.read(conn, cursor, limit=2)).cursor != cursor:
        pieces.append(sorted(changes.vehicles))
        cursor = changes.cursor
    assert pieces == [[1, 2], [3, 4], [5]]


def test_edits_of_the_world_are_told_and_orders_are_not(conn: Connection[Any]) -> None:
    start = feed.position(conn)
    ring(conn, "command")
    assert not feed.read(conn, start).world
    ring(conn, "world")
    assert feed.read(conn, start).world


def test_a_cursor_of_another_epoch_is_not_complete(conn: Connection[Any]) -> None:
    ring(conn, keys=[1])
    here = feed.position(conn)
    for foreign in (Cursor("another", here.number), Cursor("", 0)):
        got = feed.read(conn, foreign)
        assert got == Changes(here, frozenset(), world=True, complete=False)


def test_a_cursor_from_the_future_is_not_complete(conn: Connection[Any]) -> None:
    here = feed.position(conn)
    assert not feed.read(conn, Cursor(here.epoch, here.number + 1)).complete
    assert not feed.read(conn, Cursor(here.epoch, 2**70)).complete
    assert feed.read(conn, here).complete


def test_a_cursor_below_what_was_removed_is_not_complete(
    conn: Connection[Any], noon: datetime
) -> None:
    epoch = feed.position(conn).epoch
    numbers = [ring(conn) for _ in range(4)]
    conn.execute("UPDATE change SET at = %s WHERE id <= %s", [noon, numbers[1]])
    maintenance.retain(conn, noon + timedelta(hours=25), maintenance.Retention())
    assert not feed.read(conn, Cursor(epoch, numbers[0])).complete
    assert feed.read(conn, Cursor(epoch, numbers[1])).complete
    assert feed.read(conn, Cursor(epoch, numbers[3])).complete


def test_a_feed_that_is_empty_after_a_quiet_day_still_resumes(
    conn: Connection[Any], noon: datetime
) -> None:
    last = Cursor(feed.position(conn).epoch, ring(conn))
    conn.execute("UPDATE change SET at = %s", [noon])
    maintenance.retain(conn, noon + timedelta(hours=25), maintenance.Retention())
    assert feed.position(conn) == last
    assert feed.read(conn, last).complete
    assert not feed.read(conn, Cursor(last.epoch, last.number - 1)).complete


def test_a_number_that_was_drawn_and_rolled_back_is_no_loss(conn: Connection[Any]) -> None:
    start = feed.position(conn)
    with conn.transaction(force_rollback=True):
        ring(conn, keys=[1])
    ring(conn, keys=[2])
    assert feed.read(conn, start).vehicles == {2}


def test_the_bell_is_heard_after_the_commit_and_not_after_a_rollback(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    feed.listen(other)
    with conn.transaction(force_rollback=True):
        ring(conn)
    assert not feed.wait(other, 0.05)
    with conn.transaction():
        ring(conn)
        assert not feed.wait(other, 0.05)
    started = time.monotonic()
    assert feed.wait(other, PATIENCE)
    assert time.monotonic() - started < PATIENCE / 2
    assert not feed.wait(other, 0.05)


def test_a_bell_that_rang_while_nobody_waited_is_heard(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    feed.listen(other)
    ring(conn)
    feed.position(other)
    assert feed.wait(other, PATIENCE)


def test_numbers_are_drawn_one_transaction_after_the_other(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    start = feed.position(conn)
    other.execute("SET lock_timeout = '50ms'")
    with conn.transaction():
        first = ring(conn)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ring(other)
    assert ring(other) > first
    assert feed.read(conn, start).cursor == feed.position(other)


@pytest.mark.usefixtures("two_parties")
def test_states_come_by_key_and_only_inside_the_scope(conn: Connection[Any]) -> None:
    alpha = Scope("someone of alpha", frozenset({"alpha"}))
    by_key = dict(feed.load_states(conn, OPERATOR, None))
    assert sorted(v.plate for v in by_key.values()) == ["沪A1", "沪B1", "沪C1"]
    for key, vehicle in by_key.items():
        assert feed.load_states(conn, OPERATOR, [key, 999]) == [(key, vehicle)]
        assert vehicle == vehicles.load_vehicle(conn, OPERATOR, vehicle.plate)
    assert [v.plate for _, v in feed.load_states(conn, alpha, by_key)] == ["沪A1"]
    assert [v.plate for _, v in feed.load_states(conn, alpha, None)] == ["沪A1"]
    assert feed.load_states(conn, OPERATOR, []) == []


def test_the_position_of_a_new_database_can_be_resumed(conn: Connection[Any]) -> None:
    here = feed.position(conn)
    assert Cursor.parse(str(here)) == here
    admin.add_vehicle(conn, "V1", None)
    got = feed.read(conn, here)
    assert got.complete
    assert got.world
