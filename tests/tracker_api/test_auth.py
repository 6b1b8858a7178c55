"""Who is admitted by what; people, sessions and keys have tests of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from fleet.errors import Forbidden
from fleet.rights import Right, Role
from fleet.scope import OPERATOR, Scope
from store.database import Database
from tracker_api.auth import author_of, may
from tracker_api.door import Door
from tracker_api.gate import Admitted, Gate, Shown, bearer
from tracker_api.metrics import Metrics
from tracker_api.problems import NotLocal, TooOften, Unauthorized
from tracker_api.settings import Serving, Sharing
from tracker_api.turnstile import Turnstile

TOKEN = "0123456789abcdef"  # noqa: S105 (of no system)
LOCAL = Shown(host="127.0.0.1:8080")
FOREIGN = Shown(host="fleet.example")


def turnstile(**limits: int) -> Turnstile:
    return Turnstile(Sharing(), Metrics(), Serving(**limits))  # type: ignore[arg-type]  # all int


@pytest.fixture
def door(api_database: Database) -> Iterator[Door]:
    door = Door(api_database)
    yield door
    door.close()


@pytest.mark.parametrize(
    ("host", "origin", "local"),
    [
        ("127.0.0.1:8080", None, True),
        ("localhost", "http://localhost:5173", True),
        ("LOCALHOST:80", "http://127.0.0.1", True),
        ("[::1]:8080", None, True),
        ("127.8.9.10", None, True),
        ("", None, False),
        ("[::1", None, False),
        ("evil.example:8080", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("localhost.evil.example", None, False),
        ("127.0.0.1@evil.example", None, False),
        ("127.0.0.1:8080", "https://evil.example", False),
        ("127.0.0.1:8080", "null", False),
        ("10.0.0.1", None, False),
    ],
)
def test_only_names_of_this_machine_are_loopback(
    host: str, origin: str | None, *, local: bool
) -> None:
    assert Shown(host=host, origin=origin).is_local is local


@pytest.mark.parametrize(
    ("host", "origin", "ours"),
    [
        ("fleet.example", "https://fleet.example", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080", True),
        ("fleet.example", None, False),
        ("fleet.example", "null", False),
        ("fleet.example", "https://evil.example", False),
        ("fleet.example", "https://fleet.example:8443", False),
        ("fleet.example", "https://fleet.example.evil.example", False),
    ],
)
def test_only_a_page_of_this_very_address_is_ours(
    host: str, origin: str | None, *, ours: bool
) -> None:
    assert Shown(host=host, origin=origin).is_ours is ours


@pytest.mark.db
def test_without_a_token_this_machine_is_the_operator_while_nobody_exists(door: Door) -> None:
    gate = Gate(None, door, turnstile())
    assert gate.admit(LOCAL) == Admitted(OPERATOR, is_open=True)
    with pytest.raises(NotLocal):
        gate.admit(replace(FOREIGN, bearer=TOKEN))


@pytest.mark.db
def test_with_a_token_whoever_has_it_is_the_operator(door: Door) -> None:
    assert Gate(TOKEN, door, turnstile()).admit(replace(FOREIGN, bearer=TOKEN)) == Admitted(
        OPERATOR
    )


@pytest.mark.db
@pytest.mark.parametrize("sent", [None, "", "0123456789abcdeg", TOKEN + "0", "é", "mp_", "mp_x"])
def test_with_a_token_nobody_else_is_admitted_not_even_locally(
    door: Door, sent: str | None
) -> None:
    with pytest.raises(Unauthorized):
        Gate(TOKEN, door, turnstile()).admit(replace(LOCAL, bearer=sent))


@pytest.mark.db
def test_an_address_that_guesses_tokens_is_not_looked_at_and_nobody_else_is_held_up(
    door: Door,
) -> None:
    gate = Gate(TOKEN, door, turnstile(refused=3))
    guess = replace(FOREIGN, bearer="guess", address="192.0.2.1")
    for _ in range(3):
        with pytest.raises(Unauthorized):
            gate.admit(guess)
    with pytest.raises(TooOften) as refusal:
        gate.admit(replace(guess, bearer=TOKEN))
    assert 1 <= refusal.value.wait <= 60
    assert gate.admit(replace(guess, bearer=TOKEN, address="192.0.2.2")) == Admitted(OPERATOR)


def test_a_page_in_the_clear_is_not_ours_over_tls() -> None:
    page = Shown(host="fleet.example", origin="http://fleet.example")
    assert page.is_ours
    assert not replace(page, is_secure=True).is_ours
    assert replace(page, is_secure=True, origin="https://fleet.example").is_ours


def test_a_bearer_token_is_found_in_its_header() -> None:
    assert bearer("bearer abc") == "abc"
    assert bearer("Basic abc") is None
    assert bearer("") is None


def test_a_right_is_asked_for_and_a_limited_scope_may_not_edit_what_is_everybodys() -> None:
    everywhere = may(Right.EDIT_PLACES, everywhere=True)
    assert everywhere(Admitted(OPERATOR)) == OPERATOR
    with pytest.raises(Forbidden, match="companies"):
        everywhere(Admitted(Scope("carrier", frozenset({"acme"}))))
    with pytest.raises(Forbidden, match="edit_places"):
        everywhere(Admitted(Scope("ann", None, Role.CS_AGENT)))


def test_only_an_owner_speaks_for_somebody_else() -> None:
    assert author_of(OPERATOR, "王工") == "王工"
    assert author_of(OPERATOR, "") == "operator"
    assert author_of(Scope("ann", None, Role.DISPATCHER), "王工") == "ann"
