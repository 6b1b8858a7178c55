"""A terminal of a test: an MQTT client that notes what the broker does to it."""

from __future__ import annotations

import queue
import ssl
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

SOON = 20.0  #: s; a bound for what takes milliseconds, so that a broken test ends


@dataclass(frozen=True, slots=True)
class Shown:
    """Whom a terminal trusts, and what it shows."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """For its connections."""
        context = ssl.create_default_context(cafile=self.ca)
        if self.certificate is not None:
            context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass
class Terminal:
    """Connects to ``url`` as a ``with`` begins."""

    url: str
    shown: Shown | None = None
    client_id: str = ""  #: with one its session lasts
    clean: bool | None = None
    heard: queue.Queue[tuple[str, bytes]] = field(default_factory=queue.Queue)
    answers: queue.Queue[ReasonCode] = field(default_factory=queue.Queue)
    granted: queue.Queue[int] = field(default_factory=queue.Queue)
    gone: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        self.where = (str(parts.hostname), int(parts.port or 0))
        clean = not self.client_id if self.clean is None else self.clean
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            clean_session=clean,
            reconnect_on_failure=False,
        )
        if parts.username:
            self.client.username_pw_set(parts.username, parts.password)
        if self.shown is not None:
            self.client.tls_set_context(self.shown.context())
        self.client.on_message = self._hear
        self.client.on_connect = lambda _c, _d, _f, code, _p: self.answers.put(code)
        self.client.on_subscribe = lambda _c, _d, _m, codes, _p: self.granted.put(codes[0].value)
        self.client.on_disconnect = lambda *_: self.gone.set()

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.put((message.topic, bytes(message.payload)))

    def __enter__(self) -> Self:
        self.client.connect(*self.where)
        self.client.loop_start()
        assert not self.answers.get(timeout=SOON).is_failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def is_let_in(self) -> bool:
        """Whether the broker lets it in; it leaves again."""
        try:
            self.client.connect(*self.where)
        except (OSError, ssl.SSLError):
            return False
        self.client.loop_start()
        try:
            # TLS 1.3 refuses a client's certificate after the handshake: by closing.
            while not self.gone.is_set():
                try:
                    return not self.answers.get(timeout=0.05).is_failure
                except queue.Empty:
                    continue
            return not self.answers.empty() and not self.answers.get().is_failure
        finally:
            self.client.disconnect()
            self.client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Returns when it is acknowledged."""
        self.client.publish(topic, payload, qos=1).wait_for_publish(SOON)

    def subscribe(self, topic: str) -> int:
        """What the broker granted; 0x80 is a refusal."""
        self.client.subscribe(topic, qos=1)
        return self.granted.get(timeout=SOON)

    def hear(self) -> tuple[str, bytes]:
        """The next message."""
        return self.heard.get(timeout=SOON)
