"""What the configuration of nats-server cannot say: how much the messages of devices may take.

The broker keeps messages and sessions in one store.  If messages could fill it, a gateway that
has lost its connection could not come back, for that writes its session; nobody would take the
messages, and the store would be full for ever.  So the stream of messages, which the server
makes by itself, is given a limit below the store's.

Two requests in the protocol of NATS (docs.nats.io, "Client Protocol" and "JetStream wire API"),
when the broker starts; a client library would be asynchronous and wants a loop for them.
"""

from __future__ import annotations

import json
import secrets
import socket
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import StackBroken

STREAM = "$MQTT_msgs"  #: where nats-server keeps messages of QoS 1 (server/mqtt.go)
_INFO, _UPDATE = SUBJECTS = (f"$JS.API.STREAM.INFO.{STREAM}", f"$JS.API.STREAM.UPDATE.{STREAM}")
INBOX = "_INBOX.milepost"  #: below it answers come
_WITHIN = 10.0  # s; the server is on this machine, and may be recovering its store
_LINE = 1 << 20  # bytes; no answer of ours is near it


@dataclass(frozen=True, slots=True)
class Door:
    """Where NATS is spoken, and as whom."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


def limit_messages(door: Door, size: int) -> bool:
    """Let messages of devices take ``size`` bytes and no more; whether that changed anything.

    Beyond that they are not acknowledged, so their devices keep them.

    Raises:
        StackBroken: the server does not take it, or has no such stream yet.
    """
    try:
        with socket.create_connection((door.host, door.port), _WITHIN) as sock:
            asking = _Asking(sock, door)
            config = asking.ask(_INFO, {})["config"]
            wanted = {"max_bytes": size, "discard": "new"}
            if wanted.items() <= config.items():
                return False
            asking.ask(_UPDATE, config | wanted)
            return True
    except (OSError, ValueError, KeyError) as error:
        raise StackBroken(f"the broker's messages cannot be limited: {error}") from error


class _Asking:
    """A connection that asks one thing after the other."""

    def __init__(self, sock: socket.socket, door: Door) -> None:
        self._sock, self._inbox = sock, f"{INBOX}.{secrets.token_hex(8)}"
        self._lines = sock.makefile("rb")
        self._lines.readline(_LINE)  # INFO, which the server says first
        told = {"user": door.user, "pass": door.password, "verbose": False, "pedantic": False}
        self._say(f"CONNECT {json.dumps(told)}", f"SUB {self._inbox} 1")

    def ask(self, subject: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer; ``ValueError`` with the server's words if it is a refusal."""
        content = json.dumps(body)
        self._say(f"PUB {subject} {self._inbox} {len(content.encode())}", content)
        while line := self._lines.readline(_LINE).decode():
            if line.startswith("MSG "):
                answer = json.loads(self._lines.read(int(line.split()[-1]) + 2))
                if "error" in answer:
                    raise ValueError(answer["error"].get("description", "it is refused"))
                return dict(answer)
            if line.startswith("PING"):
                self._say("PONG")
            if line.startswith("-ERR"):
                raise ValueError(line[4:].strip())
        raise ValueError("it closed the connection")

    def _say(self, *lines: str) -> None:
        self._sock.sendall("".join(f"{line}\r\n" for line in lines).encode())
