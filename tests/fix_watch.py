"""A store in which something goes wrong, for tests of what detectors make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from fleet.scope import OPERATOR
from fleet.trips import Risk
from fleet.views import Party, Site
from shipment.risk import empty
from store import Database, admin, partitions, trips
from store.admin import Registration
from store.database import connect
from store.trips import NewPlan, NewStop, NewTrip
from worker.alerts import Detectives, Rhythm

#: 20:00 in Shanghai
NOON = datetime(2024, 11, 21, 12, tzinfo=UTC)
ZONE = "Asia/Shanghai"
PLATE, DEVICE, TRIP, NUMBER = "沪A1", "a1", "t1", "JD20241121000001"
SITES = ("port", "hub", "shop")
HOUR = 3600.0


def moment(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def judged(state: Risk, due: float, *, turned: float = nan, arrived: bool = False) -> bytes:
    """What is remembered of a due time, so many s after noon."""
    record = empty(1)
    record["state"] = state
    record["held"] = Risk.LATE if state is Risk.OVERDUE else state
    record["due"] = NOON.timestamp() + due
    record["since"] = NOON.timestamp()
    record["turned"] = NOON.timestamp() + turned
    record["arrived"] = arrived
    return record.tobytes()


class Scene:
    """A vehicle with a device, a trip with three stops and a waybill on it, as rows."""

    def __init__(self, conn: Connection[Any]) -> None:
        self.conn = conn
        self.watch = Detectives(Rhythm(missed=0.0), ZONE, 8 * HOUR)
        with conn.transaction():
            admin.seed(
                conn,
                [Party("acme", "远山", "Far Hills"), Party("other", "近水", "Near Waters")],
                [Site(c, c, c.title(), ZONE, 121.0 + n, 31.0) for n, c in enumerate(SITES)],
                [(PLATE, "acme"), ("沪B2", "other")],
                [
                    Registration(DEVICE, None, PLATE, NOON - timedelta(days=30)),
                    Registration("b2", None, "沪B2", NOON - timedelta(days=30)),
                ],
            )

    def look(self, seconds: float) -> list[tuple[str, str, str | None]]:
        """A round so long after noon; every alert: kind, state, how it was closed."""
        self.watch.round(self.conn, moment(seconds))
        return self.rows("SELECT kind, state, closed_how FROM alert ORDER BY opened_at, kind, id")

    def open(self, seconds: float) -> list[str]:
        """A round; the kinds that are open then."""
        return [kind for kind, state, _ in self.look(seconds) if state != "closed"]

    def rows(self, statement: str, *given: Any) -> list[Any]:  # noqa: ANN401 (values)
        """What a statement finds."""
        return self.conn.execute(statement, given).fetchall()

    def facts(self) -> dict[str, Any]:
        """Of the newest alert."""
        found: dict[str, Any] = self.rows("SELECT facts FROM alert ORDER BY id DESC LIMIT 1")[0][0]
        return found

    def plan(self) -> None:
        """The trip, planned from noon on with a stop every two hours, and its vehicle."""
        stops = tuple(
            NewStop(
                site,
                None,
                None,
                moment(2 * HOUR * n),
                moment(2 * HOUR * n + HOUR / 2),
                None,
                None,
                1800.0,
                1800.0,
                900.0,
                via=False,
            )
            for n, site in enumerate(SITES)
        )
        new = NewTrip(TRIP, None, NewPlan(stops, None, strict=True), PLATE, "老王", "ordered")
        trips.create_trip(self.conn, OPERATOR, new, "li.na")

    def stands(self, **columns: Any) -> None:  # noqa: ANN401 (of the table)
        """How the trip was found to stand."""
        row = {"state": "en_route", "plan": 0, "evaluated_at": NOON, **columns}
        if "conditions" in row:
            row["conditions"] = Jsonb(row["conditions"])
        names, marks = ", ".join(row), ", ".join(f"%({name})s" for name in row)
        sets = ", ".join(f"{name} = excluded.{name}" for name in row)
        self.conn.execute(
            f"INSERT INTO trip_state (trip_id, vehicle_id, {names})"  # noqa: S608 (names above)
            f" SELECT t.id, v.id, {marks} FROM trip t, vehicle v"
            f" WHERE t.code = '{TRIP}' AND v.plate = '{PLATE}'"
            f" ON CONFLICT (trip_id) DO UPDATE SET {sets}",
            row,
        )

    def condition(self, kind: str, began: float, since: float, stop: int | None = None) -> None:
        """The clock has found something of the trip, and nothing else; s after noon."""
        noon = NOON.timestamp()
        found = {"kind": kind, "began": noon + began, "since": noon + since, "stop": stop}
        self.stands(conditions=[found])

    def became(self, stop: int, status: str, **times: float) -> None:
        """What became of a stop: ``arrived`` and ``departed`` in s after noon."""
        self.conn.execute(
            """
            INSERT INTO stop_fact (stop_id, trip_id, status, arrived_at, departed_at)
            SELECT x.stop_id, x.trip_id, %(status)s, %(arrived)s, %(departed)s
            FROM plan_stop x JOIN trip t ON t.id = x.trip_id
            WHERE t.code = %(trip)s AND x.number = %(stop)s
            ON CONFLICT (stop_id) DO UPDATE SET status = excluded.status,
                arrived_at = excluded.arrived_at, departed_at = excluded.departed_at
            """,
            {
                "trip": TRIP,
                "stop": stop,
                "status": status,
                "arrived": moment(times["arrived"]) if "arrived" in times else None,
                "departed": moment(times["departed"]) if "departed" in times else None,
            },
        )

    def ship(self, **columns: Any) -> None:  # noqa: ANN401 (of the table)
        """A waybill of acme from the port to the shop, promised in a day, as it was derived."""
        self.conn.execute(
            """
            INSERT INTO waybill (number, code, customer_id, origin_id, destination_id, placed_at,
                                 promised_at, author)
            SELECT %(number)s, '2024112100000117', p.id, o.id, d.id, %(noon)s, %(promised)s, 'li.na'
            FROM party p, site o, site d
            WHERE p.code = 'acme' AND o.code = 'port' AND d.code = 'shop'
            """,
            {"number": NUMBER, "noon": NOON, "promised": columns.pop("promised", moment(86_400))},
        )
        self.conn.execute(
            "INSERT INTO waybill_state (waybill_id, state, since, told_at, over, derived_at)"
            " SELECT id, 'in_transit', %(noon)s, %(noon)s, false, %(noon)s FROM waybill",
            {"noon": NOON},
        )
        if columns:
            self.goods(**columns)

    def goods(self, **columns: Any) -> None:  # noqa: ANN401 (of the table)
        """How the waybill is found to stand; ``site`` by its code."""
        row = {"site": None, **columns}
        sets = ", ".join(f"{name} = %({name})s" for name in columns if name != "site")
        self.conn.execute(
            f"UPDATE waybill_state SET {sets},"  # noqa: S608 (names above)
            " site_id = (SELECT id FROM site WHERE code = %(site)s)",
            row,
        )

    def happened(self, kind: str, at: float, *, valid: bool = True) -> None:
        """A milestone of the waybill, s after noon."""
        self.conn.execute(
            """
            INSERT INTO milestone (id, version, change_id, latest, valid, waybill_id, key, kind, at,
                                   source, cause)
            SELECT gen_random_uuid(), 1, nextval('change_number'), true, %s, w.id, %s, %s, %s,
                   'gps', 'first'
            FROM waybill w
            """,
            [valid, f"{kind}:{at}", kind, moment(at)],
        )

    def drive(self, rows: Sequence[tuple[float, float]], **columns: float) -> None:
        """Stored fixes of the device: s after noon, and speed in m/s; the newest is shown."""
        partitions.ensure_days(self.conn, {moment(at).date() for at, _ in rows})
        flags, grade = columns.get("flags", 0), columns.get("grade", 0)
        with self.conn.cursor() as cursor:
            cursor.executemany(
                """
                INSERT INTO fix (time, received_at, lat, lon, device_id, speed, grade, flags)
                SELECT %s, %s, 31.0, %s, id, %s, %s, %s FROM device WHERE code = %s
                """,
                [
                    (moment(at), moment(at), 121 + at * speed / 95_000, speed, grade, flags, DEVICE)
                    for at, speed in rows
                ],
            )
        self.heard(max(rows)[0], rows[-1][1])

    def heard(self, at: float, speed: float = 20.0) -> None:
        """The newest believed fix of the vehicle."""
        self.conn.execute(
            """
            UPDATE vehicle_state s SET time = greatest(s.time, %s), received_at = %s, lon = 121,
                lat = 31, speed = %s, grade = 0, flags = 0,
                device_id = (SELECT id FROM device WHERE code = %s)
            FROM vehicle v WHERE v.id = s.vehicle_id AND v.plate = %s
            """,
            [moment(at), moment(at), speed, DEVICE, PLATE],
        )

    def said(self, kind: str, at: float, *, on: bool) -> None:
        """The device reports something."""
        self.conn.execute(
            "INSERT INTO device_event (device_id, time, kind, value, received_at)"
            " SELECT id, %s, %s, %s, %s FROM device WHERE code = %s",
            [moment(at), kind, Jsonb(on), moment(at), DEVICE],
        )

    def refolded(self, at: float) -> None:
        """The gateway has folded the vehicle again from then on."""
        self.conn.execute(
            "INSERT INTO refold (vehicle_id, from_time, reason)"
            " SELECT id, %s, 'late' FROM vehicle WHERE plate = %s",
            [moment(at), PLATE],
        )
        self.conn.execute("DELETE FROM refold")


@pytest.fixture
def scene(database_url: str) -> Iterator[Scene]:
    """Such a store."""
    with closing(connect(Database(database_url), application="test")) as conn:
        yield Scene(conn)


@pytest.fixture(scope="module")
def watch_conn(module_database_url: str) -> Iterator[Connection[Any]]:
    """One database for a module."""
    with closing(connect(Database(module_database_url), application="test")) as conn:
        yield conn


@pytest.fixture
def shared_scene(watch_conn: Connection[Any]) -> Iterator[Scene]:
    """The same in a database for all tests of a module: what one writes is rolled back."""
    with watch_conn.transaction(force_rollback=True):
        yield Scene(watch_conn)
