"""Builders: a test names only the columns it is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fleet.records import COLUMNS, FixBatch, Frame, WorldRows
from gateway.world import World

#: 2026-03-01T08:00:00Z, an ordinary Sunday
MORNING = 1_772_352_000.0


def fixes(n: int | None = None, **columns: ArrayLike) -> FixBatch:
    """Good fixes of one bound device near Wuhan, 10 s apart, with some columns set."""
    count = n or max((len(np.atleast_1d(np.asarray(c))) for c in columns.values()), default=1)
    ordinary: dict[str, Any] = {
        "device": np.zeros(count),
        "vehicle": np.zeros(count),
        "time": MORNING + 10.0 * np.arange(count),
        "lon": 114.30 + 0.002 * np.arange(count),  # 190 m each
        "lat": np.full(count, 30.60),
        "altitude": np.full(count, 40.0),
        "speed": np.full(count, 19.0),
        "course": np.full(count, 90.0),
        "hdop": np.full(count, 0.9),
        "satellites": np.full(count, 9.0),
        "grade": np.zeros(count),
        "flags": np.zeros(count),
        "received": np.full(count, np.nan),
        "frame": np.arange(count),
    }
    given = {
        name: np.broadcast_to(np.asarray(columns.get(name, value)), count).astype(COLUMNS[name])
        for name, value in ordinary.items()
    }
    if "received" not in columns:
        given["received"] = given["time"] + 0.3
    return FixBatch(**given)


def world(devices: Sequence[str] = ("d0", "d1", "d2"), *, revision: int = 1) -> World:
    """Every device bound for ever to a vehicle of the same number."""
    count = len(devices)
    numbers = np.arange(count, dtype=np.int32)
    return World.build(
        WorldRows(
            revision,
            tuple(devices),
            numbers + 1,
            tuple(f"plate-{i}" for i in range(count)),
            numbers + 1,
            numbers,
            numbers,
            np.zeros(count),
            np.full(count, np.inf),
            np.ones(count, np.bool_),
        )
    )


def sentence(body: str) -> bytes:
    """``$body*checksum`` with its line end."""
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n".encode()


def epoch(time: float, lon: float, lat: float, *, speed: float = 19.0) -> bytes:
    """RMC and GGA of one instant; time in s since 1970, speed in m/s."""
    at = np.datetime64(round(time * 1000), "ms")
    text = str(at)
    clock = text[11:13] + text[14:16] + text[17:19] + "." + text[20:23]
    date = text[8:10] + text[5:7] + text[2:4]
    north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
    place = f"{_angle(lat, 2)},{north},{_angle(lon, 3)},{east}"
    knots = speed * 3600 / 1852
    return sentence(f"GNRMC,{clock},A,{place},{knots:.2f},90.0,{date},,,A") + sentence(
        f"GNGGA,{clock},{place},1,09,0.9,40.0,M,0.0,M,,"
    )


def _angle(degrees: float, width: int) -> str:
    whole, minutes = divmod(round(abs(degrees) * 60, 5), 60)
    return f"{int(whole):0{width}d}{minutes:08.5f}"


def frame(device: str, payload: bytes, received: float = MORNING, kind: str = "nmea") -> Frame:
    """A message of ``device``."""
    return Frame(device, kind, payload, received)
