"""Files that are small to send and large to read; each is read in a process that is measured.

``python -m tests.attack.bombs`` reads all of them and prints a line of JSON: by name, by how many
MiB the process grew beyond what the file itself takes, how long it took, and what was said.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date
from pathlib import Path
from typing import Any

import tracker_api.routes  # noqa: F401 (first: bodies refer to endpoints)
from fleet.errors import Invalid
from geofence.exchange import Form, read_fences
from tests.attack.targets_files import BOOK, FEED
from tracker_api import trip_files, waybill_files
from tracker_api.settings import Api
from tracker_api.trip_gtfs import read_gtfs

SIZE = Api().max_import  #: bytes of a file that gets as far as a reader
MIB = 2**20
_MOST = 10_000
_CLOCKS = trip_files.Clocks(lambda _code: UTC, lambda _code: UTC)
_SPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEADING = b"customer,origin,destination,goods\n"


def full(beginning: bytes, part: bytes, end: bytes = b"") -> bytes:
    """As many parts as a file may have."""
    return beginning + part * ((SIZE - len(beginning) - len(end)) // len(part)) + end


def packed(parts: dict[str, bytes]) -> bytes:
    """An archive in which what repeats takes no room."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return file.getvalue()


def sheet(rows: bytes, before: bytes = b"") -> bytes:
    """A workbook whose sheet has these rows after a heading that fits."""
    names = (b"customer", b"origin", b"destination", b"goods")
    cells = b"".join(b'<c t="inlineStr"><is><t>%b</t></is></c>' % name for name in names)
    body = b'<row r="1">%b</row>%b' % (cells, rows)
    text = b"%b<worksheet %b><sheetData>%b</sheetData></worksheet>" % (before, _SPACE, body)
    return packed(BOOK | {"xl/worksheets/sheet1.xml": text})


def laughs(beginning: bytes) -> bytes:
    """Entities of entities: a hundred million letters in a thousand."""
    named = [b'<!ENTITY a "%b">' % (b"x" * 100)]
    named += [b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(6)]
    return b"<!DOCTYPE %b [%b]>" % (beginning, b"".join(named))


def books() -> Iterator[tuple[str, bytes]]:
    """Workbooks."""
    yield "wide rows", sheet(b'<row><c r="XFD1" t="n"><v>1</v></c></row>' * 100_001)
    yield "a last row", sheet(b'<row r="1048576000"><c r="A1048576000"><v>1</v></c></row>')
    yield "entities", sheet(b'<row><c t="inlineStr"><is><t>&g;</t></is></c></row>', laughs(b"x"))
    outside = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    yield "a file of ours", sheet(b'<row><c t="inlineStr"><is><t>&a;</t></is></c></row>', outside)
    yield "unpacked", packed(BOOK | {"xl/media/x": bytes(waybill_files.UNPACKED + 1)})
    long = b"<sst %b><si><t>%b</t></si></sst>" % (_SPACE, b"x" * 10_000_000)
    shared = b'<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>' * 50_000
    parts = BOOK | {"xl/sharedStrings.xml": long}
    with zipfile.ZipFile(io.BytesIO(sheet(shared))) as archive:
        parts["xl/worksheets/sheet1.xml"] = archive.read("xl/worksheets/sheet1.xml")
    yield "one text in every cell", packed(parts)


def feed(**files: bytes) -> bytes:
    """A timetable with other files in place of some."""
    whole = {name: text.encode() for name, text in FEED.items()}
    return packed(whole | {f"{name}.txt": body for name, body in files.items()})


Bomb = tuple[str, Callable[[], bytes], Callable[[bytes], object]]


def bombs() -> Iterator[Bomb]:
    """Name, what makes it, what reads it."""
    for name, book in books():
        yield f"xlsx: {name}", lambda book=book: book, _xlsx  # type: ignore[misc]  # of this turn
    yield "waybills: lines", lambda: full(_HEADING, b"\n"), _waybills
    yield "waybills: columns", lambda: full(_HEADING, b","), _waybills
    yield "waybills: a heading", lambda: full(_HEADING[:-1], b","), _waybills
    yield "waybills: a cell", lambda: full(_HEADING + b"a,b,c,", b"x"), _waybills
    yield "waybills: nests", lambda: full(b"", b"["), _json
    yield "trips: lines", lambda: full(b"trip,stop,site\n", b",1\n"), _trips
    yield "trips: stops", _stops, _trips
    yield "kml: elements", lambda: full(b"<kml>", b"<a/>", b"</kml>"), _fences(Form.KML)
    yield "kml: nests", lambda: full(b"<kml>", b"<a>"), _fences(Form.KML)
    yield "kml: entities", lambda: laughs(b"kml") + b"<kml>&g;</kml>", _fences(Form.KML)
    yield "geojson: features", lambda: full(_COLLECTION, b"{},", b"0]}"), _fences(Form.GEOJSON)
    yield "geojson: nests", lambda: full(_COLLECTION, b"["), _fences(Form.GEOJSON)
    yield "csv: nests", _collections, _fences(Form.CSV)
    yield "csv: columns", lambda: full(b"code,lon,lat", b",x"), _fences(Form.CSV)
    rows = b"t1,one,1,1:0:0\n" * 1_100_000
    yield "gtfs: rows", lambda: feed(stop_times=_TIMES + rows), _gtfs
    yield "gtfs: faults", lambda: feed(stops=b"stop_id\n" + b"a\n" * 1_000_000), _gtfs
    yield "gtfs: unpacked", lambda: feed(shapes=bytes(129 * MIB)), _gtfs


_COLLECTION = b'{"type":"FeatureCollection","features":['
_TIMES = b"trip_id,stop_id,stop_sequence,arrival_time\n"


def _stops() -> bytes:
    return b"trip,stop,site\n" + b"".join(b"T,%d,S\n" % number for number in range(1_000_000))


def _collections() -> bytes:
    return b'code,wkt\nA,"%bPOINT(1 2)%b"\n' % (b"GEOMETRYCOLLECTION(" * 5_000, b")" * 5_000)


def _xlsx(data: bytes) -> object:
    return waybill_files.read_xlsx(data, _MOST, "UTC").faults[:3]


def _waybills(data: bytes) -> object:
    return waybill_files.read_csv(data, _MOST, "UTC").faults[:3]


def _json(data: bytes) -> object:
    return waybill_files.read_json(data, _MOST).faults[:3]


def _trips(data: bytes) -> object:
    return trip_files.read_csv(data, _MOST, _CLOCKS).faults[:3]


def _gtfs(data: bytes) -> object:
    return read_gtfs(data, _MOST, date(2026, 5, 4), lambda _code: UTC).faults[:3]


def _fences(form: Form) -> Callable[[bytes], object]:
    return lambda data: read_fences(data, form).faults[:3]


def memory(of: str) -> float:
    """MiB of this process: ``VmRSS`` now, ``VmHWM`` at most since ``forget``."""
    found = re.search(rf"{of}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None, "Linux says it"
    return int(found[1]) / 1024


def forget() -> None:
    """Begin a new highest mark."""
    Path("/proc/self/clear_refs").write_text("5")


def measure(made: Callable[[], bytes], read: Callable[[bytes], object]) -> dict[str, Any]:
    """Read a file and say what it cost."""
    data = made()
    forget()
    before, began = memory("VmRSS"), time.process_time()
    try:
        said = str(read(data))
    except Invalid as error:
        said = str(error)
    took = time.process_time() - began
    grown = memory("VmHWM") - before
    return {"mib": round(grown), "s": round(took, 1), "said": said[:300]}


if __name__ == "__main__":
    json.dump({name: measure(made, read) for name, made, read in bombs()}, sys.stdout)
