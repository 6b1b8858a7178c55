"""The ordinary frames of a batch in arrays: whole sentences, pairs of RMC and GGA.

This path takes only what it is sure of; every other frame goes the slow way (``message``), and
both give the same fixes to the bit, which a test holds them to.  A frame is ordinary if

* it is sentences with good checksums, each ``$...*HH`` CR LF (the last may lack its line end);
* its RMC and GGA come in pairs of one time of day, complete, dated and in range, and the two
  agree about whether they are valid;
* besides them there are only sentences that can change nothing: a sound VTG or GSA beside a
  complete pair, and kinds that are never read (GSV, TXT).

Such a frame is self-contained, so it neither needs nor leaves any state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from fleet.records import FixBatch, Flag, Frame, Grade
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
    KNOT,
    MAX_COUNT,
    MAX_COURSE,
    MINUTES,
    known_day,
)
from gateway.nmea.rules import Rules
from gateway.nmea.table import Bytes, Table, code, tabulate

RMC, GGA, VTG, GSA = code("RMC"), code("GGA"), code("VTG"), code("GSA")
GLL, GNS, ZDA = code("GLL"), code("GNS"), code("ZDA")

#: Of a pair, the fields of RMC up to the mode and those of GGA up to the altitude are looked at.
_RMC_FIELDS, _GGA_FIELDS = 12, 9
_ENOUGH = 9  #: commas; as many as fields that must be there in either
#: The numbers among them, by field, in the order in which they are read: the wide ones first.
_NUMBERS = [1, 13, 3, 5, 14, 16, 7, 8, 9, 19, 20, 21]
_TIMES, _PLACES, _SHORT = slice(0, 2), slice(2, 6), slice(6, 12)
(_SPEED, _COURSE, _DATE, _SATELLITES, _HDOP, _ALTITUDE) = range(6, 12)
_NEEDED = [row for row in range(12) if row != _COURSE]
#: The same of the fields of one letter.
_LETTERS = [2, 4, 6, 12, 15, 17, 18]
_MODE = 12

_GOOD_MODE = np.zeros(256, bool)
_GOOD_MODE[[ord(mode) for mode in "ADFRPN"]] = True
_GOOD_QUALITY = np.zeros(256, bool)
_GOOD_QUALITY[[ord(quality) for quality in "0123459"]] = True

_payload, _received = attrgetter("payload"), attrgetter("received")

_SIX = len("hhmmss")
_MS_DIGITS = 3  #: of a second; more are rounded by the slow path
_DEGREE_DIGITS = (len("dmm"), len("dddmm"))


@dataclass(frozen=True, slots=True)
class Hot:
    """What this path took."""

    taken: Bools  #: (n,) of the frames
    fixes: FixBatch  #: in order of frames and, within one, of epochs


def decode_hot(frames: Sequence[Frame], rules: Rules, reference: float | None) -> Hot:
    """The fixes of the ordinary frames among ``frames``, and which these are."""
    payloads = list(map(_payload, frames))
    received = np.fromiter(map(_received, frames), np.float64, len(frames))
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
    ends, lengths = _fields(table, rmc, gga)
    end, length = ends[_NUMBERS], lengths[_NUMBERS]
    below = table.letters[end[_ALTITUDE] - length[_ALTITUDE]] == ord("-")  # alone has a sign
    length[_ALTITUDE] -= below
    read = parse(table.data, end, length)
    good = read.sound[_NEEDED].all(axis=0) & (read.sound[_COURSE] | (length[_COURSE] == 0))
    good &= length[_ALTITUDE] + below <= MAX_LENGTH
    good &= (table.commas[rmc] >= _ENOUGH) & (table.commas[gga] >= _ENOUGH)
    clock, timed = _clock(read.pick(_TIMES))
    day, dated = _day(read.pick(_DATE))
    letters = np.where(lengths[_LETTERS] == 1, table.letters[ends[_LETTERS] - 1], 0)
    status, north, east, mode, north_2, east_2, quality = letters
    modeless = (table.commas[rmc] < _MODE) | (lengths[_MODE] == 0)
    void, known = _void(status, np.where(modeless, ord("A"), mode), quality)
    lat, lon, placed = _place(read.pick(_PLACES), north, east)
    placed &= _either(north_2, b"NS") & _either(east_2, b"EW")
    good &= timed.all(axis=0) & (clock[0] == clock[1]) & dated & placed & known
    speed, course, _, satellites, hdop, altitude = read.pick(_SHORT).value
    course = np.where(length[_COURSE] == 0, np.nan, course)
    good &= ~(course > MAX_COURSE) & (hdop > 0) & (length[_SATELLITES] <= MAX_COUNT)
    good &= read.integers[_SATELLITES] == length[_SATELLITES]
    nowhere = np.full((2, len(rmc)), -1, np.int32)
    fixes = FixBatch(
        device=nowhere[0],
        vehicle=nowhere[1],
        time=(day * DAY_MS + clock[0]) / 1000,
        lon=lon,
        lat=lat,
        altitude=np.where(below, -altitude, altitude),
        speed=speed * KNOT,
        course=course,
        hdop=hdop,
        satellites=satellites,
        grade=_grade(hdop, satellites, void),
        flags=void * np.uint16(Flag.VOID),
        received=received[table.frame[rmc]],
        frame=table.frame[rmc].astype(np.int32),
    )
    return fixes, good


def _fields(table: Table, rmc: Ints, gga: Ints) -> tuple[Ints, Ints]:
    """Ends and lengths, a row for each field: 0 to 12 of RMC, then 1 to 9 of GGA.

    Field 0 is the address.  Rows of fields that a sentence does not have are meaningless.
    """
    of_rmc = table.marks[table.dollar[rmc] + np.arange(_RMC_FIELDS + 2)[:, None]]
    of_gga = table.marks[table.dollar[gga] + np.arange(1, _GGA_FIELDS + 2)[:, None]]
    end = np.concatenate((of_rmc[1:], of_gga[1:]))
    return end, end - np.concatenate((of_rmc[:-1], of_gga[:-1])) - 1


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
    """``ddmmyy`` to days since 1970; see ``reading.rmc_day``, which is asked once a date."""
    good = read.sound & (read.integers == _SIX) & (read.places == 0)
    written = np.where(good, read.whole, 0)
    which: Ints | slice = slice(None)
    dates = written[:1]
    if not (written == dates).all():  # nearly always all are of one day: then nothing is sorted
        dates, which = np.unique(written, return_inverse=True)
    days = [known_day(f"{int(date):0{_SIX}d}") for date in dates]
    known = np.array([day is not None for day in days], bool)
    return np.array([day or 0 for day in days], np.int64)[which], good & known[which]


def _place(angles: Numbers, north: Bytes, east: Bytes) -> tuple[Floats, Floats, Bools]:
    """Latitude and longitude of RMC; those of GGA must be in order too."""
    unit = TEN[angles.places]
    degrees = np.floor(angles.whole / (unit * 100))
    minutes = (angles.whole - degrees * unit * 100) / unit
    value = degrees + minutes / 60
    least, most = _DEGREE_DIGITS
    good = (angles.integers >= least) & (angles.integers <= most) & (minutes < MINUTES)
    good &= value <= np.array([[90.0], [180.0], [90.0], [180.0]])
    placed = good.all(axis=0) & ((value[0] != 0) | (value[1] != 0))
    placed &= _either(north, b"NS") & _either(east, b"EW")
    lat = np.where(north == ord("N"), value[0], -value[0])
    return lat, np.where(east == ord("E"), value[1], -value[1]), placed


def _either(letter: Bytes, ends: bytes) -> Bools:
    good: Bools = (letter == ends[0]) | (letter == ends[1])
    return good


def _void(status: Bytes, mode: Bytes, quality: Bytes) -> tuple[Bools, Bools]:
    """Whether RMC and GGA say that they have no fix, and whether they are agreed about it.

    Dead reckoning and the like, and whatever else a letter may mean, are for the slow path.
    """
    void = (status == ord("V")) | (mode == ord("N"))
    known = _either(status, b"AV") & _GOOD_MODE[mode] & _GOOD_QUALITY[quality]
    return void, known & (void == (quality == ord("0")))


def _grade(hdop: Floats, satellites: Floats, void: Bools) -> NDArray[np.uint8]:
    """See ``epoch.grade``."""
    grade = np.full(len(hdop), Grade.B, np.uint8)
    grade[(hdop <= A_HDOP) & (satellites >= A_SATELLITES)] = Grade.A
    grade[(hdop > B_HDOP) | (satellites < B_SATELLITES)] = Grade.C
    grade[(hdop > C_HDOP) | void] = Grade.X
    return grade


def _repaired(fixes: FixBatch, reference: float | None, ahead: float) -> FixBatch:
    """See ``epoch.repaired``."""
    if reference is not None and isnan(reference):
        return fixes
    against = fixes.received if reference is None else reference
    late = against + ahead - fixes.time
    old = late >= WEEKS_1024
    if not old.any():
        return fixes
    turns = np.where(old, np.floor(late / WEEKS_1024), 0)
    ms = np.rint(fixes.time * 1000) + turns * (WEEKS_1024 * 1000)
    return replace(fixes.flagged(Flag.ROLLOVER, old), time=ms / 1000)
