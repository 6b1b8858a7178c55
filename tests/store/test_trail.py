from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.rights import Role
from fleet.scope import Scope
from store import trail

pytestmark = pytest.mark.db

ANN = Scope("ann", None, Role.CS_AGENT)


def test_what_was_done_is_on_record_with_who_and_why(conn: Connection[Any]) -> None:
    with conn.transaction():
        trail.record(conn, ANN, "read", "vehicle", "沪A1", why="a call", detail={"q": "A1"})
    row = conn.execute("SELECT principal, role, act, kind, subject, why, detail FROM audit")
    assert row.fetchall() == [("ann", "cs_agent", "read", "vehicle", "沪A1", "a call", {"q": "A1"})]


def test_an_act_that_is_rolled_back_leaves_no_trace(conn: Connection[Any]) -> None:
    with conn.transaction(force_rollback=True):
        trail.record(conn, ANN, "read", "vehicle", "沪A1")
    assert conn.execute("SELECT FROM audit").rowcount == 0


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET subject = 'x'"])
def test_the_database_itself_refuses_to_change_a_row(conn: Connection[Any], statement: str) -> None:
    trail.record(conn, ANN, "read", "vehicle", "沪A1")
    with pytest.raises(psycopg.errors.RestrictViolation):
        conn.execute(statement.encode())
