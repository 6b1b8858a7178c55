"""What is delivered again, for whatever reason, changes nothing and wakes nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fleet.records import FixBatch, Frame
from fleet.wire import Kind
from gateway.writer import Writer
from tests.factories import MORNING, epoch, frame

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]


ORDER = (
    "INSERT INTO command (id, device_id, kind, body, requested_by, requested_at, expires_at) "
    "SELECT '01a200b1-7e2e-7695-a7c4-0e1586fa7efd', min(id), 'locate', '{}', 'test', now(), now() "
    "FROM device RETURNING 1"
)


def write(writer: Writer, frames: list[Frame]) -> None:
    """Commit frames."""
    writer.write(frames, FixBatch.empty(), 0)


def test_a_stored_status_that_is_known_rings_no_bell(make_writer: MakeWriter, rows: Ask) -> None:
    """At every connection the broker hands out the stored status of the whole fleet."""
    writer = make_writer()
    said = b'{"time": 1772352000, "online": true, "reason": "hello"}'
    write(writer, [frame("d0", said, MORNING, Kind.STATUS)])
    before = rows("SELECT count(*) FROM change")
    write(writer, [frame("d0", said, MORNING + 50, Kind.STATUS)] * 2)
    assert rows("SELECT count(*) FROM change") == before
    gone = b'{"time": 1772352000, "online": false, "reason": "gone"}'
    write(writer, [frame("d0", gone, MORNING + 60, Kind.STATUS)])
    assert rows("SELECT online FROM device_link") == [(False,)]
    assert rows("SELECT count(*) FROM change") > before


def test_the_first_answer_to_a_command_stays(make_writer: MakeWriter, rows: Ask) -> None:
    rows(ORDER)
    writer = make_writer()
    for ok in (b"true", b"false", b"true"):
        body = b'{"id": "01A200B1-7e2e-7695-a7c4-0e1586fa7efd", "time": 1772352000, "ok": %b}' % ok
        write(writer, [frame("d0", body, MORNING, Kind.ACK)])
        write(writer, [frame("d1", body, MORNING, Kind.ACK)])  # not its command
    assert rows("SELECT ok, sent_at IS NOT NULL FROM command") == [(True, True)]


def test_the_first_of_two_answers_in_one_batch_stays(make_writer: MakeWriter, rows: Ask) -> None:
    rows(ORDER)
    said = [
        frame(
            "d0",
            b'{"id": "01a200b1-7e2e-7695-a7c4-0e1586fa7efd", "time": 1772352000, "ok": %b, '
            b'"detail": "%d"}' % (b"false" if i else b"true", i),
            MORNING,
            Kind.ACK,
        )
        for i in range(9)
    ]
    write(make_writer(), said)
    assert rows("SELECT ok, detail FROM command") == [(True, "0")]


def test_a_half_sentence_delivered_again_after_a_crash_is_still_joined(
    make_writer: MakeWriter, rows: Ask
) -> None:
    """Committed but not acknowledged: the broker sends it to the next gateway once more."""
    whole = epoch(MORNING, 114.3, 30.6) + epoch(MORNING + 10, 114.302, 30.6)
    cut = len(whole) // 2 - 20
    head, tail = frame("d0", whole[:cut], MORNING + 1), frame("d0", whole[cut:], MORNING + 11)
    write(make_writer(), [head])
    write(make_writer(), [head])
    write(make_writer(), [tail])
    assert rows("SELECT count(*), count(altitude) FROM fix") == [(2, 2)]
    write(make_writer(), [tail])
    assert rows("SELECT count(*), count(altitude) FROM fix") == [(2, 2)]
    # The second copies are halves that nothing continues: kept, as every input, but only once.
    letters = rows("SELECT reason FROM dead_letter ORDER BY 1")
    write(make_writer(), [head])
    write(make_writer(), [tail])
    assert rows("SELECT reason FROM dead_letter ORDER BY 1") == letters


def test_a_last_will_is_shown_when_it_came_and_ordered_by_when_it_was_written(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer = make_writer()

    def said(online: str, time: float, received: float) -> Frame:
        body = f'{{"time": {time}, "online": {online}, "reason": ""}}'
        return frame("d0", body.encode(), received, Kind.STATUS)

    write(writer, [said("true", MORNING, MORNING + 0.1)])
    write(writer, [said("false", MORNING + 0.001, MORNING + 600)])
    shown = "SELECT online, extract(epoch FROM since)::float8 FROM device_link"
    assert rows(shown) == [(False, MORNING + 600)]
    write(writer, [said("true", MORNING + 590, MORNING + 601)])  # it was back before
    assert rows(shown) == [(True, MORNING + 590)]
