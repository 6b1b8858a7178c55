"""The modems of a fleet: many MQTT connections, driven by one thread, one selector.

Shell, and the simulator's only importer of paho.  A paho client with its own thread costs
a stack and a wake-up per packet; five hundred of them would measure the scheduler.  Here
the clients are stepped when their sockets are ready, and what happened comes back from
``poll`` as values.  Every connection gets a new client: what must be sent again is known
by the terminal, not by the modem.
"""

from __future__ import annotations

import selectors
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from firmware_sim.device import Message
from fleet import wire
from fleet.errors import SettingInvalid

if TYPE_CHECKING:  # paho defines it for type checkers only
    from paho.mqtt.client import SocketLike

KEEPALIVE = 60  #: s; behind a mobile network's address translation a few minutes are the limit
CONNECT_TIMEOUT = 10.0  #: s to CONNACK
GOODBYE_TRIES = 100  #: packets; if the kernel's buffer takes no more, the broker is not reading
MISC_EVERY = 1.0  #: s between two looks at keepalives and time-outs


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and with what a device identifies itself."""

    host: str
    port: int
    password: str | None = field(default=None, repr=False)  #: of every device without its own
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)  #: by device
    shared_user: str | None = None  #: the bench credential, for shared connections
    shared_password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None  #: instead of the system's certificates
    certificates: str | None = None  #: folder with <device>.pem and <device>.key to show instead

    @classmethod
    def from_url(cls, url: str, **known: Any) -> Broker:  # noqa: ANN401 - the fields above
        """``mqtt://[user:password@]host[:port]``; ``mqtts`` for TLS.

        The user and password are those of the shared connections, and of every device
        that ``known`` gives no password of its own; see ``identity``.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise SettingInvalid(f"{url!r} is no mqtt:// or mqtts:// URL")
        tls = parts.scheme == "mqtts"
        password = unquote(parts.password) if parts.password else None
        values: dict[str, Any] = {
            "password": password,
            "shared_user": unquote(parts.username) if parts.username else None,
            "shared_password": password,
            "tls": tls,
        }
        return cls(parts.hostname, parts.port or (8883 if tls else 1883), **(values | known))

    def identity(self, device: str) -> tuple[str, str | None]:
        """User and password with which one device connects.

        Its own password if it has one; else the shared credential if there is one; else
        its name with the password of all.
        """
        if device not in self.passwords and self.shared_user is not None:
            return self.shared_user, self.shared_password
        return device, self.passwords.get(device, self.password)


@dataclass(frozen=True, slots=True)
class Login:
    """How one connection introduces itself."""

    client_id: str
    user: str | None
    password: str | None = field(repr=False)
    will: Message | None = None
    listen: tuple[str, ...] = ()  #: topics to subscribe to
    persistent: bool = True  #: the broker keeps commands while the device is away


@dataclass(frozen=True, slots=True)
class Up:
    """The connection is accepted."""

    link: str


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is gone, or was never made; nothing in flight will be acknowledged."""

    link: str
    why: str
    refused: bool = False  #: the broker does not accept the identity


@dataclass(frozen=True, slots=True)
class Acked:
    """The broker has the message."""

    link: str
    message: Message


@dataclass(frozen=True, slots=True)
class Heard:
    """A command for a device."""

    link: str
    device: str
    payload: bytes


Event = Up | Down | Acked | Heard


class _Link:
    """One connection; it notes what happens to it in the radio's list of events."""

    def __init__(self, radio: Radio, name: str, login: Login) -> None:
        self.name = name
        self.opened = time.monotonic()
        self.up = False
        self.flying: dict[int, Message] = {}
        self._radio = radio
        self._listen = login.listen
        self.client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=login.client_id,
            clean_session=not login.persistent,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.max_inflight_messages = 0  # the terminal has its own window
        client.connect_timeout = 5.0
        if not radio.shows_certificates:  # they say who it is
            client.username = login.user
            client.password = login.password
        if login.will:
            will = login.will
            client.will_set(will.topic, will.payload, wire.QOS, will.retain)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_publish = self._published
        client.on_message = self._message
        client.on_socket_open = radio.watch
        client.on_socket_close = radio.unwatch
        client.on_socket_register_write = self._wants_write
        client.user_data_set(self)

    def _connected(self, client: Client, *rest: Any) -> None:  # noqa: ANN401 - paho's signature
        code: ReasonCode = rest[2]
        if code.is_failure:
            self._radio.lost(self, str(code), refused=True)
            return
        self.up = True
        for topic in self._listen:
            client.subscribe(topic, wire.QOS)
        self._radio.events.append(Up(self.name))

    def _disconnected(self, _client: Client, *rest: Any) -> None:  # noqa: ANN401
        self._radio.lost(self, str(rest[2]))

    def _published(self, _client: Client, _data: object, mid: int, *_: object) -> None:
        message = self.flying.pop(mid, None)
        if message is not None:
            self._radio.events.append(Acked(self.name, message))

    def _message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        place = wire.parse_topic(message.topic)
        if place and place[1] is wire.Kind.CMD:
            self._radio.events.append(Heard(self.name, place[0], bytes(message.payload)))

    def _wants_write(self, *_: object) -> None:
        self._radio.eager.add(self)


class Radio:
    """All connections of a process; use it from one thread."""

    def __init__(self, broker: Broker) -> None:
        self.events: list[Event] = []
        self.eager: set[_Link] = set()
        self._broker = broker
        self._selector = selectors.DefaultSelector()
        self._links: dict[str, _Link] = {}
        self._next_misc = 0.0
        self._tls = ssl.create_default_context(cafile=broker.ca_file) if broker.tls else None
        self._shown: dict[str, ssl.SSLContext] = {}  # by whose certificate it shows

    @property
    def shows_certificates(self) -> bool:
        """Whether devices prove by certificates who they are, not by passwords."""
        return self._broker.certificates is not None

    @property
    def connected(self) -> int:
        """How many connections are up."""
        return sum(link.up for link in self._links.values())

    def is_up(self, name: str) -> bool:
        """Whether this connection is accepted and not lost."""
        link = self._links.get(name)
        return link is not None and link.up

    def dial(self, name: str, login: Login) -> None:
        """Open a connection; ``Up`` or ``Down`` tells what came of it."""
        self.hang_up(name)
        link = self._links[name] = _Link(self, name, login)
        try:
            if self._tls:
                link.client.tls_set_context(self._showing(login.user))
            link.client.connect_async(self._broker.host, self._broker.port, KEEPALIVE)
            link.client.reconnect()
        except OSError as error:
            self.lost(link, str(error))

    def _showing(self, user: str | None) -> ssl.SSLContext | None:
        """What ``user`` trusts and shows.  Raises ``OSError``: it has no certificate."""
        folder = self._broker.certificates
        if folder is None or user is None:
            return self._tls
        if user not in self._shown:
            context = ssl.create_default_context(cafile=self._broker.ca_file)
            context.load_cert_chain(f"{folder}/{user}.pem", f"{folder}/{user}.key")
            self._shown[user] = context
        return self._shown[user]

    def send(self, name: str, message: Message) -> bool:
        """Hand a message to MQTT; False if the connection is not up."""
        link = self._links.get(name)
        if link is None or not link.up:
            return False
        info = link.client.publish(message.topic, message.payload, wire.QOS, message.retain)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        link.flying[info.mid] = message
        return True

    def hang_up(self, name: str, *, politely: bool = False) -> None:
        """Close a connection without an event; impolitely, the broker publishes the will."""
        link = self._links.pop(name, None)
        if link is None:
            return
        client = link.client
        client.on_disconnect = None
        if politely and link.up:
            client.disconnect()
            for _ in range(GOODBYE_TRIES):
                if not client.want_write() or client.loop_write():
                    break
        self.eager.discard(link)
        link.up = False
        sock = client.socket()
        if sock is not None:
            self.unwatch(client, link, sock)
            sock.close()

    def poll(self, timeout: float) -> list[Event]:
        """Let the connections work for at most ``timeout`` seconds; what happened, in order."""
        self._write()
        if self.events:
            timeout = 0.0
        for key, mask in self._selector.select(timeout):
            link: _Link = key.data
            if mask & selectors.EVENT_READ:
                link.client.loop_read()
                while _decrypted(link.client.socket()):
                    link.client.loop_read()
            if mask & selectors.EVENT_WRITE and link.client.socket() is not None:
                link.client.loop_write()
                self._mind(link)
        self._write()
        self._misc()
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        """Close everything."""
        for name in list(self._links):
            self.hang_up(name, politely=True)
        self._selector.close()

    def lost(self, link: _Link, why: str, *, refused: bool = False) -> None:
        """The connection is gone; once per connection."""
        if self._links.get(link.name) is link:
            self.hang_up(link.name)
            self.events.append(Down(link.name, why, refused))

    def watch(self, _client: Client, link: object, sock: SocketLike) -> None:
        """Paho opened a socket."""
        self._selector.register(sock, selectors.EVENT_READ, link)

    def unwatch(self, _client: Client, _link: object, sock: SocketLike) -> None:
        """Paho is about to close a socket, or we are."""
        if sock.fileno() >= 0 and sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)

    def _write(self) -> None:
        eager, self.eager = self.eager, set()
        for link in eager:
            if link.client.socket() is not None:
                link.client.loop_write()
                self._mind(link)

    def _mind(self, link: _Link) -> None:
        """Watch for room to write only while something waits to be written."""
        sock = link.client.socket()
        if sock is None:
            return
        wanted = selectors.EVENT_READ
        if link.client.want_write():
            wanted |= selectors.EVENT_WRITE
        if self._selector.get_key(sock).events != wanted:
            self._selector.modify(sock, wanted, link)

    def _misc(self) -> None:
        now = time.monotonic()
        if now < self._next_misc:
            return
        self._next_misc = now + MISC_EVERY
        for link in list(self._links.values()):
            if not link.up and now - link.opened > CONNECT_TIMEOUT:
                self.lost(link, "no answer to CONNECT")
            else:
                link.client.loop_misc()


def _decrypted(sock: SocketLike | None) -> bool:
    """Whether TLS holds bytes that no selector will ever announce."""
    return isinstance(sock, ssl.SSLSocket) and sock.fileno() >= 0 and sock.pending() > 0
