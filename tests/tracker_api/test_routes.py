"""Routes over HTTP: made, looked at, planned on, removed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.fix_api import NOON, FleetHand, Start
from tests.fix_trips import LANE, SITES, TRIPS, lane, made, refused, soon, text
from tracker_api.settings import Routing
from tracker_api.trip_schemas import RouteOut, RoutesOut

ROUTES = "/api/v1/routes"
PLACES = [[121.47, 31.23], *([site.lon, site.lat] for site in SITES)]
ROAD = [PLACES[0], [121.2, 31.27], PLACES[1], [120.6, 31.35], PLACES[2]]


def route(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    stops: list[dict[str, Any]] = [{"site": code} for code in LANE]
    stops[1] |= {"arrive_s": 3600, "depart_s": 5400, "service_s": 1800, "late_s": 60}
    stops[2] |= {"arrive_s": 9000}
    return {
        "name_zh": "上海-无锡",
        "name_en": "Shanghai to Wuxi",
        "stops": stops,
        "line": {"format": "geojson", "data": {"type": "LineString", "coordinates": ROAD}},
        "author": "li.na",
    } | changes


@pytest.fixture
def api(on_lane: FleetHand, start_api: Start) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles and the sites of a lane."""
    del on_lane
    with start_api() as running, running.client() as client:
        yield client


def test_a_route_is_kept_with_its_line_and_the_stops_on_it(api: httpx.Client) -> None:
    told = made(api.put(f"{ROUTES}/R-1", json=route(strict=True, corridor_m=300)), 200)
    RouteOut.model_validate(told)
    assert (told["code"], told["source"], told["notice"]) == ("R-1", "geojson", None)
    assert (told["strict"], told["corridor_m"]) == (True, 300)
    assert told["line"]["coordinates"] == ROAD
    assert [stop["site"]["code"] for stop in told["stops"]] == list(LANE)
    places = [stop["s_m"] for stop in told["stops"]]
    assert places == [0, pytest.approx(51_000, rel=0.05), pytest.approx(told["length_m"])]
    middle = told["stops"][1]
    assert (middle["arrive_s"], middle["depart_s"], middle["service_s"]) == (3600, 5400, 1800)
    assert (middle["early_s"], middle["late_s"], middle["via"]) == (1800, 60, False)
    assert api.get(f"{ROUTES}/R-1").json() == told
    listed = api.get(ROUTES).json()
    RoutesOut.model_validate(listed)
    assert listed == {"routes": [told | {"line": None}]}


def test_a_route_is_said_anew_as_a_whole_and_removed(api: httpx.Client) -> None:
    made(api.put(f"{ROUTES}/R-1", json=route(strict=True)), 200)
    again = route(stops=[{"site": "WUX-1"}, {"site": "SHA-1"}], line={"format": "straight"})
    told = made(api.put(f"{ROUTES}/R-1", json=again), 200)
    assert (told["strict"], told["source"], len(told["stops"])) == (False, "straight", 2)
    assert told["corridor_m"] > 500
    assert api.delete(f"{ROUTES}/R-1").status_code == 204
    refused(api.get(f"{ROUTES}/R-1"), 404)
    refused(api.delete(f"{ROUTES}/R-1"), 404)


def test_a_route_that_cannot_be_is_refused_with_the_place(api: httpx.Client) -> None:
    aside = {"type": "LineString", "coordinates": [PLACES[0], PLACES[1]]}
    halts = route()["stops"]
    impossible: list[tuple[dict[str, Any], int, str | None]] = [
        ({"stops": [{"site": "SHA-1"}, {"site": "NOWHERE"}]}, 422, "/stops/1/site"),
        ({"stops": [*halts[:2], halts[2] | {"arrive_s": 7}]}, 422, "/stops/2/arrive_s"),
        ({"stops": halts[:1]}, 422, "/stops"),
        ({"line": {"format": "geojson", "data": aside}}, 422, "/stops/2"),
        ({"line": {"format": "geojson", "data": {"type": "Point"}}}, 422, "/line"),
        ({"line": {"format": "polyline"}}, 422, "/line/data"),
        ({"line": {"format": "ship"}}, 422, "/line/format"),
        ({"corridor_m": 0}, 422, "/corridor_m"),
        ({"name_zh": ""}, 422, "/name_zh"),
    ]
    for changes, status, where in impossible:
        problem = refused(api.put(f"{ROUTES}/R-1", json=route(**changes)), status)
        assert problem.get("where") == where, changes
    assert api.get(ROUTES).json() == {"routes": []}


def test_without_a_routing_engine_a_line_by_road_is_straight_and_says_so(
    on_lane: FleetHand, start_api: Start
) -> None:
    del on_lane
    for routing, why in (
        (Routing(), "MILEPOST_ROUTING_URL"),
        (Routing("http://127.0.0.1:1", "valhalla"), "could not be asked"),
    ):
        with start_api(routing=routing) as running, running.client() as client:
            asked = route(line={"format": "osrm"})
            told = made(client.put(f"{ROUTES}/R-1", json=asked), 200)
            trip = lane(soon(), code=None, line={"format": "osrm"})
            assert made(client.post(TRIPS, json=trip))["notice"] == told["notice"]
        assert told["source"] == "straight"
        assert told["notice"].startswith("the line is straight: ")
        assert why in told["notice"]


def test_a_line_follows_the_passes_of_a_vehicle(api: httpx.Client, hand: FleetHand) -> None:
    fixes = []
    for number in range(200):
        share = number / 199
        at = NOON + timedelta(seconds=30 * number)
        fixes.append((at, PLACES[0][0] + share * (PLACES[1][0] - PLACES[0][0]), 31.23 + share / 50))
    hand.drive("dev00000", fixes)
    passed = {"vehicle": "沪A00000", "from": text(NOON), "to": text(NOON + timedelta(hours=2))}
    stops = [{"site": "SHA-1"}, {"site": "SUZ-1"}]
    asked = route(stops=stops, line={"format": "history", "history": [passed]})
    told = made(api.put(f"{ROUTES}/R-1", json=asked), 200)
    assert told["source"] == "history"
    assert told["length_m"] == pytest.approx(49_700, rel=0.02)
    asked["line"]["history"][0]["vehicle"] = "nobody"
    refused(api.put(f"{ROUTES}/R-1", json=asked), 404)
    asked["line"]["history"][0] |= {"vehicle": "沪A00001"}
    assert refused(api.put(f"{ROUTES}/R-1", json=asked))["where"] == "/line/history/0"
    asked["line"]["history"][0] |= {"to": text(NOON)}
    assert refused(api.put(f"{ROUTES}/R-1", json=asked))["where"] == "/line/history"


def test_a_trip_on_a_route_takes_its_times_and_its_line(api: httpx.Client) -> None:
    made(api.put(f"{ROUTES}/R-1", json=route(strict=True)), 200)
    start = soon()
    asked = {"code": "T-1", "route": "R-1", "starts_at": text(start), "author": "li.na"}
    told = made(api.post(TRIPS, json=asked))
    assert (told["route"], told["starts_at"]) == ("R-1", text(start))
    assert told["ends_at"] == text(start + timedelta(hours=2.5))
    assert told["line"]["coordinates"] == ROAD
    assert (told["corridor_m"], told["plans"][0]["strict"]) == (500, True)
    middle = told["stops"][1]["planned"]
    assert middle["arrive_at"] == text(start + timedelta(hours=1))
    assert (middle["opens_at"], middle["closes_at"]) == (middle["arrive_at"], middle["arrive_at"])
    assert (middle["service_s"], middle["late_s"]) == (1800, 60)

    made(api.put(f"{ROUTES}/R-1", json=route(line={"format": "straight"})), 200)
    assert api.get(f"{TRIPS}/T-1").json()["line"]["coordinates"] == ROAD, "a plan is a copy"


def test_a_trip_with_stops_of_its_own_follows_the_line_of_its_route(api: httpx.Client) -> None:
    made(api.put(f"{ROUTES}/R-1", json=route()), 200)
    asked = lane(soon(), route="R-1")
    del asked["stops"][1]
    told = made(api.post(TRIPS, json=asked))
    assert told["line"]["coordinates"] == ROAD
    assert told["stops"][0]["planned"]["s_m"] == 0
    straight = made(api.post(TRIPS, json=asked | {"code": "T-2", "line": {"format": "straight"}}))
    assert straight["line"]["coordinates"] != ROAD


def test_a_replan_keeps_the_road_and_draws_a_straight_line_anew(api: httpx.Client) -> None:
    made(api.put(f"{ROUTES}/R-1", json=route()), 200)
    who = {"author": "li.na", "reason": "no load"}
    fewer = lane(soon())["stops"]
    del fewer[1]
    made(api.post(TRIPS, json=lane(soon(), route="R-1")))
    told = made(api.post(f"{TRIPS}/T-1/plans", json={"stops": fewer} | who))
    assert told["line"]["coordinates"] == ROAD
    wide = made(api.post(f"{TRIPS}/T-1/plans", json={"stops": fewer, "corridor_m": 900} | who))
    assert (wide["corridor_m"], wide["line"]) == (900, told["line"])

    turned = lane(soon())["stops"]
    turned[0]["site"], turned[2]["site"] = "WUX-1", "SHA-1"
    problem = refused(api.post(f"{TRIPS}/T-1/plans", json={"stops": turned} | who))
    assert problem["where"] == "/stops/1"
    assert "does not come by here" in problem["detail"]

    before = made(api.post(TRIPS, json=lane(soon(), code="T-2")))
    told = made(api.post(f"{TRIPS}/T-2/plans", json={"stops": turned} | who))
    drawn = told["line"]["coordinates"]
    assert drawn[0] == pytest.approx(before["line"]["coordinates"][-1], abs=1e-6)


def test_a_plan_of_the_past_is_taken(api: httpx.Client) -> None:
    start = datetime(2026, 5, 4, tzinfo=UTC)
    told = made(api.post(TRIPS, json=lane(start, vehicle="沪A00000")))
    assert told["starts_at"] == text(start)


def test_a_line_may_have_every_bend_of_a_long_road_but_not_any_size(api: httpx.Client) -> None:
    def winding(count: int) -> dict[str, Any]:
        (west, south), (east, north) = PLACES[1], PLACES[0]
        places = []
        for number in range(count):
            share = number / (count - 1)
            bend = 0.001 * (number % 2)
            at = east + share * (west - east), north + share * (south - north) + bend
            places.append([round(at[0], 6), round(at[1], 6)])
        data = {"type": "LineString", "coordinates": places}
        return route(
            stops=[{"site": "SHA-1"}, {"site": "SUZ-1"}], line={"format": "geojson", "data": data}
        )

    told = made(api.put(f"{ROUTES}/R-1", json=winding(10_000)), 200)
    assert len(told["line"]["coordinates"]) == 10_000
    assert "bytes" in refused(api.put(f"{ROUTES}/R-1", json=winding(60_000)), 413)["detail"]
