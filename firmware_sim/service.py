"""Runs a fleet in real time: the clock, the sockets and the files around the pure units.

Everything happens in the thread that calls ``Service.run``: units are stepped at the times
they name, their messages go to the radio, and what the radio reports goes back to them.
"""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Stop
from typing import TextIO
from zlib import crc32

import numpy as np

from firmware_sim.device import Message, reconnect_delay
from firmware_sim.faults import NONE, Faults
from firmware_sim.radio import Acked, Broker, Down, Event, Heard, Login, Radio, Up
from firmware_sim.scenario import Fleet, assemble
from firmware_sim.unit import Seeds, Unit
from fleet import wire
from fleet.errors import BrokerAway
from fleet.wire import Kind

LONGEST_POLL = 0.05  #: s; how late ``stop`` and a dial may be noticed
GOODBYE = 3.0  #: s at most for the last words of a fleet
DIALS_PER_POLL = 8  #: a TCP connect blocks; so many at a time keep the fixes on time
SHARED_LIMIT = 100  #: connections; the point of sharing is to have few


@dataclass(frozen=True, slots=True)
class Options:
    """How a fleet is run."""

    seed: int = 1
    shared: int = 0  #: shared connections for all devices; 0 is one connection per device
    name: str = "bench"  #: how the client ids of shared connections begin
    persistent: bool = True  #: the broker keeps commands for a device that is away
    start: float | None = None  #: s since 1970 at which the story begins; None is now
    speed: float = 1.0  #: of the story, until it has caught up with the clock
    seconds: float = 0.0  #: how long to run; 0 is until told to stop
    drain: float = 15.0  #: s to wait in the end for acknowledgements
    patience: float = 30.0  #: s without any connection at the start before giving up
    dials_per_second: float = 200.0  #: a fleet does not switch its ignition on in one second
    truth: Path | None = None  #: where the ground truth is written, one JSON object a line
    faults: Faults = NONE
    numbered: bool = False  #: terminals number their messages

    def __post_init__(self) -> None:
        if not 0 <= self.shared <= SHARED_LIMIT:
            raise ValueError(f"shared connections: 0 to {SHARED_LIMIT}, not {self.shared}")


@dataclass(slots=True)
class Report:
    """What was done; counts from the start of the run.

    At the end every distinct epoch is in ``published``; the gateway owes one outcome for
    each, and one dead letter for each of ``broken``.  ``duplicates`` are epochs handed
    over once more: by a fault, or because a connection was lost before the acknowledgement.
    """

    devices: int = 0
    connections: int = 0  #: up at this moment
    reconnects: int = 0  #: connections lost, or not made
    refused: int = 0  #: connections the broker did not accept
    published: int = 0  #: distinct (device, time) handed to MQTT
    void: int = 0  #: of those, epochs without any position: dead letters
    acknowledged: int = 0  #: distinct (device, time) that the broker has
    duplicates: int = 0
    broken: int = 0  #: parts made unreadable on purpose: dead letters
    messages: int = 0  #: of all kinds
    unacknowledged: int = 0  #: messages in flight at this moment
    backlog: int = 0  #: epochs that wait in terminals
    commands: int = 0  #: received by devices
    seconds: float = 0.0
    drained: bool = False  #: everything handed over was acknowledged before the end


OnPublish = Callable[[str, float, float], None]  #: device, device time, clock time of handing over
OnProgress = Callable[[Report], None]  #: called about once a second


@dataclass(slots=True)
class _Line:
    """One connection and the units behind it."""

    name: str
    units: list[Unit]
    rng: np.random.Generator
    attempt: int = 0
    opened: float = 0.0  #: story time at which the present connection was dialled


def seeds(seed: int) -> Seeds:
    """Generators by name; the same seed and name give the same numbers in any fleet."""
    return lambda name: np.random.default_rng([seed, crc32(name.encode())])


class Service:
    """A fleet on its way; ``run`` blocks until it is told to stop."""

    def __init__(
        self,
        fleet: Fleet,
        broker: Broker,
        options: Options | None = None,
        on_publish: OnPublish | None = None,
    ) -> None:
        self.report = Report(devices=len(fleet.trucks))
        self._options = options = options or Options()
        self._broker = broker
        self._on_publish = on_publish
        # The story begins here, not when ``run`` is called: assembling takes its time.
        self._born = time.monotonic()
        self._began = time.time() if options.start is None else options.start
        named = seeds(options.seed)
        self._units = assemble(fleet, self._began, named, options.faults)
        for unit in self._units if options.numbered else ():
            unit.terminal.settings = replace(unit.terminal.settings, numbered=True)
        self._due = [(unit.due, i) for i, unit in enumerate(self._units)]
        heapq.heapify(self._due)
        self._lines = {line.name: line for line in self._strung(named)}
        self._by_device = {u.device: (u, line) for line in self._lines.values() for u in line.units}
        self._dark: set[str] = set()  # devices without a network
        self._dials: dict[str, float] = {}  # connections to be opened: monotonic time
        self._radio: Radio | None = None
        self._truth: TextIO | None = None

    def _strung(self, named: Seeds) -> list[_Line]:
        """Which units share a connection."""
        shared, units = self._options.shared, self._units
        if not shared:
            return [_Line(u.device, [u], named(f"line {u.device}")) for u in units]
        count = min(shared, len(units))
        name = self._options.name
        return [_Line(f"{name}-{k:03d}", units[k::count], named(f"line {k}")) for k in range(count)]

    def run(self, stop: Stop | None = None, on_progress: OnProgress | None = None) -> Report:
        """Run until ``stop`` is set or the seconds are over, then drain and close.

        Raises ``BrokerAway`` if no connection at all came up within the patience.
        """
        stop = stop or Stop()
        with ExitStack() as stack:
            self._radio = Radio(self._broker)
            stack.callback(self._radio.close)
            if self._options.truth:
                path = self._options.truth
                self._truth = stack.enter_context(path.open("w", encoding="utf-8"))
            self._live(stop, on_progress or (lambda _: None))
            self.report.drained = self._drain()
            self._farewells()
            self._refresh()
        return self.report

    def _live(self, stop: Stop, on_progress: OnProgress) -> None:
        began = tick = time.monotonic()
        pace = self._options.dials_per_second
        self._dials = {name: began + k / pace for k, name in enumerate(self._lines)}
        while not stop.is_set():
            now = time.monotonic()
            self.report.seconds = now - began
            if 0 < self._options.seconds <= self.report.seconds:
                return
            self._check_patience()
            story = self._story()
            self._step(story)
            self._dial(now, story)
            self._react(self._poll(self._pause(story)), story)
            if now - tick >= 1.0:
                tick = now
                self._refresh()
                on_progress(replace(self.report))

    def _story(self) -> float:
        """The story's time; it never overtakes the clock, for nobody believes the future."""
        told = self._began + (time.monotonic() - self._born) * self._options.speed
        return min(told, time.time()) if self._options.speed > 1 else told

    def _pause(self, story: float) -> float:
        """How long nothing is due."""
        caught_up = self._options.speed > 1 and story > time.time() - 1
        pace = 1.0 if caught_up else self._options.speed
        return min(max((self._due[0][0] - story) / pace, 0.0), LONGEST_POLL)

    def _step(self, story: float) -> None:
        """Step what is due, but return to the sockets now and then."""
        until = time.monotonic() + LONGEST_POLL
        while self._due[0][0] <= story and time.monotonic() < until:
            unit = self._units[self._due[0][1]]
            messages, truth = unit.step()
            heapq.heapreplace(self._due, (unit.due, self._due[0][1]))
            if unit.covered == (unit.device in self._dark) and self._options.faults.dead_zones:
                self._coverage(unit, story, messages)
            else:
                self._send(unit, messages)
            if self._truth:
                self._truth.write(json.dumps(truth.record(), ensure_ascii=False) + "\n")

    def _coverage(self, unit: Unit, story: float, messages: list[Message]) -> None:
        """The unit drove into a dead zone, with ``messages`` unsent, or out of it."""
        line, own = self._by_device[unit.device][1], not self._options.shared
        if unit.covered:
            self._dark.discard(unit.device)
            if own:
                self._dials[line.name] = time.monotonic() + reconnect_delay(0, line.rng)
            elif self._connected().is_up(line.name):  # else ``Up`` will say hello
                self._hello(unit, story)
            return
        self._dark.add(unit.device)
        for message in messages:
            unit.terminal.returned(message)
        self._forget(unit)
        if own:
            self._connected().hang_up(line.name)
            self._dials.pop(line.name, None)

    def _dial(self, now: float, story: float) -> None:
        if not self._dials:
            return
        ready = [name for name, at in self._dials.items() if at <= now]
        for name in ready[:DIALS_PER_POLL]:
            del self._dials[name]
            line = self._lines[name]
            line.opened = story
            self._connected().dial(name, self._login(line, story))

    def _login(self, line: _Line, story: float) -> Login:
        broker = self._broker
        if self._options.shared:
            return Login(line.name, broker.shared_user, broker.shared_password, persistent=False)
        terminal = line.units[0].terminal
        return Login(
            line.name,
            *broker.identity(line.name),
            will=terminal.will(story),
            listen=(wire.topic(line.name, Kind.CMD),),
            persistent=self._options.persistent,
        )

    def _poll(self, timeout: float) -> list[Event]:
        return self._connected().poll(timeout)

    def _react(self, events: list[Event], story: float) -> None:
        for event in events:
            match event:
                case Acked():
                    self._acked(event.message)
                case Up():
                    line = self._lines[event.link]
                    line.attempt = 0
                    for unit in line.units:
                        if unit.device not in self._dark:
                            self._hello(unit, line.opened)
                case Down():
                    self._down(event)
                case Heard():
                    self._heard(event, story)

    def _hello(self, unit: Unit, opened: float) -> None:
        self._send(unit, unit.terminal.connected(opened, announce=not self._options.shared))

    def _acked(self, message: Message) -> None:
        unit = self._by_device[message.device][0]
        if message.token:
            self._send(unit, unit.channel.apply(unit.terminal.acknowledged(message.token)))

    def _down(self, event: Down) -> None:
        line = self._lines[event.link]
        self.report.refused += event.refused
        self.report.reconnects += 1
        for unit in line.units:
            self._forget(unit)
        self._dials[line.name] = time.monotonic() + reconnect_delay(line.attempt, line.rng)
        line.attempt += 1

    def _forget(self, unit: Unit) -> None:
        """The connection is gone: what was in flight is the terminal's again."""
        for message in unit.channel.cut_off():
            unit.terminal.returned(message)
        unit.terminal.disconnected()

    def _heard(self, event: Heard, story: float) -> None:
        if event.device in self._by_device:
            unit = self._by_device[event.device][0]
            self.report.commands += 1
            self._send(unit, unit.terminal.received(story, event.payload))

    def _send(self, unit: Unit, messages: list[Message]) -> None:
        """Hand messages to MQTT, and count what is in them."""
        line, report = self._by_device[unit.device][1], self.report
        for message in messages:
            if not self._connected().send(line.name, message):
                unit.terminal.returned(message)  # the connection is breaking; ``Down`` follows
                continue
            report.messages += 1
            report.published += len(message.fixes)
            report.void += message.void
            report.duplicates += message.again
            report.broken += message.broken
            if self._on_publish:
                handed = time.time()
                for fix in message.fixes:
                    self._on_publish(message.device, fix, handed)

    def _drain(self) -> bool:
        """Sample no more, leave the dead zones, send every backlog, await acknowledgements."""
        story, until = self._story(), time.monotonic() + self._options.drain
        home = [self._by_device[device] for device in self._dark]
        self._dark.clear()
        for unit, line in home:
            if not self._options.shared:
                self._dials[line.name] = time.monotonic()
            elif self._connected().is_up(line.name):
                self._hello(unit, story)
        while True:
            for unit in self._units:
                self._send(unit, unit.channel.release())
            if not any(unit.terminal.owes for unit in self._units) and not self._returning(home):
                return True
            if time.monotonic() >= until:
                return False
            self._dial(time.monotonic(), story)
            self._react(self._poll(LONGEST_POLL), story)

    @staticmethod
    def _returning(home: list[tuple[Unit, _Line]]) -> bool:
        """Whether a unit from a dead zone has yet to come up and send what it kept."""
        return any(not unit.terminal.online for unit, _ in home)

    def _farewells(self) -> None:
        """Tell the broker that the silence is meant, and wait until it knows."""
        if self._options.shared:
            return
        story, radio = self._story(), self._connected()
        waiting = {
            unit.device
            for unit in self._units
            if unit.terminal.online and radio.send(unit.device, unit.terminal.farewell(story))
        }
        until = time.monotonic() + GOODBYE
        while waiting and time.monotonic() < until:
            for event in self._poll(LONGEST_POLL):
                if isinstance(event, Acked | Down):
                    waiting.discard(event.link)

    def _check_patience(self) -> None:
        report = self.report
        if report.messages == 0 and report.seconds > self._options.patience:
            if self._connected().connected:
                return
            place = f"{self._broker.host}:{self._broker.port}"
            raise BrokerAway(
                f"no connection to the broker at {place} in {report.seconds:.0f} s"
                f" ({report.refused} refused by it)"
            )

    def _refresh(self) -> None:
        terminals = [u.terminal for u in self._units]
        self.report.connections = self._connected().connected
        self.report.acknowledged = sum(t.counters.acknowledged for t in terminals)
        self.report.unacknowledged = sum(t.flying for t in terminals)
        self.report.backlog = sum(t.backlog for t in terminals)

    def _connected(self) -> Radio:
        if self._radio is None:
            raise BrokerAway("the fleet is not running")
        return self._radio


def run(
    fleet: Fleet,
    broker: Broker,
    options: Options | None = None,
    stop: Stop | None = None,
    on_progress: OnProgress | None = None,
    on_publish: OnPublish | None = None,
) -> Report:
    """Run a fleet until ``stop`` is set; see ``Service.run``."""
    return Service(fleet, broker, options, on_publish).run(stop, on_progress)
