"""Builders of waybills and the trips that carry them: hours after noon, sites by number.

Site 10 is the origin, 20 and 30 are hubs, 40 is the destination.  Trip ``n`` has stops
``100 * n`` and following.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, nan
from typing import Any

from fleet.trips import StopStatus
from fleet.waybills import (
    Booking,
    Halt,
    Haul,
    Leg,
    Outcome,
    Proof,
    Scan,
    ScanKind,
    Served,
    Waybill,
)

NOON = 1_732_190_400.0
ORIGIN, HUB, OTHER_HUB, GOAL = 10, 20, 30, 40


def at(hours: float) -> float:
    return NOON + hours * 3600


def halt(number: int, site: int, arrived: float = nan, departed: float = nan, **more: Any) -> Halt:  # noqa: ANN401 - a builder
    """A stop, reached and left so many hours after noon; of trip 1 until it is in a haul."""
    status = StopStatus.PLANNED
    if isfinite(arrived):
        status = StopStatus.ARRIVED
    if isfinite(departed):
        status = StopStatus.DEPARTED
    ordinary = Halt(
        stop=number, site=site, number=number, arrive=at(2 * number), depart=at(2 * number + 0.5),
        status=status, arrived=at(arrived), departed=at(departed), visit=f"v{site}",
    )  # fmt: skip
    return replace(ordinary, **more)


def haul(trip: int, *halts: Halt, vehicle: int | None = None, **more: Any) -> Haul:  # noqa: ANN401 - a builder
    """A trip served by a vehicle of its own number."""
    stops = tuple(replace(each, stop=100 * trip + each.number) for each in halts)
    ordinary = Haul(trip, stops, (Served(vehicle or trip, at(-5)),))
    return replace(ordinary, **more)


def booking(
    trip: int, load: int = 0, unload: int = 1, begin: float = -5, end: float = inf
) -> Booking:
    return Booking(trip, 100 * trip + load, 100 * trip + unload, at(begin), at(end))


def leg(number: int, origin: int, destination: int, *bookings: Booking) -> Leg:
    return Leg(number + 1, number, origin, destination, bookings)


def scan(kind: ScanKind, site: int, hours: float, vehicle: int = 0) -> Scan:
    return Scan(f"{kind}-{site}-{hours}", kind, site, vehicle, at(hours), "warehouse")


def signed(hours: float, outcome: Outcome = Outcome.SIGNED) -> Proof:
    return Proof(outcome, at(hours), "王五", "driver")


def waybill(*legs: Leg, **more: Any) -> Waybill:  # noqa: ANN401 - a builder
    ordinary = Waybill(
        key=1, origin=ORIGIN, destination=GOAL, placed=at(-5), opens=nan, promised=at(12),
        cancelled=nan, stored=False, legs=legs, scans=(), proofs=(),
    )  # fmt: skip
    return replace(ordinary, **more)


def direct(**more: Any) -> Waybill:  # noqa: ANN401 - a builder
    """On trip 1 from the origin to the destination."""
    return waybill(leg(0, ORIGIN, GOAL, booking(1)), **more)


def by_hubs(**more: Any) -> Waybill:  # noqa: ANN401 - a builder
    """On trips 1, 2 and 3 by two hubs."""
    return waybill(
        leg(0, ORIGIN, HUB, booking(1)),
        leg(1, HUB, OTHER_HUB, booking(2)),
        leg(2, OTHER_HUB, GOAL, booking(3)),
        **more,
    )
