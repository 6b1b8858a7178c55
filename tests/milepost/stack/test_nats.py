import os
import queue
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import bcrypt
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import StackBroken
from fleet.wire import MAX_PAYLOAD
from milepost.stack import Broker, BrokerOptions

pytestmark = pytest.mark.broker
DEADLINE = 20.0
WORD = "word"
HASH = bcrypt.hashpw(WORD.encode(), bcrypt.gensalt(4)).decode()
REFUSED = 0x80


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Mqtt:
    """An MQTT client; ``arrived`` gets every message, ``acked`` every PUBACK."""

    def __init__(self, url: str, name: str = "", will: tuple[str, bytes] | None = None) -> None:
        parts = urlsplit(url)
        self.arrived: queue.Queue[MQTTMessage] = queue.Queue()
        self.granted: queue.Queue[int] = queue.Queue()
        self.connected: queue.Queue[ReasonCode] = queue.Queue()
        self._where = (str(parts.hostname), int(parts.port or 0))
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, clean_session=not name, manual_ack=True
        )
        self.client.username_pw_set(str(parts.username), parts.password)
        self.client.on_message = lambda _client, _data, message: self.arrived.put(message)
        self.client.on_connect = lambda _client, _data, _flags, code, _more: self.connected.put(
            code
        )
        self.client.on_subscribe = lambda _client, _data, _mid, codes, _more: self.granted.put(
            codes[0].value
        )
        if will:
            self.client.will_set(will[0], will[1], qos=1, retain=True)

    def __enter__(self) -> Self:
        self.client.connect(*self._where)
        self.client.loop_start()
        assert not self.connected.get(timeout=DEADLINE).is_failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def refused(self) -> bool:
        """Whether the broker does not let this user in."""
        self.client.connect(*self._where)
        self.client.loop_start()
        try:
            return self.connected.get(timeout=DEADLINE).is_failure
        finally:
            self.client.disconnect()
            self.client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Returns when it is acknowledged."""
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(DEADLINE)

    def subscribe(self, topic: str) -> int:
        """What the broker granted; 0x80 is a refusal."""
        self.client.subscribe(topic, qos=1)
        return self.granted.get(timeout=DEADLINE)

    def next(self) -> tuple[str, bytes]:
        """The next message, acknowledged."""
        message = self.arrived.get(timeout=DEADLINE)
        self.client.ack(message.mid, message.qos)
        return message.topic, bytes(message.payload)


def device(broker: Broker, name: str) -> str:
    return broker.device_url(name, WORD)


def test_what_was_acknowledged_survives_kill_9_for_a_session_that_is_away(
    state_folder: Path,
) -> None:
    sent = [b"%d" % number for number in range(300)]
    with Broker(state_folder) as broker:
        with Mqtt(broker.url(), "gateway") as gateway:
            assert gateway.subscribe("fleet/v1/+/nmea") == 1
        with Mqtt(broker.url("operator")) as operator:
            for payload in sent:
                operator.publish("fleet/v1/T1/nmea", payload)
            assert broker.child is not None
            broker.child.send(signal.SIGKILL)
            assert broker.child.wait(DEADLINE)
    with Broker(state_folder) as broker, Mqtt(broker.url(), "gateway") as gateway:
        assert [gateway.next()[1] for _ in sent] == sent


def test_an_unacknowledged_message_comes_again_after_ack_wait(state_folder: Path) -> None:
    with Broker(state_folder, BrokerOptions(ack_wait=1.0)) as broker:
        with Mqtt(broker.url(), "gateway") as gateway, Mqtt(broker.url("operator")) as operator:
            gateway.subscribe("fleet/v1/+/nmea")
            operator.publish("fleet/v1/T1/nmea", b"once")
            gateway.arrived.get(timeout=DEADLINE)  # a gateway that dies before its commit
        with Mqtt(broker.url(), "gateway") as gateway:
            assert gateway.next() == ("fleet/v1/T1/nmea", b"once")


def test_no_device_is_admitted_before_it_is_set(fresh_broker: Broker) -> None:
    assert Mqtt(device(fresh_broker, "T1")).refused()
    assert fresh_broker.set_devices({"T1": HASH})
    assert not fresh_broker.set_devices({"T1": HASH})  # nothing to change
    with Mqtt(device(fresh_broker, "T1")):
        pass
    assert Mqtt(fresh_broker.device_url("T1", "wrong")).refused()
    assert Mqtt(device(fresh_broker, "T2")).refused()


def test_connections_of_devices_that_stay_are_kept_and_of_others_closed(
    fresh_broker: Broker,
) -> None:
    fresh_broker.set_devices({"stays": HASH, "goes": HASH})
    with Mqtt(device(fresh_broker, "stays")) as stays, Mqtt(device(fresh_broker, "goes")) as goes:
        assert fresh_broker.set_devices({"stays": HASH, "comes": HASH})
        eventually(lambda: not goes.client.is_connected())
        stays.publish("fleet/v1/stays/nmea", b"x")
        assert stays.connected.empty()  # it was never reconnected
        with Mqtt(device(fresh_broker, "comes")):
            pass


def test_a_device_publishes_only_below_its_own_topic(fresh_broker: Broker) -> None:
    fresh_broker.set_devices({"T1": HASH, "T2": HASH})
    with Mqtt(fresh_broker.url()) as gateway, Mqtt(device(fresh_broker, "T1")) as terminal:
        gateway.subscribe("#")
        for topic in ("fleet/v1/T2/nmea", "fleet/v1/T10/nmea", "other", "fleet/v1/T1"):
            terminal.publish(topic, b"forged")  # acknowledged (3.1.1 has no refusal), dropped
        for topic in ("fleet/v1/T1/nmea", "fleet/v1/T1/event", "fleet/v1/T1/cmd/ack"):
            terminal.publish(topic, b"own")
        arrived = [gateway.next() for _ in range(3)]
        assert {payload for _, payload in arrived} == {b"own"}
        assert gateway.arrived.empty()


def test_a_device_hears_only_its_own_commands(fresh_broker: Broker) -> None:
    fresh_broker.set_devices({"T1": HASH, "T2": HASH})
    with Mqtt(fresh_broker.url()) as gateway, Mqtt(device(fresh_broker, "T1")) as terminal:
        for topic in ("#", "fleet/v1/+/cmd", "fleet/v1/T2/cmd", "fleet/v1/T1/nmea", "$SYS/#"):
            assert terminal.subscribe(topic) == REFUSED
        assert terminal.subscribe("fleet/v1/T1/cmd") == 1
        gateway.publish("fleet/v1/T2/cmd", b"for another")
        gateway.publish("fleet/v1/T1/cmd", b"for it")
        assert terminal.next() == ("fleet/v1/T1/cmd", b"for it")


def test_a_command_waits_for_a_device_that_is_away(fresh_broker: Broker) -> None:
    fresh_broker.set_devices({"T1": HASH})
    with Mqtt(device(fresh_broker, "T1"), "T1") as terminal:
        terminal.subscribe("fleet/v1/T1/cmd")
    with Mqtt(fresh_broker.url()) as gateway:
        gateway.publish("fleet/v1/T1/cmd", b"later")
    with Mqtt(device(fresh_broker, "T1"), "T1") as terminal:
        assert terminal.next() == ("fleet/v1/T1/cmd", b"later")


def test_status_is_retained_and_the_last_will_replaces_it(fresh_broker: Broker) -> None:
    fresh_broker.set_devices({"T1": HASH})
    topic = "fleet/v1/T1/status"
    with Mqtt(device(fresh_broker, "T1"), will=(topic, b"gone")) as terminal:
        terminal.publish(topic, b"here", retain=True)
        with Mqtt(fresh_broker.url()) as gateway:
            gateway.subscribe(topic)
            assert gateway.next() == (topic, b"here")  # retained: it was published before
            connection = terminal.client.socket()
            assert isinstance(connection, socket.socket)
            connection.shutdown(socket.SHUT_RDWR)  # no DISCONNECT: a tunnel
            assert gateway.next() == (topic, b"gone")
    with Mqtt(fresh_broker.url()) as gateway:
        gateway.subscribe(topic)
        assert gateway.next() == (topic, b"gone")


def test_the_operator_publishes_for_every_device_and_reads_no_positions(broker: Broker) -> None:
    with Mqtt(broker.url()) as gateway, Mqtt(broker.url("operator")) as operator:
        gateway.subscribe("fleet/v1/op-1/nmea")
        operator.publish("fleet/v1/op-1/nmea", b"replayed")
        assert gateway.next()[1] == b"replayed"
        assert operator.subscribe("fleet/v1/+/nmea") == REFUSED


def test_a_payload_that_the_wire_forbids_reaches_the_gateway(broker: Broker) -> None:
    with Mqtt(broker.url()) as gateway, Mqtt(broker.url("bench")) as terminals:
        gateway.subscribe("fleet/v1/big/nmea")
        terminals.publish("fleet/v1/big/nmea", b"x" * (4 * MAX_PAYLOAD))
        assert len(gateway.next()[1]) == 4 * MAX_PAYLOAD


def test_passwords_and_port_are_the_same_after_stop_and_start(state_folder: Path) -> None:
    with Broker(state_folder) as broker:
        before = broker.url(), broker.url("operator")
    with Broker(state_folder) as broker:
        assert (broker.url(), broker.url("operator")) == before
        with pytest.raises(KeyError):
            broker.url("bench")
    assert (state_folder / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert (state_folder / "nats.conf").stat().st_mode & 0o777 == 0o600


def test_a_second_supervisor_of_the_same_store_is_refused(state_folder: Path) -> None:
    with Broker(state_folder) as broker:
        with pytest.raises(StackBroken, match=rf"another Milepost \(process {os.getpid()}\)"):
            Broker(state_folder).start()
        with Mqtt(broker.url()):
            pass


def test_a_port_somebody_asked_for_is_insisted_on_and_free_again_after_stop(
    state_folder: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackBroken, match=f"127.0.0.1:{port}: the port is taken"):
            Broker(state_folder, BrokerOptions(port=port)).start()
    with Broker(state_folder, BrokerOptions(port=port)) as broker:
        assert broker.port == port
    socket.create_server(("127.0.0.1", port)).close()
