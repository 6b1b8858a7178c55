from __future__ import annotations

from dataclasses import replace
from math import isnan
from typing import Any

import pytest
from psycopg import Connection

from fleet.records import WorldRows
from fleet.scope import OPERATOR, Scope
from fleet.trip_views import Accuracy
from fleet.trips import NoEstimate, StopStatus
from store import accuracy, trips, world
from store.accuracy import Score, Unscored
from tests.store.conftest import NOON
from tests.store.hauls import (
    HOUR,
    START,
    create,
    evaluation,
    fact,
    keep,
    moment,
    plan,
    register,
    stop,
)

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    register(conn)
    create(conn)
    return world.load_world(conn)


def arrive(
    conn: Connection[Any],
    rows: WorldRows,
    number: int,
    arrived: float | None,
    **more: Any,  # noqa: ANN401 - a builder
) -> None:
    """The stop was reached so many hours after noon; told at the fifth."""
    given = evaluation(rows, 5.0, first=3, **more)
    if arrived is not None:
        facts = fact(given, number, status=StopStatus.ARRIVED, arrived=START + arrived * 3600)
        given = replace(given, facts=facts)
    keep(conn, rows, given)


def load(conn: Connection[Any]) -> list[Unscored]:
    return accuracy.load_unscored(conn, 10)


def score(stop: int, **more: Any) -> Score:  # noqa: ANN401 - a builder
    ordinary = Score(stop, "pace-1", 3, 4, 240.0, -60.0, 3, 2, 0.5, 4, 400.0, 300.0)
    return replace(ordinary, **more)


def test_an_arrival_comes_with_the_estimates_from_before_it(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keys = rows.trips[0].plans[0].stops["key"].tolist()
    given = evaluation(rows, 0.25)
    left = fact(given, 0, status=StopStatus.DEPARTED, arrived=START + 60, departed=START + 2100)
    keep(conn, rows, replace(given, facts=left))
    [origin] = load(conn)
    assert (origin.stop, origin.at.tolist()) == (keys[0], [])
    accuracy.keep_scores(conn, [origin], [])
    assert load(conn) == []
    trips.replan(
        conn, OPERATOR, "t1", plan(stop("port", 0), stop("shop", 5), stop("hub", 6)), "x", "y", NOON
    )
    rows = world.load_world(conn)
    for hours, more in ((0.6, {}), (1.0, {"model": "pace-2"}), (2.5, {"p50": (START,) * 2})):
        keep(conn, rows, replace(evaluation(rows, hours, **more), facts=left))
    silent: dict[str, Any] = {"no_estimate": NoEstimate.SILENT, "p50": (), "p90": (), "parts": ()}
    keep(conn, rows, evaluation(rows, 1.5, facts=(), **silent))
    later = evaluation(rows, 3.0)
    there = fact(
        replace(later, facts=(left[0], *later.facts[1:])),
        1,
        status=StopStatus.ARRIVED,
        arrived=START + 7200,
    )
    keep(conn, rows, replace(later, facts=there))
    [found] = load(conn)
    assert (found.stop, found.trip) == (keys[2], rows.trips[0].key)
    assert found.actual == START + 7200
    assert found.at.tolist() == [START + 900, START + 2160, START + 3600]
    assert found.p50.tolist() == [START + 8100, START + 5760, START + 7200]
    assert (found.p90 - found.p50).tolist() == [600.0] * 3
    assert found.planned.tolist() == [START + 4 * 3600, *[START + 5 * 3600] * 2]
    assert found.delay.tolist() == [0.0, 300.0, 300.0]
    assert found.model == ("pace-1", "pace-1", "pace-2")


def test_a_corrected_arrival_is_scored_anew_and_a_retracted_one_no_more(
    conn: Connection[Any], rows: WorldRows
) -> None:
    def scores() -> list[Any]:
        return conn.execute("SELECT actual_at, absolute FROM score ORDER BY bucket").fetchall()

    arrive(conn, rows, 2, 4.0)
    [found] = load(conn)
    accuracy.keep_scores(conn, [found], [score(found.stop), score(found.stop, bucket=4)])
    assert scores() == [(moment(4), 240.0)] * 2
    assert load(conn) == []
    arrive(conn, rows, 2, 4.5)
    [found] = load(conn)
    arrive(conn, rows, 2, 4.25)  # while it is being scored
    accuracy.keep_scores(conn, [found], [score(found.stop, absolute=9.0)])
    assert scores() == [(moment(4.5), 9.0)]
    [found] = load(conn)
    accuracy.keep_scores(conn, [found], [score(found.stop, absolute=8.0)])
    assert scores() == [(moment(4.25), 8.0)]
    arrive(conn, rows, 2, None)
    [found] = load(conn)
    assert isnan(found.actual)
    assert len(found.at) == 0
    accuracy.keep_scores(conn, [found], [])
    assert scores() == []
    assert load(conn) == []
    accuracy.keep_scores(conn, [], [])


def sums(group: str, arrivals: int, model: str = "pace-1", bucket: int = 3) -> Accuracy:
    n = arrivals
    counts = (4 * n, 240.0 * n, -60.0 * n, 3 * n, 2 * n, 0.5 * n, 4 * n, 400.0 * n, 300.0 * n)
    return Accuracy(group, model, bucket, n, *counts)


def test_accuracy_is_told_by_hub_lane_and_day(conn: Connection[Any], rows: WorldRows) -> None:
    create(conn, code="t2", vehicle="沪B1", plan=plan(stop("hub", 0), stop("shop", 24)))
    rows = world.load_world(conn)
    arrive(conn, rows, 1, 2.0)
    arrive(conn, rows, 1, 23.0, code="t2")
    [one, two] = load(conn)
    accuracy.keep_scores(
        conn, [one, two], [score(one.stop), score(two.stop), score(two.stop, model="pace-2")]
    )

    def told(by: Any, scope: Scope = OPERATOR, end: float = 24.0, **more: Any) -> list[Accuracy]:  # noqa: ANN401 - a builder
        return accuracy.accuracy(conn, scope, by, NOON, NOON + end * HOUR, **more)

    assert told("all") == [sums("", 2), sums("", 1, "pace-2")]
    assert told("all", model="pace-2") == [sums("", 1, "pace-2")]
    assert told("all", end=23.0) == [sums("", 1)]
    assert told("all", ALPHA) == [sums("", 1)]
    assert told("hub", model="pace-1") == [sums("hub", 1), sums("shop", 1)]
    assert told("lane", model="pace-1") == [sums("hub - shop", 1), sums("port - shop", 1)]
    # Noon in UTC is the evening in Shanghai, and eleven hours later the next day.
    assert told("day", model="pace-1") == [sums("2024-11-21", 1), sums("2024-11-22", 1)]
