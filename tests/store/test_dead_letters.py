from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from psycopg import Connection

from fleet.errors import NotFound
from fleet.scope import OPERATOR, Scope
from fleet.views import DeadLetter
from store import dead_letters, feed

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("two_parties")]

ALPHA = Scope("someone of alpha", frozenset({"alpha"}))


@pytest.fixture
def letters(keep_letter: Callable[..., int]) -> list[int]:
    return [
        keep_letter("a1", bytes([0, 255]), reason="not-nmea"),
        keep_letter("b1", b"$GPRMC", reason="checksum"),
        keep_letter("a1", b"$GPGGA", reason="checksum"),
        keep_letter("new", b"$GPRMC"),
    ]


def ids(found: list[DeadLetter]) -> list[int]:
    return [letter.id for letter in found]


def test_a_letter_is_kept_whole(conn: Connection[Any], letters: list[int], noon: datetime) -> None:
    assert dead_letters.load_dead_letter(conn, OPERATOR, letters[0]) == DeadLetter(
        letters[0], noon, "a1", "nmea", "not-nmea", "", bytes([0, 255]), 1, None
    )


def test_letters_come_newest_first_in_pages_and_by_device_and_reason(
    conn: Connection[Any], letters: list[int]
) -> None:
    page = partial(dead_letters.list_dead_letters, conn, OPERATOR)
    assert ids(page()) == letters[::-1]
    assert ids(page(limit=2)) == letters[:1:-1]
    assert ids(page(limit=2, before_id=letters[2])) == [letters[1], letters[0]]
    assert ids(page(device="a1")) == [letters[2], letters[0]]
    assert ids(page(reason="checksum")) == [letters[2], letters[1]]
    assert ids(page(device="b1", reason="not-nmea")) == []


def test_a_scope_sees_letters_of_devices_in_its_vehicles_and_never_of_unknown_ones(
    conn: Connection[Any], letters: list[int]
) -> None:
    seen = dead_letters.list_dead_letters(conn, ALPHA)
    assert [letter.id for letter in seen] == [letters[2], letters[0]]
    assert dead_letters.count_by_reason(conn, ALPHA) == {"checksum": 1, "not-nmea": 1}
    assert dead_letters.load_dead_letter(conn, ALPHA, letters[0]).device == "a1"
    for hidden in (letters[1], letters[3], 999):
        with pytest.raises(NotFound, match=str(hidden)):
            dead_letters.load_dead_letter(conn, ALPHA, hidden)
    assert dead_letters.request_reinject(conn, ALPHA, letters) == 2


def test_the_summary_counts_what_waits_for_somebody(
    conn: Connection[Any], letters: list[int]
) -> None:
    everything = {"checksum": 2, "not-nmea": 1, "unknown-device": 1}
    assert dead_letters.count_by_reason(conn, OPERATOR) == everything
    conn.execute("UPDATE dead_letter SET reinjected_at = now() WHERE id = %s", [letters[0]])
    assert dead_letters.count_by_reason(conn, OPERATOR) == {"checksum": 2, "unknown-device": 1}


def test_a_letter_is_asked_for_once_and_wakes_the_gateway(
    conn: Connection[Any], letters: list[int]
) -> None:
    before = feed.position(conn)
    assert dead_letters.request_reinject(conn, OPERATOR, [*letters[:2], 999]) == 2
    assert feed.position(conn).number == before.number + 1
    assert dead_letters.request_reinject(conn, OPERATOR, letters[:2]) == 0
    conn.execute("DELETE FROM reinject")
    conn.execute("UPDATE dead_letter SET reinjected_at = now()")
    assert dead_letters.request_reinject(conn, OPERATOR, letters) == 0
    assert feed.position(conn).number == before.number + 1


def test_a_digest_tells_its_parts_apart() -> None:
    parts = [("a", "b", "c", b"d"), ("ab", "", "c", b"d"), ("a", "b", "cd", b""), ("", "", "", b"")]
    assert len({dead_letters.digest(*given) for given in parts}) == len(parts)
    lone = chr(0xD800)  # half a surrogate pair, which UTF-8 cannot say
    assert dead_letters.digest(lone, "", "", b"") != dead_letters.digest(*parts[3])
