"""The configuration file of the embedded broker, as a value.  Pure.

The file is JSON, which nats-server reads as it reads its own format; so every name and
password is quoted by a rule that others have tested.

Who may do what, in one account:

* ``gateway``: everything.
* ``operator``: publish for every device; ``milepost replay`` and ``simulate`` on this machine.
* ``bench`` (off by default): publish for every device and receive every command, so that
  one connection can carry many terminals.
* each device: publish below its own topic, receive its own commands; MQTT only.

With ``client_certificates`` nobody has a password: whoever connects shows a certificate, and the
user is its subject.  A device with two certificates is two users with the same rights; that is
how one is taken out of use while the other works.

MQTT's ``fleet/v1/x/cmd`` is the subject ``fleet.v1.x.cmd``.  Last wills and retained
messages need the permission to publish, nothing else; a subscription of QoS 1 needs the
permission to subscribe, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.wire import MAX_PAYLOAD, PREFIX, Kind, is_device
from milepost.stack.jetstream import INBOX, SUBJECTS
from milepost.stack.natsparts import (
    Cluster,
    check_partitions,
    cluster,
    clustered_mqtt,
    mappings,
    publishable,
)

GATEWAY = "gateway"
OPERATOR = "operator"
BENCH = "bench"
KEEPER = "keeper"  #: of the room that sessions need
ACCOUNT = "FLEET"
#: s; comparing a bcrypt hash of cost 10 takes 50 ms of a core, and a whole fleet comes back at
#: once.  With nats-server's 2 s, 153 of 500 devices were turned away on two cores.
_LOGIN_WITHIN = 60.0

_SUBJECT = PREFIX.replace("/", ".")
#: An MQTT session may have this many unacknowledged messages over all its subscriptions.
_WINDOW_OF_SESSION = 65_535
_SUBSCRIPTIONS = 4  # of the gateway: fleet.wire.UPLINK
_LOG_SIZE = 4 << 20  # bytes, 30,000 lines of what was refused; Child moves aside what has 8 MB
_LOG_FILES = 3


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """How the embedded broker is set up.

    Raises:
        ValueError: a value that nats-server would refuse or misunderstand.
    """

    host: str = "127.0.0.1"  #: where devices connect; 0.0.0.0 lets other machines in
    port: int | None = None  #: MQTT; None: a free one, kept as long as it stays free
    #: Messages; unacknowledged ones per subscription of the gateway, beyond which the broker
    #: waits.  Two batches of 5,000: one in the database, one on its way.
    max_ack_pending: int = 10_000
    #: s; then an unacknowledged message is sent again, which is how a gateway that was killed
    #: gets its messages back.  Above any commit; a copy too many is a duplicate, harmless.
    ack_wait: float = 10.0
    #: Bytes; well above the wire's 64 KiB, so that a message which is too large reaches the
    #: gateway and becomes a dead letter.  The broker closes the connection of a larger one.
    max_payload: int = 1 << 20
    #: Bytes on disk; when full, the broker stops acknowledging and loses nothing.  An eighth is
    #: kept for sessions: without room for its own the gateway could not come back and take any.
    max_store: int = 10 << 30
    #: Whether every message is on the disk, not only in the operating system's cache, before
    #: it is acknowledged.  Off: a crash of the broker loses nothing, but a power cut loses
    #: what arrived in the last two minutes and was not yet committed by the gateway.
    #: On: that is safe too, at about a tenth of the throughput (fsync per message).
    sync_always: bool = False
    bench: bool = False  #: whether the user ``bench`` exists; never where devices are real
    tls: bool = False  #: whether MQTT is spoken encrypted, and only so: mqtts://
    #: PEM, the broker's certificate with its chain; without it one of our own authority.
    cert_file: Path | None = None
    key_file: Path | None = None  #: PEM, the private key of ``cert_file``
    #: PEM, whom clients of a ``cert_file`` are to trust, and a further authority of devices.
    ca_file: Path | None = None
    #: Names and addresses besides this machine's own, by which terminals reach the broker; for
    #: the certificate of our own authority.
    names: tuple[str, ...] = ()
    client_certificates: bool = False  #: whether devices show certificates, and no passwords
    #: Parts into which the devices are divided, each for a gateway of its own; 1: none are.
    partitions: int = 1
    cluster: Cluster = field(default_factory=Cluster)

    def __post_init__(self) -> None:
        if not 1 <= self.max_ack_pending <= _WINDOW_OF_SESSION // _SUBSCRIPTIONS:
            raise ValueError(f"max_ack_pending: {self.max_ack_pending}")
        if self.max_payload <= MAX_PAYLOAD:
            raise ValueError(f"max_payload: {self.max_payload} hides what is too large")
        if self.ack_wait < 1:
            raise ValueError(f"ack_wait: {self.ack_wait} s is shorter than a slow commit")
        check_partitions(self.partitions)
        self._check_tls()

    def _check_tls(self) -> None:
        if not self.tls and (self.client_certificates or self.cert_file):
            raise ValueError("tls: is off, so no certificate would be shown to anybody")
        if (self.cert_file is None) is not (self.key_file is None):
            raise ValueError("key_file: and cert_file belong together")


@dataclass(frozen=True, slots=True)
class Listen:
    """The ports of one start."""

    mqtt: int
    nats: int  #: loopback; nobody of ours uses it, but the server cannot do without
    monitor: int  #: loopback, HTTP


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one broker, all in its own folder."""

    store: Path  #: folder of the messages
    log: Path
    certificate: Path  #: of the broker, and its key; they exist with ``tls``
    key: Path
    ca: Path  #: whom it trusts, with ``client_certificates``


@dataclass(frozen=True, slots=True)
class Users:
    """Who may connect."""

    #: Of ``gateway``, ``operator`` and ``bench``: passwords in the clear, or the subjects of
    #: their certificates.
    staff: Mapping[str, str] = field(repr=False)
    #: Device name to bcrypt hash of its password.
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificates: Mapping[str, str] = field(default_factory=dict)  #: subject to device name
    keeper: str = field(default="", repr=False)  #: password of ``keeper``; empty: there is none


def render(options: BrokerOptions, listen: Listen, place: Place, users: Users) -> str:
    """The text of the configuration file.

    Raises:
        ValueError: a device's name is not one, or a hash is not bcrypt's.
    """
    conf: dict[str, Any] = {
        "server_name": "milepost",
        "listen": f"127.0.0.1:{listen.nats}",
        "http": f"127.0.0.1:{listen.monitor}",
        "max_payload": options.max_payload,
        # A device that tries what it may not writes a line each time: the log turns over.
        "log_file": str(place.log),
        "logfile_size_limit": _LOG_SIZE,
        "logfile_max_num": _LOG_FILES,
        "jetstream": {
            "store_dir": str(place.store),
            "max_mem": 64 << 20,  # nothing of ours is kept in memory streams
            "max_file": options.max_store,
            **({"sync_interval": "always"} if options.sync_always else {}),
        },
        "mqtt": {
            "listen": f"{options.host}:{listen.mqtt}",
            "max_ack_pending": options.max_ack_pending,
            "ack_wait": f"{options.ack_wait:g}s",
            "authorization": {"timeout": _LOGIN_WITHIN},
            **({"tls": _tls(options, place)} if options.tls else {}),
            **clustered_mqtt(options.cluster),
        },
        "accounts": {
            ACCOUNT: {
                "jetstream": "enabled",
                "users": [
                    *_staff(options, users.staff),
                    *_keeper(users.keeper),
                    *_devices(options, users),
                ],
                **({"mappings": mapped} if (mapped := mappings(options.partitions)) else {}),
            }
        },
        **cluster(options.cluster),
    }
    return json.dumps(conf, indent=1)


def _tls(options: BrokerOptions, place: Place) -> dict[str, Any]:
    shown = {"cert_file": str(place.certificate), "key_file": str(place.key)}
    # A handshake costs 1 ms of a core on either side; a whole fleet comes back at once.
    asked: dict[str, Any] = {"timeout": _LOGIN_WITHIN}
    if options.client_certificates:
        asked |= {"ca_file": str(place.ca), "verify_and_map": True}
    return shown | asked


def _staff(options: BrokerOptions, known: Mapping[str, str]) -> list[dict[str, Any]]:
    def proves(user: str) -> dict[str, Any]:
        if options.client_certificates:
            return {"user": known[user]}
        return {"user": user, "password": known[user]}

    spokesman = {
        "allowed_connection_types": ["MQTT"],
        "permissions": {
            "publish": publishable("*", options.partitions),
            "subscribe": [f"{_SUBJECT}.*.{Kind.CMD}"],
        },
    }
    users = [
        # Over MQTT alone: where certificates are shown it has no password that would keep
        # other programs of this machine from the loopback port.
        proves(GATEWAY) | {"allowed_connection_types": ["MQTT"]},
        proves(OPERATOR) | spokesman,
    ]
    if options.bench:
        users.append(proves(BENCH) | spokesman)
    return users


def _keeper(password: str) -> Iterator[dict[str, Any]]:
    """Who limits what the messages take (``jetstream``), at the loopback port alone."""
    if password:
        yield {
            "user": KEEPER,
            "password": password,
            "allowed_connection_types": ["STANDARD"],
            "permissions": {"publish": list(SUBJECTS), "subscribe": [f"{INBOX}.>"]},
        }


def _devices(options: BrokerOptions, users: Users) -> Iterator[dict[str, Any]]:
    if options.client_certificates:
        for subject, name in sorted(users.certificates.items()):
            yield {"user": subject} | _rights(name, options.partitions)
        return
    for name, hashed in sorted(users.passwords.items()):
        # nats-server takes whatever does not look like a hash for a password in the clear.
        if not hashed.startswith(("$2a$", "$2b$", "$2y$")):
            raise ValueError(f"the password of {name!r} is not a bcrypt hash")
        yield {"user": name, "password": hashed} | _rights(name, options.partitions)


def _rights(name: str, partitions: int) -> dict[str, Any]:
    """What the device ``name`` may do."""
    # A name with a dot or a wildcard would be given other devices' subjects.
    if not is_device(name):
        raise ValueError(f"not a device name: {name!r}")
    return {
        "allowed_connection_types": ["MQTT"],
        "permissions": {
            "publish": publishable(name, partitions),
            "subscribe": [f"{_SUBJECT}.{name}.{Kind.CMD}"],
        },
    }
