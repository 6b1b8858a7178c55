"""Trips: the board, one trip with everything, and what people decide about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from fleet.errors import Invalid
from fleet.rights import Right
from fleet.scope import Scope
from fleet.trip_views import Trip, TripStop
from fleet.trips import Risk, StopStatus, TripState
from shipment.lifecycle import step
from shipment.steps import LEGAL, SPOKEN, Event
from store import trip_reads
from store import trips as store_trips
from tracker_api import trips
from tracker_api.auth import Visitor, author_of, may, tell_change, tell_read
from tracker_api.gate import Admitted
from tracker_api.planning import Planner, plan_of, trip_of
from tracker_api.problems import describe
from tracker_api.routes.parameters import (
    PREFIX,
    PlateQuery,
    Running,
    SiteQuery,
    Store,
    answer,
    utc,
)
from tracker_api.runtime import Runtime
from tracker_api.schemas import CODE
from tracker_api.trip_bodies import (
    MOST_STOPS,
    AssignmentIn,
    CauseIn,
    PlanIn,
    StepIn,
    StopWordIn,
    TripIn,
)
from tracker_api.trip_schemas import EstimatesOut, RiskWord, TripOut, TripsOut

router = APIRouter(prefix=f"{PREFIX}/trips", tags=["trips"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_TRIPS))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_TRIPS))]

TripInPath = Annotated[str, Path(pattern=CODE, examples=["T-20260504-01"])]
StopNumber = Annotated[int, Path(ge=0, lt=MOST_STOPS)]

#: By how much a person's clock may be ahead of ours.
SKEW = timedelta(minutes=1)


@router.get("", operation_id="listTrips", response_model=TripsOut, responses=describe(404))
def list_trips(  # noqa: PLR0913, PLR0917 (what to filter by, and who asks)
    scope: Looker,
    store: Store,
    state: Annotated[list[TripState] | None, Query(max_length=14)] = None,
    risk: Annotated[list[RiskWord] | None, Query(max_length=6)] = None,
    vehicle: PlateQuery = None,
    site: SiteQuery = None,
    route: Annotated[str | None, Query(pattern=CODE, description="Code of a route.")] = None,
    start: Annotated[
        datetime | None, Query(alias="from", description="Planned to end from then on.")
    ] = None,
    end: Annotated[
        datetime | None, Query(alias="to", description="Planned to start before then.")
    ] = None,
    late_first: Annotated[  # noqa: FBT002 (a parameter of the request)
        bool, Query(description="The latest first, the unknown last; else by planned start.")
    ] = True,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> Response:
    """Trips; without `from` and `to` those that are not over, or not for longer than a day."""
    since = None if start is None else utc("from", start)
    until = None if end is None else utc("to", end)
    if since is not None and until is not None and since >= until:
        raise Invalid("from", "must be before `to`")
    risks = tuple(Risk[word.upper()] for word in risk or ())
    wanted = trip_reads.Wanted(
        tuple(state or ()), risks, vehicle, site, route, since, until, late_first
    )
    with store.reading() as conn:
        found = trip_reads.list_trips(conn, scope, wanted, limit)
        counts = trip_reads.count_risks(conn, scope, wanted)
    briefs = [trips.brief_out(brief) for brief in found]
    return answer({"trips": briefs, "counts": trips.counts_out(counts)})


@router.get("/{code}", operation_id="getTrip", response_model=TripOut, responses=describe(404))
def get_trip(code: TripInPath, scope: Looker, visitor: Visitor, running: Running) -> Response:
    """One trip: planned, expected and actual side by side."""
    return _told(running, scope, code, visitor=visitor)


@router.post(
    "",
    status_code=201,
    operation_id="addTrip",
    response_model=TripOut,
    responses=describe(404, 409, 413),
)
def add_trip(asked: TripIn, scope: Editor, running: Running) -> Response:
    """Plan a trip: by its stops, or on a route from a time on; with neither it is a draft."""
    planner = Planner(running.door, scope, running.settings.routing)
    wanted, notice = trip_of(planner, asked, asked.reason)
    with running.door.writing() as conn:
        code = store_trips.create_trip(conn, scope, wanted, author_of(scope, asked.author))
        tell_change(conn, scope, "create", "trip", code, asked)
    return _told(running, scope, code, notice, HTTPStatus.CREATED)


@router.post(
    "/{code}/plans",
    status_code=201,
    operation_id="replanTrip",
    response_model=TripOut,
    responses=describe(404, 409, 413),
)
def replan_trip(code: TripInPath, asked: PlanIn, scope: Editor, running: Running) -> Response:
    """Add a revision to its plan; the earlier ones, and delays against them, stay."""
    planner = Planner(running.door, scope, running.settings.routing)
    plan, notice = plan_of(planner, code, asked)
    at = _since(asked.at)
    with running.door.writing() as conn:
        author = author_of(scope, asked.author)
        before = trip_reads.load_trip(conn, scope, code).brief
        store_trips.replan(conn, scope, code, plan, author, asked.reason, at)
        tell_change(conn, scope, "plan", "trip", code, asked, before=before)
    return _told(running, scope, code, notice, HTTPStatus.CREATED)


@router.post(
    "/{code}/assignments",
    status_code=201,
    operation_id="assignVehicle",
    response_model=TripOut,
    responses=describe(404, 409, 413),
)
def assign_vehicle(
    code: TripInPath, asked: AssignmentIn, scope: Editor, running: Running
) -> Response:
    """Give it a vehicle, another one from a time on, or none; the timeline goes on."""
    at, author = _since(asked.at), author_of(scope, asked.author)
    with running.door.writing() as conn:
        before = trip_reads.load_trip(conn, scope, code).brief
        if asked.vehicle is None:
            store_trips.release(conn, scope, code, at, author, asked.reason)
        else:
            store_trips.assign(
                conn, scope, code, asked.vehicle, asked.driver, at, author, asked.reason
            )
        tell_change(conn, scope, "assign", "trip", code, asked, before=before)
    return _told(running, scope, code, None, HTTPStatus.CREATED)


@router.post(
    "/{code}/steps",
    status_code=201,
    operation_id="takeStep",
    response_model=TripOut,
    responses=describe(404, 409, 413),
)
def take_step(code: TripInPath, asked: StepIn, scope: Editor, running: Running) -> Response:
    """Take a step of its life; 409 says which ones were legal."""
    event = next((each for each in Event if each.value == asked.event), None)
    if event is None or event not in SPOKEN:
        said = ", ".join(sorted(SPOKEN))
        raise Invalid("/event", f"a person may say {said}; the rest follows from the record")
    at = _happened("/at", asked.at) or datetime.now(UTC)
    with running.door.writing() as conn:
        before = trip_reads.load_trip(conn, scope, code).brief
        store_trips.take_step(
            conn,
            scope,
            code,
            event.value,
            lambda state: step(state, event),
            at,
            author_of(scope, asked.author),
            asked.reason,
        )
        tell_change(conn, scope, "step", "trip", code, asked, before=before)
    return _told(running, scope, code, None, HTTPStatus.CREATED)


@router.post(
    "/{code}/stops/{number}",
    status_code=201,
    operation_id="sayStop",
    response_model=TripOut,
    responses=describe(404, 409, 413),
)
def say_stop(
    code: TripInPath, number: StopNumber, asked: StopWordIn, scope: Editor, running: Running
) -> Response:
    """Say what became of a stop; it outranks the visits until it is taken back."""
    arrived, departed = _times(asked)
    with running.door.writing() as conn:
        before = _stop(trip_reads.load_trip(conn, scope, code), number)
        store_trips.say_stop(
            conn,
            scope,
            code,
            number,
            StopStatus(asked.status),
            arrived,
            departed,
            author_of(scope, asked.author),
            asked.reason,
        )
        tell_change(conn, scope, "say", "trip", f"{code}/{number}", asked, before=before)
    return _told(running, scope, code, None, HTTPStatus.CREATED)


@router.post(
    "/{code}/cause",
    status_code=201,
    operation_id="sayCause",
    response_model=TripOut,
    responses=describe(404, 413),
)
def say_cause(code: TripInPath, asked: CauseIn, scope: Editor, running: Running) -> Response:
    """Say why it is late: weather, accident, border and the like are only known from people."""
    with running.door.writing() as conn:
        author = author_of(scope, asked.author)
        before = trip_reads.load_trip(conn, scope, code).brief
        store_trips.say_cause(conn, scope, code, asked.cause, asked.note, author)
        tell_change(conn, scope, "say", "trip", code, asked, before=before)
    return _told(running, scope, code, None, HTTPStatus.CREATED)


@router.get(
    "/{code}/estimates",
    operation_id="listEstimates",
    response_model=EstimatesOut,
    responses=describe(404),
)
def list_estimates(
    code: TripInPath,
    scope: Looker,
    store: Store,
    stop: Annotated[
        int | None, Query(ge=0, lt=MOST_STOPS, description="Its number. Default: the last stop.")
    ] = None,
) -> Response:
    """What was expected of one stop over time, beside what was planned and what happened."""
    with store.reading() as conn:
        trip = trip_reads.load_trip(conn, scope, code)
        chosen = trips.stop_of(trip, stop)
        number = chosen.planned.number
        points = trip_reads.list_estimates(conn, scope, code, number)
        changes = trip_reads.list_risk_changes(conn, scope, code, number)
    return answer(trips.estimates_out(points, changes, chosen))


def _told(
    running: Runtime,
    scope: Scope,
    code: str,
    notice: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    visitor: Admitted | None = None,
) -> Response:
    """The trip as it stands now; to whom it is told where the vehicle is, is on the trail."""
    with running.door.reading() as conn:
        trip = trip_reads.load_trip(conn, scope, code)
        if visitor is not None and trip.at is not None:
            tell_read(conn, visitor, "trip", code)
    legal = sorted(SPOKEN & LEGAL[trip.brief.state].keys())
    return answer(trips.trip_out(trip, legal, notice), status)


def _since(at: datetime | None) -> datetime:
    """From when on something holds; it may lie in the past or in the time to come."""
    return datetime.now(UTC) if at is None else utc("/at", at)


def _happened(where: str, at: datetime | None) -> datetime | None:
    if at is None:
        return None
    instant = utc(where, at)
    if instant > datetime.now(UTC) + SKEW:
        raise Invalid(where, "must not lie in the future")
    return instant


def _times(asked: StopWordIn) -> tuple[datetime | None, datetime | None]:
    """When it arrived and departed, by a person's word; raises ``Invalid``."""
    arrived = _happened("/arrived_at", asked.arrived_at)
    departed = _happened("/departed_at", asked.departed_at)
    there = asked.status in {"arrived", "departed"}
    if there and arrived is None:
        raise Invalid("/arrived_at", f"say when it arrived; {asked.status!r} alone proves nothing")
    if asked.status == "departed" and departed is None:
        raise Invalid("/departed_at", "say when it departed")
    if departed is not None and asked.status != "departed":
        raise Invalid("/departed_at", f"not of a stop that is {asked.status}")
    if arrived is not None and not there:
        raise Invalid("/arrived_at", f"not of a stop that is {asked.status}")
    if arrived is not None and departed is not None and departed < arrived:
        raise Invalid("/departed_at", "must not be before `arrived_at`")
    return arrived, departed


def _stop(trip: Trip, number: int) -> TripStop | None:
    """The stop of that number in the latest plan; None: the edit will say that there is none."""
    stops = (stop for stop in trip.stops if not stop.dropped)
    return next((stop for stop in stops if stop.planned.number == number), None)
