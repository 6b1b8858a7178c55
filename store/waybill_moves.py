"""Where goods were: the rides and milestones that say it, and the fixes of the vehicle then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from psycopg import Connection

from fleet.errors import NotFound
from fleet.records import Grade
from fleet.scope import Scope
from fleet.views import Site
from fleet.waybills import Milestone, Ride
from store import queries, vehicles
from store.vehicles import DOUBTED, Track

_SQL = queries.load("waybill_reads")

#: As far back as a fix is looked for: a parked terminal reports every half hour, a lorry that
#: lost the network for a night is told of by its last one.
REACH = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Carrier:
    """A vehicle that it was aboard of."""

    plate: str
    party: str | None  #: code


@dataclass(frozen=True, slots=True)
class Moves:
    """What says where a waybill was at any time; keys are opaque."""

    rides: tuple[Ride, ...]
    milestones: tuple[Milestone, ...]
    carriers: Mapping[int, Carrier]  #: by key of the vehicle
    sites: Mapping[int, Site]  #: by key


@dataclass(frozen=True, slots=True)
class Fix:
    """A position of a vehicle."""

    lon: float
    lat: float
    time: datetime


def load_moves(conn: Connection[Any], scope: Scope, number: str) -> Moves:
    """Of one waybill.  Raises ``NotFound``, also when it is outside ``scope``."""
    found = conn.execute(_SQL["find_waybill"], queries.within(scope, number=number)).fetchone()
    if found is None:
        raise NotFound("waybill", number)
    given = {"waybill": found[0]}
    cursor = conn.cursor(binary=True)
    rides = cursor.execute(_SQL["load_moves"], given).fetchall()
    marks = cursor.execute(_SQL["load_marks"], given).fetchall()
    return Moves(
        rides=tuple(Ride(*row[:8]) for row in rides),
        milestones=tuple(Milestone(*row[:7]) for row in marks),
        carriers={row[2]: Carrier(row[8], row[9]) for row in rides},
        sites={row[3]: Site(*row[7:13]) for row in marks if row[3]},
    )


def load_fix(conn: Connection[Any], vehicle: int, at: datetime) -> Fix | None:
    """The newest believed fix of a vehicle (key) at ``at``; None: none within ``REACH`` before."""
    given = {
        "vehicle": vehicle,
        "at": at,
        "start": at - REACH,
        "doubted": int(DOUBTED),
        "worst": int(Grade.C),
    }
    row = conn.cursor(binary=True).execute(_SQL["spot_at"], given).fetchone()
    return None if row is None else Fix(*row)


def load_ride(conn: Connection[Any], carrier: Carrier, ride: Ride, until: datetime) -> Track:
    """The fixes of a vehicle while the goods were aboard, at the latest until ``until``.

    Whoever may see the ride may see these, whatever else of the vehicle is inside a scope.
    """
    start = datetime.fromtimestamp(ride.valid_from, UTC)
    end = until if ride.valid_to == inf else datetime.fromtimestamp(ride.valid_to, UTC)
    reader = Scope("the rides of a waybill", None)
    return vehicles.load_track(conn, reader, carrier.plate, start, max(start, min(end, until)))
