"""Three brokers as one: a node is killed under load, and nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Self

import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from fleet.wire import Kind, topic
from gateway.inbox import parse_url
from milepost.stack import Broker, BrokerOptions
from milepost.stack.ground import Ground
from milepost.stack.natsparts import Cluster
from milepost.stack.ports import choose
from tests.milepost.stack.test_nats import Mqtt
from tests.temporary import temporary_folder
from tests.waiting import await_true

pytestmark = [pytest.mark.broker, pytest.mark.slow]

NODES = ("one", "two", "three")
TERMINALS = 6
SECRET = "among us: 3 @ 1/2"  # noqa: S105 - of a test
#: The same on each node: an operator copies the file.
USERS = {"gateway": "one", "operator": "two", "bench": "three", "session": "gateway"}


@pytest.fixture
def nodes() -> Iterator[list[Broker]]:
    """Three running nodes that have found each other."""
    with temporary_folder() as folder, ExitStack() as stack:
        ports = choose(folder / "ports.json", NODES)
        routes = tuple(f"127.0.0.1:{ports[name]}" for name in NODES)
        made: list[Broker] = []
        for name in NODES:
            ground = Ground.prepare(folder / name)
            ground.write(ground.folder / "credentials.json", json.dumps(USERS))
            place = Cluster(name, "127.0.0.1", ports[name], routes, SECRET)
            options = BrokerOptions(bench=True, ack_wait=2.0, cluster=place)
            made.append(Broker(folder / name, options))
            stack.callback(made[-1].stop)
        with ThreadPoolExecutor(len(made)) as pool:  # none is ready before there are two
            list(pool.map(Broker.start, made))
        yield made


class Terminal(threading.Thread):
    """Publishes one message after the other, each until it is acknowledged, at any node."""

    def __init__(self, name: str, urls: list[str]) -> None:
        super().__init__(name=name)
        self.acked: list[bytes] = []
        self.stop = threading.Event()
        self._urls, self._at = urls, 0
        self._client: Client | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.join(30)
        assert not self.is_alive()

    def run(self) -> None:
        while not self.stop.is_set():
            payload = f"{self.name}:{len(self.acked)}".encode()
            while not self._sent(payload):
                self._hang_up()
                if self.stop.wait(0.2):
                    return
            self.acked.append(payload)
        self._hang_up()

    def _sent(self, payload: bytes) -> bool:
        client = self._client or self._dial()
        if client is None:
            return False
        info = client.publish(topic(self.name, Kind.NMEA), payload, qos=1)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        end = time.monotonic() + 3.0
        while not info.is_published() and client.is_connected() and time.monotonic() < end:
            info.wait_for_publish(0.05)
        return info.is_published()

    def _dial(self) -> Client | None:
        """A connection to the next node; None if it is not there."""
        address = parse_url(self._urls[self._at % len(self._urls)])
        self._at += 1
        client = Client(
            CallbackAPIVersion.VERSION2,
            self.name,
            protocol=MQTTv311,
            reconnect_on_failure=False,
        )
        client.username_pw_set(address.user, address.password)
        try:
            client.connect(address.host, address.port)
        except OSError:
            return None
        client.loop_start()
        end = time.monotonic() + 3.0
        while not client.is_connected() and time.monotonic() < end:
            self.stop.wait(0.01)
        self._client = client
        return client

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None


def leader(nodes: list[Broker]) -> Broker:
    """The node that answers for every publish."""
    for each in nodes:
        told = each._monitor("/jsz?streams=true")  # noqa: SLF001 - what the product does not ask
        for account in told.get("account_details", ()):
            for stream in account.get("stream_detail", ()):
                if stream["name"] == "$MQTT_msgs":
                    name = stream["cluster"]["leader"]
                    return nodes[NODES.index(name)]
    raise AssertionError("nobody leads")


def test_a_killed_leader_costs_seconds_and_nothing_that_was_acknowledged(
    nodes: list[Broker],
) -> None:
    came: set[bytes] = set()
    with ExitStack() as stack:
        with Mqtt(nodes[0].url(), "gateway") as first:
            assert first.subscribe(topic("+", Kind.NMEA)) == 1
        killed = leader(nodes)
        alive = [node for node in nodes if node is not killed]
        gateway = stack.enter_context(Mqtt(alive[0].url(), "gateway"))
        gateway.subscribe(topic("+", Kind.NMEA))
        with ExitStack() as fleet:
            urls = [node.url("bench") for node in nodes]
            terminals = [
                fleet.enter_context(Terminal(f"T{n}", urls[n % 3 :] + urls[: n % 3]))
                for n in range(TERMINALS)
            ]
            await_true(lambda: min(len(each.acked) for each in terminals) > 20, "all publish")
            assert killed.child is not None
            killed.child.send(signal.SIGKILL)
            began = time.monotonic()
            before = [len(each.acked) for each in terminals]

            def all_go_on() -> bool:
                pairs = zip(terminals, before, strict=True)
                return all(len(each.acked) > count + 20 for each, count in pairs)

            await_true(all_go_on, "all publish again", 60)
            print(f"\nall terminals publish again {time.monotonic() - began:.1f} s after the kill")  # noqa: T201 - a figure
        acked = {payload for each in terminals for payload in each.acked}

        def all_here() -> bool:
            while not gateway.arrived.empty():
                came.add(gateway.next()[1])
            return acked <= came

        await_true(all_here, "everything acknowledged has come", 30)
