"""Waybills on the lane with what is derived of them, for tests of what is said of goods."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from psycopg import Connection

from fleet.scope import OPERATOR
from fleet.trips import StopFact, StopStatus
from store import Database, partitions, waybills
from store.database import connect
from store.waybills import NewBooking, NewLeg, NewWaybill
from tests.fix_api import Running, Start
from tests.fix_trips import TRIPS, TripHand, lane, made, text

ZONE = "Asia/Shanghai"
PLATE = "沪A00000"
KUNSHAN = (120.95, 31.38)  #: lon, lat; between the first two stops of the lane


class GoodsHand:
    """Waybills of ``acme`` (``JD...``) from SHA-1 by trip T-1 to WUX-1, as a worker has them."""

    def __init__(self, conn: Connection[Any], running: Running) -> None:
        self.conn, self.running = conn, running
        self.now = datetime.now(UTC).replace(microsecond=0)
        with conn.transaction():
            waybills.set_short(conn, "acme", "JD")
            waybills.set_short(conn, "other", "OT")

    def add(self, customer: str = "acme", *, booked: bool = True, **more: Any) -> str:  # noqa: ANN401 (a builder)
        """A waybill; returns its number."""
        booking = NewBooking("T-1", 0, 2) if booked else None
        ordinary = NewWaybill(
            customer,
            "SHA-1",
            "WUX-1",
            self.now - timedelta(hours=3),
            consignee="王五",
            phone="13812345678",
            promised_at=self.now + timedelta(hours=4),
            legs=(NewLeg("SHA-1", "WUX-1", booking),),
        )
        with self.conn.transaction():
            return waybills.add_waybill(self.conn, OPERATOR, replace(ordinary, **more), ZONE)

    def stands(self, number: str, **columns: Any) -> None:  # noqa: ANN401 (of the table)
        """How it is found to stand; ``vehicle``, ``trip`` and ``site`` by their names."""
        for column, table, name in (
            ("vehicle", "vehicle", "plate"),
            ("trip", "trip", "code"),
            ("site", "site", "code"),
        ):
            if column in columns:
                found = self.conn.execute(
                    f"SELECT id FROM {table} WHERE {name} = %s",  # noqa: S608 (names above)
                    [columns.pop(column)],
                ).fetchone()
                columns[f"{column}_id"] = None if found is None else found[0]
        names = ", ".join(f"{name} = %({name})s" for name in columns)
        self.conn.execute(
            f"UPDATE waybill_state SET {names}"  # noqa: S608 (names of columns)
            " WHERE waybill_id = (SELECT id FROM waybill WHERE number = %(number)s)",
            columns | {"number": number},
        )

    def load(self, number: str, plate: str = PLATE, **columns: Any) -> None:  # noqa: ANN401 (as above)
        """It is aboard since an hour ago."""
        self.conn.execute(
            """
            INSERT INTO ride (waybill_id, leg_id, trip_id, vehicle_id, valid_from, from_basis,
                              presumed)
            SELECT w.id, l.id, t.id, v.id, %(since)s, 'scan', false
            FROM waybill w JOIN leg l ON l.waybill_id = w.id, trip t, vehicle v
            WHERE w.number = %(number)s AND t.code = 'T-1' AND v.plate = %(plate)s
            """,
            {"number": number, "plate": plate, "since": self.now - timedelta(hours=1)},
        )
        self.stands(
            number,
            **{"state": "in_transit", "vehicle": plate, "trip": "T-1", "leg": 0, "site": None}
            | columns,
        )

    def many_stops(self) -> None:
        """The trip is replanned with four stops before the last, all still ahead but the first."""
        start = self.now - timedelta(hours=1)
        halts = [{"site": "SHA-1", "depart_at": text(start)}]
        halts += [
            {"site": "SUZ-1", "arrive_at": text(start + timedelta(hours=hour))}
            for hour in (2, 3, 4, 5)
        ]
        halts.append({"site": "WUX-1", "arrive_at": text(start + timedelta(hours=6))})
        with self.running.client() as client:
            plan = {"stops": halts, "author": "li.na", "reason": "more"}
            made(client.post(f"{TRIPS}/T-1/plans", json=plan))

    def unload(self, number: str) -> None:
        """It is aboard of nothing any more."""
        self.conn.execute(
            "UPDATE ride SET valid_to = %s WHERE valid_to = 'infinity'"
            " AND waybill_id = (SELECT id FROM waybill WHERE number = %s)",
            [self.now, number],
        )

    def happened(self, number: str, kind: str, at: datetime, site: str | None = None) -> None:
        """A milestone."""
        self.conn.execute(
            """
            INSERT INTO milestone (id, version, change_id, valid, waybill_id, key, kind, at,
                                   site_id, source, operator, author, note, cause)
            SELECT gen_random_uuid(), 1, nextval('scratch'), true, w.id, %(kind)s, %(kind)s, %(at)s,
                   (SELECT id FROM site WHERE code = %(site)s), 'gps', 'acme', 'li.na', 'dock 7',
                   'first'
            FROM waybill w WHERE w.number = %(number)s
            """,
            {"number": number, "kind": kind, "at": at, "site": site},
        )

    def move(self, lon: float, lat: float, *, ago: float = 30.0, speed: float = 20.0) -> datetime:
        """The vehicle is there; returns the time of the fix."""
        time = self.now - timedelta(seconds=ago)
        self.conn.execute(
            """
            UPDATE vehicle_state s SET time = %(time)s, received_at = %(time)s, lon = %(lon)s,
                lat = %(lat)s, speed = %(speed)s, grade = 0, flags = 0
            FROM vehicle v WHERE v.id = s.vehicle_id AND v.plate = %(plate)s
            """,
            {"time": time, "lon": lon, "lat": lat, "speed": speed, "plate": PLATE},
        )
        return time

    def was(self, lon: float, lat: float, *, ago: float) -> datetime:
        """The vehicle was there: a stored fix."""
        time = self.now - timedelta(seconds=ago)
        partitions.ensure_days(self.conn, {time.date()})
        self.conn.execute(
            """
            INSERT INTO fix (time, received_at, lat, lon, device_id, altitude, speed, grade)
            SELECT %s, %s, %s, %s, id, 5, 20, 0 FROM device WHERE code = 'dev00000'
            """,
            [time, time, lat, lon],
        )
        return time


@pytest.fixture
def goods(start_api: Start, judge: TripHand, api_database: Database) -> Iterator[GoodsHand]:
    """The API with trip T-1 on the lane, driven by ``PLATE``, and a hand for waybills on it."""
    with start_api() as running, closing(connect(api_database, application="goods")) as conn:
        conn.execute("CREATE SEQUENCE scratch START 900000000")
        start = datetime.now(UTC) - timedelta(hours=1)
        with running.client() as client:
            made(client.post(TRIPS, json=lane(start, vehicle=PLATE)))
        plan = judge.trip("T-1").plan
        assert plan is not None
        left = StopFact(int(plan.stops["key"][0]), StopStatus.DEPARTED, departed=start.timestamp())
        judge.evaluate("T-1", datetime.now(UTC), p50=(0.5, 2), s=26_000.0, facts=(left,))
        yield GoodsHand(conn, running)


def ask(client: httpx.Client, q: str, **more: str) -> dict[str, Any]:
    """The answer to "where is it"."""
    return made(client.get("/api/v1/where-is", params={"q": q} | more), 200)
