"""How often strangers may ask: an address, a link, a number; and how often those who are known.

Who is known by a session or a key is never held up by what others do from the same address.
Counts are kept in this process, by hashes and addresses, for as long as they matter.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import ceil

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from tracker_api.metrics import Metrics
from tracker_api.problems import TooOften
from tracker_api.settings import Serving, Sharing


@dataclass(slots=True)
class Turnstile:
    """Lets requests of strangers in; safe for threads."""

    rules: Sharing
    metrics: Metrics
    serving: Serving = field(default_factory=Serving)
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    #: One number for each who asks, however often: of what is allowed there are thousands.
    _counter: FixedWindowRateLimiter = field(
        default_factory=lambda: FixedWindowRateLimiter(MemoryStorage())
    )

    def require_person(self, name: str) -> None:
        """Count a request of a person.  Raises ``TooOften``."""
        self._require("person", name, self.serving.per_person)

    def require_key(self, digest: str) -> None:
        """Count a request of a key.  Raises ``TooOften``."""
        self._require("key", digest, self.serving.per_key)

    def require_unproven(self, address: str) -> None:
        """Count a request that proves nobody.  Raises ``TooOften``."""
        self._require("address", address, self.serving.refused)

    def require_guess(self, address: str) -> None:
        """Raises ``TooOften``: so many tokens from there were wrong that none is looked at."""
        rule = RateLimitItemPerMinute(self.serving.refused)
        if not self._counter.test(rule, "address", address):
            raise self._too_often("address", address, rule)

    def _require(self, who: str, name: str, most: int) -> None:
        rule = RateLimitItemPerMinute(most)
        if not self._counter.hit(rule, who, name):
            raise self._too_often(who, name, rule)

    def _too_often(self, who: str, name: str, rule: RateLimitItem) -> TooOften:
        self.metrics.too_often.labels(who).inc()
        ends = self._counter.get_window_stats(rule, who, name).reset_time
        return TooOften(max(1, ceil(ends - time.time())))

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
