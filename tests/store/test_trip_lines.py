from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from fleet.records import WorldRows
from fleet.scope import OPERATOR, Scope
from fleet.trips import Risk
from store import lines, world
from store.trip_lines import OpenLine, list_open_lines
from tests.store.hauls import START, create, evaluation, keep, register

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))
BETA = Scope("beta", frozenset({"beta"}))


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    register(conn)
    create(conn)
    return world.load_world(conn)


def the_line(conn: Connection[Any], scope: Scope = OPERATOR) -> OpenLine:
    (found,) = list_open_lines(conn, scope)
    return found


def test_an_open_trip_is_listed_with_the_line_of_its_plan(
    conn: Connection[Any], rows: WorldRows
) -> None:
    found = the_line(conn)
    assert (found.code, found.risk) == ("t1", Risk.UNKNOWN)
    (line,) = lines.load_lines(conn, [found.line])
    assert line.lon[-1] == pytest.approx(123.0)
    assert rows.trips[0].plan is not None


def test_lines_are_told_within_the_scope_only(conn: Connection[Any], rows: WorldRows) -> None:
    assert the_line(conn, ALPHA).code == "t1"
    assert list_open_lines(conn, BETA) == []
    assert len(rows.trips) == 1


def test_a_risk_is_told_when_it_rests_on_an_estimate(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, evaluation(rows, at=START, risk=Risk.LATE, delay=3600.0))
    assert the_line(conn).risk is Risk.LATE


def test_a_trip_that_is_over_is_not_listed(conn: Connection[Any], rows: WorldRows) -> None:
    conn.execute("UPDATE trip SET over_at = now() WHERE code = 't1'")
    assert list_open_lines(conn, OPERATOR) == []
    assert len(rows.trips) == 1
