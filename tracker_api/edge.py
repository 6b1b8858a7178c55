"""The outermost layer of every request: size limit, headers, counts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker_api.metrics import Metrics
from tracker_api.problems import problem


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
    ) -> None:
        """``larger``: bodies of paths that begin so may have as many bytes; the longest counts."""
        self._app, self._metrics = app, metrics
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
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            most = self._most(scope["path"])
            if _stated(scope) > most:
                answer = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _limit(most))
                await answer(scope, receive, dressed)
            else:
                await self._app(scope, _counted(receive, most), dressed)
        finally:
            method, route = scope["method"], _route(scope)
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)

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


def _counted(receive: Receive, most: int) -> Receive:
    """``receive`` that refuses a body without a stated length once it is too large."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _limit(most))
        return message

    return counted


def _limit(most: int) -> str:
    return f"a request's body may have {most} bytes"


def _route(scope: Scope) -> str:
    """The pattern of the path, so that plates do not become label values."""
    return getattr(scope.get("route"), "path", "other")
