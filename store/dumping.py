"""What a backup and a restore ask of the database itself; the copying is PostgreSQL's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from fleet.errors import StoreAway
from store.queries import load

_SQL = load("dumping")


@dataclass(frozen=True, slots=True)
class Content:
    """What is in an installation, as a person compares it."""

    fixes: int
    nodes: int
    trips: int
    waybills: int
    newest: datetime | None  #: time of the newest fix


@dataclass(frozen=True, slots=True)
class Found:
    """What is in a database before a restore."""

    installed: bool  #: an installation of Milepost
    tables: int  #: of anybody
    others: str  #: names of our processes that work with it; "" none


def address(url: str) -> tuple[str, str]:
    """An address without its password, for a command line that anybody may read, and that."""
    known = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    password = known.pop("password", "")
    return make_conninfo("", **known), password


def look(conn: Connection) -> Found:
    """What a restore would meet."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_SQL["found"]).fetchone()
    if row is None:
        raise StoreAway("the database does not say what is in it")
    return Found(row["installed"], row["tables"], row["others"] or "")


def count(conn: Connection) -> Content:
    """What is in an installation."""
    with conn.transaction(), conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_SQL["be_patient"])
        row = cursor.execute(_SQL["count"]).fetchone()
    if row is None:
        raise StoreAway("the database does not say what is in it")
    return Content(**row)
