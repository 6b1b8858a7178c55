from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from shipment.targets import Guard
from tests.receiver import Answer, Receiver
from worker import webhooks
from worker.webhooks import Hooks, Patience

HERE = Guard(("127.0.0.1",))
PATIENCE = Patience(connect=1.0, whole=1.0)


def post(receiver: Receiver, guard: Guard = HERE) -> tuple[bool, int | None, bool]:
    outcome = Hooks(guard, PATIENCE).post(receiver.url, {"webhook-id": "1"}, b"{}")
    return outcome.ok, outcome.status, outcome.unknown


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (200, (True, 200, False)),
        (204, (True, 204, False)),
        ((302, {"location": "http://127.0.0.1:1/"}), (False, 302, False)),
        (404, (False, 404, False)),
        (500, (False, 500, False)),
        ("cut", (False, None, True)),
        ("drop", (False, None, True)),
    ],
)
def test_only_a_2xx_is_success_and_a_lost_answer_is_no_failure(
    answer: Answer, expected: tuple[bool, int | None, bool]
) -> None:
    with Receiver(lambda _request: answer) as receiver:
        assert post(receiver) == expected
        assert len(receiver.seen) == 1  # nothing was followed, nothing repeated


def test_a_410_says_that_nothing_is_wanted_any_more() -> None:
    with Receiver(lambda _request: 410) as receiver:
        outcome = Hooks(HERE, PATIENCE).post(receiver.url, {}, b"{}")
    assert outcome.gone


@pytest.mark.parametrize(("status", "wait"), [(429, 120.0), (503, 120.0), (500, 0.0)])
def test_a_busy_receiver_says_when_to_come_back(status: int, wait: float) -> None:
    with Receiver(lambda _request: (status, {"Retry-After": "120"})) as receiver:
        assert Hooks(HERE, PATIENCE).post(receiver.url, {}, b"{}").wait == wait


def test_a_receiver_that_never_answers_is_not_waited_for_longer_than_it_may() -> None:
    began = time.monotonic()
    with Receiver(lambda _request: "hang") as receiver:
        assert post(receiver) == (False, None, True)
    assert 0.9 < time.monotonic() - began < 5.0


def test_an_answer_that_drips_is_not_waited_for_either() -> None:
    began = time.monotonic()
    with dripping() as port:
        outcome = Hooks(HERE, PATIENCE).post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert (outcome.ok, outcome.unknown) == (False, True)
    assert time.monotonic() - began < 5.0


def test_where_nobody_listens_nothing_was_taken() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        port = unused.getsockname()[1]
    outcome = Hooks(HERE, PATIENCE).post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert (outcome.ok, outcome.unknown) == (False, False)
    assert "no connection" in outcome.detail


def test_this_machine_is_not_reached_unless_it_is_named() -> None:
    with Receiver() as receiver:
        assert post(receiver, Guard()) == (False, None, False)
        assert receiver.seen == []


def test_a_name_of_this_machine_is_not_reached_either() -> None:
    with Receiver() as receiver:
        hooks = Hooks(Guard(), PATIENCE, lambda _host, _port: ["127.0.0.1"])
        outcome = hooks.post(f"http://erp.example:{receiver.port}/", {}, b"{}")
        assert "not a public address" in outcome.detail
        assert receiver.seen == []


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind() -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    with Receiver() as receiver:
        hooks = Hooks(Guard(("erp.example",)), PATIENCE, lambda _host, _port: answers.pop(0))
        outcome = hooks.post(f"http://erp.example:{receiver.port}/in", {}, b"{}")
        assert outcome.ok
        assert len(answers) == 1
        assert receiver.seen[0].headers["host"] == f"erp.example:{receiver.port}"


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    hooks = Hooks(Guard(), PATIENCE, lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    assert "10.0.0.1" in hooks.post("http://erp.example/", {}, b"{}").detail


def test_an_unknown_name_is_no_connection() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    outcome = Hooks(Guard(), PATIENCE, unknown).post("http://erp.example/", {}, b"{}")
    assert (outcome.unknown, outcome.detail.partition(":")[0]) == (False, "no connection")


def test_who_answers_over_tls_must_be_who_was_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, pem = trustme.CA(), tmp_path / "erp.example.pem"
    authority.issue_cert("erp.example").private_key_and_cert_chain_pem.write_to_path(str(pem))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    hooks = Hooks(
        Guard(("erp.example", "other.example")), PATIENCE, lambda _host, _port: ["127.0.0.1"]
    )
    with Receiver(certificate=pem) as receiver:
        ours, other = (
            f"https://{name}:{receiver.port}/" for name in ("erp.example", "other.example")
        )
        assert "CERTIFICATE_VERIFY_FAILED" in hooks.post(ours, {}, b"{}").detail  # nobody's
        monkeypatch.setattr(webhooks, "tls", lambda: trusting)
        assert hooks.post(ours, {}, b"{}").ok
        assert "Hostname mismatch" in hooks.post(other, {}, b"{}").detail
        assert len(receiver.seen) == 1


@contextmanager
def dripping() -> Iterator[int]:
    """A server whose answer has a byte every 50 ms and no end."""
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        line, _ = server.accept()
        with closing(line):
            line.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not over.wait(0.05):
                try:
                    line.sendall(b"y")
                except OSError:
                    return

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join()
