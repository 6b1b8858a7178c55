"""Bookings: which trip carries a leg of a waybill, ``[valid_from, valid_to)``.

A change of mind ends a booking and begins another; one that was **wrong** ends at its own
begin, so that it never held and all that was derived of it is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection

from fleet.errors import Conflict, Invalid, NotFound
from fleet.scope import Scope
from store import admin, queries, trail
from store.waybill_drafts import NewBooking, Ready
from store.waybill_found import Found, find

_SQL = queries.load("waybills")

#: Why a booking was made that came with its waybill.
REASON = "placed"

#: Number, key and site of a stop, by trip (key) and in order.
Stops = Mapping[int, Sequence[tuple[int, int, int]]]


def book(  # noqa: PLR0913 - who, what, why and when
    conn: Connection[Any],
    scope: Scope,
    number: str,
    leg: int,
    new: NewBooking,
    reason: str,
    *,
    now: datetime,
    wrong: bool = False,
) -> None:
    """Let a trip carry the leg with that number, in place of any other.

    The first booking of a leg holds from when the waybill was placed, a later one from ``now``,
    unless ``new`` says when.  ``wrong``: the one before never held; this one takes its place
    from its begin on.

    Raises:
        NotFound: the waybill, the leg or the trip.
        Conflict: it was cancelled, the same trip carries it, or another booking is in the way.
        Invalid: the trip does not go there, or no reason.
    """
    admin.need("reason", reason)
    with conn.transaction():
        found = _open(conn, scope, number)
        key, origin, destination = _leg(conn, found, leg)
        before = conn.execute(_SQL["find_booking"], {"leg": key}).fetchone()
        trip = _trips(conn, scope, [new.trip]).get(new.trip)
        if trip is None:
            raise NotFound("trip", new.trip)
        if before is not None and before[1] == new.trip:
            raise Conflict(f"leg {leg} of waybill {number} is on trip {new.trip} already")
        stops = _stops(conn, [trip])
        load, unload = _find_stops(new, stops.get(trip, ()), origin, destination)
        at = new.at or now
        if before is not None:
            at = before[2] if wrong else at
            _end(conn, scope, before, at, reason)
        elif new.at is None and not _was_booked(conn, key):
            at = min(found.placed_at, now)
        _add(conn, scope, [(key, trip, load, unload, at)], reason)
        detail = {"leg": leg, "before": before and before[1], "after": new.trip, "wrong": wrong}
        trail.record(conn, scope, "change", "waybill", number, reason, detail)


def unbook(
    conn: Connection[Any], scope: Scope, number: str, leg: int, at: datetime, reason: str
) -> None:
    """From ``at`` on no trip carries the leg; from its begin or earlier: none ever did.

    Raises:
        NotFound: the waybill, or the leg.
        Conflict: it was cancelled, or no trip carries the leg.
        Invalid: no reason.
    """
    admin.need("reason", reason)
    with conn.transaction():
        found = _open(conn, scope, number)
        key, _, _ = _leg(conn, found, leg)
        before = conn.execute(_SQL["find_booking"], {"leg": key}).fetchone()
        if before is None:
            raise Conflict(f"leg {leg} of waybill {number} is on no trip")
        _end(conn, scope, before, max(at, before[2]), reason)
        detail = {"leg": leg, "before": before[1], "after": None}
        trail.record(conn, scope, "change", "waybill", number, reason, detail)


def book_new(conn: Connection[Any], scope: Scope, added: Sequence[tuple[int, Ready]]) -> None:
    """Make the bookings that came with new waybills, keys before them, inside their transaction.

    Raises ``NotFound`` (a trip), ``Invalid`` (it does not go there); see ``check_new``.
    """
    trips, stops = _known(conn, scope, [ready for _, ready in added])
    legs = _legs(conn, [key for key, _ in added])
    rows = [row for key, ready in added for row in _new_rows(ready, legs[key], trips, stops)]
    _add(conn, scope, rows, REASON)


def check_new(
    conn: Connection[Any], scope: Scope, ready: Sequence[Ready]
) -> list[NotFound | Invalid | None]:
    """What is wrong with the bookings of each, before any is added; None: nothing."""
    trips, stops = _known(conn, scope, ready)
    found: list[NotFound | Invalid | None] = []
    for each in ready:
        legs = [(0, each.sites[leg.origin], each.sites[leg.destination]) for leg in each.legs]
        try:
            _new_rows(each, legs, trips, stops)
            found.append(None)
        except (NotFound, Invalid) as error:
            found.append(error)
    return found


def _known(
    conn: Connection[Any], scope: Scope, ready: Sequence[Ready]
) -> tuple[dict[str, int], Stops]:
    """The trips that they name, and their stops."""
    wanted = [leg.booking.trip for each in ready for leg in each.legs if leg.booking is not None]
    trips = _trips(conn, scope, wanted)
    return trips, _stops(conn, list(trips.values()))


def _new_rows(
    ready: Ready, legs: Sequence[tuple[int, int, int]], trips: Mapping[str, int], stops: Stops
) -> list[tuple[int, int, int, int, datetime]]:
    rows = []
    for leg, (key, origin, destination) in zip(ready.legs, legs, strict=True):
        if leg.booking is None:
            continue
        trip = trips.get(leg.booking.trip)
        if trip is None:
            raise NotFound("trip", leg.booking.trip)
        load, unload = _find_stops(leg.booking, stops.get(trip, ()), origin, destination)
        rows.append((key, trip, load, unload, leg.booking.at or ready.new.placed_at))
    return rows


def _open(conn: Connection[Any], scope: Scope, number: str) -> Found:
    found = find(conn, scope, number)
    if found.cancelled_at is not None:
        raise Conflict(f"waybill {number} was cancelled")
    return found


def _leg(conn: Connection[Any], found: Found, leg: int) -> tuple[int, int, int]:
    legs = _legs(conn, [found.key])[found.key]
    if not 0 <= leg < len(legs):
        raise NotFound("leg", f"{leg} of waybill {found.number}")
    return legs[leg]


def _legs(conn: Connection[Any], waybills: Sequence[int]) -> dict[int, list[tuple[int, int, int]]]:
    found: dict[int, list[tuple[int, int, int]]] = {}
    for waybill, _, *leg in conn.execute(_SQL["find_legs"], {"waybills": list(waybills)}):
        found.setdefault(waybill, []).append((leg[0], leg[1], leg[2]))
    return found


def _trips(conn: Connection[Any], scope: Scope, codes: Sequence[str]) -> dict[str, int]:
    given = queries.within(scope, codes=sorted(set(codes)))
    return dict(conn.execute(_SQL["find_trips"], given).fetchall())


def _stops(conn: Connection[Any], trips: Sequence[int]) -> Stops:
    found: dict[int, list[tuple[int, int, int]]] = {}
    for trip, number, stop, site in conn.execute(_SQL["trip_stops"], {"trips": list(trips)}):
        found.setdefault(trip, []).append((number, stop, site))
    return found


def _find_stops(
    new: NewBooking, stops: Sequence[tuple[int, int, int]], origin: int, destination: int
) -> tuple[int, int]:
    """Keys of the stops where a leg is loaded and unloaded: the first there, the next there."""
    loads = [
        (number, key)
        for number, key, site in stops
        if site == origin and new.load in {None, number}
    ]
    if not loads:
        raise Invalid("load", f"trip {new.trip} has no such stop at the leg's origin")
    first, load = loads[0]
    for number, key, site in stops:
        if number > first and site == destination and new.unload in {None, number}:
            return load, key
    raise Invalid("unload", f"trip {new.trip} has no such stop at the leg's end, after loading")


def _was_booked(conn: Connection[Any], leg: int) -> bool:
    [(was,)] = conn.execute(_SQL["was_booked"], {"leg": leg}).fetchall()
    return bool(was)


def _end(
    conn: Connection[Any], scope: Scope, before: Sequence[Any], at: datetime, reason: str
) -> None:
    booking, trip, begin = before
    if at < begin:
        raise Conflict(f"trip {trip} carries it from {begin.isoformat()} on: say a later time")
    given = {"booking": booking, "at": at, "author": scope.principal, "reason": reason}
    conn.execute(_SQL["end_booking"], given)


def _add(
    conn: Connection[Any],
    scope: Scope,
    rows: Sequence[tuple[int, int, int, int, datetime]],
    reason: str,
) -> None:
    if not rows:
        return
    names = ("leg", "trip", "load", "unload", "at")
    columns = zip(*rows, strict=True)
    given = {name: list(column) for name, column in zip(names, columns, strict=True)}
    try:
        with conn.transaction():
            conn.execute(
                _SQL["add_bookings"], given | {"author": scope.principal, "reason": reason}
            )
    except psycopg.errors.ExclusionViolation as error:
        raise Conflict("another trip carries that leg at or after that time") from error
