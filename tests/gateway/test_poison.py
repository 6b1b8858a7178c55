"""No message stops the gateway: what it cannot keep is a dead letter, and the next one is stored.

A message that makes the writer raise would come again after every restart, for ever.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fleet.records import FixBatch, Frame
from fleet.wire import Kind
from gateway import errands
from gateway.writer import Writer
from tests.factories import MORNING, epoch, frame, sentence

pytestmark = pytest.mark.db

Ask = Callable[..., list[tuple[Any, ...]]]
MakeWriter = Callable[..., Writer]

JSON = (Kind.EVENT, Kind.STATUS, Kind.ACK)
HOSTILE = {
    "deeper than a writer of JSON goes": b"[" * 400 + b"]" * 400,
    "deeper than a reader of JSON goes": b"[" * 5000 + b"]" * 5000,
    "a number beyond any float": b"1e999",
    "a whole number of a thousand digits": b"9" * 1000,
    "almost no number": b"-1e-4000",
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "a NUL": rb'"a\u0000b"',
    "a NUL as a name": rb'{"\u0000": 1}',
    "a backslash before what looks like a NUL": rb'"\\u0000"',
    "half a surrogate pair": rb'"\ud800"',
    "a text of 60 kB": b'"' + b"x" * 60_000 + b'"',
    "many names": b"{" + b",".join(b'"%d":[]' % i for i in range(4000)) + b"}",
    "one name twice": b'{"a": 1, "a": {"a": []}}',
}
TIMES = (
    "0",
    "-1",
    "4102444800",
    "4102444801",
    "1e18",
    "1772352000.0004999",
    "1e-300",
    "253402300800",
)


def write(writer: Writer, frames: list[Frame]) -> None:
    """Commit frames and whatever waits after them."""
    written = writer.write(frames, FixBatch.empty(), 0)
    while len(written.waiting):
        written = writer.write([], written.waiting, len(frames))


def assert_alive(writer: Writer, rows: Ask) -> None:
    """The next good message is stored."""
    before = rows("SELECT count(*) FROM fix")[0][0]
    write(writer, [frame("d1", epoch(MORNING + 86_000, 114.3, 30.6), MORNING + 86_001)])
    assert rows("SELECT count(*) FROM fix")[0][0] == before + 1


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("kind", JSON)
def test_a_hostile_json_message_ends_in_one_place_and_the_gateway_goes_on(
    make_writer: MakeWriter, rows: Ask, kind: Kind, hostile: bytes
) -> None:
    body = (
        b'{"time": 1772352000, "kind": "sos", "value": %b, "online": true, "reason": %b, '
        b'"id": %b, "ok": true, "detail": %b}' % ((hostile,) * 4)
    )
    writer = make_writer()
    write(writer, [frame("d0", body, MORNING, kind)])
    kept = sum(
        rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - our own names
        for table in ("dead_letter", "device_event", "device_link")
    )
    assert kept == 1 or kind is Kind.ACK
    assert_alive(writer, rows)


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("kind", JSON)
def test_no_instant_of_a_device_s_clock_stops_the_gateway(
    make_writer: MakeWriter, rows: Ask, kind: Kind, time: str
) -> None:
    rest = '"kind": "sos", "value": 1, "online": true, "id": "x", "ok": true'
    body = f'{{"time": {time}, {rest}}}'.encode()
    writer = make_writer()
    write(writer, [frame("d0", body, MORNING, kind)] * 2)
    assert_alive(writer, rows)


def test_a_name_or_topic_of_any_form_is_a_dead_letter(make_writer: MakeWriter, rows: Ask) -> None:
    names = ["x" * 64, "x" * 65, "a\0b", "\ud800", "", "名" * 200, "$SYS/" + "y" * 195, "-", "_"]
    writer = make_writer()
    kinds = ("nmea", "", "\0")
    payload = epoch(MORNING, 114.3, 30.6)
    write(writer, [frame(n, payload, MORNING, k) for n in names for k in kinds])
    reasons = rows("SELECT reason, count(*) FROM dead_letter GROUP BY 1 ORDER BY 1")
    assert reasons == [("unknown-device", 9), ("wrong-topic", 18)]
    rows("INSERT INTO reinject (dead_letter_id) SELECT id FROM dead_letter RETURNING 1")
    errands.take_letters(writer, writer._metrics)  # noqa: SLF001 - as the service does
    assert rows("SELECT count(*) FROM dead_letter WHERE reinjected_at IS NULL")[0][0] == 27
    assert_alive(writer, rows)


NUMBERS = (
    *("", "0", "-0", "1", "99999", "-99999", "32768", "1e5", "1e39", "-1e39", "1e308", "1e400"),
    *(
        "nan",
        "NaN",
        "inf",
        "-inf",
        "0x10",
        "1_0",
        "\u0661",
        " 7",
        "+7",
        "9" * 40,
        "9" * 300,
        ".",
        "-",
        "1.2.3",
    ),
)


def hostile_sentences(seed: int) -> Iterator[bytes]:
    """Sentences of some instants, some of whose fields are unlikely numbers."""
    rng = random.Random(seed)  # noqa: S311 - no secret

    def some(ordinary: str) -> str:
        return rng.choice([ordinary] * 3 + [rng.choice(NUMBERS)])

    for second in range(60):
        clock = rng.choice([f"0800{second:02d}.00"] * 3 + ["240000", "235960.999", "-1", ""])
        date = rng.choice(["010326"] * 6 + ["000000", "311299", "290226", "010100", "999999"])
        place = rng.choice(["3036.0,N,11418.0,E"] * 4 + ["9000.0,N,18000.0,E", "0,S,0,W"])
        year = rng.choice(["2026", "0001", "9999", "-2026", "99999"])
        signal = f"{some('09')},{some('0.9')},{some('40')}"
        status = rng.choice("AAAV")
        yield sentence(f"GNRMC,{clock},{status},{place},{some('9.0')},{some('90')},{date},,,A")
        yield sentence(f"GNGGA,{clock},{place},{some('1')},{signal},M,{some('0')},M,,")
        yield sentence(f"GNVTG,{some('90')},T,,M,{some('9')},N,{some('16')},K,A")
        yield sentence(f"GNGSA,A,3,01,02,,,,,,,,,,,{some('1')},{some('0.9')},{some('1')}")
        yield sentence(f"GNGNS,{clock},{place},AA,{signal},{some('0')},,")
        yield sentence(f"GNZDA,{clock},{some('01')},{some('03')},{year},00,00")


@pytest.mark.parametrize("seed", range(6))
def test_no_number_in_a_sentence_stops_the_gateway(
    make_writer: MakeWriter, rows: Ask, seed: int
) -> None:
    writer = make_writer()
    lines = list(hostile_sentences(seed))
    together = [b"".join(lines[i : i + 12]) for i in range(0, len(lines), 12)]
    write(writer, [frame("d0", payload, MORNING + 60) for payload in together + lines])
    infinite = "SELECT count(*) FROM fix WHERE 'Infinity' IN (speed, altitude, hdop, -altitude)"
    assert rows(infinite) == [(0,)]
    assert_alive(writer, rows)


def test_a_text_that_only_looks_like_a_nul_is_kept(make_writer: MakeWriter, rows: Ask) -> None:
    body = rb'{"time": 1772352000, "kind": "sos", "value": ["\\u0000", "\\\\u0000"]}'
    write(make_writer(), [frame("d0", body, MORNING, Kind.EVENT)])
    assert rows("SELECT value FROM device_event") == [(["\\u0000", "\\\\u0000"],)]


def test_a_message_beyond_the_limit_is_one_dead_letter(make_writer: MakeWriter, rows: Ask) -> None:
    writer = make_writer()
    huge = epoch(MORNING, 114.3, 30.6) * 8000
    write(writer, [frame("d0", huge, MORNING, kind) for kind in Kind])
    assert rows("SELECT count(*) FROM fix") == [(0,)]
    assert rows("SELECT count(*), min(octet_length(raw)) FROM dead_letter") == [(5, len(huge))]
    assert_alive(writer, rows)
