from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import psycopg
import pytest
from psycopg import Connection

from fleet.errors import StoreAway
from store import Database, admin, partitions
from store.database import connect

pytestmark = pytest.mark.db

TODAY = date(2024, 11, 21)
DAYS = [TODAY - timedelta(days=n) for n in range(3)]


@pytest.fixture
def device(conn: Connection[Any]) -> str:
    admin.add_device(conn, "d1", None)
    return "d1"


def count(conn: Connection[Any]) -> int:
    row = conn.execute("SELECT count(*) FROM fix").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.usefixtures("plain")
def test_days_are_made_once_and_only_when_missing(conn: Connection[Any]) -> None:
    assert partitions.existing_days(conn) == []
    assert partitions.ensure_days(conn, DAYS) == sorted(DAYS)
    assert partitions.ensure_days(conn, DAYS) == []
    assert partitions.ensure_days(conn, []) == []
    assert partitions.ensure_days(conn, [*DAYS, TODAY + timedelta(days=1)]) == [
        TODAY + timedelta(days=1)
    ]
    assert len(partitions.existing_days(conn)) == 4


def test_a_day_holds_its_first_and_its_last_millisecond_in_utc(
    conn: Connection[Any], device: str, keep_fixes: Callable[..., None]
) -> None:
    midnight = datetime(2024, 11, 21, tzinfo=UTC)
    keep_fixes(device, [midnight, midnight + timedelta(days=1, milliseconds=-1)])
    assert partitions.existing_days(conn) == [TODAY]


@pytest.mark.usefixtures("plain")
def test_a_fix_outside_of_every_day_is_refused_and_not_hidden_somewhere(
    conn: Connection[Any], device: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="no partition"):
        conn.execute(
            "INSERT INTO fix (device_id, time, received_at, lat, lon, grade)"
            " SELECT id, '1980-01-06', now(), 0, 0, 0 FROM device WHERE code = %s",
            [device],
        )


@pytest.mark.usefixtures("plain")
def test_a_partition_has_the_key_of_its_parent(conn: Connection[Any]) -> None:
    partitions.ensure_days(conn, [TODAY])
    names = [
        row[0]
        for row in conn.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'fix_20241121'")
    ]
    assert any("UNIQUE" in name and '(device_id, "time")' in name for name in names)
    assert any("brin" in name for name in names)


@pytest.mark.usefixtures("plain")
def test_two_writers_may_need_the_same_days_at_once(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    days = [TODAY + timedelta(days=n) for n in range(20)]
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda c: partitions.ensure_days(c, days), [conn, other]))
    assert sorted(made[0] + made[1]) == days


@pytest.mark.usefixtures("plain")
def test_a_day_is_made_while_a_report_is_reading(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    partitions.ensure_days(conn, [TODAY])
    conn.execute("SET lock_timeout = '1s'")
    with other.transaction():
        count(other)
        assert partitions.ensure_days(conn, [DAYS[1]]) == [DAYS[1]]


def test_dropping_takes_whole_days_that_lie_before(
    conn: Connection[Any], device: str, keep_fixes: Callable[..., None], noon: datetime
) -> None:
    keep_fixes(device, [noon - timedelta(days=n) for n in range(3)])
    assert partitions.drop_before(conn, noon - timedelta(days=1)) == 1
    assert partitions.existing_days(conn) == [DAYS[1], DAYS[0]]
    assert count(conn) == 2
    assert partitions.drop_before(conn, noon - timedelta(days=1)) == 0


@pytest.mark.usefixtures("plain")
def test_a_day_that_is_being_read_is_dropped_later_and_ingest_never_waits_for_it(
    db: Database,
    conn: Connection[Any],
    other: Connection[Any],
    device: str,
    keep_fixes: Callable[..., None],
    noon: datetime,
) -> None:
    keep_fixes(device, [noon, noon - timedelta(days=2)])
    with Ingest(db, device, noon) as ingest:
        with other.transaction():
            assert count(other) >= 2
            started = time.monotonic()
            assert partitions.drop_before(conn, noon) == 0
            assert time.monotonic() - started < 5
            # While it is leaving, other days can still be made.
            assert partitions.ensure_days(conn, [DAYS[1]]) == [DAYS[1]]
        assert partitions.drop_before(conn, noon - timedelta(days=1)) == 1
    assert partitions.existing_days(conn) == [DAYS[1], DAYS[0]]
    assert ingest.written > 0
    # An idle box needs a millisecond; a lock queue behind the reader would be its whole read.
    assert ingest.longest < partitions.PATIENCE / 1000 + 1


@pytest.mark.usefixtures("plain")
def test_while_one_day_is_read_no_other_leaves_and_it_cannot_be_made_again(
    conn: Connection[Any], other: Connection[Any], noon: datetime
) -> None:
    partitions.ensure_days(conn, DAYS)
    with other.transaction():
        count(other)
        for _ in range(2):
            assert partitions.drop_before(conn, noon) == 0
        with pytest.raises(StoreAway, match="history of 2024-11-19 is just being removed"):
            partitions.ensure_days(conn, DAYS)
    assert partitions.drop_before(conn, noon) == 2
    assert partitions.existing_days(conn) == [TODAY]


@pytest.mark.usefixtures("plain")
def test_two_removers_do_not_meet(
    conn: Connection[Any], other: Connection[Any], noon: datetime
) -> None:
    partitions.ensure_days(conn, DAYS)
    with ThreadPoolExecutor(2) as pool:
        dropped = list(pool.map(lambda c: partitions.drop_before(c, noon), [conn, other]))
    assert sum(dropped) == 2


@pytest.mark.usefixtures("plain")
def test_a_day_that_was_dropped_can_be_made_again(conn: Connection[Any], noon: datetime) -> None:
    partitions.ensure_days(conn, DAYS)
    assert partitions.drop_before(conn, noon) == 2
    assert partitions.ensure_days(conn, DAYS) == sorted(DAYS[1:])


@pytest.mark.usefixtures("plain")
def test_patience_ends_with_the_call(conn: Connection[Any], noon: datetime) -> None:
    partitions.drop_before(conn, noon)
    assert conn.execute("SHOW lock_timeout").fetchone() == ("0",)


@pytest.mark.usefixtures("plain")
def test_plain_postgresql_has_no_columnstore_and_says_so(
    conn: Connection[Any], noon: datetime
) -> None:
    assert partitions.detect(conn) == partitions.Engine()
    assert partitions.compress_before(conn, noon) is None


@pytest.mark.usefixtures("timescale")
def test_timescaledb_makes_days_itself_and_compresses_closed_ones(
    conn: Connection[Any], device: str, keep_fixes: Callable[..., None], noon: datetime
) -> None:
    assert partitions.ensure_days(conn, DAYS) == []
    keep_fixes(device, [noon - timedelta(days=n) for n in range(3)])
    assert partitions.existing_days(conn) == sorted(DAYS)
    if not partitions.detect(conn).columnstore:
        pytest.skip("TimescaleDB under Apache-2.0 has no columnstore")
    assert partitions.compress_before(conn, noon) == 2
    assert partitions.compress_before(conn, noon) == 0
    limit = "timescaledb.max_tuples_decompressed_per_dml_transaction"
    assert conn.execute("SELECT current_setting(%s)", [limit]).fetchone() == ("0",)
    # History that comes late goes into a compressed day all the same, once.
    late = noon - timedelta(days=1, hours=1)
    keep_fixes(device, [late])
    with pytest.raises(psycopg.errors.UniqueViolation):
        keep_fixes(device, [late])
    assert count(conn) == 4
    assert partitions.drop_before(conn, noon - timedelta(days=1)) == 1


@pytest.mark.usefixtures("timescale")
def test_timescaledb_drops_a_day_that_is_being_read_later(
    conn: Connection[Any],
    other: Connection[Any],
    device: str,
    keep_fixes: Callable[..., None],
    noon: datetime,
) -> None:
    keep_fixes(device, [noon, noon - timedelta(days=2)])
    with other.transaction():
        assert count(other) == 2
        assert partitions.drop_before(conn, noon) == 0
        keep_fixes(device, [noon + timedelta(seconds=1)])
    assert partitions.drop_before(conn, noon) == 1


class Ingest:
    """Writes fixes as fast as it can on its own connection; remembers the longest statement."""

    def __init__(self, db: Database, device: str, start: datetime) -> None:
        self.db, self.device, self.start = db, device, start
        self.written, self.longest = 0, 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        with connect(self.db, application="ingest") as conn:
            while not self.stop.is_set():
                before = time.monotonic()
                conn.execute(
                    "INSERT INTO fix (device_id, time, received_at, lat, lon, grade)"
                    " SELECT id, %s, now(), 0, 0, 0 FROM device WHERE code = %s",
                    [self.start + timedelta(milliseconds=self.written + 1), self.device],
                )
                self.longest = max(self.longest, time.monotonic() - before)
                self.written += 1

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()
