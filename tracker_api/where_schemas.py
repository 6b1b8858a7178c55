"""What "where is my truck" is asked with and answered by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fleet.reports import ReportKind
from fleet.trips import DelayCause
from shipment.reply.cases import Case
from store.lookup import MatchedBy
from tracker_api.schemas import PRINTABLE, Instant, SiteOut
from tracker_api.trip_schemas import RiskWord
from tracker_api.waybill_schemas import MilestoneOut, WaybillBriefOut

#: Characters that somebody may ask by; the longest key, an order number, is shorter.
MOST_ASKED = 64
#: Numbers in one request (domain F-94).
MOST_NUMBERS = 100

Asked = Annotated[
    str, Field(max_length=MOST_ASKED, pattern=PRINTABLE, examples=["JD20241028000001"])
]


class ToldPlaceOut(BaseModel):
    """A place in words."""

    text_zh: str
    text_en: str
    kind: Literal["site", "road", "town", "unknown"]
    site: str | None = Field(description="Code of the site that it is at.")
    distance_m: float | None = Field(description="To the next stop, along the way.")


class ToldPositionOut(BaseModel):
    """A position as far as the reader may know it."""

    lon: float
    lat: float
    time: Instant
    speed_mps: float | None
    exact: bool = Field(description="False: the middle of a cell of 5 km, at least 10 minutes old.")


class AnswerEtaOut(BaseModel):
    """An estimate, and the window that is told to customers."""

    p50: Instant
    p90: Instant | None
    window_from: Instant
    window_to: Instant


class NextEtaOut(BaseModel):
    """An estimate of the next stop."""

    p50: Instant
    p90: Instant | None


class NextStopOut(BaseModel):
    """The next stop of the vehicle."""

    site: SiteOut
    eta: NextEtaOut | None


class OpenExceptionOut(BaseModel):
    """An open exception."""

    number: str
    kind: ReportKind
    found_at: Instant
    due_at: Instant | None = Field(description="Somebody has it in hand by then.")


class AnswerOut(BaseModel):
    """An answer, whole: what is known, and the sentences to say it."""

    answer_id: str = Field(description="By which it can be shown again, exactly.")
    found: bool
    asked: str
    matched_by: MatchedBy | None
    check_failed: bool = Field(description="Sixteen digits of which the last two do not fit.")
    also: list[WaybillBriefOut] = Field(description="What else was found, newest first.")
    suggestions: list[str] = Field(description="Numbers that may be meant.")
    waybill: WaybillBriefOut | None
    place: ToldPlaceOut
    position: ToldPositionOut | None
    age_s: float | None = Field(description="Of what is told of the place.")
    stale: bool = Field(description="The position is old: it must not be spoken of as now.")
    on_route: bool | None
    off_m: float | None = Field(description="From the planned line.")
    next_stop: NextStopOut | None
    eta: AnswerEtaOut | None
    promised_at: Instant | None
    promise_delta_min: int | None = Field(description="Estimate against promise; positive late.")
    risk: RiskWord
    cause: DelayCause | None
    cause_zh: str | None
    cause_en: str | None
    action_zh: str | None
    action_en: str | None
    as_of: Instant
    source: str | None = Field(description="gps, scan, person or plan.")
    timeline: list[MilestoneOut]
    exception: OpenExceptionOut | None
    contact: str | None = Field(description="How the consignee wants to be reached.")
    requirements: list[str]
    reply: Case
    reply_zh: str
    reply_en: str
    sms_zh: str = Field(max_length=70)
    disclosure: Literal["exact", "coarse", "none"]
    callback_at: Instant | None


class ShortAnswerOut(BaseModel):
    """An answer among many."""

    answer_id: str
    asked: str
    found: bool
    matched_by: MatchedBy | None
    suggestions: list[str]
    waybill: WaybillBriefOut | None
    place: ToldPlaceOut
    age_s: float | None
    stale: bool
    eta: AnswerEtaOut | None
    promised_at: Instant | None
    promise_delta_min: int | None
    risk: RiskWord
    cause: DelayCause | None
    as_of: Instant
    reply: Case
    reply_zh: str
    reply_en: str
    sms_zh: str
    disclosure: Literal["exact", "coarse", "none"]


class NumbersIn(BaseModel):
    """Many questions at once."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[Asked] = Field(min_length=1, max_length=MOST_NUMBERS)


class AnswersOut(BaseModel):
    """Their answers, in the order in which they were asked."""

    answers: list[ShortAnswerOut]
