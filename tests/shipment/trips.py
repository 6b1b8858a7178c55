"""Builders of trips and visits: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from fleet.nodes import VisitState
from fleet.trips import STOP, Assignment, Plan, Said, StopStatus, StopWord, TripRow, VisitRow
from shipment.journey import Journey

DAY = 1_772_323_200.0  #: 2026-03-01T00:00:00Z
HOUR = 3600.0
MINUTE = 60.0
A, B, C, D = 1, 2, 3, 4  #: sites
_numbers = count(1)


def at(hours: float) -> float:
    """So many hours after midnight."""
    return DAY + hours * HOUR


def stop(site: int, arrive: float, depart: float = nan, **other: object) -> dict[str, Any]:
    """A planned stop; hours after midnight, service in s."""
    given = {
        "site": site,
        "arrive": at(arrive),
        "depart": at(depart),
        "opens": at(arrive),
        "closes": at(arrive),
        "service": 1800.0,
        "early": 1800.0,
        "late": 900.0,
        "via": False,
    }
    return given | other


def plan(
    *stops: dict[str, Any], trip: int = 1, strict: bool = True, valid_from: float = -inf
) -> Plan:
    """A plan of stops 50 km apart; the keys are 100 times the trip, and the number from 1."""
    rows = np.zeros(len(stops), STOP)
    for number, given in enumerate(stops):
        row = {"key": 100 * trip + number + 1, "s": 50_000.0 * number} | given
        for name, value in row.items():
            rows[name][number] = value
    names = tuple(f"site-{given['site']}" for given in stops)
    return Plan(trip, 0, valid_from, 0, strict, rows, names)


def ordinary(trip: int = 1, begin: float = 8.0, *, strict: bool = True) -> Plan:
    """A, B, C: off at ``begin``, an hour's drive each, half an hour at B."""
    return plan(
        stop(A, nan, begin, opens=nan, closes=nan),
        stop(B, begin + 1, begin + 1.5),
        stop(C, begin + 2.5),
        trip=trip,
        strict=strict,
    )


def journey(
    *plans: Plan,
    served: Sequence[tuple[int, float, float]] = ((0, -inf, inf),),
    said: Sequence[tuple[float, str]] = (),
    words: Sequence[tuple[int, StopStatus, float, float]] = (),
) -> Journey:
    """A trip; ``served`` vehicle, from, to; ``said`` hour, event; ``words`` stop, what, times."""
    trip = plans[0].trip
    assigned = tuple(Assignment(trip, vehicle, begin, end) for vehicle, begin, end in served)
    return Journey(
        TripRow(trip, f"T{trip}", plans, assigned),
        tuple(Said(at(hour), event) for hour, event in said),
        tuple(StopWord(key, what, a, d, "Li", "") for key, what, a, d in words),
    )


def visit(site: int, entered: float, left: float = nan, **other: object) -> VisitRow:
    """A stay; hours after midnight; without an end it is still there."""
    ended = isfinite(left)
    given: dict[str, Any] = {
        "id": f"v{next(_numbers)}",
        "vehicle": 0,
        "site": site,
        "fence": site,
        "state": VisitState.DEPARTED if ended else VisitState.ARRIVED,
        "node_level": True,
        "entered": at(entered),
        "earliest": at(entered) - 10,
        "latest": at(entered) + 10,
        "stopped": at(entered) + 60,
        "left": at(left),
        "yielded": False,
        "settled": at(left) + 600 if ended else inf,
    }
    return VisitRow(**(given | other))
