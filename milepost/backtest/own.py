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
from milepost.backtest.sets import HOUR, DataSet, Floats, Said
from milepost.backtest.timetable import Builder, Seen, Timetable
from milepost.backtest.truth import by_day, joined, pairs, passages, received, rehearsal
from route import gtfs

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
    said("reading the feed")
    planned = _feed(feed)
    said("reading the positions")
    days = _days(recorded, planned.zone)
    table = _timetable(planned, {trip for one in days for trip in one.trip})
    build = Builder(planned.zone)
    found = [build.add(table, one) for one in days]
    journeys = build.journeys()
    if not len(journeys):
        raise Invalid(str(recorded), f"no position is of a trip of {feed}")
    said("looking for passages at stops")
    places = build.places(journeys)
    cuts = [one for day in found for one in by_day(journeys, day)]
    truth = joined([passages(journeys, one, *places) for one in cuts])
    asked = np.array([day == days[-1].day for day in build.days], np.bool_)
    since = float(found[-1].time.min())
    return DataSet(
        name="own",
        zone=planned.zone,
        about=f"{len(days) - 1} earlier days to learn from, {days[-1].day} is asked about",
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


def _feed(path: Path) -> gtfs.Feed:
    try:
        if path.is_dir():
            there = [name for name in gtfs.FILES if (path / name).is_file()]
            return gtfs.read_feed({name: (path / name).read_bytes() for name in there})
        return gtfs.read_feed(gtfs.unzip(path.read_bytes()))
    except OSError as error:
        raise Invalid(str(path), error.strerror or "cannot be read") from error
    except gtfs.FeedError as error:
        raise Invalid(str(path), str(error)) from error


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


def _timetable(feed: gtfs.Feed, served: set[str]) -> Timetable:
    """The trips of the feed that anybody served."""
    rides = [ride for ride in feed.rides if ride.trip in served]
    calls = [call for ride in rides for call in ride.calls]
    places = [feed.stops[call.stop] for call in calls]
    shapes = (feed.shapes.get(ride.shape) for ride in rides)
    return Timetable(
        trips={ride.trip: number for number, ride in enumerate(rides)},
        start=np.cumsum([0, *(len(ride.calls) for ride in rides)]),
        second=np.array([call.arrive for call in calls], np.float64),
        stop=tuple(call.stop for call in calls),
        lon=np.array([place.lon for place in places], np.float64),
        lat=np.array([place.lat for place in places], np.float64),
        shapes={n: (one.lon, one.lat) for n, one in enumerate(shapes) if one is not None},
        rank=np.concatenate([np.empty(0, np.intp), *(np.arange(len(r.calls)) for r in rides)]),
    )
