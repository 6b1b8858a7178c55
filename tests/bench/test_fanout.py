"""The benchmark of live clients runs, and its clients read what a server sends."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from bench import fanout
from bench.fanout import QUICK
from bench.listeners import Order, box, delays_of_bytes, head

ORDER = Order("127.0.0.1", 1, 10, "binary", 1.0, 7, (100.0, 20.0, 120.0, 40.0), (6.0, 4.0))


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 1_000_000])
def test_a_head_is_read_once_it_is_there(size: int) -> None:
    # RFC 6455, 5.2: a length of 126 or 127 says that one of 16 or 64 bits follows.
    if size < 126:
        written = bytes([0x82, size])
    elif size < 65_536:
        written = b"\x82\x7e" + struct.pack("!H", size)
    else:
        written = b"\x82\x7f" + struct.pack("!Q", size)
    for part in range(len(written)):
        assert head(bytearray(written[:part])) is None
    assert head(bytearray(written)) == (2, len(written), size)


def test_every_client_looks_into_the_area_and_at_the_same_place_each_time() -> None:
    boxes = [box(ORDER, number) for number in range(50)]
    assert boxes == [box(ORDER, number) for number in range(50)]
    assert len(set(boxes)) == 50
    for found in boxes:
        assert found is not None
        west, south, east, north = found
        assert 100 <= west < east <= 120
        assert 20 <= south < north <= 40
    assert box(replace(ORDER, view=None), 1) is None


def test_ages_are_of_positions_in_sight() -> None:
    header = struct.pack("<BBBBIdd", 0x4D, 1, 1, 0, 2, 5_000.0, 1.0)
    columns = struct.pack("<2i2i2I2i", 1_010_000_000, 50_000_000, 300_000_000, 1, 0, 1, 100, 0)
    frame = header + columns + bytes(24)
    assert delays_of_bytes(frame, 7.0, (100.0, 20.0, 102.0, 40.0)) == [1.0]
    assert delays_of_bytes(frame * 2, 7.0, None) == [1.0, 2.0] * 2


@pytest.mark.db
@pytest.mark.slow
def test_fanout_tells_what_clients_cost_in_both_forms() -> None:
    """On a busy machine the costs say nothing; that everybody heard of everything does."""
    report = fanout.measure(replace(QUICK, vehicles=200, interval=2.0, clients=(5,), seconds=2.0))
    assert report.figures["changes/s"] == pytest.approx(100, rel=0.5)
    assert len(report.ratios) == 6
    by = {ratio.what: ratio for ratio in report.ratios}
    everything = by["5 clients, all: bytes"]
    assert everything.product < everything.baseline / 2
    assert 0 < by["5 clients, all: p99"].product < 5000
