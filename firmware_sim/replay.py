"""Sends a recording as if the terminal drove again: one message per epoch, in order.

Shell: sockets and pacing.  Dates are moved so that the last epoch happens when it is sent;
with ``keep_time`` the sentences are sent as they were recorded.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Stop

from firmware_sim.device import Message, reconnect_delay
from firmware_sim.radio import Acked, Broker, Down, Event, Login, Radio, Up
from firmware_sim.recording import Recording, read
from firmware_sim.service import seeds
from fleet import wire
from fleet.errors import BrokerAway, Invalid
from fleet.wire import Kind

POLL = 0.05  #: s; how late ``stop`` may be noticed


@dataclass(frozen=True, slots=True)
class Options:
    """How a recording is replayed."""

    speed: float = 1.0  #: of the recording; 0 or inf: as fast as the window allows
    keep_time: bool = False  #: the recording's own dates
    now: float | None = None  #: s since 1970; needed unless ``keep_time``
    window: int = 200  #: messages in flight
    drain: float = 60.0  #: s to wait in the end for acknowledgements
    patience: float = 30.0  #: s without a connection before giving up


@dataclass(slots=True)
class Report:
    """What became of a recording."""

    epochs: int = 0  #: in the recording
    published: int = 0  #: distinct epochs handed to MQTT
    acknowledged: int = 0  #: distinct epochs the broker has
    duplicates: int = 0  #: epochs sent again after a lost connection
    undated: int = 0  #: epochs without a date anywhere: dead letters
    skipped: int = 0  #: lines that are no sentences, points without a time
    seconds: float = 0.0
    first: float | None = None  #: s since 1970, as sent
    last: float | None = None


OnProgress = Callable[[Report], None]


def run(
    source: Path | bytes,
    device: str,
    broker: Broker,
    options: Options | None = None,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
) -> Report:
    """Replay until the end or until ``stop`` is set.

    Raises ``Invalid`` if the recording holds nothing to send, ``BrokerAway`` if the broker
    refuses the device or cannot be reached within the patience.
    """
    options = options or Options()
    if not wire.is_device(device):
        raise Invalid("device", f"{device!r} is no device name: 1 to 64 letters, digits, _ or -")
    recording = read(source if isinstance(source, bytes) else source.read_bytes())
    if not recording.epochs:
        raise Invalid("recording", "it holds no sentence with a time of day, and no timed point")
    recording = _placed(recording, options)
    player = _Player(recording, device, broker, options)
    return player.run(stop or Stop(), on_progress or (lambda _: None))


def pace(speed: float) -> float:
    """The speed as a divisor; 0 means as fast as possible, like infinity."""
    if math.isnan(speed) or speed < 0:
        raise Invalid("speed", "it must be 0 or more")
    return speed or math.inf


def _placed(recording: Recording, options: Options) -> Recording:
    """Moved so that the last epoch is sent at its own time; no epoch is ahead of the clock."""
    times = [e.time for e in recording.epochs if e.time is not None]
    if options.keep_time or not times:
        return recording
    if options.now is None:
        raise Invalid("now", "the present time is needed to move a recording to it")
    speed = pace(options.speed)
    lasts = (max(times) - times[0]) / speed if speed >= 1 else 0.0
    return recording.shifted(math.floor(options.now + lasts - max(times)))


class _Player:
    def __init__(self, recording: Recording, device: str, broker: Broker, options: Options) -> None:
        epochs = recording.epochs
        self._epochs = epochs
        self._device = device
        self._options = options
        self._speed = pace(options.speed)
        self._radio = Radio(broker)
        self._login = Login(device, *broker.identity(device), persistent=False)
        self._rng = seeds(1)(f"replay {device}")
        self._next = 0
        self._again: deque[int] = deque()
        self._flying: set[int] = set()
        self._handed = bytearray(len(epochs))
        self._due = 0.0  #: monotonic; when the next epoch is to be sent
        self._dial_at: float | None = 0.0
        self._attempt = 0
        self._last_up = time.monotonic()
        self._up = False
        times = [e.time for e in epochs if e.time is not None]
        self.report = Report(
            epochs=len(epochs),
            undated=recording.undated,
            skipped=recording.skipped,
            first=min(times, default=None),
            last=max(times, default=None),
        )

    def run(self, stop: Stop, on_progress: OnProgress) -> Report:
        began = told = time.monotonic()
        try:
            while not stop.is_set() and self._pending():
                now = time.monotonic()
                self.report.seconds = now - began
                self._keep_connected(now)
                self._send(now)
                self._react(self._radio.poll(self._pause(time.monotonic())))
                if now - told >= 1.0:
                    told = now
                    on_progress(replace(self.report))
            self._drain()
            self.report.seconds = time.monotonic() - began
        finally:
            self._radio.close()
        on_progress(replace(self.report))
        return self.report

    def _pending(self) -> bool:
        return self._next < len(self._epochs) or bool(self._again)

    def _drain(self) -> None:
        until = time.monotonic() + self._options.drain
        while (self._flying or self._again) and time.monotonic() < until:
            self._keep_connected(time.monotonic())
            while self._again and self._up:
                self._publish(self._again.popleft())
            self._react(self._radio.poll(POLL))

    def _keep_connected(self, now: float) -> None:
        if self._up:
            self._last_up = now
        elif now - self._last_up > self._options.patience:
            raise BrokerAway(f"no connection to the broker for {self._options.patience:.0f} s")
        if self._dial_at is not None and now >= self._dial_at:
            self._dial_at = None
            self._radio.dial(self._device, self._login)

    def _send(self, now: float) -> None:
        while self._up and len(self._flying) < self._options.window:
            if self._again:
                self._publish(self._again.popleft())
            elif self._next < len(self._epochs) and now >= self._due:
                self._publish(self._next)
                self._schedule(now)
            else:
                return

    def _schedule(self, now: float) -> None:
        """When the epoch after the one just sent is due: by the recording's own interval."""
        self._next += 1
        if self._next == 1:
            self._due = now
        if self._next < len(self._epochs):
            before, after = self._epochs[self._next - 1].time, self._epochs[self._next].time
            gap = max(after - before, 0.0) if after is not None and before is not None else 0.0
            self._due += gap / self._speed

    def _publish(self, i: int) -> None:
        message = Message(self._device, Kind.NMEA, self._epochs[i].payload, token=i + 1)
        if not self._radio.send(self._device, message):
            self._again.append(i)  # ``Down`` follows and sets the order right
            self._up = False
            return
        self._flying.add(i)
        self.report.duplicates += self._handed[i]
        self.report.published += 1 - self._handed[i]
        self._handed[i] = 1

    def _pause(self, now: float) -> float:
        if not self._up or self._again or len(self._flying) >= self._options.window:
            return POLL
        return min(max(self._due - now, 0.0), POLL)

    def _react(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Up():
                    self._up, self._attempt = True, 0
                case Down():
                    self._down(event)
                case Acked():
                    self._flying.discard(event.message.token - 1)
                    self.report.acknowledged += 1
                case _:
                    pass  # a recording obeys no commands

    def _down(self, event: Down) -> None:
        if event.refused:
            raise BrokerAway(
                f"the broker refuses device {self._device!r} as user {self._login.user!r}: "
                f"{event.why}"
            )
        self._up = False
        self._again = deque(sorted({*self._again, *self._flying}))
        self._flying.clear()
        delay = reconnect_delay(self._attempt, self._rng)
        self._dial_at, self._attempt = time.monotonic() + delay, self._attempt + 1
