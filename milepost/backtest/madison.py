"""Buses of Madison: positions, the operator's own predictions, arrivals to a minute or two.

There is no timetable but the hour at which each trip begins.  The lines and the places of the
stops are drawn from the whole recording, as an agency's GTFS would give them; nothing of when
anybody was there goes into them.  A watched stop lies where the recorded distance of a vehicle
and its distance to the stop add up to.  Between the stops there are via points, so that what
is learned of a stretch is not about kilometres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as File
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from milepost.backtest import files
from milepost.backtest.drawn import NO_PATH, Path, Streets
from milepost.backtest.sets import (
    DataSet,
    Floats,
    Ints,
    Journeys,
    Pairs,
    Passages,
    Positions,
    Said,
)
from milepost.backtest.truth import ordered, ranges

ZONE = "America/Chicago"
EDGES = (0.0, 3.0, 6.0, 10.0, 15.0, 30.0, 60.0)  #: minutes; beyond 30 the operator tells few
TEST = datetime(2025, 9, 26, 3, tzinfo=ZoneInfo(ZONE))  #: three days before, three days after
_FOOT, _MPH = 0.3048, 0.44704  #: m, m/s
_GAP = 400.0  #: s; the recording asks every 300; a longer gap tells nothing of what is between


@dataclass(frozen=True, slots=True)
class _Reports:
    """Positions as recorded, by journey and time."""

    names: tuple[str, ...]  #: of each journey: day, trip and vehicle
    begins: Floats  #: planned start of each journey
    pattern: NDArray[np.intp]  #: of each journey, row in ``patterns``
    patterns: tuple[str, ...]
    journey: Ints
    time: Floats
    lon: Floats
    lat: Floats
    speed: Floats
    course: Floats
    metres: Floats  #: along the pattern, by the operator's own count


def read(data: File | None, said: Said) -> DataSet:
    """The set in ``bus/madison`` of the recordings.

    Raises:
        Invalid: the folder or one of its three files is not there, or is no such file.
    """
    home = files.folder(data, "madison")
    said("reading positions")
    seen = _reports(home / "vehicles.csv.gz")
    said("reading the operator's predictions")
    told = _predictions(home / "operator_predictions.csv.gz")
    said("drawing lines")
    paths = _paths(seen, _stops(seen, told))
    stops: dict[str, int] = {}
    journeys = _journeys(seen, paths, stops)
    asked, told_then = _asked(home / "arrivals.csv.gz", seen, told, journeys, paths)
    test = asked.now >= TEST.timestamp()
    return DataSet(
        name="madison",
        zone=ZONE,
        about=f"positions before {TEST:%Y-%m-%d} to learn from, three days are asked about",
        stops=tuple(stops),
        ways=tuple(path.way for path in paths),
        journeys=journeys,
        positions=_positions(seen, journeys),
        passages=_passages(seen, journeys),
        since=TEST.timestamp(),
        rehearsal=asked,
        pairs=asked.rows(test),
        edges=EDGES,
        answers={"operator": told_then[test]},
    )


def _minutes(values: list[str]) -> Floats:
    """Instants of ``YYYYMMDD HH:MM`` on the clock of the place."""
    zone = ZoneInfo(ZONE)
    known = {
        value: datetime.strptime(value, "%Y%m%d %H:%M").replace(tzinfo=zone).timestamp()
        for value in set(values)
    }
    return np.array([known[value] for value in values])


def _reports(path: File) -> _Reports:
    names = (
        "vid", "tmstmp", "lat", "lon", "hdg", "spd", "pdist", "pid", "stst", "stsd", "tatripid"
    )  # fmt: skip
    rows = files.table(path, names)
    at = f"{path}, column"
    lon, lat, course, speed, feet, starts = (
        files.numbers(f"{at} {n}", rows[n]) for n in ("lon", "lat", "hdg", "spd", "pdist", "stst")
    )
    time = _minutes(rows["tmstmp"])
    keys = [
        f"{day}|{trip}|{vehicle}"
        for day, trip, vehicle in zip(rows["stsd"], rows["tatripid"], rows["vid"], strict=True)
    ]
    every, first, journey = np.unique(keys, return_index=True, return_inverse=True)
    patterns, pattern = np.unique(rows["pid"], return_inverse=True)
    zone = ZoneInfo(ZONE)
    begins = np.array([
        datetime.fromisoformat(rows["stsd"][i]).replace(tzinfo=zone).timestamp() + starts[i]
        for i in first.tolist()
    ])  # fmt: skip
    same = pattern == pattern[first][journey]  # the few that change their pattern on the way
    order = np.lexsort((feet, time, journey))
    order = order[same[order]]
    once = np.append(True, (np.diff(time[order]) > 0) | (np.diff(journey[order]) > 0))
    order = order[once]
    return _Reports(
        tuple(every.tolist()), begins, pattern[first], tuple(patterns.tolist()),
        journey[order].astype(np.int32), time[order], lon[order], lat[order],
        speed[order] * _MPH, course[order], feet[order] * _FOOT,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """Predictions of the operator for vehicles that were already out."""

    journey: tuple[str, ...]  #: name
    stop: tuple[str, ...]
    now: Floats
    told: Floats
    left: Floats  #: m to the stop, by the operator's count


def _predictions(path: File) -> _Told:
    names = ("vid", "tmstmp", "stpid", "dstp", "prdtm", "stsd", "tatripid")
    rows = files.table(path, names)
    out = [i for i, vehicle in enumerate(rows["vid"]) if vehicle]
    feet = files.numbers(f"{path}, column dstp", rows["dstp"])
    return _Told(
        tuple(f"{rows['stsd'][i]}|{rows['tatripid'][i]}|{rows['vid'][i]}" for i in out),
        tuple(rows["stpid"][i] for i in out),
        _minutes([rows["tmstmp"][i] for i in out]),
        _minutes([rows["prdtm"][i] for i in out]),
        feet[out] * _FOOT,
    )


def _stops(seen: _Reports, told: _Told) -> dict[int, dict[str, float]]:
    """Where along each pattern the watched stops lie, m by the operator's count."""
    number = {name: i for i, name in enumerate(seen.names)}
    at = dict(zip(zip(seen.journey.tolist(), seen.time.tolist(), strict=True),
                  seen.metres.tolist(), strict=True))  # fmt: skip
    found: dict[int, dict[str, list[float]]] = {}
    for name, stop, now, left in zip(
        told.journey, told.stop, told.now.tolist(), told.left.tolist(), strict=True
    ):
        metres = at.get((number.get(name, -1), now))
        if metres is not None:
            pattern = int(seen.pattern[number[name]])
            found.setdefault(pattern, {}).setdefault(stop, []).append(metres + left)
    return {
        pattern: {stop: float(np.median(places)) for stop, places in by_stop.items()}
        for pattern, by_stop in found.items()
    }


def _paths(seen: _Reports, stops: Mapping[int, Mapping[str, float]]) -> list[Path]:
    """Every pattern, those that were driven most first: they lay down the via points."""
    of = seen.pattern[seen.journey]
    number = np.bincount(of, minlength=len(seen.patterns))
    streets, paths = Streets(), [NO_PATH] * len(seen.patterns)
    for pattern in np.argsort(-number, kind="stable").tolist():
        rows = of == pattern
        paths[pattern] = streets.draw(
            seen.metres[rows], seen.lon[rows], seen.lat[rows], stops.get(pattern, {})
        )
    return paths


def _journeys(seen: _Reports, paths: list[Path], stops: dict[str, int]) -> Journeys:
    numbers = [
        np.array([stops.setdefault(name, len(stops)) for name in path.way.names], np.int32)
        for path in paths
    ]
    counts = np.array([len(path.metres) for path in paths])
    start = np.append(0, np.cumsum(counts[seen.pattern]))
    planned = np.full(start[-1], np.nan)
    stopping = counts[seen.pattern] > 0
    planned[start[:-1][stopping]] = seen.begins[stopping]
    vehicle = np.unique([n.rsplit("|", 1)[1] for n in seen.names], return_inverse=True)[1]
    day = [datetime.fromisoformat(name.split("|")[0]).toordinal() for name in seen.names]
    return Journeys(
        seen.names, vehicle.astype(np.int32), seen.pattern.astype(np.int32),
        np.array(day, np.int32), start, planned,
        np.concatenate([paths[one].metres for one in seen.pattern.tolist()]),
        np.concatenate([numbers[one] for one in seen.pattern.tolist()]),
    )  # fmt: skip


def _positions(seen: _Reports, journeys: Journeys) -> Positions:
    drawn = np.diff(journeys.start)[seen.journey] > 0
    order = np.argsort(seen.time, kind="stable")
    found = Positions(
        journeys.vehicle[seen.journey], np.where(drawn, seen.journey, -1).astype(np.int32),
        seen.time, seen.lon, seen.lat, seen.speed, seen.course,
    )  # fmt: skip
    return found.rows(order)


def _passages(seen: _Reports, journeys: Journeys) -> Passages:
    """When journeys went by their stops: between two reports at an even pace."""
    metres = seen.metres.copy()
    one = seen.journey[1:] == seen.journey[:-1]
    took, went = np.diff(seen.time), np.diff(metres)
    rows = np.flatnonzero(one & (took < _GAP) & (went > 0))
    of = seen.journey[rows]
    first = journeys.start[of]
    span = np.diff(journeys.start)[of]
    at, row = ranges(first, span), np.repeat(rows, span)
    there = (journeys.along[at] > metres[row]) & (journeys.along[at] <= metres[row + 1])
    at, row = at[there], row[there]
    time = seen.time[row] + took[row] * (journeys.along[at] - metres[row]) / went[row]
    _, once = np.unique(at, return_index=True)
    at, row, time = at[once], row[once], time[once]
    journey = seen.journey[row]
    return ordered(journey, (at - journeys.start[journey]).astype(np.int32), time)


def _asked(
    path: File,
    seen: _Reports,
    told: _Told,
    journeys: Journeys,
    paths: list[Path],
) -> tuple[Pairs, Floats]:
    """What the operator answered and the truth is known of; and the answers."""
    rows = files.table(path, ("trip_key", "stop_id", "arrived_unix"))
    # Their clock: seconds of the local time of day, written as if it were UTC.
    local = files.numbers(f"{path}, column arrived_unix", rows["arrived_unix"])
    offset = TEST.utcoffset()
    shift = -offset.total_seconds() if offset else 0.0
    truth = dict(zip(zip(rows["trip_key"], rows["stop_id"], strict=True),
                     (local + shift).tolist(), strict=True))  # fmt: skip
    number = {name: i for i, name in enumerate(seen.names)}
    found: list[tuple[int, float, int, float, float]] = []
    for name, stop, now, answer in zip(
        told.journey, told.stop, told.now.tolist(), told.told.tolist(), strict=True
    ):
        arrived = truth.get((name, stop))
        if arrived is None or name not in number or arrived <= now:
            continue
        names = paths[int(seen.pattern[number[name]])].way.names
        place = names.index(stop) if stop in names else -1
        found.append((number[name], now, place, arrived, answer))
    found.sort(key=lambda one: one[1])
    columns = np.array(found).reshape(-1, 5)
    journey = columns[:, 0].astype(np.int32)
    now = columns[:, 1]
    key = seen.journey.astype(np.float64) * 1e11 + seen.time  # by journey, then time
    last = np.searchsorted(key, journey * 1e11 + now, side="right") - 1
    known = (last >= 0) & (seen.journey[last] == journey)
    metres = np.where(known, seen.metres[last], np.nan)
    origin, share = _between(journeys, journey, metres)
    pairs = Pairs(
        journey, now, np.where(known, seen.time[last], np.nan), origin, share,
        columns[:, 2].astype(np.int32), columns[:, 3],
    )  # fmt: skip
    return pairs, columns[:, 4]


def _between(journeys: Journeys, journey: Ints, metres: Floats) -> tuple[Ints, Floats]:
    """The stop that each was past, and the share of the way to the next."""
    origin = np.full(len(journey), -1, np.int32)
    share = np.zeros(len(journey))
    for row in np.flatnonzero(~np.isnan(metres)).tolist():
        along = journeys.along[journeys.start[journey[row]] : journeys.start[journey[row] + 1]]
        place = min(int(np.searchsorted(along, metres[row], side="right")) - 1, len(along) - 2)
        if place >= 0:
            origin[row] = place
            step = along[place + 1] - along[place]
            share[row] = min(1.0, (metres[row] - along[place]) / step) if step > 0 else 0.0
    return origin, share
