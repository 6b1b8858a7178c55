"""A restore drill: what was there is there again, and nothing that came afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fleet.rights import Role
from fleet.scope import OPERATOR
from milepost.stack.postgres import Postgres
from store import admin, database, partitions, people
from store.admin import Registration
from store.database import Database
from tests.milepost.typing_user import Milepost

pytestmark = pytest.mark.db

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def fill(url: str) -> None:
    """Two vehicles with terminals, fixes of two days, a person, an entry of the audit."""
    with database.connect(Database(url), application="test") as conn:
        admin.seed(
            conn,
            vehicles=[("A1", None), ("B2", None)],
            devices=[
                Registration("dev-1", "x", "A1", SINCE),
                Registration("dev-2", None, "B2", SINCE),
            ],
        )
        people.add_person(
            conn, OPERATOR, people.NewPerson("ann", "Ann", Role.OWNER, people.Reach(), {}), "hash"
        )
        partitions.ensure_days(conn, [SINCE.date()])
        conn.execute(
            "INSERT INTO fix (device_id, time, received_at, lat, lon, grade) "
            "SELECT 1, %s::timestamptz + n * interval '10 s', now(), 30, 114, 0 "
            "FROM generate_series(0, 999) AS n",
            [SINCE],
        )


def content(url: str) -> list[tuple[Any, ...]]:
    """What must be the same."""
    with psycopg.connect(url) as conn:
        found: list[tuple[Any, ...]] = []
        for table in ("vehicle", "device", "binding", "fix", "person"):
            found += conn.execute(f"SELECT '{table}', t::text FROM {table} t ORDER BY 2").fetchall()  # noqa: S608
        # That it was restored is an entry of its own; the chain is verified by the command.
        trail = "SELECT 'audit', t::text FROM audit t WHERE act <> 'restore' ORDER BY 2"
        found += conn.execute(trail).fetchall()
        return found


def epoch(url: str) -> str:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT epoch::text FROM installation").fetchone()
    assert row is not None
    return str(row[0])


def test_what_was_backed_up_is_there_again_elsewhere(
    milepost: Milepost, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    fill(database_url)
    file = tmp_path / "all.dump"
    told = milepost("backup", str(file), "--json", MILEPOST_DATABASE_URL=database_url)
    assert told.status == 0, told.err
    assert told.lines == [{"file": str(file), "bytes": file.stat().st_size}]
    assert [path.name for path in tmp_path.glob("*.dump*")] == ["all.dump"]
    told = milepost("restore", str(file), "--json", MILEPOST_DATABASE_URL=empty_database_url)
    assert told.status == 0, told.err
    assert told.lines[0]["fixes"] == 1000
    assert told.lines[0]["applied"] == []
    assert content(empty_database_url) == content(database_url)
    assert epoch(empty_database_url) != epoch(database_url)
    assert milepost("audit", "verify", MILEPOST_DATABASE_URL=empty_database_url).status == 0


def test_what_came_after_the_backup_is_gone_with_replace_and_refused_without(
    milepost: Milepost, database_url: str, tmp_path: Path
) -> None:
    fill(database_url)
    before, file = content(database_url), tmp_path / "all.dump"
    assert milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url).status == 0
    with psycopg.connect(database_url) as conn:
        conn.execute("DELETE FROM fix")
        conn.execute("CREATE TABLE newer (id int)")
    told = milepost("restore", str(file), MILEPOST_DATABASE_URL=database_url)
    assert told.status == 1
    assert "--replace" in told.err
    told = milepost("restore", str(file), "--replace", MILEPOST_DATABASE_URL=database_url)
    assert told.status == 0, told.err
    assert content(database_url) == before
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT to_regclass('newer')").fetchone() == (None,)


def test_a_file_that_breaks_off_changes_nothing(
    milepost: Milepost, database_url: str, tmp_path: Path
) -> None:
    fill(database_url)
    before, file = content(database_url), tmp_path / "all.dump"
    assert milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url).status == 0
    whole = file.read_bytes()
    half = tmp_path / "half.dump"
    half.write_bytes(whole[: len(whole) * 3 // 4])
    told = milepost("restore", str(half), "--replace", MILEPOST_DATABASE_URL=database_url)
    assert told.status == 1
    assert told.err.count("\n") == 1
    assert content(database_url) == before
    half.write_bytes(b"no dump at all")
    told = milepost("restore", str(half), "--replace", MILEPOST_DATABASE_URL=database_url)
    assert told.status == 1
    assert "is no backup" in told.err
    assert content(database_url) == before


def test_a_backup_is_its_owners_alone(
    milepost: Milepost, database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    assert milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url).status == 0
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_of_a_newer_program_changes_nothing(
    milepost: Milepost, database_url: str, tmp_path: Path
) -> None:
    fill(database_url)
    with psycopg.connect(database_url) as conn:
        conn.execute("INSERT INTO schema_migration (name, checksum) VALUES ('9999_newer', 'x')")
    file = tmp_path / "newer.dump"
    assert milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url).status == 0
    with psycopg.connect(database_url) as conn:
        conn.execute("DELETE FROM schema_migration WHERE name = '9999_newer'")
    before, at = content(database_url), epoch(database_url)
    told = milepost("restore", str(file), "--replace", MILEPOST_DATABASE_URL=database_url)
    assert told.status == 1
    assert "newer program" in told.err
    assert (content(database_url), epoch(database_url)) == (before, at)


def test_nothing_is_restored_under_a_running_gateway_or_over_a_strangers_tables(
    milepost: Milepost, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    assert milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url).status == 0
    with database.connect(Database(database_url), application="milepost-gateway"):
        told = milepost("restore", str(file), "--replace", MILEPOST_DATABASE_URL=database_url)
    assert told.status == 1
    assert "milepost-gateway" in told.err
    with psycopg.connect(empty_database_url) as conn:
        conn.execute("CREATE TABLE somebodys (id int)")
    told = milepost("restore", str(file), "--replace", MILEPOST_DATABASE_URL=empty_database_url)
    assert told.status == 1
    assert "not Milepost's" in told.err


def test_a_backup_never_writes_over_another_and_of_nothing_there_is_none(
    milepost: Milepost, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    file.write_text("yesterday's")
    told = milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url)
    assert (told.status, file.read_text()) == (1, "yesterday's")
    told = milepost("backup", str(tmp_path / "new.dump"), MILEPOST_DATABASE_URL=empty_database_url)
    assert told.status == 1
    assert not (tmp_path / "new.dump").exists()


def test_without_an_address_the_embedded_database_is_started_for_a_restore(
    milepost: Milepost, database_url: str, tmp_path: Path
) -> None:
    fill(database_url)
    file, state = tmp_path / "all.dump", str(tmp_path / "state")
    assert milepost("backup", str(file), MILEPOST_DATABASE_URL=database_url).status == 0
    assert milepost("restore", str(file), MILEPOST_STATE=state).status == 0
    with Postgres(tmp_path / "state" / "postgres") as server:
        assert content(server.dsn) == content(database_url)
