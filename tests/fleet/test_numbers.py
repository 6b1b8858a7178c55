from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import numbers
from fleet.numbers import Kind

#: From a character to its full-width form, as input methods for Chinese give it.
_FULL = 0xFEE0

_DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def test_a_number_is_company_date_and_six_digits() -> None:
    assert numbers.make_number("JD", date(2024, 10, 28), 1) == "JD20241028000001"
    assert numbers.make_number("ABCD", date(2024, 10, 28), 999_999) == "ABCD20241028999999"


@pytest.mark.parametrize(
    ("short", "serial"), [("J", 1), ("JDJDJ", 1), ("jd", 1), ("JD", 0), ("JD", 10**6)]
)
def test_no_number_is_made_of_what_does_not_fit(short: str, serial: int) -> None:
    with pytest.raises(ValueError, match="no number"):
        numbers.make_number(short, date(2024, 10, 28), serial)


@given(_DAYS, st.integers(0, 10**9))
def test_a_code_checks_itself(day: date, body: int) -> None:
    code = numbers.make_code(day, body)
    assert len(code) == 16
    assert code.startswith(f"{day:%y%m%d}")
    assert numbers.is_code(code)
    assert int(code) % 97 == 1


@given(_DAYS, st.integers(0, 10**8 - 1))
def test_every_wrong_digit_and_every_swap_of_neighbours_is_noticed(day: date, body: int) -> None:
    code = numbers.make_code(day, body)
    near = numbers.near(code)
    assert len(near) >= 16 * 9
    assert not any(numbers.is_code(wrong) for wrong in near)
    assert all(numbers.kind_of(wrong) is Kind.WRONG_CODE for wrong in near)


@pytest.mark.parametrize(
    "typed",
    [
        "jd20241028000001",
        "JD 2024 1028 000001",
        "".join(chr(ord(char) + _FULL) for char in "JD20241028000001"),
        "JD-20241028-000001",
        " jd_20241028/000001\n",
    ],
)
def test_a_number_is_read_in_any_case_width_and_grouping(typed: str) -> None:
    assert numbers.normalise(typed) == "JD20241028000001"


@given(st.text(max_size=40))
def test_to_normalise_twice_changes_nothing(text: str) -> None:
    once = numbers.normalise(text)
    assert numbers.normalise(once) == once


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("JD20241028000001", Kind.NUMBER),
        ("JD2024102800001", Kind.NUMBER),  # of old, with five digits
        ("JD202410280000", Kind.OTHER),
        (numbers.make_code(date(2024, 10, 28), 7), Kind.CODE),
        ("2410280000000700", Kind.WRONG_CODE),
        ("0001", Kind.PHONE),
        ("沪A12345", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_what_a_text_may_be(text: str, kind: Kind) -> None:
    assert numbers.kind_of(text) is kind


def test_the_day_is_in_the_number() -> None:
    assert numbers.day_of("JD20241028000001") == date(2024, 10, 28)
    for wrong in ("JD20241399000001", "JD1", ""):
        with pytest.raises(ValueError, match=r"."):
            numbers.day_of(wrong)
