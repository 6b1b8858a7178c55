"""Frames to fixes, events and rejects: what the bytes say, before anything is judged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from fleet.records import (
    CommandReply,
    Event,
    FixBatch,
    Frame,
    LinkReport,
    Numbered,
    Reason,
    Reject,
)
from fleet.wire import MAX_PAYLOAD, EventKind, Kind
from gateway import nmea
from gateway.screen import AgeRules, rollover
from gateway.world import World

#: s; a device clock beyond these bounds is no clock (1970 and 2100)
_CLOCK = (0.0, 4_102_444_800.0)
#: a NUL as JSON writes it: after an even number of backslashes, which stand for themselves
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Assembled:
    """All that a batch of frames says.  ``frame`` columns are indices into the frames given."""

    fixes: FixBatch
    rejects: tuple[Reject, ...]
    carried: Mapping[str, bytes]  #: device code to stream state, where it changed
    events: tuple[Event, ...]
    links: tuple[LinkReport, ...]
    replies: tuple[CommandReply, ...]
    numbers: tuple[Numbered, ...] = ()  #: of terminals that number their messages


def assemble(
    frames: Sequence[Frame],
    world: World,
    carried: Mapping[str, bytes],
    rules: nmea.Rules,
    ages: AgeRules,
) -> Assembled:
    """Decode ``frames`` in order of arrival.  Never raises, whatever the bytes.

    Args:
        frames: of any kind and device.
        world: who is registered; a frame of anybody else is one reject.
        carried: stream state per device code, where there is one.
        rules: of the decoder.
        ages: which dates are refused, unless undoing a week rollover saves them.
    """
    device = world.find_devices([frame.device for frame in frames])
    kinds = [frame.kind for frame in frames]
    rejects: list[Reject] = []
    messages = Messages()
    lines: Sequence[int] = range(len(frames))
    if kinds.count(Kind.NMEA) < len(kinds) or (device < 0).any():
        lines = _sorted_out(frames, device, messages, rejects)

    decoded = nmea.decode([frames[i] for i in lines], carried, rules, _NO_REPAIR)
    fixes = rollover(decoded.fixes, ages)
    number = np.asarray(lines, np.int32)[fixes.frame]
    device = device[number]
    vehicle = world.find_vehicles(device, fixes.time)
    rejects += [replace(r, frame=lines[r.frame]) for r in decoded.rejects]
    return Assembled(
        replace(fixes, frame=number, device=device, vehicle=vehicle),
        tuple(rejects),
        decoded.carried,
        tuple(messages.events),
        tuple(messages.links),
        tuple(messages.replies),
        _numbered(frames, lines, decoded.numbers, fixes, world, ages) if decoded.numbers else (),
    )


def _numbered(
    frames: Sequence[Frame],
    lines: Sequence[int],
    numbers: Mapping[int, int],
    fixes: FixBatch,
    world: World,
    ages: AgeRules,
) -> tuple[Numbered, ...]:
    """Numbers of messages, each dated by the newest of its fixes that can be right."""
    newest: dict[int, float] = {}
    for at, time, received in zip(
        fixes.frame.tolist(), fixes.time.tolist(), fixes.received.tolist(), strict=True
    ):
        if at in numbers and received - ages.history <= time <= received + ages.future:
            newest[at] = max(time, newest.get(at, -math.inf))
    of = {at: frames[lines[at]] for at in numbers}
    rows = world.find_devices([frame.device for frame in of.values()]).tolist()
    return tuple(
        Numbered(row, numbers[at], newest.get(at, of[at].received), at in newest)
        for at, row in zip(of, rows, strict=True)
    )


def _sorted_out(
    frames: Sequence[Frame],
    device: NDArray[np.int32],
    messages: Messages,
    rejects: list[Reject],
) -> list[int]:
    """The numbers of the frames to decode; the others go into ``messages`` or ``rejects``."""
    lines: list[int] = []
    for number, frame in enumerate(frames):
        if frame.kind not in _UPLINK:
            rejects.append(Reject(Reason.WRONG_TOPIC, frame.payload, number, frame.device))
        elif device[number] < 0:
            rejects.append(Reject(Reason.UNKNOWN_DEVICE, frame.payload, number))
        elif frame.kind == Kind.NMEA:
            lines.append(number)
        else:
            why = messages.read(frame, int(device[number]))
            if why:
                rejects.append(Reject(Reason.BAD_EVENT, frame.payload, number, why))
    return lines


_NO_REPAIR = math.nan  #: the decoder leaves rollovers to ``screen.rollover``
_UPLINK = {Kind.NMEA, Kind.EVENT, Kind.STATUS, Kind.ACK}


class Messages:
    """Collects the JSON messages of a batch."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.links: list[LinkReport] = []
        self.replies: list[CommandReply] = []

    def read(self, frame: Frame, device: int) -> str:
        """Take one message in; returns why not, or "" when it was taken."""
        if len(frame.payload) > MAX_PAYLOAD:
            return "larger than the wire allows"
        try:
            body = orjson.loads(frame.payload)
        except orjson.JSONDecodeError as error:
            return f"not JSON: {error}"
        if not isinstance(body, dict):
            return "not a JSON object"
        time = body.get("time")
        if isinstance(time, bool) or not isinstance(time, int | float) or not math.isfinite(time):
            return "`time` is not a number of seconds"
        if not _CLOCK[0] <= time <= _CLOCK[1]:
            return "`time` is outside 1970 to 2100"
        return self._sort(frame, device, float(time), body)

    def _sort(self, frame: Frame, device: int, time: float, body: dict[str, Any]) -> str:
        match frame.kind:
            case Kind.EVENT:
                return self._event(frame, device, time, body)
            case Kind.STATUS:
                return self._link(frame, device, time, body)
            case _:
                return self._reply(device, time, body)

    def _event(self, frame: Frame, device: int, time: float, body: dict[str, Any]) -> str:
        kind = body.get("kind")
        if not isinstance(kind, str) or kind not in set(EventKind):
            return f"`kind` is not one of {', '.join(EventKind)}"
        if "value" not in body:
            return "`value` is missing"
        try:
            value = orjson.dumps(body["value"])
        except orjson.JSONEncodeError as error:  # it reads deeper nests than it writes
            return f"`value` cannot be kept: {error}"
        if _NUL.search(value):
            return "`value` holds a NUL character, which no database keeps"
        self.events.append(Event(device, time, kind, value, frame.received))
        return ""

    def _link(self, frame: Frame, device: int, time: float, body: dict[str, Any]) -> str:
        online, reason = body.get("online"), body.get("reason", "")
        if not isinstance(online, bool):
            return "`online` is not true or false"
        if not _text(reason):
            return "`reason` is not a text"
        arrived = frame.received if not online and not frame.retained else time
        self.links.append(LinkReport(device, online, time, reason[:200], max(time, arrived)))
        return ""

    def _reply(self, device: int, time: float, body: dict[str, Any]) -> str:
        command, ok, detail = body.get("id"), body.get("ok"), body.get("detail", "")
        if not _text(command) or not isinstance(ok, bool) or not _text(detail):
            return "`id`, `ok` or `detail` is missing or of another type"
        self.replies.append(CommandReply(device, str(command)[:64], time, ok, detail[:500]))
        return ""


def _text(value: object) -> bool:
    """Whether ``value`` is a text that a database keeps."""
    return isinstance(value, str) and "\x00" not in value
