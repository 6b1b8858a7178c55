from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from psycopg import Connection

from fleet.errors import NotFound
from fleet.records import Flag, Grade
from fleet.scope import OPERATOR, Scope
from fleet.views import Link, Position, Vehicle
from store import admin, vehicles

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("two_parties")]

ALPHA = Scope("someone of alpha", frozenset({"alpha"}))


def plates(found: list[Vehicle]) -> list[str]:
    return [vehicle.plate for vehicle in found]


def test_a_vehicle_that_never_drove_has_no_position(conn: Connection[Any]) -> None:
    got = vehicles.load_vehicle(conn, OPERATOR, "沪A1")
    assert got == Vehicle("沪A1", "alpha", "a1", None, None, 0)


def test_a_vehicle_has_its_newest_position_and_the_link_of_its_device(
    conn: Connection[Any], noon: datetime
) -> None:
    set_state(conn, "沪A1", noon)
    conn.execute(
        "INSERT INTO device_link SELECT id, false, %s, 'power cut' FROM device WHERE code = 'a1'",
        [noon],
    )
    assert vehicles.load_vehicle(conn, OPERATOR, "沪A1") == Vehicle(
        "沪A1",
        "alpha",
        "a1",
        Position(noon, noon, 121.5, 31.25, 12.5, None, 90.0, None, 9, 1, 2),
        Link(online=False, time=noon, reason="power cut"),
        7,
    )


def test_a_scope_sees_the_vehicles_of_its_parties_only(conn: Connection[Any]) -> None:
    both = Scope("both", frozenset({"alpha", "beta"}))
    nothing = Scope("nothing", frozenset())
    assert plates(vehicles.list_vehicles(conn, OPERATOR)) == ["沪A1", "沪B1", "沪C1"]
    assert plates(vehicles.list_vehicles(conn, both)) == ["沪A1", "沪B1"]
    assert plates(vehicles.list_vehicles(conn, ALPHA)) == ["沪A1"]
    assert vehicles.list_vehicles(conn, nothing) == []
    assert plates(vehicles.list_vehicles(conn, ALPHA, plates=["沪B1", "沪A1"])) == ["沪A1"]
    assert vehicles.list_vehicles(conn, OPERATOR, plates=[]) == []


def test_what_is_outside_the_scope_does_not_exist(conn: Connection[Any], noon: datetime) -> None:
    for plate in ("沪B1", "沪C1", "沪X9"):
        with pytest.raises(NotFound, match=plate):
            vehicles.load_vehicle(conn, ALPHA, plate)
        with pytest.raises(NotFound, match=plate):
            vehicles.load_track(conn, ALPHA, plate, noon, noon + timedelta(days=1))


def test_a_track_is_in_order_of_time_with_its_end_left_out(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    times = [noon + timedelta(minutes=n) for n in (3, 1, 2, 0)]
    keep_fixes("a1", times, speed=12.5, course=90.0)
    track = vehicles.load_track(conn, ALPHA, "沪A1", noon, noon + timedelta(minutes=3))
    assert list(track.time - noon.timestamp()) == [0, 60, 120]
    assert list(track.lon) == [121.003, 121.001, 121.002]
    assert list(track.speed) == [12.5] * 3
    assert np.isnan(track.altitude).all()
    assert track.grade.dtype == np.uint8
    assert track.flags.dtype == np.uint16
    assert track.complete
    assert len(track) == 3


def test_a_track_crosses_midnight(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon + timedelta(hours=6 * n) for n in range(9)])
    assert len(vehicles.load_track(conn, OPERATOR, "沪A1", noon, noon + timedelta(days=9))) == 9


def test_milliseconds_are_whole_on_the_way_out(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon + timedelta(milliseconds=1)])
    track = vehicles.load_track(conn, OPERATOR, "沪A1", noon, noon + timedelta(days=1))
    assert round(track.time[0] * 1000) == round(noon.timestamp() * 1000) + 1


def test_a_track_follows_the_bindings_valid_at_each_time(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    times = [noon + timedelta(minutes=n) for n in range(10)]
    keep_fixes("a1", times)
    keep_fixes("b1", times, lat=40.0)
    keep_fixes("c1", times, lat=50.0)
    admin.bind(conn, "b1", "沪A1", times[4])
    end = times[9] + timedelta(minutes=1)
    track = vehicles.load_track(conn, OPERATOR, "沪A1", noon, end)
    assert list(track.lat) == [31.0] * 4 + [40.0] * 6
    assert list(track.time) == [t.timestamp() for t in times]
    assert len(vehicles.load_track(conn, OPERATOR, "沪B1", noon, end)) == 4


def test_a_phone_beside_the_terminal_is_no_part_of_the_track(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    admin.add_device(conn, "phone", None)
    admin.bind(conn, "phone", "沪A1", noon, primary=False)
    keep_fixes("phone", [noon])
    assert len(vehicles.load_track(conn, OPERATOR, "沪A1", noon, noon + timedelta(days=1))) == 0


def test_doubted_fixes_are_left_out_unless_asked_for(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    end = noon + timedelta(days=1)
    keep_fixes("a1", [noon], flags=int(Flag.JUMP))
    keep_fixes("a1", [noon + timedelta(seconds=1)], flags=int(Flag.VOID | Flag.BACKFILLED))
    keep_fixes("a1", [noon + timedelta(seconds=2)], grade=int(Grade.X))
    keep_fixes("a1", [noon + timedelta(seconds=3)], flags=int(Flag.OLD), grade=int(Grade.C))
    believed = vehicles.load_track(conn, OPERATOR, "沪A1", noon, end)
    assert list(believed.flags) == [Flag.OLD]
    everything = vehicles.load_track(conn, OPERATOR, "沪A1", noon, end, believed_only=False)
    assert list(everything.grade) == [0, 0, 3, 2]


def test_a_track_that_is_too_long_says_so(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon + timedelta(seconds=n) for n in range(5)])
    end = noon + timedelta(days=1)
    short = vehicles.load_track(conn, OPERATOR, "沪A1", noon, end, limit=4)
    assert (len(short), short.complete) == (4, False)
    assert short.time[0] == noon.timestamp()
    assert vehicles.load_track(conn, OPERATOR, "沪A1", noon, end, limit=5).complete


@pytest.mark.usefixtures("plain")
def test_a_track_reads_the_key_of_the_days_asked_for_and_no_others(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon + timedelta(days=n) for n in range(5)])
    keep_fixes("b1", [noon + timedelta(seconds=n) for n in range(200)])
    conn.execute("ANALYZE")
    statement = "EXPLAIN " + vehicles._SQL["load_track"]  # noqa: SLF001 - the plan is the subject
    given = {
        "plate": "沪A1",
        "start": noon,
        "end": noon + timedelta(days=1),
        "doubted": 0,
        "worst": 3,
        "limit": 10,
    }
    plan = "\n".join(row[0] for row in conn.execute(statement, given))
    assert "fix_20241121" in plan
    assert "fix_20241122" in plan
    assert "fix_20241123" not in plan
    assert "device_id = b.device_id" in plan


def set_state(conn: Connection[Any], plate: str, at: datetime) -> None:
    conn.execute(
        "UPDATE vehicle_state SET revision = 7, time = %s, received_at = %s, lon = 121.5,"
        " lat = 31.25, altitude = 12.5, course = 90, satellites = 9, grade = 1, flags = 2"
        " WHERE vehicle_id = (SELECT id FROM vehicle WHERE plate = %s)",
        [at.astimezone(UTC), at, plate],
    )
