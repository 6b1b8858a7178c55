"""The plain message at once: exactly one RMC and one GGA of one instant, by one expression.

For the frames that are not worth arrays, or that arrays do not take (``hot``).  Nearly every
message is plain; what is in any way unusual is for ``message``, which gives the same answers
five times slower.  A plain message is self-contained: it needs no state and leaves none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import nan
from typing import NamedTuple

from fleet.records import Flag, Reason
from gateway.nmea.epoch import Row, grade
from gateway.nmea.message import LINE, Refused
from gateway.nmea.reading import DAY_MS, KNOT, MAX_COURSE, known_day

_FIELD = r"[ -#%-)+\--~]*"  #: printable, and none of "$", "*", ","
_REST = r"[ -#%-)+-~]*"  #: the same with commas
_SUM = r"\*(?P<{}>[0-9A-Fa-f]{{2}})\r\n"
_NUMBER = r"\d{1,6}(?:\.\d{0,7})?"  #: not longer than ``reading.MAX_NUMBER``
_MINUTES = r"[0-5]\d(?:\.\d{0,9})?"  #: the same
#: All of it is in range; the poles and the 180th meridian are left to ``message``.
_PLACE = (
    rf"(?:(?P<lat>[0-8]\d)(?P<lat_minutes>{_MINUTES}),(?P<north>[NS]),"
    rf"(?P<lon>0\d\d|1[0-7]\d)(?P<lon_minutes>{_MINUTES}),(?P<east>[EW])|,,,)"
)
_PLACE_AGAIN = rf"(?:(?P<again>[0-8]\d){_MINUTES},[NS],(?:0\d\d|1[0-7]\d){_MINUTES},[EW]|,,,)"
_CLOCK = r"(?P<clock>(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)(?P<fraction>\.\d{1,3})?"
_SAME_CLOCK = r"(?P=clock)(?(fraction)(?P=fraction))"
_TALKER = r"\$(?P<{}>[A-OQ-Z][A-Z0-9]"


def _rmc(clock: str) -> str:
    """The modes left out mean dead reckoning, a simulator, or nothing that we know."""
    motion = rf"(?P<speed>{_NUMBER})?,(?P<course>{_NUMBER})?,(?P<date>\d{{6}})"
    tail = rf"(?:,{_FIELD},{_FIELD}(?:,(?P<mode>[ADFRPN]?)(?:,{_REST})?)?)?"
    body = rf"RMC,{clock},(?P<status>[AV]),{_PLACE},{motion}{tail})"
    return _TALKER.format("rmc") + body + _SUM.format("rmc_sum")


def _gga(clock: str) -> str:
    """The qualities left out mean dead reckoning, manual input or a simulator."""
    heard = rf"(?P<quality>[0-59]),(?P<satellites>\d{{1,3}})?,(?P<hdop>{_NUMBER})?"
    body = rf"GGA,{clock},{_PLACE_AGAIN},{heard},(?P<altitude>-?{_NUMBER})?(?:,{_REST})?)"
    return _TALKER.format("gga") + body + _SUM.format("gga_sum")


_RMC_FIRST = re.compile((_rmc(_CLOCK) + _gga(_SAME_CLOCK)).encode())
_GGA_FIRST = re.compile((_gga(_CLOCK) + _rmc(_SAME_CLOCK)).encode())
#: The groups in one order for both patterns; numbers are found faster than names.
_HEAD = (
    *("rmc", "rmc_sum", "gga", "gga_sum", "clock", "fraction", "date"),
    *("status", "mode", "quality", "lat", "again", "course"),
)
_BODY = (
    *("lat", "lat_minutes", "north", "lon", "lon_minutes", "east"),
    *("speed", "satellites", "hdop", "altitude"),
)


class _Way(NamedTuple):
    """One order of the two sentences."""

    pattern: re.Pattern[bytes]
    head: Sequence[int]
    body: Sequence[int]


_WAYS = [
    _Way(pattern, *([pattern.groupindex[name] for name in names] for names in (_HEAD, _BODY)))
    for pattern in (_RMC_FIRST, _GGA_FIRST)
]
_LANE = 128  #: bytes; as long may a sentence be here, which is more than NMEA's 82


def read_plain(payload: bytes) -> Row | Refused | None:
    """The one outcome of a plain message; None for any other message."""
    way = _WAYS[0]
    match = way.pattern.fullmatch(payload)
    if match is None:
        way = _WAYS[1]
        match = way.pattern.fullmatch(payload)
    if match is None:
        return None
    (rmc, rmc_sum, gga, gga_sum, clock, fraction, date, status, mode, quality, lat, again, turn) = (
        match.group(*way.head)
    )
    day = known_day(date.decode())
    void = status == b"V" or mode == b"N"
    course = float(turn) if turn else nan
    # Where the two disagree about the fix, the epoch is not complete: a matter of state.
    agree = void == (quality == b"0") and (lat is None) == (again is None)
    if day is None or not agree or course > MAX_COURSE or not _hold(rmc, rmc_sum, gga, gga_sum):
        return None
    if lat is None:
        return Refused(Reason.NO_POSITION, payload.removesuffix(LINE)) if void else None
    seconds = (int(clock[:2]) * 60 + int(clock[2:4])) * 60 + int(clock[4:])
    ms = day * DAY_MS + seconds * 1000 + (int(fraction[1:].ljust(3, b"0")) if fraction else 0)
    return _row(ms, course, match.group(*way.body), void=void)


def _row(ms: int, course: float, said: tuple[bytes, ...], *, void: bool) -> Row | None:
    """A fix; None where a number is missing or says that the receiver does not know."""
    if None in said:
        return None
    lat, lat_minutes, north, lon, lon_minutes, east, speed, satellites, hdop, altitude = said
    y, x = int(lat) + float(lat_minutes) / 60, int(lon) + float(lon_minutes) / 60
    dilution, count = float(hdop), float(satellites)
    if not dilution or (y == 0 and x == 0):
        return None
    return Row(
        ms,
        x if east == b"E" else -x,
        y if north == b"N" else -y,
        float(altitude),
        float(speed) * KNOT,
        course,
        dilution,
        count,
        grade(dilution, count, void=void),
        _VOID if void else 0,
    )


_VOID = int(Flag.VOID)


def _hold(rmc: bytes, rmc_sum: bytes, gga: bytes, gga_sum: bytes) -> bool:
    """Whether both checksums do.

    As ``sentence.checksum``, but both at once, side by side in one integer: half the steps.
    What a step shifts from one lane into the other is never looked at again.
    """
    if len(rmc) > _LANE or len(gga) > _LANE:
        return False
    lanes = int.from_bytes(rmc, "little") | int.from_bytes(gga, "little") << 8 * _LANE
    for bits in (512, 256, 128, 64, 32, 16, 8):
        lanes ^= lanes >> bits
    return lanes & 0xFF == int(rmc_sum, 16) and lanes >> 8 * _LANE & 0xFF == int(gga_sum, 16)
