"""Trips out of files: what can be read is, and what cannot is named with its line."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import Invalid
from tracker_api.trip_bodies import StopIn
from tracker_api.trip_files import Clocks, FileFault, Import, read_csv, read_json
from tracker_api.trip_gtfs import code_of, read_gtfs

HEAD = "trip,stop,site,arrive,depart,service_min,vehicle\n"
GOOD = (
    HEAD
    + "T1,0,SHA-1,,2026-05-04 08:00,,沪A00000\n"
    + "T1,1,LON-1,2026-05-04T09:00+00:00,2026-05-04T10:30,15,\n"
    + "T2,1,SHA-1,,2026-05-04T08:00Z,,\n"
    + "T2,2,SHA-1,2026-05-04T18:00Z,,,\n"
)
ZONES = {"SHA-1": ZoneInfo("Asia/Shanghai"), "LON-1": ZoneInfo("Europe/London")}


CLOCKS = Clocks(ZONES.get, {"R-1": ZONES["SHA-1"]}.get)


def csv(text: str, most: int = 100, encoding: str = "utf-8") -> Import:
    return read_csv(text.encode(encoding), most, CLOCKS)


def faults(found: Import) -> list[tuple[int, str | None, str]]:
    return [(fault.line, fault.trip, fault.why) for fault in found.faults]


def stops(found: Import, number: int = 0) -> list[StopIn]:
    made = found.trips[number].said.stops
    assert made is not None
    return made


def test_a_table_gives_a_trip_for_each_code_with_times_by_the_clocks_of_the_site() -> None:
    found = csv(GOOD)
    assert faults(found) == []
    assert [(trip.line, trip.code) for trip in found.trips] == [(2, "T1"), (4, "T2")]
    assert found.trips[0].said.vehicle == "沪A00000"
    first, last = stops(found)
    assert first.depart_at is not None
    assert first.depart_at.astimezone(UTC) == datetime(2026, 5, 4, 0, 0, tzinfo=UTC)
    assert last.arrive_at == datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    assert last.depart_at is not None
    assert last.depart_at.astimezone(UTC) == datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
    assert last.service_s == 900


def test_a_line_may_be_a_trip_that_departs_on_a_route() -> None:
    text = (
        "trip,route,depart,vehicle,,\n"
        "T1,R-1,2026/5/4 8:00,沪A00000,,\n"
        "T2,R-2,2026/5/4 8:00,,,\n"
        "T3,R-1,,,,\n"
        "T4,R-1,8:00,,,\n"
        "T5,R-1,2026/5/4 8:00,,,\nT5,R-1,2026/5/4 9:00,,,\n"
        "T6,,2026/5/4 8:00,,,\n"
    )
    found = csv(text)
    (trip,) = found.trips
    assert (trip.code, trip.said.route, trip.said.vehicle) == ("T1", "R-1", "沪A00000")
    assert trip.said.stops is None
    assert trip.said.starts_at is not None
    assert trip.said.starts_at.astimezone(UTC) == datetime(2026, 5, 4, tzinfo=UTC)
    assert faults(found) == [
        (3, "T2", "route: there is no route 'R-2'"),
        (4, "T3", "depart: missing"),
        (5, "T4", "depart: '8:00' is no time (ISO 8601)"),
        (7, "T5", "depart: is there twice"),
        (8, "T6", "stop: missing"),
    ]


def test_a_trip_departs_on_a_route_or_has_stops_of_its_own() -> None:
    head = "trip,stop,site,route,arrive,depart\n"
    start, halt = "T1,,,R-1,,2026/5/4 8:00\n", "T1,1,SHA-1,R-1,,2026/5/4 8:00\n"
    why = "stop: the trip departs on its route on another line"
    assert faults(csv(head + start + halt)) == [(3, "T1", why)]
    assert faults(csv(head + "T1,,,R-1,2026/5/4 8:00,2026/5/4 8:00\n")) == [
        (2, "T1", "arrive: not on a line without a stop; the route says it")
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "2026/5/4 8:00",
        "2026-5-4 8:00:00",
        "2026-05-04T08:00",
        "2026-05-04 08:00:00+08:00",
        "2026/05/04 0:00Z",
        "20260504T080000",
    ],
)
def test_a_time_is_read_as_spreadsheets_and_programs_write_it(cell: str) -> None:
    found = csv(HEAD + f"T1,1,SHA-1,,{cell},,\nT1,2,SHA-1,{cell},,,\n")
    assert faults(found) == []
    first = stops(found)[0].depart_at
    assert first is not None
    assert first.astimezone(UTC) == datetime(2026, 5, 4, tzinfo=UTC)


def test_lines_of_a_trip_may_stand_apart_and_in_any_order() -> None:
    head, *lines = GOOD.splitlines(keepends=True)
    found = csv(head + "".join([lines[3], lines[1], "\n", lines[2], lines[0]]))
    assert faults(found) == []
    assert [trip.code for trip in found.trips] == ["T2", "T1"]
    assert [stop.site for stop in stops(found, 1)] == ["SHA-1", "LON-1"]
    assert found.trips[1].lines == (6, 3)
    assert found.trips[1].fault(Invalid("/stops/1/arrive_at", "no")) == FileFault(
        3, "T1", "arrive_at: no"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_is_read_as_spreadsheets_write_it(encoding: str) -> None:
    for separator in (",", ";", "\t"):
        found = csv(GOOD.replace(",", separator), encoding=encoding)
        assert found.trips[0].said.vehicle == "沪A00000"


@pytest.mark.parametrize(
    ("line", "trip", "why"),
    [
        ("T3,x,SHA-1,,,,", "T3", "stop: 'x' is no whole number"),
        ("T3,,SHA-1,,,,", "T3", "stop: missing"),
        ("T1,0,SHA-1,,,,", "T1", "stop: 0 is there twice"),
        ("T3,1,NOWHERE,,,,", "T3", "site: there is no site 'NOWHERE'"),
        ("T3,1,,,,,", "T3", "site: missing"),
        ("T3,1,SHA-1,25:00,,,", "T3", "arrive: '25:00' is no time (ISO 8601)"),
        ("T3,1,SHA-1,,,long,", "T3", "service_min: 'long' is no number"),
        (",1,SHA-1,,,,", None, "trip: missing"),
        ("T1,7,SHA-1,,,,沪B1", "T1", "vehicle: '沪B1', but '沪A00000' on an earlier line"),
        ("T3,1,SHA-1,,,,,,x", None, "9 cells are more than 7 columns"),
    ],
)
def test_a_bad_line_is_named_and_refuses_its_trip_alone(
    line: str, trip: str | None, why: str
) -> None:
    found = csv(GOOD + line + "\n")
    assert (6, trip, why) in faults(found)
    kept = {each.code for each in found.trips}
    assert kept == {"T1", "T2"} - {trip}


def test_what_the_api_would_refuse_is_refused_with_the_line_of_the_stop() -> None:
    text = HEAD + "T1,1,SHA-1,,,-1,\nT1,2,SHA-1,,,nan,\nT+,1,SHA-1,,,,\nT5,1,SHA-1,,,,\n"
    found = csv(text)
    assert found.trips == ()
    told = faults(found)
    assert [(line, trip) for line, trip, _ in told] == [
        (2, "T1"),
        (3, "T1"),
        (4, "T+"),
        (4, "T+"),
        (5, "T5"),
    ]
    assert told[0][2].startswith("stops/0/service_s: ")
    assert "at least 2 items" in told[-1][2]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "lacks columns: trip, stop, site or trip, route, depart"),
        (b"trip,stop\n", "lacks columns"),
        (b"trip,stop,site,site\n", "names a column twice"),
        (b"trip,stop,site,colour\n", "mean nothing: colour"),
        (b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
        (b"\xff\xfe\x00", "utf-16"),
    ],
)
def test_a_file_that_is_no_table_of_trips_is_refused_as_a_whole(data: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read_csv(data, 10, CLOCKS)


def test_a_quote_without_an_end_is_told_and_what_stood_before_is_read() -> None:
    found = csv(GOOD + 'T9,1,"SHA-1,\n')
    assert {trip.code for trip in found.trips} == {"T1", "T2"}
    assert faults(found)[0][0] == 6


def test_a_file_may_not_have_too_many_trips() -> None:
    with pytest.raises(Invalid, match="may have 1 trips"):
        csv(GOOD, most=1)
    with pytest.raises(Invalid, match="may have 1 trips"):
        read_json(b"[{}, {}]", 1)


@given(st.text(alphabet='T1,;\n"\r 0SHA-20:Z\x00', max_size=80))
def test_any_text_below_the_heading_is_read_or_refused_line_by_line(text: str) -> None:
    found = csv(HEAD + text)
    lines = text.count("\n") + text.count("\r") + 2
    told = [trip.line for trip in found.trips] + [fault.line for fault in found.faults]
    assert all(2 <= line <= lines for line in told)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_file_or_a_refusal(data: bytes) -> None:
    with suppress(Invalid):
        read_csv(data, 10, CLOCKS)
    with suppress(Invalid):
        read_json(data, 10)
    with suppress(Invalid):
        read_gtfs(data, 10, date(2026, 5, 4), ZONES.get)


def one(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    stops = [
        {"site": "SHA-1", "depart_at": "2026-05-04T08:00:00+08:00"},
        {"site": "LON-1", "arrive_at": "2026-05-05T08:00:00Z"},
    ]
    return {"code": "T1", "stops": stops} | changes


def test_json_is_a_list_of_what_the_api_takes() -> None:
    given = [one(author="x", reason="y"), one(code="T2", vehicle="沪A00000")]
    for document in (given, {"trips": given}):
        found = read_json(orjson.dumps(document), 10)
        assert faults(found) == []
        assert [(trip.line, trip.code) for trip in found.trips] == [(1, "T1"), (2, "T2")]


def test_json_is_refused_trip_by_trip() -> None:
    given = [
        one(),
        one(),
        3,
        {"stops": []},
        one(code="T4", surprise=1),
        one(code="T5", stops=[{"site": "SHA-1"}]),
        one(code="T6", line={"format": "osrm"}),
        one(code=7),
    ]
    found = read_json(orjson.dumps(given), 10)
    assert [trip.line for trip in found.trips] == [1]
    assert [(line, trip) for line, trip, _ in faults(found)] == [
        (2, "T1"),
        (3, None),
        (4, None),
        (5, "T4"),
        (6, "T5"),
        (7, "T6"),
        (8, None),
    ]
    words = [why for _, _, why in faults(found)]
    assert words[0] == "code: is there twice"
    assert words[3].startswith("surprise: ")
    assert "name a route" in words[5]


@pytest.mark.parametrize("data", [b"", b"{", b"7", b'{"trips": 1}'])
def test_json_without_a_list_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_json(data, 10)


FEED = {
    "agency.txt": "agency_name,agency_url,agency_timezone\nX,http://x,Europe/London\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nLON-1,A,51.5,0\nSHA-1,B,51.6,0\n"
    "GONE,C,51.7,0\n",
    "routes.txt": "route_id,route_short_name,route_type\nR,1,3\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\nR,D,a:1,S\nR,D,b,\nR,E,c,\nR,D,d,\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    + "".join(
        f"{trip},25:00:00,25:01:00,LON-1,1\n{trip},26:00:00,26:00:00,{last},2\n"
        for trip, last in (("a:1", "SHA-1"), ("b", "SHA-1"), ("c", "SHA-1"), ("d", "GONE"))
    ),
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "S,51.5,0,1\nS,51.55,0.01,2\nS,51.6,0,3\n",
    "calendar_dates.txt": "service_id,date,exception_type\nD,20261024,1\nE,20261025,1\n",
}


def zipped(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def test_a_feed_gives_the_trips_of_the_day_by_the_clocks_of_the_agency() -> None:
    day = date(2026, 10, 24)
    found = read_gtfs(zipped(FEED), 10, day, ZONES.get)
    assert [trip.code for trip in found.trips] == [code_of("a:1", day), "b-20261024"]
    assert [trip.line for trip in found.trips] == [2, 3]
    assert faults(found) == [(5, "d-20261024", "there is no site 'GONE'")]
    first, last = stops(found)
    # 25:01 of a Saturday in summer time is 01:01 on Sunday, before the clocks go back.
    assert first.depart_at == datetime(2026, 10, 25, 0, 1, tzinfo=UTC)
    assert (last.arrive_at, last.depart_at) == (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), None)
    line = found.trips[0].said.line
    assert line is not None
    assert isinstance(line.data, dict)
    assert len(line.data["coordinates"]) == 3
    assert found.trips[1].said.line is None


def test_a_feed_that_lacks_a_file_is_refused_as_a_whole() -> None:
    with pytest.raises(Invalid, match=r"stops\.txt missing"):
        read_gtfs(
            zipped({k: v for k, v in FEED.items() if k != "stops.txt"}), 9, date.max, ZONES.get
        )


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_codes_of_a_feed_fit_and_differ_where_its_ids_do(one: str, other: str) -> None:
    day = date(2026, 5, 4)
    for trip in (one, other):
        StopIn.model_validate({"site": code_of(trip, day)})  # the pattern of every code
    assert (code_of(one, day) == code_of(other, day)) is (one == other)
