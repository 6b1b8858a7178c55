"""Reads the positions of the live stream's binary form, with ``struct`` alone: a second opinion."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

HEADER = "<BBBBIdd"
UNKNOWN = 65_535
TICK = 10  #: ms


@dataclass(frozen=True)
class Spot:
    """One vehicle in a segment, in the units of the wire; times in ms, None unknown."""

    slot: int
    time: int
    received: int
    lon: int
    lat: int
    speed: int | None
    course: int | None
    grade: int
    flags: int


@dataclass(frozen=True)
class Segment:
    """One segment."""

    is_snapshot: bool
    base: float
    number: float
    spots: list[Spot]


def read(frame: bytes) -> list[Segment]:
    """The segments of ``frame``; asserts that it is nothing else."""
    segments = []
    while frame:
        segment, frame = _first(frame)
        segments.append(segment)
    return segments


def spots(frame: bytes) -> dict[int, Spot]:
    """Slot to what is told of it; the last where it is told twice."""
    return {spot.slot: spot for segment in read(frame) for spot in segment.spots}


def _first(frame: bytes) -> tuple[Segment, bytes]:
    magic, version, kind, flags, count, base, number = struct.unpack_from(HEADER, frame)
    assert (magic, version, kind) == (0x4D, 1, 1)
    assert flags in {0, 1}
    columns = []
    place = struct.calcsize(HEADER)
    for code in "iiIiiHHHB":  # lon lat slot time received speed course flags grade
        layout = f"<{count}{code}"
        columns.append(struct.unpack_from(layout, frame, place))
        place += struct.calcsize(layout)
    end = math.ceil(place / 8) * 8
    assert frame[place:end] == bytes(end - place)
    return Segment(
        flags == 1, base, number, [_spot(base, *row) for row in zip(*columns, strict=True)]
    ), frame[end:]


def _spot(base: float, lon: int, lat: int, slot: int, time: int, *rest: int) -> Spot:
    received, speed, course, flags, grade = rest
    return Spot(
        slot,
        round(base + TICK * time),
        round(base + TICK * received),
        lon,
        lat,
        None if speed == UNKNOWN else speed,
        None if course == UNKNOWN else course,
        grade,
        flags,
    )
