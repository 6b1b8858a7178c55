"""Alerts: something that somebody should act on, one per subject and episode.

A **detector** looks at facts and finds **episodes**; an alert is an episode that is kept, with
what people did about it.  An episode is known again by its kind, its subject and its own name,
which says when what it tells of began: so that one episode is one alert, however often it is
found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class AlertKind(StrEnum):
    """What is wrong; domain rules 3.9."""

    NO_UPDATE_AFTER_PICKUP = "no_update_after_pickup"
    TRANSIT_STALL = "transit_stall"
    LATE = "late"  #: a promise, or a stop of a trip without waybills
    AT_RISK = "at_risk"
    OVERDUE = "overdue"
    OFF_ROUTE = "off_route"
    STOPPED = "stopped"
    OVERSTAY = "overstay"
    NOT_DEPARTED = "not_departed"
    NO_VEHICLE = "no_vehicle"
    SIGNAL_LOST = "signal_lost"
    OVERSPEED = "overspeed"
    FATIGUE = "fatigue"
    FORBIDDEN_ZONE = "forbidden_zone"
    DEVICE_FAULT = "device_fault"
    RELOCATION = "relocation"
    WRONG_STOP = "wrong_stop"
    MISSED_STOP = "missed_stop"
    SOS = "sos"
    DAY_CHECK = "day_check"  #: D+1, D+2, ...


class Severity(IntEnum):
    """How soon somebody must act; stored: never renumber."""

    SAFETY = 1  #: safety, or loss
    LATE = 2  #: late or stalled
    RISK = 3  #: at risk, off route
    INFO = 4


class SubjectKind(StrEnum):
    """What an alert is about."""

    VEHICLE = "vehicle"  #: named by plate
    TRIP = "trip"  #: by code
    WAYBILL = "waybill"  #: by number
    DEVICE = "device"  #: by code


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class ClosedHow(StrEnum):
    """How an alert came to be closed."""

    OVER = "over"  #: what it told of has ended
    PERSON = "person"
    DISPROVED = "disproved"  #: late fixes show that it never was


@dataclass(frozen=True, slots=True)
class Episode:
    """What a detector found, now or still."""

    kind: AlertKind
    subject_kind: SubjectKind
    subject: str
    name: str  #: when it began, and where: the same whenever it is found
    began: float  #: when what it tells of began, UTC s
    since: float  #: when it came to be an alert: ``began`` plus the limit
    severity: Severity
    facts: Mapping[str, object]  #: for people and texts; JSON
    over: float | None = None  #: when it ended; None: it lasts
    vehicle: int = 0  #: keys, 0 none
    trip: int = 0
    waybill: int = 0
    site: int = 0
    party: int = 0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """By which it is known again."""
        return self.kind.value, self.subject_kind.value, self.subject, self.name
