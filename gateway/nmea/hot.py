"""The ordinary frames of a batch in arrays: whole sentences, pairs of RMC and GGA, all valid.

This path takes only what it is sure of; every other frame goes the slow way (``message``), and
both give the same fixes to the bit, which a test holds them to.  A frame is ordinary if

* it is sentences with good checksums, each ``$...*HH`` CR LF (the last may lack its line end);
* its RMC and GGA come in pairs of one time of day, complete, valid, dated and in range;
* besides them there are only sentences that can change nothing: a sound VTG or GSA beside a
  complete pair, and kinds that are never read (GSV, TXT).

Such a frame is self-contained, so it neither needs nor leaves any state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Flag, Frame, Grade
from fleet.wire import MAX_PAYLOAD
from gateway.nmea.epoch import (
    A_HDOP,
    A_SATELLITES,
    B_HDOP,
    B_SATELLITES,
    C_HDOP,
    WEEKS_1024,
)
from gateway.nmea.numbers import MAX_LENGTH, TEN, Bools, Floats, Ints, Numbers, parse
from gateway.nmea.reading import (
    DAY_MS,
    DUMMY_DAYS,
    KNOT,
    MAX_COUNT,
    MAX_COURSE,
    MINUTES,
    NINETEEN_HUNDREDS,
)
from gateway.nmea.rules import Rules
from gateway.nmea.table import Table, code, tabulate

RMC, GGA, VTG, GSA = code("RMC"), code("GGA"), code("VTG"), code("GSA")
GLL, GNS, ZDA = code("GLL"), code("GNS"), code("ZDA")

#: The rows of the numbers read from a pair, six of RMC and six of GGA, and their fields.
(TIME, LAT, LON, SPEED, COURSE, DATE, TIME_2, LAT_2, LON_2, SATELLITES, HDOP, ALTITUDE) = range(12)
_RMC_FIELDS = (1, 3, 5, 7, 8, 9)
_GGA_FIELDS = (1, 2, 4, 7, 8, 9)
_ENOUGH = 9  #: commas; as many as fields that are read from either
_STATUS, _NORTH, _EAST, _MODE = 2, 4, 6, 12  #: fields of one letter, RMC
_NORTH_2, _EAST_2, _QUALITY = 3, 5, 6  #: the same, GGA
_NEEDED = [row for row in range(12) if row != COURSE]
_VALID_MODE = np.zeros(256, bool)
_VALID_MODE[[ord(mode) for mode in "ADFRP"]] = True
_VALID_QUALITY = np.zeros(256, bool)
_VALID_QUALITY[[ord(quality) for quality in "123459"]] = True

_SIX = len("hhmmss")
_MS_DIGITS = 3  #: of a second; more are rounded by the slow path
_DEGREE_DIGITS = (len("dmm"), len("dddmm"))
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FEBRUARY, _DECEMBER = 2, 12


@dataclass(frozen=True, slots=True)
class Hot:
    """What this path took."""

    taken: Bools  #: (n,) of the frames
    fixes: FixBatch  #: in order of frames and, within one, of epochs


def decode_hot(frames: Sequence[Frame], rules: Rules, reference: float | None) -> Hot:
    """The fixes of the ordinary frames among ``frames``, and which these are."""
    payloads = [f.payload if len(f.payload) <= MAX_PAYLOAD else b"" for f in frames]
    received = np.array([frame.received for frame in frames], np.float64)
    fine = np.ones(len(frames), bool)
    table = tabulate(payloads, fine)
    rmc, gga = _pairs(table, fine)
    _others(table, fine)
    fixes, sound = _fixes(table, rmc, gga, received)
    twin = (fixes.frame[1:] == fixes.frame[:-1]) & (fixes.time[1:] == fixes.time[:-1])
    sound[1:] &= ~twin
    fine[fixes.frame[~sound]] = False
    keep = fine[fixes.frame]
    if not keep.all():
        fixes = fixes.rows(keep)
    taken = np.zeros(len(frames), bool)
    taken[fixes.frame] = True
    return Hot(taken, _repaired(fixes, reference, rules.ahead))


def _pairs(table: Table, fine: Bools) -> tuple[Ints, Ints]:
    """The RMC and the GGA of every epoch; a frame without clean pairs is no longer fine."""
    chosen = np.flatnonzero((table.kind == RMC) | (table.kind == GGA))
    count = np.bincount(table.frame[chosen], minlength=len(fine))
    fine &= (count > 0) & (count % 2 == 0)
    pairs = chosen[fine[table.frame[chosen]]].reshape(-1, 2)
    rmc_first = table.kind[pairs[:, 0]] == RMC
    mixed = table.kind[pairs[:, 0]] != table.kind[pairs[:, 1]]
    fine[table.frame[pairs[~mixed, 0]]] = False
    pairs, rmc_first = pairs[mixed], rmc_first[mixed]
    rmc = np.where(rmc_first, pairs[:, 0], pairs[:, 1])
    return rmc, np.where(rmc_first, pairs[:, 1], pairs[:, 0])


def _others(table: Table, fine: Bools) -> None:
    """Sentences beside the pairs: timed ones are for the slow path, untimed must be sound."""
    kind = table.kind
    if not ((kind != RMC) & (kind != GGA)).any():
        return
    fine[table.frame[(kind == GLL) | (kind == GNS) | (kind == ZDA)]] = False
    for beside, number, limit in ((VTG, 1, MAX_COURSE), (VTG, 5, np.inf), (GSA, 16, np.inf)):
        which = np.flatnonzero(kind == beside)
        fine[table.frame[which[table.commas[which] < number]]] = False
        which = which[fine[table.frame[which]]]
        if len(which):
            end, length = table.field(which, number)
            read = parse(table.data, end, length)
            sound = (length == 0) | (read.sound & (read.value <= limit))
            fine[table.frame[which[~sound]]] = False


def _fixes(table: Table, rmc: Ints, gga: Ints, received: Floats) -> tuple[FixBatch, Bools]:
    """A fix for every pair, and which pairs are in order: the others say nothing."""
    fields = [table.field(rmc, number) for number in _RMC_FIELDS]
    fields += [table.field(gga, number) for number in _GGA_FIELDS]
    end = np.stack([end for end, _ in fields])
    length = np.stack([length for _, length in fields])
    below = table.letters[end[ALTITUDE] - length[ALTITUDE]] == ord("-")  # the only signed field
    length[ALTITUDE] -= below
    read = parse(table.data, end, length)
    good = read.sound[_NEEDED].all(axis=0) & (read.sound[COURSE] | (length[COURSE] == 0))
    good &= length[ALTITUDE] + below <= MAX_LENGTH
    good &= (table.commas[rmc] >= _ENOUGH) & (table.commas[gga] >= _ENOUGH)
    clock, timed = _clock(read.pick([TIME, TIME_2]))
    day, dated = _day(read.pick(DATE))
    lat, lon, placed = _place(table, read.pick([LAT, LON, LAT_2, LON_2]), rmc, gga)
    good &= timed.all(axis=0) & (clock[0] == clock[1]) & dated & placed & _valid(table, rmc, gga)
    value = read.value
    satellites, hdop, altitude = value[SATELLITES], value[HDOP], value[ALTITUDE]
    course = np.where(length[COURSE] == 0, np.nan, value[COURSE])
    good &= ~(course > MAX_COURSE) & (hdop > 0)
    good &= (length[SATELLITES] <= MAX_COUNT) & (read.integers[SATELLITES] == length[SATELLITES])
    nowhere = np.full(len(rmc), -1, np.int32)
    fixes = FixBatch(
        device=nowhere,
        vehicle=nowhere.copy(),
        time=(day * DAY_MS + clock[0]) / 1000,
        lon=lon,
        lat=lat,
        altitude=np.where(below, -altitude, altitude),
        speed=value[SPEED] * KNOT,
        course=course,
        hdop=hdop,
        satellites=satellites,
        grade=_grade(hdop, satellites),
        flags=np.zeros(len(rmc), np.uint16),
        received=received[table.frame[rmc]],
        frame=table.frame[rmc].astype(np.int32),
    )
    return fixes, good


def _clock(read: Numbers) -> tuple[Ints, Bools]:
    """``hhmmss.sss`` to ms of the day; see ``reading.clock_ms``."""
    good = read.sound & (read.integers == _SIX) & (read.places <= _MS_DIGITS)
    whole = np.where(good, read.whole, 0)
    digits = (whole * TEN[np.maximum(_MS_DIGITS - read.places, 0)]).astype(np.int64)
    hours, rest = np.divmod(digits, 10_000_000)
    minutes, ms = np.divmod(rest, 100_000)
    good &= (hours < 24) & (minutes < 60) & (ms < 60_000)  # noqa: PLR2004 (a clock)
    return (hours * 60 + minutes) * 60_000 + ms, good


def _day(read: Numbers) -> tuple[Ints, Bools]:
    """``ddmmyy`` to days since 1970; see ``reading.rmc_day``."""
    good = read.sound & (read.integers == _SIX) & (read.places == 0)
    digits = np.where(good, read.whole, 0).astype(np.int64)
    day, month, year = digits // 10_000, digits // 100 % 100, digits % 100
    year += np.where(year >= NINETEEN_HUNDREDS, 1900, 2000)
    real = (month >= 1) & (month <= _DECEMBER)
    month = np.where(real, month, 1)
    leap = (year % 4 == 0) & (month == _FEBRUARY)  # 1980 to 2079: 2000 was a leap year
    good &= real & (day >= 1) & (day <= _MONTH_DAYS[month] + leap)
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    number = first.astype(np.int64) + day - 1
    for dummy in DUMMY_DAYS:
        good &= number != dummy
    return number, good


def _place(table: Table, angles: Numbers, rmc: Ints, gga: Ints) -> tuple[Floats, Floats, Bools]:
    """Latitude and longitude of RMC; those of GGA must be in order too."""
    unit = TEN[angles.places]
    degrees = np.floor(angles.whole / (unit * 100))
    minutes = (angles.whole - degrees * unit * 100) / unit
    value = degrees + minutes / 60
    least, most = _DEGREE_DIGITS
    good = (angles.integers >= least) & (angles.integers <= most) & (minutes < MINUTES)
    good &= value <= np.array([[90.0], [180.0], [90.0], [180.0]])
    placed = good.all(axis=0) & ((value[0] != 0) | (value[1] != 0))
    north, east = table.letter(rmc, _NORTH), table.letter(rmc, _EAST)
    placed &= _either(north, b"NS") & _either(table.letter(gga, _NORTH_2), b"NS")
    placed &= _either(east, b"EW") & _either(table.letter(gga, _EAST_2), b"EW")
    lat = np.where(north == ord("N"), value[0], -value[0])
    return lat, np.where(east == ord("E"), value[1], -value[1]), placed


def _either(letter: NDArray[np.uint8], ends: bytes) -> Bools:
    good: Bools = (letter == ends[0]) | (letter == ends[1])
    return good


def _valid(table: Table, rmc: Ints, gga: Ints) -> Bools:
    """Status A, a mode that means satellites or none at all, a quality that means satellites."""
    _, length = table.field(rmc, _MODE)
    without = (table.commas[rmc] < _MODE) | (length == 0)
    good: Bools = without | _VALID_MODE[table.letter(rmc, _MODE)]
    good &= table.letter(rmc, _STATUS) == ord("A")
    good &= _VALID_QUALITY[table.letter(gga, _QUALITY)]
    return good


def _grade(hdop: Floats, satellites: Floats) -> NDArray[np.uint8]:
    """See ``epoch.grade``."""
    grade = np.full(len(hdop), Grade.B, np.uint8)
    grade[(hdop <= A_HDOP) & (satellites >= A_SATELLITES)] = Grade.A
    grade[(hdop > B_HDOP) | (satellites < B_SATELLITES)] = Grade.C
    grade[hdop > C_HDOP] = Grade.X
    return grade


def _repaired(fixes: FixBatch, reference: float | None, ahead: float) -> FixBatch:
    """See ``epoch.repaired``."""
    against = fixes.received if reference is None else reference
    late = against + ahead - fixes.time
    old = late >= WEEKS_1024
    if not old.any():
        return fixes
    turns = np.where(old, np.floor(late / WEEKS_1024), 0)
    ms = np.rint(fixes.time * 1000) + turns * (WEEKS_1024 * 1000)
    return replace(fixes.flagged(Flag.ROLLOVER, old), time=ms / 1000)
