"""How trips stand: what an evaluation starts from, and what it leaves behind.

Gateway and worker call these inside the transaction that holds the vehicles concerned
(``commit.lock``) and, by the revision of the world, keeps edits out.  Nothing is written row by
row, and what an evaluation leaves as it was is not written at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import tuple_row

from fleet.nodes import VisitState
from fleet.records import WorldRows
from fleet.trips import (
    TRACK_BEFORE,
    Evaluation,
    Said,
    Standing,
    StopFact,
    StopStatus,
    StopWord,
    TripState,
    VisitRow,
)
from store.arrays import Bytes, Float4, Float8, Instant, Int2, Int4
from store.queries import load

_SQL = load("standings")

#: By stored text; an enum's own look-up costs more than all else of a row.
_STATUSES = {str(member): member for member in StopStatus}
_VISIT_STATES = {str(member): member for member in VisitState}

#: s before the tracking window from which the clock looks at a trip: so that it is known then
#: whether it has a vehicle that is heard of.
AHEAD = 3600.0


def load_standings(conn: Connection[Any], trips: Sequence[int]) -> dict[int, Standing]:
    """How the trips with these keys stand; one that is no more is left out."""
    if not len(trips):
        return {}
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    given = {"trips": _ints(trips)}
    states = cursor.execute(_SQL["load_states"], given).fetchall()
    facts: dict[int, list[StopFact]] = {}
    for trip, stop, status, *more in cursor.execute(_SQL["load_facts"], given):
        facts.setdefault(trip, []).append(StopFact(stop, _STATUSES[status], *more))
    words: dict[int, list[StopWord]] = {}
    for trip, stop, status, *more in cursor.execute(_SQL["load_words"], given):
        words.setdefault(trip, []).append(StopWord(stop, _STATUSES[status], *more))
    said: dict[int, list[Said]] = {}
    for trip, at, event in cursor.execute(_SQL["load_said"], given):
        said.setdefault(trip, []).append(Said(at, event))
    return {
        trip: Standing(
            trip,
            TripState(state),
            tuple(facts.get(trip, ())),
            tuple(words.get(trip, ())),
            tuple(said.get(trip, ())),
            risks,
            plan,
            evaluated,
            heard,
            place,
            cause,
        )
        for trip, state, risks, plan, evaluated, heard, place, cause in states
    }


def load_visits(
    conn: Connection[Any],
    rows: WorldRows,
    vehicles: Sequence[int] | NDArray[np.int32],
    start: float,
    end: float,
) -> list[VisitRow]:
    """Visits of ``vehicles`` (rows) whose stay touches [``start``, ``end``), by vehicle and entry.

    Both in s since 1970.  One whose end nobody saw lasts until the fix that settled it.
    """
    if not len(vehicles):
        return []
    chosen = np.asarray(vehicles, np.int32)
    keys = rows.vehicle_key[chosen]
    row_of = dict(zip(keys.tolist(), chosen.tolist(), strict=True))
    given = {"vehicles": Int4(keys), "start": start, "end": end}
    cursor = conn.cursor(row_factory=tuple_row, binary=True)
    return [
        VisitRow(number, row_of[vehicle], site, fence, _VISIT_STATES[state], *more)
        for number, vehicle, site, fence, state, *more in cursor.execute(_SQL["load_visits"], given)
    ]


def find_due(conn: Connection[Any], now: float, quiet: float, limit: int) -> list[int]:
    """Keys of at most ``limit`` trips that the clock must look at, the longest neglected first.

    Those that were edited since they were evaluated (also where they are over); and those not
    over whose tracking window is open or begins within the hour, last evaluated more than
    ``quiet`` s before ``now``.
    """
    given = {"opens": now + TRACK_BEFORE + AHEAD, "before": now - quiet, "limit": limit}
    return [row[0] for row in conn.execute(_SQL["find_due"], given)]


def touch(conn: Connection[Any], rows: WorldRows, vehicles: NDArray[np.int32]) -> None:
    """Something of ``vehicles`` (rows, locked) was written: who holds their memories reloads."""
    conn.execute(_SQL["touch_vehicles"], {"vehicles": Int4(rows.vehicle_key[vehicles])})


def keep_evaluations(
    conn: Connection[Any], rows: WorldRows, evaluations: Sequence[Evaluation]
) -> None:
    """Write what was concluded, at most once of each trip; trips that are no more are left out."""
    if not evaluations:
        return
    if any(each.facts for each in evaluations):
        conn.execute(_SQL["keep_facts"], _fact_columns(evaluations))
    columns = _columns(rows, evaluations)
    conn.execute(_SQL["add_estimates"], columns)
    conn.execute(_SQL["keep_states"], columns)
    conn.execute(_SQL["mark_trips"], _over_columns(evaluations))
    if any(each.steps for each in evaluations):
        conn.execute(_SQL["add_steps"], _step_columns(evaluations))
    if any(each.turns for each in evaluations):
        conn.execute(_SQL["add_turns"], _turn_columns(evaluations))


def _columns(rows: WorldRows, evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    size = np.array([len(e.p50) for e in evaluations])
    high = np.cumsum(size)
    at = np.array([e.at for e in evaluations])
    p50 = np.array([value for e in evaluations for value in e.p50], np.float64)
    p90 = np.array([value for e in evaluations for value in e.p90], np.float64)
    parts = np.array([four for e in evaluations for four in e.parts], np.float64)
    made = np.repeat(at, size)
    vehicle = np.array([e.vehicle for e in evaluations])
    keys = np.where(vehicle >= 0, rows.vehicle_key[np.maximum(vehicle, 0)], 0)
    return {
        "trip": _ints(e.trip for e in evaluations),
        "state": [e.state.value for e in evaluations],
        "vehicle": Int4(keys),
        "at": Instant(at),
        "heard": _instants(e.heard for e in evaluations),
        "plan": _ints(e.plan for e in evaluations),
        "model": [e.model for e in evaluations],
        "no_estimate": _shorts(e.no_estimate for e in evaluations),
        "place": Bytes([e.place for e in evaluations]),
        "s": _floats(e.s for e in evaluations),
        "share": _reals(e.share for e in evaluations),
        "away": _reals(e.away for e in evaluations),
        "off_route": [bool(e.off_route) for e in evaluations],
        "first": _ints(e.first for e in evaluations),
        "low": Int4(high - size + 1),  # subscripts of PostgreSQL: from 1, both ends included
        "high": Int4(high),
        "p50": Instant(p50),
        "p90": Instant(p90),
        "parts": Float4(parts.reshape(-1)),
        "p50_after": Int4(np.rint(p50 - made)),
        "p90_after": Int4(np.rint(p90 - made)),
        "risks": Bytes([e.risks for e in evaluations]),
        "risk": _shorts(e.risk for e in evaluations),
        "late_stop": _ints(e.late_stop for e in evaluations),
        "delay": _reals(e.delay for e in evaluations),
        "baseline": _reals(e.baseline for e in evaluations),
        "cause": [e.cause for e in evaluations],
        "split": [_json(e.split) for e in evaluations],
        "conditions": [_json(e.conditions) for e in evaluations],
    }


def _fact_columns(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    facts = [fact for each in evaluations for fact in each.facts]
    return {
        "stop": _ints(f.stop for f in facts),
        "trip": _ints(e.trip for e in evaluations for _ in e.facts),
        "status": [f.status.value for f in facts],
        "visit": [f.visit for f in facts],
        "arrived": _instants(f.arrived for f in facts),
        "departed": _instants(f.departed for f in facts),
        "earliest": _instants(f.earliest for f in facts),
        "latest": _instants(f.latest for f in facts),
        "out_of_sequence": [bool(f.out_of_sequence) for f in facts],
        "shared": [bool(f.shared) for f in facts],
        "author": [f.author for f in facts],
    }


def _over_columns(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    ends = [[step.at for step in e.steps if step.after.is_over] for e in evaluations]
    return {
        "trip": _ints(e.trip for e in evaluations),
        "is_over": [e.state.is_over for e in evaluations],
        "over": _instants((times or [e.at])[0] for e, times in zip(evaluations, ends, strict=True)),
    }


def _step_columns(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    steps = [step for each in evaluations for step in each.steps]
    return {
        "trip": _ints(e.trip for e in evaluations for _ in e.steps),
        "at": _instants(step.at for step in steps),
        "event": [str(step.event) for step in steps],
        "before": [step.before.value for step in steps],
        "after": [step.after.value for step in steps],
        "source": [step.source for step in steps],
    }


def _turn_columns(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    turns = [(each, turn) for each in evaluations for turn in each.turns]
    return {
        "trip": _ints(each.trip for each, _ in turns),
        "at": _instants(each.at for each, _ in turns),
        "stop": _ints(turn.stop for _, turn in turns),
        "before": _shorts(turn.before for _, turn in turns),
        "after": _shorts(turn.after for _, turn in turns),
        "p50": _instants(turn.p50 for _, turn in turns),
        "p90": _instants(turn.p90 for _, turn in turns),
        "due": _instants(turn.due for _, turn in turns),
        "cause": [each.cause for each, _ in turns],
        "split": [_json(each.split) for each, _ in turns],
    }


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _ints(values: Iterable[int]) -> Int4:
    return Int4(np.array(list(values), np.int32))


def _shorts(values: Iterable[int]) -> Int2:
    return Int2(np.array(list(values), np.int16))


def _floats(values: Iterable[float]) -> Float8:
    return Float8(np.array(list(values), np.float64))


def _reals(values: Iterable[float]) -> Float4:
    return Float4(np.array(list(values), np.float64))


def _instants(values: Iterable[float]) -> Instant:
    return Instant(np.array(list(values), np.float64))
