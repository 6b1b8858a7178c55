"""Days of the simulator, as the frames that a gateway would receive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from firmware_sim import scenario
from firmware_sim.device import Message
from firmware_sim.service import seeds
from fleet.records import Frame


def day(trucks: int, hours: float, start: float, seed: int) -> list[Frame]:
    """What ``trucks`` terminals send from ``start`` on, each message received as it is sent."""
    frames: list[Frame] = []
    for unit in scenario.assemble(scenario.china_trunk(trucks), start, seeds(seed)):
        flying = unit.terminal.connected(start)
        while unit.due < start + hours * 3600:
            now = unit.due
            messages, _ = unit.step()
            flying = [*flying, *messages]
            while flying:
                message = flying.pop(0)
                frames.append(received(message, now + 0.2))
                flying += unit.terminal.acknowledged(message.token) if message.token else []
    return sorted(frames, key=lambda frame: frame.received)


def received(message: Message, at: float) -> Frame:
    """``message`` as the gateway takes it in."""
    return Frame(message.device, message.kind, message.payload, at, message.retain)


def tripled(frames: list[Frame], rng: np.random.Generator, within: float = 600.0) -> list[Frame]:
    """Every frame three times, each copy up to ``within`` seconds later than it was sent."""
    copies = [
        replace(frame, received=frame.received + float(rng.uniform(0, within)))
        for frame in frames
        for _ in range(3)
    ]
    return sorted(copies, key=lambda frame: frame.received)


#: All that a fix says, without what followed from the order and the time of its arrival.
CONTENT = (
    "SELECT d.code, f.time, f.lat, f.lon, f.altitude, f.speed, f.course, f.hdop, f.satellites, "
    "f.grade, f.flags & 15 FROM fix f JOIN device d ON d.id = f.device_id ORDER BY 1, 2"
)
