"""What is done by the calendar, once each time, whoever's clock strikes first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from store.queries import load

_SQL = load("jobs")


def take_job(conn: Connection[Any], name: str, due: datetime) -> bool:
    """Whether the caller is to do now what was due then.

    In the transaction that does it: others wait for its end, and find it done.  A name that is
    new is not done: nobody wants the digest of a day on which the house did not yet exist.
    """
    row = conn.execute(_SQL["take_job"], {"name": name, "due": due}).fetchone()
    return row is not None and bool(row[0])
