from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import queries

MODULES = sorted(
    entry.name.removesuffix(".sql")
    for entry in files("store").joinpath("sql").iterdir()
    if entry.name.endswith(".sql") and entry.name != "schema.sql"
)

#: PostgreSQL prepares only these; the others (LISTEN, ALTER) the other tests run.
PREPARABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")

PARAMETER = re.compile(r"%\((\w+)\)[sbt]|%%")

#: TimescaleDB's functions as its manual has them, so that their callers compile without it.
STAND_IN = """
CREATE SCHEMA timescaledb_information;
CREATE VIEW timescaledb_information.chunks AS
SELECT NULL::name AS hypertable_schema, NULL::name AS hypertable_name, NULL::name AS chunk_schema,
       NULL::name AS chunk_name, NULL::timestamptz AS range_start, NULL::timestamptz AS range_end,
       NULL::boolean AS is_compressed;
CREATE TYPE dimension_info AS (column_name name);
CREATE FUNCTION by_range(column_name name, partition_interval interval) RETURNS dimension_info
    LANGUAGE sql AS 'SELECT NULL::dimension_info';
CREATE FUNCTION create_hypertable(relation regclass, dimension dimension_info,
    create_default_indexes boolean DEFAULT true) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION drop_chunks(relation regclass, older_than timestamptz DEFAULT NULL)
    RETURNS SETOF text LANGUAGE sql AS 'SELECT NULL::text';
CREATE FUNCTION compress_chunk(uncompressed_chunk regclass,
    if_not_compressed boolean DEFAULT true) RETURNS regclass
    LANGUAGE sql AS 'SELECT NULL::regclass';
"""


def test_a_file_is_split_into_its_named_statements() -> None:
    text = "-- the file\n\n-- name: one\n-- Why.\nSELECT 1;\n\n-- name: two\n-- Why.\nSELECT\n2;\n"
    assert queries.parse(text) == {"one": "-- Why.\nSELECT 1;", "two": "-- Why.\nSELECT\n2;"}


def test_a_name_that_is_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="duplicate"):
        queries.parse("-- name: one\n-- Why.\nSELECT 1;\n-- name: one\n-- Why.\nSELECT 2;\n")


def test_the_parameters_of_a_scope_say_what_is_inside() -> None:
    assert queries.within(OPERATOR, x=1) == {
        "everything": True, "everywhere": True, "parties": [], "reach": "all", "past": "all",
        "trips": "all", "waybills": "all", "sites": [],
        "driver": "", "all_customers": True, "customers": [], "x": 1,
    }  # fmt: skip
    some = queries.within(Scope("someone", frozenset({"b", "a"}), customers=frozenset({"c"})))
    assert not some["everything"]
    assert not some["everywhere"]
    assert some["parties"] == ["a", "b"]
    assert not some["all_customers"]
    assert some["customers"] == ["c"]
    assert queries.within(Scope("noone", frozenset()))["everything"] is False
    agent = queries.within(Scope("agent", None, Role.CS_AGENT))
    assert (agent["everything"], agent["everywhere"], agent["reach"]) == (False, True, "active")


@pytest.mark.parametrize("module", MODULES)
def test_every_query_says_what_it_is_for(module: str) -> None:
    text = files("store").joinpath("sql", f"{module}.sql").read_text()
    found = re.findall(r"^-- name: (\w+)$", text, re.MULTILINE)
    assert sorted(queries.load(module)) == sorted(found)


@pytest.mark.db
@pytest.mark.parametrize("module", MODULES)
def test_every_query_compiles(module: str, conn: Connection[Any]) -> None:
    if conn.execute("SELECT FROM pg_extension WHERE extname = 'timescaledb'").rowcount == 0:
        conn.execute(STAND_IN)
    conn.execute("CREATE TABLE the_table (time timestamptz)")
    wrong = {}
    for name, text in queries.load(module).items():
        statement = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE).strip()
        if statement.startswith(PREPARABLE):
            try:
                conn.execute(f"PREPARE q AS {_numbered(statement)}")
                conn.execute("DEALLOCATE q")
            except psycopg.errors.Error as error:
                wrong[name] = str(error)
    assert wrong == {}


def _numbered(statement: str) -> str:
    order: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        return f"${order.setdefault(match[1], len(order) + 1)}"

    return PARAMETER.sub(number, statement)
