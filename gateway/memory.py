"""What the engines remember of each vehicle between two batches, and how it is kept.

Four parts: what the screens compare with (``judge.MEMORY``), how far it is on its trip
(``progress.PROGRESS``), the last fix that fences are judged by (``visits.PLACE``), and the
visits that a fix may still change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fleet.nodes import Visit
from gateway.judge import MEMORY, empty_memory
from geofence import nodes, visits
from geofence.machine import resume, visit_of
from geofence.memory import pack_all
from geofence.visits import Machine
from route import progress

#: Raised when any part is kept in another form; what has another number is folded again.
FORMAT = 3 * 256 + 16 * visits.FORMAT + progress.FORMAT

_SCREEN, _ROAD = MEMORY.itemsize, progress.PROGRESS.itemsize


@dataclass(frozen=True, slots=True)
class Memory:
    """Of ``n`` vehicles; row ``i`` of every array is one of them."""

    screen: NDArray[np.void]  #: ``judge.MEMORY``, shape (n,)
    roads: NDArray[np.void]  #: ``progress.PROGRESS``, shape (n,)
    places: NDArray[np.void]  #: ``visits.PLACE``, shape (n,)
    machines: Mapping[int, tuple[Machine, ...]]  #: by row; absent: none

    def rows(self, which: NDArray[np.int32]) -> Memory:
        """The chosen rows, in the order chosen."""
        machines = {
            place: self.machines[row]
            for place, row in enumerate(which.tolist())
            if row in self.machines
        }
        return Memory(self.screen[which], self.roads[which], self.places[which], machines)

    def put(self, which: NDArray[np.int32], those: Memory) -> Memory:
        """This memory with the rows ``which`` taken from ``those``."""
        screen, roads, places = self.screen.copy(), self.roads.copy(), self.places.copy()
        screen[which], roads[which], places[which] = those.screen, those.roads, those.places
        machines = dict(self.machines)
        for place, row in enumerate(which.tolist()):
            machines.pop(row, None)
            if place in those.machines:
                machines[row] = those.machines[place]
        return Memory(screen, roads, places, machines)

    def update(self, which: NDArray[np.int32], those: Memory) -> None:
        """``put`` in place: the writer's own memory, after a commit."""
        self.screen.put(which, those.screen)  # ten times faster than ``[]``
        self.roads.put(which, those.roads)
        self.places.put(which, those.places)
        machines = self.machines
        assert isinstance(machines, dict)  # noqa: S101 - ``blank`` and ``unpack`` make it one
        for place, row in enumerate(which.tolist()):
            if place in those.machines:
                machines[row] = those.machines[place]
            elif row in machines:
                del machines[row]


def blank(vehicles: int) -> Memory:
    """Memory of vehicles that nothing is known of."""
    return Memory(
        empty_memory(vehicles),
        progress.empty_progress(vehicles),
        visits.empty_places(vehicles),
        {},
    )


def still_open(memory: Memory, row: int = 0) -> tuple[Visit, ...]:
    """The visits of one row that a fix may still change, in order of entry."""
    known = (visit_of(machine) for machine in memory.machines.get(row, ()))
    found = [visit for visit in known if visit is not None]
    return tuple(sorted(found, key=lambda visit: (visit.entry.time, visit.fence)))


def resumed(memory: Memory, kept: Sequence[Visit], begun: float) -> Memory:
    """A memory of one row whose fold began without one, with what is kept of visits from before.

    By the rule of ``geofence.nodes.as_it_was_entered``, so that the next fix finds the same
    visits as the record.
    """
    machines = tuple(machine.copy() for machine in memory.machines.get(0, ()))
    of = {machine.fence: machine for machine in machines}
    for number, visit in nodes.match(kept, still_open(memory))[0]:
        if number is not None:
            after = nodes.as_it_was_entered(kept[number], visit, begun)
            if after is not visit:
                resume(of[visit.fence], after)
    return replace(memory, machines={0: machines} if machines else {})


def pack(memory: Memory) -> list[bytes]:
    """Each row as the store keeps it."""
    screen, roads = memory.screen.tobytes(), memory.roads.tobytes()
    places = pack_all(memory.places, memory.machines)
    return [
        screen[at * _SCREEN : (at + 1) * _SCREEN] + roads[at * _ROAD : (at + 1) * _ROAD] + place
        for at, place in enumerate(places)
    ]


def unpack(bodies: Sequence[bytes | None], foreign: NDArray[np.bool_] | None = None) -> Memory:
    """What ``pack`` made; None is a vehicle that nothing is known of.

    ``foreign`` are vehicles of which another version knows something.  Until they are folded
    again they are followed through no fence: a fold that began in the middle would take their
    whole record for disproved.

    Raises:
        ValueError: a body is not of this format.
    """
    memory = blank(len(bodies))
    machines: dict[int, tuple[Machine, ...]] = {}
    for row, body in enumerate(bodies):
        if body is None:
            continue
        memory.screen[row] = np.frombuffer(body, MEMORY, 1)[0]
        memory.roads[row] = np.frombuffer(body, progress.PROGRESS, 1, _SCREEN)[0]
        place, running = visits.unpack(body[_SCREEN + _ROAD :])
        memory.places[row] = place[0]
        if running:
            machines[row] = running
    if foreign is not None:
        memory.places["newest"][foreign] = np.inf
    return Memory(memory.screen, memory.roads, memory.places, machines)
