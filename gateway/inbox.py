"""The door to the broker: MQTT messages in, acknowledgements and commands out.

The network thread of paho only puts messages into a queue; it decodes nothing and never
blocks.  The queue cannot overflow: the broker sends no more than its in-flight window
before it is acknowledged, and a redelivery of a message that still waits is recognised by
its packet id.  A packet id is only good for the connection that it came by: after a
reconnect the broker may give it to another message, so whatever was taken before is not
acknowledged any more, and comes again.
"""

from __future__ import annotations

import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from paho.mqtt.client import Client, ConnectFlags, MQTTMessageInfo, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import BrokerAway, SettingInvalid
from fleet.records import Frame
from fleet.wire import QOS, Kind, parse_topic, topic, uplink_filters
from gateway.eager import Arrived, EagerClient
from gateway.rivals import Rivals

log = structlog.get_logger()

_REFUSED = 0x80  #: MQTT 3.1.1, 3.9.3: SUBACK failure
_parse_topic = lru_cache(maxsize=65_536)(parse_topic)  # topics come again with every fix


@dataclass(frozen=True, slots=True)
class Broker:
    """How to reach the MQTT broker."""

    url: str = ""  #: mqtt[s]://user:password@host:port; empty: not configured
    ca_file: Path | None = None  #: PEM, whom mqtts:// trusts; without it the system's authorities
    cert_file: Path | None = None  #: PEM, the gateway's own certificate, where the broker asks one
    key_file: Path | None = None  #: PEM, its private key; in none: it is in cert_file
    client_id: str = "milepost-gateway"  #: fixed, so that the broker keeps our session
    #: Name of a group of gateways among which the broker divides the messages ($share of
    #: Mosquitto and EMQX); each has a client_id of its own.  Refused where nothing comes by it.
    share: str = ""
    #: Which partition of the devices this gateway takes, from 0, where the broker divides them
    #: (MILEPOST_STACK__BROKER__PARTITIONS); the session is the partition's, whoever takes it.
    partition: int | None = None
    keepalive: int = 30  #: s; a dead connection is noticed within 1.5 times this
    reconnect_max: float = 10.0  #: s between two attempts, reached by doubling
    unconfirmed: int = 5000  #: messages of QoS 0 that may wait; nothing else holds these back

    def __post_init__(self) -> None:
        if self.share and (self.partition is not None or set("/+#") & set(self.share)):
            raise ValueError(f"share: {self.share!r} is no plain name, or there is a partition")
        if self.partition is not None and self.partition < 0:
            raise ValueError(f"partition: {self.partition} is less than 0")

    @property
    def session(self) -> str:
        """The client id, with the partition."""
        return self.client_id if self.partition is None else f"{self.client_id}-{self.partition}"


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


def _frame(message: Arrived, received: float) -> Frame:
    try:
        name = message.topic.decode()
        found = _parse_topic(name)
    except UnicodeDecodeError:
        found, name = None, "(a topic that is not UTF-8)"
    device, kind = found or (name[:200], "")
    return Frame(device, kind, message.payload, received, message.retain)


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
        self.forgotten = 0  #: times that the broker knew nothing of our session any more
        self._unconfirmed: Counter[str] = Counter()  # messages of QoS 0 by device
        self._rivals, self._since = Rivals(), 0.0  # and the monotonic time of connecting
        self._lasting, self._leaving = lasting, False
        self._client = self._build(address, lasting=lasting)

    def _build(self, address: Address, *, lasting: bool) -> EagerClient:
        client = EagerClient(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.session,
            clean_session=not lasting,
            protocol=MQTTv311,
            manual_ack=True,
        )
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set_context(trust(self._broker))
        client.reconnect_delay_set(1, int(self._broker.reconnect_max))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.taker = self._take_in
        return client

    # What the network thread does.

    def _on_connect(
        self, client: Client, _user: object, flags: ConnectFlags, code: ReasonCode, _p: object
    ) -> None:
        if code.is_failure:
            self._problem = f"the broker refuses the connection: {code}"
            log.warning("broker refuses the connection", reason=str(code))
            return
        if self._lasting and self._since and not flags.session_present:
            self.forgotten += 1
            log.error("the broker has forgotten our session, and what waited in it; is it saved?")
        self._since = time.monotonic()
        filters = uplink_filters(self._broker.share, self._broker.partition)
        client.subscribe([(each, QOS) for each in filters])

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
        if self._subscribed.is_set() and not self._leaving:
            self._stay_away(time.monotonic() - self._since)
        self._subscribed.clear()
        self._problem = self._problem or f"the connection to the broker was lost: {code}"
        log.info("left the broker", reason=str(code))

    def _stay_away(self, lasted: float) -> None:
        """How long, after a connection that lasted so many seconds."""
        pause = self._rivals.lost(lasted, random.random())  # noqa: S311 - no secret
        self._client.reconnect_delay_set(pause, max(pause, int(self._broker.reconnect_max)))
        if self._rivals.suspected:
            log.error(self._rivalry, taken=self._rivals.taken, pause_s=pause)

    @property
    def _rivalry(self) -> str:
        return (
            "the session is taken away soon after every connect: another gateway runs as "
            f"{self._broker.session!r}; give each its own MILEPOST_BROKER__CLIENT_ID"
        )

    def _take_in(self, messages: Sequence[Arrived]) -> None:
        received = time.time()
        connection, most = self._connection, self._broker.unconfirmed
        deliveries = [
            Delivery(_frame(message, received), message.packet, connection) for message in messages
        ]
        with self._arrived:
            for delivery in deliveries:
                packet = delivery.packet
                if not packet:
                    if delivery.frame.kind and not delivery.frame.retained:
                        self._unconfirmed[delivery.frame.device] += 1
                    if len(self._queue) >= most:
                        self.overflowed += 1
                        continue
                elif packet in self._waiting:
                    self.redelivered += 1
                    continue
                else:
                    self._waiting.add(packet)
                self._queue.append(delivery)
            self._arrived.notify()

    # What the writer thread does.

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        self._client.connect_async(self._address.host, self._address.port, self._broker.keepalive)
        self._client.loop_start()

    def stop(self) -> None:
        """Leave; the session stays, and with it whatever was not acknowledged."""
        self._leaving = True
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def problem(self) -> str:
        """Why nothing comes in, in one plain sentence; "" while all is well."""
        if self._rivals.suspected and time.monotonic() - self._since < self._rivals.peace:
            return self._rivalry
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

    @property
    def taken(self) -> int:
        """Connections in a row that ended soon after they began; three suggest a rival."""
        return self._rivals.taken

    def take_unconfirmed(self) -> dict[str, int]:
        """Messages that came with QoS 0, by device, since this was last asked."""
        with self._lock:
            told, self._unconfirmed = dict(self._unconfirmed), Counter()
        return told

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


def trust(broker: Broker) -> ssl.SSLContext:
    """Whom to believe that it is the broker, and what to show it.

    Raises:
        SettingInvalid: a file cannot be read, or is no certificate.
    """
    name = "MILEPOST_BROKER__CA_FILE"
    try:
        context = ssl.create_default_context(cafile=broker.ca_file)
        if broker.cert_file is not None:
            name = "MILEPOST_BROKER__CERT_FILE"
            context.load_cert_chain(broker.cert_file, broker.key_file)
    except OSError as error:  # ssl's own is one
        raise SettingInvalid(f"{name}: {error.strerror or error}") from error
    return context


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
    probe = Inbox(replace(broker, client_id=f"{broker.client_id}-check", share=""), lasting=False)
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
