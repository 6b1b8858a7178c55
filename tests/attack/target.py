"""What is fuzzed: a function of bytes that may raise nothing, with its limits and examples."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Where inputs are kept that once broke a target: a folder for each, replayed by every test run.
SEEDS = Path(__file__).parent / "seeds"


class Slow(AssertionError):
    """An input that took longer than its target may take."""


@dataclass(frozen=True, slots=True)
class Target:
    """One door through which strangers' bytes come in."""

    name: str
    check: Callable[[bytes], None]  #: raises for what must not be, and for nothing else
    examples: Callable[[], Sequence[bytes]]  #: what it is meant for: where mutation begins
    words: tuple[bytes, ...] = ()  #: that mean something in it
    largest: int = 4096  #: bytes of an input: more finds nothing else and is slower
    slowest: float = 2.0  #: s of the processor that an input may take, on a machine that is busy

    def run(self, data: bytes) -> None:
        """Check one input, and that it did not take too long."""
        began = time.thread_time()
        self.check(data)
        took = time.thread_time() - began
        if took > self.slowest:
            raise Slow(f"{self.name}: {took:.1f} s for {len(data)} bytes")

    def kept(self) -> list[Path]:
        """Inputs that once broke it."""
        return sorted(path for path in (SEEDS / self.name).glob("*") if path.is_file())
