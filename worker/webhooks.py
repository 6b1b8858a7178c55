"""Webhooks: one signed request to where a webhook may go, and what came of it.

A connection per request: one kept open may have died unnoticed, and then nobody knows whether
the request was taken.  It goes to the very address that was looked at, so that a name cannot
answer with a public address first and with ours then (DNS rebinding).
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore

from shipment.targets import Guard, refuse_address, refuse_url

_GONE = 410
_BUSY = (429, 503)  #: they may say when to come back
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try."""

    ok: bool
    detail: str
    status: int | None = None  #: of HTTP
    unknown: bool = False  #: it may have been taken all the same
    gone: bool = False  #: the receiver wants nothing any more
    wait: float = 0.0  #: s that it asked us to wait; 0 nothing


class Refused(Exception):
    """Nothing may be sent there; says why."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one try."""

    connect: float = 5.0  #: s
    whole: float = 20.0  #: s from the first byte to the last one; Standard Webhooks has 15 to 30
    answer: int = 16_384  #: bytes of an answer that are read; nothing in them is needed


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, by the system's resolver.

    Raises:
        OSError: there is no such host, or nobody who knows.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Hooks:
    """Sends webhooks; may be used by several threads at once."""

    def __init__(
        self,
        guard: Guard,
        patience: Patience,
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self._guard, self._patience, self._resolve = guard, patience, resolver

    def post(self, url: str, headers: Mapping[str, str], content: bytes) -> Outcome:
        """Send one request; a redirect is not followed, only a 2xx is success."""
        if why := refuse_url(url, self._guard):
            return Outcome(ok=False, detail=f"refused: {why}")
        target = httpcore.URL(url)
        door = _Door(self._guard, self._resolve, time.monotonic() + self._patience.whole)
        sent = [(b"Host", _host(target)), (b"Connection", b"close")]
        sent += [(name.encode(), value.encode()) for name, value in headers.items()]
        sent.append((b"Content-Length", str(len(content)).encode()))
        secure = tls() if target.scheme == b"https" else None
        timeouts = {"connect": self._patience.connect, "read": None, "write": None}
        try:
            with (
                httpcore.HTTPConnection(target.origin, secure, network_backend=door) as line,
                line.stream(
                    "POST",
                    target,
                    headers=sent,
                    content=content,
                    extensions={"timeout": timeouts},
                ) as response,
            ):
                status, told = response.status, dict(response.headers)
                self._read_some(response)
        except Refused as why_not:
            return Outcome(ok=False, detail=f"refused: {why_not}")
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            return Outcome(ok=False, detail=f"no connection: {_plain(error)}")
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            return Outcome(ok=False, detail=f"no answer: {_plain(error)}", unknown=True)
        return _outcome(status, told)

    def _read_some(self, response: httpcore.Response) -> None:
        """Let the receiver finish, within limits; the status has come, the rest may fail."""
        read = 0
        try:
            for chunk in response.iter_stream():
                read += len(chunk)
                if read >= self._patience.answer:
                    return
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
            return


class _Door(httpcore.NetworkBackend):
    """Connects to addresses that were looked at; everything ends at ``deadline`` (monotonic s)."""

    def __init__(
        self, guard: Guard, resolver: Callable[[str, int], list[str]], deadline: float
    ) -> None:
        self._guard, self._resolve, self._deadline = guard, resolver, deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first of the host's addresses that takes one."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its name is not known") from error
        if not self._guard.allows(host):
            for address in addresses:
                if why := refuse_address(address):
                    raise Refused(why)
        failed: Exception = httpcore.ConnectError("its name has no address")
        for address in addresses:
            left = min(timeout or _left(self._deadline), _left(self._deadline))
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Timed(stream, self._deadline)
        raise failed


class _Timed(httpcore.NetworkStream):
    """A connection on which nothing lasts beyond ``deadline``, however slowly it comes."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout  # the deadline is the limit
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Timed(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        return self._stream.get_extra_info(info)


@cache
def tls() -> ssl.SSLContext:
    """Trusts the usual authorities, and those that this machine does."""
    context = httpcore.default_ssl_context()
    context.load_default_certs()
    return context


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0.0:
        raise httpcore.ReadTimeout("it took too long")
    return left


def _host(target: httpcore.URL) -> bytes:
    usual = {b"http": 80, b"https": 443}[target.scheme]
    host = b"[" + target.host + b"]" if b":" in target.host else target.host
    port = target.port
    return host if port in {None, usual} else host + b":" + str(port).encode()


def _outcome(status: int, headers: Mapping[bytes, bytes]) -> Outcome:
    if 200 <= status < 300:  # noqa: PLR2004 - what success is
        return Outcome(ok=True, detail="", status=status)
    gone = status == _GONE
    wait = 0.0
    if status in _BUSY:
        lower = {name.lower(): value for name, value in headers.items()}
        asked = lower.get(b"retry-after", b"")
        wait = float(asked) if asked.isdigit() else 0.0
    detail = "it wants nothing any more (410 Gone)" if gone else f"answered {status}"
    return Outcome(ok=False, detail=detail, status=status, gone=gone, wait=wait)


def _plain(error: Exception) -> str:
    """What happened, without what the other side may have written into it."""
    return f"{type(error).__name__}: {error}"[:200]
