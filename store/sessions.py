"""Who is asking: passwords that were shown, sessions and keys that are shown.

Of a session's token and of a key only SHA-256 is kept: they are random, so that no slow hash is
needed.  A session ends ``IDLE`` after it was last used and ``LONGEST`` after it began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.rights import Right, Role
from fleet.scope import Scope
from store import queries, trail

_SQL = queries.load("sessions")

IDLE = timedelta(hours=12)  #: a shift; domain rule
LONGEST = timedelta(days=7)  #: whoever works on signs in once a week

#: Wrong passwords in a row after which a name is refused, and for how long.
FAILURES = 5
LOCKED = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Known:
    """What a sign-in needs of a person who may."""

    name: str
    password: str  #: Argon2id hash
    is_locked: bool


def digest(secret: str) -> bytes:
    """What is kept of a token or a key."""
    return hashlib.sha256(secret.encode()).digest()


def known(conn: Connection[Any], name: str) -> Known | None:
    """The person of that name; None: there is none who may sign in."""
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["known"], {"name": name}).fetchone()
    return None if row is None else Known(*row)


def fail(conn: Connection[Any], name: str) -> None:
    """Count a wrong password; nothing for a name that nobody has."""
    conn.execute(_SQL["fail"], {"name": name, "most": FAILURES, "locked": LOCKED})


def begin(conn: Connection[Any], name: str, secret: str, address: str, agent: str) -> datetime:
    """Sign a person in; returns when the session ends at the latest."""
    with conn.transaction():
        given = {
            "name": name,
            "digest": digest(secret),
            "address": address,
            "agent": agent[:200],
            "longest": LONGEST,
        }
        row = conn.cursor(row_factory=tuple_row).execute(_SQL["begin"], given).fetchone()
        if row is None:
            raise LookupError(f"{name} has just been disabled")
        conn.execute(_SQL["sweep"])
    ends: datetime = row[0]
    return ends


def end(conn: Connection[Any], shown: bytes) -> None:
    """Sign out; idempotent."""
    conn.execute(_SQL["end"], {"digest": shown})


def rehash(conn: Connection[Any], name: str, password_hash: str) -> None:
    """Keep the same password under newer parameters."""
    conn.execute(_SQL["rehash"], {"name": name, "password": password_hash})


def judge(conn: Connection[Any], shown: Iterable[bytes]) -> dict[bytes, Scope]:
    """Scopes by the digests of sessions and keys; one that is no more is not among them.

    Sessions that are used stay alive by it, a minute at a time; a socket that is open uses its
    session.
    """
    given = {"digests": list(shown), "idle": IDLE}
    cursor = conn.cursor(row_factory=tuple_row)
    conn.execute(_SQL["touch"], given)
    return {row[0]: _scope(*row[1:]) for row in cursor.execute(_SQL["judge"], given)}


def _scope(  # noqa: PLR0913, PLR0917 - the columns of one row
    principal: str,
    role: str,
    parties: list[str] | None,
    customers: list[str] | None,
    sites: list[str],
    driver: str,
    rights: list[str] | None,
) -> Scope:
    return Scope(
        principal,
        None if parties is None else frozenset(parties),
        Role(role),
        None if customers is None else frozenset(customers),
        frozenset(sites),
        driver,
        None if rights is None else frozenset(map(Right, rights)),
    )


def tell(conn: Connection[Any], scope: Scope, act: str, address: str) -> None:
    """Put a sign-in, a sign-out or a refusal on the trail."""
    trail.record(conn, scope, act, "person", scope.principal, detail={"address": address})
