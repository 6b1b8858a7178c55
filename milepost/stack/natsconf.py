"""The configuration file of the embedded broker, as a value.  Pure.

The file is JSON, which nats-server reads as it reads its own format; so every name and
password is quoted by a rule that others have tested.

Who may do what, in one account:

* ``gateway``: everything.
* ``operator``: publish for every device; ``milepost replay`` and ``simulate`` on this machine.
* ``bench`` (off by default): publish for every device and receive every command, so that
  one connection can carry many terminals.
* each device: publish below its own topic, receive its own commands; MQTT only.

MQTT's ``fleet/v1/x/cmd`` is the subject ``fleet.v1.x.cmd``.  Last wills and retained
messages need the permission to publish, nothing else; a subscription of QoS 1 needs the
permission to subscribe, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.wire import MAX_PAYLOAD, PREFIX, Kind, is_device

GATEWAY = "gateway"
OPERATOR = "operator"
BENCH = "bench"
ACCOUNT = "FLEET"
#: s; comparing a bcrypt hash of cost 10 takes 50 ms of a core, and a whole fleet comes back at
#: once.  With nats-server's 2 s, 153 of 500 devices were turned away on two cores.
_LOGIN_WITHIN = 60.0

_SUBJECT = PREFIX.replace("/", ".")
#: An MQTT session may have this many unacknowledged messages over all its subscriptions.
_WINDOW_OF_SESSION = 65_535
_SUBSCRIPTIONS = 4  # of the gateway: fleet.wire.UPLINK


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
    #: Bytes on disk; when full, the broker stops acknowledging and loses nothing.
    max_store: int = 10 << 30
    #: Whether every message is on the disk, not only in the operating system's cache, before
    #: it is acknowledged.  Off: a crash of the broker loses nothing, but a power cut loses
    #: what arrived in the last two minutes and was not yet committed by the gateway.
    #: On: that is safe too, at about a tenth of the throughput (fsync per message).
    sync_always: bool = False
    bench: bool = False  #: whether the user ``bench`` exists; never where devices are real

    def __post_init__(self) -> None:
        if not 1 <= self.max_ack_pending <= _WINDOW_OF_SESSION // _SUBSCRIPTIONS:
            raise ValueError(f"max_ack_pending: {self.max_ack_pending}")
        if self.max_payload <= MAX_PAYLOAD:
            raise ValueError(f"max_payload: {self.max_payload} hides what is too large")
        if self.ack_wait < 1:
            raise ValueError(f"ack_wait: {self.ack_wait} s is shorter than a slow commit")


@dataclass(frozen=True, slots=True)
class Listen:
    """The ports of one start."""

    mqtt: int
    nats: int  #: loopback; nobody of ours uses it, but the server cannot do without
    monitor: int  #: loopback, HTTP


def render(
    options: BrokerOptions,
    listen: Listen,
    store: Path,
    passwords: Mapping[str, str],
    devices: Mapping[str, str],
) -> str:
    """The text of the configuration file.

    Args:
        options: see there.
        listen: see there.
        store: the folder of the message store.
        passwords: of ``gateway``, ``operator`` and ``bench``, in the clear.
        devices: device name to bcrypt hash of its password.

    Raises:
        ValueError: a device's name is not one, or a hash is not bcrypt's.
    """
    conf: dict[str, Any] = {
        "server_name": "milepost",
        "listen": f"127.0.0.1:{listen.nats}",
        "http": f"127.0.0.1:{listen.monitor}",
        "max_payload": options.max_payload,
        "jetstream": {
            "store_dir": str(store),
            "max_mem": 64 << 20,  # nothing of ours is kept in memory streams
            "max_file": options.max_store,
            **({"sync_interval": "always"} if options.sync_always else {}),
        },
        "mqtt": {
            "listen": f"{options.host}:{listen.mqtt}",
            "max_ack_pending": options.max_ack_pending,
            "ack_wait": f"{options.ack_wait:g}s",
            "authorization": {"timeout": _LOGIN_WITHIN},
        },
        "accounts": {
            ACCOUNT: {
                "jetstream": "enabled",
                "users": [
                    *_staff(options, passwords),
                    *(_device(name, hashed) for name, hashed in sorted(devices.items())),
                ],
            }
        },
    }
    return json.dumps(conf, indent=1)


def _staff(options: BrokerOptions, passwords: Mapping[str, str]) -> list[dict[str, Any]]:
    users: list[dict[str, Any]] = [
        {"user": GATEWAY, "password": passwords[GATEWAY]},
        {
            "user": OPERATOR,
            "password": passwords[OPERATOR],
            "allowed_connection_types": ["MQTT"],
            "permissions": {
                "publish": [f"{_SUBJECT}.*.>"],
                "subscribe": [f"{_SUBJECT}.*.{Kind.CMD}"],
            },
        },
    ]
    if options.bench:
        users.append(users[-1] | {"user": BENCH, "password": passwords[BENCH]})
    return users


def _device(name: str, hashed: str) -> dict[str, Any]:
    # A name with a dot or a wildcard would be given other devices' subjects.
    if not is_device(name):
        raise ValueError(f"not a device name: {name!r}")
    # nats-server takes whatever does not look like a hash for a password in the clear.
    if not hashed.startswith(("$2a$", "$2b$", "$2y$")):
        raise ValueError(f"the password of {name!r} is not a bcrypt hash")
    return {
        "user": name,
        "password": hashed,
        "allowed_connection_types": ["MQTT"],
        "permissions": {
            "publish": [f"{_SUBJECT}.{name}.>"],
            "subscribe": [f"{_SUBJECT}.{name}.{Kind.CMD}"],
        },
    }
