"""The two quick ways give what the slow one gives, and what pynmea2 reads."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields
from math import nan

import numpy as np
import pynmea2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.records import FixBatch, Flag, Frame, Grade
from fleet.wire import MAX_PAYLOAD
from gateway.nmea import Decoded, Rules, decode_slowly
from gateway.nmea.decoder import WORTH_ARRAYS, decode, decode_few, decode_many
from gateway.nmea.hot import decode_hot
from gateway.nmea.numbers import WIDTH, parse
from gateway.nmea.plain import read_plain
from tests.gateway.nmea.accidents import KINDS, pair
from tests.gateway.nmea.talker import NOW, frame, gga, gll, rmc, sentence


def same(one: FixBatch, other: FixBatch) -> None:
    """Equal to the bit, unknown where unknown."""
    for field in fields(FixBatch):
        left, right = getattr(one, field.name), getattr(other, field.name)
        assert left.dtype == right.dtype, field.name
        np.testing.assert_array_equal(left, right, err_msg=field.name)


def agree(frames: Sequence[Frame], carried: dict[str, bytes] | None = None) -> Decoded:
    """All three ways; both ways of repair."""
    for reference in (None, nan):
        slow = decode_slowly(frames, carried or {}, reference=reference)
        for way in (decode_few, decode_many):
            fast = way(frames, carried or {}, reference=reference)
            same(fast.fixes, slow.fixes)
            assert fast.rejects == slow.rejects
            assert fast.carried == slow.carried
    return slow


def taken(payload: bytes) -> bool:
    return bool(decode_hot([frame(payload)], Rules(), None).taken[0])


ORDINARY = [
    rmc() + gga(),
    gga() + rmc(),
    rmc() + gga() + rmc("120001.00") + gga("120001.00"),
    rmc() + gga() + sentence("GPGSV,1,1,02,01,40,083,46,02,17,308,41"),
    rmc() + sentence("GNVTG,87.10,T,,M,20.50,N,37.97,K,A") + gga(),
    rmc() + gga() + sentence("GNGSA,A,3,01,02,03,04,05,06,,,,,,,1.9,0.9,1.6"),
    rmc("120000", course="") + gga("120000.000"),
    (rmc() + gga()).removesuffix(b"\r\n"),
    rmc(tail=",,,A,V") + gga(),
    rmc(tail="") + gga(),
    rmc(talker="BD", lat="3015.1,S", lon="12009.,W") + gga(talker="GB", altitude="-12.34"),
    rmc(date="290204") + gga(),
    rmc(date="060419") + gga(hdop="12.5"),
    rmc() + gga(sats="03"),
    rmc(status="V", tail=",,,N") + gga(quality="0", hdop="99.9", sats="00"),
]


@pytest.mark.parametrize("payload", ORDINARY)
def test_ordinary_frames_take_the_array_path(payload: bytes) -> None:
    assert taken(payload)
    got = agree([frame(payload)])
    assert not got.rejects


BLIND = rmc(status="V", lat=",", lon=",", speed="", course="", tail=",,,N") + gga(
    lat=",", lon=",", quality="0", sats="00", hdop="", altitude=""
)
PLAIN = [
    rmc() + gga(),
    gga() + rmc(),
    rmc("120000.1", course="") + gga("120000.1"),
    rmc(tail="") + gga(talker="GB", altitude="-12.34"),
    rmc(status="V", tail=",,,N") + gga(quality="0", hdop="99.9", sats="00"),
    BLIND,
]


@pytest.mark.parametrize("payload", PLAIN)
def test_plain_messages_are_read_at_once(payload: bytes) -> None:
    assert read_plain(payload) is not None
    got = agree([frame(payload)])
    assert len(got.fixes) + len(got.rejects) == 1


UNUSUAL = [
    BLIND + BLIND,
    rmc(status="V") + gga(quality="0", hdop="0.0"),
    rmc(lat=",", lon=",") + gga(lat=",", lon=","),
    rmc("120000.0") + gga("120000"),
    rmc("120000") + gga("120000.0"),
    rmc(tail=",,,A," + "x" * 128) + gga(),
    b"",
    b"\r\n",
    b"$",
    b"*",
    b"$*",
    b"*$",
    b"$GNRMC*00\r\n",
    rmc(),
    rmc() + rmc("120001.00"),
    rmc() + gga("120001.00"),
    rmc() + gga() + gll(),
    rmc() + gga() + sentence("GNZDA,120000.00,21,11,2026,00,00"),
    rmc(status="V") + gga(),
    rmc(tail=",,,N") + gga(),
    rmc(tail=",,,E") + gga(),
    rmc() + gga(quality="0"),
    rmc() + gga(quality="6"),
    rmc() + gga(hdop=""),
    rmc() + gga(hdop="0.0"),
    rmc(speed="") + gga(),
    rmc(speed="-1") + gga(),
    rmc(course="361") + gga(),
    rmc(date="") + gga(),
    rmc(date="310226") + gga(),
    rmc(date="290226") + gga(),
    rmc(date="060180") + gga(),
    rmc("235960.00") + gga("235960.00"),
    rmc("240000.00") + gga("240000.00"),
    rmc("120000.0006") + gga("120000.0006"),
    rmc(lat="3060.0,N") + gga(),
    rmc(lat="9100.0,N") + gga(),
    rmc(lat="3015.1234567890123,N") + gga(),
    rmc(lat="3015.1.2,N") + gga(),
    rmc(lat=",") + gga(),
    rmc(lon="18100.0,E") + gga(),
    rmc(lon="12009.5,X") + gga(),
    rmc(lat="0000.0,N", lon="00000.0,E") + gga(lat="0000.0,N", lon="00000.0,E"),
    rmc() + gga(altitude="-"),
    rmc() + gga(altitude="."),
    rmc() + gga(sats="x"),
    rmc() + gga()[:-4] + b"00\r\n",
    rmc() + gga()[:-2] + b"\n",
    (rmc() + gga())[:-3],
    b"12345" + rmc() + gga(),
    rmc() + b"noise" + gga(),
    rmc().removesuffix(b"\r\n") + gga(),
    rmc() + gga() + sentence("GNVTG,x,T,,M,20.50,N,37.97,K,A"),
    rmc() + gga() + sentence("GNVTG,1"),
    rmc() + gga() + sentence("GNGSA,A,3"),
    rmc() + gga() + sentence("PGRMZ,161,f,3"),
    rmc() + gga() + rmc() + gga(),
    rmc(talker="P") + gga(),
    rmc(talker="GPX") + gga(),
    rmc() + gga() + b"$GNGGA,12",
    b"x" * (MAX_PAYLOAD + 1),
]


@pytest.mark.parametrize("payload", UNUSUAL)
def test_unusual_frames_give_the_same_on_both_paths(payload: bytes) -> None:
    agree([frame(payload), frame(rmc("120002.00") + gga("120002.00"))])


SAID = KINDS | {"pair": pair}
ACCIDENTS = st.tuples(st.sampled_from(sorted(SAID)), st.integers(0, 2**32), st.sampled_from("ab"))


@settings(max_examples=200, deadline=None)
@given(st.lists(ACCIDENTS, max_size=8), st.booleans())
def test_all_ways_give_the_same(said: list[tuple[str, int, str]], streaming: bool) -> None:  # noqa: FBT001 (hypothesis)
    state = decode([frame(b"$GNGGA,12")], {}).carried
    frames = [
        frame(SAID[kind](random.Random(seed)), device)  # noqa: S311 (a test's seed)
        for kind, seed, device in said
    ]
    agree(frames, {"a": state["d"]} if streaming else {})


def test_three_ways_give_the_same_for_pairs_with_odd_fields() -> None:
    chance = random.Random(11)  # noqa: S311 (a test's seed)
    for _ in range(4):
        batch = [frame(pair(chance), f"d{i // 3}") for i in range(1_000)]
        got = agree(batch)
        short = sum(read_plain(one.payload) is not None for one in batch)
        assert min(short, len(got.fixes), len(got.rejects)) > 100


@given(st.lists(st.from_regex(r"[0-9]{0,9}(\.[0-9]{0,5})?", fullmatch=True), min_size=1))
def test_numbers_are_those_of_float(texts: list[str]) -> None:
    data = bytes(WIDTH) + "".join(texts).encode()
    length = np.array([len(text) for text in texts])
    read = parse(data, WIDTH + np.cumsum(length), length)
    for text, sound, value in zip(texts, read.sound, read.value, strict=True):
        readable = any(letter.isdigit() for letter in text)
        assert sound == readable
        if readable:
            assert value == float(text)


def test_pynmea2_reads_the_same_from_hot_sentences() -> None:
    chance = random.Random(3)  # noqa: S311 (a test's seed)
    frames = []
    for i in range(500):
        lat = f"{chance.randrange(90):02d}{chance.random() * 59.9:08.5f},{chance.choice('NS')}"
        lon = f"{chance.randrange(180):03d}{chance.random() * 59.9:07.4f},{chance.choice('EW')}"
        clock = f"{chance.randrange(24):02d}{chance.randrange(60):02d}{i % 60:02d}.{i:03d}"
        say = {"speed": f"{chance.random() * 60:.3f}", "course": f"{chance.random() * 360:.2f}"}
        more = {"hdop": f"{chance.random() * 4 + 0.5:.2f}", "altitude": f"{chance.random():.3f}"}
        date = f"{chance.randrange(1, 29):02d}{chance.randrange(1, 13):02d}26"
        frames.append(
            frame(rmc(clock, date, lat=lat, lon=lon, **say) + gga(clock, lat=lat, lon=lon, **more))
        )
    hot = decode_hot(frames, Rules(), nan)
    assert hot.taken.all()
    for i, one in enumerate(frames):
        first, second = (pynmea2.parse(line) for line in one.payload.decode().split())
        speed, dilution = first.spd_over_grnd * 1852 / 3600, float(second.horizontal_dil)
        spot = (first.latitude, first.longitude)
        want = (*spot, speed, first.true_course, second.altitude, dilution)
        fix = hot.fixes
        got = (fix.lat[i], fix.lon[i], fix.speed[i], fix.course[i], fix.altitude[i], fix.hdop[i])
        assert got == pytest.approx(want, abs=1e-9)
        instant = first.datetime.timestamp()
        assert fix.time[i] == pytest.approx(instant, abs=1e-6)


def test_rollover_is_repaired_on_both_paths() -> None:
    got = agree([frame(rmc(date="070407") + gga(), received=NOW)])
    assert int(got.fixes.flags[0]) == 0  # the last reference was NaN
    old = rmc("120000.207", "070407") + gga("120000.207")
    same(
        decode([frame(old)] * WORTH_ARRAYS, {}).fixes,
        decode_slowly([frame(old)] * WORTH_ARRAYS, {}).fixes,
    )
    got = decode([frame(old)] * WORTH_ARRAYS, {})
    assert set(got.fixes.flags.tolist()) == {int(Flag.ROLLOVER)}
    assert set(got.fixes.grade.tolist()) == {int(Grade.A)}
