"""A person is told whole and erased everywhere; what must hold goes on holding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from fleet.errors import Conflict, Invalid, NotFound
from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import dead_letters, erasure, holds, people, personal, trail, waybill_facts, words
from store.erasure import Kind, Known, Subject
from store.people import NewPerson, Reach
from store.waybill_facts import NewFile
from tests.store import hauls
from tests.store.conftest import NOON
from tests.store.waybill_rows import legs, place, register

pytestmark = pytest.mark.db

DRIVER, PHONE, ADDRESS = "欧阳建国", "13912345678", "昆山市花园路18号3幢"
CONTACT, ACCOUNT = "王小明", "ouyang.jg"
STAND_IN = "erased-0a1b2c3d"
OLGA = Scope("olga", None, Role.OWNER)


@pytest.fixture
def number(conn: Connection[Any], two_parties: None) -> str:  # noqa: ARG001 - registers them
    """A waybill for the contact, driven by the driver, over since noon; much was said of both."""
    register(conn)
    hauls.create(conn)
    number = place(conn, legs=legs("t1", None), consignee=CONTACT, phone=PHONE, address=ADDRESS)
    waybill_facts.add_file(conn, OPERATOR, number, NewFile("door.png", "image/png", b"\x89PNG"))
    conn.execute("UPDATE assignment SET driver = %s", [DRIVER])
    for name, role in (("olga", Role.OWNER), (ACCOUNT, Role.DRIVER)):
        reach = Reach(driver=DRIVER) if role is Role.DRIVER else Reach()
        contact = {"email": "ouyang@example.com", "phone": "+86 139-1234-5678"}
        new = NewPerson(
            name, f"{name} of here", role, reach, contact if role is Role.DRIVER else {}
        )
        people.add_person(conn, OPERATOR, new, "hash")
    gossip(conn, number)
    finish(conn)
    return number


def gossip(conn: Connection[Any], number: str) -> None:
    """What people write where."""
    text = f"called {CONTACT} (139 1234 5678) and {DRIVER}, ouyang@EXAMPLE.com"
    by = Scope(ACCOUNT, None, Role.DRIVER, driver=DRIVER)
    with conn.transaction():
        trail.record(conn, by, "read", "waybill", number, text, {"before": {"to": CONTACT}})
        trail.record(conn, OLGA, "change", "person", ACCOUNT, "", {"after": [DRIVER, PHONE]})
    conn.execute(
        "INSERT INTO answer (id, at, principal, role, asked, waybill_id, reply, content)"
        " SELECT gen_random_uuid(), %s, %s, 'driver', %s, id, 'normal', %s FROM waybill",
        [NOON, ACCOUNT, CONTACT, Jsonb({"reply_zh": text, "distance": 13912345678.5})],
    )
    conn.execute(
        "INSERT INTO query (id, number, asked_at, channel, urgent, asker, contact, asked, state,"
        " department, closed_at, author, finding) VALUES (gen_random_uuid(), 'Q-1', %s, 'phone',"
        " false, %s, %s, %s, 'closed', 'service', %s, 'li', %s)",
        [NOON, CONTACT, PHONE, number, NOON, text],
    )
    conn.execute(
        "INSERT INTO exception_report (id, number, kind, severity, state, waybill_id, found_at,"
        " description, due_at, result, responsible, feedback, closed_at, author) SELECT"
        " gen_random_uuid(), 'EX-1', 'damaged', 3, 'closed', id, %s, %s, %s, 'paid', %s, 'fine',"
        " %s, %s FROM waybill",
        [NOON, text, NOON, DRIVER, NOON, ACCOUNT],
    )
    conn.execute(
        "INSERT INTO exception_entry (report_id, act, author, note, after) SELECT id, 'note', %s,"
        " %s, %s FROM exception_report",
        [ACCOUNT, text, Jsonb({"responsible": DRIVER})],
    )
    raw = f"$GPTXT,{CONTACT}".encode()
    conn.execute(
        "INSERT INTO dead_letter (digest, received_at, device, kind, reason, raw)"
        " VALUES (%s, %s, 'a1', 'nmea', 'checksum', %s)",
        [dead_letters.digest("a1", "nmea", "checksum", raw), NOON, raw],
    )


def finish(conn: Connection[Any]) -> None:
    """The trip and its waybill are over."""
    conn.execute("UPDATE trip SET over_at = %s, pending = false", [NOON])
    conn.execute("UPDATE waybill_state SET state = 'delivered', over = true, since = %s", [NOON])


def erase(conn: Connection[Any], subject: Subject) -> tuple[Known, erasure.Erased]:
    known = erasure.find(conn, subject)
    with conn.transaction():
        done = erasure.erase(conn, OLGA, known, f"{subject.name} asked for it", STAND_IN, NOON)
    return known, done


def dump(conn: Connection[Any]) -> Iterator[tuple[str, str]]:
    """Every row of every table as text; bytes in hexadecimal."""
    tables = conn.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'm')"
    ).fetchall()
    for (table,) in tables:
        rows = conn.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
        for (row,) in rows:
            yield table, row


def left_of(conn: Connection[Any], known: Known) -> set[tuple[str, str]]:
    """Where a word still stands: as a person would search, and as bytes."""
    found = set()
    for table, row in dump(conn):
        spaceless = re.sub(r"[ .()/-]", "", row).lower()
        for word in known.words:
            plain = word.lower() if not words.is_phone(word) else words.digits(word)
            text = spaceless if words.is_phone(word) else row.lower()
            if (plain in text and "13912345678.5" not in row) or word.encode().hex() in row:
                found.add((table, word))
    return found


@pytest.mark.parametrize(
    "subject",
    [
        Subject(Kind.DRIVER, DRIVER),
        Subject(Kind.USER, ACCOUNT),
        Subject(Kind.CONTACT, CONTACT, PHONE),
    ],
    ids=lambda subject: subject.kind.value,
)
def test_after_an_erasure_no_word_of_the_person_stands_anywhere(
    conn: Connection[Any], number: str, subject: Subject
) -> None:
    found = erasure.find(conn, subject)
    assert len(left_of(conn, found)) > 8, "the search itself finds them"
    known, done = erase(conn, subject)
    assert left_of(conn, known) == set()
    assert done.rows["audit"] >= 2
    assert number in {row for (row,) in conn.execute("SELECT number FROM waybill")}


def test_records_and_the_trail_hold_together_after_two_erasures(
    conn: Connection[Any],
    number: str,  # noqa: ARG001 - registers it
) -> None:
    head = trail.verify(conn).head
    erase(conn, Subject(Kind.DRIVER, DRIVER))
    known = erasure.find(conn, Subject(Kind.CONTACT, CONTACT))
    with conn.transaction():
        erasure.erase(conn, OLGA, known, "asked", "erased-11111111", NOON)
    chain = trail.verify(conn)
    assert (chain.broken, chain.unlinked) == (None, 0)
    assert chain.head != head
    [(detail, principal)] = conn.execute(
        "SELECT why, subject FROM audit WHERE act = 'erase' ORDER BY id LIMIT 1"
    ).fetchall()
    assert (detail, principal) == (f"{STAND_IN} asked for it", STAND_IN)
    [(driver, consignee)] = conn.execute(
        "SELECT a.driver, w.consignee FROM assignment a, waybill w"
    ).fetchall()
    assert (driver, consignee) == (STAND_IN, "erased-11111111")
    logged = conn.execute("SELECT what, rule, subject FROM purge").fetchall()
    assert ("assignment", "erasure", STAND_IN) in logged
    assert ("waybill", "erasure", "erased-11111111") in logged


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE audit SET why = 'x' WHERE id = (SELECT min(audit_id) FROM audit_rewrite)",
        "UPDATE audit_rewrite SET digest = sha256('x')",
        "DELETE FROM audit_rewrite",
        "UPDATE audit SET principal = 'x' WHERE act = 'erase'",
    ],
)
def test_who_forges_a_row_that_was_rewritten_is_found_out(
    conn: Connection[Any],
    number: str,  # noqa: ARG001 - registers it
    forgery: str,
) -> None:
    erase(conn, Subject(Kind.DRIVER, DRIVER))
    assert trail.verify(conn).broken is None
    conn.execute("SET session_replication_role = replica")  # past all triggers
    conn.execute(forgery.encode())
    assert trail.verify(conn).broken is not None


def test_only_the_transaction_of_an_erasure_may_change_what_nobody_may(
    conn: Connection[Any],
    number: str,  # noqa: ARG001 - registers it
) -> None:
    erase(conn, Subject(Kind.DRIVER, DRIVER))
    [(purge,)] = conn.execute("SELECT min(id) FROM purge").fetchall()
    conn.execute("SELECT set_config('milepost.purge', %s, false)", [str(purge)])
    for statement in ("UPDATE audit SET why = 'x'", "DELETE FROM exception_entry"):
        with pytest.raises(Exception, match="is never changed"):
            conn.execute(statement.encode())


def test_numbers_and_other_peoples_words_stay(conn: Connection[Any], number: str) -> None:
    other = place(conn, consignee="王小", phone="13912345679")
    erase(conn, Subject(Kind.CONTACT, CONTACT, PHONE))
    [(content,)] = conn.execute("SELECT content FROM answer").fetchall()
    assert content["distance"] == 13912345678.5
    assert content["reply_zh"].startswith(f"called {STAND_IN} ({STAND_IN}) and {DRIVER}")
    found = dict(conn.execute("SELECT number, consignee || phone FROM waybill").fetchall())
    assert (found[other], found[number]) == ("王小13912345679", STAND_IN)
    [(body,)] = conn.execute("SELECT body FROM evidence_file").fetchall()
    assert bytes(body) == b""


OPEN = {
    "exception": (
        "UPDATE exception_report SET state = 'investigating', closed_at = NULL",
        "exception EX-1",
    ),
    "trip": ("UPDATE trip SET over_at = NULL", "trip t1"),
}


@pytest.mark.parametrize(("statement", "told"), OPEN.values(), ids=OPEN)
def test_what_is_open_needs_its_people(
    conn: Connection[Any],
    number: str,  # noqa: ARG001 - registers it
    statement: str,
    told: str,
) -> None:
    conn.execute(statement.encode())
    before = list(dump(conn))
    with pytest.raises(Conflict, match=told):
        erase(conn, Subject(Kind.DRIVER, DRIVER))
    assert list(dump(conn)) == before


def test_what_is_held_is_kept_until_the_hold_is_lifted(conn: Connection[Any], number: str) -> None:
    with conn.transaction():
        held = holds.add(conn, OLGA, "waybill", number, "a lawsuit")
    with pytest.raises(Conflict, match=f"hold waybill {number}"):
        erase(conn, Subject(Kind.CONTACT, CONTACT))
    assert [hold.subject for hold in holds.in_force(conn)] == [number]
    with conn.transaction():
        holds.lift(conn, OLGA, held)
    erase(conn, Subject(Kind.CONTACT, CONTACT))
    with pytest.raises(NotFound), conn.transaction():
        holds.lift(conn, OLGA, held)


def test_the_last_owner_and_oneself_stay(
    conn: Connection[Any],
    number: str,  # noqa: ARG001 - registers it
) -> None:
    known = erasure.find(conn, Subject(Kind.USER, "olga"))
    for by, told in ((OPERATOR, "nobody else owns"), (OLGA, "nobody erases themselves")):
        with pytest.raises(Conflict, match=told), conn.transaction():
            erasure.erase(conn, by, known, "left", STAND_IN, NOON)


@pytest.mark.parametrize("name", ["王", "li", "dispatcher", "operator"])
def test_a_word_that_stands_everywhere_is_refused(conn: Connection[Any], name: str) -> None:
    with pytest.raises(Invalid):
        erasure.find(conn, Subject(Kind.DRIVER, name))


def test_a_word_that_names_a_company_is_refused(conn: Connection[Any], number: str) -> None:
    assert number
    with pytest.raises(Invalid, match="party"):
        erasure.find(conn, Subject(Kind.DRIVER, DRIVER, also=("globex",)))
    with pytest.raises(NotFound):
        erasure.find(conn, Subject(Kind.DRIVER, "nobody at all"))


def test_an_export_tells_every_row_and_no_secret(
    conn: Connection[Any], number: str, keep_fixes: Callable[..., None]
) -> None:
    times = [hauls.moment(0) + timedelta(minutes=n) for n in range(3)]
    keep_fixes("a1", times)
    conn.execute(
        "UPDATE trip SET starts_at = %s, over_at = %s",
        [hauls.moment(0), hauls.moment(1)],
    )
    conn.execute("UPDATE assignment SET valid_from = %s", [hauls.moment(0)])
    known = erasure.find(conn, Subject(Kind.DRIVER, DRIVER))
    told = dict(erasure.rows_of(conn, known))
    assert {table: len(rows) for table, rows in told.items()} == erasure.count(conn, known)
    assert {"audit", "assignment", "exception_report", "answer", "person"} <= told.keys()
    assert "hash" not in str(told["person"])
    [drive] = erasure.drives_of(conn, known)
    assert [fix[0] for fix in drive.fixes] == times
    contact = erasure.find(conn, Subject(Kind.CONTACT, CONTACT, PHONE))
    assert [(name, body) for _, name, body in erasure.files_of(conn, contact)] == [
        ("door.png", b"\x89PNG")
    ]
    assert {PHONE, ADDRESS} <= set(contact.words)
    assert number in str(dict(erasure.rows_of(conn, contact))["waybill"])


def test_every_column_of_text_has_its_place(conn: Connection[Any]) -> None:
    rows = conn.execute(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype)"
    ).fetchall()
    parts = (personal.PERSONAL, personal.BUSINESS, personal.OURS, personal.SECRET)
    placed = [(table, name) for part in parts for table, names in part.items() for name in names]
    assert sorted(placed) == sorted(rows), "a column is missing, gone, or placed twice"
