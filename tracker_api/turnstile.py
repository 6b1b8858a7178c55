"""Limits on those whom nobody knows: how often an address, a link or a number is asked.

Counts are kept in this process, by hashes and addresses, for as long as they matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from tracker_api.metrics import Metrics
from tracker_api.settings import Sharing


@dataclass(slots=True)
class Turnstile:
    """Lets requests of strangers in; safe for threads."""

    rules: Sharing
    metrics: Metrics
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    def may_look(self, address: str, link: str) -> bool:
        """Count a look at a link; False: that address, or the whole world at it, asks too often.

        It is counted whether the link leads anywhere or not.
        """
        return self._hit("address", address, self.rules.per_address) and self._hit(
            "link", link, self.rules.per_link
        )

    def may_guess(self, address: str, number: str) -> bool:
        """Whether that address may ask for that number; False: too many failures."""
        missed = self._misses()
        may = self._limiter.test(missed, "guess-address", address) and self._limiter.test(
            missed, "guess-number", number
        )
        if not may:
            self.metrics.shares_refused.labels("guesses").inc()
        return may

    def miss(self, address: str, number: str) -> None:
        """Count a failure of both: an address that guesses, a number that many guess at."""
        self._limiter.hit(self._misses(), "guess-address", address)
        self._limiter.hit(self._misses(), "guess-number", number)

    def _misses(self) -> RateLimitItem:
        return RateLimitItemPerMinute(self.rules.failures, self.rules.locked)

    def _hit(self, what: str, key: str, most: int) -> bool:
        may = self._limiter.hit(RateLimitItemPerMinute(most), what, key)
        if not may:
            self.metrics.shares_refused.labels(what).inc()
        return may
