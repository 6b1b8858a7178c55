"""What strangers say to the API beside files: sockets, parameters, words for spreadsheets."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NoReturn

import numpy as np
import openpyxl
import orjson

import tracker_api.routes  # noqa: F401 (first: bodies refer to endpoints)
from fleet import numbers
from fleet.errors import Invalid
from fleet.views import Cursor, Position, Vehicle
from shipment.targets import Guard, refuse_address, refuse_url
from tests.attack.target import Target
from tracker_api import routing
from tracker_api.drawing import draw
from tracker_api.gate import Shown, bearer
from tracker_api.live import frames, messages
from tracker_api.live.messages import Refusal, State
from tracker_api.plain import printable
from tracker_api.routes import shared
from tracker_api.routes.parameters import window
from tracker_api.routing import NoWay, Place, router_of
from tracker_api.settings import Routing
from tracker_api.sheets import harmless, sheet
from tracker_api.trip_bodies import LineIn
from tracker_api.ways import read_box

_SUBSCRIBE = {"type": "subscribe", "v": 1, "token": "t", "cursor": "e-1:5", "bbox": [1, 2, 3, 4],
              "vehicles": ["A"], "format": "binary", "process": "p"}  # fmt: skip
_NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def check_subscriptions(data: bytes) -> None:
    """Any message on a socket is a subscription that can be used, or a refusal that can be told."""
    asked = messages.parse_subscribe(data)
    shared._token(data.decode(errors="replace")).encode(errors="replace")  # noqa: SLF001 (first words)
    if isinstance(asked, Refusal):
        messages.bye("bad-request", asked.why).encode()
        return
    asked.view()
    wanted = asked.filter()
    if wanted.box is not None:
        west, south, east, north = wanted.box
        assert -180 <= west <= 180
        assert -180 <= east <= 180
        assert -90 <= south <= north <= 90
    wanted.admits(State("A", None, 1.0, 2.0, ("A", *[None] * 17)))
    place = asked.place()
    assert place is None or 0 <= place.number < 2**63


def check_parameters(data: bytes) -> None:
    """Parts of addresses and headers: a value, or the error that becomes a problem."""
    text = data.decode(errors="replace")
    place = Cursor.parse(text)
    assert place is None or Cursor.parse(str(place)) == place
    for read in (lambda: read_box(text), lambda: _window(text)):
        try:
            read()
        except Invalid as error:
            orjson.dumps([error.where, error.why])
    known = numbers.normalise(text[:100])
    if known:
        assert numbers.normalise(known) == known
    kind = numbers.kind_of(known)
    if kind in {numbers.Kind.CODE, numbers.Kind.WRONG_CODE}:
        numbers.near(known)
    bearer(text)
    for shown in (Shown(host=text), Shown(origin=text, host=text), Shown(origin=text)):
        assert not (shown.is_local and shown.is_ours and not text.isprintable())
    printable(data)


def _window(text: str) -> None:
    start, _, end = text.partition("/")
    try:
        first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return
    begins, ends = window(first, last, 31)
    assert begins < ends


def check_targets(data: bytes) -> None:
    """An address of a webhook is refused in words, or leads outside."""
    text = data.decode(errors="replace")
    if not refuse_url(text, Guard()):
        assert text.isascii()
        assert text.startswith(("http", "HTTP", "Http", "hTTP")) or "://" in text
        for inside in ("127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "localhost:22"):
            assert not text.lower().startswith((f"http://{inside}/", f"https://{inside}/"))
    refuse_address(text)


_FORMULAS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def check_sheets(data: bytes) -> None:
    """Any text is text in a spreadsheet, and all of the table is there."""
    words = data.decode(errors="replace").split("\x01")
    for word in words:
        assert not harmless(word).lstrip(" \u3000").startswith(_FORMULAS)
    made = sheet("csv", "log", ["a"], [[word] for word in words], "UTC")
    found = list(csv.reader(io.StringIO(bytes(made.body).decode("utf-8-sig"), newline="")))
    assert len(found) == len(words) + 1
    book = bytes(sheet("xlsx", "log", ["a", "b"], [[word, "x"] for word in words], "UTC").body)
    page = openpyxl.load_workbook(io.BytesIO(book), read_only=True).active
    assert page is not None
    rows = list(page.iter_rows())
    assert len(rows) == len(words) + 1
    assert all(cell.data_type in {"s", "n"} for row in rows for cell in row)


_FIX = struct.Struct("<qqddffHB")


def check_frames(data: bytes) -> None:
    """States of any numbers make a frame whose columns can be read back, whole."""
    placed = []
    for number, cells in enumerate(_FIX.iter_unpack(data[: len(data) // _FIX.size * _FIX.size])):
        time, received, lon, lat, speed, course, flags, grade = cells
        if not (abs(lon) <= 180 and abs(lat) <= 90 and 0 <= speed < 2000 and 0 <= course <= 360):
            continue  # the decoder has seen to it
        at, came = (datetime.fromtimestamp(each % 4_102_444_800, UTC) for each in (time, received))
        position = Position(at, came, lon, lat, None, speed, course, None, None, grade % 4, flags)
        state = messages.state(Vehicle(f"P{number}", None, None, position, None, 0))
        placed.append((number, state))
    whole, told = frames.snapshot(placed, 7), 0
    assert len(whole) % 8 == 0
    while whole:
        magic, version, kind, _, count, _, number = frames.HEADER.unpack_from(whole)
        assert (magic, version, kind, number) == (0x4D, 1, 1, 7.0)
        size = frames.HEADER.size + count * 27
        lon = np.frombuffer(whole, "<i4", count, frames.HEADER.size)
        assert (np.abs(lon) <= 1_800_000_000).all()
        whole, told = whole[size + -size % 8 :], told + count
    assert told == len(placed)
    orjson.loads(messages.columns(state for _, state in placed))


def _positions() -> Sequence[bytes]:
    at = int(_NOON.timestamp())
    cells = (at, at + 1, 114.3, 30.6, 20.0, 90.0, 0, 0)
    return [_FIX.pack(*cells), _FIX.pack(*cells) + _FIX.pack(at - 10**8, *cells[1:])]


_STOPS = ((114.3, 30.6), (114.4, 30.7))


class _Answered:
    """A routing engine that has answered."""

    def __init__(self, kind: Literal["osrm", "valhalla"], status: int, body: bytes) -> None:
        self.kind, self._said = kind, (status, body)
        self._engine = router_of(Routing(url="http://127.0.0.1:1", kind=kind))

    def way(self, places: Sequence[Place]) -> list[Place] | NoWay:
        del places
        assert isinstance(self._engine, routing._Engine)  # noqa: SLF001 (what reads, without a network)
        try:
            return self._engine._understand(*self._said)  # noqa: SLF001
        except routing._Unusable as why:  # noqa: SLF001 (``way`` makes a sentence of it)
            return NoWay(str(why))


def _answers() -> Sequence[bytes]:
    line = {"coordinates": [[114.3, 30.6], [114.4, 30.7]]}
    osrm = {"code": "Ok", "routes": [{"geometry": line}]}
    valhalla = {"trip": {"legs": [{"shape": "_p~iF~ps|U_ulLnnqC"}, {"shape": "_p~iF~ps|U"}]}}
    return [b"0" + orjson.dumps(osrm), b"1" + orjson.dumps(valhalla), b'2{"message":"no way"}']


def check_routers(data: bytes) -> None:
    """Whatever a routing engine answers is a line or a sentence."""
    kind: Literal["osrm", "valhalla"] = "valhalla" if data[:1] == b"1" else "osrm"
    router = _Answered(kind, 400 if data[:1] == b"2" else 200, data[1:])
    drawn = draw(LineIn(format=kind), _STOPS, None, router, _nothing)
    if drawn.notice is not None:
        drawn.notice.encode()


def _nothing(asked: object) -> NoReturn:
    raise AssertionError(asked)


TARGETS = (
    Target(
        "subscriptions",
        check_subscriptions,
        lambda: [orjson.dumps(_SUBSCRIBE), b'{"token":"x"}'],
        (b'"bbox":[', b"1e308", b"-0.0", b'"json"', b"\\ud800", b"\\u0000"),
    ),
    Target(
        "parameters",
        check_parameters,
        lambda: [
            b"e-1:17", b"114,30,115,31", b"2026-05-04T00:00:00Z/2026-05-05T00:00:00+08:00",
            b"JD20241028000001", b"Bearer abc", b"http://127.0.0.1:8080", b"localhost:8080",
        ],
        (b"nan", b"inf", b"[::1]", b"9999-12-31", b"0001-01-01T00:00:00+23:59", b"\xef\xbc\xa1"),
        largest=512,
    ),
    Target(
        "targets",
        check_targets,
        lambda: [b"http://example.org/x", b"https://[2001:db8::1]:443/", b"http://2130706433/"],
        (b"127.0.0.1", b"0x7f.1", b"[::ffff:10.0.0.1]", b"@", b"%2e", b":22", b"localhost"),
        largest=256,
    ),
    Target(
        "sheets",
        check_sheets,
        lambda: [b"=1+1\x01+1\x01-1\x01@SUM(A1)", "\x01\t=1\x01门\x01，".encode()],
        (b"=HYPERLINK(", b"\xef\xbc\x9d", b"\xe2\x80\x8b=", b'"', b",", b"\r\n"),
        largest=512,
    ),
    Target("frames", check_frames, _positions),
    Target("routers", check_routers, _answers, (b'"routes"', b'"geometry"', b'"legs"', b'"shape"')),
)  # fmt: skip
