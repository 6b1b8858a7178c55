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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate
from zoneinfo import ZoneInfo

import orjson
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import ValidationError

from fleet.errors import Invalid
from geofence.rings import Unusable
from geofence.sheet import MOST_COLUMNS, encoding_of
from route.gtfs import BROKEN_ZIP
from tracker_api.trip_files import check_count
from tracker_api.waybill_bodies import WaybillIn

#: Bytes that an Excel file may have unpacked: 10,000 waybills of six lines, all columns full.
UNPACKED = 64 * 1024 * 1024
#: Rows of a table; a waybill rarely has more than a few lines of goods.
MOST_ROWS = 100_000
#: Characters of a cell; twenty requirements are the longest, 1,300.
LONGEST = 2_000
_SHOWN = 60  #: characters of a cell in a fault
_CHUNK = 65_536  #: bytes of a part that are read at once

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

#: What openpyxl raises on what is no such XML, beside what its archive may.
_NO_EXCEL = (
    *BROKEN_ZIP, InvalidFileException, ParseError, TypeError, AttributeError, ArithmeticError,
    AssertionError,
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
        return _table(((reader.line_num, cells) for cells in reader), most, zone)
    except csv.Error as error:
        raise Invalid("body", f"line {reader.line_num} cannot be read: {error}") from None


def read_xlsx(data: bytes, most: int, zone: str) -> WaybillFile:
    """Out of the first sheet of an Excel file; else as ``read_csv``.

    Raises:
        Invalid: it is no such file, unpacks to more than it may, or has too many waybills.
    """
    _check_unpacked(data)
    return _table(_rows(data, zone), most, zone)


def _rows(data: bytes, zone: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row of the first sheet; raises ``Invalid``."""
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        heading = _texts(next(sheet.iter_rows(max_row=1, values_only=True), ()), zone)
        yield 1, heading
        # Not wider than the heading: a row may say that it has 16,384 cells, each of them blank.
        rows = sheet.iter_rows(min_row=2, max_col=max(len(heading), 1), values_only=True)
        for line, cells in enumerate(rows, 2):
            yield line, _texts(cells, zone)
    except _NO_EXCEL as error:
        raise Invalid("body", f"is no Excel file that can be read: {error!s:.200}") from None


def _check_unpacked(data: bytes) -> None:
    """Refuse what is larger than it may be, and XML that defines how to grow."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > UNPACKED:
                raise Invalid("body", f"unpacks to more than {UNPACKED // 2**20} MiB")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        _check_plain(part)
    except BROKEN_ZIP:
        raise Invalid("body", "is no Excel file") from None


def _check_plain(part: IO[bytes]) -> None:
    """Refuse XML with a document type: Excel writes none, and entities grow without end."""
    parser = ParserCreate()
    begun = False

    def begin(*_: object) -> None:
        nonlocal begun
        begun = True

    def refuse(*_: object) -> None:
        raise Invalid("body", "has a document type, which is not read")

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        while not begun and (chunk := part.read(_CHUNK)):
            parser.Parse(chunk)
    except ExpatError:
        return  # openpyxl says what of it cannot be read


def _texts(cells: Sequence[object], zone: str) -> list[str]:
    """The cells of a row, as far as there are any."""
    last = next((at for at in range(len(cells), 0, -1) if cells[at - 1] is not None), 0)
    return [_text(cell, zone) for cell in cells[:last]]


def _text(cell: object, zone: str) -> str:
    """A cell as it would stand in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=ZoneInfo(zone)).isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _table(rows: Iterator[tuple[int, list[str]]], most: int, zone: str) -> WaybillFile:
    """Row by row: of what nobody reads nothing stays in memory."""
    _, heading = next(rows, (0, None))
    if heading is None:
        raise Invalid("body", "is empty")
    columns = [(at, name) for at, name in enumerate(_columns(heading)) if name]
    drafts: dict[tuple[str, ...], _Draft] = {}
    for number, (line, cells) in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise Invalid("body", f"a file may have {MOST_ROWS} lines: divide it")
        named = {name: cells[at].strip() for at, name in columns if at < len(cells)}
        named = {name: cell for name, cell in named.items() if cell}
        if not named:
            continue
        if max(map(len, named.values())) > LONGEST:
            raise Invalid("body", f"line {line}: a cell may have {LONGEST} characters")
        draft = drafts.setdefault(_key(line, named), _Draft(line))
        _take(draft, line, named)
        check_count(len(drafts), most)
    return _read(
        (draft.line, _said(draft, ZoneInfo(zone)), draft.faults) for draft in drafts.values()
    )


def _columns(heading: Sequence[str]) -> list[str]:
    if len(heading) > MOST_COLUMNS:
        raise Invalid("body", f"a table may have {MOST_COLUMNS} columns")
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
                draft.faults.append(f"{column}: {_shown(cell)} is no number")
    if goods:
        draft.goods.append(goods)
    for name, cell in cells.items():
        if draft.head.setdefault(name, cell) != cell:
            before = _shown(draft.head[name])
            draft.faults.append(f"line {line}: {name}: {_shown(cell)}, but {before} before")


def _said(draft: _Draft, zone: ZoneInfo) -> dict[str, Any]:
    """As ``POST /waybills`` takes it; notes what cannot be."""
    said: dict[str, Any] = {**draft.head, "goods": draft.goods}
    if "requirements" in said:
        words = said["requirements"].replace("；", ";").replace("，", ";").replace(",", ";")
        said["requirements"] = [word.strip() for word in words.split(";") if word.strip()]
    if "stored" in said:
        word = said["stored"].lower()
        if word not in _YES | _NO:
            draft.faults.append(f"stored: {_shown(said['stored'])} is neither yes nor no")
        said["stored"] = word in _YES
    for name in _TIMES:
        if name in said:
            said[name] = _time(draft, name, said[name], zone)
    trip = said.pop("trip", None)
    if trip is not None:
        said["legs"] = [{"from": said.get("origin"), "to": said.get("destination"), "trip": trip}]
    return said


def _shown(cell: str) -> str:
    """A cell in a sentence, not longer than a sentence."""
    return repr(cell[:_SHOWN])


def _time(draft: _Draft, name: str, cell: str, zone: ZoneInfo) -> str | None:
    try:
        at = datetime.fromisoformat(cell.replace("/", "-"))
        aware = at if at.tzinfo is not None else at.replace(tzinfo=zone)
        return aware.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the year 1 of Shanghai began in the year 0 of UTC
        draft.faults.append(f"{name}: {_shown(cell)} is no time (ISO 8601)")
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
