"""Counts that prove the promises: for ``demo --check``, ``replay`` and the fault tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.records import Flag
from store.queries import load

_SQL = load("audit")


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything there is in the store."""

    stored: int
    dead_letters: int  #: parts of payloads
    conflicts: int
    commits: list[tuple[str, int, float]]  #: device, fix time in ms, commit time in s


@dataclass(frozen=True, slots=True)
class DeviceCounts:
    """Everything there is of one device."""

    time: NDArray[np.float64]  #: of its fixes that are not void, ascending
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    stored: NDArray[np.float64]  #: time of all its fixes, void ones too, ascending
    dead_letters: dict[str, int]  #: parts by reason


def count(conn: Connection[Any]) -> Counts:
    """Count all fixes and dead letters; commit times need ``track_commit_timestamp``."""
    cursor = conn.cursor(row_factory=tuple_row)
    with conn.transaction():
        numbers = [
            int((cursor.execute(_SQL[name]).fetchone() or (0,))[0])
            for name in ("stored", "letters", "conflicts")
        ]
        tracked = conn.execute("SHOW track_commit_timestamp").fetchone()
        on = tracked is not None and tracked[0] == "on"
        commits = cursor.execute(_SQL["commits"]).fetchall() if on else []
    stored, letters, conflicts = numbers
    return Counts(stored, letters, conflicts, commits)


def count_device(conn: Connection[Any], device: str) -> DeviceCounts:
    """Count what came from one device."""
    cursor = conn.cursor(row_factory=tuple_row)
    found = cursor.execute(
        _SQL["device_fixes"], {"device": device, "void": int(Flag.VOID)}
    ).fetchall()
    every = np.array(found, np.float64).reshape(-1, 4)
    time, lon, lat, _ = every[every[:, 3] == 0].T
    letters = cursor.execute(_SQL["device_letters"], {"device": device}).fetchall()
    reasons = {str(reason): int(parts) for reason, parts in letters}
    return DeviceCounts(time, lon, lat, every[:, 0], reasons)
