"""Two gateways at one broker, each with a session of its own: every message comes twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import store
from fleet.wire import Kind, topic
from gateway import inbox
from gateway.inbox import parse_url
from gateway.pipeline import Limits, Rules
from gateway.service import Gateway, Loop, Settings
from milepost.stack.nats import Broker
from tests.factories import epoch
from tests.waiting import await_true

pytestmark = [pytest.mark.db, pytest.mark.broker]

FIXES = 150  #: of each of three vehicles


@contextmanager
def running(settings: list[Settings]) -> Iterator[list[Gateway]]:
    """Gateways in threads of their own."""
    stop = threading.Event()
    gateways = [Gateway(each, stop) for each in settings]
    threads = [threading.Thread(target=gateway.run) for gateway in gateways]
    for thread in threads:
        thread.start()
    try:
        yield gateways
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)


def count(url: str) -> int:
    """Fixes in the store."""
    with psycopg.connect(url) as conn:
        [(number,)] = conn.execute("SELECT count(*) FROM fix").fetchall()
    return int(number)


def publish(broker: Broker) -> None:
    """Three vehicles drive; every message is published twice, events and rubbish between."""
    address = parse_url(broker.url("bench"))
    client = Client(CallbackAPIVersion.VERSION2, "terminals", protocol=MQTTv311)
    client.username_pw_set(address.user, address.password)
    client.connect(address.host, address.port)
    client.loop_start()
    start = round(time.time()) - 1600
    for i in range(FIXES):
        for device in ("d0", "d1", "d2"):
            payload = epoch(start + 10 * i, 114.3 + 1e-3 * i, 30.6)
            for body in (payload, payload, b"rubbish"):
                info = client.publish(topic(device, Kind.NMEA), body, qos=1)
    info.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def test_two_gateways_store_what_one_would(fleet_url: str, fresh_broker: Broker) -> None:
    first = Settings(
        inbox.Broker(fresh_broker.url("gateway"), client_id="one", reconnect_max=1.0),
        store.Database(fleet_url),
        replace(Rules(), limits=Limits(fixes=7, per_vehicle=3)),
        loop=Loop(errands=0.05, retry_max=0.5, batch_messages=50),
    )
    second = replace(first, broker=replace(first.broker, client_id="other"))
    for each in (first, second):
        inbox.enrol(each.broker)
    publish(fresh_broker)
    with running([first, second]) as gateways:
        await_true(lambda: count(fleet_url) == 3 * FIXES, "all is stored", 60)
        await_true(lambda: sum(g.inbox.waiting for g in gateways) == 0, "and acknowledged", 60)
    with psycopg.connect(fleet_url) as conn:
        shown = conn.execute(
            "SELECT s.time = (SELECT max(time) FROM fix f WHERE f.device_id = s.device_id),"
            " round(s.lon::numeric, 4)::float8, s.revision = m.revision"
            " FROM vehicle_state s JOIN vehicle_memory m USING (vehicle_id)"
        ).fetchall()
        assert shown == [(True, pytest.approx(114.3 + 1e-3 * (FIXES - 1)), True)] * 3
        assert conn.execute("SELECT count(*) FROM fix_conflict").fetchall() == [(0,)]
        assert conn.execute("SELECT count(*) FROM dead_letter").fetchall() == [(3,)]
        flagged = "SELECT count(*) FROM fix WHERE flags & ~1024 > 0"
        assert conn.execute(flagged).fetchall() == [(0,)]
