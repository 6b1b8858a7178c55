from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.errors import StoreAway
from store import Database, database

pytestmark = pytest.mark.db


@pytest.fixture
def nowhere() -> Database:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return Database(
        f"postgresql://nobody:secret@127.0.0.1:{port}/none", pool_timeout=0.2, connect_timeout=2
    )


def test_a_session_speaks_utc_commits_durably_and_ends_long_statements(
    conn: Connection[Any],
) -> None:
    assert conn.execute("SHOW timezone").fetchone() == ("UTC",)
    assert conn.execute("SHOW synchronous_commit").fetchone() == ("on",)
    assert conn.execute("SHOW statement_timeout").fetchone() == ("30s",)
    assert conn.execute("SHOW application_name").fetchone() == ("test",)
    assert conn.autocommit


def test_a_database_that_commits_asynchronously_by_default_is_overruled(
    db: Database, conn: Connection[Any]
) -> None:
    conn.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off',"
        " current_database()); END $$"
    )
    with database.connect(db, application="again") as again:
        assert database.describe(again)["synchronous_commit"] == "on"


def test_no_server_is_store_away_in_a_plain_sentence_without_the_password(
    nowhere: Database,
) -> None:
    with pytest.raises(StoreAway, match="database does not answer") as caught:
        database.connect(nowhere, application="test")
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(nowhere)


def test_a_pool_starts_without_a_server_and_says_store_away_when_asked(nowhere: Database) -> None:
    with (
        database.open_pool(nowhere, application="test") as pool,
        pytest.raises(StoreAway),
        database.away(),
        pool.connection(),
    ):
        pytest.fail("there is no server")


def test_a_connection_that_was_cut_is_store_away(
    conn: Connection[Any], other: Connection[Any]
) -> None:
    other.execute("SELECT pg_terminate_backend(%s)", [conn.info.backend_pid])
    for _ in range(2):  # the first statement may still be answered by the dying backend
        with suppress(StoreAway), database.away():
            conn.execute("SELECT 1")
    with pytest.raises(StoreAway), database.away():
        conn.execute("SELECT 1")


def test_a_mistake_in_a_statement_is_not_store_away(conn: Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), database.away():
        conn.execute("SELECT FROM no_such_table")


def test_a_pool_hands_out_prepared_sessions(db: Database) -> None:
    with database.open_pool(db, application="pool") as pool, pool.connection() as conn:
        assert conn.autocommit
        assert conn.execute("SHOW timezone").fetchone() == ("UTC",)


def test_describe_says_what_the_server_is(conn: Connection[Any]) -> None:
    said = database.describe(conn)
    assert int(said["server"].split(".")[0]) >= 15
    assert said["pending"] == []
    assert said["standby"] is False
    assert set(said) >= {"timescaledb", "license", "synchronous_commit"}
