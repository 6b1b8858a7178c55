"""What people plan, made into what the store keeps: sites found, lines drawn, times checked."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fleet.errors import Invalid, NotFound
from fleet.scope import Scope
from fleet.trip_views import Route, Trip
from fleet.views import Site
from route.line import LineError, build_line
from store import routes as store_routes
from store import sites as store_sites
from store import trip_reads
from store.routes import NewRoute, NewRouteStop
from store.trips import NewPlan, NewTrip
from store.vehicles import load_track
from tracker_api import drawing
from tracker_api.door import Door
from tracker_api.drawing import Drawn, Floats
from tracker_api.routes.parameters import utc
from tracker_api.routing import Place, Router, router_of
from tracker_api.settings import Routing
from tracker_api.timetable import (
    LONGEST,
    check_keys,
    check_offsets,
    on_route,
    placed,
    stops_of,
)
from tracker_api.trip_bodies import (
    CORRIDOR,
    LineIn,
    PassIn,
    PlanIn,
    RouteIn,
    RouteStopIn,
    StopIn,
    TripSaid,
)

#: Where a line is from that differs from the one before in its corridor alone.
_KEPT = "kept"


class Planner:
    """What planning looks up, each thing once: sites, routes, earlier passes, roads.

    A connection is held for each look-up alone, never while a routing engine is waited for.
    """

    def __init__(self, door: Door, scope: Scope, routing: Routing) -> None:
        self.router: Router = router_of(routing)
        self._door, self._scope = door, scope
        self._sites: dict[str, Site] = {}
        self._routes: dict[str, Route] = {}
        #: By what a line is of (its identity; it is held with it), the stops and the corridor.
        self._drawn: dict[tuple[int, tuple[Place, ...], float | None], tuple[object, Drawn]] = {}

    def sites(self, codes: Sequence[str]) -> list[Site]:
        """The sites of stops; raises ``Invalid``, naming the stop."""
        if not self._sites:
            with self._door.reading() as conn:
                self._sites = {
                    site.code: site for site in store_sites.list_sites(conn, self._scope)
                }
        for number, code in enumerate(codes):
            if code not in self._sites:
                raise Invalid(f"/stops/{number}/site", f"there is no site {code!r}")
        return [self._sites[code] for code in codes]

    def zone(self, code: str) -> ZoneInfo | None:
        """The zone of a site's clocks; None: there is no such site."""
        try:
            (site,) = self.sites([code])
        except Invalid:
            return None
        return ZoneInfo(site.zone)

    def zone_of_route(self, code: str) -> ZoneInfo | None:
        """The zone of the clocks where a route begins; None: there is no such route."""
        try:
            return ZoneInfo(self.route(code).stops[0].site.zone)
        except NotFound:
            return None

    def route(self, code: str) -> Route:
        """A route with its line; raises ``NotFound``."""
        if code not in self._routes:
            with self._door.reading() as conn:
                self._routes[code] = store_routes.load_route(conn, self._scope, code)
        return self._routes[code]

    def trip(self, code: str) -> Trip:
        """A trip as it stands; raises ``NotFound``."""
        with self._door.reading() as conn:
            return trip_reads.load_trip(conn, self._scope, code)

    def draw(self, asked: LineIn | None, places: Sequence[Place], corridor: float | None) -> Drawn:
        """The line past ``places``; straight where none is asked for.  Raises ``Invalid``.

        A file plans the same lane a thousand times: trips that share ``asked`` share the line.
        """
        key = (id(asked), tuple(places), corridor)
        if key not in self._drawn:
            if asked is None:
                drawn = drawing.draw_straight(places, corridor)
            else:
                drawn = drawing.draw(asked, places, corridor, self.router, self._pass)
            self._drawn[key] = asked, drawn
        return self._drawn[key][1]

    def follow(
        self, line: Sequence[Place], corridor: float, source: str, places: Sequence[Place]
    ) -> Drawn:
        """A line that is kept already, with stops on it; raises ``Invalid``."""
        key = (id(line), tuple(places), corridor)
        if key not in self._drawn:
            lon, lat = drawing.columns(line)
            try:
                drawn = drawing.put(build_line(0, lon, lat, corridor), source, places)
            except LineError as error:
                raise drawing.invalid(error) from None
            self._drawn[key] = line, drawn
        return self._drawn[key][1]

    def _pass(self, asked: PassIn) -> tuple[Floats, Floats]:
        """The believed fixes of an earlier pass; raises ``NotFound``, ``Invalid``."""
        start, end = utc("/line/history", asked.start), utc("/line/history", asked.end)
        if not start < end <= start + LONGEST:
            raise Invalid(
                "/line/history", f"`to` must be after `from`, at most {LONGEST.days} days"
            )
        with self._door.reading() as conn:
            track = load_track(conn, self._scope, asked.vehicle, start, end)
        return track.lon, track.lat


def route_of(planner: Planner, code: str, asked: RouteIn) -> tuple[NewRoute, str | None]:
    """What the store is to keep of a route, and what the person is to be told.

    Raises:
        Invalid: a site, a time or the line cannot be.
        NotFound: a vehicle of an earlier pass.
    """
    check_offsets(asked.stops)
    drawn = planner.draw(asked.line, _places(planner, asked.stops), asked.corridor_m)
    stops = tuple(
        NewRouteStop(
            stop.site,
            s,
            stop.arrive_s,
            stop.depart_s,
            stop.service_s,
            stop.early_s,
            stop.late_s,
            stop.via,
        )
        for stop, s in zip(asked.stops, drawn.s, strict=True)
    )
    made = NewRoute(code, asked.name_zh, asked.name_en, asked.strict, drawn.way, stops)
    return made, drawn.notice


def trip_of(planner: Planner, asked: TripSaid, reason: str) -> tuple[NewTrip, str | None]:
    """What the store is to keep of a new trip, and what the person is to be told.

    Raises:
        Invalid: a site, a time or the line cannot be.
        NotFound: the route, or a vehicle of an earlier pass.
    """
    route = None if asked.route is None else planner.route(asked.route)
    if asked.driver is not None and asked.vehicle is None:
        raise Invalid("/driver", "a driver comes with a vehicle")
    plan, notice = _first_plan(planner, asked, route)
    if plan is None and asked.vehicle is not None:
        raise Invalid("/vehicle", "a draft has none: say the stops, or the route and its start")
    made = NewTrip(asked.code, asked.route, plan, asked.vehicle, asked.driver, reason)
    return made, notice


def plan_of(planner: Planner, code: str, asked: PlanIn) -> tuple[NewPlan, str | None]:
    """What the store is to keep of the next revision of a plan, and what is to be told.

    Without another line the stops are placed on the one that the plan has; one that was drawn
    straight past its stops is drawn past the new ones.

    Raises:
        Invalid: a site, a stop, a time or the line cannot be.
        NotFound: the trip, or a vehicle of an earlier pass.
    """
    trip = planner.trip(code)
    stops, places = stops_of(asked.stops), _places(planner, asked.stops)
    check_keys(asked.stops, trip)
    strict = asked.strict
    if strict is None:
        strict = bool(trip.plans) and trip.plans[-1].strict
    if asked.line is None and _has_road(trip):
        corridor = asked.corridor_m or trip.corridor or CORRIDOR
        drawn = planner.follow(trip.line, corridor, _KEPT, places)
        way = None if asked.corridor_m is None else drawn.way
    else:
        drawn = planner.draw(asked.line, places, asked.corridor_m)
        way = drawn.way
    made = NewPlan(placed(stops, drawn.s), way, strict, keeps_line=way is None)
    return made, drawn.notice


def _first_plan(
    planner: Planner, asked: TripSaid, route: Route | None
) -> tuple[NewPlan | None, str | None]:
    if asked.stops is not None:
        return _by_stops(planner, asked, asked.stops, route)
    if asked.starts_at is None:
        return None, None
    if route is None:
        raise Invalid("/starts_at", "needs the route that it starts on")
    stops = on_route(route, utc("/starts_at", asked.starts_at))
    places = [_place(stop.site) for stop in route.stops]
    if asked.line is None:
        corridor = asked.corridor_m or route.corridor
        drawn = planner.follow(route.line, corridor, route.source, places)
    else:
        drawn = planner.draw(asked.line, places, asked.corridor_m)
    return NewPlan(placed(stops, drawn.s), drawn.way, _strict(asked, route)), drawn.notice


def _by_stops(
    planner: Planner, asked: TripSaid, said: Sequence[StopIn], route: Route | None
) -> tuple[NewPlan, str | None]:
    if asked.starts_at is not None:
        raise Invalid("/starts_at", "the stops say when it starts")
    stops, places = stops_of(said), _places(planner, said)
    if asked.line is None and route is not None:
        corridor = asked.corridor_m or route.corridor
        drawn = planner.follow(route.line, corridor, route.source, places)
    else:
        drawn = planner.draw(asked.line, places, asked.corridor_m)
    return NewPlan(placed(stops, drawn.s), drawn.way, _strict(asked, route)), drawn.notice


def _has_road(trip: Trip) -> bool:
    """Whether the latest plan follows a line that is more than straight past its stops."""
    if not trip.line:
        return False
    return not drawing.is_straight(trip.line, [_place(stop.site) for stop in trip.plans[-1].stops])


def _strict(asked: TripSaid, route: Route | None) -> bool:
    if asked.strict is not None:
        return asked.strict
    return route is not None and route.strict


def _places(planner: Planner, stops: Sequence[StopIn] | Sequence[RouteStopIn]) -> list[Place]:
    return [_place(site) for site in planner.sites([stop.site for stop in stops])]


def _place(site: Site) -> Place:
    return site.lon, site.lat
