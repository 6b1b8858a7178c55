"""Builders of sentences and frames; a test names only what it is about."""

from __future__ import annotations

from functools import reduce
from math import isnan
from operator import xor

from fleet.records import FixBatch, Frame

NOW = 1_795_300_000.0  #: 2026-11-22
Key = tuple[object, ...]


def sentence(body: str, end: bytes = b"\r\n") -> bytes:
    """``body`` between ``$`` and a right checksum."""
    raw = body.encode("ascii")
    return b"$%b*%02X" % (raw, reduce(xor, raw, 0)) + end


def rmc(clock: str = "120000.00", date: str = "211126", **say: str) -> bytes:
    """A good RMC near Hangzhou, with some fields set."""
    f = {
        "talker": "GN",
        "status": "A",
        "lat": "3015.12345,N",
        "lon": "12009.54321,E",
        "speed": "20.50",
        "course": "87.10",
        "tail": ",,,A",
    } | say
    return sentence(
        f"{f['talker']}RMC,{clock},{f['status']},{f['lat']},{f['lon']},"
        f"{f['speed']},{f['course']},{date}{f['tail']}"
    )


def gga(clock: str = "120000.00", **say: str) -> bytes:
    """The GGA that belongs to ``rmc``."""
    f = {
        "talker": "GN",
        "lat": "3015.12345,N",
        "lon": "12009.54321,E",
        "quality": "1",
        "sats": "09",
        "hdop": "0.9",
        "altitude": "12.3",
    } | say
    return sentence(
        f"{f['talker']}GGA,{clock},{f['lat']},{f['lon']},{f['quality']},{f['sats']},"
        f"{f['hdop']},{f['altitude']},M,8.0,M,,"
    )


def gll(clock: str = "120000.00", where: str = "3015.12345,N,12009.54321,E") -> bytes:
    return sentence(f"GNGLL,{where},{clock},A,A")


def frame(payload: bytes, device: str = "d", received: float = NOW) -> Frame:
    return Frame(device, "nmea", payload, received)


def rows(fixes: FixBatch) -> list[Key]:
    """The fixes as tuples that compare equal where both are unknown."""
    columns = ("time", "lon", "lat", "altitude", "speed", "course", "hdop", "satellites")
    found: list[Key] = []
    for i in range(len(fixes)):
        values = [float(getattr(fixes, name)[i]) for name in columns]
        known = tuple(None if isnan(value) else value for value in values)
        found.append((*known, int(fixes.grade[i]), int(fixes.flags[i])))
    return found
