"""Alerts as they are kept: what a round of detectors compares with, concludes, and readers get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import nan

from fleet.alerts import AlertKind, AlertState, ClosedHow, Episode, Severity, SubjectKind


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert as the next round of detectors finds it; times in s since 1970."""

    id: str
    kind: AlertKind
    subject_kind: SubjectKind
    subject: str
    name: str  #: of the episode
    severity: Severity
    state: AlertState
    began: float
    opened: float
    changed: float
    facts: Mapping[str, object]
    closed_how: ClosedHow | None = None  #: None: it is open
    snoozed: float = nan  #: nobody wants to hear of it until then; NaN: not so
    escalated: bool = False  #: it was told to somebody else
    vehicle: int = 0  #: keys, 0 none
    trip: int = 0
    waybill: int = 0
    site: int = 0
    party: int = 0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """As ``Episode.key``."""
        return self.kind.value, self.subject_kind.value, self.subject, self.name

    def episode(self) -> Episode:
        """As its detector found it last, for who is told of its end."""
        return Episode(
            self.kind,
            self.subject_kind,
            self.subject,
            self.name,
            self.began,
            self.opened,
            self.severity,
            self.facts,
            vehicle=self.vehicle,
            trip=self.trip,
            waybill=self.waybill,
            site=self.site,
            party=self.party,
        )


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known now of an alert that its detector no longer finds."""

    at: float = nan  #: when what it told of ended; NaN nobody knows
    never: bool = False  #: it never was: late fixes, or a node taken back, show it
    why: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """An open alert is found again, and is not as it was."""

    alert: KeptAlert
    episode: Episode  #: its name may be another: the same, seen more exactly
    worse: bool  #: graver than before: news


@dataclass(frozen=True, slots=True)
class Closing:
    """An alert ends."""

    alert: KeptAlert
    how: ClosedHow
    at: float
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a round of detectors comes to."""

    opens: tuple[Episode, ...] = ()  #: also those that are over already: they are kept closed
    reopens: tuple[Change, ...] = ()  #: closed ones that turn out to hold
    changes: tuple[Change, ...] = ()
    closes: tuple[Closing, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as a reader sees it."""

    id: str
    kind: AlertKind
    subject_kind: SubjectKind
    subject: str
    name: str  #: of the episode
    severity: Severity
    state: AlertState
    began_at: datetime
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    closed_how: ClosedHow | None
    closed_why: str | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    assigned_to: str | None
    snoozed_until: datetime | None
    escalated_at: datetime | None
    vehicle: str | None  #: plate
    trip: str | None  #: code
    waybill: str | None  #: number
    site: str | None  #: code
    party: str | None  #: code of the vehicle's party: who may see it
    customer: str | None  #: code of the waybill's: likewise
    facts: Mapping[str, object]
    exception: str | None  #: number of the report that it opened or joined


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """One entry in the life of an alert."""

    number: int  #: its change number: the order of the feed
    at: datetime
    act: str
    author: str | None
    note: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class AlertNews:
    """An entry with the alert as it stands, for those who follow live."""

    entry: AlertEntry
    alert: AlertView
