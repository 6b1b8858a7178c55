"""Rows that readers get from the store: what leaves ``store`` and has no integer key.

Instants are aware ``datetime`` in UTC, because people and JSON read them; units as in
``fleet.records``.  ``None`` is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.alert_views import AlertNews
from fleet.fences import FenceTerms
from fleet.nodes import Basis, Cause, NodeKind, Source, VisitState
from fleet.trips import Risk


@dataclass(frozen=True, slots=True)
class Party:
    """A company."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place of business."""

    code: str
    name_zh: str
    name_en: str
    zone: str  #: IANA
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Position:
    """One stored fix, as a reader sees it."""

    time: datetime
    received_at: datetime
    lon: float
    lat: float
    altitude: float | None  #: m
    speed: float | None  #: m/s
    course: float | None  #: degrees true
    hdop: float | None
    satellites: int | None
    grade: int
    flags: int


@dataclass(frozen=True, slots=True)
class Link:
    """What a device last said of its connection."""

    online: bool
    time: datetime  #: since when it is so
    reason: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a vehicle is: the open visit at a fence whose visits become nodes."""

    site: str  #: code
    state: VisitState  #: entering, arrived or leaving


@dataclass(frozen=True, slots=True)
class TripTag:
    """The trip that a vehicle is on, in a word: for the live map."""

    code: str
    risk: Risk
    delay: float | None  #: s, positive late, predicted or certain, of the worst stop
    next_site: str | None  #: code of the first open stop's site
    next_at: datetime | None  #: its estimate, P50
    place: str | None = None  #: the same site, estimated or not
    lon: float | None = None  #: where that is, degrees
    lat: float | None = None
    driver: str | None = None  #: who drives now


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle with its newest believed fix."""

    plate: str
    party: str | None
    device: str | None  #: the primary device bound now
    position: Position | None
    link: Link | None
    revision: int
    presence: Presence | None = None  #: only the live feed reads it
    trip: TripTag | None = None  #: likewise


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device."""

    code: str
    vehicle: str | None  #: plate it is bound to now
    has_credential: bool
    link: Link | None
    created_at: datetime
    revoked_at: datetime | None  #: since when it may not connect, whatever it shows
    refused: int  #: times that the broker refused it something


@dataclass(frozen=True, slots=True)
class UnknownDevice:
    """A device that nobody has registered, known from its dead letters."""

    code: str
    letters: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Input that became no fix."""

    id: int
    received_at: datetime
    device: str
    kind: str
    reason: str
    detail: str
    raw: bytes
    parts: int  #: how many parts of the payload ended here
    reinjected_at: datetime | None


@dataclass(frozen=True, slots=True)
class Command:
    """An order to a device and what became of it."""

    id: str
    device: str
    kind: str
    body: dict[str, Any]
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    acked_at: datetime | None
    ok: bool | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Fence:
    """One version of a fence, as a reader sees it."""

    code: str
    site: Site
    version: int
    parent: str | None  #: code of the fence that it lies in
    valid_from: datetime
    valid_to: datetime | None  #: exclusive; None while it lasts; ``valid_from``: never in force
    author: str
    reason: str
    recorded_at: datetime
    terms: FenceTerms


@dataclass(frozen=True, slots=True)
class NodeVersion:
    """One version of a node, as a reader sees it; ``fleet.nodes.Node`` says what it means."""

    number: int  #: its change number: the order of the feed
    id: str
    version: int
    valid: bool
    cause: Cause
    kind: NodeKind
    vehicle: str  #: plate
    party: str | None  #: of the vehicle now: who may see it
    site: Site
    operator: str | None  #: code of the party whose vehicle it was
    fence: tuple[str, int] | None  #: code and version
    visit: str | None
    planned_at: datetime | None
    estimated_at: datetime | None
    actual_at: datetime
    earliest_at: datetime | None
    latest_at: datetime | None
    stopped_at: datetime | None
    confirmed_at: datetime | None
    basis: Basis
    source: Source
    author: str | None
    reason: str | None
    note: str | None
    evidence: tuple[
        tuple[str, datetime], ...
    ]  #: device code and time of the fix, ascending by time
    attachments: tuple[str, ...]
    was_at: datetime | None
    machine_at: datetime | None
    conflict: bool
    provisional: bool
    near_fence: bool
    backfilled: bool
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class VisitEnd:
    """When and how surely a visit began or ended."""

    at: datetime
    earliest: datetime | None
    latest: datetime | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class Stay:
    """A visit, as a reader sees it."""

    id: str
    vehicle: str  #: plate
    fence: str  #: code
    site: Site
    node_level: bool  #: of the version of the fence at the entry
    state: VisitState
    entered: VisitEnd
    left: VisitEnd | None
    stopped_at: datetime | None
    flaps: int
    yielded_to: str | None  #: code of a fence


@dataclass(frozen=True, slots=True)
class ExpectedVisit:
    """Where a vehicle is expected and when."""

    id: str
    vehicle: str  #: plate
    site: str  #: code
    start: datetime
    end: datetime  #: exclusive
    author: str


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the change feed; two cursors of different epochs do not compare."""

    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor that ``str`` wrote; None if it is not one."""
        epoch, _, number = text.rpartition(":")
        # 18 digits: any of them fits the store's bigint; the text may come from a stranger.
        good = epoch and number.isascii() and number.isdigit() and len(number) <= 18  # noqa: PLR2004
        return cls(epoch, int(number)) if good else None


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after a cursor."""

    cursor: Cursor  #: where the reader stands now
    vehicles: frozenset[int]  #: opaque keys for ``feed.load_states``; never leave the process
    world: bool  #: devices, vehicles, sites or bindings were edited
    complete: bool  #: False: the cursor is of another epoch or too old; take a snapshot
    nodes: tuple[NodeVersion, ...] = ()  #: every version recorded, in order
    alerts: tuple[AlertNews, ...] = ()  #: every entry in the life of an alert, in order
    people: bool = False  #: rights were given or withdrawn
