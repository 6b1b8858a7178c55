"""What the gateway folds against: the registered world and what the engines remember."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.records import COLUMNS, FixBatch, WorldRows
from store.arrays import Int4
from store.queries import load

_SQL = load("world")

Floats = NDArray[np.float64]


def load_revision(conn: Connection) -> int:
    """The revision of the world; inside a transaction no edit commits until it ends."""
    row = conn.cursor(row_factory=tuple_row).execute(_SQL["revision"]).fetchone()
    if row is None:
        raise RuntimeError("the table installation has lost its row")
    return int(row[0])


def load_world(conn: Connection) -> WorldRows:
    """Devices, vehicles and bindings of one instant."""
    with conn.transaction():
        cursor = conn.cursor(row_factory=tuple_row)
        revision = load_revision(conn)
        devices = cursor.execute(_SQL["devices"]).fetchall()
        vehicles = cursor.execute(_SQL["vehicles"]).fetchall()
        bindings = cursor.execute(_SQL["bindings"]).fetchall()
    device_key = np.array([row[0] for row in devices], np.int32)
    vehicle_key = np.array([row[0] for row in vehicles], np.int32)
    columns = list(zip(*bindings, strict=True)) or [()] * 5
    return WorldRows(
        revision,
        tuple(row[1] for row in devices),
        device_key,
        tuple(row[1] for row in vehicles),
        vehicle_key,
        np.searchsorted(device_key, np.array(columns[0], np.int32)).astype(np.int32),
        np.searchsorted(vehicle_key, np.array(columns[1], np.int32)).astype(np.int32),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        np.array(columns[2], np.bool_),
    )


def load_memories(
    conn: Connection, keys: NDArray[np.int32], form: int, blank: NDArray[np.void]
) -> tuple[NDArray[np.void], NDArray[np.int64], NDArray[np.bool_]]:
    """What the engines remember of the vehicles ``keys`` (ascending).

    Args:
        conn: any connection.
        keys: shape (n,), ascending.
        form: the format that the caller reads.
        blank: shape (n,); what a vehicle without memory starts from.

    Returns:
        Memory, shape (n,); revisions, shape (n,); and which vehicles have a memory that
        this code cannot read, and so must be folded again.
    """
    memory, revision = blank.copy(), np.full(len(keys), -1, np.int64)
    foreign = np.zeros(len(keys), np.bool_)
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    for key, number, stored, body in cursor.execute(_SQL["memories"], {"vehicles": Int4(keys)}):
        row = int(np.searchsorted(keys, key))
        revision[row] = number
        if stored == form and len(body) == blank.dtype.itemsize:
            memory[row] = np.frombuffer(body, blank.dtype)[0]
        else:
            foreign[row] = stored is not None
    return memory, revision, foreign


def load_streams(conn: Connection) -> Mapping[str, bytes]:
    """Stream state by device code."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    return {code: bytes(carried) for code, carried in cursor.execute(_SQL["streams"])}


def find_checkpoint(
    conn: Connection, vehicle: int, before: float, form: int, dtype: np.dtype[np.void]
) -> tuple[float, NDArray[np.void]] | None:
    """Time and memory (shape (1,)) of the newest checkpoint before a time, or None."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    row = cursor.execute(_SQL["checkpoint"], {"vehicle": vehicle, "before": before}).fetchone()
    if row is None or row[1] != form or len(row[2]) != dtype.itemsize:
        return None
    return float(row[0]), np.frombuffer(row[2], dtype)


def load_history(conn: Connection, rows: WorldRows, vehicle: int, after: float) -> FixBatch:
    """The stored fixes of the vehicle in row ``vehicle`` after a time, in event order.

    ``frame`` is -1: these came from no frame of a batch.
    """
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    key = int(rows.vehicle_key[vehicle])
    found = cursor.execute(_SQL["history"], {"vehicle": key, "after": after}).fetchall()
    if not found:
        return FixBatch.empty()
    names = (
        *("device", "time", "lon", "lat", "altitude", "speed", "course"),
        *("hdop", "satellites", "grade", "flags", "received"),
    )
    columns = {
        name: np.array([np.nan if v is None else v for v in values]).astype(COLUMNS[name])
        for name, values in zip(names, zip(*found, strict=True), strict=True)
    }
    columns["time"] = np.rint(columns["time"] * 1000) / 1000  # what decode makes of milliseconds
    columns["device"] = np.searchsorted(rows.device_key, columns["device"]).astype(np.int32)
    columns["vehicle"] = np.full(len(found), vehicle, np.int32)
    columns["frame"] = np.full(len(found), -1, np.int32)
    return FixBatch(**columns)


def empty() -> WorldRows:
    """A world in which nothing is registered."""
    ints, floats = np.empty(0, np.int32), np.empty(0, np.float64)
    return WorldRows(0, (), ints, (), ints, ints, ints, floats, floats, np.empty(0, np.bool_))
