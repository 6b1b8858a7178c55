"""Frames to fixes: the public function, and which of the three ways a frame goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, dropwhile
from math import isnan

import numpy as np

from fleet.records import FixBatch, Frame, Reason, Reject
from fleet.wire import MAX_PAYLOAD
from gateway.nmea.epoch import Row, repaired
from gateway.nmea.hot import decode_hot
from gateway.nmea.message import Refused, decode_message, interrupted
from gateway.nmea.plain import read_plain
from gateway.nmea.rules import Rules
from gateway.nmea.tag import BEGINS, read_tag

#: frames; below this many the fixed cost of some hundred array operations, 0.5 ms, is more than
#: the plain way takes for all of them (measured)
WORTH_ARRAYS = 50


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a batch of frames gave."""

    fixes: FixBatch  #: device and vehicle are -1; in order of delivery
    rejects: tuple[Reject, ...]
    #: device to its new stream state, where that differs from before; ``b""`` is none
    carried: Mapping[str, bytes]
    #: frame to the number that its terminal gave it, of those that have one
    numbers: Mapping[int, int] = field(default_factory=dict)


DEFAULTS = Rules()


@dataclass(slots=True)
class _Slow:
    """The frames that go one by one, in order, and what they gave."""

    frames: Sequence[Frame]
    rules: Rules
    reference: float | None
    carried: Mapping[str, bytes]
    changed: dict[str, bytes] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)  #: per row: the index of its frame
    rejects: list[Reject] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)

    def take(self, index: int) -> None:
        """Decode one frame, at once if it is plain and continues nothing."""
        frame = self.frames[index]
        if len(frame.payload) <= MAX_PAYLOAD and not self._state(frame.device):
            outcome = read_plain(frame.payload)
            if outcome is None and frame.payload[:1] == BEGINS:
                outcome = read_plain(self._untagged(index))
            if isinstance(outcome, Row):
                return self._give(index, (outcome,))
            if outcome is not None:
                return self._refuse(index, (outcome,))
        return self.take_slowly(index)

    def take_slowly(self, index: int) -> None:
        """Decode one frame with the state of its device, and keep the new state."""
        frame = self.frames[index]
        if len(frame.payload) > MAX_PAYLOAD:
            detail = f"{len(frame.payload)} bytes, {MAX_PAYLOAD} are allowed"
            self.rejects.append(Reject(Reason.TOO_LARGE, frame.payload, index, detail))
            return
        state = self._state(frame.device)
        payload = self._untagged(index)
        message = decode_message(payload, state, frame.received, self.rules)
        self._give(index, message.rows)
        self._refuse(index, message.refused)
        if message.state != state:
            self.changed[frame.device] = message.state

    def interrupt(self, index: int) -> None:
        """A self-contained frame has ended the stream of its device."""
        device = self.frames[index].device
        state = self._state(device)
        if state:
            self._refuse(index, interrupted(state))
            self.changed[device] = b""

    def _untagged(self, index: int) -> bytes:
        """The payload behind its TAG block, whose number is noted."""
        payload = self.frames[index].payload
        found = read_tag(payload) if payload[:1] == BEGINS else None
        if found is None:
            return payload
        self.numbers[index], payload = found
        return payload

    def _state(self, device: str) -> bytes:
        state = self.changed.get(device)
        return self.carried.get(device, b"") if state is None else state

    def _give(self, index: int, rows: Sequence[Row]) -> None:
        against = self.frames[index].received if self.reference is None else self.reference
        if not isnan(against):
            rows = [repaired(row, against, self.rules.ahead) for row in rows]
        self.rows += rows
        self.origins += [index] * len(rows)

    def _refuse(self, index: int, refused: Iterable[Refused]) -> None:
        self.rejects += (Reject(r.reason, r.raw, index, r.detail) for r in refused)


def decode(
    frames: Sequence[Frame],
    carried: Mapping[str, bytes],
    rules: Rules = DEFAULTS,
    reference: float | None = None,
) -> Decoded:
    """Every fix and every refusal in ``frames``.  Never raises, whatever the bytes.

    Args:
        frames: of kind ``nmea``, in order of arrival; several of one device are a stream.
        carried: the stream state of the devices that have one.
        rules: the settings.
        reference: s; against what week rollover is repaired: None is each frame's ``received``,
            NaN is never.
    """
    way = decode_few if len(frames) < WORTH_ARRAYS else decode_many
    return way(frames, carried, rules, reference)


def decode_few(
    frames: Sequence[Frame],
    carried: Mapping[str, bytes],
    rules: Rules = DEFAULTS,
    reference: float | None = None,
) -> Decoded:
    """``decode`` frame by frame, a plain message at once."""
    slow = _Slow(frames, rules, reference, carried)
    for index in range(len(frames)):
        slow.take(index)
    return _decoded(None, slow)


def decode_many(
    frames: Sequence[Frame],
    carried: Mapping[str, bytes],
    rules: Rules = DEFAULTS,
    reference: float | None = None,
) -> Decoded:
    """``decode`` with all ordinary frames in arrays."""
    slow = _Slow(frames, rules, reference, carried)
    hot = decode_hot(frames, rules, reference)
    for index in _visited(slow, np.flatnonzero(~hot.taken).tolist()):
        if hot.taken[index]:
            slow.interrupt(index)
        else:
            slow.take(index)
    return _decoded(hot.fixes, slow)


def _visited(slow: _Slow, left: Sequence[int]) -> Iterator[int]:
    """The frames ``left``, and those of all devices that have a stream or may get one by them.

    In a large batch these are few, so they are found without a step of Python for each frame;
    and nothing is searched as long as no device has a stream, which is looked up in ``slow``
    after each frame.
    """
    start = 0
    if not slow.carried:
        for index in left:
            yield index
            if slow.changed:
                start = index + 1
                break
        else:
            return
    devices = [frame.device for frame in slow.frames]
    known = {devices[index] for index in left}
    if slow.carried:
        known |= slow.carried.keys() & set(devices)
    visited = compress(range(len(devices)), map(known.__contains__, devices))
    yield from dropwhile(start.__gt__, visited)


def decode_slowly(
    frames: Sequence[Frame],
    carried: Mapping[str, bytes],
    rules: Rules = DEFAULTS,
    reference: float | None = None,
) -> Decoded:
    """``decode`` sentence by sentence: what the two quick ways are held against."""
    slow = _Slow(frames, rules, reference, carried)
    for index in range(len(frames)):
        slow.take_slowly(index)
    return _decoded(None, slow)


def _decoded(hot: FixBatch | None, slow: _Slow) -> Decoded:
    fixes = hot
    if slow.rows or fixes is None:
        received = [slow.frames[index].received for index in slow.origins]
        fixes = to_batch(slow.rows, received, slow.origins)
        if hot is not None and len(hot):
            fixes = FixBatch.concat([hot, fixes])
            fixes = fixes.rows(np.argsort(fixes.frame, kind="stable"))
    carried = slow.carried
    changed = {
        device: state for device, state in slow.changed.items() if state != carried.get(device, b"")
    }
    return Decoded(fixes, tuple(slow.rejects), changed, slow.numbers)


def to_batch(rows: Sequence[Row], received: Sequence[float], frame: Sequence[int]) -> FixBatch:
    """Rows in columns."""
    # One list of numbers becomes an array much faster than one of tuples; all are exact in it.
    flat = np.array(list(chain.from_iterable(rows)), np.float64)
    ms, lon, lat, altitude, speed, course, hdop, satellites, grade, flags = flat.reshape(
        -1, len(Row._fields)
    ).T.copy()
    nowhere = np.full((2, len(rows)), -1, np.int32)
    return FixBatch(
        device=nowhere[0],
        vehicle=nowhere[1],
        time=ms / 1000,
        lon=lon,
        lat=lat,
        altitude=altitude,
        speed=speed,
        course=course,
        hdop=hdop,
        satellites=satellites,
        grade=grade.astype(np.uint8),
        flags=flags.astype(np.uint16),
        received=np.array(received, np.float64),
        frame=np.array(frame, np.int32),
    )
