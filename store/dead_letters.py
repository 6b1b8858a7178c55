"""Input that became no fix: to look at, to count, and to send through the gateway again."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import Scope
from fleet.views import DeadLetter
from store import queries

_SQL = queries.load("dead_letters")


def digest(device: str, kind: str, reason: str, raw: bytes) -> bytes:
    """What makes two letters the same one: SHA-256 over device, kind, reason and bytes."""
    parts = (part.encode("utf-8", "backslashreplace").hex() for part in (device, kind, reason))
    return sha256("\0".join(parts).encode() + b"\0" + raw).digest()


def list_dead_letters(
    conn: Connection[Any],
    scope: Scope,
    *,
    device: str | None = None,
    reason: str | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[DeadLetter]:
    """Newest first, re-injected ones included; ``before_id`` continues where a page ended."""
    given = queries.within(scope, device=device, reason=reason, before=before_id, limit=limit)
    found = conn.cursor(binary=True).execute(_SQL["list_dead_letters"], given)
    return [DeadLetter(*row) for row in found]


def count_by_reason(conn: Connection[Any], scope: Scope) -> dict[str, int]:
    """How many wait for somebody to look, by reason: re-injected ones are not counted."""
    return dict(conn.execute(_SQL["count_by_reason"], queries.within(scope)).fetchall())


def load_dead_letter(conn: Connection[Any], scope: Scope, number: int) -> DeadLetter:
    """One letter.  Raises ``NotFound``, also when it is outside ``scope``."""
    given = queries.within(scope, id=number)
    row = conn.cursor(binary=True).execute(_SQL["load_dead_letter"], given).fetchone()
    if row is None:
        raise NotFound("dead letter", str(number))
    return DeadLetter(*row)


def request_reinject(conn: Connection[Any], scope: Scope, numbers: Sequence[int]) -> int:
    """Ask the gateway to take these in again; returns how many were asked for now.

    Left out are letters outside ``scope``, those that were re-injected before and those
    that are asked for already.  Rings ``command``, so that an idle gateway looks.
    """
    with conn.transaction():
        given = queries.within(scope, ids=list(numbers))
        asked = conn.execute(_SQL["request_reinject"], given).rowcount
        if asked:
            conn.execute(_SQL["ring_command"])
    return asked
