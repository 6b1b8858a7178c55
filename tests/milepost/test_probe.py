from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from email.message import Message

import pytest
from prometheus_client import CollectorRegistry, Counter

from fleet.errors import SettingInvalid
from milepost.probe import Probe, ProbeServer, answer


def registry(times: int = 0) -> CollectorRegistry:
    made = CollectorRegistry()
    Counter("apples", "eaten", registry=made).inc(times)
    return made


def ask(address: str) -> tuple[int, Message, bytes]:
    """Status, headers and body of a GET, whatever the status."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=10) as told:
            return told.status, told.headers, told.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_a_process_that_answers_lives_whatever_its_problems() -> None:
    status, kind, body = answer("/health/live", registry(), lambda: {"broker": "gone"})
    assert (status, kind, json.loads(body)) == (200, "application/json", {"live": True})


def test_ready_is_who_has_no_problem() -> None:
    status, _, body = answer("/health/ready", registry(), lambda: {"broker": "", "database": ""})
    assert status == 200
    assert json.loads(body) == {"ready": True, "broker": "ok", "database": "ok"}


def test_not_ready_is_503_with_the_problem() -> None:
    problems = {"broker": "", "database": "it does not answer"}
    status, _, body = answer("/health/ready?verbose=1", registry(), lambda: problems)
    assert status == 503
    told = {"ready": False, "broker": "ok", "database": "it does not answer"}
    assert json.loads(body) == told


def test_metrics_are_those_of_the_registry() -> None:
    status, kind, body = answer("/metrics", registry(3), dict)
    assert status == 200
    assert kind.startswith("text/plain")
    assert b"apples_total 3.0" in body


def test_another_path_says_which_there_are() -> None:
    status, _, body = answer("/", registry(), dict)
    assert status == 404
    assert body == b"/health/live, /health/ready, /metrics\n"


def test_a_served_probe_follows_the_problems_as_they_come_and_go() -> None:
    problems = {"database": ""}
    with ProbeServer(Probe(), registry(1), lambda: problems) as probe:
        status, headers, body = ask(f"{probe.address}/health/ready")
        assert (status, headers["Content-Length"]) == (200, str(len(body)))
        problems["database"] = "gone"
        assert ask(f"{probe.address}/health/ready")[0] == 503
        assert ask(f"{probe.address}/health/live")[0] == 200
        assert b"apples_total 1.0" in ask(f"{probe.address}/metrics")[2]
        assert ask(f"{probe.address}/elsewhere")[0] == 404


def test_a_probe_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with ProbeServer(Probe(), registry(), dict) as probe:
        ask(f"{probe.address}/health/live")
    assert capfd.readouterr() == ("", "")


def test_after_the_end_nobody_listens() -> None:
    with ProbeServer(Probe(), registry(), dict) as probe:
        address = probe.address
    with pytest.raises(urllib.error.URLError):
        ask(address)


def test_a_port_that_is_taken_is_a_setting_that_cannot_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingInvalid, match=f"MILEPOST_PROBE__PORT.*127.0.0.1:{port}"):
            ProbeServer(Probe(port=port), registry(), dict)


@pytest.mark.parametrize("probe", [Probe(port=70_000), Probe(host="not.an.address.invalid")])
def test_an_address_that_cannot_be_is_a_setting_that_cannot_be(probe: Probe) -> None:
    with pytest.raises(SettingInvalid, match="MILEPOST_PROBE__PORT"):
        ProbeServer(probe, registry(), dict)
