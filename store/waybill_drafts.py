"""Waybills to be: what people give, checked, with keys for names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection

from fleet import numbers
from fleet.errors import Forbidden, Invalid, NotFound
from fleet.scope import Scope
from store import queries, routes

_SQL = queries.load("waybills")

#: How a consignee may want to be reached.
CONTACTS = ("phone", "sms", "email", "none")

MOST_LEGS = 20  #: more changes of vehicle than any road lane has

_SHORT = re.compile(r"[A-Z]{2,4}")
_PHONE = re.compile(r"\+?[0-9]{5,15}")
_MOBILE = re.compile(r"1[0-9]*")
_MOBILE_DIGITS = 11  # of a mobile telephone in China, which all begin with 1
_TEXT = 400  # characters that a label or a form has room for
_NO_TERMS = frozenset({"legs", "digest"})
_TEXTS = ("shipper", "consignee", "address", "order_no")


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
    check_customer(scope, new.customer)
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


def check_customer(scope: Scope, customer: str) -> None:
    """Raises ``Forbidden``: the customer is outside ``scope``."""
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
    check_terms(
        {name: value for name, value in asdict(new).items() if name not in _NO_TERMS}
        | {"goods": new.goods}
    )


def check_terms(terms: Mapping[str, Any]) -> None:
    """Raises ``Invalid``: one of these terms cannot be."""
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


def find_parties(conn: Connection[Any], wanted: set[str]) -> dict[str, tuple[int, str | None]]:
    """Keys and shorts of companies by code.  Raises ``NotFound``."""
    found = conn.execute(_SQL["parties"], {"codes": sorted(wanted)}).fetchall()
    keys = {code: (key, short) for code, key, short in found}
    for code in wanted - keys.keys():
        raise NotFound("party", code)
    return keys
