"""Journeys out of a timetable and the positions of vehicles that say which trip they serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import cos, isnan, radians
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from fleet.geo import distance
from milepost.backtest import mend
from milepost.backtest.sets import Floats, Ints, Journeys, Positions, Way
from milepost.backtest.truth import PER_DEGREE

_DAY = 86400.0
_NO_LINE = np.empty(0)


@dataclass(frozen=True, slots=True)
class Timetable:
    """Trips of one timetable, their stops in the order in which they are served."""

    trips: Mapping[str, int]  #: number of each trip
    start: NDArray[np.intp]  #: the stops of trip ``i`` are ``start[i]:start[i + 1]``
    second: Floats  #: planned arrival, seconds since midnight of the day of service
    stop: tuple[str, ...]
    lon: Floats
    lat: Floats
    shapes: Mapping[int, tuple[Floats, Floats]]  #: by trip: lon, lat of the planned line, if known
    rank: NDArray[np.intp]  #: place of each stop within its trip in the order of the file


@dataclass(frozen=True, slots=True)
class Seen:
    """Positions of one day as they stand in a file."""

    day: date
    trip: Sequence[str]
    vehicle: Sequence[str]
    time: Floats
    lon: Floats
    lat: Floats
    speed: Floats  #: m/s
    course: Floats


def timetable(
    trip: Sequence[str],
    second: Floats,
    stop: Sequence[str],
    places: Mapping[str, tuple[float, float]],
    served: set[str],
) -> Timetable:
    """The trips of a timetable that anybody ``served``; stops of unknown place are left out.

    Args:
        trip: per stop time, which trip.
        second: per stop time, seconds since midnight; NaN is left out.
        stop: per stop time, which stop.
        places: longitude and latitude of each stop.
        served: trips to keep.
    """
    kept = [
        i for i, (one, at) in enumerate(zip(trip, stop, strict=True))
        if one in served and at in places and not isnan(second[i])
    ]  # fmt: skip
    names = sorted({trip[i] for i in kept})
    number = {name: i for i, name in enumerate(names)}
    of = np.array([number[trip[i]] for i in kept], np.int64)
    seconds = second[kept]
    order = np.lexsort((seconds, of))  # stable: of equal times the order of the file
    codes = [stop[kept[i]] for i in order.tolist()]
    where = np.array([places[code] for code in codes]).reshape(-1, 2)
    start = np.searchsorted(of[order], np.arange(len(names) + 1))
    trips = [slice(low, high) for low, high in pairwise(start.tolist())]
    seconds = seconds[order]
    orders = [_served(seconds[cut], where[cut]) for cut in trips]
    rank = np.concatenate([np.empty(0, np.intp), *orders])
    rows = rank + np.repeat(start[:-1], np.diff(start))
    return Timetable(
        number,
        start,
        seconds[rows],
        tuple(codes[row] for row in rows.tolist()),
        where[rows, 0],
        where[rows, 1],
        {},
        rank,
    )


def _served(second: Floats, where: Floats) -> NDArray[np.intp]:
    """The stops of a trip, in order of planned time, in the order in which they are served."""
    if len(np.unique(second)) == len(second):
        return np.arange(len(second))
    lon, lat = where.T
    return mend.order(second, lon * cos(radians(lat[0])) * PER_DEGREE, lat * PER_DEGREE)


class Builder:
    """Collects days of several timetables into one set of journeys."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._vehicles: dict[str, int] = {}
        self._stops: dict[str, int] = {}
        self._ways: dict[tuple[int, ...], int] = {}
        self.ways: list[Way] = []
        self._found: dict[tuple[int, int, int, date], int] = {}  # table, trip, vehicle, day
        self._name: list[str] = []
        self._vehicle: list[int] = []
        self._way: list[int] = []
        self._midnight: list[float] = []
        self.days: list[date] = []  #: of each journey
        self._rows: list[tuple[Timetable, slice]] = []
        self._tables: list[Timetable] = []

    @property
    def stops(self) -> tuple[str, ...]:
        """The code of each stop."""
        return tuple(self._stops)

    def add(self, table: Timetable, seen: Seen) -> Positions:
        """The positions of one day, each with the journey it belongs to, in the file's order.

        A vehicle's second position at one time is left out.  After midnight a trip may still
        be of the day before: it is of the day to whose planned hours the position is nearer.
        """
        vehicle = np.array([self._number(name) for name in seen.vehicle], np.int32)
        _, first = np.unique(
            np.stack([vehicle.astype(np.float64), seen.time]), axis=1, return_index=True
        )
        rows = np.sort(first)  # the order of the file
        time, vehicle = seen.time[rows], vehicle[rows]
        trip = np.array([table.trips.get(seen.trip[i], -1) for i in rows.tolist()], np.int64)
        journey = self._journeys(table, seen.day, trip, vehicle, time)
        return Positions(
            vehicle, journey, time, seen.lon[rows], seen.lat[rows], seen.speed[rows],
            seen.course[rows],
        )  # fmt: skip

    def _journeys(
        self, table: Timetable, day: date, trip: NDArray[np.int64], vehicle: Ints, time: Floats
    ) -> Ints:
        begins, ends = table.second[table.start[:-1]], table.second[table.start[1:] - 1]
        journey = np.full(len(time), -1, np.int32)
        known = np.flatnonzero(trip >= 0)
        served = trip[known]

        def apart(from_day: date) -> Floats:
            second = time[known] - self._midnight_of(from_day)
            return np.abs(second - np.clip(second, begins[served], ends[served]))

        yesterday = day - timedelta(1)
        earlier = apart(yesterday) < apart(day)
        for row, one, by, before in zip(
            known.tolist(),
            served.tolist(),
            vehicle[known].tolist(),
            earlier.tolist(),
            strict=True,
        ):
            journey[row] = self._journey(table, one, by, yesterday if before else day)
        return journey

    def _midnight_of(self, day: date) -> float:
        """Of the day's clock: noon less twelve hours, as GTFS counts on days of a clock change."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self._zone)
        return noon.timestamp() - _DAY / 2

    def _number(self, vehicle: str) -> int:
        return self._vehicles.setdefault(vehicle, len(self._vehicles))

    def _journey(self, table: Timetable, trip: int, vehicle: int, day: date) -> int:
        if not self._tables or self._tables[-1] is not table:
            self._tables.append(table)
        key = (len(self._tables), trip, vehicle, day)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = len(self._name)
            rows = slice(int(table.start[trip]), int(table.start[trip + 1]))
            self._name.append(f"{trip}/{vehicle}/{day}")
            self._vehicle.append(vehicle)
            self._way.append(self._way_of(table, trip, rows))
            self._midnight.append(self._midnight_of(day))
            self.days.append(day)
            self._rows.append((table, rows))
        return found

    def _way_of(self, table: Timetable, trip: int, rows: slice) -> int:
        codes = table.stop[rows]
        stops = tuple(self._stops.setdefault(code, len(self._stops)) for code in codes)
        drawn = table.shapes.get(trip)
        key = (len(self._tables), id(drawn[0]) if drawn else 0, *stops)
        if key not in self._ways:
            self._ways[key] = len(self.ways)
            lon, lat = table.lon[rows], table.lat[rows]
            line = drawn or (lon, lat)
            self.ways.append(Way(*line, lon, lat, _NO_LINE, codes))
        return self._ways[key]

    def journeys(self) -> Journeys:
        """All journeys of the days added."""
        start = np.cumsum([0, *(rows.stop - rows.start for _, rows in self._rows)])
        pieces = [table.second[rows] for table, rows in self._rows]
        planned = np.concatenate([np.empty(0), *pieces])
        planned += np.repeat(self._midnight, np.diff(start))
        along = np.concatenate([np.empty(0), *(_along(self.ways[way]) for way in self._way)])
        stops = [self._stops[code] for way in self._way for code in self.ways[way].names]
        day = [one.toordinal() for one in self.days]
        return Journeys(
            tuple(self._name), np.array(self._vehicle, np.int32), np.array(self._way, np.int32),
            np.array(day, np.int32), start, planned, along, np.array(stops, np.int32),
        )  # fmt: skip

    def places(self, journeys: Journeys) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Longitude, latitude and rank in the file, per stop of ``journeys``."""
        ways = [self.ways[way] for way in journeys.way.tolist()]
        empty = [np.empty(0)]
        lon = np.concatenate([*empty, *(way.stop_lon for way in ways)])
        lat = np.concatenate([*empty, *(way.stop_lat for way in ways)])
        ranks = [table.rank[rows] for table, rows in self._rows]
        return lon, lat, np.concatenate([np.empty(0, np.intp), *ranks])


def _along(way: Way) -> Floats:
    """Metres from the first stop, straight from each to the next."""
    steps = distance(way.stop_lon[:-1], way.stop_lat[:-1], way.stop_lon[1:], way.stop_lat[1:])
    return np.append(0.0, np.cumsum(steps))
