"""Streams that a terminal cuts anywhere, and messages that need no stream."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import nan

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleet.records import Reason, Reject
from gateway.nmea import Decoded, Rules, decode
from tests.gateway.nmea.talker import NOW, Key, frame, gga, gll, rmc, rows, sentence

VTG = sentence("GNVTG,87.10,T,,M,20.50,N,37.97,K,A")
GSA = sentence("GNGSA,A,3,01,02,03,04,05,06,,,,,,,1.9,0.9,1.6")
GSV = sentence("GPGSV,1,1,02,01,40,083,46,02,17,308,41")


def in_turn(chunks: Sequence[bytes], state: bytes = b"") -> tuple[list[Key], list[Reject], bytes]:
    """Decode ``chunks`` as one device's messages, one batch each."""
    fixes: list[Key] = []
    rejects: list[Reject] = []
    for chunk in chunks:
        got = decode([frame(chunk)], {"d": state} if state else {}, reference=nan)
        fixes += rows(got.fixes)
        rejects += got.rejects
        state = got.carried.get("d", state)
    return fixes, rejects, state


def best(fixes: Sequence[Key]) -> dict[object, Key]:
    """Per time the row a store would keep: better grade, then more known, then by value."""

    def order(row: Key) -> tuple[object, int, str]:
        return row[8], sum(value is None for value in row), repr(row)

    kept: dict[object, Key] = {}
    for row in fixes:
        if row[0] not in kept or order(row) < order(kept[row[0]]):
            kept[row[0]] = row
    return kept


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted({x for x in at if 0 < x < len(data)}), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


# --- a message that stands for itself ------------------------------------------------------


def test_a_complete_message_carries_nothing() -> None:
    got = decode([frame(rmc() + gga())], {})
    assert len(got.fixes) == 1
    assert not got.rejects
    assert not got.carried


@pytest.mark.parametrize("order", [(rmc, gga), (gga, rmc)])
def test_the_order_of_rmc_and_gga_does_not_matter(order: Sequence[object]) -> None:
    first, second = rmc() + gga(), b"".join(f() for f in order)  # type: ignore[operator]
    assert rows(decode([frame(first)], {}).fixes) == rows(decode([frame(second)], {}).fixes)


STATES = st.sampled_from(
    [
        rmc("115959.00"),
        rmc("120000.00", speed="1.00"),
        gga("120000.00", hdop="4.0"),
        rmc() + b"$GNGGA,1200",
        b"$GNRM",
        b"$",
        rmc("115959.00") + GSA + b"12345",
        b"$GPRMC,120000.000,A,3015.0,N,12009.0,E,26.20,184.27,211126,,",
    ]
)


@given(left=STATES, extra=st.sampled_from([b"", GSV, VTG, GSA, gll()]))
def test_a_self_contained_message_gives_the_same_whatever_is_carried(
    left: bytes, extra: bytes
) -> None:
    _, _, state = in_turn([left])
    payload = rmc() + gga() + extra + rmc("120001.00") + gga("120001.00")
    alone, after = decode([frame(payload)], {}), decode([frame(payload)], {"d": state})
    assert rows(after.fixes) == rows(alone.fixes)
    assert after.carried == ({"d": b""} if state else {})
    assert {reject.reason for reject in after.rejects} <= {Reason.TORN}


@given(junk=st.binary(max_size=300))
def test_a_state_that_is_not_ours_is_no_state(junk: bytes) -> None:
    got = decode([frame(rmc() + gga())], {"d": junk})
    assert len(got.fixes) == 1
    got = decode([frame(rmc())], {"d": junk})
    assert len(got.fixes) >= 1


# --- a half, its other half, and its loss --------------------------------------------------


def test_a_torn_sentence_is_joined() -> None:
    fixes, rejects, state = in_turn([rmc() + gga()[:30], gga()[30:]])
    assert [row[3] for row in fixes] == [None, 12.3]
    assert not rejects
    assert len(state) <= 2048


def test_a_half_that_is_not_continued_is_torn() -> None:
    _, rejects, _ = in_turn([rmc() + gga()[:30], rmc("120005.00") + gga("120005.00")])
    assert [(r.reason, r.raw) for r in rejects] == [(Reason.TORN, gga()[:30])]


def test_the_half_of_a_message_long_ago_is_torn() -> None:
    first = decode([frame(rmc() + gga()[:30])], {})
    later = decode([frame(gga()[30:], received=NOW + 7200)], first.carried)
    assert [r.reason for r in later.rejects] == [Reason.TORN, Reason.NOT_NMEA]
    assert not len(later.fixes)


def test_an_epoch_is_dated_by_the_message_before() -> None:
    fixes, rejects, _ = in_turn([rmc("235959.00", "211126"), gga("000001.00")])
    assert fixes[1][0] == fixes[0][0] + 2  # type: ignore[operator]
    assert not rejects


def test_the_message_before_dates_nothing_an_hour_on() -> None:
    _, rejects, _ = in_turn([rmc("120000.00"), gga("133000.00")])
    assert [r.reason for r in rejects] == [Reason.NO_DATE]


def test_streams_of_two_devices_do_not_meet() -> None:
    frames = [frame(rmc() + gga()[:30], "a"), frame(gga()[30:], "b")]
    got = decode(frames, {})
    assert [row[3] for row in rows(got.fixes)] == [None]
    assert [(r.reason, r.frame) for r in got.rejects] == [(Reason.NOT_NMEA, 1)]


def test_what_is_carried_is_bounded() -> None:
    many = rmc() + b"".join(
        sentence(f"GNGSA,A,3,{n:02d},02,03,04,05,06,07,08,09,10,11,12,1.9,,1.6") for n in range(90)
    )
    _, _, state = in_turn([many + b"$GN" + b"X" * 5000])
    assert len(state) <= 2048
    _, _, state = in_turn([many + b"$GNGGA," + b"1" * 480])
    assert 480 < len(state) <= 2048


# --- where a stream is cut does not matter -------------------------------------------------


def epochs(n: int, kinds: str) -> bytes:
    """``n`` epochs that begin a few seconds before midnight."""
    out = b""
    for i in range(n):
        second = (86_397 + i) % 86_400
        clock = f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}.00"
        date = "211126" if second > 43_200 else "221126"
        lat = f"3015.{12345 + i * 7:05d},N"
        where = f"{lat},12009.54321,E"
        speed = "" if "b" in kinds else f"{20 + i}.50"
        parts = {
            "R": rmc(clock, date, lat=lat, speed=speed),
            "G": gga(clock, lat=lat),
            "L": gll(clock, where),
            "V": VTG,
            "A": GSA,
            "S": GSV,
        }
        out += b"".join(parts[k] for k in kinds if k in parts)
    return out


KINDS = ["RG", "GR", "RGVAS", "RGLVAS", "GLRA", "RVG", "RVGb", "R", "RL"]


@settings(max_examples=400)
@given(
    kinds=st.sampled_from(KINDS),
    n=st.integers(1, 6),
    at=st.lists(st.integers(0, 2600), max_size=12),
)
@example(kinds="RG", n=2, at=[70])
def test_where_a_stream_is_cut_does_not_matter(kinds: str, n: int, at: list[int]) -> None:
    stream = epochs(1, "RG" + kinds) + epochs(n, kinds) if kinds[0] != "R" else epochs(n, kinds)
    whole, refused, _ = in_turn([stream])
    chunks = cut(stream, at)
    fixes, rejects, _ = in_turn(chunks)
    assert not refused
    assert best(fixes) == best(whole)
    if not any(stands_alone(chunk) for chunk in chunks):
        assert not rejects


def stands_alone(chunk: bytes) -> bool:
    """After such a message nothing is carried, so the next one must stand alone, too."""
    return "d" not in decode([frame(chunk)], {}).carried


@given(at=st.lists(st.integers(0, 900), max_size=8))
def test_a_cut_stream_with_rubbish_refuses_only_pieces_of_the_same(at: list[int]) -> None:
    stream = (
        epochs(2, "RGL") + b"\xb5b\x01\x02\x00\xff" + b"$GNGGA,1*00\r\n" + epochs(3, "RGL")[300:]
    )
    _, refused, _ = in_turn([stream])
    chunks = cut(stream, at)
    _, rejects, _ = in_turn(chunks)
    if not any(stands_alone(chunk) for chunk in chunks):
        for reject in rejects:
            assert any(reject.raw.strip() in whole.raw for whole in refused), reject


def test_one_batch_or_many_give_the_same_stream() -> None:
    chunks = cut(epochs(6, "RGLVAS"), range(0, 3000, 37))
    apart = in_turn(chunks)
    together: Decoded = decode([frame(chunk) for chunk in chunks], {}, Rules(), nan)
    assert rows(together.fixes) == apart[0]
    assert [r.raw for r in together.rejects] == [r.raw for r in apart[1]]
    assert together.carried.get("d", b"") == apart[2]
