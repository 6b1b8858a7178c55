"""Waybills between store and engine: what is derived from, and what is kept of it.

Times are seconds since 1970, NaN unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

from fleet.nodes import Cause
from fleet.waybills import Account, Haul, Milestone, Waybill


@dataclass(frozen=True, slots=True)
class Named:
    """A place as texts name it."""

    code: str
    name_zh: str
    name_en: str
    zone: str  #: IANA


@dataclass(frozen=True, slots=True)
class KeptMilestone:
    """The latest version of a milestone, as it is kept."""

    id: str
    version: int
    valid: bool
    milestone: Milestone


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version of a milestone, to be kept."""

    id: str  #: "" the milestone is new
    version: int
    valid: bool
    cause: Cause
    milestone: Milestone
    was: float = nan  #: of a corrected one: its time before


@dataclass(frozen=True, slots=True)
class Subject:
    """Of whom and what a waybill's transitions tell."""

    key: int
    number: str
    customer: str  #: code of the party
    origin: Named
    destination: Named
    phone: str  #: of the consignee; "" none
    contact: str


@dataclass(frozen=True, slots=True)
class WaybillCase:
    """A waybill with all that its account is derived from, and what is kept of the last one."""

    subject: Subject
    waybill: Waybill
    hauls: Mapping[int, Haul]  #: by key of the trip
    kept: tuple[KeptMilestone, ...]
    places: Mapping[int, Named]  #: sites by key


@dataclass(frozen=True, slots=True)
class Derived:
    """An account, and how it differs from what is kept."""

    waybill: int  #: key
    number: str
    account: Account
    versions: tuple[NewVersion, ...]


@dataclass(frozen=True, slots=True)
class AheadRow:
    """A leg that is not done, as its trip is planned and expected."""

    departs: float  #: planned
    arrives: float  #: planned
    p50: float  #: estimate of the stop where it is unloaded
    p90: float


@dataclass(frozen=True, slots=True)
class PromiseCase:
    """A waybill whose promise is to be judged."""

    subject: Subject
    ahead: tuple[AheadRow, ...]  #: from the leg that it is on, or waits for, to the last
    promised: float
    opens: float
    arrived: float
    risks: bytes  #: ``shipment.risk.RISK``, one record; b"" never judged
    cause: str  #: of the delay of the trip that it is on; "" none
    is_open: bool  #: neither over nor cancelled


@dataclass(frozen=True, slots=True)
class PromiseJudged:
    """How the promise of a waybill stands, to be kept."""

    waybill: int  #: key
    p50: float
    p90: float
    risks: bytes
    risk: int
    delay: float
    cause: str
