"""Mandatory rest on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from route.rest import CN, EU, NONE, PROFILES, Profile, pauses

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
    assert CN.limit(np.array([NIGHT - HOUR, NIGHT - HOUR - 1]), 0.0).tolist() == [
        2 * HOUR,
        4 * HOUR,
    ]


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
