"""Trips: what people decide about them.

Every change is one edit of the world: it is alone, raises the revision of the trips and leaves
the trip pending, so that the clock looks at it at once.  Where it changes by what the fixes of a
vehicle are judged, the vehicle is folded again from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from math import nan
from typing import Any

import numpy as np
from psycopg import Connection

from fleet.errors import Conflict, Forbidden, Invalid, NotFound
from fleet.scope import Scope
from fleet.trips import DelayCause, StopStatus, TripState
from store import admin, plans, queries, trip_edits, trip_rows
from store.plans import NewPlan, NewStop
from store.trip_edits import NewTrip, Served, Taken
from store.trip_import import Imported, import_trips
from store.trip_names import Names

__all__ = [
    "Imported",
    "NewPlan",
    "NewStop",
    "NewTrip",
    "assign",
    "create_trip",
    "import_trips",
    "release",
    "replan",
    "say_cause",
    "say_stop",
    "take_step",
]

_SQL = queries.load("trips")

#: A trip as an edit finds it: key, state, whether it is over.
Found = tuple[int, TripState, bool]


def create_trip(conn: Connection[Any], scope: Scope, new: NewTrip, author: str) -> str:
    """Plan a trip; returns its code.

    Raises:
        AlreadyExists: the code is taken.
        NotFound: the route, a site or the vehicle.
        Forbidden: without a vehicle the trip would be outside the scope.
        Invalid: a value that cannot be.
    """
    admin.need("author", author)
    if scope.parties is not None and new.vehicle is None:
        raise Forbidden(f"{scope.principal} may plan trips of own vehicles only")
    with admin.edit(conn):
        [key] = plans.draw(conn, "trips", 1)
        ready = trip_edits.make_ready(Names(conn, scope), new, key)
        trip_edits.add(conn, [ready], author)
    return ready.code


def replan(  # noqa: PLR0913, PLR0917 - who, what, why and when
    conn: Connection[Any],
    scope: Scope,
    code: str,
    new: NewPlan,
    author: str,
    reason: str,
    at: datetime,
) -> None:
    """Add a revision to the plan, by which fixes from ``at`` on are judged; of a draft the first.

    Raises:
        NotFound: the trip, or a site.
        Conflict: it is over.
        Invalid: a value that cannot be.
    """
    _who_why(author, reason)
    with admin.edit(conn):
        key, state = _open(conn, scope, code)
        before = trip_rows.load_plans(conn, np.array([key], np.int32)).get(key, [])
        plan = trip_edits.next_plan(Names(conn, scope), key, new, before, trip_edits.seconds(at))
        trip_edits.touch(conn, [key])
        plans.write(conn, [plan], author, [reason])
        if state is TripState.DRAFT:
            took = Taken(key, nan, "plan", state, TripState.PLANNED)
            trip_edits.take_steps(conn, [took], author, [reason])
            trip_edits.set_state(conn, key, took.after)
        trip_edits.refold_plans(conn, [plan, *before[-1:]], f"trip {code} was planned ({author})")


def assign(  # noqa: PLR0913, PLR0917 - who, what, why and when
    conn: Connection[Any],
    scope: Scope,
    code: str,
    plate: str,
    driver: str | None,
    at: datetime,
    author: str,
    reason: str,
) -> None:
    """From ``at`` on the vehicle serves the trip, in place of any other (a swap).

    Raises:
        NotFound: the trip, or the vehicle.
        Conflict: it is over, or the same vehicle and driver serve it already.
    """
    _who_why(author, reason)
    at = trip_edits.cut(at)
    with admin.edit(conn):
        key, state = _open(conn, scope, code)
        vehicle = Names(conn, scope).vehicle(plate)
        serving = conn.execute(_SQL["serving"], {"trip": key, "at": at}).fetchall()
        if serving == [(plate, driver, True)]:
            raise Conflict(f"{plate} serves trip {code} already")
        trip_edits.touch(conn, [key])
        served = Served(key, vehicle, driver, trip_edits.seconds(at), reason)
        trip_edits.put_vehicles(conn, [served], author, f"{plate} serves trip {code} ({author})")
        if state is TripState.PLANNED:
            took = Taken(key, nan, "assign", state, TripState.ASSIGNED)
            trip_edits.take_steps(conn, [took], author, [reason])
            trip_edits.set_state(conn, key, took.after)


def release(
    conn: Connection[Any], scope: Scope, code: str, at: datetime, author: str, reason: str
) -> None:
    """From ``at`` on no vehicle serves the trip.

    Raises:
        NotFound: the trip.
        Conflict: it is over, or none serves it then.
    """
    _who_why(author, reason)
    at = trip_edits.cut(at)
    with admin.edit(conn):
        key, state = _open(conn, scope, code)
        trip_edits.touch(conn, [key])
        what = f"trip {code} was left ({author})"
        if not trip_edits.close(conn, [(key, trip_edits.seconds(at))], what):
            raise Conflict(f"no vehicle serves trip {code} then")
        conn.execute(_SQL["release"], {"trip": key, "at": at})
        if state in (TripState.ASSIGNED, TripState.ARMED):
            took = Taken(key, nan, "unassign", state, TripState.PLANNED)
            trip_edits.take_steps(conn, [took], author, [reason])
            trip_edits.set_state(conn, key, took.after)


def take_step(  # noqa: PLR0913, PLR0917 - who, what, why and when
    conn: Connection[Any],
    scope: Scope,
    code: str,
    event: str,
    step: Callable[[TripState], TripState],
    at: datetime,
    author: str,
    reason: str,
) -> TripState:
    """Have a person take a step of a trip's life; returns where it led.

    ``step`` knows which steps are legal; what it raises is passed on.  Raises ``NotFound``.
    """
    _who_why(author, reason)
    at = trip_edits.cut(at)
    with admin.edit(conn):
        key, state, _ = _find(conn, scope, code)
        after = step(state)
        trip_edits.touch(conn, [key])
        took = Taken(key, trip_edits.seconds(at), event, state, after)
        trip_edits.take_steps(conn, [took], author, [reason])
        trip_edits.set_state(conn, key, took.after)
        called_off = after in (TripState.CANCELLED, TripState.ABORTED)
        given = {"trip": key, "at": at, "is_over": after.is_over, "called_off": called_off}
        conn.execute(_SQL["end_trip"], given)
        if called_off:
            trip_edits.refold_served(
                conn, {key: trip_edits.seconds(at)}, f"trip {code} was called off ({author})"
            )
    return after


def say_stop(  # noqa: PLR0913, PLR0917 - the fields of a record
    conn: Connection[Any],
    scope: Scope,
    code: str,
    number: int,
    status: StopStatus,
    arrived_at: datetime | None,
    departed_at: datetime | None,
    author: str,
    reason: str,
) -> None:
    """Say what became of a stop of the latest revision; it outranks what the fixes show.

    ``planned`` takes an earlier word back.  Raises ``NotFound`` (the trip, the stop) and
    ``Invalid``: times that do not go together.
    """
    _who_why(author, reason)
    if arrived_at is not None and departed_at is not None and departed_at < arrived_at:
        raise Invalid("departed_at", "must not be before `arrived_at`")
    with admin.edit(conn):
        key, _, _ = _find(conn, scope, code)
        found = conn.execute(_SQL["stop_key"], {"trip": key, "number": number}).fetchone()
        if found is None:
            raise NotFound("stop", str(number))
        word = {
            "stop": found[0],
            "status": status.value,
            "arrived": None if arrived_at is None else trip_edits.cut(arrived_at),
            "departed": None if departed_at is None else trip_edits.cut(departed_at),
            "author": author,
            "reason": reason,
        }
        conn.execute(_SQL["add_word"], word)
        trip_edits.touch(conn, [key])


def say_cause(
    conn: Connection[Any], scope: Scope, code: str, cause: DelayCause | str, note: str, author: str
) -> None:
    """Say why a trip is late: it outranks what is computed.  Raises ``NotFound``."""
    admin.need("author", author)
    with admin.edit(conn):
        key, state, _ = _find(conn, scope, code)
        given = {"trip": key, "state": state.value, "cause": DelayCause(cause).value}
        conn.execute(_SQL["say_cause"], given | {"note": note, "author": author})
        trip_edits.touch(conn, [key])


def _find(conn: Connection[Any], scope: Scope, code: str) -> Found:
    found = conn.execute(_SQL["find_trip"], queries.within(scope, code=code)).fetchone()
    if found is None:
        raise NotFound("trip", code)
    return found[0], TripState(found[1]), found[2]


def _open(conn: Connection[Any], scope: Scope, code: str) -> tuple[int, TripState]:
    key, state, is_over = _find(conn, scope, code)
    if is_over:
        raise Conflict(f"trip {code} is {state}: nothing is planned of it any more")
    return key, state


def _who_why(author: str, reason: str) -> None:
    admin.need("author", author)
    admin.need("reason", reason)
