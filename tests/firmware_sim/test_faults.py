from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.device import Message, Settings
from firmware_sim.faults import GPS_ZERO, NONE, Channel, Faults, fitted
from firmware_sim.nmea import epoch
from firmware_sim.receiver import Reading
from fleet.wire import Kind

HERE = Reading(
    valid=True, lon=113.0, lat=30.0, altitude=40, speed=20, course=90, hdop=1, satellites=12
)
START = 1_800_000_000.0


def journey(count: int) -> list[Message]:
    return [
        Message("d", Kind.NMEA, epoch(START + i, HERE), token=i + 1, fixes=(START + i,))
        for i in range(count)
    ]


def through(faults: Faults, messages: list[Message], seed: int = 5) -> list[Message]:
    channel = Channel("d", faults, np.random.default_rng(seed))
    return [s for m in messages for s in channel.apply([m])] + channel.release()


def test_without_faults_the_messages_pass_untouched() -> None:
    messages = journey(5)
    assert through(NONE, messages) == messages


def test_duplicates_are_the_same_bytes_and_no_new_fixes() -> None:
    sent = through(Faults(duplicate=0.5), journey(200))
    copies = [m for m in sent if m.again]
    assert 60 < len(copies) < 140
    assert [t for m in sent for t in m.fixes] == [START + i for i in range(200)]
    assert {m.payload for m in copies} <= {m.payload for m in journey(200)}


def test_reordering_swaps_neighbours_and_loses_nothing() -> None:
    sent = through(Faults(reorder=0.4), journey(200))
    tokens = [m.token for m in sent]
    assert tokens != sorted(tokens)
    assert sorted(tokens) == list(range(1, 201))
    assert max(abs(t - (i + 1)) for i, t in enumerate(tokens)) <= 2


def test_a_bad_checksum_harms_one_gga_and_is_counted() -> None:
    sent = through(Faults(checksum=0.3), journey(100))
    broken = [m for m in sent if m.broken]
    assert 10 < len(broken) < 50
    for message, source in zip(sent, journey(100), strict=True):
        assert len(message.payload) == len(source.payload)
        different = sum(a != b for a, b in zip(message.payload, source.payload, strict=True))
        assert (different > 0) == (message.broken == 1)
        assert message.payload.split(b"\r\n")[0] == source.payload.split(b"\r\n")[0]


@given(st.integers(0, 1_000))
def test_torn_messages_join_to_the_same_stream(seed: int) -> None:
    sent = through(Faults(torn=0.6), journey(30), seed)
    assert b"".join(m.payload for m in sent) == b"".join(m.payload for m in journey(30))
    assert any(not m.payload.endswith(b"\r\n") for m in sent)


def test_only_positions_are_harmed() -> None:
    event = Message("d", Kind.EVENT, b"{}", token=1)
    everything = Faults(duplicate=1, reorder=1, checksum=1, torn=1)
    assert through(everything, [event]) == [event]


def test_what_was_held_back_is_given_back_when_the_connection_is_lost() -> None:
    channel = Channel("d", Faults(reorder=1), np.random.default_rng(1))
    (message,) = journey(1)
    assert channel.apply([message]) == []
    assert channel.cut_off() == [message]
    assert channel.release() == []


def test_a_terminal_that_forgot_the_date_begins_in_1980() -> None:
    setup = fitted(Settings(), Faults(since_1980=True), START)
    assert START + setup.skew == GPS_ZERO
    assert fitted(Settings(skew=5), Faults(skew=-2, newest_first=True), START) == Settings(
        skew=3, newest_first=True
    )
