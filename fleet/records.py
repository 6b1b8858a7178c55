"""Records that cross a package border: frames, fixes in columns, rejects.

Units are SI.  Longitude and latitude are degrees (WGS 84), course is degrees clockwise
from true north, altitude is metres above mean sea level, every time is seconds since
1970-01-01T00:00:00Z.  A float that the device did not send is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag, StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fleet.fences import Expected, FenceVersion
from fleet.trips import Line, TripRow


class Flag(IntFlag):
    """What is known about a fix; zero means nothing unusual.  Bits are stored: never renumber.

    *Intrinsic* flags are decided by the fix alone, *contextual* ones follow event-time
    order and are rewritten by repair, *delivery* ones are facts of one arrival.
    """

    VOID = 1  #: intrinsic: the receiver said the position is not valid (RMC V, GGA quality 0)
    UNCHECKED = 2  #: intrinsic: a sentence of the epoch carried no checksum
    ROLLOVER = 4  #: intrinsic: the date was repaired by whole GPS week epochs (1,024 weeks)
    ESTIMATED = 8  #: intrinsic: dead reckoning, manual or simulator mode, not satellites

    JUMP = 64  #: contextual: no road vehicle covers that distance in that time
    DRIFT = 128  #: contextual: the wander of a parked vehicle; drawn where it stands
    RELOCATION = 256  #: contextual: first believed fix after a real move without a drive

    BACKFILLED = 1024  #: delivery: older than the newest believed fix of its vehicle
    OLD = 2048  #: delivery: older than the repair limit when it came; history only

    INTRINSIC = VOID | UNCHECKED | ROLLOVER | ESTIMATED
    CONTEXTUAL = JUMP | DRIFT | RELOCATION
    DELIVERY = BACKFILLED | OLD


class Grade(IntEnum):
    """How good a fix is by itself; the order is the order of preference.

    A: HDOP <= 2 and >= 6 satellites.  B: HDOP <= 5 and >= 4.  C: HDOP <= 10.  X: worse
    or void.  Where a receiver does not say, HDOP or satellites do not lower the grade
    below B: a terminal that sends only RMC is the ordinary case.
    """

    A = 0
    B = 1
    C = 2
    X = 3


class Reason(StrEnum):
    """Why an input became no fix.  The value is a metric label and is stored: never rename it."""

    NOT_NMEA = "not-nmea"  #: bytes that are no sentence
    TOO_LARGE = "too-large"  #: the payload is larger than the wire allows
    CHECKSUM = "checksum"  #: the checksum does not hold
    UNCHECKED = "no-checksum"  #: no checksum, and the policy demands one
    MALFORMED = "malformed"  #: a sentence whose fields cannot be read
    NO_DATE = "no-date"  #: an epoch that nothing in its message can date
    NO_TIME = "no-time"  #: a position without a time
    NO_POSITION = "no-position"  #: a time, but no coordinates
    NULL_ISLAND = "null-island"  #: exactly (0, 0): a receiver's "unknown"
    OUT_OF_RANGE = "out-of-range"  #: latitude, longitude or minutes beyond their limits
    FUTURE = "future"  #: further ahead of the receive time than clocks may differ
    TOO_OLD = "too-old"  #: older than the history the store keeps
    TORN = "torn"  #: half a sentence whose other half never came
    UNKNOWN_DEVICE = "unknown-device"  #: nobody has registered this device
    WRONG_TOPIC = "wrong-topic"  #: a topic or device name outside the wire definition
    BAD_EVENT = "bad-event"  #: an event, status or acknowledgement that is not as defined
    FAULT = "fault"  #: the gateway failed on it; a fault of ours, taken in again when mended


@dataclass(frozen=True, slots=True)
class Frame:
    """One MQTT message as it arrived."""

    device: str  #: the device part of the topic
    kind: str  #: the last part of the topic: a value of ``fleet.wire.Kind``
    payload: bytes
    received: float  #: when the gateway took it from the network
    retained: bool = False  #: a stored copy of the broker, not news


@dataclass(frozen=True, slots=True)
class Reject:
    """Input that became no fix, kept whole so that a person can see what was refused."""

    reason: Reason
    raw: bytes
    frame: int  #: index of the frame in its batch
    detail: str = ""  #: one plain sentence, where the reason alone does not say enough
    parts: int = 1  #: how many parts of the payload (epochs, stretches) ended here


@dataclass(frozen=True, slots=True)
class FixBatch:
    """``n`` fixes, column by column; row ``i`` of every column describes one fix."""

    device: NDArray[np.int32]  #: row of the device in the world; -1 unknown
    vehicle: NDArray[np.int32]  #: row of the vehicle bound at ``time``; -1 none
    time: NDArray[np.float64]  #: the receiver's clock, whole milliseconds
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    altitude: NDArray[np.float64]
    speed: NDArray[np.float64]
    course: NDArray[np.float64]
    hdop: NDArray[np.float64]
    satellites: NDArray[np.float64]
    grade: NDArray[np.uint8]  #: a ``Grade``
    flags: NDArray[np.uint16]  #: ``Flag`` bits
    received: NDArray[np.float64]  #: of its frame
    frame: NDArray[np.int32]  #: index of the frame in its batch

    def __post_init__(self) -> None:
        shape = (len(self.time),)
        for name in COLUMNS:  # not ``fields``: a batch is made several times per fold
            column = getattr(self, name)
            if column.shape != shape:
                raise ValueError(f"{name}: shape {column.shape}, not {shape}")

    def __len__(self) -> int:
        return len(self.time)

    def flagged(self, flag: Flag, where: NDArray[np.bool_]) -> Self:
        """This batch with ``flag`` raised on the rows where ``where`` is true."""
        return replace(self, flags=self.flags | (np.uint16(flag) * where))

    def rows(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Self:
        """The chosen rows, in the order chosen."""
        return type(self)(*(getattr(self, name)[which] for name in COLUMNS))

    @classmethod
    def empty(cls) -> Self:
        """A batch of no rows."""
        return cls(**{name: np.empty(0, dtype) for name, dtype in COLUMNS.items()})

    @classmethod
    def concat(cls, batches: Sequence[Self]) -> Self:
        """All rows of ``batches``, one after the other; an empty sequence gives no rows."""
        if not batches:
            return cls.empty()
        return cls(*(np.concatenate([getattr(b, name) for b in batches]) for name in COLUMNS))


COLUMNS: dict[str, type[np.generic]] = {
    "device": np.int32,
    "vehicle": np.int32,
    "time": np.float64,
    "lon": np.float64,
    "lat": np.float64,
    "altitude": np.float64,
    "speed": np.float64,
    "course": np.float64,
    "hdop": np.float64,
    "satellites": np.float64,
    "grade": np.uint8,
    "flags": np.uint16,
    "received": np.float64,
    "frame": np.int32,
}


@dataclass(frozen=True, slots=True)
class WorldRows:
    """The registered world at one revision, as the store reads it.

    Keys are opaque: the store wrote them and the store reads them.  Row numbers (positions
    in the arrays) are what ``FixBatch.device`` and ``FixBatch.vehicle`` hold.
    """

    revision: int
    device_code: tuple[str, ...]
    device_key: NDArray[np.int32]
    plate: tuple[str, ...]
    vehicle_key: NDArray[np.int32]
    bound_device: NDArray[np.int32]  #: row of the device, per binding
    bound_vehicle: NDArray[np.int32]  #: row of the vehicle, per binding
    bound_from: NDArray[np.float64]
    bound_to: NDArray[np.float64]  #: exclusive; inf while it lasts
    bound_primary: NDArray[np.bool_]
    fence_revision: int = 0  #: rises with every edit of a fence
    fences: tuple[FenceVersion, ...] = ()  #: all versions, by fence and version
    expected: tuple[Expected, ...] = ()
    trip_revision: int = 0  #: rises with every edit of a trip
    trips: tuple[TripRow, ...] = ()  #: those not over for long, by key
    lines: tuple[Line, ...] = ()  #: those that plans of these trips follow, by key


@dataclass(frozen=True, slots=True)
class Event:
    """What a device reported besides positions."""

    device: int  #: row in the world
    time: float
    kind: str
    value: bytes  #: JSON
    received: float


@dataclass(frozen=True, slots=True)
class LinkReport:
    """One status message: the device is there, or is gone."""

    device: int  #: row in the world
    online: bool
    time: float  #: by the device's clock; a last will's is when its connection began
    reason: str
    since: float  #: what to show: a last will happened when it arrived


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message that its terminal numbered."""

    device: int  #: row in the world
    number: int
    time: float  #: of its newest fix; of its arrival where it has none that dates it
    dated: bool  #: whether a fix dates it


@dataclass(frozen=True, slots=True)
class CommandReply:
    """A device's answer to a command."""

    device: int  #: row in the world
    id: str
    time: float
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Live:
    """Where to draw vehicles after a batch: the newest believed fix of each that moved on.

    Position is the fix's own, or where a parked vehicle stands.
    """

    vehicle: NDArray[np.int32]  #: rows of the world, each once
    fix: NDArray[np.intp]  #: row of the batch's fixes
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
