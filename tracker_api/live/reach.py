"""What of the live stream is inside a scope.

The rules of ``within_reach`` and ``within_past`` in the store's schema, for what is known of a
vehicle in memory.
"""

from __future__ import annotations

from fleet.geo import distance_of
from fleet.rights import INBOUND_REACH, Datum, Grant, Right
from fleet.scope import Scope
from tracker_api.live.messages import AlertNews, Course, NodeNews, State, Told


def admits(scope: Scope, state: State) -> bool:
    """Whether ``scope`` may see where that vehicle is, now."""
    return scope.allows(state.party) and _reaches(scope, state, state.course)


def _reaches(scope: Scope, state: State, course: Course | None) -> bool:
    grant = scope.sees(Datum.POSITION)
    if course is None:
        return grant is Grant.ALL
    match grant:
        case Grant.ALL:
            return True
        case Grant.ACTIVE | Grant.LEGS:
            return True
        case Grant.OWN:
            return course.driver is not None and course.driver == scope.driver
        case Grant.INBOUND:
            return course.place in scope.sites and _is_near(state, course)
        case _:
            return False


def admits_node(scope: Scope, node: NodeNews) -> bool:
    """Whether ``scope`` may hear of that node."""
    if not scope.allows(node.party):
        return False
    match scope.past:
        case Grant.ALL:
            return True
        case Grant.TRIP | Grant.LEGS:
            return node.served is not None
        case Grant.OWN:
            return node.served is not None and scope.driver in node.served
        case Grant.INBOUND:
            return node.site in scope.sites
        case _:
            return False


def admits_told(scope: Scope, told: Told) -> bool:
    """Whether ``scope`` may hear of a node or an alert."""
    if isinstance(told, NodeNews):
        return admits_node(scope, told)
    return scope.may(Right.LOOK_ALERTS) and _concerns(scope, told)


def _concerns(scope: Scope, alert: AlertNews) -> bool:
    """The rule of ``alert_acts.sql``: of a waybill whose it is, else whose vehicle, on a trip."""
    if alert.customer is not None:
        return scope.customers is None or alert.customer in scope.customers
    return scope.allows(alert.party) and (alert.on_trip or not scope.is_limited)


def _is_near(state: State, course: Course) -> bool:
    if state.lon is None or state.lat is None or course.lon is None or course.lat is None:
        return False
    return distance_of(state.lon, state.lat, course.lon, course.lat) <= INBOUND_REACH
