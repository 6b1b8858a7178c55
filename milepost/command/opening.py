"""A command's way into the database that the settings name, or the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from milepost import places, shell
from store import database


@contextmanager
def opened(process: str) -> Iterator[Any]:
    """A connection, for a command that logs as ``process``.  Raises ``StoreAway``."""
    settings = places.with_database(shell.start(process))
    conn = database.connect(settings.at_database, application=f"milepost-{process}")
    try:
        with database.away():
            yield conn
    finally:
        conn.close()
