"""What requests and answers about alerts look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fleet.alerts import AlertKind, AlertState, ClosedHow, SubjectKind
from tracker_api.schemas import PRINTABLE, In, Instant

Grave = Annotated[
    int,
    Field(ge=1, le=4, description="1 safety or loss, 2 late or stalled, 3 at risk, 4 to be known."),
]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE, examples=["li.na"])]
Words = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f]*$")]
Why = Annotated[str, Field(min_length=1, max_length=500, pattern=PRINTABLE)]
Until = Annotated[datetime | None, Field(description="Quiet until then; null: not quiet any more.")]
Steps = Annotated[list[str], Field(description="What to do, in order.")]

ActName = Literal["acknowledge", "assign", "snooze", "close"]


class AlertOut(BaseModel):
    """Something that somebody should act on: one per subject and episode."""

    id: str
    kind: AlertKind
    name_zh: str = Field(examples=["逾期未到"])
    name_en: str = Field(examples=["Overdue"])
    subject_kind: SubjectKind
    subject: str = Field(description="Plate, code of a trip or device, or number of a waybill.")
    episode: str = Field(description="Which one: the same whenever it is found.")
    severity: Grave
    state: AlertState
    began_at: Instant = Field(description="When what it tells of began.")
    opened_at: Instant
    changed_at: Instant
    closed_at: Instant | None
    closed_how: ClosedHow | None = Field(
        description="over: it has ended; disproved: late data show that it never was."
    )
    closed_why: str | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    assigned_to: str | None
    snoozed_until: Instant | None
    escalated_at: Instant | None = Field(description="Nobody had taken it up by then.")
    vehicle: str | None
    trip: str | None
    waybill: str | None
    site: str | None
    text_zh: str
    text_en: str
    playbook_zh: Steps
    playbook_en: Steps
    facts: dict[str, Any] = Field(description="What it is told from; `backfilled`: no alarm.")
    exception: str | None = Field(description="Number of the report that it opened or joined.")


class AlertEntryOut(BaseModel):
    """One entry in the life of an alert."""

    number: int
    at: Instant
    act: str = Field(examples=["opened"])
    author: str | None = Field(description="null: the machine.")
    note: str
    severity: Grave


class AlertNewsOut(AlertOut):
    """What live clients are told: the alert as it stands, and what became of it."""

    entry: AlertEntryOut


class AlertFullOut(AlertOut):
    """An alert with its life, oldest entry first."""

    entries: list[AlertEntryOut]


class AlertsOut(BaseModel):
    """Alerts, the gravest first, then the longest open."""

    alerts: list[AlertOut]
    counts: dict[str, int] = Field(
        description="How many open ones are how grave, whatever was asked for.",
        examples=[{"1": 1, "2": 7}],
    )


class AlertAcknowledgeIn(In):
    """Somebody has seen it: nobody else is told."""

    note: Words = ""


class AlertAssignIn(In):
    """Somebody shall act on it."""

    to: Name | None = Field(description="null: nobody in particular.")
    note: Words = ""


class AlertSnoozeIn(In):
    """It shall be quiet for a while."""

    until: Until
    note: Words = ""


class AlertCloseIn(In):
    """Nothing more is to be done, though its episode may last."""

    reason: Why


class AlertBulkIn(In):
    """The same act on several alerts: on all of them, or on none."""

    ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]
    act: ActName
    note: Words = ""
    reason: Words = Field(default="", description="Of closing: needed.")
    to: Name | None = Field(default=None, description="Of assigning.")
    until: Until = None


class DetectorLimitOut(BaseModel):
    """A limit of a detector, in SI: s, m/s, shares."""

    name: str = Field(examples=["after"])
    value: float
    default: float
    least: float
    most: float


class DetectorOut(BaseModel):
    """A detector as it is set."""

    kind: AlertKind
    name_zh: str
    name_en: str
    enabled: bool
    severity: Grave
    default_severity: Grave
    limits: list[DetectorLimitOut]
    revision: int = Field(description="How often it was changed; 0 never.")
    author: str | None
    changed_at: Instant | None
    playbook_zh: Steps
    playbook_en: Steps


class DetectorsOut(BaseModel):
    """Every detector."""

    detectors: list[DetectorOut]


class DetectorIn(In):
    """How a detector shall be set; what is not named is as it came."""

    enabled: bool = True
    severity: Grave | None = Field(default=None, description="null: as it came.")
    limits: dict[str, float] = Field(default_factory=dict, examples=[{"after": 86400}])
