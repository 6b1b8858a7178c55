"""Brokers for tests: the embedded one, which ends with the test run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from milepost.stack.nats import Broker
from milepost.stack.natsconf import BrokerOptions


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A running broker with the user ``bench``, shared: use device names of your own.

    Whoever calls ``set_devices`` replaces the devices of all others; take ``fresh_broker``.
    """
    with _broker() as running:
        yield running


@pytest.fixture
def fresh_broker() -> Iterator[Broker]:
    """A running broker with the user ``bench``, for one test alone."""
    with _broker() as running:
        yield running


@contextmanager
def _broker() -> Iterator[Broker]:
    # Not below tmp_path: pytest keeps that for its user alone, and the broker is another
    # user where tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="milepost-test-broker-"))
    try:
        with Broker(folder, BrokerOptions(bench=True)) as running:
            yield running
    finally:
        shutil.rmtree(folder)
