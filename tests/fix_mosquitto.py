"""Mosquitto as a child process, for what differs between brokers."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from milepost.stack.ports import answers, choose
from tests.waiting import await_true

GOOD = """
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
persistence true
autosave_interval 1
"""

StartMosquitto = Callable[[str], str]


@contextmanager
def mosquitto(program: str, options: str) -> Iterator[str]:
    """One that anybody may use, with ``options``; its ``mqtt://`` address."""
    with tempfile.TemporaryDirectory() as folder:
        port = choose(Path(folder) / "ports.json", ["mqtt"])["mqtt"]
        conf = Path(folder) / "mosquitto.conf"
        conf.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nuser {getpass.getuser()}\n"
            f"persistence_location {folder}/\n{options}\n"
        )
        child = subprocess.Popen(
            [program, "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await_true(lambda: answers(port), "Mosquitto answers", 10)
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait(10)


@pytest.fixture
def start_mosquitto() -> Iterator[StartMosquitto]:
    """Start one with options of ``mosquitto.conf``; they end with the test."""
    program = shutil.which(
        "mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin"
    )
    if program is None:
        pytest.skip("THERE IS NO mosquitto: apt install mosquitto; what differs there is not tried")
    with ExitStack() as stack:
        yield lambda options: stack.enter_context(mosquitto(program, options))
