"""Duplicates and disorder through a real broker and a real gateway."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from fleet.records import Frame
from fleet.wire import Kind, topic
from tests.days import CONTENT, day, tripled
from tests.factories import epoch, frame
from tests.fix_product import Product
from tests.waiting import await_true

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@contextmanager
def operator(product: Product) -> Iterator[Client]:
    """A connection that may publish for every device."""
    broker = product.bench_broker()
    client = Client(CallbackAPIVersion.VERSION2, "shuffle", protocol=MQTTv311)
    client.username_pw_set(broker.shared_user, broker.shared_password)
    client.max_inflight_messages_set(500)
    client.connect(broker.host, broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def publish(product: Product, frames: list[Frame]) -> None:
    """Send the position messages of ``frames`` in order; returns when all are acknowledged."""
    with operator(product) as client:
        sent = [
            client.publish(topic(frame.device, Kind.NMEA), frame.payload, qos=1)
            for frame in frames
            if frame.kind == Kind.NMEA
        ]
        for info in sent:
            info.wait_for_publish(60)
            assert info.is_published()


def test_a_tripled_and_shuffled_day_ends_as_the_clean_one(still_product: Product) -> None:
    product = still_product
    frames = day(1, 24.0, time.time() - 86_400, seed=3)
    publish(product, [*frames, last_of(1)])
    await_last(product)
    clean = product.rows(CONTENT)
    assert len(clean) > 5000
    product.execute("TRUNCATE fix, fix_conflict, dead_letter, reinject")
    publish(product, [*tripled(frames, np.random.default_rng(3)), last_of(1)])
    await_last(product)
    assert product.rows(CONTENT) == clean


#: s since 1970; before the day, so that the fix is history and moves nothing
LAST = float(round(time.time()) - 2 * 86_400)


def last_of(number: int) -> Frame:
    """A fix that is stored only when everything the terminal sent before it is."""
    return frame(f"sim-{number:04d}", epoch(LAST, 100.0, 30.0))


def await_last(product: Product) -> None:
    """Return when the last message is stored: what one terminal sends is committed in order."""
    asked = "SELECT count(*) FROM fix WHERE lon = 100.0 AND lat = 30.0"
    await_true(lambda: product.rows(asked) == [(1,)], "the last message is stored", 180)
