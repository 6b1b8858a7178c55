"""What is put aside because it made the gateway fail: else it would come again for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection

from store import queries

_SQL = queries.load("faults")

#: What the server says of a value, not of itself or of the schema: the value is at fault.
REFUSED = (psycopg.DataError, psycopg.IntegrityError, psycopg.NotSupportedError)


def drop_reinjects(conn: Connection[Any], ids: Sequence[int]) -> None:
    """Forget that these letters were to be taken in again; they stay open."""
    conn.execute(_SQL["drop_reinjects"], {"ids": list(ids)})


def postpone_refolds(conn: Connection[Any], ids: Sequence[int], after: float) -> None:
    """Leave these refolds alone for ``after`` seconds."""
    conn.execute(_SQL["postpone_refolds"], {"ids": list(ids), "after": after})
