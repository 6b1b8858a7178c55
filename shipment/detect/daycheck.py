"""D+1, D+2, ...: is the tracking of a waybill normal in the mornings after it was shipped?

D is the day of the shipping on the calendar of the destination.  The check of day n is at nine
o'clock there; it is normal if something was recorded within a day before it, or if the vehicle
was heard of about then and has made most of the progress that was planned.  From the fourth day
on, once the promise has passed, it is to be signed: each morning until it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import isfinite
from zoneinfo import ZoneInfo

from fleet.alerts import AlertKind, Episode
from shipment.clock import RULES
from shipment.detect.limits import DayCheck, Detector, severity_of
from shipment.detect.waybills import WaybillFacts, episode, whole


@dataclass(frozen=True, slots=True)
class Check:
    """The newest check that has come."""

    day: int  #: n of D+n, from 1
    at: float  #: s since 1970


def latest(shipped: float, zone: str, now: float, rules: DayCheck) -> Check | None:
    """The newest check of what was shipped then; None: the first is still to come."""
    if not isfinite(shipped):
        return None
    begin = _wall(shipped, zone).date()
    day = (_wall(now, zone).date() - begin).days
    if _instant(begin + timedelta(days=day), rules.hour, zone) > now:
        day -= 1
    if day < 1:
        return None
    return Check(day, _instant(begin + timedelta(days=day), rules.hour, zone))


def is_normal(facts: WaybillFacts, check: Check, rules: DayCheck) -> bool:
    """Whether nobody need ask, as of a check; later facts can only make it so."""
    late = not isfinite(facts.promised) or facts.promised < check.at
    if check.day >= rules.signed and late:
        return False
    if facts.told >= check.at - rules.recent:
        return True
    planned = (check.at - facts.starts) / max(facts.ends - facts.starts, 1.0)
    is_fresh = facts.seen >= check.at - RULES.stale_parked
    return is_fresh and facts.share >= rules.progress * min(max(planned, 0.0), 1.0)


def detect(facts: WaybillFacts, now: float, detector: Detector) -> Iterator[Episode]:
    """The check of today, or of yesterday before nine, if it is not normal."""
    rules = detector.limits
    if facts.state.is_over or not detector.enabled or not isinstance(rules, DayCheck):
        return
    check = latest(facts.shipped, facts.zone, now, rules)
    if check is None or is_normal(facts, check, rules):
        return
    yield episode(
        facts,
        AlertKind.DAY_CHECK,
        f"D+{check.day}",
        (check.at, check.at),
        severity_of(detector),
        day=check.day,
        task=min(check.day, 5),
        shipped=whole(facts.shipped),
        told=whole(facts.told) if isfinite(facts.told) else None,
    )


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _wall(time: float, zone: str) -> datetime:
    return datetime.fromtimestamp(time, UTC).astimezone(_zone(zone))


def _instant(day: date, hour: float, zone: str) -> float:
    """That o'clock on that day; where clocks are put forward over it, the moment after."""
    wall = datetime(day.year, day.month, day.day, tzinfo=_zone(zone)) + timedelta(hours=hour)
    return wall.timestamp()
