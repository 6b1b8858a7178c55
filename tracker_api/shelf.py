"""What was reckoned a moment ago, for readers of equal rights: a hundred consoles cost as one.

Safe for threads: who asks while it is being reckoned waits for that, and reckons nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

#: Kinds of rights remembered at once; a company has a dozen, a busy one some hundred drivers.
MOST = 256


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    content: bytes = b""
    made_at: float = float("-inf")  #: s, of the clock


class Shelf:
    """Bytes by key, each for at most ``age`` seconds."""

    def __init__(self, age: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._age, self._clock = age, clock
        self._lock = threading.Lock()
        self._places: dict[Hashable, _Place] = {}

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """What is there for ``key``, made anew when it is too old; raises as ``make`` does."""
        with self._lock:
            if key not in self._places and len(self._places) >= MOST:
                self._places.pop(next(iter(self._places)))  # the one that came first
            place = self._places.setdefault(key, _Place())
        with place.lock:
            if self._clock() - place.made_at >= self._age:
                place.content = make()
                place.made_at = self._clock()
            return place.content

    def clear(self) -> None:
        """Forget everything: somebody edited what it is made of."""
        with self._lock:
            self._places.clear()
