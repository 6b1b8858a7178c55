"""What goes wrong between a terminal and the network, to be switched on.

``Channel`` takes the messages of one device in their order and returns what is sent
instead.  Faults that belong to the terminal itself (a wrong clock, a backlog sent
backwards) are its settings; ``fitted`` puts them there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.device import Message, Settings
from fleet.wire import Kind

GPS_ZERO = 315_964_800.0  #: 1980-01-06T00:00:00Z, where a receiver's clock starts when it forgot


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities are per message; zero and False switch a fault off.

    Every part that ``checksum`` spoils is counted (``Message.broken``).  What ``torn`` costs
    is not: where a connection breaks between two halves, or messages are also reordered or
    doubled, the reader finds as many unreadable parts as the cut happened to make.
    """

    duplicate: float = 0.0  #: sent twice
    reorder: float = 0.0  #: held back until the next message of the device has gone
    checksum: float = 0.0  #: one GGA of the message gets a wrong checksum; RMC still tells the fix
    torn: float = 0.0  #: cut at any byte; the tail is sent at the head of the next message
    newest_first: bool = False  #: a backlog is sent backwards
    skew: float = 0.0  #: s that the device's clock is ahead
    since_1980: bool = False  #: the clock forgot the date: it counts from 1980-01-06
    dead_zones: bool = True  #: stretches without a mobile network are obeyed


NONE = Faults()


def fitted(settings: Settings, faults: Faults, power_up: float) -> Settings:
    """The settings of a terminal that has the faults of its own kind."""
    skew = GPS_ZERO - power_up if faults.since_1980 else settings.skew + faults.skew
    backwards = settings.newest_first or faults.newest_first
    return replace(settings, skew=skew, newest_first=backwards)


class Channel:
    """The faults of one device's messages, in their order."""

    def __init__(self, device: str, faults: Faults, rng: np.random.Generator) -> None:
        self._device = device
        self._faults = faults
        self._rng = rng
        self._held: list[Message] = []
        self._tail = b""
        self._any = max(faults.duplicate, faults.reorder, faults.checksum, faults.torn) > 0

    def apply(self, messages: list[Message]) -> list[Message]:
        """What is sent instead of ``messages``; only positions are ever harmed."""
        if not self._any:
            return messages
        return [sent for message in messages for sent in self._harmed(message)]

    def release(self) -> list[Message]:
        """What is still held back, a torn tail included; before a connection is closed."""
        held, self._held = self._held, []
        if self._tail:
            held = [*held, Message(self._device, Kind.NMEA, self._tail)]
            self._tail = b""
        return held

    def cut_off(self) -> list[Message]:
        """The connection is lost; what was held back is returned, it never reached MQTT."""
        held, self._held, self._tail = self._held, [], b""
        return held

    def _harmed(self, message: Message) -> list[Message]:
        if message.kind is not Kind.NMEA:
            return [message]
        faults = self._faults
        spoil, tear, hold, double = self._rng.random(4).tolist()
        if spoil < faults.checksum:
            message = spoiled(message)
        whole = not self._tail
        message = self._torn(message, tear)
        # Both halves of a torn sentence stay in their order, or nobody could join them.
        if hold < faults.reorder and not self._held and whole and not self._tail:
            self._held = [message]
            return []
        if self._tail:
            return [message]
        held, self._held = self._held, []
        sent = [message, *held]
        if double < faults.duplicate:
            sent.insert(1, copied(message))
        return sent

    def _torn(self, message: Message, chance: float) -> Message:
        payload, self._tail = self._tail + message.payload, b""
        if chance < self._faults.torn:
            cut = int(self._rng.integers(1, len(payload)))
            payload, self._tail = payload[:cut], payload[cut:]
        return replace(message, payload=payload)


def copied(message: Message) -> Message:
    """The same message once more; its epochs have been handed over before."""
    again = len(message.fixes) + message.again
    return replace(message, fixes=(), again=again, void=0)


def spoiled(message: Message) -> Message:
    """The message with a wrong checksum in its last GGA; unchanged if it has none."""
    place = message.payload.rfind(b"GGA,")
    star = message.payload.find(b"*", place)
    if place < 0 or star < 0:
        return message
    right = int(message.payload[star + 1 : star + 3], 16)
    wrong = b"%02X" % (right ^ 0x55)
    payload = message.payload[: star + 1] + wrong + message.payload[star + 3 :]
    return replace(message, payload=payload, broken=message.broken + 1)
