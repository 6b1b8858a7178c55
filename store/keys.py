"""Keys of programs: a role, cut down to fewer rights, until they expire or are revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import uuid_utils
from psycopg import Connection
from psycopg.rows import class_row

from fleet.errors import Conflict, Forbidden, Invalid, NotFound
from fleet.rights import MAY, Right, Role
from fleet.scope import Scope
from store import people, queries, trail
from store.people import Reach
from store.sessions import digest

_SQL = queries.load("keys")

#: What every key begins with, so that one that leaks is known for what it is.
PREFIX = "mp_"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be."""

    name: str  #: what it is for
    role: Role
    rights: Sequence[Right] | None = None  #: fewer than its role's; None all of them
    reach: Reach = field(default_factory=Reach)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without what is shown once."""

    id: str
    name: str
    role: str
    rights: list[str] | None
    parties: list[str] | None
    customers: list[str] | None
    sites: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


def list_keys(conn: Connection[Any], number: str | None = None) -> list[Key]:
    """Every key, newest first, or one."""
    cursor = conn.cursor(row_factory=class_row(Key))
    return cursor.execute(_SQL["list_keys"], {"id": number}).fetchall()


def add_key(conn: Connection[Any], by: Scope, new: NewKey, secret: str) -> Key:
    """Make a key of ``secret``, which begins with ``PREFIX`` and is not kept.

    Raises:
        Forbidden, Invalid, NotFound: as of a person; also rights that its role does not have, or
            a driver's, whose name no key bears.
    """
    if new.role is Role.DRIVER:
        raise Invalid("/role", "driver is of persons only")
    if new.rights is not None and (more := set(new.rights) - MAY[new.role]):
        raise Invalid("/rights", f"{min(more).value} is no right of the role {new.role.value}")
    if by.rights is not None:
        raise Forbidden("a key makes no keys")
    number = str(uuid_utils.uuid7())
    with conn.transaction():
        reach = people.settle(conn, by, new.role, new.reach)
        given = asdict(reach) | {
            "id": number,
            "digest": digest(secret),
            "name": new.name,
            "role": new.role.value,
            "rights": None if new.rights is None else sorted(right.value for right in new.rights),
            "by": by.principal,
            "expires_at": new.expires_at,
        }
        conn.execute(_SQL["add_key"], given)
        told = {name: given[name] for name in ("name", "role", "rights", "parties", "customers")}
        trail.record(conn, by, "create", "key", number, detail={"after": told})
    return list_keys(conn, number)[0]


def rotate_key(conn: Connection[Any], by: Scope, number: str, secret: str, keep: timedelta) -> Key:
    """The same key under another ``secret``; the old one holds for ``keep`` at most.

    Raises:
        NotFound: there is none.
        Conflict: it holds no more.
        Forbidden: ``by`` is a key, or could not have made it.
    """
    if by.rights is not None:
        raise Forbidden("a key makes no keys")
    with conn.transaction():
        for key in list_keys(conn, number):
            people.settle(conn, by, Role(key.role), Reach(key.parties, key.customers, key.sites))
            new = str(uuid_utils.uuid7())
            given = {"old": number, "digest": digest(secret), "by": by.principal, "keep": keep}
            if not conn.execute(_SQL["rotate_key"], given | {"id": new}).rowcount:
                raise Conflict(f"key {number} holds no more; make a new one")
            after = {"key": new, "name": key.name, "old_holds_s": int(keep.total_seconds())}
            detail = {"before": {"key": number}, "after": after}
            trail.record(conn, by, "rotate", "key", number, detail=detail)
            people.ring(conn)
            return list_keys(conn, new)[0]
    raise NotFound("key", number)


def revoke_key(conn: Connection[Any], by: Scope, number: str) -> None:
    """End a key now; idempotent.  Raises ``NotFound``."""
    with conn.transaction():
        for key in list_keys(conn, number):
            if key.role == Role.OWNER and by.role is not Role.OWNER:
                raise Forbidden("only an owner revokes an owner's key")
            conn.execute(_SQL["revoke_key"], {"id": number})
            told = {"name": key.name, "role": key.role, "rights": key.rights}
            trail.record(conn, by, "remove", "key", number, detail={"before": told})
            people.ring(conn)
            return
    raise NotFound("key", number)
