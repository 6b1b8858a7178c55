"""What trips teach, through the store and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection

from fleet.trips import StopStatus
from route.model import VERSION, Rules, to_rows
from store import Database, admin, learned, world
from store.database import connect
from tests.store.hauls import create, evaluation, fact, keep, moment, register
from worker.trips import Rhythm, Watch

pytestmark = pytest.mark.db


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection[Any]]:
    """A database with one trip."""
    with closing(connect(Database(database_url), application="test")) as connection:
        admin.seed(connection, vehicles=[("沪A1", None)])
        register(connection)
        create(connection)
        yield connection


def test_a_slow_way_is_learned_once_and_read_again_after_a_restart(
    conn: Connection[Any],
) -> None:
    rows = world.load_world(conn)
    for number in range(8):
        hours = 0.1 + number / 20
        each = evaluation(rows, hours)
        keep(conn, rows, replace(each, heard=moment(hours).timestamp(), s=2_000.0 * (number + 1)))
    now = moment(0.6).timestamp()
    watch = Watch(Rhythm(), Rules())
    watch.round(conn, now)
    watch.study(conn, now)
    kept = learned.load_learned(conn, VERSION)
    assert {row.kind for row in kept} >= {"excess"}
    watch.study(conn, now)
    assert learned.load_learned(conn, VERSION) == kept
    again = Watch(Rhythm(), Rules())
    again.study(conn, now)
    assert again.model is not None
    assert len(list(to_rows(again.model))) == len(kept)


def test_an_arrival_scores_the_estimates_from_before_it(
    conn: Connection[Any],
) -> None:
    rows = world.load_world(conn)
    keep(conn, rows, evaluation(rows, 0.1))
    there = evaluation(rows, 1.2)
    arrived = moment(1.15).timestamp()
    facts = fact(there, 1, status=StopStatus.ARRIVED, arrived=arrived)
    keep(conn, rows, replace(there, facts=facts))
    watch = Watch(Rhythm(), Rules())
    assert watch.study(conn, moment(1.3).timestamp())[1] == 1
    [(estimates, signed)] = conn.execute("SELECT estimates, signed FROM score").fetchall()
    assert estimates == 1
    assert signed == pytest.approx(arrived - moment(1.1).timestamp(), abs=1)
    assert any(row.kind == "band" for row in learned.load_learned(conn, VERSION))
    assert watch.study(conn, moment(1.4).timestamp())[1] == 0
