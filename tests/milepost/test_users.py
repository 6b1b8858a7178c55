"""People and the trail from the command line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial

import psycopg
import pytest
from argon2 import PasswordHasher

from fleet.rights import Role
from fleet.scope import OPERATOR
from store import keys, people, sessions
from store.keys import NewKey
from tests.fix_people import PASSWORD
from tests.milepost.typing_user import Milepost, Told

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("cheap_passwords")]

TYPED = f"{PASSWORD}\n".encode()

Typed = Callable[..., Told]


def at(milepost: Milepost, url: str) -> Typed:
    """``milepost`` with that database."""
    return partial(milepost, MILEPOST_DATABASE_URL=url)


def test_an_installation_begins_with_an_owner_who_lets_in_others(
    milepost: Milepost, database_url: str
) -> None:
    typed = at(milepost, database_url)
    told = typed("user", "add", "ann", "--role", "cs_agent", stdin=TYPED)
    assert (told.status, told.err) == (
        1,
        "milepost: the first person must be an owner, who can let in others\n",
    )
    told = typed("user", "add", "olga", "--role", "owner", stdin=TYPED)
    assert (told.status, told.err) == (0, "olga may sign in as owner\n")
    with closing(psycopg.connect(database_url, autocommit=True)) as conn:
        known = sessions.known(conn, "olga")
        assert known is not None
        assert PasswordHasher().verify(known.password, PASSWORD)
        told = typed("user", "add", "ann", "--role", "cs_agent", stdin=TYPED)
        assert told.status == 0
        assert typed("user", "role", "ann", "qa").status == 0
        assert typed("user", "password", "ann", stdin=b"another long one\n").status == 0
        assert typed("user", "disable", "ann").status == 0
        ann = people.load_person(conn, "ann")
        assert (ann.role, ann.disabled_at is not None) == ("qa", True)
        assert typed("user", "disable", "ann", "--back").status == 0
    told = typed("user", "list", "--json")
    assert [(person["name"], person["role"]) for person in told.lines] == [
        ("ann", "qa"),
        ("olga", "owner"),
    ]
    assert "everybody" in typed("user", "list").out


@pytest.mark.parametrize(
    ("arguments", "stdin", "sentence"),
    [
        (["add", "Li Na", "--role", "owner"], TYPED, "/name: 'Li Na' is not 1 to 64 of"),
        (["add", "li.na", "--role", "owner"], b"short\n", "/password: must have 10 to 256"),
        (["add", "li.na", "--role", "owner", "--party", "x"], TYPED, "there is no party 'x'"),
        (["add", "li.na", "--role", "owner", "--language", "fr"], TYPED, "--language: is zh or"),
        (["password", "nobody"], TYPED, "there is no person 'nobody'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    milepost: Milepost, database_url: str, arguments: list[str], stdin: bytes, sentence: str
) -> None:
    told = at(milepost, database_url)("user", *arguments, stdin=stdin)
    assert told.status == 1
    assert told.err.startswith(f"milepost: {sentence}")
    assert told.err.count("\n") == 1


def test_the_chain_of_the_trail_is_verified(milepost: Milepost, database_url: str) -> None:
    typed = at(milepost, database_url)
    assert typed("audit", "verify").err.startswith("0 rows are as they were written")
    typed("user", "add", "olga", "--role", "owner", stdin=TYPED)
    [found] = typed("audit", "verify", "--json").lines
    assert (found["ok"], found["rows"], len(found["head"])) == (True, 1, 64)
    with closing(psycopg.connect(database_url, autocommit=True)) as conn:
        conn.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_immutable")
        conn.execute("UPDATE audit SET subject = 'eve'")
    told = typed("audit", "verify")
    assert (told.status, "is not as it was written" in told.err) == (1, True)


def test_keys_are_listed_rotated_and_revoked(milepost: Milepost, database_url: str) -> None:
    typed = at(milepost, database_url)
    assert typed("user", "add", "olga", "--role", "owner", stdin=TYPED).status == 0
    with closing(psycopg.connect(database_url, autocommit=True)) as conn:
        old = keys.add_key(conn, OPERATOR, NewKey("erp", Role.QA), "mp_old")
        told = typed("user", "key", "rotate", old.id, "--keep", "0")
        assert told.status == 0
        (made,) = told.lines
        judged = sessions.judge(conn, map(sessions.digest, ("mp_old", made["key"])))
        assert list(judged) == [sessions.digest(made["key"])]
        assert typed("user", "key", "revoke", made["id"]).status == 0
        assert sessions.judge(conn, [sessions.digest(made["key"])]) == {}
    listed = typed("user", "key", "list")
    assert [(key["name"], key["revoked"]) for key in listed.lines] == [
        ("erp", True),
        ("erp", False),
    ]
    assert "mp_" not in listed.out
    told = typed("user", "key", "rotate", made["id"])
    assert (told.status, told.err) == (
        1,
        f"milepost: key {made['id']} holds no more; make a new one\n",
    )
