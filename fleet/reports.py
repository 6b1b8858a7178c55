"""Exception reports: what went wrong with goods, and how far its handling has got.

A report goes through five steps: received, customer contacted, reported, investigated, settled;
then it is closed.  What was done stands in the **ledger**, which is only ever added to.
Domain rules 1-16 to 1-22 and 0-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class ReportKind(StrEnum):
    """What went wrong."""

    DELAY = "delay"  #: not there in the time that was promised
    LOST = "lost"
    DAMAGED = "damaged"
    INFO_ERROR = "info_error"  #: ``detail`` says which: wrong_binding, wrong_address
    REFUSED = "refused"
    OTHER = "other"

    @property
    def is_claim(self) -> bool:
        """Whether somebody is to be asked for damages."""
        return self in {ReportKind.LOST, ReportKind.DAMAGED}


class ReportState(StrEnum):
    """How far it has got; in this order."""

    RECEIVED = "received"
    CONTACTED = "contacted"  #: the customer knows
    REPORTED = "reported"  #: whoever is to decide knows
    INVESTIGATING = "investigating"
    SETTLED = "settled"
    CLOSED = "closed"


#: Chinese and English, for screens, messages and files.
KINDS: Mapping[ReportKind, tuple[str, str]] = MappingProxyType(
    {
        ReportKind.DELAY: ("延误", "delay"),
        ReportKind.LOST: ("丢件", "loss"),
        ReportKind.DAMAGED: ("破损", "damage"),
        ReportKind.INFO_ERROR: ("信息错误", "wrong information"),
        ReportKind.REFUSED: ("拒收", "refusal"),
        ReportKind.OTHER: ("其他异常", "other"),
    }
)
STATES: Mapping[ReportState, tuple[str, str]] = MappingProxyType(
    {
        ReportState.RECEIVED: ("已接收", "received"),
        ReportState.CONTACTED: ("已联系客户", "customer contacted"),
        ReportState.REPORTED: ("已上报", "reported"),
        ReportState.INVESTIGATING: ("调查中", "investigating"),
        ReportState.SETTLED: ("已处理", "settled"),
        ReportState.CLOSED: ("已关闭", "closed"),
    }
)

#: What stands for the customer's feedback when there was none: it is said, not left out.
NO_FEEDBACK = "none"

#: s from the finding until somebody has it in hand; domain rule 1-17
HAND_OVER = 1800.0
#: s from the finding until the claim for what is lost or damaged is made; domain rule 1-19
CLAIM = 86_400.0


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it stands."""

    id: str
    number: str  #: EX-YYYYMMDD-nnnn
    kind: ReportKind
    detail: str
    severity: int
    state: ReportState
    waybill: str | None  #: number
    customer: str | None  #: code of the waybill's customer
    origin: str | None  #: codes of the sites between which the waybill goes
    destination: str | None
    carrier: str | None  #: code of the waybill's, else of the vehicle's party
    order_no: str
    trip: str | None  #: code
    vehicle: str | None  #: plate
    site: str | None  #: code
    alert: str | None  #: id of the alert that it was opened from
    found_at: datetime
    description: str
    files: tuple[str, ...]
    assigned_to: str | None
    assigned_at: datetime | None
    due_at: datetime  #: until then somebody is to have it in hand
    breached_at: datetime | None  #: when it was seen that nobody had
    cause: str | None
    new_eta: datetime | None
    told_customer_at: datetime | None
    claim_due_at: datetime | None
    claimed_at: datetime | None
    result: str | None
    responsible: str | None
    feedback: str | None
    closed_at: datetime | None
    closed_by: str | None
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    at: datetime
    act: str
    author: str
    before: Mapping[str, object]
    after: Mapping[str, object]
    note: str
