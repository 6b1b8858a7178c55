"""What vehicles are filtered by: groups, customers, routes, stops to come, drivers.

Columns are coded by dictionaries: every name stands once, and a row is a list of places in
that list, so that ten thousand vehicles are a few hundred kilobytes and a filter compares
small integers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from fleet.rights import Right, Role
from fleet.scope import Scope
from store import queries, veil

_SQL = queries.load("facets")


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a facet."""

    code: str
    name_zh: str
    name_en: str


@dataclass(slots=True)
class Facet:
    """One column: its values once, and which of them each vehicle has."""

    terms: list[Term] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)  #: places in ``terms``, ascending


@dataclass(slots=True)
class Facets:
    """The columns; every ``rows`` and list runs parallel to ``plates``."""

    plates: list[str]
    trips: list[str | None]  #: code of the trip it is on
    parties: Facet
    groups: Facet
    customers: Facet  #: whose goods are aboard
    routes: Facet
    hubs: Facet  #: sites of the stops that are still to come
    drivers: Facet  #: by name, as far as the scope may know it
    origins: list[str | None]  #: code of the site where its trip begins
    destinations: list[str | None]


class _Coder:
    """Collects one facet, row by row."""

    def __init__(self, count: int) -> None:
        self.facet = Facet(rows=[[] for _ in range(count)])
        self._places: dict[str, int] = {}

    def add(self, row: int, code: str, name_zh: str, name_en: str) -> None:
        """Give ``row`` this value; a second time changes nothing."""
        place = self._places.get(code)
        if place is None:
            place = self._places[code] = len(self.facet.terms)
            self.facet.terms.append(Term(code, name_zh, name_en))
        if place not in self.facet.rows[row]:
            self.facet.rows[row].append(place)

    def done(self) -> Facet:
        """The facet, its terms by code, so that the same facts are the same bytes."""
        order = sorted(range(len(self.facet.terms)), key=lambda place: self.facet.terms[place].code)
        new = {place: rank for rank, place in enumerate(order)}
        return Facet(
            [self.facet.terms[place] for place in order],
            [sorted(new[place] for place in row) for row in self.facet.rows],
        )


def load_facets(conn: Connection[Any], scope: Scope) -> Facets:
    """Facets of the vehicles inside ``scope``, by plate.

    What its rights do not cover is left empty: of trips, of waybills, of drivers' names.
    """
    given = queries.within(scope)
    cursor = conn.cursor(binary=True)
    seen = cursor.execute(_SQL["list_seen"], given).fetchall()
    row_of = {row[0]: number for number, row in enumerate(seen)}
    given |= {"vehicles": list(row_of)}
    count = len(seen)
    groupings = cursor.execute(_SQL["list_groupings"]).fetchall() if _is_ours(scope) else []
    aboard = (
        cursor.execute(_SQL["list_aboard"], given).fetchall()
        if scope.may(Right.LOOK_WAYBILLS)
        else []
    )
    empty = _Coder(count).done()
    found = Facets(
        plates=[row[1] for row in seen],
        trips=[None] * count,
        parties=_coded(count, ((number, *row[2:]) for number, row in enumerate(seen) if row[2])),
        groups=_coded(count, _within(row_of, groupings)),
        customers=_coded(count, _within(row_of, aboard)),
        routes=empty,
        hubs=empty,
        drivers=empty,
        origins=[None] * count,
        destinations=[None] * count,
    )
    if scope.may(Right.LOOK_TRIPS):
        _put_trips(conn, scope, given, row_of, found)
    return found


def _is_ours(scope: Scope) -> bool:
    """Whether what we call groups of vehicles may be told: names such as "contract ends May"."""
    return scope.parties is None and scope.role not in {Role.DRIVER, Role.WAREHOUSE}


def _within(
    row_of: dict[int, int], found: Iterable[tuple[Any, ...]]
) -> Iterable[tuple[int, str, str, str]]:
    """Values of vehicles, those of vehicles inside alone, by their row."""
    return ((row_of[key], code, zh, en) for key, code, zh, en in found if key in row_of)


def _coded(count: int, values: Iterable[tuple[int, str, str, str]]) -> Facet:
    coder = _Coder(count)
    for row, code, name_zh, name_en in values:
        coder.add(row, code, name_zh, name_en)
    return coder.done()


def _put_trips(
    conn: Connection[Any],
    scope: Scope,
    given: dict[str, Any],
    row_of: dict[int, int],
    found: Facets,
) -> None:
    """What follows from the trip that each vehicle is on."""
    cursor = conn.cursor(binary=True)
    names = {row[0]: row for row in cursor.execute(_SQL["list_sites"])}
    ways, hubs, drivers = (_Coder(len(found.plates)) for _ in range(3))
    for vehicle, trip, way, zh, en, driver, origin, last, ahead in cursor.execute(
        _SQL["list_on_trips"], given
    ):
        row = row_of.get(vehicle)
        if row is None:
            continue
        found.trips[row], found.origins[row], found.destinations[row] = trip, origin, last
        if way is not None:
            ways.add(row, way, zh, en)
        for site in ahead:
            hubs.add(row, *names[site])
        if driver and veil.driver(scope, driver) == driver:  # a masked name filters nothing
            drivers.add(row, driver, driver, driver)
    found.routes, found.hubs, found.drivers = ways.done(), hubs.done(), drivers.done()
