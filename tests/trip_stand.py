"""A database with the fleet and the trips of a day, and gateways on it."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite, nan
from typing import Any

from bench.ledger import Edit
from bench.order import MORNING
from fleet.scope import OPERATOR
from fleet.trips import StopFact, StopStatus
from gateway.pipeline import Rules
from store import trips
from store.lines import Way
from store.plans import NewPlan, NewStop
from store.trip_edits import NewTrip
from tests.fleet_day import Stand
from tests.trip_day import MINUTE, Call, Change, Trip, TripDay, told, way_of

FACTS = """
SELECT t.code, p.number, f.status, extract(epoch FROM f.arrived_at)::float8,
       extract(epoch FROM f.departed_at)::float8, extract(epoch FROM f.earliest_at)::float8,
       extract(epoch FROM f.latest_at)::float8, f.out_of_sequence, f.shared
FROM trip t JOIN plan_stop p ON p.trip_id = t.id AND p.revision = (
    SELECT max(revision) FROM plan WHERE trip_id = t.id)
JOIN stop_fact f ON f.stop_id = p.stop_id ORDER BY t.id, p.number
"""


class TripStand(Stand):
    """A database with the fleet and the trips of a day, and gateways on it."""

    def __init__(self, url: str, given: TripDay, rules: Rules | None = None) -> None:
        super().__init__(url, given.day, rules)
        with self.connect() as conn:
            for trip in given.trips:
                plate = None if trip.vehicle is None else f"v{trip.vehicle}"
                new = NewTrip(trip.code, None, new_plan(trip), plate, "Wang", "ordered")
                trips.create_trip(conn, OPERATOR, new, "li.na")
        self.writer.catch_up()

    def look_at_all(self, now: float) -> None:
        """The gateway has time for the trips that its commits left out."""
        while self.writer.look_at_owed(now):
            pass

    def edit(self, edit: Edit) -> None:
        """As people do it."""
        if not isinstance(edit, Change):
            super().edit(edit)
            return
        with self.connect() as conn:
            edit.make(conn)

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.connect() as conn:
            return list(conn.execute(statement, values or None).fetchall())

    def facts(self, *, by_visits: bool) -> list[tuple[Any, ...]]:
        """As ``TripLedger.facts``."""
        return [
            told(code, number, _fact(*more), by_visits=by_visits)
            for code, number, *more in self.ask(FACTS)
        ]


def _fact(status: str, *more: Any) -> StopFact:  # noqa: ANN401 - columns
    arrived, departed, earliest, latest, early, shared = more
    at = [nan if time is None else float(time) for time in (arrived, departed, earliest, latest)]
    return StopFact(0, StopStatus(status), "", at[0], at[1], at[2], at[3], early, shared)


def moment(minutes: float) -> datetime:
    """So many minutes after ``MORNING``."""
    return datetime.fromtimestamp(MORNING + MINUTE * minutes, UTC)


def new_plan(trip: Trip) -> NewPlan:
    """As people enter it."""
    line = way_of(trip.calls)
    stops = [_new_stop(call, float(line.s[n]), trip.lined) for n, call in enumerate(trip.calls)]
    return NewPlan(tuple(stops), Way.of(line, "straight") if trip.lined else None, trip.strict)


def _new_stop(call: Call, s: float, lined: bool) -> NewStop:  # noqa: FBT001 - of one call
    arrive, depart = (
        moment(time) if isfinite(time) else None for time in (call.arrive, call.depart)
    )
    terms = {"service": 1800.0, "early": 1800.0, "late": 900.0} | dict(call.terms)
    return NewStop(
        site=f"F{call.site}",
        stop=None,
        s=s if lined else None,
        arrive_at=arrive,
        depart_at=depart,
        opens_at=None,
        closes_at=None,
        service=terms["service"],
        early=terms["early"],
        late=terms["late"],
        via=bool(terms.get("via", False)),
    )
