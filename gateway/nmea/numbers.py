"""Decimal fields to numbers, all fields of a batch at once, to the bit as ``float(text)``.

Every field is seen through a window of 16 bytes that ends where the field ends.  The digits in
it, the point counted as a zero, make one whole number below 10^15, exact in a double; taking out
the point's place and dividing by a power of ten, exact too, rounds once, as ``float`` does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH = 16  #: bytes of the window
CHUNK = 4_096  #: fields; the temporaries of so many stay in a core's cache (measured)
MAX_LENGTH = 15  #: characters; see ``reading.MAX_NUMBER``

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TEN = 10.0 ** np.arange(WIDTH + 1)
_WEIGHTS = TEN[WIDTH - 1 :: -1].copy()
_MANY = 100.0  #: one point counts so much beside its place, which is below 16
_PLACES = (np.arange(WIDTH - 1, -1, -1) + _MANY).astype(np.float32)
_INSIDE = np.arange(WIDTH) >= WIDTH - np.arange(WIDTH + 1)[:, None]  #: row: by field length


class Numbers(NamedTuple):
    """Numbers without sign: ``whole / 10**places``; arrays of one shape."""

    whole: Floats  #: all digits as one integer
    places: Ints  #: digits behind the point
    integers: Ints  #: digits before the point
    sound: Bools  #: digits with at most one point, 1 to 15 characters; otherwise do not look

    @property
    def value(self) -> Floats:
        """As ``float(text)`` would give it."""
        return self.whole / TEN[self.places]

    def pick(self, which: int | list[int]) -> Numbers:
        """Some of the rows."""
        return Numbers(
            self.whole[which], self.places[which], self.integers[which], self.sound[which]
        )


def parse(data: bytes, end: Ints, length: Ints) -> Numbers:
    """The fields of ``data`` that end before ``end`` and are ``length`` bytes long.

    Args:
        data: at least 16 bytes stand before every ``end``.
        end: any shape.
        length: of that shape.
    """
    ends, lengths = end.ravel(), length.ravel()
    raw, counted = np.empty(ends.size), np.empty(ends.size)
    clean = np.empty(ends.size, bool)
    for first in range(0, ends.size, CHUNK):
        part = slice(first, first + CHUNK)
        raw[part], counted[part], clean[part] = _digest(data, ends[part], lengths[part])
    points = counted // _MANY
    places = np.minimum(counted - points * _MANY, MAX_LENGTH).astype(np.int64)
    dotted = points > 0
    integers = lengths - np.where(dotted, places + 1, 0)
    clean &= (points <= 1) & (lengths > points) & (lengths <= MAX_LENGTH)
    gap = TEN[places + 1]
    high = np.floor(raw / gap)
    whole = np.where(dotted, high * TEN[places] + (raw - high * gap), raw)
    shape = end.shape
    return Numbers(
        whole.reshape(shape), places.reshape(shape), integers.reshape(shape), clean.reshape(shape)
    )


def _digest(data: bytes, end: Ints, length: Ints) -> tuple[Floats, Floats, Bools]:
    """The digits as one number, points and their places together, and whether all is clean."""
    windows = np.ndarray((len(data) - WIDTH + 1,), f"V{WIDTH}", data, strides=(1,))
    seen = windows[end - WIDTH].view(np.uint8).reshape(-1, WIDTH)
    inside = _INSIDE[np.minimum(length, WIDTH)]
    digits = seen - np.uint8(ord("0"))  # wraps: everything else is above 9
    digit = (digits <= 9) & inside  # noqa: PLR2004 (a decimal digit)
    point = (seen == ord(".")) & inside
    odd = ((digit | point) != inside).view(np.uint64)
    counted = point.astype(np.float32) @ _PLACES
    return (digits * digit) @ _WEIGHTS, counted, (odd[:, 0] | odd[:, 1]) == 0
