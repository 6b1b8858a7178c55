"""What trips teach, and how good the estimates were.

How trips under way get on is learned every minute, how long they stayed at stops when they
have come to their end; stops whose arrival has become known are scored, and the bands of
estimates follow the scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fleet.trips import Learned
from route import score
from route.model import Driven, Model, Rules, calibrate, from_rows, learn, to_rows
from route.plans import Course, course
from store import accuracy, learned


@dataclass(frozen=True, slots=True)
class Portions:
    """How much of it in one transaction."""

    trips: int = 50  #: to learn from; about 5 ms each
    stops: int = 500  #: to score


def load_model(conn: Any, version: str, rules: Rules) -> Model:  # noqa: ANN401 - only the store names the type
    """The model as it is kept; one that never learned knows nothing."""
    return from_rows(version, learned.load_learned(conn, version), rules)


def learn_more(
    conn: Any,  # noqa: ANN401 - only the store names the type
    model: Model,
    rules: Rules,
    portions: Portions,
) -> tuple[Model, int]:
    """Learn from trips that were completed since; the model then, and how many they were."""
    with conn.transaction():
        waiting = learned.take_unlearned(conn, model.version, portions.trips)
        if not waiting:
            return model, 0
        rows = (learned.load_driven(conn, trip) for _, trip in waiting)
        runs = [run for row in rows if row is not None and (run := _run(row)) is not None]
        after = learn(model, runs, rules)
        last = waiting[-1][0]
        learned.keep_learned(conn, model.version, _news(model, after), last)
    return after, len(waiting)


def watch_ways(
    conn: Any,  # noqa: ANN401 - only the store names the type
    model: Model,
    rules: Rules,
    course_of: Callable[[int], Course | None],
    now: float,
) -> Model:
    """Learn from how trips under way got on since the last time; the model then.

    What the next vehicle meets on a segment is best known from the last one there.
    """
    with conn.transaction():
        ways = learned.take_ways(conn, model.version, now)
        runs = [
            Driven(course, way.time, np.maximum.accumulate(way.s), *_unknown(course))
            for way in ways
            if len(way.time) > 1 and (course := course_of(way.trip)) is not None
        ]
        after = learn(model, runs, rules)
        learned.keep_learned(conn, model.version, _news(model, after) if runs else ())
    return after


def _unknown(course: Course) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nothing = np.full(len(course.s), np.nan)
    return nothing, nothing


def score_more(
    conn: Any,  # noqa: ANN401 - only the store names the type
    model: Model,
    rules: Rules,
    portions: Portions,
) -> tuple[Model, int]:
    """Score stops whose arrival is known; the model with its bands then, and how many they were."""
    with conn.transaction():
        stops = accuracy.load_unscored(conn, portions.stops)
        if not stops:
            return model, 0
        accuracy.keep_scores(conn, stops, [each for stop in stops for each in _scores(stop)])
        after = _calibrated(model, stops, rules)
        learned.keep_learned(conn, model.version, _news(model, after))
    return after, len(stops)


def _run(row: learned.DrivenRow) -> Driven | None:
    """A trip as the model learns from it; None: there is nothing to learn."""
    facts = {fact.stop: fact for fact in row.facts}
    keys = row.plan.stops["key"].tolist()
    if not all(key in facts for key in keys):
        return None
    nothing = np.empty(0)  # of its way the model has learned while it was under way
    arrived = np.array([facts[key].arrived for key in keys])
    departed = np.array([facts[key].departed for key in keys])
    return Driven(course(row.plan), nothing, nothing, arrived, departed)


def _scores(stop: accuracy.Unscored) -> Iterable[accuracy.Score]:
    if not np.isfinite(stop.actual):
        return
    of = np.array(stop.model)
    for model in sorted(set(stop.model)):
        own = of == model
        scored = score.score(
            stop.actual,
            stop.at[own],
            stop.p50[own],
            stop.p90[own],
            stop.planned[own],
            stop.delay[own],
        )
        for each in scored:
            yield accuracy.Score(
                stop.stop,
                model,
                each.bucket,
                each.estimates,
                each.absolute,
                each.signed,
                each.covered,
                each.within,
                each.relative,
                each.relatives,
                each.planned,
                each.carried,
            )


def _calibrated(model: Model, stops: Sequence[accuracy.Unscored], rules: Rules) -> Model:
    """The bands after the estimates of this model have met the truth."""
    horizon, error = [np.empty(0)], [np.empty(0)]
    for stop in stops:
        own = np.array(stop.model, dtype=np.str_) == model.version
        if np.isfinite(stop.actual) and own.any():
            horizon.append(stop.actual - stop.at[own])
            error.append(stop.actual - stop.p50[own])
    return calibrate(model, np.concatenate(horizon), np.concatenate(error), rules)


def _news(before: Model, after: Model) -> list[Learned]:
    """The rows that are other than they were."""
    known = {(row.kind, row.key, row.bin): row for row in to_rows(before)}
    return [row for row in to_rows(after) if known.get((row.kind, row.key, row.bin)) != row]
