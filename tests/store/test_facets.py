from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from fleet.records import WorldRows
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Party
from store import admin, facets, groups, waybills, world
from store.facets import Facet, Facets
from store.groups import Group
from tests.store import hauls
from tests.store.waybill_rows import place

pytestmark = pytest.mark.db

ACME = Scope("acme", None, Role.DISPATCHER, frozenset({"acme"}))
BETA = Scope("beta", frozenset({"beta"}))
AGENT = Scope("li.na", None, Role.CS_AGENT)


@pytest.fixture
def rows(conn: Connection[Any], two_parties: None) -> WorldRows:  # noqa: ARG001 - registers them
    """沪A1 is on its way from the port by the hub to the shop; the trip began two hours ago."""
    hauls.register(conn)
    hauls.create(conn)
    conn.execute(
        "UPDATE trip SET starts_at = now() - interval '2 hours',"
        " ends_at = now() + interval '2 hours'"
    )
    conn.execute("UPDATE assignment SET valid_from = now() - interval '3 hours'")
    rows = world.load_world(conn)
    hauls.keep(conn, rows, hauls.evaluation(rows))
    return rows


def values(facet: Facet) -> list[list[str]]:
    return [[facet.terms[number].code for number in row] for row in facet.rows]


def load(conn: Connection[Any], scope: Scope = OPERATOR) -> Facets:
    return facets.load_facets(conn, scope)


def board_goods(conn: Connection[Any], number: str) -> None:
    """A waybill goes aboard 沪A1."""
    conn.execute(
        """
        INSERT INTO ride (waybill_id, leg_id, trip_id, vehicle_id, valid_from, valid_to,
                          from_basis, presumed)
        SELECT w.id, l.id, t.id, v.id, now() - interval '1 hour', 'infinity', 'scan', false
        FROM waybill w JOIN leg l ON l.waybill_id = w.id, trip t, vehicle v
        WHERE w.number = %s AND t.code = 't1' AND v.plate = '沪A1' AND l.number = 0
        """,
        [number],
    )


@pytest.mark.usefixtures("rows")
def test_a_vehicle_on_a_trip_has_its_ends_its_driver_and_the_stops_to_come(
    conn: Connection[Any],
) -> None:
    found = load(conn)
    assert found.plates == ["沪A1", "沪B1", "沪C1"]
    assert found.trips == ["t1", None, None]
    assert (found.origins[0], found.destinations[0]) == ("port", "shop")
    assert values(found.hubs) == [["hub", "shop"], [], []]
    assert values(found.drivers) == [["老王"], [], []]
    assert values(found.parties) == [["alpha"], ["beta"], []]
    assert [term.name_en for term in found.parties.terms] == ["Alpha", "Beta"]


@pytest.mark.usefixtures("rows")
def test_groups_of_a_vehicle_are_told_whichever_they_are(conn: Connection[Any]) -> None:
    groups.add_group(conn, OPERATOR, Group("south", "南", "S", ("沪A1",)))
    groups.add_group(conn, OPERATOR, Group("east", "东", "E", ("沪A1", "沪C1")))
    assert values(load(conn).groups) == [["east", "south"], [], ["east"]]


@pytest.mark.usefixtures("rows")
def test_whose_goods_are_aboard_is_told_as_far_as_one_knows_of_them(
    conn: Connection[Any],
) -> None:
    for code in ("acme", "globex"):
        admin.add_party(conn, Party(code, code, code))
    waybills.set_short(conn, "acme", "JD")
    waybills.set_short(conn, "globex", "GX")
    for customer in ("acme", "acme", "globex"):
        board_goods(conn, place(conn, customer=customer, company=None))
    assert values(load(conn).customers) == [["acme", "globex"], [], []]
    assert values(load(conn, ACME).customers) == [["acme"], [], []]


@pytest.mark.usefixtures("rows")
def test_a_company_learns_of_its_own_vehicles_alone(conn: Connection[Any]) -> None:
    groups.add_group(conn, OPERATOR, Group("east", "东", "E", ("沪A1",)))
    found = load(conn, BETA)
    assert (found.plates, found.trips, found.groups.terms) == (["沪B1"], [None], [])
    assert found.hubs.terms == []


@pytest.mark.usefixtures("rows")
def test_a_name_that_is_masked_filters_nothing(conn: Connection[Any]) -> None:
    found = load(conn, AGENT)
    assert found.plates == ["沪A1"], "customer service sees vehicles on trips"
    assert found.trips == ["t1"]
    assert found.drivers.terms == []


def test_a_fleet_without_trips_has_empty_columns(
    conn: Connection[Any],
    two_parties: None,  # noqa: ARG001 - registers them
) -> None:
    found = load(conn)
    assert [len(found.plates), len(found.hubs.rows), len(found.drivers.rows)] == [3, 3, 3]
    assert found.trips == [None] * 3
