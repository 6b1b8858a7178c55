"""Hashing, and the limits on guessing that need no server."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from fleet.errors import Invalid
from store.sessions import FAILURES
from tests.fix_people import CHEAP, PASSWORD
from tracker_api import passwords
from tracker_api.passwords import Busy, Passwords

DEADLINE = 30.0  #: s; a bound for what takes milliseconds


class Held(PasswordHasher):
    """Checks passwords only when it is released."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.begun, self.release = threading.Semaphore(0), threading.Event()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.begun.release()
        assert self.release.wait(DEADLINE)
        return super().hash(password, salt=salt)


def test_a_password_is_known_by_its_hash_alone() -> None:
    guard = Passwords(CHEAP)
    kept = guard.hash(PASSWORD)
    assert PASSWORD not in kept
    assert guard.is_right(kept, PASSWORD)
    assert not guard.is_right(kept, PASSWORD + "x")
    assert not guard.is_right(None, PASSWORD)
    assert not guard.is_right("no hash at all", PASSWORD)


@pytest.mark.parametrize(
    "length", [0, passwords.SHORTEST - 1, passwords.LONGEST + 1, 100 * passwords.LONGEST]
)
def test_a_password_that_is_too_short_or_too_long_is_refused(length: int) -> None:
    guard = Passwords(CHEAP)
    with pytest.raises(Invalid, match="must have"):
        guard.hash("x" * length)
    assert not guard.is_right(guard.hash("x" * passwords.LONGEST), "x" * length)


def test_what_is_hashed_in_operation_takes_as_much_as_rfc_9106_recommends() -> None:
    assert (passwords.HASHER.memory_cost, passwords.HASHER.time_cost) == (65536, 3)


def test_a_name_is_locked_after_its_failures_and_a_success_forgets_them() -> None:
    guard = Passwords(CHEAP)
    for _ in range(FAILURES - 1):
        guard.fail("ann", "192.0.2.1")
    assert guard.is_open("ann")
    guard.succeed("ann")
    for _ in range(FAILURES):
        guard.fail("ann", "192.0.2.1")
    assert not guard.is_open("ann")
    assert guard.is_open("bob")
    assert guard.is_heard("192.0.2.1")


def test_an_address_is_not_heard_any_more_whatever_names_it_tries() -> None:
    guard = Passwords(CHEAP)
    for number in range(passwords.FROM_ONE_ADDRESS):
        assert guard.is_heard("192.0.2.1")
        guard.fail(f"user{number}", "192.0.2.1")
    assert not guard.is_heard("192.0.2.1")
    assert guard.is_heard("192.0.2.2")


def test_checks_that_would_hold_up_everybody_are_sent_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    held = Held()
    guard = Passwords(held)
    with ThreadPoolExecutor(passwords.AT_ONCE) as others:
        for _ in range(passwords.AT_ONCE):
            others.submit(guard.hash, PASSWORD)
        for _ in range(passwords.AT_ONCE):
            assert held.begun.acquire(timeout=DEADLINE)
        with pytest.raises(Busy):
            guard.is_right(None, PASSWORD)
        held.release.set()
    assert not guard.is_right(None, PASSWORD)
