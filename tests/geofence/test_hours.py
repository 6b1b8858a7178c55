from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from fleet.fences import Hours
from geofence.hours import is_open

WEEKDAYS = (0, 1, 2, 3, 4)
DAY_SHIFT = (Hours(WEEKDAYS, 8 * 60, 18 * 60),)
NIGHT_SHIFT = (Hours((4,), 22 * 60, 30 * 60),)  # Friday 22:00 to Saturday 06:00


def at(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def test_without_hours_a_fence_is_always_open() -> None:
    assert is_open((), "nowhere", 0.0)


@pytest.mark.parametrize(
    ("when", "open_then"),
    [
        ("2024-11-21 07:59:59.999", False),
        ("2024-11-21 08:00", True),
        ("2024-11-21 17:59:59.999", True),
        ("2024-11-21 18:00", False),
        ("2024-11-23 12:00", False),  # a Saturday
    ],
)
def test_hours_are_of_the_clock_of_the_site(when: str, *, open_then: bool) -> None:
    assert is_open(DAY_SHIFT, "Asia/Shanghai", at(when)) is open_then


def test_the_same_instant_is_open_in_one_zone_and_closed_in_another() -> None:
    noon = at("2024-11-21 12:00")
    assert is_open(DAY_SHIFT, "Asia/Shanghai", noon)
    assert not is_open(DAY_SHIFT, "Europe/Berlin", noon)


@pytest.mark.parametrize(
    ("when", "open_then"),
    [
        ("2024-11-22 21:59", False),
        ("2024-11-22 22:00", True),
        ("2024-11-23 00:00", True),
        ("2024-11-23 05:59", True),
        ("2024-11-23 06:00", False),
        ("2024-11-24 02:00", False),  # the night before was a Saturday's
        ("2024-11-22 02:00", False),
    ],
)
def test_a_night_shift_belongs_to_the_day_on_which_it_begins(when: str, *, open_then: bool) -> None:
    assert is_open(NIGHT_SHIFT, "Asia/Shanghai", at(when)) is open_then


def test_hours_may_last_to_the_end_of_the_next_day() -> None:
    two_days = (Hours((5,), 0, 2 * 24 * 60),)
    assert is_open(two_days, "Asia/Shanghai", at("2024-11-24 23:59"))
    assert not is_open(two_days, "Asia/Shanghai", at("2024-11-25 00:00"))


def test_the_clock_on_the_wall_decides_when_clocks_are_changed() -> None:
    early = (Hours((6,), 2 * 60, 3 * 60),)  # Sunday 02:00 to 03:00
    forward, back = "2024-03-31", "2024-10-27"
    assert not is_open(early, "Europe/Berlin", at(f"{forward} 01:59:59", "Europe/Berlin") + 1)
    for fold in (0, 1):
        assert is_open(early, "Europe/Berlin", at(f"{back} 02:30", "Europe/Berlin", fold))
    assert not is_open(early, "Europe/Berlin", at(f"{back} 03:00", "Europe/Berlin"))


def test_a_zone_that_is_none_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        is_open(DAY_SHIFT, "Mars/Olympus_Mons", 0.0)
