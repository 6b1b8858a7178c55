"""Records as the plain values of JSON, where a list of models would be too slow to make."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from fleet.records import Flag, Grade
from fleet.views import Position, Vehicle

GRADES = tuple(grade.name for grade in sorted(Grade))

_FLAGS = tuple(flag for flag in Flag if flag.value.bit_count() == 1)


def iso(instant: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; milliseconds only where there are any."""
    precision = "milliseconds" if instant.microsecond else "seconds"
    return instant.astimezone(UTC).isoformat(timespec=precision).removesuffix("+00:00") + "Z"


def vehicle_out(vehicle: Vehicle) -> dict[str, Any]:
    """``vehicle`` as a ``VehicleOut``; plain, since lists of 10,000 are asked for."""
    link = vehicle.link
    return {
        "plate": vehicle.plate,
        "party": vehicle.party,
        "device": vehicle.device,
        "online": None if link is None else link.online,
        "link_reason": None if link is None else link.reason,
        "link_time": None if link is None else iso(link.time),
        "position": None if vehicle.position is None else position_out(vehicle.position),
    }


def position_out(fix: Position) -> dict[str, Any]:
    """``fix`` as a ``PositionOut``."""
    return {
        "time": iso(fix.time),
        "received_at": iso(fix.received_at),
        "lon": fix.lon,
        "lat": fix.lat,
        "altitude_m": fix.altitude,
        "speed_kmh": None if fix.speed is None else round(fix.speed * 3.6, 2),
        "course_deg": fix.course,
        "hdop": fix.hdop,
        "satellites": fix.satellites,
        "grade": GRADES[fix.grade],
        "flags": flag_names(fix.flags),
    }


@cache
def flag_names(flags: int) -> list[str]:
    """The names of the flags raised, in the order of their bits; do not change the list."""
    return [str(flag.name).lower() for flag in _FLAGS if flags & flag]


def printable(raw: bytes) -> str:
    r"""``raw`` as ASCII for people: line ends stay, all else unprintable becomes ``\xNN``."""
    return "".join(
        sign if sign.isprintable() or sign in "\r\n" else f"\\x{ord(sign):02x}"
        for sign in raw.decode("ascii", "backslashreplace")
    )
