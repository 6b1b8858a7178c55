"""The past of one vehicle, and marks of a stretch of time, as the plain values of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.alert_views import AlertView
from fleet.alerts import AlertKind
from fleet.geo import EARTH
from fleet.nodes import NodeKind
from fleet.trip_views import EstimatePoint, Trip
from fleet.views import NodeVersion, Stay
from shipment.playbooks import PLAYBOOKS
from store.replay import Mark
from store.vehicles import Track
from tracker_api import trips
from tracker_api.alerts import alert_out
from tracker_api.plain import iso
from tracker_api.record import NAMES, node_out, visit_out
from tracker_api.tracks import GAP

#: m; who stood before a silence and is as near to there after it was not on the way
STAYED = 300.0
#: m/s; 5 km/h: slower is standing, as on the map
STANDSTILL = 5 / 3.6


@dataclass(frozen=True, slots=True)
class Past:
    """All that is known of a vehicle's past."""

    plate: str
    start: datetime
    end: datetime
    drive: Track
    visits: Sequence[Stay]
    nodes: Sequence[NodeVersion]
    alerts: Sequence[AlertView]
    trips: Sequence[tuple[Trip, Sequence[EstimatePoint]]]  #: with estimates of the last stop


def past_out(past: Past, now: datetime) -> dict[str, Any]:
    """``past`` as a ``ReplayOut``, seen at ``now``."""
    return {
        "vehicle": past.plate,
        "from": iso(past.start),
        "to": iso(past.end),
        "fixes": _columns(past.drive),
        "complete": past.drive.complete,
        "gaps": [{"from": iso(began), "to": iso(ended)} for began, ended in gaps(past.drive)],
        "visits": [visit_out(stay, now) for stay in past.visits],
        "nodes": [node_out(node) for node in past.nodes],
        "alerts": [alert_out(view) for view in past.alerts],
        "delay": [
            point
            for trip, points in past.trips
            for point in delays(trip, points, past.start, past.end)
        ],
        "trips": [trips.trip_out(trip, [], None) for trip, _ in past.trips],
    }


def gaps(drive: Track) -> list[tuple[datetime, datetime]]:
    """Silences of more than ten minutes, but for those of a vehicle that stood there all along."""
    if len(drive) < 2:  # noqa: PLR2004 (a gap has two ends)
        return []
    silent = np.diff(drive.time) > GAP
    stood = ~(drive.speed[:-1] > STANDSTILL) & (_steps(drive.lon, drive.lat) <= STAYED)
    found = np.flatnonzero(silent & ~stood).tolist()
    return [(_instant(drive.time[row]), _instant(drive.time[row + 1])) for row in found]


def delays(
    trip: Trip, points: Iterable[EstimatePoint], start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """How late the end of ``trip`` was expected to be; thinned as everywhere."""
    standing = [stop for stop in trip.stops if not stop.dropped]
    due = trips.due(standing[-1].planned) if standing else None
    if due is None:
        return []
    inside = [point for point in points if start <= point.at < end]
    return [
        {
            "at": iso(point.at),
            "trip": trip.brief.code,
            "delay_s": _late(point.p50, due),
            "high_s": _late(point.p90, due),
            "no_estimate": trips.no_estimate_word(point.no_estimate),
        }
        for point in trips.thin(inside, ())
    ]


def marks_out(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """``marks`` as ``MarkOut``."""
    return [_mark(mark) for mark in marks]


def _mark(mark: Mark) -> dict[str, Any]:
    if mark.what == "node":
        zh, en = NAMES[NodeKind(mark.kind)]
        name_zh, name_en = zh.format(mark.name_zh), en.format(mark.name_en)
    else:
        book = PLAYBOOKS[AlertKind(mark.kind)]
        name_zh, name_en = book.zh, book.en
    return {
        "at": iso(mark.at),
        "what": mark.what,
        "kind": mark.kind,
        "vehicle": mark.vehicle,
        "severity": mark.severity,
        "site": mark.site,
        "site_zh": mark.name_zh,
        "site_en": mark.name_en,
        "name_zh": name_zh,
        "name_en": name_en,
        "id": mark.id,
        "late": mark.late,
        "count": mark.count,
    }


def _columns(drive: Track) -> Mapping[str, list[Any]]:
    return {
        "time": np.rint(drive.time * 1000).astype(np.int64).tolist(),
        "lon": np.round(drive.lon, 7).tolist(),
        "lat": np.round(drive.lat, 7).tolist(),
        "speed": np.round(drive.speed, 2).tolist(),  # orjson writes NaN as null
        "course": np.round(drive.course, 1).tolist(),
        "flags": drive.flags.astype(np.int64).tolist(),
        "lag_s": np.round(drive.lag, 1).tolist(),
    }


def _steps(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from each position to the next, on a plane: right to 1 % for some 100 km."""
    east = (np.diff(lon) + 180) % 360 - 180
    x = np.radians(east) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    away: NDArray[np.float64] = EARTH * np.hypot(x, np.radians(np.diff(lat)))
    return away


def _late(expected: datetime | None, due: datetime) -> float | None:
    return None if expected is None else (expected - due).total_seconds()


def _instant(seconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(seconds * 1000))
