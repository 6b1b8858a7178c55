"""The steps of a trip: from which state which event leads where.  What is not here is illegal.

The table is the domain's life cycle.  Two readings of it: a vehicle may be changed in every
state before the final stop (a swap), and one that is taken off a trip under way leaves it
suspended, because the load still waits for another.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from fleet.errors import Conflict
from fleet.trips import TripState

_S = TripState


class Event(StrEnum):
    """What makes a trip change its state."""

    PLAN = "plan"  #: it gets a plan, or another revision of it
    ASSIGN = "assign"  #: it gets a vehicle, or another one
    UNASSIGN = "unassign"
    ARM = "arm"  #: its tracking window is open, its vehicle free and near the origin
    DISARM = "disarm"  #: the vehicle went away again without having been at the origin
    REACH_ORIGIN = "reach_origin"
    DEPART = "depart"  #: from the origin or a stop; or it was first seen beyond the origin
    ARRIVE = "arrive"
    ARRIVE_FINAL = "arrive_final"
    COMPLETE = "complete"
    CLOSE = "close"  #: papers filed
    CANCEL = "cancel"
    ABORT = "abort"
    SUSPEND = "suspend"
    RESUME = "resume"
    ASSUME = "assume"  #: its time has passed, or its vehicle went on to the next trip


#: What only people say; the rest follows from plans, assignments, visits and the clock.
SPOKEN = frozenset(
    {Event.COMPLETE, Event.CLOSE, Event.CANCEL, Event.ABORT, Event.SUSPEND, Event.RESUME}
)

_BEFORE = {Event.CANCEL: _S.CANCELLED, Event.ASSUME: _S.ASSUMED_COMPLETED}
_WAITING = _BEFORE | {Event.ASSIGN: _S.ASSIGNED, Event.UNASSIGN: _S.PLANNED}
_DRIVING = {
    Event.ARRIVE: _S.AT_STOP,
    Event.ARRIVE_FINAL: _S.ARRIVED_FINAL,
    Event.COMPLETE: _S.COMPLETED,  # every delivery is signed for
    Event.ABORT: _S.ABORTED,
    Event.SUSPEND: _S.SUSPENDED,
    Event.UNASSIGN: _S.SUSPENDED,
    Event.ASSUME: _S.ASSUMED_COMPLETED,
}

#: By state, then event: the next state.
LEGAL: Mapping[TripState, Mapping[Event, TripState]] = MappingProxyType(
    {
        _S.DRAFT: {Event.PLAN: _S.PLANNED, Event.CANCEL: _S.CANCELLED},
        _S.PLANNED: _BEFORE | {Event.PLAN: _S.PLANNED, Event.ASSIGN: _S.ASSIGNED},
        _S.ASSIGNED: _WAITING | {Event.PLAN: _S.ASSIGNED, Event.ARM: _S.ARMED},
        _S.ARMED: _WAITING
        | {
            Event.PLAN: _S.ARMED,
            Event.DISARM: _S.ASSIGNED,
            Event.REACH_ORIGIN: _S.AT_ORIGIN,
            Event.DEPART: _S.EN_ROUTE,
        },
        _S.AT_ORIGIN: _WAITING | {Event.PLAN: _S.AT_ORIGIN, Event.DEPART: _S.EN_ROUTE},
        _S.EN_ROUTE: _DRIVING | {Event.PLAN: _S.EN_ROUTE, Event.ASSIGN: _S.EN_ROUTE},
        _S.AT_STOP: _DRIVING
        | {Event.PLAN: _S.AT_STOP, Event.ASSIGN: _S.AT_STOP, Event.DEPART: _S.EN_ROUTE},
        _S.ARRIVED_FINAL: {
            Event.COMPLETE: _S.COMPLETED,
            Event.UNASSIGN: _S.COMPLETED,
            Event.ABORT: _S.ABORTED,
        },
        _S.COMPLETED: {Event.CLOSE: _S.CLOSED},
        _S.CLOSED: {},
        _S.CANCELLED: {},
        _S.ABORTED: {},
        _S.ASSUMED_COMPLETED: {Event.COMPLETE: _S.COMPLETED, Event.CLOSE: _S.CLOSED},
        _S.SUSPENDED: {
            Event.PLAN: _S.SUSPENDED,
            Event.ASSIGN: _S.EN_ROUTE,
            Event.RESUME: _S.EN_ROUTE,
            Event.ABORT: _S.ABORTED,
            Event.ASSUME: _S.ASSUMED_COMPLETED,
        },
    }
)


class IllegalStep(Conflict):
    """``event`` cannot happen to a trip that is in ``state``; ``legal`` could."""

    def __init__(self, state: TripState, event: Event) -> None:
        self.state, self.event = state, event
        self.legal = tuple(sorted(LEGAL[state]))
        could = f"legal would be {', '.join(self.legal)}" if self.legal else "nothing is legal now"
        super().__init__(f"a trip that is {state} cannot {event}; {could}")


def step(state: TripState, event: Event) -> TripState:
    """The state after the event.

    Raises:
        IllegalStep: the table has no such step.
    """
    after = LEGAL[state].get(event)
    if after is None:
        raise IllegalStep(state, event)
    return after
