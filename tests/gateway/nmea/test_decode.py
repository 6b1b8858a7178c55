"""What one message means: sentences, epochs, dates, grades, refusals."""

from __future__ import annotations

from datetime import UTC, datetime
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.records import Flag, Grade, Reason
from fleet.wire import MAX_PAYLOAD
from gateway.nmea import Checksums, Rules, decode, decode_log
from tests.gateway.nmea.talker import NOW, frame, gga, gll, rmc, rows, sentence


def instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def outcome(payload: bytes) -> tuple[list[int], list[Reason]]:
    """The flags of the fixes, and the reasons of the rejects."""
    got = decode([frame(payload)], {}, reference=nan)
    return got.fixes.flags.tolist(), [reject.reason for reject in got.rejects]


def test_rmc_and_gga_of_one_epoch_are_one_fix() -> None:
    fixes = decode([frame(rmc("120000.207") + gga("120000.207"))], {}).fixes
    assert rows(fixes) == [
        (
            instant("2026-11-21T12:00:00.207"),
            pytest.approx(120 + 9.54321 / 60),
            pytest.approx(30 + 15.12345 / 60),
            12.3,
            pytest.approx(20.5 * 1852 / 3600),
            87.1,
            0.9,
            9.0,
            int(Grade.A),
            0,
        )
    ]
    assert fixes.received.tolist() == [NOW]
    assert (fixes.device[0], fixes.vehicle[0], fixes.frame[0]) == (-1, -1, 0)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", Reason.NOT_NMEA),
        (b"hello\r\n", Reason.NOT_NMEA),
        (b"IMEI 351467108700000", Reason.NOT_NMEA),
        (b"\xb5b\x01\x07\x00$\x00", Reason.NOT_NMEA),
        (sentence("GPGSV,1,1,02,01,40,083,46,02,17,308,41"), Reason.NO_POSITION),
        (sentence("GPTXT,01,01,02,ok"), Reason.NO_POSITION),
        (sentence("GNZDA,120000.00,21,11,2026,00,00"), Reason.NO_POSITION),
        (rmc()[:-4] + b"00\r\n", Reason.CHECKSUM),
        (gga(), Reason.NO_DATE),
        (rmc(date=""), Reason.NO_DATE),
        (rmc(date="060180"), Reason.NO_DATE),
        (rmc(date="310226"), Reason.MALFORMED),
        (rmc(""), Reason.NO_TIME),
        (rmc("250000"), Reason.MALFORMED),
        (rmc(lat=",", lon=","), Reason.NO_POSITION),
        (rmc(lat="0000.000,N", lon="00000.000,E"), Reason.NULL_ISLAND),
        (rmc(lat="3060.0,N"), Reason.OUT_OF_RANGE),
        (rmc(lat="9000.1,N"), Reason.OUT_OF_RANGE),
        (rmc(lon="18000.1,E"), Reason.OUT_OF_RANGE),
        (rmc(lat="3015.1,X"), Reason.MALFORMED),
        (b"x" * (MAX_PAYLOAD + 1), Reason.TOO_LARGE),
    ],
)
def test_what_gives_no_fix_is_one_reject(payload: bytes, reason: Reason) -> None:
    got = decode([frame(payload)], {}, reference=nan)
    assert not len(got.fixes)
    assert [reject.reason for reject in got.rejects] == [reason]
    assert got.rejects[0].raw.strip() == payload.strip()


@pytest.mark.parametrize(
    ("payload", "flags"),
    [
        (rmc(tail=",,,A,V"), 0),
        (rmc(tail=",,,D"), 0),
        (rmc(tail=",,,N"), Flag.VOID),
        (rmc(status="V"), Flag.VOID),
        (rmc(tail=",,,E"), Flag.ESTIMATED),
        (rmc() + gga(quality="0"), Flag.VOID),
        (rmc() + gga(quality="6"), Flag.ESTIMATED),
        (rmc() + gga(quality="4"), 0),
        (rmc()[:-5] + b"\r\n", Flag.UNCHECKED),
        (b"867540031234567" + rmc(), 0),
        (rmc().replace(b"*", b"*").lower().upper(), 0),
    ],
)
def test_intrinsic_flags(payload: bytes, flags: int) -> None:
    assert outcome(payload) == ([flags], [])


@pytest.mark.parametrize("talker", ["GP", "GN", "GL", "GA", "GB", "BD", "GQ", "QZ", "GI", "IN"])
def test_any_talker_speaks(talker: str) -> None:
    assert outcome(rmc(talker=talker) + gga(talker=talker)) == ([0], [])


def test_a_void_fix_is_grade_x() -> None:
    assert decode([frame(rmc(status="V"))], {}).fixes.grade.tolist() == [Grade.X]


@pytest.mark.parametrize(
    ("hdop", "sats", "grade"),
    [
        ("2.0", "06", Grade.A),
        ("2.1", "06", Grade.B),
        ("2.0", "05", Grade.B),
        ("5.0", "04", Grade.B),
        ("5.0", "03", Grade.C),
        ("5.1", "12", Grade.C),
        ("10.0", "12", Grade.C),
        ("10.1", "12", Grade.X),
        ("", "12", Grade.B),
        ("0.9", "", Grade.B),
        ("", "", Grade.B),
    ],
)
def test_grades(hdop: str, sats: str, grade: Grade) -> None:
    payload = rmc() + gga(hdop=hdop, sats=sats)
    assert decode([frame(payload)], {}).fixes.grade.tolist() == [grade]


@pytest.mark.parametrize(
    ("payload", "days"),
    [
        (gga("235959") + rmc("000001", "221126"), ["2026-11-21T23:59:59", "2026-11-22T00:00:01"]),
        (rmc("235959", "211126") + gga("000001"), ["2026-11-21T23:59:59", "2026-11-22T00:00:01"]),
        (rmc("235960", "311216"), ["2017-01-01T00:00:00"]),
        (rmc("120000", "290200"), ["2000-02-29T12:00:00"]),
        (rmc("120000", "010180"), ["NO"]),
        (rmc("120000", "211199"), ["1999-11-21T12:00:00"]),
    ],
)
def test_dates(payload: bytes, days: list[str]) -> None:
    fixes = decode([frame(payload)], {}, reference=nan).fixes
    assert fixes.time.tolist() == [instant(day) for day in days if day != "NO"]


def test_a_date_without_checksum_is_lent_to_nobody() -> None:
    bare = rmc()[:-5] + b"\r\n"
    assert outcome(bare + gga("120001.00")) == ([Flag.UNCHECKED], [Reason.NO_DATE])
    assert outcome(bare + gga()) == ([Flag.UNCHECKED], [])


@pytest.mark.parametrize(("weeks", "flag"), [(0, 0), (600, 0), (1023, 0), (1024, 4), (2048, 4)])
def test_a_rollover_is_whole_turns_before_the_reference(weeks: int, flag: int) -> None:
    day = datetime.fromtimestamp(NOW - weeks * 7 * 86_400, UTC).strftime("%d%m%y")
    fixes = decode([frame(rmc("000001", day))], {}).fixes
    assert fixes.flags.tolist() == [flag]
    assert (fixes.time[0] > NOW - 86_400) == (flag == Flag.ROLLOVER or weeks == 0)


def test_without_a_reference_nothing_is_repaired() -> None:
    assert outcome(rmc(date="070407")) == ([0], [])


def test_the_policy_can_demand_checksums() -> None:
    got = decode([frame(rmc()[:-5] + b"\r\n")], {}, Rules(unchecked=Checksums.REJECT))
    assert [reject.reason for reject in got.rejects] == [Reason.UNCHECKED]


def test_concatenated_sentences_are_taken_apart() -> None:
    assert outcome(rmc().strip() + gga().strip()) == ([0], [])
    assert outcome(rmc()[:30] + rmc() + gga()) == ([0], [Reason.TORN])


def test_a_gll_that_repeats_its_epoch_a_second_later_is_no_fix_of_its_own() -> None:
    assert outcome(rmc() + gga() + gll("120001.00")) == ([0], [])
    moved = gll("120001.00", "3015.20000,N,12009.54321,E")
    assert outcome(rmc() + gga() + moved) == ([0, 0], [])


def test_rejects_say_from_which_frame() -> None:
    got = decode([frame(rmc() + gga()), frame(b"junk\r\n"), frame(rmc() + gga())], {})
    assert [reject.frame for reject in got.rejects] == [1]
    assert got.fixes.frame.tolist() == [0, 2]


@given(st.lists(st.binary(max_size=120), max_size=4))
def test_any_bytes_are_decoded_without_raising(payloads: list[bytes]) -> None:
    got = decode([frame(payload, f"d{i}") for i, payload in enumerate(payloads)], {})
    decode([frame(payload) for payload in payloads], {})
    settled = {*got.fixes.frame.tolist(), *(reject.frame for reject in got.rejects)}
    settled |= {i for i in range(len(payloads)) if got.carried.get(f"d{i}")}
    assert settled == {*range(len(payloads))}
    log = decode_log(b"\n".join(payloads))
    assert log.stretches + sum(log.refused.values()) == len(log.rejects)


def test_a_log_counts_comments_and_stretches() -> None:
    log = decode_log(b"# a\n# b $GPRMC\r\n" + rmc() + b"\x01\x02junk\n" + gga() + b"# end")
    assert (len(log.fixes), log.comments, log.stretches) == (1, 3, 1)
    assert log.fixes.altitude.tolist() == [12.3]
