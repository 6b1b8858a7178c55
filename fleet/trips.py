"""Trips: what was planned, where a vehicle is in it, and what is expected of it.

A **trip** is one journey of one load of stops; its **plan** is kept in revisions, of which
none ever changes: revision 0 is the baseline, each replan adds one.  A plan follows a planned
**line** on the ground.  **Progress** is how far along that line the vehicle is.  An
**estimate** says when stops will be reached; it is kept beside the plan and never in it.

Times are seconds since 1970, lengths metres, NaN unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import inf, nan

import numpy as np
from numpy.typing import NDArray


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
    valid_from: float  #: fixes from then on are judged by it
    valid_to: float  #: exclusive; inf while it is the latest
    line: int  #: key; 0 none
    strict: bool  #: stops are to be visited in order
    stops: NDArray[np.void]  #: of ``STOP``, at least two


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
class LearnRows:
    """What was learned of travel: one row per segment and time of week.

    A segment is a stretch between two places that plans have in common, named by text, so
    that trips of other plans and other days learn from one another.
    """

    segment: tuple[str, ...]
    bin: NDArray[np.int16]  #: time of week; -1 any
    weight: NDArray[np.float64]  #: decayed number of passages
    mean: NDArray[np.float64]  #: s, or a ratio: ``route.speeds`` says which
    spread: NDArray[np.float64]  #: mean absolute deviation, the same unit


#: The longest time before the planned start and after the planned end in which fixes count.
TRACK_BEFORE, TRACK_AFTER = 3600.0, 6 * 3600.0  #: s; domain rule of the tracking window
FOREVER = inf
