"""Planned lines, each kept once: their geometry with metres along it.

The metres are those that the line was measured with and places on it were found by; they are
stored, so that they mean the same however the line is measured one day.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.errors import Invalid
from fleet.trips import Line
from store import queries
from store.arrays import Bytes, Int4

_SQL = queries.load("lines")

#: Byte order, type (LineString M of ISO 13249-3) and count, then longitude, latitude, metres.
_HEAD = struct.Struct("<BII")
_LITTLE, _LINESTRING_M = 1, 2002


@dataclass(frozen=True, slots=True)
class Way:
    """A line to be kept."""

    lon: NDArray[np.float64]  #: degrees WGS 84
    lat: NDArray[np.float64]
    s: NDArray[np.float64]  #: m from the first vertex, rising from 0
    corridor: float  #: m to each side
    source: str  #: where it is from: see the table; it does not tell lines apart

    @classmethod
    def of(cls, line: Line, source: str) -> Self:
        """``line``, whose key is not looked at."""
        return cls(line.lon, line.lat, line.s, line.corridor, source)


def keep_line(conn: Connection[Any], way: Way) -> int:
    """The key of the line, which is added where it is not there.

    Raises ``Invalid``: fewer than two vertices, or metres that do not rise from 0.
    """
    check(way)
    [key] = keep_lines(conn, [way])
    return key


def keep_lines(conn: Connection[Any], ways: Sequence[Way]) -> list[int]:
    """Likewise of many, which must be valid (``check``): most of a file are there already."""
    bodies = [_pack(way) for way in ways]
    digests = [
        sha256(body + struct.pack("<d", way.corridor)).digest()
        for body, way in zip(bodies, ways, strict=True)
    ]
    known = _find(conn, digests)
    for way, body, digest in zip(ways, bodies, digests, strict=True):
        if digest not in known:
            given = {"digest": digest, "geometry": body, "length": float(way.s[-1])}
            given |= {"corridor": way.corridor, "source": way.source}
            added = conn.execute(_SQL["add_line"], given).fetchone()
            # None: somebody else has added it just now.
            known |= {digest: added[0]} if added is not None else _find(conn, [digest])
    return [known[digest] for digest in digests]


def _find(conn: Connection[Any], digests: list[bytes]) -> dict[bytes, int]:
    found = conn.cursor(binary=True).execute(_SQL["find_lines"], {"digests": Bytes(digests)})
    return dict(found.fetchall())


def load_lines(conn: Connection[Any], keys: Iterable[int]) -> list[Line]:
    """The lines with these keys, by key."""
    return [line for line, _ in load_with_source(conn, keys)]


def load_with_source(conn: Connection[Any], keys: Iterable[int]) -> list[tuple[Line, str]]:
    """Likewise, each with where it is from."""
    wanted = np.array(sorted(set(keys)), np.int32)
    if not len(wanted):
        return []
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    found = cursor.execute(_SQL["load_lines"], {"lines": Int4(wanted)})
    return [(_unpack(key, body, corridor), source) for key, body, corridor, source in found]


def _pack(way: Way) -> bytes:
    table = np.column_stack([way.lon, way.lat, way.s]).astype("<f8")
    return _HEAD.pack(_LITTLE, _LINESTRING_M, len(table)) + table.tobytes()


def _unpack(key: int, body: bytes, corridor: float) -> Line:
    table = np.frombuffer(body, "<f8", offset=_HEAD.size).reshape(-1, 3).T.astype(np.float64)
    lon, lat, s = (np.ascontiguousarray(column) for column in table)
    return Line(key, lon, lat, s, corridor)


def check(way: Way) -> None:
    """Refuse, with ``Invalid``, what is no line."""
    columns = (way.lon, way.lat, way.s)
    if len({len(column) for column in columns}) != 1 or len(way.s) < 2:  # noqa: PLR2004 - two ends
        raise Invalid("line", "needs two vertices or more, each with metres")
    if not all(np.isfinite(column).all() for column in columns):
        raise Invalid("line", "has a vertex that is no position")
    if way.s[0] != 0 or not (np.diff(way.s) > 0).all():
        raise Invalid("line", "its metres must rise from 0")
    if not 0 < way.corridor < float("inf"):
        raise Invalid("corridor", "must be a width in metres above 0")
