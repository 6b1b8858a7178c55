from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.waybills import ScanKind, WaybillState
from shipment.status import TABLE, System, inward, names, outward

_CELLS = [(word, system) for word in TABLE for system in System]


def own(word: str, system: System) -> str:
    """The code in the cell itself, not that of a parent."""
    codes = TABLE[word].codes[tuple(System).index(system)].split()
    return codes[0] if codes else ""


def test_every_state_and_scan_has_a_row_and_both_names() -> None:
    assert set(TABLE) >= {*WaybillState, *ScanKind}
    for word in TABLE:
        zh, en = names(word)
        assert zh
        assert en
        assert zh != word
    assert len({names(word)[0] for word in TABLE}) == len(TABLE)


@pytest.mark.parametrize("system", System)
def test_a_code_that_only_one_status_says_comes_back_as_that_status(system: System) -> None:
    said = Counter(own(word, system) for word in TABLE)
    for word in TABLE:
        code = own(word, system)
        if code and said[code] == 1:
            assert inward(system, code) == word


@pytest.mark.parametrize(("word", "system"), _CELLS)
def test_what_is_said_comes_back_as_a_status_that_says_the_same(word: str, system: System) -> None:
    code = outward(word, system)
    if code:
        assert outward(inward(system, code), system) == code


@pytest.mark.parametrize(
    ("word", "system", "code"),
    [
        ("arrived_origin", System.KD100, "102"),
        ("completed", System.KD100, "3"),
        ("arrived_hub", System.KD100, "0"),
        ("departed_hub", System.KDNIAO, "2"),
        ("arrived_destination", System.YUNDA, "SENT"),
        ("created", System.SF, ""),
        ("no such word", System.X12, ""),
    ],
)
def test_what_has_no_code_is_said_as_its_parent(word: str, system: System, code: str) -> None:
    assert outward(word, system) == code


@pytest.mark.parametrize(
    ("system", "code", "word"),
    [
        (System.KD100, "304", "delivered"),
        (System.KD100, "1003", "in_transit"),
        (System.KD100, "1", "picked_up"),
        (System.KDNIAO, "311", "delivered"),
        (System.SF, "54", "picked_up"),
        (System.X12, "X5", "arrived_destination"),
        (System.X12, "ZZ", ""),
    ],
)
def test_a_code_that_is_in_no_cell_falls_to_its_parent(
    system: System, code: str, word: str
) -> None:
    assert inward(system, code) == word


@given(st.sampled_from(System), st.text(max_size=8))
def test_no_code_is_ever_an_error(system: System, code: str) -> None:
    assert inward(system, code) in {"", *TABLE}
