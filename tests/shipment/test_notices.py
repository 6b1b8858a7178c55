from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipment import notices
from shipment.notices import Due, Rules, Verdict

RULES = Rules()
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(clock: str, zone: str = "Asia/Shanghai") -> float:
    """An instant of 22 November 2026, by the clock there."""
    return datetime.fromisoformat(f"2026-11-22T{clock}").replace(tzinfo=ZoneInfo(zone)).timestamp()


def due(created: float, **more: object) -> Due:
    ordinary = Due(created, 4, "Asia/Shanghai", quiet=True, digest_minutes=0, delay=False)
    return replace(ordinary, **more)  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("07:59:59", "08:00:00"),
        ("08:00:00", "08:00:00"),
        ("21:59:59", "21:59:59"),
    ],
)
def test_the_quiet_hours_end_at_eight_on_the_dot(now: str, until: str) -> None:
    assert notices.quiet_until(at(now), "Asia/Shanghai", RULES) == at(until)


def test_the_quiet_hours_begin_at_ten_in_the_evening_and_last_until_tomorrow() -> None:
    assert notices.quiet_until(at("22:00:00"), "Asia/Shanghai", RULES) == at("08:00:00") + 86_400


def test_quiet_hours_are_those_of_the_recipient() -> None:
    now = at("23:00:00")  # 16:00 in Berlin
    assert notices.quiet_until(now, "Europe/Berlin", RULES) == now


def test_without_quiet_hours_nothing_is_ever_quiet() -> None:
    now = at("03:00:00")
    assert notices.quiet_until(now, "UTC", Rules(quiet_from=0, quiet_to=0)) == now


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon_rest = Rules(quiet_from=12, quiet_to=14)
    assert notices.quiet_until(at("13:30:00"), "Asia/Shanghai", noon_rest) == at("14:00:00")
    assert notices.quiet_until(at("14:00:00"), "Asia/Shanghai", noon_rest) == at("14:00:00")
    assert notices.quiet_until(at("11:59:00"), "Asia/Shanghai", noon_rest) == at("11:59:00")


@given(st.integers(0, 366 * 86_400), st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "UTC"]))
def test_after_the_quiet_hours_it_is_not_quiet_and_they_last_at_most_eleven_hours(
    second: int, zone: str
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + second
    until = notices.quiet_until(now, zone, RULES)
    assert notices.quiet_until(until, zone, RULES) == until
    assert 0 <= until - now <= 11 * 3600  # ten, and one where the clock is put back


def test_matters_of_safety_wake_people_up() -> None:
    night = at("03:00:00")
    assert notices.judge(due(night, severity=1), RULES, night).verdict is Verdict.SEND
    told = notices.judge(due(night, severity=2), RULES, night)
    assert (told.verdict, told.until) == (Verdict.WAIT, at("08:00:00"))
    assert notices.judge(due(night, quiet=False), RULES, night).verdict is Verdict.SEND


def test_a_customer_hears_of_a_delay_at_most_every_two_hours() -> None:
    now = at("12:00:00")
    late = due(now, delay=True, last_delay=now - 7199)
    told = notices.judge(late, RULES, now)
    assert (told.verdict, told.until) == (Verdict.WAIT, now + 1)
    assert notices.judge(late, RULES, now + 1).verdict is Verdict.SEND
    assert notices.judge(due(now, delay=True, last_delay=nan), RULES, now).verdict is Verdict.SEND


def test_of_two_messages_about_a_delay_that_wait_only_the_newer_is_sent() -> None:
    now = at("12:00:00")
    old = due(now, delay=True, last_delay=now - 60, newer=True)
    assert notices.judge(old, RULES, now).verdict is Verdict.CANCEL


def test_a_digest_waits_for_its_slot_and_for_the_morning() -> None:
    told = notices.judge(due(at("12:10:00"), digest_minutes=60), RULES, at("12:10:01"))
    assert (told.verdict, told.until) == (Verdict.WAIT, at("13:00:00"))
    gathered = notices.judge(due(at("12:10:00"), digest_minutes=60), RULES, at("13:00:00"))
    assert gathered.verdict is Verdict.GATHER
    night = notices.judge(due(at("02:10:00"), digest_minutes=60), RULES, at("03:00:00"))
    assert (night.verdict, night.until) == (Verdict.WAIT, at("08:00:00"))


@given(st.integers(0, 366 * 86_400), st.integers(1, 1440))
def test_a_slot_comes_after_what_it_takes_and_at_most_a_day_later(second: int, every: int) -> None:
    created = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + second
    slot = notices.slot_of(created, "Asia/Shanghai", every)
    assert created < slot <= created + every * 60
    wall = datetime.fromtimestamp(slot, SHANGHAI)
    assert (wall.hour * 60 + wall.minute) % every == 0 or wall.time() == datetime.min.time()


def test_failed_tries_are_repeated_as_standard_webhooks_has_it() -> None:
    pauses = [notices.next_try(n, 0.0, RULES, 0.0) for n in range(1, 11)]
    hour = 3600
    assert pauses == [
        5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour, inf,
    ]  # fmt: skip
    assert timedelta(seconds=sum(pauses[:-1])) == timedelta(hours=75, minutes=35, seconds=5)


def test_chance_lengthens_a_pause_and_the_receiver_may_ask_for_more() -> None:
    assert notices.next_try(1, 10.0, RULES, 1.0) == pytest.approx(15.5)
    assert notices.next_try(1, 10.0, RULES, 0.0, asked=120.0) == 130.0
    assert notices.next_try(1, 10.0, RULES, 0.0, asked=1e9) == 10.0 + 86_400


def test_those_of_one_recipient_and_channel_go_together() -> None:
    assert notices.together([("a",), ("b",), ("a",)]) == [[0, 2], [1]]
