"""Recordings as epochs: cuts an NMEA log or a GPX track, dates it, moves it in time.

Pure: bytes in, values out.  A log may hold any sentences, comments and binary stretches;
what is no sentence is skipped and counted.  A sentence whose checksum does not hold is
passed on as it is: whoever receives it must see that it is broken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import gpxpy
from gpxpy.gpx import GPXException, GPXTrackPoint

from firmware_sim.nmea import checksum, epoch, sentence
from firmware_sim.receiver import Reading
from fleet import wire
from fleet.errors import Invalid

DAY = 86_400.0
_MOST = 100_000.0  #: of a height in m, a dilution, a number of satellites: beyond is no receiver

_SENTENCE = re.compile(rb"\$([A-Z0-9]{3,8})((?:,[ -)+-~]*)?)(?:\*([0-9A-Fa-f]{2}))?")
_CUTS = re.compile(rb"[\r\n]+|(?=\$)")  #: a dollar begins a sentence, ended or not the one before
_CLOCK = re.compile(r"(\d{2})(\d{2})(\d{2})(\.\d+)?")

#: Which field (after the address) holds the time of day.
_TIMED = {"RMC": 0, "GGA": 0, "GNS": 0, "ZDA": 0, "GLL": 4, "GST": 0, "GBS": 0, "GRS": 0}
_RMC_DATE = 8
_ZDA_DATE = slice(1, 4)
#: Only these open an epoch: the error sentences of some receivers lag behind by one.
_OPENING = frozenset({"RMC", "GGA", "GNS", "ZDA", "GLL"})


@dataclass(frozen=True, slots=True)
class Epoch:
    """The sentences of one instant."""

    lines: tuple[bytes, ...]  #: without line ends
    time: float | None  #: s since 1970; None: nothing in the recording dates it
    dated: bool = True  #: a sentence of its own tells the date

    @property
    def payload(self) -> bytes:
        """A self-contained message; the date is added where the recording has it elsewhere."""
        body = b"".join(line + b"\r\n" for line in self.lines)
        if self.dated or self.time is None:
            return body
        moment = datetime.fromtimestamp(math.floor(self.time), UTC)
        fraction = f"{self.time % 1:.3f}"[1:]
        return sentence(f"GPZDA,{moment:%H%M%S}{fraction},{moment:%d,%m,%Y},00,00") + body


@dataclass(frozen=True, slots=True)
class Recording:
    """Epochs in the order of the recording."""

    epochs: tuple[Epoch, ...]
    skipped: int = 0  #: lines or points that could not be used

    @property
    def undated(self) -> int:
        """Epochs that nothing in the recording dates."""
        return sum(e.time is None for e in self.epochs)

    def shifted(self, seconds: int) -> Recording:
        """Everything ``seconds`` later; whole seconds, so that every interval is kept exactly."""
        return replace(self, epochs=tuple(_moved(e, seconds) for e in self.epochs))


@dataclass(frozen=True, slots=True)
class _Line:
    raw: bytes
    clock: float | None = None  #: s of the day
    date: float | None = None  #: s since 1970 of its midnight
    opening: bool = False


def read(data: bytes) -> Recording:
    """The recording in ``data``: GPX if it is XML, else NMEA; ``Invalid`` for a broken GPX."""
    if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return _from_gpx(data)
    return _from_nmea(data)


def _from_nmea(data: bytes) -> Recording:
    lines, skipped = [], 0
    for raw in _CUTS.split(data):
        match = _SENTENCE.fullmatch(raw.strip())
        if match and len(raw) < wire.MAX_SENTENCE:
            lines.append(_understood(match))
        else:
            skipped += bool(raw.strip())
    groups = list(_cut(lines))
    return Recording(tuple(_dated(groups)), skipped)


def _understood(match: re.Match[bytes]) -> _Line:
    raw, address = match[0], match[1].decode()
    kind = address[-3:]
    if kind not in _TIMED or address.startswith("P") or not _holds(raw):
        return _Line(raw)
    fields = _fields(raw)
    place = _TIMED[kind]
    clock = _clock(fields[place]) if len(fields) > place else None
    return _Line(raw, clock, _date(kind, fields), kind in _OPENING and clock is not None)


def _holds(raw: bytes) -> bool:
    """Whether the checksum is right, or there is none."""
    body, star, stated = raw[1:].partition(b"*")
    return not star or int(stated, 16) == checksum(body)


def _fields(raw: bytes) -> list[str]:
    return raw.partition(b"*")[0].decode("ascii").split(",")[1:]


def _clock(text: str) -> float | None:
    match = _CLOCK.fullmatch(text)
    if not match:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3]) + float(match[4] or 0)


def _date(kind: str, fields: Sequence[str]) -> float | None:
    """Midnight of the date that an RMC or ZDA tells; two-digit years are 1980 to 2079."""
    text, form = "", "%d%m%Y"
    if kind == "RMC" and len(fields) > _RMC_DATE and len(fields[_RMC_DATE]) == len("ddmmyy"):
        date = fields[_RMC_DATE]
        text = f"{date[:4]}{'19' if date[4:] >= '80' else '20'}{date[4:]}"
    elif kind == "ZDA":
        text = "".join(fields[_ZDA_DATE])
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _cut(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """A new epoch where the time of day changes; what has no time goes with what is before it."""
    group: list[_Line] = []
    clock: float | None = None
    for line in lines:
        if line.opening and clock is not None and line.clock != clock:
            yield group
            group = []
        if line.opening:
            clock = line.clock
        group.append(line)
    if clock is not None:
        yield group


def _dated(groups: Sequence[list[_Line]]) -> list[Epoch]:
    """Each group with its time: by its own date, else by the nearest one in the recording."""
    clocks = [next(x.clock for x in group if x.opening) or 0.0 for group in groups]
    dates = [next((x.date for x in group if x.date is not None), None) for group in groups]
    before = _carried(clocks, dates)
    after = [
        None if t is None else -t
        for t in _carried(
            [-c for c in clocks[::-1]], [None if d is None else -d for d in dates[::-1]]
        )
    ][::-1]
    distance = _distances(dates)
    return [
        Epoch(tuple(x.raw for x in group), a if not near or b is None else b, dates[i] is not None)
        for i, (group, b, a, near) in enumerate(zip(groups, before, after, distance, strict=True))
    ]


def _carried(clocks: Sequence[float], dates: Sequence[float | None]) -> list[float | None]:
    """Times, with the last date told carried on; a step back by half a day is a midnight."""
    times: list[float | None] = []
    time: float | None = None
    for clock, date in zip(clocks, dates, strict=True):
        if date is not None:
            time = date + clock
        elif time is not None:
            step = (clock - time) % DAY
            time += step if step < DAY / 2 else step - DAY
        times.append(time)
    return times


def _distances(dates: Sequence[float | None]) -> list[bool]:
    """Whether the nearest dated group is the one before (or the group itself)."""
    far = len(dates)
    back, ahead = [far] * far, [far] * far
    for i in range(far):
        back[i] = 0 if dates[i] is not None else (back[i - 1] + 1 if i else far)
    for i in reversed(range(far)):
        ahead[i] = 0 if dates[i] is not None else (ahead[i + 1] + 1 if i < far - 1 else far)
    return [b <= a for b, a in zip(back, ahead, strict=True)]


def _moved(source: Epoch, seconds: int) -> Epoch:
    if source.time is None:
        return source
    midnight = math.floor(source.time / DAY) * DAY
    lines = tuple(_retimed(line, midnight, seconds) for line in source.lines)
    return replace(source, lines=lines, time=source.time + seconds)


def _retimed(raw: bytes, midnight: float, seconds: int) -> bytes:
    """The sentence with its time and date later; the fraction of its second as it was written."""
    match = _SENTENCE.fullmatch(raw)
    line = _understood(match) if match else _Line(raw)
    if match is None or line.clock is None:
        return raw
    kind, fields = match[1].decode()[-3:], _fields(raw)
    own = midnight if line.date is None else line.date
    moment = datetime.fromtimestamp(own + math.floor(line.clock), UTC) + timedelta(seconds=seconds)
    place = _TIMED[kind]
    fields[place] = f"{moment:%H%M%S}{fields[place][6:]}"
    if kind == "RMC" and line.date is not None:
        fields[_RMC_DATE] = f"{moment:%d%m%y}"
    if kind == "ZDA" and line.date is not None:
        fields[_ZDA_DATE] = [f"{moment:%d}", f"{moment:%m}", f"{moment:%Y}"]
    body = ",".join([match[1].decode(), *fields])
    return sentence(body).rstrip() if match[3] else f"${body}".encode()


def _from_gpx(data: bytes) -> Recording:
    try:
        gpx = gpxpy.parse(data.decode("utf-8-sig"))
    except (GPXException, ValueError) as error:  # of the second kind are bytes that are no text
        raise Invalid("gpx", str(error)) from error
    points = [p for track in gpx.tracks for part in track.segments for p in part.points]
    for number, point in enumerate(points, 1):
        if not _is_place(point):
            raise Invalid("gpx", f"point {number} is nowhere on earth")
    timed = [(p.time.replace(tzinfo=p.time.tzinfo or UTC).timestamp(), p) for p in points if p.time]
    timed.sort(key=lambda pair: pair[0])
    kept = timed[:1] + [b for a, b in pairwise(timed) if b[0] - a[0] >= 0.001]  # noqa: PLR2004 - one ms
    epochs = tuple(
        Epoch(_written(time, point, *_motion(kept, i)), time)
        for i, (time, point) in enumerate(kept)
    )
    return Recording(epochs, len(points) - len(kept))


def _is_place(point: GPXTrackPoint) -> bool:
    """Whether its numbers are ones that a receiver could write; NaN is none."""
    on_earth = -90 <= point.latitude <= 90 and -180 <= point.longitude <= 180  # noqa: PLR2004 - degrees
    others = (point.elevation, point.horizontal_dilution, point.satellites)
    return on_earth and all(each is None or abs(each) < _MOST for each in others)


def _motion(points: Sequence[tuple[float, GPXTrackPoint]], i: int) -> tuple[float, float]:
    """Speed and course between the neighbours of point ``i``; m/s and degrees."""
    (t0, a), (t1, b) = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
    east = (b.longitude - a.longitude) * math.cos(math.radians(a.latitude))
    north = b.latitude - a.latitude
    speed = 111_195.0 * math.hypot(east, north) / (t1 - t0) if t1 > t0 else 0.0
    return speed, math.degrees(math.atan2(east, north)) % 360


def _written(time: float, point: GPXTrackPoint, speed: float, course: float) -> tuple[bytes, ...]:
    reading = Reading(
        valid=True,
        lon=point.longitude,
        lat=point.latitude,
        altitude=point.elevation or 0.0,
        speed=speed,
        course=course,
        hdop=point.horizontal_dilution or 1.0,
        satellites=int(point.satellites or 8),
    )
    return tuple(epoch(time, reading, "GP").split(b"\r\n")[:2])
