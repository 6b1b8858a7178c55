"""Trips for readers: the board, and one trip with all that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import Scope
from fleet.trip_views import EstimatePoint, RiskChange, Trip, TripBrief
from fleet.trips import DelayCause, Line, NoEstimate, Risk, TripState
from store import admin, lines, queries, routes, trip_briefs, trip_stops, vehicles, veil

_SQL = queries.load("trip_reads")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which trips to list; None and empty are all.

    With neither ``start`` nor ``end``: those that are not over, or not for longer than a day.
    """

    states: tuple[TripState, ...] = ()
    risks: tuple[Risk, ...] = ()
    vehicle: str | None = None  #: plate
    site: str | None = None  #: code of a stop's site
    route: str | None = None  #: code
    start: datetime | None = None  #: planned to end from then on
    end: datetime | None = None  #: planned to begin before then
    late_first: bool = True  #: else by planned start


def list_trips(
    conn: Connection[Any], scope: Scope, wanted: Wanted, limit: int = 1000
) -> list[TripBrief]:
    """Trips: late ones first, by how late they are or will be; those nobody knows of last.

    Raises ``NotFound``: the vehicle, the site or the route.
    """
    _check(conn, scope, wanted)
    given = _given(scope, wanted) | {"limit": limit}
    found = conn.cursor(binary=True).execute(_SQL["list_trips"], given)
    return [trip_briefs.known(scope, row).brief for row in found]


def count_risks(conn: Connection[Any], scope: Scope, wanted: Wanted) -> dict[Risk, int]:
    """How many trips of each risk ``wanted`` has, but for its ``risks`` and any limit."""
    found = conn.cursor(binary=True).execute(_SQL["count_risks"], _given(scope, wanted))
    return {Risk(risk): count for risk, count in found}


def load_trip(conn: Connection[Any], scope: Scope, code: str) -> Trip:
    """One trip.  Raises ``NotFound``, also when it is outside ``scope``."""
    key, known = _load(conn, scope, code)
    given = {"trip": key}
    cursor = conn.cursor(binary=True)
    place = cursor.execute(_SQL["load_place"], given).fetchall()[0]
    s, away, model, note, by, *risks = place
    if not known.is_near:
        s = away = None
    found = cursor.execute(_SQL["load_plans"], given).fetchall()
    plans = trip_stops.revisions(found, cursor.execute(_SQL["load_plan_stops"], given))
    facts = cursor.execute(_SQL["load_facts"], given).fetchall()
    line = _line(conn, found)
    return Trip(
        brief=known.brief,
        stops=trip_stops.side_by_side(plans, facts, known, trip_stops.Risks(*risks)),
        plans=plans,
        assigned=veil.assigned(
            scope, trip_stops.assigned(cursor.execute(_SQL["load_assigned"], given))
        ),
        steps=trip_stops.steps(cursor.execute(_SQL["load_steps"], given)),
        line=() if line is None else tuple(zip(line.lon.tolist(), line.lat.tolist(), strict=True)),
        corridor=None if line is None else line.corridor,
        at=None if line is None or s is None else _at(line, s),
        s=s,
        away=away,
        model=model,
        said_note=note,
        said_by=by,
    )


def find_trip(conn: Connection[Any], scope: Scope, code: str) -> Trip | None:
    """One trip; None where there is none inside ``scope``."""
    try:
        return load_trip(conn, scope, code)
    except NotFound:
        return None


def list_estimates(
    conn: Connection[Any], scope: Scope, code: str, number: int
) -> list[EstimatePoint]:
    """What was expected of the stop with that number in the latest plan, oldest first.

    Raises ``NotFound``: the trip.
    """
    key, _ = _load(conn, scope, code)
    given = {"trip": key, "number": number}
    found = conn.cursor(binary=True).execute(_SQL["list_estimates"], given)
    return [
        EstimatePoint(at, p50, p90, NoEstimate(reason), model, plan)
        for at, p50, p90, reason, model, plan in found
    ]


def list_risk_changes(
    conn: Connection[Any], scope: Scope, code: str, number: int | None = None
) -> list[RiskChange]:
    """How risks changed, oldest first, of one stop of the latest plan or of all.

    Raises ``NotFound``: the trip.
    """
    key, _ = _load(conn, scope, code)
    given = {"trip": key, "number": number}
    found = conn.cursor(binary=True).execute(_SQL["list_risk_changes"], given)
    return [
        RiskChange(at, stop, Risk(before), Risk(after), p50, due, cause and DelayCause(cause))
        for at, stop, before, after, p50, due, cause in found
    ]


def _load(conn: Connection[Any], scope: Scope, code: str) -> tuple[int, trip_briefs.Known]:
    given = _given(scope, Wanted()) | {"code": code, "fresh": False, "limit": 1}
    row = conn.cursor(binary=True).execute(_SQL["list_trips"], given).fetchone()
    if row is None:
        raise NotFound("trip", code)
    return row[0], trip_briefs.known(scope, row)


def _given(scope: Scope, wanted: Wanted) -> dict[str, Any]:
    return queries.within(
        scope,
        code=None,
        states=[state.value for state in wanted.states],
        risks=[int(risk) for risk in wanted.risks],
        vehicle=wanted.vehicle,
        site=wanted.site,
        route=wanted.route,
        start=wanted.start,
        end=wanted.end,
        fresh=wanted.start is None and wanted.end is None,
        late_first=wanted.late_first,
    )


def _check(conn: Connection[Any], scope: Scope, wanted: Wanted) -> None:
    if wanted.vehicle is not None:
        vehicles.require_vehicle(conn, scope, wanted.vehicle)
    if wanted.site is not None:
        admin.key_of(conn, "site", wanted.site)
    if wanted.route is not None:
        routes.load_key(conn, wanted.route)


def _line(conn: Connection[Any], plans: Sequence[Row]) -> Line | None:
    """That of the latest revision."""
    if not plans or plans[-1][6] is None:
        return None
    return lines.load_lines(conn, [plans[-1][6]])[0]


def _at(line: Line, s: float) -> tuple[float, float]:
    """The place on a line, right across the antimeridian."""
    lon = np.interp(s, line.s, np.unwrap(line.lon, period=360.0))
    return float((lon + 180) % 360 - 180), float(np.interp(s, line.s, line.lat))
