from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from fleet.errors import AlreadyExists, Conflict, FleetError, Forbidden, Invalid, NotFound
from fleet.rights import Right, Role
from fleet.scope import OPERATOR, Scope
from fleet.views import Party, Site
from store import admin, keys, people, sessions, trail
from store.keys import NewKey
from store.people import NewPerson, Reach
from store.sessions import Client

pytestmark = pytest.mark.db

IT = Scope("ivy", None, Role.IT_ADMIN)
HERE = Client("of-this-browser", "127.0.0.1", "curl")
HASH = "$argon2id$of-no-password"


@pytest.fixture
def owner(conn: Connection[Any]) -> Scope:
    """Two companies, a hub, and olga who owns the installation."""
    admin.seed(
        conn,
        [Party("acme", "远山", "Far Hills"), Party("other", "近水", "Near Waters")],
        [Site("SHA-1", "上海", "Shanghai", "Asia/Shanghai", 121.47, 31.23)],
        [],
        [],
    )
    return people.add_person(conn, OPERATOR, NewPerson("olga", "Olga", Role.OWNER), HASH).scope


@pytest.fixture
def let_in(conn: Connection[Any], owner: Scope) -> Callable[..., Scope]:
    def let_in(name: str, role: Role, **reach: Any) -> Scope:  # noqa: ANN401 (fields of Reach)
        new = NewPerson(name, name.title(), role, Reach(**reach))
        return people.add_person(conn, owner, new, HASH).scope

    return let_in


def test_the_first_person_must_be_an_owner(conn: Connection[Any]) -> None:
    assert not people.is_anybody(conn)
    with pytest.raises(Conflict, match="owner"):
        people.add_person(conn, OPERATOR, NewPerson("ann", "Ann", Role.CS_AGENT), HASH)
    people.add_person(conn, OPERATOR, NewPerson("ann", "Ann", Role.OWNER), HASH)
    assert people.is_anybody(conn)


def test_a_person_is_let_in_once_and_has_the_scope_of_the_role(
    conn: Connection[Any], owner: Scope, let_in: Callable[..., Scope]
) -> None:
    assert let_in("wu", Role.WAREHOUSE, sites=["SHA-1"]) == Scope(
        "wu", None, Role.WAREHOUSE, sites=frozenset({"SHA-1"})
    )
    customer = let_in("cai", Role.CUSTOMER, customers=["acme"])
    assert (customer.parties, customer.customers) == (frozenset(), frozenset({"acme"}))
    with pytest.raises(AlreadyExists):
        let_in("wu", Role.QA)
    assert [person.name for person in people.list_people(conn)] == ["cai", "olga", "wu"]
    assert owner.role is Role.OWNER


@pytest.mark.parametrize(
    ("role", "reach", "error"),
    [
        (Role.SHARE, {}, Invalid),
        (Role.WAREHOUSE, {}, Invalid),
        (Role.DRIVER, {}, Invalid),
        (Role.PARTNER, {}, Invalid),
        (Role.CUSTOMER, {"customers": []}, Invalid),
        (Role.WAREHOUSE, {"sites": ["NOWHERE"]}, NotFound),
        (Role.PARTNER, {"parties": ["nobody"]}, NotFound),
        (Role.CUSTOMER, {"customers": ["nobody"]}, NotFound),
    ],
)
def test_a_role_cannot_be_given_without_what_it_needs_nor_for_what_is_unknown(
    let_in: Callable[..., Scope], role: Role, reach: dict[str, Any], error: type[FleetError]
) -> None:
    with pytest.raises(error):
        let_in("x", role, **reach)


def test_who_administers_users_makes_no_owners_and_gives_no_more_than_it_has(
    conn: Connection[Any], owner: Scope, let_in: Callable[..., Scope]
) -> None:
    some = Scope("ian", frozenset({"acme"}), Role.IT_ADMIN)
    agent = NewPerson("ann", "Ann", Role.CS_AGENT)
    with pytest.raises(Forbidden):
        people.add_person(conn, IT, NewPerson("x", "X", Role.OWNER), HASH)
    with pytest.raises(Forbidden, match="parties"):
        people.add_person(conn, some, agent, HASH)
    let_in("ivy", Role.IT_ADMIN)
    for act in (
        lambda: people.change_person(conn, IT, "olga", {"role": Role.QA}),
        lambda: people.set_password(conn, IT, "olga", HASH),
        lambda: keys.add_key(conn, IT, NewKey("all", Role.OWNER), "mp_x"),
    ):
        with pytest.raises(Forbidden, match="owner"):
            act()
    with pytest.raises(Conflict, match="own rights"):
        people.change_person(conn, IT, "ivy", {"role": Role.DISPATCHER})
    assert owner.principal == "olga"


def test_the_last_owner_stays(conn: Connection[Any], owner: Scope) -> None:
    with pytest.raises(Conflict, match="last owner"):
        people.change_person(conn, OPERATOR, owner.principal, {"disabled": True})
    with pytest.raises(Conflict, match="last owner"):
        people.change_person(conn, OPERATOR, owner.principal, {"role": Role.QA})
    assert people.load_person(conn, "olga").disabled_at is None


def test_a_change_of_rights_is_in_force_at_once_rings_and_is_on_the_trail(
    conn: Connection[Any], owner: Scope, let_in: Callable[..., Scope]
) -> None:
    let_in("ann", Role.CS_AGENT)
    sessions.begin(conn, "ann", "token", HERE)
    shown = sessions.digest("token")
    assert sessions.judge(conn, [shown])[shown].role is Role.CS_AGENT
    people.change_person(conn, owner, "ann", {"role": Role.QA}, why="moved")
    assert sessions.judge(conn, [shown])[shown].role is Role.QA
    kinds = conn.execute("SELECT kind FROM change ORDER BY id DESC LIMIT 1").fetchone()
    assert kinds == ("people",)
    newest = trail.list_entries(conn, trail.Wanted(kind="person", subject="ann"))[0]
    assert (newest.principal, newest.act, newest.why) == ("olga", "change", "moved")
    assert newest.detail["before"]["role"] == "cs_agent"
    assert newest.detail["after"]["role"] == "qa"


def test_whoever_is_disabled_or_gets_another_password_is_signed_out(
    conn: Connection[Any], owner: Scope, let_in: Callable[..., Scope]
) -> None:
    let_in("ann", Role.CS_AGENT)
    shown = sessions.digest("token")
    sessions.begin(conn, "ann", "token", HERE)
    people.set_password(conn, owner, "ann", HASH + "2")
    assert sessions.judge(conn, [shown]) == {}
    sessions.begin(conn, "ann", "token", HERE)
    people.change_person(conn, owner, "ann", {"disabled": True})
    assert sessions.judge(conn, [shown]) == {}
    with pytest.raises(LookupError):
        sessions.begin(conn, "ann", "token", HERE)
    assert sessions.known(conn, "ann") is None


@pytest.mark.parametrize("column", ["seen_at", "expires_at"])
def test_a_session_ends_when_it_is_idle_or_old(
    conn: Connection[Any], owner: Scope, column: str
) -> None:
    shown = sessions.digest("token")
    sessions.begin(conn, owner.principal, "token", HERE)
    late = datetime.now(UTC) - (sessions.IDLE if column == "seen_at" else timedelta(0))
    for second, holds in ((-1, False), (30, True)):
        at = late + timedelta(seconds=second)
        conn.execute(f"UPDATE session SET {column} = %s".encode(), [at])  # noqa: S608 (of two)
        assert bool(sessions.judge(conn, [shown])) is holds


def test_strangers_who_guess_wait_ever_longer_and_a_day_later_begin_anew(
    conn: Connection[Any], owner: Scope
) -> None:
    name, pauses = owner.principal, []
    for _ in range(sessions.FAILURES + 6):
        assert sessions.try_in(conn, name, "").is_open
        row = conn.execute(
            "SELECT coalesce(round(extract(epoch FROM locked_until - now()) / 60), 0) FROM person"
        ).fetchone()
        assert row is not None
        pauses.append(int(row[0]))
        assert sessions.try_in(conn, name, "").is_open is not bool(row[0])
        conn.execute("UPDATE person SET locked_until = now() - interval '1 second'")
    # Tries within a pause are not counted; those before it are, two at a time.
    assert pauses == [0, 0, 1, 2, 4, 8, 15, 15, 15, 15, 15]
    conn.execute("UPDATE person SET locked_until = now() - interval '25 hours'")
    sessions.try_in(conn, name, "")
    assert sessions.try_in(conn, name, "").is_open


def test_strangers_who_guess_do_not_lock_a_person_out_of_their_own_browser(
    conn: Connection[Any], owner: Scope
) -> None:
    name = owner.principal
    sessions.begin(conn, name, "token", HERE)
    for _ in range(3 * sessions.FAILURES):
        sessions.try_in(conn, name, "", heard=True)
    assert not sessions.try_in(conn, name, "another").is_open
    mine = sessions.try_in(conn, name, HERE.browser, heard=False)
    assert (mine.is_open, mine.is_known) == (True, True)
    sessions.forgive(conn, name, HERE.browser)
    assert not sessions.try_in(conn, name, "another").is_open  # my success frees no guesser
    sessions.forgive(conn, name, "")
    for _ in range(sessions.FAILURES):
        assert sessions.try_in(conn, name, HERE.browser).is_open
    assert not sessions.try_in(conn, name, HERE.browser).is_open  # a stolen one guesses no faster
    assert sessions.try_in(
        conn, name, "another"
    ).is_open  # and what I mistype is no guess of theirs


def test_tries_at_the_same_moment_are_all_counted(database_url: str, owner: Scope) -> None:
    def guess(_: int) -> bool:
        with closing(psycopg.connect(database_url, autocommit=True)) as mine:
            return sessions.try_in(mine, owner.principal, "").is_open

    with ThreadPoolExecutor(4) as guessers:
        assert sum(guessers.map(guess, range(16))) == sessions.FAILURES


def test_a_name_that_nobody_has_may_be_tried_and_has_no_password(conn: Connection[Any]) -> None:
    assert sessions.try_in(conn, "nobody", "") == sessions.Try(None, is_open=True, is_known=False)
    assert not sessions.try_in(conn, "nobody", "x", heard=False).is_open


def test_a_key_has_its_rights_until_it_expires_or_is_revoked(
    conn: Connection[Any], owner: Scope
) -> None:
    new = NewKey("erp", Role.DISPATCHER, [Right.LOOK_TRIPS], Reach(["acme"], ["acme"]))
    made = keys.add_key(conn, owner, new, "mp_secret")
    shown = sessions.digest("mp_secret")
    scope = sessions.judge(conn, [shown])[shown]
    assert (scope.principal, scope.parties) == ("key erp", frozenset({"acme"}))
    assert scope.may(Right.LOOK_TRIPS)
    assert not scope.may(Right.EDIT_TRIPS)
    assert "mp_secret" not in str(keys.list_keys(conn))
    conn.execute("UPDATE api_key SET expires_at = now() - interval '1 second'")
    assert sessions.judge(conn, [shown]) == {}
    conn.execute("UPDATE api_key SET expires_at = NULL")
    keys.revoke_key(conn, owner, made.id)
    assert sessions.judge(conn, [shown]) == {}
    with pytest.raises(NotFound):
        keys.revoke_key(conn, owner, "0193f1c2-6f4e-7c3b-9d51-8f2f3a5b7c11")


def test_a_key_has_no_right_that_its_role_has_not(conn: Connection[Any], owner: Scope) -> None:
    with pytest.raises(Invalid, match="edit_people"):
        keys.add_key(conn, owner, NewKey("x", Role.QA, [Right.EDIT_PEOPLE]), "mp_1")
    with pytest.raises(Invalid, match="driver"):
        keys.add_key(conn, owner, NewKey("x", Role.DRIVER), "mp_1")
    cut = Scope("key x", None, Role.OWNER, rights=frozenset({Right.EDIT_PEOPLE}))
    with pytest.raises(Forbidden):
        keys.add_key(conn, cut, NewKey("y", Role.OWNER), "mp_1")


def test_the_chain_of_the_trail_shows_what_was_changed_or_taken_out(
    conn: Connection[Any], owner: Scope
) -> None:
    for number in range(5):
        trail.record(conn, owner, "read", "vehicle", f"沪A{number}")
    whole = trail.verify(conn)
    assert (whole.rows, whole.broken, whole.unlinked) == (6, None, 0)
    conn.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
    conn.execute("UPDATE audit SET subject = '沪B9' WHERE subject = '沪A3'")
    broken = trail.verify(conn).broken
    assert broken is not None
    conn.execute("UPDATE audit SET subject = '沪A3' WHERE id = %s", [broken])
    assert trail.verify(conn) == whole
    conn.execute("ALTER TABLE audit_link DISABLE TRIGGER ALL")
    conn.execute("DELETE FROM audit_link WHERE audit_id = %s", [broken])
    assert trail.verify(conn).unlinked == 1
    assert trail.verify(conn).broken == broken + 1
