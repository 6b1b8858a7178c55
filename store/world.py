"""What the gateway folds against: the registered world and what the engines remember."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from math import inf

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.fences import Expected
from fleet.records import COLUMNS, FixBatch, WorldRows
from fleet.wire import EventKind
from store import fence_rows, trip_rows
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


def load_world(conn: Connection, known: WorldRows | None = None) -> WorldRows:
    """The registered world of one instant.

    Fences and trips are many and change rarely: those of ``known`` (of the same database) are
    taken over, and only those touched since are read.
    """
    with conn.transaction():
        cursor = conn.cursor(row_factory=tuple_row)
        revision = load_revision(conn)
        devices = cursor.execute(_SQL["devices"]).fetchall()
        vehicles = cursor.execute(_SQL["vehicles"]).fetchall()
        bindings = cursor.execute(_SQL["bindings"]).fetchall()
        expected = cursor.execute(_SQL["expected"]).fetchall()
        fence_revision, fences = fence_rows.load_fences(conn, known)
        row_of = {key: row for row, (key, _) in enumerate(vehicles)}
        trip_revision, trips, lines = trip_rows.load_trips(conn, known, row_of)
    device_key = np.array([row[0] for row in devices], np.int32)
    vehicle_key = np.array([row[0] for row in vehicles], np.int32)
    awaited = [Expected(row_of[vehicle], *more) for vehicle, *more in expected]
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
        fence_revision,
        fences,
        tuple(chain(awaited, *(trip.expected for trip in trips))),
        trip_revision,
        trips,
        lines,
    )


def load_memories(
    conn: Connection, keys: NDArray[np.int32], form: int
) -> tuple[list[bytes | None], NDArray[np.int64], NDArray[np.bool_]]:
    """What the engines remember of the vehicles ``keys`` (shape (n,), ascending).

    Returns:
        Bodies of the format ``form``, None where there is none; revisions, shape (n,), -1 of
        a vehicle that is no more; and which vehicles have a body of another format, and so
        must be folded again.
    """
    memory: list[bytes | None] = [None] * len(keys)
    revision = np.full(len(keys), -1, np.int64)
    foreign = np.zeros(len(keys), np.bool_)
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    found = cursor.execute(_SQL["memories"], {"vehicles": Int4(keys)}).fetchall()
    places = np.searchsorted(keys, np.array([row[0] for row in found], np.int32)).tolist()
    for place, (_, number, stored, body) in zip(places, found, strict=True):
        revision[place] = number
        if stored == form:
            memory[place] = bytes(body)
        else:
            foreign[place] = stored is not None
    return memory, revision, foreign


def load_streams(conn: Connection) -> Mapping[str, bytes]:
    """Stream state by device code."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    return {code: bytes(carried) for code, carried in cursor.execute(_SQL["streams"])}


def find_checkpoint(
    conn: Connection, vehicle: int, before: float, form: int
) -> tuple[float, bytes] | None:
    """Time and body of the newest checkpoint before a time; None if that is of another format."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    row = cursor.execute(_SQL["checkpoint"], {"vehicle": vehicle, "before": before}).fetchone()
    return None if row is None or row[1] != form else (float(row[0]), bytes(row[2]))


def load_newest(conn: Connection, vehicle: int) -> float:
    """Time of the newest believed fix of the vehicle with key ``vehicle``; -inf: none."""
    cursor = conn.cursor(row_factory=tuple_row)
    row = cursor.execute(_SQL["newest"], {"vehicle": vehicle}).fetchone()
    return -inf if row is None or row[0] is None else float(row[0])


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


def load_ignition(
    conn: Connection,
    rows: WorldRows,
    vehicle: int,
    after: float,
    *,
    ahead: float = inf,
    behind: float = inf,
) -> list[tuple[float, bool]]:
    """When the ignition of the vehicle in row ``vehicle`` said something, and whether "off".

    After a time, ascending, by the primary device of each time.  ``ahead`` and ``behind``
    bound how far, in s, the device's clock was from ours when the word came.
    """
    given = {
        "vehicle": int(rows.vehicle_key[vehicle]),
        "after": after,
        "kind": EventKind.IGNITION.value,
        "ahead": ahead,
        "behind": behind,
    }
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    found = cursor.execute(_SQL["ignition"], given).fetchall()
    return [(round(time * 1000) / 1000, off) for time, off in found]


def empty() -> WorldRows:
    """A world in which nothing is registered."""
    ints, floats = np.empty(0, np.int32), np.empty(0, np.float64)
    return WorldRows(0, (), ints, (), ints, ints, ints, floats, floats, np.empty(0, np.bool_))
