"""Planned trips for the traffic of ``bench.traffic``: each vehicle on a line of its own.

The vehicles are all over the country and drive straight on, so the line of each goes along its
way, from a kilometre behind it; one that stands, stands on its line.  Every fix then has a
place on a line, and the trip that it is of is looked at.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from psycopg import Connection

from bench.traffic import Lorry, lorries
from fleet.scope import OPERATOR
from route.line import build_line
from store import trip_import
from store.lines import Way
from store.plans import NewPlan, NewStop
from store.trip_edits import NewTrip

STOPS = 6  #: a haul of goods by the lot: a depot and five customers
BEHIND, AHEAD = 1500.0, 198_500.0  #: m of line; a vehicle at rest is looked for near its start
APART = 200.0  #: m between two vertices, as routers give them on country roads
PACE = 18.0  #: m/s that the plan counts on
_STAY = timedelta(minutes=20)


def plan_trips(
    conn: Connection[Any], vehicles: int, seed: int, start: float, sites: list[str]
) -> None:
    """Plan a trip for each vehicle of ``traffic.frames(vehicles, seed)``.

    The plan has it at its place at ``start`` (s since 1970); ``sites`` are codes to choose from.
    """
    fleet = lorries(vehicles, random.Random(seed))  # noqa: S311 - the fleet of ``frames``
    moment = datetime.fromtimestamp(start - BEHIND / PACE, UTC)
    trips = [
        NewTrip(
            f"trip-{number:05d}",
            None,
            NewPlan(_stops(moment, sites, number), _way(lorry), strict=True),
            f"plate-{number:05d}",
            None,
            "the world of the benchmark",
        )
        for number, lorry in enumerate(fleet)
    ]
    done = trip_import.import_trips(conn, OPERATOR, trips, "bench")
    assert all(each.result == "created" for each in done), done[0]


def _way(lorry: Lorry) -> Way:
    """Along its course."""
    s = np.arange(-BEHIND, AHEAD + APART / 2, APART)
    course = math.radians(lorry.course)
    lon = lorry.lon + s * math.sin(course) / 95_000  # as ``Lorry.move`` has it
    lat = lorry.lat + s * math.cos(course) / 111_200
    return Way.of(build_line(1, lon, lat), "geojson")


def _stops(begin: datetime, sites: list[str], number: int) -> tuple[NewStop, ...]:
    ordinary = NewStop("", None, None, None, None, None, None, 1200.0, 1800.0, 900.0, via=False)
    found = []
    for stop in range(STOPS):
        # Metres of the plan; those of the line differ by what the simulator's degrees are off.
        s = (BEHIND + AHEAD) * 0.9 * stop / (STOPS - 1)
        arrive = begin + timedelta(seconds=s / PACE) + _STAY * max(stop - 1, 0)
        arrive = arrive.replace(microsecond=0)
        found.append(
            replace(
                ordinary,
                site=sites[(number * STOPS + stop) % len(sites)],
                s=s,
                arrive_at=arrive if stop else None,  # nobody saw it at the depot
                depart_at=arrive + _STAY * bool(stop),
            )
        )
    return tuple(found)
