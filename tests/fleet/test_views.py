from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.views import Cursor


@given(st.text(min_size=1), st.integers(0, 10**18 - 1))
def test_a_cursor_is_read_as_it_was_written(epoch: str, number: int) -> None:
    cursor = Cursor(epoch, number)
    assert Cursor.parse(str(cursor)) == cursor


@given(st.text())
def test_any_text_is_a_cursor_or_none_and_never_an_error(text: str) -> None:
    cursor = Cursor.parse(text)
    if cursor is not None:
        epoch, _, number = text.rpartition(":")
        assert (cursor.epoch, cursor.number) == (epoch, int(number))


@pytest.mark.parametrize(
    "text", ["", ":", "7", ":7", "epoch", "epoch:", "epoch:-7", "epoch:+7", "epoch: 7", "epoch:7 "]
)
def test_half_a_cursor_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


@pytest.mark.parametrize("digits", ["٧", "²", "７", "1_000", "0x7", "7.0", "1e3"])  # noqa: RUF001 - digits that are none
def test_a_number_that_only_looks_like_one_is_none(digits: str) -> None:
    assert Cursor.parse(f"epoch:{digits}") is None


def test_a_number_of_any_length_is_no_reason_to_fall_over() -> None:
    """It comes from strangers; Python itself refuses to read more than 4,300 digits."""
    assert Cursor.parse("epoch:" + "9" * 5000) is None
    assert Cursor.parse("epoch:" + "9" * 19) is None  # nor has the store a column for it
    assert Cursor.parse("epoch:" + "9" * 18) == Cursor("epoch", 10**18 - 1)
