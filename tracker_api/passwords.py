"""Passwords of people: Argon2id, and limits on guessing.

A refusal tells nothing: a name that nobody has costs the same work as a wrong password, a locked
name does too, and the answer is the same.  Failures are counted by name and by address here, and
by name in the store, where a restart does not forget them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from fleet.errors import Invalid
from store.sessions import FAILURES, LOCKED

#: characters; NIST SP 800-63B asks for 8, and 15 where nothing else is asked: half way
SHORTEST = 10
LONGEST = 256  #: characters, so that hashing has a bound

#: Sign-ins that are checked at once: each takes 64 MiB and a sixth of a second of a core.
AT_ONCE = 2

#: s that a sign-in waits for its turn; those that wait hold a thread that others need.
PATIENCE = 2.0

#: Failures of one address: a whole office has one, and whoever guesses has many names.
FROM_ONE_ADDRESS = 4 * FAILURES

_MINUTES = int(LOCKED.total_seconds()) // 60
_NAME = RateLimitItemPerMinute(FAILURES, _MINUTES)
_ADDRESS = RateLimitItemPerMinute(FROM_ONE_ADDRESS, _MINUTES)


#: Argon2id with 64 MiB and three rounds: the second recommendation of RFC 9106.
HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class Busy(Exception):
    """Too many passwords are being checked."""


@dataclass(slots=True)
class Passwords:
    """Hashes and checks them; safe for threads."""

    hasher: PasswordHasher = field(default_factory=lambda: HASHER)
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )
    _turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    _nobody: str = ""  #: a hash that is made when it is first needed

    def hash(self, password: str) -> str:
        """What may be stored of a password.

        Raises:
            Invalid: it is too short or too long.
            Busy: too many are being checked.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise Invalid("/password", f"must have {SHORTEST} to {LONGEST} characters")
        with self._waited():
            return self.hasher.hash(password)

    def is_right(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is that of ``stored``; with None, nobody's, as much work.

        Raises:
            Busy: too many are being checked.
        """
        with self._waited():
            self._nobody = self._nobody or self.hasher.hash("nobody has this password")
            try:
                self.hasher.verify(stored or self._nobody, password[: LONGEST + 1])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    @contextmanager
    def _waited(self) -> Iterator[None]:
        """A turn; raises ``Busy``."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise Busy
        try:
            yield
        finally:
            self._turn.release()

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than one would be now."""
        return self.hasher.check_needs_rehash(stored)

    def is_open(self, name: str) -> bool:
        """Whether that name may be tried."""
        return self._limiter.test(_NAME, "name", name)

    def is_heard(self, address: str) -> bool:
        """Whether that address may try; it is not told of names, so it is refused at no cost."""
        return self._limiter.test(_ADDRESS, "address", address)

    def fail(self, name: str, address: str) -> None:
        """Count a failure."""
        self._limiter.hit(_NAME, "name", name)
        self._limiter.hit(_ADDRESS, "address", address)

    def succeed(self, name: str) -> None:
        """Failures of that name count no more; those of the address do, for other names."""
        self._limiter.clear(_NAME, "name", name)
