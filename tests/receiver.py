"""An HTTP receiver for tests of webhooks, on a free port of this machine."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]  #: names in lower case
    body: bytes
    at: float  #: monotonic s

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")


#: What is done with a request: a status (accepted where 2xx), ``cut`` and ``hang`` after it was
#: accepted, ``drop`` (not accepted, no answer); a tuple adds headers.
Answer = int | str | tuple[int, dict[str, str]]


@dataclass
class Receiver:
    """Answers as ``decide`` says and remembers what it took."""

    decide: Callable[[Received], Answer] = lambda _request: 204
    seen: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)
    port: int = 0
    certificate: Path | None = None  #: with its key; without one it speaks plain HTTP

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receiver")
        self._thread.start()
        assert self._ready.wait(10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10.0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        secure = None
        if self.certificate is not None:
            secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            secure.load_cert_chain(self.certificate)
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0, ssl=secure)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the sender was killed, or the test is over
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        named = dict(line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in named.items()}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(head[0].split(" ")[1], headers, body, time.monotonic())
        self.seen.append(request)
        decided = self.decide(request)
        status, more = decided if isinstance(decided, tuple) else (decided, {})
        if status in {"cut", "hang"} or (isinstance(status, int) and 200 <= status < 300):
            self.accepted.append(request)
        if status == "hang":
            await self._stop.wait()
        if not isinstance(status, int):
            writer.transport.abort()
            return
        lines = [f"HTTP/1.1 {status} said", "content-length: 0", "connection: close"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
