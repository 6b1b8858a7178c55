"""When a waybill will be there, and how that stands against what was promised.

The estimate is that of the trip that it is on, or waits for; of the legs after that the plan
holds, later by what the leg before comes too late for it.  Without an estimate of the first of
them nothing is known: a plan is none.

A promise has no tolerance: exactly at the promised second is in time (domain rule 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from fleet.waybills import Account, WaybillState
from shipment import risk
from shipment.risk import Asked


@dataclass(frozen=True, slots=True)
class Ahead:
    """A leg that is not done, as its trip is planned and expected; UTC s, NaN unknown."""

    departs: float  #: planned, of the stop where it is loaded
    arrives: float  #: planned, at the stop where it is unloaded
    p50: float  #: estimate of that stop
    p90: float


@dataclass(frozen=True, slots=True)
class Due:
    """What a promise is judged by; UTC s, NaN unknown."""

    p50: float
    p90: float
    promised: float
    opens: float  #: from then on it can be delivered
    arrived: float

    @property
    def delay(self) -> float:
        """Against the promise, s, negative early; NaN: there is none, or nothing is known."""
        return (self.arrived if isfinite(self.arrived) else self.p50) - self.promised


def estimate(ahead: Sequence[Ahead]) -> tuple[float, float]:
    """P50 and P90 of the end of the last leg; NaN where nothing can be said.

    ``ahead``: from the leg that it is on, or waits for, to the last.
    """
    if not ahead:
        return nan, nan
    first, *later = ahead
    p50, p90 = first.p50, first.p90
    for leg in later:
        # Both need the plan: NaN makes the rest unknown.
        p50 = _after(leg, leg.p50, p50)
        p90 = _after(leg, leg.p90, p90)
    return p50, p90


def _after(leg: Ahead, own: float, comes: float) -> float:
    """The end of a leg whose goods come at ``comes`` and whose trip alone is there at ``own``."""
    if not isfinite(comes) or not isfinite(leg.departs):
        return nan
    waits = comes - leg.departs  # s that the trip waits for them beyond its plan
    if not isfinite(own):
        return leg.arrives + max(0.0, waits)
    return max(own, leg.arrives + waits) if waits > 0 else own


def arrived(account: Account) -> float:
    """When it came to its destination: by a position or a scan, else when it was signed for."""
    times = {each.kind: each.at for each in account.milestones}
    known = (times.get(kind, nan) for kind in _ENDS)
    return next((at for at in known if isfinite(at)), nan)


_ENDS = (WaybillState.ARRIVED_DESTINATION, WaybillState.DELIVERED)


def judge(before: NDArray[np.void], now: float, dues: Sequence[Due]) -> NDArray[np.void]:
    """The memory (``shipment.risk.RISK``) of promises after an evaluation; one row each."""
    columns = {
        name: np.array([getattr(due, name) for due in dues], np.float64)
        for name in ("p50", "p90", "promised", "opens", "arrived")
    }
    none = np.zeros(len(dues))
    asked = Asked(
        p50=columns["p50"],
        p90=columns["p90"],
        due=columns["promised"],
        tolerance=none,
        arrived=columns["arrived"],
        opens=columns["opens"],
        early=none,
    )
    return risk.judge(before, now, asked)
