"""Trips: what was planned, where a vehicle is in it, and what is expected of it.

A **trip** is one journey of one load of stops; its **plan** is kept in revisions, of which
none ever changes: revision 0 is the baseline, each replan adds one.  A plan follows a planned
**line** on the ground.  **Progress** is how far along that line the vehicle is.  An
**estimate** says when stops will be reached; it is kept beside the plan and never in it.

Times are seconds since 1970, lengths metres, NaN unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import inf, isnan, nan

import numpy as np
from numpy.typing import NDArray

from fleet.fences import Expected
from fleet.nodes import VisitState


class TripState(StrEnum):
    """Where a trip stands in its life; which steps are legal: ``shipment.lifecycle``."""

    DRAFT = "draft"  #: no plan yet that could be driven
    PLANNED = "planned"
    ASSIGNED = "assigned"  #: it has a vehicle
    ARMED = "armed"  #: its tracking window is open and the vehicle is near the origin
    AT_ORIGIN = "at_origin"
    EN_ROUTE = "en_route"
    AT_STOP = "at_stop"
    ARRIVED_FINAL = "arrived_final"
    COMPLETED = "completed"
    CLOSED = "closed"  #: its papers are filed
    CANCELLED = "cancelled"  #: before it was under way
    ABORTED = "aborted"  #: after it was under way
    ASSUMED_COMPLETED = "assumed_completed"  #: its time has passed without evidence (SIRI's word)
    SUSPENDED = "suspended"  #: broken down, awaiting another vehicle

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of a vehicle."""
        return self in _OVER

    @property
    def is_under_way(self) -> bool:
        """Of a vehicle at most one trip is in such a state."""
        return self in _UNDER_WAY


_OVER = frozenset(
    {
        TripState.COMPLETED,
        TripState.CLOSED,
        TripState.CANCELLED,
        TripState.ABORTED,
        TripState.ASSUMED_COMPLETED,
    }
)
_UNDER_WAY = frozenset(
    {TripState.AT_ORIGIN, TripState.EN_ROUTE, TripState.AT_STOP, TripState.ARRIVED_FINAL}
)


class StopStatus(StrEnum):
    """What became of a planned stop."""

    PLANNED = "planned"
    APPROACHING = "approaching"  #: at most 15 minutes or 5 km ahead
    ARRIVED = "arrived"
    DEPARTED = "departed"
    PASSED = "passed"  #: a via point
    MISSED = "missed"  #: gone by; a later visit takes it back
    SKIPPED = "skipped"  #: a person said so
    UNVERIFIED = "unverified"  #: no fixes while it could have been there: a person shall say

    @property
    def is_open(self) -> bool:
        """Whether the vehicle is still to arrive there."""
        return self in (StopStatus.PLANNED, StopStatus.APPROACHING)


class Risk(IntEnum):
    """How a stop or a promise stands against its due time; bits are stored: never renumber.

    Only an estimate or an arrival makes anything but ``UNKNOWN`` and ``OVERDUE``.
    """

    UNKNOWN = 0  #: there is no estimate; never shown as on time
    ON_TIME = 1  #: even the cautious estimate (P90) is in time
    AT_RISK = 2  #: the middle estimate (P50) is in time, the cautious one is not
    LATE = 3  #: the middle estimate is late
    OVERDUE = 4  #: the due time has passed and it is not there: certain
    EARLY = 5  #: of an arrival only: before the window


class DelayCause(StrEnum):
    """Why a trip is late.  The last seven come from a person, never from positions."""

    LATE_DEPARTURE = "late_departure"
    LONG_DWELL = "long_dwell"
    TRAFFIC_SLOW = "traffic_slow"
    STOPPED_ENROUTE = "stopped_enroute"
    OFF_ROUTE = "off_route"
    DRIVER_REST = "driver_rest"
    SIGNAL_LOST = "signal_lost"
    UNKNOWN = "unknown"
    BREAKDOWN = "breakdown"
    WEATHER = "weather"
    ACCIDENT = "accident"
    BORDER = "border"
    CONSIGNEE_CLOSED = "consignee_closed"
    SITE_QUEUE = "site_queue"
    OTHER = "other"


class NoEstimate(IntEnum):
    """Why there is no estimate; stored: never renumber."""

    NONE = 0  #: there is one
    NO_VEHICLE = 1
    NO_POSITION = 2  #: no believed fix within the trip
    NO_LINE = 3  #: the plan says neither a line nor times to go by
    OFF_ROUTE = 4  #: too far from the line for too long
    SILENT = 5  #: nothing heard for longer than a band could cover
    NOT_UNDER_WAY = 6  #: draft, suspended or over


#: One planned stop; a plan has an array of them in order.  ``s`` NaN: not on the line.
STOP = np.dtype(
    [
        ("key", "<i4"),  # opaque; the same stop in every revision of the trip
        ("site", "<i4"),  # key of the site
        ("s", "<f8"),  # m along the line
        ("arrive", "<f8"),  # planned; of the first stop NaN or when the vehicle is to be there
        ("depart", "<f8"),  # planned; of the last stop NaN
        ("opens", "<f8"),  # window; where none was given both are ``arrive``
        ("closes", "<f8"),
        ("service", "<f8"),  # s of planned work
        ("early", "<f8"),  # s of tolerance before ``opens``
        ("late", "<f8"),  # s of tolerance after ``closes``
        ("via", "?"),  # passed through, not stopped at
    ]
)


@dataclass(frozen=True, slots=True)
class Line:
    """A planned line on the ground; never changed once it is kept."""

    key: int  #: opaque
    lon: NDArray[np.float64]  #: degrees WGS 84, at least two vertices, none twice in a row
    lat: NDArray[np.float64]
    s: NDArray[np.float64]  #: m from the first vertex, strictly rising from 0
    corridor: float = 500.0  #: m to each side within which a vehicle follows it

    @property
    def length(self) -> float:
        """Of the whole line, m."""
        return float(self.s[-1])


@dataclass(frozen=True, slots=True)
class Plan:
    """One revision of the plan of a trip."""

    trip: int  #: key
    revision: int  #: 0 the baseline
    valid_from: float  #: fixes from then on are judged by it, until the next; of revision 0: -inf
    line: int  #: key; 0 none
    strict: bool  #: stops are to be visited in order
    stops: NDArray[np.void]  #: of ``STOP``, at least two
    names: tuple[str, ...]  #: codes of the stops' sites


def span(stops: NDArray[np.void]) -> tuple[float, float]:
    """When a plan begins and ends: the first and the last time that any stop names; NaN none."""
    # In plain numbers: a plan has few stops, and arrays of a few cost eight times as much.
    due = [t for name in ("arrive", "depart") for t in stops[name].tolist() if not isnan(t)]
    opens, closes = ([t for t in stops[name].tolist() if not isnan(t)] for name in _WINDOW)
    return min(due + opens, default=nan), max(due + closes, default=nan)


_WINDOW = ("opens", "closes")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A vehicle serves a trip."""

    trip: int  #: key
    vehicle: int  #: row in the world
    valid_from: float
    valid_to: float  #: exclusive; inf while it lasts


@dataclass(frozen=True, slots=True)
class StopFact:
    """What the fixes and people say of one planned stop; derived from visits, so it may change."""

    stop: int  #: key
    status: StopStatus
    visit: str = ""  #: id of the visit that fulfils it; "" none
    arrived: float = nan
    departed: float = nan
    earliest: float = nan  #: bounds of ``arrived``
    latest: float = nan
    out_of_sequence: bool = False
    shared: bool = False  #: its visit also fulfils a neighbour (domain: 65 % rule)
    author: str = ""  #: of a person's word; "" the machine's

    @property
    def is_there(self) -> bool:
        """Whether the vehicle stands there now."""
        return self.status is StopStatus.ARRIVED


@dataclass(frozen=True, slots=True)
class StopWord:
    """What a person said of a stop; the newest word on a stop outranks the visits."""

    stop: int  #: key
    status: StopStatus  #: ``planned`` takes an earlier word back
    arrived: float
    departed: float
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A kept visit at a fence of a site, as stops are fulfilled by it."""

    id: str
    vehicle: int  #: row in the world
    site: int  #: key
    fence: int  #: key
    state: VisitState
    node_level: bool
    entered: float
    earliest: float
    latest: float
    stopped: float  #: since when it stood inside
    left: float  #: NaN while it is there, or nobody saw it leave
    yielded: bool  #: its standstill was allotted to another fence
    settled: float  #: inf while a fix may change it


@dataclass(frozen=True, slots=True)
class TripRow:
    """A trip as the engines judge by it."""

    key: int
    code: str
    plans: tuple[Plan, ...]  #: every revision, 0 first; none: a draft
    assigned: tuple[Assignment, ...]  #: oldest first
    over: float = inf  #: since when nothing more is expected of a vehicle
    expected: tuple[Expected, ...] = ()  #: where its latest plan lets its vehicles be expected

    @property
    def plan(self) -> Plan | None:
        """The latest revision."""
        return self.plans[-1] if self.plans else None

    def plan_at(self, time: float) -> Plan | None:
        """The revision that fixes of that time are judged by."""
        for plan in reversed(self.plans):
            if plan.valid_from <= time:
                return plan
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """A step of a trip's life that a person took."""

    at: float
    event: str  #: a word of ``shipment.lifecycle``


@dataclass(frozen=True, slots=True)
class Standing:
    """How a trip stands: what is remembered between two evaluations."""

    trip: int  #: key
    state: TripState
    facts: tuple[StopFact, ...]  #: in order of the latest plan
    words: tuple[StopWord, ...]  #: oldest first
    said: tuple[Said, ...]  #: oldest first
    risks: bytes  #: ``shipment.risk.RISK`` records, one per stop of the latest plan; b"" none
    risks_plan: int  #: revision of the plan that ``risks`` are of
    evaluated: float  #: NaN never
    heard: float  #: time of the fix that the last evaluation rested on; NaN none
    place: bytes = b""  #: ``route.progress.PROGRESS`` of its vehicle then; b"" not on the trip
    said_cause: str = ""  #: a ``DelayCause`` that a person named


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of a trip's life, to be written."""

    at: float
    event: str
    before: TripState
    after: TripState
    source: str  #: gps or clock


@dataclass(frozen=True, slots=True)
class RiskTurn:
    """A stop's risk changed, to be written."""

    stop: int  #: key
    before: Risk
    after: Risk
    p50: float
    p90: float
    due: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is concluded of one trip at one moment, to be written."""

    trip: int  #: key
    vehicle: int  #: row in the world; -1 none
    at: float
    heard: float  #: time of the fix it rests on; NaN none
    plan: int  #: revision; -1 none
    model: str
    no_estimate: NoEstimate
    s: float
    share: float
    away: float  #: m from the line
    off_route: bool
    first: int  #: number of the first stop that p50, p90 and parts speak of; they go to the last
    p50: tuple[float, ...]
    p90: tuple[float, ...]
    parts: tuple[tuple[float, float, float, float], ...]  #: s: driving, dwell, rest, deviation
    state: TripState
    facts: tuple[StopFact, ...]  #: with what the clock makes of them (approaching, missed)
    risks: bytes
    risk: Risk
    late_stop: int  #: number; -1 none
    delay: float
    baseline: float  #: delay against revision 0
    cause: str  #: a ``DelayCause``; "" none
    split: Mapping[str, float]
    conditions: tuple[Mapping[str, object], ...]
    place: bytes = b""  #: as ``Standing.place``
    steps: tuple[StepTaken, ...] = ()
    turns: tuple[RiskTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the vehicle of a trip is on its line, and what it has been doing since the start."""

    s: float  #: m; NaN: not on the line yet
    seen: float  #: time of the fix that it is of
    away: float = nan  #: m from the line
    off: bool = False  #: off the route, or turned back
    to_start: float = nan  #: m from where the line begins, as the crow flies
    driven: float = nan  #: s of driving since the last rest
    stand_since: float = nan
    standing: float = 0.0  #: s stood outside stops, since the trip began, as below
    resting: float = 0.0  #: s of that which were a driver's rest
    off_route: float = 0.0
    silent: float = 0.0  #: s of silence beyond what the distance needs
    moved: float = 0.0  #: s of driving


@dataclass(frozen=True, slots=True)
class Question:
    """When will the stops ahead be reached?  One row per trip; all columns of shape (n,)."""

    trip: NDArray[np.int32]  #: key
    now: NDArray[np.float64]
    s: NDArray[np.float64]  #: m along the line; NaN: not on it yet
    seen: NDArray[np.float64]  #: time of the fix that it is of
    first: NDArray[np.int32]  #: index of the first stop not yet arrived at
    here: NDArray[np.float64]  #: since when it stands at the stop before; NaN: it does not
    left: NDArray[np.float64]  #: when it left the stop before; NaN unknown
    driven: NDArray[np.float64]  #: s of driving since the last rest; NaN unknown
    stands: NDArray[np.float64]  #: since when it stands away from stops; NaN: it moves
    off: NDArray[np.bool_]  #: off the route


@dataclass(frozen=True, slots=True)
class Learned:
    """One row of what a travel-time model knows; ``route.model`` says what the kinds are.

    Segments are named by text, so that trips of other plans and days learn from one another.
    """

    kind: str
    key: str
    bin: int
    weight: float
    mean: float
    spread: float
    detail: bytes = b""


#: The longest time before the planned start and after the planned end in which fixes count.
TRACK_BEFORE, TRACK_AFTER = 3600.0, 6 * 3600.0  #: s; domain rule of the tracking window
FOREVER = inf
