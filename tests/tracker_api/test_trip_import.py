"""Trips imported over HTTP: what can be is kept, line by line, as often as one likes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.fix_api import FleetHand, Start
from tests.fix_trips import TRIPS, lane, made, refused, soon
from tracker_api.trip_schemas import TripImportOut

IMPORT = f"{TRIPS}/import"


@pytest.fixture
def api(on_lane: FleetHand, start_api: Start) -> Iterator[httpx.Client]:
    """A client of the API on a database with three vehicles and the sites of a lane."""
    del on_lane
    with start_api(max_import_trips=20) as running, running.client() as client:
        yield client


def brought(
    api: httpx.Client,
    data: bytes | str,
    form: str = "csv",
    **more: Any,  # noqa: ANN401 (a query)
) -> dict[str, Any]:
    wish = {"format": form, "author": "li.na"} | more
    told = made(api.post(IMPORT, content=data, params=wish), 200)
    TripImportOut.model_validate(told)
    return told


def table(start: datetime, *codes: str, vehicle: str = "") -> str:
    lines = ["trip,stop,site,arrive,depart,vehicle"]
    for code in codes:
        lines += [
            f"{code},1,SHA-1,,{start.isoformat()},{vehicle}",
            f"{code},2,WUX-1,{(start + timedelta(hours=3)).isoformat()},,",
        ]
    return "\n".join(lines) + "\n"


def results(told: dict[str, Any]) -> list[tuple[int, str | None, str]]:
    return [(row["line"], row["trip"], row["result"]) for row in told["rows"]]


def test_a_table_is_imported_once_however_often_it_is_sent(api: httpx.Client) -> None:
    start = soon()
    told = brought(api, table(start, "A", "B"))
    assert results(told) == [(2, "A", "created"), (4, "B", "created")]
    assert (told["created"], told["refused"]) == (2, 0)
    before = api.get(f"{TRIPS}/A").json()
    assert (before["plans"][0]["author"], before["plans"][0]["reason"]) == ("li.na", "imported")
    again = brought(api, table(start, "A", "B"))
    assert (again["unchanged"], again["created"], again["replanned"]) == (2, 0, 0)
    assert api.get(f"{TRIPS}/A").json() == before
    later = brought(api, table(start + timedelta(hours=1), "A"))
    assert results(later) == [(2, "A", "replanned")]
    plans = api.get(f"{TRIPS}/A").json()["plans"]
    assert [plan["revision"] for plan in plans] == [0, 1]
    assert plans[0] == before["plans"][0]
    assert [stop["stop"] for stop in plans[1]["stops"]] == [
        stop["stop"] for stop in plans[0]["stops"]
    ]


def test_what_cannot_be_is_refused_by_its_line_and_the_rest_is_kept(api: httpx.Client) -> None:
    start = soon()
    text = table(start, "A", "B") + table(start, "C", vehicle="nobody").partition("\n")[2]
    text += "D,1,NOWHERE,,,\nE,1,SHA-1,soon,,\nB,3,SUZ-1,2026-01-01T00:00Z,,\n"
    told = brought(api, text)
    assert results(told) == [
        (2, "A", "created"),
        (6, "C", "refused"),
        (8, "D", "refused"),
        (9, "E", "refused"),
        (10, "B", "refused"),
    ]
    reasons = {row["trip"]: row["reason"] for row in told["rows"]}
    assert reasons["A"] is None
    assert "nobody" in reasons["C"]
    assert reasons["D"] == "site: there is no site 'NOWHERE'"
    assert reasons["E"] == "arrive: 'soon' is no time (ISO 8601)"
    assert reasons["B"].startswith("arrive_at: is before")
    assert [trip["code"] for trip in api.get(TRIPS).json()["trips"]] == ["A"]


def test_json_is_imported_like_a_table(api: httpx.Client) -> None:
    start = soon()
    trips = [lane(start, code="A", vehicle="沪A00000"), lane(start, code="B", route="NOWHERE"), {}]
    told = brought(api, orjson.dumps(trips), "json")
    assert results(told) == [(1, "A", "created"), (2, "B", "refused"), (3, None, "refused")]
    assert "NOWHERE" in told["rows"][1]["reason"]
    assert api.get(f"{TRIPS}/A").json()["vehicle"] == "沪A00000"
    assert brought(api, orjson.dumps({"trips": trips[:1]}), "json")["unchanged"] == 1


def test_a_file_that_cannot_be_read_is_a_problem(api: httpx.Client) -> None:
    for data, form in ((b"", "csv"), (b"[", "json"), (b"PK", "gtfs")):
        answer = api.post(IMPORT, content=data, params={"format": form, "author": "li.na"})
        assert refused(answer)["where"] == "body", form
    many = table(soon(), *(f"T{number}" for number in range(21)))
    answer = api.post(IMPORT, content=many, params={"format": "csv", "author": "li.na"})
    assert "20 trips" in refused(answer)["detail"]
    assert refused(api.post(IMPORT, params={"format": "csv"}))["where"] == "author"


def test_a_day_of_a_feed_is_imported_with_its_lines(api: httpx.Client) -> None:
    day = soon().date()
    feed = gtfs(f"S,{day:%Y%m%d},1\n")
    told = brought(api, feed, "gtfs", date=day.isoformat())
    assert results(told) == [
        (2, f"ride-{day:%Y%m%d}", "created"),
        (3, f"odd-{day:%Y%m%d}", "refused"),
    ]
    assert "GONE" in told["rows"][1]["reason"]
    trip = api.get(f"{TRIPS}/ride-{day:%Y%m%d}").json()
    assert len(trip["line"]["coordinates"]) == 3
    assert [stop["site"]["code"] for stop in trip["stops"]] == ["SHA-1", "WUX-1"]
    assert brought(api, feed, "gtfs", date=day.isoformat())["unchanged"] == 1
    other = (day + timedelta(days=1)).isoformat()
    assert brought(api, feed, "gtfs", date=other)["rows"] == []


def gtfs(dates: str) -> bytes:
    """A feed of a ride along the lane, and of one to a stop that is no site."""

    times = "".join(
        f"{trip},08:00:00,08:00:00,SHA-1,1\n{trip},11:00:00,11:00:00,{last},2\n"
        for trip, last in (("ride", "WUX-1"), ("odd", "GONE"))
    )
    files = {
        "agency.txt": "agency_name,agency_url,agency_timezone\nX,http://x,Asia/Shanghai\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nSHA-1,A,31.23,121.47\n"
        "WUX-1,B,31.3,120.25\nGONE,C,31.3,120.3\n",
        "routes.txt": "route_id,route_short_name,route_type\nR,1,3\n",
        "trips.txt": "route_id,service_id,trip_id,shape_id\nR,S,ride,L\nR,S,odd,\n",
        "stop_times.txt": f"trip_id,arrival_time,departure_time,stop_id,stop_sequence\n{times}",
        "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "L,31.23,121.47,1\nL,31.4,120.8,2\nL,31.3,120.25,3\n",
        "calendar_dates.txt": f"service_id,date,exception_type\n{dates}",
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_table_of_trips_on_a_route_is_imported(api: httpx.Client) -> None:
    halts = [{"site": "SHA-1"}, {"site": "WUX-1", "arrive_s": 9000}]
    route = {"name_zh": "路", "name_en": "Way", "stops": halts, "line": {"format": "straight"}}
    made(api.put("/api/v1/routes/R-1", json=route | {"author": "li.na"}), 200)
    text = f"trip,route,depart,vehicle\nA,R-1,{soon():%Y/%m/%d %H:%M}Z,沪A00000\n"
    assert results(brought(api, text)) == [(2, "A", "created")]
    assert brought(api, text)["unchanged"] == 1
    trip = api.get(f"{TRIPS}/A").json()
    assert (trip["route"], trip["vehicle"], len(trip["stops"])) == ("R-1", "沪A00000", 2)
    assert trip["starts_at"] == soon().isoformat().replace("+00:00", "Z")
