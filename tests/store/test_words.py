from __future__ import annotations

import re

import pytest

from fleet.errors import Invalid
from store import words


def found(text: str, *known: str) -> str:
    return re.sub(words.pattern(known), "X", text, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("联系Li Na先生", "联系X先生"),
        ("LI  NA, li na.", "X, X."),
        ("Berli Na", "Berli Na"),
        ("li nadia", "li nadia"),
        ("138-0000 0001 / +86 13800000001", "X / X"),
        ("0086138 0000 0001", "X"),
        ("113800000001 138000000019", "113800000001 138000000019"),
    ],
)
def test_words_are_found_whole_however_they_are_written(text: str, left: str) -> None:
    assert found(text, "Li Na", "+8613800000001") == left


def test_the_longer_word_is_replaced_whole() -> None:
    assert found("li.na@example.com li.na", "li.na", "li.na@example.com") == "X X"


def test_json_is_replaced_in_texts_and_keys_but_not_in_numbers() -> None:
    pattern = re.compile(words.pattern(["13800000001"]))
    body = {"13800000001": [1.13800000001, 13800000001, "13800000001", None, True]}
    assert words.replace(body, pattern, "X") == {"X": [1.13800000001, 13800000001, "X", None, True]}


@pytest.mark.parametrize("word", ["王", "ab", "  a ", "driver", "erased-00112233"])
def test_a_word_that_would_take_others_along_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        words.require_word("name", word)
    assert words.require_word("name", " 王五 ") == "王五"


def test_a_pseudonym_is_a_name_that_nobody_chose() -> None:
    assert words.stand_in(bytes([0, 1, 2, 255])) == "erased-000102ff"
