"""Trips as the engines judge by them, and what they let vehicles be expected at.

Ten thousand trips are under way at once and few are edited at a time: what is known stays,
and only what was touched since is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import isinf, isnan
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.fences import Expected
from fleet.records import WorldRows
from fleet.trips import STOP, TRACK_AFTER, TRACK_BEFORE, Assignment, Line, Plan, TripRow, span
from store import lines
from store.arrays import Int4
from store.queries import load

_SQL = load("world")

#: s before its window in which a visit may fulfil a stop (domain rule 3.7): so long before it
#: the vehicle is expected.
STOP_BEFORE = 4 * 3600.0

Loaded = tuple[int, tuple[TripRow, ...], tuple[Line, ...]]
Row = tuple[Any, ...]


def load_trips(
    conn: Connection[Any], known: WorldRows | None, vehicle_row: Mapping[int, int]
) -> Loaded:
    """The revision of the trips, those a fold may judge by, and their lines; both by key.

    Inside a transaction.  ``vehicle_row`` is the row in the world by key of the vehicle.
    """
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    revision: int = cursor.execute(_SQL["trip_revision"]).fetchall()[0][0]
    if known is None or not _fits(known, revision, vehicle_row):
        fresh = _rows(conn, cursor.execute(_SQL["all_trips"]).fetchall(), vehicle_row)
        return revision, tuple(fresh), _lines(conn, (), fresh)
    given = {"after": known.trip_revision, "also": _turned(conn, known.trips)}
    found = cursor.execute(_SQL["touched_trips"], given).fetchall()
    if not found:
        return revision, known.trips, known.lines
    merged = {trip.key: trip for trip in known.trips}
    merged |= {trip.key: trip for trip in _rows(conn, found, vehicle_row)}
    gone = {row[0] for row in found if row[4]}
    trips = tuple(merged[key] for key in sorted(merged.keys() - gone))
    return revision, trips, _lines(conn, known.lines, trips)


def load_plans(conn: Connection[Any], trips: NDArray[np.int32]) -> dict[int, list[Plan]]:
    """Every revision of the plans of the trips with these keys, 0 first, by trip."""
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    given = {"trips": Int4(trips)}
    found = cursor.execute(_SQL["plans"], given).fetchall()
    return _plans(found, cursor.execute(_SQL["plan_stops"], given).fetchall())


def expectations(
    plan: Plan, assigned: Sequence[Assignment], called_off: float
) -> tuple[Expected, ...]:
    """Where a plan lets vehicles be expected while they serve it.

    From 4 h before a stop's window, not before the trip's tracking window, until that ends or
    the trip is called off.  That it is over otherwise ends nothing: what was expected must not
    depend on what came of it.
    """
    start, end = span(plan.stops)
    start, end = start - TRACK_BEFORE, min(end + TRACK_AFTER, called_off)
    columns = [plan.stops[name].tolist() for name in ("site", "opens", "arrive", "via")]
    found = []
    for each in assigned:
        first, last = max(start, each.valid_from), min(end, each.valid_to)
        for site, opens, arrive, via in zip(*columns, strict=True):
            due = arrive if isnan(opens) else opens
            begin = first if isnan(due) else max(first, due - STOP_BEFORE)
            if begin < last and not via:  # NaN is never before
                found.append(Expected(each.vehicle, site, begin, last))
    return tuple(found)


def _fits(known: WorldRows, revision: int, vehicle_row: Mapping[int, int]) -> bool:
    """Whether ``known`` is an earlier state of this world, with vehicles in the same rows.

    A revision that has gone back is of another database.
    """
    return 0 < known.trip_revision <= revision and all(
        vehicle_row.get(key) == row for row, key in enumerate(known.vehicle_key.tolist())
    )


def _turned(conn: Connection[Any], trips: Sequence[TripRow]) -> Int4:
    """Those that an evaluation, which is no edit, has found to be over, or over no more."""
    found = conn.cursor(binary=True).execute(_SQL["open_trips"]).fetchall()[0][0]
    is_open = set(found)
    keys = [trip.key for trip in trips if isinf(trip.over) != (trip.key in is_open)]
    return Int4(np.array(keys, np.int32))


def _rows(
    conn: Connection[Any], found: Sequence[Row], vehicle_row: Mapping[int, int]
) -> list[TripRow]:
    wanted = [row for row in found if not row[4]]
    if not wanted:
        return []
    keys = np.array([row[0] for row in wanted], np.int32)
    plans = load_plans(conn, keys)
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    given = {"trips": Int4(keys)}
    assigned: dict[int, list[Assignment]] = {}
    for trip, vehicle, start, end in cursor.execute(_SQL["assignments"], given):
        one = Assignment(trip, vehicle_row[vehicle], start, end)
        assigned.setdefault(trip, []).append(one)
    return [
        _row(key, code, over, called_off, plans.get(key, ()), assigned.get(key, ()))
        for key, code, over, called_off, _ in wanted
    ]


def _row(
    key: int,
    code: str,
    over: float,
    called_off: float,
    plans: Sequence[Plan],
    assigned: Sequence[Assignment],
) -> TripRow:
    expected = expectations(plans[-1], assigned, called_off) if plans else ()
    return TripRow(key, code, tuple(plans), tuple(assigned), over, expected)


def _plans(found: Sequence[Row], stops: Sequence[Row]) -> dict[int, list[Plan]]:
    """Plans by trip; both in order of trip and revision."""
    table = np.empty(len(stops), STOP)
    if stops:
        columns = list(zip(*stops, strict=True))
        for name, column in zip(STOP.names or (), columns[3:], strict=True):
            table[name] = column
    shared: dict[str, str] = {}  # a site's code is in thousands of plans
    plans: dict[int, list[Plan]] = {}
    heads = {row[:2]: row[2:] for row in found}
    at = 0
    for (trip, revision), group in groupby(stops, key=itemgetter(0, 1)):
        names = tuple(shared.setdefault(row[2], row[2]) for row in group)
        rows = table[at : at + len(names)]
        rows.flags.writeable = False
        at += len(names)
        valid_from, line, strict = heads[trip, revision]
        plan = Plan(trip, revision, valid_from, line, strict, rows, names)
        plans.setdefault(trip, []).append(plan)
    return plans


def _lines(
    conn: Connection[Any], known: Iterable[Line], trips: Iterable[TripRow]
) -> tuple[Line, ...]:
    """Those that any revision follows; a line never changes, so what is known stays."""
    wanted = {plan.line for trip in trips for plan in trip.plans} - {0}
    held = {line.key: line for line in known}
    held |= {line.key: line for line in lines.load_lines(conn, wanted - held.keys())}
    return tuple(held[key] for key in sorted(wanted))
