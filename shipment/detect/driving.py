"""How vehicles are driven: too fast, or too long without a rest.

``drive`` is a fold over the believed fixes of one vehicle in the order of their own time.  Where
they are cut into batches does not matter, and the same fixes from the same record give the same
record: it can be kept, or made anew from stored fixes.  What it finds are **spells**; a spell
that lasts is found again with each batch under the same name.

Driving is the time between two fixes of which the first was moving.  Silence is driving only as
far as the way needs it: where that leaves room for a rest, nobody can say that there was none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from math import isfinite, nan
from typing import NamedTuple

from fleet.geo import distance_of
from fleet.records import Flag, Grade
from shipment.detect.limits import Fatigue, Overspeed

FORMAT = 1  #: of ``pack``; another one means: begin anew
GAP = 120.0  #: s without a fix after which nothing is known of the speed between
SILENCE = 300.0  #: s; a longer gap is silence: terminals report at least as often while they move
SLOW = 5 / 3.6  #: m/s; below it a vehicle stands
CRUISE = 15.0  #: m/s; an ordinary speed, of a way in silence
FORGOTTEN = 86_400.0  #: s of silence after which nobody is said to be driving still
NIGHT_FROM, NIGHT_TO = 22.0, 6.0  #: local hours
HOUR = 3600.0

_DOUBTED = int(Flag.VOID | Flag.JUMP)
_DRIFT = int(Flag.DRIFT)
_RELOCATION = int(Flag.RELOCATION)


class Row(NamedTuple):
    """A stored fix; the speed in m/s, NaN unknown."""

    time: float
    lon: float
    lat: float
    speed: float
    grade: int
    flags: int


class SpellKind(IntEnum):
    """What a spell is of."""

    OVERSPEED = 0
    WARNING = 1  #: the driver must rest soon
    FATIGUE = 2
    RELOCATION = 3  #: it is elsewhere, and was not driven there


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of driving that somebody should know of."""

    kind: SpellKind
    began: float
    since: float  #: from then on it was one
    over: float = nan  #: NaN: it lasts
    peak: float = nan  #: m/s, of a speed; s of driving, of fatigue
    night: bool = False  #: by the limit of the night


@dataclass(frozen=True, slots=True)
class Rules:
    """By what driving is judged."""

    speed: Overspeed = field(default_factory=Overspeed)
    fatigue: Fatigue = field(default_factory=Fatigue)
    stands: float = 86_400.0  #: s for which a relocation is shown
    shift: float = 0.0  #: local time minus UTC, s

    @property
    def top(self) -> float:
        """The speed above which it is too fast, m/s."""
        return self.speed.limit * (1 + self.speed.over)


@dataclass(slots=True)
class Driving:
    """What is remembered of one vehicle; NaN where nothing is.  Times in s since 1970."""

    time: float = nan  #: last believed fix
    lon: float = nan
    lat: float = nan
    moving: float = 0.0  #: 1: it moved then
    fast_since: float = nan  #: too fast since
    fast_last: float = nan  #: last fix that was too fast
    slow_since: float = nan  #: below again since
    told: float = 0.0  #: 1: it has been so for long enough
    peak: float = nan  #: m/s
    begun: float = nan  #: driving since, after the last rest
    driven: float = 0.0  #: s since then
    night: float = 0.0  #: s of that by night
    stands: float = nan  #: since when it stands
    warned: float = nan  #: since when the rest is near
    tired: float = nan  #: since when it is due
    nightly: float = 0.0  #: 1: by the limit of the night
    moved: float = nan  #: when it was last found elsewhere


_RECORD = struct.Struct("<17d")
_NAMES = tuple(Driving.__slots__)


def pack(record: Driving) -> bytes:
    """``record`` as it is kept."""
    return _RECORD.pack(*(getattr(record, name) for name in _NAMES))


def unpack(body: bytes) -> Driving:
    """What ``pack`` made."""
    return Driving(*_RECORD.unpack(body))


def drive(
    record: Driving, rows: Iterable[Row], changes: Sequence[float], rules: Rules
) -> list[Spell]:
    """Follow one vehicle; ``record`` is moved on.

    Args:
        record: as of the fix before; rows that are not newer say nothing.
        rows: stored fixes in the order of time, doubted ones too.
        changes: when another driver took the wheel, ascending.
        rules: by what it is judged.

    Returns:
        Spells that ended.
    """
    ended: list[Spell] = []
    for row in rows:
        if row.grade > Grade.B or row.flags & _DOUBTED or row.time <= record.time:
            continue
        moving = _moves(record, row)
        ended += _rest(record, row, moving=moving, changes=changes, rules=rules)
        ended += _speed(record, row, rules)
        if row.flags & _RELOCATION:
            record.moved = row.time
        record.time, record.lon, record.lat = row.time, row.lon, row.lat
        record.moving = float(moving)
    return ended


def lasting(record: Driving, now: float, rules: Rules) -> Iterator[Spell]:
    """Spells that last at ``now``, or of which time alone has shown the end."""
    if record.told:
        silent = now - record.time > GAP
        over = record.fast_last if silent else nan
        yield _fast(record, rules, over)
    if isfinite(record.warned):
        over = nan
        if isfinite(record.stands) and now - record.stands >= rules.fatigue.rest:
            over = record.stands + rules.fatigue.rest
        elif now - record.time > FORGOTTEN:
            over = record.time
        yield from _tired(record, over)
    if isfinite(record.moved):
        end = record.moved + rules.stands
        over = end if end <= now else nan
        yield Spell(SpellKind.RELOCATION, record.moved, record.moved, over)


def _moves(record: Driving, row: Row) -> bool:
    """Whether it moves at a fix; one without a speed is told by the way from the fix before."""
    if row.flags & _DRIFT:
        return False
    if isfinite(row.speed):
        return row.speed > SLOW
    way = distance_of(record.lon, record.lat, row.lon, row.lat)
    return way > SLOW * (row.time - record.time)


def _fast(record: Driving, rules: Rules, over: float) -> Spell:
    since = record.fast_since + rules.speed.after
    return Spell(SpellKind.OVERSPEED, record.fast_since, since, over, record.peak)


def _tired(record: Driving, over: float) -> Iterator[Spell]:
    kind = SpellKind.FATIGUE if isfinite(record.tired) else SpellKind.WARNING
    night = bool(record.nightly)
    yield Spell(kind, record.begun, record.warned, over, record.driven, night)


def _speed(record: Driving, row: Row, rules: Rules) -> Iterator[Spell]:
    """The next fix, as to speed; one without a speed says nothing."""
    if not isfinite(row.speed):
        return
    if isfinite(record.fast_since) and row.time - record.time > GAP:
        if record.told:
            yield _fast(record, rules, record.fast_last)
        _calm(record)
    if row.speed > rules.top:
        _hurry(record, row, rules)
    elif not record.told:
        _calm(record)
    elif not isfinite(record.slow_since):
        record.slow_since = row.time
    elif row.time - record.slow_since >= rules.speed.below:
        yield _fast(record, rules, record.slow_since)
        _calm(record)


def _hurry(record: Driving, row: Row, rules: Rules) -> None:
    if not isfinite(record.fast_since):
        record.fast_since, record.peak = row.time, row.speed
    record.fast_last, record.slow_since = row.time, nan
    record.peak = max(record.peak, row.speed)
    if row.time - record.fast_since >= rules.speed.after:
        record.told = 1.0


def _calm(record: Driving) -> None:
    record.fast_since = record.fast_last = record.slow_since = record.peak = nan
    record.told = 0.0


def _rest(
    record: Driving, row: Row, *, moving: bool, changes: Sequence[float], rules: Rules
) -> Iterator[Spell]:
    """The time up to the next fix, as to driving and rest."""
    before = record.time
    if isfinite(before):
        changed = next((at for at in changes if before < at <= row.time), nan)
        if isfinite(changed):
            yield from _rested(record, changed)
        yield from _pass(record, row, rules)
    if row.time - record.stands >= rules.fatigue.rest:
        yield from _rested(record, record.stands + rules.fatigue.rest)
    if moving:
        record.stands = nan
        if not isfinite(record.begun):
            record.begun = row.time
    elif not isfinite(record.stands):
        record.stands = row.time


def _pass(record: Driving, row: Row, rules: Rules) -> Iterator[Spell]:
    span = row.time - record.time
    driving = span if record.moving else 0.0
    if span > SILENCE:
        way = distance_of(record.lon, record.lat, row.lon, row.lat)
        driving = min(span, way / CRUISE)
        if span - driving >= rules.fatigue.rest:
            yield from _rested(record, record.time + rules.fatigue.rest)
            return
    if driving > 0:
        _count(record, driving, row.time, rules)


def _count(record: Driving, driving: float, until: float, rules: Rules) -> None:
    """So much more driving, up to ``until``; notes when a limit is reached."""
    limits = rules.fatigue
    record.begun = record.begun if isfinite(record.begun) else record.time
    record.driven += driving
    hour = ((record.time + rules.shift) / HOUR) % 24
    if hour >= NIGHT_FROM or hour < NIGHT_TO:
        record.night += driving
    day, night = record.driven - limits.day, record.night - limits.night
    beyond = max(day, night)
    if beyond >= -limits.warn and not isfinite(record.warned):
        record.warned = until - (beyond + limits.warn)
    if beyond >= 0 and not isfinite(record.tired):
        record.tired, record.nightly = until - beyond, float(night > day)


def _rested(record: Driving, at: float) -> Iterator[Spell]:
    """A rest, or another driver: counting begins anew."""
    if isfinite(record.warned):
        yield from _tired(record, at)
    record.begun = record.warned = record.tired = nan
    record.driven = record.night = record.nightly = 0.0
