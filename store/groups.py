"""Groups of vehicles: names that people gave to vehicles they look at together.

A group says nothing of rights: who may not see a vehicle does not find it in one either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from fleet.errors import AlreadyExists, NotFound
from fleet.scope import Scope
from store import admin, queries, trail

_SQL = queries.load("groups")


@dataclass(frozen=True, slots=True)
class Group:
    """A group and who is in it."""

    code: str
    name_zh: str
    name_en: str
    plates: Sequence[str] = ()


def list_groups(conn: Connection[Any], scope: Scope, code: str | None = None) -> list[Group]:
    """Every group by code, or one; of their vehicles those of the scope's parties."""
    found = conn.execute(_SQL["list_groups"], queries.within(scope, code=code))
    return [Group(*row) for row in found]


def add_group(conn: Connection[Any], by: Scope, new: Group) -> Group:
    """Make a group.

    Raises:
        AlreadyExists: its code is taken.
        NotFound: no vehicle has one of its plates.
    """
    with conn.transaction():
        given = _terms(new) | {"by": by.principal}
        row = conn.execute(_SQL["add_group"], given).fetchone()
        if row is None:
            raise AlreadyExists("group", new.code)
        _fill(conn, by, row[0], new, [])
    return list_groups(conn, by, new.code)[0]


def put_group(conn: Connection[Any], by: Scope, asked: Group) -> Group:
    """Give a group these names, and exactly these vehicles.

    Raises ``NotFound``: the group, or a vehicle.
    """
    with conn.transaction():
        row = conn.execute(_SQL["lock_group"], {"code": asked.code}).fetchone()
        if row is None:
            raise NotFound("group", asked.code)
        before = list_groups(conn, by, asked.code)
        conn.execute(_SQL["name_group"], _terms(asked) | {"group": row[0]})
        _fill(conn, by, row[0], asked, before)
    return list_groups(conn, by, asked.code)[0]


def remove_group(conn: Connection[Any], by: Scope, code: str) -> None:
    """End a group; its vehicles stay.  Raises ``NotFound``."""
    with conn.transaction():
        before = list_groups(conn, by, code)
        if conn.execute(_SQL["remove_group"], {"code": code}).fetchone() is None:
            raise NotFound("group", code)
        detail = {"before": {"plates": list(before[0].plates)}}
        trail.record(conn, by, "remove", "group", code, detail=detail)
        admin.ring_world(conn)


def seed_groups(conn: Connection[Any], by: Scope, groups: Sequence[Group]) -> int:
    """Make those that are not there; returns how many were new.  Raises ``NotFound``."""
    known = {group.code for group in list_groups(conn, by)}
    new = [group for group in groups if group.code not in known]
    for group in new:
        add_group(conn, by, group)
    return len(new)


def _fill(
    conn: Connection[Any], by: Scope, group: int, asked: Group, before: Sequence[Group]
) -> None:
    """Have exactly the vehicles of ``asked`` in it, and tell trail and listeners."""
    given = {"group": group, "plates": list(asked.plates)}
    absent = conn.execute(_SQL["absent_vehicle"], given).fetchone()
    if absent is not None:
        raise NotFound("vehicle", absent[0])
    out = [row[0] for row in conn.execute(_SQL["take_out"], given)]
    into = [row[0] for row in conn.execute(_SQL["put_in"], given)]
    detail: dict[str, Any] = {"after": _names(asked) | {"put_in": into, "taken_out": out}}
    for group_before in before:
        detail["before"] = _names(group_before) | {"plates": list(group_before.plates)}
    act = "change" if before else "create"
    trail.record(conn, by, act, "group", asked.code, detail=detail)
    admin.ring_world(conn)


def _terms(group: Group) -> dict[str, str]:
    return {"code": group.code, "name_zh": group.name_zh, "name_en": group.name_en}


def _names(group: Group) -> dict[str, Any]:
    return {"name_zh": group.name_zh, "name_en": group.name_en}
