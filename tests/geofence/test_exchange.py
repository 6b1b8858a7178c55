from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.fences import Confidence, Datum, FenceTerms, Hours, Outline, Role, ShapeKind, StopRule
from geofence.datum import from_wgs84
from geofence.draft import FenceDraft
from geofence.exchange import Form, Import, Limits, LineFault, read_fences, write_fences
from geofence.outline import centre
from geofence.shapes import feature, read_outline, terms

SQUARE = [[121, 31], [121.1, 31], [121.1, 31.1], [121, 31.1], [121, 31]]


def collection(*features: object, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def fence(code: object = "SHA-1", geometry: object = None, **properties: object) -> dict[str, Any]:
    geometry = geometry or {"type": "Point", "coordinates": [121.47, 31.23]}
    properties = {"code": code, "role": "hub", **properties}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def drafts(found: Import) -> list[FenceDraft]:
    assert not found.faults, found.faults
    return [row.draft for row in found.rows]


def only_fault(found: Import) -> LineFault:
    assert not found.rows
    (fault,) = found.faults
    return fault


def kml(*marks: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    body = "\n".join(marks)
    return (
        f'{head}\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>\n{body}\n'
        "</Folder></Document></kml>"
    ).encode()


# GeoJSON


def test_a_feature_becomes_a_draft_with_what_it_says_and_defaults() -> None:
    properties = {
        "name_zh": "上海分拨中心",
        "site": "SHA",
        "parent": "SHA-0",
        "dwell_in_s": 60,
        "stop_rule": "stand",
        "confidence": "surveyed",
        "hours": [{"days": [0, 6], "opens": 480, "closes": 1080}],
    }
    (got,) = drafts(read_fences(collection(fence(**properties)), Form.GEOJSON))
    assert (got.code, got.name_zh, got.name_en) == ("SHA-1", "上海分拨中心", "上海分拨中心")
    assert (got.site, got.parent) == ("SHA", "SHA-0")
    assert got.terms.outline.radius == 300
    assert got.terms.dwell_in == 60
    assert got.terms.dwell_out == 120
    assert got.terms.stop_rule is StopRule.STAND
    assert got.terms.confidence is Confidence.SURVEYED
    assert got.terms.hours == (Hours((0, 6), 480, 1080),)


def test_good_and_bad_features_stand_side_by_side_with_their_numbers() -> None:
    crossed = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    found = read_fences(
        collection(
            fence("A"), fence("B", crossed), fence("C", role="hubb"), 7, fence(None), fence("A")
        ),
        Form.GEOJSON,
    )
    assert [(row.line, row.draft.code) for row in found.rows] == [(1, "A")]
    assert [(fault.line, fault.code, fault.field) for fault in found.faults] == [
        (2, "B", "ring 0, vertex 0"),
        (3, "C", "role"),
        (4, "", "type"),
        (5, "", "code"),
        (6, "A", "code"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "上海"),
        ("code", "a" * 33),
        ("radius_m", "wide"),
        ("radius_m", True),
        ("margin_m", -1),
        ("dwell_out_s", 1e6),
        ("node_level", "perhaps"),
        ("stop_rule", "jump"),
        ("name_zh", "a\x00b"),
        ("name_en", "\ud800"),
        ("site", "no/site"),
        ("hours", "08:00"),
        ("hours", [{"days": [1]}]),
        ("hours", [{"days": [9], "opens": 1, "closes": 2}]),
        ("hours", [{"days": [1], "opens": "8", "closes": 2}]),
        ("datum", "gcj02"),
        ("confidence", "sure"),
    ],
)
def test_a_fault_names_the_property(field: str, value: object) -> None:
    fault = only_fault(read_fences(collection(fence(**{field: value})), Form.GEOJSON))
    assert fault.line == 1
    assert field.removesuffix("_m").removesuffix("_s") in fault.field


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"{", "file"),
        (b"[" * 100_000, "file"),
        (b"[]", "file"),
        ("北京".encode("gbk"), "file"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "type"),
        (b'{"type": "FeatureCollection"}', "type"),
        (collection(crs={"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}), "crs"),
        (collection(datum="gcj02"), "datum"),
    ],
)
def test_a_file_that_is_no_geojson_of_ours_is_refused_whole(data: bytes, field: str) -> None:
    fault = only_fault(read_fences(data, Form.GEOJSON))
    assert (fault.line, fault.field) == (0, field)


def test_what_nobody_reads_is_listed() -> None:
    found = read_fences(collection(fence(raduis_m=500, fill="#f00")), Form.GEOJSON)
    assert found.ignored == ("fill", "raduis_m")


def test_limits_refuse_the_whole_file() -> None:
    data = collection(fence("A"), fence("B"), fence("C"))
    fault = only_fault(read_fences(data, Form.GEOJSON, limits=Limits(rows=2)))
    assert "more than 2 fences" in fault.why
    fault = only_fault(read_fences(data, Form.GEOJSON, limits=Limits(size=100)))
    assert "bytes are more than 100" in fault.why


def test_what_was_entered_in_another_datum_is_converted_once_and_remembers_it() -> None:
    lon, lat = map(float, from_wgs84(116.39, 39.9, Datum.GCJ02))
    data = collection(fence(geometry={"type": "Point", "coordinates": [lon, lat]}))
    (got,) = drafts(read_fences(data, Form.GEOJSON, Datum.GCJ02))
    assert centre(got.terms.outline) == pytest.approx((116.39, 39.9), abs=1e-7)
    assert got.terms.datum is Datum.GCJ02
    exported = json.dumps(write_fences([feature("SHA-1", got.terms)])).encode()
    (again,) = drafts(read_fences(exported, Form.GEOJSON))
    assert again.terms == got.terms
    assert only_fault(read_fences(exported, Form.GEOJSON, Datum.GCJ02)).field == "datum"


@st.composite
def any_terms(draw: st.DrawFn) -> FenceTerms:
    lon, lat = draw(st.floats(-179.9, 179.9)), draw(st.floats(-84, 84))
    kind = draw(st.sampled_from(ShapeKind))
    square = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat]]
    coordinates: object = {"circle": [lon, lat], "polygon": [square], "corridor": square}[kind]
    name = {"circle": "Point", "polygon": "Polygon", "corridor": "LineString"}[kind]
    radius = None if kind is ShapeKind.POLYGON else draw(st.floats(5, 5_000))
    outline = read_outline({"type": name, "coordinates": coordinates}, radius)
    assert isinstance(outline, Outline), outline
    stretches = st.builds(
        Hours,
        st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple),
        st.integers(0, 1439),
        st.integers(1440, 2880),
    )
    return terms(
        outline,
        draw(st.sampled_from(Role)),
        node_level=draw(st.booleans()),
        margin=draw(st.floats(0, 5000)),
        dwell_in=draw(st.floats(0, 86_400)),
        dwell_out=draw(st.floats(0, 86_400)),
        stop_rule=draw(st.sampled_from(StopRule)),
        hours=tuple(draw(st.lists(stretches, max_size=3))),
        confidence=draw(st.sampled_from(Confidence)),
        datum=draw(st.sampled_from(Datum)),
    )


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1)


@settings(deadline=None)
@given(any_terms(), NAMES.map(lambda name: name[:100]))
def test_export_and_import_is_the_same_fence(made: FenceTerms, name: str) -> None:
    exported = write_fences([feature("A", made, {"name_zh": name, "name_en": "x"})])
    found = read_fences(json.dumps(exported).encode(), Form.GEOJSON)
    (got,) = drafts(found)
    assert got == FenceDraft("A", name, "x", None, None, made)
    assert found.ignored == ()


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(Form))
def test_any_bytes_give_an_import(data: bytes, form: Form) -> None:
    assert isinstance(read_fences(data, form), Import)


# KML

POLYGON = """<Placemark id="YARD-1"><name>上海 分拨中心</name>
<ExtendedData><Data name="role"><value>hub</value></Data>
<SchemaData><SimpleData name="dwell_in_s">90</SimpleData></SchemaData></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>
121,31,0 121.1,31,0 121.1,31.1,0 121,31.1,0 121,31,0</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>
121.02,31.02 121.02,31.05 121.05,31.05 121.02,31.02
</coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark>"""


def test_a_placemark_with_a_polygon_and_a_hole_becomes_a_draft() -> None:
    (got,) = drafts(read_fences(kml(POLYGON), Form.KML))
    assert (got.code, got.name_zh) == ("YARD-1", "上海 分拨中心")
    assert got.terms.role is Role.HUB
    assert got.terms.dwell_in == 90
    hole = [[121.02, 31.02], [121.02, 31.05], [121.05, 31.05], [121.02, 31.02]]
    same = read_outline({"type": "Polygon", "coordinates": [SQUARE, hole]})
    assert got.terms.outline == same


def test_points_lines_and_several_shapes() -> None:
    line = "<LineString><coordinates>121,31 121.1,31</coordinates></LineString>"
    ring = "<LinearRing><coordinates>121,31 121.1,31 121.1,31.1 121,31</coordinates></LinearRing>"
    far = ring.replace("121", "122")
    wide = "<ExtendedData><Data name='radius_m'><value>40</value></Data></ExtendedData>"
    both = f"<MultiGeometry>{ring}<MultiGeometry>{far}</MultiGeometry></MultiGeometry>"
    got = drafts(
        read_fences(
            kml(
                "<Placemark><name>P1</name><Point><coordinates>121,31,5</coordinates></Point>"
                "</Placemark>",
                f"<Placemark><name>L1</name>{wide}{line}</Placemark>",
                f"<Placemark><name>M1</name>{both}</Placemark>",
            ),
            Form.KML,
        )
    )
    assert [one.terms.outline.kind.value for one in got] == ["circle", "corridor", "polygon"]
    assert [one.terms.outline.radius for one in got] == [150, 40, 0]


PLACE = "<Point><coordinates>1,2</coordinates></Point>"
ROAD = "<LineString><coordinates>1,2 3,4</coordinates></LineString>"


@pytest.mark.parametrize(
    ("mark", "field"),
    [
        ("<Placemark><name>A</name></Placemark>", "geometry"),
        (f"<Placemark><name>分拨中心</name>{PLACE}</Placemark>", "code"),
        ("<Placemark><name>A</name><Point><coordinates>1, 2</coordinates></Point></Placemark>",
         "coordinates, vertex 0"),
        ("<Placemark><name>A</name><Point><coordinates/></Point></Placemark>", "geometry"),
        ("<Placemark><name>A</name><Polygon/></Placemark>", "geometry"),
        ("<Placemark><name>A</name><MultiGeometry/></Placemark>", "geometry"),
        (f"<Placemark><name>A</name><MultiGeometry>{PLACE}{PLACE}</MultiGeometry></Placemark>",
         "geometry"),
        (f"<Placemark><name>A</name>{ROAD}</Placemark>", "radius"),
        (POLYGON.replace("31,0</coo", "31.01,0</coo"), "ring 0, vertex 4"),
    ],
)  # fmt: skip
def test_a_placemark_is_refused_with_its_line(mark: str, field: str) -> None:
    fault = only_fault(read_fences(kml(mark), Form.KML))
    assert (fault.line, fault.field) == (3, field)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<gpx/>", "outermost element"),
        (b"<kml>", "no XML"),
        (b"PK\x03\x04", "KMZ"),
        (b"<!DOCTYPE kml [<!ENTITY a 'b'>]><kml>&a;</kml>", "document types"),
        (b"<!DOCTYPE kml SYSTEM 'http://example.com/x'><kml/>", "document types"),
        (b"<kml>" + b"<a>" * 70, "deep"),
        (b"<?xml version='1.0' encoding='utf-7'?><kml/>", ""),
        (b"<?xml version='1.0' encoding='foo'?><kml/>", "foo"),
        (b"<?xml version='1.0' encoding='gbk'?><kml>\xff</kml>", "gbk"),
    ],
)
def test_a_file_that_is_no_kml_is_refused_whole(data: bytes, why: str) -> None:
    fault = only_fault(read_fences(data, Form.KML))
    assert fault.line == 0
    assert why in fault.why


def test_kml_in_a_chinese_encoding_is_understood() -> None:
    text = kml(POLYGON, head='<?xml version="1.0" encoding="GBK"?>').decode()
    (got,) = drafts(read_fences(text.encode("gb18030"), Form.KML))
    assert got.name_zh == "上海 分拨中心"


# CSV

HEADING = "code,name_zh,name_en,role,lon,lat,radius_m\r\n"
ROW = "SHA-1,上海分拨中心,Shanghai hub,hub,121.47,31.23,250\r\n"


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_chinese_names_survive_every_encoding_of_a_spreadsheet(encoding: str, told: str) -> None:
    found = read_fences((HEADING + ROW).encode(encoding), Form.CSV)
    (got,) = drafts(found)
    assert (got.name_zh, got.name_en) == ("上海分拨中心", "Shanghai hub")
    assert got.terms.outline.radius == 250
    assert found.encoding == told


def test_an_outline_in_well_known_text() -> None:
    wkt = "POLYGON((121 31,121.1 31,121.1 31.1,121 31.1,121 31))"
    data = f'code,wkt,radius_m\nA,"{wkt}",\nB,"LINESTRING Z(121 31 1,121.1 31 1)",40\n'
    first, second = drafts(read_fences(data.encode(), Form.CSV))
    assert first.terms.outline == read_outline({"type": "Polygon", "coordinates": [SQUARE]})
    assert second.terms.outline.kind is ShapeKind.CORRIDOR


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(separator: str) -> None:
    data = (HEADING + ROW).replace(",", separator).encode()
    assert len(drafts(read_fences(data, Form.CSV))) == 1


def test_rows_are_told_by_the_line_they_begin_in() -> None:
    data = (
        "code,lon,lat,name,wkt\r\n"
        'A,121,31,"two\r\nlines",\r\n'
        ",,,,\r\n"
        "B,east,31,,\r\n"
        "C,121,,,\r\n"
        "D,121,31,,POINT(1 2)\r\n"
        'E,,,,"POLYGON((1 2"\r\n'
        "F,,,,POINT EMPTY\r\n"
        "G,121,31,,,more\r\n"
        "H,121,31\r\n"
    )
    found = read_fences(data.encode(), Form.CSV)
    assert [(row.line, row.draft.code) for row in found.rows] == [(11, "H")]
    assert [(fault.line, fault.field) for fault in found.faults] == [
        (2, "name"),
        (5, "lon"),
        (6, "lat"),
        (7, "wkt"),
        (8, "wkt"),
        (9, "wkt"),
        (10, "row"),
    ]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "heading"),
        ("code,name\nA,B\n", "heading"),
        ("lon,lat\n1,2\n", "heading"),
        ("code,lon,lat,lon\n", "heading"),
        ('"code', "heading"),
    ],
)
def test_a_sheet_without_a_heading_is_refused_whole(text: str, field: str) -> None:
    fault = only_fault(read_fences(text.encode(), Form.CSV))
    assert (fault.line, fault.field) == (0, field)


def test_bytes_of_no_encoding_are_refused_with_what_to_do() -> None:
    fault = only_fault(read_fences(b"code,lon,lat\n\xff\xff,1,2\n", Form.CSV))
    assert "save it as CSV UTF-8" in fault.why


def test_an_open_quote_ends_the_reading_and_says_so() -> None:
    found = read_fences(b'code,lon,lat\nA,121,31\n"B,121,31\nC,121,31\n', Form.CSV)
    assert [row.draft.code for row in found.rows] == ["A"]
    (fault,) = found.faults
    assert (fault.line, fault.field) == (3, "row")
