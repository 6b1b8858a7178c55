from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.records import WorldRows
from fleet.scope import OPERATOR
from fleet.trips import Learned, NoEstimate, StepTaken, StopStatus, TripState
from store import learned, trips, world
from tests.store.hauls import START, create, evaluation, fact, keep, moment, plan, register, way

pytestmark = pytest.mark.db

ROWS = [
    Learned("band", "3", -1, 50.0, 1.0, 2.0, b"cells"),
    Learned("excess", "port|hub#0", 17, 3.5, -4.25, 1e9),
    Learned("excess", "port|hub#0", 18, 1.0, 0.0, 0.1, b""),
]


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    register(conn)
    create(conn)
    create(conn, code="t2", vehicle="沪B1")
    return world.load_world(conn)


def complete(conn: Connection[Any], rows: WorldRows, code: str, hours: float) -> None:
    done = StepTaken(START, "complete", TripState.ARRIVED_FINAL, TripState.COMPLETED, "gps")
    keep(conn, rows, evaluation(rows, hours, code, state=TripState.COMPLETED, steps=(done,)))


def grow_old(conn: Connection[Any]) -> None:
    """Let the steps lie for two minutes."""
    conn.execute("ALTER TABLE trip_step DISABLE TRIGGER ALL")
    conn.execute("UPDATE trip_step SET recorded_at = recorded_at - interval '2 minutes'")
    conn.execute("ALTER TABLE trip_step ENABLE TRIGGER ALL")


def test_what_a_model_knows_comes_back(conn: Connection[Any]) -> None:
    assert learned.load_learned(conn, "pace-1") == []
    learned.keep_learned(conn, "pace-1", ROWS)
    learned.keep_learned(conn, "pace-2", ROWS[:1])
    assert learned.load_learned(conn, "pace-1") == ROWS
    news = replace(ROWS[1], mean=7.0)
    learned.keep_learned(conn, "pace-1", [news])
    assert learned.load_learned(conn, "pace-1") == [ROWS[0], news, ROWS[2]]
    assert learned.load_learned(conn, "pace-2") == ROWS[:1]
    assert [model.version for model in learned.list_models(conn)] == ["pace-1", "pace-2"]


def test_what_is_no_news_is_not_written(conn: Connection[Any]) -> None:
    learned.keep_learned(conn, "pace-1", ROWS)
    before = conn.execute("SELECT xmin::text FROM learned ORDER BY key, bin").fetchall()
    learned.keep_learned(conn, "pace-1", [ROWS[0], replace(ROWS[2], weight=2.0)])
    after = conn.execute("SELECT xmin::text FROM learned ORDER BY key, bin").fetchall()
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1


def test_each_completed_trip_is_learned_from_once(conn: Connection[Any], rows: WorldRows) -> None:
    one, two = (trip.key for trip in rows.trips)
    complete(conn, rows, "t2", 1.0)
    assert learned.take_unlearned(conn, "pace-1", 9) == []
    complete(conn, rows, "t1", 1.0)
    complete(conn, rows, "t2", 2.0)
    grow_old(conn)
    taken = learned.take_unlearned(conn, "pace-1", 9)
    assert [trip for _, trip in taken] == [two, one]
    assert learned.take_unlearned(conn, "pace-1", 1) == taken[:1]
    learned.keep_learned(conn, "pace-1", [], taken[0][0])
    assert learned.take_unlearned(conn, "pace-1", 9) == taken[1:]
    assert learned.take_unlearned(conn, "pace-2", 9) == taken


def test_two_workers_do_not_learn_from_the_same_trip(
    conn: Connection[Any], other: Connection[Any], rows: WorldRows
) -> None:
    complete(conn, rows, "t1", 1.0)
    grow_old(conn)
    learned.keep_learned(conn, "pace-1", [])
    other.execute("SET lock_timeout = '50ms'")
    with conn.transaction(), closing(other):
        taken = learned.take_unlearned(conn, "pace-1", 9)
        assert len(taken) == 1
        with pytest.raises(psycopg.errors.LockNotAvailable):
            learned.take_unlearned(other, "pace-1", 9)


def test_a_run_is_what_the_estimates_rested_on(conn: Connection[Any], rows: WorldRows) -> None:
    key = rows.trips[0].key
    keep(conn, rows, evaluation(rows, 0.1, s=1000.0))
    keep(conn, rows, evaluation(rows, 0.2, s=2000.0))
    keep(conn, rows, evaluation(rows, 0.3, s=2000.0, heard=START + 717))
    silent: dict[str, Any] = {
        "no_estimate": NoEstimate.NO_POSITION,
        "p50": (),
        "p90": (),
        "parts": (),
    }
    keep(conn, rows, evaluation(rows, 0.4, s=float("nan"), heard=float("nan"), **silent))
    trips.replan(conn, OPERATOR, "t1", plan(keeps_line=True), "x", "y", moment(0.45))
    rows = world.load_world(conn)
    given = evaluation(rows, 0.5, s=3000.0)
    keep(conn, rows, replace(given, facts=fact(given, 0, status=StopStatus.ARRIVED, arrived=START)))
    run = learned.load_driven(conn, key)
    assert run is not None
    assert run.time.tolist() == [START + 357, START + 717, START + 1797]
    assert run.s.tolist() == [1000.0, 2000.0, 3000.0]
    assert (run.plan.revision, run.facts[0].arrived) == (1, START)
    trips.replan(conn, OPERATOR, "t1", plan(way=way(9)), "x", "another way", moment(0.6))
    run = learned.load_driven(conn, key)
    assert run is not None
    assert run.time.tolist() == []
    assert learned.load_driven(conn, 999) is None


def test_every_stretch_of_a_way_is_learned_from_once(
    conn: Connection[Any], rows: WorldRows
) -> None:
    def at(hours: float) -> float:
        return moment(hours).timestamp()

    for hours in (0.10, 0.15, 0.20):
        each = evaluation(rows, hours)
        keep(conn, rows, replace(each, heard=at(hours), s=10_000 * hours))

    def pairs(until: float) -> list[tuple[float, float]]:
        found = learned.take_ways(conn, "pace-1", at(until))
        return [
            (round(a / 1000, 2), round(b / 1000, 2))
            for way in found
            for a, b in zip(way.s, way.s[1:], strict=False)
        ]

    assert pairs(0.16) == [(1.0, 1.5)]
    assert pairs(0.18) == []
    assert pairs(0.25) == [(1.5, 2.0)]
    assert pairs(0.25) == []
