"""Which numbers are missing, whatever came when."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.gaps import Gap, Hour, Interval, find_gaps

EIGHT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def hour(number: int, *numbers: Interval, dated: bool = True) -> Hour:
    """What came of an hour of that Sunday."""
    return Hour(EIGHT + timedelta(hours=number), dated, numbers)


def missing(*hours: Hour) -> list[Interval]:
    """First and last number of each gap."""
    return [(gap.first, gap.last) for gap in find_gaps(hours)]


def test_what_is_between_numbers_that_came_is_missing() -> None:
    found = find_gaps([hour(0, (100, 110), (113, 120)), hour(2, (125, 130))])
    eight, ten = EIGHT, EIGHT + timedelta(hours=2)
    assert found == [Gap(111, 112, eight, eight), Gap(121, 124, eight, ten)]
    assert [gap.count for gap in found] == [2, 4]


def test_nothing_is_missing_before_the_first_and_behind_the_last() -> None:
    assert missing(hour(0, (57, 60))) == []
    assert missing() == []


@pytest.mark.parametrize("first", [0, 1])
def test_a_terminal_that_restarts_has_lost_nothing(first: int) -> None:
    assert missing(hour(0, (500, 600)), hour(1, (first, 40)), hour(2, (41, 90))) == []


def test_a_restart_within_an_hour_is_one_of_the_hour_before_s_counting() -> None:
    assert missing(hour(0, (500, 600)), hour(1, (0, 40), (601, 620)), hour(2, (41, 90))) == []
    hours = [hour(0, (500, 600)), hour(1, (0, 40), (605, 620))]
    assert missing(*hours) == []  # of which run they are is not known yet
    assert missing(*hours, hour(2, (41, 90))) == [(601, 604)]
    assert missing(*hours, hour(2, (621, 700))) == [(41, 604)]


def test_a_restart_in_the_first_hour_is_told_from_a_loss_by_the_next() -> None:
    first = hour(0, (0, 40), (990, 1200))
    assert missing(first, hour(1, (41, 80))) == []
    assert missing(first, hour(1, (1201, 1300))) == [(41, 989)]


def test_what_was_lost_at_a_restart_is_missing_up_to_its_first_number() -> None:
    found = find_gaps([hour(0, (500, 600)), hour(1, (6, 40))])
    assert found == [Gap(1, 5, None, EIGHT + timedelta(hours=1))]


def test_a_restart_that_has_gone_past_where_the_run_before_ended_is_one_run() -> None:
    assert missing(hour(0, (0, 20)), hour(1, (0, 50)), hour(2, (51, 90))) == []
    assert missing(hour(0, (0, 20)), hour(1, (0, 50)), hour(2, (53, 90))) == [(51, 52)]


def test_a_backlog_sent_newest_first_is_no_restart() -> None:
    """Then the older hours have the higher numbers."""
    hours = [hour(0, (1000, 1100)), hour(1, (1300, 1320)), hour(2, (1200, 1299))]
    assert missing(*hours, hour(3, (1101, 1199), (1321, 1400))) == []
    assert missing(*hours, hour(3, (1101, 1150), (1321, 1400))) == [(1151, 1199)]


def test_a_counter_that_wraps_or_is_set_has_lost_nothing() -> None:
    assert missing(hour(0, (2**31 - 5, 2**31)), hour(1, (0, 9))) == []
    assert missing(hour(0, (5, 10)), hour(1, (5_000_000, 5_000_009))) == []


def test_a_number_without_a_fix_is_not_missing() -> None:
    hours = [hour(0, (1, 10), (21, 30)), hour(5, (13, 15), (18, 18), dated=False)]
    assert missing(*hours) == [(11, 12), (16, 17), (19, 20)]


@given(st.integers(0, 2**32))
def test_exactly_what_was_lost_of_a_terminal_that_restarts_is_missing(seed: int) -> None:
    """Except where nobody can know: at the beginning of all, and behind the last of each run."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    came: dict[int, list[int]] = {}
    expected: list[int] = []
    at = number = rng.randrange(3, 5000)
    lost: list[int] = []
    began, since = False, 0
    for at in range(rng.randrange(2, 30)):
        if at >= since + 3 and rng.random() < 0.2:
            number, lost, since = rng.choice([0, 1]), [], at  # nobody knows what was lost last
        for _ in range(rng.randrange(30, 60)):
            if rng.random() < 0.1 and (began or number > 2):
                lost.append(number)
            else:
                expected += lost if began else []
                lost, began = [], True
                came.setdefault(at, []).append(number)
            number += 1
    hours = [hour(at, *stretches(numbers)) for at, numbers in came.items()]
    rng.shuffle(hours)
    found = [n for gap in find_gaps(hours) for n in range(gap.first, gap.last + 1)]
    assert sorted(set(found) - {0}) == sorted(set(expected) - {0})


def stretches(numbers: list[int]) -> list[Interval]:
    """Numbers as PostgreSQL keeps them."""
    found: list[Interval] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
