"""One installation with everything that rights are about, and a person of every role.

Vehicles of ``acme``: one on its way to SUZ-1 and 30 km from there (driver 张三), one without a
trip, one whose trips are over (10, 40 and 200 days ago).  Of ``other``: one on its way to WUX-1,
far from there (driver 李四).  A waybill of acme rides with the first, one of other with the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from psycopg import Connection

from fleet.rights import Right, Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Cursor, Site
from store import admin, people, waybills
from store.database import Database
from store.expected import add_expected
from store.people import NewPerson, Reach
from store.waybills import NewBooking, NewLeg, NewWaybill
from tests.fix_api import Ear, FleetHand, Running, serving
from tests.fix_people import CHEAP, PASSWORD, Desk, PeopleHand
from tests.fix_record import RecordHand
from tracker_api import Api, Live
from tracker_api.app import create_app
from tracker_api.auth import May
from tracker_api.settings import Serving

ACTIVE, IDLE, PAST, FAR = "沪A00000", "沪A00001", "沪A00002", "沪A00003"
VEHICLES = frozenset({ACTIVE, IDLE, PAST, FAR})
MINE, THEIRS = "JD20261122000001", "GX20261122000001"

SITES = [
    Site("SUZ-1", "苏州", "Suzhou", "Asia/Shanghai", 120.95, 31.25),
    Site("WUX-1", "无锡", "Wuxi", "Asia/Shanghai", 120.25, 31.30),
]

#: What each role is given with.
REACHES: dict[Role, Reach] = {role: Reach() for role in Role if role is not Role.SHARE}
REACHES |= {
    Role.WAREHOUSE: Reach(sites=["SUZ-1"]),
    Role.DRIVER: Reach(driver="张三"),
    Role.CUSTOMER: Reach(customers=["acme"]),
    Role.PARTNER: Reach(parties=["other"]),
}

#: Requests a minute that a person, or nobody, may send here: every operation is tried.
TRIES = 100_000

#: days ago of trips that are over
OVER = {"T-10": 10, "T-40": 40, "T-200": 200}


@dataclass
class Stand:
    """The API, a client of every role, and the rows behind it."""

    desk: Desk
    clients: Mapping[Role, httpx.Client]
    scopes: Mapping[Role, Scope]
    hand: FleetHand
    now: datetime
    nodes: Mapping[str, str]  #: ids of what vehicles did, by what each is about
    visits: Mapping[str, str]  #: likewise

    @property
    def running(self) -> Running:
        return self.desk.running


@contextmanager
def standing(url: str) -> Iterator[Stand]:
    """The whole, served."""
    hand = FleetHand(url)
    now = datetime.now(UTC).replace(microsecond=0)
    database = Database(url=url, pool_size=4)
    live = Live(heartbeat=0.3, poll=0.05, pace=0.01)
    with ExitStack() as stack:
        stack.callback(hand.close)
        furnish(hand, now)
        nodes, visits = remember(RecordHand(hand.conn), now)
        scopes = {role: let_in(hand.conn, role) for role in REACHES}
        patient = Serving(per_person=TRIES, refused=TRIES)
        running = stack.enter_context(serving(Api(port=0, live=live, serving=patient), database))
        desk = Desk(running, PeopleHand(hand), stack)
        clients = {role: desk.sign_in(role.value) for role in REACHES}
        clients[Role.SHARE] = desk.client()  # nobody: a link is no sign-in
        yield Stand(desk, clients, scopes, hand, now, nodes, visits)


def remember(record: RecordHand, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """What vehicles did, on trips and off them."""
    hour, day = timedelta(hours=1), timedelta(days=1)
    for site in ("SHA-1", "SUZ-1"):
        record.fence(site, site)
    did = {
        "before": (ACTIVE, "SHA-1", now - 3 * hour),
        "aboard": (ACTIVE, "SHA-1", now - hour / 2),
        "far": (FAR, "SHA-1", now - hour / 2),
        "past": (PAST, "SUZ-1", now - 10 * day + hour),
        "between": (PAST, "SUZ-1", now - 20 * day),
        "long ago": (PAST, "SHA-1", now - 40 * day + hour),
    }
    nodes = {
        name: record.node(plate, site=site, actual_at=at) for name, (plate, site, at) in did.items()
    }
    visits = {
        name: record.visit(plate, site, state="departed", entered=at, left=at + hour / 6)
        for name, (plate, site, at) in did.items()
    }
    return nodes, visits


def let_in(conn: Connection[Any], role: Role) -> Scope:
    """Somebody whose name is the role."""
    new = NewPerson(role.value, role.value, role, REACHES[role])
    return people.add_person(conn, OPERATOR, new, CHEAP.hash(PASSWORD)).scope


def furnish(hand: FleetHand, now: datetime) -> None:
    """Vehicles, trips, fixes and waybills."""
    hand.seed(4)
    conn = hand.conn
    for site in SITES:
        admin.add_site(conn, site)
    conn.execute(
        "UPDATE vehicle SET party_id = (SELECT id FROM party WHERE code = 'other')"
        " WHERE plate = %s",
        [FAR],
    )
    hour = timedelta(hours=1)
    add_trip(conn, "T-ACTIVE", ACTIVE, "张三", "SUZ-1", now - hour)
    add_trip(conn, "T-FAR", FAR, "李四", "WUX-1", now - hour)
    for code, days in OVER.items():
        begun = now - timedelta(days=days)
        add_trip(conn, code, PAST, "王五", "SUZ-1", begun, begun + 2 * hour)
    hand.move(
        {ACTIVE: (121.26, 31.25), IDLE: (121.3, 31.2), PAST: (121.4, 31.2), FAR: (121.5, 31.0)}
    )
    for device, times in (
        ("dev00000", [now - 3 * hour, now - hour / 2]),
        ("dev00003", [now - hour / 2]),
        (
            "dev00002",
            [now - timedelta(days=days) + hour for days in OVER.values()]
            + [now - timedelta(days=20) + hour],
        ),
    ):
        hand.drive(device, [(time, 121.0, 31.0) for time in times])
    for plate, end in ((ACTIVE, "SUZ-1"), (FAR, "WUX-1")):
        add_expected(conn, OPERATOR, plate, end, now - hour, now + hour, author="x")
    for number, customer, trip, end in (
        (MINE, "acme", "T-ACTIVE", "SUZ-1"),
        (THEIRS, "other", "T-FAR", "WUX-1"),
    ):
        legs = (NewLeg("SHA-1", end, NewBooking(trip)),)
        new = NewWaybill(customer, "SHA-1", end, now - 2 * hour, number, legs=legs)
        waybills.add_waybill(conn, OPERATOR, new, "Asia/Shanghai")


def add_trip(  # noqa: PLR0913, PLR0917 - a trip
    conn: Connection[Any],
    code: str,
    plate: str,
    driver: str,
    end: str,
    start: datetime,
    over: datetime | None = None,
) -> None:
    """A trip from SHA-1 to ``end``, on its way, or over since ``over``; estimated in an hour."""
    given = {
        "code": code,
        "plate": plate,
        "driver": driver,
        "start": start,
        "over": over,
        "soon": start + timedelta(hours=2),
        "state": "en_route" if over is None else "completed",
    }
    with conn.transaction():
        conn.execute(
            "INSERT INTO trip (code, starts_at, ends_at, over_at, created_by)"
            " VALUES (%(code)s, %(start)s, %(soon)s, %(over)s, 'x')",
            given,
        )
        conn.execute(
            "INSERT INTO plan (trip_id, revision, valid_from, strict, author, reason)"
            " SELECT id, 0, '-infinity', false, 'x', 'y' FROM trip WHERE code = %(code)s",
            given,
        )
        for number, site in enumerate(("SHA-1", end)):
            conn.execute(
                "WITH s AS (INSERT INTO stop (trip_id) SELECT id FROM trip WHERE code = %(code)s"
                " RETURNING id, trip_id) INSERT INTO plan_stop (trip_id, revision, number, stop_id,"
                " site_id, arrive_at, depart_at, closes_at, service, early, late, via)"
                " SELECT s.trip_id, 0, %(number)s, s.id, site.id, %(soon)s, %(start)s, %(soon)s,"
                " 0, 900, 900, false FROM s, site WHERE site.code = %(site)s",
                given | {"number": number, "site": site},
            )
        conn.execute(
            "INSERT INTO trip_state (trip_id, state, vehicle_id, plan, no_estimate, first, p50,"
            " p90, parts, risk, delay, share) SELECT t.id, %(state)s, v.id, 0, 0, 1,"
            " ARRAY[%(soon)s::timestamptz], ARRAY[%(soon)s::timestamptz], '{0,0,0,0}', 1, 0, 0.5"
            " FROM trip t, vehicle v WHERE t.code = %(code)s AND v.plate = %(plate)s",
            given,
        )
        conn.execute(
            "INSERT INTO assignment (trip_id, vehicle_id, driver, valid_from, author, reason)"
            " SELECT t.id, v.id, %(driver)s, %(start)s, 'x', 'y' FROM trip t, vehicle v"
            " WHERE t.code = %(code)s AND v.plate = %(plate)s",
            given,
        )


def hear_all(stand: Stand, ear: Ear) -> Iterator[dict[str, Any]]:
    """Every message until all that has happened by now was told, or was not for this ear."""
    row = stand.hand.conn.execute("SELECT max(id) FROM change").fetchone()
    assert row is not None
    reached = False
    while not reached:
        message = ear.hear_any()
        place = Cursor.parse(message["cursor"])
        assert place is not None
        reached = place.number >= row[0]
        yield message


def guard(dependant: Dependant) -> May | None:
    """What an operation asks of whoever calls it."""
    if isinstance(dependant.call, May):
        return dependant.call
    return next((found for each in dependant.dependencies if (found := guard(each))), None)


def operations() -> Iterator[tuple[str, str, Right | None]]:
    """Method, path with something in every place, and the right it needs; None: anybody's."""
    pending: list[Any] = list(create_app(Api(), Database()).routes)
    while pending:
        route = pending.pop()
        if not isinstance(route, APIRoute):
            pending += getattr(getattr(route, "original_router", route), "routes", [])
        elif (may := guard(route.dependant)) is not None:
            path = re.sub(r"\{[^}]+\}", "x", route.path)
            for method in route.methods or ():
                yield method, path, may.right
