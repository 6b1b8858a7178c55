"""Frames to fixes: the public function, and which of the two ways a frame goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fleet.records import FixBatch, Frame, Reason, Reject
from fleet.wire import MAX_PAYLOAD
from gateway.nmea.epoch import Row, repaired
from gateway.nmea.hot import decode_hot
from gateway.nmea.message import Refused, decode_message, interrupted
from gateway.nmea.rules import Rules

#: frames; below this many the fixed cost of some eighty array operations is more than it saves
WORTH_ARRAYS = 12


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a batch of frames gave."""

    fixes: FixBatch  #: device and vehicle are -1; in order of delivery
    rejects: tuple[Reject, ...]
    #: device to its new stream state, where that differs from before; ``b""`` is none
    carried: Mapping[str, bytes]


DEFAULTS = Rules()


@dataclass(slots=True)
class _Slow:
    """The frames that go one by one, in order, and what they gave."""

    rules: Rules
    reference: float | None
    streams: dict[str, bytes]
    rows: list[tuple[int, Row]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def take(self, index: int, frame: Frame) -> None:
        """Decode one frame with the state of its device, and keep the new state."""
        if len(frame.payload) > MAX_PAYLOAD:
            detail = f"{len(frame.payload)} bytes, {MAX_PAYLOAD} are allowed"
            self.rejects.append(Reject(Reason.TOO_LARGE, frame.payload, index, detail))
            return
        state = self.streams.get(frame.device, b"")
        message = decode_message(frame.payload, state, frame.received, self.rules)
        against = frame.received if self.reference is None else self.reference
        self.rows += ((index, repaired(row, against, self.rules.ahead)) for row in message.rows)
        self._refuse(index, message.refused)
        self.streams[frame.device] = message.state

    def interrupt(self, index: int, frame: Frame) -> None:
        """A self-contained frame has ended the stream of its device."""
        state = self.streams.get(frame.device)
        if state:
            self._refuse(index, interrupted(state))
            self.streams[frame.device] = b""

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
    if len(frames) < WORTH_ARRAYS:
        return decode_slowly(frames, carried, rules, reference)
    hot = decode_hot(frames, rules, reference)
    slow = _Slow(rules, reference, dict(carried))
    if carried or not hot.taken.all():
        for index, (frame, taken) in enumerate(zip(frames, hot.taken.tolist(), strict=True)):
            if taken:
                slow.interrupt(index, frame)
            else:
                slow.take(index, frame)
    return _decoded(hot.fixes, slow, frames, carried)


def decode_slowly(
    frames: Sequence[Frame],
    carried: Mapping[str, bytes],
    rules: Rules = DEFAULTS,
    reference: float | None = None,
) -> Decoded:
    """The same answers as ``decode``, frame by frame; what the array path is held against."""
    slow = _Slow(rules, reference, dict(carried))
    for index, frame in enumerate(frames):
        slow.take(index, frame)
    return _decoded(FixBatch.empty(), slow, frames, carried)


def _decoded(
    hot: FixBatch, slow: _Slow, frames: Sequence[Frame], carried: Mapping[str, bytes]
) -> Decoded:
    fixes = hot
    if slow.rows:
        received = [frames[index].received for index, _ in slow.rows]
        fixes = to_batch([row for _, row in slow.rows], received, [i for i, _ in slow.rows])
    if len(hot) and slow.rows:
        fixes = FixBatch.concat([hot, fixes])
        fixes = fixes.rows(np.argsort(fixes.frame, kind="stable"))
    changed = {
        device: state for device, state in slow.streams.items() if state != carried.get(device, b"")
    }
    return Decoded(fixes, tuple(slow.rejects), changed)


def to_batch(rows: Sequence[Row], received: Sequence[float], frame: Sequence[int]) -> FixBatch:
    """Rows in columns."""
    count = len(rows)
    ms, lon, lat, altitude, speed, course, hdop, satellites, grade, flags = zip(*rows, strict=True)
    nowhere = np.full(count, -1, np.int32)
    real = np.array((lon, lat, altitude, speed, course, hdop, satellites), np.float64)
    return FixBatch(
        device=nowhere,
        vehicle=nowhere.copy(),
        time=np.array(ms, np.float64) / 1000,
        lon=real[0],
        lat=real[1],
        altitude=real[2],
        speed=real[3],
        course=real[4],
        hdop=real[5],
        satellites=real[6],
        grade=np.array(grade, np.uint8),
        flags=np.array(flags, np.uint16),
        received=np.array(received, np.float64),
        frame=np.array(frame, np.int32),
    )
