"""What is kept for a moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tracker_api import shelf
from tracker_api.shelf import Shelf


class Made:
    """Counts how often something was made."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        return b"%d" % self.count


def test_what_is_young_is_given_again_and_what_is_old_is_made_anew() -> None:
    now, made = [100.0], Made()
    kept = Shelf(5.0, lambda: now[0])
    assert [kept.get("a", made), kept.get("a", made)] == [b"1", b"1"]
    assert kept.get("b", made) == b"2"
    now[0] += 5.0
    assert kept.get("a", made) == b"3"
    kept.clear()
    assert kept.get("a", made) == b"4"


def test_who_asks_meanwhile_waits_and_makes_nothing() -> None:
    kept, begun, go = Shelf(), threading.Event(), threading.Event()

    def slowly() -> bytes:
        begun.set()
        assert go.wait(10)
        return b"slow"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.get, "a", slowly)
        assert begun.wait(10)
        second = pool.submit(kept.get, "a", lambda: b"another")
        go.set()
        assert (first.result(10), second.result(10)) == (b"slow", b"slow")


def test_no_more_is_kept_than_the_limit() -> None:
    made = Made()
    kept = Shelf()
    for key in range(shelf.MOST + 1):
        kept.get(key, made)
    assert kept.get(shelf.MOST, made) == b"%d" % (shelf.MOST + 1)
    assert kept.get(0, made) == b"%d" % (shelf.MOST + 2), "the oldest went"
