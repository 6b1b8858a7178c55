"""What every edit of trips is made of: keys for names, rows for records, and who is folded again.

Nothing here is row by row: a file of a thousand trips is one edit, and ingest waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isnan, nan
from typing import Any

import numpy as np
from psycopg import Connection

from fleet.errors import AlreadyExists, Invalid
from fleet.trips import TRACK_BEFORE, Plan, TripState, span
from store import admin, plans, queries
from store.arrays import Instant, Int4
from store.plans import NewPlan
from store.trip_names import Names

_SQL = queries.load("trips")


@dataclass(frozen=True, slots=True)
class NewTrip:
    """A trip to be."""

    code: str | None  #: None: a number is drawn
    route: str | None  #: code
    plan: NewPlan | None  #: None: a draft
    vehicle: str | None  #: plate
    driver: str | None
    reason: str
    assigned_from: datetime | None = None  #: None: from when its tracking window opens


@dataclass(frozen=True, slots=True)
class Ready:
    """A trip to be, checked, with keys for names."""

    key: int
    code: str
    route: str | None
    plan: Plan | None
    vehicle: int  #: key; 0 none
    driver: str | None
    start: float  #: s since 1970, from when the vehicle serves it; NaN unknown
    reason: str

    @property
    def state(self) -> TripState:
        """How it stands at first."""
        if self.plan is None:
            return TripState.DRAFT
        return TripState.ASSIGNED if self.vehicle else TripState.PLANNED


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that a person has taken."""

    trip: int  #: key
    at: float  #: s since 1970; NaN now
    event: str
    before: TripState
    after: TripState


@dataclass(frozen=True, slots=True)
class Served:
    """A vehicle is to serve a trip."""

    trip: int  #: key
    vehicle: int  #: key
    driver: str | None
    at: float  #: s since 1970, from when on
    reason: str


def make_ready(names: Names, new: NewTrip, key: int) -> Ready:
    """``new`` with keys for names; raises ``NotFound``, ``Invalid``."""
    code = f"T{key:06}" if new.code is None else new.code
    admin.need("code", code)
    admin.need("reason", new.reason)
    line = 0 if new.route is None else names.route(new.route)[1]
    plan = None
    if new.plan is not None:
        plan = next_plan(names, key, new.plan, (), plans.ALWAYS)
        plan = replace(plan, line=plan.line or line)
    vehicle = 0 if new.vehicle is None else names.vehicle(new.vehicle)
    start = serves_from(new, plan)
    if vehicle and isnan(start):
        raise Invalid("assigned_from", "say from when the vehicle serves a trip without times")
    return Ready(key, code, new.route, plan, vehicle, new.driver, start, new.reason)


def next_plan(names: Names, trip: int, new: NewPlan, before: Sequence[Plan], at: float) -> Plan:
    """The revision after ``before``; raises ``NotFound``, ``Invalid``."""
    sites = names.sites(stop.site for stop in new.stops)
    stops = plans.stop_rows(new, sites)
    stops = plans.number_stops(stops, [stop.stop for stop in new.stops], before)
    line = 0
    if new.way is not None:
        line = names.line(new.way)
    elif new.keeps_line and before:
        line = before[-1].line
    codes = tuple(stop.site for stop in new.stops)
    valid_from = at if before else plans.ALWAYS
    return Plan(trip, len(before), valid_from, line, new.strict, stops, codes)


def add(conn: Connection[Any], trips: Sequence[Ready], author: str) -> None:
    """Add new trips within an edit.  Raises ``AlreadyExists``: a code is taken."""
    if not trips:
        return
    keys = Int4(np.array([trip.key for trip in trips]))
    given = {
        "trip": keys,
        "code": [trip.code for trip in trips],
        "route": [trip.route or "" for trip in trips],
        "revision": _revision(conn),
        "author": author,
    }
    if conn.execute(_SQL["add_trips"], given).rowcount < len(trips):
        raise AlreadyExists("trip", ", ".join(trip.code for trip in trips))
    planned = [trip for trip in trips if trip.plan is not None]
    plans.write(
        conn,
        [trip.plan for trip in planned if trip.plan is not None],
        author,
        [trip.reason for trip in planned],
    )
    states = [trip.state.value for trip in trips]
    vehicles = Int4(np.array([trip.vehicle for trip in trips]))
    conn.execute(_SQL["add_states"], {"trip": keys, "state": states, "vehicle": vehicles})
    _add_first_steps(conn, trips, author)
    served = [
        Served(trip.key, trip.vehicle, trip.driver, trip.start, trip.reason)
        for trip in trips
        if trip.vehicle
    ]
    put_vehicles(conn, served, author, f"trips were planned ({author})")


def put_vehicles(conn: Connection[Any], served: Sequence[Served], author: str, reason: str) -> None:
    """Let vehicles serve trips from then on, in place of others; fold again whom it concerns."""
    if not served:
        return
    close(conn, [(each.trip, each.at) for each in served], reason)
    given = {
        "trip": Int4(np.array([each.trip for each in served])),
        "vehicle": Int4(np.array([each.vehicle for each in served])),
        "driver": [each.driver or "" for each in served],
        "at": Instant(np.array([each.at for each in served])),
        "reason": [each.reason for each in served],
        "author": author,
    }
    conn.execute(_SQL["add_assignments"], given)
    conn.execute(_SQL["serve"], given)
    refold(conn, [(each.vehicle, each.at) for each in served], reason)


def refold_plans(conn: Connection[Any], revisions: Sequence[Plan], reason: str) -> None:
    """Fold vehicles again that serve trips whose plans changed: from when they are tracked.

    Not only from when the new revision holds: what is expected follows the latest one.
    """
    starts: dict[int, float] = {}
    for plan in revisions:
        start = span(plan.stops)[0] - TRACK_BEFORE
        if not isnan(start):
            starts[plan.trip] = min(starts.get(plan.trip, start), start)
    refold_served(conn, starts, reason)


def refold(conn: Connection[Any], vehicles: Sequence[tuple[int, float]], reason: str) -> None:
    """Have vehicles (keys) folded again from a time of each on, those that have fixes since."""
    given = {
        "vehicle": Int4(np.array([vehicle for vehicle, _ in vehicles], np.int32)),
        "since": Instant(np.array([since for _, since in vehicles], np.float64)),
        "reason": reason,
    }
    conn.execute(_SQL["refold"], given)


def touch(conn: Connection[Any], trips: Sequence[int]) -> None:
    """They were edited."""
    given = {"trip": Int4(np.array(trips, np.int32)), "revision": _revision(conn)}
    conn.execute(_SQL["touch"], given)


def cut(at: datetime) -> datetime:
    """At a whole millisecond, as fixes are."""
    return at - timedelta(microseconds=at.microsecond % 1000)


def take_steps(
    conn: Connection[Any], steps: Sequence[Taken], author: str, reasons: Sequence[str]
) -> None:
    """Write down steps that a person has taken, in this order."""
    if not steps:
        return
    given = {
        "trip": Int4(np.array([step.trip for step in steps])),
        "at": Instant(np.array([step.at for step in steps])),
        "event": [step.event for step in steps],
        "before": [step.before.value for step in steps],
        "after": [step.after.value for step in steps],
        "author": author,
        "reason": list(reasons),
    }
    conn.execute(_SQL["add_steps"], given)


def set_state(conn: Connection[Any], trip: int, state: TripState) -> None:
    """Where a step has led."""
    conn.execute(_SQL["set_state"], {"trip": trip, "after": state.value})


def close(conn: Connection[Any], ends: Sequence[tuple[int, float]], reason: str) -> int:
    """Nobody serves these trips (keys) from a time of each on; how many vehicles that concerns."""
    given = {
        "trip": Int4(np.array([trip for trip, _ in ends], np.int32)),
        "at": Instant(np.array([at for _, at in ends], np.float64)),
    }
    found = conn.execute(_SQL["close_assignments"], given).fetchall()
    refold(conn, [(vehicle, at) for _, vehicle, at in found], reason)
    return len(found)


def refold_served(conn: Connection[Any], trips: Mapping[int, float], reason: str) -> None:
    """Fold again whoever serves these trips, from a time of each on."""
    found = conn.execute(_SQL["served"], {"trip": Int4(np.array(list(trips), np.int32))})
    whom = [(vehicle, max(trips[trip], since)) for trip, vehicle, since in found]
    refold(conn, whom, reason)


def seconds(at: datetime) -> float:
    """Since 1970, at a whole millisecond, as fixes are."""
    return cut(at).timestamp()


def _revision(conn: Connection[Any]) -> int:
    revision: int = conn.execute(_SQL["draw_revision"]).fetchall()[0][0]
    return revision


def _add_first_steps(conn: Connection[Any], trips: Sequence[Ready], author: str) -> None:
    steps, reasons = [], []
    for trip in trips:
        if trip.plan is None:
            continue
        steps.append(Taken(trip.key, nan, "plan", TripState.DRAFT, TripState.PLANNED))
        reasons.append(trip.reason)
        if trip.vehicle:
            steps.append(Taken(trip.key, nan, "assign", TripState.PLANNED, TripState.ASSIGNED))
            reasons.append(trip.reason)
    take_steps(conn, steps, author, reasons)


def serves_from(new: NewTrip, plan: Plan | None) -> float:
    """From when the vehicle of ``new`` serves it: as it says, or from when it is tracked.

    NaN where neither says.
    """
    if new.assigned_from is not None:
        return seconds(new.assigned_from)
    return nan if plan is None else span(plan.stops)[0] - TRACK_BEFORE
