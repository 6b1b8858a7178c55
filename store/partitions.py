"""The history of fixes by day, and the one place that knows how the server divides it.

On plain PostgreSQL the table ``fix`` has one partition per UTC day, ``fix_YYYYMMDD``, made
before it is needed.  There is no default partition: it would swallow bad clocks and forbid
detaching without a lock.  On TimescaleDB ``fix`` is a hypertable with chunks of one day,
made by the server, and closed days can be turned into its columnstore (only under the
Timescale License; builds under Apache-2.0 go without).  TimescaleDB's own background jobs
are not used: where they fail, they fail silently, so ``maintenance`` calls these functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.rows import scalar_row

from fleet.errors import StoreAway
from store import queries

_SQL = queries.load("partitions")

#: ms that a change of partitions may stand before ingest in the queue for a lock.
PATIENCE = 200

_PARTITIONED = re.compile(
    r"CREATE TABLE (\w+) \((?:(?!;).)*?\n\)( PARTITION BY RANGE \(time\));", re.DOTALL
)


class DayGoneError(Exception):
    """A day that there was room for has been removed meanwhile; ``ensure_days`` makes it again."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What divides the history: TimescaleDB of a version, or (None) plain partitions."""

    timescale: str | None = None
    columnstore: bool = False  #: the licence allows it

    def localize(self, migration: LiteralString) -> LiteralString:
        """``migration``, written for plain PostgreSQL, in the words of this engine."""
        if self.timescale is None:
            return migration
        return _PARTITIONED.sub(self._hypertable, migration)

    def _hypertable(self, match: re.Match[str]) -> str:
        name, clause = match[1], match[2]
        statement = match[0].replace(clause, "") + "\n" + _SQL["make_hypertable"]
        if self.columnstore:
            statement += "\n" + _SQL["allow_columnstore"]
        return statement.replace("the_table", name)


def detect(conn: Connection[Any]) -> Engine:
    """The engine of this database as it is."""
    with conn.cursor() as cursor:
        version, licence, _ = cursor.execute(_SQL["detect"]).fetchone() or (None, None, False)
    return Engine(version, version is not None and licence == "timescale")


def prepare_session(conn: Connection[Any]) -> None:
    """Settings of a session that only one of the engines has; called once per connection."""
    conn.execute(_SQL["allow_late_history"])


def install(conn: Connection[Any]) -> Engine:
    """The engine of this database, after TimescaleDB was switched on where the server has it.

    Only before the first migration: a database that began with plain partitions keeps them.
    """
    with conn.cursor() as cursor:
        _, _, loadable = cursor.execute(_SQL["detect"]).fetchone() or (None, None, False)
    if loadable:
        conn.execute(_SQL["create_timescaledb"])
    return detect(conn)


def ensure_days(conn: Connection[Any], days: Iterable[date]) -> list[date]:
    """Make room for fixes of these UTC days; returns the days that were made now.

    One round trip when nothing is missing.  Any number of connections may ask for the same
    day.  Call it before the transaction that writes the fixes, not inside: what it takes is
    then given back at once.  On TimescaleDB there is never anything to make.

    Raises:
        StoreAway: such a day is just being removed, for a report still reads it.
    """
    wanted = {"days": sorted(set(days))}
    if not wanted["days"] or not _scalars(conn, "missing_days", wanted):
        return []
    with conn.transaction():
        conn.execute(_SQL["lock_partitions"], {"patience": "5s"})
        missing: list[date] = _scalars(conn, "missing_days", wanted)  # another may have been faster
        leaving = {_day_of(name) for name in _scalars(conn, "leaving", {})}
        for day in missing:
            if day in leaving:
                raise StoreAway(f"the history of {day} is just being removed")
            _create_day(conn, day)
    return missing


def existing_days(conn: Connection[Any]) -> list[date]:
    """UTC days for which there is room, in order (TimescaleDB: for which there are chunks)."""
    if detect(conn).timescale is not None:
        return _scalars(conn, "chunk_days", {})
    return [_day_of(name) for name in _scalars(conn, "attached", {})]


def drop_before(conn: Connection[Any], before: datetime) -> int:
    """Drop every day of fixes that lies wholly before ``before``; returns how many days.

    ``conn`` must be outside of any transaction.  Never stands before ingest for longer than
    ``PATIENCE``: a day that a long report still reads stays, and is dropped by a later call.
    """
    if _scalars(conn, "try_lock_removal", {}) != [True]:
        return 0
    conn.execute(_SQL["set_patience"], {"patience": f"{PATIENCE}ms"})
    try:
        if detect(conn).timescale is not None:
            return _drop_chunks(conn, before)
        return _drop_partitions(conn, before.astimezone(UTC).date())
    finally:
        conn.execute(_SQL["reset_patience"])
        conn.execute(_SQL["unlock_removal"])


def compress_before(conn: Connection[Any], before: datetime) -> int | None:
    """Turn days wholly before ``before`` into the columnstore; returns how many were turned.

    None where the server cannot: plain PostgreSQL, or TimescaleDB under Apache-2.0.  Each
    day is its own transaction.  Late fixes of such a day are still accepted, at three to
    six times the cost, so ``before`` belongs behind the days that backlogs come from.
    """
    if not detect(conn).columnstore:
        return None
    chunks: list[str] = _scalars(conn, "chunks_to_compress", {"before": before})
    for chunk in chunks:
        with conn.transaction():
            conn.execute(_SQL["be_patient"])
            conn.execute(_SQL["compress_chunk"], {"chunk": chunk})
    return len(chunks)


def _create_day(conn: Connection[Any], day: date) -> None:
    # LIKE and ATTACH, not PARTITION OF: that one waits for every reader of ``fix`` and
    # holds up all ingest behind it while it does.  A detached day that was not dropped yet
    # comes back as it is.
    name = sql.Identifier(f"fix_{day:%Y%m%d}")
    start = datetime.combine(day, time(), UTC)
    conn.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        ).format(name)
    )
    attach = sql.SQL("ALTER TABLE fix ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
        name,
        sql.Literal(start.isoformat()),
        sql.Literal((start + timedelta(days=1)).isoformat()),
    )
    conn.execute(attach)


def _drop_chunks(conn: Connection[Any], before: datetime) -> int:
    try:
        return len(_scalars(conn, "drop_chunks", {"before": before}))
    except psycopg.errors.LockNotAvailable:
        return 0


def _drop_partitions(conn: Connection[Any], last: date) -> int:
    _detach_before(conn, last)
    return sum(
        _try(conn, "DROP TABLE {}", name)
        for name in _scalars(conn, "detached", {})
        if _day_of(name) < last
    )


def _detach_before(conn: Connection[Any], last: date) -> None:
    """Detach days before ``last``, oldest first, until one is in use: one at a time may leave."""
    for name in _scalars(conn, "leaving", {}):
        if not _try(conn, "ALTER TABLE fix DETACH PARTITION {} FINALIZE", name):
            return
    for name in _scalars(conn, "attached", {}):
        if _day_of(name) >= last:
            return
        if not _try(conn, "ALTER TABLE fix DETACH PARTITION {} CONCURRENTLY", name):
            return


def _try(conn: Connection[Any], statement: LiteralString, name: str) -> bool:
    try:
        conn.execute(sql.SQL(statement).format(sql.Identifier(name)))
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _day_of(partition: str) -> date:
    return datetime.strptime(partition, "fix_%Y%m%d").replace(tzinfo=UTC).date()


def _scalars(conn: Connection[Any], name: str, parameters: dict[str, Any]) -> list[Any]:
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(_SQL[name], parameters).fetchall()
