"""Sites of a lane, trips planned over the API, and evaluations written as the gateway does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import httpx
import pytest
from psycopg import Connection

from fleet.trips import (
    Evaluation,
    NoEstimate,
    Risk,
    RiskTurn,
    StopFact,
    StopStatus,
    TripRow,
    TripState,
)
from fleet.views import Site
from shipment import risk
from store import Database, admin, standings
from store.database import connect
from store.world import load_world
from tests.fix_api import FleetHand

TRIPS = "/api/v1/trips"
#: A lane of 120 km westwards from the seeded site.
SITES = [
    Site("SUZ-1", "苏州", "Suzhou", "Asia/Shanghai", 120.95, 31.25),
    Site("WUX-1", "无锡", "Wuxi", "Asia/Shanghai", 120.25, 31.30),
]
LANE = ("SHA-1", "SUZ-1", "WUX-1")


def soon(hours: float = 0.0) -> datetime:
    """So many hours after the full hour that is next: plans are of the time to come."""
    full = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return full + timedelta(hours=1 + hours)


def text(at: datetime) -> str:
    """``at`` as the API writes it."""
    return at.isoformat().replace("+00:00", "Z")


def lane(start: datetime, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """A trip along the lane that leaves at ``start``: an hour of driving to each stop."""
    stops = [
        {"site": "SHA-1", "depart_at": text(start)},
        {
            "site": "SUZ-1",
            "arrive_at": text(start + timedelta(hours=1)),
            "depart_at": text(start + timedelta(hours=1.5)),
            "service_s": 1800,
        },
        {"site": "WUX-1", "arrive_at": text(start + timedelta(hours=2.5))},
    ]
    return {"code": "T-1", "stops": stops, "author": "li.na"} | changes


def risks(*states: Risk) -> bytes:
    """The memory of stops that stand so."""
    memory = risk.empty(len(states))
    memory["state"] = [int(state) for state in states]
    return memory.tobytes()


class TripHand:
    """Writes what is concluded of trips, as gateway and worker do."""

    def __init__(self, conn: Connection[Any]) -> None:
        self.conn = conn

    def trip(self, code: str) -> TripRow:
        """The trip as the engines know it."""
        (found,) = [trip for trip in load_world(self.conn).trips if trip.code == code]
        return found

    def evaluate(self, code: str, at: datetime, **columns: Any) -> None:  # noqa: ANN401 (a record)
        """One evaluation; ``p50`` are hours after ``at``, from stop ``first`` on."""
        rows = load_world(self.conn)
        trip = self.trip(code)
        plan, p50 = trip.plan, columns.pop("p50", ())
        now = at.timestamp()
        times = tuple(now + 3600 * hours for hours in p50)
        ordinary: dict[str, Any] = {
            "trip": trip.key,
            "vehicle": trip.assigned[-1].vehicle if trip.assigned else -1,
            "at": now,
            "heard": now,
            "plan": -1 if plan is None else plan.revision,
            "model": "pace-1",
            "no_estimate": NoEstimate.NONE if p50 else NoEstimate.NO_POSITION,
            "s": 1000.0,
            "share": 0.01,
            "away": 12.0,
            "off_route": False,
            "first": 0 if plan is None else len(plan.stops) - len(p50),
            "p50": times,
            "p90": tuple(time + 600 for time in times),
            "parts": tuple((time - now, 0.0, 0.0, 0.0) for time in times),
            "state": TripState.EN_ROUTE,
            "facts": (),
            "risks": risk.empty(0 if plan is None else len(plan.stops)).tobytes(),
            "risk": Risk.UNKNOWN,
            "late_stop": -1,
            "delay": nan,
            "baseline": nan,
            "cause": "",
            "split": {},
            "conditions": (),
        }
        with self.conn.transaction():
            standings.keep_evaluations(self.conn, rows, [Evaluation(**ordinary | columns)])

    def fact(self, code: str, number: int, arrived: datetime) -> StopFact:
        """The vehicle arrived at a stop."""
        plan = self.trip(code).plan
        assert plan is not None
        at = arrived.timestamp()
        key = int(plan.stops["key"][number])
        return StopFact(key, StopStatus.ARRIVED, arrived=at, earliest=at - 5, latest=at + 5)

    def turn(self, code: str, number: int, before: Risk, after: Risk, due: datetime) -> RiskTurn:
        """A stop's risk changes."""
        plan = self.trip(code).plan
        assert plan is not None
        key = int(plan.stops["key"][number])
        time = due.timestamp()
        return RiskTurn(key, before, after, time + 600, time + 1200, time)

    def planned(self) -> list[tuple[Any, ...]]:
        """Everything that any plan says."""
        found = self.conn.execute("SELECT * FROM plan_stop ORDER BY trip_id, revision, number")
        return found.fetchall()

    def vehicle_key(self, plate: str) -> int:
        """For the feed."""
        row = self.conn.execute("SELECT id FROM vehicle WHERE plate = %s", [plate]).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def on_lane(hand: FleetHand) -> FleetHand:
    """Three vehicles and the sites of the lane."""
    hand.seed(3)
    for site in SITES:
        admin.add_site(hand.conn, site)
    return hand


@pytest.fixture
def judge(on_lane: FleetHand, api_database: Database) -> Iterator[TripHand]:
    """Writes evaluations into the API's database."""
    del on_lane
    with closing(connect(api_database, application="test")) as conn:
        yield TripHand(conn)


def made(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    """The body of an answer that succeeded."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: httpx.Response, status: int = 422) -> dict[str, Any]:
    """The problem of an answer that did not."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    return problem


def codes(told: dict[str, Any]) -> Sequence[str]:
    """The trips of a board, in order."""
    return [trip["code"] for trip in told["trips"]]
