"""The supervisor keeps the product running, and takes everything with it when it goes."""

from __future__ import annotations

import signal
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from fleet.errors import StackBroken
from milepost.probe import Probe
from milepost.settings import Embedded, Settings
from milepost.stack import BrokerOptions, PostgresOptions, find_running
from milepost.supervisor import Supervisor
from tests.temporary import temporary_folder
from tests.terminal import Shown, Terminal

pytestmark = pytest.mark.e2e

SOON = 30.0  #: s; a bound for what takes about two, so that a broken test ends


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def settings_in(folder: Path, **changes: Any) -> Settings:  # noqa: ANN401 - setting values
    quick = PostgresOptions(durable=False)  # nothing here is about a power cut
    return Settings(state=folder, stack=Embedded(quick, BrokerOptions()), api_port=0, **changes)


def answers(address: str) -> bool:
    """Whether a GET is answered with success."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as told:
            return bool(told.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def descendants() -> list[psutil.Process]:
    """What runs below this process."""
    return psutil.Process().children(recursive=True)


@contextmanager
def watched(supervisor: Supervisor) -> Iterator[None]:
    """``supervisor`` keeps watch in a thread, whose death fails the test."""
    stop, deaths = threading.Event(), list[str]()

    def watch() -> None:
        try:
            supervisor.watch(stop)
        except StackBroken as broken:
            deaths.append(str(broken))

    thread = threading.Thread(target=watch, name="watch")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert deaths == []


@pytest.fixture(scope="module")
def taken_port() -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield int(other.getsockname()[1])


@pytest.fixture(scope="module")
def probe_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        return int(other.getsockname()[1])


@pytest.fixture(scope="module")
def supervisor(taken_port: int, probe_port: int) -> Iterator[Supervisor]:
    """A product that was told to use a port that is taken, and a port for its probe."""
    with temporary_folder() as folder:
        wanted = settings_in(folder, probe=Probe(port=probe_port))
        wanted = wanted.model_copy(update={"api_port": taken_port})
        with Supervisor(wanted) as running:
            running.start()
            with watched(running):
                yield running


def test_where_the_port_is_taken_another_is_used_and_told(
    supervisor: Supervisor, taken_port: int
) -> None:
    assert supervisor.settings.api_port != taken_port
    assert supervisor.address == f"http://127.0.0.1:{supervisor.settings.api_port}"
    assert answers(f"{supervisor.address}/health/ready")


def test_a_fixed_port_for_the_probe_is_the_gateways_and_no_trouble_for_the_worker(
    supervisor: Supervisor, probe_port: int
) -> None:
    worker = supervisor.child("worker").pid
    eventually(
        lambda: answers(f"http://127.0.0.1:{probe_port}/health/ready"), "the gateway is ready"
    )
    log = supervisor.settings.state / "log/worker.log"
    eventually(lambda: "maintenance done" in log.read_text(), "the worker works")
    assert supervisor.child("worker").pid == worker


def test_other_processes_find_the_stack(supervisor: Supervisor) -> None:
    found = find_running(supervisor.settings.state)
    assert found is not None
    assert found.database_url == supervisor.settings.database_url


def test_an_api_that_was_killed_is_there_again_at_its_address(supervisor: Supervisor) -> None:
    before = supervisor.child("api").pid
    supervisor.child("api").send(signal.SIGKILL)
    eventually(lambda: supervisor.child("api").pid != before, "another API was started")
    eventually(lambda: answers(f"{supervisor.address}/health/ready"), "it answers")
    assert not psutil.pid_exists(before)


def test_an_api_that_is_restarted_on_purpose_is_started_once(supervisor: Supervisor) -> None:
    before, there = supervisor.child("api").pid, running_apis()  # other tests' products too
    supervisor.restart_api()
    after = supervisor.child("api").pid
    assert after != before
    assert answers(f"{supervisor.address}/health/ready")
    assert running_apis() == there - {before} | {after}


def running_apis() -> set[int]:
    """Process ids of all APIs that this test run has started."""
    return {child.pid for child in descendants() if child.cmdline()[-1:] == ["api"]}


def test_a_device_that_is_registered_meanwhile_can_connect_within_seconds(
    supervisor: Supervisor,
) -> None:
    told = httpx.post(f"{supervisor.address}/api/v1/devices", json={"code": "newcomer"})
    assert told.status_code == 201, told.text
    password = told.json()["password"]
    eventually(lambda: connects(supervisor, "newcomer", password), "it is admitted")
    assert not connects(supervisor, "newcomer", "another password")
    assert not connects(supervisor, "stranger", password)


def test_a_device_that_is_revoked_is_cut_off_within_seconds_and_what_it_tried_is_on_its_page(
    supervisor: Supervisor,
) -> None:
    devices = f"{supervisor.address}/api/v1/devices"
    password = httpx.post(devices, json={"code": "rascal"}).json()["password"]
    eventually(lambda: connects(supervisor, "rascal", password), "it is admitted")
    url = supervisor.devices_address.replace("://", f"://rascal:{password}@")
    with Terminal(url) as rascal:
        rascal.publish("fleet/v1/another/nmea", b"forged")
        assert httpx.delete(f"{devices}/rascal/credential").status_code == 204
        assert rascal.gone.wait(5.0), "its connection is closed"
    assert not connects(supervisor, "rascal", password)

    def refused() -> dict[str, str]:
        told = httpx.get(f"{devices}/rascal/identity").json()["refused"]
        return {kind["kind"]: kind["detail"] for kind in told}

    eventually(lambda: refused().get("publish") == "fleet/v1/another/nmea", "it is told")
    eventually(lambda: "login" in refused(), "so is the try to come back")


def test_the_session_of_the_gateway_has_a_name_that_no_device_knows(
    supervisor: Supervisor,
) -> None:
    found = find_running(supervisor.settings.state)
    assert found is not None
    assert supervisor.settings.broker.client_id == found.session
    assert found.session != "milepost-gateway"


def connects(supervisor: Supervisor, device: str, password: str) -> bool:
    """Whether the broker lets a device in."""
    answered, codes = threading.Event(), list[ReasonCode]()

    def on_connect(_c: Client, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
        codes.append(code)
        answered.set()

    client = Client(CallbackAPIVersion.VERSION2, device, protocol=MQTTv311)
    client.username_pw_set(device, password)
    client.on_connect = on_connect
    host, _, port = supervisor.devices_address.removeprefix("mqtt://").partition(":")
    client.connect(host, int(port))
    client.loop_start()
    assert answered.wait(SOON)
    client.disconnect()
    client.loop_stop()
    return not codes[0].is_failure


@pytest.mark.slow
def new_ones(before: set[int]) -> list[psutil.Process]:
    """Our children that are not in ``before``, nor children of those: other tests' servers
    start workers as they like."""
    return [
        process
        for process in descendants()
        if process.pid not in before and not before & {parent.pid for parent in process.parents()}
    ]


def test_what_dies_again_and_again_ends_the_watch_and_leaving_leaves_nobody_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("milepost.supervisor._RESTARTS", 2)  # as good as five, and sooner
    before = {process.pid for process in descendants()}
    with temporary_folder() as folder:
        with Supervisor(settings_in(folder)) as running:
            running.start()
            running.spawn("broken", ["no-such-command"])
            with pytest.raises(StackBroken, match="milepost broken dies again and again"):
                running.watch(threading.Event())
            ours = new_ones(before)
            assert len(ours) >= 5  # PostgreSQL and its own, the broker, gateway, worker, API
            port = running.settings.api_port
        assert not [process for process in ours if process.is_running()]
        assert find_running(folder) is None
        assert not answers(f"http://127.0.0.1:{port}/health/live")


def test_a_start_that_fails_leaves_nobody_behind() -> None:
    before = {process.pid for process in descendants()}
    with temporary_folder() as folder:
        unsafe = settings_in(folder, api_host="0.0.0.0")  # noqa: S104 - refused without a token
        with pytest.raises(StackBroken, match="MILEPOST_API_TOKEN"), Supervisor(unsafe) as running:
            running.start()
        assert not new_ones(before)


@pytest.mark.slow
def test_where_everything_is_encrypted_broker_and_api_are_reached_by_our_authority_alone() -> None:
    with temporary_folder() as folder:
        wanted = settings_in(folder)
        stack = replace(wanted.stack, tls=True)
        with Supervisor(wanted.model_copy(update={"stack": stack})) as running:
            running.start()
            assert running.ca_file is not None
            trust = ssl.create_default_context(cafile=running.ca_file)
            api = httpx.Client(base_url=running.address, verify=trust)
            with api:
                told = api.post("/api/v1/devices", json={"code": "T1"})
                assert told.status_code == 201, told.text
            port = int(running.address.rpartition(":")[2])
            with pytest.raises(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/health/ready")
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{running.address}/health/ready")
            running.admit()
            url = running.devices_address.replace("://", f"://T1:{told.json()['password']}@")
            assert url.startswith("mqtts://")
            with Terminal(url, Shown(running.ca_file)) as terminal:
                terminal.publish("fleet/v1/T1/nmea", b"over TLS")
            probe = running.settings.broker
            assert probe.ca_file == running.ca_file
            with closing(psycopg.connect(running.settings.database_url)) as conn:

                def arrived() -> bool:
                    with conn.transaction():
                        row = conn.execute("SELECT raw FROM dead_letter").fetchone()
                    return row is not None and bytes(row[0]) == b"over TLS"

                eventually(arrived, "the gateway reads it")
