"""Buses of Austin: nine days of positions about two minutes apart, and their timetables.

Positions by CapMetrics (MIT; "credit CapMetrics").  The positions of 2016-03-22 and 2017-04-18
name trips of timetables that are not there and are left out.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from fleet.errors import Invalid
from milepost.backtest import files
from milepost.backtest.sets import HOUR, DataSet, Positions, Said
from milepost.backtest.timetable import Builder, Seen, Timetable, timetable
from milepost.backtest.truth import by_day, joined, pairs, passages, received, rehearsal

ZONE = "America/Chicago"
TEST = date(2016, 12, 16)
#: The days to learn from, by timetable; the test day's own timetable comes last.
HISTORY = {
    "20140824_20150606": (date(2015, 3, 7), date(2015, 3, 18)),
    "20160821_20170121": tuple(date(2016, 11, day) for day in (24, 25, 26, 27)),
}
_MPH = 0.44704  #: m/s


def read(data: Path | None, said: Said) -> DataSet:
    """The set in ``bus/capmetro`` of the recordings.

    Raises:
        Invalid: the folder, the test day or its timetable is not there, or is no such file.
    """
    home = files.folder(data, "capmetro")
    build = Builder(ZONE)
    found: list[Positions] = []
    last = list(HISTORY)[-1]
    for version, days in HISTORY.items():
        wanted = (*days, TEST) if version == last else days
        there = [day for day in wanted if _positions(home, day).is_file()]
        if version == last and TEST not in there:
            raise Invalid(str(_positions(home, TEST)), "is not there: it holds the test day")
        seen = []
        for day in there:
            said(f"reading the positions of {day}")
            seen.append(_seen(home, day))
        if seen:
            table = _timetable(home, version, seen, said)
            found += [build.add(table, one) for one in seen]
    journeys = build.journeys()
    said("looking for passages at stops")
    places = build.places(journeys)
    truth = joined(
        [passages(journeys, one, *places) for day in found for one in by_day(journeys, day)]
    )
    asked = np.array([day == TEST for day in build.days], np.bool_)
    since = float(found[-1].time.min())
    return DataSet(
        name="capmetro",
        zone=ZONE,
        about=f"{len(found) - 1} earlier days to learn from, {TEST} is asked about",
        stops=build.stops,
        ways=tuple(build.ways),
        journeys=journeys,
        positions=received(found),
        passages=truth,
        since=since,
        rehearsal=rehearsal(journeys, truth, since),
        pairs=pairs(truth, asked),
        edges=HOUR,
    )


def _positions(home: Path, day: date) -> Path:
    return home / f"positions_{day}.csv.gz"


def _seen(home: Path, day: date) -> Seen:
    path = _positions(home, day)
    rows = files.table(
        path, ("vehicle_id", "timestamp", "speed", "trip_id", "latitude", "longitude")
    )
    at = f"{path}, column"
    return Seen(
        day,
        rows["trip_id"],
        rows["vehicle_id"],
        files.instants(f"{at} timestamp", rows["timestamp"]),
        files.numbers(f"{at} longitude", rows["longitude"]),
        files.numbers(f"{at} latitude", rows["latitude"]),
        files.numbers(f"{at} speed", rows["speed"]) * _MPH,
        np.full(len(rows["trip_id"]), np.nan),
    )


def _timetable(home: Path, version: str, seen: list[Seen], said: Said) -> Timetable:
    said(f"reading the timetable {version}")
    path = home / f"schedule_{version}.csv.gz"
    rows = files.table(path, ("trip_id", "arrival_time", "stop_id"))
    stops = files.table(home / f"stops_{version}.csv.gz", ("stop_id", "stop_lat", "stop_lon"))
    lon, lat = (files.numbers(f"stops_{version}", stops[n]) for n in ("stop_lon", "stop_lat"))
    places = dict(zip(stops["stop_id"], zip(lon.tolist(), lat.tolist(), strict=True), strict=True))
    second = files.clock_seconds(f"{path}, column arrival_time", rows["arrival_time"])
    served = {trip for one in seen for trip in one.trip}
    return timetable(rows["trip_id"], second, rows["stop_id"], places, served)
