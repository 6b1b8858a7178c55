"""What requests and answers about customers' queries look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from fleet.calls import Channel, Department, Finding, QueryState
from tracker_api.node_schemas import Note
from tracker_api.report_schemas import Who
from tracker_api.schemas import PRINTABLE, In, Instant
from tracker_api.waybill_schemas import WaybillBriefOut

Line = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class QueryIn(In):
    """What a customer asks."""

    channel: Channel
    urgent: bool = False
    asker: Line = Field(default="", examples=["王女士"])
    contact: Line = Field(default="", description="Telephone or address of the asker.")
    asked: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)] = Field(
        description="What they go by: a number, an order, a plate, the end of a telephone."
    )
    question: Note = Field(default="", examples=["货到哪里了"])
    asked_at: datetime | None = Field(
        default=None, description="Default: now. Mail may lie for a while before it is logged."
    )
    answer_id: UUID | None = Field(
        default=None, description="An answer to `where-is` that was given already."
    )


class PassOnIn(In):
    """Who is to find out."""

    department: Department | None = Field(default=None, description="Default: as it is.")
    handler: Who | None = Field(
        default=None, description="Somebody else than oneself: needs the right assign_queries."
    )
    note: Note = ""


class TakeIn(In):
    """Who takes it."""

    handler: Who | None = Field(
        default=None, description="Default: who asks. Another: needs the right assign_queries."
    )


class AnswerIn(In):
    """What was found."""

    finding: Note = ""
    source: Finding | None = None
    answer_id: UUID | None = None
    note: Note = ""


class ReplyIn(In):
    """What the customer is told."""

    reply: Annotated[
        str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")
    ]
    channel: Channel | None = Field(
        default=None,
        description="By which it goes. Default: by the one that was asked by, unless the consignee "
        "takes no calls. Another one needs `why`.",
    )
    why: Line = ""
    source: Finding | None = None
    answer_id: UUID | None = None


class CloseQueryIn(In):
    """The end of a query."""

    reason: Line = Field(default="", description="Needed where nobody has replied.")


class QueryEntryOut(BaseModel):
    """Something that was done."""

    at: Instant
    act: str
    author: str
    detail: dict[str, Any]


class WayOut(BaseModel):
    """The channel that a reply takes, and why where it is not the one asked by."""

    channel: Channel
    why_zh: str
    why_en: str


class QueryOut(BaseModel):
    """A query as it stands."""

    id: str
    number: str = Field(examples=["Q-20261122-0001"])
    asked_at: Instant
    age_s: float
    channel: Channel
    urgent: bool
    lifted: bool = Field(description="It has waited an hour and stands among the urgent ones.")
    asker: str
    contact: str
    asked: str
    question: str
    waybill: WaybillBriefOut | None
    state: QueryState
    state_zh: str
    state_en: str
    department: Department
    handler: str | None
    answer_id: str | None
    finding: str
    source: str
    reply: str
    reply_channel: Channel | None
    routed_at: Instant | None
    answered_at: Instant | None
    replied_at: Instant | None
    closed_at: Instant | None
    remind_at: Instant | None
    reminded: int
    overdue: bool = Field(description="The customer has waited too long.")


class QueryFullOut(QueryOut):
    """A query with its log, and the way its reply is to take."""

    author: str
    way: WayOut
    sent: bool | None = Field(
        default=None,
        description="Of a reply just made: a message was put on its way; false: read it out.",
    )
    entries: list[QueryEntryOut]


class QueriesOut(BaseModel):
    """Queries in the order of their turn; open ones counted by state, department, urgency."""

    queries: list[QueryOut]
    counts: dict[str, int]
