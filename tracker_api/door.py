"""The API's way into the store: a pool of connections that heals by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from store import database
from store.database import Database

APPLICATION = "milepost api"


class Door:
    """Connections for requests.  ``Any`` stands for a connection: only the store names its type."""

    def __init__(self, settings: Database) -> None:
        self._pool = database.open_pool(settings, application=APPLICATION)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A connection for single statements.

        Raises:
            StoreAway: none can be had, or it is lost meanwhile.
        """
        with database.away(), self._pool.connection() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Any]:
        """A connection in a transaction, committed at the end; raises as ``reading``."""
        with self.reading() as conn, conn.transaction():
            yield conn

    def close(self) -> None:
        """Give all connections back; idempotent."""
        self._pool.close()
