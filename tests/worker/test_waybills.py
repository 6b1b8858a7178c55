from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from psycopg import Connection

from fleet.errors import Conflict
from fleet.scope import OPERATOR
from fleet.trips import DelayCause, Risk, StopStatus, TripState
from fleet.views import Party
from fleet.waybill_views import WaybillFull
from fleet.waybills import Outcome, ScanKind, WaybillState
from shipment.risk import RISK
from store import Database, admin, bookings, trips, waybill_facts, waybill_reads, waybills
from store.database import connect
from store.waybill_facts import NewFile, NewProof, NewScan
from store.waybill_reads import Wanted
from store.waybills import NewBooking, Terms
from store.world import load_world
from tests.store import hauls
from tests.store.hauls import moment
from tests.store.waybill_rows import legs, place, register
from worker.waybills import Pace, Waybills

pytestmark = pytest.mark.db

PLATES = ("沪A1", "沪B1", "沪C1")

#: Whoever asks is told of arrivals at hubs.
RULE = """
WITH way AS (
    INSERT INTO channel (code, kind, name, address, author)
    VALUES ('hook', 'webhook', 'hook', 'https://example.org/', 'test') RETURNING id
)
INSERT INTO notice_rule (code, name, topics, channel_id, to_kind, recipient, author)
SELECT 'hubs', 'hubs', '{waybill.arrived_hub}', id, 'system', '', 'test' FROM way
"""


class Hand:
    """Brings about facts as people and the gateway do, and looks at what is derived of them."""

    def __init__(self, conn: Connection[Any], url: str) -> None:
        self.conn = conn
        self.part = Waybills(Database(url), Pace(), threading.Event(), CollectorRegistry())

    def drive(self, code: str, *stops: tuple[float | None, float | None], **more: Any) -> None:  # noqa: ANN401 - a builder
        """An evaluation of a trip whose stops were reached and left so many hours after noon."""
        rows = load_world(self.conn)
        each = hauls.evaluation(rows, more.pop("hours", 5.0), code, **more)
        for number, (arrived, departed) in enumerate(stops):
            status = StopStatus.ARRIVED if departed is None else StopStatus.DEPARTED
            fact = hauls.fact(
                each, number, status=status, arrived=_time(arrived), departed=_time(departed)
            )
            each = replace(each, facts=fact)
        hauls.keep(self.conn, rows, each)

    def look(self, number: str, hours: float = 5.0) -> WaybillFull:
        self.part.round(moment(hours))
        return waybill_reads.load_waybill(self.conn, OPERATOR, number)


def _time(hours: float | None) -> float:
    return nan if hours is None else moment(hours).timestamp()


@pytest.fixture
def hand(database_url: str) -> Iterator[Hand]:
    """With a lane of three sites, two customers and three vehicles."""
    with closing(connect(Database(database_url), application="test")) as conn:
        admin.seed(
            conn,
            parties=[Party("alpha", "甲", "Alpha")],
            vehicles=[(plate, "alpha") for plate in PLATES],
        )
        register(conn)
        hand = Hand(conn, database_url)
        yield hand
        hand.part.close()


def kinds(full: WaybillFull) -> list[str]:
    return [each.kind for each in full.milestones]


def test_facts_become_a_timeline_with_its_plan(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"))
    assert hand.look(number).brief.state is WaybillState.AWAITING_PICKUP
    hand.drive("t1", (-0.5, 0.1), (2.2, 2.7))
    full = hand.look(number)
    assert kinds(full) == [
        *("created", "arrived_origin", "picked_up", "departed_origin", "arrived_dest_hub"),
        "out_for_delivery",
    ]
    assert full.brief.state is WaybillState.OUT_FOR_DELIVERY
    assert (full.brief.vehicle, full.brief.trip, full.brief.site) == ("沪A1", "t1", None)
    hub = full.milestones[4]
    assert (hub.planned_at, hub.actual_at) == (moment(2), moment(2.2))
    assert hub.site is not None
    assert (hub.site.code, hub.vehicle, hub.trip, hub.operator) == ("hub", "沪A1", "t1", "alpha")
    assert full.brief.shipped_at == moment(0.1)
    assert [(ride.valid_from, ride.valid_to) for ride in full.rides] == [
        (moment(0.1), moment(2.2)),
        (moment(2.7), None),
    ]
    assert full.brief.last == full.milestones[-1]


def test_to_look_again_changes_nothing(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"))
    hand.drive("t1", (-0.5, 0.1))
    before = hand.look(number)
    hand.conn.execute("INSERT INTO waybill_due (waybill_id) SELECT id FROM waybill")
    after = hand.look(number)
    assert after.milestones == before.milestones
    assert [each.version for each in after.milestones] == [1] * len(after.milestones)


def test_a_time_that_moves_is_a_correction_and_a_fact_that_goes_a_retraction(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"))
    hand.drive("t1", (-0.5, 0.1), (2.2, None))
    hand.look(number)
    hand.drive("t1", (-0.5, 0.1), (2.4, None))
    moved = hand.look(number).milestones[-1]
    assert (moved.version, moved.cause, moved.was_at) == (2, "corrected", moment(2.2))
    hand.drive("t1", (-0.5, 0.1))
    full = hand.look(number)
    assert full.brief.state is WaybillState.DEPARTED_ORIGIN
    [gone] = full.retracted
    assert (gone.kind, gone.version, gone.cause) == ("arrived_dest_hub", 3, "retracted")
    hand.drive("t1", (-0.5, 0.1), (2.4, None))
    back = hand.look(number)
    assert (back.milestones[-1].version, back.retracted) == (4, ())


def test_a_wrong_booking_is_taken_back_and_the_right_one_derived(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1", vehicle="沪A1")
    hauls.create(hand.conn, code="t2", vehicle="沪B1")
    number = place(hand.conn, legs=legs("t1", None))
    hand.drive("t1", (-0.5, 0.1), (2.2, 2.7))
    hand.drive("t2", (0.5, 1.0), (3.0, 3.5))
    assert hand.look(number).milestones[-1].vehicle == "沪A1"
    bookings.book(
        hand.conn, OPERATOR, number, 0, NewBooking("t2"), "mixed up", now=moment(5), wrong=True
    )
    full = hand.look(number)
    assert {each.vehicle for each in full.milestones} == {None, "沪B1"}
    assert {each.vehicle for each in full.retracted} == {"沪A1"}
    assert [ride.vehicle for ride in full.rides] == ["沪B1"]
    assert full.milestones[-1].actual_at == moment(3.0)


def test_a_swap_on_the_way_keeps_the_timeline(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"))
    hand.drive("t1", (-0.5, 0.1))
    trips.assign(hand.conn, OPERATOR, "t1", "沪C1", None, moment(1), "li.na", "broken down")
    full = hand.look(number)
    assert kinds(full)[-1] == "handover"
    assert [ride.vehicle for ride in full.rides] == ["沪A1", "沪C1"]
    assert full.brief.vehicle == "沪C1"


def test_scans_and_proofs_are_facts_too(hand: Hand) -> None:
    number = place(hand.conn)
    scan = NewScan(ScanKind.LOADED, "port", moment(0), "沪A1")
    first = waybill_facts.add_scan(hand.conn, OPERATOR, number, scan)
    assert waybill_facts.add_scan(hand.conn, OPERATOR, number, scan) == first
    assert hand.look(number).brief.state is WaybillState.PICKED_UP
    waybill_facts.withdraw_scan(hand.conn, OPERATOR, number, first, "wrong parcel")
    assert hand.look(number).brief.state is WaybillState.CREATED
    with pytest.raises(Conflict):
        waybill_facts.add_scan(hand.conn, OPERATOR, number, scan)
    picture = waybill_facts.add_file(
        hand.conn, OPERATOR, number, NewFile("door.png", "image/png", b"png")
    )
    waybill_facts.add_proof(
        hand.conn, OPERATOR, number, NewProof(Outcome.SIGNED, moment(4), "王五", files=(picture,))
    )
    full = hand.look(number)
    assert full.brief.state is WaybillState.DELIVERED
    assert full.milestones[-1].files == (picture,)
    assert waybill_facts.load_file(hand.conn, OPERATOR, number, picture).body == b"png"
    waybill_facts.add_proof(
        hand.conn, OPERATOR, number, NewProof(Outcome.WITHDRAWN, moment(5), note="the neighbour")
    )
    assert hand.look(number).brief.state is WaybillState.CREATED


def test_the_papers_of_its_trip_complete_it(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"))
    waybill_facts.add_proof(
        hand.conn, OPERATOR, number, NewProof(Outcome.SIGNED, moment(4), "王五")
    )
    hand.drive("t1", (-0.5, 0.1), (2, 2.5), (4, 4.5), state=TripState.COMPLETED)
    assert hand.look(number).brief.state is WaybillState.DELIVERED
    trips.take_step(
        hand.conn, OPERATOR, "t1", "close", lambda _: TripState.CLOSED, moment(6), "li.na", "filed"
    )
    assert hand.look(number).brief.state is WaybillState.COMPLETED


def test_the_promise_is_judged_by_the_estimate_of_its_trip(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"), promised_at=moment(4))
    assert hand.look(number, 0.1).brief.risk is Risk.UNKNOWN  # a plan is no estimate
    hand.drive("t1", (-0.5, 0.1), hours=0.5)  # expected at half past two, 10 minutes at the worst
    early = hand.look(number, 0.51).brief
    assert (early.risk, early.p50, early.delay) == (Risk.ON_TIME, moment(2.5), -1.5 * 3600)
    hand.drive("t1", (-0.5, 0.1), hours=3)  # expected at five
    assert hand.look(number, 3.01).brief.risk is Risk.ON_TIME  # once is no news
    hand.drive("t1", (-0.5, 0.1), hours=3.1)
    late = hand.look(number, 3.11).brief
    assert (late.risk, late.cause) == (Risk.LATE, DelayCause.UNKNOWN)


def test_what_was_thought_of_the_promise_on_a_wrong_trip_is_forgotten_with_it(hand: Hand) -> None:
    hauls.create(hand.conn, code="t1", vehicle="沪A1")
    hauls.create(hand.conn, code="t2", vehicle="沪B1")
    number = place(hand.conn, legs=legs("t1", "t1"), promised_at=moment(4))
    for hours in (3, 3.1):
        hand.drive("t1", (-0.5, 0.1), hours=hours)
        hand.look(number, hours + 0.01)
    assert remembered(hand) == Risk.LATE
    for leg in (0, 1):
        new = NewBooking("t2")
        bookings.book(
            hand.conn, OPERATOR, number, leg, new, "mixed up", now=moment(3.2), wrong=True
        )
    assert hand.look(number, 3.3).brief.risk is Risk.UNKNOWN
    assert remembered(hand) == Risk.UNKNOWN


def remembered(hand: Hand) -> Risk:
    """What the estimates said last: alerts last as long as it does."""
    [(body,)] = hand.conn.execute("SELECT risks FROM waybill_state").fetchall()
    return Risk(int(np.frombuffer(body, RISK)["held"][0]))


def test_a_promise_that_has_passed_is_overdue_without_any_trip(hand: Hand) -> None:
    number = place(hand.conn, promised_at=moment(6))
    assert hand.look(number, 5.9).brief.risk is Risk.UNKNOWN
    assert hand.look(number, 6.1).brief.risk is Risk.OVERDUE
    waybills.change(
        hand.conn, OPERATOR, number, Terms({"promised_at": moment(9)}), "agreed by phone"
    )
    assert hand.look(number, 6.2).brief.risk is Risk.UNKNOWN


def test_what_is_cancelled_is_due_no_more(hand: Hand) -> None:
    number = place(hand.conn, promised_at=moment(6))
    waybills.cancel(hand.conn, OPERATOR, number, moment(1), "no longer wanted")
    full = hand.look(number, 8)
    assert (full.brief.state, full.brief.risk) == (WaybillState.CANCELLED, Risk.UNKNOWN)
    assert waybill_reads.list_waybills(hand.conn, OPERATOR, Wanted()) == []


def test_who_was_told_of_something_wrong_is_told_of_that(hand: Hand) -> None:
    hand.conn.execute(RULE)
    hauls.create(hand.conn, code="t1")
    number = place(hand.conn, legs=legs("t1", "t1"))
    hand.drive("t1", (-0.5, 0.1), (2.2, None))
    hand.look(number, 2.3)
    told = hand.conn.execute("SELECT transition FROM notice ORDER BY created_at").fetchall()
    assert [name.partition(":")[0] for (name,) in told] == ["arrived_dest_hub"]
    hand.conn.execute("UPDATE notice SET state = 'sent', tries = 1, sent_at = now()")
    hand.drive("t1", (-0.5, 0.1))
    hand.look(number, 2.4)
    hand.conn.execute("INSERT INTO waybill_due (waybill_id) SELECT id FROM waybill")
    hand.look(number, 2.5)
    found = hand.conn.execute("SELECT count(*) FROM notice WHERE corrects IS NOT NULL").fetchall()
    assert found == [(1,)]


def test_two_workers_derive_the_same_only_once(hand: Hand, database_url: str) -> None:
    hauls.create(hand.conn, code="t1")
    made = [place(hand.conn, legs=legs("t1", "t1")) for _ in range(20)]
    hand.drive("t1", (-0.5, 0.1))
    other = Waybills(
        Database(database_url), Pace(at_once=3), threading.Event(), CollectorRegistry()
    )
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: part.round(moment(5)), (hand.part, other)))
    other.close()
    for number in made:
        full = waybill_reads.load_waybill(hand.conn, OPERATOR, number)
        assert [each.version for each in full.milestones] == [1, 1, 1, 1]
