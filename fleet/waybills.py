"""Waybills: goods on their way, and what is derived of them.

A waybill has ordered **legs**; a **booking** says which trip carries a leg, from which of its
stops to which.  While it was aboard a vehicle is a **ride**; what happened to it is its
**milestones**.  Rides and milestones are derived from bookings, assignments, stop facts, scans
and proofs, so that the same facts make the same record in any order.

Times are seconds since 1970, NaN unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, nan

from fleet.trips import StopStatus


class WaybillState(StrEnum):
    """Where goods stand; ``shipment.status`` maps it to the words of others."""

    CREATED = "created"
    AWAITING_PICKUP = "awaiting_pickup"  #: a trip is booked that shall fetch it
    ARRIVED_ORIGIN = "arrived_origin"  #: the vehicle that shall fetch it is there
    PICKED_UP = "picked_up"
    DEPARTED_ORIGIN = "departed_origin"
    IN_TRANSIT = "in_transit"
    ARRIVED_HUB = "arrived_hub"
    DEPARTED_HUB = "departed_hub"
    ARRIVED_DEST_HUB = "arrived_dest_hub"  #: the last hub before the destination
    OUT_FOR_DELIVERY = "out_for_delivery"  #: it left that hub
    ARRIVED_DESTINATION = "arrived_destination"  #: proves no delivery
    DELIVERED = "delivered"  #: somebody signed
    REFUSED = "refused"  #: somebody would not sign
    COMPLETED = "completed"  #: its papers are back
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected."""
        return self in _OVER


_OVER = frozenset({WaybillState.DELIVERED, WaybillState.COMPLETED, WaybillState.CANCELLED})


class ScanKind(StrEnum):
    """What a scanner saw."""

    LOADED = "loaded"
    UNLOADED = "unloaded"
    RECEIVED = "received"  #: into a warehouse
    RELEASED = "released"  #: out of it


class Outcome(StrEnum):
    """What came of a delivery."""

    SIGNED = "signed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  #: what was said before was wrong


@dataclass(frozen=True, slots=True)
class Booking:
    """A trip carries a leg."""

    trip: int  #: key
    load: int  #: key of the stop it is loaded at
    unload: int
    valid_from: float
    valid_to: float = inf


@dataclass(frozen=True, slots=True)
class Leg:
    """One part of the way."""

    key: int
    number: int
    origin: int  #: key of the site
    destination: int
    bookings: tuple[Booking, ...] = ()  #: oldest first; empty ones are left out


@dataclass(frozen=True, slots=True)
class Scan:
    """Goods onto a vehicle, off it, into a warehouse, out of it; withdrawn ones are left out."""

    id: str
    kind: ScanKind
    site: int  #: key
    vehicle: int  #: key; 0 not said
    at: float
    author: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person says of the delivery; the newest holds."""

    outcome: Outcome
    at: float
    signer: str
    author: str
    note: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waybill:
    """What is known of one, as the engine judges by it."""

    key: int
    origin: int  #: key of the site
    destination: int
    placed: float
    opens: float
    promised: float
    cancelled: float  #: NaN: it is not
    stored: bool  #: storage on the way is planned
    legs: tuple[Leg, ...]
    scans: tuple[Scan, ...]  #: by time
    proofs: tuple[Proof, ...]  #: in the order in which they were said


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop of a trip, as the waybills on it see it: the latest plan, and what became of it."""

    stop: int  #: key
    site: int  #: key
    number: int
    arrive: float  #: planned, of the latest revision
    depart: float
    status: StopStatus
    arrived: float
    departed: float
    visit: str = ""  #: id; "" none
    estimated: float = nan  #: last estimate before it was known to have arrived
    author: str = ""  #: of a person's word


@dataclass(frozen=True, slots=True)
class Served:
    """A vehicle served the trip, ``[valid_from, valid_to)``."""

    vehicle: int  #: key
    valid_from: float
    valid_to: float = inf


@dataclass(frozen=True, slots=True)
class Haul:
    """A trip, as the waybills on it see it."""

    trip: int  #: key
    halts: tuple[Halt, ...]  #: in order
    served: tuple[Served, ...]  #: oldest first
    over: float = inf  #: since when nothing more is expected of a vehicle
    filed: float = nan  #: when its papers were filed; NaN they are not


@dataclass(frozen=True, slots=True)
class Ride:
    """While the waybill was aboard a vehicle, ``[valid_from, valid_to)``."""

    leg: int  #: key
    trip: int
    vehicle: int  #: key
    valid_from: float
    valid_to: float  #: inf: it still is
    from_basis: str  #: scan, departed, handover
    to_basis: str  #: scan, arrived, departed, handover, proof, over, cancelled; "" it still is
    presumed: bool  #: by the plan, no scan says so


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that happened to the waybill."""

    key: str  #: the same in every derivation: kind, leg, stop
    kind: str  #: a ``WaybillState``, or handover, or a ``ScanKind``
    at: float
    site: int  #: key; 0 on the way
    vehicle: int  #: key; 0 none
    trip: int  #: key; 0 none
    source: str  #: gps, scan, person, plan
    planned: float = nan
    estimated: float = nan
    visit: str = ""
    author: str = ""
    note: str = ""
    files: tuple[str, ...] = ()
    presumed: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """All that is derived of one waybill."""

    rides: tuple[Ride, ...]  #: by time, never overlapping
    milestones: tuple[Milestone, ...]  #: by time
    state: WaybillState
    since: float
    leg: int  #: number of the leg that it is on, or waits for
    trip: int  #: key of the trip booked for that leg; 0 none
    vehicle: int  #: key of the vehicle that it is aboard of now; 0 none
    site: int  #: key of the site that it is at; 0: aboard
    shipped: float  #: it left its origin; NaN not yet
    told: float  #: its newest milestone; NaN none
