"""Who is due at a site, as plain values and as their models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from fleet.trips import StopStatus, TripState
from store.due import DueStop
from tracker_api.plain import iso
from tracker_api.schemas import Instant, SiteOut
from tracker_api.trip_schemas import RiskWord
from tracker_api.trips import risk_word


class DueStopOut(BaseModel):
    """A stop of a trip at the site, still open."""

    trip: str
    state: TripState
    route: str | None
    vehicle: str | None
    driver: str | None
    party: str | None
    origin: SiteOut | None = Field(description="Of the trip.")
    stop: int = Field(description="Its number in the plan.")
    status: StopStatus
    planned_at: Instant | None
    due_at: Instant | None = Field(description="The end of its window.")
    p50: Instant | None = Field(description="As likely before as after; null: no estimate.")
    p90: Instant | None = Field(description="Nine of ten are not later.")
    delay_s: float | None = Field(description="Positive late: the estimate against `due_at`.")
    risk: RiskWord
    heard_at: Instant | None = Field(description="Time of the fix that the estimate rests on.")


class DueOut(BaseModel):
    """Who is due at a site."""

    now: Instant
    until: Instant
    due: list[DueStopOut] = Field(description="The soonest first; what is overdue as well.")


def due_out(stop: DueStop) -> dict[str, Any]:
    """``stop`` as a ``DueStopOut``."""
    delay = None
    if stop.p50 is not None and stop.due_at is not None:
        delay = (stop.p50 - stop.due_at).total_seconds()
    origin = stop.origin
    return {
        "trip": stop.trip,
        "state": stop.state.value,
        "route": stop.route,
        "vehicle": stop.vehicle,
        "driver": stop.driver,
        "party": stop.party,
        "origin": None if origin is None else {n: getattr(origin, n) for n in origin.__slots__},
        "stop": stop.number,
        "status": stop.status.value,
        "planned_at": _iso(stop.planned_at),
        "due_at": _iso(stop.due_at),
        "p50": _iso(stop.p50),
        "p90": _iso(stop.p90),
        "delay_s": delay,
        "risk": risk_word(stop.risk, known=stop.p50 is not None),
        "heard_at": _iso(stop.heard_at),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
