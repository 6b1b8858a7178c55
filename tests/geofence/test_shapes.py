from __future__ import annotations

import json
from math import cos, pi, radians, sin
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.fences import Datum, Outline, Role, ShapeKind
from fleet.geo import distance_of
from geofence.datum import from_wgs84
from geofence.frame import Frame
from geofence.shapes import (
    Fault,
    area,
    box,
    buffered,
    centre,
    decode,
    equivalent_radius,
    feature,
    ground,
    local,
    read_outline,
    terms,
    write_geometry,
)


def read(geometry: dict[str, Any], radius: float | None = None) -> Outline:
    outline = read_outline(geometry, radius)
    assert isinstance(outline, Outline), outline
    return outline


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def rectangle(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


@st.composite
def stars(draw: st.DrawFn) -> dict[str, Any]:
    """Star polygons with a hole now and then, anywhere up to 84 degrees, 20 m to 30 km across."""
    lon, lat = draw(st.floats(-180, 180)), draw(st.floats(-84, 84))
    size = draw(st.floats(20, 15_000))
    reach = draw(st.lists(st.floats(0.5, 1.0), min_size=3, max_size=12))
    frame = Frame(lon, lat)

    def ring(scale: float) -> list[list[float]]:
        turns = [2 * pi * number / len(reach) for number in range(len(reach))]
        x = [size * scale * far * cos(turn) for far, turn in zip(reach, turns, strict=True)]
        y = [size * scale * far * sin(turn) for far, turn in zip(reach, turns, strict=True)]
        at = np.column_stack(frame.to_degrees(x, y)).tolist()
        return [*at, at[0]]

    rings = [ring(1.0)]
    if draw(st.booleans()):
        rings.append(ring(0.4)[::-1])
    return polygon(*rings)


@settings(deadline=None)
@given(stars())
def test_what_is_written_is_read_as_the_same_outline(geometry: dict[str, Any]) -> None:
    outline = read(geometry)
    written = json.loads(json.dumps(write_geometry(outline)))
    again = read(written)
    frame, _ = local(outline)
    one, other = ground(outline, frame), ground(again, frame)
    apart = shapely.area(shapely.symmetric_difference(one, other))
    assert apart <= 1e-6 * shapely.area(one)
    assert box(again) == pytest.approx(box(outline), abs=1e-9)
    if written["type"] == "Polygon":
        assert write_geometry(again) == written


@settings(deadline=None)
@given(stars(), st.floats(1, 500))
def test_what_lies_within_the_margin_lies_in_the_box(
    geometry: dict[str, Any], margin: float
) -> None:
    outline = read(geometry)
    west, south, east, north = box(outline, margin)
    grown = ground(outline).buffer(margin * 0.999)
    at = shapely.get_coordinates(grown)
    lon, lat = local(outline)[0].to_degrees(at[:, 0], at[:, 1])
    assert ((lat >= south) & (lat <= north)).all()
    assert ((lon - west) % 360 <= (east - west) % 360).all()


@pytest.mark.parametrize("lat", [0.0, 31.0, 70.0, 84.0])
@pytest.mark.parametrize("lon", [121.4, 180.0, -179.9995])
def test_a_circle_is_as_large_as_it_says_at_any_latitude(lon: float, lat: float) -> None:
    circle = read(point(lon, lat), 150)
    west, south, east, north = box(circle, 30)
    assert area(circle) == pytest.approx(pi * 150**2)
    assert equivalent_radius(circle) == 150
    # Half the width and the height of the box, on the sphere: 0.6 % from the ellipsoid.
    assert distance_of(west, lat, east, lat) / 2 == pytest.approx(180, rel=0.007)
    assert distance_of(lon, south, lon, north) / 2 == pytest.approx(180, rel=0.007)


def test_a_circle_across_the_antimeridian_has_a_box_that_goes_over_it() -> None:
    west, _, east, _ = box(read(point(180, 70), 300))
    assert west > 179.9
    assert east < -179.9
    assert centre(read(point(180, 70), 300))[0] == -180


@pytest.mark.parametrize("lat", [70.0, 84.0])
@pytest.mark.parametrize("metres", [100.0, -50.0])
def test_a_buffer_is_metres_in_every_direction(lat: float, metres: float) -> None:
    frame = Frame(179.999, lat)
    corners = np.column_stack(frame.to_degrees([-300, 300, 300, -300], [-200, -200, 200, 200]))
    ring = corners.tolist()
    outline = read(polygon([*ring, ring[0]]))
    west, south, east, north = shapely.bounds(ground(buffered(outline, metres)))
    assert east - west == pytest.approx(600 + 2 * metres, rel=0.002)
    assert north - south == pytest.approx(400 + 2 * metres, rel=0.002)
    assert shapely.bounds(decode(outline))[2] > 180


def test_a_smaller_buffer_of_a_circle_and_nothing_left() -> None:
    circle = read(point(121, 31), 150)
    assert buffered(circle, -50).radius == 100
    with pytest.raises(ValueError, match="nothing is left"):
        buffered(circle, -150)
    with pytest.raises(ValueError, match="nothing is left"):
        buffered(read(polygon(rectangle(121, 31, 121.001, 31.001))), -500)


def test_the_two_ways_to_cross_the_antimeridian_are_one_outline() -> None:
    jumping = read(polygon(rectangle(179.99, 51, -179.99, 51.01)))
    cut = read(
        {
            "type": "MultiPolygon",
            "coordinates": [
                [rectangle(179.99, 51, 180, 51.01)],
                [rectangle(-180, 51, -179.99, 51.01)],
            ],
        }
    )
    assert area(cut) == pytest.approx(area(jumping))
    assert area(cut) == pytest.approx(1.403e3 * 1.1126e3, rel=0.001)
    assert decode(cut).geom_type == "Polygon"
    assert box(cut) == pytest.approx(box(jumping))
    assert write_geometry(jumping)["type"] == "MultiPolygon"
    for outline in (jumping, cut):
        _, spine = local(outline)
        assert shapely.contains_xy(spine, 0.0, 0.0)


def test_a_hole_across_the_antimeridian_stays_in_its_ring() -> None:
    hole = [[-179.998, 51.003], [-179.998, 51.006], [179.998, 51.006], [-179.998, 51.003]]
    outline = read(polygon(rectangle(179.99, 51, -179.99, 51.01), hole))
    whole = read(polygon(rectangle(179.99, 51, -179.99, 51.01)))
    assert 0.9 * area(whole) < area(outline) < area(whole)


def test_a_corridor_is_as_wide_as_it_says_on_both_sides() -> None:
    road = {"type": "LineString", "coordinates": [[121.0, 31.0], [121.0, 31.02]]}
    corridor = read(road, 50)
    assert corridor.kind is ShapeKind.CORRIDOR
    length = distance_of(121.0, 31.0, 121.0, 31.02)
    assert area(corridor) == pytest.approx(length * 100 + pi * 50**2, rel=0.006)
    assert equivalent_radius(corridor) == 50
    assert write_geometry(corridor) == road


def test_lines_across_the_antimeridian_are_cut_and_joined() -> None:
    road = {
        "type": "MultiLineString",
        "coordinates": [[[179.99, 51], [-179.99, 51]], [[-179.99, 51], [-179.98, 51.01]]],
    }
    corridor = read(road, 50)
    assert box(corridor)[0] > 179.98
    written = write_geometry(corridor)
    assert all(abs(lon) <= 180 for line in written["coordinates"] for lon, _ in line)
    assert area(read(written, 50)) == pytest.approx(area(corridor), rel=1e-6)


def test_long_edges_are_divided_and_no_vertex_moves() -> None:
    given = rectangle(100.0, 60.0, 101.0, 60.3)
    outline = read(polygon(given))
    at = shapely.get_coordinates(decode(outline)).tolist()
    assert all(vertex in at for vertex in given)
    flat = shapely.get_coordinates(local(outline)[1])
    assert np.hypot(*np.diff(flat, axis=0).T).max() <= 10_000.1
    # Straight in longitude and latitude is what is meant.
    assert {lat for lon, lat in at if lon not in (100.0, 101.0)} == {60.0, 60.3}
    assert read(write_geometry(outline)) == outline


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_what_was_drawn_on_a_chinese_map_is_where_it_is(datum: Datum) -> None:
    true = rectangle(116.39, 39.90, 116.40, 39.91)
    drawn = [list(map(float, from_wgs84(lon, lat, datum))) for lon, lat in true]
    outline = read_outline(polygon(drawn), None, datum)
    assert isinstance(outline, Outline)
    assert box(outline) == pytest.approx((116.39, 39.90, 116.40, 39.91), abs=1e-9)
    lon, lat = from_wgs84(116.39, 39.9, datum)
    circle = read_outline(point(float(lon), float(lat)), 150, datum)
    assert isinstance(circle, Outline)
    assert centre(circle) == pytest.approx((116.39, 39.9), abs=1e-9)


def test_five_thousand_vertices_and_a_concave_outline_are_read() -> None:
    turns = np.linspace(0, 2 * pi, 5001)[:-1]
    far = 0.01 * (1 + 0.3 * np.sin(40 * turns))
    ring = np.column_stack((121 + far * np.cos(turns), 31 + far * np.sin(turns))).tolist()
    outline = read(polygon([*ring, ring[0]]))
    assert shapely.get_num_coordinates(decode(outline)) == 5001


def test_rings_may_wind_either_way_and_are_written_as_asked() -> None:
    one = read(polygon(rectangle(121, 31, 121.01, 31.01)))
    other = read(polygon(rectangle(121, 31, 121.01, 31.01)[::-1]))
    assert area(one) == area(other)
    assert shapely.is_ccw(shapely.Polygon(write_geometry(other)["coordinates"][0]).exterior)


def test_heights_are_left_out() -> None:
    assert read({"type": "Point", "coordinates": [121, 31, 4.5]}, 150) == read(point(121, 31), 150)


def test_a_feature_says_all_terms_in_names_with_units() -> None:
    made = feature("SHA-1", terms(read(point(121, 31), 300), Role.HUB), {"name_zh": "上海"})
    assert made["id"] == "SHA-1"
    assert made["geometry"] == {"type": "Point", "coordinates": [121, 31]}
    assert made["properties"] == {
        "code": "SHA-1",
        "name_zh": "上海",
        "shape": "circle",
        "radius_m": 300,
        "role": "hub",
        "node_level": True,
        "margin_m": 60,
        "dwell_in_s": 120,
        "dwell_out_s": 120,
        "stop_rule": "stay",
        "hours": [],
        "confidence": "drawn",
        "entered_in": "wgs84",
    }


def test_reading_never_raises_whatever_is_sent() -> None:
    nothing: list[object] = [None, [], "x", {}, {"type": []}, {"type": "Polygon"}]
    for geometry in nothing:
        assert isinstance(read_outline(geometry, 100), Fault)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    st.sampled_from(["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]),
    JSON,
    st.none() | st.floats(),
)
def test_any_coordinates_give_an_outline_or_a_fault(
    kind: str, coordinates: object, radius: float | None
) -> None:
    got = read_outline({"type": kind, "coordinates": coordinates}, radius)
    assert isinstance(got, Outline | Fault)


def test_borders_of_the_frame_do_not_turn_an_outline(subtests: pytest.Subtests) -> None:
    for lon in (-180.0, -90.0, 0.0, 179.0):
        with subtests.test(lon=lon):
            outline = read(polygon(rectangle(lon, 31, lon + 0.01, 31.01)))
            angle = radians(31.005)
            assert area(outline) == pytest.approx(111_320 * cos(angle) * 0.01 * 1109, rel=0.01)
