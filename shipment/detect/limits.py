"""The limits of every detector: what they are by default, why, and how they are changed.

A person changes them by name (``configured``); what is not named stays as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from types import MappingProxyType
from typing import Any, Protocol

from fleet.alerts import AlertKind, Severity
from fleet.errors import Invalid
from shipment.clock import RULES

HOUR = 3600.0
DAY = 24 * HOUR
MOST = 90 * DAY  #: s; a limit beyond a season is a detector that is switched off

KMH = 1 / 3.6


@dataclass(frozen=True, slots=True)
class NoLimits:
    """Of a detector that only passes on what is found elsewhere."""


@dataclass(frozen=True, slots=True)
class NoUpdate:
    """After the pickup nothing more was recorded."""

    after: float = 24 * HOUR  #: s without a milestone (seed 1-12)


@dataclass(frozen=True, slots=True)
class Stall:
    """Goods lie in a hub, or stand on the road."""

    after: float = 48 * HOUR  #: s since the arrival, or since it stands (seed 1-12)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A vehicle on a trip stands outside every stop."""

    after: float = RULES.stop  #: s; trips are looked at with this limit, so no less


@dataclass(frozen=True, slots=True)
class Overstay:
    """A vehicle stays at a stop beyond its planned service."""

    after: float = RULES.overstay  #: s beyond the service; likewise


@dataclass(frozen=True, slots=True)
class NotDeparted:
    """A trip has not begun."""

    after: float = RULES.departure  #: s beyond the planned departure; likewise


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing is heard of a vehicle."""

    moving: float = RULES.lost_moving  #: s; longer than tunnels and dead zones last
    parked: float = RULES.lost_parked  #: s; a parked terminal may sleep, but not for a day


@dataclass(frozen=True, slots=True)
class Overspeed:
    """A vehicle drives faster than it may."""

    limit: float = 80 * KMH  #: m/s; what lorries may drive on ordinary roads
    over: float = 0.10  #: share above the limit: tachographs and receivers err by less
    after: float = 60.0  #: s without a break: an overtaking takes less
    below: float = 30.0  #: s below that end it


@dataclass(frozen=True, slots=True)
class Fatigue:
    """A driver drives on without a rest (article 62; domain 3.9)."""

    day: float = 4 * HOUR  #: s of driving
    night: float = 2 * HOUR  #: s of it from 22:00 to 06:00 local time
    rest: float = 1200.0  #: s of standing that are a rest
    warn: float = 1800.0  #: s before either limit that a warning comes


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A vehicle is inside a fence that it must not enter."""

    after: float = 30.0  #: s inside; one fix beside the outline proves nothing


@dataclass(frozen=True, slots=True)
class Faults:
    """A device is broken, or is tampered with."""

    letters: float = 20.0  #: dead letters ...
    within: float = 600.0  #: ... in so many s: single ones come from every terminal


@dataclass(frozen=True, slots=True)
class Kept:
    """Something happened; nothing ends it."""

    stands: float = DAY  #: s that it is shown unless a person closes it


@dataclass(frozen=True, slots=True)
class DayCheck:
    """Every morning after the shipping day, until somebody signs (seed 0-26)."""

    hour: float = 9.0  #: o'clock where the goods shall go: when customer service begins
    recent: float = 24 * HOUR  #: s before the check in which a milestone is normal
    progress: float = 0.8  #: share of the planned progress that is normal, too
    signed: float = 4.0  #: days after which it should be signed


Limits = (
    NoLimits
    | NoUpdate
    | Stall
    | Stopped
    | Overstay
    | NotDeparted
    | Silence
    | Overspeed
    | Fatigue
    | Forbidden
    | Faults
    | Kept
    | DayCheck
)

#: The least value of a limit that cannot be anything above 0: trips are looked at with it.
LEAST: Mapping[tuple[AlertKind, str], float] = MappingProxyType(
    {
        (AlertKind.STOPPED, "after"): RULES.stop,
        (AlertKind.OVERSTAY, "after"): RULES.overstay,
        (AlertKind.NOT_DEPARTED, "after"): RULES.departure,
        (AlertKind.SIGNAL_LOST, "moving"): RULES.lost_moving,
        (AlertKind.SIGNAL_LOST, "parked"): RULES.lost_parked,
    }
)

#: What each detector comes with: its limits, and how grave it is.
DEFAULTS: Mapping[AlertKind, tuple[Limits, Severity]] = MappingProxyType(
    {
        AlertKind.NO_UPDATE_AFTER_PICKUP: (NoUpdate(), Severity.LATE),
        AlertKind.TRANSIT_STALL: (Stall(), Severity.LATE),
        AlertKind.LATE: (NoLimits(), Severity.LATE),
        AlertKind.AT_RISK: (NoLimits(), Severity.RISK),
        AlertKind.OVERDUE: (NoLimits(), Severity.LATE),
        AlertKind.OFF_ROUTE: (NoLimits(), Severity.RISK),
        AlertKind.STOPPED: (Stopped(), Severity.RISK),
        AlertKind.OVERSTAY: (Overstay(), Severity.RISK),
        AlertKind.NOT_DEPARTED: (NotDeparted(), Severity.RISK),
        AlertKind.NO_VEHICLE: (NoLimits(), Severity.RISK),
        AlertKind.SIGNAL_LOST: (Silence(), Severity.RISK),
        AlertKind.OVERSPEED: (Overspeed(), Severity.RISK),
        AlertKind.FATIGUE: (Fatigue(), Severity.SAFETY),
        AlertKind.FORBIDDEN_ZONE: (Forbidden(), Severity.RISK),
        AlertKind.DEVICE_FAULT: (Faults(), Severity.RISK),
        AlertKind.RELOCATION: (Kept(), Severity.RISK),
        AlertKind.WRONG_STOP: (NoLimits(), Severity.RISK),
        AlertKind.MISSED_STOP: (Kept(), Severity.LATE),
        AlertKind.SOS: (NoLimits(), Severity.SAFETY),
        AlertKind.DAY_CHECK: (DayCheck(), Severity.RISK),
    }
)


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector as it is set."""

    kind: AlertKind
    enabled: bool = True
    limits: Limits = field(default_factory=NoLimits)
    severity: Severity | None = None  #: what a person said instead of what it comes with
    revision: int = 0  #: 0: never changed
    author: str = ""


Detectors = Mapping[AlertKind, Detector]


def defaults() -> dict[AlertKind, Detector]:
    """Every detector as it comes."""
    return {kind: Detector(kind, limits=limits) for kind, (limits, _) in DEFAULTS.items()}


class Said(Protocol):
    """How a person has set a detector."""

    @property
    def kind(self) -> str:
        """A value of ``AlertKind``."""

    @property
    def enabled(self) -> bool:
        """Whether it finds anything."""

    @property
    def limits(self) -> Mapping[str, Any]:
        """Those that were changed."""

    @property
    def severity(self) -> int | None:
        """None: as it comes."""

    @property
    def revision(self) -> int:
        """How often it was set."""

    @property
    def author(self) -> str:
        """Who did it."""


def settled(changes: Iterable[Said]) -> dict[AlertKind, Detector]:
    """Every detector as it is set; a limit that cannot be, of another version, counts not."""
    known = defaults()
    for said in changes:
        if said.kind not in set(AlertKind):
            continue
        kind = AlertKind(said.kind)
        try:
            limits = configured(kind, said.limits)
        except Invalid:
            limits = DEFAULTS[kind][0]
        severity = None if said.severity is None else Severity(said.severity)
        known[kind] = Detector(kind, said.enabled, limits, severity, said.revision, said.author)
    return known


def configured(kind: AlertKind, changed: Mapping[str, Any]) -> Limits:
    """The limits of a detector with some of them changed.

    Raises:
        Invalid: it has no such limit, or the value cannot be one.
    """
    limits, _ = DEFAULTS[kind]
    known = [each.name for each in fields(limits)]
    for name, value in changed.items():
        where = f"/limits/{name}"
        if name not in known:
            raise Invalid(where, f"is no limit of {kind}; it has {', '.join(known) or 'none'}")
        least = LEAST.get((kind, name), 0.0)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not isfinite(value) or not 0 < value <= MOST or value < least:
            raise Invalid(where, f"must be above 0, at least {least:g} and at most {MOST:g}")
    said = {name: float(value) for name, value in changed.items()}
    return replace(limits, **said)  # type: ignore[arg-type]  # of a union; the names are checked


def severity_of(detector: Detector) -> Severity:
    """How grave its alerts are."""
    return DEFAULTS[detector.kind][1] if detector.severity is None else detector.severity
