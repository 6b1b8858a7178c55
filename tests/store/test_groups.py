from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import AlreadyExists, NotFound
from fleet.scope import OPERATOR, Scope
from store import groups, trail
from store.groups import Group
from store.trail import Entry, Wanted

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("two_parties")]

NORTH = Group("north", "北线", "North", ("沪A1", "沪B1"))


def told(conn: Connection[Any]) -> list[Entry]:
    return trail.list_entries(conn, Wanted(kind="group"))


def newest_change(conn: Connection[Any]) -> tuple[int, str]:
    row = conn.execute("SELECT id, kind FROM change ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    return row[0], row[1]


def test_a_group_is_made_told_and_heard_of(conn: Connection[Any]) -> None:
    before, _ = newest_change(conn)
    made = groups.add_group(conn, OPERATOR, NORTH)
    assert (made.code, made.name_zh, made.name_en, list(made.plates)) == (
        *("north", "北线", "North", ["沪A1", "沪B1"]),
    )
    number, kind = newest_change(conn)
    assert (number > before, kind) == (True, "world")
    entry = told(conn)[0]
    assert (entry.act, entry.subject, entry.principal) == ("create", "north", "operator")
    assert entry.detail["after"]["put_in"] == ["沪A1", "沪B1"]


def test_an_edit_tells_who_came_and_who_went(conn: Connection[Any]) -> None:
    groups.add_group(conn, OPERATOR, NORTH)
    now = groups.put_group(conn, OPERATOR, Group("north", "北", "N", ("沪B1", "沪C1")))
    assert (now.name_en, list(now.plates)) == ("N", ["沪B1", "沪C1"])
    detail = told(conn)[0].detail["after"]
    assert (detail["put_in"], detail["taken_out"]) == (["沪C1"], ["沪A1"])


def test_a_group_ends_and_its_vehicles_stay(conn: Connection[Any]) -> None:
    groups.add_group(conn, OPERATOR, NORTH)
    groups.remove_group(conn, OPERATOR, "north")
    assert groups.list_groups(conn, OPERATOR) == []
    assert told(conn)[0].act == "remove"
    row = conn.execute("SELECT count(*) FROM vehicle").fetchone()
    assert row == (3,)


def test_what_is_not_there_or_there_already_is_refused(conn: Connection[Any]) -> None:
    groups.add_group(conn, OPERATOR, NORTH)
    with pytest.raises(AlreadyExists):
        groups.add_group(conn, OPERATOR, NORTH)
    with pytest.raises(NotFound, match="沪X9"):
        groups.put_group(conn, OPERATOR, Group("north", "北", "N", ("沪X9",)))
    with pytest.raises(NotFound):
        groups.put_group(conn, OPERATOR, Group("south", "南", "S"))
    with pytest.raises(NotFound):
        groups.remove_group(conn, OPERATOR, "south")
    assert list(groups.list_groups(conn, OPERATOR, "north")[0].plates) == ["沪A1", "沪B1"]


def test_of_a_group_a_company_sees_its_own_vehicles(conn: Connection[Any]) -> None:
    groups.add_group(conn, OPERATOR, NORTH)
    (seen,) = groups.list_groups(conn, Scope("beta", frozenset({"beta"})))
    assert list(seen.plates) == ["沪B1"]


def test_seeding_makes_what_is_missing_and_no_more(conn: Connection[Any]) -> None:
    south = Group("south", "南线", "South", ("沪C1",))
    assert groups.seed_groups(conn, OPERATOR, [NORTH]) == 1
    assert groups.seed_groups(conn, OPERATOR, [NORTH, south]) == 1
    assert [group.code for group in groups.list_groups(conn, OPERATOR)] == ["north", "south"]
