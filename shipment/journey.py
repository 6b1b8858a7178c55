"""What the shipment engine is told of one trip: its row, and what people said of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from fleet import trips
from fleet.nodes import VisitState
from fleet.trips import (
    TRACK_AFTER,
    TRACK_BEFORE,
    Assignment,
    Plan,
    Said,
    StopStatus,
    StopWord,
    TripRow,
    VisitRow,
)
from shipment.steps import Event

#: What ends a trip for its vehicle when a person says it.
_ENDS = frozenset({Event.CANCEL, Event.ABORT, Event.COMPLETE})
_PROOF = frozenset({VisitState.ARRIVED, VisitState.LEAVING, VisitState.DEPARTED, VisitState.CLOSED})
_ENDED = frozenset({VisitState.DEPARTED, VisitState.PASSED})


@dataclass(frozen=True, slots=True)
class Journey:
    """One trip, as people planned it and speak of it."""

    row: TripRow
    said: tuple[Said, ...] = ()  #: of the trip, oldest first
    stops_said: tuple[StopWord, ...] = ()  #: of its stops, oldest first

    @property
    def trip(self) -> int:
        """Its key."""
        return self.row.key

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Every revision; none: a draft."""
        return self.row.plans

    @property
    def assigned(self) -> tuple[Assignment, ...]:
        """Who serves it, oldest first."""
        return self.row.assigned

    @property
    def plan(self) -> Plan:
        """The latest revision; not of a draft."""
        return self.row.plans[-1]

    def plan_at(self, time: float) -> Plan:
        """The revision by which a visit of that time is judged; not of a draft."""
        return self.row.plan_at(time) or self.row.plans[0]

    @property
    def ended(self) -> float:
        """When a person ended it; inf if nobody did."""
        return min((word.at for word in self.said if word.event in _ENDS), default=inf)

    @property
    def words(self) -> dict[int, StopWord]:
        """The word that holds, by stop; none where it was taken back."""
        latest = {word.stop: word for word in self.stops_said}
        return {
            stop: word for stop, word in latest.items() if word.status is not StopStatus.PLANNED
        }


def span(plan: Plan) -> tuple[float, float]:
    """When a plan says that its trip begins and ends; -inf and inf where it does not say."""
    begin, end = trips.span(plan.stops)
    return (begin if isfinite(begin) else -inf), (end if isfinite(end) else inf)


def window(plan: Plan) -> tuple[float, float]:
    """The tracking window: fixes within it count for the trip (domain 3.7)."""
    begin, end = span(plan)
    return begin - TRACK_BEFORE, end + TRACK_AFTER


def order(journey: Journey) -> tuple[float, int]:
    """By this, trips of one vehicle are driven one after another: planned begin, then key."""
    return (window(journey.plan)[0] if journey.plans else inf), journey.trip


def is_proof(visit: VisitRow) -> bool:
    """Whether it shows that the vehicle arrived."""
    return not visit.yielded and visit.state in _PROOF


def until(visit: VisitRow) -> float:
    """When it left; inf while it is not sure to have left."""
    return visit.left if visit.state in _ENDED and isfinite(visit.left) else inf
