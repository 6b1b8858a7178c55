"""Trips as readers get them from the store: no integer keys, aware instants in UTC.

``None`` is unknown.  Lengths are metres, spans seconds; a delay is positive where late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.trips import DelayCause, NoEstimate, Risk, StopStatus, TripState
from fleet.views import Site


@dataclass(frozen=True, slots=True)
class RouteStop:
    """A stop of a route; times are seconds after the departure from the first stop."""

    number: int
    site: Site
    s: float | None  #: m along the line
    arrive: float | None
    depart: float | None
    service: float
    early: float
    late: float
    via: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A way that trips are planned on."""

    code: str
    name_zh: str
    name_en: str
    strict: bool
    length: float
    corridor: float
    source: str
    line: tuple[tuple[float, float], ...]  #: lon, lat; empty in lists
    stops: tuple[RouteStop, ...]
    author: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """What one revision of a plan says of a stop."""

    number: int
    stop: str  #: opaque, the same in every revision: text of its key
    site: Site
    s: float | None
    arrive_at: datetime | None
    depart_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None
    service: float
    early: float
    late: float
    via: bool


@dataclass(frozen=True, slots=True)
class PlanRevision:
    """One revision of the plan of a trip."""

    revision: int
    valid_from: datetime | None  #: None: from the beginning
    strict: bool
    author: str
    reason: str
    recorded_at: datetime
    stops: tuple[PlannedStop, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The latest estimate of one stop; the parts add up to ``p50`` less the time it was made."""

    p50: datetime
    p90: datetime
    driving: float
    dwell: float
    rest: float
    deviation: float


@dataclass(frozen=True, slots=True)
class TripStop:
    """A stop with plan, estimate and actual side by side; the estimate never touches the plan."""

    baseline: PlannedStop | None  #: of revision 0; None: it was added later
    planned: PlannedStop  #: of the latest revision that has it
    dropped: bool  #: the latest revision no longer has it
    status: StopStatus
    estimate: Expectation | None
    risk: Risk
    arrived_at: datetime | None
    departed_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None
    estimated_at: datetime | None  #: the last estimate before the arrival was known
    delay: float | None  #: of the arrival, or of the estimate; against the latest plan
    baseline_delay: float | None  #: the same against revision 0
    departure_delay: float | None
    out_of_sequence: bool
    shared: bool
    visit: str | None
    author: str | None  #: of a person's word on it
    reason: str | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who served the trip, and when."""

    vehicle: str  #: plate
    driver: str | None
    valid_from: datetime
    valid_to: datetime | None
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trip's life."""

    at: datetime
    event: str
    from_state: TripState
    to_state: TripState
    source: str  #: gps, clock or person
    author: str | None
    reason: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TripBrief:
    """A trip on the board."""

    code: str
    route: str | None
    state: TripState
    vehicle: str | None  #: plate, now
    driver: str | None
    party: str | None  #: of the vehicle: who may see it
    starts_at: datetime | None  #: planned
    ends_at: datetime | None  #: planned
    origin: Site | None
    destination: Site | None
    next_stop: Site | None  #: the first one still open
    next_due: datetime | None  #: end of its window
    next_eta: Expectation | None
    final_eta: Expectation | None
    risk: Risk
    no_estimate: NoEstimate
    delay: float | None  #: predicted or certain, of the stop that is worst; against the latest plan
    baseline_delay: float | None
    late_stop: int | None  #: number of that stop
    cause: DelayCause | None  #: a person's word, else the largest part of ``split``
    split: Mapping[str, float]  #: s by cause
    share: float | None  #: of the line that is done, 0 to 1
    left: float | None  #: m to the end
    off_route: bool
    evaluated_at: datetime | None
    heard_at: datetime | None  #: time of the fix it rests on
    conditions: tuple[Mapping[str, Any], ...]  #: kind, since and more
    plan_revision: int | None


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip with all that is known of it."""

    brief: TripBrief
    stops: tuple[TripStop, ...]  #: in order of the latest plan; dropped ones where they were
    plans: tuple[PlanRevision, ...]  #: 0 first
    assigned: tuple[Assigned, ...]  #: oldest first
    steps: tuple[Step, ...]  #: oldest first
    line: tuple[tuple[float, float], ...]  #: lon, lat of the latest plan; empty: none
    corridor: float | None
    at: tuple[float, float] | None  #: lon, lat of the vehicle's place on the line
    s: float | None
    away: float | None  #: m from the line
    model: str | None
    said_note: str | None
    said_by: str | None


@dataclass(frozen=True, slots=True)
class EstimatePoint:
    """What was expected of one stop at one moment."""

    at: datetime
    p50: datetime | None
    p90: datetime | None
    no_estimate: NoEstimate
    model: str
    plan: int


@dataclass(frozen=True, slots=True)
class RiskChange:
    """A stop's risk changed."""

    at: datetime
    stop: int  #: number in the latest plan
    from_risk: Risk
    to_risk: Risk
    p50_at: datetime | None
    due_at: datetime | None
    cause: DelayCause | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How good estimates were, over a group of arrivals; sums, so that groups can be added."""

    group: str  #: a hub, a lane, a day; "" all
    model: str
    bucket: int  #: of ``route.score.BUCKETS``
    arrivals: int
    estimates: int
    absolute: float
    signed: float
    covered: int
    within: int
    relative: float
    relatives: int
    planned: float
    carried: float
