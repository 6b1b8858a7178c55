"""Who is due at a site: the stops of trips there that are still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from fleet.scope import Scope
from fleet.trips import Risk, StopStatus, TripState
from fleet.views import Site
from store import admin, queries, trip_briefs, veil

_SQL = queries.load("due")


@dataclass(frozen=True, slots=True)
class DueStop:
    """A stop of a trip at a site, still open."""

    trip: str  #: code
    route: str | None
    state: TripState
    vehicle: str | None  #: plate
    driver: str | None  #: as the reader may see it
    party: str | None  #: of the vehicle
    origin: Site | None  #: of the trip
    number: int  #: of the stop in the latest plan; never the first, where nobody is due
    status: StopStatus
    planned_at: datetime | None
    due_at: datetime | None  #: end of its window
    p50: datetime | None  #: None: there is no estimate of it
    p90: datetime | None
    risk: Risk  #: of this stop; ``UNKNOWN`` where nothing says so
    heard_at: datetime | None  #: time of the fix that the estimate rests on


def list_due(
    conn: Connection[Any], scope: Scope, site: str, until: datetime, limit: int
) -> list[DueStop]:
    """What is expected at ``site`` before ``until``, the soonest first; what is overdue as well.

    By the estimate, or where there is none by the plan.  Raises ``NotFound``: the site.
    """
    admin.key_of(conn, "site", site)
    given = queries.within(scope, site=site, until=until, limit=limit)
    found = conn.cursor(binary=True).execute(_SQL["list_due"], given)
    return [_stop(scope, row) for row in found]


def _stop(scope: Scope, row: tuple[Any, ...]) -> DueStop:
    code, route, state, plate, driver, party = row[:6]
    number, status, planned, closes, p50, p90, risk, heard = row[12:]
    return DueStop(
        trip=code,
        route=route,
        state=TripState(state),
        vehicle=plate,
        driver=veil.driver(scope, driver),
        party=party,
        origin=None if row[6] is None else Site(*row[6:12]),
        number=number,
        status=StopStatus(status or StopStatus.PLANNED),
        planned_at=planned,
        due_at=closes or planned,
        p50=p50,
        p90=p90,
        risk=trip_briefs.founded(Risk(risk), estimated=p50 is not None, arrived=False),
        heard_at=heard,
    )
