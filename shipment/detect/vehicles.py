"""What is wrong with vehicles and devices, whether they are on a trip or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from fleet.alerts import AlertKind, Episode, Severity, SubjectKind
from shipment.detect.driving import Spell, SpellKind
from shipment.detect.limits import Detector, Detectors, Faults, Forbidden, Silence, severity_of
from shipment.detect.waybills import known, whole

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class VehicleFacts:
    """A vehicle; keys, 0 none."""

    key: int
    plate: str
    party: int = 0
    seen: float = nan  #: newest believed fix
    moving: bool = False  #: then
    trip: int = 0  #: that it is on
    trip_code: str = ""


@dataclass(frozen=True, slots=True)
class ZoneVisit:
    """A stay inside a fence that must not be entered."""

    vehicle: VehicleFacts
    fence: str  #: code
    site: int
    code: str  #: of the site
    zh: str
    en: str
    entered: float
    left: float  #: NaN while it lasts
    arrived: bool  #: the fixes prove that it stayed


@dataclass(frozen=True, slots=True)
class DeviceSaid:
    """What a device reported: an emergency button, or its power."""

    device: str  #: code
    kind: str  #: a ``fleet.wire.EventKind``
    time: float
    on: bool
    vehicle: VehicleFacts | None = None  #: that it was in


@dataclass(frozen=True, slots=True)
class Letters:
    """Dead letters of a registered device."""

    device: str
    count: int  #: within the time looked at
    first: float
    reason: str  #: of most of them
    vehicle: VehicleFacts | None = None


def silent(facts: VehicleFacts, now: float, detector: Detector) -> Iterator[Episode]:
    """A vehicle that is on no trip has not been heard of."""
    limits = detector.limits
    if not detector.enabled or not isinstance(limits, Silence) or not isfinite(facts.seen):
        return
    since = facts.seen + (limits.moving if facts.moving else limits.parked)
    if since <= now:
        name = f"seen:{whole(facts.seen)}"
        # Nobody waits for it: it is to be known.
        severity = Severity.INFO if detector.severity is None else detector.severity
        times = facts.seen, since
        yield _of_vehicle(
            facts, AlertKind.SIGNAL_LOST, name, times, severity, seen=whole(facts.seen)
        )


def zone(visit: ZoneVisit, now: float, detector: Detector) -> Iterator[Episode]:
    """It is, or was, where it must not be."""
    limits = detector.limits
    if not detector.enabled or not isinstance(limits, Forbidden):
        return
    since = visit.entered + limits.after
    until = visit.left if isfinite(visit.left) else now
    if until < since and not visit.arrived:
        return
    name = f"{visit.fence}:{whole(visit.entered)}"
    yield _of_vehicle(
        visit.vehicle,
        AlertKind.FORBIDDEN_ZONE,
        name,
        (visit.entered, min(since, until)),
        severity_of(detector),
        over=visit.left,
        site=(visit.site, visit.code, visit.zh, visit.en),
    )


def driven(facts: VehicleFacts, spell: Spell, detectors: Detectors) -> Iterator[Episode]:
    """A spell of driving as an episode."""
    kind = _OF_SPELL[spell.kind]
    detector = detectors[kind]
    if not detector.enabled:
        return
    severity = severity_of(detector)
    if spell.kind is SpellKind.WARNING:
        severity = max(severity, Severity.RISK)
    more: dict[str, Any] = {}
    if spell.kind is SpellKind.OVERSPEED:
        more["peak_kmh"] = known(spell.peak * 3.6)
    elif kind is AlertKind.FATIGUE:
        more |= {"driven_s": known(spell.peak), "night": spell.night}
        more["due"] = spell.kind is SpellKind.FATIGUE
    name = f"{whole(spell.began)}"
    times = spell.began, spell.since
    yield _of_vehicle(facts, kind, name, times, severity, over=spell.over, **more)


_OF_SPELL = {
    SpellKind.OVERSPEED: AlertKind.OVERSPEED,
    SpellKind.WARNING: AlertKind.FATIGUE,
    SpellKind.FATIGUE: AlertKind.FATIGUE,
    SpellKind.RELOCATION: AlertKind.RELOCATION,
}

#: Kinds that follow from driving.
DRIVING = frozenset(_OF_SPELL.values())


def said(events: Iterable[DeviceSaid], detectors: Detectors) -> Iterator[Episode]:
    """Emergencies and power cuts: each begins with the word that it is so.

    ``events`` by device, kind and time.
    """
    begun: dict[tuple[str, str], DeviceSaid] = {}
    for event in events:
        key = event.device, event.kind
        before = begun.get(key)
        if event.on:
            begun.setdefault(key, event)
        elif before is not None:
            yield from _alarm(begun.pop(key), event.time, detectors)
    for event in begun.values():
        yield from _alarm(event, nan, detectors)


def _alarm(event: DeviceSaid, over: float, detectors: Detectors) -> Iterator[Episode]:
    kind = AlertKind.SOS if event.kind == "sos" else AlertKind.DEVICE_FAULT
    detector = detectors[kind]
    if not detector.enabled:
        return
    name = f"{event.kind}:{whole(event.time)}"
    times = event.time, event.time
    severity = severity_of(detector)
    if event.vehicle is not None and kind is AlertKind.SOS:
        yield _of_vehicle(
            event.vehicle, kind, name, times, severity, over=over, device=event.device
        )
    else:
        yield _of_device(
            (event.device, event.vehicle), kind, name, times, severity, over=over, fault=event.kind
        )


def letters(bursts: Sequence[Letters], detector: Detector) -> Iterator[Episode]:
    """Devices whose messages cannot be read; one episode a day."""
    limits = detector.limits
    if not detector.enabled or not isinstance(limits, Faults):
        return
    for burst in bursts:
        if burst.count >= limits.letters:
            yield _of_device(
                (burst.device, burst.vehicle),
                AlertKind.DEVICE_FAULT,
                f"letters:{int(burst.first // DAY)}",
                (burst.first, burst.first),
                severity_of(detector),
                fault="letters",
                count=burst.count,
                reason=burst.reason,
            )


def _of_vehicle(  # noqa: PLR0913 - the fields of an episode
    facts: VehicleFacts,
    kind: AlertKind,
    name: str,
    times: tuple[float, float],
    severity: Severity,
    /,
    *,
    over: float = nan,
    site: tuple[int, str, str, str] | None = None,
    **more: object,
) -> Episode:
    text: dict[str, object] = {"vehicle": facts.plate, "trip": facts.trip_code, **more}
    if site is not None:
        text |= {"site": site[1], "site_zh": site[2], "site_en": site[3]}
    return Episode(
        kind=kind,
        subject_kind=SubjectKind.VEHICLE,
        subject=facts.plate,
        name=name,
        began=times[0],
        since=times[1],
        severity=severity,
        facts={key: value for key, value in text.items() if value not in ("", None)},
        over=over if isfinite(over) else None,
        vehicle=facts.key,
        trip=facts.trip,
        site=0 if site is None else site[0],
        party=facts.party,
    )


def _of_device(
    device: tuple[str, VehicleFacts | None],
    kind: AlertKind,
    name: str,
    times: tuple[float, float],
    severity: Severity,
    /,
    *,
    over: float = nan,
    **more: object,
) -> Episode:
    code, vehicle = device
    text: dict[str, object] = {"device": code, **more}
    if vehicle is not None:
        text |= {"vehicle": vehicle.plate, "trip": vehicle.trip_code}
    return Episode(
        kind=kind,
        subject_kind=SubjectKind.DEVICE,
        subject=code,
        name=name,
        began=times[0],
        since=times[1],
        severity=severity,
        facts={key: value for key, value in text.items() if value not in ("", None)},
        over=over if isfinite(over) else None,
        vehicle=0 if vehicle is None else vehicle.key,
        trip=0 if vehicle is None else vehicle.trip,
        party=0 if vehicle is None else vehicle.party,
    )
