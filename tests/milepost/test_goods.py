"""The demonstration has goods to look at: on the way, signed for, scanned and presumed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from firmware_sim import scenario
from fleet import numbers
from fleet.scope import OPERATOR
from fleet.views import Party, Site
from fleet.waybills import WaybillState
from milepost import invented
from store import Database, admin, waybill_reads
from store.database import connect
from store.waybill_reads import Wanted
from worker.waybills import Pace, Waybills

pytestmark = pytest.mark.db

NOW = datetime(2026, 5, 4, 2, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[Any]:
    with closing(connect(Database(database_url), application="test")) as connection:
        yield connection


def plan(conn: Any, now: datetime) -> None:  # noqa: ANN401 - only the store names the type
    fleet = scenario.china_trunk(8)
    admin.seed(
        conn,
        [Party(p.code, p.zh, p.en) for p in fleet.parties],
        [Site(s.code, s.zh, s.en, s.zone, s.lon, s.lat) for s in fleet.sites],
        [(truck.plate, truck.party) for truck in fleet.trucks],
    )
    invented.plan_trips(conn, fleet, now)


def test_every_trip_carries_two_to_four_waybills_and_the_next_fleet_begins_anew(
    conn: Any,  # noqa: ANN401 - only the store names the type
    database_url: str,
) -> None:
    plan(conn, NOW)
    part = Waybills(Database(database_url), Pace(), threading.Event(), CollectorRegistry())
    with closing(part):
        part.round(NOW)
        found = waybill_reads.list_waybills(conn, OPERATOR, Wanted(open=False), 10_000)
        trips = conn.execute("SELECT count(*) FROM trip").fetchall()[0][0]
        assert 2 * trips <= len(found) <= 4 * trips
        assert all(numbers.is_number(each.number) for each in found)
        assert all(each.number.startswith("DMO") for each in found)
        states = {each.state for each in found}
        assert WaybillState.AWAITING_PICKUP in states
        assert {WaybillState.DELIVERED, WaybillState.DEPARTED_ORIGIN} & states
        plan(conn, NOW + timedelta(hours=3))
        part.round(NOW + timedelta(hours=3))
        still = waybill_reads.list_waybills(conn, OPERATOR, Wanted(), 10_000)
        earlier = {each.number for each in found}
        assert still
        assert not earlier & {each.number for each in still}
