"""Positions as segments of columns: the binary form of the live stream.

The layout is written down in ``messages``; the console reads it in ``frames.ts``, and both are held
to the same golden files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import numpy as np

from tracker_api.live.messages import State

MAGIC, VERSION, POSITIONS = 0x4D, 1, 1

#: Of a segment: it belongs to a snapshot.
SNAPSHOT = 1

HEADER = struct.Struct("<BBBBIdd")

TICK = 10  #: ms; a marker is drawn to the metre, and a lorry covers 0.25 m in it

#: ms that the fix times of one segment span: 62 days.  Offsets reach 248 days, so that in
#: every segment there is room for a fix that came half a year late (the history limit).
SPAN = TICK * 2**29

LARGEST = 2**31 - 1

#: ``messages.FIX`` as columns.
_FIX = np.dtype(
    [
        ("time", "<i8"),
        ("received", "<i8"),
        ("lon", "<i4"),
        ("lat", "<i4"),
        ("speed", "<u2"),
        ("course", "<u2"),
        ("grade", "u1"),
        ("flags", "<u2"),
    ]
)

Placed = tuple[int, State]  #: a slot, and the state of the vehicle that has it


def frame(placed: Iterable[Placed], number: int, flags: int = 0) -> bytes:
    """The positions of ``placed``, each slot once, as of change ``number``: one or more segments.

    Vehicles without a fix are left out; nothing left gives no bytes.  Frames are joined by
    putting one behind the other: each is a multiple of 8 bytes, so all columns stay aligned.
    """
    found = [(slot, state.fix) for slot, state in placed if state.fix is not None]
    if not found:
        return b""
    slots, packed = zip(*found, strict=True)
    return _segments(np.array(slots, "<u4"), np.frombuffer(b"".join(packed), _FIX), number, flags)


def _segments(slots: np.ndarray, fixes: np.ndarray, number: int, flags: int) -> bytes:
    # Nearly always one: a vehicle that has been silent for months has a segment of its own.
    spans = fixes["time"] // SPAN
    first = int(spans[0])
    if (spans == first).all():
        return _segment(slots, fixes, first * SPAN, number, flags)
    parts = (
        _segment(slots[spans == span], fixes[spans == span], int(span) * SPAN, number, flags)
        for span in np.unique(spans)
    )
    return b"".join(parts)


def snapshot(placed: Iterable[Placed], number: int) -> bytes:
    """Likewise as part of a snapshot, which has a segment even if it is empty."""
    return frame(placed, number, SNAPSHOT) or _segment(
        np.empty(0, "<u4"), np.empty(0, _FIX), 0, number, SNAPSHOT
    )


def _segment(slots: np.ndarray, fixes: np.ndarray, base: int, number: int, flags: int) -> bytes:
    """Parallel slots and ``_FIX`` as one segment; ``base`` in ms is a multiple of ``TICK``."""
    columns = (
        fixes["lon"],
        fixes["lat"],
        slots,
        _ticks(fixes["time"] - base),
        _ticks(fixes["received"] - base),
        *(fixes[name] for name in ("speed", "course", "flags", "grade")),
    )
    parts = [HEADER.pack(MAGIC, VERSION, POSITIONS, flags, len(slots), base, number)]
    parts += [column.tobytes() for column in columns]
    size = sum(map(len, parts))
    return b"".join([*parts, bytes(-size % 8)])


def _ticks(offsets: np.ndarray) -> np.ndarray:
    """Offsets in ms as ticks; what does not fit is told as the largest that does."""
    return np.clip(np.rint(offsets / TICK), -LARGEST, LARGEST).astype("<i4")
