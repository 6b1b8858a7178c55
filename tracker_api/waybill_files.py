"""Waybills out of files: a value for each that can be read, and what is wrong, line by line.

CSV and Excel have a line per line of goods: lines with the same ``number``, else the same
``order_no`` of one customer, are one waybill.  JSON is a list of waybills as ``POST /waybills``
takes them.  An Excel file is a zip, and may claim to hold more than any machine: it is
unpacked only as far as a file may be large, and read row by row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any
from xml.etree.ElementTree import ParseError
from zoneinfo import ZoneInfo

import orjson
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import ValidationError

from fleet.errors import Invalid
from geofence.rings import Unusable
from geofence.sheet import encoding_of
from tracker_api.trip_files import check_count
from tracker_api.waybill_bodies import WaybillIn

#: Bytes that an Excel file may have unpacked: a hundred lines to a waybill of the largest file.
UNPACKED = 256 * 1024 * 1024
#: Rows of a table; a waybill rarely has more than a few lines of goods.
MOST_ROWS = 100_000

_GOODS = {
    "goods": "name",
    "spec": "spec",
    "quantity": "quantity",
    "weight_kg": "weight_kg",
    "volume_m3": "volume_m3",
}
_NUMBERS = frozenset({"quantity", "weight_kg", "volume_m3"})
_TIMES = ("placed_at", "opens_at", "promised_at")
_OF_WAYBILL = (
    *("number", "company", "order_no", "customer", "carrier", "origin", "destination"),
    *("shipper", "consignee", "phone", "address", "requirements", "contact", "stored", "trip"),
    *_TIMES,
)
COLUMNS = frozenset({*_OF_WAYBILL, *_GOODS})
_NEEDED = frozenset({"customer", "origin", "destination"})

#: How people say yes in a table.
_YES = frozenset({"1", "y", "yes", "true", "是"})
_NO = frozenset({"0", "n", "no", "false", "否"})

#: What openpyxl and zipfile raise on files that are cut off, encrypted, or no such XML.
_NO_EXCEL = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, EOFError,
    LookupError, ValueError, TypeError, AttributeError, RuntimeError,
)  # fmt: skip

Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class WaybillFault:
    """Why a waybill of a file is refused."""

    line: int  #: from 1; of JSON which waybill; 0: the file as a whole
    number: str | None
    why: str


@dataclass(frozen=True, slots=True)
class FileWaybill:
    """A waybill that could be read."""

    line: int
    said: WaybillIn
    digest: bytes  #: of what the file says of it: the same again changes nothing


@dataclass(frozen=True, slots=True)
class WaybillFile:
    """What a file holds."""

    waybills: tuple[FileWaybill, ...]
    faults: tuple[WaybillFault, ...]


@dataclass(slots=True)
class _Draft:
    """A waybill while its lines are collected."""

    line: int
    head: Cells = field(default_factory=dict)
    goods: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_json(data: bytes, most: int) -> WaybillFile:
    """Out of a list, or of ``waybills`` of an object; the line is which of them it is.

    Raises:
        Invalid: it is no such file, or has more than ``most`` waybills.
    """
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Invalid("body", f"is no JSON: {error}") from None
    if isinstance(found, dict):
        found = found.get("waybills")
    if not isinstance(found, list):
        raise Invalid("body", "expected a list of waybills, or an object with `waybills`")
    _count(found, most)
    return _read((line, each, ()) for line, each in enumerate(found, 1))


def read_csv(data: bytes, most: int, zone: str) -> WaybillFile:
    """Out of a table: UTF-8 or GB18030, separated by commas, semicolons or tabs.

    Times without an offset are of ``zone`` (IANA).

    Raises:
        Invalid: it is no such file, or has more than ``most`` waybills.
    """
    try:
        text = data.decode(encoding_of(data))
    except (Unusable, UnicodeDecodeError) as error:
        raise Invalid("body", str(error)) from None
    heading = text.partition("\n")[0]
    separator = next((mark for mark in ",;\t" if mark in heading), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise Invalid("body", f"line {reader.line_num} cannot be read: {error}") from None
    return _table(rows, most, zone)


def read_xlsx(data: bytes, most: int, zone: str) -> WaybillFile:
    """Out of the first sheet of an Excel file; else as ``read_csv``.

    Raises:
        Invalid: it is no such file, unpacks to more than it may, or has too many waybills.
    """
    _check_unpacked(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        rows = []
        for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            rows.append((line, [_text(cell, zone) for cell in cells]))
            check_count(line, MOST_ROWS)
    except _NO_EXCEL as error:
        raise Invalid("body", f"is no Excel file that can be read: {error}") from None
    return _table(rows, most, zone)


def _check_unpacked(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise Invalid("body", "is no Excel file") from None
    if total > UNPACKED:
        raise Invalid("body", f"unpacks to more than {UNPACKED // 2**20} MiB")


def _text(cell: object, zone: str) -> str:
    """A cell as it would stand in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=ZoneInfo(zone)).isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _table(rows: Sequence[tuple[int, list[str]]], most: int, zone: str) -> WaybillFile:
    if not rows:
        raise Invalid("body", "is empty")
    columns = _columns(rows[0][1])
    drafts: dict[tuple[str, ...], _Draft] = {}
    for line, cells in rows[1:]:
        named = {
            name: cell.strip()
            for name, cell in zip_longest(columns, cells, fillvalue="")
            if name and cell.strip()
        }
        if not named:
            continue
        draft = drafts.setdefault(_key(line, named), _Draft(line))
        _take(draft, line, named)
        check_count(len(drafts), most)
    return _read(
        (draft.line, _said(draft, ZoneInfo(zone)), draft.faults) for draft in drafts.values()
    )


def _columns(heading: Sequence[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in heading]
    named = [name for name in columns if name]
    missing = sorted(_NEEDED - set(named))
    if missing:
        raise Invalid("body", f"its heading lacks columns: {', '.join(missing)}")
    unknown = sorted(set(named) - COLUMNS)
    if unknown:
        raise Invalid("body", f"its heading has columns that mean nothing: {', '.join(unknown)}")
    if len(set(named)) != len(named):
        raise Invalid("body", "its heading names a column twice")
    return columns


def _key(line: int, cells: Mapping[str, str]) -> tuple[str, ...]:
    """What makes lines one waybill; one with neither number nor order is one of its own."""
    if "number" in cells:
        return "number", cells["number"]
    if "order_no" in cells:
        return "order", cells.get("customer", ""), cells["order_no"]
    return "line", str(line)


def _take(draft: _Draft, line: int, cells: Cells) -> None:
    """Add one line to its waybill."""
    goods: dict[str, Any] = {}
    for column, name in _GOODS.items():
        cell = cells.pop(column, None)
        if cell is None:
            continue
        goods[name] = cell
        if column in _NUMBERS:
            try:
                goods[name] = float(cell)
            except ValueError:
                draft.faults.append(f"{column}: {cell!r} is no number")
    if goods:
        draft.goods.append(goods)
    for name, cell in cells.items():
        if draft.head.setdefault(name, cell) != cell:
            draft.faults.append(f"line {line}: {name}: {cell!r}, but {draft.head[name]!r} before")


def _said(draft: _Draft, zone: ZoneInfo) -> dict[str, Any]:
    """As ``POST /waybills`` takes it; notes what cannot be."""
    said: dict[str, Any] = {**draft.head, "goods": draft.goods}
    if "requirements" in said:
        words = said["requirements"].replace("；", ";").replace("，", ";").replace(",", ";")
        said["requirements"] = [word.strip() for word in words.split(";") if word.strip()]
    if "stored" in said:
        word = said["stored"].lower()
        if word not in _YES | _NO:
            draft.faults.append(f"stored: {said['stored']!r} is neither yes nor no")
        said["stored"] = word in _YES
    for name in _TIMES:
        if name in said:
            said[name] = _time(draft, name, said[name], zone)
    trip = said.pop("trip", None)
    if trip is not None:
        said["legs"] = [{"from": said.get("origin"), "to": said.get("destination"), "trip": trip}]
    return said


def _time(draft: _Draft, name: str, cell: str, zone: ZoneInfo) -> str | None:
    try:
        at = datetime.fromisoformat(cell.replace("/", "-"))
        aware = at if at.tzinfo is not None else at.replace(tzinfo=zone)
        return aware.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the year 1 of Shanghai began in the year 0 of UTC
        draft.faults.append(f"{name}: {cell!r} is no time (ISO 8601)")
        return None


def _read(found: Iterable[tuple[int, Any, Sequence[str]]]) -> WaybillFile:
    waybills: list[FileWaybill] = []
    faults: list[WaybillFault] = []
    for line, said, noted in found:
        number = said.get("number") if isinstance(said, dict) else None
        wrong = list(noted)
        try:
            read = WaybillIn.model_validate_json(orjson.dumps(said))
        except ValidationError as error:
            wrong += _reasons(error)
        except orjson.JSONEncodeError:  # it reads deeper than it writes
            wrong.append("is nested too deep")
        else:
            if not wrong:
                waybills.append(FileWaybill(line, read, _digest(said)))
        if wrong:
            faults.append(WaybillFault(line, number if isinstance(number, str) else None, wrong[0]))
    return WaybillFile(tuple(waybills), tuple(faults))


def _reasons(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False):
        place = ".".join(str(part) for part in each["loc"])
        yield f"{place}: {each['msg']}" if place else str(each["msg"])


def _digest(said: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).digest()


def _count(found: Sequence[object], most: int) -> None:
    if len(found) > most:
        raise Invalid("body", f"a file may have {most} waybills")
