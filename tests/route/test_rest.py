"""Mandatory rest on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from route.rest import CN, EU, NONE, PROFILES, Profile, pauses, under_way

NOON = 1_750_075_200.0  #: 12:00 UTC
NIGHT = NOON + 11 * 3600  #: 23:00
HOUR = 3600.0


def _rest(
    profile: Profile, driven: float, drive: float, begin: float = NOON
) -> tuple[float, float]:
    rest, since = pauses(profile, np.array([driven]), np.array([drive]), np.array([begin]), 0.0)
    return float(rest[0]), float(since[0])


@pytest.mark.parametrize(
    ("profile", "driven", "drive", "rest", "since"),
    [
        (CN, 0.0, 4 * HOUR, 0.0, 4 * HOUR),  # arrives when it must rest: rests there
        (CN, 0.0, 4 * HOUR + 1, 1200.0, 1.0),
        (CN, 3 * HOUR, 2 * HOUR, 1200.0, HOUR),
        (CN, 0.0, 9 * HOUR, 2400.0, HOUR),
        (EU, 0.0, 4.5 * HOUR, 0.0, 4.5 * HOUR),
        (EU, 4 * HOUR, HOUR, 2700.0, 0.5 * HOUR),
        (NONE, 9 * HOUR, 9 * HOUR, 0.0, 18 * HOUR),
    ],
)
def test_rest_by_profile(
    profile: Profile, driven: float, drive: float, rest: float, since: float
) -> None:
    assert _rest(profile, driven, drive) == (rest, since)


def test_at_night_the_limit_in_china_is_two_hours() -> None:
    assert _rest(CN, 0.0, 3 * HOUR, NIGHT) == (1200.0, HOUR)
    assert _rest(EU, 0.0, 3 * HOUR, NIGHT) == (0.0, 3 * HOUR)


def test_the_night_counts_only_where_the_driving_would_reach_its_limit() -> None:
    before_six = NIGHT + 6.5 * HOUR  # 05:30: at 07:30 two hours are driven, by day
    assert _rest(CN, 0.0, 3 * HOUR, before_six) == (0.0, 3 * HOUR)
    assert _rest(CN, 1.75 * HOUR, 3 * HOUR, before_six)[0] == 2 * 1200.0
    assert _rest(CN, 0.0, 3 * HOUR, NIGHT - 2.5 * HOUR) == (1200.0, HOUR)


@pytest.mark.parametrize(
    ("driven", "stands", "resting"),
    [
        (3.5 * HOUR, 300.0, True),
        (3.5 * HOUR - 1, 300.0, False),
        (3.5 * HOUR, 299.0, False),
        (3.5 * HOUR, np.nan, False),
    ],
)
def test_who_stands_when_it_is_time_to_rest_is_resting(
    driven: float,
    stands: float,
    resting: bool,  # noqa: FBT001 - a column of the table
) -> None:
    since = np.array([NOON - stands])
    found, until = under_way(CN, np.array([driven]), since, np.array([NOON]), 0.0)
    assert found.tolist() == [resting]
    if resting:
        assert until.tolist() == [NOON - 300 + 1200]


def test_night_is_local() -> None:
    rest, _ = pauses(CN, np.zeros(1), np.array([3 * HOUR]), np.array([NOON + 3 * HOUR]), 8 * HOUR)
    assert rest[0] == 1200.0


def test_no_driving_no_rest_even_when_it_is_due() -> None:
    assert _rest(CN, 5 * HOUR, 0.0) == (0.0, 5 * HOUR)


def test_profiles_are_known_by_name() -> None:
    assert set(PROFILES) == {"none", "cn", "eu"}


@given(st.floats(0, 4 * HOUR), st.floats(0, 20 * HOUR), st.floats(0, 20 * HOUR))
def test_a_way_in_two_parts_takes_as_much_rest_as_in_one(
    driven: float, one: float, two: float
) -> None:
    rest, since = _rest(EU, driven, one + two)
    first, between = _rest(EU, driven, one)
    second, after = _rest(EU, between, two)
    if min(abs(since - x) for x in (0.0, EU.day)) > 1 and min(between, abs(EU.day - between)) > 1:
        assert first + second == rest
        assert after == pytest.approx(since, abs=1e-3)
