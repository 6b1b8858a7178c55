"""Anything with a name, by part of it: the box that a dispatcher types into.

Vehicles, trips, waybills, drivers and hubs, each as far as rights and scope go; asked at
every letter, so each statement is an index or a table of the size of the fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg import Connection

from fleet import numbers
from fleet.rights import Datum, Grant, Right
from fleet.scope import Scope
from store import lookup, queries
from store.lookup import MatchedBy

_SQL = queries.load("find")

#: Of a number at least so much is typed before its beginning or its end is looked for: shorter
#: ends are of thousands of waybills, and four digits are the end of a telephone.
_BEGINS, _ENDS = 4, 5

#: Rows of which those inside a scope are picked: a thousand probes are a few milliseconds.
_THROUGH = 1000

#: By what a whole number may be found here; plates and telephones are for the desk.
_BY_NUMBER = frozenset({MatchedBy.NUMBER, MatchedBy.CODE, MatchedBy.ORDER})


class HitKind(StrEnum):
    """What was found, in the order that it is told in."""

    VEHICLE = "vehicle"
    TRIP = "trip"
    WAYBILL = "waybill"
    DRIVER = "driver"
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found."""

    kind: HitKind
    code: str  #: plate, code, number or name
    title_zh: str
    title_en: str
    detail_zh: str = ""
    detail_en: str = ""
    vehicle: str | None = None  #: plate
    trip: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A text as statements take it."""

    text: str  #: normalised
    raw: str
    limit: int

    def given(self, scope: Scope, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - what SQL takes
        """Parameters of a statement."""
        like, ends = _literal(self.text), _literal(self.text[::-1])
        return queries.within(scope, like=like, ends=ends, limit=self.limit, **more)


def _literal(text: str) -> str:
    """``text`` as a pattern of LIKE that means itself."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def find(conn: Connection[Any], scope: Scope, text: str, limit: int) -> list[Hit]:
    """What ``text`` may mean inside ``scope``, in any case and width; ``limit`` of each kind.

    A kind that its rights do not cover is not looked for; a text of nothing finds nothing.
    """
    asked = _Asked(numbers.normalise(text), text.strip(), limit)
    if not asked.text:
        return []
    return [
        hit for right, search in _SEARCHES if scope.may(right) for hit in search(conn, scope, asked)
    ]


def _vehicles(conn: Connection[Any], scope: Scope, asked: _Asked) -> Iterator[Hit]:
    if scope.sees(Datum.PLATE) not in {Grant.ALL, Grant.OWN}:
        return
    for plate, zh, en in conn.execute(_SQL["find_vehicles"], asked.given(scope)):
        yield Hit(HitKind.VEHICLE, plate, plate, plate, zh, en, vehicle=plate)


def _trips(conn: Connection[Any], scope: Scope, asked: _Asked) -> Iterator[Hit]:
    given = asked.given(scope, raw=[asked.raw, asked.raw.upper(), asked.text])
    for code, plate, *ends in conn.execute(_SQL["find_trips"], given):
        zh, en = _way(ends[0], ends[2]), _way(ends[1], ends[3])
        yield Hit(HitKind.TRIP, code, code, code, zh, en, vehicle=plate, trip=code)


def _waybills(conn: Connection[Any], scope: Scope, asked: _Asked) -> Iterator[Hit]:
    found = list(_numbers(conn, scope, asked))[: asked.limit]
    for number, *names, trip in conn.execute(_SQL["tell_waybills"], {"numbers": found}):
        zh, en = _way(names[0], names[2]), _way(names[1], names[3])
        told = trip if scope.may(Right.LOOK_TRIPS) else None  # whoever shares it could compare
        yield Hit(HitKind.WAYBILL, number, number, number, zh, en, trip=told)


def _numbers(conn: Connection[Any], scope: Scope, asked: _Asked) -> Iterator[str]:
    """Of waybills: found whole, else by how they begin, else by how they end."""
    if len(asked.text) < _BEGINS or not any(char.isdigit() for char in asked.text):
        return
    whole = lookup.look_up(conn, scope, asked.raw, asked.limit)
    if whole.by in _BY_NUMBER:
        yield from whole.numbers
        return
    given = asked.given(scope, through=_THROUGH)
    begun = [row[0] for row in conn.execute(_SQL["begin_waybills"], given)]
    yield from begun
    if not begun and len(asked.text) >= _ENDS:
        yield from (row[0] for row in conn.execute(_SQL["end_waybills"], given))


def _drivers(conn: Connection[Any], scope: Scope, asked: _Asked) -> Iterator[Hit]:
    grant = scope.sees(Datum.DRIVER)
    if grant not in {Grant.ALL, Grant.OWN}:
        return  # a masked name is not told by guessing at it
    for name, plate, trip in conn.execute(_SQL["find_drivers"], asked.given(scope, drivers=grant)):
        told = f"{plate} · {trip}"
        yield Hit(HitKind.DRIVER, name, name, name, told, told, plate, trip)


def _hubs(conn: Connection[Any], scope: Scope, asked: _Asked) -> Iterator[Hit]:
    for code, zh, en in conn.execute(_SQL["find_hubs"], asked.given(scope)):
        yield Hit(HitKind.HUB, code, zh, en, code, code)


def _way(one: str | None, other: str | None) -> str:
    return " → ".join(end for end in (one, other) if end)


_Search = Callable[[Connection[Any], Scope, _Asked], Iterator[Hit]]

_SEARCHES: tuple[tuple[Right, _Search], ...] = (
    (Right.LOOK_VEHICLES, _vehicles),
    (Right.LOOK_TRIPS, _trips),
    (Right.LOOK_WAYBILLS, _waybills),
    (Right.LOOK_TRIPS, _drivers),
    (Right.LOOK_PLACES, _hubs),
)
