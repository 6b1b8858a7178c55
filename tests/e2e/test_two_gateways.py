"""Two gateway processes that divide the devices: one dies, both are restarted, nothing differs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from bench import order
from fleet.records import Frame
from gateway.pipeline import Rules
from milepost.settings import Embedded
from milepost.stack import BrokerOptions, PostgresOptions
from tests.e2e.test_shuffled import publish
from tests.fix_product import Product, running_product
from tests.fleet_day import CANON, asked, told
from tests.sent_day import all_in, as_decoded, as_sent, devices, register
from tests.waiting import await_true

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PLAN = order.Plan(vehicles=4, fixes=250, conflicts=0.0)
#: What a killed gateway had is sent again after 2 s, not 10.
STACK = Embedded(PostgresOptions(), BrokerOptions(bench=True, partitions=2, ack_wait=2.0))
NAMES = ("gateway-0", "gateway-1")


@pytest.fixture
def product() -> Iterator[Product]:
    """A product with two gateways and no terminals."""
    with running_product(simulate=False, stack=STACK) as running:
        yield running


@contextmanager
def publishing(product: Product, frames: list[Frame]) -> Iterator[None]:
    """Publish meanwhile, and until all is acknowledged."""
    thread = threading.Thread(target=publish, args=(product, frames))
    thread.start()
    yield
    thread.join(60)
    assert not thread.is_alive()


def kill(product: Product, name: str) -> None:
    """``kill -9``, and start it again."""
    child = product.supervisor.child(name)
    child.send(signal.SIGKILL)
    assert child.wait(10)
    product.supervisor.spawn(name, ["gateway"])


def restart(product: Product, name: str) -> None:
    """Stop it as an operator would, start it again, and wait until it is connected."""
    product.supervisor.child(name).stop([(signal.SIGTERM, 20.0)])
    product.supervisor.spawn(name, ["gateway"])
    await_true(lambda: gateways(product) == 2, f"{name} is back")


def gateways(product: Product) -> int:
    """How many are connected to the database."""
    [(number,)] = product.rows(
        "SELECT count(DISTINCT pid) FROM pg_stat_activity"
        " WHERE application_name = 'milepost-gateway'"
    )
    return int(number)


def partition(device: str) -> int:
    """Which gateway's it is, as the broker reckons: FNV-1a of its name."""
    hashed = 2_166_136_261
    for byte in device.encode():
        hashed = ((hashed ^ byte) * 16_777_619) & 0xFFFFFFFF
    return hashed % 2


def test_a_killed_and_two_restarted_gateways_lose_nothing_and_find_the_nodes_of_the_day(
    product: Product,
) -> None:
    rng = np.random.default_rng(20261122)
    day = order.day(replace(PLAN, start=time.time() - 12 * 3600), rng)
    day = replace(day, edits=())
    frames = as_sent(day)
    assert {partition(frame.device) for frame in frames} == {0, 1}
    decoded = as_decoded(day, frames)
    expected = order.deliver(decoded, order.in_order(decoded), Rules()).canon()
    assert len(expected) > 20
    register(product, day)
    assert gateways(product) == 2
    shuffled = [frames[i] for i in rng.permutation(np.repeat(np.arange(len(frames)), 2))]
    half = len(shuffled) // 2
    with publishing(product, shuffled[:half]):
        kill(product, "gateway-1")
    with publishing(product, shuffled[half:]):
        for name in NAMES:
            restart(product, name)
    await_true(lambda: all_in(product, len(frames)), "everything is stored and repaired", 60)
    assert asked(product.rows(CANON)) == told(expected, devices(product))
    assert product.rows("SELECT count(*) FROM fix_conflict") == [(0,)]
    backlog = product.supervisor.stack.broker.backlog
    await_true(lambda: backlog() == 0, "the broker has every acknowledgement")
