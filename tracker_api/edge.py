"""The outermost layer of every request: limits of size and pace, headers, counts.

A body must come at a pace, so that whoever sends one byte a minute does not hold a connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker_api.metrics import Metrics
from tracker_api.problems import problem
from tracker_api.settings import Serving

#: What a method is counted as; a client may invent as many more as it likes.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

#: Of answers over TLS: a browser asks for nothing in the clear any more, for a year.
HSTS = ("Strict-Transport-Security", "max-age=31536000")

#: Of answers that hold facts and do not say themselves how long they may be kept.
UNKEPT = ("Cache-Control", "no-store")
API = "/api/"


class Edge:
    """ASGI middleware; sockets pass through untouched."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        headers: Mapping[str, str],
        max_body: int,
        larger: Mapping[str, int] = MappingProxyType({}),
        pace: Serving | None = None,
    ) -> None:
        """``larger``: bodies of paths that begin so may have as many bytes; the longest counts."""
        self._app, self._metrics = app, metrics
        self._pace = pace or Serving()
        self._headers, self._max_body = dict(headers), max_body
        self._larger = sorted(larger.items(), key=lambda entry: -len(entry[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._dress(scope):
                    headers.setdefault(name, value)
            await send(message)

        try:
            most = self._most(scope["path"])
            if _stated(scope) > most:
                answer = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _limit(most))
                await answer(scope, receive, dressed)
            else:
                await self._app(scope, _counted(receive, most, self._pace), dressed)
        finally:
            method, route = _method(scope), _route(scope)
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)

    def _dress(self, scope: Scope) -> Iterator[tuple[str, str]]:
        """The headers that an answer has unless it says otherwise."""
        yield from self._headers.items()
        if scope["scheme"] == "https":
            yield HSTS
        if scope["path"].startswith(API):
            yield UNKEPT

    def _most(self, path: str) -> int:
        """Bytes that a request to ``path`` may have."""
        larger = (most for prefix, most in self._larger if path.startswith(prefix))
        return next(larger, self._max_body)


def _stated(scope: Scope) -> int:
    """The length that the request says it has; 0 where it says none."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _counted(receive: Receive, most: int, pace: Serving) -> Receive:
    """``receive`` that refuses a body once it is too large, or slower than ``pace``."""
    taken, began, is_coming = 0, time.monotonic(), True

    async def counted() -> Message:
        nonlocal taken, is_coming
        if not is_coming:  # what is waited for now is that the client leaves
            return await receive()
        try:
            async with asyncio.timeout_at(_due(began, taken, pace)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT, "the body comes too slowly", {"Connection": "close"}
            ) from None
        taken += len(message.get("body", b""))
        is_coming = bool(message.get("more_body"))
        if taken > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _limit(most))
        return message

    return counted


def _due(began: float, taken: int, pace: Serving) -> float:
    """When the next piece must have come, by the loop's clock."""
    left = began + pace.body + taken / pace.body_rate - time.monotonic()
    return asyncio.get_running_loop().time() + left


def _limit(most: int) -> str:
    return f"a request's body may have {most} bytes"


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in METHODS else "other"


def _route(scope: Scope) -> str:
    """The pattern of the path, so that plates do not become label values."""
    return getattr(scope.get("route"), "path", "other")
