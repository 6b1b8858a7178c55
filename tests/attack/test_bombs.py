"""No file that a person may send fills the memory of the machine, or its day."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

#: MiB by which a process may grow for a file of 32 MiB: JSON as objects is 25 times as large.
MOST = 1024
#: s of the processor for one file, on a machine that is busy.
SLOWEST = 20.0

#: What the files that stay below a limit are refused for, else: which limit.
REFUSED = {
    "xlsx: wide rows": "100000 lines",
    "xlsx: a last row": "100000 lines",
    "xlsx: entities": "document type",
    "xlsx: a file of ours": "document type",
    "xlsx: unpacked": "64 MiB",
    "xlsx: one text in every cell": "2000 characters",
    "waybills: lines": "100000 lines",
    "waybills: a heading": "256 columns",
    "waybills: a cell": "field limit",
    "waybills: nests": "no JSON",
    "trips: lines": "10000 lines",
    "trips: stops": "10000 lines",
    "kml: elements": "500000 elements",
    "kml: nests": "64 deep",
    "kml: entities": "entities are not read",
    "geojson: features": "10000 fences",
    "geojson: nests": "no JSON",
    "csv: nests": "expected a point",
    "csv: columns": "256 columns",
    "gtfs: rows": "1000000 rows",
    "gtfs: faults": "100000 rows",
    "gtfs: unpacked": "larger than",
}


@pytest.fixture(scope="module")
def read() -> dict[str, dict[str, Any]]:
    """What each file cost, and what was said of it."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.attack.bombs"], capture_output=True, check=True, timeout=240
    )
    said: dict[str, dict[str, Any]] = json.loads(ended.stdout)
    return said


@pytest.mark.slow
def test_no_file_grows_beyond_its_limit(read: dict[str, dict[str, Any]]) -> None:
    assert {name: cost for name, cost in read.items() if cost["mib"] > MOST} == {}
    assert {name: cost for name, cost in read.items() if cost["s"] > SLOWEST} == {}


@pytest.mark.slow
def test_a_file_beyond_a_limit_is_refused_in_words_that_name_it(
    read: dict[str, dict[str, Any]],
) -> None:
    assert {*read} - {*REFUSED} == {"waybills: columns"}  # blank ones: it is read, as it is
    for name, words in REFUSED.items():
        assert words in read[name]["said"], name
