from __future__ import annotations

from datetime import UTC, datetime

from fleet.views import Link, Vehicle
from tracker_api.plain import vehicle_out

CUT_OFF = datetime(2026, 5, 4, 3, 20, tzinfo=UTC)


def test_a_vehicle_tells_its_link_with_time_and_reason() -> None:
    lost = Link(online=False, time=CUT_OFF, reason="lost")
    told = vehicle_out(Vehicle("A", None, "d", None, lost, 1))
    assert (told["online"], told["link_reason"]) == (False, "lost")
    assert told["link_time"] == "2026-05-04T03:20:00Z"
    assert vehicle_out(Vehicle("A", None, None, None, None, 0))["link_time"] is None
