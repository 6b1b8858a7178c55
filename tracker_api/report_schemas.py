"""What requests and answers about exception reports look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fleet.reports import ReportKind, ReportState
from tracker_api.node_schemas import Note
from tracker_api.schemas import CODE, PRINTABLE, In, Instant

#: As people write it: half width, capitals, no spaces.
WaybillNumber = Annotated[
    str, Field(max_length=64, pattern=PRINTABLE, examples=["JD20261122000001"])
]
TripName = Annotated[str, Field(pattern=CODE, examples=["T-20260504-01"])]
Who = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE, examples=["wu.min"])]
Words = Annotated[str, Field(min_length=1, max_length=500, pattern=PRINTABLE)]
Files = Annotated[
    list[UUID], Field(max_length=20, description="Ids of files that were uploaded with a waybill.")
]


class ReportIn(In):
    """An exception to report; about a waybill, a trip, or neither."""

    kind: ReportKind
    detail: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="", description="Of info_error: wrong_binding or wrong_address."
    )
    waybill: WaybillNumber | None = None
    trip: TripName | None = None
    description: Annotated[Note, Field(min_length=1, examples=["two boxes wet"])]
    severity: Annotated[int, Field(ge=1, le=4)] | None = Field(
        default=None, description="Default: 1 lost, damaged; 2 delay, refused; 3 the others."
    )
    found_at: datetime | None = Field(
        default=None, description="The 30 minutes count from then. Default: now."
    )
    files: Files = Field(default_factory=list)


class ReportStepIn(In):
    """What a person says with a step; what is left out stays as it is."""

    severity: Annotated[int, Field(ge=1, le=4)] | None = None
    cause: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)] | None = Field(
        default=None,
        description="Of a delay one of its causes; before it is settled.",
        examples=["breakdown"],
    )
    new_eta: datetime | None = Field(default=None, description="Of a delay, before it is settled.")
    told_customer_at: datetime | None = None
    claimed_at: datetime | None = Field(
        default=None, description="Of what is lost or damaged, before it is settled."
    )
    result: Words | None = None
    responsible: Words | None = None
    feedback: Words | None = Field(
        default=None, description="What the customer said to it; `none`: nothing."
    )
    files: Files = Field(default_factory=list, description="More of them.")
    note: Note = ""


class ReportAssignIn(In):
    """Into whose hand it is given."""

    to: Who | None = Field(default=None, description="Default: who asks.")
    severity: Annotated[int, Field(ge=1, le=4)] | None = None
    note: Note = ""


class ReportCloseIn(ReportStepIn):
    """The end of a report."""

    unfounded: bool = Field(
        default=False,
        description="There was no exception: it is closed whichever step is next. "
        "Result, responsible and feedback are still to be said.",
    )


class NextStepOut(BaseModel):
    """An act that is legal now."""

    act: str = Field(examples=["contact"])
    needs: list[str] = Field(description="What is to be said with it.", examples=[["cause"]])


class ReportEntryOut(BaseModel):
    """One line of the ledger."""

    at: Instant
    act: str = Field(examples=["assign"])
    author: str
    before: dict[str, Any]
    after: dict[str, Any]
    note: str


class ReportOut(BaseModel):
    """An exception report as it stands."""

    id: str
    number: str = Field(examples=["EX-20261122-0001"])
    kind: ReportKind
    kind_zh: str = Field(examples=["延误"])
    kind_en: str = Field(examples=["delay"])
    detail: str
    severity: int
    state: ReportState
    state_zh: str = Field(examples=["已接收"])
    state_en: str = Field(examples=["received"])
    waybill: str | None
    customer: str | None = Field(description="Code of the waybill's customer.")
    origin: str | None = Field(description="Codes of the sites between which the waybill goes.")
    destination: str | None
    carrier: str | None = Field(description="Code of the carrier, else of the vehicle's company.")
    order_no: str
    trip: str | None
    vehicle: str | None
    site: str | None
    alert: str | None = Field(description="Id of the alert that it was opened from.")
    found_at: Instant
    description: str
    files: list[str]
    assigned_to: str | None
    assigned_at: Instant | None
    due_at: Instant = Field(description="Until then somebody is to have it in hand.")
    overdue: bool = Field(description="Nobody has, and it is time.")
    breached_at: Instant | None
    hand_over_s: float | None = Field(description="From the finding until somebody had it.")
    cause: str | None
    new_eta: Instant | None
    told_customer_at: Instant | None
    claim_due_at: Instant | None
    claimed_at: Instant | None
    result: str | None
    responsible: str | None
    feedback: str | None
    closed_at: Instant | None
    closed_by: str | None
    author: str
    recorded_at: Instant
    next: list[NextStepOut] = Field(description="What can be done now.")


class ReportFullOut(ReportOut):
    """A report with its ledger."""

    entries: list[ReportEntryOut]


class ReportsOut(BaseModel):
    """Reports, and how many there are of each state."""

    exceptions: list[ReportOut]
    counts: dict[ReportState, int]


class TallyOut(BaseModel):
    """What the reports of one group add up to; spans are null where there is nothing to measure."""

    group: str = Field(description="Empty: not said.")
    reports: int
    closed: int
    breached: int = Field(description="Nobody had them in hand within 30 minutes.")
    handed_over: int
    in_time: int = Field(description="Of these within 30 minutes.")
    hand_over_s: float | None = Field(description="Median from the finding.")
    longest_hand_over_s: float | None
    handling_s: float | None = Field(description="Median from the finding to the closing.")
    longest_handling_s: float | None


class ReportSummaryOut(BaseModel):
    """The reports that were found in a week, added up four ways."""

    week: str = Field(examples=["2026-W47"])
    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    total: TallyOut
    by_kind: list[TallyOut]
    by_cause: list[TallyOut]
    by_site: list[TallyOut]
    by_carrier: list[TallyOut]
    exceptions: list[str] = Field(description="Numbers of the reports that it is made of.")


Format = Literal["xlsx", "csv"]
