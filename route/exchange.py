"""Planned lines from files and into files: GeoJSON, GPX, encoded polylines, WKT, earlier passes.

Each reader gives the longitudes and latitudes that ``route.line.build_line`` makes a line of, and
judges, or raises a ``LineError`` that says where the fault is.  A file that holds several lines is
refused, not guessed at: a plan follows one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median_low
from typing import Any

import gpxpy
import gpxpy.gpx
import numpy as np
import polyline
import shapely
from numpy.typing import ArrayLike, NDArray

from fleet.geo import metres_per_degree, unwrap, wrap
from fleet.trips import Line
from route.line import LineError, build_line, simplify, step_lengths
from route.lines import Lines
from route.memory import Rules, State, empty_progress
from route.progress import Roads, locate

Floats = NDArray[np.float64]
Vertices = tuple[Floats, Floats]  #: longitudes and latitudes in degrees, of any number

MAX_SEAM = 1000.0  #: m between two parts of one line; a longer gap is a missing part, no seam
#: Pairs of numbers of at most 30 bits; the decoder takes quadratic time over longer ones.
_NUMBER = r"[_-~]{0,5}[?-^]"
_POLYLINE = re.compile(f"(?:{_NUMBER}{_NUMBER})*")
_FAR = 1e9  #: degrees; no mistake with a number is as big, and no integer is too big beyond it
MAX_BYTES = 32 * 1024 * 1024  #: of one file: a million vertices as GeoJSON


def read_geojson(document: bytes | str | Mapping[str, Any]) -> Vertices:
    """The vertices of a LineString, a MultiLineString, a Feature or a collection of one feature.

    The parts of a MultiLineString are joined in order.  Longitudes up to 360 are understood: that
    is how a map draws a line across the antimeridian.

    Raises:
        LineError: it is none of these, or a vertex is none.
    """
    given = _document(document) if isinstance(document, bytes | str) else document
    geometry: Any = given
    if given.get("type") == "FeatureCollection":
        features = given.get("features")
        if not isinstance(features, list) or len(features) != 1:
            raise LineError("features", "expected one feature: a plan follows one line")
        geometry = features[0]
    if isinstance(geometry, Mapping) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in ("LineString", "MultiLineString"):
        raise LineError("type", f"expected a LineString or a MultiLineString, not {kind!r}")
    found = geometry.get("coordinates")
    parts = [found] if kind == "LineString" else found
    if not isinstance(parts, list | tuple) or not parts:
        raise LineError("coordinates", "missing")
    lon, lat = _joined([_part(number, part) for number, part in enumerate(parts, 1)])
    beyond = (np.abs(lon) > 180.0) & (np.abs(lon) <= 360.0)  # noqa: PLR2004 - half and whole turn
    return np.where(beyond, wrap(lon), lon), lat


def _document(data: bytes | str) -> Mapping[str, Any]:
    _check_size(data)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LineError("file", f"no JSON: {error}") from None
    if not isinstance(document, dict):
        raise LineError("file", "no GeoJSON: expected an object")
    return document


def _check_size(data: bytes | str) -> None:
    if len(data) > MAX_BYTES:
        raise LineError("file", f"{len(data)} bytes are more than {MAX_BYTES}")


def _part(number: int, part: object) -> Floats:
    """Longitudes and latitudes of one part, shape (n, 2)."""
    if not isinstance(part, list | tuple):
        raise LineError(f"part {number}", "expected a list of positions")
    for at, position in enumerate(part, 1):
        numbers = isinstance(position, list | tuple) and all(
            isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FAR
            for value in position[:2]
        )
        if not numbers or len(position) < 2:  # noqa: PLR2004 - longitude and latitude
            raise LineError(f"vertex {at}", f"{position!r:.60} is no [longitude, latitude]")
    return np.array([position[:2] for position in part], np.float64).reshape(-1, 2)


def _joined(parts: Sequence[Floats]) -> Vertices:
    """One line of parts in order; a seam is no longer than a junction."""
    for number, (one, other) in enumerate(pairwise(parts), 2):
        if not len(one) or not len(other):
            continue
        seam = np.array([one[-1], other[0]])
        if not np.isfinite(seam).all() or np.abs(seam[:, 1]).max() > 85.0:  # noqa: PLR2004 - see MAX_LAT
            break  # ``build_line`` says which vertex it is
        gap = float(step_lengths(seam[:, 0], seam[:, 1])[0])
        if gap > MAX_SEAM:
            why = f"begins {gap:,.0f} m from the end of the one before, more than {MAX_SEAM:,.0f} m"
            raise LineError(f"part {number}", why)
    whole = np.concatenate([np.empty((0, 2)), *parts])
    return whole[:, 0], whole[:, 1]


def read_gpx(data: bytes | str) -> Vertices:
    """The vertices of a GPX file: of its one track, its segments joined; else of its one route.

    Raises:
        LineError: it is no GPX, or holds neither one track nor one route.
    """
    _check_size(data)
    try:
        found = gpxpy.parse(data if isinstance(data, bytes) else data.encode())
    except (gpxpy.gpx.GPXException, ValueError) as error:
        raise LineError("file", f"no GPX: {error}") from None
    if len(found.tracks) == 1:
        pieces: list[Any] = [segment.points for segment in found.tracks[0].segments]
    elif not found.tracks and len(found.routes) == 1:
        pieces = [found.routes[0].points]
    else:
        why = f"{len(found.tracks)} tracks and {len(found.routes)} routes: expected one line"
        raise LineError("file", why)
    parts = [np.array([[p.longitude, p.latitude] for p in piece], np.float64) for piece in pieces]
    return _joined([part.reshape(-1, 2) for part in parts])


def read_polyline(text: str, precision: int = 5) -> Vertices:
    """The vertices of an encoded polyline; 5 digits as Google and OSRM write it, 6 as Valhalla.

    Raises:
        LineError: it cannot be decoded, or not to positions on earth.
    """
    _check_size(text)
    text = text.strip()
    if not _POLYLINE.fullmatch(text):
        raise LineError("polyline", "cannot be decoded: cut off, or no encoded polyline")
    found = polyline.decode(text, precision)
    places = np.array(found, np.float64).reshape(-1, 2)
    if len(places) and np.abs(places[:, 0]).max() > 90.0:  # noqa: PLR2004 - a pole
        other = 6 if precision == 5 else 5  # noqa: PLR2004 - the two precisions in use
        why = f"not on earth with {precision} digits: was it written with {other}?"
        raise LineError("polyline", why)
    return places[:, 1], places[:, 0]


def read_wkt(text: str) -> Vertices:
    """The vertices of a LINESTRING or MULTILINESTRING in well-known text.

    Raises:
        LineError: it is neither.
    """
    _check_size(text)
    # Collections nest without end, and what reads them does so by recursion; what is no ASCII
    # is cut within a character when it is told.
    if not text.isascii() or "COLLECTION" in text.upper():
        raise LineError("wkt", "expected a LINESTRING or a MULTILINESTRING")
    try:
        with np.errstate(all="ignore"):  # a number beyond all numbers is refused as a position
            found = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise LineError("wkt", f"cannot be read: {error}") from None
    if found.geom_type not in ("LineString", "MultiLineString"):
        raise LineError("wkt", "expected a LINESTRING or a MULTILINESTRING")
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(found)]
    return _joined(parts)


def to_geojson(line: Line) -> dict[str, Any]:
    """A GeoJSON Feature of a LineString; longitudes may leave [-180, 180] rather than jump."""
    coordinates = np.column_stack([unwrap(line.lon), line.lat]).round(7).tolist()
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": coordinates},
        "properties": {"length_m": line.length, "corridor_m": line.corridor},
    }


_STEP = 50.0  #: m between the places at which passes are compared; a curve of a motorway is longer
_CLOSE = 20.0  #: m; fixes closer together are of a vehicle that stands
_LEADERS = 5  #: passes that are tried as the one to compare the others with
_SPEED = 15.0  #: m/s; a pass has no times: any speed that a lorry may drive will do


def from_history(passes: Sequence[tuple[ArrayLike, ArrayLike]]) -> Vertices:
    """The vertices of the line that most passes took: the median of them.

    Of the passes nearest to the middle length, the one that the others keep closest to leads; it
    is then moved sideways to the median of all.  Where a pass is off that line it has no say.

    Args:
        passes: longitudes and latitudes of each, in the order they were driven; at least one.

    Raises:
        LineError: there is no pass that makes a line; names the pass.
    """
    if not passes:
        raise LineError("", "there are no passes")
    tracks = [_thinned(number, *given) for number, given in enumerate(passes, 1)]
    lengths = [track.length for track in tracks]
    middle = median_low(lengths)
    leaders = sorted(range(len(tracks)), key=lambda i: abs(lengths[i] - middle))[:_LEADERS]
    sides = {leader: _sides(tracks[leader], tracks) for leader in leaders}
    lead = min(leaders, key=lambda leader: _apart(sides[leader]))
    station, off = sides[lead]
    side = np.nanmedian(off, axis=0)
    line = tracks[lead]
    lon, lat = np.interp(station, line.s, unwrap(line.lon)), np.interp(station, line.s, line.lat)
    kx, ky = metres_per_degree(lat)
    dx, dy = np.gradient(lon) * kx, np.gradient(lat) * ky
    long = np.maximum(np.hypot(dx, dy), 1e-9)
    moved_lon, moved_lat = lon + side * dy / long / kx, lat - side * dx / long / ky
    found = simplify(build_line(0, wrap(moved_lon), moved_lat))
    return found.lon, found.lat


def _thinned(number: int, lon: ArrayLike, lat: ArrayLike) -> Line:
    """A pass as a line, without the knots that a standing vehicle's fixes make."""
    try:
        line = build_line(number, lon, lat)
    except LineError as error:
        raise LineError(f"pass {number}, {error.where}".rstrip(", "), error.why) from None
    kept, last = [0], 0
    kx, ky = metres_per_degree(line.lat)
    x, y = unwrap(line.lon) * kx, line.lat * ky
    for at in range(1, len(x) - 1):
        if np.hypot(x[at] - x[last], y[at] - y[last]) >= _CLOSE:
            kept.append(at)
            last = at
    kept.append(len(x) - 1)
    return build_line(number, line.lon[kept], line.lat[kept])


def _sides(lead: Line, tracks: Sequence[Line]) -> tuple[Floats, Floats]:
    """Places along the lead, and how far beside it each pass goes there; NaN where it does not.

    Rows are passes; metres, negative to the left.
    """
    station = np.append(np.arange(0.0, lead.length - _STEP / 2, _STEP), lead.length)
    off = np.full((len(tracks), len(station)), np.nan)
    track = _driven(tracks)
    memory = empty_progress(len(tracks))
    found = locate(track, Lines.build([lead]), memory, Rules())
    for number, other in enumerate(tracks):
        if other is lead:
            off[number] = 0.0
            continue
        good = (track.vehicle == number) & found.on & (found.state == State.ON)
        s, side = found.s[good], found.offset[good]
        if len(s) < 2:  # noqa: PLR2004 - between two places
            continue
        after = np.minimum(np.searchsorted(s, station), len(s) - 1)
        before = np.maximum(after - 1, 0)
        covered = (station >= s[0]) & (station <= s[-1]) & (s[after] - s[before] <= 10 * _STEP)
        off[number, covered] = np.interp(station[covered], s, side)
    return station, off


def _driven(tracks: Sequence[Line]) -> Roads:
    """Passes as fixes of a vehicle each, at one speed."""
    count = [len(track.s) for track in tracks]
    lon, lat = np.concatenate([t.lon for t in tracks]), np.concatenate([t.lat for t in tracks])
    vehicle = np.repeat(np.arange(len(tracks), dtype=np.int32), count)
    number = len(lon)
    return Roads(
        vehicle=vehicle,
        time=1.0 + np.concatenate([track.s for track in tracks]) / _SPEED,
        lon=lon,
        lat=lat,
        sigma=np.full(number, 10.0),
        speed=np.full(number, _SPEED),
        course=np.concatenate([_courses(track) for track in tracks]),
        trip=np.ones(number, np.int32),
        line=np.zeros(number, np.int32),
    )


def _courses(track: Line) -> Floats:
    lon, lat = unwrap(track.lon), track.lat
    kx, ky = metres_per_degree(lat)
    courses: Floats = np.degrees(np.arctan2(np.gradient(lon) * kx, np.gradient(lat) * ky)) % 360.0
    return courses


def _apart(sides: tuple[Floats, Floats]) -> float:
    """How badly passes keep to a lead: metres beside it, and a corridor where they leave it."""
    return float(np.nan_to_num(np.abs(sides[1]), nan=500.0).mean())
