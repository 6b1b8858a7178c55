"""What answers about the past look like."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from tracker_api.alert_schemas import AlertOut
from tracker_api.node_schemas import NodeOut, VisitOut
from tracker_api.schemas import Instant
from tracker_api.trip_schemas import NoEstimateWord, TripOut


class DriveOut(BaseModel):
    """Believed fixes in order of time, column by column."""

    time: list[int] = Field(description="Milliseconds since 1970, by the device's clock.")
    lon: list[float] = Field(description="Degrees, WGS 84.")
    lat: list[float]
    speed: list[float | None] = Field(description="m/s over ground.")
    course: list[float | None] = Field(description="Degrees clockwise from true north.")
    flags: list[int] = Field(description="Bits, as of a fix.")
    lag_s: list[float] = Field(description="From the fix to its arrival.")


class GapOut(BaseModel):
    """A stretch without a fix in which the vehicle was on its way."""

    start: Instant = Field(alias="from", serialization_alias="from")
    end: Instant = Field(alias="to", serialization_alias="to")


class DelayOut(BaseModel):
    """What was expected, at one moment, of the last stop of the trip that it was on."""

    at: Instant
    trip: str
    delay_s: float | None = Field(description="Of the middle estimate; positive late.")
    high_s: float | None = Field(description="Of the cautious estimate.")
    no_estimate: NoEstimateWord | None


class ReplayOut(BaseModel):
    """One vehicle's past with everything that is known of it."""

    vehicle: str
    start: Instant = Field(alias="from", serialization_alias="from")
    end: Instant = Field(alias="to", serialization_alias="to")
    fixes: DriveOut
    complete: bool = Field(description="False: the limit cut off later fixes.")
    gaps: list[GapOut]
    visits: list[VisitOut]
    nodes: list[NodeOut] = Field(
        description="All versions of nodes that hold, or held, within that time; newest first."
    )
    alerts: list[AlertOut] = Field(description="That lasted within that time.")
    delay: list[DelayOut] = Field(description="Oldest first, by trip.")
    trips: list[TripOut] = Field(description="That it served then, oldest first.")


class MarkOut(BaseModel):
    """A node or an alert on the line of time, or several of one kind that lie close together."""

    at: Instant
    what: Literal["node", "alert"]
    kind: str = Field(description="Of the node or of the alert: the gravest, or the first.")
    vehicle: str | None
    severity: int | None = Field(description="Of an alert, 1 the gravest.")
    site: str | None
    site_zh: str | None
    site_en: str | None
    name_zh: str = Field(description="What it is, in a word.")
    name_en: str
    id: str
    late: bool = Field(description="It became known late, or was corrected.")
    count: int = Field(ge=1, description="How many it stands for.")


class MarksOut(BaseModel):
    """What happened in a stretch of time."""

    marks: list[MarkOut]
