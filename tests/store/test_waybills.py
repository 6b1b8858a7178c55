from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from psycopg import Connection

from fleet import numbers
from fleet.errors import AlreadyExists, Conflict, Forbidden, Invalid, NotFound
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.waybills import Outcome, ScanKind, WaybillState
from store import Database, bookings, waybill_facts, waybill_import, waybill_reads, waybills
from store.database import connect
from store.waybill_facts import NewProof, NewScan
from store.waybill_reads import Wanted
from store.waybills import NewBooking, Terms
from tests.store import hauls
from tests.store.waybill_rows import CUSTOMER, OTHER, legs, place, register, waybill

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("lane")]


@pytest.fixture
def lane(two_parties: None, conn: Connection[Any]) -> None:  # noqa: ARG001 - vehicles first
    register(conn)


def test_a_waybill_is_read_as_it_was_placed(conn: Connection[Any]) -> None:
    hauls.create(conn, code="t1")
    number = place(
        conn,
        legs=legs("t1", None),
        order_no="SO-1",
        goods=({"name": "tea", "quantity": 3},),
        requirements=("fragile",),
    )
    full = waybill_reads.load_waybill(conn, OPERATOR, number)
    assert number == "JD20241121000001"
    assert numbers.is_code(full.brief.code)
    assert full.brief.code.startswith("241121")
    assert full.brief.state is WaybillState.CREATED
    assert (full.phone, full.consignee, full.requirements) == ("13800000001", "王五", ("fragile",))
    assert full.brief.goods == ({"name": "tea", "quantity": 3},)
    first, second = full.legs
    assert first.booking is not None
    assert (first.booking.trip, first.booking.load_stop, first.booking.unload_stop) == ("t1", 0, 1)
    assert second.booking is None
    assert waybill_reads.list_waybills(conn, OPERATOR, Wanted(trip="t1")) == [full.brief]


def test_the_number_counts_by_company_and_by_the_day_of_the_installation(
    conn: Connection[Any],
) -> None:
    late = hauls.moment(4.5)  # half past four in the afternoon UTC: another day in Shanghai
    made = [
        place(conn),
        place(conn),
        place(conn, placed_at=late),
        place(conn, company="AB"),
    ]
    assert made == [
        "JD20241121000001",
        "JD20241121000002",
        "JD20241122000001",
        "AB20241121000001",
    ]


def test_a_number_from_elsewhere_is_kept_and_never_drawn(conn: Connection[Any]) -> None:
    assert place(conn, number="JD20241121000002") == "JD20241121000002"
    assert place(conn, number="JD2024112100007") == "JD2024112100007"
    assert [place(conn), place(conn)] == ["JD20241121000003", "JD20241121000004"]
    with pytest.raises(AlreadyExists):
        place(conn, number="JD20241121000002")


def test_numbers_drawn_at_once_are_all_different(db: Database) -> None:
    def draw(count: int) -> list[str]:
        with closing(connect(db, application="draws")) as mine:
            return [waybills.add_waybill(mine, OPERATOR, waybill()) for _ in range(count)]

    with ThreadPoolExecutor(8) as pool:
        drawn = [number for many in pool.map(draw, [10] * 8) for number in many]
    assert sorted(drawn) == [f"JD20241121{n:06d}" for n in range(1, 81)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"customer": "nobody"}, NotFound),
        ({"origin": "moon"}, NotFound),
        ({"phone": "1380000000"}, Invalid),
        ({"phone": "call me"}, Invalid),
        ({"number": "JD1"}, Invalid),
        ({"number": "JD20241399000001"}, Invalid),
        ({"customer": OTHER}, Invalid),  # it has no short
        ({"contact": "pigeon"}, Invalid),
        ({"destination": "port"}, Invalid),
        ({"legs": legs("t9", None)}, NotFound),
        ({"legs": legs(None, None)[:1]}, Invalid),
        ({"opens_at": hauls.moment(7)}, Invalid),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    conn: Connection[Any], changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        place(conn, **changes)
    assert waybill_reads.list_waybills(conn, OPERATOR, Wanted(open=False)) == []


def test_nobody_reads_or_places_waybills_of_other_customers(conn: Connection[Any]) -> None:
    number = place(conn)
    stranger = Scope("globex", frozenset(), Role.CUSTOMER, frozenset({OTHER}))
    own = Scope("acme", frozenset(), Role.CUSTOMER, frozenset({CUSTOMER}))
    assert waybill_reads.load_waybill(conn, own, number).brief.number == number
    with pytest.raises(NotFound):
        waybill_reads.load_waybill(conn, stranger, number)
    assert waybill_reads.list_waybills(conn, stranger, Wanted()) == []
    assert waybill_reads.count_waybills(conn, stranger, Wanted()) == ({}, {})
    with pytest.raises(Forbidden):
        place(conn, stranger)
    with pytest.raises(NotFound):
        waybills.change(conn, stranger, number, Terms({"shipper": "x"}), "why")


def test_a_change_is_audited_with_what_was_before(conn: Connection[Any]) -> None:
    number = place(conn)
    terms = Terms({"promised_at": hauls.moment(9), "contact": "sms"})
    waybills.change(conn, OPERATOR, number, terms, "the customer asked")
    full = waybill_reads.load_waybill(conn, OPERATOR, number)
    assert (full.brief.promised_at, full.contact) == (hauls.moment(9), "sms")
    detail = conn.execute("SELECT detail FROM audit WHERE act = 'change'").fetchall()[0][0]
    assert detail["before"]["contact"] == "phone"
    assert detail["after"]["contact"] == "sms"
    assert "shipper" not in detail["after"]


def test_a_cancelled_waybill_changes_no_more(conn: Connection[Any]) -> None:
    number = place(conn)
    waybills.cancel(conn, OPERATOR, number, hauls.moment(0), "no longer wanted")
    with pytest.raises(Conflict):
        waybills.cancel(conn, OPERATOR, number, hauls.moment(0), "again")
    with pytest.raises(Conflict):
        waybills.change(conn, OPERATOR, number, Terms({"shipper": "x"}), "why")


def test_a_leg_goes_over_to_another_trip(conn: Connection[Any]) -> None:
    for code in ("t1", "t2"):
        hauls.create(conn, code=code, vehicle=None)
    number = place(conn, legs=legs("t1", None))
    bookings.book(
        conn, OPERATOR, number, 0, NewBooking("t2"), "the first is full", now=hauls.moment(1)
    )
    [leg, _] = waybill_reads.load_waybill(conn, OPERATOR, number).legs
    assert leg.booking is not None
    assert (leg.booking.trip, leg.booking.valid_from) == ("t2", hauls.moment(1))
    assert [(each.trip, each.is_void) for each in leg.past] == [("t1", False)]


def test_a_wrong_booking_never_held(conn: Connection[Any]) -> None:
    for code in ("t1", "t2"):
        hauls.create(conn, code=code, vehicle=None)
    number = place(conn, legs=legs("t1", None))
    bookings.book(
        conn, OPERATOR, number, 0, NewBooking("t2"), "mixed up", now=hauls.moment(1), wrong=True
    )
    [leg, _] = waybill_reads.load_waybill(conn, OPERATOR, number).legs
    assert leg.booking is not None
    assert (leg.booking.trip, leg.booking.valid_from) == ("t2", hauls.moment(-1))
    assert [(each.trip, each.is_void) for each in leg.past] == [("t1", True)]


def test_bookings_that_do_not_fit_are_refused(conn: Connection[Any]) -> None:
    hauls.create(conn, code="t1", vehicle=None)
    number = place(conn, legs=legs("t1", None))

    def book(leg: int, new: NewBooking, error: type[Exception]) -> None:
        with pytest.raises(error):
            bookings.book(conn, OPERATOR, number, leg, new, "why", now=hauls.moment(1))

    book(0, NewBooking("t1"), Conflict)  # the same trip
    book(7, NewBooking("t1"), NotFound)
    book(1, NewBooking("t9"), NotFound)
    book(1, NewBooking("t1", load=0), Invalid)  # that stop is elsewhere
    bookings.unbook(conn, OPERATOR, number, 0, hauls.moment(1), "not today")
    with pytest.raises(Conflict):
        bookings.unbook(conn, OPERATOR, number, 0, hauls.moment(1), "again")
    book(0, NewBooking("t1", at=hauls.moment(0)), Conflict)  # it was on a trip then


def test_a_list_is_narrowed_by_what_is_asked(conn: Connection[Any]) -> None:
    one = place(conn, order_no="so-77")
    two = place(conn, phone="13800001234", destination="hub")

    def found(**wanted: Any) -> set[str]:  # noqa: ANN401 - a builder
        listed = waybill_reads.list_waybills(conn, OPERATOR, replace(Wanted(), **wanted))
        return {each.number for each in listed}

    code = waybill_reads.load_waybill(conn, OPERATOR, two).brief.code
    assert found() == {one, two}
    assert found(q="000001") == {one}
    assert found(q="SO77") == {one}
    assert found(q="1234") == {two}
    assert found(q=code) == {two}
    assert found(site="shop") == {one}
    assert found(states=(WaybillState.DELIVERED,)) == set()
    states, risks = waybill_reads.count_waybills(conn, OPERATOR, Wanted(site="hub"))
    assert states == {WaybillState.CREATED: 1}
    assert sum(risks.values()) == 1


@pytest.mark.slow
def test_ten_thousand_waybills_at_once_have_ten_thousand_numbers(db: Database) -> None:
    def bring(part: int) -> list[str | None]:
        given = [waybill(order_no=f"{part}-{n}", digest=bytes([part])) for n in range(1250)]
        with closing(connect(db, application="draws")) as mine:
            return [each.number for each in waybill_import.bring(mine, OPERATOR, given, "UTC")]

    with ThreadPoolExecutor(8) as pool:
        drawn = [number for many in pool.map(bring, range(8)) for number in many]
    assert sorted(filter(None, drawn)) == [f"JD20241121{n:06d}" for n in range(1, 10_001)]


def test_who_works_at_own_sites_tells_of_deliveries_and_takes_scans_back_there_only(
    conn: Connection[Any],
) -> None:
    port, shop = (
        Scope(code, None, Role.WAREHOUSE, sites=frozenset({code})) for code in ("port", "shop")
    )
    number = place(conn)
    signed = NewProof(Outcome.SIGNED, hauls.moment(1), "张三")
    with pytest.raises(Forbidden):
        waybill_facts.add_proof(conn, port, number, signed)
    waybill_facts.add_proof(conn, shop, number, signed)
    scan = NewScan(ScanKind.RECEIVED, "port", hauls.moment(0))
    kept = waybill_facts.add_scan(conn, port, number, scan)
    with pytest.raises(NotFound):
        waybill_facts.withdraw_scan(conn, shop, number, kept, "not mine")
    waybill_facts.withdraw_scan(conn, port, number, kept, "another parcel")
