"""The world is edited while fixes wait in the gateway's hands, or days go away beneath it."""

# ruff: noqa: SLF001 - the gateway's loop is turned by hand

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

import store
from fleet.records import FixBatch
from gateway import repair
from gateway.inbox import Broker, Delivery
from gateway.pipeline import Limits, Rules
from gateway.service import Gateway, Settings
from gateway.writer import Writer
from store import admin, database, partitions
from tests.factories import MORNING, epoch, frame

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]

AT_ONCE = repair.Coalescing(0.0, 0.0)
SHOWN = (
    "SELECT v.plate, extract(epoch FROM s.time)::float8 - 1772352000 FROM vehicle_state s "
    "JOIN vehicle v ON v.id = s.vehicle_id WHERE s.time IS NOT NULL ORDER BY 1"
)


def rebind(url: str, device: str, plate: str, at: float) -> None:
    """From ``at`` on, ``device`` is in ``plate``."""
    with closing(database.connect(store.Database(url), application="test")) as conn:
        admin.bind(conn, device, plate, datetime.fromtimestamp(at, UTC))


def test_a_vehicle_whose_device_has_left_shows_its_own_last_fix(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    """The newest fix left to it may be the very one that the checkpoint remembers."""
    writer = make_writer()
    with closing(database.connect(store.Database(fleet_url), application="test")) as conn:
        admin.add_vehicle(conn, "plate-9", None)
    for i in range(4):
        payload = epoch(MORNING + 10 * i, 114.3 + 0.002 * i, 30.6)
        writer.write([frame("d0", payload, MORNING + 60)], FixBatch.empty(), 0)
    rebind(fleet_url, "d0", "plate-9", MORNING + 5)
    while repair.refold(writer, Rules(), AT_ONCE, writer._metrics):
        pass
    assert rows(SHOWN) == [("plate-0", 0.0), ("plate-9", 30.0)]
    [(lon,)] = rows(
        "SELECT lon FROM vehicle_state JOIN vehicle v ON v.id = vehicle_id WHERE plate = 'plate-0'"
    )
    assert lon == pytest.approx(114.3)


def test_fixes_that_wait_follow_a_binding_that_is_edited_meanwhile(
    rows: Ask, fleet_url: str
) -> None:
    """A refold makes the gateway read the new world; what waits is of the old one."""
    rules = replace(Rules(), limits=Limits(per_vehicle=2))
    settings = Settings(
        Broker("mqtt://127.0.0.1:1"), store.Database(fleet_url), rules, coalescing=AT_ONCE
    )
    gateway = Gateway(settings, threading.Event())
    with closing(database.connect(store.Database(fleet_url), application="test")) as conn:
        admin.add_vehicle(conn, "plate-9", None)
    payload = b"".join(epoch(MORNING + 10 * i, 114.3 + 0.002 * i, 30.6) for i in range(6))
    gateway._patiently(lambda: None)
    gateway._commit([Delivery(frame("d0", payload, MORNING + 60), 1, 0)])
    assert len(gateway._waiting) == 4
    rebind(fleet_url, "d0", "plate-9", MORNING + 5)
    do_errands(gateway)
    while len(gateway._waiting):
        gateway._commit([])
    do_errands(gateway)
    gateway._writer.close()
    assert rows(SHOWN) == [("plate-0", 0.0), ("plate-9", 50.0)]


def do_errands(gateway: Gateway) -> None:
    """As often as there are refolds here, one at a time."""
    for _ in range(3):
        gateway._looked = -np.inf
        gateway._run_errands()


def test_a_day_that_was_dropped_beneath_the_gateway_is_made_again(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer = make_writer()
    writer.write([frame("d0", epoch(MORNING, 114.3, 30.6), MORNING + 1)], FixBatch.empty(), 0)
    with closing(database.connect(store.Database(fleet_url), application="test")) as conn:
        assert partitions.drop_before(conn, datetime.fromtimestamp(MORNING + 86_400, UTC)) == 1
    late = frame("d0", epoch(MORNING + 10, 114.302, 30.6), MORNING + 20)
    assert writer.write([late], FixBatch.empty(), 0).stored == 1
    assert rows("SELECT count(*) FROM fix") == [(1,)]
