"""Gateway, broker and database are killed under load, one by one and all at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from firmware_sim import scenario, service
from milepost.command.demo import enlist
from milepost.stack.child import Child
from tests.fix_product import Product
from tests.waiting import await_true

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@contextmanager
def watched(product: Product) -> Iterator[None]:
    """The supervisor looks after its children, as ``milepost up`` has it."""
    stop = threading.Event()
    watch = threading.Thread(target=product.supervisor.watch, args=(stop,), name="watch")
    watch.start()
    try:
        yield
    finally:
        stop.set()
        watch.join()


def stored(product: Product) -> int:
    """Fixes in the store; -1 while it is away."""
    try:
        return int(product.rows("SELECT count(*) FROM fix")[0][0])
    except psycopg.OperationalError:
        return -1


def ended(product: Product) -> int:
    """Epochs that are in their place: fixes, and those that receivers left without a position."""
    try:
        lost = product.rows("SELECT coalesce(sum(parts), 0) FROM dead_letter")
    except psycopg.OperationalError:
        return -1
    return stored(product) + int(lost[0][0])


def test_nothing_is_lost_and_nothing_twice_when_all_of_it_is_killed(
    still_product: Product,
) -> None:
    product = still_product
    fleet = scenario.load(200, interval=2.0)
    enlist(product.supervisor, fleet)
    report: list[service.Report] = []
    options = service.Options(drain=40.0, shared=10)
    enough = threading.Event()

    def publish() -> None:
        report.append(service.run(fleet, product.bench_broker(), options, enough))

    def await_more(known: int) -> int:
        """Fixes in the store when there are many more than those that were ``known``."""
        await_true(lambda: stored(product) > known + 200, "fixes are stored", 60)
        return stored(product)

    stack = product.supervisor.stack
    turns: list[Callable[[], list[Child | None]]] = [
        lambda: [stack.postgres.child],
        lambda: [stack.broker.child],
        lambda: [stack.postgres.child, stack.broker.child, product.supervisor.child("gateway")],
    ]
    with watched(product):
        publisher = threading.Thread(target=publish, name="publisher")
        publisher.start()
        try:
            known = 0
            for victims in turns:
                known = await_more(known)
                killed = [child for child in victims() if child is not None]
                for child in killed:
                    child.send(signal.SIGKILL)
                assert all(child.wait(10) for child in killed)
            await_more(known)
        finally:
            enough.set()
            publisher.join()
        [told] = report
        assert told.drained
        await_true(lambda: ended(product) >= told.published, f"{told.published} published", 60)
        assert ended(product) == told.published
        [(distinct,)] = product.rows("SELECT count(DISTINCT (device_id, time)) FROM fix")
        assert distinct == stored(product)
        behind = product.rows(
            "SELECT count(*) FROM vehicle_state s JOIN vehicle_memory m USING (vehicle_id) "
            "WHERE s.revision <> m.revision"
        )
        assert behind == [(0,)]
        numbers = product.rows("SELECT id FROM change ORDER BY id")
        assert len(numbers) == len(set(numbers))
