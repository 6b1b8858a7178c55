"""What one waybill with all that is known of it looks like, and what acts on it answer."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from fleet.waybills import Outcome, ScanKind
from tracker_api.schemas import Instant, SiteOut
from tracker_api.waybill_schemas import MilestoneOut, WaybillBriefOut


class BookingOut(BaseModel):
    """A trip that carries a leg, or did."""

    trip: str | None
    load_stop: int | None
    unload_stop: int | None
    start: Instant = Field(alias="from")
    end: Instant | None = Field(alias="to", description="Null: it holds.")
    void: bool = Field(description="It was wrong, and never held.")
    author: str | None
    reason: str | None
    ended_by: str | None
    ended_why: str | None


class LegOut(BaseModel):
    """A part of the way."""

    number: int
    origin: SiteOut = Field(alias="from")
    destination: SiteOut = Field(alias="to")
    booking: BookingOut | None
    past: list[BookingOut]


class RideOut(BaseModel):
    """While it was aboard a vehicle."""

    leg: int
    trip: str | None
    vehicle: str | None
    start: Instant = Field(alias="from")
    end: Instant | None = Field(alias="to")
    from_basis: str
    to_basis: str | None
    presumed: bool = Field(description="By the plan; no scan says so.")


class ScanOut(BaseModel):
    """What a scanner saw."""

    id: str
    kind: ScanKind
    site: SiteOut
    vehicle: str | None
    at: Instant
    slot: str
    note: str
    author: str
    withdrawn_by: str | None
    withdrawn_why: str | None


class ProofOut(BaseModel):
    """What a person said of the delivery."""

    id: str
    outcome: Outcome
    at: Instant
    signer: str
    note: str
    files: list[str]
    author: str | None
    recorded_at: Instant


class FileOut(BaseModel):
    """Evidence that is kept."""

    id: str
    name: str
    media: str
    size: int
    author: str | None
    recorded_at: Instant


class ExceptionTagOut(BaseModel):
    """Something that went wrong with it."""

    number: str
    kind: str
    state: str
    severity: int
    found_at: Instant


class GoodsOut(BaseModel):
    """A line of goods."""

    name: str
    spec: str | None = None
    quantity: float | None = None
    weight_kg: float | None = None
    volume_m3: float | None = None


class WaybillOut(WaybillBriefOut):
    """A waybill with all that is known of it, as far as the reader's rights go."""

    shipper: str
    consignee: str
    phone: str = Field(description="Masked, unless the reader may see it.")
    address: str
    goods: list[GoodsOut]
    requirements: list[str]
    contact: str
    author: str | None
    legs: list[LegOut]
    rides: list[RideOut]
    milestones: list[MilestoneOut] = Field(description="Those that hold, by time.")
    retracted: list[MilestoneOut] = Field(description="Those that turned out wrong.")
    scans: list[ScanOut]
    proofs: list[ProofOut]
    files: list[FileOut]
    exceptions: list[ExceptionTagOut]
    shares: int = Field(description="Links that work.")


class WaybillsOut(BaseModel):
    """Waybills, and how many there are of each state and risk."""

    waybills: list[WaybillBriefOut]
    counts: dict[str, int] = Field(description="By state, whichever of them was asked for.")
    risks: dict[str, int] = Field(description="By risk, likewise.")


class SpotOut(BaseModel):
    """A fix of the vehicle that it is aboard."""

    lon: float
    lat: float
    time: Instant
    age_s: float = Field(description="Against the time that was asked for.")


class WaybillPositionOut(BaseModel):
    """Where it was at a time; never where the vehicle went after it was unloaded."""

    kind: Literal["aboard", "at_site", "unknown"]
    at: Instant
    vehicle: str | None
    position: SpotOut | None
    site: SiteOut | None


class WaybillTrackOut(BaseModel):
    """Its rides, GeoJSON: a feature each, with the fixes of its vehicle while it was aboard."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class KeptOut(BaseModel):
    """The id of what was kept."""

    id: str


class WaybillImportRowOut(BaseModel):
    """What became of a line."""

    line: int
    number: str | None
    result: Literal["created", "unchanged", "changed", "refused"]
    reason: str | None


class WaybillImportOut(BaseModel):
    """What became of a file."""

    created: int
    unchanged: int
    changed: int
    refused: int
    rows: list[WaybillImportRowOut]
