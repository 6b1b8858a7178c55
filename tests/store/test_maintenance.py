from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from fleet.scope import OPERATOR
from fleet.views import Cursor, Site
from store import admin, dead_letters, feed, maintenance, partitions, purging
from store.maintenance import Retention
from store.purging import Removed

pytestmark = pytest.mark.db

#: One row of each table as old as the given time.
OLD_ROWS = {
    "fix_conflict": "INSERT INTO fix_conflict (device_id, time, received_at, lat, lon, grade)"
    " SELECT id, %(at)s, %(at)s, 1, 2, 0 FROM device WHERE code = 'a1'",
    "device_event": "INSERT INTO device_event"
    " SELECT id, %(at)s, 'ignition', 'true', %(at)s FROM device WHERE code = 'a1'",
    "command": "INSERT INTO command (id, device_id, kind, body, requested_by, requested_at,"
    " expires_at) SELECT gen_random_uuid(), id, 'locate', '{}', 'x', %(at)s, %(at)s"
    " FROM device WHERE code = 'a1'",
    "dead_letter": "INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)"
    " VALUES (sha256(%(at)s::text::bytea), %(at)s, 'a1', 'nmea', 'checksum', 'x')",
    "expected_visit": "INSERT INTO expected_visit SELECT gen_random_uuid(), vehicle.id, site.id,"
    " %(at)s - interval '1 hour', %(at)s, 'x' FROM vehicle, site WHERE plate = '沪A1'",
    "checkpoint": "INSERT INTO checkpoint"
    " SELECT id, %(at)s, 1, 'x' FROM vehicle WHERE plate = '沪A1'",
    "change": "INSERT INTO change (id, at, kind)"
    " VALUES (nextval('change_number'), %(at)s, 'world')",
}


def add_site(conn: Connection[Any]) -> None:
    admin.add_site(conn, Site("hub", "站", "Hub", "UTC", 121.0, 31.0))


def count(conn: Connection[Any], table: str) -> int:
    row = conn.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("plain")
def test_room_is_made_from_yesterday_on(conn: Connection[Any]) -> None:
    today = date(2024, 11, 21)
    made = maintenance.ahead(conn, today, 2)
    assert made == [today + timedelta(days=n) for n in (-1, 0, 1, 2)]
    assert maintenance.ahead(conn, today + timedelta(days=1), 2) == [today + timedelta(days=3)]


@pytest.mark.usefixtures("two_parties")
@pytest.mark.parametrize(
    ("table", "age"),
    [
        ("fix_conflict", timedelta(days=183)),
        ("device_event", timedelta(days=183)),
        ("command", timedelta(days=183)),
        ("dead_letter", timedelta(days=30)),
        ("expected_visit", timedelta(days=183)),
        ("change", timedelta(hours=24)),
    ],
)
def test_rows_go_when_their_time_has_come_and_are_logged(
    conn: Connection[Any], noon: datetime, table: str, age: timedelta
) -> None:
    add_site(conn)
    conn.execute("DELETE FROM change")  # of the fixtures
    for at in (noon, noon + timedelta(seconds=1)):
        conn.execute(OLD_ROWS[table], {"at": at})
    keep = Retention()
    assert maintenance.retain(conn, noon + age, keep) == []
    now = noon + age + timedelta(milliseconds=500)
    removed = Removed(table, now - age, 1)
    assert maintenance.retain(conn, now, keep) == [removed]
    assert count(conn, table) == 1
    logged = conn.execute("SELECT at, what, before, rows FROM purge").fetchall()
    assert logged == [(now, table, now - age, 1)]


@pytest.mark.usefixtures("two_parties")
def test_the_history_goes_by_whole_days(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon, noon + timedelta(days=1)])
    keep = Retention(history_days=10)
    assert maintenance.retain(conn, noon + timedelta(days=10), keep) == []
    now = noon + timedelta(days=10, hours=12)
    midnight = datetime(2024, 11, 22, tzinfo=UTC)
    assert maintenance.retain(conn, now, keep)[0] == Removed("fix", midnight, 1)
    assert count(conn, "fix") == 1
    assert partitions.existing_days(conn) == [date(2024, 11, 22)]


@pytest.mark.usefixtures("two_parties")
def test_more_rows_than_one_transaction_removes_all_go(
    conn: Connection[Any], noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "CHUNK", 3)
    for n in range(8):
        conn.execute(OLD_ROWS["device_event"], {"at": noon + timedelta(seconds=n)})
    removed = maintenance.retain(conn, noon + timedelta(days=200), Retention())
    assert [r.rows for r in removed if r.what == "device_event"] == [8]


@pytest.mark.usefixtures("two_parties")
def test_of_checkpoints_a_vehicles_own_last_days_stay_and_the_newest_from_before(
    conn: Connection[Any], noon: datetime
) -> None:
    """A vehicle that was parked for long is folded again as far back as any other."""
    hours = [0, 1, 2, 97, 100]
    for hour in hours:
        conn.execute(OLD_ROWS["checkpoint"], {"at": noon + timedelta(hours=hour)})

    def kept(after: timedelta) -> list[int]:
        now = noon + after
        rows = [
            r.rows for r in maintenance.retain(conn, now, Retention()) if r.what == "checkpoint"
        ]
        assert rows in ([], [len(hours) - count(conn, "checkpoint")])
        found = conn.execute("SELECT time FROM checkpoint ORDER BY time").fetchall()
        return [round((time - noon).total_seconds() / 3600) for (time,) in found]

    assert kept(timedelta(hours=96)) == hours
    now = timedelta(hours=98, seconds=1)
    assert kept(now) == [2, 97, 100]
    hours = [2, 97, 100]
    assert kept(now) == hours
    assert kept(timedelta(days=100)) == hours


def test_a_letter_that_is_asked_for_stays_until_it_is_taken(
    conn: Connection[Any], keep_letter: Callable[..., int], noon: datetime
) -> None:
    asked = keep_letter("x", b"asked for")
    keep_letter("x", b"forgotten")
    dead_letters.request_reinject(conn, OPERATOR, [asked])
    maintenance.retain(conn, noon + timedelta(days=31), Retention())
    assert [d.id for d in dead_letters.list_dead_letters(conn, OPERATOR)] == [asked]


def test_the_feed_loses_only_its_beginning(conn: Connection[Any], noon: datetime) -> None:
    # A long transaction began early and committed last: its number is high, its time is old.
    for at in (noon, noon + timedelta(hours=2), noon):
        conn.execute(OLD_ROWS["change"], {"at": at})
    maintenance.retain(conn, noon + timedelta(hours=25), Retention())
    assert count(conn, "change") == 2
    here = feed.position(conn)
    assert feed.read(conn, Cursor(here.epoch, here.number - 2)).complete


@pytest.mark.usefixtures("two_parties")
def test_half_a_sentence_that_waits_too_long_becomes_a_dead_letter(
    conn: Connection[Any], noon: datetime
) -> None:
    for device, state, age in [("a1", b"s|$GPRM", 25), ("b1", b"s|", 25), ("c1", b"s|$", 1)]:
        conn.execute(
            "INSERT INTO device_stream SELECT id, %s, %s FROM device WHERE code = %s",
            [state, noon - timedelta(hours=age), device],
        )

    def unfinished(state: bytes) -> list[bytes]:
        half = state.partition(b"|")[2]
        return [half] if half else []

    swept = maintenance.sweep_streams(conn, noon, Retention(), unfinished)
    assert sorted(swept) == ["a1", "b1"]
    assert count(conn, "device_stream") == 1
    letters = dead_letters.list_dead_letters(conn, OPERATOR)
    assert [(d.device, d.reason, d.raw, d.received_at) for d in letters] == [
        ("a1", "torn", b"$GPRM", noon)
    ]
    assert maintenance.sweep_streams(conn, noon, Retention(), unfinished) == []


@pytest.mark.usefixtures("two_parties")
def test_retention_leaves_a_young_installation_alone(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes("a1", [noon])
    add_site(conn)
    for statement in OLD_ROWS.values():
        conn.execute(statement, {"at": noon})
    tables = ["fix", *OLD_ROWS, "vehicle", "device", "binding", "vehicle_state"]
    before = {table: count(conn, table) for table in tables}
    assert maintenance.retain(conn, noon + timedelta(hours=1), Retention()) == []
    assert {table: count(conn, table) for table in tables} == before


def test_a_repair_reaches_back_72_hours_so_less_is_refused() -> None:
    with pytest.raises(ValueError, match="72"):
        Retention(checkpoint_hours=71)


@pytest.mark.usefixtures("plain")
def test_plain_postgresql_compresses_nothing(conn: Connection[Any], noon: datetime) -> None:
    assert maintenance.compress(conn, noon, Retention()) is None


@pytest.mark.usefixtures("timescale")
def test_timescaledb_compresses_days_behind_the_backlogs(
    conn: Connection[Any], keep_fixes: Callable[..., None], noon: datetime
) -> None:
    admin.add_device(conn, "d1", None)
    keep_fixes("d1", [noon - timedelta(days=n) for n in (0, 7, 8, 9)])
    if not partitions.detect(conn).columnstore:
        pytest.skip("TimescaleDB under Apache-2.0 has no columnstore")
    assert maintenance.compress(conn, noon, Retention()) == 2
