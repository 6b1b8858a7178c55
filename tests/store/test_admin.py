from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet import wire
from fleet.errors import AlreadyExists, Conflict, Invalid, NotFound
from fleet.scope import OPERATOR
from fleet.views import Cursor, Party, Site
from store import admin, devices, feed, sites, vehicles

pytestmark = pytest.mark.db

ALPHA = Party("alpha", "甲", "Alpha")
HUB = Site("SHA", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)


def revision(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT world_revision FROM installation").fetchone()
    assert row is not None
    return int(row[0])


def bindings(conn: Connection[Any]) -> list[Any]:
    return conn.execute(
        "SELECT d.code, v.plate, b.is_primary, b.valid_from, nullif(b.valid_to, 'infinity')"
        " FROM binding b JOIN device d ON d.id = b.device_id JOIN vehicle v ON v.id = b.vehicle_id"
        " ORDER BY b.valid_from, d.code"
    ).fetchall()


def refolds(conn: Connection[Any]) -> list[Any]:
    return conn.execute(
        "SELECT v.plate, r.from_time FROM refold r JOIN vehicle v ON v.id = r.vehicle_id"
        " ORDER BY v.plate"
    ).fetchall()


def test_what_is_added_can_be_read_again(conn: Connection[Any]) -> None:
    admin.add_party(conn, ALPHA)
    admin.add_site(conn, HUB)
    admin.add_vehicle(conn, "沪A1", "alpha")
    admin.add_device(conn, "d1", "hash")
    assert sites.list_parties(conn, OPERATOR) == [ALPHA]
    assert sites.list_sites(conn, OPERATOR) == [HUB]
    assert vehicles.load_vehicle(conn, OPERATOR, "沪A1").party == "alpha"
    assert devices.load_device(conn, OPERATOR, "d1").has_credential


@pytest.mark.usefixtures("two_parties")
def test_what_exists_is_not_added_again(conn: Connection[Any]) -> None:
    admin.add_site(conn, HUB)
    before = revision(conn)
    additions: list[Callable[[], object]] = [
        lambda: admin.add_party(conn, ALPHA),
        lambda: admin.add_site(conn, HUB),
        lambda: admin.add_vehicle(conn, "沪A1", None),
        lambda: admin.add_device(conn, "a1", None),
    ]
    for add in additions:
        with pytest.raises(AlreadyExists):
            add()
    assert revision(conn) == before


def test_a_value_that_cannot_be_is_invalid_and_says_where(conn: Connection[Any]) -> None:
    site = {"code": "X", "name_zh": "x", "name_en": "x", "zone": "UTC", "lon": 0.0, "lat": 0.0}
    for where, value in [("code", " "), ("zone", "Mars/Base"), ("lon", 181.0), ("lat", -91.0)]:
        with pytest.raises(Invalid) as caught:
            admin.add_site(conn, Site(**(site | {where: value})))  # type: ignore[arg-type] # on purpose
        assert caught.value.where == where
    with pytest.raises(Invalid, match="plate"):
        admin.add_vehicle(conn, "A\n1", None)
    with pytest.raises(Invalid, match="code"):
        admin.add_device(conn, "d/1", None)
    with pytest.raises(NotFound, match="party"):
        admin.add_vehicle(conn, "A1", "nobody")


def test_every_edit_raises_the_revision_and_rings_world(
    conn: Connection[Any], noon: datetime
) -> None:
    edits: list[Callable[[], object]] = [
        lambda: admin.add_party(conn, ALPHA),
        lambda: admin.add_site(conn, HUB),
        lambda: admin.add_vehicle(conn, "沪A1", "alpha"),
        lambda: admin.add_device(conn, "d1", None),
        lambda: admin.set_credential(conn, "d1", "hash"),
        lambda: admin.bind(conn, "d1", "沪A1", noon),
        lambda: admin.unbind(conn, "d1", noon + timedelta(hours=1)),
    ]
    for edit in edits:
        before, cursor = revision(conn), feed.position(conn)
        edit()
        assert revision(conn) == before + 1
        assert feed.read(conn, cursor).world


@pytest.mark.usefixtures("two_parties")
def test_credentials_are_those_of_devices_that_have_one(conn: Connection[Any]) -> None:
    admin.set_credential(conn, "a1", "other")
    admin.set_credential(conn, "c1", None)
    assert admin.credentials(conn) == {"a1": "other", "b1": "hash"}
    with pytest.raises(NotFound):
        admin.set_credential(conn, "z9", "hash")


@pytest.mark.usefixtures("two_parties")
def test_a_device_that_moves_to_another_vehicle_ends_both_open_bindings(
    conn: Connection[Any], noon: datetime
) -> None:
    later = noon + timedelta(hours=1)
    admin.bind(conn, "a1", "沪B1", later)
    assert bindings(conn) == [
        ("a1", "沪A1", True, noon, later),
        ("b1", "沪B1", True, noon, later),
        ("c1", "沪C1", True, noon, None),
        ("a1", "沪B1", True, later, None),
    ]


@pytest.mark.usefixtures("two_parties")
def test_a_phone_beside_the_terminal_does_not_end_its_binding(
    conn: Connection[Any], noon: datetime
) -> None:
    admin.add_device(conn, "phone", None)
    admin.bind(conn, "phone", "沪A1", noon, primary=False)
    assert ("a1", "沪A1", True, noon, None) in bindings(conn)
    assert vehicles.load_vehicle(conn, OPERATOR, "沪A1").device == "a1"


@pytest.mark.usefixtures("two_parties")
def test_a_binding_that_meets_a_later_one_is_a_conflict_in_a_plain_sentence(
    conn: Connection[Any], noon: datetime
) -> None:
    admin.add_device(conn, "new", None)
    before = bindings(conn), revision(conn)
    with pytest.raises(Conflict, match="vehicle 沪A1 has another primary device at or after 2024"):
        admin.bind(conn, "new", "沪A1", noon - timedelta(hours=1))
    admin.add_vehicle(conn, "沪D1", None)
    with pytest.raises(Conflict, match="device a1 is in a vehicle already at or after 2024-11-21"):
        admin.bind(conn, "a1", "沪D1", noon - timedelta(hours=1))
    assert (bindings(conn), revision(conn)) == (before[0], before[1] + 1)


@pytest.mark.usefixtures("two_parties")
def test_a_conflict_leaves_the_callers_transaction_usable(
    conn: Connection[Any], noon: datetime
) -> None:
    with conn.transaction():
        with pytest.raises(Conflict):
            admin.bind(conn, "a1", "沪B1", noon)
        admin.add_vehicle(conn, "沪D1", None)
    assert vehicles.load_vehicle(conn, OPERATOR, "沪D1").plate == "沪D1"


@pytest.mark.usefixtures("two_parties")
def test_an_edit_of_the_past_asks_for_both_vehicles_to_be_folded_again(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon + timedelta(minutes=n) for n in range(10)])
    since = noon + timedelta(minutes=5)
    admin.bind(conn, "a1", "沪B1", since)
    assert refolds(conn) == [("沪A1", since), ("沪B1", since)]


@pytest.mark.usefixtures("two_parties")
def test_an_edit_after_the_last_fix_asks_for_nothing(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon])
    keep_fixes("c1", [noon + timedelta(hours=5)])  # of a vehicle that it does not concern
    admin.bind(conn, "a1", "沪B1", noon + timedelta(hours=1))
    admin.unbind(conn, "a1", noon + timedelta(hours=2))
    assert refolds(conn) == []


@pytest.mark.usefixtures("two_parties")
def test_a_device_is_unbound_once(conn: Connection[Any], noon: datetime) -> None:
    later = noon + timedelta(hours=1)
    admin.unbind(conn, "a1", later)
    assert ("a1", "沪A1", True, noon, later) in bindings(conn)
    with pytest.raises(Conflict, match="device a1 is in no vehicle at"):
        admin.unbind(conn, "a1", later)


def test_adopting_registers_binds_and_asks_for_the_letters(
    conn: Connection[Any], keep_letter: Callable[..., int], noon: datetime
) -> None:
    admin.add_party(conn, ALPHA)
    first = noon - timedelta(hours=2)
    letters = [keep_letter("new", b"one", at=first), keep_letter("new", b"two", at=noon)]
    keep_letter("new", b"broken", reason="checksum")
    keep_letter("else", b"three")
    got = admin.adopt(conn, "new", plate="沪N1", party="alpha", credential_hash="hash")
    assert got == 2
    asked = conn.execute("SELECT dead_letter_id FROM reinject ORDER BY 1").fetchall()
    assert [row[0] for row in asked] == letters
    # what the letters hold was seen before they came
    assert bindings(conn) == [("new", "沪N1", True, first - timedelta(hours=72), None)]

    assert vehicles.load_vehicle(conn, OPERATOR, "沪N1").party == "alpha"
    assert admin.credentials(conn) == {"new": "hash"}
    assert [u.code for u in devices.list_unknown(conn, OPERATOR)] == ["else"]


def test_a_device_adopted_into_a_used_vehicle_is_in_it_from_its_first_letter(
    conn: Connection[Any], keep_letter: Callable[..., int], noon: datetime
) -> None:
    admin.add_vehicle(conn, "沪N1", None)
    admin.add_device(conn, "old", None)
    admin.bind(conn, "old", "沪N1", noon - timedelta(days=9))
    keep_letter("new", b"one", at=noon)
    admin.adopt(conn, "new", plate="沪N1", party=None, credential_hash=None)
    assert [(code, since) for code, _, _, since, _ in bindings(conn)] == [
        ("old", noon - timedelta(days=9)),
        ("new", noon),
    ]


def test_adopting_without_a_plate_registers_the_device_alone(
    conn: Connection[Any], keep_letter: Callable[..., int]
) -> None:
    keep_letter("new", b"one")
    assert admin.adopt(conn, "new", plate=None, party=None, credential_hash=None) == 1
    assert devices.load_device(conn, OPERATOR, "new").vehicle is None
    with pytest.raises(AlreadyExists):
        admin.adopt(conn, "new", plate=None, party=None, credential_hash=None)


def test_a_device_that_never_sent_cannot_be_adopted(conn: Connection[Any]) -> None:
    with pytest.raises(NotFound, match="unknown device"):
        admin.adopt(conn, "silent", plate=None, party=None, credential_hash=None)


def test_seeding_twice_changes_nothing_the_second_time(
    conn: Connection[Any], noon: datetime
) -> None:
    def seed() -> bool:
        return admin.seed(
            conn,
            [ALPHA],
            [HUB],
            [(f"V{n}", "alpha") for n in range(500)],
            [admin.Registration(f"d{n}", "hash", f"V{n}", noon) for n in range(500)],
        )

    assert seed()
    before = revision(conn), feed.position(conn)
    assert not seed()
    assert (revision(conn), feed.position(conn)) == before
    assert len(bindings(conn)) == 500
    assert feed.read(conn, Cursor(before[1].epoch, 0)).world


def test_seeding_refuses_what_does_not_fit(conn: Connection[Any], noon: datetime) -> None:
    twice = [admin.Registration(code, None, "V1", noon) for code in ("d1", "d2")]
    with pytest.raises(Conflict, match="two primary devices"):
        admin.seed(conn, vehicles=[("V1", None)], devices=twice)
    with pytest.raises(NotFound, match="vehicle 'V9'"):
        admin.seed(conn, devices=[admin.Registration("d1", None, "V9", noon)])
    with pytest.raises(Invalid, match="valid_from"):
        admin.seed(conn, vehicles=[("V1", None)], devices=[admin.Registration("d1", None, "V1")])
    assert vehicles.list_vehicles(conn, OPERATOR) == []


def test_an_edit_waits_for_a_commit_that_has_looked_at_the_world(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    conn.execute("SET lock_timeout = '50ms'")
    with other.transaction():
        other.execute("SELECT world_revision FROM installation FOR SHARE")
        with pytest.raises(Exception, match="lock timeout"):
            admin.add_device(conn, "d1", None)
    admin.add_device(conn, "d1", None)


@pytest.mark.parametrize("name", sorted(wire.OUR_USERS))
def test_a_user_of_our_own_is_no_device(conn: Connection[Any], name: str) -> None:
    """The broker would refuse the whole list of devices, and with it every terminal."""
    with pytest.raises(Invalid, match="none of"):
        admin.add_device(conn, name, None)
