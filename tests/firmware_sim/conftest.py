"""Fixtures of the simulator's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.radio import Broker
from tests.firmware_sim.stand import Listener, Server, broker_with


@pytest.fixture(scope="session")
def sim_devices() -> list[str]:
    return [f"sim-{i + 1:04d}" for i in range(60)]


@pytest.fixture
def sim_server(tmp_path: Path, sim_devices: list[str]) -> Iterator[Server]:
    with broker_with(tmp_path, sim_devices) as server:
        yield server


@pytest.fixture
def listener(sim_server: Server) -> Iterator[Listener]:
    made = Listener(sim_server.port)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def sim_broker(sim_server: Server, sim_devices: list[str]) -> Broker:
    return Broker(
        "127.0.0.1",
        sim_server.port,
        passwords={name: f"pw-{name}" for name in sim_devices},
        shared_user="bench",
        shared_password="bench",  # noqa: S106 - of the test's own broker
    )
