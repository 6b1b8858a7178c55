"""What is known of a person, as a ZIP that people and programs can read.

``about.json`` says whom it is about and when it was made, ``records.json`` has every row by table,
``drives/<trip>.csv`` every position of a trip that they drove, ``files/`` the pictures and papers
of their own waybills.  Times are UTC.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from store.erasure import Drive, Known, Subject
from tracker_api.plain import iso
from tracker_api.sheets import harmless

#: Of every entry: what a ZIP can say least, so that the same data are the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)

_UNSAFE = re.compile(r"[^\w.-]+|\.{2,}")


def pack(
    subject: Subject,
    known: Known,
    records: Iterable[tuple[str, list[dict[str, Any]]]],
    drives: Iterable[Drive],
    files: Iterable[tuple[str, str, bytes]],
    *,
    at: datetime,
) -> bytes:
    """The ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack_of:
        about = {
            "kind": subject.kind,
            "name": subject.name,
            "words": known.words,
            "at": iso(at),
            "times": "UTC",
        }
        _add(pack_of, "about.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
        told = dict(records)
        _add(pack_of, "records.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))
        for number, drive in enumerate(drives, 1):
            _add(pack_of, f"drives/{number:04}-{_safe(drive.trip)}.csv", _csv(drive))
        for key, name, body in files:
            _add(pack_of, f"files/{key}-{_safe(name)}", body)
    return out.getvalue()


def _csv(drive: Drive) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["vehicle", "time", "lon_deg", "lat_deg", "speed_kmh"])
    plate = harmless(drive.vehicle)
    for time, lon, lat, speed in drive.fixes:
        kmh = None if speed is None else round(speed * 3.6, 2)
        writer.writerow([plate, iso(time), round(lon, 7), round(lat, 7), kmh])
    return out.getvalue().encode()


def _safe(name: str) -> str:
    """A part of a file's name, whatever the name was."""
    return _UNSAFE.sub("_", name).strip(".")[:80] or "_"


def _add(pack_of: zipfile.ZipFile, name: str, body: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    pack_of.writestr(entry, body)
