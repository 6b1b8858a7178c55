from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from importlib.resources import files
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import Conflict, StoreAway
from store import Database, migrate
from store.database import connect
from store.partitions import Engine

#: Everything of a schema that a reader of schema.sql would expect to find in a database.
CATALOGUE = {
    "tables": """
        SELECT relname, relkind, relpersistence, reloptions, pg_get_partkeydef(c.oid),
               obj_description(c.oid, 'pg_class')
        FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'S')""",
    "columns": """
        SELECT relname, attname, attnum, format_type(atttypid, atttypmod), attnotnull, attidentity,
               attgenerated, attstorage, attcompression, col_description(c.oid, attnum),
               (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
                WHERE adrelid = c.oid AND adnum = attnum)
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE relkind IN ('r', 'p', 'v', 'm') AND attnum > 0 AND NOT attisdropped""",
    "constraints": """
        SELECT relname, conname, contype, pg_get_constraintdef(k.oid),
               obj_description(k.oid, 'pg_constraint')
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid""",
    "indexes": """
        SELECT c.relname, pg_get_indexdef(c.oid), c.reloptions, obj_description(c.oid, 'pg_class')
        FROM pg_class c WHERE relkind IN ('i', 'I')""",
    "functions": """
        SELECT c.proname, pg_get_functiondef(c.oid), obj_description(c.oid, 'pg_proc')
        FROM pg_proc c WHERE prokind IN ('f', 'p')""",
    "triggers": """
        SELECT relname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal""",
    "types": "SELECT typname, typtype FROM pg_type c WHERE typtype IN ('e', 'd', 'r')",
    "sequences": "SELECT sequencename, data_type, start_value, increment_by FROM pg_sequences",
    "extensions": "SELECT extname FROM pg_extension",
    "rows": "SELECT world_revision, feed_floor, zone FROM installation",
}
pytestmark = pytest.mark.db


@contextmanager
def open_url(url: str) -> Iterator[Connection[Any]]:
    with closing(connect(Database(url), application="test")) as connection:
        yield connection


@pytest.mark.usefixtures("plain")
def test_the_migrations_build_what_schema_sql_says(
    conn: Connection[Any], empty_database_url: str
) -> None:
    conn.execute("DROP TABLE schema_migration")
    with open_url(empty_database_url) as stated:
        stated.execute(files("store").joinpath("sql", "schema.sql").read_bytes())
        assert catalogue(conn) == catalogue(stated)


def test_a_second_migration_finds_nothing_to_do(empty_database_url: str) -> None:
    first = migrate.migrate(empty_database_url)
    assert first[0] == "0001_start"
    assert migrate.migrate(empty_database_url) == []


def test_an_empty_database_has_everything_pending(empty_database_url: str) -> None:
    with open_url(empty_database_url) as conn:
        assert "0001_start" in migrate.pending(conn)
        migrate.migrate(conn)
        assert migrate.pending(conn) == []


def test_two_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(migrate.migrate, [empty_database_url] * 2))
    assert sorted(map(bool, done)) == [False, True]


def test_a_migration_that_was_edited_after_it_was_applied_is_refused(
    conn: Connection[Any],
) -> None:
    conn.execute("UPDATE schema_migration SET checksum = 'of another text'")
    with pytest.raises(Conflict, match="0001_start was edited"):
        migrate.migrate(conn)


def test_a_database_of_a_newer_program_is_refused(conn: Connection[Any]) -> None:
    conn.execute("INSERT INTO schema_migration VALUES ('9999_tomorrow', 'x')")
    with pytest.raises(Conflict, match=r"newer than this program.*9999_tomorrow"):
        migrate.migrate(conn)


def test_a_server_that_is_away_is_store_away() -> None:
    with pytest.raises(StoreAway):
        migrate.migrate("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")


def test_on_timescaledb_the_history_is_a_hypertable() -> None:
    text = files("store").joinpath("sql", "migrations", "0001_start.sql").read_text()
    plain = Engine().localize(text)
    apache = Engine("2.29.2").localize(text)
    full = Engine("2.29.2", columnstore=True).localize(text)
    assert plain == text
    assert text.count("PARTITION BY RANGE (time);") == 1
    for changed in (apache, full):
        assert "PARTITION BY" not in changed.split("\n", 1)[1]
        assert "SELECT create_hypertable('fix', by_range('time', interval '1 day')" in changed
        assert changed.index("PRIMARY KEY (device_id, time)") < changed.index("create_hypertable")
        assert changed.index("create_hypertable") < changed.index("CREATE INDEX fix_time_brin")
    assert "enable_columnstore" not in apache
    assert "ALTER TABLE fix SET (\n    timescaledb.enable_columnstore" in full


def catalogue(conn: Connection[Any]) -> dict[str, list[Any]]:
    """The schema ``public`` without what extensions brought."""
    found = {}
    for subject, statement in CATALOGUE.items():
        if "_class c" in statement or "_proc c" in statement or "_type c" in statement:
            kind = (
                "pron" if "_proc c" in statement else "typn" if "_type c" in statement else "reln"
            )
            joint = "AND" if "WHERE" in statement.rsplit("FROM pg_", 1)[-1] else "WHERE"
            statement += (  # noqa: PLW2901 - one more condition
                f" {joint} {kind}amespace = 'public'::regnamespace AND NOT EXISTS"
                " (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
            )
        found[subject] = sorted(map(repr, conn.execute(statement).fetchall()))
        assert found[subject] or subject in {"triggers", "types"}, subject
    return found
