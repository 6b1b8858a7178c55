"""The whole product as its users start it: embedded stack, gateway, worker, API, terminals."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from firmware_sim import radio, scenario
from milepost import settings
from milepost.command.demo import enlist
from milepost.stack import BrokerOptions, PostgresOptions
from milepost.stack.ground import read_object
from milepost.supervisor import Supervisor
from tests.temporary import temporary_folder

VEHICLES = 24


class Product:
    """A running product."""

    def __init__(self, supervisor: Supervisor, passwords: Path) -> None:
        self.supervisor = supervisor
        self.passwords = passwords

    @property
    def url(self) -> str:
        """Address of the console."""
        return self.supervisor.address

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The JSON answer to a GET."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.supervisor.settings.database_url) as conn:
            return conn.execute(statement.encode()).fetchall()

    def execute(self, statement: str) -> None:
        """Change the database behind the product's back."""
        with psycopg.connect(self.supervisor.settings.database_url) as conn:
            conn.execute(statement.encode())

    def broker(self) -> radio.Broker:
        """How simulated terminals connect, each as itself."""
        known = {k: str(v) for k, v in read_object(self.passwords).items()}
        return radio.Broker.from_url(self.supervisor.devices_address, passwords=known)

    def bench_broker(self) -> radio.Broker:
        """How terminals connect that share connections."""
        url = self.supervisor.stack.where().bench_url
        assert url is not None
        return radio.Broker.from_url(url)

    def restart_api(self) -> None:
        """Stop the API as an operator would, start it again, and wait until it answers."""
        self.supervisor.restart_api()


@contextmanager
def running_product(*, simulate: bool, **changes: Any) -> Iterator[Product]:  # noqa: ANN401 - setting values
    """A product in a temporary folder; with ``simulate`` its fleet drives.

    ``changes`` are fields of the settings; all its processes have them.
    """
    with temporary_folder() as folder:
        loaded = settings.load({}).model_copy(
            update={
                "state": folder,
                "api_port": 0,
                "stack": settings.Embedded(PostgresOptions(), BrokerOptions(bench=True)),
                **changes,
            }
        )
        fleet = scenario.china_trunk(VEHICLES)
        with Supervisor(loaded) as supervisor:
            supervisor.prepare()
            passwords = enlist(supervisor, fleet)
            supervisor.run()
            if simulate:
                supervisor.spawn(
                    "simulate",
                    ["simulate", "--vehicles", str(VEHICLES), "--passwords", str(passwords)],
                )
            stop = threading.Event()
            watch = threading.Thread(target=supervisor.watch, args=(stop,), name="watch")
            if simulate:
                watch.start()
            try:
                yield Product(supervisor, passwords)
            finally:
                stop.set()
                if simulate:
                    watch.join()


class SharedProduct:
    """A product whose fleet drives: started when it is first wanted, until nobody wants it."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._running: Product | None = None

    def get(self) -> Product:
        """The one that runs, or a new one."""
        if self._running is None:
            self._running = self._stack.enter_context(running_product(simulate=True))
        return self._running

    def stop(self) -> None:
        """End it, if there is one: it takes a share of a core from the tests that follow."""
        self._running = None
        self._stack.close()


SHARED = pytest.StashKey[SharedProduct]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SHARED] = SharedProduct()


def pytest_unconfigure(config: pytest.Config) -> None:
    if (shared := config.stash.get(SHARED, None)) is not None:
        shared.stop()


@pytest.fixture
def product(pytestconfig: pytest.Config) -> Product:
    """A product whose fleet drives, shared by all browser tests."""
    return pytestconfig.stash[SHARED].get()


@pytest.fixture
def still_product() -> Iterator[Product]:
    """A product without terminals, for one test alone."""
    with running_product(simulate=False) as running:
        yield running
