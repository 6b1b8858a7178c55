"""What is wrong with trips: what looks at them have found, as episodes.

The conditions come from ``shipment.clock``, the risk of stops from ``shipment.risk``; both were
judged when the trip was looked at.  Here it is said which of them somebody must act on.  Where a
waybill with a promise rides on the trip, its promise is what endangers somebody, and the trip's
own windows raise no alert beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan
from types import MappingProxyType

from fleet.alerts import AlertKind, Episode, SubjectKind
from fleet.trips import StopStatus, TripState
from shipment import clock
from shipment.detect.limits import (
    DEFAULTS,
    Detector,
    Detectors,
    Kept,
    NotDeparted,
    Overstay,
    Silence,
    Stopped,
    severity_of,
)
from shipment.detect.waybills import NO_PROMISE, Promise, known, level, name_of, whole


@dataclass(frozen=True, slots=True)
class StopFacts:
    """A stop of the latest plan, and what became of it."""

    site: int  #: key
    code: str
    zh: str
    en: str
    due: float  #: end of its window; NaN nothing is due
    status: StopStatus
    promised: bool = False  #: a waybill with a promise is unloaded here for good
    via: bool = False
    promise: Promise = NO_PROMISE


@dataclass(frozen=True, slots=True)
class TripFacts:
    """What is known of one trip; times in s since 1970, NaN unknown."""

    key: int
    code: str
    state: TripState
    stops: tuple[StopFacts, ...]
    conditions: Sequence[Mapping[str, object]] = ()  #: as an evaluation keeps them
    off_since: float = nan  #: off its route since; NaN it is on it
    cut_since: float = nan  #: its terminal's connection broke, and nothing was heard since
    carries: bool = False  #: a waybill with a promise rides on it, or will
    delay: float = nan  #: s
    cause: str = ""
    over: float = nan  #: since when it is over
    seen: float = nan  #: newest fix of its vehicle
    vehicle: int = 0  #: keys, 0 none
    party: int = 0
    plate: str = ""


def detect(facts: TripFacts, now: float, detectors: Detectors) -> Iterator[Episode]:
    """What is wrong with one trip at ``now``; of a vehicle that fell silent the vehicle is told."""
    yield from _missed(facts, now, detectors[AlertKind.MISSED_STOP])
    if facts.state.is_over:
        return
    yield from _promises(facts, detectors)
    yield from _off_route(facts, detectors[AlertKind.OFF_ROUTE])
    yield from _silence(facts, detectors[AlertKind.SIGNAL_LOST])
    for condition in facts.conditions:
        yield from _condition(facts, condition, now, detectors)


def _episode(
    facts: TripFacts,
    detector: Detector,
    name: str,
    began: float,
    since: float,
    stop: StopFacts | None = None,
    /,
    **more: object,
) -> Episode:
    said: dict[str, object] = {"vehicle": facts.plate, "trip": facts.code, **more}
    if stop is not None:
        said |= {"site": stop.code, "site_zh": stop.zh, "site_en": stop.en}
    return Episode(
        kind=detector.kind,
        subject_kind=SubjectKind.TRIP,
        subject=facts.code,
        name=name,
        began=began,
        since=since,
        severity=severity_of(detector),
        facts={key: value for key, value in said.items() if value not in ("", None)},
        vehicle=facts.vehicle,
        trip=facts.key,
        site=0 if stop is None else stop.site,
        party=facts.party,
    )


def _missed(facts: TripFacts, now: float, detector: Detector) -> Iterator[Episode]:
    """Stops that were gone by; shown for a while after the trip, unless a person closes it."""
    limits = detector.limits
    if not detector.enabled or not isinstance(limits, Kept):
        return
    if isfinite(facts.over) and facts.over + limits.stands <= now:
        return
    for number, stop in enumerate(facts.stops):
        if stop.status is StopStatus.MISSED:
            began = stop.due if isfinite(stop.due) else now
            yield _episode(facts, detector, f"stop:{number}", began, began, stop, number=number)


def _promises(facts: TripFacts, detectors: Detectors) -> Iterator[Episode]:
    """The first stop ahead whose window is endangered; and every one that is overdue."""
    told = facts.carries
    for number, stop in enumerate(facts.stops):
        found = level(stop.promise) if stop.status.is_open and not stop.via else None
        if found is None:
            continue
        kind, began = found
        detector = detectors[kind]
        is_overdue = kind is AlertKind.OVERDUE
        if not detector.enabled or (stop.promised if is_overdue else told):
            continue
        told = told or not is_overdue
        began = began if isfinite(began) else stop.promise.due
        yield _episode(
            facts,
            detector,
            name_of(stop.promise, kind, f"stop:{number}"),
            began,
            began,
            stop,
            number=number,
            due=known(stop.promise.due),
            delay_s=known(facts.delay),
            cause=facts.cause,
        )


def _off_route(facts: TripFacts, detector: Detector) -> Iterator[Episode]:
    began = facts.off_since
    if detector.enabled and isfinite(began) and facts.state is TripState.EN_ROUTE:
        yield _episode(facts, detector, f"off:{whole(began)}", began, began)


def _silence(facts: TripFacts, detector: Detector) -> Iterator[Episode]:
    """Its connection broke, by the word of the broker: that is known at once."""
    since = facts.cut_since
    if detector.enabled and isfinite(since) and facts.state is TripState.EN_ROUTE:
        yield _of_vehicle(facts, detector, facts.seen, since, cause="connection")


def _of_vehicle(
    facts: TripFacts, detector: Detector, seen: float, since: float, **more: object
) -> Episode:
    """Of the vehicle of a trip: the same as without the trip, so that a trip's end ends nothing."""
    seen = seen if isfinite(seen) else since
    found = _episode(facts, detector, f"seen:{whole(seen)}", seen, since, seen=whole(seen), **more)
    return replace(found, subject_kind=SubjectKind.VEHICLE, subject=facts.plate)


#: Which condition is which alert; the others are for the console only.
KINDS: Mapping[str, AlertKind] = MappingProxyType(
    {
        clock.Kind.UNPLANNED_STOP.value: AlertKind.STOPPED,
        clock.Kind.OVERSTAY.value: AlertKind.OVERSTAY,
        clock.Kind.NOT_DEPARTED.value: AlertKind.NOT_DEPARTED,
        clock.Kind.SIGNAL_LOST.value: AlertKind.SIGNAL_LOST,
        clock.Kind.WRONG_STOP.value: AlertKind.WRONG_STOP,
        clock.Kind.NO_VEHICLE.value: AlertKind.NO_VEHICLE,
    }
)


def _condition(
    facts: TripFacts, condition: Mapping[str, object], now: float, detectors: Detectors
) -> Iterator[Episode]:
    kind = KINDS.get(str(condition.get("kind")))
    began, since = _number(condition.get("began")), _number(condition.get("since"))
    if kind is None or not detectors[kind].enabled or not isfinite(began):
        return
    since += _more(detectors[kind], since - began)
    if not since <= now:
        return
    if kind is AlertKind.SIGNAL_LOST:
        if facts.plate and not isfinite(facts.cut_since):
            yield _of_vehicle(facts, detectors[kind], began, since)
        return
    number = condition.get("stop")
    at = number if isinstance(number, int) and 0 <= number < len(facts.stops) else None
    stop = None if at is None else facts.stops[at]
    where = "" if at is None else f"{at}:"
    yield _episode(
        facts,
        detectors[kind],
        f"{where}{whole(began)}",
        began,
        since,
        stop,
        number=at,
        stood_s=round(now - began) if kind in _STANDING else None,
    )


_STANDING = frozenset({AlertKind.STOPPED, AlertKind.OVERSTAY, AlertKind.WRONG_STOP})


def _more(detector: Detector, span: float) -> float:
    """By how much a person has raised the limit that trips are looked at with, s.

    ``span`` is what it took: of a silence it says whether the vehicle moved or was parked.
    """
    limits, before = detector.limits, DEFAULTS[detector.kind][0]
    if isinstance(limits, Stopped | Overstay | NotDeparted) and type(limits) is type(before):
        return limits.after - before.after
    if isinstance(limits, Silence) and isinstance(before, Silence):
        parked = span >= before.parked
        return limits.parked - before.parked if parked else limits.moving - before.moving
    return 0.0


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan
