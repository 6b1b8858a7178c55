"""What answers about routes, trips and the accuracy of estimates look like.

No answer says ``on_time`` without an estimate or an arrival: the models refuse it, and
``tracker_api.trips``, which makes the answers, shows ``unknown`` instead.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from fleet.trips import DelayCause, StopStatus, TripState
from tracker_api.schemas import Instant, SiteOut

RiskWord = Literal["unknown", "on_time", "at_risk", "late", "overdue", "early"]
NoEstimateWord = Literal[
    "no_vehicle", "no_position", "no_line", "off_route", "silent", "not_under_way"
]
#: ``shipment.clock.Kind``, by a name that tells other programs what it is of.
ConditionWord = Literal[
    "unplanned_stop",
    "no_progress",
    "overstay",
    "not_departed",
    "overdue",
    "signal_stale",
    "signal_lost",
    "no_vehicle",
    "wrong_stop",
    "unplanned_visit",
]
#: What may be said without an estimate and without an arrival.
GROUNDLESS = frozenset({"unknown", "overdue"})


class LineStringOut(BaseModel):
    """A GeoJSON line."""

    type: Literal["LineString"]
    coordinates: list[list[float]] = Field(description="Longitude and latitude, WGS 84.")


class RouteStopOut(BaseModel):
    """A stop of a route; times are s after the departure from the first stop."""

    number: int = Field(ge=0)
    site: SiteOut
    s_m: float | None = Field(description="Along the line; null: not on it.")
    arrive_s: float | None
    depart_s: float | None
    service_s: float
    early_s: float
    late_s: float
    via: bool


class RouteOut(BaseModel):
    """A way that trips are planned on."""

    code: str
    name_zh: str
    name_en: str
    strict: bool
    length_m: float
    corridor_m: float
    source: str = Field(description="Whence the line is; `straight`: only its stops are known.")
    stops: list[RouteStopOut]
    author: str
    changed_at: Instant
    line: LineStringOut | None = Field(description="null in lists.")
    notice: str | None = Field(description="What is to be known of what was saved just now.")


class RoutesOut(BaseModel):
    """All routes."""

    routes: list[RouteOut] = Field(description="By code, without their lines.")


class PartsOut(BaseModel):
    """What an estimate is made of; the parts add up to `p50` less the time it was made."""

    driving_s: float
    dwell_s: float
    rest_s: float
    deviation_s: float = Field(description="How far it is off what is usual here, fading.")


class EtaOut(BaseModel):
    """When a stop will be reached."""

    p50: Instant = Field(description="As likely before as after.")
    p90: Instant = Field(description="Nine of ten are not later.")
    parts: PartsOut


class ConditionOut(BaseModel):
    """Something that the clock has found and that holds."""

    kind: ConditionWord
    since: Instant | None = Field(description="When it began to hold.")
    began: Instant | None = Field(description="When what it tells of began, which is earlier.")
    stop: int | None = Field(description="Number of the stop that it is about.")


class TripBriefOut(BaseModel):
    """A trip on the board."""

    code: str
    route: str | None
    state: TripState
    vehicle: str | None = Field(description="The plate of the vehicle that serves it now.")
    driver: str | None
    party: str | None
    starts_at: Instant | None = Field(description="Planned.")
    ends_at: Instant | None = Field(description="Planned.")
    origin: SiteOut | None
    destination: SiteOut | None
    next_stop: SiteOut | None = Field(description="The first that is still open.")
    next_due: Instant | None = Field(description="The end of its window.")
    next_eta: EtaOut | None = Field(description="null: unknown.")
    final_eta: EtaOut | None = Field(description="null: unknown.")
    risk: RiskWord = Field(description="Never `on_time` without an estimate or an arrival.")
    no_estimate: NoEstimateWord | None = Field(description="Why there is none.")
    delay_s: float | None = Field(
        description="Positive late; predicted or certain, of the stop `late_stop`."
    )
    baseline_delay_s: float | None = Field(description="The same against revision 0 of the plan.")
    late_stop: int | None
    cause: DelayCause | None
    split: dict[str, float] = Field(description="s of the delay by cause.")
    share: float | None = Field(description="Of the line that is done, 0 to 1.")
    left_m: float | None
    off_route: bool
    evaluated_at: Instant | None
    heard_at: Instant | None = Field(description="Time of the fix that it rests on.")
    conditions: list[ConditionOut]
    plan_revision: int | None

    @model_validator(mode="after")
    def _has_a_ground(self) -> Self:
        known = self.next_eta or self.final_eta or self.delay_s is not None
        if self.risk not in GROUNDLESS and not known:
            raise ValueError(f"{self.risk} without an estimate or an arrival")
        return self


class RiskCounts(BaseModel):
    """How many trips stand how, whatever risk was asked for."""

    unknown: int
    on_time: int
    at_risk: int
    late: int
    overdue: int
    early: int


class TripsOut(BaseModel):
    """The board."""

    trips: list[TripBriefOut]
    counts: RiskCounts


class PlannedLineOut(BaseModel):
    """The way that a trip is planned on, simplified."""

    code: str
    risk: RiskWord = Field(description="Never `on_time` without an estimate or an arrival.")
    line: list[tuple[float, float]] = Field(description="Longitude and latitude, WGS 84.")


class PlannedLinesOut(BaseModel):
    """Planned ways in sight, the latest trips first."""

    lines: list[PlannedLineOut]
    complete: bool = Field(description="False: there are more in sight.")


class PlannedStopOut(BaseModel):
    """What one revision of a plan says of a stop."""

    number: int = Field(ge=0)
    stop: str = Field(description="The same stop in every revision.")
    site: str = Field(description="Its code.")
    arrive_at: Instant | None
    depart_at: Instant | None
    opens_at: Instant | None
    closes_at: Instant | None
    service_s: float
    early_s: float
    late_s: float
    via: bool
    s_m: float | None


class PlanOut(BaseModel):
    """One revision of the plan; 0 is the baseline, and none is ever changed."""

    revision: int = Field(ge=0)
    valid_from: Instant | None = Field(description="null: from the beginning.")
    strict: bool
    author: str
    reason: str
    recorded_at: Instant
    stops: list[PlannedStopOut]


class TripStopOut(BaseModel):
    """A stop with what was planned, what is expected and what happened."""

    number: int = Field(ge=0)
    stop: str
    site: SiteOut
    baseline: PlannedStopOut | None = Field(description="null: it was added later.")
    planned: PlannedStopOut
    dropped: bool = Field(description="The latest plan no longer has it.")
    status: StopStatus
    eta: EtaOut | None
    risk: RiskWord = Field(description="Never `on_time` without an estimate or an arrival.")
    arrived_at: Instant | None
    departed_at: Instant | None
    earliest_at: Instant | None
    latest_at: Instant | None
    estimated_at: Instant | None = Field(
        description="The last estimate before the arrival was known."
    )
    delay_s: float | None = Field(description="Of the arrival, else of the estimate.")
    baseline_delay_s: float | None
    departure_delay_s: float | None
    out_of_sequence: bool
    shared: bool = Field(description="Its visit counts for a neighbour, too.")
    visit: str | None
    author: str | None = Field(description="Of a person's word on it.")
    reason: str | None

    @model_validator(mode="after")
    def _has_a_ground(self) -> Self:
        if self.risk not in GROUNDLESS and self.eta is None and self.arrived_at is None:
            raise ValueError(f"{self.risk} without an estimate or an arrival")
        return self


class AssignedOut(BaseModel):
    """Who served the trip, and when."""

    vehicle: str
    driver: str | None
    start: Instant = Field(alias="from", serialization_alias="from")
    end: Instant | None = Field(alias="to", serialization_alias="to")
    author: str
    reason: str


class StepOut(BaseModel):
    """One step of the trip's life."""

    at: Instant
    event: str
    from_state: TripState
    to_state: TripState
    source: Literal["gps", "clock", "person"]
    author: str | None
    reason: str | None
    recorded_at: Instant


class SaidOut(BaseModel):
    """What a person said of the cause."""

    note: str
    by: str


class TripOut(TripBriefOut):
    """A trip with all that is known of it."""

    stops: list[TripStopOut]
    plans: list[PlanOut] = Field(description="Revision 0 first.")
    assigned: list[AssignedOut] = Field(description="Oldest first.")
    steps: list[StepOut] = Field(description="Oldest first.")
    line: LineStringOut | None = Field(description="Of the latest plan.")
    corridor_m: float | None
    at: list[float] | None = Field(description="The vehicle's place on the line.")
    s_m: float | None = Field(description="The same, along the line.")
    away_m: float | None = Field(description="How far it is from the line.")
    model: str | None = Field(description="Version of the model that estimated.")
    said: SaidOut | None
    legal: list[str] = Field(description="Steps that a person may take now.")
    notice: str | None = Field(description="What is to be known of what was saved just now.")


class EstimateOut(BaseModel):
    """What was expected of a stop at one moment."""

    at: Instant
    p50: Instant | None
    p90: Instant | None
    no_estimate: NoEstimateWord | None
    model: str
    plan: int


class RiskChangeOut(BaseModel):
    """A stop's risk changed."""

    at: Instant
    stop: int = Field(description="Its number.")
    before: RiskWord = Field(alias="from", serialization_alias="from")
    after: RiskWord = Field(alias="to", serialization_alias="to")
    p50_at: Instant | None
    due_at: Instant | None
    cause: DelayCause | None


class EstimatesOut(BaseModel):
    """How the expectation of a stop went over time."""

    points: list[EstimateOut] = Field(
        description="Oldest first; thinned, the first, the last and those at a change of risk "
        "are always there."
    )
    due: Instant | None = Field(description="The end of its window, by the latest plan.")
    baseline_due: Instant | None = Field(description="The same by revision 0.")
    actual: Instant | None = Field(description="When it arrived.")
    changes: list[RiskChangeOut] = Field(description="Of this stop, oldest first.")


class TripImportRow(BaseModel):
    """What became of one trip of a file."""

    line: int = Field(ge=0, description="Where it begins; of JSON and GTFS: which one it is.")
    trip: str | None = Field(description="Its code, where that could be read.")
    result: Literal["created", "unchanged", "replanned", "refused"]
    reason: str | None = Field(description="Why it was refused.")


class TripImportOut(BaseModel):
    """What became of a file of trips; the good ones are kept where others are refused."""

    created: int
    unchanged: int
    replanned: int
    refused: int
    rows: list[TripImportRow]


class BucketOut(BaseModel):
    """A stretch of the time between an estimate and the arrival."""

    name: str = Field(description="Minutes.", examples=["10-15"])
    from_s: float
    to_s: float | None = Field(description="null: without end.")


class BucketFigures(BaseModel):
    """How good the estimates of one horizon were; null: there were none to divide by."""

    bucket: str
    arrivals: int
    estimates: int
    mae_s: float | None = Field(description="Mean error of P50, without sign.")
    bias_s: float | None = Field(description="With sign: positive where it came later.")
    p90_coverage: float | None = Field(description="Share of arrivals not later than P90.")
    within: float | None = Field(description="Share within the band of the benchmark.")
    mape: float | None = Field(description="Mean error over the time ahead, from 5 min up.")
    planned_mae_s: float | None = Field(description="What the plan itself would have erred.")
    carried_mae_s: float | None = Field(description="What plan and delay of then would have.")


class AccuracyGroup(BaseModel):
    """A hub, a lane, a day, or all, under one version of the model."""

    group: str
    model: str
    buckets: list[BucketFigures]


class ModelOut(BaseModel):
    """A version of the travel-time model."""

    version: str
    began_at: Instant
    worse: bool | None = Field(description="Than its predecessor; null: too little is known.")
    why: str | None


class AccuracyOut(BaseModel):
    """The ledger: estimates against what happened."""

    buckets: list[BucketOut]
    groups: list[AccuracyGroup]
    models: list[ModelOut] = Field(description="Oldest first.")
