"""One device's backlog does not hold the others up."""

# ruff: noqa: SLF001 - the gateway's loop is turned by hand

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import store
from gateway.inbox import Broker, Delivery
from gateway.service import Gateway, Settings
from tests.factories import MORNING, epoch, frame

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]


def test_another_device_is_stored_while_a_backlog_of_megabytes_is_worked_off(
    fleet_url: str, rows: Ask
) -> None:
    settings = Settings(Broker("mqtt://127.0.0.1:1"), store.Database(fleet_url))
    gateway = Gateway(settings, threading.Event())
    gateway._patiently(lambda: None)
    for number in range(30):
        times = range(400 * number, 400 * number + 400)
        payload = b"".join(epoch(MORNING + i, 114.3 + 1e-4 * i, 30.6) for i in times)
        backlog = frame("d0", payload, MORNING + 12_000)
        gateway.inbox._queue.append(Delivery(backlog, number + 1, 0))
    gateway._turn()
    assert rows("SELECT count(*) FROM fix") == [(32,)]
    fresh = frame("d1", epoch(MORNING + 12_000, 114.3, 30.6), MORNING + 12_001)
    gateway.inbox._queue.append(Delivery(fresh, 99, 0))
    gateway._turn()
    assert rows("SELECT count(DISTINCT device_id), count(*) FROM fix") == [(2, 65)]
    gateway._writer.close()
