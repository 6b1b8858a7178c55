"""Buses of Kandy, route 654: when 15 segments began and ended, per trip, and no coordinates.

The line is drawn straight to the north, as long as the segments say, and a vehicle is seen at
each end of a segment: so the journeys go through the same fold as all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from milepost.backtest import files
from milepost.backtest.sets import HOUR, DataSet, Floats, Ints, Journeys, Positions, Said, Way
from milepost.backtest.truth import AHEAD, PER_DEGREE, ordered, pairs, rehearsal

ZONE = "Asia/Colombo"
TEST = date(2022, 7, 1)  #: the last two months given; nothing was recorded in the four before
SEGMENTS = 15
_WHERE = 80.6, 7.0  #: degrees; a corner of the district, any place would do
_KM = 1000.0
_REHEARSED = 30  #: days; there are few trips in each


@dataclass(frozen=True, slots=True)
class _Rows:
    """One row per segment driven, by journey and segment."""

    name: tuple[str, ...]  #: of each journey
    vehicle: tuple[str, ...]  #: of each journey
    day: Ints  #: of each journey
    journey: Ints
    segment: Ints  #: from 0
    begins: Floats
    ends: Floats
    metres: Floats


def read(data: Path | None, said: Said) -> DataSet:
    """The set in ``bus/kandy`` of the recordings.

    Raises:
        Invalid: the folder or one of its segments is not there, or is no such file.
    """
    home = files.folder(data, "kandy")
    said(f"reading {SEGMENTS} segments")
    rows = _rows(home)
    stops = SEGMENTS + 1
    metres = np.array([np.median(rows.metres[rows.segment == s]) for s in range(SEGMENTS)])
    along = np.append(0.0, np.cumsum(metres))
    lon, lat = np.full(stops, _WHERE[0]), _WHERE[1] + along / PER_DEGREE
    names = tuple(f"kandy-{number}" for number in range(stops))
    count = len(rows.name)
    vehicle = np.unique(rows.vehicle, return_inverse=True)[1]
    journeys = Journeys(
        rows.name, vehicle.astype(np.int32), np.zeros(count, np.int32), rows.day,
        np.arange(count + 1) * stops, np.full(count * stops, np.nan), np.tile(along, count),
        np.tile(np.arange(stops, dtype=np.int32), count),
    )  # fmt: skip
    begun = rows.segment == 0  # the departure; later segments begin where the last one ended
    truth = ordered(
        np.append(rows.journey[begun], rows.journey),
        np.append(rows.segment[begun], rows.segment + 1).astype(np.int32),
        np.append(rows.begins[begun], rows.ends),
    )
    since = datetime(TEST.year, TEST.month, TEST.day, tzinfo=ZoneInfo(ZONE)).timestamp()
    asked = rows.day >= TEST.toordinal()
    return DataSet(
        name="kandy",
        zone=ZONE,
        about=f"trips before {TEST} to learn from, {asked.sum()} trips since then are asked about",
        stops=names,
        ways=(Way(lon, lat, lon, lat, along, names),),
        journeys=journeys,
        positions=_positions(rows, vehicle.astype(np.int32), lat),
        passages=truth,
        since=since,
        rehearsal=rehearsal(journeys, truth, since, _REHEARSED),
        pairs=pairs(truth, asked, (AHEAD[0], np.inf)),
        edges=HOUR,
        stays=_stays(rows, stops),
        whole="terminal",
    )


def _rows(home: Path) -> _Rows:
    names = ("trip_id", "deviceid", "segment", "date", "start_time", "end_time", "length")
    keys: list[tuple[str, float, str]] = []
    parts: list[Floats] = []
    zone = ZoneInfo(ZONE)
    for number in range(1, SEGMENTS + 1):
        path = home / f"segment{number}.csv.gz"
        rows = files.table(path, names)
        trip = files.numbers(f"{path}, column trip_id", rows["trip_id"])
        keys += zip(rows["date"], trip.tolist(), rows["deviceid"], strict=True)
        midnights = {
            day: datetime.fromisoformat(day).replace(tzinfo=zone).timestamp()
            for day in set(rows["date"])
        }
        midnight = np.array([midnights[day] for day in rows["date"]])
        seconds = [files.clock_seconds(f"{path}, column {n}", rows[n]) for n in names[4:6]]
        length = files.numbers(f"{path}, column length", rows["length"]) * _KM
        segment = np.full(len(trip), number - 1.0)
        parts.append(np.stack([segment, *(midnight + second for second in seconds), length]))
    every = sorted(set(keys))
    number_of = {key: i for i, key in enumerate(every)}
    journey = np.array([number_of[key] for key in keys], np.int32)
    segment, begins, ends, length = np.concatenate(parts, axis=1)
    order = np.lexsort((segment, journey))
    return _Rows(
        tuple(f"{day}/{trip:.0f}/{device}" for day, trip, device in every),
        tuple(device for _, _, device in every),
        np.array([date.fromisoformat(day).toordinal() for day, _, _ in every], np.int32),
        journey[order], segment[order].astype(np.int32), begins[order], ends[order], length[order],
    )  # fmt: skip


def _stays(rows: _Rows, stops: int) -> tuple[Floats, Floats]:
    """When each stop of each journey was reached and left; NaN where a segment is missing."""
    arrived, departed = np.full((2, len(rows.name) * stops), np.nan)
    at = rows.journey.astype(np.int64) * stops + rows.segment
    arrived[at + 1], departed[at] = rows.ends, rows.begins
    return arrived, departed


def _positions(rows: _Rows, vehicle: Ints, lat: Floats) -> Positions:
    """Where a vehicle was when a segment ended and when the next began, in order of time."""
    journey = np.append(rows.journey, rows.journey)
    time = np.append(rows.begins, rows.ends)
    border = np.append(rows.segment, rows.segment + 1)
    order = np.lexsort((border, time))
    journey, time, border = journey[order], time[order], border[order]
    _, first = np.unique(np.stack([journey, time]), axis=1, return_index=True)
    first.sort()
    journey, time, border = journey[first], time[first], border[first]
    unknown = np.full(len(time), np.nan)
    return Positions(
        vehicle[journey], journey, time, np.full(len(time), _WHERE[0]), lat[border], unknown,
        unknown,
    )  # fmt: skip
