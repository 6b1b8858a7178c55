"""The trips of the demonstration, with their goods: invented, and they say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from firmware_sim import scenario, service
from fleet.scope import OPERATOR
from fleet.trips import StopStatus, TripState
from milepost import goods, grouping, questions, timetable
from milepost.timetable import Journey, Way
from route.line import build_line
from shipment.lifecycle import Event, step
from store import lines, routes, trip_reads, trips

AUTHOR = "demo"
WHY = "invented with its fleet"
SEED = 1  #: of the fleet that `milepost simulate` drives unless told otherwise

#: Invented drivers; by the number of the lorry.
DRIVERS = ("王建国", "李强", "张伟", "刘洋", "陈静", "杨帆", "赵磊", "黄勇", "周敏", "吴昊")


def plan_trips(conn: Any, fleet: scenario.Fleet, now: datetime) -> int:  # noqa: ANN401 - only the store names the type
    """Plan what the lorries of ``fleet`` do from ``now`` on; returns how many trips were new.

    Trips of an earlier demonstration that are still open are ended: its lorries began anew.
    """
    made = timetable.ways(fleet)
    known = {route.code for route in routes.list_routes(conn, OPERATOR)}
    for way in made:
        if way.code not in known:
            routes.put_route(conn, OPERATOR, _route(way), AUTHOR)
    _end_earlier(conn, now)
    grouping.make_groups(conn, fleet)
    start = now.timestamp()
    units = scenario.assemble(fleet, start, service.seeds(SEED))
    along = [unit.truth(start).along for unit in units]
    by_code = {way.code: way for way in made}
    planned = list(timetable.journeys(fleet, made, now, along))
    done = trips.import_trips(
        conn, OPERATOR, [_trip(one, by_code[one.way]) for one in planned], AUTHOR
    )
    for one, result in zip(planned, done, strict=True):
        if result.result == "created":
            _say_what_was(conn, one, by_code[one.way])
    if goods.place_goods(conn, by_code, planned, now):
        local = now.astimezone(ZoneInfo(goods.ZONE))
        questions.ask_questions(conn, goods.list_open(conn), local)
    return sum(result.result == "created" for result in done)


def _route(way: Way) -> routes.NewRoute:
    line = build_line(0, way.lon, way.lat, timetable.CORRIDOR)
    return routes.NewRoute(
        way.code,
        way.name_zh,
        way.name_en,
        strict=True,
        way=lines.Way.of(line, "geojson"),
        stops=tuple(
            routes.NewRouteStop(
                site=halt.site,
                s=halt.s,
                arrive=max(halt.arrive, 0.0),
                depart=halt.depart,
                service=halt.service,
                early=1800.0,
                late=900.0,
                via=False,
            )
            for halt in way.halts
        ),
    )


def _trip(one: Journey, way: Way) -> trips.NewTrip:
    def at(seconds: float) -> datetime:
        return (one.starts + timedelta(seconds=seconds)).replace(microsecond=0)

    last = len(way.halts) - 1
    stops = tuple(
        trips.NewStop(
            site=halt.site,
            stop=None,
            s=halt.s,
            arrive_at=at(halt.arrive) if number else None,
            depart_at=at(halt.depart) if number < last else None,
            opens_at=None,
            closes_at=None,
            service=halt.service,
            early=1800.0,
            late=3_600.0,  # hubs work in waves of an hour
            via=False,
        )
        for number, halt in enumerate(way.halts)
    )
    return trips.NewTrip(
        code=one.code,
        route=one.way,
        plan=trips.NewPlan(stops, None, strict=True),
        vehicle=one.truck.plate,
        driver=DRIVERS[int(one.truck.device.rsplit("-", 1)[-1]) % len(DRIVERS)],
        reason=WHY,
    )


def _say_what_was(conn: Any, one: Journey, way: Way) -> None:  # noqa: ANN401 - only the store names the type
    """The hubs that a lorry has left before there was anybody to see it."""
    late = timedelta(seconds=one.late)
    for number in range(one.behind):
        halt = way.halts[number]
        trips.say_stop(
            conn,
            OPERATOR,
            one.code,
            number,
            StopStatus.DEPARTED,
            one.starts + timedelta(seconds=halt.arrive) + late,
            one.starts + timedelta(seconds=halt.depart) + late,
            AUTHOR,
            WHY,
        )


def _end_earlier(conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
    wanted = trip_reads.Wanted((), (), None, None, None, None, None, late_first=False)
    for trip in trip_reads.list_trips(conn, OPERATOR, wanted, 10_000):
        if trip.state.is_over or not _is_demo(trip.code):
            continue
        event = Event.ABORT if trip.state in _STARTED else Event.CANCEL

        def after(state: TripState, event: Event = event) -> TripState:
            return step(state, event)

        trips.take_step(
            conn, OPERATOR, trip.code, event, after, now, AUTHOR, "the simulated fleet began anew"
        )


_STARTED: Sequence[TripState] = (
    TripState.EN_ROUTE,
    TripState.AT_STOP,
    TripState.ARRIVED_FINAL,
    TripState.SUSPENDED,
)


def _is_demo(code: str) -> bool:
    return code.startswith(timetable.PREFIX)
