"""What gateway and worker ask of the engine: where a vehicle is, and when it will be where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fleet.geo import distance_of
from fleet.trips import NoEstimate, Place, Question
from route.eta import Ask, Forecast, predict
from route.line import UNITS
from route.lines import Lines
from route.memory import PROGRESS, State
from route.model import Model, Rules
from route.plans import Plans

#: s ahead; nobody plans farther, and the store's 4 bytes of seconds end after 68 years.
FARTHEST = 366 * 86_400.0


def answer(asked: Question, plans: Plans, model: Model, rules: Rules) -> Forecast:
    """The forecast of each row of a question; ``plans`` has the plan of every trip."""
    rows = np.array([plans.row_of(key) for key in asked.trip.tolist()], np.intp)
    found = predict(
        Ask(
            plan=rows,
            now=asked.now,
            s=asked.s,
            seen=asked.seen,
            first=asked.first.astype(np.intp),
            here=asked.here,
            left=asked.left,
            driven=asked.driven,
            off=asked.off,
            stands=asked.stands,
        ),
        plans,
        model,
        rules,
    )
    return _possible(found, asked.now)


def _possible(found: Forecast, now: NDArray[np.float64]) -> Forecast:
    """Without the trips of which nothing that can be is foretold: their plans say nothing."""
    count = np.diff(found.start)
    row = np.repeat(np.arange(len(count)), count)
    possible = np.isfinite(found.p50) & (found.p90 <= now[row] + FARTHEST)  # NaN is not
    if possible.all():
        return found
    wild = np.bincount(row[~possible], minlength=len(count)) > 0
    keep = ~wild[row]
    return Forecast(
        np.append(0, np.cumsum(np.where(wild, 0, count))).astype(np.intp),
        found.stop[keep],
        found.p50[keep],
        found.p90[keep],
        found.parts[keep],
        np.where(wild, np.uint8(NoEstimate.NO_LINE), found.reason),
    )


def place_of(packed: bytes, lines: Lines) -> Place | None:
    """Where a vehicle is, out of what is remembered of its progress; None: nothing is."""
    if len(packed) != PROGRESS.itemsize:
        return None
    record = np.frombuffer(packed, PROGRESS)[0]
    return Place(
        s=float(record["s"]),
        seen=float(record["time"]),
        away=abs(float(record["offset"])),
        off=int(record["state"]) in (State.OFF, State.TURNED_BACK),
        to_start=_to_start(record, lines),
        driven=float(record["driven"]),
        stand_since=float(record["stand_since"]),
        standing=float(record["standing"]),
        resting=float(record["resting"]),
        off_route=float(record["away"]),
        silent=float(record["silent"]),
        moved=float(record["moved"]),
    )


def _to_start(record: np.void, lines: Lines) -> float:
    row = lines.row_of(int(record["line"]))
    if row < 0:
        return float("nan")
    first = int(lines.start[row])
    return distance_of(
        float(record["lon"]),
        float(record["lat"]),
        float(lines.x[first]) / UNITS,
        float(lines.y[first]) / UNITS,
    )
