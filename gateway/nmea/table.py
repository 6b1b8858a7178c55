"""All sentences of a batch at once, as arrays of where things are: framing and checksums.

The bytes of all payloads stand one after the other.  NMEA uses below ``-`` only ``$ , *`` CR LF,
so one comparison finds every mark of every sentence; whatever else turns up among the marks
makes its frame a misfit, which is for the slow path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.wire import MAX_PAYLOAD
from gateway.nmea.numbers import WIDTH, Bools, Ints

Bytes = NDArray[np.uint8]

_PAD = bytes(WIDTH)  #: in front, so that the window of the first field is inside
_SPARE = bytes(32)  #: behind the last: marks, so that no look ahead leaves the array
_LAST_MARK, _FIRST_ODD = ord(","), 0x7F
_HEX = np.full(256, -1, np.int16)
_HEX[[ord(digit) for digit in "0123456789abcdefABCDEF"]] = [*range(16), *range(10, 16)]
_ADDRESS = len("$GPRMC")
_SUM = len("*HH")  #: from the star to the line end
_END = len("*HH\r\n")


def code(kind: str) -> int:
    """Three letters as one number."""
    return int.from_bytes(kind.encode(), "big")


@dataclass(frozen=True, slots=True)
class Table:
    """What may be sentences, in order; those of frames that are not fine may be anything."""

    data: bytes
    letters: Bytes  #: ``data`` as numbers
    marks: Ints  #: where the marks are, and spare ones at the end
    dollar: Ints  #: per sentence: which mark is its ``$``
    commas: Ints  #: per sentence: how many
    frame: Ints  #: per sentence
    kind: Ints  #: per sentence: a ``code``

    def field(self, which: Ints, number: int) -> tuple[Ints, Ints]:
        """End and length of field ``number`` (1 follows the address) of sentences ``which``."""
        comma = self.dollar[which] + number
        end = self.marks[comma + 1]
        return end, end - self.marks[comma] - 1


def tabulate(payloads: Sequence[bytes], fine: Bools) -> Table:
    """Frame everything at once; a frame with anything unusual is no longer ``fine``."""
    lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
    if lengths.max(initial=0) > MAX_PAYLOAD:  # without a sentence a frame is not taken
        payloads = [payload if len(payload) <= MAX_PAYLOAD else b"" for payload in payloads]
        lengths = np.where(lengths <= MAX_PAYLOAD, lengths, 0)
    data = b"".join([_PAD, *payloads, _SPARE])
    letters = np.frombuffer(data, np.uint8)
    ends = WIDTH + np.cumsum(lengths)
    marks = np.flatnonzero((letters <= _LAST_MARK) | (letters >= _FIRST_ODD))[WIDTH:]
    signs = letters[marks]
    # Among the marks that are no commas, each "$" must have its "*" next to it.
    others = np.flatnonzero(signs != ord(","))
    signs = signs[others]
    begins = np.flatnonzero(signs == ord("$"))
    dollar, star = others[begins], others[begins + 1]
    frame = np.searchsorted(ends, marks[dollar], side="right")
    kind = np.zeros(len(dollar), np.int64)
    table = Table(data, letters, marks, dollar, star - dollar - 1, frame, kind)
    good = signs[begins + 1] == ord("*")
    good &= _seamless(table, star, ends, lengths)
    good &= _checked(letters, marks[dollar], marks[star])
    good &= _addressed(table)
    fine[frame[~good]] = False
    return table


def _seamless(table: Table, star: Ints, ends: Ints, lengths: Ints) -> Bools:
    """Each sentence ends in CR LF, then comes the next; the last may end with its checksum."""
    at, stop, frame = table.marks[table.dollar], table.marks[star], table.frame
    edge = np.ones(len(frame) + 1, bool)
    edge[1:-1] = frame[1:] != frame[:-1]
    first, last = edge[:-1], edge[1:]
    close = ends[frame]
    follows = np.where(last, close, np.append(at[1:], 0))
    line = (follows == stop + _END) & (table.letters[stop + _SUM] == ord("\r"))
    line &= table.letters[stop + _SUM + 1] == ord("\n")
    begins = ~first | (at == close - lengths[frame])
    good: Bools = begins & (table.commas > 0) & (line | (last & (follows == stop + _SUM)))
    return good


def _checked(letters: Bytes, at: Ints, stop: Ints) -> Bools:
    """Whether the checksum holds: exclusive or between ``at`` and ``stop``, pairwise."""
    if not len(at):
        return np.ones(0, bool)
    edges = np.empty(2 * len(at), np.int64)
    edges[::2], edges[1::2] = at + 1, np.maximum(stop, at + 2)
    held = np.bitwise_xor.reduceat(letters, edges)[::2]
    high, low = _HEX[letters[stop + 1]], _HEX[letters[stop + 2]]
    good: Bools = (high >= 0) & (low >= 0) & (held == high * 16 + low)
    return good


def _addressed(table: Table) -> Bools:
    """Two characters of a talker that is no P, three of a kind; fills in the kinds."""
    at = table.marks[table.dollar]
    # One word of eight bytes holds it all: "$", talker, kind, comma, and one more.
    words = np.ndarray((len(table.data) - 7,), ">u8", table.data, strides=(1,))
    head = words[at].astype(np.int64) >> 16
    talker, second = head >> 32 & 0xFF, head >> 24 & 0xFF
    good: Bools = (talker >= ord("A")) & (talker <= ord("Z")) & (talker != ord("P"))
    good &= (second >= ord("0")) & (second <= ord("Z"))
    table.kind[:] = head & 0xFF_FFFF
    good &= table.marks[table.dollar + 1] == at + _ADDRESS
    return good
