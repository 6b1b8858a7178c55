"""What is remembered of one vehicle between batches: where it was, and its open visits.

Values only.  ``PLACE`` is the fixed part, one row per vehicle of the world; a ``Machine`` is
one open visit.  ``pack`` and ``unpack`` turn both into the bytes that the store keeps with the
vehicle and with its checkpoints.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from math import isnan, nan
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fleet.nodes import Basis, Visit

FORMAT = 2  #: of ``pack``; another one means: fold again

#: The fixed part; NaN where nothing is known.  Positions in degrees, times in s.
PLACE = np.dtype(
    [
        ("newest", "<f8"),  # last fix taken, whatever its grade; -inf before the first
        ("time", "<f8"),  # last fix that decides: segments begin here
        ("lon", "<f8"),
        ("lat", "<f8"),
        ("device", "<i4"),
        ("restless", "?"),  # something is undecided: the next fix is looked at one by one
        ("until", "<f8"),  # when that will be so, if nothing happens before; inf: never
        ("moving", "?"),  # it rests as long as it moves: to stand would be news
        ("signature", "<u8"),  # of the fences that it rests in, each with its version
        ("stood", "<f8"),  # last standstill that was seen while a visit was open
        ("stand", "<f8"),  # the same, under the name it had before noise began it anew
        ("stand_lon", "<f8"),  # where
        ("stand_lat", "<f8"),
    ]
)


class Phase(IntEnum):
    """Where a machine stands.  Stored: never renumber."""

    NEAR = 0  #: at the outline, not surely inside: no visit yet
    ENTERING = 1  #: inside, too short to have arrived
    WAVERING = 2  #: was entering, and was seen outside; perhaps it only passed
    ARRIVED = 3
    LEAVING = 4  #: was seen outside, too short to have departed
    DEPARTED = 5  #: may come back within minutes; then it had not departed
    # The ends; a machine in one of these is not kept.
    NOTHING = 6  #: it was no visit
    PASSED = 7  #: went through
    SETTLED = 8  #: departed, and did not come back
    CLOSED = 9  #: the fence was edited or ended round it


BASES = tuple(Basis)  #: the order in which they are packed: add at the end only
_GAP = BASES.index(Basis.GAP_BOUNDED)


class Edge(NamedTuple):
    """Where one end of a visit lies in time, and between which two fixes."""

    time: float
    earliest: float  #: NaN: nothing is known before
    latest: float
    basis: int  #: position in ``BASES``
    version: int  #: of the fence, that judged it
    before_device: int
    before: float  #: time of the fix before; NaN none
    after_device: int
    after: float  #: time of the fix after

    @property
    def is_bounded(self) -> bool:
        """Whether the fixes are too far apart to say where between them."""
        return self.basis == _GAP


@dataclass(slots=True)
class Machine:
    """One vehicle at one fence; plain numbers.  Changed only by who has copied it."""

    fence: int  #: key
    judged: int  #: version of the fence that judged the last fix
    phase: Phase = Phase.NEAR
    inside: bool = False  #: at the last fix that decides, whatever its accuracy
    deep: bool = False  #: near: between two fixes it was surely inside
    beside: bool = False  #: arrived, though it only ever stood beside the outline
    ins: int = 0  #: fixes surely inside, until it has arrived; counted as far as it takes
    outs: int = 0  #: fixes surely outside since the last one inside
    arrived_device: int = 0
    departed_device: int = 0
    flaps: int = 0
    yielded_to: int = 0
    first_in: float = nan
    first_lon: float = nan  #: where it was at ``first_in``
    first_lat: float = nan
    first_out: float = nan
    stopped: float = nan
    stand: float = nan  #: the standstill it was first seen in, by its name
    arrived: float = nan
    departed: float = nan
    came: Edge | None = None  #: the last way in that is not yet an entry
    near: Edge | None = None  #: since when it is within the margin, where it is expected
    entry: Edge | None = None
    leave: Edge | None = None  #: the first way out since it was last surely inside
    #: the visit that it stands for, once somebody asked; not part of it, nor of its copies
    shown: Visit | None = field(default=None, compare=False, repr=False)

    def copy(self) -> Machine:
        """Another one like it."""
        return Machine(*_fields(self))


_fields = attrgetter(*(name for name in Machine.__slots__ if name != "shown"))


@dataclass(frozen=True, slots=True)
class Memory:
    """Of all vehicles."""

    places: NDArray[np.void]  #: ``PLACE``, one row per vehicle of the world; not written to
    machines: Mapping[int, tuple[Machine, ...]] = field(default_factory=dict)  #: by vehicle row


def empty_places(vehicles: int) -> NDArray[np.void]:
    """Of vehicles that nothing is known of."""
    places = np.zeros(vehicles, PLACE)
    for name in ("time", "lon", "lat", "stood", "stand", "stand_lon", "stand_lat"):
        places[name] = np.nan
    places["newest"], places["until"] = -np.inf, np.inf
    return places


_HEAD = struct.Struct("<BH")  # format, number of machines
_EDGE = "dddBiidid"
_NUMBERS = (
    *("fence", "judged", "phase", "inside", "deep", "beside", "ins", "outs"),
    *("arrived_device", "departed_device", "flaps", "yielded_to"),
    *("first_in", "first_lon", "first_lat", "first_out"),
    *("stopped", "stand", "arrived", "departed"),
)
_EDGES = ("came", "near", "entry", "leave")
_BODY = struct.Struct("<iiB???iiiiiidddddddd" + _EDGE * len(_EDGES))
_numbers, _edges = attrgetter(*_NUMBERS), attrgetter(*_EDGES)
_NO_EDGE = Edge(nan, nan, nan, 0, 0, 0, nan, 0, nan)


def pack(place: np.void, machines: tuple[Machine, ...]) -> bytes:
    """One vehicle's memory as bytes: equal memories give equal bytes."""
    return b"".join(
        (
            _HEAD.pack(FORMAT, len(machines)),
            place.tobytes(),
            *(_packed(machine) for machine in machines),
        )
    )


def pack_all(places: NDArray[np.void], machines: Mapping[int, tuple[Machine, ...]]) -> list[bytes]:
    """``pack`` of each row of ``places``; ``machines`` by row."""
    quiet = _HEAD.pack(FORMAT, 0)
    body, size = places.tobytes(), PLACE.itemsize
    packed = [quiet + body[at : at + size] for at in range(0, len(body), size)]
    for row, running in machines.items():
        packed[row] = pack(places[row], running)
    return packed


def unpack(body: bytes) -> tuple[NDArray[np.void], tuple[Machine, ...]]:
    """What ``pack`` was given: the place, shape (1,), and the machines.

    Raises:
        ValueError: the bytes are not of this format.
    """
    if len(body) < _HEAD.size or body[0] != FORMAT:
        raise ValueError("not a memory of visits of this format")
    _, count = _HEAD.unpack_from(body)
    start = _HEAD.size + PLACE.itemsize
    if len(body) != start + count * _BODY.size:
        raise ValueError(f"a memory of {count} visits is not {len(body)} bytes long")
    place = np.frombuffer(body, PLACE, 1, _HEAD.size).copy()
    return place, tuple(_unpacked(values) for values in _BODY.iter_unpack(body[start:]))


def _packed(machine: Machine) -> bytes:
    came, near, entry, leave = (edge or _NO_EDGE for edge in _edges(machine))
    return _BODY.pack(*_numbers(machine), *came, *near, *entry, *leave)


def _unpacked(values: tuple[float, ...]) -> Machine:
    given: dict[str, object] = dict(zip(_NUMBERS, values, strict=False))
    given["phase"] = Phase(int(values[_NUMBERS.index("phase")]))
    width = len(_NO_EDGE)
    for number, name in enumerate(_EDGES):
        start = len(_NUMBERS) + number * width
        edge = Edge._make(values[start : start + width])
        given[name] = None if isnan(edge.time) else edge
    return Machine(**given)  # type: ignore[arg-type]  # the struct's types are the fields'
