"""A track as people and programs take it away: GeoJSON, GPX, CSV; simplified on request.

Columns in, text out.  A pause of more than ten minutes between two fixes ends a part: what
happened in between was not seen and is not drawn.  Fewer than two fixes are no line; a part
of one fix is kept in GPX and CSV and left out of GeoJSON, which cannot say it as a line.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Any, Protocol
from xml.sax.saxutils import escape

import numpy as np
import orjson
from numpy.typing import NDArray

from fleet.geo import EARTH
from tracker_api.plain import GRADES, flag_names

#: s; terminals report at least every five minutes while moving, so ten are a gap
GAP = 600.0

Floats = NDArray[np.float64]


class Columns(Protocol):
    """Fixes in order of time, column by column; units as in ``fleet.records``."""

    @property
    def time(self) -> Floats: ...  # noqa: D102 (a column)
    @property
    def lon(self) -> Floats: ...  # noqa: D102
    @property
    def lat(self) -> Floats: ...  # noqa: D102
    @property
    def altitude(self) -> Floats: ...  # noqa: D102
    @property
    def speed(self) -> Floats: ...  # noqa: D102
    @property
    def course(self) -> Floats: ...  # noqa: D102
    @property
    def grade(self) -> NDArray[np.uint8]: ...  # noqa: D102
    @property
    def flags(self) -> NDArray[np.uint16]: ...  # noqa: D102


def split(time: Floats) -> list[slice]:
    """The parts of a track between gaps; no fixes are no parts."""
    if not len(time):
        return []
    cuts = np.flatnonzero(np.diff(time) > GAP) + 1
    borders = [0, *cuts.tolist(), len(time)]
    return [slice(a, b) for a, b in itertools.pairwise(borders)]


def simplify(lon: Floats, lat: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Which positions to keep so that none that goes is further than ``tolerance`` m away.

    Douglas and Peucker (1973) on a plane that touches the earth at the middle of the track:
    right to 1 % for tracks of a few hundred kilometres, which is what a tolerance is good
    for.  Both ends are kept.  Right across the antimeridian.
    """
    keep = np.zeros(len(lon), np.bool_)
    if not len(lon):
        return keep
    keep[[0, -1]] = True
    x, y = _plane(lon, lat)
    spans = [(0, len(lon) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:  # noqa: PLR2004 (nothing in between)
            continue
        away = _distances(x[first : last + 1], y[first : last + 1])
        worst = int(np.argmax(away))
        if away[worst] > tolerance:
            keep[first + worst] = True
            spans += [(first, first + worst), (first + worst, last)]
    return keep


def chosen(track: Columns, tolerance: float | None) -> NDArray[np.intp]:
    """The rows to hand out: all, or each part simplified to ``tolerance`` m."""
    if tolerance is None or tolerance <= 0:
        return np.arange(len(track.time))
    keep = np.zeros(len(track.time), np.bool_)
    for part in split(track.time):
        keep[part] = simplify(track.lon[part], track.lat[part], tolerance)
    return np.flatnonzero(keep)


def geojson(plate: str, track: Columns, tolerance: float | None, *, complete: bool) -> bytes:
    """A Feature, RFC 7946; ``properties.times`` runs parallel to the coordinates."""
    lines: list[list[list[float]]] = []
    times: list[list[str]] = []
    for rows in _parts(track, tolerance):
        if len(rows) < 2:  # noqa: PLR2004 (RFC 7946, 3.1.4: a line has two or more positions)
            continue
        lines.append(_coordinates(track, rows))
        times.append(_instants(track.time[rows]))
    geometry: dict[str, Any] | None = None
    if len(lines) == 1:
        geometry = {"type": "LineString", "coordinates": lines[0]}
    elif lines:
        geometry = {"type": "MultiLineString", "coordinates": lines}
    properties = {
        "plate": plate,
        "complete": complete,
        "times": times[0] if len(times) == 1 else times,
    }
    return orjson.dumps({"type": "Feature", "geometry": geometry, "properties": properties})


GPX_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="Milepost">
"""
GPX_FOOT = "</gpx>\n"


def gpx(plate: str, track: Columns, tolerance: float | None) -> str:
    """GPX 1.1 of one vehicle."""
    return GPX_HEAD + gpx_track(plate, track, tolerance) + GPX_FOOT


def gpx_track(plate: str, track: Columns, tolerance: float | None) -> str:
    """A track of a GPX file, one segment per part; heights are above mean sea level.

    Written by hand: a day at one fix a second takes 5 s with an object per point.
    """
    text = [f"<trk><name>{escape(plate)}</name>\n"]
    for rows in _parts(track, tolerance):
        columns = (
            track.lat[rows].tolist(),
            track.lon[rows].tolist(),
            track.altitude[rows].tolist(),
        )
        text.append("<trkseg>\n")
        for lat, lon, altitude, time in zip(*columns, _instants(track.time[rows]), strict=True):
            height = f"<ele>{altitude:.2f}</ele>" if altitude == altitude else ""  # noqa: PLR0124 (NaN)
            text.append(
                f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}">{height}<time>{time}</time></trkpt>\n'
            )
        text.append("</trkseg>\n")
    text.append("</trk>\n")
    return "".join(text)


HEADER = ("time", "lon_deg", "lat_deg", "altitude_m", "speed_kmh", "course_deg", "grade", "flags")


def as_csv(track: Columns, tolerance: float | None) -> str:
    """RFC 4180 with a header that names units; an empty cell is unknown."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows(csv_rows(track, tolerance))
    return out.getvalue()


def csv_rows(track: Columns, tolerance: float | None) -> Iterator[tuple[object, ...]]:
    """Rows below ``HEADER``."""
    rows = chosen(track, tolerance)
    return zip(
        _instants(track.time[rows]),
        _cells(track.lon[rows], 7),
        _cells(track.lat[rows], 7),
        _cells(track.altitude[rows], 2),
        _cells(track.speed[rows] * 3.6, 2),
        _cells(track.course[rows], 1),
        (GRADES[grade] for grade in track.grade[rows].tolist()),
        (" ".join(flag_names(flags)) for flags in track.flags[rows].tolist()),
        strict=True,
    )


def _parts(track: Columns, tolerance: float | None) -> list[NDArray[np.intp]]:
    """The rows to hand out, part by part; the gaps are those of the whole track."""
    rows = chosen(track, tolerance)
    parts = split(track.time)
    starts = np.searchsorted(rows, [part.start for part in parts[1:]])
    return np.split(rows, starts) if parts else []


def _coordinates(track: Columns, rows: NDArray[np.intp]) -> list[list[float]]:
    """Positions with height where every one has it: RFC 7946 wants like positions in a line."""
    columns = [np.round(track.lon[rows], 7), np.round(track.lat[rows], 7)]
    if not np.isnan(track.altitude[rows]).any():
        columns.append(np.round(track.altitude[rows], 2))
    positions: list[list[float]] = np.column_stack(columns).tolist()
    return positions


def _plane(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    east = (lon - lon[0] + 180) % 360 - 180
    scale = np.cos(np.radians((lat.min() + lat.max()) / 2))
    return EARTH * np.radians(east) * scale, EARTH * np.radians(lat - lat[0])


def _distances(x: Floats, y: Floats) -> Floats:
    """How far each position is from the line between the first and the last, in m."""
    dx, dy = x[-1] - x[0], y[-1] - y[0]
    squared = dx * dx + dy * dy
    along = np.zeros_like(x)
    if squared > 0:
        along = np.clip(((x - x[0]) * dx + (y - y[0]) * dy) / squared, 0, 1)
    away: Floats = np.hypot(x - x[0] - along * dx, y - y[0] - along * dy)
    return away


def _cells(column: Floats, digits: int) -> list[float | None]:
    return [None if value != value else round(value, digits) for value in column.tolist()]  # noqa: PLR0124 (NaN)


def _instants(time: Floats) -> list[str]:
    """RFC 3339 in UTC with ``Z``; milliseconds only where there are any."""
    written = np.datetime_as_string(np.rint(time * 1000).astype("datetime64[ms]"), unit="ms")
    return [text.removesuffix(".000") + "Z" for text in written.tolist()]
