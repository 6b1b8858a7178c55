"""Legal holds: what is neither purged nor erased until somebody lifts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from psycopg import Connection
from psycopg.rows import class_row

from fleet.errors import AlreadyExists, Invalid, NotFound
from fleet.scope import Scope
from store import trail
from store.queries import load

_SQL = load("erasure")

#: What can be held; the name of a person as it stands on trips or waybills.
KINDS = ("person", "waybill", "trip")


@dataclass(frozen=True, slots=True)
class Hold:
    """One in force."""

    id: str
    kind: str
    subject: str
    reason: str
    author: str
    at: datetime


def add(conn: Connection[Any], by: Scope, kind: str, subject: str, reason: str) -> str:
    """Hold something; returns the hold's id.  Raises ``AlreadyExists``, ``Invalid``."""
    if kind not in KINDS:
        raise Invalid("kind", f"is one of {', '.join(KINDS)}")
    key = str(uuid4())
    given = {"id": key, "kind": kind, "subject": subject, "reason": reason, "author": by.principal}
    if conn.execute(_SQL["add_hold"], given).rowcount == 0:
        raise AlreadyExists("hold", subject)
    trail.record(conn, by, "hold", kind, subject, reason)
    return key


def lift(conn: Connection[Any], by: Scope, hold: str) -> None:
    """End one.  Raises ``NotFound``."""
    row = conn.execute(_SQL["lift_hold"], {"id": hold, "author": by.principal}).fetchone()
    if row is None:
        raise NotFound("hold", hold)
    trail.record(conn, by, "lift", row[0], row[1])


def in_force(conn: Connection[Any]) -> list[Hold]:
    """Those in force, oldest first."""
    return conn.cursor(row_factory=class_row(Hold)).execute(_SQL["list_holds"]).fetchall()
