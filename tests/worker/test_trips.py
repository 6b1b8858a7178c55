"""Trips by the clock: what time brings about without any message, beside a gateway that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from bench.order import MORNING
from fleet.records import FixBatch
from fleet.scope import OPERATOR
from fleet.trips import NoEstimate, Risk, StopStatus
from route.model import RULES
from store import trips
from tests.trip_day import (
    HOUR,
    MINUTE,
    PUNCTUAL,
    THREE,
    Call,
    Trip,
    TripDay,
    between,
    day,
    drive,
    parts,
)
from tests.trip_stand import TripStand
from worker.trips import Rhythm, Watch

pytestmark = pytest.mark.db

Make = Callable[[TripDay], TripStand]

STATE = """
SELECT s.state, s.no_estimate, s.risk, s.delay,
       ARRAY(SELECT extract(epoch FROM p)::float8 FROM unnest(s.p50) p),
       ARRAY(SELECT extract(epoch FROM p)::float8 FROM unnest(s.p90) p), s.conditions
FROM trip_state s JOIN trip t ON t.id = s.trip_id WHERE t.code = %s
"""
STEPS = "SELECT event, from_state, to_state FROM trip_step WHERE source <> 'person' ORDER BY id"


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


def watch(stand: TripStand, minute: float, quiet: float = 0.5, by: Watch | None = None) -> int:
    """A round of the clock so many minutes after the morning began."""
    with stand.connect() as conn:
        return (by or Watch(Rhythm(quiet=quiet), RULES)).round(conn, MORNING + MINUTE * minute)


def state(stand: TripStand, code: str = "T1") -> tuple[Any, ...]:
    """State, reason, risk, delay, P50, P90 and conditions."""
    return stand.ask(STATE, code)[0]


def kinds(stand: TripStand) -> set[str]:
    return {each["kind"] for each in state(stand)[6]}


def risks(stand: TripStand) -> list[tuple[int, int]]:
    return stand.ask("SELECT from_risk, to_risk FROM risk_change ORDER BY id")


def test_the_band_of_a_silent_trip_widens_until_nothing_is_known(on: Make) -> None:
    given = day(between(drive(*PUNCTUAL), 0, 45), Trip("T1", (*THREE[:2], Call(3, 400))))
    stand = on(given)
    stand.take([*parts(given.fixes, 9)])
    widths = []
    for minute in (50, 60, 90, 150, 240):
        watch(stand, minute)
        _, reason, _, _, p50, p90, _ = state(stand)
        assert reason == NoEstimate.NONE
        assert all(time >= MORNING + MINUTE * minute for time in p50)
        widths.append(p90[-1] - p50[-1])
    # At first the nearer end makes up for the silence.
    assert widths[2:] == sorted(widths[2:])
    assert widths[-1] > widths[2] + 20 * MINUTE
    heard = float(given.fixes.time.max() - MORNING) / MINUTE
    watch(stand, heard + RULES.silent / MINUTE + 1)
    _, reason, risk, delay, p50, p90, _ = state(stand)
    assert reason == NoEstimate.SILENT
    assert not p50
    assert not p90
    assert Risk(risk) in {Risk.OVERDUE, Risk.UNKNOWN}
    assert (delay is None) == (Risk(risk) is Risk.UNKNOWN)
    assert "signal_lost" in kinds(stand)


def test_overdue_is_raised_without_a_message_one_second_after_the_tolerance(on: Make) -> None:
    given = day(between(drive(*PUNCTUAL), 0, 45), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(given.fixes, 9)])
    due = 50 + 900 / MINUTE
    watch(stand, due - 1 / MINUTE)
    assert "overdue" not in kinds(stand)
    assert Risk(state(stand)[2]) is not Risk.OVERDUE
    watch(stand, due + 1 / MINUTE)
    assert "overdue" in kinds(stand)
    assert Risk(state(stand)[2]) is Risk.OVERDUE
    assert risks(stand)[-1][1] == Risk.OVERDUE
    before = len(risks(stand))
    watch(stand, due + 2)
    assert len(risks(stand)) == before  # once


def test_a_trip_that_does_not_depart_is_told_of(on: Make) -> None:
    """It stands at the origin, or nothing was ever heard of it."""
    waiting = drive((0, -9000), (10, 0), (50, 0))
    given = day(waiting, Trip("T1", THREE), Trip("T2", THREE, vehicle=1), vehicles=2)
    stand = on(given)
    stand.take([*parts(given.fixes, 10)])
    due = 40 + 900 / MINUTE
    watch(stand, due - 1 / MINUTE)
    assert "not_departed" not in kinds(stand)
    watch(stand, due + 1 / MINUTE)
    assert "not_departed" in kinds(stand)
    _, reason, risk, *_, conditions = state(stand, "T2")
    assert NoEstimate(reason) is NoEstimate.NO_POSITION
    assert Risk(risk) is Risk.UNKNOWN
    assert "not_departed" in {each["kind"] for each in conditions}


def test_a_vehicle_that_overstays_is_told_of(on: Make) -> None:
    given = day(drive((0, -9000), (10, 0), (40, 0), (50, 9000), (200, 9000)), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 60), 10)])
    limit = 50 + 30 + 60  # service as planned, and an hour
    watch(stand, limit - 1 / MINUTE)
    assert "overstay" not in kinds(stand)
    watch(stand, limit + 1 / MINUTE)
    assert "overstay" in kinds(stand)


def test_a_vehicle_that_stands_on_the_road_is_told_of(on: Make) -> None:
    given = day(drive((0, -9000), (10, 0), (40, 0), (45, 4500), (90, 4500)), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 60), 10)])
    began = stand_since = 45.0
    watch(stand, stand_since + 19.9)
    assert "unplanned_stop" not in kinds(stand)
    watch(stand, stand_since + 21.1)
    (found,) = [one for one in state(stand)[6] if one["kind"] == "unplanned_stop"]
    assert (found["began"] - MORNING) / MINUTE == pytest.approx(began, abs=1.1)


def test_gateway_and_worker_in_turn_lose_nothing_of_each_other(on: Make) -> None:
    """The worker is heard by the gateway, and no step is taken twice."""
    given = day(drive(*PUNCTUAL), Trip("T1", THREE))
    stand, alone = on(given), Watch(Rhythm(quiet=0.5), RULES)
    pieces: list[FixBatch] = parts(given.fixes, 3)
    looked = 0
    for piece in pieces:
        stand.take([piece])
        minute = float(piece.received.max() - MORNING) / MINUTE
        looked += watch(stand, minute + 0.5, by=alone)
        looked += watch(stand, minute + 0.5)
    assert looked >= len(pieces) - 10  # none once it is over
    steps = stand.ask(STEPS)
    assert [row[0] for row in steps] == [
        *("arm", "reach_origin", "depart", "arrive"),
        *("depart", "arrive_final", "complete"),
    ]
    assert all(one[2] == two[1] for one, two in pairwise(steps))
    assert [row[2] for row in stand.facts(by_visits=False)] == ["departed"] * 3
    turns = stand.ask("SELECT stop_id, from_risk, to_risk FROM risk_change ORDER BY id")
    last: dict[int, int] = {}
    for stop, before, after in turns:
        assert last.get(stop, before) == before
        last[stop] = after


def test_clocks_that_differ_do_not_take_a_step_to_and_fro(on: Make) -> None:
    """The worker's clock is two seconds ahead when the last stay comes to its end by time."""
    stays = drive((0, -9000), (10, 0), (40, 0), (50, 9000), (80, 9000), (90, 18_000), (300, 18_000))
    given = day(stays, Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(between(stays, 0, 268), 20)])
    arrived = [row[3] for row in stand.facts(by_visits=False)][2]
    over = (arrived + 3 * HOUR - MORNING) / MINUTE
    fix = between(stays, 269, 270)
    watch(stand, over + 0.02)
    assert state(stand)[0] == "completed"
    received = fix.received.copy()
    received[:] = MORNING + MINUTE * (over - 0.02)
    columns = {name: getattr(fix, name) for name in FixBatch.__slots__}
    stand.take([FixBatch(**columns | {"received": received})])
    watch(stand, over + 1)
    assert [row[0] for row in stand.ask(STEPS)].count("complete") == 1


def test_what_a_person_says_of_a_trip_that_is_over_is_looked_at(on: Make) -> None:
    given = day(drive(*PUNCTUAL), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(given.fixes, 20)])
    with stand.connect() as conn:
        trips.say_stop(conn, OPERATOR, "T1", 1, StopStatus.SKIPPED, None, None, "li.na", "shut")
    assert watch(stand, 131) == 1
    assert [row[2] for row in stand.facts(by_visits=False)] == ["departed", "skipped", "departed"]
    assert watch(stand, 140) == 0


def test_a_day_whose_clock_was_far_ahead_is_put_right(on: Make) -> None:
    """A worker thought for a moment that it was a year later."""
    given = day(drive(*PUNCTUAL), Trip("T1", THREE))
    stand = on(given)
    stand.take([*parts(between(given.fixes, 0, 45), 15)])
    watch(stand, 365 * 1440)
    assert state(stand)[0] == "assumed_completed"
    stand.take([*parts(between(given.fixes, 45, 130), 15)])
    assert [row[2] for row in stand.facts(by_visits=False)] == ["departed"] * 3
    assert state(stand)[0] == "completed"
