from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from fleet.records import COLUMNS, Event, FixBatch, WorldRows
from store import commit, partitions, world
from tests.store.conftest import NOON

pytestmark = pytest.mark.db

START = NOON.timestamp()


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    partitions.ensure_days(conn, [date(2024, 11, 21), date(2024, 11, 22)])
    return world.load_world(conn)


def fixes(*seconds: float, device: int = 0, **columns: float) -> FixBatch:
    """Fixes of one device so many seconds after noon."""
    ordinary: dict[str, Any] = {"lon": 121.0, "lat": 31.0, "hdop": 1.0, "satellites": 9.0}
    ordinary |= {"altitude": 4.0, "speed": 10.0, "course": 90.0, "grade": 0, "flags": 0, "frame": 0}
    ordinary |= columns | {"device": device, "vehicle": device}
    time = START + np.array(seconds)
    given = ordinary | {"time": time, "received": time + 0.5}
    return FixBatch(
        **{
            name: np.broadcast_to(given[name], time.shape).astype(dtype)
            for name, dtype in COLUMNS.items()
        }
    )


def test_all_that_is_new_has_changed_the_past(conn: Connection[Any], rows: WorldRows) -> None:
    kept = commit.keep_fixes(conn, rows, fixes(0, 1, 2), FixBatch.empty())
    assert (kept.stored, kept.replaced, kept.conflicts) == (3, 0, 0)
    assert kept.changed.tolist() == [True, True, True]
    assert not len(commit.keep_fixes(conn, rows, FixBatch.empty(), FixBatch.empty()).changed)


def test_what_is_stored_already_changes_nothing(conn: Connection[Any], rows: WorldRows) -> None:
    commit.keep_fixes(conn, rows, fixes(0, 0.001, 2), FixBatch.empty())
    again = FixBatch.concat([fixes(2), fixes(0, device=1), fixes(0.001, 3)])
    kept = commit.keep_fixes(conn, rows, again, FixBatch.empty())
    assert kept.stored == 2
    assert kept.changed.tolist() == [False, True, False, True]
    assert not commit.keep_fixes(conn, rows, again, FixBatch.empty()).changed.any()


def test_a_fix_that_another_one_of_its_instant_beats_or_is_beaten_by_has_changed_the_past(
    conn: Connection[Any], rows: WorldRows
) -> None:
    poor = [fixes(0, grade=1), fixes(1), fixes(2, grade=1), fixes(3)]
    commit.keep_fixes(conn, rows, FixBatch.concat(poor), FixBatch.empty())
    other = [fixes(0, lon=121.5), fixes(1, lon=121.5, grade=1), fixes(2), fixes(3)]
    kept = commit.keep_fixes(conn, rows, FixBatch.concat(other), FixBatch.empty())
    assert (kept.stored, kept.replaced, kept.conflicts) == (0, 2, 2)
    assert kept.changed.tolist() == [True, True, True, False]


def test_events_say_which_of_them_were_new(conn: Connection[Any], rows: WorldRows) -> None:
    def event(second: float, kind: str = "ignition", device: int = 0) -> Event:
        return Event(device, START + second, kind, b"true", START + 9)

    assert commit.keep_events(conn, rows, [])[0] == 0
    number, fresh = commit.keep_events(conn, rows, [event(1), event(1), event(2)])
    assert (number, fresh.tolist()) == (2, [True, False, True])
    more = [event(1, "door"), event(2), event(1, device=1), event(3.001)]
    number, fresh = commit.keep_events(conn, rows, more)
    assert (number, fresh.tolist()) == (3, [True, False, True, True])


def test_the_words_of_the_ignition_come_in_order_of_their_vehicle(
    conn: Connection[Any], rows: WorldRows
) -> None:
    said = [(0, 5.0, b"false"), (0, 1.001, b"true"), (0, 3.0, b"17"), (1, 2.0, b"true")]
    events = [Event(d, START + s, "ignition", v, START + 60) for d, s, v in said]
    events += [
        Event(0, START + 4, "door", b"true", START + 60),
        Event(0, START + 6, "ignition", b"true", START + 4000),
        Event(0, START - 1, "ignition", b"true", START + 60),  # before it was in the vehicle
    ]
    commit.keep_events(conn, rows, events)
    every = [(START + 1.001, False), (START + 5, True), (START + 6, False)]
    assert world.load_ignition(conn, rows, 0, 0.0) == every
    assert world.load_ignition(conn, rows, 0, START + 1.001) == every[1:]
    assert world.load_ignition(conn, rows, 0, 0.0, ahead=120, behind=3600) == every[:2]
    assert world.load_ignition(conn, rows, 2, 0.0) == []


def test_memories_of_any_length_come_back_and_foreign_ones_are_told(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keys = rows.vehicle_key
    assert world.load_memories(conn, keys, 7)[0] == [None, None, None]
    revision = np.array([4, 5])
    commit.keep_memories(conn, keys[:2], revision, 7, [b"\x00one", b""])
    memory, number, foreign = world.load_memories(conn, keys, 7)
    assert memory == [b"\x00one", b"", None]
    assert number.tolist() == [0, 0, 0]
    assert foreign.tolist() == [False, False, False]
    memory, _, foreign = world.load_memories(conn, keys, 8)
    assert memory == [None, None, None]
    assert foreign.tolist() == [True, True, False]
    commit.keep_memories(conn, keys[:0], revision[:0], 7, [])
    gone = np.array([keys[0], 99], np.int32)
    assert world.load_memories(conn, gone, 7)[1].tolist() == [0, -1]


def test_the_newest_checkpoint_before_a_time_is_found(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keys, times = rows.vehicle_key[[0, 1]], np.array([START, START])
    commit.keep_checkpoints(conn, keys, times, 7, [b"first", b"of another"])
    commit.keep_checkpoints(conn, keys[:1], times[:1] + 10, 7, [b"second"])
    key = int(keys[0])
    assert world.find_checkpoint(conn, key, START, 7) is None
    assert world.find_checkpoint(conn, key, START + 10, 7) == (START, b"first")
    assert world.find_checkpoint(conn, key, START + 11, 7) == (START + 10, b"second")
    assert world.find_checkpoint(conn, key, START + 11, 8) is None


def waiting(conn: Connection[Any], ages: list[tuple[str, float]]) -> None:
    for plate, age in ages:
        conn.execute(
            "INSERT INTO refold (vehicle_id, from_time, reason, requested_at)"
            " SELECT id, %s, 'x', now() - %s FROM vehicle WHERE plate = %s",
            [NOON - timedelta(seconds=age), timedelta(seconds=age), plate],
        )


def test_a_vehicle_whose_backlog_is_arriving_is_left_alone_but_not_for_ever(
    conn: Connection[Any], rows: WorldRows
) -> None:
    waiting(conn, [("沪A1", 50), ("沪A1", 1), ("沪B1", 20), ("沪B1", 5)])
    taken = commit.take_refold(conn, quiet=3, longest=60)
    assert taken is not None
    assert taken[:2] == (rows.vehicle_key[1], START - 20)
    assert len(taken[2]) == 2
    commit.end_refolds(conn, taken[2])
    assert commit.take_refold(conn, quiet=3, longest=60) is None
    taken = commit.take_refold(conn, quiet=3, longest=40)
    assert taken is not None
    assert taken[:2] == (rows.vehicle_key[0], START - 50)


def test_two_gateways_take_different_vehicles(
    conn: Connection[Any], other: Connection[Any], rows: WorldRows
) -> None:
    waiting(conn, [("沪A1", 50), ("沪B1", 20), ("沪A1", 10)])
    with conn.transaction(), other.transaction():
        first = commit.take_refold(conn, 0, 0)
        second = commit.take_refold(other, 0, 0)
    assert first is not None
    assert second is not None
    assert [first[0], second[0]] == rows.vehicle_key[:2].tolist()


def test_many_vehicles_are_asked_for_in_one_go(conn: Connection[Any], rows: WorldRows) -> None:
    vehicles, since = np.array([0, 2], np.int32), np.array([START, -np.inf])
    commit.add_refolds(conn, rows.vehicle_key[vehicles], since, "late")
    commit.add_refolds(conn, rows.vehicle_key[vehicles[:0]], since[:0], "late")
    found = conn.execute(
        "SELECT vehicle_id, extract(epoch FROM from_time)::float8, reason FROM refold ORDER BY id"
    ).fetchall()
    keys = rows.vehicle_key
    assert found == [(keys[0], START, "late"), (keys[2], -np.inf, "late")]


def test_a_batch_keeps_its_order_of_columns(
    conn: Connection[Any], rows: WorldRows, keep_fixes: Callable[..., None]
) -> None:
    """What another writer stored is compared by device and time, not by place."""
    keep_fixes("b1", [datetime(2024, 11, 21, 12, 0, 5, tzinfo=UTC)], hdop=1.0)
    batch = FixBatch.concat([fixes(9), fixes(5, device=1, grade=3), fixes(5)])
    kept = commit.keep_fixes(conn, rows, batch, FixBatch.empty())
    assert (kept.stored, kept.replaced) == (2, 0)
    assert kept.changed.tolist() == [True, True, True]
