from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fleet.views import Link, Position, Vehicle
from tracker_api.plain import link_time, vehicle_out

BEGAN = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
LATER = BEGAN + timedelta(minutes=20)
FIX = Position(LATER, LATER, 121.4737, 31.2304, 12.5, 22.224, 271.46, 0.9, 11, 1, 2)
ONLINE = Link(online=True, time=BEGAN, reason="connected")
LOST = Link(online=False, time=BEGAN, reason="lost")


def test_a_link_that_is_up_is_so_since_the_device_said_it() -> None:
    assert link_time(ONLINE, FIX) == BEGAN


def test_a_last_will_is_not_older_than_the_last_message_of_its_connection() -> None:
    assert link_time(LOST, FIX) == LATER


@pytest.mark.parametrize("newest", [None, replace(FIX, received_at=BEGAN - timedelta(days=1))])
def test_a_farewell_after_the_last_fix_keeps_its_own_time(newest: Position | None) -> None:
    assert link_time(LOST, newest) == BEGAN


def test_a_vehicle_tells_its_link_with_time_and_reason() -> None:
    told = vehicle_out(Vehicle("A", None, "d", FIX, LOST, 1))
    assert (told["online"], told["link_reason"]) == (False, "lost")
    assert told["link_time"] == "2026-05-04T03:20:00Z"
    assert vehicle_out(Vehicle("A", None, None, None, None, 0))["link_time"] is None
