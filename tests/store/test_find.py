from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import find, waybills
from store.find import Hit, HitKind
from tests.store import hauls, waybill_rows
from tests.store.waybill_rows import place

pytestmark = pytest.mark.db

BETA = Scope("beta", frozenset({"beta"}))
GLOBEX = Scope("globex", frozenset(), Role.CUSTOMER, frozenset({"globex"}))
ACME = Scope("acme", frozenset(), Role.CUSTOMER, frozenset({"acme"}))
AGENT = Scope("li.na", None, Role.CS_AGENT)


@pytest.fixture
def number(conn: Connection[Any], two_parties: None) -> str:  # noqa: ARG001 - registers them
    """A trip t1 of 沪A1 with 老王, and a waybill."""
    waybill_rows.register(conn)
    hauls.create(conn, code="TR-20417")
    conn.execute("UPDATE trip_state SET vehicle_id = (SELECT id FROM vehicle WHERE plate = '沪A1')")
    conn.execute("UPDATE assignment SET valid_from = now() - interval '3 hours'")
    return place(conn, order_no="SO-2026/0042")


def ask(conn: Connection[Any], text: str, scope: Scope = OPERATOR, limit: int = 8) -> list[Hit]:
    return find.find(conn, scope, text, limit)


def codes(hits: list[Hit], kind: HitKind) -> list[str]:
    return [hit.code for hit in hits if hit.kind is kind]


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("text", ["a1", "沪a1", "Ａ１", "沪A·1", "a 1"])  # noqa: RUF001 (full width is the point)
def test_a_vehicle_is_found_by_part_of_its_plate_however_it_is_typed(
    conn: Connection[Any], text: str
) -> None:
    (hit,) = [hit for hit in ask(conn, text) if hit.kind is HitKind.VEHICLE]
    assert (hit.code, hit.vehicle, hit.detail_en) == ("沪A1", "沪A1", "Alpha")


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("text", ["TR-20417", "tr20417", "0417", "ｔｒ 20417"])  # noqa: RUF001
def test_a_trip_is_found_with_its_ends(conn: Connection[Any], text: str) -> None:
    (hit,) = [hit for hit in ask(conn, text) if hit.kind is HitKind.TRIP]
    assert (hit.trip, hit.vehicle, hit.detail_zh) == ("TR-20417", "沪A1", "port → shop")


@pytest.mark.usefixtures("number")
def test_a_trip_of_long_ago_is_found_by_its_whole_code(conn: Connection[Any]) -> None:
    conn.execute("UPDATE trip SET shelved = true")
    assert codes(ask(conn, "0417"), HitKind.TRIP) == []
    assert codes(ask(conn, "tr-20417"), HitKind.TRIP) == ["TR-20417"]


def test_a_waybill_is_found_whole_by_its_beginning_and_by_its_end(
    conn: Connection[Any], number: str
) -> None:
    for text in (number, number.lower(), number[:9], number[-5:], "so20260042", "单号：" + number):
        assert codes(ask(conn, text), HitKind.WAYBILL) == [number], text
    for text in (number[-4:], "13800000001", "JD"):
        assert codes(ask(conn, text), HitKind.WAYBILL) == [], text


def test_the_newest_of_many_waybills_come_first(conn: Connection[Any], number: str) -> None:
    later = [place(conn) for _ in range(3)]
    assert codes(ask(conn, number[:8], limit=3), HitKind.WAYBILL) == later[::-1]


@pytest.mark.usefixtures("number")
def test_a_driver_leads_to_vehicle_and_trip(conn: Connection[Any]) -> None:
    (hit,) = [hit for hit in ask(conn, "老") if hit.kind is HitKind.DRIVER]
    assert (hit.code, hit.vehicle, hit.trip) == ("老王", "沪A1", "TR-20417")
    assert codes(ask(conn, "老", AGENT), HitKind.DRIVER) == []


@pytest.mark.usefixtures("number")
def test_a_hub_is_found_by_code_and_name(conn: Connection[Any]) -> None:
    assert codes(ask(conn, "HU"), HitKind.HUB) == ["hub"]
    assert codes(ask(conn, "o"), HitKind.HUB) == ["port", "shop"]


def test_nothing_outside_the_scope_is_found(conn: Connection[Any], number: str) -> None:
    for text in ("沪A1", "TR-20417", "老王"):
        assert [hit for hit in ask(conn, text, BETA) if hit.kind is not HitKind.HUB] == [], text
    for text in (number, number[:9], number[-5:]):
        assert ask(conn, text, GLOBEX) == [], text
        assert codes(ask(conn, text, ACME), HitKind.WAYBILL) == [number]


@pytest.mark.usefixtures("number")
@pytest.mark.parametrize("text", ["", "  ", "-", "%", "_", "\\", "'; --", "nothing of ours"])
def test_what_means_nothing_finds_nothing(conn: Connection[Any], text: str) -> None:
    assert ask(conn, text) == []


def test_of_each_kind_no_more_are_told_than_asked_for(conn: Connection[Any], number: str) -> None:
    waybills.set_short(conn, "globex", "JDA")
    for _ in range(4):
        place(conn)
    assert len(codes(ask(conn, number[:8], limit=2), HitKind.WAYBILL)) == 2
