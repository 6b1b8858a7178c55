"""Columns on the wire: numpy arrays as PostgreSQL binary arrays, there and back.

psycopg's list dumpers build one Python object per value (6 us a row for eleven columns);
a column that is already an array needs none.  NaN travels as NaN, an unknown instant as -infinity:
a statement that wants NULL says ``NULLIF(x, 'NaN')`` or ``NULLIF(x, '-infinity')``.

Format: PostgreSQL ``array_recv``: dimensions, null flag, element type, length, lower bound,
then each value with its length, all big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, Cursor, adapters
from psycopg.abc import Buffer
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format

#: s; PostgreSQL counts from 2000-01-01T00:00:00Z
_POSTGRES_EPOCH = 946_684_800


class Column:
    """One column; the subclass says the element type."""

    oid: ClassVar[int]  #: of the array type
    element: ClassVar[int]  #: oid of one value
    dtype: ClassVar[str]  #: of one value, big-endian

    __slots__ = ("values",)

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = self.convert(np.asarray(values))

    def convert(self, values: NDArray[Any]) -> NDArray[Any]:
        """``values`` as numbers of ``dtype``."""
        return values

    def packed(self) -> bytes:
        """The array as PostgreSQL receives it."""
        size = np.dtype(self.dtype).itemsize
        rows = np.empty(len(self.values), dtype=[("size", ">i4"), ("value", self.dtype)])
        rows["size"] = size
        rows["value"] = self.values
        if not len(rows):
            return struct.pack(">iii", 0, 0, self.element)
        return struct.pack(">iiiii", 1, 0, self.element, len(rows), 1) + rows.tobytes()


class Int2(Column):
    """smallint[]."""

    oid, element, dtype = 1005, 21, ">i2"


class Int4(Column):
    """integer[]."""

    oid, element, dtype = 1007, 23, ">i4"


class Int8(Column):
    """bigint[]."""

    oid, element, dtype = 1016, 20, ">i8"


class Float4(Column):
    """real[]."""

    oid, element, dtype = 1021, 700, ">f4"


class Float8(Column):
    """double precision[]."""

    oid, element, dtype = 1022, 701, ">f8"


class Instant(Column):
    """timestamptz[] from seconds since 1970, rounded to milliseconds; NaN is -infinity."""

    oid, element, dtype = 1185, 1184, ">i8"

    def convert(self, values: NDArray[Any]) -> NDArray[Any]:
        """Microseconds since 2000."""
        known = np.isfinite(values)
        milliseconds = np.rint(np.where(known, values, 0.0) * 1000).astype(np.int64)
        microseconds: NDArray[np.int64] = (milliseconds - _POSTGRES_EPOCH * 1000) * 1000
        if not known.all():
            ends = np.iinfo(np.int64)  # the infinities of PostgreSQL
            microseconds[~known] = np.where(values[~known] == np.inf, ends.max, ends.min)
        return microseconds


class Bytes:
    """bytea[] from bodies of any lengths."""

    oid, element = 1001, 17

    __slots__ = ("bodies",)

    def __init__(self, bodies: Sequence[bytes]) -> None:
        self.bodies = bodies

    def packed(self) -> bytes:
        """The array as PostgreSQL receives it."""
        if not self.bodies:
            return struct.pack(">iii", 0, 0, self.element)
        head = struct.pack(">iiiii", 1, 0, self.element, len(self.bodies), 1)
        sizes = np.array([len(body) for body in self.bodies], ">i4").tobytes()
        parts = [head]
        for place, body in enumerate(self.bodies):
            parts += (sizes[4 * place : 4 * place + 4], body)
        return b"".join(parts)


def _dumper(column: type[Column | Bytes]) -> type[Dumper]:
    class ColumnDumper(Dumper):
        format = Format.BINARY
        oid = column.oid

        def dump(self, obj: Column | Bytes) -> Buffer:
            return obj.packed()

    return ColumnDumper


for _column in (Int2, Int4, Int8, Float4, Float8, Instant, Bytes):
    adapters.register_dumper(_column, _dumper(_column))


#: bytes before the values of an array of one dimension; one of none is shorter
_ARRAY_HEAD = 20


class _Raw(Loader):
    """An array without NULLs as a numpy column; as objects ten columns cost ten times as much."""

    format = Format.BINARY
    dtype = ">i4"

    def load(self, data: Buffer) -> NDArray[Any]:
        each = np.dtype([("size", ">i4"), ("value", self.dtype)])
        rows = np.frombuffer(data, each, offset=min(len(data), _ARRAY_HEAD))
        values: NDArray[Any] = rows["value"]
        return values


class _RawFloats(_Raw):
    dtype = ">f8"


def columns(conn: Connection[Any]) -> Cursor[Any]:
    """A cursor whose int4[] and float8[] arrive as numpy columns; no NULL may be in them."""
    cursor = conn.cursor(binary=True)
    cursor.adapters.register_loader(Int4.oid, _Raw)
    cursor.adapters.register_loader(Float8.oid, _RawFloats)
    return cursor
