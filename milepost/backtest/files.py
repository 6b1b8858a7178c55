"""Tables from disk: CSV, plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from fleet.errors import Invalid

Columns = dict[str, list[str]]
_SIGNS = 25  #: characters of 2016-12-16T05:34:02-06:00


def folder(data: Path | None, name: str) -> Path:
    """The folder of the set ``name`` among the recordings.

    Raises:
        Invalid: no folder with recordings is named, or the set is not in it.
    """
    if data is None:
        raise Invalid("MILEPOST_DATA", "is not set and no --data is given: where are recordings?")
    found = data / "bus" / name
    if not found.is_dir():
        raise Invalid(str(found), f"is no folder; {name} is looked for in bus/{name} of the data")
    return found


def table(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Columns:
    """The named columns of a table with a header; absent optional ones are left out.

    Raises:
        Invalid: the file is absent, is no such table, or lacks a column; names the file.
    """
    with _opened(path) as text:
        return _columns(str(path), text, columns, optional)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Invalid(str(path), f"cannot be read: {why}") from error


def _columns(name: str, text: IO[str], columns: Sequence[str], optional: Sequence[str]) -> Columns:
    rows = csv.reader(text)
    header = [title.strip() for title in next(rows, [])]
    missing = [title for title in columns if title not in header]
    if missing:
        raise Invalid(name, f"has no column {', '.join(missing)}")
    wanted = [*columns, *(title for title in optional if title in header)]
    places = [header.index(title) for title in wanted]
    found: Columns = {title: [] for title in wanted}
    adders = [(found[title].append, place) for title, place in zip(wanted, places, strict=True)]
    try:
        for row in rows:
            if row:
                for add, place in adders:
                    add(row[place])
    except (IndexError, csv.Error) as error:
        raise Invalid(f"{name}, line {rows.line_num}", "is no row of this table") from error
    return found


def numbers(where: str, values: Sequence[str]) -> NDArray[np.float64]:
    """Decimal numbers; what is empty is NaN.

    Raises:
        Invalid: a value is no number; ``where`` names the file and column.
    """
    try:
        return np.array([float(value) if value else np.nan for value in values])
    except ValueError as error:
        raise Invalid(where, str(error)) from error


def clock_seconds(where: str, values: Sequence[str]) -> NDArray[np.float64]:
    """Seconds since midnight of ``H:MM:SS``; hours may pass 24 (GTFS); empty is NaN.

    Raises:
        Invalid: a value is no such time.
    """
    known: dict[str, float] = {"": np.nan}
    for value in set(values) - {""}:
        parts = value.strip().split(":")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):  # noqa: PLR2004
            raise Invalid(where, f"{value!r} is no time of the form HH:MM:SS")
        hours, minutes, seconds = map(int, parts)
        known[value] = hours * 3600.0 + minutes * 60 + seconds
    return np.array([known[value] for value in values])


def instants(where: str, values: Sequence[str]) -> NDArray[np.float64]:
    """Seconds since 1970 of ISO 8601 times with an offset (or Z), or of such seconds.

    Raises:
        Invalid: a value is neither, or has no offset.
    """
    first = next(islice(values, 1), "0")
    if "T" not in first and " " not in first:
        return numbers(where, values)
    text = np.array([value.replace("Z", "+00:00") for value in values], dtype=f"U{_SIGNS + 7}")
    zone = np.array([value[-6:] for value in text.tolist()])
    signs, offset = np.unique(zone, return_inverse=True)
    if any(len(sign) != 6 or sign[0] not in "+-" or sign[3] != ":" for sign in signs):  # noqa: PLR2004
        raise Invalid(where, f"{first!r} is no time with its offset, as 2016-12-16T05:34:02-06:00")
    try:
        shift = np.array(
            [(int(s[1:3]) * 60 + int(s[4:])) * (-60 if s[0] == "-" else 60) for s in signs]
        )
        naive = np.array([value[:-6] for value in text.tolist()], dtype="datetime64[ms]")
    except ValueError as error:
        raise Invalid(where, str(error)) from error
    found: NDArray[np.float64] = naive.astype(np.int64) / 1000 - shift[offset]
    return found
