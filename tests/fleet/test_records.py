from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.records import COLUMNS, FixBatch, Flag, Grade, Reason
from tests.factories import fixes

SIZES = st.lists(st.integers(0, 7), max_size=5)


def same(one: FixBatch, other: FixBatch) -> bool:
    """Whether both hold the same rows, types included."""
    for name in COLUMNS:
        mine, its = getattr(one, name), getattr(other, name)
        if mine.dtype != its.dtype or not np.array_equal(
            mine, its, equal_nan=mine.dtype.kind == "f"
        ):
            return False
    return True


def test_the_columns_are_the_fields_in_order() -> None:
    assert [field.name for field in fields(FixBatch)] == list(COLUMNS)


@given(SIZES)
def test_batches_put_together_can_be_taken_apart(sizes: list[int]) -> None:
    parts = [
        fixes(size, lon=np.arange(size) + 100.0 * number) if size else FixBatch.empty()
        for number, size in enumerate(sizes)
    ]
    whole = FixBatch.concat(parts)
    assert len(whole) == sum(sizes)
    at = 0
    for part in parts:
        assert same(whole.rows(slice(at, at + len(part))), part)
        at += len(part)


def test_nothing_put_together_is_a_batch_of_no_rows_with_the_right_types() -> None:
    batch = FixBatch.concat([])
    assert len(batch) == 0
    assert {name: getattr(batch, name).dtype.type for name in COLUMNS} == COLUMNS


def test_rows_come_in_the_order_chosen_whichever_way_they_are_chosen() -> None:
    batch = fixes(4)
    assert batch.rows(np.array([3, 0, 3])).frame.tolist() == [3, 0, 3]
    assert batch.rows(np.array([True, False, True, False])).frame.tolist() == [0, 2]
    assert batch.rows(slice(None, None, -1)).frame.tolist() == [3, 2, 1, 0]


def test_a_flag_is_raised_only_where_told_and_takes_no_other_away() -> None:
    before = fixes(flags=[Flag.VOID, 0, Flag.JUMP])
    after = before.flagged(Flag.JUMP, np.array([True, False, True]))
    assert after.flags.tolist() == [Flag.VOID | Flag.JUMP, 0, Flag.JUMP]
    assert after.flags.dtype == np.uint16
    assert before.flags.tolist() == [Flag.VOID, 0, Flag.JUMP]  # the first batch is as it was


@pytest.mark.parametrize("flag", [Flag.OLD, Flag.BACKFILLED, Flag.VOID])
def test_every_flag_fits_into_its_column(flag: Flag) -> None:
    assert fixes(1).flagged(flag, np.array([True])).flags.tolist() == [flag]


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "time"])
def test_a_column_of_another_length_is_refused_by_name(name: str) -> None:
    batch = fixes(3)
    with pytest.raises(ValueError, match=rf"^{name}: shape \(2,\), not \(3,\)"):
        replace(batch, **{name: getattr(batch, name)[:2]})


def test_a_table_is_no_column() -> None:
    square = {name: np.zeros((2, 2), dtype) for name, dtype in COLUMNS.items()}
    with pytest.raises(ValueError, match="shape"):
        FixBatch(**square)


def test_a_batch_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        fixes(1).lon = np.zeros(1)  # type: ignore[misc] # the point of the test


def test_what_is_stored_keeps_its_numbers() -> None:
    """Bits, grades and reasons lie in databases: a change here is a migration there."""
    assert {flag.name: int(flag) for flag in Flag} == {
        "VOID": 1,
        "UNCHECKED": 2,
        "ROLLOVER": 4,
        "ESTIMATED": 8,
        "JUMP": 64,
        "DRIFT": 128,
        "RELOCATION": 256,
        "BACKFILLED": 1024,
        "OLD": 2048,
    }
    assert [grade.name for grade in sorted(Grade)] == ["A", "B", "C", "X"]
    kinds = (Flag.INTRINSIC, Flag.CONTEXTUAL, Flag.DELIVERY)
    assert sum(int(kind) for kind in kinds) == sum(int(flag) for flag in Flag)
    assert all(
        reason.value == reason.name.lower().replace("_", "-")
        for reason in Reason
        if (reason is not Reason.UNCHECKED)
    )
    assert Reason.UNCHECKED.value == "no-checksum"
