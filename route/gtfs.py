"""A GTFS Schedule feed: stops, routes, shapes, and the trips of a day.

After the GTFS Schedule Reference (gtfs.org).  Values out, no disk: the caller brings the bytes.  A
row or trip that cannot be used becomes a ``Problem`` that names file and line, the rest is read.

Times of a service day are seconds since noon minus twelve hours, local time, as the reference has
it: on a day with a change of the clock that is not midnight.
"""

from __future__ import annotations

import csv
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import inf, isnan, nan
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FILES = (
    *("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"),
    *("shapes.txt", "calendar.txt", "calendar_dates.txt"),
)
_NEEDED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
MAX_BYTES = 1024 * 1024 * 1024  #: of all files unpacked; the timetable of a large city
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ADDED, _REMOVED = "1", "2"  #: exception_type


MOST_ROWS = 20_000_000  #: of one file; the timetable of a large country
MOST_PROBLEMS = 100_000  #: of a feed; one with more is something else
_LONGEST = 300  #: characters of a problem: ids come from the file
#: What ``zipfile`` raises on archives that are cut off, encrypted or made up.
BROKEN_ZIP = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError,
    OSError, LookupError, ValueError, OverflowError, RuntimeError,
)  # fmt: skip


class FeedError(ValueError):
    """A feed cannot be read at all; says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row, or with a file (line 0)."""

    file: str
    line: int  #: from 1, the heading is line 1
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """A stop, station or boarding area."""

    id: str
    name: str
    lon: float  #: degrees
    lat: float


@dataclass(frozen=True, slots=True)
class Shape:
    """The line of trips, as ``route.line.build_line`` takes it."""

    lon: Floats
    lat: Floats
    travelled: Floats  #: along the line in the feed's own unit, to compare with ``Call``; NaN


@dataclass(frozen=True, slots=True)
class Call:
    """A trip at a stop."""

    stop: str  #: id
    arrive: float  #: s of the service day; may be beyond 24 h
    depart: float
    timed: bool  #: the feed says the time; otherwise it lies between those of its neighbours
    travelled: float  #: as in ``Shape``; NaN unknown


@dataclass(frozen=True, slots=True)
class Ride:
    """A trip of the feed, on each day of its service."""

    trip: str  #: id
    route: str  #: id
    service: str  #: id
    headsign: str
    block: str  #: trips of one vehicle in a row share it; "" unknown
    shape: str  #: id; "" none
    line: int  #: of trips.txt
    calls: tuple[Call, ...]  #: at least two, times never falling


@dataclass(frozen=True, slots=True)
class Service:
    """On which days trips run."""

    week: tuple[bool, ...] = (False,) * 7  #: from Monday
    first: date = date.max
    last: date = date.min
    added: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()

    def runs_on(self, day: date) -> bool:
        """Whether its trips begin on that service day."""
        if day in self.added or day in self.removed:
            return day in self.added
        return self.first <= day <= self.last and self.week[day.weekday()]


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds."""

    zone: str  #: IANA, of the agency
    stops: Mapping[str, Place]
    routes: Mapping[str, str]  #: name by id
    shapes: Mapping[str, Shape]
    services: Mapping[str, Service]
    rides: tuple[Ride, ...]  #: in the order of trips.txt
    problems: tuple[Problem, ...]

    def rides_on(self, day: date) -> tuple[Ride, ...]:
        """The trips of a service day."""
        running = {name for name, service in self.services.items() if service.runs_on(day)}
        return tuple(ride for ride in self.rides if ride.service in running)

    def start_of(self, day: date) -> float:
        """When the times of a service day begin to count, s since 1970."""
        noon = datetime.combine(day, time(12), ZoneInfo(self.zone))
        return noon.timestamp() - 12 * 3600.0


def unzip(data: bytes, limit: int = MAX_BYTES) -> dict[str, bytes]:
    """The files of a zipped feed that are read, also from a folder within it.

    Raises:
        FeedError: it is no zip archive, or its files are larger than ``limit`` bytes.
    """
    try:
        found = _unpacked(data, limit)
    except BROKEN_ZIP as error:
        raise FeedError(f"no zip archive that can be read: {error!s:.200}") from None
    if found is None:
        raise FeedError(f"the files are larger than {limit} bytes")
    return found


def _unpacked(data: bytes, limit: int) -> dict[str, bytes] | None:
    """The files that are read; None: they say that they are larger."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        known = [entry for entry in archive.infolist() if _name(entry.filename) in FILES]
        if sum(entry.file_size for entry in known) > limit:
            return None
        return {_name(entry.filename): archive.read(entry) for entry in known}


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def read_feed(files: Mapping[str, bytes], most: int = MOST_ROWS) -> Feed:
    """The feed of files by name.

    Raises:
        FeedError: a file that every feed has is missing, the agency's zone is unknown, or a file
            has more than ``most`` rows.
    """
    missing = [name for name in _NEEDED if name not in files]
    if not {"calendar.txt", "calendar_dates.txt"} & set(files):
        missing.append("calendar.txt")
    if missing:
        raise FeedError(f"no GTFS feed: {', '.join(missing)} missing")
    reader = _Reader(files, most)
    zone = reader.zone()
    stops, shapes, services = reader.stops(), reader.shapes(), reader.services()
    routes = {
        row["route_id"]: row["route_short_name"] or row["route_long_name"] or row["route_id"]
        for _, row in reader.rows("routes.txt", "route_id")
    }
    rides = tuple(reader.rides(stops, routes, services, shapes))
    problems = sorted(reader.problems, key=lambda problem: (problem.file, problem.line))
    return Feed(zone, stops, routes, shapes, services, rides, tuple(problems))


class _Row(dict[str, str]):
    """A row by column; a column that the file does not have is empty."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(slots=True)
class _Reader:
    """Reads files, and gathers what is wrong with them."""

    files: Mapping[str, bytes]
    most: int  #: rows of a file
    problems: list[Problem] = field(default_factory=list)

    def blame(self, file: str, line: int, message: str) -> None:
        """Keep a problem; raises ``FeedError`` where there are more than anybody reads."""
        if len(self.problems) >= MOST_PROBLEMS:
            raise FeedError(f"more than {MOST_PROBLEMS} rows cannot be read, the last in {file}")
        self.problems.append(Problem(file, line, message[:_LONGEST]))

    def check_room(self, file: str, line: int) -> None:
        """Raise ``FeedError`` where a file has too many lines."""
        if line > self.most + 1:
            raise FeedError(f"{file} has more than {self.most} rows")

    def rows(self, file: str, *needed: str) -> Iterator[tuple[int, _Row]]:
        """Line and row; rows without the needed values are problems."""
        text = self.files.get(file, b"").decode("utf-8-sig", errors="replace")
        reader = csv.reader(io.StringIO(text, newline=""))
        try:
            heading = [name.strip() for name in next(reader, [])]
            absent = [name for name in needed if name not in heading]
            if absent and file in self.files:
                self.blame(file, 1, f"no column {', '.join(absent)}")
                return
            for cells in reader:
                self.check_room(file, reader.line_num)
                row = _Row(zip(heading, (cell.strip() for cell in cells), strict=False))
                empty = [name for name in needed if not row[name]]
                if empty and row:
                    self.blame(file, reader.line_num, f"{', '.join(empty)} missing")
                elif row:
                    yield reader.line_num, row
        except csv.Error as error:
            self.blame(file, reader.line_num, f"cannot be read from here on: {error}")

    def zone(self) -> str:
        """The zone that all times are of."""
        name = next((row["agency_timezone"] for _, row in self.rows("agency.txt")), "")
        try:
            return ZoneInfo(name or "-").key
        except (KeyError, ValueError, OSError):
            raise FeedError(f"agency.txt: {name!r} is no time zone") from None

    def stops(self) -> dict[str, Place]:
        """Stops with a place."""
        found: dict[str, Place] = {}
        for line, row in self.rows("stops.txt", "stop_id"):
            lon, lat = _number(row["stop_lon"]), _number(row["stop_lat"])
            if not (abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004 - the whole earth
                self.blame("stops.txt", line, f"stop {row['stop_id']}: no position")
                continue
            found[row["stop_id"]] = Place(row["stop_id"], row["stop_name"], lon, lat)
        return found

    def shapes(self) -> dict[str, Shape]:
        """Shapes of at least two points, in the order of their sequence."""
        needed = ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
        points: dict[str, list[tuple[float, float, float, float]]] = {}
        for line, row in self.rows("shapes.txt", *needed):
            point = tuple(_number(row[name]) for name in needed[1:])
            if any(isnan(value) for value in point):
                self.blame("shapes.txt", line, f"shape {row['shape_id']}: no position or sequence")
                continue
            lat, lon, order = point
            travelled = _number(row["shape_dist_traveled"])
            points.setdefault(row["shape_id"], []).append((order, lon, lat, travelled))
        found = {}
        for name, rows in points.items():
            table = np.array(sorted(rows), np.float64)
            if len(table) > 1:
                found[name] = Shape(table[:, 1], table[:, 2], table[:, 3])
        return found

    def services(self) -> dict[str, Service]:
        """The days of each service."""
        found: dict[str, Service] = {}
        for line, row in self.rows("calendar.txt", "service_id", "start_date", "end_date"):
            first, last = _day(row["start_date"]), _day(row["end_date"])
            if first is None or last is None:
                self.blame("calendar.txt", line, f"service {row['service_id']}: no such date")
                continue
            week = tuple(row[name] == "1" for name in _WEEK)
            found[row["service_id"]] = Service(week, first, last)
        for line, row in self.rows("calendar_dates.txt", "service_id", "date"):
            day, kind, name = _day(row["date"]), row["exception_type"], row["service_id"]
            if day is None or kind not in (_ADDED, _REMOVED):
                self.blame("calendar_dates.txt", line, f"service {name}: no such date or type")
                continue
            known = found.get(name, Service())
            if kind == _ADDED:
                found[name] = replace(known, added=known.added | {day})
            else:
                found[name] = replace(known, removed=known.removed | {day})
        return found

    def rides(
        self,
        stops: Mapping[str, Place],
        routes: Mapping[str, str],
        services: Mapping[str, Service],
        shapes: Mapping[str, Shape],
    ) -> Iterator[Ride]:
        """Trips whose route, service and stops are known, with their calls."""
        times = self._stop_times(stops)
        for line, row in self.rows("trips.txt", "trip_id", "route_id", "service_id"):
            trip, shape = row["trip_id"], row["shape_id"]
            if row["route_id"] not in routes or row["service_id"] not in services:
                self.blame("trips.txt", line, f"trip {trip}: its route or service is not there")
                continue
            if shape and shape not in shapes:
                self.blame("trips.txt", line, f"trip {trip}: its shape is not there, read without")
                shape = ""
            calls = _calls(times.get(trip, []))
            if isinstance(calls, str):
                self.blame("trips.txt", line, f"trip {trip}: {calls}")
                continue
            yield Ride(
                trip=trip,
                route=row["route_id"],
                service=row["service_id"],
                headsign=row["trip_headsign"],
                block=row["block_id"],
                shape=shape,
                line=line,
                calls=calls,
            )

    def _stop_times(self, stops: Mapping[str, Place]) -> dict[str, list[tuple[int, Call]]]:
        """Sequence numbers and calls of each trip; times may be missing (NaN)."""
        found: dict[str, list[tuple[int, Call]]] = {}
        file = "stop_times.txt"
        for line, row in self.rows(file, "trip_id", "stop_id", "stop_sequence"):
            order, arrive, depart = (
                _number(row["stop_sequence"]),
                _clock(row["arrival_time"] or row["departure_time"]),
                _clock(row["departure_time"] or row["arrival_time"]),
            )
            if row["stop_id"] not in stops:
                self.blame(file, line, f"trip {row['trip_id']}: no stop {row['stop_id']}")
            elif isnan(order) or arrive is None or depart is None:
                self.blame(file, line, f"trip {row['trip_id']}: no such sequence or time")
            else:
                travelled = _number(row["shape_dist_traveled"])
                call = Call(row["stop_id"], arrive, depart, not isnan(arrive), travelled)
                found.setdefault(row["trip_id"], []).append((int(order), call))
        return found


def _number(text: str) -> float:
    """A finite number, or NaN."""
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if -inf < value < inf else nan


def _day(text: str) -> date | None:
    """YYYYMMDD."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 else None  # noqa: PLR2004 - its digits
    except ValueError:
        return None


def _clock(text: str) -> float | None:
    """H:MM:SS, beyond 24 h too; NaN: not said; None: no such time."""
    if not text:
        return nan
    parts = text.split(":")
    if len(parts) != 3 or not all(part.strip().isascii() for part in parts):  # noqa: PLR2004
        return None
    try:
        hours, minutes, seconds = (int(part) for part in parts)
    except ValueError:
        return None
    good = 0 <= hours < 240 and 0 <= minutes < 60 and 0 <= seconds < 60  # noqa: PLR2004 - ten days
    return (
        timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds() if good else None
    )


def _calls(rows: Sequence[tuple[int, Call]]) -> tuple[Call, ...] | str:
    """The calls in order with all their times, or why there are none."""
    ordered = [call for _, call in sorted(rows, key=lambda row: row[0])]
    if len(ordered) < 2:  # noqa: PLR2004 - from somewhere to somewhere
        return "fewer than two stops that can be read"
    if not (ordered[0].timed and ordered[-1].timed):
        return "its first or last stop has no time"
    arrive = np.array([call.arrive for call in ordered])
    depart = np.array([call.depart for call in ordered])
    known = np.flatnonzero(~np.isnan(arrive))
    way = np.array([call.travelled for call in ordered])
    if np.isnan(way).any() or (np.diff(way) < 0).any() or way[0] == way[-1]:
        way = np.arange(len(ordered), dtype=np.float64)
    # Untimed stops lie between their timed neighbours, in the proportion of the way.
    for before, after in pairwise(known):
        inner = slice(before + 1, after)
        span = max(way[after] - way[before], 1e-9)
        share = (way[inner] - way[before]) / span
        arrive[inner] = depart[inner] = depart[before] + share * (arrive[after] - depart[before])
    instants = np.column_stack([arrive, depart]).ravel()
    if (np.diff(instants) < 0).any():
        number = int(np.argmax(np.diff(instants) < 0)) // 2 + 1
        return f"at stop {number} or after it, time runs backwards"
    pairs = zip(ordered, arrive.tolist(), depart.tolist(), strict=True)
    return tuple(replace(call, arrive=a, depart=d) for call, a, d in pairs)
