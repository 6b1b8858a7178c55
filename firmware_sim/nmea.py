"""Writes NMEA 0183 as receivers write it.  The only reader it has is on the other side.

Positions have five decimals of a minute (2 cm), times three of a second, speeds three of
a knot.  Written from the standard's field lists, with no look at how the gateway reads.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

from firmware_sim.receiver import NOTHING, Reading

KNOT = 1852 / 3600  #: m/s
STANDING = 0.3  #: m/s; below it receivers leave the course empty


def checksum(body: bytes) -> int:
    """The exclusive or of all bytes between ``$`` and ``*``; at most 128 of them."""
    folded = int.from_bytes(body)
    for bits in (512, 256, 128, 64, 32, 16, 8):  # folding halves is 5x faster than byte by byte
        folded ^= folded >> bits
    return folded & 0xFF


def sentence(body: str) -> bytes:
    """``body`` with its ``$``, checksum and line end."""
    raw = body.encode("ascii")
    return b"$%b*%02X\r\n" % (raw, checksum(raw))


def tag(number: int) -> bytes:
    """A TAG block (NMEA 0183 4.10) that says which message of the terminal this is."""
    body = b"n:%d" % number
    return b"\\%b*%02X\\" % (body, checksum(body))


def epoch(time: float, reading: Reading, talker: str = "GN", *, detail: bool = False) -> bytes:
    """RMC and GGA of one instant; with ``detail`` also VTG, GSA and GSV, as on a debug port.

    ``time`` is whole milliseconds by the device's clock.  A reading that is not valid but
    has a position is written as the last known one, with status V and quality 0.
    """
    milliseconds = round(time * 1000)
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    clock = f"{moment:%H%M%S}.{milliseconds % 1000:03d}"
    place = _place(reading) if reading.valid or (reading.lon, reading.lat) != (0, 0) else ",,,"
    lines = [
        sentence(_rmc(talker, clock, f"{moment:%d%m%y}", place, reading)),
        sentence(_gga(talker, clock, place, reading)),
    ]
    if detail:
        lines += [sentence(_vtg(talker, reading)), *_sky(talker, reading, milliseconds // 1000)]
    return b"".join(lines)


def last_known(reading: Reading) -> Reading:
    """What some receivers go on writing without satellites: the old place, not valid."""
    return replace(NOTHING, lon=reading.lon, lat=reading.lat, altitude=reading.altitude)


def _place(reading: Reading) -> str:
    latitude = round(abs(reading.lat) * 6_000_000)
    longitude = round(abs(reading.lon) * 6_000_000)
    return (
        f"{latitude // 6_000_000:02d}{latitude % 6_000_000 / 100_000:08.5f},"
        f"{'N' if reading.lat >= 0 else 'S'},"
        f"{longitude // 6_000_000:03d}{longitude % 6_000_000 / 100_000:08.5f},"
        f"{'E' if reading.lon >= 0 else 'W'}"
    )


def _motion(reading: Reading) -> tuple[str, str]:
    """Knots and course as text; both empty without a fix, the course also at a standstill."""
    if not reading.valid:
        return "", ""
    course = f"{reading.course % 360:.2f}" if reading.speed >= STANDING else ""
    return f"{reading.speed / KNOT:.3f}", "0.00" if course == "360.00" else course


def _rmc(talker: str, clock: str, date: str, place: str, reading: Reading) -> str:
    status, mode = ("A", "A") if reading.valid else ("V", "N")
    knots, course = _motion(reading)
    return f"{talker}RMC,{clock},{status},{place},{knots},{course},{date},,,{mode}"


def _gga(talker: str, clock: str, place: str, reading: Reading) -> str:
    quality = 1 if reading.valid else 0
    height = f"{reading.altitude:.1f},M,0.0,M" if place != ",,," else ",,,"
    used = f"{quality},{reading.satellites:02d},{reading.hdop:.2f}"
    return f"{talker}GGA,{clock},{place},{used},{height},,"


def _vtg(talker: str, reading: Reading) -> str:
    knots, course = _motion(reading)
    kmh = f"{reading.speed * 3.6:.3f}" if reading.valid else ""
    return f"{talker}VTG,{course},T,,M,{knots},N,{kmh},K,{'A' if reading.valid else 'N'}"


def _sky(talker: str, reading: Reading, second: int) -> list[bytes]:
    """GSA and GSV of an invented constellation that turns once in twelve hours."""
    count = min(reading.satellites, 12)  # GSA has twelve places
    numbers = [(7 * i + second // 3600) % 32 + 1 for i in range(count)]
    places = ",".join([f"{n:02d}" for n in numbers] + [""] * (12 - count))
    fix, hdop = 3 if reading.valid else 1, reading.hdop
    dilution = f"{min(1.97 * hdop, 99.99):.2f},{hdop:.2f},{min(1.7 * hdop, 99.99):.2f}"
    lines = [sentence(f"{talker}GSA,A,{fix},{places},{dilution}")]
    pages = max(1, math.ceil(count / 4))
    for page in range(pages):
        seen = [
            f",{n:02d},{15 + 11 * n % 70},{(37 * n + second // 120) % 360:03d},{28 + n % 18}"
            for n in numbers[4 * page : 4 * page + 4]
        ]
        # A system's own talker: GN may name a fix, but satellites belong to one system.
        own = "GP" if talker == "GN" else talker
        lines.append(sentence(f"{own}GSV,{pages},{page + 1},{count:02d}{''.join(seen)}"))
    return lines
