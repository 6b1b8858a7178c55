"""Passwords of people: Argon2id, and limits on guessing.

A refusal tells nothing: a name that nobody has costs the same work as a wrong password, a locked
name does too, and the answer is the same.  Failures of a name are counted in the store, where a
restart does not forget them; those of an address here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it ships no types

from fleet.errors import Invalid
from store.sessions import FAILURES, LOCKED

#: characters; NIST SP 800-63B asks for 8, and 15 where nothing else is asked: half way
SHORTEST = 10
LONGEST = 256  #: characters, so that hashing has a bound

#: Of zxcvbn's 0 to 4, what a password must reach: more than a million guesses, which take 30
#: years at the hundred a day that are let through.  Lists of leaked ones are part of its reckoning.
STRONG = 2

#: characters that are looked at for that: it is slow on long ones, and those are strong by then
LOOKED_AT = 72

#: Sign-ins that are checked at once: each takes 64 MiB and a sixth of a second of a core.
AT_ONCE = 2

#: Sign-ins that wait meanwhile; further ones are sent away at once, since each holds a thread.
WAITING = 4

#: s that a sign-in waits for its turn; those that wait hold a thread that others need.
PATIENCE = 2.0

#: Failures of one address: a whole office has one, and whoever guesses has many names.
FROM_ONE_ADDRESS = 4 * FAILURES

_MINUTES = int(LOCKED.total_seconds()) // 60
_ADDRESS = RateLimitItemPerMinute(FROM_ONE_ADDRESS, _MINUTES)


#: Argon2id with 64 MiB and three rounds: the second recommendation of RFC 9106.
HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class Busy(Exception):
    """Too many passwords are being checked."""


def is_weak(password: str, *about: str) -> bool:
    """Whether it is soon guessed: leaked ones, names, dates, rows of keys, repetitions."""
    known = [word for each in about for word in (each, *re.split(r"\W+", each))]
    score: int = zxcvbn(password[:LOOKED_AT], user_inputs=known, max_length=LOOKED_AT)["score"]
    return score < STRONG


@dataclass(slots=True)
class Passwords:
    """Hashes and checks them; safe for threads."""

    hasher: PasswordHasher = field(default_factory=lambda: HASHER)
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )
    _turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _queue: threading.Semaphore = field(
        default_factory=lambda: threading.Semaphore(AT_ONCE + WAITING)
    )
    _nobody: str = ""  #: a hash that is made when it is first needed

    def hash(self, password: str, *about: str) -> str:
        """What may be stored of a password of somebody of whom ``about`` is known.

        Raises:
            Invalid: it is too short or too long, or one of those that everybody tries first.
            Busy: too many are being checked.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise Invalid("/password", f"must have {SHORTEST} to {LONGEST} characters")
        if is_weak(password, *about):
            raise Invalid("/password", "is among those that are tried first; take a rarer one")
        with self._waited():
            return self.hasher.hash(password)

    def is_right(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is that of ``stored``; with None, nobody's, as much work.

        Raises:
            Busy: too many are being checked.
        """
        return self.check(lambda: stored, password)

    def check(self, fetch: Callable[[], str | None], password: str) -> bool:
        """``is_right`` of what ``fetch`` finds when it is this one's turn: it may count tries."""
        with self._waited():
            stored = fetch()
            self._nobody = self._nobody or self.hasher.hash("nobody has this password")
            try:
                self.hasher.verify(stored or self._nobody, password[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    @contextmanager
    def _waited(self) -> Iterator[None]:
        """A turn; raises ``Busy``."""
        if not self._queue.acquire(blocking=False):
            raise Busy
        try:
            if not self._turn.acquire(timeout=PATIENCE):
                raise Busy
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._queue.release()

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than one would be now."""
        return self.hasher.check_needs_rehash(stored)

    def is_heard(self, address: str) -> bool:
        """Whether strangers of that address may try; if not, they are refused at no cost."""
        return self._limiter.test(_ADDRESS, "address", address)

    def fail(self, address: str) -> None:
        """Count a failure of an address."""
        self._limiter.hit(_ADDRESS, "address", address)
