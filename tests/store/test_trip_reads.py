from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import NotFound
from fleet.nodes import NodeKind
from fleet.records import WorldRows
from fleet.scope import OPERATOR, Scope
from fleet.trip_views import Expectation, RiskChange, TripBrief
from fleet.trips import (
    DelayCause,
    NoEstimate,
    Risk,
    RiskTurn,
    StepTaken,
    StopStatus,
    TripState,
)
from fleet.views import TripTag, Vehicle
from store import feed, nodes, routes, trip_reads, trips, world
from store.nodes import Wanted as WantedNodes
from store.routes import NewRoute, NewRouteStop
from store.trip_reads import Wanted
from tests.store import places
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
    way,
)

pytestmark = pytest.mark.db

ALPHA = Scope("alpha", frozenset({"alpha"}))
BETA = Scope("beta", frozenset({"beta"}))


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    register(conn)
    create(conn)
    return world.load_world(conn)


def codes(conn: Connection[Any], scope: Scope = OPERATOR, **wanted: Any) -> list[str]:  # noqa: ANN401 - a builder
    return [brief.code for brief in trip_reads.list_trips(conn, scope, Wanted(**wanted))]


def brief(conn: Connection[Any]) -> TripBrief:
    return trip_reads.list_trips(conn, OPERATOR, Wanted())[0]


def test_a_brief_says_what_is_planned_and_expected(conn: Connection[Any], rows: WorldRows) -> None:
    first = brief(conn)
    assert (first.code, first.state, first.vehicle, first.driver, first.party) == (
        *("t1", TripState.ASSIGNED, "沪A1", "老王", "alpha"),
    )
    assert (first.starts_at, first.ends_at, first.plan_revision) == (NOON, moment(4.5), 0)
    assert (first.risk, first.no_estimate) == (Risk.UNKNOWN, NoEstimate.NO_VEHICLE)
    assert (first.next_eta, first.final_eta, first.delay, first.share) == (None,) * 4
    given = evaluation(
        rows, delay=1260.0, baseline=60.0, late_stop=2, cause="traffic_slow", risk=Risk.LATE,
        split={"traffic_slow": 1260.0}, conditions=({"kind": "stopped", "since": 5},),
    )  # fmt: skip
    keep(
        conn, rows, replace(given, facts=fact(given, 0, status=StopStatus.DEPARTED, arrived=START))
    )
    now = brief(conn)
    assert [site and site.code for site in (now.origin, now.destination, now.next_stop)] == [
        *("port", "shop", "hub")
    ]
    assert now.next_due == moment(2)
    assert now.next_eta == Expectation(
        moment(1.5), moment(1.5) + timedelta(minutes=10), 3000.0, 600.0, 0.0, 0.0
    )
    assert now.final_eta is not None
    assert (now.final_eta.p50, now.final_eta.driving) == (moment(2.5), 6000.0)
    assert (now.risk, now.no_estimate, now.delay, now.baseline_delay, now.late_stop) == (
        *(Risk.LATE, NoEstimate.NONE, 1260.0, 60.0, 2),
    )
    assert (now.cause, now.split) == (DelayCause.TRAFFIC_SLOW, {"traffic_slow": 1260.0})
    assert now.share == pytest.approx(0.1)
    assert now.left == 170_000.0
    assert now.conditions == ({"kind": "stopped", "since": 5},)
    assert (now.evaluated_at, now.heard_at) == (moment(0.5), moment(0.5) - timedelta(seconds=3))
    trips.say_cause(conn, OPERATOR, "t1", DelayCause.WEATHER, "暴雨", "li.na")
    assert brief(conn).cause is DelayCause.WEATHER
    trips.replan(conn, OPERATOR, "t1", plan(stop("hub", 1), stop("port", 9)), "x", "y", NOON)
    again = brief(conn)  # the estimates are of other stops
    assert again.next_eta is again.final_eta is None


def test_the_board_has_the_latest_first_and_the_unknown_last(
    conn: Connection[Any], rows: WorldRows
) -> None:
    told = {
        "a": (Risk.ON_TIME, -5.0),
        "b": (Risk.LATE, 600.0),
        "c": (Risk.UNKNOWN, float("nan")),
        "d": (Risk.OVERDUE, 900.0),
        "e": (Risk.AT_RISK, 700.0),
        "f": (Risk.ON_TIME, 5.0),
    }
    for code in told:
        create(conn, code=code)
    rows = world.load_world(conn)
    keep(conn, rows, *(evaluation(rows, code=c, risk=r, delay=d) for c, (r, d) in told.items()))
    assert codes(conn) == ["d", "b", "e", "f", "a", "c", "t1"]
    assert codes(conn, late_first=False) == ["a", "b", "c", "d", "e", "f", "t1"]
    assert codes(conn, risks=(Risk.LATE, Risk.OVERDUE)) == ["d", "b"]
    counts = trip_reads.count_risks(conn, OPERATOR, Wanted(risks=(Risk.LATE,)))
    assert counts == {
        Risk.ON_TIME: 2,
        Risk.LATE: 1,
        Risk.UNKNOWN: 2,
        Risk.OVERDUE: 1,
        Risk.AT_RISK: 1,
    }
    assert len(trip_reads.list_trips(conn, OPERATOR, Wanted(), 3)) == 3


def test_trips_are_listed_by_what_is_asked_for(conn: Connection[Any], rows: WorldRows) -> None:
    ends = tuple(NewRouteStop(s, None, None, None, 0, 0, 0, via=False) for s in ("port", "hub"))
    routes.put_route(conn, OPERATOR, NewRoute("r1", "", "", True, way(), ends), "x")  # noqa: FBT003 - a record
    create(
        conn, code="t2", vehicle="沪B1", plan=plan(stop("port", 30), stop("hub", 31)), route="r1"
    )
    create(conn, code="t3", vehicle=None, plan=None)
    assert codes(conn) == ["t1", "t2", "t3"]
    assert codes(conn, ALPHA) == ["t1"]
    assert codes(conn, BETA) == ["t2"]
    assert codes(conn, Scope("nobody", frozenset())) == []
    assert codes(conn, states=(TripState.DRAFT,)) == ["t3"]
    assert codes(conn, vehicle="沪B1") == ["t2"]
    assert codes(conn, route="r1") == ["t2"]
    assert codes(conn, site="shop") == ["t1"]
    assert codes(conn, start=moment(4.5), end=moment(30)) == ["t1"]
    assert codes(conn, start=moment(4.6)) == ["t2"]
    assert codes(conn, end=moment(30.1)) == ["t1", "t2"]
    for wanted in (Wanted(vehicle="沪X9"), Wanted(site="nowhere"), Wanted(route="r9")):
        with pytest.raises(NotFound):
            trip_reads.list_trips(conn, OPERATOR, wanted)
    with pytest.raises(NotFound):
        codes(conn, BETA, vehicle="沪A1")
    conn.execute("UPDATE trip SET over_at = now() - interval '23 hours' WHERE code = 't1'")
    conn.execute("UPDATE trip SET over_at = now() - interval '25 hours' WHERE code = 't2'")
    assert codes(conn) == ["t1", "t3"]
    assert codes(conn, start=NOON) == ["t1", "t2"]
    del rows


def test_a_trip_has_plan_estimate_and_actual_side_by_side(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keys = rows.trips[0].plans[0].stops["key"].tolist()
    keep(conn, rows, evaluation(rows, 0.25, first=0, risks=bytes([1, 7] * 3)))
    later = plan(stop("port", 0), stop("shop", 5), keeps_line=True)
    trips.replan(conn, OPERATOR, "t1", later, "li.na", "the hub is closed", moment(0.4))
    rows = world.load_world(conn)
    given = evaluation(rows, 0.5, risks=bytes([1, 7, 3, 7]))
    there = {"status": StopStatus.DEPARTED, "arrived": START + 60, "departed": START + 2000}
    keep(conn, rows, replace(given, facts=fact(given, 0, **there)))
    trip = trip_reads.load_trip(conn, ALPHA, "t1")
    port, hub, shop = trip.stops
    assert [s.planned.stop for s in trip.stops] == [str(key) for key in keys]
    assert [s.planned.site.code for s in trip.stops] == ["port", "hub", "shop"]
    assert [s.dropped for s in trip.stops] == [False, True, False]
    assert (port.status, port.arrived_at, port.delay) == (StopStatus.DEPARTED, moment(1 / 60), 60.0)
    assert (port.departure_delay, port.risk, port.estimate) == (200.0, Risk.ON_TIME, None)
    assert port.estimated_at == moment(1.25)
    assert (hub.estimate, hub.risk, hub.delay, hub.planned.number) == (None, Risk.UNKNOWN, None, 1)
    assert shop.estimate is not None
    assert (shop.estimate.p50, shop.risk) == (moment(1.5), Risk.LATE)
    assert (shop.planned.arrive_at, shop.delay) == (moment(5), -3.5 * 3600)
    assert shop.baseline is not None
    assert (shop.baseline.arrive_at, shop.baseline_delay) == (moment(4), -2.5 * 3600)
    assert [(p.revision, p.valid_from, p.author, p.reason, len(p.stops)) for p in trip.plans] == [
        (0, None, "li.na", "ordered", 3),
        (1, moment(0.4), "li.na", "the hub is closed", 2),
    ]
    assert [(a.vehicle, a.driver, a.valid_from, a.valid_to) for a in trip.assigned] == [
        ("沪A1", "老王", moment(-1), None)
    ]
    assert [step.event for step in trip.steps] == ["plan", "assign"]
    assert (len(trip.line), trip.line[0], trip.corridor) == (5, (121.0, 31.0), 500.0)
    assert trip.at == pytest.approx((121 + 20 / 95, 31.0))
    assert (trip.s, trip.away, trip.model) == (20_000.0, 12.0, "pace-1")
    with pytest.raises(NotFound):
        trip_reads.load_trip(conn, BETA, "t1")


def test_nothing_is_on_time_without_an_estimate(conn: Connection[Any], rows: WorldRows) -> None:
    silent = evaluation(
        rows, no_estimate=NoEstimate.SILENT, p50=(), p90=(), parts=(), risks=bytes([1, 3, 4])
    )
    keep(conn, rows, silent)
    trip = trip_reads.load_trip(conn, OPERATOR, "t1")
    assert [s.risk for s in trip.stops] == [Risk.UNKNOWN, Risk.UNKNOWN, Risk.OVERDUE]
    assert trip.brief.next_eta is trip.brief.final_eta is None


def test_a_draft_can_be_read(conn: Connection[Any], rows: WorldRows) -> None:
    create(conn, code="t2", vehicle=None, plan=None)
    trip = trip_reads.load_trip(conn, OPERATOR, "t2")
    assert (trip.stops, trip.plans, trip.line, trip.at, trip.brief.origin) == (
        (),
        (),
        (),
        None,
        None,
    )
    assert trip_reads.list_estimates(conn, OPERATOR, "t2", 0) == []
    del rows


def test_estimates_follow_a_stop_through_the_revisions(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, evaluation(rows, 0.25))
    later = plan(stop("port", 0), stop("shop", 5), stop("hub", 6), keeps_line=True)
    trips.replan(conn, OPERATOR, "t1", later, "li.na", "other way round", moment(0.4))
    rows = world.load_world(conn)
    keep(conn, rows, evaluation(rows, 0.5, first=2))
    keep(conn, rows, evaluation(rows, 0.75, no_estimate=NoEstimate.SILENT, p50=(), p90=()))
    points = trip_reads.list_estimates(conn, OPERATOR, "t1", 2)
    assert [(p.at, p.p50, p.plan, p.no_estimate) for p in points] == [
        (moment(0.25), moment(1.25), 0, NoEstimate.NONE),
        (moment(0.5), moment(1.5), 1, NoEstimate.NONE),
        (moment(0.75), None, 1, NoEstimate.SILENT),
    ]
    shop = trip_reads.list_estimates(conn, OPERATOR, "t1", 1)
    assert [p.p50 for p in shop] == [moment(2.25), None, None]
    assert trip_reads.list_estimates(conn, OPERATOR, "t1", 9) == []


def test_changes_of_risk_are_listed(conn: Connection[Any], rows: WorldRows) -> None:
    keys = rows.trips[0].plans[0].stops["key"].tolist()
    turns = [
        RiskTurn(keys[2], Risk.UNKNOWN, Risk.AT_RISK, START + 60, START + 120, START + 90),
        RiskTurn(keys[1], Risk.UNKNOWN, Risk.LATE, START + 60, START + 120, float("nan")),
    ]
    keep(conn, rows, evaluation(rows, turns=tuple(turns), cause="long_dwell"))
    found = trip_reads.list_risk_changes(conn, ALPHA, "t1")
    dwell = DelayCause.LONG_DWELL
    half, one = moment(0.5), moment(1 / 60)
    first = RiskChange(half, 2, Risk.UNKNOWN, Risk.AT_RISK, one, moment(0.025), dwell)
    assert found == [first, RiskChange(half, 1, Risk.UNKNOWN, Risk.LATE, one, None, dwell)]
    assert trip_reads.list_risk_changes(conn, ALPHA, "t1", 2) == [first]
    with pytest.raises(NotFound):
        trip_reads.list_risk_changes(conn, BETA, "t1")


def states(conn: Connection[Any]) -> dict[str, Vehicle]:
    every = feed.load_states(conn, OPERATOR, None)
    chosen = feed.load_states(conn, OPERATOR, [key for key, _ in every])
    assert chosen == every
    return {vehicle.plate: vehicle for _, vehicle in every}


def places_of(conn: Connection[Any], code: str) -> tuple[float, float]:
    row = conn.execute("SELECT lon, lat FROM site WHERE code = %s", [code]).fetchone()
    assert row is not None
    return row[0], row[1]


def test_a_vehicle_shows_the_trip_that_it_is_on(conn: Connection[Any], rows: WorldRows) -> None:
    tag = TripTag("t1", Risk.UNKNOWN, None, None, None, driver="老王")
    assert states(conn)["沪A1"].trip == tag
    keep(conn, rows, evaluation(rows, delay=60.0))
    create(conn, code="t0", plan=plan(stop("port", -9), stop("hub", -8)))
    shown = states(conn)["沪A1"].trip
    assert shown is not None
    assert (shown.code, shown.risk, shown.delay) == ("t1", Risk.ON_TIME, 60.0)
    assert (shown.next_site, shown.next_at, shown.driver) == ("hub", moment(1.5), "老王")
    assert (shown.place, shown.lon, shown.lat) == ("hub", *places_of(conn, "hub"))
    end = StepTaken(START, "complete", TripState.ARRIVED_FINAL, TripState.COMPLETED, "gps")
    keep(conn, rows, evaluation(rows, 1.0, state=TripState.COMPLETED, steps=(end,)))
    assert states(conn)["沪A1"].trip == TripTag("t0", Risk.UNKNOWN, None, None, None, driver="老王")
    assert states(conn)["沪B1"].trip is None


def test_a_trip_that_is_yet_to_come_is_not_shown(conn: Connection[Any], rows: WorldRows) -> None:
    conn.execute("UPDATE trip SET starts_at = now() + interval '61 minutes'")
    assert states(conn)["沪A1"].trip is None
    conn.execute("UPDATE trip SET starts_at = now() + interval '59 minutes'")
    assert states(conn)["沪A1"].trip is not None
    del rows


def test_a_node_says_what_was_planned_and_expected_of_its_stop(
    conn: Connection[Any], rows: WorldRows
) -> None:
    keep(conn, rows, evaluation(rows, 0.5))
    rows = places.register(conn)
    own = {"visit": places.ident(2), "planned": START + 5.0}
    places.keep(
        conn,
        rows,
        versions=[
            (1, 1, places.node(120)),
            (2, 1, places.node(150, kind=NodeKind.DEPARTED)),
            (3, 1, places.node(200, **own)),
            (4, 1, places.node(210, visit="")),
        ],
    )
    given = evaluation(rows, 3.0, first=2)
    here = {"arrived": START + 7200, "visit": places.ident(1), "departed": START + 9000}
    keep(conn, rows, replace(given, facts=fact(given, 1, status=StopStatus.DEPARTED, **here)))
    wanted = WantedNodes(None, None, None, NOON, NOON + 9 * HOUR, retracted=False)
    found = [(n.planned_at, n.estimated_at) for n in nodes.list_nodes(conn, OPERATOR, wanted)]
    assert found[::-1] == [
        (moment(2), moment(1.5)),
        (moment(2.5), None),
        (moment(5 / 3600), None),
        (None, None),
    ]
    [one] = nodes.load_versions(conn, OPERATOR, places.ident(1))
    assert one.planned_at == moment(2)
    assert nodes.read_after(conn, OPERATOR, 0, 1)[0].planned_at == moment(2)
