"""Connections that cost more than they should, and the headers of every answer."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from fleet.errors import SettingInvalid
from fleet.rights import Role
from tests.fix_api import SOON, FleetHand, Running, Start
from tests.fix_people import Desk
from tests.waiting import await_true
from tracker_api import Api
from tracker_api.settings import Serving, require_safe

pytestmark = pytest.mark.db

#: What is decided by waiting is decided soon.
HASTY = Serving(head=0.3, body=0.3, body_rate=100_000, taking=0.3, max_connections=12)

REQUEST = b"POST /api/v1/vehicles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"

#: Headers that every answer has, whoever asks what.
DRESS = {
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "referrer-policy",
    "x-content-type-options",
}


@pytest.fixture
def hasty(start_api: Start, hand: FleetHand) -> Iterator[Running]:
    hand.seed(3)
    with start_api(serving=HASTY) as running:
        yield running


@contextmanager
def line(running: Running) -> Iterator[socket.socket]:
    """A connection on which nobody keeps the rules."""
    where = urlsplit(running.address)
    with socket.create_connection((where.hostname, where.port), SOON) as made:
        yield made


def all_of(made: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := made.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def cut_off(running: Running, why: str) -> float:
    text = httpx.get(f"{running.address}/metrics").text
    name = f'milepost_api_cut_off_total{{why="{why}"}} '
    return sum(float(row.removeprefix(name)) for row in text.splitlines() if row.startswith(name))


def test_whoever_is_slow_is_cut_off_and_nobody_else_notices(hasty: Running) -> None:
    with line(hasty) as silent, line(hasty) as dripping:
        dripping.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n")
        assert all_of(silent) == b""
        with contextlib.suppress(OSError):  # one byte at a time buys no more time
            await_true(lambda: dripping.send(b"X") == 0, "to be cut off")
    assert cut_off(hasty, "head") == 2
    with line(hasty) as kept:  # also between two requests
        kept.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"HTTP/1.1 200" in kept.recv(65_536)
        kept.sendall(b"GET /he")
        assert b"HTTP/1.1" not in all_of(kept)
    assert cut_off(hasty, "head") == 3
    with line(hasty) as body:
        body.sendall(REQUEST + b"Content-Length: 1000\r\n\r\n{")
        assert b"HTTP/1.1 408" in all_of(body)
    with hasty.client() as client:
        assert client.get("/api/v1/vehicles").status_code == 200


def test_a_body_that_comes_at_a_pace_has_its_time(hasty: Running) -> None:
    pieces = (b" " * 10_000 for _ in range(6))  # each earns a tenth of a second
    with hasty.client() as client:
        answer = client.post("/api/v1/vehicles", content=pieces)
        assert answer.status_code == 422


def test_whoever_takes_no_answer_is_cut_off_and_whoever_takes_it_slowly_gets_it(
    start_api: Start, tmp_path: Path
) -> None:
    (tmp_path / "index.html").touch()
    size = 16_000_000  # more than the system keeps for both sides
    (tmp_path / "large.bin").write_bytes(bytes(size))
    ask = b"GET /large.bin HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with start_api(serving=HASTY, console=tmp_path) as running:
        with line(running) as made:
            made.sendall(ask)
            await_true(lambda: cut_off(running, "taking") == 1, "who reads nothing to be cut off")
        with line(running) as slow:
            slow.sendall(ask)
            taken = 0
            while part := slow.recv(1_000_000):
                taken += len(part)
                time.sleep(HASTY.taking / 20)  # slow, as a bad line is: that is the situation
            assert taken > size
        assert cut_off(running, "taking") == 1


def test_one_connection_too_many_ends_and_the_others_go_on(hasty: Running) -> None:
    with hasty.client() as client, contextlib.ExitStack() as stack:
        assert client.get("/health/live").status_code == 200  # and its connection is kept
        others = [stack.enter_context(line(hasty)) for _ in range(HASTY.max_connections + 3)]
        assert {all_of(other) for other in others} == {b""}
        assert client.get("/health/live").status_code == 200
    assert cut_off(hasty, "full") >= 3


def test_methods_that_a_client_invents_are_one_label(hasty: Running) -> None:
    with hasty.client() as client:
        for number in range(3):
            assert client.request(f"FOO{number}", "/api/v1/vehicles").status_code == 405
        text = client.get("/metrics").text
    assert "FOO" not in text
    assert 'method="other"' in text


def test_every_answer_is_dressed_also_to_a_bug_and_nobody_elsewhere_may_read(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("store.vehicles.list_vehicles", bug)
    evil = {"Origin": "https://evil.example"}
    preflight = evil | {"Access-Control-Request-Method": "POST"}
    answers = {
        200: api.get("/api/v1/sites"),
        422: api.post("/api/v1/vehicles", json={}),
        413: api.post("/api/v1/vehicles", content=b" " * 70_000),
        403: api.get("/api/v1/sites", headers=evil),
        404: api.get("/api/v1/nothing"),
        405: api.options("/api/v1/vehicles", headers=preflight),
        500: api.get("/api/v1/vehicles"),  # the last one: after it the connection is closed
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers.keys() >= DRESS, status
        assert not [name for name in answer.headers if name.startswith("access-control")], status
        if answer.url.path.startswith("/api/"):
            assert answer.headers["cache-control"] == "no-store", status
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"plate":' * 7_000,
        b'{"plate": ' + b"9" * 60_000 + b"}",
        b'{"plate": "\xff"}',
        b"\x1f\x8b" + b"\0" * 100,
        b'{"plate": NaN}',
    ],
    ids=["deep list", "deep object", "long number", "no utf-8", "compressed", "no number"],
)
def test_a_body_that_is_made_to_hurt_is_refused(api: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = api.post("/api/v1/vehicles", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_head_without_end_is_refused(hasty: Running) -> None:
    with line(hasty) as made:
        with contextlib.suppress(OSError):
            made.sendall(b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 200_000)
        assert b"HTTP/1.1 400" in all_of(made)[:12]


def test_a_person_and_a_key_are_slowed_down_each_for_themselves(
    start_api: Start, desk: Desk
) -> None:
    desk.people.let_in("ann", Role.CS_AGENT)
    desk.people.let_in("bob", Role.CS_AGENT)
    few = Serving(per_person=5, refused=3)
    with start_api(serving=few) as running:
        rushed = Desk(running, desk.people, contextlib.ExitStack())
        ann, bob, nobody = rushed.sign_in("ann"), rushed.sign_in("bob"), rushed.client()
        told = [ann.get("/api/v1/session").status_code for _ in range(6)]
        assert (told[:4], told[-1]) == ([200] * 4, 429)
        answer = ann.get("/api/v1/session")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert answer.json()["detail"] == "asked too often; please wait"
        assert bob.get("/api/v1/session").status_code == 200
        with running.listen(headers=rushed.cookies(ann)) as ear:
            bye = ear.hear("bye")
        assert (bye["code"], "too often" in bye["reason"]) == ("limit", True)
        refused = [nobody.get("/api/v1/session").status_code for _ in range(5)]
        assert (refused[0], refused[-1]) == (401, 429)
        assert bob.get("/api/v1/session").status_code == 200
        for client in (ann, bob, nobody):
            client.close()


def test_with_a_certificate_only_https_is_spoken_and_the_browser_told_so(
    start_api: Start, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "api.pem")
    )
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with start_api(serving=Serving(certificate=tmp_path / "api.pem")) as running:
        assert running.address.startswith("https://127.0.0.1:")
        answer = httpx.get(f"{running.address}/health/live", verify=trusting)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        with pytest.raises(httpx.TransportError):
            httpx.get(running.address.replace("https", "http") + "/health/live")


def test_a_key_without_a_certificate_refuses_to_start() -> None:
    with pytest.raises(SettingInvalid, match="CERTIFICATE"):
        require_safe(Api(serving=Serving(certificate_key=Path("key.pem"))))
