"""Samples of the fleet as bytes, for a console that draws ten thousand vehicles.

Little endian::

    u8 magic 0x52 | u8 version 1 | u16 0 | u32 vehicles m | u32 samples n | u32 bytes of names p
    f64 beginning, ms since 1970 | f64 end | f64 step, ms
    u32 first[m + 1] | i32 time[n] | i32 lon[n] | i32 lat[n]
    u16 speed[n] | u16 course[n] | u16 flags[n] | u16 lag[n]
    names: p bytes of JSON {"plates": [...], "parties": [...]}

Of vehicle ``i`` are the samples ``first[i]`` to ``first[i + 1]``, by time.  ``time`` is ms after
the beginning, negative for what held then; positions are 1e-7 degrees (WGS 84), ``speed`` cm/s,
``course`` 0.1 degrees clockwise from north, both 65535 unknown; ``flags`` as of a fix; ``lag`` s
from the fix to its arrival, 65535 as much or more.  The head has 40 bytes, so that every column
begins at a multiple of its size but the last four, which begin at a multiple of two.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

import numpy as np
import orjson
from numpy.typing import NDArray

from store.replay import Samples

MEDIA_TYPE = "application/vnd.milepost.replay"
MAGIC, VERSION = 0x52, 1
HEAD = struct.Struct("<BBHIIIddd")
UNKNOWN = 65_535

Box = tuple[float, float, float, float]  #: west, south, east, north; west > east: across 180


def encode(samples: Samples, start: datetime, end: datetime, step: timedelta) -> bytes:
    """``samples`` of the time from ``start`` to ``end``."""
    names = orjson.dumps({"plates": list(samples.plates), "parties": list(samples.parties)})
    head = HEAD.pack(
        *(MAGIC, VERSION, 0, len(samples.plates), len(samples), len(names)),
        *(start.timestamp() * 1000, end.timestamp() * 1000, step.total_seconds() * 1000),
    )
    longs = (samples.time, samples.lon, samples.lat)
    shorts = (samples.speed, samples.course, samples.flags, samples.lag)
    return b"".join(
        (
            head,
            samples.first.astype("<u4").tobytes(),
            *(column.astype("<i4").tobytes() for column in longs),
            *(_short(column).tobytes() for column in shorts),
            names,
        )
    )


def within(samples: Samples, box: Box) -> Samples:
    """Those vehicles that have a sample in ``box``, with all their samples."""
    west, south, east, north = (round(each * 1e7) for each in box)
    across = (samples.lon >= west) | (samples.lon <= east)
    along = (samples.lon >= west) & (samples.lon <= east)
    inside = (across if west > east else along) & (samples.lat >= south) & (samples.lat <= north)
    counts = np.diff(samples.first)
    vehicle = np.repeat(np.arange(len(counts)), counts)
    kept = np.zeros(len(counts), np.bool_)
    kept[vehicle[inside]] = True
    rows = kept[vehicle]
    chosen = np.flatnonzero(kept).tolist()
    return Samples(
        tuple(samples.plates[each] for each in chosen),
        tuple(samples.parties[each] for each in chosen),
        np.concatenate([[0], np.cumsum(counts[kept])]).astype(np.int32),
        *(
            column[rows]
            for column in (
                *(samples.time, samples.lon, samples.lat),
                *(samples.speed, samples.course, samples.flags, samples.lag),
            )
        ),
    )


def _short(column: NDArray[np.int32]) -> NDArray[np.uint16]:
    """As 16 bits; -1 is unknown."""
    return np.where(column < 0, UNKNOWN, np.minimum(column, UNKNOWN)).astype("<u2")
