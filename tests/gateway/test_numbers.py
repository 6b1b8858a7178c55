"""Terminals that number their messages: what was lost on the way is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import store
from fleet.gaps import find_gaps
from fleet.records import FixBatch, Frame
from fleet.wire import Kind
from gateway import errands, nmea
from gateway.metrics import Metrics
from gateway.nmea.decoder import decode_few, decode_many, decode_slowly
from gateway.nmea.tag import read_tag
from gateway.writer import Writer
from store import database, gaps
from store.maintenance import Retention
from tests.factories import MORNING, epoch, frame

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]
DAY = (
    datetime.fromtimestamp(MORNING, UTC) - timedelta(1),
    datetime.fromtimestamp(MORNING + 86_400, UTC),
)


def tagged(number: int, payload: bytes, *, more: str = "") -> bytes:
    """A message with its number in a TAG block."""
    body = f"{more}n:{number}"
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"\\{body}*{total:02X}\\".encode() + payload


def message(number: int, device: str = "d0", at: float | None = None) -> Frame:
    """The ``number``-th message, a minute after the one before."""
    time = MORNING + 60 * number if at is None else at
    return frame(device, tagged(number, epoch(time, 114.3 + 1e-4 * number, 30.6)), time + 1)


def missing(url: str, device: str = "d0") -> list[tuple[int, int]]:
    """First and last number of each gap."""
    with closing(database.connect(store.Database(url), application="test")) as conn:
        return [(gap.first, gap.last) for gap in find_gaps(gaps.load_seen(conn, device, *DAY))]


@pytest.mark.parametrize("number", [0, 1, 123, 2**31])
def test_a_number_is_read_of_a_tag_block_at_the_beginning(number: int) -> None:
    assert read_tag(tagged(number, b"$rest")) == (number, b"$rest")


@pytest.mark.parametrize(
    "begin",
    [
        tagged(2**31 + 1, b"$GPRMC"),
        tagged(123, b"").replace(b"123", b"124"),
        b"$GPRMC" + tagged(123, b""),
        rb"\c:1772352000*5D\$GPRMC",
        tagged(1, b"", more="s:" + "x" * 90 + ","),
        b"\\" + b"n:1," * 40,
        b"\\",
        b"",
    ],
)
def test_nothing_is_read_of_what_is_no_sound_block_with_a_number(begin: bytes) -> None:
    assert read_tag(begin) is None


def test_a_number_is_read_among_other_parameters() -> None:
    payload = tagged(7, b"$rest", more="s:T1,c:1772352000,")
    assert read_tag(payload) == (7, b"$rest")


@pytest.mark.parametrize("way", [decode_few, decode_many, decode_slowly])
def test_a_tag_block_changes_nothing_of_what_the_message_says(
    way: Callable[..., nmea.Decoded],
) -> None:
    bodies = [epoch(MORNING + i, 114.3, 30.6) * (1 + i % 3) for i in range(60)]
    bodies += [b"rubbish", epoch(MORNING, 0.0, 0.0), epoch(MORNING, 114.3, 30.6)[:-20]]
    plain = way([frame(f"d{i}", body, MORNING) for i, body in enumerate(bodies)], {})
    tags = [frame(f"d{i}", tagged(i, body), MORNING) for i, body in enumerate(bodies)]
    marked = way(tags, {})
    assert marked.fixes.time.tolist() == plain.fixes.time.tolist()
    assert marked.rejects == plain.rejects
    assert marked.carried == plain.carried
    assert (dict(marked.numbers), dict(plain.numbers)) == ({i: i for i in range(63)}, {})


@pytest.mark.db
def test_lost_messages_are_missing_and_refused_or_undated_ones_are_not(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    writer, metrics = make_writer(), Metrics()
    frames = [message(n) for n in range(100, 200) if n not in {120, 121, 150}]
    frames[5] = frame("d0", tagged(105, b"rubbish"), MORNING + 6300)
    frames[6] = frame("d0", tagged(106, epoch(MORNING + 9e8, 114.3, 30.6)), MORNING + 6360)
    frames.append(frame("stranger", tagged(1, epoch(MORNING, 114.3, 30.6)), MORNING))
    writer.write(frames, FixBatch.empty(), 0)
    assert missing(fleet_url) == [(120, 121), (150, 150)]
    assert missing(fleet_url, "d1") == []
    came = "SELECT sum(upper(r) - lower(r)), count(*) FROM message_seen, unnest(numbers) r"
    assert rows(f"{came} WHERE NOT dated") == [(2, 1)]
    now = datetime.fromtimestamp(MORNING + 12_000, UTC)
    keep = Retention(history_days=200)
    errands.look_at_numbers(writer, metrics, keep, now)
    assert metrics.registry.get_sample_value("milepost_numbers_missing") == 1  # of the last 2 h
    errands.look_at_numbers(writer, metrics, keep, now + timedelta(days=201))
    assert rows("SELECT count(*) FROM message_seen") == [(0,)]


@pytest.mark.db
def test_any_order_repetition_and_cutting_gives_the_same_gaps(
    make_writer: MakeWriter, rows: Ask, fleet_url: str
) -> None:
    rng = random.Random(20261122)  # noqa: S311 - no secret
    writer = make_writer()
    sent = history(rng)
    expected = deliver(writer, rows, fleet_url, [sent])
    assert len(expected) > 10
    for _ in range(12):
        shuffled = sent + rng.sample(sent, len(sent) // 2)
        rng.shuffle(shuffled)
        cuts = sorted(rng.sample(range(len(shuffled)), rng.randrange(1, 6)))
        pairs = zip([0, *cuts], [*cuts, len(shuffled)], strict=True)
        assert deliver(writer, rows, fleet_url, [shuffled[a:b] for a, b in pairs]) == expected


def history(rng: random.Random) -> list[Frame]:
    """Fifteen hours of a terminal that loses a tenth and restarts every few hours."""
    frames, number = [], 700
    for minute in range(900):
        if minute and not minute % 260:
            number = rng.choice([0, 1])
        if rng.random() > 0.1:
            frames.append(message(number, at=MORNING + 60 * minute))
        number += 1
    return frames


def deliver(
    writer: Writer, rows: Ask, url: str, batches: Sequence[Sequence[Frame]]
) -> list[tuple[int, int]]:
    """The gaps after these batches alone."""
    rows("DELETE FROM message_seen RETURNING 1")
    for batch in batches:
        writer.write(batch, FixBatch.empty(), 0)
    return missing(url)


@pytest.mark.db
def test_a_terminal_whose_numbers_do_not_count_cannot_fill_the_store(
    make_writer: MakeWriter, rows: Ask
) -> None:
    writer = make_writer()
    for begin in range(0, 6000, 1000):
        body = b'{"time": 1}'
        frames = [frame("d0", tagged(2 * (begin + i), body), MORNING) for i in range(1000)]
        writer.write(frames, FixBatch.empty(), 0)
    [(stretches,)] = rows("SELECT count(*) FROM message_seen, unnest(numbers)")
    assert 1000 <= stretches <= 4000  # of 6000; compressed they are small


@pytest.mark.db
def test_only_positions_carry_numbers(make_writer: MakeWriter, rows: Ask) -> None:
    event = tagged(1, b'{"time": 1772352000, "kind": "sos", "value": true}')
    make_writer().write([frame("d0", event, MORNING, Kind.EVENT)], FixBatch.empty(), 0)
    assert rows("SELECT count(*) FROM message_seen") == [(0,)]
    assert rows("SELECT reason FROM dead_letter") == [("bad-event",)]


@pytest.mark.db
def test_devices_that_publish_with_qos_0_are_remembered(make_writer: MakeWriter) -> None:
    conn = make_writer().conn
    now = datetime.fromtimestamp(MORNING, UTC)
    gaps.note_unconfirmed(conn, {"d0": 3, "d1": 1, "stranger": 9}, now)
    gaps.note_unconfirmed(conn, {"d0": 4}, now + timedelta(hours=1))
    told = [("d0", 7, now + timedelta(hours=1)), ("d1", 1, now)]
    assert gaps.list_unconfirmed(conn, now) == told
    assert gaps.list_unconfirmed(conn, now + timedelta(minutes=1)) == told[:1]
    assert gaps.list_unconfirmed(conn, now, "d1") == told[1:]
