"""Ways by road from a routing engine that answers, refuses, dawdles or talks nonsense."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import polyline
import pytest

from tracker_api.routing import NoWay, router_of
from tracker_api.settings import Routing

PLACES = [(121.47, 31.23), (120.62, 31.32), (114.3, 30.6)]
ROAD = [(121.47, 31.23), (121.0, 31.3), (120.62, 31.32), (117.0, 31.0), (114.3, 30.6)]

Reply = tuple[int, bytes]


class Engine:
    """A routing engine on a free port that says what it is told to say."""

    def __init__(self, reply: Callable[[], Iterator[bytes]], status: int) -> None:
        asked: list[tuple[str, str, bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.command, self.path, b""))
                self.answer()

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                asked.append((self.command, self.path, self.rfile.read(length)))
                self.answer()

            def answer(self) -> None:
                self.send_response(status)
                self.end_headers()
                try:
                    for piece in reply():
                        self.wfile.write(piece)
                        self.wfile.flush()
                except OSError:
                    pass  # the client has had enough

            def log_message(self, *_: object) -> None:
                pass

        self.asked = asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def engine(body: bytes | Callable[[], Iterator[bytes]], status: int = 200) -> Iterator[Engine]:
    reply = (lambda: iter([body])) if isinstance(body, bytes) else body
    made = Engine(reply, status)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


def osrm(line: object) -> bytes:
    return orjson.dumps({"code": "Ok", "routes": [{"geometry": {"coordinates": line}}]})


def valhalla(*legs: list[tuple[float, float]]) -> bytes:
    shapes = [{"shape": polyline.encode(leg, 6, geojson=True)} for leg in legs]
    return orjson.dumps({"trip": {"status": 0, "legs": shapes}})


def asked_of(url: str, kind: Any = "osrm", **limits: Any) -> list[tuple[float, float]] | NoWay:  # noqa: ANN401 (settings)
    return router_of(Routing(url, kind, **limits)).way(PLACES)


def test_osrm_is_asked_for_the_whole_line_through_all_places() -> None:
    with engine(osrm(ROAD)) as running:
        assert asked_of(running.url) == ROAD
    ((method, path, _),) = running.asked
    assert method == "GET"
    through = "121.470000,31.230000;120.620000,31.320000;114.300000,30.600000"
    assert path.startswith(f"/route/v1/driving/{through}?")
    assert "overview=full" in path
    assert "geometries=geojson" in path


def test_valhalla_is_asked_for_lorries_and_its_legs_are_joined() -> None:
    with engine(valhalla(ROAD[:3], ROAD[2:])) as running:
        assert asked_of(running.url, "valhalla") == ROAD
    ((method, path, body),) = running.asked
    assert (method, path) == ("POST", "/route")
    told = orjson.loads(body)
    assert told["costing"] == "truck"
    assert [(each["lon"], each["lat"]) for each in told["locations"]] == PLACES


def test_without_an_engine_there_is_no_way_and_the_setting_is_named() -> None:
    said = asked_of("")
    assert isinstance(said, NoWay)
    assert "MILEPOST_ROUTING_URL" in said.why


@pytest.mark.parametrize(
    ("kind", "body", "status", "why"),
    [
        ("osrm", b'{"code": "NoRoute", "message": "Impossible route"}', 400, "Impossible route"),
        ("valhalla", b'{"error_code": 442, "error": "No path"}', 400, "No path"),
        ("osrm", b'{"code": "NoSegment"}', 400, "NoSegment"),
        ("osrm", b"<html>502</html>", 502, "502 without JSON"),
        ("osrm", b"[]", 200, "no object"),
        ("osrm", b"", 200, "without JSON"),
        ("osrm", b'{"routes": []}', 200, "holds no line"),
        ("osrm", osrm(None), 200, "holds no line"),
        ("osrm", osrm([[1]]), 200, "holds no line"),
        ("osrm", osrm([["east", "north"]]), 200, "holds no line"),
        ("valhalla", b'{"trip": 1}', 200, "holds no line"),
        ("valhalla", b'{"trip": {"legs": [{"shape": "~"}]}}', 200, "holds no line"),
        ("valhalla", b'{"trip": {"legs": [{"shape": "\\u4e0a"}]}}', 200, "holds no line"),
        ("valhalla", b'{"trip": {"legs": [{"shape": null}]}}', 200, "holds no line"),
    ],
)
def test_a_refusal_or_nonsense_is_no_way_and_says_why(
    kind: str, body: bytes, status: int, why: str
) -> None:
    with engine(body, status) as running:
        said = asked_of(running.url, kind)
    assert isinstance(said, NoWay)
    assert why in said.why


def test_a_run_of_continuations_is_refused_at_once() -> None:
    shape = {"trip": {"legs": [{"shape": "~" * 1_000_000 + "?"}]}}
    began = time.monotonic()
    with engine(orjson.dumps(shape)) as running:
        assert isinstance(asked_of(running.url, "valhalla"), NoWay)
    assert time.monotonic() - began < 5


def test_an_engine_that_dawdles_is_not_waited_for() -> None:
    released = threading.Event()

    def drip() -> Iterator[bytes]:
        # Each piece comes in time; all of them together do not.
        while not released.wait(0.05):
            yield b" "

    began = time.monotonic()
    with engine(drip) as running:
        said = asked_of(running.url, timeout=0.3)
        released.set()
    assert isinstance(said, NoWay)
    assert "0.3 s" in said.why
    assert time.monotonic() - began < 5


def test_an_engine_that_is_not_there_is_no_way() -> None:
    with engine(b"") as running:
        url = running.url
    said = asked_of(url)
    assert isinstance(said, NoWay)
    assert "could not be asked" in said.why


def test_an_answer_without_end_is_cut_off() -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 65_536

    with engine(endless) as running:
        said = asked_of(running.url, max_answer=200_000)
    assert isinstance(said, NoWay)
    assert "too long" in said.why


def test_no_redirect_is_followed() -> None:
    with engine(b"{}", 302) as running:
        said = asked_of(running.url)
    assert isinstance(said, NoWay)
    assert "302" in said.why
    assert len(running.asked) == 1
