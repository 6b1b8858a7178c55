"""The bare way to store: rows ready as bytes, one binary COPY, one transaction.

The table is identical to ``fix``: the same columns, the same key and the same index over
time, divided into the same days.  Nothing else is kept, checked or told to anybody.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from psycopg import Connection, sql

#: The columns of ``fix``; a satellite count is stored as an integer.
ROW = np.dtype(
    [("columns", ">i2")]
    + [
        part
        for name, kind in (
            ("time", ">i8"),
            ("received_at", ">i8"),
            ("lat", ">f8"),
            ("lon", ">f8"),
            ("device_id", ">i4"),
            ("altitude", ">f4"),
            ("speed", ">f4"),
            ("course", ">f4"),
            ("hdop", ">f4"),
            ("satellites", ">i2"),
            ("grade", ">i2"),
            ("flags", ">i2"),
        )
        for part in ((f"{name} size", ">i4"), (name, kind))
    ]
)
NAMES = tuple(name for name in ROW.names or () if not name.endswith(("size", "columns")))
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL = b"\xff\xff"
_POSTGRES_EPOCH = 946_684_800  #: s; 2000-01-01T00:00:00Z
_COPY = sql.SQL("COPY bare_fix ({}) FROM STDIN (FORMAT binary)").format(
    sql.SQL(", ").join(map(sql.Identifier, NAMES))
)


def make_table(conn: Connection[Any], days: set[date]) -> None:
    """The table and its days, if they are not there."""
    conn.execute(
        "CREATE TABLE IF NOT EXISTS bare_fix (LIKE fix INCLUDING ALL) PARTITION BY RANGE (time)"
    )
    for day in sorted(days):
        conn.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} PARTITION OF bare_fix FOR VALUES FROM ({}) TO ({})"
            ).format(
                sql.Identifier(f"bare_fix_{day:%Y%m%d}"),
                sql.Literal(f"{day} 00:00+00"),
                sql.Literal(f"{day + timedelta(days=1)} 00:00+00"),
            )
        )


def rows(count: int) -> np.ndarray[Any, Any]:
    """So many decoded rows, all alike; device and time are for the caller to set."""
    made = np.zeros(count, ROW)
    made["columns"] = len(NAMES)
    for name in NAMES:
        made[f"{name} size"] = ROW[name].itemsize
    fixed = {"lat": 31.2, "lon": 121.5, "altitude": 43, "speed": 17.5, "course": 90, "hdop": 0.9}
    for name, value in fixed.items():
        made[name] = value
    made["satellites"] = 11
    return made


def instant(seconds: Any) -> Any:  # noqa: ANN401 - a number or an array of them
    """Microseconds since 2000 of seconds since 1970, in whole milliseconds."""
    return (np.rint(np.asarray(seconds) * 1000).astype(np.int64) - _POSTGRES_EPOCH * 1000) * 1000


def copy(conn: Connection[Any], made: np.ndarray[Any, Any]) -> None:
    """Store ``made`` in one transaction; durable when this returns."""
    with conn.transaction(), conn.cursor() as cursor, cursor.copy(_COPY) as stream:
        stream.write(_HEAD + made.tobytes() + _TAIL)
