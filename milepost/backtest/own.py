"""A recording of one's own: a GTFS feed, and the positions of its vehicles as CSV.

The positions have a header and the columns ``vehicle_id``, ``timestamp`` (ISO 8601 with its
offset, or seconds since 1970), ``latitude``, ``longitude`` (degrees) and ``trip_id``; they may
have ``speed`` (m/s) and ``bearing`` (degrees true).  The last local day is asked about; what
came before is learned from.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fleet.errors import Invalid
from milepost.backtest import files
from milepost.backtest.sets import DataSet, Floats, Said
from milepost.backtest.timetable import Builder, Seen, Timetable, timetable
from milepost.backtest.truth import by_day, joined, pairs, passages, received

EDGES = (1.0, 3.0, 6.0, 10.0, 15.0, 30.0, 60.0)  #: minutes
_DAY = 86400.0
_NEEDED = ("vehicle_id", "timestamp", "latitude", "longitude", "trip_id")
_MAYBE = ("speed", "bearing")


def read(feed: Path, recorded: Path, said: Said) -> DataSet:
    """The set of a feed and a file of positions.

    Raises:
        Invalid: a file is absent, is no such table or lacks a column; or no position is of a
            trip of the feed.
    """
    if not feed.exists():
        raise Invalid(str(feed), "is not there: give the folder or the zip archive of a GTFS feed")
    zone = _zone(feed)
    said("reading the positions")
    days = _days(recorded, zone)
    said("reading the feed")
    table = _timetable(feed, {trip for one in days for trip in one.trip})
    build = Builder(zone)
    found = [build.add(table, one) for one in days]
    journeys = build.journeys()
    if not len(journeys):
        raise Invalid(str(recorded), f"no position is of a trip of {feed}")
    said("looking for passages at stops")
    places = build.places(journeys)
    cuts = [one for day in found for one in by_day(journeys, day)]
    truth = joined([passages(journeys, one, *places) for one in cuts])
    asked = np.array([day == days[-1].day for day in build.days], np.bool_)
    return DataSet(
        name="own",
        zone=zone,
        about=f"{len(days) - 1} earlier days to learn from, {days[-1].day} is asked about",
        stops=build.stops,
        ways=tuple(build.ways),
        journeys=journeys,
        positions=received(found),
        passages=truth,
        since=float(found[-1].time.min()),
        pairs=pairs(truth, asked),
        edges=EDGES,
    )


def _zone(feed: Path) -> str:
    rows = files.feed_table(feed, "agency.txt", ("agency_timezone",))
    if rows is None or not rows["agency_timezone"]:
        raise Invalid(str(feed), "has no agency.txt with a time zone: is it a GTFS feed?")
    name = rows["agency_timezone"][0]
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise Invalid(f"{feed}:agency.txt", f"{name!r} is no IANA zone") from error
    return name


def _days(recorded: Path, zone: str) -> list[Seen]:
    """The positions by local day, in order of the days."""
    rows = files.table(recorded, _NEEDED, _MAYBE)
    at = f"{recorded}, column"
    time = files.instants(f"{at} timestamp", rows["timestamp"])
    if not len(time):
        raise Invalid(str(recorded), "has no positions")
    if np.isnan(time).any():
        raise Invalid(f"{at} timestamp", "a position has no time")
    unknown = [""] * len(time)
    lon, lat, speed, course = (
        files.numbers(f"{at} {name}", rows.get(name, unknown))
        for name in ("longitude", "latitude", "speed", "bearing")
    )
    of = _dates(time, zone)
    found = []
    for day in sorted(set(of.tolist())):
        those = np.flatnonzero(of == day)
        trip, vehicle = ([rows[n][i] for i in those.tolist()] for n in ("trip_id", "vehicle_id"))
        found.append(Seen(
            date.fromordinal(day), trip, vehicle, time[those], lon[those], lat[those],
            speed[those], course[those],
        ))  # fmt: skip
    return found


def _dates(time: Floats, zone: str) -> NDArray[np.int64]:
    """The local date of each instant, as ordinals."""
    half, of = np.unique(np.floor(time / 1800.0), return_inverse=True)  # no offset is finer
    place = ZoneInfo(zone)
    dates = [datetime.fromtimestamp(one * 1800.0, UTC).astimezone(place) for one in half.tolist()]
    return np.array([one.toordinal() for one in dates], np.int64)[of]


def _timetable(feed: Path, served: set[str]) -> Timetable:
    rows = files.feed_table(feed, "stop_times.txt", ("trip_id", "arrival_time", "stop_id"))
    stops = files.feed_table(feed, "stops.txt", ("stop_id", "stop_lat", "stop_lon"))
    if rows is None or stops is None:
        raise Invalid(str(feed), "has no stop_times.txt or no stops.txt: is it a GTFS feed?")
    lon, lat = (files.numbers(f"{feed}:stops.txt, column {n}", stops[n])
                for n in ("stop_lon", "stop_lat"))  # fmt: skip
    places = dict(zip(stops["stop_id"], zip(lon.tolist(), lat.tolist(), strict=True), strict=True))
    places = {stop: at for stop, at in places.items() if not np.isnan(at).any()}
    second = files.clock_seconds(f"{feed}:stop_times.txt, arrival_time", rows["arrival_time"])
    drawn = _shapes(feed, served)
    return timetable(rows["trip_id"], second, rows["stop_id"], places, served, drawn)


def _shapes(feed: Path, served: set[str]) -> dict[str, tuple[Floats, Floats]]:
    """The planned line of each trip that has one."""
    names = ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
    points = files.feed_table(feed, "shapes.txt", names)
    trips = files.feed_table(feed, "trips.txt", ("trip_id",), ("shape_id",))
    if points is None or trips is None or "shape_id" not in trips:
        return {}
    of = {
        trip: shape
        for trip, shape in zip(trips["trip_id"], trips["shape_id"], strict=True)
        if trip in served
    }
    lat, lon, order = (files.numbers(f"{feed}:shapes.txt, column {n}", points[n])
                       for n in names[1:])  # fmt: skip
    rows: dict[str, list[int]] = {shape: [] for shape in of.values()}
    for i, shape in enumerate(points["shape_id"]):
        if shape in rows:
            rows[shape].append(i)
    lines = {}
    for shape, those in rows.items():
        ordered = np.array(those, np.intp)[np.argsort(order[those], kind="stable")]
        lines[shape] = lon[ordered], lat[ordered]
    return {trip: lines[shape] for trip, shape in of.items() if len(lines[shape][0]) > 1}
