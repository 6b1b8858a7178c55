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
from dataclasses import dataclass

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
from gateway.nmea.numbers import TEN, WIDTH, Bools, Floats, Ints, Numbers, parse
from gateway.nmea.reading import DAY_MS, DUMMY_DAYS, KNOT, NINETEEN_HUNDREDS
from gateway.nmea.rules import Rules

Bytes = NDArray[np.uint8]

MS_DIGITS = 3  #: of a second; more are rounded by the slow path
_PAD = bytes(WIDTH)
_SPARE = 32  #: tokens behind the last, so that no look ahead leaves the array
_HEX = np.full(256, -1, np.int16)
_HEX[[ord(c) for c in "0123456789abcdefABCDEF"]] = [*range(16), *range(10, 16)]
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_VALID_MODES = np.frombuffer(b"ADFRP", np.uint8)
_VALID_QUALITIES = np.frombuffer(b"123459", np.uint8)


def _code(kind: str) -> int:
    first, second, third = kind.encode()
    return first << 16 | second << 8 | third


RMC, GGA, VTG, GSA = _code("RMC"), _code("GGA"), _code("VTG"), _code("GSA")
_SLOW_KINDS = np.array([_code(kind) for kind in ("GLL", "GNS", "ZDA")])


@dataclass(frozen=True, slots=True)
class Hot:
    """What this path took."""

    taken: Bools  #: (n,) of the frames
    fixes: FixBatch  #: in order of frames and, within one, of epochs


@dataclass(slots=True)
class _Sentences:
    """The sentences of the frames that are still candidates, and what marks their fields."""

    data: bytes
    letters: Bytes  #: ``data`` as numbers
    tokens: Ints  #: where ``$ , *`` CR LF and all that is unusual stand, with spare zeros
    dollar: Ints  #: per sentence: the token of its ``$``
    commas: Ints  #: per sentence: how many
    frame: Ints  #: per sentence
    kind: Ints  #: per sentence: a ``_code``

    def field(self, which: Ints, number: int) -> tuple[Ints, Ints]:
        """End and length of field ``number`` (1 follows the address) of sentences ``which``."""
        comma = self.dollar[which] + number
        end = self.tokens[comma + 1]
        return end, end - self.tokens[comma] - 1

    def letter(self, which: Ints, number: int) -> Bytes:
        """The letter of a field of one letter; 0 where it has another length."""
        end, length = self.field(which, number)
        return np.where(length == 1, self.letters[end - 1], 0)


def decode_hot(frames: Sequence[Frame], rules: Rules, reference: float | None) -> Hot:
    """The fixes of the ordinary frames among ``frames``, and which these are."""
    payloads = [f.payload if len(f.payload) <= MAX_PAYLOAD else b"" for f in frames]
    received = np.array([frame.received for frame in frames])
    fine = np.ones(len(frames), bool)
    found = _sentences(payloads, fine)
    rmc, gga = _pairs(found, fine)
    _others(found, fine)
    columns, sound = _columns(found, rmc, gga)
    frame = found.frame[rmc]
    twin = (frame[1:] == frame[:-1]) & (columns["time"][1:] == columns["time"][:-1])
    sound[1:] &= ~twin
    fine[frame[~sound]] = False
    keep = fine[frame]
    kept = {name: column[keep] for name, column in columns.items()}
    frame = frame[keep]
    fine[:] = False
    fine[frame] = True
    _repair(kept, received[frame] if reference is None else reference, rules.ahead)
    nowhere = np.full(len(frame), -1, np.int32)
    fixes = FixBatch(
        nowhere, nowhere.copy(), **kept, received=received[frame], frame=frame.astype(np.int32)
    )
    return Hot(fine, fixes)


def _sentences(payloads: Sequence[bytes], fine: Bools) -> _Sentences:
    """Frame everything at once; a frame with anything unusual is no longer ``fine``."""
    data = b"".join([_PAD, *payloads])
    letters = np.frombuffer(data, np.uint8)
    ends = WIDTH + np.cumsum([len(payload) for payload in payloads])
    # All that NMEA uses below "-" is "$ , *" CR LF; anything else there shows up as a misfit.
    tokens = np.flatnonzero((letters <= ord(",")) | (letters >= 0x7F))[WIDTH:]  # noqa: PLR2004
    marks = letters[tokens]
    dollar, star = np.flatnonzero(marks == ord("$")), np.flatnonzero(marks == ord("*"))
    frame = np.searchsorted(ends, tokens[dollar], side="right")
    of_star = np.searchsorted(ends, tokens[star], side="right")
    count = len(payloads)
    dollars = np.bincount(frame, minlength=count)
    fine &= (dollars > 0) & (dollars == np.bincount(of_star, minlength=count))
    if not fine.all():
        dollar, star, frame = dollar[fine[frame]], star[fine[of_star]], frame[fine[frame]]
    commas = np.concatenate(([0], np.cumsum(marks == ord(","))))
    tokens = np.concatenate((tokens, np.zeros(_SPARE, np.int64)))
    at, stop = tokens[dollar], tokens[star]
    inner = star - dollar - 1
    starts = ends - np.fromiter(map(len, payloads), np.int64, count)
    follows = np.concatenate((at[1:], [0]))
    last = np.concatenate((frame[1:] != frame[:-1], [True]))[: len(frame)]
    follows = np.where(last, ends[frame], follows[: len(at)])
    crlf = (tokens[star + 1] == stop + 3) & (tokens[star + 2] == stop + 4)
    crlf &= follows == stop + 5
    padded = np.concatenate((letters, np.zeros(_SPARE, np.uint8)))
    crlf &= (padded[stop + 3] == ord("\r")) & (padded[stop + 4] == ord("\n"))
    good = (inner > 0) & (commas[star] - commas[dollar] == inner)
    good &= crlf | (last & (follows == stop + 3))
    first = np.concatenate(([True], last[:-1]))[: len(frame)]
    good &= ~first | (at == starts[frame])
    good &= _checked(padded, at, stop)
    talker, second = padded[at + 1], padded[at + 2]
    good &= (talker >= ord("A")) & (talker <= ord("Z")) & (talker != ord("P"))
    good &= (second >= ord("0")) & (second <= ord("Z")) & (tokens[dollar + 1] == at + 6)
    kind = padded[at + 3].astype(np.int64) << 16
    kind |= padded[at + 4].astype(np.int64) << 8
    kind |= padded[at + 5]
    fine[frame[~good]] = False
    return _Sentences(data, letters, tokens, dollar, inner, frame, kind)


def _checked(letters: Bytes, at: Ints, stop: Ints) -> Bools:
    """Whether the checksum holds: exclusive or between ``at`` and ``stop``, pairwise."""
    if not len(at):
        return np.ones(0, bool)
    edges = np.empty(2 * len(at), np.int64)
    edges[::2], edges[1::2] = at + 1, np.maximum(stop, at + 2)
    held = np.bitwise_xor.reduceat(letters, edges)[::2]
    given = _HEX[letters[stop + 1]] * 16 + _HEX[letters[stop + 2]]
    hexadecimal = (_HEX[letters[stop + 1]] >= 0) & (_HEX[letters[stop + 2]] >= 0)
    return hexadecimal & (held == given)


def _pairs(found: _Sentences, fine: Bools) -> tuple[Ints, Ints]:
    """The RMC and the GGA of every epoch; a frame without clean pairs is no longer fine."""
    chosen = np.flatnonzero((found.kind == RMC) | (found.kind == GGA))
    count = np.bincount(found.frame[chosen], minlength=len(fine))
    fine &= (count > 0) & (count % 2 == 0)
    pairs = chosen[fine[found.frame[chosen]]].reshape(-1, 2)
    rmc_first = found.kind[pairs[:, 0]] == RMC
    mixed = found.kind[pairs[:, 0]] != found.kind[pairs[:, 1]]
    fine[found.frame[pairs[~mixed, 0]]] = False
    pairs, rmc_first = pairs[mixed], rmc_first[mixed]
    rmc = np.where(rmc_first, pairs[:, 0], pairs[:, 1])
    return rmc, np.where(rmc_first, pairs[:, 1], pairs[:, 0])


def _others(found: _Sentences, fine: Bools) -> None:
    """Sentences beside the pairs: timed ones are for the slow path, untimed must be sound."""
    fine[found.frame[np.isin(found.kind, _SLOW_KINDS)]] = False
    for kind, numbers, limit in ((VTG, (1, 5), 360.0), (GSA, (16,), np.inf)):
        which = np.flatnonzero(found.kind == kind)
        for number in numbers if len(which) else ():
            fine[found.frame[which[found.commas[which] < number]]] = False
            which = which[fine[found.frame[which]]]
            end, length = found.field(which, number)
            read = parse(found.data, end, length)
            sound = (length == 0) | (read.sound & ((read.value <= limit) | (number > 1)))
            fine[found.frame[which[~sound]]] = False


def _columns(
    found: _Sentences, rmc: Ints, gga: Ints
) -> tuple[dict[str, NDArray[np.generic]], Bools]:
    """The columns of ``FixBatch`` for every pair, and which pairs are in order."""
    fields = [found.field(rmc, number) for number in (1, 3, 5, 7, 8, 9)]
    fields += [found.field(gga, number) for number in (1, 2, 4, 7, 8, 9)]
    end = np.stack([end for end, _ in fields])
    length = np.stack([length for _, length in fields])
    below = found.letters[end[-1] - length[-1]] == ord("-")  # only an altitude is signed
    length[-1] -= below
    read = parse(found.data, end, length)
    value = read.value
    sound = read.sound | (length == 0)
    sound[[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]] &= length[[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11]] > 0
    good = sound.all(axis=0) & (length[-1] + below <= 15)
    good &= (found.commas[rmc] >= 9) & (found.commas[gga] >= 9)
    clock, timed = _clock(_row(read, slice(0, 7, 6)))
    good &= timed.all(axis=0) & (clock[0] == clock[1])
    day, dated = _day(_row(read, 5))
    lat, lon, placed = _place(found, read, rmc, gga)
    good &= dated & placed & ((lat != 0) | (lon != 0)) & _valid(found, rmc, gga)
    speed, course, satellites, hdop = value[3] * KNOT, value[4], value[9], value[10]
    course = np.where(length[4] == 0, np.nan, course)
    good &= ~(course > 360) & (hdop > 0)
    columns = {
        "time": (day * DAY_MS + clock[0]) / 1000,
        "lon": lon,
        "lat": lat,
        "altitude": np.where(below, -value[11], value[11]),
        "speed": speed,
        "course": course,
        "hdop": hdop,
        "satellites": satellites,
        "grade": _grade(hdop, satellites),
        "flags": np.zeros(len(rmc), np.uint16),
    }
    return columns, good


def _row(read: Numbers, which: int | slice) -> Numbers:
    return Numbers(*(array[which] for array in read))


def _clock(read: Numbers) -> tuple[Ints, Bools]:
    """``hhmmss.sss`` to ms of the day; see ``reading.clock_ms``."""
    good = read.sound & (read.integers == 6) & (read.places <= MS_DIGITS)
    whole = np.where(good, read.whole, 0)
    digits = (whole * TEN[np.maximum(MS_DIGITS - read.places, 0)]).astype(np.int64)
    hours, rest = np.divmod(digits, 10_000_000)
    minutes, ms = np.divmod(rest, 100_000)
    good &= (hours < 24) & (minutes < 60) & (ms < 60_000)
    return (hours * 60 + minutes) * 60_000 + ms, good


def _day(read: Numbers) -> tuple[Ints, Bools]:
    """``ddmmyy`` to days since 1970; see ``reading.rmc_day``."""
    good = read.sound & (read.integers == 6) & (read.places == 0)
    digits = np.where(good, read.whole, 10_100).astype(np.int64)
    day, month, year = digits // 10_000, digits // 100 % 100, digits % 100
    year += np.where(year >= NINETEEN_HUNDREDS, 1900, 2000)
    real = (month >= 1) & (month <= 12)
    month = np.where(real, month, 1)
    leap = (year % 4 == 0) & (month == 2)  # 1980 to 2079: 2000 was a leap year
    good &= real & (day >= 1) & (day <= _MONTH_DAYS[month] + leap)
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    number = first.astype(np.int64) + day - 1
    return number, good & ~np.isin(number, list(DUMMY_DAYS))


def _place(
    found: _Sentences, read: Numbers, rmc: Ints, gga: Ints
) -> tuple[Floats, Floats, Bools]:
    """Latitude and longitude of RMC; those of GGA must be in order too."""
    angles = _row(read, np.r_[1, 2, 7, 8])  # type: ignore[arg-type]
    unit = TEN[angles.places]
    degrees = np.floor(angles.whole / (unit * 100))
    minutes = (angles.whole - degrees * unit * 100) / unit
    value = degrees + minutes / 60
    good = (angles.integers >= 3) & (angles.integers <= 5) & (minutes < 60)
    good &= value <= np.array([[90.0], [180.0], [90.0], [180.0]])
    toward = [found.letter(rmc, 4), found.letter(rmc, 6), found.letter(gga, 3), found.letter(gga, 5)]
    placed = good.all(axis=0)
    for letter, (plus, minus) in zip(toward, ("NS", "EW", "NS", "EW"), strict=True):
        placed &= (letter == ord(plus)) | (letter == ord(minus))
    lat = np.where(toward[0] == ord("N"), value[0], -value[0])
    return lat, np.where(toward[1] == ord("E"), value[1], -value[1]), placed


def _valid(found: _Sentences, rmc: Ints, gga: Ints) -> Bools:
    """Status A, a mode that means satellites or none at all, a quality that means satellites."""
    valid = found.letter(rmc, 2) == ord("A")
    valid &= np.isin(found.letter(gga, 6), _VALID_QUALITIES)
    has_mode = found.commas[rmc] >= 12
    _, length = found.field(rmc, 12)
    mode = np.isin(found.letter(rmc, 12), _VALID_MODES)
    return valid & (~has_mode | (length == 0) | mode)


def _grade(hdop: Floats, satellites: Floats) -> NDArray[np.uint8]:
    """See ``epoch.grade``."""
    grade = np.full(len(hdop), Grade.B, np.uint8)
    grade[(hdop <= A_HDOP) & (satellites >= A_SATELLITES)] = Grade.A
    grade[(hdop > B_HDOP) | (satellites < B_SATELLITES)] = Grade.C
    grade[hdop > C_HDOP] = Grade.X
    return grade


def _repair(
    columns: dict[str, NDArray[np.generic]], reference: Floats | float, ahead: float
) -> None:
    """See ``epoch.repaired``."""
    late = reference + ahead - columns["time"]
    old = late >= WEEKS_1024
    if old.any():
        columns["time"][old] += np.floor(late[old] / WEEKS_1024) * WEEKS_1024
        columns["flags"][old] |= np.uint16(Flag.ROLLOVER)
