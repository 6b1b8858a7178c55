"""Everything that a reply may use, and nothing else.

Times are seconds since 1970, spans seconds, lengths metres; NaN is unknown, so is an empty text.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan

from fleet.reports import ReportKind
from fleet.trips import DelayCause, Risk
from fleet.waybills import WaybillState


@dataclass(frozen=True, slots=True)
class Both:
    """The same in Chinese and English."""

    zh: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        return bool(self.zh and self.en)

    def of(self, language: str) -> str:
        """That in ``zh`` or ``en``."""
        return self.zh if language == "zh" else self.en


NOTHING = Both()  #: of what is not known


@dataclass(frozen=True, slots=True)
class Trouble:
    """An open exception."""

    kind: ReportKind
    number: str  #: of its report
    found: float
    due: float  #: somebody calls the customer by then; past or NaN: by the time of a call-back


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one waybill at ``now``, as far as whoever asks may know it."""

    now: float
    zone: str  #: IANA, of the destination: times are told in it
    asked: str  #: what was looked up
    number: str = ""  #: of the waybill; "" none was found
    state: WaybillState = WaybillState.CREATED
    aboard: bool = False  #: of a vehicle
    place: Both = Both()  #: in words, with its preposition: "near Kunshan"
    place_short: Both = Both()  #: the same for an SMS
    fix: float = nan  #: of the newest believed fix of the vehicle that it is aboard
    stale: bool = False  #: that fix is old, or there is none
    origin: Both = Both()
    destination: Both = Both()
    next_stop: Both = Both()
    hub: Both = Both()  #: that it is at
    arrived: float = nan  #: at the hub, or at the destination
    leaves: float = nan  #: planned or expected, from the hub or from the origin
    p50: float = nan  #: of the arrival at the destination
    p90: float = nan
    promised: float = nan
    risk: Risk = Risk.UNKNOWN
    delay: float = nan  #: against the promise, or else the plan
    cause: DelayCause | None = None
    near: bool = False  #: it is about to be delivered
    left: float = nan  #: m to the destination
    signer: str = ""  #: in full; only masked it is said
    signed: float = nan
    trouble: Trouble | None = None
    suggestions: tuple[str, ...] = ()
    check_failed: bool = False  #: 16 digits whose check digits are wrong
    salutation: str = ""  #: of the asker, as 王女士
    foreign: bool = False  #: the zone is not that of the installation

    @property
    def is_late(self) -> bool:
        """Whether it must be called late."""
        return self.number != "" and self.risk in (Risk.LATE, Risk.OVERDUE)

    @property
    def is_on_time(self) -> bool:
        """Whether it may be called in time: only an estimate makes it so."""
        return self.risk in (Risk.ON_TIME, Risk.EARLY) and isfinite(self.p50)

    @property
    def is_told_stale(self) -> bool:
        """Whether the newest position must not be spoken of as the present one."""
        return self.aboard and self.stale


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said."""

    case: str  #: of ``cases.Case``
    zh: str
    en: str
    sms: str  #: Chinese, at most 70 characters
