from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import OPERATOR, Scope
from fleet.views import Link, Site, UnknownDevice
from store import admin, devices, sites

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("two_parties")]

ALPHA = Scope("someone of alpha", frozenset({"alpha"}))
NOTHING = Scope("nothing", frozenset())


def test_devices_have_the_vehicle_they_are_in_now(conn: Connection[Any], noon: datetime) -> None:
    admin.add_device(conn, "spare", None)
    admin.unbind(conn, "c1", noon + timedelta(hours=1))
    conn.execute(
        "INSERT INTO device_link SELECT id, true, %s, 'connected' FROM device WHERE code = 'a1'",
        [noon],
    )
    found = devices.list_devices(conn, OPERATOR)
    assert [(d.code, d.vehicle, d.has_credential) for d in found] == [
        ("a1", "沪A1", True),
        ("b1", "沪B1", True),
        ("c1", None, True),
        ("spare", None, False),
    ]
    assert found[0].link == Link(online=True, time=noon, reason="connected")
    assert found[1].link is None
    assert found[0].created_at.utcoffset() == timedelta(0)


def test_a_scope_sees_the_devices_in_its_vehicles_only(conn: Connection[Any]) -> None:
    assert [d.code for d in devices.list_devices(conn, ALPHA)] == ["a1"]
    assert devices.list_devices(conn, NOTHING) == []
    assert devices.load_device(conn, ALPHA, "a1").vehicle == "沪A1"
    for code in ("b1", "c1", "x9"):
        with pytest.raises(NotFound, match=code):
            devices.load_device(conn, ALPHA, code)


def test_unknown_devices_are_counted_newest_first_and_only_for_who_may_see_all(
    conn: Connection[Any], keep_letter: Callable[..., int], noon: datetime
) -> None:
    early = noon - timedelta(hours=1)
    keep_letter("new", b"one", at=early)
    keep_letter("new", b"two", at=noon)
    keep_letter("older", b"one", at=early)
    keep_letter("a1", b"from before it was registered")
    keep_letter("broken", b"one", reason="checksum")
    assert devices.list_unknown(conn, OPERATOR) == [
        UnknownDevice("new", 2, early, noon),
        UnknownDevice("older", 1, early, early),
    ]
    assert devices.list_unknown(conn, ALPHA) == []


def test_sites_are_for_everybody_with_a_scope_and_parties_for_their_own(
    conn: Connection[Any],
) -> None:
    site = Site("SHA", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)
    admin.add_site(conn, site)
    assert sites.list_sites(conn, ALPHA) == sites.list_sites(conn, OPERATOR) == [site]
    assert sites.list_sites(conn, NOTHING) == []
    assert [p.code for p in sites.list_parties(conn, OPERATOR)] == ["alpha", "beta"]
    assert [p.code for p in sites.list_parties(conn, ALPHA)] == ["alpha"]
    assert sites.list_parties(conn, NOTHING) == []
