"""What is acknowledged is never lost, and nothing is there twice, whoever is killed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from firmware_sim import scenario, service
from milepost.command.demo import enlist
from tests.fix_product import Product

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def await_true(condition: Callable[[], bool], within: float, what: str) -> None:
    """Return when ``condition()`` holds; fail with ``what`` after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_a_gateway_killed_under_load_loses_nothing_and_writes_nothing_twice(
    still_product: Product,
) -> None:
    """``kill -9`` three times while 600 terminals publish 300 fixes a second."""
    product = still_product
    fleet = scenario.load(600, interval=2.0)
    enlist(product.supervisor, fleet)
    report: list[service.Report] = []
    options = service.Options(drain=30.0, shared=20)
    enough = threading.Event()

    def publish() -> None:
        report.append(service.run(fleet, product.bench_broker(), options, enough))

    publisher = threading.Thread(target=publish, name="publisher")
    publisher.start()
    try:
        for goal in (500, 1500, 3000):
            await_true(partial(has_more_than, product, goal), 60, f"{goal} fixes were stored")
            product.kill("gateway")
        await_true(partial(has_more_than, product, 3500), 60, "fixes are stored again")
    finally:
        enough.set()
        publisher.join()
    [told] = report
    assert told.drained
    assert told.published > 3500
    await_true(
        lambda: stored(product) + lost_positions(product) >= told.published,
        60,
        f"{told.published} published, {stored(product)} stored",
    )
    [(distinct,)] = product.rows("SELECT count(DISTINCT (device_id, time)) FROM fix")
    assert stored(product) == told.published - lost_positions(product)
    assert distinct == stored(product)
    assert product.rows("SELECT count(*) FROM fix_conflict") == [(0,)]
    behind = product.rows(
        "SELECT count(*) FROM vehicle_state s JOIN vehicle_memory m USING (vehicle_id) "
        "WHERE s.revision <> m.revision"
    )
    assert behind == [(0,)]


def has_more_than(product: Product, goal: int) -> bool:
    """Whether more than ``goal`` fixes are stored."""
    return stored(product) > goal


def stored(product: Product) -> int:
    """Fixes in the store."""
    return int(product.rows("SELECT count(*) FROM fix")[0][0])


def lost_positions(product: Product) -> int:
    """Epochs that receivers left without a position."""
    return int(product.rows("SELECT coalesce(sum(parts), 0) FROM dead_letter")[0][0])
