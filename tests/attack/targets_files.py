"""What people import: fences, lines, trips, waybills, feeds, evidence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date
from typing import Any

import openpyxl
import orjson

import tracker_api.routes  # noqa: F401 (first: bodies refer to endpoints)
from fleet.errors import Invalid
from fleet.fences import Datum
from geofence.exchange import Form, read_fences
from geofence.shapes import write_geometry
from route import exchange
from route.gtfs import FeedError, read_feed
from route.line import LineError, build_line
from tests.attack.target import Target
from tracker_api import trip_files, waybill_files
from tracker_api.evidence import download, file_of
from tracker_api.trip_gtfs import read_gtfs

_MOST = 100  #: trips or waybills of a file
_ZONE = "Asia/Shanghai"


def told(said: object) -> None:
    """It can be told as JSON: what an answer to the import would be."""
    orjson.dumps(said, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, frozenset | set):
        return list(value)
    return str(value).encode().decode()


_FEATURE = {
    "type": "Feature",
    "id": "GATE-1",
    "properties": {"name_zh": "门", "name_en": "Gate", "role": "hub", "radius_m": 80, "margin_m": 5,
                   "hours": [{"days": [0], "opens": 0, "closes": 60}], "site": "SHA-1"},
    "geometry": {"type": "Point", "coordinates": [121.47, 31.23]},
}  # fmt: skip
_RING = [[121.4, 31.2], [121.5, 31.2], [121.5, 31.3], [121.4, 31.2]]
_WORDS = (b'"type":"FeatureCollection"', b'"features":[', b'"Polygon"', b'"MultiPolygon"',
          b'"LineString"', b'"coordinates":[', b"1e308", b"NaN", b"\\ud800", b"null",
          b'"datum":"gcj02"', b'"crs"')  # fmt: skip


def _geojson() -> Sequence[bytes]:
    shapes = [
        {"type": "Polygon", "coordinates": [_RING]},
        {"type": "MultiPolygon", "coordinates": [[_RING], [_RING]]},
        {"type": "LineString", "coordinates": _RING[:3]},
    ]
    features = [
        _FEATURE,
        *(_FEATURE | {"id": f"S{n}", "geometry": g} for n, g in enumerate(shapes)),
    ]
    return [
        orjson.dumps({"type": "FeatureCollection", "features": features}),
        orjson.dumps(_FEATURE),
    ]


def _check_fences(form: Form) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        """Every fence is a row or a fault that can be told, and a row's outline can be written."""
        for datum in (Datum.WGS84, Datum.BD09):
            found = read_fences(data, form, datum)
            told([found.faults, found.ignored, found.encoding])
            for row in found.rows:
                said = row.draft
                told([said.code, said.name_zh, said.name_en, said.site, said.parent])
                told(write_geometry(said.terms.outline))

    return check


_KML = (
    b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    b'<Placemark id="GATE-1"><name>Gate</name><ExtendedData><Data name="role"><value>hub</value>'
    b'</Data><SchemaData><SimpleData name="radius_m">80</SimpleData></SchemaData></ExtendedData>'
    b"<Point><coordinates>121.47,31.23,0</coordinates></Point></Placemark><Placemark><name>P2</name>"
    b"<MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>121.4,31.2 121.5,31.2 "
    b"121.5,31.3 121.4,31.2</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry>"
    b"</Placemark></Document></kml>"
)
_SHEET = (
    "code,name,lon,lat,radius_m,wkt,role\nG1,Gate,121.47,31.23,80,,hub\n"
    'G2,门,,,,"POLYGON((121.4 31.2,121.5 31.2,121.5 31.3,121.4 31.2))",\n'
    'G3,L,,,50,"LINESTRING(121.4 31.2,121.5 31.2)",\n'
)

_GPX = (
    b'<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
    b'<trk><trkseg><trkpt lat="31.2" lon="121.4"/><trkpt lat="31.3" lon="121.5"/></trkseg></trk>'
    b"</gpx>"
)


def _lines() -> Sequence[bytes]:
    line = orjson.dumps({"type": "LineString", "coordinates": [[121.4, 31.2], [121.5, 31.3]]})
    wkt = b"MULTILINESTRING((121.4 31.2,121.5 31.2),(121.5 31.2,121.6 31.3))"
    return [b"j" + line, b"g" + _GPX, b"5_p~iF~ps|U_ulLnnqC_mqNvxq`@", b"6_p~iF~ps|U", b"w" + wkt]


def check_lines(data: bytes) -> None:
    """A planned line is vertices that make a line, or a fault with a place."""
    text = data[1:].decode(errors="replace")
    try:
        match data[:1]:
            case b"j":
                lon, lat = exchange.read_geojson(data[1:])
            case b"g":
                lon, lat = exchange.read_gpx(data[1:])
            case b"w":
                lon, lat = exchange.read_wkt(text)
            case number:
                lon, lat = exchange.read_polyline(text, 6 if number == b"6" else 5)
        line = build_line(0, lon, lat)
        told(exchange.to_geojson(line))
    except LineError as error:
        told(str(error))


_TABLE = (
    "trip,stop,site,arrive,depart,vehicle,service_min\n"
    "A,1,SHA-1,,2026-05-04 08:00,沪A00001,\nA,2,WUX-1,2026/5/4 11:00,,,10\n"
)
_ROUTED = "trip,route,depart,vehicle\nA,SHA-WUH,2026-05-04 08:00+08:00,沪A00001\n"
_TRIP = {
    "code": "A",
    "line": {"format": "polyline", "data": "_p~iF~ps|U_ulLnnqC"},
    "stops": [{"site": "SHA-1", "depart_at": "2026-05-04T00:00:00Z"}, {"site": "WUX-1"}],
}
_CLOCKS = trip_files.Clocks(lambda code: UTC if code == "SHA-1" else None, lambda _code: UTC)


def check_trips(data: bytes) -> None:
    """Trips of a file are read or refused line by line; faults can be told."""
    try:
        if data[:1] == b"j":
            found = trip_files.read_json(data[1:], _MOST)
        else:
            found = trip_files.read_csv(data[1:], _MOST, _CLOCKS)
    except Invalid as error:
        told([error.where, error.why])
        return
    for fault in found.faults:
        told([fault.line, fault.trip, fault.why])
    for trip in found.trips:
        told(trip.said.model_dump(mode="json"))
        trip.fault(Invalid("/stops/99/site", "x"))


_BILL = {
    "customer": "acme",
    "origin": "SHA-1",
    "destination": "WUX-1",
    "number": "JD20260504000001",
    "goods": [{"name": "Tea", "quantity": 2}],
    "promised_at": "2026-05-05T00:00:00Z",
}
_BILLS = (
    "number,customer,origin,destination,goods,quantity,promised_at,requirements,stored,trip\n"
    "JD20260504000001,acme,SHA-1,WUX-1,Tea,2,2026-05-05 08:00,cold;dry,yes,T-1\n"
    "JD20260504000001,acme,SHA-1,WUX-1,=1+1,3,,,,\n"
)


def _check_bills(read: Callable[[bytes], Any]) -> None:
    try:
        found = read(b"")
    except Invalid as error:
        told([error.where, error.why])
        return
    for fault in found.faults:
        told([fault.line, fault.number, fault.why])
    for each in found.waybills:
        told(each.said.model_dump(mode="json"))


def check_waybills(data: bytes) -> None:
    """Likewise waybills, as JSON and as a table."""
    if data[:1] == b"j":
        _check_bills(lambda _: waybill_files.read_json(data[1:], _MOST))
    else:
        _check_bills(lambda _: waybill_files.read_csv(data[1:], _MOST, _ZONE))


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in _BILLS.splitlines():
        book.active.append(row.split(","))  # type: ignore[union-attr]  # a new book has a sheet
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _parts(data: bytes) -> dict[str, bytes]:
    """What is in a workbook, with a table of shared texts as Excel writes it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    known = b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.%b"/></Types>'
    kind = b"openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = found["[Content_Types].xml"].replace(b"</Types>", known % kind)
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = b'<sst xmlns="%b"><si><t>Tea</t></si></sst>' % space
    return found | {"[Content_Types].xml": types, "xl/sharedStrings.xml": texts}


def zipped(parts: dict[str, bytes]) -> bytes:
    """An archive that is not packed, so that what is mutated is what is read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return file.getvalue()


BOOK = _parts(_workbook())
_INSIDE = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml")


def _sheets() -> Sequence[bytes]:
    return [
        b"z" + zipped(BOOK),
        *(b"%d" % n + BOOK.get(each, b"") for n, each in enumerate(_INSIDE)),
    ]


def check_workbooks(data: bytes) -> None:
    """An Excel file is mutated as a whole, or one part of it, since its sums would not hold."""
    if data[:1].isdigit() and int(data[:1]) < len(_INSIDE):
        data = zipped(BOOK | {_INSIDE[int(data[:1])]: data[1:]})
    else:
        data = data[1:]
    _check_bills(lambda _: waybill_files.read_xlsx(data, _MOST, _ZONE))


FEED = {
    "agency.txt": "agency_id,agency_timezone\nA,Asia/Shanghai\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\none,F,30.0,114.0\ntwo,S,30.1,114.1\n",
    "routes.txt": "route_id,route_short_name\nr,R\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\nr,week,t1,s\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,23:50:00,23:50:00,one,1\nt1,24:30:00,,two,2\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "s,30,114,1\ns,30.1,114.1,2\n",
    "calendar.txt": "service_id,monday,start_date,end_date\nweek,1,20260101,20261231\n",
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20260504,1\n",
}
_BETWEEN = b"\x00\n"  #: between two files of a feed


def check_feeds(data: bytes) -> None:
    """A timetable as a zip archive, or its files one behind the other."""
    try:
        if data[:1] == b"z":
            read_gtfs(data[1:], _MOST, date(2026, 5, 4), lambda _code: UTC)
            return
        found = read_feed(dict(zip(FEED, data.split(_BETWEEN), strict=False)))
    except (FeedError, Invalid) as error:
        told(str(error))
        return
    for problem in found.problems:
        told([problem.file, problem.line, problem.message])
    found.start_of(date(2026, 5, 4))
    data = zipped(dict(zip(FEED, data.split(_BETWEEN), strict=False)))
    try:
        read = read_gtfs(data, _MOST, date(2026, 5, 4), lambda _code: UTC)
    except Invalid:
        return
    for fault in read.faults:
        told([fault.line, fault.trip, fault.why])


def _feeds() -> Sequence[bytes]:
    files = {name: text.encode() for name, text in FEED.items()}
    return [_BETWEEN.join(files.values()), b"z" + zipped(files)]


def check_evidence(data: bytes) -> None:
    """A file is one of four kinds by its bytes, or refused; its name cannot leave its header."""
    name, _, body = data.partition(b"\x00")
    try:
        kept = file_of(name.decode(errors="surrogateescape"), body)
    except Invalid as error:
        told([error.where, error.why])
        return
    assert "/" not in kept.name
    assert "\\" not in kept.name
    headers = download(kept).headers
    assert headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert all(sign not in headers["content-disposition"] for sign in '\r\n"<>\\')
    assert headers["content-type"] in {"image/jpeg", "image/png", "image/webp", "application/pdf"}


_XML = (b"<!DOCTYPE", b"<!ENTITY", b"&#x0;", b"encoding='gbk'", b"utf-16", b"<![CDATA[")

TARGETS = (
    Target("fences_geojson", _check_fences(Form.GEOJSON), _geojson, _WORDS),
    Target(
        "fences_kml",
        _check_fences(Form.KML),
        lambda: [_KML],
        (*_XML, b"<Placemark>", b"<LinearRing>", b"<coordinates>", b"<innerBoundaryIs>"),
    ),
    Target(
        "fences_csv",
        _check_fences(Form.CSV),
        lambda: [_SHEET.encode(), _SHEET.encode("gb18030"), _SHEET.encode("utf-16")],
        (b"GEOMETRYCOLLECTION(", b"MULTIPOLYGON(((", b"EMPTY", b" Z ", b"nan", b"inf"),
    ),
    Target("lines", check_lines, _lines, (*_WORDS, *_XML, b"<trkpt ", b"<rtept ", b"EMPTY")),
    Target(
        "trips",
        check_trips,
        lambda: [
            b"c" + _TABLE.encode(), b"c" + _ROUTED.encode(), b"j" + orjson.dumps([_TRIP]),
        ],
        (b'"stops":', b'"line":', b'"history"', b"9999-12-31T23:59", b"0001-01-01T00:00", b"nan"),
    ),
    Target(
        "waybills",
        check_waybills,
        lambda: [b"c" + _BILLS.encode(), b"j" + orjson.dumps([_BILL])],
        (b'"legs":', b'"goods":', b"\\ud800", b"1e999", b"0001-01-01T00:00", b"nan", b";"),
    ),
    Target(
        "workbooks",
        check_workbooks,
        _sheets,
        (*_XML, b'<c r="XFD1" t="inlineStr">', b'<row r="1048576">', b"<is><t>", b't="s"'),
        largest=16_384,
    ),
    Target("feeds", check_feeds, _feeds, (b"20260504", b"240:00:00", b"nan", b"Etc/GMT+12")),
    Target(
        "evidence",
        check_evidence,
        lambda: [
            b"a.png\x00\x89PNG\r\n\x1a\n", b"../b.pdf\x00%PDF-1", b"c\x00RIFF    WEBP",
            "照片.jpg".encode() + b"\x00\xff\xd8\xff",
        ],
        (b"..\\", b"%0d%0a", b"\r\n", b"<svg", b"<html"),
    ),
)  # fmt: skip
