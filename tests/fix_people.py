"""People of every role on a served API, and clients that have signed in as them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from fleet.rights import Role
from fleet.scope import OPERATOR, Scope
from store import keys, people
from store.keys import NewKey
from store.people import NewPerson, Reach
from tests.fix_api import FleetHand, Running, Start
from tracker_api import passwords

PASSWORD = "correct horse battery"  # noqa: S105 (of no system)

#: The least that Argon2 takes: the tests are about who is let in, not about how slow guessing is.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class PeopleHand:
    """Lets people in, and signs in as them."""

    def __init__(self, hand: FleetHand) -> None:
        self.hand = hand
        self._hash = CHEAP.hash(PASSWORD)

    def let_in(self, name: str, role: Role, **reach: Any) -> Scope:  # noqa: ANN401 (fields of Reach)
        """A person who can sign in with ``PASSWORD``; the first is an owner, ``olga``."""
        if name != "olga" and not people.is_anybody(self.hand.conn):
            self.let_in("olga", Role.OWNER)
        new = NewPerson(name, name.title(), role, Reach(**reach))
        return people.add_person(self.hand.conn, OPERATOR, new, self._hash).scope

    def key(self, secret: str, new: NewKey) -> str:
        """A key; returns its header."""
        keys.add_key(self.hand.conn, OPERATOR, new, secret)
        return f"Bearer {secret}"


class Desk:
    """A served API with clients of people who have signed in."""

    def __init__(self, running: Running, hand: PeopleHand, clients: ExitStack) -> None:
        self.running, self.people, self._clients = running, hand, clients

    def client(self, **headers: str) -> httpx.Client:
        """A client of nobody; requests come from a page of ours."""
        ours = {"origin": self.running.address} | headers
        return self._clients.enter_context(self.running.client(**ours))

    def sign_in(self, name: str) -> httpx.Client:
        """A client of somebody."""
        client = self.client()
        answer = client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    def cookies(self, client: httpx.Client) -> dict[str, str]:
        """Headers with which a socket is of the same person."""
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return {"cookie": cookie, "origin": self.running.address}


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes no time."""
    monkeypatch.setattr(passwords, "HASHER", CHEAP)


@pytest.fixture
def people_hand(hand: FleetHand) -> PeopleHand:
    """Lets people in to the API's database."""
    return PeopleHand(hand)


@pytest.fixture
def desk(start_api: Start, people_hand: PeopleHand, cheap_passwords: None) -> Iterator[Desk]:  # noqa: ARG001 (it sets)
    """A served API without a token."""
    with start_api() as running, ExitStack() as clients:
        yield Desk(running, people_hand, clients)
