"""The door to the broker: MQTT messages in, acknowledgements and commands out.

The network thread of paho only puts messages into a queue; it decodes nothing and never
blocks.  The queue cannot overflow: the broker sends no more than its in-flight window
before it is acknowledged, and a redelivery of a message that still waits is recognised by
its packet id.  A packet id is only good for the connection that it came by: after a
reconnect the broker may give it to another message, so whatever was taken before is not
acknowledged any more, and comes again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import BrokerAway, SettingInvalid
from fleet.records import Frame
from fleet.wire import QOS, UPLINK, Kind, parse_topic, topic

log = structlog.get_logger()

_REFUSED = 0x80  #: MQTT 3.1.1, 3.9.3: SUBACK failure
_PUBACK = b"\x40\x02"  #: fixed header: type 4, two bytes follow
_EAGER = 500  #: messages in a row, a few milliseconds; then acknowledgements get out
_parse_topic = lru_cache(maxsize=65_536)(parse_topic)  # topics come again with every fix


@dataclass(frozen=True, slots=True)
class Broker:
    """How to reach the MQTT broker."""

    url: str = ""  #: mqtt[s]://user:password@host:port; empty: not configured
    client_id: str = "milepost-gateway"  #: fixed, so that the broker keeps our session
    keepalive: int = 30  #: s; a dead connection is noticed within 1.5 times this
    reconnect_max: float = 10.0  #: s between two attempts, reached by doubling
    unconfirmed: int = 5000  #: messages of QoS 0 that may wait; nothing else holds these back


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a broker's URL."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None = field(repr=False, default=None)


def parse_url(url: str) -> Address:
    """The parts of ``mqtt[s]://[user[:password]@]host[:port]``.

    Raises:
        SettingInvalid: another scheme, no host, or no usable port.
    """
    parts = urlsplit(url)
    tls = {"mqtt": False, "mqtts": True}.get(parts.scheme)
    try:
        port = parts.port or (8883 if tls else 1883)
    except ValueError:
        port = -1
    if tls is None or not parts.hostname or port < 0:
        raise SettingInvalid(
            f"MILEPOST_BROKER_URL is no mqtt://user:password@host:port address: {parts.scheme}://…"
        )
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return Address(parts.hostname, port, tls, user, password)


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One message that waits to be acknowledged."""

    frame: Frame
    packet: int  #: packet id; 0 for QoS 0, which nobody can acknowledge
    connection: int  #: which connection it came by


class _EagerClient(Client):
    """A client that reads on while messages are there, and acknowledges a batch at once.

    paho asks the system after each message whether there is another one, and wakes its
    thread and the broker once for each acknowledgement; under load each of these costs as
    much as the message.
    """

    messages = 0  #: read so far

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read what has arrived."""
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        for _ in range(_EAGER):
            before = self.messages
            code = super().loop_read(max_packets)
            if code is not MQTTErrorCode.MQTT_ERR_SUCCESS or self.messages == before:
                break
        return code

    def ack_all(self, packets: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1, in one write (MQTT 3.1.1, 3.4: PUBACK)."""
        if packets:
            joined = b"".join(_PUBACK + packet.to_bytes(2, "big") for packet in packets)
            self._packet_queue(_PUBACK[0], joined, 0, QOS)


class Inbox:
    """A persistent session at the broker and the messages that came by it."""

    def __init__(self, broker: Broker, *, lasting: bool = True) -> None:
        """A session; it outlives the connection if ``lasting``."""
        address = parse_url(broker.url)
        self._broker, self._address = broker, address
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._queue: list[Delivery] = []
        self._waiting: set[int] = set()  # packet ids taken or queued, not yet acknowledged
        self._sending: dict[tuple[str, bytes], MQTTMessageInfo] = {}  # not yet at the broker
        self._connection = 0
        self._subscribed = threading.Event()
        self._problem = "not connected yet"
        self.redelivered = 0  #: messages that came again while the first copy still waited
        self.overflowed = 0  #: messages of QoS 0 for which there was no room
        self._client = self._build(address, lasting=lasting)

    def _build(self, address: Address, *, lasting: bool) -> _EagerClient:
        client = _EagerClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client_id,
            clean_session=not lasting,
            protocol=MQTTv311,
            manual_ack=True,
        )
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set()
        client.reconnect_delay_set(1, int(self._broker.reconnect_max))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    # What the network thread does.

    def _on_connect(
        self, client: Client, _user: object, _flags: object, code: ReasonCode, _p: object
    ) -> None:
        if code.is_failure:
            self._problem = f"the broker refuses the connection: {code}"
            log.warning("broker refuses the connection", reason=str(code))
            return
        client.subscribe([(topic("+", kind), QOS) for kind in UPLINK])

    def _on_subscribe(
        self, _c: Client, _u: object, _mid: int, codes: list[ReasonCode], _p: object
    ) -> None:
        if any(code.value >= _REFUSED for code in codes):
            self._problem = "the broker refuses the subscription: may this user read fleet/v1/+/…?"
            log.error("broker refuses the subscription")
            return
        self._problem = ""
        self._subscribed.set()
        log.info("listening", broker=f"{self._address.host}:{self._address.port}")

    def _on_disconnect(
        self, _c: Client, _u: object, _f: object, code: ReasonCode, _p: object
    ) -> None:
        with self._lock:
            self._connection += 1
            self._queue.clear()
            self._waiting.clear()
        self._subscribed.clear()
        self._problem = self._problem or f"the connection to the broker was lost: {code}"
        log.info("left the broker", reason=str(code))

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        received = time.time()
        self._client.messages += 1
        try:
            name = message.topic
            found = _parse_topic(name)
        except UnicodeDecodeError:
            found, name = None, "(a topic that is not UTF-8)"
        device, kind = found or (name[:200], "")
        frame = Frame(device, kind, bytes(message.payload), received, message.retain)
        with self._arrived:
            if message.mid and message.mid in self._waiting:
                self.redelivered += 1
                return
            if not message.mid and len(self._queue) >= self._broker.unconfirmed:
                self.overflowed += 1
                return
            if message.mid:
                self._waiting.add(message.mid)
            self._queue.append(Delivery(frame, message.mid, self._connection))
            self._arrived.notify()

    # What the writer thread does.

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        self._client.connect_async(self._address.host, self._address.port, self._broker.keepalive)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; the session stays, and with it whatever was not acknowledged."""
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def problem(self) -> str:
        """Why nothing comes in, in one plain sentence; "" while all is well."""
        return "" if self._subscribed.is_set() else self._problem or "the connection was lost"

    def wait_ready(self, timeout: float) -> bool:
        """Whether the subscription stood within ``timeout`` seconds."""
        return self._subscribed.wait(timeout)

    def take(self, messages: int, size: int, timeout: float) -> list[Delivery]:
        """Whatever has arrived, oldest first; waits up to ``timeout`` seconds for the first.

        At most ``messages``, and no more once ``size`` bytes of payload are exceeded.
        """
        with self._arrived:
            if not self._queue:
                self._arrived.wait(timeout)
            count = total = 0
            for delivery in self._queue[:messages]:
                count += 1
                total += len(delivery.frame.payload)
                if total > size:
                    break
            taken, self._queue = self._queue[:count], self._queue[count:]
            return taken

    def ack(self, deliveries: Sequence[Delivery]) -> int:
        """Acknowledge messages whose outcome has been committed; returns how many still counted.

        A message of an earlier connection is passed over: the broker sends it again.
        """
        with self._lock:
            packets = [
                delivery.packet
                for delivery in deliveries
                if delivery.packet and delivery.connection == self._connection
            ]
            self._client.ack_all(packets)
            self._waiting.difference_update(packets)
        return len(packets)

    @property
    def waiting(self) -> int:
        """Messages that came and are not acknowledged yet."""
        return len(self._waiting)

    def publish(self, device: str, payload: bytes) -> MQTTMessageInfo:
        """Send a command to a device, QoS 1; one that is on its way is not sent a second time.

        Raises:
            BrokerAway: there is no connection.
        """
        self._sending = {k: info for k, info in self._sending.items() if not info.is_published()}
        if info := self._sending.get((device, payload)):
            return info
        if not self._subscribed.is_set():  # paho would keep it, and every repetition, for later
            raise BrokerAway(f"cannot send a command to {device}: {self.problem}")
        info = self._client.publish(topic(device, Kind.CMD), payload, qos=QOS)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise BrokerAway(f"cannot send a command to {device}: {self.problem}")
        self._sending[device, payload] = info
        return info


def enrol(broker: Broker, timeout: float = 10.0) -> None:
    """Create the gateway's session at the broker, so that nothing sent from now on is lost.

    A broker may acknowledge and throw away what nobody has subscribed to, so this comes
    before devices are told the address.

    Raises:
        BrokerAway: it did not work within ``timeout`` seconds.
    """
    inbox = Inbox(broker)
    inbox.start()
    try:
        if not inbox.wait_ready(timeout):
            raise BrokerAway(f"the gateway's session was not created: {inbox.problem}")
    finally:
        inbox.stop()


def look(broker: Broker, timeout: float = 5.0) -> str:
    """What answers there, tried with an identity of its own; the gateway's session is let be.

    Raises:
        BrokerAway: it cannot be reached, refuses the user, or refuses the subscription.
    """
    probe = Inbox(replace(broker, client_id=f"{broker.client_id}-check"), lasting=False)
    probe.start()
    try:
        if not probe.wait_ready(timeout):
            raise BrokerAway(f"{broker_name(broker)}: {probe.problem}")
    finally:
        probe.stop()
    return f"{broker_name(broker)} lets the gateway read fleet/v1/+/…"


def broker_name(broker: Broker) -> str:
    """Host and port, without user and password."""
    address = parse_url(broker.url)
    return f"{address.host}:{address.port}"
