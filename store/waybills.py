"""Waybills: how they come to be, and what people change of them.

Nothing here derives what became of a waybill; a change leaves it due, and the worker looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet import numbers
from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.scope import Scope
from fleet.waybills import WaybillState
from store import admin, bookings, queries, serials, trail
from store.waybill_drafts import (
    MOST_LEGS,
    NewBooking,
    NewLeg,
    NewWaybill,
    Ready,
    check_customer,
    check_terms,
    find_parties,
    make_ready,
)
from store.waybill_found import Found, find

__all__ = [
    "MOST_LEGS",
    "Found",
    "NewBooking",
    "NewLeg",
    "NewWaybill",
    "Ready",
    "Terms",
    "add_waybill",
    "cancel",
    "change",
    "find",
    "insert",
    "make_ready",
    "set_short",
]

_SQL = queries.load("waybills")

_SHORT = re.compile(r"[A-Z]{2,4}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person may change; a field that is not in ``given`` stays as it is."""

    given: Mapping[str, Any] = field(default_factory=dict)


def add_waybill(conn: Connection[Any], scope: Scope, new: NewWaybill, zone: str = "UTC") -> str:
    """Place a waybill; returns its number.

    ``zone`` (IANA) says which day it is, for the number.  Bookings of its legs are made in the
    same transaction (``store.bookings``).

    Raises:
        AlreadyExists: the number is taken.
        NotFound: a company, a site or a trip.
        Forbidden: the customer is outside ``scope``.
        Conflict: the company has no number left for that day.
        Invalid: a value that cannot be.
    """
    with conn.transaction():
        [ready] = make_ready(conn, scope, [new], zone)
        if isinstance(ready, Exception):
            raise ready
        [(key, number)] = insert(conn, scope, [ready])
        if key is None:
            raise AlreadyExists("waybill", number)
        bookings.book_new(conn, scope, [(key, ready)])
        trail.record(conn, scope, "create", "waybill", number)
    return number


def insert(
    conn: Connection[Any], scope: Scope, ready: Sequence[Ready]
) -> list[tuple[int | None, str]]:
    """Add them inside a transaction, in one statement each: key and number of every one.

    The key is None where the number was taken.  Raises ``Conflict``: a company has no number
    left for a day.
    """
    if not ready:
        return []
    keys = [row[0] for row in conn.execute(_SQL["draw_keys"], {"count": len(ready)})]
    drawn = serials.draw_numbers(conn, ready)
    rows = [_row(each, key, number) for each, key, number in zip(ready, keys, drawn, strict=True)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    added = conn.execute(_SQL["add_waybills"], columns | {"author": scope.principal})
    there = {row[0] for row in added}
    serials.skip_serials(
        conn, [(r, n) for r, n, k in zip(ready, drawn, keys, strict=True) if k in there]
    )
    conn.execute(_SQL["add_states"], {"ids": sorted(there)})
    _add_legs(conn, [(key, each) for key, each in zip(keys, ready, strict=True) if key in there])
    return [(key if key in there else None, n) for key, n in zip(keys, drawn, strict=True)]


def change(conn: Connection[Any], scope: Scope, number: str, terms: Terms, reason: str) -> None:
    """Change what was agreed: promise, consignee, contact, goods, ...

    Another ``customer``: the number was bound to a wrong order.  From then on the first one sees
    nothing of it, and no link to it works any more.

    Raises:
        NotFound: the waybill, the customer or the carrier.
        Forbidden: the customer is outside ``scope``.
        Conflict: it was cancelled.
        Invalid: a value that cannot be, or no reason.
    """
    admin.need("reason", reason)
    with conn.transaction():
        found = find(conn, scope, number)
        _refuse_cancelled(found)
        before = _terms(conn, found.key)
        after = before | dict(terms.given)
        check_terms(after)
        keys = find_parties(conn, {code for code in (after["customer"], after["carrier"]) if code})
        check_customer(scope, after["customer"])
        columns = after | {
            "waybill": found.key,
            "customer_id": keys[after["customer"]][0],
            "carrier_id": keys[after["carrier"]][0] if after["carrier"] else None,
            "goods": Jsonb(list(after["goods"])),
            "requirements": list(after["requirements"]),
            "order_no": after["order_no"] or "",
        }
        conn.execute(_SQL["change_waybill"], columns)
        if after["customer"] != before["customer"]:
            given = {"waybill": found.key, "author": scope.principal}
            conn.execute(_SQL["revoke_links"], given)
        now = _terms(conn, found.key)
        changed = [name for name in now if now[name] != before[name]]
        detail = {"before": {n: before[n] for n in changed}, "after": {n: now[n] for n in changed}}
        trail.record(conn, scope, "change", "waybill", number, reason, detail)


def cancel(
    conn: Connection[Any],
    scope: Scope,
    number: str,
    at: datetime,
    reason: str,
    *,
    aboard: bool = False,
) -> None:
    """It will not be carried; with ``aboard`` also what is on its way already.

    Raises:
        NotFound: the waybill.
        Conflict: it is over, or on its way: goods that are aboard end with a proof.
        Invalid: no reason.
    """
    admin.need("reason", reason)
    with conn.transaction():
        found = find(conn, scope, number)
        _refuse_cancelled(found)
        if found.is_over or (found.state not in _CANCELLABLE and not aboard):
            raise Conflict(f"waybill {number} is {found.state.value}: it cannot be cancelled")
        conn.execute(_SQL["cancel_waybill"], {"waybill": found.key, "at": at})
        detail = {"before": found.state.value, "after": "cancelled"}
        trail.record(conn, scope, "change", "waybill", number, reason, detail)


def set_short(conn: Connection[Any], party: str, short: str) -> None:
    """What the numbers of a company begin with.

    Raises ``Invalid``, ``NotFound``, ``AlreadyExists`` (another company has it).
    """
    if not _SHORT.fullmatch(short):
        raise Invalid("short", "two to four capitals")
    try:
        with conn.transaction():
            if not conn.execute(_SQL["set_short"], {"code": party, "short": short}).rowcount:
                raise NotFound("party", party)
    except psycopg.errors.UniqueViolation as error:
        raise AlreadyExists("short", short) from error


_CANCELLABLE = frozenset(
    {WaybillState.CREATED, WaybillState.AWAITING_PICKUP, WaybillState.ARRIVED_ORIGIN}
)


def _refuse_cancelled(found: Found) -> None:
    if found.cancelled_at is not None:
        raise Conflict(f"waybill {found.number} was cancelled")


def _terms(conn: Connection[Any], key: int) -> dict[str, Any]:
    row = conn.execute(_SQL["load_terms"], {"waybill": key}).fetchall()[0]
    return dict(row[0])


def _row(ready: Ready, key: int, number: str) -> dict[str, Any]:
    new = ready.new
    return {
        "id": key,
        "number": number,
        "code": numbers.make_code(ready.day, key),
        "order_no": new.order_no or "",
        "customer": ready.customer,
        "carrier": ready.carrier,
        "origin": ready.sites[new.origin],
        "destination": ready.sites[new.destination],
        "shipper": new.shipper,
        "consignee": new.consignee,
        "phone": new.phone,
        "address": new.address,
        "goods": Jsonb([dict(each) for each in new.goods]),
        "requirements": Jsonb(list(new.requirements)),
        "contact": new.contact,
        "opens": new.opens_at,
        "promised": new.promised_at,
        "stored": new.stored,
        "placed": new.placed_at.astimezone(UTC),
        "digest": new.digest,
    }


def _add_legs(conn: Connection[Any], added: Sequence[tuple[int, Ready]]) -> None:
    rows = [
        (key, number, ready.sites[leg.origin], ready.sites[leg.destination])
        for key, ready in added
        for number, leg in enumerate(ready.legs)
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("waybill", "number", "origin", "destination")
    conn.execute(
        _SQL["add_legs"], {name: list(col) for name, col in zip(names, columns, strict=True)}
    )
