"""The ignition: a vehicle whose engine is off and that does not move stands.

Events follow the same rules as fixes: one that is not newer than what the fold has gone past
is late, and if it is news its vehicle is repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.records import Event
from fleet.wire import EventKind
from gateway.judge import Judged, Rules, is_slow
from gateway.screen import AgeRules
from gateway.world import World

_MS_BITS = 43  #: milliseconds since 1970 up to the year 2248
_VALUES = {b"true": False, b"false": True}  #: JSON of "on"; to whether it is off

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Said:
    """What the ignitions said, sorted by vehicle and time."""

    vehicle: NDArray[np.int32]
    time: Floats
    off: NDArray[np.bool_]

    @classmethod
    def of(cls, words: Sequence[tuple[int, float, bool]]) -> Said:
        """From vehicle, time and whether it went off."""
        ordered = sorted(words)
        return cls(
            np.array([word[0] for word in ordered], np.int32),
            np.array([word[1] for word in ordered], np.float64),
            np.array([word[2] for word in ordered], np.bool_),
        )


def is_word(event: Event, rules: AgeRules) -> bool:
    """Whether the fold goes by ``event``: an ignition's, by a clock that can be believed."""
    return (
        event.kind == EventKind.IGNITION
        and event.value in _VALUES
        and -rules.future <= event.received - event.time <= rules.repair
    )


def take(
    events: Sequence[Event], memory: NDArray[np.void], world: World, rules: AgeRules
) -> tuple[Said, tuple[int, ...]]:
    """The words that come in order, and the indices of the events that are late."""
    chosen = [i for i, event in enumerate(events) if is_word(event, rules)]
    if not chosen:
        return Said.of(()), ()
    device = np.array([events[i].device for i in chosen], np.int32)
    time = np.array([round(events[i].time, 3) for i in chosen])
    vehicle = world.find_vehicles(device, time)
    words, late = [], []
    for i, row, at in zip(chosen, vehicle.tolist(), time.tolist(), strict=True):
        if row < 0:
            continue
        if at <= memory["seen"][row] or at <= memory["ignition_time"][row]:
            late.append(i)
        else:
            words.append((row, at, _VALUES[events[i].value]))
    return Said.of(words), tuple(late)


def stand(judged: Judged, said: Said, memory: NDArray[np.void], rules: Rules) -> Floats:
    """Since when the vehicle stands, of every fix; NaN where it does not.

    With the ignition off a fix that is slow, or does not say how fast, stands at once.
    """
    fixes, stood = judged.fixes, judged.stood
    rows = judged.believed[np.isnan(stood[judged.believed])]
    rows = rows[is_slow(fixes.speed[rows], rules)]
    if not len(rows):
        return stood
    vehicle = fixes.vehicle[rows]
    since = memory["ignition_off"][vehicle]
    if len(said.time):
        at = np.searchsorted(
            _key(said.vehicle, said.time), _key(vehicle, fixes.time[rows]), "right"
        )
        found = np.maximum(at - 1, 0)
        spoken = (at > 0) & (said.vehicle[found] == vehicle)
        since = np.where(spoken, _since(said)[found], since)
    stood = stood.copy()
    stood[rows] = since
    return stood


def remember(judged: Judged, said: Said) -> NDArray[np.void]:
    """The memory of the touched vehicles with the last word of each."""
    memory = judged.memory
    if not len(said.time):
        return memory
    memory = memory.copy()
    last = np.append(said.vehicle[1:] != said.vehicle[:-1], True)
    rows = np.searchsorted(judged.touched, said.vehicle[last])
    memory["ignition_off"][rows] = _since(said)[last]
    memory["ignition_time"][rows] = said.time[last]
    return memory


def _since(said: Said) -> Floats:
    """Since when the ignition is off after each word; NaN: it is on."""
    return np.where(said.off, said.time, np.nan)


def _key(vehicle: NDArray[np.int32], time: Floats) -> NDArray[np.int64]:
    return (vehicle.astype(np.int64) << _MS_BITS) | np.rint(time * 1000).astype(np.int64)
