"""Fences from CSV, as spreadsheets write it: one fence a row, columns named by the first.

A place is ``lon``, ``lat`` and ``radius_m``, or ``wkt`` (and ``radius_m`` for a point or line).
Separated by commas, or by semicolons or tabs where the heading has no comma.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

import numpy as np
import shapely
from shapely.geometry import mapping

from geofence.draft import FIELDS, Raw
from geofence.rings import Unusable

COLUMNS = FIELDS | {"lon", "lat", "wkt"}
#: Columns of a table, empty ones too; a file has two dozen that mean something.
MOST_COLUMNS = 256

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(data: bytes) -> str:
    """The encoding of a text: by its byte order mark, else UTF-8, else GB18030.

    Excel in China saves CSV as GB18030 and does not say so.  Western single-byte text with
    accents may pass for it, which is why the report says what the file was read as.

    Raises:
        Unusable: it is none of these.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    for name in ("utf-8", "gb18030"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    raise Unusable("file", "neither UTF-8 nor GB18030: save it as CSV UTF-8")


def rows(data: bytes, encoding: str) -> Iterator[Raw | tuple[int, Unusable]]:
    """Every row as a fence, or its line and what is wrong with it; empty rows are none.

    Raises:
        Unusable: the file has no heading that names a code and a place.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unusable("file", f"not {encoding}, as its first bytes say: {error.reason}") from None
    heading = text.partition("\n")[0]
    separator = next((mark for mark in ",;\t" if mark in heading), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns = _columns(reader)
    line = reader.line_num + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            # Where one row ends and the next begins is no longer known.
            yield line, Unusable("row", f"cannot be read, nor any after it: {error}")
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield _row(line, columns, cells)
        line = reader.line_num + 1


def _columns(reader: Iterator[list[str]]) -> list[str]:
    """The names in the heading."""
    try:
        cells = next(reader, [])
    except csv.Error as error:
        raise Unusable("heading", f"cannot be read: {error}") from None
    if len(cells) > MOST_COLUMNS:
        raise Unusable("heading", f"a table may have {MOST_COLUMNS} columns")
    columns = [cell.strip().lower() for cell in cells]
    named = [column for column in columns if column]
    if len(set(named)) != len(named):
        raise Unusable("heading", "a column is named twice")
    if "code" not in columns or not ({"lon", "lat"} <= set(columns) or "wkt" in columns):
        raise Unusable("heading", "expected the columns code, and lon, lat, radius_m or wkt")
    return columns


def _row(line: int, columns: list[str], cells: list[str]) -> Raw | tuple[int, Unusable]:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        why = f"{len(cells)} cells are more than {len(columns)} columns"
        return line, Unusable("row", why)
    said = {
        column: cell.strip()
        for column, cell in zip(columns, cells, strict=False)  # spreadsheets cut empty ends off
        if column
    }
    lon, lat, wkt = said.pop("lon", ""), said.pop("lat", ""), said.pop("wkt", "")
    try:
        geometry = _from_wkt(wkt, lon or lat) if wkt else _point(lon, lat)
    except Unusable as unusable:
        return line, unusable
    return Raw(line, said, geometry)


def _point(lon: str, lat: str) -> dict[str, object]:
    """A GeoJSON point of two cells."""
    coordinates = []
    for name, cell in (("lon", lon), ("lat", lat)):
        try:
            coordinates.append(float(cell))
        except ValueError:
            why = f"{cell!r} is no number (with a decimal point)" if cell else "missing"
            raise Unusable(name, why) from None
    return {"type": "Point", "coordinates": coordinates}


def _from_wkt(wkt: str, point: str) -> object:
    """A GeoJSON geometry of well-known text."""
    if point:
        raise Unusable("wkt", "both lon, lat and wkt: which one is meant?")
    # Collections nest without end, and what reads them does so by recursion; what is no ASCII
    # is cut within a character when it is told.
    if not wkt.isascii() or "COLLECTION" in wkt.upper():
        raise Unusable("wkt", "expected a point, a line or a polygon, or several of one kind")
    try:
        with np.errstate(all="ignore"):  # a number beyond all numbers is refused as a position
            geometry = shapely.from_wkt(wkt)
    except shapely.errors.ShapelyError as error:
        raise Unusable("wkt", str(error)) from None
    if shapely.is_empty(geometry):
        raise Unusable("wkt", "empty")
    return mapping(geometry)
