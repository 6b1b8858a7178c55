"""Files for brokers of others: what is in them, and that the real Mosquitto does as they say."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from fleet.certificates import describe
from milepost import brokerfiles
from milepost.brokerfiles import Known, Listeners
from milepost.stack.authority import Authority
from milepost.stack.ground import write_private
from tests.temporary import temporary_folder
from tests.terminal import SOON, Shown, Terminal
from tests.waiting import await_true
from tracker_api.credentials import Credential, mosquitto_hash, new_credential

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None,
    reason="mosquitto is not on PATH: install it to test the files that are made for it",
)


def files(devices: dict[str, Credential], listeners: Listeners, folder: Path) -> dict[str, str]:
    known = Known(mosquitto_hash("g"), {name: made.pbkdf2 for name, made in devices.items()})
    return brokerfiles.mosquitto(known, listeners, PurePosixPath(folder), f"{folder}/")


def free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        return one.getsockname()[1], other.getsockname()[1]


@contextmanager
def mosquitto(folder: Path, listeners: Listeners) -> Iterator[subprocess.Popen[bytes]]:
    """The real program with the files in ``folder``; what it writes is in ``log``."""
    if os.geteuid() == 0:
        shutil.chown(folder, "mosquitto")
    own(folder)
    assert MOSQUITTO is not None
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [MOSQUITTO, "-c", str(folder / "mosquitto.conf")], stdout=log, stderr=log
        )
    try:
        await_true(lambda: _answers(listeners.gateways), (folder / "log").read_text())
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(SOON)


def own(folder: Path) -> None:
    """Started by root, the program works as a user of its own."""
    if os.geteuid() == 0:
        for file in folder.iterdir():
            shutil.chown(file, "mosquitto")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def put(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        write_private(folder / name, text)


@needs_mosquitto
def test_mosquitto_lets_in_who_has_the_password_and_to_its_own_topics_only() -> None:
    devices = {"T1": new_credential(), "T2": new_credential()}
    listeners = Listeners(*free_ports())
    with temporary_folder() as folder:
        put(folder, files(devices, listeners, folder))
        with mosquitto(folder, listeners) as child:

            def at(user: str, word: str, client_id: str = "") -> Terminal:
                return Terminal(
                    f"mqtt://{user}:{word}@127.0.0.1:{listeners.devices}", client_id=client_id
                )

            def the_gateway() -> Terminal:
                return Terminal(f"mqtt://gateway:g@127.0.0.1:{listeners.gateways}")

            with the_gateway() as gateway, at("T1", devices["T1"].password) as forger:
                gateway.subscribe("fleet/v1/+/nmea")
                # Without a limit of its queue it closes the connection of who tries.
                forger.publish("fleet/v1/T2/nmea", b"forged")
                assert forger.gone.wait(SOON)
                assert gateway.heard.empty()
            with the_gateway() as gateway, at("T1", devices["T1"].password) as terminal:
                gateway.subscribe("fleet/v1/+/nmea")
                terminal.subscribe("fleet/v1/+/cmd")  # granted, and nothing comes by it
                terminal.publish("fleet/v1/T1/nmea", b"own")
                assert gateway.hear() == ("fleet/v1/T1/nmea", b"own")
                gateway.publish("fleet/v1/T2/cmd", b"for T2")
                gateway.publish("fleet/v1/T1/cmd", b"for T1")
                assert terminal.hear() == ("fleet/v1/T1/cmd", b"for T1")

                # With the client id of another nobody is put out, it is not taken for one.
                with at("T2", devices["T2"].password, "T1"):
                    terminal.publish("fleet/v1/T1/nmea", b"still here")
                    assert gateway.hear() == ("fleet/v1/T1/nmea", b"still here")
                assert not at("T1", "guess").is_let_in()
                assert not at("nobody", "guess").is_let_in()

                # Revoked, and told so: its connection is closed.
                put(folder, files({"T2": devices["T2"]}, listeners, folder))
                own(folder)
                child.send_signal(signal.SIGHUP)
                assert terminal.gone.wait(SOON)
                assert not gateway.gone.is_set()


@needs_mosquitto
def test_mosquitto_knows_a_device_by_its_certificate_until_it_is_revoked() -> None:
    devices, gateways = free_ports()
    listeners = Listeners(devices, gateways, tls=True, client_certificates=True)
    with temporary_folder() as folder, temporary_folder() as ours:
        now = datetime.now(UTC)
        authority = Authority.open(ours / "authority", now)
        authority.for_server(["127.0.0.1"], now).write(folder, "server")
        shown, serials = {}, {}
        for name in ("T1", "T2"):
            made = authority.for_client(name, now)
            shown[name] = Shown(authority.ca_file, *made.write(ours, name))
            serials[name] = describe(made.certificate).serial
        put(folder, files({}, listeners, folder))
        put(folder, {"ca.pem": authority.ca_file.read_text()})
        put(folder, {"revoked.pem": authority.revoked([serials["T2"]], now)})
        with mosquitto(folder, listeners):
            url = f"mqtts://127.0.0.1:{listeners.devices}"
            gateway = Terminal(f"mqtt://gateway:g@127.0.0.1:{listeners.gateways}")
            with gateway, Terminal(url, shown["T1"]) as terminal:
                gateway.subscribe("fleet/v1/+/nmea")
                terminal.publish("fleet/v1/T1/nmea", b"own")
                terminal.publish("fleet/v1/T2/nmea", b"forged")
                assert terminal.gone.wait(SOON)
                assert gateway.hear() == ("fleet/v1/T1/nmea", b"own")
            assert not Terminal(url, shown["T2"]).is_let_in()
            assert not Terminal(url, Shown(authority.ca_file)).is_let_in()


def test_mosquitto_is_kept_from_losing_what_it_has_acknowledged() -> None:
    conf = files({}, Listeners(), Path("/etc/m"))["mosquitto.conf"].splitlines()
    options = {line.partition(" ")[0]: line.partition(" ")[2] for line in conf}
    assert options["max_inflight_messages"] == "0"
    assert options["max_queued_messages"] == "0"
    assert options["persistence"] == "true"
    assert options["allow_anonymous"] == "false"
    assert options["use_username_as_clientid"] == "true"


def test_a_terminal_may_only_speak_for_itself_at_mosquitto() -> None:
    rules = files({}, Listeners(), Path("/etc/m"))["acl"].splitlines()
    assert [line for line in rules if line and not line.startswith("#")] == [
        "user gateway",
        "topic readwrite fleet/v1/#",
        "pattern write fleet/v1/%u/#",
        "pattern read fleet/v1/%u/cmd",
    ]


def test_emqx_asks_our_api_with_the_secret_and_keeps_what_it_has_acknowledged() -> None:
    made = brokerfiles.emqx(
        Known("word"),
        Listeners(8883, 1884, tls=True),
        PurePosixPath("/etc/m"),
        "http://api/",
        "sss",
    )
    conf = made["emqx.conf"]
    assert '"url": "http://api/api/v1/broker/authenticate"' in conf
    assert '"url": "http://api/api/v1/broker/authorize"' in conf
    assert conf.count('"x-milepost-broker": "sss"') == 2
    for line in ("no_match = deny", "max_mqueue_len = infinity", "listeners.ssl.default {"):
        assert line in conf
    assert conf.count("{") == conf.count("}")
    assert conf.count("[") == conf.count("]")
    assert made["users.csv"].splitlines()[1] == "gateway,word,false"
    assert made["acl.conf"].rstrip().endswith('{deny, {username, "gateway"}, all, ["#"]}.')
