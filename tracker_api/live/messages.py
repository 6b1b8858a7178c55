"""What is said on the live socket, version 1: JSON text, and positions as bytes where asked for.

The client subscribes (``Subscribe``); the server says ``hello``, then ``snapshot`` or
``delta``, and ``bye`` before it closes.  Vehicles travel in columns (``COLUMNS``), one list
per column, as integers: a column of like numbers is a third of the bytes of a list of
objects, and a browser puts it into a typed array as it stands.

Units on the wire: ``time`` and ``received`` ms since 1970; ``lon`` and ``lat`` 1e-7 degree
(1.1 cm); ``speed`` cm/s; ``course`` 0.1 degree; ``grade`` and ``flags`` as in
``fleet.records``.  ``null`` is unknown; of a vehicle that never had a fix everything but
plate, party, online, site, presence and its trip is ``null``.

``site`` and ``presence`` (``entering``, ``inside``, ``leaving``) are of the site at which the
vehicle is; entering and leaving prove nothing, only nodes do.

``trip`` is the code of the trip that it is on, ``risk`` how that stands (never ``on_time``
without an estimate or an arrival), ``delay`` s, positive late, ``next`` the site of its next stop
and ``next_at`` when it will be there, ISO 8601; the last three are ``null`` where unknown.

Nodes (``NodeOut``) come in a ``delta``: every version once, in order; so do ``alerts``
(``AlertNewsOut``): every entry in the life of an alert that the client may see, with the alert
as it stands.  A cursor says how far they have been told; states may be newer.  A ``snapshot``
holds none, and its cursor is the one that the client had: nodes follow in deltas.  Where it is
another, though the client had one, too many nodes were missed, or the database was replaced:
``/api/v1/nodes/feed`` and ``/api/v1/alerts`` tell them.

**The binary form** (``"format": "binary"`` in ``subscribe``) is for maps.  Text messages stay as
above, but ``vehicles`` has the columns ``OTHERS``: a row for each vehicle of which one of these
changed, and ``slot``, the number by which positions name it.  Slots are of one server process,
which ``hello`` names in ``process``; a client that resumes says of which it has them, and is
sent a snapshot if it is another one.  Positions come in binary messages of one or more segments,
little endian, columns one after the other:

=========  ==========  =====================================================================
``u8``     magic       0x4D
``u8``     version     1
``u8``     kind        1: positions
``u8``     flags       1: part of a snapshot
``u32``    n           vehicles in the segment
``f64``    base        ms since 1970
``f64``    number      of the cursor (after its colon) as of which they are, or newer; 0: unsaid
``i32[n]`` lon, lat    1e-7 degree
``u32[n]`` slot
``i32[n]`` time        10 ms after base; so is the next, told as +-2^31 - 1 where it is beyond
``i32[n]`` received
``u16[n]`` speed       cm/s, 65535 unknown
``u16[n]`` course      0.1 degree, 65535 unknown
``u16[n]`` flags
``u8[n]``  grade       then zeros up to a multiple of 8 bytes
=========  ==========  =====================================================================

A slot that the client was not told, or whose vehicle is gone, is to be passed over; of a slot
told twice in a message both are as new.  A text ``snapshot`` is followed by one message of
positions, flagged, be it empty.  In this form ``bbox`` is no filter: it says where positions are
told at the pace of the stream; those elsewhere come every ``Live.elsewhere`` seconds, put together.
Another ``bbox`` alone is answered by the positions that the client lacks there.  A resumed client
is told all positions anew, because those elsewhere may be older than its cursor.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fleet.views import Cursor, Vehicle
from tracker_api.live.cells import Box, View, view_of
from tracker_api.record import SHOWN
from tracker_api.trips import tag_cells

VERSION = 1

COLUMNS = (
    "plate",
    "party",
    "time",
    "received",
    "lon",
    "lat",
    "speed",
    "course",
    "grade",
    "flags",
    "online",
    "site",
    "presence",
    "trip",
    "risk",
    "delay",
    "next",
    "next_at",
)

#: Columns of a vehicle in the binary form: all but those of its position, after the slot.
OTHERS = ("slot", *COLUMNS[:2], *COLUMNS[10:])

Cell = str | int | bool | None

#: How positions are told: among the columns, or as bytes.
Form = Literal["json", "binary"]

#: A position while it waits to be told as bytes: time, received, lon, lat, speed, course, grade,
#: flags.  Packed once, however many segments it goes into.
FIX = struct.Struct("<qqiiHHBH")

UNKNOWN = 0xFFFF  #: of a speed or a course, as bytes
_SPEED = 4  #: its place in ``FIX``

Vehicles = bytes  #: JSON: columns, encoded once for all who are told the same

#: Why the server ends a conversation.
Farewell = Literal["restart", "too-slow", "forbidden", "bad-request", "limit"]


@dataclass(frozen=True, slots=True)
class Course:
    """What of its trip decides who may see a vehicle; clients are not told."""

    place: str | None  #: code of its next site
    lon: float | None  #: where that is
    lat: float | None
    driver: str | None


@dataclass(frozen=True, slots=True)
class State:
    """The newest state of one vehicle; ``row`` is what clients are told, by ``COLUMNS``."""

    plate: str
    party: str | None
    lon: float | None
    lat: float | None
    row: tuple[Cell, ...]
    course: Course | None = None  #: None: it is on no trip
    fix: bytes | None = None  #: the cells from ``time`` to ``flags`` as ``FIX``; None: never a fix

    @property
    def others(self) -> tuple[Cell, ...]:
        """The cells of ``OTHERS`` after the slot."""
        return (*self.row[:2], *self.row[10:])


@dataclass(frozen=True, slots=True)
class NodeNews:
    """One version of a node, written once for all clients."""

    number: int  #: its change number: the order in which it is told
    plate: str
    party: str | None
    text: bytes  #: JSON
    site: str = ""  #: code: where it happened
    served: frozenset[str] | None = None  #: drivers of its trip; None: it happened on none


@dataclass(frozen=True, slots=True)
class AlertNews:
    """One entry in the life of an alert, written once for all clients."""

    number: int  #: its change number: the order in which it is told
    plate: str  #: of the vehicle that it touches; "" none
    party: str | None  #: of that vehicle
    customer: str | None  #: of the waybill that it is about
    text: bytes  #: JSON
    on_trip: bool  #: it is about a trip, or about a vehicle on one


#: What is told once, in order, to everybody whom it concerns.
Told = NodeNews | AlertNews


@dataclass(frozen=True, slots=True)
class Filter:
    """Which vehicles a client wants to see; both conditions must hold, ``None`` admits all."""

    box: Box | None = None
    plates: frozenset[str] | None = None

    def wants(self, told: Told) -> bool:
        """Whether it is of a vehicle asked for; where the map looks does not matter."""
        return self.plates is None or told.plate in self.plates

    def admits(self, state: State) -> bool:
        """Whether ``state`` is inside; a border is inside, no position is in no box.

        A box whose west is greater than its east crosses the antimeridian (RFC 7946, 5.2).
        """
        if self.plates is not None and state.plate not in self.plates:
            return False
        if self.box is None:
            return True
        lon, lat = state.lon, state.lat
        if lon is None or lat is None:
            return False
        west, south, east, north = self.box
        if not south <= lat <= north:
            return False
        return west <= lon <= east if west <= east else lon >= west or lon <= east


class Subscribe(BaseModel):
    """The only message of a client: first of all, and again to change the filter.

    ``cursor`` continues where an earlier connection *with the same filter* ended.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    type: Literal["subscribe"]
    v: Literal[1]
    token: Annotated[str, Field(max_length=1024)] | None = None
    cursor: Annotated[str, Field(max_length=100)] | None = None
    bbox: tuple[float, float, float, float] | None = None
    vehicles: list[Annotated[str, Field(max_length=64)]] | None = None
    format: Form = "json"
    process: Annotated[str, Field(max_length=64)] | None = None  #: whose slots the client has

    def filter(self) -> Filter:
        """The filter asked for."""
        plates = None if self.vehicles is None else frozenset(self.vehicles)
        return Filter(self._box() if self.format == "json" else None, plates)

    def view(self) -> View:
        """Where positions are wanted at the pace of the stream."""
        return view_of(self._box()) if self.format == "binary" else None

    def place(self) -> Cursor | None:
        """Where to resume; None: from now on."""
        return None if self.cursor is None else Cursor.parse(self.cursor)

    def _box(self) -> Box | None:
        return None if self.bbox is None else _box(self.bbox)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message of a client that is not as defined: bad input is a value."""

    why: str


def parse_subscribe(text: str | bytes) -> Subscribe | Refusal:
    """Read a client's message; never raises, whatever it is."""
    try:
        asked = Subscribe.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = "/".join(str(part) for part in first["loc"]) or "message"
        return Refusal(f"{where}: {first['msg']}")
    if asked.bbox is not None and not -90 <= asked.bbox[1] <= asked.bbox[3] <= 90:  # noqa: PLR2004 (degrees)
        return Refusal("bbox: south and north must be in order and between -90 and 90")
    return asked


def _box(bbox: Box) -> Box:
    """A box with longitudes brought to -180..180: maps count on after a turn round the earth."""
    west, south, east, north = bbox
    if east - west >= 360:  # noqa: PLR2004 (degrees: the whole earth)
        return -180.0, south, 180.0, north
    return _wrap(west), south, _wrap(east), north


def _wrap(lon: float) -> float:
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180  # noqa: PLR2004 (degrees)


def state(vehicle: Vehicle) -> State:
    """What clients are told of ``vehicle``."""
    online = None if vehicle.link is None else vehicle.link.online
    there = vehicle.presence
    at = (None, None) if there is None else (there.site, SHOWN[there.state])
    end = (online, *at, *tag_cells(vehicle.trip))
    fix, tag = vehicle.position, vehicle.trip
    course = None if tag is None else Course(tag.place, tag.lon, tag.lat, tag.driver)
    if fix is None:
        unknown = (None,) * 8
        row = (vehicle.plate, vehicle.party, *unknown, *end)
        return State(vehicle.plate, vehicle.party, None, None, row, course)
    row = (
        vehicle.plate,
        vehicle.party,
        _milliseconds(fix.time),
        _milliseconds(fix.received_at),
        round(fix.lon * 1e7),
        round(fix.lat * 1e7),
        _scaled(fix.speed, 100),
        _scaled(fix.course, 10),
        fix.grade,
        fix.flags,
        *end,
    )
    return State(vehicle.plate, vehicle.party, fix.lon, fix.lat, row, course, packed(row))


def packed(row: tuple[Cell, ...]) -> bytes:
    """The position in a row that has one; a speed beyond the column's room is unknown."""
    cells = [UNKNOWN if cell is None else int(cell) for cell in row[2:10]]
    cells[_SPEED] = min(cells[_SPEED], UNKNOWN)
    return FIX.pack(*cells)


def hello(version: str, heartbeat: float, process: str) -> str:
    """Greets; ``heartbeat`` is the longest silence in s that a client need bear."""
    return _text(
        {
            "type": "hello",
            "v": VERSION,
            "version": version,
            "heartbeat_s": heartbeat,
            "process": process,
        }
    )


def snapshot(cursor: Cursor, vehicles: Vehicles) -> str:
    """Everything in the filter, as of ``cursor``; replaces all that the client knew."""
    return _text(
        {
            "type": "snapshot",
            "v": VERSION,
            "cursor": str(cursor),
            "vehicles": orjson.Fragment(vehicles),
            "nodes": [],
            "alerts": [],
        }
    )


def delta(
    cursor: Cursor,
    vehicles: Vehicles,
    gone: Iterable[str] = (),
    told: Sequence[Told] = (),
    *,
    world: bool = False,
) -> str:
    """What became of the filter since the last message; without content it is the heartbeat.

    ``told`` are nodes and entries of alerts, in order.
    """
    return _text(
        {
            "type": "delta",
            "v": VERSION,
            "cursor": str(cursor),
            "vehicles": orjson.Fragment(vehicles),
            "gone": list(gone),
            "world": world,
            "nodes": [orjson.Fragment(one.text) for one in told if isinstance(one, NodeNews)],
            "alerts": [orjson.Fragment(one.text) for one in told if isinstance(one, AlertNews)],
        }
    )


def bye(code: Farewell, reason: str) -> str:
    """Says why the socket closes now."""
    return _text({"type": "bye", "v": VERSION, "code": code, "reason": reason})


def columns(states: Iterable[State]) -> Vehicles:
    """States as columns of the wire; none give empty columns."""
    return _columns(COLUMNS, [state.row for state in states])


def others(placed: Iterable[tuple[int, State]]) -> Vehicles:
    """Slots and states as columns of the binary form, without positions."""
    return _columns(OTHERS, [(slot, *state.others) for slot, state in placed])


def _columns(names: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Vehicles:
    turned = zip(*rows, strict=True) if rows else ((),) * len(names)
    return orjson.dumps(dict(zip(names, turned, strict=True)))


def _text(message: dict[str, object]) -> str:
    return orjson.dumps(message).decode()


def _milliseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _scaled(value: float | None, per_unit: int) -> int | None:
    return None if value is None or math.isnan(value) else round(value * per_unit)
