"""Recorded motion: a car drive of 137 km every 2 s, and a day of city buses every 2 minutes.

Nobody wrote down when these vehicles arrived anywhere.  Hubs are put where they stopped, and the
truth is what the whole recording says: when it was inside the hub, without leaves of under ten
minutes.  What is judged sees only every n-th fix.  MILEPOST_DATA names the folder.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from bench.motion import Floats, Place, Stay, believed, reported
from fleet.fences import FenceTerms, FenceVersion, Role, ShapeKind, StopRule
from fleet.geo import distance
from fleet.records import FixBatch
from geofence.frame import Frame
from geofence.outline import encode
from geofence.visits import Track

RADIUS = 100.0  #: m
STOP = 300.0  #: s inside that make a stop, if it stood there
MERGE = 600.0  #: s; a shorter leave is none
BUSIEST = 60  #: hubs of the buses


@dataclass(frozen=True, slots=True)
class Recording:
    """What is judged, and by what."""

    name: str
    track: Track
    places: list[Place]
    truth: list[Stay]


def recordings() -> list[Recording]:
    """All that there are; none without MILEPOST_DATA."""
    folder = os.environ.get("MILEPOST_DATA")
    if folder is None:
        return []
    drive = _drive(Path(folder) / "nmea/drive/carson_truckee_137km.nmea")
    buses = _buses(Path(folder) / "bus/capmetro/positions_2016-12-16.csv.gz")
    return [
        *(_recording(f"car drive, every {2 * step} s", drive, step) for step in (1, 5, 15, 30)),
        *(_recording(f"buses, every {2 * step} min", buses, step) for step in (1, 2)),
    ]


def _drive(path: Path) -> FixBatch:
    """Time, place and speed of its RMC sentences."""
    rows = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        part = line.split(",")
        if not line.startswith("$GPRMC") or len(part) < 10 or part[2] != "A":
            continue
        at = datetime.strptime(part[9] + part[1][:6], "%d%m%y%H%M%S").replace(tzinfo=UTC)
        rows.append(
            (0, at.timestamp(), _degrees(part[5], part[6]), _degrees(part[3], part[4]),
             float(part[7]) * 1852 / 3600)
        )  # fmt: skip
    return _whole(rows, 5.0)


def _degrees(text: str, side: str) -> float:
    whole, minutes = divmod(float(text), 100)
    return (whole + minutes / 60) * (-1 if side in "SW" else 1)


def _buses(path: Path) -> FixBatch:
    """One day of all buses; rows at 0, 0 are left out."""
    rows, numbers = [], dict[str, int]()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            lon, lat = float(row["longitude"]), float(row["latitude"])
            if lon and lat:
                vehicle = numbers.setdefault(row["vehicle_id"], len(numbers))
                time = datetime.fromisoformat(row["timestamp"]).timestamp()
                rows.append((vehicle, time, lon, lat, float(row["speed"])))
    return _whole(rows, 10.0)


def _whole(rows: list[tuple[int, float, float, float, float]], told: float) -> FixBatch:
    vehicle, time, lon, lat, speed = np.array(sorted(set(rows))).T
    fixes = reported(vehicle.astype(np.int32), time, lon, lat, speed, told)
    again = (fixes.vehicle[1:] == fixes.vehicle[:-1]) & (fixes.time[1:] == fixes.time[:-1])
    return fixes.rows(np.append(True, ~again))


def _recording(name: str, fixes: FixBatch, step: int) -> Recording:
    whole = believed(fixes)
    centres = _hubs(whole)
    places = [_hub(number, lon, lat) for number, (lon, lat) in enumerate(centres, 1)]
    rank = np.arange(len(fixes)) - np.searchsorted(fixes.vehicle, fixes.vehicle)
    track = believed(fixes.rows(rank % step == 0))
    truth = [stay for each in places for stay in _stays(whole, each)]
    return Recording(name, track, places, truth)


def _hubs(track: Track) -> list[tuple[float, float]]:
    """Where vehicles stood for long, the busiest places first, none near another."""
    stands = np.flatnonzero(np.isfinite(track.stood))
    cells = Counter(
        (round(lon * 1000), round(lat * 1000))  # about 100 m
        for lon, lat in zip(track.lon[stands].tolist(), track.lat[stands].tolist(), strict=True)
    )
    chosen: list[tuple[float, float]] = []
    for (east, north), _ in cells.most_common():
        at = (east / 1000, north / 1000)
        others = np.array(chosen).reshape(-1, 2)
        away = distance(others[:, 0], others[:, 1], np.array(at[0]), np.array(at[1]))
        if np.all(away > 5 * RADIUS):
            chosen.append(at)
        if len(chosen) == BUSIEST:
            break
    return chosen


def _hub(fence: int, lon: float, lat: float) -> Place:
    terms = FenceTerms(
        outline=encode(ShapeKind.CIRCLE, shapely.Point(lon, lat), RADIUS),
        role=Role.HUB,
        node_level=True,
        margin=30.0,
        dwell_in=120.0,
        dwell_out=120.0,
        stop_rule=StopRule.STAY,
    )
    circle = shapely.buffer(shapely.Point(0, 0), RADIUS, quad_segs=256)
    version = FenceVersion(fence, 1, fence, 0, "UTC", 0.0, inf, terms)
    return Place(version, circle, Frame(lon, lat))


def _stays(track: Track, hub: Place) -> list[Stay]:
    """When the whole recording says that a vehicle was inside."""
    x, y = hub.frame.to_local(track.lon, track.lat)
    inside = np.hypot(x, y) <= RADIUS
    found: list[Stay] = []
    for vehicle in np.unique(track.vehicle[inside]).tolist():
        own = np.flatnonzero(track.vehicle == vehicle)
        for first, last in _runs(inside[own], track.time[own]):
            begin, end = -inf, inf  # the recording begins or ends inside
            if first > 0:
                begin = _crossing(track, x, y, own[first - 1], own[first])
            if last + 1 < len(own):
                end = _crossing(track, x, y, own[last], own[last + 1])
            rows = own[first : last + 1]
            stands = end - begin >= STOP and bool(np.any(np.isfinite(track.stood[rows])))
            found.append(Stay(vehicle, hub.version.fence, begin, end, stands))
    return found


def _runs(inside: NDArray[np.bool_], time: Floats) -> list[tuple[int, int]]:
    """First and last row of each stretch inside, leaves of under ``MERGE`` included."""
    rows = np.flatnonzero(inside)
    breaks = np.flatnonzero((time[rows[1:]] - time[rows[:-1]] > MERGE) & (np.diff(rows) > 1))
    firsts = rows[np.append(0, breaks + 1)]
    lasts = rows[np.append(breaks, len(rows) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _crossing(track: Track, x: Floats, y: Floats, one: int, other: int) -> float:
    """When between two fixes it was ``RADIUS`` from the middle; the distances are even enough."""
    near, far = np.hypot(x[one], y[one]) - RADIUS, np.hypot(x[other], y[other]) - RADIUS
    share = near / (near - far) if (near > 0) != (far > 0) else 0.0
    return float(track.time[one] + share * (track.time[other] - track.time[one]))
