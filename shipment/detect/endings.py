"""How an episode ended that its detector no longer finds: it is over, or it never was.

What is asked of the store is only what it takes to tell the one from the other, and only of
alerts that end: when a stop was left, when the goods were recorded next, when the vehicle went
on.  Where nothing is known, an episode is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from types import MappingProxyType

from fleet.alert_views import Ending, KeptAlert
from fleet.alerts import AlertKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known now around a missing alert; s since 1970, NaN unknown."""

    arrived: float = nan  #: at the stop that it is about, or at the destination
    departed: float = nan  #: from that stop, or from the hub
    recorded: float = nan  #: the first milestone of the waybill after the newest one then
    heard: float = nan  #: the first fix of the vehicle after the alert began
    moved: float = nan  #: the first fix of it more than 300 m from where it was then
    withdrawn: bool = False  #: the node, or the stay, that it began with is no more


#: What ends an episode of each kind.
_ENDS: Mapping[AlertKind, str] = MappingProxyType(
    {
        AlertKind.NO_UPDATE_AFTER_PICKUP: "recorded",
        AlertKind.DAY_CHECK: "recorded",
        AlertKind.TRANSIT_STALL: "departed",
        AlertKind.OVERSTAY: "departed",
        AlertKind.NOT_DEPARTED: "departed",
        AlertKind.STOPPED: "moved",
        AlertKind.OVERDUE: "arrived",
        AlertKind.MISSED_STOP: "arrived",
        AlertKind.SIGNAL_LOST: "heard",
    }
)
#: It has to last for a time; what ended sooner never was an episode.
_LASTS = frozenset(
    {
        AlertKind.NO_UPDATE_AFTER_PICKUP,
        AlertKind.DAY_CHECK,
        AlertKind.TRANSIT_STALL,
        AlertKind.OVERSTAY,
        AlertKind.NOT_DEPARTED,
        AlertKind.STOPPED,
    }
)
#: Found in stored fixes: where it is no longer there, the past of the vehicle is another by now.
_IN_FIXES = frozenset({AlertKind.OVERSPEED, AlertKind.FATIGUE, AlertKind.RELOCATION})
LATE = "late fixes or records show that it was not so"


def ending(alert: KeptAlert, known: Evidence) -> Ending:
    """How ``alert`` ended."""
    name = _ENDS.get(alert.kind)
    at = nan if name is None else float(getattr(known, name))
    never = known.withdrawn or alert.kind in _IN_FIXES or _came_before(alert, at)
    return Ending(at, never, LATE if never else "")


def _came_before(alert: KeptAlert, at: float) -> bool:
    """Whether it ended before it could have come to be."""
    if not isfinite(at):
        return False
    if alert.kind is AlertKind.MISSED_STOP:
        return True  # a later visit: it was not missed
    said = alert.facts.get("since")
    since = float(said) if isinstance(said, int | float) else alert.began
    if alert.kind is AlertKind.OVERDUE:
        return at <= since  # exactly at the due time is in time
    return alert.kind in _LASTS and at < since
