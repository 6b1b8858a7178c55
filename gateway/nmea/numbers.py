"""Decimal fields to numbers, all fields of a batch at once, to the bit as ``float(text)``.

Every field is seen through a window of 16 bytes that ends where the field ends: two machine
words, in which the first character is the lowest byte.  All steps are on whole words, so eight
characters cost one operation, and there is not one copy byte by byte.  The digits without the
point make one whole number below 10^15, exact in a double; dividing it by a power of ten, exact
too, rounds once, as ``float`` does.
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
Words = NDArray[np.uint64]

TEN = 10.0 ** np.arange(WIDTH + 1)


def _each(byte: int) -> np.uint64:
    """A word that is ``byte`` eight times."""
    return np.uint64(byte * 0x0101_0101_0101_0101)


_WORD_BITS = 64
_ONE, _BITS, _WORD = np.uint64(1), np.uint64(8), np.uint64(_WORD_BITS)
_NONE, _ZERO, _ALL = np.uint64(0), _each(ord("0")), _each(0xFF)
_LOW, _TOP, _TOP_BIT = _each(0x7F), _each(0x80), np.uint64(7)
_ABOVE_NINE = _each(0x80 - 10)  #: what lifts 10 and more, but not 9, to the top bit
_POINT = np.uint64(ord(".") ^ ord("0"))
_BYTE = np.uint64(0xFF)
_EIGHT_DIGITS = np.uint64(100_000_000)


class Numbers(NamedTuple):
    """Numbers without sign: ``whole / 10**places``; arrays of one shape."""

    whole: Floats  #: all digits as one integer
    places: Ints  #: digits behind the point
    integers: Ints  #: digits before the point
    sound: Bools  #: digits, at most one point, 1 to 15 characters, at most 7 behind the point

    @property
    def value(self) -> Floats:
        """As ``float(text)`` would give it."""
        return self.whole / TEN[self.places]

    def pick(self, which: int | slice) -> Numbers:
        """Some of the rows."""
        return Numbers(
            self.whole[which], self.places[which], self.integers[which], self.sound[which]
        )


def parse(data: bytes, end: Ints, length: Ints) -> Numbers:
    """The fields of ``data`` that end before ``end`` and are ``length`` bytes long.

    Where a field is not sound, its numbers mean nothing.

    Args:
        data: at least 16 bytes stand before every ``end``.
        end: any shape.
        length: of that shape, not negative.
    """
    ends, lengths = end.ravel(), length.ravel()
    whole = np.empty(ends.size)
    places, integers = np.empty(ends.size, np.int64), np.empty(ends.size, np.int64)
    sound = np.empty(ends.size, bool)
    for first in range(0, ends.size, CHUNK):
        part = slice(first, first + CHUNK)
        found = _parsed(data, ends[part], lengths[part])
        whole[part], places[part], integers[part], sound[part] = found
    shape = end.shape
    return Numbers(
        whole.reshape(shape), places.reshape(shape), integers.reshape(shape), sound.reshape(shape)
    )


def _parsed(data: bytes, end: Ints, length: Ints) -> Numbers:
    windows = np.ndarray((len(data) - WIDTH + 1,), f"V{WIDTH}", data, strides=(1,))
    seen = windows[end - WIDTH].view("<u8").astype(np.uint64, copy=False).reshape(-1, 2)
    # What stands before the field is shifted out; a shift by a whole word gives 0.
    outside = 2 * _WORD_BITS - 8 * np.minimum(length, WIDTH)
    last = (seen[:, 1] ^ _ZERO) & (_ALL << np.maximum(outside - _WORD_BITS, 0).view(np.uint64))
    odd = _no_digits(last)
    point = odd >> _TOP_BIT  # the lowest bit of the point's byte; 0 without a point
    sound = point & (point - _ONE) == 0
    sound &= last & (point * _BYTE) == point * _POINT
    behind = _NONE - (point << _BITS)  # all bits behind the point; none without one
    dotted = point != 0
    # Taking the point out moves everything before it by one byte, from word to word.
    step = dotted * _BITS
    closed = (last & behind) | ((last & (point - _ONE)) << step)
    if (outside >= _WORD_BITS).all():  # half the fields are short, and have been put together
        number = _digits(closed)
    else:
        first = (seen[:, 0] ^ _ZERO) & (_ALL << np.minimum(outside, _WORD_BITS).view(np.uint64))
        sound &= _no_digits(first) == 0
        number = _digits(closed | first >> (_WORD - step))
        number += _digits(first << step) * _EIGHT_DIGITS
    places = np.bitwise_count(behind).astype(np.int64) >> 3
    sound &= (length > dotted) & (length <= MAX_LENGTH)
    return Numbers(number.astype(np.float64), places, length - places - dotted, sound)


def _no_digits(word: Words) -> Words:
    """The top bit of each byte above 9."""
    return ((word & _LOW) + _ABOVE_NINE | word) & _TOP


_PAIRS = np.uint64(0x0000_00FF_0000_00FF)
_UPPER = np.uint64(100 + (1_000_000 << 32))
_LOWER = np.uint64(1 + (10_000 << 32))
_HALF_PAIRS, _HALF_WORD, _TEN = np.uint64(16), np.uint64(32), np.uint64(10)


def _digits(word: Words) -> Words:
    """Eight digits, the first in the lowest byte, to their number: neighbours join three times."""
    pairs = word * _TEN + (word >> _BITS)
    return ((pairs & _PAIRS) * _UPPER + (pairs >> _HALF_PAIRS & _PAIRS) * _LOWER) >> _HALF_WORD
