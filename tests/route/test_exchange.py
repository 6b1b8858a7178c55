"""Lines come out of files as they were drawn, and what is wrong with a file is said."""

from __future__ import annotations

import json
import re
from typing import Any

import gpxpy.gpx
import numpy as np
import polyline
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.roads import degrees, evenly, line_of, metres, shapes
from route import exchange
from route.exchange import Vertices, from_history, read_geojson, read_gpx, read_polyline, read_wkt
from route.line import LineError, build_line

LON, LAT = [10.0, 10.01, 10.012, 10.012], [50.0, 50.0, 50.005, 50.02]
PAIRS = [list(pair) for pair in zip(LON, LAT, strict=True)]
LINE: dict[str, Any] = {"type": "LineString", "coordinates": PAIRS}


def is_the_line(found: Vertices) -> bool:
    return bool(np.allclose(found, [LON, LAT], rtol=0, atol=1e-9))


@pytest.mark.parametrize(
    "document",
    [
        LINE,
        {"type": "Feature", "geometry": LINE, "properties": None},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": LINE}]},
        {"type": "MultiLineString", "coordinates": [PAIRS[:2], PAIRS[2:]]},
        {"type": "LineString", "coordinates": [[*pair, 120.5] for pair in PAIRS]},
    ],
    ids=["line", "feature", "collection", "two parts", "with heights"],
)
def test_a_line_comes_out_of_geojson(document: dict[str, Any]) -> None:
    assert is_the_line(read_geojson(document))
    assert is_the_line(read_geojson(json.dumps(document).encode()))


BAD_GEOJSON = {
    "no JSON": ("{", "file: no JSON"),
    "a list": ("[]", "expected an object"),
    "a point": ('{"type": "Point", "coordinates": [1, 2]}', "type: expected a LineString"),
    "no geometry": ('{"type": "Feature", "geometry": null}', "type: expected a LineString"),
    "no coordinates": ('{"type": "LineString"}', "part 1: expected a list"),
    "no parts": ('{"type": "MultiLineString"}', "coordinates: missing"),
    "two features": (
        '{"type": "FeatureCollection", "features": [{}, {}]}',
        "features: expected one",
    ),
    "a word": ('{"type": "LineString", "coordinates": [[1, 2], [1, "b"]]}', "vertex 2: "),
    "half a position": ('{"type": "LineString", "coordinates": [[1], [1, 2]]}', "vertex 1: "),
    "a huge number": (
        '{"type": "LineString", "coordinates": [[1, 2], [1' + "0" * 400 + ", 2]]}",
        "vertex 2: ",
    ),
    "not a number": ('{"type": "LineString", "coordinates": [[NaN, 2], [1, 2]]}', "vertex 1: "),
    "a part missing": (
        '{"type": "MultiLineString", "coordinates": [[[1, 2], [1, 2.01]], [[1, 2.5], [1, 2.6]]]}',
        "part 2: begins 54,1",
    ),
    "a deep nest": ("[" * 100_000, "file: no JSON"),
}


@pytest.mark.parametrize(("text", "said"), BAD_GEOJSON.values(), ids=BAD_GEOJSON.keys())
def test_geojson_that_is_no_line_is_refused_with_the_place(text: str, said: str) -> None:
    with pytest.raises(LineError, match=re.escape(said)):
        build_line(1, *read_geojson(text))


def gpx(tracks: int = 0, routes: int = 0) -> str:
    """A file with tracks of two segments and with routes."""
    document = gpxpy.gpx.GPX()
    points = list(zip(LAT, LON, strict=True))
    for _ in range(tracks):
        track = gpxpy.gpx.GPXTrack()
        for piece in (points[:2], [], points[2:]):
            track.segments.append(
                gpxpy.gpx.GPXTrackSegment([gpxpy.gpx.GPXTrackPoint(*p) for p in piece])
            )
        document.tracks.append(track)
    for _ in range(routes):
        route = gpxpy.gpx.GPXRoute()
        route.points.extend(gpxpy.gpx.GPXRoutePoint(*point) for point in points)
        document.routes.append(route)
    return document.to_xml()


def test_a_line_comes_out_of_gpx() -> None:
    for text in (gpx(tracks=1), gpx(routes=1), gpx(tracks=1, routes=2)):
        assert is_the_line(read_gpx(text))
        assert is_the_line(read_gpx(text.encode()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope", "no GPX"),
        ("", "no GPX"),
        (gpx(), "0 tracks and 0 routes"),
        (gpx(tracks=2), "2 tracks and 0 routes"),
        (gpx(routes=2), "0 tracks and 2 routes"),
        ('<gpx><trk><trkseg><trkpt lat="x" lon="1"/></trkseg></trk></gpx>', "no GPX"),
    ],
)
def test_gpx_that_is_no_line_is_refused(text: str, said: str) -> None:
    with pytest.raises(LineError, match=said):
        read_gpx(text)


@given(
    st.lists(st.tuples(st.floats(-85, 85), st.floats(-180, 180)), min_size=2, max_size=30),
    st.sampled_from([5, 6]),
)
def test_polylines_are_read_as_they_were_written(
    places: list[tuple[float, float]], precision: int
) -> None:
    lon, lat = read_polyline(polyline.encode(places, precision), precision)
    assert np.column_stack([lat, lon]) == pytest.approx(np.array(places), abs=0.6 * 10**-precision)


def test_a_polyline_of_the_other_precision_is_told() -> None:
    text = polyline.encode([(50.0, 10.0), (50.1, 10.1)], 6)
    with pytest.raises(LineError, match="was it written with 6"):
        read_polyline(text, 5)


@settings(deadline=None, max_examples=60)  # the decoder itself would take hours over the second
@given(st.one_of(st.text(max_size=40), st.just("~" * 1_000_000), st.just("_p~iF~ps|U" * 9 + "_")))
def test_any_text_is_a_polyline_or_refused(text: str) -> None:
    try:
        lon, lat = read_polyline(text)
    except LineError:
        return
    assert len(lon) == len(lat)


def test_a_line_comes_out_of_well_known_text() -> None:
    line = shapely.LineString(PAIRS)
    assert is_the_line(read_wkt(line.wkt))
    assert is_the_line(read_wkt(shapely.MultiLineString([PAIRS[:2], PAIRS[2:]]).wkt))
    for text in ("", "POINT (1 2)", "LINESTRING (1 2", "LINESTRING (1 2, 3 x)"):
        with pytest.raises(LineError, match="wkt"):
            read_wkt(text)


def test_files_have_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MAX_BYTES", 10)
    for read in (read_gpx, read_polyline, read_wkt, read_geojson):
        with pytest.raises(LineError, match="11 bytes are more than 10"):
            read("x" * 11)


def test_what_is_written_is_read_again() -> None:
    for lon in (LON, [179.9, -179.9, -179.8, -179.7]):
        line = build_line(1, lon, LAT)
        again = build_line(1, *read_geojson(exchange.to_geojson(line)))
        assert again.lon.tolist() == line.lon.tolist()
        assert again.s.tolist() == line.s.tolist()


def passes(
    number: int, rng: np.random.Generator, astray: int = 0
) -> list[tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]]:
    """Fixes of drives over the same road, some by another one for a while."""
    road = shapes()["road"]
    found = []
    for drive in range(number):
        step = rng.uniform(60, 300)
        way = evenly(road, step)
        if drive < astray:
            away = (way[:, 0] > 10_000) & (way[:, 0] < 16_000)
            way = way + np.where(away, 2500.0, 0.0)[:, None] * np.array([0.0, 1.0])
        stand = np.repeat(way[len(way) // 2][None], 30, axis=0)  # it waits, and its fixes wander
        way = np.vstack([way[: len(way) // 2], stand, way[len(way) // 2 :]])
        found.append(degrees(way + rng.normal(0, 6, way.shape)))
    return found


@pytest.mark.parametrize(("number", "astray"), [(1, 0), (2, 0), (5, 0), (7, 2)])
def test_the_line_of_earlier_passes_is_where_most_of_them_went(number: int, astray: int) -> None:
    truth = shapely.LineString(shapes()["road"])
    found = from_history(passes(number, np.random.default_rng(number), astray))
    line = build_line(1, *found)
    off = np.asarray(shapely.distance(truth, shapely.points(metres(line.lon, line.lat))))
    assert off.max() < 40
    assert np.median(off) < 8
    assert line.length == pytest.approx(line_of(shapes()["road"]).length, rel=0.02)


def test_the_line_of_passes_out_and_back_goes_out_and_back() -> None:
    rng = np.random.default_rng(4)
    path = shapes()["out and back"]
    tracks = [degrees(path + rng.normal(0, 6, path.shape)) for _ in range(3)]
    line = build_line(1, *from_history(tracks))
    assert line.length == pytest.approx(line_of(path).length, rel=0.03)


def test_a_pass_that_is_no_line_is_named() -> None:
    good = degrees(shapes()["road"])
    with pytest.raises(LineError, match="there are no passes"):
        from_history([])
    with pytest.raises(LineError, match="pass 2: 1 different vertices"):
        from_history([good, (good[0][:1], good[1][:1])])
