"""Who is asking: passwords that were shown, sessions and keys that are shown.

Of a session's token and of a key only SHA-256 is kept: they are random, so that no slow hash is
needed.  A session ends ``IDLE`` after it was last used and ``LONGEST`` after it began.

Wrong passwords are counted by browser where the person has signed in from it before, and of all
others together: whoever guesses from elsewhere makes others from elsewhere wait, not the person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from fleet.errors import NotFound
from fleet.rights import Right, Role
from fleet.scope import Scope
from store import queries, trail

_SQL = queries.load("sessions")

IDLE = timedelta(hours=12)  #: a shift; domain rule
LONGEST = timedelta(days=7)  #: whoever works on signs in once a week

#: Wrong passwords in a row that cost nothing; every further one doubles the pause, up to the
#: longest, in which nobody is let in by that name from there: 100 guesses a day, for ever.
FAILURES = 5
PAUSE = timedelta(minutes=1)
LOCKED = timedelta(minutes=15)

#: A browser that was not used for so long is a stranger: half a year covers any leave.
FORGET = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Known:
    """What a sign-in needs of a person who may."""

    name: str
    password: str  #: Argon2id hash
    is_locked: bool  #: for strangers


@dataclass(frozen=True, slots=True)
class Try:
    """What a try to sign in needs; it is counted as a failure until ``forgive``."""

    password: str | None  #: Argon2id hash; None: nobody has that name
    is_open: bool  #: it may be tried now
    is_known: bool  #: the browser is one that the person has signed in from


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a person, as they are told of it."""

    id: str  #: the beginning of its digest; of no use to anybody else
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    is_this: bool  #: the one that asks


@dataclass(frozen=True, slots=True)
class Client:
    """From where somebody signs in."""

    browser: str  #: the secret of its cookie
    address: str = ""
    agent: str = ""


def digest(secret: str) -> bytes:
    """What is kept of a token or a key."""
    return hashlib.sha256(secret.encode()).digest()


def known(conn: Connection[Any], name: str) -> Known | None:
    """The person of that name; None: there is none who may sign in."""
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["known"], {"name": name}).fetchone()
    return None if row is None else Known(*row)


def try_in(conn: Connection[Any], name: str, browser: str, *, heard: bool = True) -> Try:
    """Count a try to sign in, before its password is looked at.

    Args:
        conn: a connection.
        name: of whom.
        browser: the secret of the browser's cookie; "" has none.
        heard: whether strangers of that address may try at all; who is known may in any case.
    """
    given = {
        "name": name,
        "browser": digest(browser),
        "heard": heard,
        "free": FAILURES,
        "first": PAUSE,
        "longest": LOCKED,
    }
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["try_in"], given).fetchone()
    return Try(None, is_open=heard, is_known=False) if row is None else Try(*row)


def forgive(conn: Connection[Any], name: str, browser: str) -> None:
    """Forget the failures of that browser, or of strangers where it is not known."""
    conn.execute(_SQL["forgive"], {"name": name, "browser": digest(browser)})


def begin(conn: Connection[Any], name: str, secret: str, client: Client) -> datetime:
    """Sign a person in; returns when the session ends at the latest.

    Raises:
        LookupError: there is nobody of that name who may.
    """
    with conn.transaction():
        given = {
            "name": name,
            "digest": digest(secret),
            "browser": digest(client.browser),
            "address": client.address,
            "agent": client.agent[:200],
            "longest": LONGEST,
        }
        row = conn.cursor(row_factory=tuple_row).execute(_SQL["begin"], given).fetchone()
        if row is None:
            raise LookupError(f"{name} has just been disabled")
        conn.execute(_SQL["sweep"], {"forget": FORGET})
    ends: datetime = row[0]
    return ends


def list_own(conn: Connection[Any], name: str, shown: bytes) -> list[Session]:
    """Sessions of a person that hold, newest first; ``shown`` is of the one that asks."""
    given = {"name": name, "digest": shown, "idle": IDLE}
    return conn.cursor(row_factory=class_row(Session)).execute(_SQL["list_own"], given).fetchall()


def end_own(conn: Connection[Any], scope: Scope, shown: bytes, number: str | None = None) -> int:
    """End one session of ``scope`` by its id, or all but the one that asks; returns how many.

    The caller rings ``people``.  Raises ``NotFound``.
    """
    given = {"name": scope.principal, "digest": shown, "id": number}
    with conn.transaction():
        ended = conn.execute(_SQL["end_own"], given).rowcount
        if number is not None and not ended:
            raise NotFound("session", number)
        detail = {"sessions": ended}
        trail.record(conn, scope, "sign_out", "person", scope.principal, detail=detail)
    return ended


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
