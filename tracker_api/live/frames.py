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

UNKNOWN = 0xFFFF  #: of a speed or a course
LARGEST = 2**31 - 1

#: The columns of a segment in their order, and their places among the cells of ``State.fix``.
_WIDE = (2, 3)  # lon, lat
_NARROW = (4, 5, 7)  # speed, course, flags
_TIME, _RECEIVED, _GRADE = 0, 1, 6

Placed = tuple[int, State]  #: a slot, and the state of the vehicle that has it


def frame(placed: Iterable[Placed], number: int, flags: int = 0) -> bytes:
    """The positions of ``placed``, each slot once, as of change ``number``: one or more segments.

    Vehicles without a fix are left out; nothing left gives no bytes.  Frames are joined by
    putting one behind the other: each is a multiple of 8 bytes, so all columns stay aligned.
    """
    rows = [(slot, *fix) for slot, state in placed if (fix := state.fix) is not None]
    if not rows:
        return b""
    table = np.array(
        [[UNKNOWN if cell is None else cell for cell in row] for row in rows], dtype=np.int64
    )
    spans = table[:, 1] // SPAN
    # Nearly always one: a vehicle that has been silent for months has a segment of its own.
    return b"".join(
        _segment(table[spans == span], int(span) * SPAN, number, flags) for span in np.unique(spans)
    )


def snapshot(placed: Iterable[Placed], number: int) -> bytes:
    """Likewise as part of a snapshot, which has a segment even if it is empty."""
    return frame(placed, number, SNAPSHOT) or _segment(
        np.empty((0, 9), dtype=np.int64), 0, number, SNAPSHOT
    )


def _segment(table: np.ndarray, base: int, number: int, flags: int) -> bytes:
    """Rows of slot and ``State.fix`` as one segment; ``base`` in ms is a multiple of ``TICK``."""
    slots, fixes = table[:, 0], table[:, 1:]
    columns = [
        *(fixes[:, place].astype("<i4") for place in _WIDE),
        slots.astype("<u4"),
        *(_ticks(fixes[:, place] - base) for place in (_TIME, _RECEIVED)),
        *(np.clip(fixes[:, place], 0, UNKNOWN).astype("<u2") for place in _NARROW),
        fixes[:, _GRADE].astype("u1"),
    ]
    parts = [HEADER.pack(MAGIC, VERSION, POSITIONS, flags, len(table), base, number)]
    parts += [column.tobytes() for column in columns]
    size = sum(map(len, parts))
    return b"".join([*parts, bytes(-size % 8)])


def _ticks(offsets: np.ndarray) -> np.ndarray:
    """Offsets in ms as ticks; what does not fit is told as the largest that does."""
    return np.clip(np.rint(offsets / TICK), -LARGEST, LARGEST).astype("<i4")
