"""Numbers of waybills: how they are made, and how what people type is read.

A **number** is the short of a company, the date and a serial of six digits (five in numbers of
old): ``JD20241028000001``.  A **code** is the same waybill in sixteen digits: the date in six,
eight that no other waybill of the day has, and two check digits by ISO 7064 MOD 97-10.  Every
wrong digit and every swap of two neighbours is noticed: 97 is prime and greater than 9 * 9.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from itertools import pairwise

SERIALS = 999_999  #: most waybills of one company and day: its serial has six digits
_MODULUS = 97  # of ISO 7064 MOD 97-10
_BODY = 10**8  # the eight digits of a code

_NUMBER = re.compile(r"[A-Z]{2,4}[0-9]{8}[0-9]{5,6}")
_CODE = re.compile(r"[0-9]{16}")
_PHONE_TAIL = re.compile(r"[0-9]{4}")
# What people put between the parts of a number: any space, dash, dot, slash, underline.
_BETWEEN = re.compile(r"[\s\u200b\u2010-\u2015\u2212\-._/·]+")
_SHORT = re.compile(r"[A-Z]{2,4}")


class Kind(StrEnum):
    """What a text that somebody asks by may be."""

    NUMBER = "number"
    CODE = "code"  #: sixteen digits whose check is right
    WRONG_CODE = "wrong_code"  #: sixteen digits whose check is wrong: mistyped
    PHONE = "phone"  #: the last four digits of a telephone
    OTHER = "other"  #: an order number, a plate, a part of something


def make_number(short: str, day: date, serial: int) -> str:
    """The number of the ``serial``-th waybill of a company on ``day``.

    Raises ``ValueError``: a short that is not two to four capitals, a serial beyond six digits.
    """
    if not _SHORT.fullmatch(short) or not 0 < serial <= SERIALS:
        raise ValueError(f"no number has the short {short!r} and the serial {serial}")
    return f"{short}{day:%Y%m%d}{serial:06d}"


def make_code(day: date, body: int) -> str:
    """The code with these eight digits; of a greater ``body`` the last eight."""
    stem = f"{day:%y%m%d}{body % _BODY:08d}"
    return stem + check_digits(stem)


def check_digits(stem: str) -> str:
    """The two digits that make ``stem`` with them 1 modulo 97."""
    return f"{_MODULUS + 1 - int(stem) * 100 % _MODULUS:02d}"


def is_number(text: str) -> bool:
    """Whether a normalised text has the form of a number, of old ones too."""
    return _NUMBER.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Whether a normalised text is a code whose check is right."""
    return _CODE.fullmatch(text) is not None and text[14:] == check_digits(text[:14])


def normalise(text: str) -> str:
    """As numbers are kept: half width, capitals, nothing between the parts.

    Works for order numbers, plates and telephones too; what is empty then asks for nothing.
    """
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    # What stood apart may now belong together: an accent and the letter before it.
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", bare).upper())


def kind_of(text: str) -> Kind:
    """What a normalised text may be."""
    if is_number(text):
        return Kind.NUMBER
    if _CODE.fullmatch(text):
        return Kind.CODE if is_code(text) else Kind.WRONG_CODE
    return Kind.PHONE if _PHONE_TAIL.fullmatch(text) else Kind.OTHER


def day_of(number: str) -> date:
    """The date in a number.  Raises ``ValueError``: it has none, or one of no calendar."""
    if not is_number(number):
        raise ValueError(f"{number!r} is no number")
    digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def near(text: str) -> frozenset[str]:
    """All texts that differ in one digit, or by a swap of two neighbours: "did you mean".

    Of a text of sixteen characters 16 * 9 + 15 at most: few enough to be looked up by key.
    """
    found = {
        text[:place] + digit + text[place + 1 :]
        for place, char in enumerate(text)
        if char.isascii() and char.isdigit()
        for digit in "0123456789"
    }
    found |= {
        text[:place] + second + first + text[place + 2 :]
        for place, (first, second) in enumerate(pairwise(text))
    }
    return frozenset(found - {text})
