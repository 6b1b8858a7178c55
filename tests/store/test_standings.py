from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from math import isnan, nan
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import Connection

from fleet.nodes import VisitState
from fleet.records import WorldRows
from fleet.scope import OPERATOR
from fleet.trips import (
    NoEstimate,
    Risk,
    RiskTurn,
    Standing,
    StepTaken,
    StopFact,
    StopStatus,
    TripState,
    VisitRow,
)
from store import standings, trips, world
from tests.store import places
from tests.store.hauls import (
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

VISIT = places.ident(7)


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    register(conn)
    create(conn)
    return world.load_world(conn)


def load(conn: Connection[Any], rows: WorldRows) -> Standing:
    return standings.load_standings(conn, [rows.trips[0].key])[rows.trips[0].key]


def tables(conn: Connection[Any], *names: str) -> list[Any]:
    return [conn.execute(f"SELECT x::text FROM {name} x ORDER BY 1").fetchall() for name in names]  # noqa: S608 - names of tables


def test_an_evaluation_comes_back_as_it_was_kept(conn: Connection[Any], rows: WorldRows) -> None:
    before = load(conn, rows)
    assert (before.state, before.facts, before.place) == (TripState.ASSIGNED, (), b"")
    assert isnan(before.evaluated)
    whole = StopFact(
        int(rows.trips[0].plans[0].stops["key"][0]),
        StopStatus.DEPARTED,
        VISIT,
        START + 0.001,
        START + 0.002,
        START + 0.003,
        START + 0.004,
        out_of_sequence=True,
        shared=True,
        author="li.na",
    )
    given = evaluation(rows)
    given = replace(given, facts=(whole, *given.facts[1:]))
    keep(conn, rows, given)
    found = load(conn, rows)
    assert repr(found.facts) == repr(given.facts)
    assert (found.risks, found.risks_plan, found.place) == (b"risks", 0, b"place")
    assert (found.evaluated, found.heard) == (START + 1800, START + 1797)
    assert found.state is TripState.EN_ROUTE
    assert standings.load_standings(conn, [999]) == {}
    assert standings.load_standings(conn, []) == {}
    keep(conn, rows)


def test_an_estimate_never_changes_a_plan(conn: Connection[Any], rows: WorldRows) -> None:
    """Regression, of a fault seen elsewhere: planned times were overwritten by estimates."""
    trips.replan(conn, OPERATOR, "t1", plan(), "x", "y", moment(0.2))
    before = tables(conn, "plan", "plan_stop", "stop", "line")
    times = conn.execute("SELECT starts_at, ends_at FROM trip").fetchall()
    for number in range(4):
        given = evaluation(rows, 0.5 + number / 60, plan=1)
        arrived = fact(given, 1, status=StopStatus.ARRIVED, arrived=START + 9000)
        keep(conn, rows, replace(given, facts=arrived, delay=9000.0))
    assert tables(conn, "plan", "plan_stop", "stop", "line") == before
    assert conn.execute("SELECT starts_at, ends_at FROM trip").fetchall() == times
    with pytest.raises(psycopg.errors.RestrictViolation):
        conn.execute("UPDATE estimate SET p50 = '{1}'")


def test_every_estimate_is_kept_and_its_lack_once(conn: Connection[Any], rows: WorldRows) -> None:
    def silent(hours: float, why: NoEstimate) -> None:
        keep(conn, rows, evaluation(rows, hours, no_estimate=why, p50=(), p90=(), parts=()))

    silent(0.1, NoEstimate.NO_POSITION)
    silent(0.2, NoEstimate.NO_POSITION)
    for hours in (0.3, 0.4, 0.4):
        keep(conn, rows, evaluation(rows, hours))
    silent(0.5, NoEstimate.SILENT)
    silent(0.6, NoEstimate.OFF_ROUTE)
    silent(0.7, NoEstimate.OFF_ROUTE)
    found = conn.execute("SELECT at, no_estimate, first, p50, p90, plan FROM estimate ORDER BY at")
    assert found.fetchall() == [
        (moment(0.1), 2, 1, [], [], 0),
        (moment(0.3), 0, 1, [3600, 7200], [4200, 7800], 0),
        (moment(0.4), 0, 1, [3600, 7200], [4200, 7800], 0),
        (moment(0.5), 5, 1, [], [], 0),
        (moment(0.6), 4, 1, [], [], 0),
    ]


def test_many_trips_are_kept_together_each_with_its_own_estimates(
    conn: Connection[Any], rows: WorldRows
) -> None:
    create(conn, code="t2", vehicle=None, plan=None)
    create(conn, code="t3", vehicle="沪B1", plan=plan(*[stop("hub", n) for n in range(5)]))
    rows = world.load_world(conn)
    given = [
        evaluation(rows, 0.5, "t1", split={"traffic_slow": 12.5}, conditions=({"kind": "x"},)),
        evaluation(rows, 0.5, "t2", state=TripState.DRAFT, no_estimate=NoEstimate.NO_VEHICLE),
        evaluation(rows, 0.25, "t3", first=0, late_stop=4, delay=60.0),
    ]
    keep(conn, rows, *given)
    found = conn.execute(
        "SELECT vehicle_id, first, p50, cardinality(parts), parts[1:4], delay, late_stop, split,"
        " conditions FROM trip_state ORDER BY trip_id"
    ).fetchall()
    at = [datetime.fromtimestamp(START + 1800 + 3600 * n, UTC) for n in (1, 2)]
    a, b = rows.vehicle_key[:2].tolist()
    part = [3000.0, 600.0, 0.0, 0.0]
    assert found[0] == (a, 1, at, 8, part, None, None, {"traffic_slow": 12.5}, [{"kind": "x"}])
    assert found[1][:4] == (None, 1, [], 0)
    assert found[2][:2] == (b, 0)
    assert found[2][3:7] == (20, part, 60.0, 4)
    assert found[2][2][4] == datetime.fromtimestamp(START + 900 + 5 * 3600, UTC)


def test_the_last_estimate_before_an_arrival_is_kept_beside_it(
    conn: Connection[Any], rows: WorldRows
) -> None:
    def estimated() -> Any:  # noqa: ANN401 - a column
        number = int(rows.trips[0].plans[0].stops["key"][1])
        sql = "SELECT estimated_at FROM stop_fact WHERE stop_id = %s"
        return conn.execute(sql, [number]).fetchall()[0][0]

    keep(conn, rows, evaluation(rows, 0.5))
    keep(conn, rows, evaluation(rows, 1.0))
    assert estimated() is None
    given = evaluation(rows, 2.0, first=2)
    arrived = fact(given, 1, status=StopStatus.ARRIVED, arrived=START + 7000)
    keep(conn, rows, replace(given, facts=arrived))
    assert estimated() == moment(2)
    later = evaluation(rows, 2.5, first=2)
    keep(
        conn,
        rows,
        replace(later, facts=fact(later, 1, status=StopStatus.ARRIVED, arrived=START + 6000)),
    )
    assert estimated() == moment(2)
    keep(conn, rows, evaluation(rows, 3.0, first=1))
    assert estimated() is None


def test_a_fact_that_is_no_news_is_not_written(conn: Connection[Any], rows: WorldRows) -> None:
    def written() -> list[Any]:
        return conn.execute("SELECT xmin::text FROM stop_fact ORDER BY stop_id").fetchall()

    given = evaluation(rows)
    given = replace(given, facts=fact(given, 0, status=StopStatus.ARRIVED, arrived=START))
    keep(conn, rows, given)
    before = written()
    keep(conn, rows, replace(given, at=given.at + 60))
    assert written() == before
    keep(conn, rows, replace(given, facts=fact(given, 2, status=StopStatus.APPROACHING)))
    assert [one == other for one, other in zip(before, written(), strict=True)] == [
        *(True, True, False)
    ]


def test_a_persons_word_on_a_stop_is_kept_with_its_reason(
    conn: Connection[Any], rows: WorldRows
) -> None:
    trips.say_stop(conn, OPERATOR, "t1", 2, StopStatus.SKIPPED, None, None, "li.na", "closed")
    given = evaluation(rows)
    keep(
        conn, rows, replace(given, facts=fact(given, 2, status=StopStatus.SKIPPED, author="li.na"))
    )
    found = conn.execute("SELECT author, reason FROM stop_fact ORDER BY stop_id").fetchall()
    assert found == [(None, None), (None, None), ("li.na", "closed")]


def test_steps_and_turns_are_only_added(conn: Connection[Any], rows: WorldRows) -> None:
    stops = rows.trips[0].plans[0].stops["key"].tolist()
    done = StepTaken(START + 60, "depart", TripState.ASSIGNED, TripState.EN_ROUTE, "gps")
    turned = RiskTurn(stops[2], Risk.UNKNOWN, Risk.LATE, START + 9, nan, START + 5)
    given = evaluation(rows, steps=(done,), turns=(turned,), cause="traffic_slow", split={"a": 1.0})
    keep(conn, rows, given)
    found = conn.execute(
        "SELECT at, event, from_state, to_state, source, author FROM trip_step"
        " WHERE source <> 'person'"
    ).fetchall()
    assert found == [(moment(1 / 60), "depart", "assigned", "en_route", "gps", None)]
    found = conn.execute(
        "SELECT stop_id, at, from_risk, to_risk, p50_at, p90_at, due_at, cause, split"
        " FROM risk_change"
    ).fetchall()
    at = [datetime.fromtimestamp(START + n, UTC) for n in (1800, 9, 5)]
    assert found == [(stops[2], at[0], 0, 3, at[1], None, at[2], "traffic_slow", {"a": 1.0})]


def test_a_trip_is_over_since_the_step_that_ended_it(
    conn: Connection[Any], rows: WorldRows
) -> None:
    def over() -> Any:  # noqa: ANN401 - a column
        return conn.execute("SELECT over_at FROM trip").fetchall()[0][0]

    end = StepTaken(START + 60, "complete", TripState.ARRIVED_FINAL, TripState.COMPLETED, "gps")
    keep(conn, rows, evaluation(rows, state=TripState.COMPLETED, steps=(end,)))
    assert over() == moment(1 / 60)
    keep(conn, rows, evaluation(rows, 1.0, state=TripState.COMPLETED))
    assert over() == moment(1 / 60)
    keep(conn, rows, evaluation(rows, 2.0))
    assert over() is None


def test_a_trip_that_is_no_more_is_left_out(conn: Connection[Any], rows: WorldRows) -> None:
    stops = rows.trips[0].plans[0].stops["key"].tolist()
    conn.execute("DELETE FROM trip")
    end = StepTaken(START + 60, "complete", TripState.ARRIVED_FINAL, TripState.COMPLETED, "gps")
    turned = RiskTurn(stops[2], Risk.UNKNOWN, Risk.LATE, nan, nan, nan)
    keep(conn, rows, evaluation(rows, steps=(end,), turns=(turned,)))
    assert tables(conn, "trip_state", "stop_fact", "estimate", "trip_step") == [[], [], [], []]


def test_the_clock_looks_at_what_was_edited_and_at_what_is_due(
    conn: Connection[Any], rows: WorldRows
) -> None:
    def due(hours: float, quiet: float = 60.0) -> list[int]:
        return standings.find_due(conn, START + hours * 3600, quiet, 10)

    [key] = [row.key for row in rows.trips]
    assert due(-99) == [key]
    keep(conn, rows, evaluation(rows, -3.0))
    assert due(-2.01) == []
    assert due(-2) == [key]
    keep(conn, rows, evaluation(rows, -2.0))
    assert due(-1.99) == []
    assert due(-1.98) == [key]
    assert due(99) == [key]
    assert due(99, 1e9) == []
    keep(conn, rows, evaluation(rows, 5.0, state=TripState.COMPLETED))
    assert due(99) == []
    trips.say_stop(conn, OPERATOR, "t1", 2, StopStatus.SKIPPED, None, None, "li.na", "closed")
    assert due(-99) == [key]
    create(conn, code="t2")
    create(conn, code="t3", plan=None, vehicle=None)
    assert due(0) == [key + 1, key + 2, key]
    assert standings.find_due(conn, START, 60.0, 1) == [key + 1]


def test_whose_trip_it_is_follows_the_assignments(conn: Connection[Any], rows: WorldRows) -> None:
    def vehicle() -> Any:  # noqa: ANN401 - a column
        return conn.execute("SELECT vehicle_id FROM trip_state").fetchall()[0][0]

    a, b = rows.vehicle_key[:2].tolist()
    keep(conn, rows, evaluation(rows, -2.0, vehicle=-1))
    assert vehicle() == a
    trips.assign(conn, OPERATOR, "t1", "沪B1", None, moment(1), "x", "y")
    assert vehicle() == b
    conn.execute("UPDATE assignment SET valid_to = %s WHERE valid_to = 'infinity'", [moment(3)])
    keep(conn, rows, evaluation(rows, 2.9, vehicle=-1))
    assert vehicle() == b
    keep(conn, rows, evaluation(rows, 3.0, vehicle=-1, state=TripState.CANCELLED))
    assert vehicle() == b
    keep(conn, rows, evaluation(rows, 3.0, vehicle=-1, state=TripState.SUSPENDED))
    assert vehicle() is None
    keep(conn, rows, evaluation(rows, 3.1, vehicle=0))
    assert vehicle() == a


def test_visits_that_touch_a_stretch_of_time_are_loaded(
    conn: Connection[Any], rows: WorldRows
) -> None:
    rows = places.register(conn)
    gate, dock = {"fence": 1}, {"fence": 2}
    places.keep(
        conn,
        rows,
        [
            (1, 0, places.visit(0, 30, **gate, stopped=START + 60)),
            (2, 0, places.visit(60, **dock, state=VisitState.LEAVING, exit=places.crossing(90))),
            (3, 1, places.visit(10, **gate, yielded_to=2)),
            (4, 2, places.visit(10, **gate)),
        ],
    )
    both = np.array([0, 1], np.int32)
    found = standings.load_visits(conn, rows, both, START + 1800, START + 3601)
    site: int = conn.execute("SELECT id FROM site WHERE code = 'hub'").fetchall()[0][0]
    time = START + 3600
    assert [each.id for each in found] == [places.ident(n) for n in (1, 2, 3)]
    assert repr(found[1]) == repr(
        VisitRow(
            places.ident(2),
            0,
            site,
            2,
            VisitState.LEAVING,
            False,  # noqa: FBT003 - a record
            time,
            time - 10,
            time + 10,
            nan,
            nan,
            False,  # noqa: FBT003 - a record
            np.inf,
        )
    )
    assert (found[0].left, found[0].stopped, found[0].settled) == (
        START + 1800,
        START + 60,
        START + 2400,
    )
    assert (found[2].vehicle, found[2].yielded, found[0].node_level) == (1, True, True)
    after = standings.load_visits(conn, rows, both, START + 1800.001, START + 3600)
    assert [each.id for each in after] == [places.ident(3)]
    assert standings.load_visits(conn, rows, both[:0], START, START + 1) == []


def test_a_vehicle_that_was_touched_has_another_revision(
    conn: Connection[Any], rows: WorldRows
) -> None:
    standings.touch(conn, rows, np.array([1], np.int32))
    found = conn.execute("SELECT revision FROM vehicle_state ORDER BY vehicle_id").fetchall()
    assert found == [(0,), (1,), (0,)]
