"""Trips out of a GTFS feed: those of one service day, each under a code of its own.

A stop is the site whose code is its ``stop_id``; times are by the agency's clocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from fleet.errors import Invalid
from route.gtfs import Call, Feed, FeedError, Ride, Shape, read_feed, unzip
from tracker_api.trip_bodies import LineIn
from tracker_api.trip_files import FileFault, FileTrip, Import, ZoneOf, check_count, checked

_STRANGE = re.compile(r"[^A-Za-z0-9_.-]")
#: Bytes that a feed may have unpacked, and rows of a file: 10,000 trips of a day with fifty stops
#: each, and as many of other days.  A row is 300 bytes of memory.
UNPACKED = 128 * 1024 * 1024
MOST_ROWS = 1_000_000
#: Characters of an id that a code has room for beside the day and the mark of a shortened id.
_ROOM, _SHORT, _MARK = 23, 14, 8


def read_gtfs(data: bytes, most: int, day: date, zone_of: ZoneOf) -> Import:
    """The trips of ``day`` out of a zipped feed; the line is that of ``trips.txt``.

    Raises:
        Invalid: it is no feed, or has more than ``most`` trips on that day.
    """
    try:
        feed = read_feed(unzip(data, UNPACKED), MOST_ROWS)
    except FeedError as error:
        raise Invalid("body", str(error)) from None
    rides = feed.rides_on(day)
    check_count(len(rides), most)
    lines = _lines(feed, {ride.shape for ride in rides})
    midnight = datetime.fromtimestamp(feed.start_of(day), UTC)
    found = [_trip(ride, day, midnight, lines.get(ride.shape), zone_of) for ride in rides]
    faults = [FileFault(p.line, None, f"{p.file}: {p.message}") for p in feed.problems]
    faults += [each for each in found if isinstance(each, FileFault)]
    faults += [fault for each in found if isinstance(each, list) for fault in each]
    return Import(tuple(each for each in found if isinstance(each, FileTrip)), tuple(faults))


def code_of(trip: str, day: date) -> str:
    """The code of a feed's trip on a day: its id where that fits, else the beginning and a mark."""
    name = _STRANGE.sub("-", trip)
    if name != trip or len(name) > _ROOM or not name[0].isalnum():
        mark = sha256(trip.encode()).hexdigest()[:_MARK]
        name = f"{name.lstrip('_.-')[:_SHORT]}-{mark}".lstrip("-")
    return f"{name}-{day:%Y%m%d}"


def _lines(feed: Feed, shapes: Iterable[str]) -> dict[str, LineIn]:
    """One line for each shape: trips share it, and so do the stops on it."""
    return {name: _line(feed.shapes[name]) for name in shapes if name in feed.shapes}


def _line(shape: Shape) -> LineIn:
    places = list(zip(shape.lon.tolist(), shape.lat.tolist(), strict=True))
    return LineIn(format="geojson", data={"type": "LineString", "coordinates": places})


def _trip(
    ride: Ride, day: date, midnight: datetime, line: LineIn | None, zone_of: ZoneOf
) -> FileTrip | FileFault | list[FileFault]:
    code = code_of(ride.trip, day)
    strange = sorted({call.stop for call in ride.calls if zone_of(call.stop) is None})
    if strange:
        return FileFault(ride.line, code, f"there is no site {', '.join(map(repr, strange[:5]))}")
    said: dict[str, Any] = {"code": code, "strict": True, "stops": _stops(ride.calls, midnight)}
    return checked(said | ({} if line is None else {"line": line}), ride.line, ())


def _stops(calls: Sequence[Call], midnight: datetime) -> list[dict[str, Any]]:
    def at(seconds: float) -> datetime:
        return midnight + timedelta(seconds=seconds)

    last = len(calls) - 1
    return [
        {
            "site": call.stop,
            "arrive_at": at(call.arrive),
            "depart_at": None if number == last else at(call.depart),
        }
        for number, call in enumerate(calls)
    ]
