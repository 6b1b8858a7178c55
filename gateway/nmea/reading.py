"""Sentences to readings: what one sentence says, in SI units.

Which field is which is pynmea2's knowledge (its sentence classes); how a field is read is ours,
because pynmea2 gives 0.0 for an empty position, checks no range and hands back the text of what
it cannot read.  Knots become m/s, ``ddmm.mmmm`` degrees, a clock whole milliseconds of the day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from math import isnan, nan
from typing import NamedTuple

import pynmea2

from fleet.records import Reason
from gateway.nmea.sentence import Sentence

KNOT = 1852 / 3600  #: m/s
DAY_MS = 86_400_000  #: ms
EPOCH_DAY = date(1970, 1, 1).toordinal()
NINETEEN_HUNDREDS = 80  #: two-digit years from here are 19yy: GPS time begins in 1980
#: Receivers without a fix send the first day of GPS time or of their calendar.
DUMMY_DAYS = frozenset(date(1980, 1, d).toordinal() - EPOCH_DAY for d in (1, 6))
YEARS = range(1980, 2100)  #: GPS time begins in 1980; a century on is a broken receiver
MAX_COUNT = 3  #: digits of a number of satellites; no sky holds a thousand
MAX_COURSE = 360.0  #: degrees; some receivers write a whole turn for north
MINUTES = 60.0  #: of a degree
MAX_NUMBER = 15  #: characters; as many decimal digits are exact in a double

NONE_MODE = "N"  #: mode indicator: data not valid
ESTIMATED_MODES = frozenset("EMS")  #: dead reckoning, manual, simulator
ESTIMATED_QUALITIES = frozenset("678")  #: the same three, in GGA

_DATES = 16  #: dates remembered; what arrives is of today and yesterday

_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d*))?")
_DATE = re.compile(r"\d{1,2} \d{1,2} (?:\d\d|\d{4})")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_ANGLE = re.compile(r"(\d{1,3})(\d\d(?:\.\d*)?)")


class Unreadable(ValueError):
    """A field that cannot be read; never leaves ``read``."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Reading(NamedTuple):
    """What one sentence says; what it does not say is None or NaN.

    Unknown floats are always the one object ``math.nan``, so that two readings with the same
    gaps compare equal.
    """

    kind: str
    clock: int | None = None  #: ms of the day; 86,400,000 and more within a leap second
    day: int | None = None  #: days since 1970-01-01
    lat: float = nan
    lon: float = nan
    void: bool = False
    estimated: bool = False
    speed: float = nan
    course: float = nan
    altitude: float = nan
    hdop: float = nan
    satellites: float = nan


def read(sentence: Sentence) -> Reading | Unreadable | None:
    """What ``sentence`` says; None where it is valid NMEA that says nothing about a fix."""
    reader = _READERS.get(sentence.kind)
    if reader is None:
        return None
    try:
        return reader(sentence.fields + [""] * _WIDTH)
    except Unreadable as why:
        return why


def _index(sentence: type[pynmea2.TalkerSentence], name: str) -> int:
    """Where pynmea2 says the field is."""
    index: int = sentence.name_to_idx[name]
    return index


def clock_ms(text: str) -> int | None:
    """``hhmmss.sss`` to ms of the day, rounded; blank is None.

    23:59:60 is accepted as the first second of the next day: UTC has the second, POSIX time,
    which everything downstream counts in, has not.
    """
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise Unreadable(Reason.MALFORMED, f"time {text!r}")
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
    leap = (hours, minutes, seconds) == (23, 59, 60)
    if hours > 23 or minutes > 59 or (seconds > 59 and not leap):  # noqa: PLR2004 (a clock)
        raise Unreadable(Reason.MALFORMED, f"time {text!r}")
    fraction = match[4] or ""
    ms = (int(fraction[:4].ljust(4, "0")) + 5) // 10
    return (hours * 3600 + minutes * 60 + seconds) * 1000 + ms


def day_number(day: str, month: str, year: str) -> int:
    """Days since 1970 of a calendar date, year in two or four digits.

    Raises:
        Unreadable: there is no such day.
    """
    text = f"{day} {month} {year}"
    if _DATE.fullmatch(text) is None:
        raise Unreadable(Reason.MALFORMED, f"date {text!r}")
    full = int(year)
    if len(year) == len("yy"):
        full += 1900 if full >= NINETEEN_HUNDREDS else 2000
    try:
        known = date(full, int(month), int(day))
    except ValueError:
        raise Unreadable(Reason.MALFORMED, f"date {text!r}") from None
    if full not in YEARS:
        raise Unreadable(Reason.MALFORMED, f"date {text!r}")
    return known.toordinal() - EPOCH_DAY


def rmc_day(text: str) -> int | None:
    """``ddmmyy`` to days since 1970; blank, or the dummy of a receiver without a fix, is None."""
    if not text:
        return None
    if len(text) != len("ddmmyy") or not (text.isascii() and text.isdigit()):
        raise Unreadable(Reason.MALFORMED, f"date {text!r}")
    known = day_number(text[:2], text[2:4], text[4:])
    return None if known in DUMMY_DAYS else known


@lru_cache(_DATES)
def known_day(text: str) -> int | None:
    """``rmc_day`` for those who take only good dates: None also where there is no such day."""
    try:
        return rmc_day(text)
    except Unreadable:
        return None


def number(text: str) -> float:
    """A decimal number; blank is NaN."""
    if not text:
        return nan
    if len(text) > MAX_NUMBER or _NUMBER.fullmatch(text) is None:
        raise Unreadable(Reason.MALFORMED, f"number {text!r}")
    return float(text)


def positive(text: str) -> float:
    """A number that is zero or more; blank is NaN."""
    value = number(text)
    if value < 0:
        raise Unreadable(Reason.MALFORMED, f"number {text!r} below zero")
    return value


def hdop(text: str) -> float:
    """A dilution; blank, and the 0.0 of terminals that do not know it, are NaN."""
    return positive(text) or nan


def satellites(text: str) -> float:
    """A count of at most three digits; blank is NaN."""
    if text and not (len(text) <= MAX_COUNT and text.isdigit()):
        raise Unreadable(Reason.MALFORMED, f"satellites {text!r}")
    return float(text) if text else nan


def course(text: str) -> float:
    """Degrees, 0 to 360; blank is NaN."""
    value = positive(text)
    if value > MAX_COURSE:
        raise Unreadable(Reason.MALFORMED, f"course {text!r}")
    return value


def angle(text: str, direction: str, ends: str, limit: int) -> float:
    """``dddmm.mmmm`` and N, S, E or W to degrees; both blank is NaN.

    Raises:
        Unreadable: OUT_OF_RANGE for 60 minutes and more or beyond ``limit`` degrees.
    """
    if not text:
        return nan
    match = _ANGLE.fullmatch(text)
    if match is None or len(text) > MAX_NUMBER or direction not in ends or not direction:
        raise Unreadable(Reason.MALFORMED, f"position {text!r} {direction!r}")
    minutes = float(match[2])
    value = int(match[1]) + minutes / 60
    if minutes >= MINUTES or value > limit:
        raise Unreadable(Reason.OUT_OF_RANGE, f"position {text!r} {direction!r}")
    return value if direction == ends[0] else -value


def position(fields: list[str], at: int) -> tuple[float, float]:
    """Latitude and longitude from the four fields at ``at``; half a position is none."""
    lat = angle(fields[at], fields[at + 1], "NS", 90)
    lon = angle(fields[at + 2], fields[at + 3], "EW", 180)
    return (nan, nan) if isnan(lat) or isnan(lon) else (lat, lon)


_RMC, _GGA, _GLL, _GNS = pynmea2.RMC, pynmea2.GGA, pynmea2.GLL, pynmea2.GNS
_ZDA, _VTG, _GSA = pynmea2.ZDA, pynmea2.VTG, pynmea2.GSA
_WIDTH = 1 + max(len(s.fields) for s in (_RMC, _GGA, _GLL, _GNS, _ZDA, _VTG, _GSA))

_RMC_TIME, _RMC_DAY = _index(_RMC, "timestamp"), _index(_RMC, "datestamp")
_RMC_LAT, _RMC_STATUS = _index(_RMC, "lat"), _index(_RMC, "status")
_RMC_SPEED, _RMC_COURSE = _index(_RMC, "spd_over_grnd"), _index(_RMC, "true_course")
_RMC_MODE = _index(_RMC, "mode_indicator")


def _rmc(fields: list[str]) -> Reading:
    # Field 13, the navigational status of NMEA 4.1, speaks of safety at sea: V there is usual.
    mode = fields[_RMC_MODE]
    lat, lon = position(fields, _RMC_LAT)
    return Reading(
        "RMC",
        clock_ms(fields[_RMC_TIME]),
        rmc_day(fields[_RMC_DAY]),
        lat,
        lon,
        void=fields[_RMC_STATUS] != "A" or mode == NONE_MODE,
        estimated=mode in ESTIMATED_MODES,
        speed=_knots(fields[_RMC_SPEED]),
        course=course(fields[_RMC_COURSE]),
    )


def _knots(text: str) -> float:
    value = positive(text)
    return value * KNOT if text else nan


_GGA_TIME, _GGA_LAT = _index(_GGA, "timestamp"), _index(_GGA, "lat")
_GGA_QUALITY, _GGA_SATS = _index(_GGA, "gps_qual"), _index(_GGA, "num_sats")
_GGA_HDOP, _GGA_ALTITUDE = _index(_GGA, "horizontal_dil"), _index(_GGA, "altitude")


def _gga(fields: list[str]) -> Reading:
    quality = fields[_GGA_QUALITY]
    lat, lon = position(fields, _GGA_LAT)
    return Reading(
        "GGA",
        clock_ms(fields[_GGA_TIME]),
        None,
        lat,
        lon,
        void=quality in ("", "0"),
        estimated=quality in ESTIMATED_QUALITIES,
        altitude=number(fields[_GGA_ALTITUDE]),
        hdop=hdop(fields[_GGA_HDOP]),
        satellites=satellites(fields[_GGA_SATS]),
    )


_GLL_TIME, _GLL_LAT = _index(_GLL, "timestamp"), _index(_GLL, "lat")
_GLL_STATUS, _GLL_MODE = _index(_GLL, "status"), _index(_GLL, "faa_mode")


def _gll(fields: list[str]) -> Reading:
    mode = fields[_GLL_MODE]
    lat, lon = position(fields, _GLL_LAT)
    return Reading(
        "GLL",
        clock_ms(fields[_GLL_TIME]),
        None,
        lat,
        lon,
        void=fields[_GLL_STATUS] != "A" or mode == NONE_MODE,
        estimated=mode in ESTIMATED_MODES,
    )


_GNS_TIME, _GNS_LAT = _index(_GNS, "timestamp"), _index(_GNS, "lat")
_GNS_MODE, _GNS_SATS = _index(_GNS, "mode_indicator"), _index(_GNS, "num_sats")
_GNS_HDOP, _GNS_ALTITUDE = _index(_GNS, "hdop"), _index(_GNS, "altitude")


def _gns(fields: list[str]) -> Reading:
    modes = set(fields[_GNS_MODE]) - {NONE_MODE}  # one letter per constellation
    lat, lon = position(fields, _GNS_LAT)
    return Reading(
        "GNS",
        clock_ms(fields[_GNS_TIME]),
        None,
        lat,
        lon,
        void=not modes,
        estimated=bool(modes) and modes <= ESTIMATED_MODES,
        altitude=number(fields[_GNS_ALTITUDE]),
        hdop=hdop(fields[_GNS_HDOP]),
        satellites=satellites(fields[_GNS_SATS]),
    )


_ZDA_TIME, _ZDA_DAY = _index(_ZDA, "timestamp"), _index(_ZDA, "day")


def _zda(fields: list[str]) -> Reading:
    day, month, year = fields[_ZDA_DAY : _ZDA_DAY + 3]
    known = day_number(day, month, year) if day and month and year else None
    return Reading("ZDA", clock_ms(fields[_ZDA_TIME]), None if known in DUMMY_DAYS else known)


_VTG_COURSE, _VTG_KNOTS = _index(_VTG, "true_track"), _index(_VTG, "spd_over_grnd_kts")
_VTG_MODE = _index(_VTG, "faa_mode")


def _vtg(fields: list[str]) -> Reading:
    if fields[_VTG_MODE] == NONE_MODE:
        return Reading("VTG", void=True)
    return Reading("VTG", speed=_knots(fields[_VTG_KNOTS]), course=course(fields[_VTG_COURSE]))


_GSA_FIRST, _GSA_HDOP = _index(_GSA, "sv_id01"), _index(_GSA, "hdop")
_GSA_LAST = _index(_GSA, "sv_id12")


def _gsa(fields: list[str]) -> Reading:
    used = sum(1 for sat in fields[_GSA_FIRST : _GSA_LAST + 1] if sat)
    return Reading("GSA", hdop=hdop(fields[_GSA_HDOP]), satellites=float(used))


_FOOT = 0.3048  #: m
_GRMZ_ALTITUDE, _GRMZ_UNIT = 0, 1  # pynmea2 counts the Z of the address as a field


def _garmin_altitude(fields: list[str]) -> Reading:
    """Garmin's handhelds date GLL apart from GGA: only this gives such an epoch its height."""
    feet = fields[_GRMZ_UNIT] == "f"
    text = fields[_GRMZ_ALTITUDE] if feet else ""
    return Reading("PGRMZ", altitude=number(text) * _FOOT if text else nan)


_READERS: dict[str, Callable[[list[str]], Reading]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GLL": _gll,
    "GNS": _gns,
    "ZDA": _zda,
    "VTG": _vtg,
    "GSA": _gsa,
    "PGRMZ": _garmin_altitude,
}

#: Sentences without a time: they belong to the epoch before them.
UNTIMED = frozenset(("VTG", "GSA", "PGRMZ"))
