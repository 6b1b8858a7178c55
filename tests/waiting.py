"""Waiting for a condition instead of a time."""

from __future__ import annotations

import time
from collections.abc import Callable


def await_true(condition: Callable[[], bool], what: str, within: float = 30.0) -> None:
    """Return when ``condition()`` holds; fail with ``what`` after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
