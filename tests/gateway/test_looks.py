"""Of many vehicles at once a commit looks at the trips of some; the others come later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest

from bench import order
from bench.order import MORNING
from fleet.records import FixBatch
from gateway.pipeline import Rules, Share
from tests.trip_day import HOUR, MINUTE, PUNCTUAL, THREE, Trip, TripDay, between, day, drive, parts
from tests.trip_order import busy, deliver, outcome
from tests.trip_stand import TripStand

pytestmark = pytest.mark.db

Make = Callable[[TripDay], TripStand]
VEHICLES = 3
LAST = (
    "SELECT t.code, extract(epoch FROM s.heard_at)::float8 FROM trip_state s JOIN trip t "
    "ON t.id = s.trip_id ORDER BY t.code"
)
COUNT = "SELECT t.code, count(*) FROM estimate e JOIN trip t ON t.id = e.trip_id GROUP BY 1"


@pytest.fixture
def sparing(database_url: str) -> Iterator[Make]:
    """Make the bench of a day whose gateway looks at one trip a commit."""
    made: list[TripStand] = []

    def make(given: TripDay) -> TripStand:
        made.append(TripStand(database_url, given, Rules(looks=Share(per_second=1.0, burst=1))))
        return made[-1]

    yield make
    for stand in made:
        stand.close()


def of_three() -> TripDay:
    """The same drive three times, each vehicle with a trip of its own."""
    drives = [drive(*PUNCTUAL, vehicle=vehicle, every=30.0) for vehicle in range(VEHICLES)]
    trips = [Trip(f"T{vehicle}", THREE, vehicle=vehicle) for vehicle in range(VEHICLES)]
    return day(FixBatch.concat(drives), *trips, vehicles=VEHICLES)


def heard(stand: TripStand) -> dict[str, float]:
    """Minutes after ``MORNING`` of the newest fix that each trip was looked at with."""
    return {code: round((at - MORNING) / MINUTE, 1) for code, at in stand.ask(LAST)}


def test_between_the_hubs_a_commit_looks_at_one_and_the_longest_waiting_comes_first(
    sparing: Make,
) -> None:
    given = of_three()
    stand = sparing(given)
    stand.take([*parts(between(given.fixes, 0, 45.4), 60)])
    stand.look_at_all(MORNING + 45 * MINUTE)
    before = dict(stand.ask(COUNT))
    for commit in range(6):
        begin = 45.4 + commit / 2
        stand.take([between(given.fixes, begin, begin + 0.5)])
    after = dict(stand.ask(COUNT))
    assert {code: after[code] - before[code] for code in after} == {"T0": 2, "T1": 2, "T2": 2}
    assert sorted(heard(stand).values()) == [47.0, 47.5, 48.0]
    assert stand.writer.looks.owed == VEHICLES - 1


def test_what_was_left_out_is_looked_at_when_there_is_time(sparing: Make) -> None:
    given = of_three()
    stand = sparing(given)
    stand.take([*parts(between(given.fixes, 0, 48), 30)])
    newest = round((float(between(given.fixes, 0, 48).time.max()) - MORNING) / MINUTE, 1)
    stand.look_at_all(MORNING + 48 * MINUTE)
    assert heard(stand) == dict.fromkeys(("T0", "T1", "T2"), newest)
    assert stand.writer.looks.owed == 0
    assert stand.writer.look_at_owed(MORNING + 48 * MINUTE) == 0
    # Its memories are still its own: the next commit folds none of them again.
    stand.take([between(given.fixes, 48, 49)])
    assert stand.metrics.registry.get_sample_value(
        "milepost_retries_total", {"why": "vehicle"}
    ) in {
        None,
        0.0,
    }


def test_a_vehicle_that_another_gateway_has_moved_is_left_to_it(sparing: Make) -> None:
    given = of_three()
    stand = sparing(given)
    stand.take([*parts(between(given.fixes, 0, 46), 60), between(given.fixes, 46, 47)])
    assert stand.writer.looks.owed
    with closing(stand.open()) as other:
        first, stand.writer = stand.writer, other
        stand.take([between(given.fixes, 47, 48)])
        stand.look_at_all(MORNING + 48 * MINUTE)
        seen = heard(stand)
        stand.writer = first
        stand.look_at_all(MORNING + 49 * MINUTE)
        assert heard(stand) == seen


@pytest.mark.parametrize("seed", [1, 4])
def test_stop_times_are_those_of_a_gateway_that_looks_at_all(sparing: Make, seed: int) -> None:
    rng = np.random.default_rng([9, seed])
    given = busy(rng, fixes=90, edited=False)
    now = float(given.fixes.time.max()) + HOUR
    expected = outcome(deliver(given, order.in_order(given.day, 4)), now)
    stand = sparing(given)
    stand.take(order.shuffled(given.day, rng), between=stand.die if seed == 1 else lambda: None)
    stand.look_at_all(now)
    assert stand.facts(by_visits=True) == expected[0]
