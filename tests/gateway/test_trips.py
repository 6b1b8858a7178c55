"""Trips in the gateway: each commit looks at them, and late fixes correct what they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from math import nan
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest

from bench import order
from bench.order import MORNING
from fleet.nodes import NodeKind
from fleet.records import FixBatch
from fleet.scope import OPERATOR
from fleet.trips import NoEstimate, Risk, TripState
from route.model import RULES
from shipment.steps import LEGAL, Event
from store import nodes, trips
from tests.trip_day import (
    EAST,
    HOUR,
    MINUTE,
    PUNCTUAL,
    THREE,
    Call,
    Trip,
    TripDay,
    TripLedger,
    between,
    day,
    drive,
    parts,
    singly,
    without,
)
from tests.trip_order import busy, deliver, outcome, same
from tests.trip_stand import TripStand, moment, new_plan
from worker.trips import Rhythm, Watch

pytestmark = pytest.mark.db

Make = Callable[[TripDay], TripStand]

PLANNED = "SELECT p::text FROM plan_stop p ORDER BY trip_id, revision, number"
PLANS = "SELECT p::text FROM plan p ORDER BY trip_id, revision"
ESTIMATES = """
SELECT extract(epoch FROM at)::float8 FROM estimate WHERE no_estimate = 0 ORDER BY at
"""
STEPS = "SELECT event, from_state, to_state, source FROM trip_step ORDER BY id"
#: What a trip kept in time shows of its life.
LIFE = ["plan", "assign", "arm", "reach_origin", "depart", "arrive", "depart", "arrive_final"]


@pytest.fixture
def on(database_url: str) -> Iterator[Make]:
    """Make the bench of a day."""
    made: list[TripStand] = []

    def make(given: TripDay) -> TripStand:
        made.append(TripStand(database_url, given))
        return made[-1]

    yield make
    for stand in made:
        stand.close()


def minutes(time: float | None) -> float:
    """After ``MORNING``, by tenths: the fences are 300 m round their hubs, half a minute."""
    return nan if time is None else round((time - MORNING) / MINUTE, 1)


def stops(stand: TripStand | TripLedger) -> list[tuple[Any, ...]]:
    """Status, arrival and departure of each stop."""
    return [
        (status, minutes(arrived), minutes(departed))
        for _, _, status, arrived, departed, *_ in stand.facts(by_visits=False)
    ]


def is_legal(steps: list[tuple[str, str, str, str]]) -> bool:
    """Whether each step goes on from the one before, and as the table says."""
    state = "draft"
    for event, before, after, _ in steps:
        if before != state or LEGAL[TripState(before)].get(Event(event)) != after:
            return False
        state = after
    return True


def test_a_trip_driven_in_time_has_the_stop_times_of_its_nodes(on: Make) -> None:
    given = day(drive(*PUNCTUAL), Trip("T1", THREE))
    stand = on(given)
    planned, plans = stand.ask(PLANNED), stand.ask(PLANS)
    stand.take([*singly(given.fixes)])
    facts = stand.facts(by_visits=False)
    assert [row[2] for row in facts] == ["departed"] * 3
    nodes = {(row[2], row[4]): (row[5], row[6], row[8]) for row in stand.nodes()}
    for number, fact in enumerate(facts, 1):
        actual, latest, earliest = nodes[f"F{number}", "arrived"]
        assert (fact[3], fact[5], fact[6]) == pytest.approx((actual, earliest, latest), abs=0.002)
        assert fact[4] == pytest.approx(nodes[f"F{number}", "departed"][0], abs=0.002)
    steps = stand.ask(STEPS)
    assert [row[0] for row in steps] == [*LIFE, "complete"]
    assert is_legal(steps)
    # Estimates are beside the plan, never in it.
    assert stand.ask(PLANNED) == planned
    assert stand.ask(PLANS) == plans
    # Of every commit from the origin to the last stop there is one, and none was changed.
    made = {minutes(at) for at, *_ in stand.ask(ESTIMATES)}
    known = between(given.fixes, 11, 90)
    assert made >= {minutes(received) for received in known.received.tolist()}
    assert_nodes_know_the_plan(stand)


def assert_nodes_know_the_plan(stand: TripStand) -> None:
    with stand.connect() as conn:
        wanted = nodes.Wanted(None, None, None, moment(0), moment(1440), retracted=False)
        found = nodes.list_nodes(conn, OPERATOR, wanted)
    due = {
        (each.site.code, each.kind): minutes(each.planned_at.timestamp())
        for each in found
        if each.planned_at is not None
    }
    assert due == {
        ("F1", NodeKind.DEPARTED): 40,
        ("F2", NodeKind.ARRIVED): 50,
        ("F2", NodeKind.DEPARTED): 80,
        ("F3", NodeKind.ARRIVED): 90,
    }


def test_a_late_start_is_late_at_every_stop_and_the_first_knows_why(on: Make) -> None:
    late = drive(
        (0, -9000), (10, 0), (70, 0), (80, 9000), (110, 9000), (120, 18_000), (150, 18_000)
    )
    stand = on(day(late, Trip("T1", THREE)))
    stand.take([*parts(between(late, 0, 85), 5)])
    risk, delay, cause, late_stop = stand.ask(
        "SELECT risk, delay, cause, late_stop FROM trip_state"
    )[0]
    assert (Risk(risk), cause, late_stop) == (Risk.LATE, "late_departure", 2)
    assert delay == pytest.approx(1800, abs=90)
    stand.take([*parts(between(late, 85, 150), 5)])
    risk, delay, cause, late_stop = stand.ask(
        "SELECT risk, delay, cause, late_stop FROM trip_state"
    )[0]
    assert (Risk(risk), cause, late_stop) == (Risk.LATE, "late_departure", 2)
    assert delay == pytest.approx(1800, abs=60)
    turns = stand.ask("SELECT from_risk, to_risk FROM risk_change ORDER BY id")
    assert all(before != after for before, after in turns)


def test_an_hour_that_came_late_corrects_stop_times_and_delay(on: Make) -> None:
    """Over the second stop: nobody saw it there, and it was thought to have gone by."""
    given = day(drive(*PUNCTUAL), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(without(given.fixes, 42, 85), 10)])
    status = [row[2] for row in stand.facts(by_visits=False)]
    assert status[0] == "departed"
    assert status[1] in {"unverified", "missed"}
    assert status[2] == "departed"
    stand.take([between(given.fixes, 42, 85)])
    whole = TripLedger(given.day.before)
    for piece in parts(given.fixes, 10):
        whole.write(piece)
    assert stops(stand) == stops(whole)
    assert is_legal(stand.ask(STEPS)) or stand.ask(STEPS)[-1][2] == "completed"
    delay, late_stop = stand.ask("SELECT delay, late_stop FROM trip_state")[0]
    assert (late_stop, delay) == (2, pytest.approx(-20, abs=30))


def test_a_last_stop_that_was_none_is_taken_back_and_the_true_one_counts(on: Make) -> None:
    """Better positions show that it stood beside its last hub, and came there later."""
    way = ((0, -9000), (10, 0), (40, 0), (50, 9000), (80, 9000), (90, 18_000), (120, 18_000),
           (122, 19_000), (124, 19_000), (126, 18_000), (150, 18_000), (155, 26_000))  # fmt: skip
    given = day(drive(*way), Trip("T1", THREE))
    beside = between(given.fixes, 88, 122)
    better = replace(
        beside,
        lon=np.full(len(beside), 114.0 + 16_900 / EAST),
        hdop=np.full(len(beside), 0.5),
        satellites=np.full(len(beside), 12.0),
    )
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 124), 10)])
    assert stand.ask("SELECT state FROM trip_state") == [("completed",)]
    stand.die()  # what is known of the world is read anew: the trip is over
    stand.take([*parts(between(given.fixes, 124, 155), 10), better])
    whole = TripLedger(given.day.before)
    rest = [between(given.fixes, 0, 88), better, between(given.fixes, 122, 155)]
    whole.write(FixBatch.concat(rest))
    assert stand.ask("SELECT over_at IS NULL, state FROM trip, trip_state") == [
        (False, "completed")
    ]
    assert minutes(whole.standings[1].facts[2].arrived) > 124
    assert stops(stand) == stops(whole)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_hundred_deliveries_of_four_days_end_with_the_same_stop_times() -> None:
    """With fences, terminals, plans and vehicles changed at any moment; 50 deliveries of each."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        done = [pool.submit(same, 50, seed, edited=seed % 2 == 0) for seed in range(4)]
        assert [each.result() for each in done] == [50] * 4


def test_a_day_has_something_to_tell() -> None:
    """Else the test above would hold of nothing."""
    given = busy(np.random.default_rng([20261122, 0]))
    ledger = deliver(given, order.in_order(given.day, 4))
    status = [row[2] for row in ledger.facts(by_visits=True)]
    assert status.count("departed") >= 3
    assert status.count("arrived") >= 2
    without_edits = busy(np.random.default_rng([20261122, 0]), edited=False)
    plain = deliver(without_edits, order.in_order(without_edits.day, 4))
    assert plain.facts(by_visits=True) != ledger.facts(by_visits=True)


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 7, 11])
def test_the_database_ends_with_the_stop_times_of_the_day_in_order(on: Make, seed: int) -> None:
    """With a gateway that is killed after each commit, or two in turn."""
    rng = np.random.default_rng([9, seed])
    given = busy(rng, fixes=90, edited=seed != 1)
    now = float(given.fixes.time.max()) + HOUR
    expected = outcome(deliver(given, order.in_order(given.day, 4)), now)
    stand = on(given)
    gateways = [stand.writer, stand.open()]

    def swap() -> None:
        gateways.reverse()
        stand.writer = gateways[0]

    between_commits = (lambda: None, stand.die, swap)[seed % 3]
    stand.take(order.shuffled(given.day, rng), between=between_commits)
    gateways[1].close()
    kept = stand.facts(by_visits=True)
    with stand.connect() as conn:
        Watch(Rhythm(quiet=0.0), RULES).round(conn, now)
    assert stand.facts(by_visits=True) == expected[1]
    if seed == 1:  # nobody edited a trip: the gateways alone have kept all that there is
        assert kept == expected[0]
    assert stand.owed() == 0


def test_a_swap_on_the_way_loses_no_stop_and_doubles_none(on: Make) -> None:
    """The second vehicle takes over at the second hub; the first goes on sending from elsewhere."""
    first = drive((0, -9000), (10, 0), (40, 0), (50, 9000), (70, 9000), (80, 2000), (150, 2000))
    second = drive((0, 27_000), (50, 27_000), (60, 9000), (80, 9000), (90, 18_000), (120, 18_000),
                   (130, 26_000), (150, 26_000), vehicle=1)  # fmt: skip
    given = day(FixBatch.concat([first, second]), Trip("T1", THREE), vehicles=2)
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 65), 8)])
    with stand.connect() as conn:
        trips.assign(conn, OPERATOR, "T1", "v1", "Zhao", moment(65), "li.na", "broken down")
    stand.take([*parts(between(given.fixes, 65, 150), 8)])
    facts = stops(stand)
    assert [row[0] for row in facts] == ["departed"] * 3
    assert [row[1] for row in facts] == pytest.approx([10, 50, 90], abs=0.6)
    assert [row[2] for row in facts] == pytest.approx([40, 80, 120], abs=0.6)
    assert stand.ask("SELECT count(*) FROM estimate WHERE no_estimate <> 0 AND at > %s "
                     "AND at < %s", moment(12), moment(91))[0][0] <= 1  # fmt: skip
    served = stand.ask("SELECT v.plate, s.state FROM trip_state s JOIN vehicle v "
                       "ON v.id = s.vehicle_id")  # fmt: skip
    assert served == [("v1", "completed")]
    steps = [row for row in stand.ask(STEPS) if row[0] != "assign"]
    assert [row[0] for row in steps] == ["plan", *LIFE[2:], "complete"]


def test_two_gateways_with_a_vehicle_each_take_no_step_of_a_swapped_trip_twice(on: Make) -> None:
    first = drive((0, -9000), (10, 0), (40, 0), (50, 9000), (70, 9000), (80, 2000), (150, 2000))
    second = drive((0, 27_000), (50, 27_000), (60, 9000), (80, 9000), (90, 18_000), (120, 18_000),
                   (130, 26_000), (150, 26_000), vehicle=1)  # fmt: skip
    given = day(FixBatch.concat([first, second]), Trip("T1", THREE), vehicles=2)
    stand = on(given)
    with stand.connect() as conn:
        trips.assign(conn, OPERATOR, "T1", "v1", "Zhao", moment(65), "li.na", "to be swapped")
    with closing(stand.open()) as other:
        gateways = {0: stand.writer, 1: other}
        for piece in parts(given.fixes, 8):
            for vehicle, gateway in gateways.items():
                stand.writer = gateway
                stand.take([piece.rows(piece.vehicle == vehicle)])
        stand.writer = gateways[0]
    steps = [row for row in stand.ask(STEPS) if row[0] != "assign"]
    assert [row[0] for row in steps] == ["plan", *LIFE[2:], "complete"]
    assert [row[0] for row in stops(stand)] == ["departed"] * 3


def test_of_two_trips_one_after_another_each_gets_its_own(on: Make) -> None:
    """Out and back with an hour between; the window of the second is open from the beginning."""
    back = (Call(3, nan, 150), Call(2, 160, 170), Call(1, 180))
    way = drive(
        *PUNCTUAL[:6], (150, 18_000), (160, 9000), (170, 9000), (180, 0), (200, 0), (210, -9000)
    )
    given = day(way, Trip("out", THREE), Trip("back", back))
    stand = on(given)
    followed: list[tuple[float, str, float]] = []

    def note() -> None:
        for code, s, share in stand.ask(
            "SELECT t.code, s.s, s.share FROM trip_state s JOIN trip t ON t.id = s.trip_id "
            "WHERE s.heard_at = (SELECT max(heard_at) FROM trip_state) AND s.s IS NOT NULL"
        ):
            followed.append((s, code, share))

    stand.take([*parts(given.fixes, 10)], between=note)
    facts = stops(stand)
    assert [row[0] for row in facts] == ["departed"] * 6
    assert [row[1] for row in facts] == pytest.approx([10, 50, 90, 90, 160, 180], abs=0.6)
    for code in ("out", "back"):
        progress = [s for s, of, _ in followed if of == code]
        assert progress == sorted(progress)
        assert progress[-1] == pytest.approx(18_000, abs=1000)  # a commit is ten minutes


def test_a_trip_that_was_given_to_its_vehicle_too_late_has_its_stop_times_all_the_same(
    on: Make,
) -> None:
    given = day(drive(*PUNCTUAL), Trip("T1", THREE, vehicle=None))
    stand = on(given)
    stand.take([*parts(given.fixes, 20)])
    assert not stand.facts(by_visits=False)
    with stand.connect() as conn:
        trips.assign(conn, OPERATOR, "T1", "v0", "Wang", moment(-20), "li.na", "forgotten")
    stand.repair()
    with stand.connect() as conn:
        Watch(Rhythm(quiet=0.0), RULES).round(conn, MORNING + 131 * MINUTE)
    assert [row[0] for row in stops(stand)] == ["departed"] * 3
    assert stand.ask("SELECT state FROM trip_state") == [("completed",)]


def test_a_trip_that_vanishes_on_the_way_stops_nobody(on: Make) -> None:
    given = day(drive(*PUNCTUAL), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 45), 15)])
    with stand.connect() as conn:
        conn.execute("DELETE FROM trip")  # as no edit does it
    stand.take([*parts(between(given.fixes, 45, 90), 15)])
    assert stand.ask("SELECT count(*) FROM trip_state") == [(0,)]
    assert len(stand.nodes()) == 4


def test_a_stop_in_two_hundred_years_has_no_estimate(on: Make) -> None:
    far = (*THREE[:2], Call(3, 200 * 365 * 1440))
    given = day(drive(*PUNCTUAL), Trip("T1", far))
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 60), 15)])
    assert stand.ask("SELECT no_estimate, risk FROM trip_state") == [
        (NoEstimate.NO_LINE, Risk.UNKNOWN)
    ]


def test_a_stop_put_in_on_the_way_is_known_at_the_next_fix(on: Make) -> None:
    given = day(drive(*PUNCTUAL), Trip("T1", (THREE[0], THREE[2])))
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 45), 15)])
    with stand.connect() as conn:
        new = new_plan(Trip("T1", THREE))
        trips.replan(conn, OPERATOR, "T1", new, "li.na", "one more", moment(45))
    stand.take([between(given.fixes, 45, 46)])
    assert [row[0] for row in stops(stand)] == ["departed", "approaching", "planned"]
    stand.take([*parts(between(given.fixes, 46, 130), 15)])
    assert stops(stand) == [
        ("departed", pytest.approx(10, abs=0.6), pytest.approx(40, abs=0.6)),
        ("departed", pytest.approx(50, abs=0.6), pytest.approx(80, abs=0.6)),
        ("departed", pytest.approx(90, abs=0.6), pytest.approx(120, abs=0.6)),
    ]
    plans = stand.ask("SELECT revision, count(*) FROM plan_stop GROUP BY 1 ORDER BY 1")
    assert plans == [(0, 2), (1, 3)]
