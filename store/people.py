"""Persons: who may sign in, as what, and what is inside for them.

A person is never deleted, since what they did names them.  Whoever gives rights can give no more
than they have; nobody changes their own; and one owner who can sign in is always left.
Every change is on the audit trail, and rings ``people``: open sockets are judged anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from fleet.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from fleet.rights import Role
from fleet.scope import Scope
from store import queries, trail

_SQL = queries.load("people")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a role is given with: of whom, where, as which driver."""

    parties: Sequence[str] | None = None  #: codes: whose vehicles; None every one
    customers: Sequence[str] | None = None  #: codes: whose waybills; None every one
    sites: Sequence[str] = ()  #: codes: of a warehouse, its own
    driver: str = ""  #: of a driver: the name as trips have it


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to sign in."""

    name: str  #: what they sign in by
    shown: str  #: what others read
    role: Role
    reach: Reach = field(default_factory=Reach)
    contact: Mapping[str, str] = field(default_factory=dict)  #: email, phone, channel: address
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    name: str
    shown: str
    role: str  #: ``fleet.rights.Role``
    parties: list[str] | None
    customers: list[str] | None
    sites: list[str]
    driver: str
    contact: dict[str, str]
    language: str
    has_password: bool
    disabled_at: datetime | None
    created_by: str
    created_at: datetime
    seen_at: datetime | None  #: when a session of theirs was last used
    revision: int

    @property
    def scope(self) -> Scope:
        """What they may see and do."""
        return Scope(
            self.name,
            None if self.parties is None else frozenset(self.parties),
            Role(self.role),
            None if self.customers is None else frozenset(self.customers),
            frozenset(self.sites),
            self.driver,
        )


#: What people type, so no capitals to remember; as the table has it.
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def require_name(name: str) -> None:
    """Raises ``Invalid``: nobody can be called that."""
    if NAME.fullmatch(name) is None:
        raise Invalid("/name", f"{name!r} is not 1 to 64 of a-z, 0-9, . _ @ -")


def is_anybody(conn: Connection[Any]) -> bool:
    """Whether any person exists: from then on this machine alone is nobody."""
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["is_anybody"]).fetchone()
    return row is not None and bool(row[0])


def list_people(conn: Connection[Any], name: str | None = None) -> list[Person]:
    """Everybody by name, or one of that name."""
    cursor = conn.cursor(row_factory=class_row(Person))
    return cursor.execute(_SQL["list_people"], {"name": name}).fetchall()


def load_person(conn: Connection[Any], name: str) -> Person:
    """One person.  Raises ``NotFound``."""
    for person in list_people(conn, name):
        return person
    raise NotFound("person", name)


def add_person(
    conn: Connection[Any], by: Scope, new: NewPerson, password_hash: str | None
) -> Person:
    """Let somebody in; without a password they cannot sign in yet.

    Raises:
        AlreadyExists: the name is taken.
        Conflict: the first person is no owner.
        Forbidden: ``by`` would give more than it has.
        Invalid: the role cannot be given so.
        NotFound: a party, customer or site.
    """
    require_name(new.name)
    with conn.transaction():
        conn.execute(_SQL["hold_people"])
        reach = settle(conn, by, new.role, new.reach)
        if new.role is not Role.OWNER and not is_anybody(conn):
            raise Conflict("the first person must be an owner, who can let in others")
        given = asdict(reach) | {
            "name": new.name,
            "shown": new.shown,
            "role": new.role.value,
            "password": password_hash,
            "contact": Jsonb(dict(new.contact)),
            "language": new.language,
            "by": by.principal,
        }
        if conn.execute(_SQL["add_person"], given).rowcount == 0:
            raise AlreadyExists("person", new.name)
        added = load_person(conn, new.name)
        trail.record(conn, by, "create", "person", new.name, detail={"after": _told(added)})
        ring(conn)
    return added


def change_person(
    conn: Connection[Any], by: Scope, name: str, changes: Mapping[str, Any], why: str = ""
) -> Person:
    """Change what ``changes`` names of shown, role, reach, contact, language, disabled.

    ``role`` and ``reach`` go together: where one is not given, it stays.  Whoever is disabled
    is signed out.

    Raises:
        Conflict: it is oneself, or the last owner who can sign in.
        Forbidden, Invalid, NotFound: as ``add_person``; also no such person.
    """
    with conn.transaction():
        conn.execute(_SQL["hold_people"])
        before = load_person(conn, name)
        if name == by.principal and changes.keys() & {"role", "reach", "disabled"}:
            raise Conflict("nobody changes their own rights; somebody else must")
        _own(by, Role(before.role))
        role = Role(changes.get("role", before.role))
        reach = settle(conn, by, role, changes.get("reach", _reach(before)))
        disabled = bool(changes.get("disabled", before.disabled_at is not None))
        given = asdict(reach) | {
            "name": name,
            "shown": changes.get("shown", before.shown),
            "role": role.value,
            "contact": Jsonb(dict(changes.get("contact", before.contact))),
            "language": changes.get("language", before.language),
            "disabled": disabled,
        }
        conn.execute(_SQL["change_person"], given)
        if disabled:
            conn.execute(_SQL["end_sessions"], {"name": name})
        _require_owner(conn)
        after = load_person(conn, name)
        detail = {"before": _told(before), "after": _told(after)}
        trail.record(conn, by, "change", "person", name, why, detail)
        ring(conn)
    return after


def set_password(conn: Connection[Any], by: Scope, name: str, password_hash: str) -> None:
    """Give a person another password: all their sessions end.

    Raises:
        Forbidden: ``by`` could not have given their role.
        NotFound: there is no such person.
    """
    with conn.transaction():
        person = load_person(conn, name)
        if name != by.principal:
            _own(by, Role(person.role))
        conn.execute(_SQL["set_password"], {"name": name, "password": password_hash})
        conn.execute(_SQL["end_sessions"], {"name": name})
        trail.record(conn, by, "change", "person", name, detail={"after": {"password": "new"}})
        ring(conn)


def end_sessions(conn: Connection[Any], by: Scope, name: str) -> int:
    """Sign a person out everywhere; returns of how many sessions.  Raises ``NotFound``."""
    with conn.transaction():
        load_person(conn, name)
        ended = conn.execute(_SQL["end_sessions"], {"name": name}).rowcount
        trail.record(conn, by, "sign_out", "person", name, detail={"sessions": ended})
        ring(conn)
    return ended


def settle(conn: Connection[Any], by: Scope, role: Role, reach: Reach) -> Reach:
    """``reach`` as it is kept with ``role``; raises as ``add_person``."""
    _own(by, role)
    if role is Role.SHARE:
        raise Invalid("/role", "is of links, not of persons and keys")
    if role is Role.CUSTOMER:
        reach = replace(reach, parties=())  # no vehicle is inside for a customer
    needed = {
        Role.WAREHOUSE: ("sites", reach.sites),
        Role.CUSTOMER: ("customers", reach.customers),
        Role.PARTNER: ("parties", reach.parties),
        Role.DRIVER: ("driver", reach.driver),
    }
    if role in needed and not needed[role][1]:
        raise Invalid(f"/{needed[role][0]}", f"is needed for the role {role.value}")
    for where, inside, asked in (
        ("parties", by.parties, reach.parties),
        ("customers", by.customers, reach.customers),
    ):
        if inside is not None and (asked is None or not inside.issuperset(asked)):
            raise Forbidden(f"{by.principal} can give no more {where} than it has itself")
    _require_codes(conn, "party", (*(reach.parties or ()), *(reach.customers or ())))
    _require_codes(conn, "site", reach.sites)
    return Reach(_list(reach.parties), _list(reach.customers), sorted(reach.sites), reach.driver)


def ring(conn: Connection[Any]) -> None:
    """Have everybody who is listening judged anew; the last act of a transaction."""
    conn.execute(_SQL["ring_people"])


def _own(by: Scope, role: Role) -> None:
    if role is Role.OWNER and by.role is not Role.OWNER:
        raise Forbidden("only an owner makes, changes or removes owners")


def _require_codes(conn: Connection[Any], kind: str, codes: Sequence[str]) -> None:
    given = {"codes": list(codes)}
    row = conn.cursor(row_factory=tuple_row).execute(_SQL[f"unknown_{kind}"], given).fetchone()
    if row is not None:
        raise NotFound(kind, row[0])


def _require_owner(conn: Connection[Any]) -> None:
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["count_owners"]).fetchone()
    if row is None or not row[0]:
        raise Conflict("the last owner cannot be taken out")


def _list(codes: Sequence[str] | None) -> list[str] | None:
    return None if codes is None else sorted(set(codes))


def _reach(person: Person) -> Reach:
    return Reach(person.parties, person.customers, person.sites, person.driver)


def _told(person: Person) -> dict[str, Any]:
    """What the trail says of a person: their rights; not how to reach them."""
    return {
        "role": person.role,
        "parties": person.parties,
        "customers": person.customers,
        "sites": person.sites,
        "driver": person.driver,
        "disabled": person.disabled_at is not None,
    }
