from __future__ import annotations

from pathlib import Path

import pytest

from milepost.stack.refusals import LogTail, Refusal, parse

AT = "[7] 2026/11/22 15:54:47.423908 [ERR] 127.0.0.1:42679 - mid:6"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            f'{AT} - "x" - Publish Violation - Subject "fleet.v1.T2.nmea"',
            Refusal("publish", "fleet/v1/T2/nmea", connection=6),
        ),
        (
            f'{AT} - "x" - Publish Violation - User "T1", Subject "fleet.v1.T2.nmea"',
            Refusal("publish", "fleet/v1/T2/nmea", connection=6),
        ),
        (
            f'{AT} - "x" - Subscription Violation - Subject "fleet.v1.*.>", SID fleet.v1.*.>',
            Refusal("subscribe", "fleet/v1/+/#", connection=6),
        ),
        (
            f'{AT} - "x" - Publish Violation - Subject "fleet.v1.T1//5.nmea"',
            Refusal("publish", "fleet/v1/T1.5/nmea", connection=6),
        ),
        (f'{AT} - "q" - authentication error - User "T1"', Refusal("login", "T1", "T1")),
        (f'{AT} - "q" - authentication error - User "a" x"', Refusal("login", 'a" x', 'a" x')),
        (f'{AT} - "q" - authentication error', Refusal("login", "", "")),
        (
            f"{AT} - TLS handshake error: tls: client didn't provide a certificate",
            Refusal("tls", "tls: client didn't provide a certificate"),
        ),
        (f"{AT} - TLS handshake error: EOF", None),
        (f'{AT} - "q" - unable to connect: authentication error', None),
        ('[7] 2026/11/22 [WRN] User "T1" found in connect proto, but user required', None),
        ("", None),
    ],
)
def test_a_line_tells_what_was_refused(line: str, expected: Refusal | None) -> None:
    assert parse(line) == expected


def test_a_client_id_that_looks_like_a_line_forges_none_for_another() -> None:
    forged = 'x" - Publish Violation - Subject "fleet.v1.T2.nmea'
    found = parse(f'{AT} - "{forged}" - Publish Violation - Subject "other"')
    assert found is not None
    assert found.connection == 6  # whose it was is asked by this number, never read


def test_what_a_stranger_writes_is_cut() -> None:
    found = parse(f'{AT} - "q" - authentication error - User "{"x" * 5000}"')
    assert found is not None
    assert len(found.detail) == 200


def test_a_log_is_read_from_now_on_in_whole_lines_and_across_its_turning_over(
    tmp_path: Path,
) -> None:
    log = tmp_path / "nats.log"
    log.write_text("before\n")
    tail = LogTail(log)
    try:
        assert list(tail.lines()) == []
        with log.open("a") as file:
            file.write("one\ntw")
        assert list(tail.lines()) == ["one"]
        with log.open("a") as file:
            file.write("o\nlast of the old\n")
        log.rename(tmp_path / "nats.log.1")
        log.write_text("first of the new\n")
        assert list(tail.lines()) == ["two", "last of the old", "first of the new"]
        assert list(tail.lines()) == []
    finally:
        tail.close()


def test_a_flood_is_read_in_parts_and_nothing_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "nats.log"
    log.write_text("")
    tail = LogTail(log)
    try:
        log.write_text("".join(f"{number:0>99}\n" for number in range(25_000)))
        parts = [list(tail.lines()) for _ in range(4)]
    finally:
        tail.close()
    assert [len(part) > 0 for part in parts] == [True, True, True, False]
    assert [int(line) for part in parts for line in part] == list(range(25_000))
