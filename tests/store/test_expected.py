from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import Invalid, NotFound
from fleet.fences import Expected
from fleet.scope import OPERATOR, Scope
from fleet.views import ExpectedVisit, Site
from store import admin, expected, world
from tests.store.conftest import NOON

pytestmark = pytest.mark.db

HOUR = timedelta(hours=1)
ALPHA = Scope("alpha", frozenset({"alpha"}))


@pytest.fixture(autouse=True)
def registered(conn: Connection[Any], two_parties: None) -> None:  # noqa: ARG001 - registers them
    for code in ("hub", "port"):
        admin.add_site(conn, Site(code, code, code, "UTC", 121.0, 31.0))


def add(
    conn: Connection[Any],
    plate: str = "沪A1",
    site: str = "hub",
    start: datetime = NOON,
    scope: Scope = OPERATOR,
) -> ExpectedVisit:
    return expected.add_expected(conn, scope, plate, site, start, start + HOUR, author="li.na")


def refolds(conn: Connection[Any]) -> list[Any]:
    return conn.execute(
        "SELECT plate, from_time FROM refold JOIN vehicle ON vehicle.id = vehicle_id"
        " ORDER BY refold.id"
    ).fetchall()


def test_what_is_expected_is_part_of_the_world(conn: Connection[Any]) -> None:
    before = world.load_world(conn)
    added = add(conn, start=NOON + timedelta(microseconds=2999))
    assert added.start == NOON + timedelta(milliseconds=2)
    add(conn, "沪B1", "port")
    after = world.load_world(conn, before)
    assert after.revision > before.revision
    start = NOON.timestamp()
    assert after.expected == (
        Expected(0, 1, start + 0.002, start + 3600.002),
        Expected(1, 2, start, start + 3600),
    )
    expected.remove_expected(conn, OPERATOR, added.id)
    assert [each.vehicle for each in world.load_world(conn).expected] == [1]


def test_what_no_fold_reaches_any_more_is_no_part_of_the_world(conn: Connection[Any]) -> None:
    """Each fix is held against all of it, and each edit reads it anew."""
    for plate in ("沪A1", "沪B1"):
        add(conn, plate, start=NOON - HOUR)
    conn.execute("UPDATE vehicle_state SET time = %s WHERE vehicle_id = 1", [NOON + 168.5 * HOUR])
    assert [each.vehicle for each in world.load_world(conn).expected] == [1]
    conn.execute("UPDATE vehicle_state SET time = time - interval '1 hour' WHERE vehicle_id = 1")
    assert [each.vehicle for each in world.load_world(conn).expected] == [0, 1]


def test_expectations_are_listed_by_what_is_asked(conn: Connection[Any]) -> None:
    later = add(conn, start=NOON + HOUR)
    one, two = add(conn), add(conn, "沪B1", "port")

    def got(scope: Scope = OPERATOR, **more: Any) -> list[str]:  # noqa: ANN401 - what to filter by
        given = {"start": NOON, "end": NOON + 9 * HOUR} | more
        return [each.id for each in expected.list_expected(conn, scope, **given)]

    assert got() == [*sorted([one.id, two.id]), later.id]
    assert got(limit=1) == got()[:1]
    assert got(vehicle="沪A1") == [one.id, later.id]
    assert got(site="port") == [two.id]
    assert got(end=NOON + HOUR, site="hub") == [one.id]
    assert got(start=NOON + HOUR) == [later.id]
    assert got(ALPHA) == [one.id, later.id]
    listed = expected.list_expected(conn, OPERATOR, site="port", start=NOON, end=NOON + HOUR)
    assert listed == [two]
    with pytest.raises(NotFound, match="vehicle"):
        got(vehicle="x")
    with pytest.raises(NotFound, match="site"):
        got(site="x")


def test_what_reaches_into_the_past_is_folded_again(
    conn: Connection[Any], keep_fixes: Callable[..., None]
) -> None:
    keep_fixes("a1", [NOON + HOUR])
    added = add(conn)
    add(conn, "沪B1")
    add(conn, start=NOON + 2 * HOUR)
    assert refolds(conn) == [("沪A1", NOON)]
    expected.remove_expected(conn, OPERATOR, added.id)
    assert refolds(conn) == [("沪A1", NOON)] * 2


def test_what_cannot_be_expected_is_refused(conn: Connection[Any]) -> None:
    for plate, site, scope in (
        ("x", "hub", OPERATOR),
        ("沪A1", "x", OPERATOR),
        ("沪B1", "hub", ALPHA),
    ):
        with pytest.raises(NotFound):
            add(conn, plate, site, scope=scope)
    with pytest.raises(Invalid):
        expected.add_expected(conn, OPERATOR, "沪A1", "hub", NOON, NOON, author="x")
    with pytest.raises(Invalid):
        expected.add_expected(conn, OPERATOR, "沪A1", "hub", NOON, NOON + HOUR, author=" ")
    number = add(conn, "沪B1").id
    with pytest.raises(NotFound):
        expected.remove_expected(conn, ALPHA, number)
    expected.remove_expected(conn, OPERATOR, number)
    with pytest.raises(NotFound):
        expected.remove_expected(conn, OPERATOR, number)
