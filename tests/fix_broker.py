"""Brokers for tests: the embedded one, which ends with the test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from milepost.stack.nats import Broker
from milepost.stack.natsconf import BrokerOptions
from tests.temporary import temporary_folder


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A running broker with the user ``bench``, shared: use device names of your own.

    Whoever calls ``set_devices`` replaces the devices of all others; take ``fresh_broker``.
    """
    with temporary_folder() as folder, Broker(folder, BrokerOptions(bench=True)) as running:
        yield running


@pytest.fixture
def fresh_broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A running broker with the user ``bench``, for one test alone.

    An indirect parameter gives other options.
    """
    options = getattr(request, "param", BrokerOptions(bench=True))
    with temporary_folder() as folder, Broker(folder, options) as running:
        yield running
