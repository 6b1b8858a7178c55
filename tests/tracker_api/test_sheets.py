"""Files for spreadsheets: text is text, whatever a stranger wrote."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest

from tracker_api.sheets import Cell, sheet

ZONE = "Asia/Shanghai"


def rows_of(form: str, *cells: Cell) -> list[list[str | None]]:
    made = sheet("csv" if form == "csv" else "xlsx", "log", ["一", "二"], [cells], ZONE)
    if form == "csv":
        return [list(row) for row in csv.reader(io.StringIO(bytes(made.body).decode("utf-8-sig")))]
    page = openpyxl.load_workbook(io.BytesIO(bytes(made.body))).active
    assert page is not None
    assert all(cell.data_type in {"s", "n"} for row in page.iter_rows() for cell in row)
    return [[cell.value for cell in row] for row in page.iter_rows()]  # type: ignore[misc]  # texts


@pytest.mark.parametrize(
    "evil",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1+1", "\u3000\uff201"],
)
def test_no_cell_is_a_formula(evil: str) -> None:
    assert rows_of("csv", evil, "x")[1][0] == "'" + evil
    found = rows_of("xlsx", evil, "x")[1][0]
    assert found is not None
    assert found.strip() == evil.strip()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_times_stand_on_the_clock_of_the_house(form: str) -> None:
    at = datetime(2026, 11, 22, 20, 30, 1, 5, tzinfo=UTC)
    heading, row = rows_of(form, at, None)
    assert heading == ["一", "二"]
    assert row[0] == "2026-11-23 04:30:01"
    assert not row[1]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_a_file_cannot_hold_is_a_blank(form: str) -> None:
    assert rows_of(form, "a\x00b\x1fc", "x")[1][0] == "a b c"


def test_an_excel_cell_is_cut_at_what_it_can_hold() -> None:
    found = rows_of("xlsx", "x" * 40_000, "y")[1][0]
    assert found is not None
    assert len(found) == 32_767
