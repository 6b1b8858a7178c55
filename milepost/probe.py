"""Health and metrics of a process that has no web server of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from fleet.errors import SettingInvalid


@dataclass(frozen=True, slots=True)
class Probe:
    """Where gateway and worker answer ``/health/live``, ``/health/ready`` and ``/metrics``."""

    host: str = "127.0.0.1"  #: address; it asks for no token, so let no stranger reach it
    port: int = 0  #: TCP; 0 takes a free one, which is logged


class ProbeServer(AbstractContextManager["ProbeServer"]):
    """A small HTTP server in threads of its own, for the length of a ``with``.

    Raises:
        SettingInvalid: it cannot listen there.
    """

    def __init__(
        self,
        probe: Probe,
        registry: CollectorRegistry,
        problems: Callable[[], Mapping[str, str]],
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = answer(self.path, registry, problems)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
                """Say nothing: a probe comes every few seconds."""

        try:
            self._server = ThreadingHTTPServer((probe.host, probe.port), Handler)
        except (OSError, OverflowError) as error:  # taken, no address of ours, no port at all
            raise SettingInvalid(
                f"MILEPOST_PROBE__PORT: nothing can listen on {probe.host}:{probe.port}: {error}"
            ) from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="probe")
        self._thread.daemon = True

    @property
    def address(self) -> str:
        """``http://host:port``."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def answer(
    path: str, registry: CollectorRegistry, problems: Callable[[], Mapping[str, str]]
) -> tuple[int, str, bytes]:
    """Status, content type and body for a path."""
    match path.partition("?")[0]:
        case "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
        case "/health/live":
            return 200, "application/json", b'{"live": true}'
        case "/health/ready":
            found = dict(problems())
            ready = not any(found.values())
            parts = {part: problem or "ok" for part, problem in found.items()}
            body = orjson.dumps({"ready": ready} | parts)
            return 200 if ready else 503, "application/json", body
        case _:
            return 404, "text/plain; charset=utf-8", b"/health/live, /health/ready, /metrics\n"
