"""Two gateways on the same vehicles, while the world is edited: nobody starves, nothing differs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any, Self

import pytest

import store
from fleet.errors import StoreAway
from fleet.records import FixBatch, Frame
from fleet.wire import Kind
from gateway.writer import Writer
from store import admin, database
from tests.factories import MORNING, epoch, frame
from tests.waiting import await_true

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]


class Pair:
    """Writers that write without a pause, each in a thread of its own."""

    def __init__(
        self, writers: list[Writer], batch: Callable[[int], list[Frame]] | None = None
    ) -> None:
        self.batch = batch or drives
        self.stop = threading.Event()
        self.batches = [0] * len(writers)
        self.failed: list[StoreAway] = []
        self._threads = [
            threading.Thread(target=self._work, args=(i, w)) for i, w in enumerate(writers)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(30)
        assert not self.failed, self.failed

    def _work(self, number: int, writer: Writer) -> None:
        try:
            while not self.stop.is_set():
                frames = self.batch(self.batches[number])
                # The brokers of two gateways hand the same messages over in different orders.
                writer.write(frames[:: -1 if number % 2 else 1], FixBatch.empty(), 0)
                self.batches[number] += 1
        except StoreAway as error:  # the service would connect anew and try again
            self.failed.append(error)


def drives(number: int) -> list[Frame]:
    """A fix of each vehicle."""
    at = MORNING + 10 * number
    payload = epoch(at, 114.3 + 1e-3 * number, 30.6)
    return [frame(f"d{device}", payload, at + 1) for device in range(3)]


def messages(number: int) -> list[Frame]:
    """No fix that would lock a vehicle, but all else that a commit writes, of several devices."""
    at = MORNING + 10 * number
    event = f'{{"time": {at}, "kind": "sos", "value": 1, "online": true}}'.encode()
    half = epoch(at + 5, 114.3, 30.6)[:-20]
    kinds = (Kind.EVENT, Kind.STATUS, Kind.ACK)
    frames = [frame(f"d{device}", event, at, kind) for device in range(3) for kind in kinds]
    frames += [frame(f"d{device}", half, at) for device in range(3)]
    frames += [frame("stray", b"part %d" % part, at) for part in range(100)]
    return frames


def test_an_edit_of_the_world_does_not_wait_for_ever_behind_commits(
    make_writer: MakeWriter, fleet_url: str
) -> None:
    waits = []
    with (
        Pair([make_writer() for _ in range(3)]) as pair,
        closing(database.connect(store.Database(fleet_url), application="test")) as conn,
    ):
        await_true(lambda: min(pair.batches) > 3, "all write")
        for number in range(20):
            began = time.monotonic()
            admin.add_vehicle(conn, f"new-{number}", None)
            waits.append(time.monotonic() - began)
    assert max(waits) < 2.0


def test_a_stream_of_edits_does_not_keep_a_batch_waiting(
    make_writer: MakeWriter, fleet_url: str
) -> None:
    """As when a script registers a fleet, vehicle by vehicle."""
    with (
        Pair([make_writer(), make_writer()]) as pair,
        closing(database.connect(store.Database(fleet_url), application="test")) as conn,
    ):
        for number in range(1000):
            admin.add_vehicle(conn, f"new-{number}", None)
            if min(pair.batches) > 10:
                break
        assert min(pair.batches) > 10


def test_two_gateways_that_write_the_same_in_other_orders_never_block_each_other(
    make_writer: MakeWriter, rows: Ask
) -> None:
    with Pair([make_writer(), make_writer()], messages) as pair:
        await_true(lambda: min(pair.batches) > 30 or bool(pair.failed), "all write", 60)
    assert rows("SELECT count(*) > 0 FROM device_event") == [(True,)]
