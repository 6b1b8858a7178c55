"""Trips out of files: a value for each that can be read, and what is wrong, line by line.

A file is never refused for one bad line; a trip is, because without one of its stops it would
be another trip.  Here nothing is looked up but the zone of a site, so that a local time has a
meaning; whether the rest can be is for ``tracker_api.planning``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

import orjson
from pydantic import ValidationError

from fleet.errors import Invalid
from geofence.rings import Unusable
from geofence.sheet import MOST_COLUMNS, encoding_of
from tracker_api.trip_bodies import MOST_STOPS, TripSaid

#: Columns of CSV that are times, by the name that the API gives them.
_TIMES = {"arrive": "arrive_at", "depart": "depart_at", "opens": "opens_at", "closes": "closes_at"}
#: Columns in minutes, likewise.
_MINUTES = {"service_min": "service_s", "early_min": "early_s", "late_min": "late_s"}
_OF_STOP = frozenset({"stop", "site", "via", *_TIMES, *_MINUTES})
_OF_TRIP = ("vehicle", "driver", "route")
COLUMNS = frozenset({"trip", *_OF_STOP, *_OF_TRIP})
#: One of these is in the heading: a line per stop, or a line per trip on a route.
_NEEDED = (("trip", "stop", "site"), ("trip", "route", "depart"))
#: What ``POST /trips`` takes beside the plan; of a file the person who imports it is the author.
_BESIDE = frozenset({"author", "reason"})

#: Times as spreadsheets show them: 2026/5/4 8:00.
_SHEET = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\S+)", re.ASCII)

#: Lines that take time to make: ten thousand of them would take hours.
_SLOW = frozenset({"osrm", "valhalla", "history"})

#: Faults of a file, after which it is another kind of file; their answer has two megabytes.
MOST_FAULTS = 10_000
#: Lines with something in them: 10,000 trips of thirty stops.
MOST_LINES = 300_000
_SHOWN = 60  #: characters of a cell in a fault

#: The zone of a site's clocks; None: there is no such site.
ZoneOf = Callable[[str], tzinfo | None]


@dataclass(frozen=True, slots=True)
class Clocks:
    """By which clocks a time is meant that has no offset."""

    of_site: ZoneOf
    of_route: ZoneOf  #: of the site where it begins


@dataclass(frozen=True, slots=True)
class FileFault:
    """Why a trip of a file is refused."""

    line: int  #: from 1; of JSON and GTFS which trip; 0: the file as a whole
    trip: str | None  #: its code, where that could be read
    why: str


@dataclass(frozen=True, slots=True)
class FileTrip:
    """A trip that could be read."""

    line: int  #: where it begins
    said: TripSaid
    lines: tuple[int, ...]  #: of its stops
    code: str

    def fault(self, error: Invalid) -> FileFault:
        """What ``error``, which names a place in ``said``, is in the file."""
        place = tuple(error.where.strip("/").split("/"))
        return FileFault(_line_of(place, self), self.code, f"{place[-1]}: {error.why}")


@dataclass(frozen=True, slots=True)
class Import:
    """What a file holds."""

    trips: tuple[FileTrip, ...]
    faults: tuple[FileFault, ...]


@dataclass(slots=True)
class _Draft:
    """A trip while its lines are collected."""

    line: int
    code: str
    head: dict[str, str] = field(default_factory=dict)
    stops: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)  # number, line
    numbers: set[int] = field(default_factory=set)  #: of the stops
    starts: datetime | None = None  #: on its route
    faults: list[FileFault] = field(default_factory=list)

    def refuse(self, line: int, why: str) -> None:
        """Note what is wrong."""
        self.faults.append(FileFault(line, self.code, why))


def read_json(data: bytes, most: int) -> Import:
    """Trips out of a list, or out of ``trips`` of an object; the line is the number of the trip.

    Raises:
        Invalid: it is no such file, or has more than ``most`` trips.
    """
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Invalid("body", f"is no JSON: {error}") from None
    if isinstance(found, dict):
        found = found.get("trips")
    if not isinstance(found, list):
        raise Invalid("body", "expected a list of trips, or an object with `trips`")
    check_count(len(found), most)
    return _unique([_of_json(number, each) for number, each in enumerate(found, 1)])


def read_csv(data: bytes, most: int, clocks: Clocks) -> Import:
    """Trips out of a table with a line per stop, or per trip on a route.

    Lines of one trip need not stand together; its stops are in the order of ``stop``.  A line
    without stop and site says when the trip departs on its route.  UTF-8 or GB18030, separated
    by commas, semicolons or tabs.

    Raises:
        Invalid: it is no such file, or has more than ``most`` trips.
    """
    try:
        encoding = encoding_of(data)
        text = data.decode(encoding)
    except (Unusable, UnicodeDecodeError) as error:
        raise Invalid("body", str(error)) from None
    drafts: dict[str, _Draft] = {}
    faults: list[FileFault] = []
    refused = 0
    for number, (line, cells) in enumerate(_rows(text), 1):
        if number > MOST_LINES:
            raise Invalid("body", f"a file may have {MOST_LINES} lines: divide it")
        if len(faults) + refused > MOST_FAULTS:
            raise Invalid("body", f"more than {MOST_FAULTS} lines cannot be read, until {line}")
        if isinstance(cells, str):
            faults.append(FileFault(line, None, cells))
            continue
        code = cells.pop("trip", "")
        if not code:
            faults.append(FileFault(line, None, "trip: missing"))
            continue
        draft = drafts.setdefault(code, _Draft(line, code))
        before = len(draft.faults)
        _take(draft, line, cells, clocks)
        refused += len(draft.faults) - before
        check_count(len(drafts), most)
    read = _unique([_of_draft(draft) for draft in drafts.values()])
    every = sorted([*read.faults, *faults], key=lambda fault: fault.line)
    return Import(read.trips, tuple(every))


def check_count(count: int, most: int) -> None:
    """Raise ``Invalid`` where a file has too many trips."""
    if count > most:
        raise Invalid("body", f"a file may have {most} trips")


def _rows(text: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Line and cells by column, or what is wrong with the row; raises ``Invalid``."""
    heading = text.partition("\n")[0]
    separator = next((mark for mark in ",;\t" if mark in heading), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = _columns(reader)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # Where one row ends and the next begins is no longer known.
            yield line, f"cannot be read, nor any line after it: {error}"
            return
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(columns) :]):
            yield line, f"{len(cells)} cells are more than {len(columns)} columns"
        else:
            pairs = zip(columns, cells, strict=False)  # spreadsheets cut empty ends off
            yield line, {name: cell.strip() for name, cell in pairs if name and cell.strip()}


def _columns(reader: Iterator[list[str]]) -> list[str]:
    try:
        cells = next(reader, [])
    except csv.Error as error:
        raise Invalid("body", f"its heading cannot be read: {error}") from None
    if len(cells) > MOST_COLUMNS:
        raise Invalid("body", f"a table may have {MOST_COLUMNS} columns")
    columns = [cell.strip().lower() for cell in cells]
    named = [name for name in columns if name]
    if not any(set(needed) <= set(named) for needed in _NEEDED):
        choices = " or ".join(", ".join(needed) for needed in _NEEDED)
        raise Invalid("body", f"its heading lacks columns: {choices}")
    unknown = sorted(set(named) - COLUMNS)
    if unknown:
        raise Invalid("body", f"its heading has columns that mean nothing: {', '.join(unknown)}")
    if len(set(named)) != len(named):
        raise Invalid("body", "its heading names a column twice")
    return columns


def _take(draft: _Draft, line: int, cells: dict[str, str], clocks: Clocks) -> None:
    """Add one line to its trip."""
    for name in _OF_TRIP:
        said = cells.pop(name, None)
        if said is not None and draft.head.setdefault(name, said) != said:
            before = _shown(draft.head[name])
            draft.refuse(line, f"{name}: {_shown(said)}, but {before} on an earlier line")
    if "route" in draft.head and not {"stop", "site"} & cells.keys():
        _start(draft, line, cells, clocks.of_route)
    else:
        _halt(draft, line, cells, clocks.of_site)


def _start(draft: _Draft, line: int, cells: Mapping[str, str], zone_of: ZoneOf) -> None:
    """A line that says when the trip departs on its route."""
    route, cell = draft.head["route"], cells.get("depart")
    zone = zone_of(route)
    if zone is None:
        draft.refuse(line, f"route: there is no route {_shown(route)}")
    elif cell is None or draft.starts is not None:
        draft.refuse(line, "depart: missing" if cell is None else "depart: is there twice")
    elif len(cells) > 1:
        others = ", ".join(sorted(cells.keys() - {"depart"}))
        draft.refuse(line, f"{others}: not on a line without a stop; the route says it")
    else:
        try:
            draft.starts = _time(cell, zone)
        except ValueError:
            draft.refuse(line, f"depart: {_shown(cell)} is no time (ISO 8601)")


def _halt(draft: _Draft, line: int, cells: dict[str, str], zone_of: ZoneOf) -> None:
    """A line that is a stop."""
    number = cells.pop("stop", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 9):  # noqa: PLR2004 - fits
        wrong = f"{_shown(number)} is no whole number" if number else "missing"
        draft.refuse(line, f"stop: {wrong}")
        return
    if int(number) in draft.numbers or len(draft.stops) > MOST_STOPS:
        twice = int(number) in draft.numbers
        why = f"{number} is there twice" if twice else f"a trip may have {MOST_STOPS} stops"
        draft.refuse(line, f"stop: {why}")
        return
    site = cells.get("site", "")
    zone = zone_of(site)
    if zone is None:
        draft.refuse(line, f"site: there is no site {_shown(site)}" if site else "site: missing")
        return
    stop, problems = _stop(cells, zone)
    for why in problems:
        draft.refuse(line, why)
    draft.stops.append((int(number), line, stop))
    draft.numbers.add(int(number))


def _stop(cells: Mapping[str, str], zone: tzinfo) -> tuple[dict[str, Any], list[str]]:
    """A stop as the API takes it, and what of it cannot be read."""
    stop: dict[str, Any] = {}
    problems: list[str] = []
    for name, cell in cells.items():
        try:
            if name in _TIMES:
                stop[_TIMES[name]] = _time(cell, zone)
            elif name in _MINUTES:
                stop[_MINUTES[name]] = 60 * float(cell)
            else:
                stop[name] = cell
        except ValueError:
            kind = "time (ISO 8601)" if name in _TIMES else "number"
            problems.append(f"{name}: {_shown(cell)} is no {kind}")
    return stop, problems


def _shown(cell: str) -> str:
    """A cell in a sentence, not longer than a sentence."""
    return repr(cell[:_SHOWN])


def _time(cell: str, zone: tzinfo) -> datetime:
    """An instant; without an offset by the clocks of ``zone``; raises ``ValueError``."""
    plain = _SHEET.fullmatch(cell)
    if plain is not None:
        year, month, day, hour, rest = plain.groups()
        cell = f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{rest}"
    at = datetime.fromisoformat(cell)
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _of_draft(draft: _Draft) -> FileTrip | list[FileFault]:
    if draft.starts is not None and draft.stops:
        draft.refuse(draft.stops[0][1], "stop: the trip departs on its route on another line")
    if draft.faults:
        return draft.faults
    said: dict[str, Any]
    if draft.starts is not None:
        said = {"code": draft.code, "starts_at": draft.starts}
        return checked(said | draft.head, draft.line, ())
    stops = sorted(draft.stops, key=lambda stop: stop[0])
    said = {"code": draft.code, "stops": [stop for _, _, stop in stops]}
    return checked(said | draft.head, draft.line, tuple(line for _, line, _ in stops))


def _of_json(number: int, each: object) -> FileTrip | list[FileFault]:
    if not isinstance(each, dict):
        return [FileFault(number, None, "expected an object")]
    said = {name: value for name, value in each.items() if name not in _BESIDE}
    return checked(said, number, ())


def checked(
    said: Mapping[str, Any], line: int, lines: tuple[int, ...]
) -> FileTrip | list[FileFault]:
    """``said`` as a trip, or what of it cannot be."""
    code = said.get("code")
    name = code if isinstance(code, str) else None
    if name is None:
        return [FileFault(line, None, "code: missing")]
    try:
        trip = TripSaid.model_validate(said)
    except ValidationError as error:
        return [
            FileFault(_line_at(fault["loc"], line, lines), name, _words(fault))
            for fault in error.errors(include_url=False, include_input=False)
        ]
    if trip.line is not None and trip.line.format in _SLOW:
        return [
            FileFault(line, name, f"line: a file has no line of {trip.line.format}: name a route")
        ]
    return FileTrip(line, trip, lines, name)


def _unique(found: Sequence[FileTrip | list[FileFault]]) -> Import:
    """Trips and faults apart; a code that comes again is a fault."""
    trips: list[FileTrip] = []
    faults: list[FileFault] = []
    codes: set[str] = set()
    for each in found:
        if isinstance(each, list):
            faults += each
        elif each.code in codes:
            faults.append(FileFault(each.line, each.code, "code: is there twice"))
        else:
            codes.add(each.code)
            trips.append(each)
    return Import(tuple(trips), tuple(faults))


def _words(fault: Any) -> str:  # noqa: ANN401 - pydantic's dictionary
    place = "/".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])


def _line_of(place: Sequence[str], trip: FileTrip) -> int:
    return _line_at(tuple(int(p) if p.isdigit() else p for p in place), trip.line, trip.lines)


def _line_at(place: Sequence[int | str], line: int, lines: Sequence[int]) -> int:
    """The line of the stop that ``place`` is in, else that of the trip."""
    if len(place) > 1 and place[0] == "stops" and isinstance(place[1], int):
        number = place[1]
        return lines[number] if number < len(lines) else line
    return line
