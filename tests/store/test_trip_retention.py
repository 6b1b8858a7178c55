from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.trips import Risk, RiskTurn, StepTaken, TripState
from store import maintenance, world
from store.maintenance import Retention
from tests.store.conftest import NOON
from tests.store.hauls import START, create, evaluation, keep, plan, register, way

pytestmark = pytest.mark.db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def registered(conn: Connection[Any], two_parties: None) -> None:  # noqa: ARG001 - registers them
    register(conn)
    create(conn)


def finish(conn: Connection[Any], code: str = "t1") -> None:
    rows = world.load_world(conn)
    [key] = [row.plans[0].stops["key"].tolist()[0] for row in rows.trips if row.code == code]
    done = StepTaken(START, "complete", TripState.ARRIVED_FINAL, TripState.COMPLETED, "gps")
    turn = RiskTurn(key, Risk.UNKNOWN, Risk.LATE, START, START, START)
    keep(conn, rows, evaluation(rows, 1.0, code))
    keep(
        conn,
        rows,
        evaluation(rows, 2.0, code, state=TripState.COMPLETED, steps=(done,), turns=(turn,)),
    )


def drive(conn: Connection[Any], at: datetime) -> None:
    conn.execute("UPDATE vehicle_state SET time = %s", [at])


def in_world(conn: Connection[Any]) -> list[str]:
    return [row.code for row in world.load_world(conn).trips]


def retain(conn: Connection[Any], now: datetime) -> dict[str, int]:
    return {each.what: each.rows for each in maintenance.retain(conn, now, Retention())}


def test_a_trip_leaves_the_world_a_week_of_fixes_after_it_is_over(conn: Connection[Any]) -> None:
    create(conn, code="t2")
    finish(conn)
    known = world.load_world(conn)
    drive(conn, NOON + 7 * DAY - timedelta(seconds=1))
    retain(conn, NOON + 30 * DAY)
    assert world.load_world(conn).revision == known.revision
    drive(conn, NOON + 7 * DAY)
    retain(conn, NOON + 7 * DAY)
    assert in_world(conn) == ["t1", "t2"]
    retain(conn, NOON + 7 * DAY + timedelta(seconds=1))
    assert in_world(conn) == ["t2"]
    assert [row.code for row in world.load_world(conn, known).trips] == ["t2"]
    assert world.load_world(conn).revision == known.revision + 1
    retain(conn, NOON + 8 * DAY)
    assert world.load_world(conn).revision == known.revision + 1


def test_a_trip_that_was_edited_waits_for_its_evaluation(conn: Connection[Any]) -> None:
    finish(conn)
    conn.execute("UPDATE trip SET pending = true")
    retain(conn, NOON + 30 * DAY)
    assert in_world(conn) == ["t1"]


def test_old_trips_go_with_all_of_theirs(conn: Connection[Any]) -> None:
    finish(conn)
    create(conn, code="t2", plan=plan(way=way(9)))
    end = NOON + 183 * DAY
    assert retain(conn, end) == {}
    assert retain(conn, end + timedelta(seconds=1)) == {"estimate": 2, "trip": 1}
    for table in ("plan", "stop", "plan_stop", "assignment", "trip_state", "trip_step"):
        found = conn.execute(f"SELECT DISTINCT trip_id FROM {table}").fetchall()  # noqa: S608 - names of tables
        assert len(found) == 1, table
    for table in ("estimate", "risk_change"):
        assert conn.execute(f"SELECT * FROM {table}").fetchall() == [], table  # noqa: S608 - names of tables
    assert conn.execute("SELECT count(*) FROM stop_fact").fetchall() == [(0,)]
    later: datetime = conn.execute("SELECT now()").fetchall()[0][0]
    assert retain(conn, later + 184 * DAY)["line"] == 1
