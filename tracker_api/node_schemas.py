"""What requests and answers about visits and nodes look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from fleet.nodes import Basis, Cause, NodeKind, Source, VisitState
from tracker_api.schemas import CODE, PRINTABLE, In, Instant, Plate

SiteCode = Annotated[str, Field(pattern=CODE, examples=["SHA-1"])]
FenceCode = Annotated[str, Field(examples=["SHA-1"])]
Author = Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE, examples=["li.na"])]
Reason = Annotated[
    str,
    Field(min_length=1, max_length=500, pattern=PRINTABLE, examples=["terminal without power"]),
]
#: Line ends are welcome in a note; other control characters are not.
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")]
Attachment = Annotated[str, Field(min_length=1, max_length=500, pattern=PRINTABLE)]
Attachments = Annotated[
    list[Attachment],
    Field(max_length=20, description="Numbers of papers, addresses of pictures: what proves it."),
]


class PlaceOut(BaseModel):
    """The site that it is about."""

    code: str = Field(examples=["SHA-1"])
    name_zh: str = Field(examples=["上海分拨中心"])
    name_en: str = Field(examples=["Shanghai hub"])
    zone: str = Field(description="IANA time zone of its clocks.", examples=["Asia/Shanghai"])


class NodeName(BaseModel):
    """What happened where, for people."""

    zh: str = Field(examples=["到达 上海分拨中心"])
    en: str = Field(examples=["Arrived at Shanghai hub"])


class FenceVersionOut(BaseModel):
    """The version of a fence that something was judged by."""

    code: str
    version: int


class EvidenceOut(BaseModel):
    """A fix that proves it."""

    device: str
    time: Instant


class NodeOut(BaseModel):
    """One version of a node: what happened, when, where, who says so, and why one may believe it.

    Versions are only ever added; the newest holds.
    """

    id: str
    version: int = Field(ge=1)
    valid: bool = Field(description="False: it did not occur; this version retracts it.")
    cause: Cause = Field(description="Why there is this version.")
    kind: NodeKind
    name: NodeName
    vehicle: str = Field(description="The plate.", examples=["沪A12345"])
    site: PlaceOut
    operator: str | None = Field(description="Code of the company whose vehicle it was.")
    fence: FenceVersionOut | None = Field(description="null: a person's, of a site without one.")
    visit: str | None = Field(description="The visit it follows from; null: a person's alone.")
    planned_at: Instant | None
    estimated_at: Instant | None
    actual_at: Instant = Field(description="When it happened, never when that was confirmed.")
    earliest_at: Instant | None = Field(description="null: nothing is known before.")
    latest_at: Instant | None
    stopped_at: Instant | None = Field(description="Since when it stood inside, first time.")
    confirmed_at: Instant | None = Field(description="Time of the fix that confirmed it.")
    basis: Basis = Field(description="How the time is known.")
    source: Source
    author: str | None
    reason: str | None
    note: str | None
    evidence: list[EvidenceOut] = Field(description="The fixes that prove it, oldest first.")
    attachments: list[str] = Field(description="What a person added as evidence.")
    was_at: Instant | None = Field(description="What the version before said, where this moves it.")
    machine_at: Instant | None = Field(
        description="What the fixes say, where a person said otherwise."
    )
    conflict: bool = Field(description="Person and fixes differ by more than 15 minutes.")
    provisional: bool = Field(description="The fence awaits confirmation by a person.")
    near_fence: bool = Field(description="It stood beside the outline, which wants a review.")
    backfilled: bool = Field(description="Found in fixes older than the vehicle's newest.")
    is_news: bool = Field(
        description="Live alerts may be raised: it is new or corrected, not backfilled, and was "
        "recorded at most two hours after it happened."
    )
    recorded_at: Instant


class NodeVersionsOut(BaseModel):
    """All that was ever said of a node."""

    versions: list[NodeOut] = Field(min_length=1, description="Newest first.")


class NodeFeedOut(BaseModel):
    """A page of the feed: every version of every node once, in the order of recording."""

    nodes: list[NodeOut]
    cursor: str = Field(description="For the next page.", examples=["3f0c…:1234"])
    more: bool = Field(description="There are more already; else ask again later.")


class NodeIn(In):
    """What a person says happened."""

    vehicle: Plate
    site: SiteCode
    kind: NodeKind
    actual_at: datetime = Field(description="When; not in the future.")
    basis: Literal["manual", "scan"] = "manual"
    author: Author
    reason: Reason
    note: Note = ""
    attachments: Attachments = Field(default_factory=list)


class NodeVersionIn(In):
    """What a person says instead; what is not named stays as it was."""

    version: int = Field(ge=1, le=2**31 - 1, description="The one that it replaces.")
    actual_at: datetime | None = Field(default=None, description="When; not in the future.")
    valid: bool | None = Field(default=None, description="False: it did not occur.")
    note: Note | None = None
    author: Author
    reason: Reason
    attachments: Attachments | None = None


class CrossingOut(BaseModel):
    """One end of a visit."""

    at: Instant
    earliest: Instant | None = Field(description="null: nothing is known before.")
    latest: Instant | None
    basis: Basis


class VisitOut(BaseModel):
    """One stay of a vehicle at a fence, as the fixes show it now."""

    id: str
    vehicle: str = Field(description="The plate.", examples=["沪A12345"])
    fence: str = Field(description="Its code.")
    site: PlaceOut
    node_level: bool = Field(description="Such visits become nodes.")
    state: VisitState
    entered: CrossingOut
    left: CrossingOut | None = Field(description="While it is leaving: what it would be.")
    stopped_at: Instant | None = Field(description="Since when it stood inside, first time.")
    dwell_s: float | None = Field(description="Time inside; until now while it is there.")
    flaps: int = Field(description="Short leaves that were none.")
    yielded_to: str | None = Field(
        description="The fence that the same standstill was allotted to."
    )


class InsideOut(BaseModel):
    """A vehicle that is at a site now."""

    vehicle: str
    state: Literal["entering", "inside", "leaving"]
    since: Instant
    stopped_at: Instant | None
    fence: str = Field(description="Code of the fence of the site that says so.")


class DwellOut(BaseModel):
    """How long visits took that ended in the window."""

    count: int
    median_s: float | None = Field(description="null: there were none.")
    longest_s: float | None


class BoardOut(BaseModel):
    """What happens at a site."""

    site: PlaceOut
    now: Instant
    inside: list[InsideOut] = Field(description="Longest there first.")
    arrivals: list[NodeOut] = Field(description="In the window, newest first.")
    departures: list[NodeOut] = Field(description="In the window, newest first.")
    dwell: DwellOut


class ExpectedOut(BaseModel):
    """Where a vehicle is expected, and when."""

    id: str
    vehicle: str
    site: str
    start: Instant = Field(alias="from", serialization_alias="from")
    end: Instant = Field(alias="to", serialization_alias="to")
    author: str


class ExpectedIn(In):
    """Where a vehicle is expected, and when."""

    vehicle: Plate
    site: SiteCode
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")
    author: Author
