"""Builders of routes, trips and evaluations: a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from fleet.records import WorldRows
from fleet.scope import OPERATOR
from fleet.trips import Evaluation, NoEstimate, Risk, StopFact, StopStatus, TripState
from fleet.views import Site
from store import admin, standings, trips
from store.lines import Way
from store.trips import NewPlan, NewStop, NewTrip
from tests.store.conftest import NOON

HOUR = timedelta(hours=1)
START = NOON.timestamp()
SITES = ("port", "hub", "shop")


def register(conn: Connection[Any]) -> None:
    """Three sites a good way apart, eastwards."""
    for number, code in enumerate(SITES):
        admin.add_site(conn, Site(code, code, code, "Asia/Shanghai", 121.0 + number, 31.0))


def way(vertices: int = 5, corridor: float = 500.0, source: str = "geojson") -> Way:
    """From the port eastwards to the shop, about 190 km."""
    lon = np.linspace(121.0, 123.0, vertices)
    return Way(lon, np.full(vertices, 31.0), (lon - 121.0) * 95_000.0, corridor, source)


def stop(site: str = "hub", hours: float | None = 1.0, **more: Any) -> NewStop:  # noqa: ANN401 - a builder
    """Due some hours after noon, for half an hour."""
    at = None if hours is None else NOON + hours * HOUR
    left = None if at is None else at + HOUR / 2
    ordinary = NewStop(site, None, None, at, left, None, None, 1800.0, 1800.0, 900.0, False)  # noqa: FBT003 - a builder
    return replace(ordinary, **more)


def plan(*stops: NewStop, **more: Any) -> NewPlan:  # noqa: ANN401 - a builder
    """From the port at noon by the hub at two to the shop at four."""
    places = (0.0, 95_000.0, 190_000.0)
    ordinary = [
        stop(site, 2.0 * n, s=s) for n, (site, s) in enumerate(zip(SITES, places, strict=True))
    ]
    return replace(NewPlan(stops or tuple(ordinary), None, True), **more)  # noqa: FBT003 - a builder


def trip(code: str | None = "t1", vehicle: str | None = "沪A1", **more: Any) -> NewTrip:  # noqa: ANN401 - a builder
    """Such a trip on its line."""
    return replace(NewTrip(code, None, plan(way=way()), vehicle, "老王", "ordered"), **more)


def create(conn: Connection[Any], **more: Any) -> str:  # noqa: ANN401 - a builder
    return trips.create_trip(conn, OPERATOR, trip(**more), "li.na")


def moment(hours: float) -> datetime:
    return NOON + hours * HOUR


def evaluation(rows: WorldRows, hours: float = 0.5, code: str = "t1", **more: Any) -> Evaluation:  # noqa: ANN401 - a builder
    """Under way, on time, on its way to every stop from ``first`` on, an hour each."""
    [row] = [each for each in rows.trips if each.code == code]
    count = 0 if row.plan is None else len(row.plan.stops)
    at = START + hours * 3600
    first = more.get("first", 1)
    p50 = tuple(at + 3600.0 * (n + 1) for n in range(count - first))
    facts = (
        ()
        if row.plan is None
        else tuple(StopFact(int(key), StopStatus.PLANNED) for key in row.plan.stops["key"])
    )
    ordinary = Evaluation(
        trip=row.key,
        vehicle=row.assigned[-1].vehicle if row.assigned else -1,
        at=at,
        heard=at - 3,
        plan=len(row.plans) - 1,
        model="pace-1",
        no_estimate=NoEstimate.NONE,
        s=20_000.0,
        share=0.1,
        away=12.0,
        off_route=False,
        first=first,
        p50=p50,
        p90=tuple(value + 600 for value in p50),
        parts=tuple((3000.0 * (n + 1), 600.0 * (n + 1), 0.0, 0.0) for n in range(len(p50))),
        state=TripState.EN_ROUTE,
        facts=facts,
        risks=b"risks",
        risk=Risk.ON_TIME,
        late_stop=-1,
        delay=float("nan"),
        baseline=float("nan"),
        cause="",
        split={},
        conditions=(),
        place=b"place",
    )
    return replace(ordinary, **more)


def keep(conn: Connection[Any], rows: WorldRows, *evaluations: Evaluation) -> None:
    with conn.transaction():
        standings.keep_evaluations(conn, rows, evaluations)


def fact(each: Evaluation, number: int, **more: Any) -> tuple[StopFact, ...]:  # noqa: ANN401 - a builder
    """The facts of ``each`` with other words on one stop."""
    facts: Sequence[StopFact] = each.facts
    return (*facts[:number], replace(facts[number], **more), *facts[number + 1 :])
