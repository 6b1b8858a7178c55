"""Waybills by whatever a caller has at hand: a number, a code, an order, a plate, a telephone.

Nothing outside the scope is found, nor suggested.  "Did you mean" tries every text one slip
away (another digit, two swapped, one too many, one too few, another company) by its key:
a few hundred probes of an index, where a search by likeness reads most of a million numbers
that differ in their last digits only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg import Connection

from fleet import numbers
from fleet.rights import Datum, Grant
from fleet.scope import Scope
from store import queries

_SQL = queries.load("lookup")

MOST = 20  #: waybills of one telephone or vehicle that are told
SUGGESTED = 5  #: more are no help to somebody on the telephone

#: Words before a number, as they are left after normalising, and China before a telephone.
_BEFORE = re.compile(
    r"^(?:(?:运单|订单|物流|快递|货运)?单?号码?|车牌号?码?|手机号?码?|电话号?码?|尾号"
    r"|WAYBILL|ORDER|NO\.?|NUMBER)+[:：#]?"
)
_CHINA = re.compile(r"^(?:\+|00)?86(?=1[0-9]{10}$)")

_TAIL = 4  # digits of a telephone
_LONGEST_PHONE = 15  # digits, ITU-T E.164
_DATED = 8  # digits of the date in a number


class MatchedBy(StrEnum):
    """By what something was found."""

    NUMBER = "number"
    CODE = "code"
    ORDER = "order"
    PLATE = "plate"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Found:
    """What a text led to."""

    asked: str  #: as it was read: half width, capitals, nothing between the parts
    by: MatchedBy | None  #: None: nothing was found
    numbers: tuple[str, ...] = ()  #: of waybills, newest first
    suggestions: tuple[str, ...] = ()  #: numbers or codes that may be meant; of nothing found
    check_failed: bool = False  #: sixteen digits of which the last two do not fit


def look_up(conn: Connection[Any], scope: Scope, text: str, limit: int = MOST) -> Found:
    """The waybills inside ``scope`` that ``text`` may mean, by the surest key that finds any."""
    asked = numbers.normalise(text)
    for meant in _readings(asked):
        for by in _tried(meant, numbers.kind_of(meant)):
            if by is MatchedBy.PLATE and scope.sees(Datum.PLATE) is not Grant.ALL:
                continue  # who sees the end of a plate is not told that a whole one is right
            found = _by(conn, scope, by, meant, limit)
            if found:
                return Found(meant, by, found)
    asked = _readings(asked)[-1]
    kind = numbers.kind_of(asked)
    suggestions = _suggest(conn, scope, asked, kind)
    return Found(asked, None, (), suggestions, kind is numbers.Kind.WRONG_CODE)


def _readings(asked: str) -> tuple[str, ...]:
    """``asked`` as it is, and without what people write before a number: 单号, No., +86."""
    bare = _BEFORE.sub("", asked)
    bare = _CHINA.sub("", bare)
    return (asked, bare) if bare and bare != asked else (asked,)


def _tried(asked: str, kind: numbers.Kind) -> tuple[MatchedBy, ...]:
    """By what to look for it, surest first; an order number may look like anything."""
    if not asked:
        return ()
    if kind is numbers.Kind.NUMBER:
        return MatchedBy.NUMBER, MatchedBy.ORDER
    if kind is numbers.Kind.CODE:
        return MatchedBy.CODE, MatchedBy.ORDER
    if asked.isascii() and asked.lstrip("+").isdigit():
        is_phone = _TAIL <= len(asked.lstrip("+")) <= _LONGEST_PHONE
        return (MatchedBy.ORDER, MatchedBy.PHONE) if is_phone else (MatchedBy.ORDER,)
    return MatchedBy.ORDER, MatchedBy.PLATE


def _by(
    conn: Connection[Any], scope: Scope, by: MatchedBy, asked: str, limit: int
) -> tuple[str, ...]:
    given = queries.within(scope, keys=[asked], phone=asked.lstrip("+"), plate=asked, limit=limit)
    names = ("by_plate", "by_trip") if by is MatchedBy.PLATE else (f"by_{by.value}",)
    for name in names:
        found = tuple(row[0] for row in conn.execute(_SQL[name], given))
        if found:
            return found
    return ()


def _suggest(
    conn: Connection[Any], scope: Scope, asked: str, kind: numbers.Kind
) -> tuple[str, ...]:
    if kind in {numbers.Kind.CODE, numbers.Kind.WRONG_CODE}:
        meant = [text for text in numbers.near(asked) if numbers.is_code(text)]
        return _probe(conn, scope, "by_code", meant)
    if len(asked) <= _DATED or not any(char.isdigit() for char in asked):
        return ()
    shorts = [row[0] for row in conn.execute(_SQL["list_shorts"])]
    return _probe(conn, scope, "by_number", _one_slip(asked, shorts))


def _one_slip(asked: str, shorts: Iterable[str]) -> list[str]:
    """Every number one slip away from ``asked``."""
    digits = asked.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    gaps = range(len(asked) + 1)
    meant = set(numbers.near(asked))
    meant |= {short + digits for short in shorts}
    meant |= {asked[:gap] + digit + asked[gap:] for gap in gaps for digit in "0123456789"}
    meant |= {asked[:gap] + asked[gap + 1 :] for gap in gaps}
    return sorted(text for text in meant if numbers.is_number(text) and text != asked)


def _probe(conn: Connection[Any], scope: Scope, name: str, keys: list[str]) -> tuple[str, ...]:
    given = queries.within(scope, keys=keys, limit=SUGGESTED)
    return tuple(row[0] for row in conn.execute(_SQL[name], given)) if keys else ()
