"""Waybills out of files: brought to what the file says, as often as one likes.

A waybill is known again by its number, else by its order number with the customer.  What was
kept with it is a digest of what the file said: the same again changes nothing, other words
change what was agreed.  Its way does not change by a file: what is booked is for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection

from fleet.errors import FleetError
from fleet.scope import Scope
from store import bookings, queries, trail, waybills
from store.waybills import NewWaybill, Ready, Terms

_SQL = queries.load("waybills")

#: Waybills in one transaction, in which the row of their serial is held: some 200 ms.
AT_ONCE = 500

#: Why terms changed that nobody gave a reason for.
REASON = "imported"

#: What a file may change of a waybill that is there.
_TERMS = (
    *("order_no", "carrier", "shipper", "consignee", "phone", "address", "goods"),
    *("requirements", "contact", "opens_at", "promised_at", "stored"),
)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a waybill of a file."""

    result: Literal["created", "unchanged", "changed", "refused"]
    number: str | None
    reason: str | None = None  #: why it was refused


def bring(
    conn: Connection[Any], scope: Scope, given: Sequence[NewWaybill], zone: str
) -> list[Brought]:
    """Bring waybills to what ``given`` say; what became of each, in their order.

    On a connection that is in no transaction every ``AT_ONCE`` are one.  Each has a digest.
    """
    done: list[Brought] = []
    seen: set[tuple[str, str]] = set()
    for first in range(0, len(given), AT_ONCE):
        with conn.transaction():
            done += _portion(conn, scope, given[first : first + AT_ONCE], zone, seen)
    return done


def _portion(
    conn: Connection[Any],
    scope: Scope,
    given: Sequence[NewWaybill],
    zone: str,
    seen: set[tuple[str, str]],
) -> list[Brought]:
    known = _known(conn, given)
    done: dict[int, Brought] = {}
    fresh: list[int] = []
    for row, new in enumerate(given):
        name = _name(new)
        if name is not None and name in seen:
            done[row] = Brought("refused", new.number, "a waybill of that name came before")
            continue
        if name is not None:
            seen.add(name)
        there = None if name is None else known.get(name)
        if there is None:
            fresh.append(row)
        else:
            done[row] = _change(conn, scope, there, new)
    created = _create(conn, scope, [given[row] for row in fresh], zone)
    done |= dict(zip(fresh, created, strict=True))
    return [done[row] for row in range(len(given))]


def _change(
    conn: Connection[Any], scope: Scope, there: tuple[int, str, bytes | None], new: NewWaybill
) -> Brought:
    key, number, digest = there
    if digest is not None and bytes(digest) == new.digest:
        return Brought("unchanged", number)
    try:
        with conn.transaction():
            terms = Terms({name: getattr(new, name) for name in _TERMS})
            waybills.change(conn, scope, number, terms, REASON)
            conn.execute(_SQL["keep_digest"], {"waybill": key, "digest": new.digest})
    except FleetError as error:
        return Brought("refused", number, str(error))
    return Brought("changed", number)


def _create(
    conn: Connection[Any], scope: Scope, new: Sequence[NewWaybill], zone: str
) -> list[Brought]:
    ready = waybills.make_ready(conn, scope, new, zone)
    good = [each for each in ready if isinstance(each, Ready)]
    wrong = iter(bookings.check_new(conn, scope, good))
    problems = [next(wrong) if isinstance(each, Ready) else each for each in ready]
    made = [
        each
        for each, why in zip(ready, problems, strict=True)
        if isinstance(each, Ready) and why is None
    ]
    try:
        with conn.transaction():
            added = waybills.insert(conn, scope, made)
            kept = [(k, each) for (k, _), each in zip(added, made, strict=True) if k is not None]
            bookings.book_new(conn, scope, kept)
    except FleetError as error:
        added, why = [(None, "")] * len(made), str(error)
    else:
        why = "there is a waybill of that number"
    outcomes = iter(
        Brought("refused", number or None, why) if key is None else Brought("created", number)
        for key, number in added
    )
    for key, number in added:
        if key is not None:
            trail.record(conn, scope, "create", "waybill", number, REASON)
    return [
        Brought("refused", each.number, str(problem)) if problem is not None else next(outcomes)
        for each, problem in zip(new, problems, strict=True)
    ]


def _name(new: NewWaybill) -> tuple[str, str] | None:
    """By which it is known again."""
    if new.number is not None:
        return "", new.number
    return None if not new.order_no else (new.customer, new.order_no)


def _known(
    conn: Connection[Any], given: Sequence[NewWaybill]
) -> dict[tuple[str, str], tuple[int, str, bytes | None]]:
    columns = {
        "numbers": [new.number for new in given if new.number is not None],
        "customers": [new.customer for new in given if new.number is None and new.order_no],
        "orders": [new.order_no for new in given if new.number is None and new.order_no],
    }
    found: dict[tuple[str, str], tuple[int, str, bytes | None]] = {}
    for key, number, customer, order_no, digest in conn.execute(_SQL["known_waybills"], columns):
        found["", number] = key, number, digest
        if order_no is not None:
            found.setdefault((customer, order_no), (key, number, digest))
    return found
