"""Readings to epochs, epochs to rows: fusing, dating, grading, week rollover.

The sentences of one instant stand together, so an epoch is a run of readings with one time of
day; VTG and GSA carry no time and belong to the epoch before them.  Only RMC and ZDA know the
date.  Another epoch takes it from the nearest one that has it, on the side of midnight that
brings the two times of day closest together.  A date that no checksum covers is believed for
the RMC that carries it and lent to nobody: two unproven sentences do not prove one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, isnan, nan
from typing import NamedTuple

from fleet.records import Flag, Grade, Reason
from gateway.nmea.reading import DAY_MS, UNTIMED, Reading
from gateway.nmea.sentence import Sentence

WEEKS_1024 = 1024 * 7 * 86_400  #: s; GPS counts weeks in ten bits (IS-GPS-200, 20.3.3.3.1.1)
HALF_DAY = DAY_MS // 2
ECHO_MS = 1_000  #: by so much the GLL of old Garmin handhelds is ahead of its RMC and GGA
POSITIONED = ("RMC", "GGA", "GNS", "GLL")  #: sentences with coordinates, best first

A_HDOP, B_HDOP, C_HDOP = 2.0, 5.0, 10.0  #: the limits of ``fleet.records.Grade``
A_SATELLITES, B_SATELLITES = 6, 4
NEVER = Reading("")


class Row(NamedTuple):
    """One fix, before it is known from which frame; the order of ``FixBatch``'s columns."""

    ms: int  #: ms since 1970
    lon: float
    lat: float
    altitude: float
    speed: float
    course: float
    hdop: float
    satellites: float
    grade: int
    flags: int


@dataclass(slots=True)
class Epoch:
    """The readings of one time of day, in the order they came."""

    clock: int | None
    day: int | None = None  #: its own date; RMC before ZDA
    lends: bool = False  #: its date may date others
    readings: list[Reading] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    moving: bool = False  #: a valid RMC with a speed is there
    measured: bool = False  #: a valid GGA with height, HDOP and satellites is there

    def add(self, reading: Reading, sentence: Sentence) -> None:
        """Take in one more sentence; a closed epoch only swallows it."""
        if self.closed:
            return
        if reading.day is not None and (sentence.checked or reading.kind == "RMC"):
            self._date(reading, sentence.checked)
        self.readings.append(reading)
        self.sentences.append(sentence)
        if reading.void:
            return
        if reading.kind == "RMC":
            self.moving |= not isnan(reading.speed)
        elif reading.kind == "GGA":
            unknown = reading.altitude + reading.hdop + reading.satellites
            self.measured |= not isnan(unknown)

    @property
    def closed(self) -> bool:
        """Nothing can be added to what is known."""
        return self.moving and self.measured

    def _date(self, reading: Reading, checked: bool) -> None:  # noqa: FBT001 (private)
        if self.day is None or reading.kind == "RMC":
            self.day = reading.day
        self.lends |= checked

    @property
    def complete(self) -> bool:
        """RMC and GGA are there, and the next message has nothing to add to them."""
        if self.closed:
            return True
        kinds = {reading.kind for reading in self.readings}
        blind = all(r.void for r in self.readings if r.kind in POSITIONED)
        return blind and {"RMC", "GGA"} <= kinds

    @property
    def checked(self) -> bool:
        """Every sentence carried a checksum."""
        return all(sentence.checked for sentence in self.sentences)


def gather(said: Sequence[tuple[Reading, Sentence]]) -> list[Epoch]:
    """Group readings into epochs; an untimed one before any epoch belongs to none."""
    epochs: list[Epoch] = []
    now: Epoch | None = None
    for reading, sentence in said:
        if reading.kind in UNTIMED:
            if now is not None:
                now.add(reading, sentence)
            continue
        if now is None or not _belongs(reading, now):
            now = Epoch(reading.clock)
            epochs.append(now)
        now.add(reading, sentence)
    return epochs


def _belongs(reading: Reading, epoch: Epoch) -> bool:
    """Same time of day; without one, a sentence not yet seen belongs to the epoch."""
    if reading.clock != epoch.clock:
        return reading.kind == "GLL" and _echo(reading, epoch)
    return reading.clock is not None or all(r.kind != reading.kind for r in epoch.readings)


def _echo(reading: Reading, epoch: Epoch) -> bool:
    """A GLL that says the position of its epoch again, with the clock one second on (Garmin)."""
    if reading.clock is None or epoch.clock is None or reading.clock - epoch.clock != ECHO_MS:
        return False
    same = {r.kind for r in epoch.readings if (r.lat, r.lon) == (reading.lat, reading.lon)}
    return {"RMC", "GGA"} <= same


class Before(NamedTuple):
    """What the message before says about when the present one is."""

    context: int | None = None  #: ms since 1970; its last instant
    reach: int = 0  #: ms; so far from it a time of day still names the day
    epochs: int = 0  #: so many of the first epochs are carried from it


ALONE = Before()


def instants(epochs: Sequence[Epoch], before: Before = ALONE) -> list[int | None]:
    """When each epoch was, ms since 1970; None where nothing dates it.

    Args:
        epochs: of one message, in order.
        before: the message that this one continues.
    """
    known = [None if e.day is None or e.clock is None else e.day * DAY_MS + e.clock for e in epochs]
    if all(instant is not None for instant in known):
        return known
    lent = [at if epoch.lends else None for epoch, at in zip(epochs, known, strict=True)]
    left, right = _nearest(lent), _nearest(lent[::-1])[::-1]
    found: list[int | None] = []
    for place, (epoch, at) in enumerate(zip(epochs, known, strict=True)):
        if at is not None or epoch.clock is None:
            found.append(at)
            continue
        back, ahead = left[place], right[place]
        if back is not None and (ahead is None or back[0] <= ahead[0]):
            source, foreign = back[1], place - back[0] < before.epochs <= place
        elif ahead is not None:
            source, foreign = ahead[1], place < before.epochs <= place + ahead[0]
        elif before.context is not None:
            source, foreign = before.context, True
        else:
            found.append(None)
            continue
        when = _beside(epoch.clock, source)
        found.append(None if foreign and abs(when - source) > before.reach else when)
    return found


def _nearest(known: Sequence[int | None]) -> list[tuple[int, int] | None]:
    """For each place the last known instant up to it, with its distance in places."""
    found: list[tuple[int, int] | None] = []
    last: tuple[int, int] | None = None
    for at in known:
        last = (0, at) if at is not None else last and (last[0] + 1, last[1])
        found.append(last)
    return found


def _beside(clock: int, source: int) -> int:
    """The instant with this time of day that is nearest to ``source``."""
    return source + (clock - source + HALF_DAY) % DAY_MS - HALF_DAY


def fuse(epoch: Epoch, at: int | None) -> Row | Reason | None:
    """One fix from an epoch, or why not; None where it has no sentence with a position (ZDA)."""
    slots = _slots(epoch.readings)
    placed = [slots[kind] for kind in POSITIONED if kind in slots]
    if not placed:
        return None
    where = _position(placed)
    refused = _refused(where, epoch.clock, at)
    if refused is not None or where is None or at is None:
        return refused
    rmc, vtg = slots.get("RMC", NEVER), slots.get("VTG", NEVER)
    gga, gns, gsa = (slots.get(kind, NEVER) for kind in ("GGA", "GNS", "GSA"))
    hdop = _first(gga.hdop, gns.hdop, gsa.hdop)
    satellites = _first(gga.satellites, gns.satellites, gsa.satellites)
    # A receiver that has lost every satellite goes on for a while with quality 1 (Hemisphere).
    coasting = rmc is NEVER and gga.satellites == 0
    void = coasting or any(reading.void for reading in placed)
    flags = Flag.VOID if void else Flag(0)
    if any(reading.estimated for reading in placed):
        flags |= Flag.ESTIMATED
    if not epoch.checked:
        flags |= Flag.UNCHECKED
    motion = vtg if isnan(rmc.speed) else rmc
    return Row(
        at,
        where.lon,
        where.lat,
        _first(gga.altitude, gns.altitude, slots.get("PGRMZ", NEVER).altitude),
        motion.speed,
        motion.course,
        hdop,
        satellites,
        grade(hdop, satellites, void=void),
        int(flags),
    )


def _slots(readings: Sequence[Reading]) -> dict[str, Reading]:
    """The reading of each kind: the first that is not void; GSA are added up."""
    slots: dict[str, Reading] = {}
    for reading in readings:
        have = slots.get(reading.kind)
        if have is None or (have.void and not reading.void):
            slots[reading.kind] = reading
        elif reading.kind == "GSA":  # one per constellation
            slots["GSA"] = Reading(
                "GSA",
                hdop=_first(have.hdop, reading.hdop),
                satellites=have.satellites + reading.satellites,
            )
    return slots


def _position(placed: Sequence[Reading]) -> Reading | None:
    void = None
    for reading in placed:
        if not isnan(reading.lat):
            if not reading.void:
                return reading
            void = void or reading
    return void


def _refused(where: Reading | None, clock: int | None, at: int | None) -> Reason | None:
    if where is None:
        return Reason.NO_POSITION
    if where.lat == 0 and where.lon == 0:
        return Reason.NULL_ISLAND
    if clock is None:
        return Reason.NO_TIME
    return Reason.NO_DATE if at is None else None


def _first(*values: float) -> float:
    for value in values:
        if not isnan(value):
            return value
    return nan


def grade(hdop: float, satellites: float, *, void: bool) -> int:
    """See ``fleet.records.Grade``: what is unknown does not lower it below B."""
    if void or hdop > C_HDOP:
        return int(Grade.X)
    if hdop > B_HDOP or satellites < B_SATELLITES:
        return int(Grade.C)
    if hdop <= A_HDOP and satellites >= A_SATELLITES:
        return int(Grade.A)
    return int(Grade.B)


def repaired(row: Row, reference: float, ahead: float) -> Row:
    """``row`` with a week rollover undone.

    Receivers that count GPS weeks in ten bits fall back by 1,024 weeks.  The date becomes the
    latest of that series which is not after ``reference`` + ``ahead`` (s); NaN repairs nothing.
    """
    late = reference + ahead - row.ms / 1000
    if not late >= WEEKS_1024:
        return row
    turns = floor(late / WEEKS_1024)
    return row._replace(ms=row.ms + turns * WEEKS_1024 * 1000, flags=row.flags | int(Flag.ROLLOVER))
