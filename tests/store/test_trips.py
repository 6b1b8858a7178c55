from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg import Connection

from fleet.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from fleet.fences import Expected
from fleet.scope import OPERATOR, Scope
from fleet.trips import DelayCause, Line, Said, StopStatus, StopWord, TripRow, TripState
from store import routes, standings, trips, world
from store.routes import NewRoute, NewRouteStop
from store.trips import Imported
from tests.store.conftest import NOON
from tests.store.hauls import (
    HOUR,
    START,
    create,
    evaluation,
    keep,
    moment,
    plan,
    register,
    stop,
    trip,
    way,
)

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))
BETA = Scope("beta", frozenset({"beta"}))
SAID = ("li.na", "as the customer wished")


@pytest.fixture(autouse=True)
def registered(conn: Connection[Any], two_parties: None) -> None:  # noqa: ARG001 - registers them
    register(conn)


def load(conn: Connection[Any], code: str = "t1") -> TripRow:
    [row] = [each for each in world.load_world(conn).trips if each.code == code]
    return row


def state(conn: Connection[Any]) -> str:
    return str(conn.execute("SELECT state FROM trip_state").fetchall()[0][0])


def refolds(conn: Connection[Any]) -> list[Any]:
    return conn.execute(
        "SELECT plate, from_time FROM refold JOIN vehicle ON vehicle.id = vehicle_id"
        " ORDER BY refold.id"
    ).fetchall()


def steps(conn: Connection[Any]) -> list[Any]:
    return conn.execute(
        "SELECT event, from_state, to_state, source, author, reason FROM trip_step ORDER BY id"
    ).fetchall()


def test_a_trip_is_part_of_the_world_with_plan_line_and_vehicle(conn: Connection[Any]) -> None:
    before = world.load_world(conn)
    assert before.trips == ()
    assert create(conn) == "t1"
    after = world.load_world(conn, before)
    assert (after.revision, after.trip_revision) == (before.revision + 1, 1)
    [row], [line] = after.trips, after.lines
    assert (row.code, row.over, len(row.plans)) == ("t1", inf, 1)
    assert [(a.vehicle, a.valid_from, a.valid_to) for a in row.assigned] == [(0, START - 3600, inf)]
    planned = row.plans[0]
    assert (planned.revision, planned.valid_from, planned.strict) == (0, -inf, True)
    assert (planned.line, planned.names) == (line.key, ("port", "hub", "shop"))
    stops = planned.stops
    assert stops["arrive"].tolist() == [START, START + 7200, START + 14400]
    assert stops["opens"].tolist() == stops["closes"].tolist() == stops["arrive"].tolist()
    assert stops["s"].tolist() == [0, 95_000, 190_000]
    assert len(set(stops["key"].tolist())) == 3
    given = way()
    assert np.array_equal(line.lon, given.lon)
    assert np.array_equal(line.s, given.s)
    assert (line.corridor, line.length) == (500.0, 190_000.0)
    end = START + 16_200 + 6 * 3600
    assert after.expected == row.expected
    assert row.expected == (
        Expected(0, 1, START - 3600, end),
        Expected(0, 2, START - 3600, end),
        Expected(0, 3, START, end),
    )


def same(one: TripRow, other: TripRow) -> bool:
    """Equal, where NaN equals NaN."""
    return repr(one) == repr(other)


def test_only_what_was_touched_is_read_again(conn: Connection[Any]) -> None:
    for number in range(3):
        create(conn, code=f"t{number}")
    before = world.load_world(conn)
    assert len(before.lines) == 1
    trips.assign(conn, OPERATOR, "t1", "沪B1", None, NOON + HOUR, *SAID)
    after = world.load_world(conn, before)
    assert [one is other for one, other in zip(before.trips, after.trips, strict=True)] == [
        *(True, False, True)
    ]
    assert after.lines[0] is before.lines[0]
    fresh = world.load_world(conn)
    assert all(map(same, after.trips, fresh.trips))
    assert after.expected == fresh.expected
    assert [a.vehicle for a in after.trips[1].assigned] == [0, 1]


def test_what_is_known_of_another_database_is_not_taken_over(conn: Connection[Any]) -> None:
    create(conn)
    known = world.load_world(conn)
    for other in (
        replace(known, trip_revision=9),
        replace(known, vehicle_key=known.vehicle_key[::-1].copy()),
    ):
        assert world.load_world(conn, other).trips[0] is not known.trips[0]


def test_a_trip_that_an_evaluation_ended_is_read_again_without_an_edit(
    conn: Connection[Any],
) -> None:
    create(conn)
    known = world.load_world(conn)
    keep(conn, known, evaluation(known, state=TripState.COMPLETED))
    over = world.load_world(conn, known)
    assert over.trip_revision == known.trip_revision
    assert over.trips[0].over == START + 1800
    keep(conn, known, evaluation(known, 1.0))
    assert world.load_world(conn, over).trips[0].over == inf


def test_a_shelved_trip_leaves_the_world(conn: Connection[Any]) -> None:
    create(conn)
    create(conn, code="t2")
    known = world.load_world(conn)
    conn.execute("UPDATE installation SET trip_revision = trip_revision + 1")
    conn.execute("UPDATE trip SET shelved = true, revision = 3 WHERE code = 't1'")
    for found in (world.load_world(conn, known), world.load_world(conn)):
        assert [row.code for row in found.trips] == ["t2"]


def test_a_replan_is_a_revision_and_its_stops_stay_the_same(conn: Connection[Any]) -> None:
    create(conn)
    first = load(conn).plans[0]
    key = str(first.stops["key"][2])
    later = plan(
        stop("port", 0), stop("shop", 5, stop=key), stop("hub", 6), stop("hub", 7), keeps_line=True
    )
    trips.replan(conn, OPERATOR, "t1", later, *SAID, moment(1) + timedelta(microseconds=1999))
    row = load(conn)
    one, two = row.plans
    assert repr(one) == repr(first)
    assert (two.revision, two.valid_from) == (1, START + 3600.001)
    port, hub, shop = first.stops["key"].tolist()
    keys = two.stops["key"].tolist()
    assert keys[:3] == [port, shop, hub]
    assert keys[3] > max(port, hub, shop)
    assert two.line == one.line
    assert row.plan_at(START) is one
    assert row.plan_at(START + 3601) is two
    assert refolds(conn) == []
    found = conn.execute("SELECT starts_at, ends_at, pending FROM trip").fetchall()
    assert found == [(NOON, moment(7.5), True)]


def test_the_database_itself_refuses_to_change_a_plan(conn: Connection[Any]) -> None:
    create(conn)
    for act in (
        "UPDATE plan_stop SET arrive_at = arrive_at + interval '1 hour'",
        "UPDATE plan SET strict = false",
        "DELETE FROM plan_stop WHERE number = 1",
        "DELETE FROM plan",
        "UPDATE trip_step SET event = 'x'",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="is never changed"):
            conn.execute(act)
    conn.execute("DELETE FROM trip")
    assert conn.execute("SELECT count(*) FROM plan_stop").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (plan(stop("port", 0)), "two stops"),
        (plan(stop("port", 0, via=True), stop()), "not passed"),
        (plan(stop("port", 2), stop("hub", 1)), "in time"),
        (plan(stop("port", 0, s=5.0), stop("hub", 1, s=4.0)), "along the line"),
        (plan(stop("port", 0, service=-1.0), stop()), "0 or more"),
        (plan(stop("port", 0, late=nan), stop()), "0 or more"),
        (plan(stop("port", 0, opens_at=NOON, closes_at=NOON - HOUR), stop()), "close after"),
        (plan(stop("port", 0, stop="77"), stop()), "of another trip"),
        (plan(stop("port", 0, stop="x"), stop()), "of another trip"),
        (plan(way=replace(way(), s=np.zeros(5))), "rise"),
        (plan(way=replace(way(), corridor=0.0)), "width"),
        (plan(way=way(1)), "two vertices"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(conn: Connection[Any], given: Any, why: str) -> None:  # noqa: ANN401 - of a table
    before = world.load_world(conn)
    with pytest.raises(Invalid, match=why):
        create(conn, plan=given)
    assert world.load_world(conn).revision == before.revision


def test_names_that_are_not_there_are_said(conn: Connection[Any]) -> None:
    for more in (
        {"plan": plan(stop("port", 0), stop("nowhere"))},
        {"vehicle": "沪X9"},
        {"route": "r9"},
    ):
        with pytest.raises(NotFound):
            create(conn, **more)
    create(conn)
    with pytest.raises(AlreadyExists):
        create(conn)
    with pytest.raises(NotFound, match="t9"):
        trips.release(conn, OPERATOR, "t9", NOON, *SAID)
    with pytest.raises(Invalid, match="author"):
        trips.create_trip(conn, OPERATOR, trip("t2"), " ")


def test_a_scope_sees_the_trips_of_its_vehicles(conn: Connection[Any]) -> None:
    create(conn)
    create(conn, code="t2", vehicle=None)
    with pytest.raises(NotFound):
        trips.say_cause(conn, BETA, "t1", DelayCause.WEATHER, "", "x")
    with pytest.raises(NotFound):
        trips.say_cause(conn, ALPHA, "t2", DelayCause.WEATHER, "", "x")
    with pytest.raises(NotFound, match="沪B1"):
        trips.assign(conn, ALPHA, "t1", "沪B1", None, NOON, *SAID)
    with pytest.raises(Forbidden):
        trips.create_trip(conn, ALPHA, trip("t3", None), "x")
    trips.say_cause(conn, ALPHA, "t1", DelayCause.WEATHER, "雪", "x")
    trips.assign(conn, OPERATOR, "t1", "沪B1", None, NOON, *SAID)
    with pytest.raises(NotFound):
        trips.say_cause(conn, ALPHA, "t1", DelayCause.WEATHER, "", "x")
    trips.say_cause(conn, BETA, "t1", DelayCause.BORDER, "", "x")
    trips.release(conn, BETA, "t1", moment(1), *SAID)
    with pytest.raises(NotFound):
        trips.say_cause(conn, BETA, "t1", DelayCause.WEATHER, "", "x")


def test_numbers_are_drawn_where_none_is_given(conn: Connection[Any]) -> None:
    one, two = create(conn, code=None), create(conn, code=None)
    assert one != two
    assert {row.code for row in world.load_world(conn).trips} == {one, two}


def test_a_draft_becomes_planned_and_assigned_step_by_step(conn: Connection[Any]) -> None:
    create(conn, vehicle=None, plan=None)
    assert state(conn) == "draft"
    assert load(conn).plan is None
    trips.replan(conn, OPERATOR, "t1", plan(), *SAID, NOON)
    assert load(conn).plans[0].valid_from == -inf
    trips.assign(conn, OPERATOR, "t1", "沪A1", "老王", NOON, *SAID)
    assert state(conn) == "assigned"
    trips.release(conn, OPERATOR, "t1", moment(1), *SAID)
    assert [step[:3] for step in steps(conn)] == [
        ("plan", "draft", "planned"),
        ("assign", "planned", "assigned"),
        ("unassign", "assigned", "planned"),
    ]
    assert {step[3:] for step in steps(conn)} == {("person", *SAID)}
    with pytest.raises(Conflict, match="no vehicle"):
        trips.release(conn, OPERATOR, "t1", moment(1), *SAID)
    with pytest.raises(Invalid, match="assigned_from"):
        create(conn, code="t2", plan=plan(stop("port", None), stop("hub", None)))


def test_a_swap_ends_one_assignment_and_begins_another(conn: Connection[Any]) -> None:
    create(conn)
    trips.assign(conn, OPERATOR, "t1", "沪B1", "老李", moment(2), *SAID)
    with pytest.raises(Conflict, match="serves trip t1 already"):
        trips.assign(conn, OPERATOR, "t1", "沪B1", "老李", moment(3), *SAID)
    # A later thought about the time in between takes the swap back before it began.
    trips.assign(conn, OPERATOR, "t1", "沪C1", None, moment(1), *SAID)
    assert [(a.vehicle, a.valid_from, a.valid_to) for a in load(conn).assigned] == [
        (0, START - 3600, START + 3600),
        (2, START + 3600, inf),
    ]
    assert [(e.vehicle, e.valid_to > START + 3600) for e in load(conn).expected] == [
        *((0, False), (0, False), (0, False)),
        *((2, True), (2, True), (2, True)),
    ]


def serves(conn: Connection[Any]) -> str | None:
    """The vehicle that the board shows."""
    asked = "SELECT plate FROM trip_state LEFT JOIN vehicle ON vehicle.id = vehicle_id"
    plate: str | None = conn.execute(asked.encode()).fetchall()[0][0]
    return plate


def test_another_vehicle_for_a_trip_to_come_is_told_at_once(conn: Connection[Any]) -> None:
    begins = datetime.now(UTC) + timedelta(days=2)
    create(conn, assigned_from=begins)
    assert serves(conn) == "沪A1"
    trips.assign(conn, OPERATOR, "t1", "沪B1", None, begins, *SAID)
    assert serves(conn) == "沪B1"
    # It serves at first, and only then the other.
    trips.assign(conn, OPERATOR, "t1", "沪C1", None, begins + HOUR, *SAID)
    assert serves(conn) == "沪B1"
    trips.release(conn, OPERATOR, "t1", begins + HOUR, *SAID)
    assert serves(conn) == "沪B1"
    trips.release(conn, OPERATOR, "t1", begins, *SAID)
    assert serves(conn) is None


def test_an_edit_of_the_past_folds_again_whom_it_concerns(
    conn: Connection[Any],
    keep_fixes: Any,  # noqa: ANN401 - a fixture
) -> None:
    keep_fixes("a1", [moment(h) for h in (0, 1, 2)])
    keep_fixes("b1", [moment(h) for h in (0, 1, 2)])
    create(conn)
    assert refolds(conn) == [("沪A1", moment(-1))]
    trips.assign(conn, OPERATOR, "t1", "沪B1", None, moment(1), *SAID)
    assert refolds(conn)[1:] == [("沪A1", moment(1)), ("沪B1", moment(1))]
    trips.replan(conn, OPERATOR, "t1", plan(), *SAID, moment(2))
    assert sorted(refolds(conn)[3:]) == [("沪A1", moment(-1)), ("沪B1", moment(1))]
    trips.take_step(conn, OPERATOR, "t1", "abort", lambda _: TripState.ABORTED, moment(1.5), *SAID)
    assert sorted(refolds(conn)[5:]) == [("沪A1", moment(1.5)), ("沪B1", moment(1.5))]
    create(conn, code="t2", assigned_from=moment(3))
    assert len(refolds(conn)) == 7


def test_a_step_goes_where_the_life_cycle_says(conn: Connection[Any]) -> None:
    create(conn)
    seen: list[TripState] = []

    def cancel(state: TripState) -> TripState:
        seen.append(state)
        return TripState.CANCELLED

    assert trips.take_step(conn, OPERATOR, "t1", "cancel", cancel, moment(1), *SAID) == "cancelled"
    assert seen == [TripState.ASSIGNED]
    row = load(conn)
    assert row.over == START + 3600
    assert {each.valid_to for each in row.expected} == {START + 3600}
    with pytest.raises(Conflict, match="t1 is cancelled"):
        trips.assign(conn, OPERATOR, "t1", "沪B1", None, NOON, *SAID)
    with pytest.raises(Conflict, match="t1 is cancelled"):
        trips.release(conn, OPERATOR, "t1", NOON, *SAID)
    with pytest.raises(Conflict, match="t1 is cancelled"):
        trips.replan(conn, OPERATOR, "t1", plan(), *SAID, NOON)

    def refuse(state: TripState) -> TripState:
        raise Conflict(f"a trip that is {state} cannot")

    with pytest.raises(Conflict, match="that is cancelled cannot"):
        trips.take_step(conn, OPERATOR, "t1", "cancel", refuse, NOON, *SAID)
    standing = standings.load_standings(conn, [row.key])[row.key]
    assert standing.said[-1] == Said(START + 3600, "cancel")


def test_a_word_on_a_stop_is_kept_with_who_and_why(conn: Connection[Any]) -> None:
    create(conn)
    before = load(conn)
    arrived = moment(2) + timedelta(microseconds=1234)
    trips.say_stop(conn, OPERATOR, "t1", 1, StopStatus.ARRIVED, arrived, None, *SAID)
    trips.say_stop(conn, OPERATOR, "t1", 1, StopStatus.PLANNED, None, None, "老王", "错了")
    row = load(conn)
    key = int(before.plans[0].stops["key"][1])
    words = standings.load_standings(conn, [row.key])[row.key].words
    assert repr(words) == repr(
        (
            StopWord(key, StopStatus.ARRIVED, START + 7200.001, nan, *SAID),
            StopWord(key, StopStatus.PLANNED, nan, nan, "老王", "错了"),
        )
    )
    with pytest.raises(NotFound, match="stop '3'"):
        trips.say_stop(conn, OPERATOR, "t1", 3, StopStatus.SKIPPED, None, None, *SAID)
    with pytest.raises(Invalid, match="departed_at"):
        trips.say_stop(conn, OPERATOR, "t1", 1, StopStatus.DEPARTED, moment(2), moment(1), *SAID)


def test_a_cause_that_a_person_names_is_kept(conn: Connection[Any]) -> None:
    create(conn)
    trips.say_cause(conn, OPERATOR, "t1", DelayCause.WEATHER, "暴雨", "li.na")
    key = load(conn).key
    assert standings.load_standings(conn, [key])[key].said_cause == "weather"
    assert state(conn) == "assigned"


def test_a_trip_on_a_route_follows_its_line(conn: Connection[Any]) -> None:
    stops = [
        NewRouteStop(site, None, None, None, 0.0, 0.0, 0.0, via=False) for site in ("port", "shop")
    ]
    routes.put_route(conn, OPERATOR, NewRoute("r1", "", "", False, way(), tuple(stops)), "x")  # noqa: FBT003 - a record
    create(conn, route="r1", plan=plan())
    found = world.load_world(conn)
    assert found.trips[0].plans[0].line == found.lines[0].key
    assert isinstance(found.lines[0], Line)
    again = trips.import_trips(conn, OPERATOR, [trip(route="r1", plan=plan())], "x")
    assert again == [Imported("unchanged")]
