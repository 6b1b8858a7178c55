"""Rows that readers get from the store: what leaves ``store`` and has no integer key.

Instants are aware ``datetime`` in UTC, because people and JSON read them; units as in
``fleet.records``.  ``None`` is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
class Vehicle:
    """A vehicle with its newest believed fix."""

    plate: str
    party: str | None
    device: str | None  #: the primary device bound now
    position: Position | None
    link: Link | None
    revision: int


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device."""

    code: str
    vehicle: str | None  #: plate it is bound to now
    has_credential: bool
    link: Link | None
    created_at: datetime


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
