"""Run the browser tests against the fake API, in seconds and without the embedded stack.

``PYTHONPATH=dashboards/dev pytest --confcutdir=tests/browser -p fake_product tests/browser``
"""  # noqa: INP001 - a pytest plug-in beside the console's sources

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

FAKE = Path(__file__).with_name("fake_api.py")
PATIENCE = 20.0  #: s; for a start on a busy machine


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class FakeProduct:
    """What the tests know of a running product."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the API and wait until it answers."""
        command = [sys.executable, str(FAKE), "--port", str(self.port)]
        process = subprocess.Popen(command)  # noqa: S603 - our own file
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                opener.open(f"{self.url}/api/v1/console", timeout=1).close()
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return process

    def execute(self, statement: str) -> None:
        """An alarm of a vehicle is all that tests put behind the product's back."""
        plate = re.findall(r"v\.plate = '([^']+)'", statement)[0]
        said = {"vehicle": plate}
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/api/v1/fake/alarms",
            json.dumps(said).encode(),
            {"content-type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=10).close()

    def stop(self) -> None:
        """Stop the API."""
        self.process.terminate()
        self.process.wait()

    def restart_api(self) -> None:
        """Stop the API and start it again at the same address."""
        self.stop()
        self.process = self.start()


def pytest_configure(config: pytest.Config) -> None:
    """The tests' own browser, after pytest-playwright: whoever comes last is taken."""
    config.pluginmanager.import_plugin("tests.fix_browser")


@pytest.fixture(scope="session")
def product() -> Iterator[FakeProduct]:
    """A fake product."""
    running = FakeProduct()
    yield running
    running.stop()
