"""One planned line: made of vertices, measured, and asked for places.

A line is a path on the ground with metres along it.  Vertices are kept to 1e-7 degrees and
metres to 1/1024, so that every copy of a line gives the same bits.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from fleet.geo import EARTH, MAX_LAT, metres_per_degree, unwrap, wrap
from fleet.trips import Line

Floats = NDArray[np.float64]

UNITS = 1e7  #: per degree; 1 cm, finer than any map
TICKS = 1024.0  #: per metre; a power of two, so sums of lengths are exact
MAX_STEP = 500_000.0  #: m between two vertices; a longer one is a slip (0, or axes exchanged)
MAX_VERTICES = 500_000  #: of one line; a vertex every 20 m of the longest road there is
REACH = 1000.0  #: m; a stop farther from the line belongs to another line
PIECE = 10_000.0  #: m; longer straight pieces would bow away from the great circle


class LineError(ValueError):
    """A line or a stop on it is not usable: ``where`` names the vertex or stop, ``why`` says what.

    Vertices and stops are counted from 1, as people do.
    """

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where, self.why = where, why


def build_line(key: int, lon: ArrayLike, lat: ArrayLike, corridor: float = 500.0) -> Line:
    """The line through the vertices in order; repeated vertices are dropped.

    Raises:
        LineError: fewer than two different vertices, or one that is no position, is farther than
            85 degrees from the equator, or is more than 500 km from the one before.
    """
    given = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if not corridor > 0 or not np.isfinite(corridor):
        raise LineError("corridor", f"{corridor} is no width in metres above 0")
    if given[0].ndim != 1 or given[0].shape != given[1].shape:
        raise LineError("", "longitudes and latitudes do not pair up")
    if len(given[0]) > MAX_VERTICES:
        raise LineError(
            "", f"{len(given[0])} vertices are more than {MAX_VERTICES}: simplify the line"
        )
    _check_positions(*given)
    x, y = np.rint(given[0] * UNITS), np.rint(given[1] * UNITS)
    kept = np.append(True, (x[1:] != x[:-1]) | (y[1:] != y[:-1])) if len(x) else np.empty(0, bool)
    numbers = np.flatnonzero(kept)
    if len(numbers) < 2:  # noqa: PLR2004 - a line has two ends
        raise LineError("", f"{len(numbers)} different vertices make no line")
    clean_lon, clean_lat = x[kept] / UNITS, y[kept] / UNITS
    steps = step_lengths(clean_lon, clean_lat)
    far = np.flatnonzero(steps > MAX_STEP)
    if len(far):
        number, km = numbers[far[0] + 1] + 1, steps[far[0]] / 1000
        raise LineError(f"vertex {number}", f"{km:,.0f} km from the one before")
    ticks = np.maximum(np.rint(steps * TICKS), 1.0)
    s = np.append(0.0, np.cumsum(ticks)) / TICKS
    return Line(key, clean_lon, clean_lat, s, float(corridor))


def _check_positions(lon: Floats, lat: Floats) -> None:
    wrong = ~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= MAX_LAT))  # noqa: PLR2004 - a half turn
    if wrong.any():
        at = int(np.argmax(wrong))
        where = f"longitude {lon[at]}, latitude {lat[at]}"
        raise LineError(f"vertex {at + 1}", f"{where} is no position within 85 degrees north/south")


def step_lengths(lon: Floats, lat: Floats) -> Floats:
    """Metres from each position to the next, by the ellipsoid halfway between them."""
    kx, ky = metres_per_degree((lat[1:] + lat[:-1]) / 2)
    x, y = wrap(np.diff(lon)) * kx, np.diff(lat) * ky
    lengths: Floats = np.sqrt(x * x + y * y)
    return lengths


def at(line: Line, s: ArrayLike) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of places along the line; beyond an end, that end; NaN of NaN."""
    s = np.asarray(s, np.float64)
    lon = wrap(np.interp(s, line.s, unwrap(line.lon)))
    return lon, np.interp(s, line.s, line.lat)


def between(line: Line, s0: float, s1: float) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of the part of the line from ``s0`` to ``s1``, ends included."""
    inner = (line.s > s0) & (line.s < s1)
    lon, lat = at(line, np.concatenate([[s0], line.s[inner], [s1]]))
    return lon, lat


def simplify(line: Line, tolerance: float = 3.0) -> Line:
    """The line with fewer vertices, nowhere farther than about ``tolerance`` metres from it.

    Vertices that stay keep their ``s``: places along the line mean the same on both.
    """
    kx, ky = metres_per_degree(float(np.abs(line.lat).min()))
    x, y = unwrap(line.lon) * kx, line.lat * ky
    path = shapely.LineString(np.column_stack([x, y, np.arange(len(x), dtype=np.float64)]))
    fewer = shapely.simplify(path, tolerance, preserve_topology=False)
    kept = shapely.get_coordinates(fewer, include_z=True)[:, 2].astype(np.intp)
    return Line(line.key, line.lon[kept], line.lat[kept], line.s[kept], line.corridor)


def straight(lon: ArrayLike, lat: ArrayLike, piece: float = PIECE) -> tuple[Floats, Floats]:
    """Vertices of great circles from place to place: what is left where no road is known.

    No two are farther apart than ``piece`` metres.
    """
    along, up = np.radians(np.asarray(lon, np.float64)), np.radians(np.asarray(lat, np.float64))
    flat = np.cos(up)
    points = np.column_stack([flat * np.cos(along), flat * np.sin(along), np.sin(up)])
    parts = [points[:1]]
    for start, end in pairwise(points):
        chord = min(float(np.linalg.norm(end - start)) / 2, 1.0)
        pieces = max(int(np.ceil(2 * np.arcsin(chord) * EARTH / piece)), 1)
        share = np.arange(1, pieces + 1)[:, None] / pieces
        angle = 2 * np.arcsin(chord)
        if angle == 0:
            continue
        parts.append(np.sin((1 - share) * angle) * start + np.sin(share * angle) * end)
    x, y, z = np.concatenate(parts).T
    found: tuple[Floats, Floats] = (
        np.degrees(np.arctan2(y, x)),
        np.degrees(np.arctan2(z, np.hypot(x, y))),
    )
    return found


#: Of stops on the line: how much worse a place is per metre that it is off its hint.
_HINT_PULL = 0.1
#: m; stops opposite to each other may be entered in the wrong order by so much
_SLACK = 50.0
#: m per m along the line: where all else is equal the first stop is early and the last one late
_LEAN = 1e-6


def place_stops(
    line: Line,
    lon: ArrayLike,
    lat: ArrayLike,
    hints: ArrayLike | None = None,
    reach: float = REACH,
) -> Floats:
    """Metres along the line of each stop, in order: never falling.

    All stops are placed together, so that on a loop or a way out and back each one comes on the
    right leg: of the places in order, those with the smallest sum of squared distances.

    Args:
        line: the line.
        lon: of the stops, degrees, at least one.
        lat: likewise.
        hints: about how far along the line each stop is, m; NaN or None: nobody says.
        reach: m; how far a stop may be off the line.

    Raises:
        LineError: names the first stop that is out of reach, or that does not come after the one
            before it.
    """
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    guess = np.full(len(lon), np.nan) if hints is None else np.asarray(hints, np.float64)
    places: list[Floats] = []
    totals: list[Floats] = []
    origins: list[NDArray[np.intp]] = []
    for number in range(len(lon)):
        s, off = _candidates(line, float(lon[number]), float(lat[number]), reach, number + 1)
        cost = off * off
        if np.isfinite(guess[number]):
            cost = cost + (_HINT_PULL * (s - guess[number])) ** 2
        lean = {0: _LEAN, len(lon) - 1: -_LEAN}.get(number, 0.0) if len(lon) > 1 else _LEAN
        cost = cost + lean * s
        if places:
            total, origin = _after(places[-1], totals[-1], s, number + 1)
            cost = cost + total
            origins.append(origin)
        places.append(s)
        totals.append(cost)
    return _traced(places, totals, origins)


def _candidates(
    line: Line, lon: float, lat: float, reach: float, number: int
) -> tuple[Floats, Floats]:
    """Where the line comes nearest to a stop, each time it comes by: s ascending, metres off."""
    kx, ky = metres_per_degree(min(max(lat, -MAX_LAT), MAX_LAT))
    x, y = wrap(unwrap(line.lon) - lon) * kx, (line.lat - lat) * ky
    dx, dy = wrap(np.diff(unwrap(line.lon))) * kx, np.diff(line.lat) * ky
    t = np.clip(-(x[:-1] * dx + y[:-1] * dy) / (dx * dx + dy * dy), 0.0, 1.0)
    off = np.hypot(x[:-1] + t * dx, y[:-1] + t * dy)
    s = line.s[:-1] + t * np.diff(line.s)
    if not off.min() <= reach:
        km = f"{off.min():,.0f} m from the line, more than {reach:,.0f} m"
        raise LineError(f"stop {number}", km)
    before, after = np.append(np.inf, off[:-1]), np.append(off[1:], np.inf)
    lowest = (off <= before) & (off <= after) & (off <= reach)
    return s[lowest], off[lowest]


def _after(
    places: Floats, totals: Floats, s: Floats, number: int
) -> tuple[Floats, NDArray[np.intp]]:
    """For each place of a stop, the least cost of those before it, and from which place."""
    best = np.minimum.accumulate(totals)
    first = np.append(True, best[1:] < best[:-1])
    which = np.maximum.accumulate(np.where(first, np.arange(len(best)), 0))
    reached = np.searchsorted(places, s + _SLACK, "right") - 1
    total = np.where(reached >= 0, best[reached], np.inf)
    if not np.isfinite(total).any():
        why = "the line does not come by here after the stop before"
        raise LineError(f"stop {number}", why)
    return total, which[np.maximum(reached, 0)]


def _traced(places: list[Floats], totals: list[Floats], origins: list[NDArray[np.intp]]) -> Floats:
    """The cheapest way through the candidates, read backwards."""
    last = int(np.argmin(totals[-1]))
    chosen = [last]
    for origin in reversed(origins):
        last = int(origin[last])
        chosen.append(last)
    found = [place[which] for place, which in zip(places, reversed(chosen), strict=True)]
    return np.maximum.accumulate(np.array(found))
