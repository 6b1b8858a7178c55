"""What a broker does, tried out: windows, queues, sessions.  For ``milepost check``.

Everything is tried on a topic that nobody else listens to, in sessions of its own that are
gone afterwards.  The gateway's session is looked at only while no gateway runs.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import BrokerAway
from fleet.wire import PREFIX, QOS, UPLINK, Kind, topic
from gateway.inbox import Broker, broker_name, parse_url, trust

_REFUSED = 0x80  #: MQTT 3.1.1, 3.9.3: SUBACK failure
_ANSWER = 10.0  #: s for a broker to answer anything
_QUIET = 1.0  #: s without a message; then no more will come
_SHARED = 3.0  #: s for a message by a shared subscription; where they work it takes ms
_FLIGHT = 1000  #: messages that are published at once
#: More than Mosquitto (1,000) and EMQX (1,000) keep by default for a subscriber that is away.
KEPT = 1200
_VERSIONS = ("$SYS/broker/version", "$SYS/brokers/+/version")
_LIVE = tuple(kind for kind in UPLINK if kind is not Kind.STATUS)  # never retained on purpose


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it."""

    version: str  #: as the broker tells it; "" where it tells nothing
    window: int  #: messages that it sent before any was acknowledged
    asked: int  #: messages that there were
    kept: int  #: messages that it kept for a session that was away
    left: int  #: messages that there were; all of them were acknowledged to the publisher
    retained: int  #: stored copies of positions and events
    shared: bool | None  #: whether a shared subscription delivers; None: it was not tried
    session: bool | None  #: whether it has the gateway's session; None: not looked


def attempt(broker: Broker, batch: int, *, alone: bool) -> Tried:
    """Try everything; takes some seconds.

    Args:
        broker: where, and who we are.
        batch: messages that the gateway takes at once.
        alone: no gateway runs, so its session may be looked at.

    Raises:
        BrokerAway: it cannot be reached, or does not do as it should.
    """
    place = f"{PREFIX}/milepost-check/{secrets.token_hex(8)}"
    with _Line(broker, "publisher") as publisher:
        window = _window(broker, publisher, place, batch)
        kept = _kept(broker, publisher, place)
    return Tried(
        version=_version(broker),
        window=window,
        asked=batch,
        kept=kept,
        left=KEPT,
        retained=_retained(broker),
        shared=delivers_shared(broker) if broker.share else None,
        session=_has_session(broker) if alone else None,
    )


def delivers_shared(broker: Broker) -> bool:
    """Whether a shared subscription delivers: some brokers grant it, and nothing ever comes.

    Raises:
        BrokerAway: the broker does not answer.
    """
    place = f"{PREFIX}/milepost-check/{secrets.token_hex(8)}"
    with _Line(broker, "shared") as line, _Line(broker, "publisher") as publisher:
        if not line.subscribe(f"$share/milepost-check/{place}"):
            return False
        publisher.publish(place, 1)
        return line.count(1, _SHARED) == 1


def _window(broker: Broker, publisher: _Line, place: str, batch: int) -> int:
    with _Line(broker, "window") as line:
        line.must_subscribe(place)
        publisher.publish(place, batch)
        return line.count(batch, _QUIET)


def _kept(broker: Broker, publisher: _Line, place: str) -> int:
    name = f"queue-{secrets.token_hex(4)}"
    with _Line(broker, name, lasting=True) as line:
        line.must_subscribe(place)
    publisher.publish(place, KEPT)
    try:
        with _Line(broker, name, lasting=True, acknowledge=True) as line:
            return line.count(KEPT, _QUIET)
    finally:
        with _Line(broker, name):  # which ends the session
            pass


def _version(broker: Broker) -> str:
    with _Line(broker, "version") as line:
        granted = [line.subscribe(each, 0) for each in _VERSIONS]
        if not any(granted):
            return ""
        heard = line.next(_QUIET)
        return "" if heard is None else heard.payload.decode("utf-8", "replace")[:200]


def _retained(broker: Broker) -> int:
    with _Line(broker, "retained") as line:
        for kind in _LIVE:
            line.subscribe(topic("+", kind), 0)
        found, end = 0, time.monotonic() + _QUIET
        while (heard := line.next(end - time.monotonic())) is not None:
            found += heard.retain  # live traffic goes by
        return found


def _has_session(broker: Broker) -> bool:
    with _Line(broker, broker.session, lasting=True, exact=True) as line:
        present = line.present
    if not present:  # what we have just made would look like one
        with _Line(broker, broker.session, exact=True):
            pass
    return present


class _Line:
    """A connection with a client id made of the gateway's, for the length of a ``with``.

    Raises:
        BrokerAway: at each step, when the broker does not answer or refuses.
    """

    def __init__(
        self,
        broker: Broker,
        name: str,
        *,
        lasting: bool = False,
        acknowledge: bool = False,
        exact: bool = False,
    ) -> None:
        self._broker, self.present = broker, False
        self._heard: queue.Queue[MQTTMessage] = queue.Queue()
        self._granted: queue.Queue[int] = queue.Queue()
        self._up, self._problem = threading.Event(), "it does not answer"
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=name if exact else f"{broker.client_id}-check-{name}",
            clean_session=not lasting,
            protocol=MQTTv311,
            manual_ack=not acknowledge,
            reconnect_on_failure=False,
        )
        address = parse_url(broker.url)
        client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set_context(trust(broker))
        client.max_inflight_messages_set(_FLIGHT)
        client.on_connect = self._on_connect
        client.on_message = lambda _c, _u, message: self._heard.put(message)
        client.on_subscribe = lambda _c, _u, _m, codes, _p: self._granted.put(codes[0].value)

    def _on_connect(
        self, _c: Client, _u: object, flags: ConnectFlags, code: ReasonCode, _p: object
    ) -> None:
        self._problem = f"the broker refuses the connection: {code}" if code.is_failure else ""
        self.present = flags.session_present
        self._up.set()

    def __enter__(self) -> Self:
        address = parse_url(self._broker.url)
        try:
            self._client.connect(address.host, address.port, self._broker.keepalive)
        except OSError as error:
            raise self._away(error.strerror or str(error)) from error
        self._client.loop_start()
        self._up.wait(_ANSWER)
        if self._problem:
            self._client.loop_stop()
            raise self._away(self._problem)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def subscribe(self, place: str, qos: int = QOS) -> bool:
        """Whether the broker grants it."""
        self._client.subscribe(place, qos)
        try:
            return self._granted.get(timeout=_ANSWER) < _REFUSED
        except queue.Empty:  # some close the connection over what they do not know
            return False

    def must_subscribe(self, place: str) -> None:
        """The same, where nothing can be tried without."""
        if not self.subscribe(place):
            raise self._away(f"may not read {PREFIX}/#, which a gateway must")

    def publish(self, place: str, number: int) -> None:
        """Returns when all are acknowledged to us."""
        sent = [self._client.publish(place, b"%d" % n, QOS) for n in range(number)]
        end = time.monotonic() + _ANSWER + number / 1000
        for info in sent:
            if info.rc is MQTTErrorCode.MQTT_ERR_SUCCESS:
                info.wait_for_publish(max(end - time.monotonic(), 0.001))
            if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS or not info.is_published():
                raise self._away("does not acknowledge what is published")

    def count(self, number: int, quiet: float) -> int:
        """How many messages come, until there are ``number`` or none for ``quiet`` s."""
        found = 0
        while found < number and self.next(quiet) is not None:
            found += 1
        return found

    def next(self, timeout: float) -> MQTTMessage | None:
        """The next message; None if there is none within ``timeout`` s."""
        try:
            return self._heard.get(timeout=max(timeout, 0.0))
        except queue.Empty:
            return None

    def _away(self, why: str) -> BrokerAway:
        return BrokerAway(f"{broker_name(self._broker)}: {why}")
