"""Tables as files for spreadsheets: Excel, or CSV that Excel opens as UTF-8.

A cell that a stranger filled must not become a formula on the desk of whoever opens the file: in
Excel files text is written as text; in CSV a text that begins like a formula gets an apostrophe
before it (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

Form = Literal["xlsx", "csv"]
Cell = str | int | float | datetime | None

_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
#: What an endpoint that answers with a file documents.
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media in _MEDIA.values()
        },
    }
}
#: How spreadsheets begin a formula, in East Asia also in full width; blanks and tabs hide one.
_FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
#: What XML 1.0 cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST = 32_767  # characters in a cell of Excel


def sheet(
    form: Form, name: str, heading: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str
) -> Response:
    """A table as a file to download; times stand in ``zone`` (IANA), to the second."""
    clock = ZoneInfo(zone)
    plain = ([_text(cell, clock) for cell in row] for row in rows)
    made = _xlsx(name, heading, plain) if form == "xlsx" else _csv(heading, plain)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(made, media_type=_MEDIA[form], headers=headers)


def _text(cell: Cell, clock: ZoneInfo) -> str:
    if isinstance(cell, datetime):
        return cell.astimezone(clock).strftime("%Y-%m-%d %H:%M:%S")
    return "" if cell is None else _CONTROL.sub(" ", str(cell))[:_LONGEST]


def _xlsx(name: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet(name)
    for row in (heading, *rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(page, value=value or None)
            if value:
                cell.data_type = "s"  # openpyxl takes what begins with = for a formula
            cells.append(cell)
        page.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([harmless(text) for text in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text for a cell of a CSV file that no spreadsheet takes for a formula."""
    return "'" + text if _FORMULA.match(text) else text
