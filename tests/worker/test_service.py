"""The worker's rounds, by a clock that the test turns."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from fleet.errors import StoreAway
from store import partitions
from store.database import Database
from store.maintenance import Retention
from worker.service import METRICS, Rhythm, Settings, Worker

pytestmark = pytest.mark.db

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOWHERE = "postgresql://127.0.0.1:1/nowhere"
SOON = 30.0  #: s; a bound for what takes milliseconds, so that a broken test ends
WAITING = "no round of maintenance has gone through yet"


def worker(
    url: str, rhythm: Rhythm | None = None, *, stop: threading.Event | None = None
) -> Worker:
    """A worker that keeps fixes for ten days."""
    settings = Settings(Database(url), Retention(history_days=10), rhythm or Rhythm())
    return Worker(settings, stop or threading.Event())


def metric(asked: Worker, name: str, **labels: str) -> float:
    """The value of a metric; 0 while it has none."""
    return asked.registry.get_sample_value(name, labels) or 0.0


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def at_work(running: Worker, stop: threading.Event) -> Iterator[None]:
    """``running`` in a thread, stopped at the end."""
    thread = threading.Thread(target=running.run, args=(lambda: NOON,), name="worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(SOON)
        assert not thread.is_alive()


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def plain(conn: psycopg.Connection[Any]) -> None:
    """Such tests are for plain partitions."""
    if partitions.detect(conn).timescale is not None:
        pytest.skip("this server has TimescaleDB, which makes its chunks itself")


def keep_letter(conn: psycopg.Connection[Any], at: datetime) -> None:
    conn.execute(
        "INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)"
        " VALUES (sha256(%s::text::bytea), %s, 'd', 'nmea', 'torn', 'x')",
        [at.isoformat(), at],
    )


@pytest.mark.usefixtures("plain")
def test_a_round_makes_room_for_the_coming_days(
    conn: psycopg.Connection[Any], database_url: str
) -> None:
    before = set(partitions.existing_days(conn))
    worker(database_url, Rhythm(ahead=2)).round(NOON)
    made = set(partitions.existing_days(conn)) - before
    assert made == {NOON.date() + timedelta(days=n) for n in (-1, 0, 1, 2)}


@pytest.mark.usefixtures("plain")
def test_rounds_of_later_days_remove_what_has_become_old(
    conn: psycopg.Connection[Any], database_url: str
) -> None:
    tested = worker(database_url, Rhythm(ahead=0))
    tested.round(NOON)
    keep_letter(conn, NOON)
    first = NOON.date()
    tested.round(NOON + timedelta(days=10))
    assert first in partitions.existing_days(conn)
    assert metric(tested, "milepost_purged_total", what="fix") == 1  # the day before
    tested.round(NOON + timedelta(days=11))
    assert first not in partitions.existing_days(conn)
    assert metric(tested, "milepost_purged_total", what="fix") == 2
    assert metric(tested, "milepost_purged_total", what="dead_letter") == 0
    tested.round(NOON + timedelta(days=31))
    assert metric(tested, "milepost_purged_total", what="dead_letter") == 1
    assert conn.execute("SELECT count(*) FROM dead_letter").fetchone() == (0,)
    told = conn.execute("SELECT what, sum(rows) FROM purge WHERE what = 'dead_letter' GROUP BY 1")
    assert told.fetchall() == [("dead_letter", 1)]


def test_a_round_can_be_called_again_at_once(database_url: str) -> None:
    tested = worker(database_url)
    tested.round(NOON)
    tested.round(NOON)
    assert metric(tested, "milepost_maintenance_runs_total") == 2
    assert metric(tested, "milepost_maintenance_last") == NOON.timestamp()
    assert not tested.problems()["database"]


def test_a_round_gives_its_connection_back(
    conn: psycopg.Connection[Any], database_url: str
) -> None:
    worker(database_url).round(NOON)
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'milepost-worker'"
    asked += " AND datname = current_database()"
    eventually(lambda: conn.execute(asked.encode()).fetchone() == (0,))


def test_before_the_first_round_the_worker_is_not_ready() -> None:
    assert worker(NOWHERE).problems()["database"] == WAITING


def test_a_round_without_a_database_is_an_error_of_the_world() -> None:
    with pytest.raises(StoreAway):
        worker(NOWHERE).round(NOON)


def test_a_worker_without_a_database_says_so_and_tries_again() -> None:
    stop = threading.Event()
    tested = worker(NOWHERE, Rhythm(every=3600, retry=0.01), stop=stop)
    with at_work(tested, stop):
        eventually(lambda: metric(tested, "milepost_maintenance_failures_total") >= 3)
        assert tested.problems()["database"].startswith("the database does not answer")
    assert metric(tested, "milepost_maintenance_runs_total") == 0


def test_a_worker_goes_on_when_the_database_is_back(
    conn: psycopg.Connection[Any], postgres_server: str, database_url: str
) -> None:
    name = conn.info.dbname
    with psycopg.connect(postgres_server, autocommit=True) as admin:

        def allow(*, connections: bool) -> None:
            value = "true" if connections else "false"
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {value}'.encode())

        allow(connections=False)
        stop = threading.Event()
        tested = worker(database_url, Rhythm(every=3600, retry=0.01), stop=stop)
        with at_work(tested, stop):
            eventually(lambda: metric(tested, "milepost_maintenance_failures_total") >= 1)
            assert tested.problems()["database"]
            allow(connections=True)
            eventually(lambda: metric(tested, "milepost_maintenance_runs_total") == 1)
            assert not tested.problems()["database"]


def test_a_worker_stops_at_once_however_long_its_pause(database_url: str) -> None:
    stop = threading.Event()
    tested = worker(database_url, Rhythm(every=3600), stop=stop)
    with at_work(tested, stop):
        eventually(lambda: metric(tested, "milepost_maintenance_runs_total") == 1)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert metric(tested, "milepost_maintenance_runs_total") == 1


def test_a_worker_that_was_stopped_before_it_began_does_nothing() -> None:
    stop = threading.Event()
    stop.set()
    tested = worker(NOWHERE, stop=stop)
    tested.run()
    assert metric(tested, "milepost_maintenance_failures_total") == 0


def test_every_metric_is_served_from_the_start() -> None:
    served = {family.name for family in worker(NOWHERE).registry.collect()}
    assert served == {name for name, _, _, _ in METRICS}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_whose_store_nobody_tends_any_more_ends(
    conn: psycopg.Connection[Any], database_url: str
) -> None:
    conn.execute("ALTER TABLE trip RENAME COLUMN shelved TO forgotten")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        worker(database_url, Rhythm(every=3600)).run(lambda: NOON)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_worker_whose_trips_nobody_watches_any_more_ends(
    conn: psycopg.Connection[Any], database_url: str
) -> None:
    conn.execute("ALTER TABLE trip_state RENAME COLUMN evaluated_at TO forgotten")
    tested = worker(database_url, Rhythm(every=3600))
    with pytest.raises(SystemExit) as ended:
        tested.run(lambda: NOON)
    assert ended.value.code == 1
