"""A feed is read as the reference says; what cannot be used is named by file and line."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from textwrap import dedent

import numpy as np
import pytest

from route.gtfs import Feed, FeedError, Problem, read_feed, unzip
from route.line import build_line, place_stops

FILES = {
    "agency.txt": """
        agency_id,agency_name,agency_url,agency_timezone
        A,Agency,http://a.example,America/Chicago
        """,
    "stops.txt": """
        stop_id,stop_name,stop_lat,stop_lon
        one,First,30.0,-97.0
        two,"Second, by the river",30.0,-97.1
        three,Third,30.0,-97.2
        """,
    "routes.txt": """
        route_id,route_short_name,route_long_name,route_type
        r,,Long way,3
        """,
    "trips.txt": """
        route_id,service_id,trip_id,trip_headsign,block_id,shape_id
        r,week,t1,Third,b1,s
        r,feast,t2,Third,b1,
        """,
    "stop_times.txt": """
        trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
        t1,23:50:00,23:50:00,one,1,0
        t1,24:30:00,24:31:00,three,9,4
        t1,,,two,5,1
        t2,8:00:00,8:00:00,three,2,
        t2,7:00:00,,one,1,
        """,
    "shapes.txt": """
        shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
        s,30.0,-97.1,2
        s,30.0,-97.0,1
        s,30.0,-97.2,3
        """,
    "calendar.txt": """
        service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
        week,1,1,1,1,1,0,0,20240101,20241231
        """,
    "calendar_dates.txt": """
        service_id,date,exception_type
        week,20240704,2
        feast,20240704,1
        """,
}


def feed(**changed: str | None) -> Feed:
    """The feed with files changed (``stops="..."``) or left out (None)."""
    texts = FILES | {f"{name}.txt": text for name, text in changed.items()}
    return read_feed(
        {name: dedent(t).strip().encode() for name, t in texts.items() if t is not None}
    )


def added(name: str, *rows: str) -> str:
    return dedent(FILES[f"{name}.txt"]).strip() + "\n" + "\n".join(rows)


def test_a_feed_without_faults_has_no_problems() -> None:
    found = feed()
    assert found.problems == ()
    assert found.zone == "America/Chicago"
    assert found.stops["two"].name == "Second, by the river"
    assert found.routes == {"r": "Long way"}
    assert [ride.trip for ride in found.rides] == ["t1", "t2"]
    assert (found.rides[0].headsign, found.rides[0].block, found.rides[0].line) == (
        "Third",
        "b1",
        2,
    )


def test_trips_run_on_the_days_of_their_service() -> None:
    found = feed()
    days = {date(2024, 7, 3): ["t1"], date(2024, 7, 4): ["t2"], date(2024, 7, 6): []}
    for day, trips in days.items():
        assert [ride.trip for ride in found.rides_on(day)] == trips
    assert found.rides_on(date(2025, 1, 1)) == ()


def test_a_stop_without_a_time_lies_between_its_neighbours_by_the_way() -> None:
    calls = feed().rides[0].calls
    assert [call.stop for call in calls] == ["one", "two", "three"]
    assert [call.arrive / 60 for call in calls] == [1430, 1440, 1470]
    assert [call.depart / 60 for call in calls] == [1430, 1440, 1471]
    assert [call.timed for call in calls] == [True, False, True]
    # Nobody says how far it is: evenly.
    rows = [line.rpartition(",")[0] + "," for line in FILES["stop_times.txt"].splitlines()[2:]]
    heading = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled"
    calls = feed(stop_times="\n".join([heading, *(row.strip() for row in rows)])).rides[0].calls
    assert calls[1].arrive / 60 == 1450


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2024, 7, 3), datetime(2024, 7, 3, 5, tzinfo=UTC)),
        (date(2024, 3, 10), datetime(2024, 3, 10, 5, tzinfo=UTC)),  # summer time begins
        (date(2024, 11, 3), datetime(2024, 11, 3, 6, tzinfo=UTC)),  # and ends
    ],
)
def test_a_service_day_begins_twelve_hours_before_noon(day: date, start: datetime) -> None:
    assert feed().start_of(day) == start.timestamp()


def test_a_shape_is_a_line_past_the_stops() -> None:
    found = feed()
    shape = found.shapes["s"]
    line = build_line(1, shape.lon, shape.lat)
    stops = [found.stops[call.stop] for call in found.rides[0].calls]
    s = place_stops(line, [stop.lon for stop in stops], [stop.lat for stop in stops])
    assert s / line.length == pytest.approx(np.array([0, 0.5, 1]), abs=0.01)


PROBLEMS = {
    "a stop without a place": (
        {"stops": added("stops", "four,Fourth,,")},
        Problem("stops.txt", 5, "stop four: no position"),
    ),
    "a stop off the earth": (
        {"stops": added("stops", "four,Fourth,95,10")},
        Problem("stops.txt", 5, "stop four: no position"),
    ),
    "a call at a stop that is not there": (
        {"stop_times": added("stop_times", "t1,25:00:00,25:00:00,nine,10,9")},
        Problem("stop_times.txt", 7, "trip t1: no stop nine"),
    ),
    "a time that is none": (
        {"stop_times": added("stop_times", "t1,25:61:00,25:00:00,two,10,9")},
        Problem("stop_times.txt", 7, "trip t1: no such sequence or time"),
    ),
    "a row that is too short": (
        {"stop_times": added("stop_times", "t1")},
        Problem("stop_times.txt", 7, "stop_id, stop_sequence missing"),
    ),
    "a trip without a route": (
        {"trips": added("trips", "x,week,t3,,,")},
        Problem("trips.txt", 4, "trip t3: its route or service is not there"),
    ),
    "a trip without calls": (
        {"trips": added("trips", "r,week,t3,,,")},
        Problem("trips.txt", 4, "trip t3: fewer than two stops that can be read"),
    ),
    "a trip whose shape is missing": (
        {"shapes": None},
        Problem("trips.txt", 2, "trip t1: its shape is not there, read without"),
    ),
    "a trip that runs backwards": (
        {"stop_times": added("stop_times", "t2,7:30:00,7:30:00,two,3,")},
        Problem("trips.txt", 3, "trip t2: at stop 2 or after it, time runs backwards"),
    ),
    "a trip that ends at no time": (
        {"stop_times": added("stop_times", "t2,,,two,3,")},
        Problem("trips.txt", 3, "trip t2: its first or last stop has no time"),
    ),
    "a day that is none": (
        {"calendar_dates": added("calendar_dates", "week,20240230,1")},
        Problem("calendar_dates.txt", 4, "service week: no such date or type"),
    ),
    "a column that is missing": (
        {"shapes": "shape_id,shape_pt_lat\ns,30"},
        Problem("shapes.txt", 1, "no column shape_pt_lon, shape_pt_sequence"),
    ),
}


@pytest.mark.parametrize(("changed", "problem"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_fault_is_named_and_the_rest_is_read(
    changed: dict[str, str | None], problem: Problem
) -> None:
    found = feed(**changed)
    assert problem in found.problems
    assert "t1" in {ride.trip for ride in found.rides}
    assert "t3" not in {ride.trip for ride in found.rides}


@pytest.mark.parametrize("name", ["agency", "stops", "routes", "trips", "stop_times"])
def test_a_file_that_every_feed_has_must_be_there(name: str) -> None:
    with pytest.raises(FeedError, match=rf"{name}\.txt missing"):
        feed(**{name: None})


def test_one_of_the_two_calendars_must_be_there() -> None:
    assert feed(calendar=None).rides_on(date(2024, 7, 4))
    assert feed(calendar_dates=None).rides_on(date(2024, 7, 4))
    with pytest.raises(FeedError, match=r"calendar\.txt missing"):
        feed(calendar=None, calendar_dates=None)


@pytest.mark.parametrize("zone", ["", "Nowhere/Else", "../etc/passwd"])
def test_the_zone_of_the_agency_must_be_one(zone: str) -> None:
    with pytest.raises(FeedError, match="no time zone"):
        feed(agency=f"agency_name,agency_timezone\nA,{zone}")


def zipped(folder: str = "") -> bytes:
    """The feed as an archive, with a file that no feed has."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in FILES.items():
            archive.writestr(folder + name, dedent(text).strip())
        archive.writestr("readme.md", "x" * 10_000)
    return held.getvalue()


def test_an_archive_is_read_also_from_a_folder_within_it() -> None:
    for folder in ("", "feed/"):
        assert unzip(zipped(folder)) == {n: dedent(t).strip().encode() for n, t in FILES.items()}


def test_an_archive_that_is_none_or_too_large_is_refused() -> None:
    for data in (b"", b"PK nonsense", zipped()[:200]):
        with pytest.raises(FeedError, match="no zip archive"):
            unzip(data)
    with pytest.raises(FeedError, match="larger than 100 bytes"):
        unzip(zipped(), limit=100)
    torn = bytearray(zipped())
    torn[60:80] = bytes(20)
    with pytest.raises(FeedError, match="no zip archive"):
        unzip(bytes(torn))
