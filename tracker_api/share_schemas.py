"""What links are made with, and what they lead to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fleet.waybills import WaybillState
from shipment.reply.cases import Case
from tracker_api.schemas import Instant
from tracker_api.trip_schemas import RiskWord
from tracker_api.where_schemas import Asked, ToldPositionOut

#: What a note may consist of: PostgreSQL holds no NUL.
OR_NOTHING = r"^[^\x00-\x1f\x7f]*$"


class ShareIn(BaseModel):
    """A link to be."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[
        str, Field(max_length=200, pattern=OR_NOTHING, description="Who it is for.")
    ] = ""
    expires_at: Instant | None = Field(
        default=None, description="At the latest; default and most: in 30 days."
    )


class ShareOut(BaseModel):
    """A link; its address is told once, when it is made."""

    id: str
    waybill: str
    note: str
    created_by: str
    created_at: Instant
    expires_at: Instant = Field(description="24 h after the delivery it ends, too.")
    revoked_at: Instant | None
    revoked_by: str | None
    views: int
    viewed_at: Instant | None
    works: bool = Field(description="It leads to the waybill now.")


class NewShareOut(ShareOut):
    """A link that was just made."""

    token: str = Field(description="Told once.")
    url: str = Field(description="Told once.")


class SharesOut(BaseModel):
    """Links to one waybill, the newest first."""

    shares: list[ShareOut]


class NamedOut(BaseModel):
    """A place by its names."""

    name_zh: str
    name_en: str
    zone: str = Field(description="IANA.")


class SharedPlaceOut(BaseModel):
    """A place in words."""

    text_zh: str
    text_en: str
    kind: Literal["site", "road", "town", "unknown"]


class SharedWindowOut(BaseModel):
    """When it is expected, rounded up to quarters of an hour."""

    window_from: Instant
    window_to: Instant


class SharedMilestoneOut(BaseModel):
    """Something that happened to it."""

    kind: str
    name_zh: str
    name_en: str
    planned_at: Instant | None
    estimated_at: Instant | None
    actual_at: Instant
    site: NamedOut | None
    presumed: bool


class SharedOut(BaseModel):
    """A waybill as strangers see it: coarse until it is near, nothing of other customers."""

    number: str
    state: WaybillState
    state_zh: str
    state_en: str
    reply: Case
    risk: RiskWord
    is_late: bool
    origin: NamedOut
    destination: NamedOut
    zone: str = Field(description="IANA, of the destination: times are told in it.")
    place: SharedPlaceOut
    position: ToldPositionOut | None
    age_s: float
    stale: bool
    as_of: Instant
    eta: SharedWindowOut | None
    promised_at: Instant | None
    cause_zh: str | None
    cause_en: str | None
    plate_tail: str | None
    milestones: list[SharedMilestoneOut]
    reply_zh: str
    reply_en: str
    expires_at: Instant | None


class TrackIn(BaseModel):
    """A number, and proof that one is its consignee."""

    model_config = ConfigDict(extra="forbid")

    number: Asked
    phone_tail: Annotated[str, Field(pattern=r"^[0-9]{4}$", examples=["5678"])]
