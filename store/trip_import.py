"""Trips out of files: brought to what the file says, as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Any, Literal

import numpy as np
from psycopg import Connection

from fleet.errors import FleetError, Invalid
from fleet.scope import Scope
from fleet.trips import Plan, TripState
from store import admin, plans, queries, trip_edits, trip_rows
from store.plans import NewPlan
from store.trip_edits import NewTrip, Ready, Served, Taken
from store.trip_names import Names

_SQL = queries.load("trips")

#: Why a revision was made that nobody gave a reason for.
REASON = "imported"

#: Trips in one edit, which commits of positions wait for: some 100 ms.
AT_ONCE = 500

#: The source of a line that only joins the places.
STRAIGHT = "straight"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a trip of a file."""

    result: Literal["created", "unchanged", "replanned", "refused"]
    reason: str | None = None  #: why it was refused


_AGAIN = Imported("refused", "a trip of that code came before")


@dataclass(frozen=True, slots=True)
class _Known:
    """A trip that is there."""

    key: int
    state: str
    is_over: bool
    vehicle: str | None
    driver: str | None
    plans: Sequence[Plan]


@dataclass(slots=True)
class _Work:
    """What is to be written in the end, for all trips together."""

    names: Names
    now: float  #: s since 1970
    new: list[Ready] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    was: list[Plan] = field(default_factory=list)  #: what these revisions replace
    served: list[Served] = field(default_factory=list)


def import_trips(
    conn: Connection[Any], scope: Scope, trips: Sequence[NewTrip], author: str
) -> list[Imported]:
    """Bring trips to what ``trips`` say; what became of each, in their order.

    Every ``AT_ONCE`` trips are one edit: on a connection that is in no transaction, ingest goes
    on between them.

    New codes are new trips; another plan of a known one is its next revision, from now on;
    another vehicle is a swap, from now on or from when the trip is tracked.  What is so
    already is left alone: if that is all, there is no edit.  A line that only joins the places
    replaces none.  Raises ``Invalid``: no author.
    """
    admin.need("author", author)
    names, seen = Names(conn, scope), set[str]()
    done: list[Imported] = []
    for first in range(0, len(trips), AT_ONCE):
        portion = trips[first : first + AT_ONCE]
        names.keep_lines(t.plan.way for t in portion if t.plan is not None and t.plan.way)
        done += _bring(conn, names, portion, seen, author)
    return done


def _bring(
    conn: Connection[Any],
    names: Names,
    trips: Sequence[NewTrip],
    seen: set[str],
    author: str,
) -> list[Imported]:
    """One edit; ``seen`` are the codes that came before, and gets these."""
    with admin.edit(conn, announce=False):
        known = _load_known(conn, [trip.code for trip in trips if trip.code is not None])
        work = _Work(names, conn.execute(_SQL["now"]).fetchall()[0][0])
        names.look_up(
            {stop.site for trip in trips if trip.plan is not None for stop in trip.plan.stops},
            {trip.vehicle for trip in trips if trip.vehicle is not None},
        )
        keys = iter(plans.draw(conn, "trips", sum(trip.code not in known for trip in trips)))
        done = []
        for trip in trips:
            done.append(_AGAIN if trip.code in seen else _judge(trip, known, keys, work))
            seen |= set() if trip.code is None else {trip.code}
        if work.new or work.plans or work.served:
            _write(conn, work, author)
            admin.announce_edit(conn)
    return done


def _judge(
    trip: NewTrip, known: Mapping[str, _Known], keys: Iterator[int], work: _Work
) -> Imported:
    """What is to become of one trip; adds to ``work`` what is to be written."""
    there = None if trip.code is None else known.get(trip.code)
    try:
        if there is None:
            work.new.append(trip_edits.make_ready(work.names, trip, next(keys)))
            return Imported("created")
        return _compare(trip, there, work)
    except FleetError as error:
        return Imported("refused", str(error))


def _compare(trip: NewTrip, there: _Known, work: _Work) -> Imported:
    plan = None if trip.plan is None else _revised(trip, trip.plan, there, work)
    served = _swapped(trip, there, plan or (there.plans[-1] if there.plans else None), work)
    if plan is None and served is None:
        return Imported("unchanged")
    if there.is_over:
        return Imported("refused", f"trip {trip.code} is {there.state}: it cannot change any more")
    if plan is not None:
        work.plans.append(plan)
        work.was.extend(there.plans[-1:])
    if served is not None:
        work.served.append(served)
    return Imported("replanned")


def _revised(trip: NewTrip, new: NewPlan, there: _Known, work: _Work) -> Plan | None:
    """The next revision; None: the latest one says the same."""
    plan = trip_edits.next_plan(work.names, there.key, new, there.plans, work.now)
    if new.way is None and trip.route is not None:
        plan = replace(plan, line=work.names.route(trip.route)[1])
    if not there.plans:
        return plan
    before = there.plans[-1]
    draws_line = new.way is not None and new.way.source != STRAIGHT
    if before.line and not draws_line and plans.goes_alike(before, plan):
        plan = plans.following(before, plan)
    return None if before.line == plan.line and plans.same(before, plan) else plan


def _swapped(trip: NewTrip, there: _Known, plan: Plan | None, work: _Work) -> Served | None:
    """Who is to serve it; None: who does."""
    if trip.vehicle is None or (trip.vehicle, trip.driver) == (there.vehicle, there.driver):
        return None
    start = trip_edits.serves_from(trip, plan)
    if isnan(start):
        raise Invalid("assigned_from", "say from when the vehicle serves a trip without times")
    at = start if there.vehicle is None else max(start, work.now)
    return Served(there.key, work.names.vehicle(trip.vehicle), trip.driver, at, trip.reason)


def _write(conn: Connection[Any], work: _Work, author: str) -> None:
    trip_edits.add(conn, work.new, author)
    touched = {plan.trip for plan in work.plans} | {each.trip for each in work.served}
    if touched:
        trip_edits.touch(conn, sorted(touched))
    plans.write(conn, work.plans, author, [REASON] * len(work.plans))
    drafts = {plan.trip for plan in work.plans if plan.revision == 0}
    trip_edits.take_steps(
        conn,
        [Taken(key, nan, "plan", TripState.DRAFT, TripState.PLANNED) for key in sorted(drafts)],
        author,
        [REASON] * len(drafts),
    )
    for key in sorted(drafts):
        trip_edits.set_state(conn, key, TripState.PLANNED)
    trip_edits.put_vehicles(conn, work.served, author, f"trips were imported ({author})")
    trip_edits.refold_plans(conn, [*work.plans, *work.was], f"trips were imported ({author})")


def _load_known(conn: Connection[Any], codes: Sequence[str]) -> dict[str, _Known]:
    found = conn.execute(_SQL["known_trips"], {"codes": list(codes)}).fetchall()
    revisions = trip_rows.load_plans(conn, np.array([row[1] for row in found], np.int32))
    return {
        code: _Known(key, state, over, vehicle, driver, revisions.get(key, ()))
        for code, key, state, over, vehicle, driver in found
    }
