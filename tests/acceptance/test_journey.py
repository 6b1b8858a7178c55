"""One waybill on three trips by two hubs, with a vehicle swapped on the way: domain rule D3.

Fixes go through the gateway's own writer, and what is derived of them through the worker's;
positions and pages are asked as the API tells them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from bench.order import MORNING
from fleet.errors import Forbidden, NotFound
from fleet.records import FixBatch
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Party
from fleet.waybill_views import WaybillFull
from fleet.waybills import Outcome, ScanKind
from store import Database, admin, bookings, shares, trips, waybill_facts, waybill_moves, waybills
from store import waybill_reads as reads
from store.shares import NewShare
from store.waybill_facts import NewProof, NewScan
from store.waybills import NewBooking, NewLeg, NewWaybill, Terms
from tests.trip_day import MINUTE, Call, Trip, TripDay, between, day, drive, parts
from tests.trip_stand import TripStand, moment
from tracker_api import waybills as pages
from worker.waybills import Pace, Waybills

pytestmark = pytest.mark.db

#: Hubs 9 km apart on a road to the east: 1 the origin, 2 and 3 hubs, 4 the destination.
TRIPS = (
    Trip("T1", (Call(1, float("nan"), 40), Call(2, 50)), vehicle=0),
    Trip("T2", (Call(2, float("nan"), 70), Call(3, 80)), vehicle=1),
    Trip("T3", (Call(3, float("nan"), 110), Call(4, 120)), vehicle=2),
    Trip("T4", (Call(1, float("nan"), 60), Call(2, 75)), vehicle=4),
)
#: Minutes and m east.  v2 breaks down half-way to the destination, v3 takes the goods on from
#: there; v4 goes another trip from the origin, and everybody goes elsewhere afterwards.
WAYS = (
    ((0, -9000), (10, 0), (40, 0), (50, 9000), (60, 9000), (75, 2000), (200, 2000)),
    ((0, 4000), (20, 4000), (30, 9000), (70, 9000), (80, 18_000), (95, 18_000), (110, 4000),
     (200, 4000)),
    ((0, 22_000), (50, 22_000), (60, 18_000), (110, 18_000), (115, 22_500), (200, 22_500)),
    ((0, 21_000), (118, 21_000), (122, 22_500), (126, 22_500), (131, 27_000), (150, 27_000),
     (160, 21_000), (200, 21_000)),
    ((0, -9000), (10, 0), (60, 0), (75, 9000), (90, 9000), (100, 4000), (200, 4000)),
)  # fmt: skip
SWAP = 125.0
#: Minute, plate or "" and site or "" of twenty moments.
SAMPLES = (
    (5, "", "F1"), (20, "", "F1"), (39, "", "F1"), (42, "v0", ""), (45, "v0", ""), (48, "v0", ""),
    (52, "", "F2"), (58, "", "F2"), (65, "", "F2"), (72, "v1", ""), (77, "v1", ""), (83, "", "F3"),
    (92, "", "F3"), (108, "", "F3"), (113, "v2", ""), (124, "v2", ""), (127, "v3", ""),
    (129, "v3", ""), (134, "", "F4"), (170, "", "F4"),
)  # fmt: skip
CUSTOMER, OTHER = "acme", "globex"


class Journey:
    """The stand of the day, with the worker's part that derives waybills."""

    def __init__(self, url: str, given: TripDay) -> None:
        self.stand = TripStand(url, given)
        self.fixes = given.fixes
        self.part = Waybills(Database(url), Pace(), threading.Event(), CollectorRegistry())
        with self.stand.connect() as conn:
            for code in (CUSTOMER, OTHER):
                admin.add_party(conn, Party(code, code, code))

    def place(self, *legs: str) -> str:
        """A waybill from the first site on, each leg on a trip to the next site."""
        way = tuple(
            NewLeg(f"F{n}", f"F{n + 1}", NewBooking(trip)) for n, trip in enumerate(legs, 1)
        )
        new = NewWaybill(
            CUSTOMER, "F1", f"F{len(legs) + 1}", moment(0), company="JD", legs=way,
            promised_at=moment(180),
        )  # fmt: skip
        with self.stand.connect() as conn:
            return waybills.add_waybill(conn, OPERATOR, new)

    def drive(self, start: float, end: float, order: np.random.Generator | None = None) -> None:
        """Fixes of these minutes come in, in time or in any order; the worker looks in between."""
        pieces = parts(between(self.fixes, start, end), 64)
        for place in range(len(pieces)) if order is None else order.permutation(len(pieces)):
            self.stand.take([pieces[place]])
            self.look(end)

    def look(self, minute: float = 200) -> None:
        self.part.round(moment(minute))

    def swap(self) -> None:
        with self.stand.connect() as conn:
            trips.assign(conn, OPERATOR, "T3", "v3", "Zhao", moment(SWAP), "li.na", "broken down")

    def read(self, number: str) -> WaybillFull:
        with self.stand.connect() as conn:
            return reads.load_waybill(conn, OPERATOR, number)

    def where(self, number: str, minute: float, scope: Scope = OPERATOR) -> dict[str, Any]:
        """As the API tells it, asked a day later."""
        with self.stand.connect() as conn:
            moves = waybill_moves.load_moves(conn, scope, number)
            at = moment(minute)
            return pages.position_out(conn, scope, moves, at, at + timedelta(days=1))

    def close(self) -> None:
        self.part.close()
        self.stand.close()


@pytest.fixture
def journey(database_url: str) -> Iterator[Journey]:
    ways = [drive(*way, vehicle=n, every=60.0) for n, way in enumerate(WAYS)]
    found = Journey(database_url, day(FixBatch.concat(ways), *TRIPS, vehicles=5))
    yield found
    found.close()


def told(full: WaybillFull) -> list[tuple[str, float, str | None]]:
    """Kind, minute and vehicle of the milestones."""
    return [
        (m.kind, (m.actual_at.timestamp() - MORNING) / MINUTE, m.vehicle) for m in full.milestones
    ]


def test_three_trips_two_hubs_and_a_swap_are_one_unbroken_timeline(journey: Journey) -> None:
    number = journey.place("T1", "T2", "T3")
    journey.drive(0, SWAP)
    journey.swap()
    journey.drive(SWAP, 200)
    full = journey.read(number)
    found = told(full)
    assert [(kind, vehicle) for kind, _, vehicle in found] == [
        ("created", None),
        ("arrived_origin", "v0"),
        ("picked_up", "v0"),
        ("departed_origin", "v0"),
        ("arrived_hub", "v0"),
        ("departed_hub", "v1"),
        ("arrived_dest_hub", "v1"),
        ("out_for_delivery", "v2"),
        ("handover", "v3"),
        ("arrived_destination", "v3"),
    ]
    minutes = [minute for _, minute, _ in found]
    assert minutes == pytest.approx([0, 10, 40, 40, 50, 70, 80, 110, SWAP, 131], abs=1.0)
    assert full.retracted == ()
    assert all(each.version == 1 or each.cause == "updated" for each in full.milestones)


def test_it_was_where_it_was_and_never_where_its_vehicles_went_without_it(
    journey: Journey,
) -> None:
    number = journey.place("T1", "T2", "T3")
    journey.drive(0, SWAP)
    journey.swap()
    journey.drive(SWAP, 200)
    for minute, plate, site in SAMPLES:
        told = journey.where(number, minute)
        place = told["site"]["code"] if told["site"] else ""
        assert (minute, told["vehicle"] or "", place) == (minute, plate, site)
        assert (told["position"] is not None) == bool(plate)
    with journey.stand.connect() as conn:
        moves = waybill_moves.load_moves(conn, OPERATOR, number)
        track = pages.track_out(conn, OPERATOR, moves, moment(200))
    ends = [feature["geometry"]["coordinates"][-1][0] for feature in track["features"]]
    km = [(lon - 114.0) * 95.9 for lon in ends]
    assert km == pytest.approx([9, 18, 22.5, 27], abs=1.0), "a ride ends where the goods got off"


def test_in_any_order_of_fixes_the_same_comes_of_it(journey: Journey) -> None:
    number, kept = journey.place("T1", "T2", "T3"), []
    journey.swap()
    journey.drive(0, 200, np.random.default_rng(1))
    for kind, minute, vehicle in told(journey.read(number)):
        kept.append((kind, round(minute), vehicle))
    assert [kind for kind, _, _ in kept][-3:] == [
        *("out_for_delivery", "handover", "arrived_destination"),
    ]
    assert [minute for _, minute, _ in kept] == pytest.approx(
        [0, 10, 40, 40, 50, 70, 80, 110, SWAP, 131], abs=1
    )
    assert [ride.vehicle for ride in journey.read(number).rides] == ["v0", "v1", "v2", "v3"]


def test_scans_outrank_the_plan_and_only_a_signature_delivers(journey: Journey) -> None:
    number = journey.place("T1", "T2", "T3")
    with journey.stand.connect() as conn:
        for kind, site, minute, plate in (
            (ScanKind.LOADED, "F1", 35, "v0"),
            (ScanKind.UNLOADED, "F2", 55, None),
            (ScanKind.LOADED, "F2", 66, "v1"),
        ):
            scan = NewScan(kind, site, moment(minute), plate)
            waybill_facts.add_scan(conn, OPERATOR, number, scan)
    journey.drive(0, SWAP)
    journey.swap()
    journey.drive(SWAP, 200)
    first, second, *_ = journey.read(number).rides
    assert (first.from_basis, first.to_basis, first.presumed) == ("scan", "scan", False)
    assert (first.valid_from, first.valid_to) == (moment(35), moment(55))
    assert second.valid_from == moment(66)
    assert journey.read(number).brief.state == "arrived_destination"
    with journey.stand.connect() as conn:
        proof = NewProof(Outcome.SIGNED, moment(140), "王五")
        waybill_facts.add_proof(conn, OPERATOR, number, proof)
    journey.look()
    assert journey.read(number).brief.state == "delivered"


def test_a_wrong_booking_is_taken_back_whole_and_the_right_one_told(journey: Journey) -> None:
    number = journey.place("T1")
    journey.drive(0, 55)
    assert {vehicle for _, _, vehicle in told(journey.read(number))} == {None, "v0"}
    with journey.stand.connect() as conn:
        bookings.book(
            conn,
            OPERATOR,
            number,
            0,
            NewBooking("T4"),
            "labels mixed up",
            now=moment(55),
            wrong=True,
        )
    journey.look(56)
    full = journey.read(number)
    assert {m.vehicle for m in full.retracted} == {"v0"}
    assert full.rides == ()
    assert journey.where(number, 45)["site"]["code"] == "F1"
    journey.drive(55, 200)
    full = journey.read(number)
    assert [(kind, vehicle) for kind, _, vehicle in told(full)][-2:] == [
        ("departed_origin", "v4"),
        ("arrived_destination", "v4"),
    ]
    customer = Scope("acme", frozenset(), Role.CUSTOMER, frozenset({CUSTOMER}))
    page = pages.full_out(full, customer)
    assert page["retracted"] == []
    assert "v0" not in repr(page)


def test_of_a_number_that_was_bound_to_a_wrong_order_the_old_customer_sees_nothing(
    journey: Journey,
) -> None:
    number = journey.place("T1")
    journey.drive(0, 60)
    old = Scope("acme", frozenset(), Role.CUSTOMER, frozenset({CUSTOMER}))
    new = Scope("globex", frozenset(), Role.CUSTOMER, frozenset({OTHER}))
    with journey.stand.connect() as conn:
        assert reads.load_waybill(conn, old, number).brief.customer.code == CUSTOMER
        with pytest.raises(Forbidden):
            journey.where(number, 45, old)  # not even then where the vehicle was exactly
        link = "a" * 32
        shares.add_share(conn, old, NewShare(str(uuid4()), number, link), moment(60))
        assert shares.resolve(conn, link, moment(60)) is not None
        waybills.change(
            conn, OPERATOR, number, Terms({"customer": OTHER}), "number bound to a wrong order"
        )
        for read in (reads.load_waybill, waybill_moves.load_moves):
            with pytest.raises(NotFound):
                read(conn, old, number)
        assert reads.list_waybills(conn, old, reads.Wanted(open=False)) == []
        assert shares.resolve(conn, link, moment(60)) is None
        assert reads.load_waybill(conn, new, number).brief.number == number
