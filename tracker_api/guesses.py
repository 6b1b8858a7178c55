"""How often one name may fail at a broker that asks us, before nobody listens for a while."""

from __future__ import annotations

from dataclasses import dataclass, field

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

#: Of one name in a minute.  A terminal with a wrong password tries about ten times.
FAILURES = 30
#: Of all names, written down in a minute; each costs a transaction.
NOTED = 600


@dataclass(slots=True)
class Guesses:
    """Counts failures by name; safe for threads.  The passwords themselves cannot be guessed."""

    _limiter: FixedWindowRateLimiter = field(
        default_factory=lambda: FixedWindowRateLimiter(MemoryStorage())
    )

    def may(self, name: str) -> bool:
        """Whether ``name`` may try."""
        return self._limiter.test(RateLimitItemPerMinute(FAILURES), "name", name)

    def miss(self, name: str) -> bool:
        """Count a failure; whether to write it down."""
        counted = self._limiter.hit(RateLimitItemPerMinute(FAILURES), "name", name)
        return counted and self._limiter.hit(RateLimitItemPerMinute(NOTED), "all")
