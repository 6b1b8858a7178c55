"""A simulated unit: a lorry on its tour, the receiver in it, its terminal, and their faults.

Pure like its parts: it is stepped at the times it names itself (``due``), so the same seed
gives the same bytes however late the shell comes to call it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from firmware_sim.device import Message, Settings, Terminal
from firmware_sim.faults import Channel, Faults, fitted
from firmware_sim.receiver import Quality, Receiver
from firmware_sim.vehicle import Drive, State

Seeds = Callable[[str], np.random.Generator]  #: an independent generator for every name


@dataclass(frozen=True, slots=True)
class Truth:
    """What really was; one line of the ground truth file."""

    device: str
    time: float  #: by the true clock
    state: State
    arrived: str | None = None  #: the stop reached since the line before
    departed: str | None = None  #: the stop left since the line before

    def record(self) -> dict[str, Any]:
        """The line as plain values; degrees, m/s."""
        state = self.state
        return {
            "device": self.device,
            "time": self.time,
            "lon": round(state.lon, 7),
            "lat": round(state.lat, 7),
            "speed": round(state.speed, 3),
            "course": round(state.course, 2),
            "in_tunnel": state.tunnel,
            "dead_zone": state.dead_zone,
            "parked": state.stop is not None,
            "stop": state.stop,
            "arrived": self.arrived,
            "departed": self.departed,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Where and when a unit drives, and how often its terminal looks at its receiver."""

    drive: Drive
    offset: float  #: s into the drive at the start
    start: float  #: s since 1970, when it is switched on
    tick: float = 1.0  #: s between two looks
    phase: float = 0.0  #: s after the start that the first look happens


class Unit:
    """One vehicle with its terminal; the tour begins again when it ends."""

    def __init__(
        self, terminal: Terminal, plan: Plan, receiver: Receiver, channel: Channel
    ) -> None:
        self.terminal = terminal
        self.channel = channel
        self._plan = plan
        self._receiver = receiver
        self._ticks = 0
        self._state: State | None = None

    @property
    def device(self) -> str:
        """The terminal's name."""
        return self.terminal.device

    @property
    def due(self) -> float:
        """When it wants its next step, in whole milliseconds."""
        plan = self._plan
        return round((plan.start + plan.phase + self._ticks * plan.tick) * 1000) / 1000

    @property
    def covered(self) -> bool:
        """Whether there is a mobile network where it is."""
        return self._state is None or not self._state.dead_zone

    def truth(self, now: float) -> State:
        """Where it really is at ``now``."""
        plan = self._plan
        return plan.drive.at(math.fmod(plan.offset + now - plan.start, plan.drive.duration))

    def step(self) -> tuple[list[Message], Truth]:
        """One look at the receiver, at the time ``due``; what is to be sent, and the truth."""
        now, before = self.due, self._state
        self._ticks += 1
        self._state = state = self.truth(now)
        reading = self._receiver.read(now, state)
        messages = self.terminal.step(now, reading, ignition=state.engine)
        was = before.stop if before else state.stop
        arrived = state.stop if state.stop != was else None
        departed = was if state.stop != was else None
        return self.channel.apply(messages), Truth(self.device, now, state, arrived, departed)


def fit(
    device: str, settings: Settings, quality: Quality, plan: Plan, faults: Faults, seeds: Seeds
) -> Unit:
    """Put a unit together; its randomness depends on the seeds and its own name only."""
    return Unit(
        Terminal(device, fitted(settings, faults, plan.start)),
        plan,
        Receiver(quality, seeds(f"receiver {device}")),
        Channel(device, faults, seeds(f"channel {device}")),
    )
