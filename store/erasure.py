"""What is known of one person, told and erased.

A person is known by words: a name, telephones, addresses.  An export tells every row in which one
of them stands; an erasure puts one pseudonym in their place everywhere, so that records, the trail
and its chain go on holding together.  ``personal`` says where to look; raw input that holds a word
is removed, and the pictures of the person's waybills are emptied.

What the law or an open case needs is not erased: ``Conflict`` says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from fleet.errors import Conflict, Invalid, NotFound
from fleet.scope import Scope
from store import people, purging, trail, words
from store.personal import BUSINESS, PERSONAL
from store.purging import Purge, Removed
from store.queries import load

_SQL = load("erasure")
_TRAIL = load("trail")

#: What the log of purges has as the rule of an erasure.
RULE = "erasure"

#: JSON rows that are rewritten at once; each is fetched.
PORTION = 1000


class Kind(StrEnum):
    """How somebody is known here."""

    DRIVER = "driver"  #: by the name that trips have
    CONTACT = "contact"  #: sends, gets or asks for goods
    USER = "user"  #: by the name that they sign in with


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about."""

    kind: Kind
    name: str
    phone: str = ""  #: of a contact: tells namesakes apart
    also: tuple[str, ...] = ()  #: further words that are to be found


@dataclass(frozen=True, slots=True)
class Known:
    """A person's words, and what finds them."""

    words: tuple[str, ...]
    pattern: str
    accounts: tuple[str, ...]  #: names that they sign in with


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did, or would do."""

    stand_in: str  #: the pseudonym
    rows: Mapping[str, int]  #: by table, those with a word of theirs


@dataclass(frozen=True, slots=True)
class Drive:
    """A trip that the person drove, with every position."""

    trip: str
    vehicle: str
    start: datetime
    end: datetime
    fixes: tuple[tuple[datetime, float, float, float | None], ...]  #: time, lon, lat, m/s


def be_patient(conn: Connection[Any]) -> None:
    """Let this transaction take its time: every row of every table is looked at."""
    conn.execute(_SQL["be_patient"])


def find(conn: Connection[Any], subject: Subject) -> Known:
    """The words of a person.

    Raises:
        Invalid: one is too short or too common to be looked for, or names what is no person.
        NotFound: nobody is known so.
    """
    name = words.require_word("name", subject.name)
    given = {"name": name, "phone": words.digits(subject.phone)}
    rows = conn.cursor(row_factory=tuple_row).execute(_SQL[f"words_of_{subject.kind}"], given)
    found, accounts = {name}, set[str]()
    some = False
    for first, second, third, contact in rows.fetchall():
        some = True
        found |= {each for each in (first, second, third, *contact.values()) if each}
        if subject.kind is not Kind.CONTACT and second:
            accounts.add(second)
    if not some:
        raise NotFound(subject.kind.value, name)
    asked = [words.require_word("also", each) for each in (*subject.also, subject.phone) if each]
    kept = (*sorted(word for word in found if _is_findable(word)), *asked)
    known = Known(tuple(dict.fromkeys(kept)), words.pattern(kept), tuple(sorted(accounts)))
    _refuse_business(conn, known)
    return known


def count(conn: Connection[Any], known: Known) -> dict[str, int]:
    """In how many rows of which table they stand."""
    told: dict[str, int] = {}
    for table, columns in _columns(conn).items():
        statement = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
            sql.Identifier(table), _matches(columns)
        )
        row = conn.execute(statement, {"pattern": known.pattern}).fetchone()
        if row is not None and row[0]:
            told[table] = int(row[0])
    return told


def rows_of(conn: Connection[Any], known: Known) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every row with a word of theirs, table by table, without secrets and without bytes."""
    every = _every_column(conn)
    for table, columns in _columns(conn).items():
        hidden = [name for name, kind in every[table].items() if kind == "bytea"]
        statement = sql.SQL("SELECT to_jsonb(t) - {}::text[] FROM {} t WHERE {}").format(
            sql.Literal([*hidden, "password", "secret"]),
            sql.Identifier(table),
            _matches(columns),
        )
        found = conn.execute(statement, {"pattern": known.pattern}).fetchall()
        if found:
            yield table, [row for (row,) in found]


def files_of(conn: Connection[Any], known: Known) -> Iterator[tuple[str, str, bytes]]:
    """Id, name and bytes of the pictures and papers of their waybills."""
    for key, name, body in conn.execute(_SQL["files_of"], {"pattern": known.pattern}):
        yield key, name, bytes(body)


def drives_of(conn: Connection[Any], known: Known) -> Iterator[Drive]:
    """What they drove, trip by trip."""
    drives = conn.execute(_SQL["drives_of"], {"pattern": known.pattern}).fetchall()
    for trip, vehicle, plate, start, end in drives:
        given = {"vehicle": vehicle, "start": start, "end": end}
        fixes = conn.execute(_SQL["fixes_of"], given).fetchall()
        yield Drive(trip, plate, start, end, tuple(fixes))


def require_free(conn: Connection[Any], known: Known) -> None:
    """Raise ``Conflict`` where the words are needed yet: what is open, held, or the last owner."""
    found = conn.execute(_SQL["standing"], {"pattern": known.pattern}).fetchall()
    if found:
        told = ", ".join(f"{why} {what}" for why, what in found)
        raise Conflict(f"it cannot be erased yet: {told} is open or held")
    row = conn.execute(_SQL["is_last_owner"], {"names": list(known.accounts)}).fetchone()
    if row is not None and row[0]:
        raise Conflict("it cannot be erased: nobody else owns this installation")


def erase(
    conn: Connection[Any], by: Scope, known: Known, why: str, stand_in: str, now: datetime
) -> Erased:
    """Put ``stand_in`` in the place of every word, and write down who did so and why.

    Args:
        conn: in the outermost transaction, which does nothing else.
        by: who erases.
        known: whose words, as ``find`` found them.
        why: in plain words; the person's own are replaced in it, too.
        stand_in: the pseudonym, a name that nobody has; random, so that it tells nothing.
        now: the time that the log tells.

    Raises:
        Conflict: something open or held needs the words yet, or it is oneself.
    """
    if by.principal in known.accounts:
        raise Conflict("nobody erases themselves; somebody else must")
    be_patient(conn)
    require_free(conn, known)
    due = Purge(now, timedelta(0), RULE, stand_in)
    rows = count(conn, known)
    purge = purging.log(conn, due, Removed("person", now, 1))
    purging.unlock(conn, purge)
    rows |= _first(conn, known, stand_in)
    rewritten: list[int] = []
    for table, columns in _columns(conn).items():
        keys = _rewrite(conn, table, columns, known, stand_in)
        if table == "audit":
            rewritten = sorted(keys)
    for table, number in rows.items():
        purging.log(conn, due, Removed(table, now, number))
    seal = _seal(conn, purge, rewritten)
    told = words.replace(why, _compiled(known), stand_in)
    detail = {"purge": str(purge), "seal": seal, "rows": rows}
    trail.record(conn, by, "erase", "person", stand_in, told, detail)
    people.ring(conn)
    return Erased(stand_in, rows)


def _first(conn: Connection[Any], known: Known, stand_in: str) -> dict[str, int]:
    """What is not rewritten but ended, emptied or removed; while the words can still be found."""
    given = {"pattern": known.pattern, "words": list(known.words)}
    conn.execute(_SQL["end_account"], {"names": list(known.accounts), "stand_in": stand_in})
    emptied = conn.execute(_SQL["empty_files"], given).rowcount
    conn.execute(_SQL["empty_contacts"], given)
    letters = conn.execute(_SQL["remove_letters"], given).rowcount
    found = {"evidence_file_body": emptied, "dead_letter_raw": letters}
    return {what: number for what, number in found.items() if number}


def _rewrite(
    conn: Connection[Any], table: str, columns: Mapping[str, str], known: Known, stand_in: str
) -> set[Any]:
    """Replace the words in one table; returns the keys of the rows: ids, or places in it."""
    key = "id" if table == "audit" else "ctid"
    texts = [name for name, kind in columns.items() if kind != "jsonb"]
    bodies = [name for name, kind in columns.items() if kind == "jsonb"]
    given = {"pattern": known.pattern, "stand_in": stand_in}
    keys: set[Any] = set()
    for name in bodies:
        keys |= _rewrite_json(conn, table, name, key, known, stand_in)
    if texts:
        parts = [_replaced(name, columns[name]) for name in texts]
        statement = sql.SQL("UPDATE {} SET {} WHERE {} RETURNING {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(parts),
            _matches({name: columns[name] for name in texts}),
            sql.Identifier(key),
        )
        keys |= {row[0] for row in conn.execute(statement, given).fetchall()}
    return keys


def _rewrite_json(
    conn: Connection[Any], table: str, column: str, key: str, known: Known, stand_in: str
) -> set[Any]:
    """In text the words would be replaced in numbers, too."""
    compiled = _compiled(known)
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    select = sql.SQL(
        "SELECT {key}, {column} FROM {table} WHERE {column}::text ~* %(pattern)s"
    ).format(key=sql.Identifier(key), **names)
    update = sql.SQL("UPDATE {table} SET {column} = %s WHERE {key} = %s").format(
        key=sql.Identifier(key), **names
    )
    found = conn.execute(select, {"pattern": known.pattern}).fetchall()
    changed = [
        (Jsonb(after), place)
        for place, before in found
        if (after := words.replace(before, compiled, stand_in)) != before
    ]
    with conn.cursor() as cursor:
        cursor.executemany(update, changed)
    return {place for _, place in changed}


def _seal(conn: Connection[Any], purge: int, rewritten: Sequence[int]) -> str:
    """Note what rows of the trail are now, so that it can go on being verified."""
    if not rewritten:
        return ""
    given = {"purge": purge, "rows": list(rewritten)}
    row = conn.execute(_TRAIL["note_rewritten"], given).fetchone()
    return str(row[0]) if row is not None else ""


def _replaced(name: str, kind: str) -> sql.Composable:
    column = sql.Identifier(name)
    if kind == "text[]":
        return sql.SQL(
            "{0} = ARRAY(SELECT regexp_replace(each, %(pattern)s, %(stand_in)s, 'gi')"
            " FROM unnest({0}) WITH ORDINALITY AS u (each, place) ORDER BY place)"
        ).format(column)
    return sql.SQL("{0} = regexp_replace({0}, %(pattern)s, %(stand_in)s, 'gi')").format(column)


def _matches(columns: Mapping[str, str]) -> sql.Composable:
    parts = [sql.SQL("{}::text ~* %(pattern)s").format(sql.Identifier(name)) for name in columns]
    return sql.SQL(" OR ").join(parts)


def _compiled(known: Known) -> re.Pattern[str]:
    return re.compile(known.pattern, re.IGNORECASE)


def _every_column(conn: Connection[Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, name, kind in conn.execute(_SQL["columns"]):
        found.setdefault(table, {})[name] = kind
    return found


def _columns(
    conn: Connection[Any], of: Mapping[str, tuple[str, ...]] = PERSONAL
) -> dict[str, dict[str, str]]:
    """The columns of a catalogue that there are, with their types."""
    every = _every_column(conn)
    return {
        table: {name: every[table][name] for name in names if name in every[table]}
        for table, names in of.items()
        if table in every
    }


def _is_findable(word: str) -> bool:
    try:
        words.require_word("", word)
    except Invalid:
        return False
    return True


def _refuse_business(conn: Connection[Any], known: Known) -> None:
    for table, columns in _columns(conn, BUSINESS).items():
        statement = sql.SQL("SELECT concat_ws(' ', {}) FROM {} WHERE {} LIMIT 1").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.Identifier(table),
            _matches(columns),
        )
        row = conn.execute(statement, {"pattern": known.pattern}).fetchone()
        if row is not None:
            raise Invalid("name", f"a word of it stands in {table} {row[0]!r}, which is no person")
