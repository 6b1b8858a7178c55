from __future__ import annotations

from datetime import UTC, datetime

import pynmea2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.nmea import checksum, epoch, last_known, sentence
from firmware_sim.receiver import NOTHING, Reading
from fleet import wire

HERE = Reading(
    valid=True,
    lon=113.3,
    lat=23.2,
    altitude=12.3,
    speed=22.22,
    course=359.999,
    hdop=0.8,
    satellites=12,
)
NEW_YEAR = 1_798_761_599.999  # 2026-12-31T23:59:59.999Z


def xor(body: bytes) -> int:
    value = 0
    for byte in body:
        value ^= byte
    return value


@given(st.binary(max_size=128))
def test_the_folded_checksum_is_the_plain_one(body: bytes) -> None:
    assert checksum(body) == xor(body)


readings = st.builds(
    Reading,
    valid=st.booleans(),
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    altitude=st.floats(-400, 9_000),
    speed=st.floats(0, 60),
    course=st.floats(0, 360),
    hdop=st.floats(0.4, 60),
    satellites=st.integers(0, 40),
)


@given(readings, st.floats(0, 3.4e9), st.booleans(), st.sampled_from(["GN", "GP", "BD", "GB"]))
def test_every_sentence_is_whole(
    reading: Reading,
    time: float,
    detail: bool,  # noqa: FBT001 - hypothesis gives it
    talker: str,
) -> None:
    for line in epoch(time, reading, talker, detail=detail).split(b"\r\n")[:-1]:
        body, _, stated = line[1:].partition(b"*")
        assert line.startswith(b"$")
        assert int(stated, 16) == xor(body)
        assert len(line) + 2 <= wire.MAX_SENTENCE


@given(readings.filter(lambda r: r.valid), st.integers(315_532_800_000, 3_124_223_999_999))
def test_another_reader_gets_back_what_was_written(reading: Reading, milliseconds: int) -> None:
    rmc, gga = (
        pynmea2.parse(line.decode(), check=True)
        for line in epoch(milliseconds / 1000, reading).split(b"\r\n")[:2]
    )
    assert rmc.latitude == pytest.approx(reading.lat, abs=1e-6)
    assert rmc.longitude == pytest.approx(reading.lon, abs=1e-6)
    assert rmc.spd_over_grnd * 1.852 == pytest.approx(reading.speed * 3.6, abs=0.01)
    moment = datetime.combine(rmc.datestamp, rmc.timestamp, UTC)
    assert round(moment.timestamp() * 1000) == milliseconds
    assert float(gga.altitude) == pytest.approx(reading.altitude, abs=0.051)
    assert int(gga.num_sats) == reading.satellites


def test_the_last_millisecond_of_a_year_keeps_its_date() -> None:
    rmc = epoch(NEW_YEAR, HERE).split(b"\r\n")[0]
    assert rmc.startswith(b"$GNRMC,235959.999,A,2312.00000,N,11318.00000,E,43.192,0.00,311226")


def test_minutes_never_read_sixty() -> None:
    reading = Reading(
        valid=True, lon=-0.99999999999, lat=59.99999999999, altitude=0, speed=0, course=0,
        hdop=1, satellites=9,
    )  # fmt: skip
    rmc = epoch(0, reading).split(b"\r\n")[0]
    assert b",6000.00000,N,00100.00000,W," in rmc


def test_without_a_fix_the_fields_are_empty_as_receivers_leave_them() -> None:
    rmc, gga = epoch(NEW_YEAR, NOTHING, "GP").split(b"\r\n")[:2]
    assert rmc.startswith(b"$GPRMC,235959.999,V,,,,,,,311226,,,N*")
    assert gga.startswith(b"$GPGGA,235959.999,,,,,0,00,99.99,,,,,,*")


def test_the_last_known_place_is_written_as_void() -> None:
    rmc, gga = epoch(NEW_YEAR, last_known(HERE)).split(b"\r\n")[:2]
    assert b",V,2312.00000,N,11318.00000,E,,,311226" in rmc
    assert b",11318.00000,E,0,00,99.99," in gga


def test_detail_adds_course_satellites_and_their_list() -> None:
    lines = epoch(NEW_YEAR, HERE, detail=True).split(b"\r\n")[:-1]
    assert [line[3:6] for line in lines] == [b"RMC", b"GGA", b"VTG", b"GSA"] + [b"GSV"] * 3
    assert all(pynmea2.parse(line.decode(), check=True) for line in lines)


def test_a_sentence_is_framed() -> None:
    assert sentence("GPGLL,,,,,,V,N") == b"$GPGLL,,,,,,V,N*64\r\n"
