"""The headline: the same fixes and edits give the same nodes, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from bench import order
from bench.ledger import Ledger
from fleet.records import FixBatch
from gateway.pipeline import Rules
from tests.fleet_day import Stand, asked, told


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    """A process per core: the deliveries are many and have nothing to do with each other."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_thousand_deliveries_of_four_days_end_with_the_same_nodes(
    workers: ProcessPoolExecutor,
) -> None:
    """Days of three vehicles with 500 fixes each, 250 deliveries of each day."""
    days = [workers.submit(order.identical, order.Plan(), 250, seed) for seed in range(4)]
    assert [day.result() for day in days] == [250] * 4


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_20_deliveries_of_a_day_of_50_vehicles_end_with_the_same_nodes(
    workers: ProcessPoolExecutor,
) -> None:
    plan = order.Plan(vehicles=50, fixes=500)
    days = [workers.submit(order.identical, plan, 10, seed) for seed in range(50, 52)]
    assert [day.result() for day in days] == [10] * 2


def test_a_day_has_something_to_tell() -> None:
    """Else the tests above would hold of nothing."""
    day = order.day(order.Plan(), np.random.default_rng(1))
    ledger = order.deliver(day, order.in_order(day), Rules())
    kinds = [row[4] for row in ledger.canon()]
    assert kinds.count("arrived") > 15
    assert kinds.count("departed") > 15
    assert {row[3] for row in ledger.canon()} == {1, 2}  # nodes of both versions of the fence
    assert {row[0] for row in ledger.canon()} > {0, 3}  # and of the vehicle moved to


def test_without_repairs_another_order_would_be_noticed() -> None:
    rng = np.random.default_rng(2)
    day = order.day(order.Plan(), rng)
    expected = order.deliver(day, order.in_order(day), Rules()).canon()
    ledger = Ledger(day.before, Rules())
    for piece in order.shuffled(day, rng):
        if isinstance(piece, FixBatch):
            ledger.write(piece)
    assert ledger.canon() != expected


@pytest.mark.db
@pytest.mark.parametrize("seed", range(8))
def test_the_database_ends_with_the_nodes_of_the_day_in_order(
    on: Callable[[order.Day], Stand], seed: int
) -> None:
    """Every odd one with a gateway that is killed after every commit."""
    rng = np.random.default_rng([7, seed])
    day = order.day(order.Plan(fixes=300), rng)
    expected = order.deliver(day, order.in_order(day), Rules()).canon()
    stand = on(day)
    stand.take(order.shuffled(day, rng), between=stand.die if seed % 2 else lambda: None)
    assert asked(stand.nodes()) == told(expected)
    assert stand.owed() == 0


@pytest.mark.db
def test_two_gateways_in_turn_end_with_the_nodes_of_one(
    on: Callable[[order.Day], Stand],
) -> None:
    rng = np.random.default_rng(77)
    day = order.day(order.Plan(fixes=300), rng)
    expected = order.deliver(day, order.in_order(day), Rules()).canon()
    stand = on(day)
    other = stand.open()

    def swap() -> None:
        nonlocal other
        stand.writer, other = other, stand.writer

    stand.take(order.shuffled(day, rng), between=swap)
    assert asked(stand.nodes()) == told(expected)
    other.close()
