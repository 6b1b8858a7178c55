"""What is wrong with waybills: nothing is recorded, goods lie about, a promise is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, nan

from fleet.alerts import AlertKind, Episode, Severity, SubjectKind
from fleet.trips import Risk
from fleet.waybills import WaybillState
from shipment.detect.limits import Detector, Detectors, NoUpdate, Stall, severity_of

#: States before the pickup, and those in which nothing more is expected to be recorded.
_BEFORE = frozenset(
    {WaybillState.CREATED, WaybillState.AWAITING_PICKUP, WaybillState.ARRIVED_ORIGIN}
)
_HUBS = frozenset({WaybillState.ARRIVED_HUB, WaybillState.ARRIVED_DEST_HUB})


@dataclass(frozen=True, slots=True)
class Promise:
    """How a due time stands: of a promise, or of a stop; see ``shipment.risk.RISK``."""

    state: Risk = Risk.UNKNOWN  #: what is shown
    held: Risk = Risk.UNKNOWN  #: by the estimates alone, also while there is none
    since: float = nan  #: when ``state`` began
    turned: float = nan  #: when ``held`` last changed
    due: float = nan
    arrived: bool = False


NO_PROMISE = Promise()


@dataclass(frozen=True, slots=True)
class WaybillFacts:
    """What is known of one waybill that is not over; times in s since 1970, NaN unknown."""

    key: int
    number: str
    state: WaybillState
    since: float
    told: float  #: its newest milestone
    shipped: float
    promise: Promise = NO_PROMISE
    promised: float = nan
    stored: bool = False  #: storage on the way is planned
    delay: float = nan  #: s
    cause: str = ""
    p50: float = nan
    stands: float = nan  #: since when the vehicle that it is aboard of stands away from stops
    seen: float = nan  #: newest fix of that vehicle
    share: float = nan  #: of the way of its trip that is done
    starts: float = nan  #: of that trip, planned
    ends: float = nan
    moved: float = nan  #: m from the place of the newest milestone, as the crow flies
    zone: str = "UTC"  #: of its destination
    vehicle: int = 0  #: keys, 0 none
    trip: int = 0
    site: int = 0
    party: int = 0  #: its customer
    plate: str = ""
    trip_code: str = ""
    site_code: str = ""  #: where it is
    site_zh: str = ""
    site_en: str = ""
    to_zh: str = ""  #: its destination
    to_en: str = ""


def detect(facts: WaybillFacts, now: float, detectors: Detectors) -> Iterator[Episode]:
    """What is wrong with one waybill at ``now``, but for the daily check (``daycheck``)."""
    if facts.state.is_over:
        return
    yield from _no_update(facts, now, detectors[AlertKind.NO_UPDATE_AFTER_PICKUP])
    yield from _stall(facts, now, detectors[AlertKind.TRANSIT_STALL])
    yield from _promise(facts, now, detectors)


def episode(
    facts: WaybillFacts,
    kind: AlertKind,
    name: str,
    times: tuple[float, float],
    severity: Severity,
    **more: object,
) -> Episode:
    """An episode of that waybill; ``times``: when it began, and when it came to be an alert."""
    known: dict[str, object] = {
        "state": facts.state.value,
        "vehicle": facts.plate,
        "trip": facts.trip_code,
        "site": facts.site_code,
        "site_zh": facts.site_zh,
        "site_en": facts.site_en,
        "to_zh": facts.to_zh,
        "to_en": facts.to_en,
        **more,
    }
    return Episode(
        kind=kind,
        subject_kind=SubjectKind.WAYBILL,
        subject=facts.number,
        name=name,
        began=times[0],
        since=times[1],
        severity=severity,
        facts={key: value for key, value in known.items() if value not in ("", None)},
        vehicle=facts.vehicle,
        trip=facts.trip,
        waybill=facts.key,
        site=facts.site,
        party=facts.party,
    )


def whole(time: float) -> int:
    """Of names and facts: whole seconds."""
    return round(time)


def known(value: float, digits: int = 0) -> float | None:
    """A number for JSON; None where it is unknown."""
    return round(value, digits) if isfinite(value) else None


def _no_update(facts: WaybillFacts, now: float, detector: Detector) -> Iterator[Episode]:
    limits = detector.limits
    if facts.state in _BEFORE or not isfinite(facts.told) or not isinstance(limits, NoUpdate):
        return
    since = facts.told + limits.after
    if detector.enabled and since <= now:
        yield episode(
            facts,
            AlertKind.NO_UPDATE_AFTER_PICKUP,
            f"told:{whole(facts.told)}",
            (facts.told, since),
            severity_of(detector),
            hours=round((now - facts.told) / 3600),
            moved_m=known(facts.moved),
        )


def _stall(facts: WaybillFacts, now: float, detector: Detector) -> Iterator[Episode]:
    limits = detector.limits
    if not detector.enabled or not isinstance(limits, Stall):
        return
    if facts.state in _HUBS and not facts.stored:
        began, where = facts.since, f"hub:{facts.site}"
    elif facts.vehicle and isfinite(facts.stands):
        began, where = facts.stands, "road"
    else:
        return
    if began + limits.after <= now:
        yield episode(
            facts,
            AlertKind.TRANSIT_STALL,
            f"{where}:{whole(began)}",
            (began, began + limits.after),
            severity_of(detector),
            hours=round((now - began) / 3600),
        )


_LEVELS = {Risk.AT_RISK: AlertKind.AT_RISK, Risk.LATE: AlertKind.LATE}


def level(promise: Promise) -> tuple[AlertKind, float] | None:
    """How a due time is endangered, and since when; None: it is not, or it is decided.

    While there is no estimate the last word holds: that a vehicle fell silent makes nothing
    better.
    """
    if promise.arrived:
        return None
    if promise.state is Risk.OVERDUE:
        return AlertKind.OVERDUE, promise.due
    kind = _LEVELS.get(promise.held)
    if kind is None:
        return None
    began = promise.turned if isfinite(promise.turned) else promise.since
    return kind, began


def name_of(promise: Promise, kind: AlertKind, what: str) -> str:
    """Of the episode of a due time: which one, and since when it stands so."""
    turned = "first" if not isfinite(promise.turned) else str(whole(promise.turned))
    when = "" if kind is AlertKind.OVERDUE else f":{turned}"
    return f"{what}:{whole(promise.due)}{when}"


def _promise(facts: WaybillFacts, now: float, detectors: Detectors) -> Iterator[Episode]:
    found = level(facts.promise)
    if found is None or not isfinite(facts.promised):
        return
    kind, began = found
    if not detectors[kind].enabled:
        return
    began = began if isfinite(began) else now
    yield episode(
        facts,
        kind,
        name_of(facts.promise, kind, "promise"),
        (began, began),
        severity_of(detectors[kind]),
        promised=whole(facts.promised),
        eta=known(facts.p50),
        delay_s=known(facts.delay),
        cause=facts.cause,
    )
