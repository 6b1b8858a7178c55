"""Routes: the ways that trips are planned on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from fleet.rights import Right
from fleet.scope import Scope
from store import routes as store_routes
from tracker_api import trips
from tracker_api.auth import author_of, may, tell_change
from tracker_api.planning import Planner, route_of
from tracker_api.problems import describe
from tracker_api.routes.parameters import PREFIX, Running, Store, answer
from tracker_api.schemas import CODE
from tracker_api.trip_bodies import RouteIn
from tracker_api.trip_schemas import RouteOut, RoutesOut

router = APIRouter(prefix=f"{PREFIX}/routes", tags=["trips"])

Looker = Annotated[Scope, Depends(may(Right.LOOK_PLACES))]
Editor = Annotated[Scope, Depends(may(Right.EDIT_PLACES, everywhere=True))]

RouteInPath = Annotated[str, Path(pattern=CODE, examples=["SHA-WUH"])]


@router.get("", operation_id="listRoutes", response_model=RoutesOut, responses=describe())
def list_routes(scope: Looker, store: Store) -> Response:
    """Every route by code, without its line."""
    with store.reading() as conn:
        found = store_routes.list_routes(conn, scope)
    return answer({"routes": [trips.route_out(route) for route in found]})


@router.get("/{code}", operation_id="getRoute", response_model=RouteOut, responses=describe(404))
def get_route(code: RouteInPath, scope: Looker, store: Store) -> Response:
    """One route with its line."""
    with store.reading() as conn:
        return answer(trips.route_out(store_routes.load_route(conn, scope, code)))


@router.put(
    "/{code}",
    operation_id="putRoute",
    response_model=RouteOut,
    responses=describe(404, 413),
)
def put_route(code: RouteInPath, asked: RouteIn, scope: Editor, running: Running) -> Response:
    """Make a route, or say anew what it is; plans made on it stay as they are.

    Its stops are placed on the line. `notice` tells where the line is straight because the
    routing engine did not answer.
    """
    planner = Planner(running.door, scope, running.settings.routing)
    wanted, notice = route_of(planner, code, asked)
    with running.door.writing() as conn:
        before = store_routes.find_route(conn, scope, code)
        saved = store_routes.put_route(conn, scope, wanted, author_of(scope, asked.author))
        act = "create" if before is None else "change"
        tell_change(conn, scope, act, "route", code, asked, before=before)
    return answer(trips.route_out(saved, notice))


@router.delete(
    "/{code}",
    status_code=204,
    response_class=Response,
    operation_id="removeRoute",
    responses=describe(404),
)
def remove_route(code: RouteInPath, scope: Editor, store: Store) -> None:
    """Plan on it no longer; trips that were planned on it keep their plans."""
    with store.writing() as conn:
        before = store_routes.load_route(conn, scope, code)
        store_routes.remove_route(conn, scope, code)
        tell_change(conn, scope, "remove", "route", code, before=before)
