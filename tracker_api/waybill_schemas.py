"""What answers about waybills look like."""

from __future__ import annotations

from pydantic import BaseModel, Field

from fleet.trips import DelayCause
from fleet.waybills import WaybillState
from tracker_api.schemas import Instant, PartyOut, SiteOut
from tracker_api.trip_schemas import RiskWord


class WaybillEtaOut(BaseModel):
    """When it is expected at its destination; rounded up for those outside the company."""

    p50: Instant
    p90: Instant | None


class HeadlineOut(BaseModel):
    """The newest open exception: it is told before all else."""

    number: str
    kind: str
    state: str


class MilestoneOut(BaseModel):
    """Something that happened to a waybill."""

    key: str = Field(description="The same in every version.")
    kind: str = Field(description="A state, or handover, loaded, unloaded, received, released.")
    name_zh: str
    name_en: str
    planned_at: Instant | None
    estimated_at: Instant | None = Field(description="The last estimate before it happened.")
    actual_at: Instant
    site: SiteOut | None = Field(description="Null: on the way.")
    operator: str | None = Field(description="Code of the company that handled it.")
    vehicle: str | None = Field(description="Plate, or its tail, by the reader's rights.")
    trip: str | None
    note: str
    source: str = Field(description="gps, scan, person or plan.")
    author: str | None
    presumed: bool = Field(description="By the plan; nobody saw it.")
    evidence: list[str] = Field(description="Ids of visits.")
    files: list[str]
    version: int
    cause: str = Field(description="first, updated, corrected or retracted.")
    was_at: Instant | None
    recorded_at: Instant
    valid: bool


class WaybillBriefOut(BaseModel):
    """A waybill in a list."""

    number: str
    code: str
    order_no: str | None
    customer: PartyOut
    carrier: PartyOut | None
    origin: SiteOut
    destination: SiteOut
    state: WaybillState
    state_zh: str
    state_en: str
    since: Instant | None
    headline: HeadlineOut | None
    trip: str | None
    vehicle: str | None = Field(description="Plate, or its tail, by the reader's rights.")
    site: SiteOut | None = Field(description="It is there now.")
    risk: RiskWord = Field(description="Against its promise.")
    delay_s: float | None
    cause: DelayCause | None
    eta: WaybillEtaOut | None
    promised_at: Instant | None
    opens_at: Instant | None
    next_stop: SiteOut | None
    last_milestone: MilestoneOut | None
    shipped_at: Instant | None
    goods_text: str
    stored: bool
    placed_at: Instant
    cancelled_at: Instant | None
    judged_at: Instant | None
    alerts: int = Field(description="Open ones.")
