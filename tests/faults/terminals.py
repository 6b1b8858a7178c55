"""Terminals that send what they are given, and keep a record of what was acknowledged.

The network is the simulator's radio; one thread drives them all.  A message is in its
terminal's queue until the broker has acknowledged it, through as many connections as that
takes, so at the end of a round everything was acknowledged or the round has failed.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

import numpy as np

from firmware_sim.device import Message, reconnect_delay
from firmware_sim.radio import Acked, Broker, Down, Event, Login, Radio, Up
from fleet.wire import Kind

#: Messages in flight of one terminal, as a modem has them.
WINDOW = 8
#: Tries after which pauses between connections grow no more: a round is short.
PATIENCE = 1
DIALS = 200  #: connections opened in a row
POLL = 0.02  #: s


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message of a round."""

    device: str
    kind: Kind
    payload: bytes
    fixes: tuple[int, ...] = ()  #: ms since 1970; what must be stored of it


class Script(Protocol):
    """What is to be sent, message by message."""

    def __next__(self) -> Parcel: ...

    def rest(self) -> Iterable[Parcel]:
        """What must be sent in any case and was not asked for yet."""


@dataclass(slots=True)
class _Terminal:
    name: str
    waiting: deque[Parcel] = field(default_factory=deque)
    flying: dict[int, Parcel] = field(default_factory=dict)
    up: bool = False
    attempt: int = 0

    def back(self) -> None:
        """The connection is gone: what was in flight waits again, in its order."""
        self.up = False
        self.waiting.extendleft(reversed(self.flying.values()))
        self.flying.clear()


class Terminals:
    """A fleet's terminals on their own thread; as a context manager."""

    def __init__(
        self, broker: Broker, script: Script, pace: float, rng: np.random.Generator
    ) -> None:
        """``script`` is sent at ``pace`` messages a second until ``finish``, then its rest."""
        self._broker, self._script, self._pace, self._rng = broker, script, pace, rng
        self._terminals: dict[str, _Terminal] = {}
        self._dials: dict[str, float] = {}
        self._eager: set[str] = set()
        self._extra: queue.SimpleQueue[list[Parcel]] = queue.SimpleQueue()
        self._token = 0
        self._enough, self._gone = threading.Event(), threading.Event()
        self._empty = threading.Event()
        self._thread = threading.Thread(target=self._run, name="terminals")
        self.sent: set[tuple[str, int]] = set()  #: fixes handed to MQTT, device and ms
        self.acknowledged: set[tuple[str, int]] = set()  #: of those, what the broker has
        self.counted: dict[str, int] = {}  #: acknowledged messages, by kind
        self.reconnects = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._thread.join()

    @property
    def up(self) -> int:
        """How many are connected."""
        return sum(terminal.up for terminal in list(self._terminals.values()))

    @property
    def waiting(self) -> int:
        """Messages that no connection has taken yet."""
        return sum(len(terminal.waiting) for terminal in list(self._terminals.values()))

    def add(self, parcels: Iterable[Parcel]) -> None:
        """Send these too, at once."""
        self._empty.clear()
        self._extra.put(list(parcels))

    def finish(self, within: float) -> int:
        """Send the rest of the script, await all acknowledgements; how many are missing."""
        self._empty.clear()
        self._enough.set()
        self._empty.wait(within)
        return self.waiting + sum(len(one.flying) for one in list(self._terminals.values()))

    def _run(self) -> None:
        radio, began, told = Radio(self._broker), time.monotonic(), 0
        while not self._gone.is_set():
            now = time.monotonic()
            while not self._extra.empty():
                self._take(self._extra.get())
            if ending := self._enough.is_set():
                self._take(self._script.rest())
            else:
                due = int((now - began) * self._pace) - told
                self._take(next(self._script) for _ in range(due))
                told += due
            self._dial(radio, now)
            for name in list(self._eager):
                self._flush(radio, self._terminals[name])
            for event in radio.poll(POLL):
                self._react(event)
            if ending and not self._owing():
                self._empty.set()
        radio.close()

    def _owing(self) -> bool:
        everyone = self._terminals.values()
        return not self._extra.empty() or any(one.waiting or one.flying for one in everyone)

    def _take(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            terminal = self._terminals.get(parcel.device)
            if terminal is None:
                terminal = self._terminals[parcel.device] = _Terminal(parcel.device)
                self._dials[parcel.device] = 0.0
            terminal.waiting.append(parcel)
            self._eager.add(parcel.device)

    def _dial(self, radio: Radio, now: float) -> None:
        for name in [name for name, at in self._dials.items() if at <= now][:DIALS]:
            del self._dials[name]
            login = Login(name, *self._broker.identity(name), persistent=False)
            radio.dial(name, login)

    def _flush(self, radio: Radio, terminal: _Terminal) -> None:
        self._eager.discard(terminal.name)
        while terminal.up and terminal.waiting and len(terminal.flying) < WINDOW:
            parcel = terminal.waiting[0]
            self._token += 1
            message = Message(parcel.device, parcel.kind, parcel.payload, token=self._token)
            if not radio.send(terminal.name, message):
                return  # the connection is breaking; ``Down`` follows
            self.sent.update((parcel.device, ms) for ms in parcel.fixes)
            terminal.flying[self._token] = terminal.waiting.popleft()

    def _react(self, event: Event) -> None:
        terminal = self._terminals[event.link]
        match event:
            case Up():
                terminal.up, terminal.attempt = True, 0
            case Acked():
                parcel = terminal.flying.pop(event.message.token, None)
                if parcel is not None:
                    self.acknowledged.update((parcel.device, ms) for ms in parcel.fixes)
                    self.counted[parcel.kind] = self.counted.get(parcel.kind, 0) + 1
            case Down():
                terminal.back()
                self.reconnects += 1
                pause = reconnect_delay(min(terminal.attempt, PATIENCE), self._rng)
                self._dials[terminal.name] = time.monotonic() + pause
                terminal.attempt += 1
            case _:
                return
        self._eager.add(event.link)


def known(broker: Broker, password: str) -> Broker:
    """``broker`` with one password for every terminal."""
    return replace(broker, password=password, shared_user=None)
