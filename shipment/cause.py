"""Why a trip is late: its delay as a budget of time, and the greatest part of it.

Lateness is followed from the origin to a stop, departure by arrival: what is added before the
first departure is a late departure, what is added between an arrival and the departure there
is a long dwell, and what is added on the way is divided among what was seen on the way
(standing, resting, off the route, silence); the rest of it was slow traffic.  To be early
anywhere counts as being in time there, so that waiting for a gate to open is nobody's delay.
Time that was made good makes every part smaller by the same share: the parts are never
negative and sum to the delay.

Weather, accidents and what else cannot be seen from positions is never a result; a person may
say so (``top``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from fleet.trips import DelayCause, Plan, StopFact, StopStatus

Parts = dict[DelayCause, float]
_C = DelayCause

LEAST = 1.0  #: s; less is no delay, and no part of one


@dataclass(frozen=True, slots=True)
class Budget:
    """A delay to be explained, and what is known of the time that it was made of."""

    plan: Plan
    facts: Sequence[StopFact]
    stop: int  #: index in the plan of the stop that is late
    reached: float  #: when it was reached, or will be
    now: float
    delay: float = nan  #: s; NaN: ``reached`` against the planned arrival
    # What the vehicle did outside stops since the trip began, s:
    standing: float = 0.0
    resting: float = 0.0  #: of ``standing``: a driver's rest
    off_route: float = 0.0
    silent: float = 0.0  #: beyond what the distance needs
    # Of the estimate of a stop that was not reached yet, what is no driving, s:
    dwell: float = 0.0  #: at stops, the present one included
    rest: float = 0.0
    #: s of rest, taken and ahead, that the law asks for: a plan has room for it
    due_rest: float = 0.0


def split(budget: Budget) -> Parts:
    """The delay by cause, s; only positive parts, and they sum to it; nothing if it is in time.

    Where the plan gives no times to compare with, the whole is ``UNKNOWN``.
    """
    planned = _due(budget.plan, budget.stop)
    delay = budget.delay if isfinite(budget.delay) else budget.reached - planned
    if not delay >= LEAST:
        return {}
    parts = _parts(budget) if isfinite(planned) and isfinite(budget.reached) else {}
    positive = {cause: value for cause, value in parts.items() if value >= LEAST}
    found = sum(positive.values())
    if not found:
        return {_C.UNKNOWN: delay}
    return {cause: value * delay / found for cause, value in positive.items()}


def top(parts: Mapping[DelayCause, float], said: str = "") -> str:
    """The cause to be named: what a person said, else the greatest part; "" none."""
    if said:
        return DelayCause(said)
    return max(parts, key=lambda cause: parts[cause], default="")


def _due(plan: Plan, stop: int) -> float:
    row = plan.stops[stop]
    return float(row["arrive"] if isfinite(row["arrive"]) else row["closes"])


def _parts(late: Budget) -> Parts:
    """The signed budget."""
    departure = dwell = way = lateness = 0.0
    for number, leaving, time in _ends(late):
        added = time - lateness
        lateness = time
        if number == 0:
            departure += added
        elif leaving:
            dwell += added
        else:
            way += added
    excess = _dwell_ahead(late)
    if not _has_begun(late) and late.now > late.plan.stops["depart"][0]:
        departure += excess  # it is still expected to stand at the origin
        way, excess = way - excess, 0.0
    way += max(0.0, late.reached - _due(late.plan, late.stop)) - lateness - excess
    return {_C.LATE_DEPARTURE: departure, _C.LONG_DWELL: dwell + excess} | _on_the_way(way, late)


def _ends(late: Budget) -> Iterator[tuple[int, bool, float]]:
    """Index of a stop, whether it is left there, and how late; of what is known, in order."""
    for number, (stop, fact) in enumerate(_each(late)):
        if number and isfinite(fact.arrived) and isfinite(stop["arrive"]):
            yield number, False, max(0.0, fact.arrived - float(stop["arrive"]))
        left = fact.departed
        if not isfinite(left) and (fact.is_there or (number == 0 and not _has_begun(late))):
            left = late.now
        if isfinite(left) and isfinite(stop["depart"]):
            yield number, True, max(0.0, left - float(stop["depart"]))


def _each(late: Budget) -> Iterator[tuple[np.void, StopFact]]:
    """The stops before the late one, and what is known of them."""
    known = {fact.stop: fact for fact in late.facts}
    for stop in late.plan.stops[: late.stop]:
        key = int(stop["key"])
        yield stop, known.get(key, StopFact(key, StopStatus.PLANNED))


def _has_begun(late: Budget) -> bool:
    first = int(late.plan.stops["key"][0])
    return any(
        isfinite(fact.departed if fact.stop == first else fact.arrived) for fact in late.facts
    )


def _dwell_ahead(late: Budget) -> float:
    """How much longer than planned it will stay at stops, s."""
    key = int(late.plan.stops["key"][late.stop])
    if any(fact.stop == key and isfinite(fact.arrived) for fact in late.facts):
        return 0.0
    planned = 0.0
    for number, (stop, fact) in enumerate(_each(late)):
        waits = fact.is_there or (number == 0 and not _has_begun(late))
        if waits and isfinite(stop["depart"]):
            planned += max(0.0, float(stop["depart"]) - late.now)
        elif number and fact.status.is_open and not stop["via"]:
            planned += _dwell(float(stop["arrive"]), float(stop["depart"]), float(stop["service"]))
    return late.dwell - planned


def _dwell(arrive: float, depart: float, service: float) -> float:
    """Planned, s."""
    if isfinite(arrive) and isfinite(depart):
        return depart - arrive
    return service if isfinite(service) else 0.0


def _on_the_way(way: float, late: Budget) -> Parts:
    """What was added on the way, by what was seen there."""
    rest = max(0.0, late.resting + late.rest - late.due_rest)
    stopped = max(0.0, late.standing - late.resting)
    other = way - rest - stopped - late.silent
    # The time away from the line is not lost as a whole: the line would have taken time too.
    away = min(late.off_route, max(0.0, other))
    return {
        _C.DRIVER_REST: rest,
        _C.STOPPED_ENROUTE: stopped,
        _C.SIGNAL_LOST: late.silent,
        _C.OFF_ROUTE: away,
        _C.TRAFFIC_SLOW: other - away,
    }
