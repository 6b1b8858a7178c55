"""Hashing, and the limits on guessing that need no server."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest
from argon2 import PasswordHasher

from fleet.errors import Invalid
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
    longest = (PASSWORD * passwords.LONGEST)[: passwords.LONGEST]
    assert not guard.is_right(guard.hash(longest), (longest * 100)[:length])


def test_what_is_hashed_in_operation_takes_as_much_as_rfc_9106_recommends() -> None:
    assert (passwords.HASHER.memory_cost, passwords.HASHER.time_cost) == (65536, 3)


def test_an_address_is_not_heard_any_more_whatever_names_it_tries() -> None:
    guard = Passwords(CHEAP)
    for _ in range(passwords.FROM_ONE_ADDRESS):
        assert guard.is_heard("192.0.2.1")
        guard.fail("192.0.2.1")
    assert not guard.is_heard("192.0.2.1")
    assert guard.is_heard("192.0.2.2")


@pytest.mark.parametrize(
    "weak",
    ["1234567890", "q1w2e3r4t5", "password123", "aaaaaaaaaaaa", "chen.guang1", "2026-11-22"],
)
def test_a_password_that_is_tried_first_is_refused(weak: str) -> None:
    with pytest.raises(Invalid, match="rarer"):
        Passwords(CHEAP).hash(weak, "chen.guang", "Chen Guang")


def test_a_very_long_password_is_looked_at_in_no_time() -> None:
    assert not passwords.is_weak("correct horse battery staple " * 8)


def test_who_would_wait_in_a_long_queue_is_sent_away_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", DEADLINE)
    held = Held()
    guard = Passwords(held)
    room = passwords.AT_ONCE + passwords.WAITING
    with ThreadPoolExecutor(room + 1) as others:
        asked = [others.submit(guard.hash, PASSWORD) for _ in range(room + 1)]
        (sent_away,), waiting = wait(asked, DEADLINE, FIRST_COMPLETED)
        assert isinstance(sent_away.exception(), Busy)
        held.release.set()
        assert all(guard.is_right(each.result(), PASSWORD) for each in waiting)


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
