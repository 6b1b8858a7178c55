"""Fences from files and into files: GeoJSON, KML and CSV in, GeoJSON out.

A file is never half understood in silence: every fence in it becomes a row or a fault that names
its line, its field and the reason, properties that nobody reads are listed, and what the text was
decoded as is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from fleet.fences import Datum
from geofence import kml, sheet
from geofence.draft import DERIVED, FIELDS, FenceDraft, Raw, draft
from geofence.rings import Fault, Unusable


class Form(StrEnum):
    """Forms of files."""

    GEOJSON = "geojson"
    KML = "kml"
    CSV = "csv"


#: Properties that nobody reads and that are told; a file with more has another meaning.
MOST_IGNORED = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one import may be."""

    size: int = 32 * 1024 * 1024  #: bytes; ten thousand fences of 75 vertices as GeoJSON
    rows: int = 10_000  #: fences; read and checked within seconds, and written in one transaction


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A fence that can be made."""

    line: int  #: of the file; of GeoJSON the number of the feature, from 1
    draft: FenceDraft


@dataclass(frozen=True, slots=True)
class LineFault:
    """A fence that cannot be made, or (line 0) a file that cannot be read."""

    line: int  #: as in ``ImportRow``
    code: str  #: as far as it could be read; "" otherwise
    field: str  #: a property, or "ring 1 (hole), vertex 7"
    why: str


@dataclass(frozen=True, slots=True)
class Import:
    """What a file holds."""

    rows: tuple[ImportRow, ...]  #: in the order of the file; no code twice
    faults: tuple[LineFault, ...]  #: likewise
    ignored: tuple[str, ...] = ()  #: properties that nobody reads, in alphabetical order
    encoding: str = "utf-8"  #: what the text was read as


def read_fences(
    data: bytes, form: Form, datum: Datum = Datum.WGS84, limits: Limits | None = None
) -> Import:
    """All fences of a file; never raises for what is in it.

    Args:
        data: the file.
        form: what it is; it is not guessed.
        datum: what all its positions were entered in; the drafts are WGS 84.
        limits: how much is read; beyond them the whole file is refused.
    """
    limits = limits or Limits()
    if len(data) > limits.size:
        return _refused("file", f"{len(data)} bytes are more than {limits.size}")
    encoding = "utf-8"
    try:
        encoding = sheet.encoding_of(data) if form is Form.CSV else encoding
        found = list(islice(_fences(data, form, datum, encoding), limits.rows + 1))
    except Unusable as unusable:
        return _refused(unusable.fault.where, unusable.fault.why, encoding)
    if len(found) > limits.rows:
        return _refused("file", f"more than {limits.rows} fences: divide the file", encoding)
    return _judged(found, datum, encoding)


def write_fences(features: Iterable[Mapping[str, object]]) -> dict[str, Any]:
    """A GeoJSON collection of features as ``geofence.shapes.feature`` makes them.

    It says that it is WGS 84, so that reading it as anything else is refused.
    """
    return {
        "type": "FeatureCollection",
        "datum": Datum.WGS84.value,
        "features": list(features),
    }


def _refused(where: str, why: str, encoding: str = "utf-8") -> Import:
    """Nothing but the reason why a whole file is not read."""
    return Import((), (LineFault(0, "", where, why),), encoding=encoding)


def _fences(
    data: bytes, form: Form, datum: Datum, encoding: str
) -> Iterator[Raw | tuple[int, Unusable]]:
    """The fences of a file of any form, not judged yet."""
    match form:
        case Form.GEOJSON:
            return _features(data, datum)
        case Form.KML:
            return kml.placemarks(data)
        case Form.CSV:
            return sheet.rows(data, encoding)


def _judged(found: list[Raw | tuple[int, Unusable]], datum: Datum, encoding: str) -> Import:
    """Drafts and faults."""
    rows: list[ImportRow] = []
    faults: list[LineFault] = []
    ignored: set[str] = set()
    lines: dict[str, int] = {}
    for one in found:
        if not isinstance(one, Raw):
            line, unusable = one
            faults.append(LineFault(line, "", unusable.fault.where, unusable.fault.why))
            continue
        ignored |= set(one.properties) - FIELDS - DERIVED
        made = draft(one, datum)
        if not isinstance(made, Fault) and made.code in lines:
            made = Fault("code", f"{made.code!r} stands in line {lines[made.code]} already")
        if isinstance(made, Fault):
            code = _told(str(one.properties.get("code") or "")[:64])
            faults.append(LineFault(one.line, code, made.where, made.why))
            continue
        lines[made.code] = one.line
        rows.append(ImportRow(one.line, made))
    names = sorted(_told(name[:64]) for name in ignored)[:MOST_IGNORED]
    return Import(tuple(rows), tuple(faults), tuple(names), encoding)


def _told(text: str) -> str:
    """A stranger's text as an answer can hold it: JSON may have halves of characters."""
    return text.encode(errors="backslashreplace").decode()


def _features(data: bytes, datum: Datum) -> Iterator[Raw | tuple[int, Unusable]]:
    """The features of GeoJSON: of a collection, or a single one."""
    document = _document(data)
    stated = document.get("datum", datum.value)
    if stated != datum.value:
        raise Unusable("datum", f"the file says {stated!r}, and is read as {datum.value}")
    kind = document.get("type")
    features = document.get("features") if kind == "FeatureCollection" else [document]
    if kind not in ("FeatureCollection", "Feature") or not isinstance(features, list):
        raise Unusable("type", "expected a FeatureCollection or a Feature")
    return (_feature(number, one) for number, one in enumerate(features, 1))


def _document(data: bytes) -> dict[str, Any]:
    """The JSON object in a file, in degrees of longitude and latitude."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unusable("file", "not UTF-8, as GeoJSON must be (RFC 7946)") from None
    except (ValueError, RecursionError) as error:
        raise Unusable("file", f"no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Unusable("file", "no GeoJSON: expected an object")
    crs = document.get("crs")
    if crs is not None and not any(name in str(crs) for name in ("CRS84", "4326")):
        raise Unusable("crs", "only longitude and latitude are read; export it as EPSG:4326")
    return document


def _feature(number: int, given: object) -> Raw | tuple[int, Unusable]:
    """One feature; its id is its code where no property says another."""
    if not isinstance(given, dict) or given.get("type") != "Feature":
        return number, Unusable("type", "expected a Feature")
    properties = given.get("properties") or {}
    if not isinstance(properties, dict):
        return number, Unusable("properties", "expected an object")
    code = properties.get("code") or given.get("id")
    return Raw(number, {**properties, "code": code}, given.get("geometry"))
