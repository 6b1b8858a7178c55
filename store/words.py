"""The words by which a person is known, and the pattern that finds them in any text.

The pattern means the same to PostgreSQL's regular expressions and to Python's: what the database
searches by is what is replaced by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from fleet.errors import Invalid
from fleet.rights import Datum, Grant, Right, Role

#: What people write between the groups of a telephone number.
_BETWEEN = r"[ .()/-]*"
_ABROAD = r"(?:(?:\+|00)[0-9]{1,3}[ .()/-]*)?"

#: Digits of the shortest telephone number; a shorter run of digits is a number of anything.
PHONE = 7

#: Words of ours, which stand in rows that are about nobody.
OURS = frozenset(
    {each.value for kind in (Role, Right, Datum, Grant) for each in kind}
    | {"operator", "retention", "system", "person", "consignee", "customer"}
)

_STAND_IN = re.compile("erased-[0-9a-f]{8}")
_PHONE = re.compile(r"\+?[0-9 .()/-]+")
_LATIN = re.compile(r"[0-9A-Za-z]")


def is_phone(word: str) -> bool:
    """Whether it reads as a telephone number."""
    return _PHONE.fullmatch(word) is not None and len(digits(word)) >= PHONE


def digits(phone: str) -> str:
    """Its digits, without China's code before them."""
    bare = re.sub(r"^(?:\+|00)86", "", phone.strip())
    return re.sub(r"[^0-9]", "", bare)


def stand_in(random: bytes) -> str:
    """A pseudonym of four ``random`` bytes; also a name that an account may have."""
    return f"erased-{random.hex()}"


def require_word(where: str, word: str) -> str:
    """``word`` without blanks around it.

    Raises:
        Invalid: it is so short, or so common here, that it would be found in what is about others.
    """
    bare = " ".join(word.split())
    least = 3 if bare.isascii() else 2
    if len(bare) < least:
        raise Invalid(where, f"has at least {least} characters: shorter ones stand everywhere")
    if _STAND_IN.fullmatch(bare):
        raise Invalid(where, "is what stands for somebody who was erased")
    if bare.lower() in OURS:
        raise Invalid(where, f"{bare} is a word of the system, and stands in rows about others")
    return bare


def pattern(words: Iterable[str]) -> str:
    """What finds any of ``words``: whole where they are in Latin letters, however they are cased.

    Telephone numbers are found with any marks between their digits, and with a country's code.
    Longer words come first, so that a name is replaced with what it is part of.
    """
    return "|".join(
        _phone(word) if is_phone(word) else _name(word)
        for word in sorted(set(words), key=lambda word: (-len(word), word))
    )


def replace(value: Any, found: re.Pattern[str], stand_in: str) -> Any:  # noqa: ANN401 (JSON)
    """JSON with the words replaced in every text and every key."""
    match value:
        case str():
            return found.sub(stand_in, value)
        case list():
            return [replace(each, found, stand_in) for each in value]
        case dict():
            return {
                found.sub(stand_in, key): replace(each, found, stand_in)
                for key, each in value.items()
            }
        case _:
            return value


def _phone(word: str) -> str:
    return f"(?<![0-9]){_ABROAD}" + _BETWEEN.join(digits(word)) + "(?![0-9])"


def _name(word: str) -> str:
    text = r"\s+".join(re.escape(part) for part in word.split())
    before = "(?<![0-9A-Za-z])" if _LATIN.match(word[0]) else ""
    after = "(?![0-9A-Za-z])" if _LATIN.match(word[-1]) else ""
    return before + text + after
