"""What a broker does, found by trying; the embedded one, and Mosquitto well and badly set up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

import store
from bench import order
from fleet.errors import BrokerAway, SettingInvalid
from fleet.wire import Kind, topic
from gateway import inbox, trial
from gateway.inbox import parse_url
from gateway.pipeline import Rules
from gateway.service import Gateway, Loop, Settings
from milepost.findings import Facts, Weight, find
from milepost.stack.nats import Broker
from tests.fix_mosquitto import GOOD, StartMosquitto
from tests.fleet_day import Stand, asked, told
from tests.sent_day import as_decoded, as_sent
from tests.waiting import await_true

pytestmark = pytest.mark.broker

BATCH = 2000


@contextmanager
def terminal(url: str) -> Iterator[Client]:
    """A connection that may publish everything."""
    address = parse_url(url)
    client = Client(CallbackAPIVersion.VERSION2, "terminals", protocol=MQTTv311)
    client.username_pw_set(address.user, address.password)
    client.max_inflight_messages_set(500)
    client.connect(address.host, address.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def losses(tried: trial.Tried) -> list[str]:
    """What is lost at such a broker."""
    return [each.what for each in find(Facts(tried, BATCH)) if each.weight is Weight.LOSS]


def test_the_embedded_broker_keeps_all_and_forgets_nobody(broker: Broker) -> None:
    settings = inbox.Broker(broker.url("gateway"), client_id="tried")
    inbox.enrol(settings)
    with terminal(broker.url("bench")) as client:
        client.publish(topic("junk", Kind.NMEA), b"old", 1, retain=True).wait_for_publish(10)
        tried = trial.attempt(settings, BATCH, alone=True)
        client.publish(topic("junk", Kind.NMEA), b"", 1, retain=True).wait_for_publish(10)
    assert (tried.version, tried.window, tried.kept, tried.shared) == ("", BATCH, trial.KEPT, None)
    assert (tried.retained, tried.session) == (1, True)
    assert losses(tried) == []


def test_a_share_that_delivers_nothing_is_noticed_and_no_gateway_starts(
    broker: Broker, database_url: str
) -> None:
    settings = inbox.Broker(broker.url("gateway"), client_id="shared", share="gateways")
    gateway = Gateway(Settings(settings, store.Database(database_url)), threading.Event())
    with pytest.raises(SettingInvalid, match=r"MILEPOST_BROKER__SHARE.*delivers nothing"):
        gateway.run()


def test_looking_for_a_session_makes_none(broker: Broker) -> None:
    settings = inbox.Broker(broker.url("gateway"), client_id="stranger")
    assert not trial._has_session(settings)  # noqa: SLF001 - the rest takes seconds
    assert not trial._has_session(settings)  # noqa: SLF001


def test_nobody_there_is_a_plain_sentence() -> None:
    with pytest.raises(BrokerAway, match="Connection refused"):
        trial.attempt(inbox.Broker("mqtt://127.0.0.1:1"), 1, alone=True)


def test_mosquitto_as_it_is_installed_loses_what_waits(start_mosquitto: StartMosquitto) -> None:
    settings = inbox.Broker(start_mosquitto(""))
    tried = trial.attempt(settings, BATCH, alone=True)
    assert tried.version.startswith("mosquitto version ")
    assert (tried.window, tried.session) == (20, False)
    assert tried.kept < tried.left == trial.KEPT
    assert len(losses(tried)) == 2


def test_mosquitto_well_set_up_loses_nothing_and_shares(start_mosquitto: StartMosquitto) -> None:
    settings = inbox.Broker(start_mosquitto(GOOD), share="gateways")
    inbox.enrol(settings)
    tried = trial.attempt(settings, BATCH, alone=True)
    assert (tried.window, tried.kept, tried.shared) == (BATCH, trial.KEPT, True)
    assert losses(tried) == []


@pytest.mark.db
def test_two_gateways_that_share_at_mosquitto_find_the_nodes_of_the_day_in_order(
    start_mosquitto: StartMosquitto, database_url: str, on: Callable[[order.Day], Stand]
) -> None:
    """Round robin: the messages of one vehicle go to the one and the other in turn."""
    rng = np.random.default_rng(20261122)
    plan = order.Plan(vehicles=3, fixes=150, conflicts=0.0, start=time.time() - 12 * 3600)
    day = replace(order.day(plan, rng), edits=())
    frames = as_sent(day)
    decoded = as_decoded(day, frames)
    expected = order.deliver(decoded, order.in_order(decoded), Rules()).canon()
    assert len(expected) > 10
    stand = on(day)
    broker = inbox.Broker(start_mosquitto(GOOD), client_id="a", share="gateways")
    first = Settings(broker, store.Database(database_url), loop=Loop(errands=0.05))
    second = replace(first, broker=replace(broker, client_id="b"))
    for each in (first, second):
        inbox.enrol(each.broker)
    with running([first, second]) as gateways, terminal(broker.url) as client:
        for frame in frames:
            info = client.publish(topic(frame.device, Kind.NMEA), frame.payload, 1)
        info.wait_for_publish(20)
        await_true(lambda: stored(database_url) == len(frames), "all is stored", 60)
        await_true(lambda: not any(each.inbox.waiting for each in gateways), "and acknowledged")
        await_true(lambda: stand.owed() == 0, "what came late is folded again", 60)
        taken = [
            each.metrics.registry.get_sample_value("milepost_frames_total", {"kind": "nmea"})
            for each in gateways
        ]
    assert all(number and number > len(frames) / 3 for number in taken), taken
    assert asked(stand.nodes()) == told(expected)


def stored(url: str) -> int:
    """Fixes in the store."""
    with psycopg.connect(url) as conn:
        [(number,)] = conn.execute("SELECT count(*) FROM fix").fetchall()
    return int(number)


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
