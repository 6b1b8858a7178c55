"""A client's connection: uvicorn's HTTP, which gives up on who sends or takes nothing.

uvicorn waits for ever for the first request of a connection, and for whoever does not read an
answer; a few thousand such connections would be all that the process can have.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tracker_api.metrics import Metrics
from tracker_api.settings import Serving


class Connection(H11Protocol):
    """One connection until it ends or becomes a socket; made by ``connection``."""

    rules: ClassVar[Serving]
    metrics: ClassVar[Metrics]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (uvicorn's signature)
        super().__init__(*args, **kwargs)
        self._head: asyncio.TimerHandle | None = None  #: ends who is slow with a request's head
        self._taking: asyncio.TimerHandle | None = None  #: looks whether an answer is taken
        self._left = 0  #: bytes of it that the client had not taken when that was last looked at

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begin; one too many ends at once."""
        super().connection_made(transport)
        if len(self.connections) > self.rules.max_connections:
            self._end("full")
        else:
            self._expect()

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head has as long as it has, however it is cut."""
        super().data_received(data)
        cycle = self.cycle  # None before the first request, whatever uvicorn declares
        if cycle is not None and not cycle.response_complete:  # type: ignore[redundant-expr]
            self._calm()
        elif self._head is None and self.transport.get_protocol() is self:
            self._expect()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Give the connection away: sockets have limits of their own."""
        self._calm()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """The client does not take what there is."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """It has taken nearly everything."""
        super().resume_writing()
        self._taken()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._calm()
        self._taken()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._head = self.loop.call_later(self.rules.head, self._end, "head")

    def _calm(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _look(self) -> None:
        """Give up if nothing was taken since the last look, else look again."""
        left = self.transport.get_write_buffer_size()
        if self._taking is not None and left >= self._left:
            self._end("taking")
            return
        self._left = left
        self._taking = self.loop.call_later(self.rules.taking, self._look)

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _end(self, why: str) -> None:
        self.metrics.cut_off.labels(why).inc()
        self.transport.abort()


def connection(rules: Serving, metrics: Metrics) -> type[Connection]:
    """The class that uvicorn makes an instance of for each connection."""
    return type("Connection", (Connection,), {"rules": rules, "metrics": metrics})
