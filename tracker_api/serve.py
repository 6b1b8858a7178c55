"""The API as a process: uvicorn with our farewell, and sockets that can be given up."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.protocol import State

from store.database import Database
from store.maintenance import Retention
from tracker_api.app import RETENTION, create_app
from tracker_api.connection import connection
from tracker_api.runtime import Runtime
from tracker_api.settings import Api

#: s; for a farewell to leave before the connections are closed
FAREWELL = 0.2

#: Frames that are no message (pings, pongs, further fragments) which a client may send within
#: ``STRETCH`` s.  Libraries ping every twenty seconds, and browsers divide nothing of our size;
#: each costs the loop time or, a fragment without bytes, memory that no limit of messages counts.
MOST_FRAMES = 1000
STRETCH = 10.0

#: 1008 of RFC 6455: policy violation.
POLICY = 1008

#: s; how long a client that took nothing may still take the reason why it is closed
LAST_CHANCE = 1.0


class LiveProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which the application can also give up on, and hand wire bytes to.

    ASGI's close waits until everything before it was taken, so it never ends for a client
    that takes nothing; ``scope["state"]["give_up"](code)`` closes without waiting.

    ASGI's send wakes a task and frames a message anew for every client; what a thousand are told
    alike ``scope["state"]["carry"](messages)`` writes as it is.
    """

    odd, since = 0, 0.0  #: frames that were no message, and since when they are counted

    def handle_cont(self, event: Frame) -> None:
        """Take a further fragment of a message."""
        if self._may_go_on():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, if what was sent before is taken: else answers would pile up here."""
        pong = b"".join(self.conn.data_to_send())
        if self._may_go_on() and self.writable.is_set():
            self.transport.write(pong)

    def handle_pong(self, event: Frame) -> None:
        """Take a sign of life."""
        if self._may_go_on():
            super().handle_pong(event)

    def _may_go_on(self) -> bool:
        """Count a frame that is no message; False: there were too many, and it is given up."""
        now = self.loop.time()
        if now - self.since > STRETCH:
            self.odd, self.since = 0, now
        self.odd += 1
        if self.odd == MOST_FRAMES + 1:
            self.transport.pause_reading()
            self.read_paused = True
            self.give_up(POLICY)
        return self.odd <= MOST_FRAMES

    async def run_asgi(self) -> None:
        """Serve one socket."""
        state: dict[str, Any] = self.scope["state"]
        state["give_up"] = self.give_up
        if not self.conn.extensions:  # else bytes on the wire are compressed, each client's own
            state["carry"] = self.carry
        await super().run_asgi()

    def carry(self, messages: bytes) -> bool:
        """Write whole messages; False, and nothing is written, if earlier ones were not taken."""
        is_open = self.conn.state is State.OPEN and not self.transport.is_closing()
        if not is_open or not self.writable.is_set():
            return False
        self.transport.write(messages)
        return True

    def give_up(self, code: int) -> None:
        """Close with ``code`` as soon as the client reads, and in any case soon."""
        if not self.close_sent and not self.transport.is_closing():
            self.conn.send_close(code)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.loop.call_later(LAST_CHANCE, self.transport.abort)


class Server(uvicorn.Server):
    """uvicorn that says when it listens, ends on request, and says bye to live clients."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: FastAPI,
        stop: threading.Event | None,
        on_ready: Callable[[str], None] | None,
    ) -> None:
        super().__init__(config)
        self._app, self._stop, self._on_ready = app, stop, on_ready

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 (uvicorn's signature)
        """Listen, then tell where."""
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            scheme = "https" if self.config.is_ssl else "http"
            named = f"[{host}]" if ":" in host else host
            self._on_ready(f"{scheme}://{named}:{port}")

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now."""
        asked = self._stop is not None and self._stop.is_set()
        return await super().on_tick(counter) or asked

    async def shutdown(self, sockets: Any = None) -> None:  # noqa: ANN401 (uvicorn's signature)
        """Say bye, then close."""
        runtime: Runtime = self._app.state.runtime
        runtime.hub.dismiss_all("the server restarts")
        await asyncio.sleep(FAREWELL if runtime.hub.clients else 0)
        await super().shutdown(sockets)


def serve(
    settings: Api,
    database: Database,
    *,
    zone: str = "UTC",
    retention: Retention = RETENTION,
    stop: threading.Event | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until a signal comes or ``stop`` is set.

    ``retention`` is what the worker keeps by.  ``on_ready`` is told the address, as a URL, once
    requests are answered; with port 0 it is the only one who knows it.

    Raises:
        SettingInvalid: strangers could reach it.
    """
    app = create_app(settings, database, zone=zone, retention=retention)
    # At debug level it logs the frames of sockets: what a client sends first may be a secret.
    log = logging.getLogger("uvicorn.error")
    log.setLevel(max(log.getEffectiveLevel(), logging.INFO))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=connection(settings.serving, app.state.metrics),
        ssl_certfile=settings.serving.certificate,
        ssl_keyfile=settings.serving.certificate_key,
        forwarded_allow_ips=list(settings.serving.proxies),
        ws=LiveProtocol,
        ws_max_size=settings.live.max_message,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.shutdown)),
        lifespan="on",
    )
    Server(config, app, stop, on_ready).run()
