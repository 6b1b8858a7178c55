"""Waybills: how they come to be, and what people change of them.

Numbers are drawn from one row per company and day, which is locked until the transaction ends:
no two waybills get the same one, and none is lost but by a rollback.  Nothing here derives what
became of a waybill; a change leaves it due, and the worker looks at it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet import numbers
from fleet.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from fleet.scope import Scope
from fleet.waybills import WaybillState
from store import admin, queries, routes, trail

_SQL = queries.load("waybills")

#: How a consignee may want to be reached.
CONTACTS = ("phone", "sms", "email", "none")

MOST_LEGS = 20  #: more changes of vehicle than any road lane has

_SHORT = re.compile(r"[A-Z]{2,4}")
_PHONE = re.compile(r"\+?[0-9]{5,15}")
_MOBILE = re.compile(r"1[0-9]*")
_MOBILE_DIGITS = 11  # of a mobile telephone in China, which all begin with 1
_NEW_DIGITS = 14  # of a number with a serial of six digits
_TEXT = 400  # characters that a label or a form has room for


@dataclass(frozen=True, slots=True)
class NewBooking:
    """A trip that shall carry a leg."""

    trip: str  #: code
    load: int | None = None  #: number of the stop; None: the first one at the leg's origin
    unload: int | None = None
    at: datetime | None = None  #: holds from then on; None: from when the waybill was placed


@dataclass(frozen=True, slots=True)
class NewLeg:
    """A part of the way to be."""

    origin: str  #: code of the site
    destination: str
    booking: NewBooking | None = None


@dataclass(frozen=True, slots=True)
class NewWaybill:
    """A waybill to be; either has a ``number``, or draws one of ``company``."""

    customer: str  #: code of the party
    origin: str  #: code of the site
    destination: str
    placed_at: datetime
    number: str | None = None
    company: str | None = None  #: short; None: that of the customer
    order_no: str | None = None
    carrier: str | None = None  #: code of the party
    shipper: str = ""
    consignee: str = ""
    phone: str = ""
    address: str = ""
    goods: tuple[Mapping[str, Any], ...] = ()  #: name, spec, quantity, weight_kg, volume_m3
    requirements: tuple[str, ...] = ()
    contact: str = "phone"
    opens_at: datetime | None = None
    promised_at: datetime | None = None
    stored: bool = False
    legs: tuple[NewLeg, ...] = ()  #: none: one from origin to destination
    digest: bytes | None = None  #: of what an import said of it


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person may change; a field that is not in ``given`` stays as it is."""

    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A waybill as an edit finds it."""

    key: int
    number: str
    cancelled_at: datetime | None
    placed_at: datetime
    origin: int  #: key of the site
    destination: int
    state: WaybillState
    is_over: bool


@dataclass(frozen=True, slots=True)
class Ready:
    """A waybill to be, checked, with keys for names."""

    new: NewWaybill
    day: date
    customer: int
    carrier: int  #: 0 none
    short: str  #: "" it has a number
    sites: Mapping[str, int]

    @property
    def legs(self) -> tuple[NewLeg, ...]:
        """Its way: one leg where none is said."""
        return self.new.legs or (NewLeg(self.new.origin, self.new.destination),)


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
    from store import bookings  # noqa: PLC0415 - bookings look waybills up with this module

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


def make_ready(
    conn: Connection[Any], scope: Scope, new: Sequence[NewWaybill], zone: str
) -> list[Ready | NotFound | Forbidden | Invalid]:
    """Check them and look their names up; what cannot be is an error in its place."""
    parties = _parties(conn, new)
    sites = routes.find_sites(conn, sorted({code for each in new for code in _sites(each)}))
    clock = ZoneInfo(zone)
    done: list[Ready | NotFound | Forbidden | Invalid] = []
    for each in new:
        try:
            done.append(_ready(scope, each, parties, sites, clock))
        except (NotFound, Forbidden, Invalid) as error:
            done.append(error)
    return done


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
    drawn = _draw_numbers(conn, ready)
    rows = [_row(each, key, number) for each, key, number in zip(ready, keys, drawn, strict=True)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    added = conn.execute(_SQL["add_waybills"], columns | {"author": scope.principal})
    there = {row[0] for row in added}
    _skip_serials(conn, [(r, n) for r, n, k in zip(ready, drawn, keys, strict=True) if k in there])
    conn.execute(_SQL["add_states"], {"ids": sorted(there)})
    _add_legs(conn, [(key, each) for key, each in zip(keys, ready, strict=True) if key in there])
    return [(key if key in there else None, n) for key, n in zip(keys, drawn, strict=True)]


def find(conn: Connection[Any], scope: Scope, number: str) -> Found:
    """A waybill that is to be edited, locked inside a transaction.

    Raises ``NotFound``, also when it is outside ``scope``.
    """
    row = conn.execute(_SQL["find_waybill"], queries.within(scope, number=number)).fetchone()
    if row is None:
        raise NotFound("waybill", number)
    key, name, cancelled_at, placed_at, origin, destination, state, is_over = row
    return Found(
        key, name, cancelled_at, placed_at, origin, destination, WaybillState(state), is_over
    )


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
        _check_terms(after)
        keys = _find_parties(conn, {code for code in (after["customer"], after["carrier"]) if code})
        _check_customer(scope, after["customer"])
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
        trail.record(conn, scope, "change", "waybill", number, reason, {"after": "cancelled"})


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


def _ready(
    scope: Scope,
    new: NewWaybill,
    parties: Mapping[str, tuple[int, str | None]],
    sites: Mapping[str, int],
    clock: ZoneInfo,
) -> Ready:
    for code in filter(None, (new.customer, new.carrier)):
        if code not in parties:
            raise NotFound("party", code)
    _check_customer(scope, new.customer)
    for code in _sites(new):
        if code not in sites:
            raise NotFound("site", code)
    _check_new(new)
    customer, own = parties[new.customer]
    short = "" if new.number is not None else new.company or own or ""
    if new.number is None and not _SHORT.fullmatch(short):
        raise Invalid("company", "say the short, two to four capitals: the customer has none")
    carrier = 0 if new.carrier is None else parties[new.carrier][0]
    day = new.placed_at.astimezone(clock).date()
    if new.number is not None:
        day = numbers.day_of(new.number)
    return Ready(new, day, customer, carrier, short, sites)


def _check_customer(scope: Scope, customer: str) -> None:
    if scope.customers is not None and customer not in scope.customers:
        raise Forbidden(f"{scope.principal} may place waybills of own customers only")


def _check_new(new: NewWaybill) -> None:
    if new.number is not None:
        try:
            numbers.day_of(new.number)
        except ValueError as error:
            raise Invalid("number", "two to four capitals, a date, and 5 or 6 digits") from error
    legs = new.legs
    if len(legs) > MOST_LEGS:
        raise Invalid("legs", f"at most {MOST_LEGS}")
    if legs and (legs[0].origin != new.origin or legs[-1].destination != new.destination):
        raise Invalid("legs", "the first leg leaves the origin, the last one ends at the goal")
    if any(one.destination != two.origin for one, two in pairwise(legs)):
        raise Invalid("legs", "each leg begins where the one before ends")
    if any(leg.origin == leg.destination for leg in legs) or new.origin == new.destination:
        raise Invalid("legs", "a leg ends elsewhere than it begins")
    _check_terms(
        {name: value for name, value in asdict(new).items() if name not in _NO_TERMS}
        | {"goods": new.goods}
    )


_NO_TERMS = frozenset({"legs", "digest"})
_TEXTS = ("shipper", "consignee", "address", "order_no")


def _check_terms(terms: Mapping[str, Any]) -> None:
    for name in _TEXTS:
        text = terms[name] or ""
        if len(text) > _TEXT or not text.isprintable():
            raise Invalid(name, f"printable, at most {_TEXT} characters")
    phone = terms["phone"]
    if phone and not _PHONE.fullmatch(phone):
        raise Invalid("phone", "5 to 15 digits, with a + before them or not")
    if _MOBILE.fullmatch(phone) and len(phone) != _MOBILE_DIGITS:
        raise Invalid("phone", f"a mobile telephone has {_MOBILE_DIGITS} digits")
    if terms["contact"] not in CONTACTS:
        raise Invalid("contact", f"one of {', '.join(CONTACTS)}")
    opens, promised = _instant(terms["opens_at"]), _instant(terms["promised_at"])
    if opens is not None and promised is not None and opens > promised:
        raise Invalid("opens_at", "must not be after `promised_at`")


def _instant(value: datetime | str | None) -> datetime | None:
    """Of a person, or of a row in JSON."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _terms(conn: Connection[Any], key: int) -> dict[str, Any]:
    row = conn.execute(_SQL["load_terms"], {"waybill": key}).fetchall()[0]
    return dict(row[0])


def _sites(new: NewWaybill) -> Iterator[str]:
    yield new.origin
    yield new.destination
    for leg in new.legs:
        yield leg.origin
        yield leg.destination


def _parties(conn: Connection[Any], new: Sequence[NewWaybill]) -> dict[str, tuple[int, str | None]]:
    wanted = {code for each in new for code in (each.customer, each.carrier) if code}
    found = conn.execute(_SQL["parties"], {"codes": sorted(wanted)}).fetchall()
    return {code: (key, short) for code, key, short in found}


def _find_parties(conn: Connection[Any], wanted: set[str]) -> dict[str, tuple[int, str | None]]:
    found = conn.execute(_SQL["parties"], {"codes": sorted(wanted)}).fetchall()
    keys = {code: (key, short) for code, key, short in found}
    for code in wanted - keys.keys():
        raise NotFound("party", code)
    return keys


def _draw_numbers(conn: Connection[Any], ready: Sequence[Ready]) -> list[str]:
    """A number for each; those that have one keep it."""
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


def _skip_serials(conn: Connection[Any], added: Sequence[tuple[Ready, str]]) -> None:
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
