"""The firmware of a terminal, without a radio: readings in, messages out.

It knows its receiver, its ignition wire and what the network tells it; never the truth.
Nobody calls it back and it calls nobody: the shell carries the messages that the methods
return, and reports what became of them.  Times are seconds since 1970 by the true clock;
what it writes on the wire is by its own clock, which may be wrong by ``Settings.skew``.

Nothing measured is forgotten before it is acknowledged: samples and events wait in a ring
buffer, a few messages are in flight, and a lost connection puts them back in their order.
"""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from firmware_sim.nmea import epoch, last_known, tag
from firmware_sim.receiver import NOTHING, Reading
from fleet import wire
from fleet.wire import CommandKind, EventKind, Kind


class Void(StrEnum):
    """What is sent of an epoch without a fix."""

    NOTHING = "nothing"  #: such an epoch is not sent: the ordinary fleet terminal
    LAST = "last"  #: the last known position, marked void
    EMPTY = "empty"  #: empty fields, as the receiver wrote them


@dataclass(frozen=True, slots=True)
class Settings:
    """How a terminal is set up when it leaves the workshop."""

    moving: float = 10.0  #: s between samples while moving
    parked: float = 60.0  #: s between samples while parked
    distance: float = 500.0  #: m after which it samples anyway; 0 switches it off
    turn: float = 25.0  #: degrees after which it samples anyway; 0 switches it off
    capacity: int = 20_000  #: samples kept while offline: two days of driving
    batch: int = 60  #: epochs in one message: ten minutes of backlog, 10 kB
    window: int = 4  #: messages in flight; a modem has little memory
    talker: str = "GN"
    detail: int = 0  #: every so many epochs VTG, GSA and GSV are sent too; 0 is never
    void: Void = Void.NOTHING
    newest_first: bool = False  #: a backlog is sent backwards
    skew: float = 0.0  #: s that its clock is ahead of the truth
    numbered: bool = False  #: each message with positions says which one it is, from 1


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message, and what the sender must know of it."""

    device: str
    kind: Kind
    payload: bytes
    token: int = 0  #: names it when it is acknowledged; 0: nobody waits for it
    retain: bool = False
    fixes: tuple[float, ...] = ()  #: device times of epochs handed over for the first time
    again: int = 0  #: epochs in it that were handed over before
    broken: int = 0  #: parts made unreadable on purpose
    void: int = 0  #: of ``fixes``, those without any position

    @property
    def topic(self) -> str:
        """Where it is published."""
        return wire.topic(self.device, self.kind)


@dataclass(slots=True)
class _Sample:
    time: float
    raw: bytes
    void: bool
    handed: bool = False


@dataclass(frozen=True, slots=True)
class _Note:
    """An event or an acknowledgement of a command."""

    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Load:
    """The samples of one message, and its number; 0: it has none."""

    samples: list[_Sample]
    number: int = 0


@dataclass(slots=True)
class _Last:
    """What the last sample knew; the next one is due by difference."""

    time: float = -math.inf
    reading: Reading = NOTHING
    ignition: bool | None = None
    odometer: float = 0.0
    since: float = 0.0  #: m driven since


@dataclass(slots=True)
class Counters:
    """What the terminal knows about itself."""

    sampled: int = 0
    acknowledged: int = 0  #: samples that the broker has, each counted once
    overwritten: int = 0  #: samples the ring buffer had no room for
    refused: int = 0  #: commands that could not be read or obeyed
    shown: list[str] = field(default_factory=list)  #: texts shown to the driver


TAG = 20  #: bytes; as long is a TAG block with a number at the most
MOVING = 1.4  #: m/s; 5 km/h, below which a receiver's speed may be noise
REMEMBERED = 32  #: command ids; a broker repeats the last few, not older ones
INTERVALS = (1.0, 3600.0)  #: s; what an interval command may ask for


class Terminal:
    """One terminal; see the module."""

    def __init__(self, device: str, settings: Settings) -> None:
        if not wire.is_device(device):
            raise ValueError(f"{device!r} is no device name")
        self.device = device
        self.settings = settings
        self.counters = Counters()
        self.moving = settings.moving  #: s; a command may change it
        self.online = False
        self._samples: deque[_Sample] = deque()
        self._notes: deque[_Note] = deque()
        self._again: deque[_Load] = deque()  # numbered, so that they stay as they are
        self._number = 0
        self._flying: dict[int, _Load | _Note] = {}
        self._token = 0
        self._last = _Last()
        self._locate = False
        self._obeyed: deque[str] = deque(maxlen=REMEMBERED)

    @property
    def backlog(self) -> int:
        """Samples that wait to be sent."""
        return len(self._samples) + sum(len(load.samples) for load in self._again)

    @property
    def flying(self) -> int:
        """Messages sent and not acknowledged."""
        return len(self._flying)

    @property
    def owes(self) -> bool:
        """Whether anything handed over, or that could be, is not acknowledged yet."""
        waiting = self.online and (self._samples or self._notes)
        return bool(self._flying or self._again or waiting) or any(s.handed for s in self._samples)

    def clock(self, now: float) -> float:
        """What its own clock shows, in whole milliseconds."""
        return round((now + self.settings.skew) * 1000) / 1000

    def step(self, now: float, reading: Reading, *, ignition: bool) -> list[Message]:
        """Look at the receiver and the ignition; sample if it is time."""
        changed = ignition is not self._last.ignition
        if self._due(now, reading) or changed:
            self._sample(now, reading)
        if changed:
            self._ignition(now, ignition)
        return self.flush()

    def _due(self, now: float, reading: Reading) -> bool:
        last, settings = self._last, self.settings
        rolling = reading.valid and reading.speed >= MOVING
        elapsed = now - last.time
        if self._locate or elapsed >= (self.moving if rolling else settings.parked):
            return True
        if not (rolling and last.reading.valid) or elapsed < 1.0:
            return False
        if settings.distance and _metres(last.reading, reading) >= settings.distance:
            return True
        turned = abs((reading.course - last.reading.course + 180) % 360 - 180)
        was_rolling = last.reading.speed >= MOVING  # standing, the course was noise
        return bool(settings.turn) and was_rolling and turned >= settings.turn

    def _sample(self, now: float, reading: Reading) -> None:
        last = self._last
        if reading.valid:
            if last.reading.valid and reading.speed >= MOVING:
                last.odometer += _metres(last.reading, reading)
            last.reading = reading
        last.time, self._locate = now, False
        written = self._written(reading)
        if written is None:
            return
        self.counters.sampled += 1
        every = self.settings.detail
        detail = every > 0 and self.counters.sampled % every == 0
        time = self.clock(now)
        raw = epoch(time, written, self.settings.talker, detail=detail)
        self._samples.append(_Sample(time, raw, void=written == NOTHING))
        if len(self._samples) > self.settings.capacity:
            self._samples.popleft()
            self.counters.overwritten += 1

    def _written(self, reading: Reading) -> Reading | None:
        if reading.valid or self.settings.void is Void.EMPTY:
            return reading
        if self.settings.void is Void.LAST and self._last.reading.valid:
            return last_known(self._last.reading)
        return None

    def _ignition(self, now: float, ignition: bool) -> None:  # noqa: FBT001 - the state of a wire
        self._last.ignition = ignition
        self.report(now, EventKind.IGNITION, ignition)
        if not ignition:
            self.report(now, EventKind.ODOMETER, round(self._last.odometer))

    def report(self, now: float, kind: EventKind, value: float | bool) -> None:  # noqa: FBT001 - a wire value
        """Keep an event for the next flush."""
        body = {"time": self.clock(now), "kind": kind, "value": value}
        self._notes.append(_Note(Kind.EVENT, json.dumps(body).encode()))

    def will(self, now: float) -> Message:
        """The last will for a connection that is opened at ``now``.

        A millisecond after the ``online`` of the same connection, so that by the device's
        own times the will is the news, and the next ``online`` is newer again.
        """
        return self._status(now + 0.001, "lost", online=False)

    def connected(self, opened: float, *, announce: bool = True) -> list[Message]:
        """The connection that was ``opened`` (the time its will carries) is up."""
        self.online = True
        hello = [self._status(opened, "connected", online=True)] if announce else []
        return [*hello, *self.flush()]

    def farewell(self, now: float) -> Message:
        """What is published before the connection is closed on purpose."""
        return self._status(now, "shutdown", online=False)

    def disconnected(self) -> None:
        """The connection is gone; what was in flight waits again, in its order."""
        self.online = False
        flying, self._flying = self._flying, {}
        loads = [load for load in flying.values() if isinstance(load, _Load)]
        self._again.extendleft(load for load in reversed(loads) if load.number)
        samples = [s for load in loads if not load.number for s in load.samples]
        if samples:
            self._samples = deque(sorted([*samples, *self._samples], key=lambda s: s.time))
        notes = [load for load in flying.values() if isinstance(load, _Note)]
        self._notes.extendleft(reversed(notes))

    def acknowledged(self, token: int) -> list[Message]:
        """The broker has the message; a token it does not know is an old one."""
        load = self._flying.pop(token, None)
        if isinstance(load, _Load):
            self.counters.acknowledged += len(load.samples)
        return self.flush()

    def returned(self, message: Message) -> None:
        """The message never reached MQTT: its epochs count as not handed over.

        It stays in flight until ``disconnected``, which must follow.
        """
        load = self._flying.get(message.token)
        for sample in load.samples if isinstance(load, _Load) else ():
            sample.handed = sample.handed and sample.time not in message.fixes

    def received(self, now: float, payload: bytes) -> list[Message]:
        """A command; it is obeyed once and acknowledged every time."""
        try:
            command = json.loads(payload)
            name, kind, body = str(command["id"]), str(command["kind"]), command.get("body") or {}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.counters.refused += 1  # without an id there is nothing to answer to
            return []
        detail = "" if name in self._obeyed else self._obey(kind, body)
        if detail:
            self.counters.refused += 1
        else:
            self._obeyed.append(name)
        answer = {"id": name, "time": self.clock(now), "ok": not detail, "detail": detail}
        self._notes.append(_Note(Kind.ACK, json.dumps(answer).encode()))
        return self.flush()

    def _obey(self, kind: str, body: object) -> str:
        """Do it; the text says why not, and is empty when it was done."""
        if not isinstance(body, dict):
            return "the body is no object"
        if kind == CommandKind.INTERVAL:
            return self._set_interval(body.get("seconds"))
        if kind == CommandKind.LOCATE:
            self._locate = True
            return ""
        if kind == CommandKind.MESSAGE:
            self.counters.shown.append(str(body.get("text", "")))
            return ""
        return f"unknown command {kind!r}"

    def _set_interval(self, seconds: object) -> str:
        low, high = INTERVALS
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return "seconds is no number"
        if not low <= seconds <= high:
            return f"seconds must be {low:g} to {high:g}"
        self.moving = float(seconds)
        return ""

    def flush(self) -> list[Message]:
        """Whatever the window and the connection allow, events before positions."""
        messages: list[Message] = []
        while self.online and len(self._flying) < self.settings.window:
            if self._notes:
                note = self._notes.popleft()
                messages.append(
                    Message(self.device, note.kind, note.payload, token=self._take_off(note))
                )
            elif self._again or self._samples:
                messages.append(self._positions())
            else:
                break
        return messages

    def _positions(self) -> Message:
        load = self._again.popleft() if self._again else self._compose()
        fresh = [s for s in load.samples if not s.handed]
        for sample in fresh:
            sample.handed = True
        number = tag(load.number) if load.number else b""
        return Message(
            self.device,
            Kind.NMEA,
            number + b"".join(s.raw for s in load.samples),
            token=self._take_off(load),
            fixes=tuple(s.time for s in fresh),
            again=len(load.samples) - len(fresh),
            void=sum(s.void for s in fresh),
        )

    def _compose(self) -> _Load:
        """The next samples that fit into one message."""
        load: list[_Sample] = []
        size, backwards = TAG, self.settings.newest_first
        while self._samples and len(load) < self.settings.batch:
            sample = self._samples[-1 if backwards else 0]
            if load and size + len(sample.raw) > wire.MAX_PAYLOAD:
                break
            load.append(self._samples.pop() if backwards else self._samples.popleft())
            size += len(sample.raw)
        self._number += self.settings.numbered
        return _Load(load, self._number if self.settings.numbered else 0)

    def _take_off(self, load: _Load | _Note) -> int:
        self._token += 1
        self._flying[self._token] = load
        return self._token

    def _status(self, now: float, reason: str, *, online: bool) -> Message:
        body = {"time": self.clock(now), "online": online, "reason": reason}
        return Message(self.device, Kind.STATUS, json.dumps(body).encode(), retain=True)


def reconnect_delay(attempt: int, rng: np.random.Generator) -> float:
    """Seconds to wait before the ``attempt``-th try (from 0): doubling, full jitter, at most 60.

    Full jitter, because ten thousand terminals lose the same broker in the same second.
    """
    return 0.2 + float(rng.random()) * min(60.0, 2.0 ** min(attempt, 6))


def _metres(a: Reading, b: Reading) -> float:
    """The straight distance; a terminal's own arithmetic on a small plane."""
    east = (b.lon - a.lon) * math.cos(math.radians(a.lat))
    return 111_195.0 * math.hypot(east, b.lat - a.lat)
