"""Who sees and may do what: every cell of the two tables, as the tables say it, on the wire.

What one may not is refused whoever asks (default deny); what is outside is not there.  Rights that
are withdrawn: ``test_rights_withdrawn.py``; guessing of passwords:
``tests/tracker_api/test_people.py``; of links: ``test_share.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fleet.rights import MAY, SEES, Datum, Grant, Right, Role
from store import waybill_reads
from tests.acceptance.rights_stand import (
    ACTIVE,
    FAR,
    IDLE,
    MINE,
    OVER,
    PAST,
    THEIRS,
    VEHICLES,
    Stand,
    hear_all,
    operations,
    standing,
)
from tests.fix_api import is_heartbeat
from tests.fix_record import RecordHand

pytestmark = pytest.mark.db

ROLES = tuple(Role)
KNOWN = tuple(role for role in Role if role is not Role.SHARE)

#: Vehicles of the stand by how much of positions a role sees; others see none.
SEEN = {
    Grant.ALL: VEHICLES,
    Grant.ACTIVE: {ACTIVE, FAR},
    Grant.INBOUND: {ACTIVE},
    Grant.OWN: {ACTIVE},
    Grant.LEGS: {FAR},
}

#: Trips of the stand by how much of estimates a role sees; others see none.
TRIPS = {
    Grant.ALL: {"T-ACTIVE", "T-FAR", *OVER},
    Grant.INBOUND: {"T-ACTIVE", *OVER},
    Grant.OWN: {"T-ACTIVE"},
    Grant.LEGS: {"T-FAR"},
}


@pytest.fixture(scope="module")
def stand(module_database_url: str) -> Iterator[Stand]:
    with pytest.MonkeyPatch.context() as patch:
        from tests.fix_people import CHEAP  # noqa: PLC0415 - only here

        patch.setattr("tracker_api.passwords.HASHER", CHEAP)
        with standing(module_database_url) as stand:
            yield stand


def sees(role: Role, datum: Datum) -> Grant:
    return SEES[role][datum]


def ask(stand: Stand, role: Role, path: str, right: Right, **params: Any) -> Any:  # noqa: ANN401 (JSON)
    """The body of an answer; None: refused, as the table of rights says."""
    answer = stand.clients[role].get(f"/api/v1{path}", params=params)
    if role is Role.SHARE:
        assert answer.status_code == 401
        return None
    if right not in MAY[role]:
        assert answer.status_code == 403, answer.text
        assert right.value in answer.json()["detail"]
        return None
    return answer.json() if answer.status_code == 200 else answer.status_code


# The table of what is seen, column by column


@pytest.mark.parametrize("role", ROLES)
def test_position(stand: Stand, role: Role) -> None:
    expected = SEEN.get(sees(role, Datum.POSITION), set())
    found = ask(stand, role, "/vehicles", Right.LOOK_VEHICLES)
    features = ask(stand, role, "/positions", Right.LOOK_VEHICLES)
    if found is None:
        assert not expected
        return
    assert {vehicle["plate"] for vehicle in found} == expected
    assert {feature["id"] for feature in features["features"]} == expected
    for plate in VEHICLES:
        one = ask(stand, role, f"/vehicles/{plate}", Right.LOOK_VEHICLES)
        assert (one != 404) is (plate in expected)


@pytest.mark.parametrize("role", ROLES)
def test_position_live(stand: Stand, role: Role) -> None:
    expected = SEEN.get(sees(role, Datum.POSITION), set())
    client = stand.clients[role]
    with stand.running.listen(headers=stand.desk.cookies(client)) as ear:
        first = ear.hear()
    if Right.LOOK_VEHICLES in MAY[role]:
        assert set(first["vehicles"]["plate"]) == expected
    else:
        assert (first["type"], first["code"]) == ("bye", "forbidden")


#: What vehicles did by how much of the past a role sees; others see none.
DONE = {
    Grant.ALL: {"before", "aboard", "far", "past", "between", "long ago"},
    Grant.TRIP: {"aboard", "far", "past"},
    Grant.OWN: {"aboard"},
    Grant.LEGS: {"far"},
    Grant.INBOUND: {"past", "between"},
}


@pytest.mark.parametrize("role", KNOWN)
def test_what_vehicles_did(stand: Stand, role: Role) -> None:
    """As of tracks; who waits at a site sees what happens there."""
    waits = sees(role, Datum.POSITION) is Grant.INBOUND
    grant = Grant.INBOUND if waits else sees(role, Datum.TRACK)
    since = {"from": (stand.now - timedelta(days=60)).isoformat(), "limit": 1000}
    for path, ids in (("/nodes", stand.nodes), ("/visits", stand.visits)):
        found = ask(stand, role, path, Right.LOOK_VEHICLES, **since)
        if found is not None:
            shown = {each["id"] for each in found}
            told = {name for name, number in ids.items() if number in shown}
            assert told == DONE.get(grant, set()), path


@pytest.mark.parametrize("role", KNOWN)
def test_who_is_expected(stand: Stand, role: Role) -> None:
    expected = {
        Grant.INBOUND: {ACTIVE},
        Grant.OWN: {ACTIVE},
        Grant.LEGS: {FAR},
    }.get(sees(role, Datum.POSITION), {ACTIVE, FAR})
    found = ask(stand, role, "/expected", Right.LOOK_VEHICLES)
    assert found is None or {each["vehicle"] for each in found} == expected


@pytest.mark.parametrize("role", [role for role in KNOWN if Right.LOOK_VEHICLES in MAY[role]])
def test_nodes_live(stand: Stand, role: Role) -> None:
    record, at = RecordHand(stand.hand.conn), stand.now - timedelta(minutes=30)
    with stand.running.listen(headers=stand.desk.cookies(stand.clients[role])) as ear:
        ear.hear("snapshot")
        made = {
            "aboard": record.node(ACTIVE, actual_at=at, kind="passed"),
            "far": record.node(FAR, actual_at=at, kind="passed"),
            "off": record.node(IDLE, actual_at=at, kind="passed"),
            "there": record.node(IDLE, actual_at=at, kind="passed", site="SUZ-1"),
        }
        told = {node["id"] for message in hear_all(stand, ear) for node in message["nodes"]}
    expected = {
        Grant.ALL: {"aboard", "far", "off", "there"},
        Grant.TRIP: {"aboard", "far"},
        Grant.OWN: {"aboard"},
        Grant.LEGS: {"far"},
        Grant.INBOUND: {"there"},
    }[stand.scopes[role].past]
    assert {name for name, number in made.items() if number in told} == expected


#: Days ago at which each vehicle has a fix; 0 is on its trip of today, 0.1 before it.
TRACKED = {ACTIVE: {0.0, 0.1}, FAR: {0.0}, PAST: {10.0, 20.0, 40.0, 200.0}, IDLE: set()}


def looks_back(role: Role, plate: str, days: float) -> bool:
    """Whether the table lets ``role`` see that fix."""
    aboard = days in {0.0, *OVER.values()}
    match sees(role, Datum.TRACK):
        case Grant.ALL:
            return role is Role.OWNER or days <= 183
        case Grant.TRIP:
            return aboard and days <= 30
        case Grant.OWN:
            return aboard and plate == ACTIVE
        case Grant.LEGS:
            return aboard and plate == FAR
        case _:
            return False


@pytest.mark.parametrize("role", ROLES)
def test_track(stand: Stand, role: Role) -> None:
    for plate, fixes in TRACKED.items():
        seen = set()
        for days in fixes:
            middle = stand.now - (
                timedelta(days=days) - timedelta(hours=1)
                if days >= 1
                else timedelta(hours=3 if days else 0.5)
            )
            window = {
                "from": (middle - timedelta(minutes=5)).isoformat(),
                "to": (middle + timedelta(minutes=5)).isoformat(),
                "format": "csv",
            }
            answer = stand.clients[role].get(f"/api/v1/vehicles/{plate}/track", params=window)
            if role is Role.SHARE:
                assert answer.status_code == 401
            elif sees(role, Datum.TRACK) in {Grant.NONE, Grant.RIDE}:
                assert answer.status_code == 403
            elif answer.status_code != 404 and answer.text.count("\n") > 1:
                seen.add(days)
        assert seen == {days for days in fixes if looks_back(role, plate, days)}, plate


@pytest.mark.parametrize("role", ROLES)
def test_driver(stand: Stand, role: Role) -> None:
    told = {
        Grant.ALL: ("张三", "李四"),
        Grant.MASKED: ("张**", "李**"),
        Grant.OWN: ("张三", None),
        Grant.NONE: (None, None),
    }[sees(role, Datum.DRIVER)]
    for code, name in zip(("T-ACTIVE", "T-FAR"), told, strict=True):
        found = ask(stand, role, f"/trips/{code}", Right.LOOK_TRIPS)
        if isinstance(found, dict):
            assert found["driver"] == name
            assert [each["driver"] for each in found["assigned"]] == [name]
    body = {"kind": "driver", "subject": "T-ACTIVE", "why": "a call"}
    full = stand.clients[role].post("/api/v1/reveal", json=body)
    assert (full.status_code == 200) is (Right.REVEAL in MAY[role])


@pytest.mark.parametrize("role", ROLES)
def test_plate(stand: Stand, role: Role) -> None:
    """On the trips and the devices that a role sees, and on its waybills."""
    whole = sees(role, Datum.PLATE) in {Grant.ALL, Grant.OWN}
    trip = ask(stand, role, "/trips/T-ACTIVE", Right.LOOK_TRIPS)
    if isinstance(trip, dict):
        assert whole
        assert trip["vehicle"] == ACTIVE
    device = ask(stand, role, "/devices/dev00000", Right.LOOK_DEVICES)
    if isinstance(device, dict):
        assert whole
        assert device["vehicle"] == ACTIVE
    waybill = ask(stand, role, f"/waybills/{MINE}", Right.LOOK_WAYBILLS)
    if isinstance(waybill, dict) and waybill["vehicle"] is not None:
        assert waybill["vehicle"] == (ACTIVE if whole else ACTIVE[-3:])
    if waybill is not None and not whole:
        assert ACTIVE not in str(waybill)


@pytest.mark.parametrize("role", ROLES)
def test_estimate(stand: Stand, role: Role) -> None:
    expected = TRIPS.get(sees(role, Datum.ESTIMATE), set())
    for code in ("T-ACTIVE", "T-FAR", *OVER):
        found = ask(stand, role, f"/trips/{code}", Right.LOOK_TRIPS)
        if found is None:
            assert sees(role, Datum.ESTIMATE) in {Grant.NONE, Grant.PLAIN}
            return
        assert isinstance(found, dict) is (code in expected)
        if code == "T-ACTIVE" and isinstance(found, dict):
            assert found["final_eta"] is not None
            near = ACTIVE in SEEN.get(sees(role, Datum.POSITION), set())
            assert (found["share"] is not None) is near
    board = ask(stand, role, "/trips", Right.LOOK_TRIPS)
    assert {trip["code"] for trip in board["trips"]} == expected & {"T-ACTIVE", "T-FAR"}


@pytest.mark.parametrize("role", ROLES)
def test_log(stand: Stand, role: Role) -> None:
    """Questions of customers, and exceptions: who sees any has the right to look."""
    some = sees(role, Datum.LOG) is not Grant.NONE
    assert (Right.LOOK_QUERIES in MAY[role]) is some
    for path, right in (
        ("/queries", Right.LOOK_QUERIES),
        ("/exceptions", Right.LOOK_EXCEPTIONS),
    ):
        found = ask(stand, role, path, right)
        assert isinstance(found, dict) is (right in MAY[role])


@pytest.mark.parametrize("role", ROLES)
def test_export(role: Role) -> None:
    """Exports of everything; a customer's own dossier and metrics are looks of their own."""
    assert (Right.EXPORT in MAY[role]) is (sees(role, Datum.EXPORT) is Grant.ALL)


@pytest.mark.parametrize("role", KNOWN)
def test_waybills(stand: Stand, role: Role) -> None:
    expected = {
        Role.WAREHOUSE: {MINE},
        Role.CUSTOMER: {MINE},
        Role.PARTNER: {THEIRS},
        Role.DRIVER: set(),
        Role.IT_ADMIN: set(),
    }.get(role, {MINE, THEIRS})
    wanted = waybill_reads.Wanted()
    found = waybill_reads.list_waybills(stand.hand.conn, stand.scopes[role], wanted)
    assert {brief.number for brief in found} == expected
    told = ask(stand, role, "/waybills", Right.LOOK_WAYBILLS)
    assert {each["number"] for each in (told or {"waybills": []})["waybills"]} == expected
    for number in (MINE, THEIRS):
        one = ask(stand, role, f"/waybills/{number}", Right.LOOK_WAYBILLS)
        assert isinstance(one, dict) is (number in expected)


# The table of what may be done: every operation names the right that it needs


OPERATIONS = sorted(operations(), key=str)


def test_there_is_no_right_without_an_operation_but_those_that_others_imply() -> None:
    assert {right for _, _, right in OPERATIONS if right is not None} >= set(Right) - UNASKED


#: Rights that decide within operations of another right.
UNASKED = {Right.ASSIGN_QUERIES, Right.EXPORT}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", ROLES)
def test_right(stand: Stand, role: Role, right: Right) -> None:
    client = stand.clients[role]
    for method, path, needed in OPERATIONS:
        if needed is not right:
            continue
        if right not in MAY[role]:
            answer = client.request(method, path)
            assert answer.status_code == (401 if role is Role.SHARE else 403), (method, path)
            assert role is Role.SHARE or right.value in answer.json()["detail"]
        elif method == "GET":  # to change something it would have to be asked in earnest
            answer = client.request(method, path)
            assert f"no right to {right.value}" not in answer.text, path
            assert answer.status_code != 401


# On a screen that is open


def test_a_vehicle_is_gone_from_the_view_when_its_trip_ends(stand: Stand) -> None:
    conn, client = stand.hand.conn, stand.clients[Role.CS_AGENT]
    state = (
        b"UPDATE trip_state SET state = %s"
        b" WHERE trip_id = (SELECT id FROM trip WHERE code = 'T-FAR')"
    )
    key = conn.execute("SELECT id FROM vehicle WHERE plate = %s", [FAR]).fetchone()
    assert key is not None
    with stand.running.listen(headers=stand.desk.cookies(client)) as ear:
        assert set(ear.hear("snapshot")["vehicles"]["plate"]) == {ACTIVE, FAR}
        try:
            conn.execute(state, ["completed"])
            stand.hand.ring([key[0]])
            assert ear.hear()["gone"] == [FAR]
        finally:
            conn.execute(state, ["en_route"])
            stand.hand.ring([key[0]])
        assert ear.hear()["vehicles"]["plate"] == [FAR]


# What is read is on the trail


def test_every_read_of_an_exact_position_is_on_the_trail(stand: Stand) -> None:
    client = stand.clients[Role.DISPATCHER]
    newest = stand.hand.conn.execute("SELECT max(id) FROM audit").fetchone()
    client.get("/api/v1/vehicles")
    client.get(f"/api/v1/vehicles/{ACTIVE}")
    client.get(f"/api/v1/vehicles/{ACTIVE}/track")
    with stand.running.listen(headers=stand.desk.cookies(client), vehicles=[FAR]) as ear:
        ear.hear("snapshot")
        ear.say(vehicles=[FAR], bbox=[121, 30, 122, 32])  # the same one, on another map
        ear.hear("snapshot")
    found = stand.hand.conn.execute(
        "SELECT principal, kind, subject FROM audit WHERE id > %s AND act = 'read' ORDER BY id",
        newest,
    ).fetchall()
    assert found == [
        ("dispatcher", "vehicle", "all"),
        ("dispatcher", "vehicle", ACTIVE),
        ("dispatcher", "track", ACTIVE),
        ("dispatcher", "vehicle", "live"),
    ]


def test_a_map_that_hears_of_nothing_is_silent(stand: Stand) -> None:
    """A heartbeat is all that somebody hears who sees no vehicle that moves."""
    client = stand.clients[Role.PARTNER]
    with stand.running.listen(headers=stand.desk.cookies(client)) as ear:
        ear.hear("snapshot")
        stand.hand.move({IDLE: (121.31, 31.2), ACTIVE: (121.26, 31.25)})
        assert all(is_heartbeat(message) for message in hear_all(stand, ear))
