"""Waybills as readers get them from the store: no integer keys, aware instants in UTC.

``None`` is unknown.  Spans are seconds; a delay is positive where late.  ``phone`` is whole
here: who shows it masks it by the reader's rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.trips import DelayCause, Risk
from fleet.views import Party, Site
from fleet.waybills import Outcome, ScanKind, WaybillState


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """A version of something that happened to a waybill: the record of a node."""

    key: str  #: the same in every version: kind, leg, stop
    kind: str  #: a ``WaybillState``, or handover, or a ``ScanKind``
    planned_at: datetime | None
    estimated_at: datetime | None  #: the last estimate before it happened
    actual_at: datetime
    site: Site | None  #: None: on the way
    operator: str | None  #: who handled it: code of the carrier's company
    vehicle: str | None  #: plate
    trip: str | None  #: code
    note: str
    source: str  #: gps, scan, person, plan
    author: str | None
    presumed: bool  #: by the plan, nobody saw it
    visit: str | None  #: id of the visit that shows it
    files: tuple[str, ...]  #: ids of evidence files
    version: int
    cause: str  #: first, updated, corrected, retracted
    was_at: datetime | None  #: of a corrected one: before
    recorded_at: datetime
    valid: bool


@dataclass(frozen=True, slots=True)
class Headline:
    """The newest open exception of a waybill: it is told before all else."""

    number: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class WaybillBrief:
    """A waybill in a list."""

    number: str
    code: str
    order_no: str | None
    customer: Party
    carrier: Party | None
    origin: Site
    destination: Site
    state: WaybillState
    since: datetime | None  #: of the state
    headline: Headline | None
    trip: str | None  #: code; of the leg that it is on, or waits for
    vehicle: str | None  #: plate; it is aboard now
    site: Site | None  #: it is there now
    risk: Risk  #: against its promise
    delay: float | None  #: predicted or certain, against its promise; negative early
    cause: DelayCause | None
    p50: datetime | None  #: estimate for its destination
    p90: datetime | None
    promised_at: datetime | None
    opens_at: datetime | None
    next_stop: Site | None  #: of the vehicle that it is aboard
    next_p50: datetime | None
    next_p90: datetime | None
    last: MilestoneView | None
    shipped_at: datetime | None
    placed_at: datetime
    cancelled_at: datetime | None
    derived_at: datetime | None  #: None: not yet
    judged_at: datetime | None  #: when risk and estimate were last looked at
    goods: tuple[Mapping[str, Any], ...]  #: name, spec, quantity, weight_kg, volume_m3
    stored: bool
    alerts: int  #: open ones


@dataclass(frozen=True, slots=True)
class BookingView:
    """A trip that carries a leg, or did."""

    trip: str
    load_stop: int  #: number in the latest plan
    unload_stop: int
    valid_from: datetime
    valid_to: datetime | None
    author: str
    reason: str
    ended_by: str | None
    ended_why: str | None

    @property
    def is_void(self) -> bool:
        """Whether it was wrong, and never held."""
        return self.valid_from == self.valid_to


@dataclass(frozen=True, slots=True)
class LegView:
    """A part of the way."""

    number: int
    origin: Site
    destination: Site
    booking: BookingView | None  #: that holds
    past: tuple[BookingView, ...]  #: oldest first


@dataclass(frozen=True, slots=True)
class RideView:
    """While it was aboard a vehicle."""

    leg: int  #: number
    trip: str
    vehicle: str
    valid_from: datetime
    valid_to: datetime | None
    from_basis: str
    to_basis: str | None
    presumed: bool


@dataclass(frozen=True, slots=True)
class ScanView:
    """Onto a vehicle, off it, into a warehouse, out of it."""

    id: str
    kind: ScanKind
    site: Site
    vehicle: str | None
    at: datetime
    slot: str
    note: str
    author: str
    withdrawn_by: str | None
    withdrawn_why: str | None


@dataclass(frozen=True, slots=True)
class ProofView:
    """What a person said of the delivery."""

    id: str
    outcome: Outcome
    at: datetime
    signer: str
    note: str
    files: tuple[str, ...]
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FileView:
    """Evidence that is kept."""

    id: str
    name: str
    media: str
    size: int
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ExceptionTag:
    """A report of something that went wrong with it."""

    number: str
    kind: str
    state: str
    severity: int
    found_at: datetime


@dataclass(frozen=True, slots=True)
class WaybillFull:
    """A waybill with all that is known of it."""

    brief: WaybillBrief
    shipper: str
    consignee: str
    phone: str
    address: str
    requirements: tuple[str, ...]
    contact: str  #: how the consignee wants to be reached: phone, sms, email, none
    author: str
    legs: tuple[LegView, ...]
    rides: tuple[RideView, ...]  #: by time
    milestones: tuple[MilestoneView, ...]  #: by time; those that hold
    retracted: tuple[MilestoneView, ...]  #: that turned out wrong
    scans: tuple[ScanView, ...]  #: by time
    proofs: tuple[ProofView, ...]  #: as they were said
    files: tuple[FileView, ...]
    exceptions: tuple[ExceptionTag, ...]  #: newest first
    shares: int  #: links that work
