"""The planned side of a set: its lines, the places of stops on them, and a plan per journey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan

import numpy as np

from fleet.trips import STOP, Line, Plan
from milepost.backtest.mend import evened
from milepost.backtest.sets import DataSet, Floats, Ints, Way
from route.line import LineError, build_line, place_stops
from route.lines import Halts, Lines


@dataclass(frozen=True, slots=True)
class Ground:
    """What positions and questions are held against; lines and plans have keys from 1."""

    lines: Lines
    line_of: Ints  #: row of the line of each way; -1: none could be drawn
    places: tuple[Floats, ...]  #: m along its line of each stop of each way
    halts: Halts  #: by key of the plan


def ground(data: DataSet, done: Callable[[float], None]) -> Ground:
    """Draw every way of a set; one that cannot be drawn has no line, and no answers then."""
    lines: list[Line] = []
    rows: list[int] = []
    places: list[Floats] = []
    for number, way in enumerate(data.ways):
        line = _line(number + 1, way)
        rows.append(-1 if line is None else len(lines))
        lines += [] if line is None else [line[0]]
        places.append(np.full(len(way.names), nan) if line is None else line[1])
        done((number + 1) / len(data.ways))
    way_of = data.journeys.way.tolist()
    halts = Halts.build({journey + 1: places[way] for journey, way in enumerate(way_of)})
    return Ground(Lines.build(lines), np.array(rows, np.int32), tuple(places), halts)


def _line(key: int, way: Way) -> tuple[Line, Floats] | None:
    try:
        line = build_line(key, way.lon, way.lat)
        hints = way.stop_s if len(way.stop_s) else None
        return line, place_stops(line, way.stop_lon, way.stop_lat, hints)
    except LineError:
        return None


def plan(data: DataSet, base: Ground, journey: int) -> Plan:
    """The plan of a journey, under the key ``journey + 1``."""
    journeys, way = data.journeys, int(data.journeys.way[journey])
    rows = slice(int(journeys.start[journey]), int(journeys.start[journey + 1]))
    planned = evened(journeys.planned[rows], journeys.along[rows])
    stops = np.zeros(len(planned), STOP)
    stops["key"] = np.arange(1, len(planned) + 1)
    stops["site"] = journeys.stop[rows] + 1
    stops["s"] = base.places[way]
    for name in ("arrive", "depart", "opens", "closes"):
        stops[name] = planned
    if len(stops):
        stops["depart"][-1] = nan
    line = int(base.line_of[way])
    key = int(base.lines.key[line]) if line >= 0 else 0
    return Plan(
        trip=journey + 1, revision=0, valid_from=-inf, line=key, strict=True, stops=stops,
        names=data.ways[way].names,
    )  # fmt: skip
