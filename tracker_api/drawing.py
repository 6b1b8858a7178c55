"""Planned lines: read, asked for, or drawn straight, with the stops placed on them.

No database connection is held while a routing engine is waited for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from fleet.errors import Invalid
from fleet.geo import distance_of
from fleet.trips import Line
from route import exchange
from route.line import LineError, build_line, place_stops, simplify, straight
from store.lines import Way
from tracker_api.routing import NoWay, Place, Router
from tracker_api.trip_bodies import CORRIDOR, WIDEST, LineIn, PassIn

Floats = NDArray[np.float64]

#: A road is rarely longer than this times the straight line (circuity of trunk roads: 1.2-1.3).
_CIRCUITY = 1.3
#: How far such a road strays at most from a straight line of length 1: the height of the
#: triangle whose two other sides are together so long.
_STRAYS = sqrt(_CIRCUITY**2 - 1) / 2

#: What faults of lines are in a body: the list that they are in.
_LISTS = {"stop": "/stops", "pass": "/line/history"}
_PLACE = re.compile(r"(stop|pass) (\d+)")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line with the places of the stops on it."""

    line: Line
    way: Way  #: the same, as the store keeps it; plans that share it share the line
    s: tuple[float, ...]  #: m along the line, of each stop
    notice: str | None = None  #: what the person is to be told


#: The believed fixes of an earlier pass: longitudes, latitudes.
Passes = Callable[[PassIn], tuple[Floats, Floats]]


def draw(
    asked: LineIn, places: Sequence[Place], corridor: float | None, router: Router, passes: Passes
) -> Drawn:
    """The line that is asked for, past all ``places``.

    Raises:
        Invalid: it cannot be read, or a stop is not on it; names the place in the body.
    """
    _check(asked)
    if asked.format == "straight":
        return draw_straight(places, corridor)
    if asked.format in {"osrm", "valhalla"}:
        return _by_road(places, corridor, router)
    try:
        lon, lat = _read(asked, passes)
        line = trace(lon, lat, corridor or CORRIDOR)
        return put(line, asked.format.rstrip("6"), places)
    except LineError as error:
        raise invalid(error) from None


def draw_straight(
    places: Sequence[Place], corridor: float | None, notice: str | None = None
) -> Drawn:
    """From stop to stop; raises ``Invalid``.

    Unless said, the corridor is as wide as a road between two stops may stray from it.
    """
    lon, lat = columns(places)
    if corridor is None:
        longest = max(distance_of(*a, *b) for a, b in pairwise(places))
        corridor = min(max(CORRIDOR, _STRAYS * longest), WIDEST)
    try:
        return put(trace(*straight(lon, lat), corridor), "straight", places, notice)
    except LineError as error:
        raise invalid(error) from None


def trace(lon: Floats, lat: Floats, corridor: float) -> Line:
    """The line through the vertices, without those that bend it by less than 3 m.

    It is measured by the vertices that are left, so that it measures the same when it is read
    back.  Raises ``LineError``.
    """
    fewer = simplify(build_line(0, lon, lat, corridor))
    return build_line(0, fewer.lon, fewer.lat, corridor)


def put(line: Line, source: str, places: Sequence[Place], notice: str | None = None) -> Drawn:
    """``line`` with the stops on it; raises ``LineError``."""
    s = tuple(place_stops(line, *columns(places)).tolist())
    return Drawn(line, Way.of(line, source), s, notice)


def is_straight(line: Sequence[Place], places: Sequence[Place]) -> bool:
    """Whether ``line`` is what is drawn straight past ``places``."""
    if len(places) < 2 or len(line) < 2:  # noqa: PLR2004 - two ends
        return False
    try:
        drawn = draw_straight(places, CORRIDOR).line
    except Invalid:
        return False
    return list(zip(drawn.lon.tolist(), drawn.lat.tolist(), strict=True)) == list(line)


def _by_road(places: Sequence[Place], corridor: float | None, router: Router) -> Drawn:
    """As the engine says that is configured, of whichever kind.

    Straight, with a notice, where it does not answer, or not with a line past the stops.
    """
    found = router.way(places)
    if isinstance(found, NoWay):
        return draw_straight(places, corridor, f"the line is straight: {found.why}")
    try:
        return put(trace(*columns(found), corridor or CORRIDOR), router.kind, places)
    except LineError as error:
        why = f"the line is straight: the engine's does not fit: {error}"
        return draw_straight(places, corridor, why)


def _check(asked: LineIn) -> None:
    """Raise ``Invalid`` where the form and what is given for it do not go together."""
    wants_data = asked.format in {"geojson", "gpx", "polyline", "polyline6"}
    if wants_data is (asked.data is None):
        raise Invalid("/line/data", f"{'needed' if wants_data else 'not'} of {asked.format}")
    if wants_data and isinstance(asked.data, str) is (asked.format == "geojson"):
        raise Invalid("/line/data", "geojson is an object, the others are text")
    if (asked.format == "history") is not bool(asked.history):
        raise Invalid("/line/history", "the earlier passes, of `history` and only there")


def _read(asked: LineIn, passes: Passes) -> tuple[Floats, Floats]:
    """Longitudes and latitudes; raises ``LineError``, ``Invalid``."""
    if asked.format == "history":
        return exchange.from_history([passes(each) for each in asked.history])
    if isinstance(asked.data, dict):
        return exchange.read_geojson(asked.data)
    text = asked.data or ""
    if asked.format == "gpx":
        return exchange.read_gpx(text)
    return exchange.read_polyline(text, 6 if asked.format == "polyline6" else 5)


def invalid(error: LineError) -> Invalid:
    """What a fault of a line is in the body."""
    place = _PLACE.match(error.where)
    if place is not None:
        return Invalid(f"{_LISTS[place[1]]}/{int(place[2]) - 1}", error.why)
    return Invalid("/line", str(error))


def columns(places: Sequence[Place]) -> tuple[Floats, Floats]:
    """Longitudes and latitudes."""
    table = np.array(places, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
