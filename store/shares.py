"""Links to one waybill: who made them, how long they lead there, how often they were opened.

Only the hash of a token is kept: whoever reads the database cannot open a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from psycopg import Connection

from fleet.errors import Conflict, Invalid, NotFound
from fleet.scope import Scope
from store import queries, trail

_SQL = queries.load("shares")

AFTER = timedelta(hours=24)  #: after the delivery it ends (domain 3.12)
LONGEST = timedelta(days=30)  #: after it was made it ends at the latest
#: After the delivery a waybill is no longer shown to who knows number and telephone alone.
TRACKED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewShare:
    """A link to be."""

    id: str
    number: str  #: of the waybill
    token: str  #: as it stands in the link; only its hash is kept
    note: str = ""
    expires_at: datetime | None = None  #: None: as late as may be


@dataclass(frozen=True, slots=True)
class Share:
    """A link."""

    id: str
    number: str
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime  #: with what follows from the delivery
    revoked_at: datetime | None
    revoked_by: str | None
    views: int
    viewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody outside may see."""

    number: str  #: of the waybill
    customer: str  #: code of the party whose it is
    share: str | None = None  #: id; None: by number and telephone
    expires_at: datetime | None = None


def add_share(conn: Connection[Any], scope: Scope, new: NewShare, now: datetime) -> Share:
    """Make a link.

    Raises:
        NotFound: there is no such waybill inside ``scope``.
        Invalid: it would end before now, or later than ``LONGEST`` from now.
        Conflict: the waybill is over, so that the link would lead nowhere.
    """
    expires_at = new.expires_at or now + LONGEST
    if not now < expires_at <= now + LONGEST:
        raise Invalid("/expires_at", f"must lie within the next {LONGEST.days} days")
    given = queries.within(
        scope,
        id=new.id,
        digest=_digest(new.token),
        number=new.number,
        note=new.note,
        author=scope.principal,
        now=now,
        expires_at=expires_at,
        after=AFTER,
    )
    if conn.execute(_SQL["add_share"], given).fetchone() is None:
        _require(conn, scope, new.number)
        raise Conflict(f"waybill {new.number} is over; a link to it would lead nowhere")
    after = {"share": new.id, "note": new.note, "expires_at": expires_at.isoformat()}
    trail.record(conn, scope, "create", "share", new.number, detail={"after": after})
    return _one(conn, scope, new.id)


def list_shares(conn: Connection[Any], scope: Scope, number: str) -> list[Share]:
    """The links to a waybill, the newest first.  Raises ``NotFound``."""
    _require(conn, scope, number)
    return _list(conn, scope, number=number)


def revoke_share(conn: Connection[Any], scope: Scope, share: str, now: datetime) -> Share:
    """Have a link lead nowhere from now on; again changes nothing.  Raises ``NotFound``."""
    before = _one(conn, scope, share)
    if before.revoked_at is None:
        given = {"id": share, "now": now, "author": scope.principal}
        conn.execute(_SQL["revoke_share"], given)
        trail.record(
            conn, scope, "remove", "share", before.number, detail={"before": {"share": share}}
        )
    return _one(conn, scope, share)


def resolve(conn: Connection[Any], token: str, now: datetime) -> Opened | None:
    """What ``token`` leads to; None: nothing, be it unknown, over or revoked."""
    given = {"digest": _digest(token), "now": now, "after": AFTER}
    row = conn.execute(_SQL["resolve_share"], given).fetchone()
    return None if row is None else Opened(row[1], row[2], row[0], row[3])


def resolve_number(conn: Connection[Any], asked: str, tail: str, now: datetime) -> Opened | None:
    """What a normalised number or code leads to for who knows the telephone's last four digits."""
    given = {"asked": asked, "tail": tail, "now": now, "kept": TRACKED}
    row = conn.execute(_SQL["resolve_number"], given).fetchone()
    return None if row is None else Opened(row[0], row[1])


def count_view(conn: Connection[Any], share: str, now: datetime) -> None:
    """Somebody opened it."""
    conn.execute(_SQL["count_view"], {"id": share, "now": now})


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _require(conn: Connection[Any], scope: Scope, number: str) -> None:
    row = conn.execute(_SQL["is_waybill"], queries.within(scope, number=number)).fetchone()
    if row is None or not row[0]:
        raise NotFound("waybill", number)


def _one(conn: Connection[Any], scope: Scope, share: str) -> Share:
    for found in _list(conn, scope, share=share):
        return found
    raise NotFound("share", share)


def _list(
    conn: Connection[Any], scope: Scope, *, number: str | None = None, share: str | None = None
) -> list[Share]:
    given = queries.within(scope, number=number, id=share, after=AFTER)
    return [Share(*row) for row in conn.execute(_SQL["list_shares"], given)]
