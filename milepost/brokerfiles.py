"""Files by which brokers of others know our devices.  Pure: text from what is given.

For Mosquitto a file of passwords in its own hashes, rules, and a configuration with the limits
that keep it from losing what it has acknowledged.  For EMQX a configuration by which it asks our
API about every login and topic.

Either gives a client the name of its user, or lets it have no other: with the client id of
another, a terminal would end that one's connection and take over its session.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fleet.wire import PREFIX, Kind

#: bytes; above the wire's 64 KiB, so that what is too large arrives and becomes a dead letter.
MAX_PACKET = 1 << 20
GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where an external broker listens."""

    devices: int = 1883  #: TCP port of terminals; by custom 8883 with TLS
    gateways: int = 1884  #: TCP port of gateways, for a network that no terminal reaches
    gateways_at: str = "127.0.0.1"  #: address of that one
    tls: bool = False  #: whether terminals speak encrypted only
    client_certificates: bool = False  #: whether they show certificates, and no passwords


@dataclass(frozen=True, slots=True)
class Known:
    """Who may connect."""

    gateway: str = field(repr=False)  #: hash of the gateway's password, or for EMQX itself
    devices: Mapping[str, str] = field(default_factory=dict, repr=False)  #: PBKDF2 by device


def mosquitto(
    known: Known, listeners: Listeners, folder: PurePosixPath, data: str
) -> dict[str, str]:
    """Text by file name, to lie in ``folder`` on the broker's machine.

    Args:
        known: passwords as Mosquitto hashes them.
        listeners: where it listens.
        folder: of these files; ``server.pem``, ``server.key``, ``ca.pem`` and ``revoked.pem``
            are looked for there, too, as ``listeners`` need them.
        data: folder in which it keeps its sessions.
    """
    passwords = {GATEWAY: known.gateway} | dict(sorted(known.devices.items()))
    return {
        "passwords": "".join(f"{user}:{hashed}\n" for user, hashed in passwords.items()),
        "acl": _ACL,
        "mosquitto.conf": _mosquitto_conf(listeners, folder, data),
    }


#: A user's own name stands for %u; gateways write commands and read all else.
_ACL = f"""\
user {GATEWAY}
topic readwrite {PREFIX}/#

# Of everybody: below the own topic up, the own commands down.
pattern write {PREFIX}/%u/#
pattern read {PREFIX}/%u/{Kind.CMD}
"""


def _mosquitto_conf(listeners: Listeners, folder: PurePosixPath, data: str) -> str:
    lines = [
        "# Made by `milepost broker-files`; made anew, it is overwritten.",
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {folder}/passwords",
        f"acl_file {folder}/acl",
        "set_tcp_nodelay true",
        "# 20 by default: no batch would hold more messages. 0: no limit, the gateway has one.",
        "max_inflight_messages 0",
        "# 1000 by default, beyond which acknowledged messages are dropped. 0: no limit.",
        "max_queued_messages 0",
        "# Above the wire's 64 KiB, so that a larger payload arrives and becomes a dead letter.",
        f"message_size_limit {MAX_PACKET}",
        "# It acknowledges before it has saved: killed while the gateway is away, it loses about",
        "# the last second.  The embedded broker loses nothing.",
        "persistence true",
        f"persistence_location {data}",
        "autosave_interval 1",
        "log_dest stdout",
        "# With `log_type debug` every refused publish is a line `Denied PUBLISH from ...`; and",
        "# every other packet is one, too.",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "",
        "# Terminals.  Their client id is their user name, whatever they say: with another's they",
        "# would end its connection and take over its session.",
        f"listener {listeners.devices}",
        "use_username_as_clientid true",
        *_mosquitto_tls(listeners, folder),
        "",
        "# Gateways, which share a user and so need client ids of their own.",
        f"listener {listeners.gateways} {listeners.gateways_at}",
        "",
    ]
    return "\n".join(lines)


def _mosquitto_tls(listeners: Listeners, folder: PurePosixPath) -> list[str]:
    if not listeners.tls:
        return []
    shown = [f"certfile {folder}/server.pem", f"keyfile {folder}/server.key"]
    if not listeners.client_certificates:
        return shown
    return [
        *shown,
        f"cafile {folder}/ca.pem",
        f"crlfile {folder}/revoked.pem",
        "require_certificate true",
        "use_identity_as_username true",
    ]


def emqx(
    known: Known, listeners: Listeners, folder: PurePosixPath, api: str, secret: str
) -> dict[str, str]:
    """Text by file name, to lie in ``folder`` on the broker's machines; EMQX 5.8 or later.

    Args:
        known: the gateway's password in the clear, which EMQX hashes as it starts.
        listeners: where it listens.
        folder: of these files, and of ``server.pem`` and ``server.key`` with TLS.
        api: address of our API, as EMQX reaches it: http[s]://host:port.
        secret: ``MILEPOST_API__BROKER_SECRET``.
    """
    return {
        "emqx.conf": _emqx_conf(listeners, folder, api, secret),
        "acl.conf": _EMQX_ACL,
        "users.csv": f"user_id,password,is_superuser\n{GATEWAY},{known.gateway},false\n",
    }


_EMQX_ACL = f"""\
%% The gateway; of all others our API is asked.
{{allow, {{username, "{GATEWAY}"}}, all, ["{PREFIX}/#"]}}.
{{allow, {{username, "{GATEWAY}"}}, subscribe, ["$share/+/{PREFIX}/#"]}}.
{{deny, {{username, "{GATEWAY}"}}, all, ["#"]}}.
"""


#: What keeps it from losing what it has acknowledged.
_EMQX_LIMITS = f"""\
mqtt {{
  max_packet_size = {MAX_PACKET}
  # Of a session: what is on its way; the rest waits.
  max_inflight = 10000
  # 1000 by default, beyond which acknowledged messages are dropped.
  max_mqueue_len = infinity
  mqueue_store_qos0 = false
  # A gateway that is away for so long has lost its session, and what waited in it.
  session_expiry_interval = "7d"
}}
"""


def _emqx_conf(listeners: Listeners, folder: PurePosixPath, api: str, secret: str) -> str:
    def asks(path: str, body: Mapping[str, str]) -> str:
        said = {
            "method": "post",
            "url": f"{api.rstrip('/')}/api/v1/broker/{path}",
            "headers": {"content-type": "application/json", "x-milepost-broker": secret},
            "body": dict(body),
            "request_timeout": "5s",
        }
        return json.dumps(said, indent=2)[1:-1].strip()

    login = asks(
        "authenticate",
        {"username": "${username}", "password": "${password}", "clientid": "${clientid}"},
    )
    act = asks("authorize", {"username": "${username}", "topic": "${topic}", "action": "${action}"})
    kind = "ssl" if listeners.tls else "tcp"
    return f"""\
# Made by `milepost broker-files`; made anew, it is overwritten.
authentication = [
  {{
  # The gateway; who is not known here is asked about below.
  "mechanism": "password_based", "backend": "built_in_database", "user_id_type": "username",
  "password_hash_algorithm": {{"name": "sha256", "salt_position": "suffix"}},
  "bootstrap_file": "{folder}/users.csv", "bootstrap_type": "plain"
  }},
  {{
  "mechanism": "password_based", "backend": "http",
  {login}
  }}
]
authorization {{
  no_match = deny
  # MQTT 3.1.1 cannot say no to a publish: it is acknowledged and thrown away, and counted by us.
  deny_action = ignore
  cache {{ enable = true, ttl = "1m" }}
  sources = [
    {{ "type": "file", "enable": true, "path": "{folder}/acl.conf" }},
    {{
  "type": "http", "enable": true,
  {act}
    }}
  ]
}}
{_EMQX_LIMITS}# Sessions on the disk: a node that restarts keeps what it has acknowledged.
durable_sessions {{ enable = true }}
listeners.{kind}.default {{
  bind = "0.0.0.0:{listeners.devices}"{_emqx_tls(listeners, folder)}
}}
listeners.tcp.gateways {{
  bind = "{listeners.gateways_at}:{listeners.gateways}"
}}
"""


def _emqx_tls(listeners: Listeners, folder: PurePosixPath) -> str:
    if not listeners.tls:
        return ""
    return f"""
  ssl_options {{
    certfile = "{folder}/server.pem"
    keyfile = "{folder}/server.key"
  }}"""
