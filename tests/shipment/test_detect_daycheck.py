"""D+1, D+2, ...: a calendar of cases."""

from __future__ import annotations

from datetime import UTC, datetime
from math import nan
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fleet.alerts import AlertKind
from fleet.waybills import WaybillState
from shipment.detect import daycheck
from shipment.detect.limits import DayCheck, defaults
from shipment.detect.waybills import WaybillFacts
from shipment.playbooks import TASKS, steps

SHANGHAI = "Asia/Shanghai"
RULES = DayCheck()
DETECTOR = defaults()[AlertKind.DAY_CHECK]


def wall(text: str, zone: str = SHANGHAI) -> float:
    """A time on the clock of a zone, s since 1970; NaN for nothing."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() if text else nan


def facts(shipped: str, told: str = "", **more: Any) -> WaybillFacts:  # noqa: ANN401 - a builder
    given: dict[str, Any] = {
        "state": WaybillState.IN_TRANSIT,
        "since": wall(shipped),
        "told": wall(told or shipped),
        "promised": wall("2027-01-01T00:00"),
        "zone": SHANGHAI,
        **more,
    }
    return WaybillFacts(1, "JD20241121000001", shipped=wall(shipped, given["zone"]), **given)


def found(waybill: WaybillFacts, now: str) -> str | None:
    """The name of the check that is not normal then."""
    episodes = list(daycheck.detect(waybill, wall(now, waybill.zone), DETECTOR))
    return episodes[0].name if episodes else None


#: shipped, newest milestone, now, what is found
CALENDAR = [
    # The first check is at nine o'clock of the next day.
    ("2026-03-10T08:00", "2026-03-10T08:00", "2026-03-11T08:59:59", None),
    ("2026-03-10T08:00", "2026-03-10T08:00", "2026-03-11T09:00", "D+1"),
    ("2026-03-10T08:00", "2026-03-10T09:00", "2026-03-11T09:00", None),  # within a day: normal
    ("2026-03-10T08:00", "2026-03-10T08:59:59", "2026-03-11T09:00", "D+1"),
    # Shipped a minute before midnight: the next day is D+1, nine hours later.
    ("2026-03-10T23:59", "2026-03-10T23:59", "2026-03-11T09:00", None),
    ("2026-03-10T23:59", "2026-03-10T23:59", "2026-03-12T08:59", None),
    ("2026-03-10T23:59", "2026-03-10T23:59", "2026-03-12T09:00", "D+2"),
    ("2026-03-11T00:00", "2026-03-11T00:00", "2026-03-12T09:00", "D+1"),
    # Over the end of a month, of February in a leap year, of a year.
    ("2026-04-30T08:00", "2026-04-30T08:00", "2026-05-01T09:00", "D+1"),
    ("2028-02-28T08:00", "2028-02-28T08:00", "2028-03-01T09:00", "D+2"),
    ("2026-12-31T08:00", "2026-12-31T08:00", "2027-01-02T09:00", "D+2"),
    # Normal, abnormal, normal: each morning has its own answer.
    ("2026-03-10T08:00", "2026-03-10T20:00", "2026-03-11T12:00", None),
    ("2026-03-10T08:00", "2026-03-10T20:00", "2026-03-12T12:00", "D+2"),
    ("2026-03-10T08:00", "2026-03-12T13:00", "2026-03-13T12:00", None),
    # Until the next morning it is that of the day before.
    ("2026-03-10T08:00", "2026-03-10T08:00", "2026-03-13T08:59", "D+2"),
    ("2026-03-10T08:00", "2026-03-10T08:00", "2026-03-13T09:00", "D+3"),
]


@pytest.mark.parametrize(("shipped", "told", "now", "name"), CALENDAR)
def test_the_calendar(shipped: str, told: str, now: str, name: str | None) -> None:
    assert found(facts(shipped, told), now) == name


@pytest.mark.parametrize("day", [4, 5, 9])
def test_from_the_fourth_day_on_it_is_to_be_signed_once_the_promise_has_passed(day: int) -> None:
    shipped, told = "2026-03-10T08:00", f"2026-03-{10 + day}T08:00"
    now = f"2026-03-{10 + day}T09:00"
    assert found(facts(shipped, told), now) is None  # promised for later
    passed = facts(shipped, told, promised=wall("2026-03-12T18:00"))
    assert found(passed, now) == f"D+{day}"
    assert found(facts(shipped, told, promised=nan), now) == f"D+{day}"
    signed = facts(shipped, told, promised=nan, state=WaybillState.DELIVERED)
    assert found(signed, now) is None


def test_a_vehicle_that_was_heard_of_and_gets_on_is_normal() -> None:
    # Half of the trip's time has passed at the check; 40 % of the way are 80 % of that.
    trip: dict[str, Any] = {"starts": wall("2026-03-10T09:00"), "ends": wall("2026-03-12T09:00")}
    check, now = "2026-03-11T08:25", "2026-03-11T09:00"
    ordinary = "2026-03-10T08:00"
    assert found(facts(ordinary, seen=wall(check), share=0.4, **trip), now) is None
    assert found(facts(ordinary, seen=wall(check), share=0.39, **trip), now) == "D+1"
    stale = wall("2026-03-11T08:24:59")
    assert found(facts(ordinary, seen=stale, share=0.9, **trip), now) == "D+1"


def test_the_clock_is_that_of_the_destination() -> None:
    # 23:30 in Shanghai is 16:30 in Berlin: the same day there, another check.
    shipped = "2026-03-10T16:30"
    abroad = facts(shipped, zone="Europe/Berlin", told="2026-03-10T00:00")
    assert found(abroad, "2026-03-11T08:59") is None
    assert found(abroad, "2026-03-11T09:00") == "D+1"


def test_nine_o_clock_stays_nine_o_clock_when_clocks_are_put_forward() -> None:
    # In Berlin clocks were put forward on 29 March 2026 at 02:00.
    check = daycheck.latest(
        wall("2026-03-28T12:00", "Europe/Berlin"),
        "Europe/Berlin",
        wall("2026-03-29T12:00", "Europe/Berlin"),
        RULES,
    )
    assert check is not None
    assert datetime.fromtimestamp(check.at, UTC).hour == 7


def test_each_day_has_its_task() -> None:
    for day in range(1, 8):
        now = f"2026-03-{10 + day}T09:00"
        waybill = facts("2026-03-10T08:00", promised=nan)
        [episode] = daycheck.detect(waybill, wall(now), DETECTOR)
        zh, en = steps(AlertKind.DAY_CHECK, episode.facts)
        assert (zh[0], en[0]) == TASKS[min(day, 5)]


def test_what_was_not_shipped_is_not_checked() -> None:
    assert found(facts("2026-03-10T08:00"), "2026-03-10T23:00") is None
    waiting = WaybillFacts(1, "x", WaybillState.AWAITING_PICKUP, nan, nan, nan)
    assert not list(daycheck.detect(waiting, wall("2026-03-20T10:00"), DETECTOR))
