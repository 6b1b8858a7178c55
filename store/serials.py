"""The numbers of waybills, drawn from one row per company and day.

The row is locked until the transaction ends: no two waybills get the same number, and none is
lost but by a rollback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg import Connection

from fleet import numbers
from fleet.errors import Conflict
from store import queries
from store.waybill_drafts import Ready

_SQL = queries.load("waybills")

_NEW_DIGITS = 14  # of a number with a serial of six digits


def draw_numbers(conn: Connection[Any], ready: Sequence[Ready]) -> list[str]:
    """A number for each; those that have one keep it.

    Raises ``Conflict``: a company has no number left for a day.
    """
    wanted = Counter((each.short, each.day) for each in ready if each.short)
    groups = sorted(wanted)
    given = {
        "short": [short for short, _ in groups],
        "day": [day for _, day in groups],
        "count": [wanted[group] for group in groups],
    }
    try:
        with conn.transaction():
            rows = conn.execute(_SQL["draw_serials"], given).fetchall() if groups else []
    except psycopg.errors.CheckViolation as error:
        raise Conflict("a company has no number left for that day") from error
    following = {
        (short, day): iter(range(last - wanted[short, day] + 1, last + 1))
        for short, day, last in rows
    }
    return [
        each.new.number or numbers.make_number(each.short, each.day, next(following[key]))
        for each in ready
        for key in [(each.short, each.day)]
    ]


def skip_serials(conn: Connection[Any], added: Sequence[tuple[Ready, str]]) -> None:
    """Let no company draw the numbers that came with these waybills."""
    last: dict[tuple[str, date], int] = {}
    for each, number in added:
        digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        if each.new.number is not None and len(digits) == _NEW_DIGITS and int(digits[8:]):
            group = number[: len(number) - len(digits)], each.day
            last[group] = max(last.get(group, 0), int(digits[8:]))
    if last:
        groups = sorted(last)
        given = {
            "short": [short for short, _ in groups],
            "day": [day for _, day in groups],
            "last": [last[group] for group in groups],
        }
        conn.execute(_SQL["skip_serials"], given)
