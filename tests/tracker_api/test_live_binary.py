"""The binary form of the live socket, seen by clients of a served API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import segments
from tests.fix_api import SOON, Ear, FleetHand, Running, Start, is_heartbeat
from tests.fix_record import RecordHand

EAST, WEST = (121.0, 31.0), (100.0, 30.0)
AROUND_EAST, AROUND_WEST = [120, 30, 122, 32], [99, 29, 101, 31]


class Map:
    """What a console has: the plates of slots, and where they are, in degrees."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.process = ""
        self.plates: dict[int, str] = {}
        self.lons: dict[str, float] = {}
        self.heard: list[str] = []  #: types of messages; "positions" of bytes

    def hear_any(self) -> str:
        """Apply the next message."""
        data = self.ear.socket.recv(timeout=SOON)
        if isinstance(data, bytes):
            for slot, spot in segments.spots(data).items():
                self.lons[self.plates[slot]] = spot.lon / 1e7
            kind = "positions"
        else:
            kind = self._apply(self.ear.note(data))
        self.heard.append(kind)
        return kind

    def hear_until(self, done: Callable[[], bool]) -> None:
        """Apply messages until ``done``; each of them comes within ``SOON``."""
        while not done():
            self.hear_any()

    def begin(self) -> None:
        """Apply the snapshot and its positions."""
        assert [self.hear_any(), self.hear_any()] == ["snapshot", "positions"]

    def _apply(self, message: dict[str, Any]) -> str:
        if message["type"] == "snapshot":
            self.plates, self.lons = {}, {}
        vehicles = message["vehicles"]
        assert "lon" not in vehicles
        self.plates |= dict(zip(vehicles["slot"], vehicles["plate"], strict=True))
        for plate in message.get("gone", []):
            self.lons.pop(plate, None)
        return "heartbeat" if is_heartbeat(message) else str(message["type"])


@contextmanager
def mapped(running: Running, **ask: Any) -> Iterator[Map]:  # noqa: ANN401 (JSON)
    with running.listen(format="binary", **ask) as ear:
        yield Map(ear)


def process_of(running: Running) -> str:
    """Whose slots the server gives."""
    with running.greeted() as (_, hello):
        return str(hello["process"])


def test_a_map_hears_a_snapshot_in_two_parts_and_then_bytes(
    start_api: Start, hand: FleetHand
) -> None:
    first, second = hand.seed(2)
    hand.move({first: EAST})
    with start_api() as running, mapped(running) as seen:
        seen.begin()
        assert set(seen.plates.values()) == {first, second}
        assert seen.lons == {first: 121.0}
        hand.move({second: WEST})
        seen.hear_until(lambda: second in seen.lons)
        assert seen.lons == {first: 121.0, second: 100.0}
        assert "delta" not in seen.heard  # nothing but a position changed


def test_elsewhere_is_told_later_and_another_view_at_once_without_a_snapshot(
    start_api: Start, hand: FleetHand
) -> None:
    near, far = hand.seed(2)
    hand.move({near: EAST, far: WEST})
    with (
        start_api(live={"elsewhere": 600.0}) as running,
        mapped(running, bbox=AROUND_EAST) as seen,
    ):
        seen.begin()
        hand.move({far: (100.5, 30.0)})
        hand.move({near: (121.5, 31.0)})
        seen.hear_until(lambda: seen.lons[near] == 121.5)
        assert seen.lons[far] == 100.0
        seen.ear.say(format="binary", bbox=AROUND_WEST)
        seen.hear_until(lambda: seen.lons[far] == 100.5)
        assert seen.heard.count("snapshot") == 1


def test_elsewhere_is_told_when_its_time_has_come_though_nothing_happens(
    start_api: Start, hand: FleetHand
) -> None:
    (plate,) = hand.seed(1)
    hand.move({plate: WEST})
    with start_api(live={"elsewhere": 0.2}) as running, mapped(running, bbox=AROUND_EAST) as seen:
        seen.begin()
        hand.move({plate: (100.5, 30.0)})
        seen.hear_until(lambda: seen.lons[plate] == 100.5)


def test_a_quiet_fleet_gives_heartbeats_also_while_others_look_at_what_moves(
    start_api: Start, hand: FleetHand
) -> None:
    (plate,) = hand.seed(1)
    hand.move({plate: WEST})
    with (
        start_api(live={"elsewhere": 600.0}) as running,
        mapped(running, bbox=AROUND_EAST) as seen,
    ):
        seen.begin()
        for step in range(100):
            hand.move({plate: (100 + step / 1000, 30.0)})
        assert seen.hear_any() == "heartbeat"


def test_a_map_resumes_with_its_slots_and_hears_what_it_missed(
    start_api: Start, hand: FleetHand, record: RecordHand
) -> None:
    moved, still = hand.seed(2)
    hand.move({moved: WEST, still: WEST})
    with start_api() as running:
        process = process_of(running)
        with mapped(running) as seen:
            seen.begin()
        hand.move({moved: EAST})
        number = record.node(moved)
        with mapped(running, cursor=seen.ear.cursor, process=process) as again:
            again.plates = seen.plates
            again.hear_until(lambda: again.lons == {moved: 121.0, still: 100.0})
            assert "snapshot" not in again.heard
        assert number in again.ear.nodes


@pytest.mark.parametrize("process", [None, "another"])
def test_a_map_with_slots_of_another_process_starts_over_and_misses_no_node(
    start_api: Start, hand: FleetHand, record: RecordHand, process: str | None
) -> None:
    (plate,) = hand.seed(1)
    hand.move({plate: WEST})
    with start_api() as running:
        with mapped(running) as seen:
            seen.begin()
        number = record.node(plate)
        with mapped(running, cursor=seen.ear.cursor, process=process) as again:
            again.begin()
            assert again.ear.cursor == seen.ear.cursor
            again.hear_until(lambda: number in again.ear.nodes)


def test_another_form_is_answered_by_a_snapshot(start_api: Start, hand: FleetHand) -> None:
    hand.seed(1)
    with start_api() as running, mapped(running) as seen:
        seen.begin()
        seen.ear.say()
        assert "lon" in seen.ear.hear("snapshot")["vehicles"]
