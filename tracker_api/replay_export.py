"""The fleet's past as a file, vehicle by vehicle, so that it need not be held whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Literal

from store.vehicles import Track
from tracker_api import tracks
from tracker_api.sheets import harmless

Form = Literal["csv", "geojson", "gpx"]

MEDIA_TYPE: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "gpx": "application/gpx+xml",
}
HEADER = ("plate", *tracks.HEADER)

_BOM = "\ufeff"  # so that Excel opens a CSV as UTF-8

Drives = Iterable[tuple[str, Track]]  #: plates and what they drove; those without fixes are skipped


def written(form: Form, drives: Drives) -> Iterator[bytes]:
    """The file in parts, one per vehicle."""
    driven = ((plate, track) for plate, track in drives if len(track))
    if form == "geojson":
        return _geojson(driven)
    return (part.encode() for part in (_csv if form == "csv" else _gpx)(driven))


def _csv(drives: Drives) -> Iterator[str]:
    yield _BOM + _lines([HEADER])
    for plate, track in drives:
        name = harmless(plate)
        yield _lines((name, *row) for row in tracks.csv_rows(track, None))


def _lines(rows: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _geojson(drives: Drives) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    between = b""
    for plate, track in drives:
        yield between + tracks.geojson(plate, track, None, complete=track.complete)
        between = b","
    yield b"]}"


def _gpx(drives: Drives) -> Iterator[str]:
    yield tracks.GPX_HEAD
    for plate, track in drives:
        yield tracks.gpx_track(plate, track, None)
    yield tracks.GPX_FOOT
