"""Trips out of files: as often as one likes, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from psycopg import Connection

from fleet.scope import OPERATOR
from fleet.trips import TripRow, TripState
from store import trips, world
from store.trips import Imported
from tests.store.conftest import NOON
from tests.store.hauls import (
    HOUR,
    START,
    create,
    plan,
    register,
    stop,
    trip,
    way,
)

pytestmark = pytest.mark.db


SAID = ("li.na", "as the customer wished")


@pytest.fixture(autouse=True)
def registered(conn: Connection[Any], two_parties: None) -> None:  # noqa: ARG001 - registers them
    register(conn)


def load(conn: Connection[Any], code: str = "t1") -> TripRow:
    [row] = [each for each in world.load_world(conn).trips if each.code == code]
    return row


def shifted(hours: float, **more: Any) -> Any:  # noqa: ANN401 - a builder
    stops = tuple(
        replace(each, arrive_at=each.arrive_at and each.arrive_at + hours * HOUR, depart_at=None)
        for each in plan().stops
    )
    return trip(plan=plan(*stops, way=way()), **more)


def test_an_import_is_done_once_however_often_it_is_read(conn: Connection[Any]) -> None:
    given = [trip("t1"), trip("t2", None), trip("t3", plan=None, vehicle=None), trip("t1")]
    refused = Imported("refused", "a trip of that code came before")
    assert trips.import_trips(conn, OPERATOR, given, "li.na") == [Imported("created")] * 3 + [
        refused
    ]
    before = world.load_world(conn)
    again = trips.import_trips(conn, OPERATOR, given, "li.na")
    assert again == [Imported("unchanged")] * 3 + [refused]
    assert world.load_world(conn).revision == before.revision
    keys = before.trips[0].plans[0].stops["key"].tolist()
    later = [shifted(1.0, code="t1"), shifted(0.0, code="t3", vehicle="沪B1")]
    assert trips.import_trips(conn, OPERATOR, later, "li.na") == [Imported("replanned")] * 2
    row = load(conn)
    assert row.plans[1].stops["key"].tolist() == keys
    assert row.plans[1].stops["arrive"].tolist() == [START + 3600 * h for h in (1, 3, 5)]
    assert conn.execute("SELECT reason FROM plan WHERE revision = 1").fetchall() == [("imported",)]
    assert [a.vehicle for a in load(conn, "t3").assigned] == [1]
    assert trips.import_trips(conn, OPERATOR, later, "li.na") == [Imported("unchanged")] * 2


def test_an_import_says_what_cannot_be_and_keeps_the_rest(conn: Connection[Any]) -> None:
    create(conn, code="over")
    trips.take_step(conn, OPERATOR, "over", "abort", lambda _: TripState.ABORTED, NOON, *SAID)
    given = [
        trip("a", plan=plan(stop("nowhere", 0), stop())),
        trip("b", "沪X9"),
        trip("c", plan=plan(stop("port", 2), stop("hub", 1))),
        shifted(1.0, code="over"),
        trip("over"),
        trip("d", driver=None),
        trip(None),
    ]
    done = trips.import_trips(conn, OPERATOR, given, "li.na")
    assert [each.result for each in done] == [
        *("refused", "refused", "refused", "refused", "refused", "created", "created")
    ]
    assert [each.reason for each in done[:4]] == [
        "there is no site 'nowhere'",
        "there is no vehicle '沪X9'",
        "stops: each must follow the one before in time",
        "trip over is aborted: it cannot change any more",
    ]
    assert [row.code for row in world.load_world(conn).trips if row.code == "d"] == ["d"]


def test_an_imported_line_that_only_joins_the_places_replaces_none(conn: Connection[Any]) -> None:
    create(conn)
    line = load(conn).plans[0].line
    straight = [trip(plan=replace(plan(), way=way(2, source="straight")))]
    assert trips.import_trips(conn, OPERATOR, straight, "x") == [Imported("unchanged")]
    moved = [trip(plan=replace(shifted(1.0).plan, way=way(2, source="straight")))]
    assert trips.import_trips(conn, OPERATOR, moved, "x") == [Imported("replanned")]
    assert load(conn).plans[1].line == line
    road = [trip(plan=replace(shifted(1.0).plan, way=way(9)))]
    assert trips.import_trips(conn, OPERATOR, road, "x") == [Imported("replanned")]
    assert load(conn).plans[2].line != line


def test_an_imported_vehicle_takes_over_from_now_on(conn: Connection[Any]) -> None:
    create(conn)
    now: datetime = conn.execute("SELECT now()").fetchall()[0][0]
    done = trips.import_trips(conn, OPERATOR, [trip(vehicle="沪B1")], "x")
    assert done == [Imported("replanned")]
    one, two = load(conn).assigned
    assert (one.vehicle, two.vehicle) == (0, 1)
    assert one.valid_to == two.valid_from >= now.timestamp() - 0.001
